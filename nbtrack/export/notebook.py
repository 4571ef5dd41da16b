"""A program as a notebook: its cells as they were typed, below its parameters, with the metrics written at the end."""

import json
from typing import Any, Final

from nbtrack.export import pieces
from nbtrack.export.draft import Draft, texts
from nbtrack.export.edits import Edit
from nbtrack.export.header import header
from nbtrack.export.magics import is_ours
from nbtrack.export.section import Section, indented
from nbtrack.export.typed import Magic

_USAGE: Final = (
    "Run it in the notebook's folder. The cell with the parameters is tagged for papermill; metrics and parameters are "
    "written to the file that metrics_out names."
)


def notebook(draft: Draft) -> str:
    """Return a program as the text of a notebook, format 4.5."""
    seeding = pieces.seeding(draft, draft.names) if draft.seeds else ""
    if draft.suppresses:
        draft.needs.add("contextlib")
    if not draft.ours.left:
        pieces.without_ours(draft)
    for section in draft.sections:
        _without_our_magics(section)
    cells = [_markdown("run", "\n".join(header(draft.run, draft.names, draft.notes, _USAGE)))]
    cells += [_code("parameters", _parameters(draft), {"tags": ["parameters"]})]
    cells += [_code("helpers", _helpers(draft, seeding))]
    for at, (section, text) in enumerate(texts(draft), 1):
        cells += [_code(f"cell-{at}", _repeated(section, text), {"nbtrack": _origin(section)})]
    cells += [_code("metrics", _results(draft))]
    language = str(draft.run.environment.get("python", ""))
    made = {"cells": cells, "metadata": _metadata(language, draft), "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def _markdown(identity: str, text: str) -> dict[str, Any]:
    title, _, rest = text.partition("\n")
    source = f"# {title}\n\n```text\n{rest.strip()}\n```"
    return {"cell_type": "markdown", "id": identity, "metadata": {}, "source": source}


def _code(identity: str, source: str, metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": identity,
        "metadata": metadata or {},
        "outputs": [],
        "source": source.strip("\n"),
    }


def _origin(section: Section) -> dict[str, Any]:
    step = section.step
    return {"cell": step.cell, "count": step.count, "n": step.number}


def _metadata(language: str, draft: Draft) -> dict[str, Any]:
    return {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": language},
        "nbtrack": {"run": draft.run.id},
    }


def _parameters(draft: Draft) -> str:
    lines = [f"{each.name} = {each.literal}" for each in draft.parameters]
    return "\n".join(["# Parameters, as the run had them", *lines, f'{draft.called["metrics_out"]} = "metrics.json"'])


def _helpers(draft: Draft, seeding: str) -> str:
    notes = [f"{draft.called['metrics']} = {{}}"] if pieces.notes_metrics(draft) else []
    notes += [f"{draft.called['params']} = {{}}"] if draft.ours.params else []
    needs = "\n".join([*(f"import {need}" for need in sorted(draft.needs)), "from pathlib import Path"])
    out = draft.called["metrics_out"]
    notes.insert(0, f"{out} = Path({out}).resolve()  # a cell may go to another folder")
    return "\n\n".join(part.strip("\n") for part in (needs, "\n".join(notes), pieces.helpers(draft), seeding) if part)


def _without_our_magics(section: Section) -> None:
    for magic in section.magics:
        if is_ours(magic):
            section.edits.append(Edit(magic.start, magic.end, ""))


def _repeated(section: Section, text: str) -> str:
    """A cell that ran several times in a row is a loop, unless it has magics of its own."""
    if section.step.times < 2:
        return text
    if any(_is_whole(magic) for magic in section.magics) or "import *" in text:
        return "\n\n".join([text] * section.step.times)
    return f"for _ in range({section.step.times}):\n{indented(text)}"


def _is_whole(magic: Magic) -> bool:
    return magic.kind in {"cell", "around"}


def _results(draft: Draft) -> str:
    called = draft.called
    inside = f'"params": {pieces.param_entries(draft)}, "metrics": {pieces.metric_entries(draft)}'
    out = f'json.dumps({called["results"]}, indent=2, default=float) + "\\n"'
    write = f'{called["metrics_out"]}.write_text({out}, encoding="utf-8")'
    return "\n".join(["import json", "", f"{called['results']} = {{{inside}}}", write])
