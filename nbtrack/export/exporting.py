"""Exporting a run: its program as a script, a notebook or a module, without secrets, whole or not at all."""

import warnings
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Final, Literal, get_args

from nbtrack.errors import UsageError
from nbtrack.export.draft import Draft, Wish, draft_of
from nbtrack.export.page import replace
from nbtrack.export.shareable import shareable
from nbtrack.model.run import Run
from nbtrack.query.program import program
from nbtrack.query.runs import run as find_run
from nbtrack.store.base import Store

Kind = Literal["script", "notebook", "module"]
KINDS: Final = get_args(Kind)


def export(
    run: Run | str,
    to: str | PathLike[str] | None = None,
    as_: Kind | None = None,
    *,
    params: Sequence[str] | None = None,
    drop_displays: bool = False,
    store: Store | str | PathLike[str] | None = None,
    say: Callable[[str], object] = warnings.warn,
) -> str | Path:
    """Return the program of a run as text, or write it to a file and return the path.

    The program is what the run needed of what was executed: the cells in the order they ran, in the versions that ran,
    edited and deleted ones included. It runs without nbtrack and writes the metrics of the run, under their names.

    Args:
        run: a run, or its id, or a prefix of it.
        to: the file to write; None to get the text.
        as_: "script" (options on the command line), "notebook" (a ``parameters`` cell, magics as they were typed) or
            "module" (a function ``main`` with keyword arguments); by default what the file's name says, else a script.
        params: names of the parameters to lift to the top; None for all that stand in the cells as literals.
        drop_displays: leave out what only shows something.
        store: where ``run`` is looked for, when it is an id; the notebook's by default.
        say: told each thing that is not as it was in the notebook.

    Raises:
        ProgramMissing: what ran was not recorded, or a source is not in the store.
        RunNotFound, AmbiguousRun: ``run`` is no id or prefix of one run.
        UsageError: ``as_`` is none of the three.
    """
    kind = _kind(as_, to)
    found = run if isinstance(run, Run) else find_run(run, store)
    shared = shareable([found], "")
    wish = Wish(params, drop_displays)
    text, notes = _text(shared.runs[0], kind, wish)
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")  # half a letter is none that a file can have
    if shared.notice:
        notes = [*notes, shared.notice.replace("the page", "the file")]
    for note in notes:
        say(note)
    if to is None:
        return text
    path = Path(to)
    replace(path, text)
    return path


def _kind(as_: str | None, to: str | PathLike[str] | None) -> str:
    if as_ is None:
        return "notebook" if to is not None and Path(to).suffix == ".ipynb" else "script"
    if as_ not in KINDS:
        raise UsageError(f"a run is exported as {', '.join(KINDS[:-1])} or {KINDS[-1]}, not {as_!r}")
    return as_


def _text(run: Run, kind: str, wish: Wish) -> tuple[str, list[str]]:
    draft: Draft = draft_of(program(run), wish, notebook=kind == "notebook")
    if kind == "notebook":
        from nbtrack.export.notebook import notebook  # noqa: PLC0415 - one of three

        return notebook(draft), draft.notes
    if kind == "module":
        from nbtrack.export.module import module  # noqa: PLC0415 - same

        return module(draft), draft.notes
    from nbtrack.export.script import script  # noqa: PLC0415 - same

    return script(draft), draft.notes
