"""What a report shares with whoever opens it, counted: what a person looks at before sending it."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nbtrack.query.facts import bytes_text
from nbtrack.report.naming import naming
from nbtrack.report.parts import Fact, Report, RunPage, Shown

_NAMED: Final = 5
_CHARTS: Final = ("comparison", "curves", "parallel", "importance")  # all drawn from the data of the comparison
_KINDS: Final = {"figures": ("image/", "application/vnd."), "tables": ("text/html", "text/csv"), "texts": ("",)}


def shared(report: Report, hidden: Mapping[str, int], sources: Collection[str]) -> tuple[Fact, ...]:
    """Return what a report contains and what was taken out of it.

    Args:
        report: with all that its sections show, and nothing else.
        hidden: how much anonymity took, by kind.
        sources: the sources of cells that are in it; see ``sources_in``.
    """
    pages = report.pages
    found = [
        Fact("sections", ", ".join(report.sections)),
        Fact("runs", _many(len(report.runs), "run"), f"{len(pages)} of them at full length"),
        *_sources(sources, report.program),
        *_shown(pages),
        *_left_out(pages),
        *_facts(report),
        *_names(report, hidden),
        *_removed(report),
    ]
    return tuple(found)


def sources_in(report: Report) -> frozenset[str]:
    """Return the sources of cells that the sections of a report show, told from all that is known of its runs.

    The pages of the runs show them, and so do the comparison's differences; a section of differences those of its runs.
    """
    has = set(report.sections)
    if has & {"runs", *_CHARTS}:
        listed = {cell.source for page in report.pages for cell in page.cells}
        return frozenset(listed | {run.cell.source for run in report.runs if run.cell and run.cell.source})
    told = {run for each in report.diffs for run in (each.old, each.new)} if "diffs" in has else set[str]()
    return frozenset(run.cell.source for run in report.runs if run.id in told and run.cell and run.cell.source)


@dataclass(frozen=True, slots=True)
class RunShare:
    """What a report shares of one run: how many cells, outputs, data items and comments, with their bytes.

    ``left_out`` counts outputs that are not in the file, ``secrets`` what looked like one and was taken out.
    """

    run: str
    name: str
    cells: int
    source_bytes: int
    outputs: int
    output_bytes: int
    left_out: int
    data: int
    comments: int
    secrets: int

    def sentence(self) -> str:
        """Return it in words, without what there is none of."""
        told = (
            (self.cells, f"{_many(self.cells, 'cell')} ({bytes_text(self.source_bytes)})"),
            (self.outputs, f"{_many(self.outputs, 'output')} ({bytes_text(self.output_bytes)})"),
            (self.left_out, f"{_many(self.left_out, 'output')} left out"),
            (self.data, _many(self.data, "data item")),
            (self.comments, _many(self.comments, "comment")),
            (self.secrets, f"{_many(self.secrets, 'secret')} taken out"),
        )
        return ", ".join(words for count, words in told if count) or "params and metrics only"


def per_run(report: Report) -> tuple[RunShare, ...]:
    """Return what is shared of each run that is told of at length; of all where none is."""
    if not report.pages:
        return tuple(
            RunShare(run.id, run.name, 0, 0, 0, 0, 0, 0, 0, report.removed.get(run.short, 0)) for run in report.runs
        )
    return tuple(_share(page, report.removed.get(page.run.short, 0)) for page in report.pages)


def _share(page: RunPage, secrets: int) -> RunShare:
    contents = [each.content for each in page.shown if each.content is not None]
    return RunShare(
        run=page.run.id,
        name=page.run.name,
        cells=len(page.cells),
        source_bytes=sum(len(cell.source.encode("utf-8", "replace")) for cell in page.cells),
        outputs=len(contents),
        output_bytes=sum(map(len, contents)),
        left_out=len(page.shown) - len(contents),
        data=len(page.data),
        comments=len(page.comments),
        secrets=secrets,
    )


def _sources(texts: Collection[str], program: str) -> Iterator[Fact]:
    size = sum(len(text.encode("utf-8", "replace")) for text in texts)
    value = f"{_many(len(texts), 'cell')}, {bytes_text(size)}" if texts else "none"
    yield Fact("source code", value, "each version that ran, once" if texts else "")
    if program:
        yield Fact("program", bytes_text(len(program.encode("utf-8", "replace"))), "of the best run, as a script")


def _shown(pages: Sequence[RunPage]) -> Iterator[Fact]:
    counts, sizes = Counter[str](), Counter[str]()
    for each in _each_shown(pages):
        if each.content is not None:
            kind = next(kind for kind, types in _KINDS.items() if each.media_type.startswith(types))
            counts[kind] += 1
            sizes[kind] += len(each.content)
    for kind in _KINDS:
        if counts[kind]:
            yield Fact(kind, f"{counts[kind]}, {bytes_text(sizes[kind])}", _WARNING if kind == "figures" else "")


_WARNING: Final = "what their pixels show was not searched"


def _left_out(pages: Sequence[RunPage]) -> Iterator[Fact]:
    reasons = Counter(each.why.partition(":")[0] for each in _each_shown(pages) if each.content is None)
    for why, count in reasons.items():
        yield Fact("not in the file", f"{_many(count, 'output')}", why)


def _each_shown(pages: Sequence[RunPage]) -> Iterable[Shown]:
    return (each for page in pages for each in page.shown)


def _facts(report: Report) -> Iterator[Fact]:
    data = {fact.name for page in report.pages for fact in page.data}
    if data:
        yield Fact(
            "data", _many(len(data), "item"), "files, addresses and variables by name, size and hash; no contents"
        )
    packages = sum(map(len, report.packages.values()))
    if packages:
        yield Fact("packages", f"{packages} in {_many(len(report.packages), 'environment')}", "names and versions")
    comments = sum(len(page.comments) for page in report.pages)
    if comments or report.notes:
        yield Fact("notes", f"{comments} on runs, {len(report.notes)} of yours", "comments among them")


def _names(report: Report, hidden: Mapping[str, int]) -> Iterator[Fact]:
    """Yield what names people and machines: what was taken out, or what is in there."""
    if report.anonymous:
        told = ", ".join(f"{count} x {kind}" for kind, count in sorted(hidden.items()) if count)
        yield Fact("taken out", told or "nothing", "names, hosts, paths and addresses (--anonymous)")
        return
    for kind, names in naming(report).items():
        yield Fact(kind, _some(names), "--anonymous leaves them out")


def _removed(report: Report) -> Iterator[Fact]:
    if not report.removed:
        yield Fact("secrets", "none found")
        return
    places = [f"{place} ({count})" for place, count in report.removed.items()]
    yield Fact("secrets", f"{_many(sum(report.removed.values()), 'value')} left out", _some(places))


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"
