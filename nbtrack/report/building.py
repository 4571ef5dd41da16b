"""From chosen runs to a report: every text cleaned once, every object and every series read once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from nbtrack.errors import NbtrackError
from nbtrack.export.exporting import export
from nbtrack.export.shareable import Shareable, shareable
from nbtrack.model.run import Run
from nbtrack.query.checklist.checklist import Checklist, check
from nbtrack.query.compare import Best, best
from nbtrack.query.environments import Environments
from nbtrack.report.anonymous import anonymous
from nbtrack.report.differences import differences
from nbtrack.report.digest import HINT, RunDigest, digest_of_all, run_digest
from nbtrack.report.importance import told_at_length, winners_first
from nbtrack.report.options import Options
from nbtrack.report.parts import Fact, Markdown, Note, Origin, Report, Sentence
from nbtrack.report.remembering import remembering
from nbtrack.report.run_page import environment_key, run_page
from nbtrack.report.sharing import shared, sources_in
from nbtrack.report.shown import allotted
from nbtrack.report.sourceless import sourceless, without_evidence
from nbtrack.report.summary import summarize
from nbtrack.report.telling.datasets import sets_of_data
from nbtrack.report.telling.phrases import listed
from nbtrack.report.template import layout

_NAMED: Final = 3  # experiments in a title
_CHECKED: Final = 3  # of the best runs: a checklist of each of a hundred runs is read by nobody


def build(runs: Sequence[Run], options: Options, store: str = "") -> Report:
    """Return the report of ``runs``, in their order, with nothing in it that may be a secret.

    Args:
        runs: the runs, with their store behind them.
        options: what was asked for.
        store: the id of the store that they come from.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> with nbtrack.start_run("example", store=store, params={"lr": 0.1}) as opened:
    ...     opened.log(accuracy=0.9)
    >>> report = build(nbtrack.runs(store=store), Options(title="Rates"))
    >>> report.title, report.pages[0].metrics[0].value
    ('Rates', '0.9')

    Raises:
        RunNotFound: a difference is asked for of a run that is not among them.
        MetricNotFound: no run has ``options.metric``.
        UsageError: the template has a place that is none.
    """
    sections, notes = layout(options)
    originals = [remembering(run) for run in runs]
    digests = {run.id: run_digest(run) for run in originals}
    clean = _cleaned(originals, options, notes)
    told = clean.runs if options.source else [sourceless(run) for run in clean.runs]
    winner = best(told, options.metric)
    report = _report(clean, told, winner, options)
    origin, removed = _origin(digests, clean, options, store), dict(clean.shareable.removed)
    whole = replace(report, origin=origin, sections=sections, notes=clean.notes, removed=removed)
    made = _without_unseen(whole)
    return replace(made, shared=shared(made, clean.hidden(), sources_in(whole)))


def _without_unseen(report: Report) -> Report:
    """Return a report without what none of its sections shows: what nobody sees is neither in its page nor its JSON."""
    has = set(report.sections)
    return replace(
        report,
        pages=report.pages if "runs" in has else (),
        packages=report.packages if "runs" in has else {},
        diffs=report.diffs if "diffs" in has else (),
        checklists=report.checklists if "checklist" in has else {},
        again=report.again if "again" in has else (),
        program=report.program if "again" in has else "",
    )


def title_of(options: Options, runs: Sequence[Run]) -> str:
    """Return the title that was asked for, or else one that says whose runs these are."""
    experiments = list(dict.fromkeys(run.experiment for run in runs if run.experiment))
    return options.title or (listed(experiments) if 0 < len(experiments) <= _NAMED else "Report of runs")


@dataclass(frozen=True, slots=True)
class _Clean:
    """What may leave: the runs, the author's notes, and what cleans any other text; ``hidden`` by anonymity so far."""

    runs: Sequence[Run]
    notes: tuple[Note, ...]
    text: Callable[[str, str], str]
    hidden: Callable[[], Mapping[str, int]]
    shareable: Shareable


def _cleaned(runs: Sequence[Run], options: Options, notes: Sequence[Note]) -> _Clean:
    safe = shareable(runs, title_of(options, runs))
    if not options.anonymous:
        return _Clean(safe.runs, _clean_notes(notes, safe.text), safe.text, dict, safe)
    hiding = anonymous(safe.runs, [safe.title, options.question, *(note.text for note in notes)])

    def text(value: str, place: str) -> str:
        return hiding.text(safe.text(value, place))

    return _Clean(hiding.runs, _clean_notes(notes, text), text, lambda: hiding.hidden, safe)


def _clean_notes(notes: Sequence[Note], text: Callable[[str, str], str]) -> tuple[Note, ...]:
    return tuple(replace(note, text=Markdown(text(note.text, "a note of yours"))) for note in notes)


def _report(clean: _Clean, told: Sequence[Run], winner: Best | None, options: Options) -> Report:
    """Return the report without what is said of where it comes from and what it shares."""
    ranked = winners_first(told, winner, options.named)
    whole = told_at_length(told, winner, options.named, options.whole_pages)
    room = allotted([run for run in ranked if run.id in whole], options.room(len(told)))
    return Report(
        title=clean.text(clean.shareable.title, "the title"),
        origin=Origin("", "", "", "", {}, ""),
        summary=_summary(clean.runs, options),
        notes=(),
        sections=(),
        runs=told,
        pages=tuple(run_page(run, options, room) for run in told if run.id in whole),
        diffs=differences(told, winner, options.diffs, told[0].stored) if told else (),
        packages=_packages(told),
        checklists=_checklists([run for each in ranked[:_CHECKED] for run in clean.runs if run == each], options),
        again=tuple(_again(winner)),
        program=_program(winner, clean) if options.source else "",
        shared=(),
        plotly=options.plotly,
        anonymous=options.anonymous,
        sets=sets_of_data(clean.runs, options.metric) if told else {},
    )


def _summary(runs: Sequence[Run], options: Options) -> tuple[Sentence, ...]:
    return tuple(summarize(runs, options.metric)) if runs else ()


def _origin(digests: Mapping[str, RunDigest], clean: _Clean, options: Options, store: str) -> Origin:
    records = {run_id: each.digest for run_id, each in digests.items()}
    return Origin(
        version=_version(),
        made=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        store="" if options.anonymous else store,
        digest=digest_of_all(records),
        records=records,
        question=clean.text(options.question, "the question"),
        parts={run_id: {name: part[:HINT] for name, part in each.parts.items()} for run_id, each in digests.items()},
    )


@cache
def _version() -> str:
    """Return the version of nbtrack; empty where it runs without being installed."""
    try:
        return version("nbtrack")
    except PackageNotFoundError:
        return ""


def _packages(runs: Sequence[Run]) -> dict[str, tuple[Fact, ...]]:
    """Return the packages of each environment that some run has; each list is read once."""
    environments = Environments()
    found: dict[str, tuple[Fact, ...]] = {}
    for run in runs:
        key = environment_key(run)
        if key and key not in found and (packages := environments.packages(run)):
            found[key] = tuple(Fact(name, version) for name, version in sorted(packages.items()))
    return found


def _checklists(runs: Sequence[Run], options: Options) -> dict[str, Checklist]:
    """Return the checklists of some runs; of what their sources show nothing is told where sources are not."""
    found = {run.id: check(run) for run in runs}
    return found if options.source else {run_id: without_evidence(each) for run_id, each in found.items()}


def _program(winner: Best | None, clean: _Clean) -> str:
    """Return the best run's program as a script; nothing where it was not recorded."""
    if winner is None:
        return ""
    try:
        return clean.text(str(export(winner.run, say=lambda _: None)), "the program")
    except NbtrackError:
        return ""


def _again(winner: Best | None) -> Iterator[Fact]:
    """Yield the steps that make the best run again, each with its command."""
    if winner is None:
        return
    run = winner.run.short
    yield Fact("Install nbtrack", "pip install nbtrack", "and go to the folder of the runs' store")
    yield Fact("See what is known of the run", f"nbtrack check {run}", "each row with its evidence; nothing is run")
    yield Fact("Make it again, and compare", f"nbtrack reproduce {run}", "code, environment and data from the records")
    yield Fact("Take its program along", f"nbtrack export {run} -o run.py", "a script that runs without nbtrack")
    yield Fact(
        "Check this file", "nbtrack report verify report.html", "whether the records are still what it was made from"
    )
