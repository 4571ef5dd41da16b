"""``nbtrack.report(...)`` and ``%report``: the report of some runs, or of a notebook, as one file."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nbtrack.errors import RunNotFound, UsageError
from nbtrack.model.run import Run
from nbtrack.query.choosing import choose
from nbtrack.query.runs import Runs, opened_store
from nbtrack.query.runs import run as find_run
from nbtrack.report.options import Options, Plotly
from nbtrack.report.parts import Fact, Note, Report, Sentence
from nbtrack.report.template import NAMED, notes_of
from nbtrack.store.base import Store

if TYPE_CHECKING:
    from nbtrack.report.writing import Target

DEFAULT: Final = "report.html"
_LARGEST: Final = 10_000_000  # bytes of a note or a template
_REDACTED: Final = 5


@dataclass(frozen=True, slots=True, repr=False)
class Written:
    """A report that was written: where it is, what it says in plain words, and what it shares with its readers.

    ``data`` is the file with the same as JSON; None unless it was asked for.
    """

    path: Path
    title: str
    runs: int
    summary: tuple[Sentence, ...]
    shared: tuple[Fact, ...]
    notice: str
    data: Path | None = None

    def __repr__(self) -> str:
        """Return the path, the summary and what was left out, in lines."""
        size = self.path.stat().st_size if self.path.exists() else 0
        lines = [f"{self.path} ({_megabytes(size)}, {self.runs} run{'s' * (self.runs != 1)})"]
        return "\n".join(
            [*lines, *(f"  {each.text}" for each in self.summary), *([self.notice] if self.notice else [])]
        )

    def _repr_html_(self) -> str:
        from nbtrack.view.written import written_html  # noqa: PLC0415 - jinja2 when it is shown

        return written_html(self)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON (``docs/json-format.md``)."""
        return {
            "path": str(self.path),
            "json": None if self.data is None else str(self.data),
            "title": self.title,
            "runs": self.runs,
            "summary": [each.text for each in self.summary],
            "shared": shared_json(self.shared),
            "notice": self.notice,
        }


def report(
    what: "str | Run | Iterable[Run | str]" = "",
    path: str | PathLike[str] = DEFAULT,
    *,
    title: str = "",
    notes: str | Sequence[str | Note] = (),
    template: str | PathLike[str] = "full",
    anonymous: bool = False,
    source: bool = True,
    plotlyjs: Plotly = "inline",
    diff: "Sequence[tuple[Run | str, Run | str]]" = (),
    metric: str | None = None,
    json_file: bool = False,
    force: bool = False,
    store: Store | str | PathLike[str] | None = None,
) -> Written:
    """Write the report of some runs as one HTML file that opens anywhere without a network, and return where it is.

    Args:
        what: a filter, ids, runs, or a notebook (a path that ends in ``.ipynb``); empty for all runs.
        path: the file to write.
        title: by default the experiment's name.
        notes: texts in Markdown, shown after the summary; a line ``<!-- after: curves -->`` in one puts what follows
            after that section.
        template: ``"full"``, ``"brief"``, or the path of a Markdown file with places such as ``{{ summary }}``.
        anonymous: leave out users, hosts, paths, remotes and e-mail addresses, everywhere.
        source: whether the sources of cells are in it.
        plotlyjs: ``"none"`` to show pictures and tables in place of interactive plotly figures.
        diff: pairs of runs (old, new) whose differences are shown; by default the best and what it is measured by.
        metric: which decides what is best.
        json_file: write the same as JSON beside it.
        force: replace files that are there.
        store: where the runs are; None for the store of this notebook or folder.

    >>> import nbtrack, pathlib, tempfile
    >>> store, folder = nbtrack.MemoryStore(), pathlib.Path(tempfile.mkdtemp())
    >>> with nbtrack.start_run("example", store=store, params={"lr": 0.1}) as opened:
    ...     opened.log(accuracy=0.9)
    >>> written = nbtrack.report(path=folder / "report.html", title="Rates", store=store)
    >>> written.path.name, written.title, written.runs
    ('report.html', 'Rates', 1)

    Raises:
        UsageError: a file is there already, or an option cannot be understood.
        RunNotFound: no run is asked for, or one that is not there.
        FilterError: the filter cannot be understood.
    """
    options = Options(
        title=title,
        notes=tuple(_notes([notes] if isinstance(notes, str) else notes)),
        template=template_text(template),
        anonymous=anonymous,
        source=source,
        plotly=plotlyjs,
        metric=metric,
    )
    place = opened_store(store)
    pairs = tuple((_id(old, place), _id(new, place)) for old, new in diff)
    written = write(what, path, replace(options, diffs=pairs), place, json_file=json_file, force=force)
    if written.notice:
        warnings.warn(written.notice, stacklevel=2)
    return written


def write(
    what: "str | Run | Iterable[Run | str]",
    path: str | PathLike[str],
    options: Options,
    store: Store,
    *,
    json_file: bool = False,
    force: bool = False,
) -> Written:
    """Write a report and return where it is; the options come ready."""
    from nbtrack.report.writing import Target, write_notebook_report, write_report  # noqa: PLC0415 - jinja2 when a page is written

    target = Target(Path(path), Path(path).with_suffix(".json") if json_file else None)
    target.check(force=force)
    if is_notebook(what):
        return _written(write_notebook_report(Path(str(what)), target, options, store), target)
    runs, named = chosen(what, store)
    asked = replace(options, named=named, question=what if isinstance(what, str) else " ".join(named))
    return _written(write_report(runs, target, asked, store_id(store)), target)


def preview(what: "str | Run | Iterable[Run | str]", options: Options, store: Store) -> Report:
    """Return a report without writing it: what it would share."""
    if is_notebook(what):
        from nbtrack.report.notebook import build_notebook  # noqa: PLC0415 - a notebook is rarely asked for

        return build_notebook(Path(str(what)), store, options).report
    from nbtrack.report.building import build  # noqa: PLC0415 - when one is asked for

    runs, named = chosen(what, store)
    return build(runs, replace(options, named=named, question=what if isinstance(what, str) else ""), store_id(store))


def is_notebook(what: Any) -> bool:
    """Tell whether a notebook's file is asked for."""
    return isinstance(what, str | PathLike) and str(what).strip().endswith(".ipynb")


def chosen(what: "str | Run | Iterable[Run | str]", store: Store) -> tuple[Sequence[Run], tuple[str, ...]]:
    """Return the runs that are asked for, and the ids of those that were named one by one.

    Raises:
        RunNotFound: there is none.
    """
    if isinstance(what, Run):
        what = [what]
    if isinstance(what, str):
        found: Sequence[Run] = choose(what, store=store)
        named = _named(found, what)
    else:
        found = [each if isinstance(each, Run) else find_run(each, store) for each in what]
        named = () if isinstance(what, Runs) else tuple(run.id for run in found)
    if not found:
        held = len(store.runs())
        why = f"none of {held:,} fits {what!r}" if held and isinstance(what, str) else f"{store!r} has {held or 'none'}"
        raise RunNotFound(f"there are no runs to report on: {why}")
    return found, named


def store_id(store: Store) -> str:
    """Return the id of a store; empty for one that has none."""
    return str(getattr(store, "id", None) or "")


def template_text(template: str | PathLike[str]) -> str:
    """Return the name of a template, or the text of the file that is one.

    Raises:
        UsageError: it is neither a name nor a file that can be read.
    """
    return str(template) if str(template) in NAMED else text_of(Path(template), "template")


def text_of(path: Path, what: str) -> str:
    """Return the text of an author's file.

    Raises:
        UsageError: it cannot be read, is too large, or no text.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise UsageError(f"the {what} {str(path)[:200]!r} has more than {_LARGEST:,} bytes")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"the {what} {str(path)[:200]!r} is no UTF-8 text") from None
    except OSError as problem:
        known = f"{' or '.join(NAMED)}, or " if what == "template" else ""
        raise UsageError(f"a {what} is {known}a Markdown file; {str(path)[:200]!r}: {problem.strerror}") from None


def shared_json(facts: Iterable[Fact]) -> list[dict[str, str]]:
    """Return what a report shares as JSON."""
    return [{"name": fact.name, "value": fact.value, "note": fact.note} for fact in facts]


def notice(removed: dict[str, int]) -> str:
    """Return what to tell the author of what was left out as a secret; nothing where nothing was."""
    if not removed:
        return ""
    count, places = sum(removed.values()), list(removed)
    named = ", ".join(places[:_REDACTED]) + (f" and {len(places) - _REDACTED} more" if len(places) > _REDACTED else "")
    what = "1 value that looks like a secret was" if count == 1 else f"{count} values that look like secrets were"
    return f"{what} left out of the report (in {named}); the store still has what it has"


def _written(made: Report, target: "Target") -> Written:
    return Written(
        target.page, made.title, len(made.runs), made.summary, made.shared, notice(dict(made.removed)), target.data
    )


def _notes(notes: Iterable[str | Note]) -> Iterable[Note]:
    for each in notes:
        yield from notes_of(each) if isinstance(each, str) else (each,)


def _id(run: Run | str, store: Store) -> str:
    return run.id if isinstance(run, Run) else find_run(run, store).id


def _named(found: Sequence[Run], what: str) -> tuple[str, ...]:
    """Return the ids of the runs where each was named by a word; none where a filter chose them."""
    words = [word.strip(",") for word in what.split()]
    by_name = len(words) == len(found) and all(
        run.id.startswith(word) or run.id.rpartition("-")[2].startswith(word)
        for run, word in zip(found, words, strict=True)
    )
    return tuple(run.id for run in found) if by_name else ()


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} KB"
