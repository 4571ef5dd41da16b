"""What a page may ask once: each question by its name, and how it is answered - from the store alone, as JSON.

Nothing here runs a program or writes a file; what a page does with an answer (a new cell, a new file) goes the way of
everything else a person does in JupyterLab. Texts are handed over as they are: the page shows them as text.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from nbtrack.capture.session.cells import CellNow
from nbtrack.errors import UsageError
from nbtrack.model.run import Artifact, Run
from nbtrack.query.json_format import plain_json
from nbtrack.query.runs import Runs, run, runs
from nbtrack.query.source_diff import source_diff
from nbtrack.record.redact import redact
from nbtrack.store.base import Store

LARGEST: Final = 8_000_000  # bytes of an artifact that a page is handed
_OPENED: Final = ("image/", "text/", "application/json", "application/vnd.plotly", "application/vnd.vega")
_CELLS: Final = 5_000
_SOURCES: Final = 4_000_000  # characters in all
_REPORTED: Final = 500
_TITLE: Final = 300
_HISTORY: Final = 200  # runs of a cell that its timeline shows


class Asked(NamedTuple):
    """A question: about which store, in which notebook, and what else the page said."""

    store: Store
    notebook: str
    said: Mapping[str, Any]

    def text(self, name: str, limit: int = 200) -> str:
        """Return a text of the question.

        Raises:
            UsageError: there is none, or it is longer than ``limit``.
        """
        value = self.said.get(name)
        if not isinstance(value, str) or len(value) > limit:
            raise UsageError(f"the question needs {name!r}, a text of at most {limit} characters")
        return value

    def run(self, name: str = "run") -> Run:
        """Return the run that the question names.

        Raises:
            RunNotFound: it is not there any more.
        """
        return run(self.text(name), self.store)


def _run(asked: Asked) -> dict[str, Any]:
    """Tell a run in detail: all but its curves and the contents of its files."""
    found = asked.run()
    cell = found.cell
    return {
        "id": found.id,
        "name": found.name,
        "experiment": found.experiment,
        "status": found.status,
        "condition": found.condition,
        "verdict": found.verdict,
        "note": found.note,
        "params": plain_json(found.params),
        "metrics": plain_json(found.metrics),
        "sources": {"params": found.sources["params"], "metrics": found.sources["metrics"]},
        "error": found.document.get("error"),
        "warnings": list(found.document["warnings"]),
        "cell": None if cell is None else {"id": cell.id, "source": cell.source, "count": cell.count},
        "artifacts": [_listed(each) for each in found.artifacts],
        "verdicts": [each.get("text", "") for each in found.slice["verdicts"]],
    }


def _listed(artifact: Artifact) -> dict[str, Any]:
    opens = artifact.size <= LARGEST and artifact.media_type.startswith(_OPENED)
    return {"name": artifact.name, "media_type": artifact.media_type, "size": artifact.size, "opens": opens}


def _artifact(asked: Asked) -> dict[str, Any]:
    """Hand over the bytes of an artifact that a page can show."""
    artifact = asked.run().artifact(asked.text("name", 1000))
    if not _listed(artifact)["opens"]:
        raise UsageError(
            f"{artifact.name!r} ({artifact.media_type}, {artifact.size:,} bytes) is not shown here; "
            "nbtrack.run(...).artifact(...).save(...) writes it to a file"
        )
    content = base64.b64encode(artifact.read()).decode("ascii")
    return {"name": artifact.name, "media_type": artifact.media_type, "base64": content}


def _program(asked: Asked) -> dict[str, Any]:
    """Return the program of a run as the text of a file, with a name for it and what is to be known of it."""
    from nbtrack.export.exporting import export  # noqa: PLC0415 - when first asked

    found, kind = asked.run(), asked.text("kind", 20)
    if kind not in ("script", "notebook", "module"):
        raise UsageError(f"a run is exported as script, notebook or module, not {kind!r}")
    told: list[str] = []
    text = export(found, as_=kind, say=told.append)  # type: ignore[arg-type]  # one of the three
    return {"name": f"{found.short}.{'ipynb' if kind == 'notebook' else 'py'}", "text": str(text), "notes": told}


def _plan(asked: Asked) -> dict[str, Any]:
    """Tell what reproducing a run would execute, and with what: nothing is executed."""
    from nbtrack.hosts.reproduce_text import headline, plan_sections  # noqa: PLC0415 - when first asked
    from nbtrack.reproduce.plan import plan  # noqa: PLC0415 - same

    planned = plan(asked.run())
    sections = [
        {
            "title": each.title,
            "lines": list(each.lines),
            "grave": each.grave,
            "cells": [
                {"place": cell.place, "line": cell.line, "source": "\n".join(cell.source)} for cell in each.cells
            ],
        }
        for each in plan_sections(planned)
    ]
    return {"headline": headline(planned), "sections": sections}


def _difference(asked: Asked) -> list[list[Any]]:
    """Return the lines in which the cells of two runs differ: ``[sign, text, [[start, end], ...]]``."""
    old, new = (asked.run(side).cell for side in ("old", "new"))
    lines = source_diff(old.source if old else "", new.source if new else "")
    return [[line.sign, line.text, [list(mark) for mark in line.marks]] for line in lines]


def _cells(asked: Asked) -> dict[str, dict[str, Any]]:
    """Tell of the cells of a notebook, given with their sources as they are now, what became of them.

    The question has ``cells``, id to source. The answer has, for each that was a run: ``runs`` (ids, newest first),
    ``stale`` - whether the source is another than that of the newest - and ``upstream``: the ids of cells whose source
    is another than when the newest run read what they had made.
    """
    cells = asked.said.get("cells")
    if not isinstance(cells, Mapping) or len(cells) > _CELLS or not all(map(_is_text, cells.values())):
        raise UsageError(f"the question needs 'cells': at most {_CELLS:,} ids with sources")
    if sum(map(len, cells.values())) > _SOURCES:
        raise UsageError(f"the sources of the notebook's cells are longer than {_SOURCES:,} characters")
    return cells_now(runs(store=asked.store), cells)


def cells_now(found: Runs, cells: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return what ``_cells`` answers, of runs given newest first. Only the newest run of a cell is read.

    A run without a cell's id - of an older front end, or of a notebook that was executed from outside - is of the
    cell that has its source.
    """
    now = _Sources(cells)
    told: dict[str, dict[str, Any]] = {}
    kept = zip(found.ids, found.column("cell", "id"), found.column("cell", "hash"), strict=True)
    for at, (run_id, cell, was) in enumerate(kept):
        name = cell if cell is not None or was is None else now.named(was)
        if not isinstance(name, str) or name not in cells:
            continue
        known = told.get(name)
        if known is None:
            newest = found[at]
            stale = newest.cell is not None and CellNow(newest.cell.source).hash != now.hash(name)
            known = told[name] = {"runs": [], "stale": stale, "upstream": _edited(newest, now)}
        if len(known["runs"]) < _HISTORY:
            known["runs"].append(run_id)
    return told


class _Sources:
    """The cells of a notebook as they are now; what a source comes down to is worked out when it is asked for."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self.cells = cells
        self._names: dict[str, str] | None = None

    def hash(self, name: str) -> str:
        return CellNow(self.cells[name]).hash

    def kept(self, name: str) -> str:
        """Return the name of the object that a store would keep the cell's source as."""
        return hashlib.sha256(redact(self.cells[name])[0].encode("utf-8", "replace")).hexdigest()

    def named(self, found: str) -> str | None:
        """Return the cell with a source; None where none has it, or it has nothing in it."""
        if self._names is None:
            self._names = {self.hash(name): name for name, source in self.cells.items() if source.strip()}
        return self._names.get(found)


def _edited(found: Run, now: _Sources) -> list[str]:
    """Return the cells before a run's own, of those that are still there, whose source has changed since."""
    executions: Sequence[Any] = found.slice["executions"]  # as they were recorded: a document may come from anywhere
    before = (each for each in executions[:-1] if isinstance(each, Mapping))
    last: dict[str, Any] = {name: each.get("source") for each in before if isinstance(name := each.get("cell"), str)}
    return [name for name, was in last.items() if name in now.cells and isinstance(was, str) and now.kept(name) != was]


def _report(asked: Asked) -> dict[str, Any]:
    """Return the report of some runs as the text of a page, with a name for it and what is to be known of it."""
    from nbtrack.hosts.reporting import notice, store_id  # noqa: PLC0415 - when first asked
    from nbtrack.report.building import build, title_of  # noqa: PLC0415 - same
    from nbtrack.report.options import Options  # noqa: PLC0415 - same
    from nbtrack.report.page import page  # noqa: PLC0415 - same

    wanted, title = asked.said.get("runs"), asked.said.get("title", "")
    if not isinstance(wanted, list) or not 0 < len(wanted) <= _REPORTED or not all(map(_is_text, wanted)):
        raise UsageError(f"a report is of 1 to {_REPORTED} runs: {'runs'!r} has their ids")
    if not isinstance(title, str) or len(title) > _TITLE:
        raise UsageError(f"a title is a text of at most {_TITLE} characters")
    found = [run(each, asked.store) for each in dict.fromkeys(wanted)]
    options = Options(title=title, named=tuple(each.id for each in found))
    made = build(found, replace(options, title=title_of(options, found)), store_id(asked.store))
    removed = notice(dict(made.removed))
    return {"name": f"{_named(made.title)}.html", "text": page(made), "notes": [removed] if removed else []}


def _named(title: str) -> str:
    """Return a title as the name of a file: letters, digits and dashes, whatever it is."""
    return re.sub(r"[^\w]+", "-", title)[:60].strip("-_").lower() or "report"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


ANSWERS: Final[Mapping[str, Callable[[Asked], Any]]] = {
    "run": _run,
    "artifact": _artifact,
    "program": _program,
    "plan": _plan,
    "difference": _difference,
    "cells": _cells,
    "report": _report,
}
SLOW: Final = frozenset({"program", "plan", "report"})  # made aside: they may take seconds
