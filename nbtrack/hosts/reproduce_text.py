"""What a plan and a verdict say, section by section, in plain words: terminal and notebook show the same."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from nbtrack.errors import UsageError
from nbtrack.hosts.reproduce_progress import first_line, listed, roughly
from nbtrack.model.reproduction import GOOD, ReproductionDocument, Restored
from nbtrack.query.program import Step
from nbtrack.reproduce.inputs import Input
from nbtrack.reproduce.plan import Plan
from nbtrack.view.escape import shown, shown_code
from nbtrack.view.number import figure
from nbtrack.view.wording import duration_text, value_text

_MOST: Final = 12  # lines of a section; a person reads no more before saying yes
_CAUSES: Final = 8
_CELL: Final = 57  # columns of a cell in a line, what is noted of it included: with its place, those of a terminal
_UNFOLDED: Final = 100  # cells whose source a notebook is given, the last ones


class Cell(NamedTuple):
    """A cell that will run: its place, the line that tells most, what is to be known of it, and its source."""

    place: str
    line: str
    note: str
    source: tuple[str, ...]


class Section(NamedTuple):
    """A heading of one word, and lines. ``grave`` is what a person should not overlook.

    Where ``ranked``, the first line matters most. ``cells`` are the lines for whoever can unfold them.
    """

    title: str
    lines: tuple[str, ...]
    grave: bool = False
    ranked: bool = False
    cells: tuple[Cell, ...] = ()


class MetricRow(NamedTuple):
    """One metric of a verdict, as texts."""

    name: str
    was: str
    now: str
    change: str
    allowed: str
    level: str


def headline(plan: Plan) -> str:
    """Return which run it is about, in a line."""
    run = plan.run
    took = f", its cells took {roughly(plan.expected)}" if plan.expected >= 1 else ""
    return f"reproduce run {run.short} {shown(run.name, 40)}, {run.started:%Y-%m-%d %H:%M} UTC{took}"


def plan_sections(plan: Plan) -> list[Section]:
    """Return what a plan will do, most important first."""
    options = plan.options
    cells = tuple(_cell(step) for step in plan.steps)
    whole = f"every line of it: nbtrack export {plan.run.short}"
    found = [Section("runs", (*_few(_lines(cells)), whole), cells=cells[-_UNFOLDED:])]
    found.append(Section("starts", tuple(_few(_commands(plan))), grave=bool(plan.commands)))
    found.append(Section("reaches", tuple(_few(_addresses(plan))), grave=bool(plan.addresses)))
    found.append(Section("reads", tuple(_few(_data(plan)))))
    found.append(Section("installs", tuple(_few(_packages(plan)))))
    stays = "kept" if options.keep else "removed afterwards"
    found.append(Section("writes", (f"a folder of its own, {stays}; nothing of yours, and it gets no secrets",)))
    if plan.limits:
        found.append(Section("but", plan.limits, grave=True))
    if plan.doubts:
        found.append(Section("doubts", tuple(_few(shown(each, 240) for each in plan.doubts)), grave=True))
    return found


def metric_rows(document: ReproductionDocument) -> list[MetricRow]:
    """Return the metrics of a verdict as a table has them."""
    return [_metric(name, each) for name, each in document["metrics"].items()]


def verdict_sections(document: ReproductionDocument) -> list[Section]:
    """Return what a verdict says beside its metrics."""
    found, good = [], document["level"] in GOOD
    if outputs := document.get("outputs"):
        found.append(Section("outputs", tuple(_outputs(outputs))))
    if causes := document.get("causes"):
        lines = [shown(str(cause.get("text", "")), 400) for cause in causes]
        cut = [*lines[:_CAUSES], f"and {len(lines) - _CAUSES} more"] if len(lines) > _CAUSES else lines
        title = "differs" if document["level"] == "identical" else "likely why"
        found.append(Section(title, tuple(cut), grave=not good, ranked=True))
    if restored := document.get("restored"):
        found.append(Section("from", tuple(_restored(restored))))
    found.append(Section("took", (duration_text(document["duration"]),)))
    return found


def nobody_to_ask() -> UsageError:
    """Return the error for a place where no person answers."""
    return UsageError("nobody is there to agree to what will be executed; say --yes, or yes=True in Python")


def verdict_sentence(document: ReproductionDocument) -> str:
    """Return what was found, without the level and the cause that stand beside it."""
    text = document["text"].removeprefix(f"{document['level']}: ")
    return text.partition("; likeliest cause: ")[0] if document.get("causes") else text


def _cell(step: Step) -> Cell:
    told = []
    if (more := sum(1 for line in step.source.splitlines() if line.strip()) - 1) > 0:
        told.append(f"+{more} line{'s' * (more > 1)}")
    if step.overrides:
        told.append("with " + listed([f"{name}={value_text(value, 20)}" for name, value in step.overrides.items()], 3))
    if step.times > 1:
        told.append(f"({step.times} times)")
    if step.outcome != "ok":
        told.append(f"[{'stopped' if step.outcome == 'interrupted' else 'failed'} then]")
    source = tuple(shown_code(step.source).split("\n"))
    note = shown(" ".join(told), 160)
    return Cell(step.place, first_line(step.source, max(_CELL - len(note), 24)), note, source)


def _lines(cells: Sequence[Cell]) -> Iterator[str]:
    wide = max(len(cell.place) for cell in cells)
    for cell in cells:
        yield f"{cell.place:<{wide}}  {cell.line} {cell.note}".rstrip()


def _commands(plan: Plan) -> Iterator[str]:
    for command in plan.commands:
        yield f"{command.place}  {shown(command.text, 120)}"
    if not plan.commands:
        yield "no other programs, as far as its cells tell"


def _addresses(plan: Plan) -> Iterator[str]:
    if not plan.options.network:
        yield "nothing: it is kept from the network"
    elif not plan.addresses:
        yield "no address that its cells name"
    for address in plan.addresses:
        yield shown(address, 120)


def _data(plan: Plan) -> Iterator[str]:
    if not plan.data:
        yield "no files"
    for each in plan.data:
        yield _file(each)
    if plan.data and plan.options.data == "current":
        yield "as these files are now, whatever they were"


def _file(each: Input) -> str:
    size = f", {_size(each.size)}" if each.size is not None else ""
    known = f", sha256 {each.sha256[:8]}" if each.sha256 else ", its bytes are not known"
    return f"{shown(each.path, 60)}{size}{known}"


def _packages(plan: Plan) -> Iterator[str]:
    if plan.options.environment == "current":
        yield "nothing: this Python and its packages are used as they are"
        return
    packages = plan.packages
    if packages.problem:
        yield packages.problem
        return
    yield f"Python {packages.python} and {packages.pinned} packages, apart from yours, checked by their hashes"
    for commit in packages.commits:
        yield f"{shown(commit, 100)}, built here"
    if packages.edited:
        yield f"edited in place, from the recorded code: {listed([shown(name, 40) for name in packages.edited])}"
    for unknown in packages.unknown:
        yield f"cannot be had: {shown(unknown, 120)}"


def _metric(name: str, told: Mapping[str, Any]) -> MetricRow:
    change, interval = told.get("change"), told.get("interval")
    allowed = told.get("tolerance")
    words = f"{100 * allowed:.3g} %" if isinstance(allowed, int | float) else ""
    if interval:
        words = " … ".join(_value(each, 4) for each in interval)
    return MetricRow(
        shown(name, 60),
        _value(told.get("was")),
        _values(told.get("now")),
        _change(change),
        words,
        str(told.get("level", "")),
    )


def _values(now: Any) -> str:
    if isinstance(now, list):
        return ", ".join(_value(each, 4) for each in now[:3]) + (f" … ({len(now)})" if len(now) > 3 else "")
    return _value(now)


def _value(value: Any, digits: int = 6) -> str:
    if value is None:
        return ""
    return (
        figure(value, digits)
        if isinstance(value, int | float) and not isinstance(value, bool)
        else value_text(value, 24)
    )


def _change(change: Any) -> str:
    if not isinstance(change, int | float):
        return ""
    return "0" if change == 0 else f"{100 * change:+.2g} %"


def _outputs(outputs: Mapping[str, str]) -> Iterator[str]:
    kinds: dict[str, list[str]] = {}
    for name, state in outputs.items():
        kinds.setdefault(state, []).append(shown(name, 60))
    for state, names in kinds.items():
        yield f"{len(names)} {state}" + (f": {listed(names)}" if state != "same" else "")


def _restored(restored: Sequence[Restored]) -> Iterator[str]:
    yield from _few(shown(str(each.get("text", "")), 200) for each in restored)


def _few(lines: Iterable[str]) -> list[str]:
    found = list(lines)
    return found if len(found) <= _MOST else [*found[: _MOST - 2], f"… {len(found) - _MOST + 1} more", found[-1]]


def _size(size: int) -> str:
    for unit, many in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= many:
            return f"{size / many:.3g} {unit}"
    return f"{size} bytes"
