"""All that a report tells of one run, from its records."""

from collections.abc import Iterator, Mapping, Sequence
from posixpath import join, normpath
from typing import Any, Final

from nbtrack.errors import NbtrackError
from nbtrack.model.condition import is_refusal
from nbtrack.model.direction import direction
from nbtrack.model.run import Run
from nbtrack.model.tagged import untag
from nbtrack.query.changes import flat, is_number
from nbtrack.query.facts import bytes_text, environment_facts, hardware_facts, seed_facts, used_data_text
from nbtrack.query.program import Step, program
from nbtrack.report.options import Options
from nbtrack.report.parts import CellText, Comment, Fact, Markdown, RunPage
from nbtrack.report.shown import Room, allotted, shown
from nbtrack.view.number import figure
from nbtrack.view.wording import duration_text, error_text, moment_text, state_text, value_text, verdict_text

_DEFAULT: Final = " default"
_LONG: Final = 2_000  # characters of one value
_MOST_CHANGED: Final = 50
_WAYS: Final[Mapping[str | None, str]] = {"max": "higher is better", "min": "lower is better", None: ""}
_CODE: Final = ("commit", "branch", "remote", "repository", "folder", "dirty")


def run_page(run: Run, options: Options, room: Room | None = None) -> RunPage:
    """Return what a report tells of ``run``, which should have passed ``export.shareable`` before it leaves.

    Args:
        run: a run, with its store behind it.
        options: ``source`` says whether sources are told; ``shown_bytes`` what its outputs may take, if ``room`` is
            None.
        room: what of its outputs there is a place for, where many runs share the room.
    """
    return RunPage(
        run=run,
        anchor=anchor(run.id),
        facts=tuple(_facts(run)),
        params=tuple(_params(run)),
        metrics=tuple(_metrics(run)),
        shown=shown(run, allotted([run], options.room(1)) if room is None else room),
        cells=cells(run) if options.source else (),
        data=tuple(_data(run)),
        code=tuple(_code(run)),
        environment=tuple(_environment(run)),
        environment_key=environment_key(run),
        verdict=tuple(_verdict(run)),
        condition=tuple(_condition(run)),
        comments=tuple(_comments(run)),
        error=_error(run),
    )


def anchor(run_id: str) -> str:
    """Return the fragment that links to a run.

    >>> anchor("20261121t101530-7k3m9q2x")
    'run-20261121t101530-7k3m9q2x'
    """
    return f"run-{run_id}"


def environment_key(run: Run) -> str:
    """Return what names the run's list of packages: equal for runs whose packages are the same; empty without one."""
    return _text(run.environment.get("sha256"))


def cells(run: Run) -> tuple[CellText, ...]:
    """Return the sources of the run's slice, oldest first, its own last; only its own where the others are not kept."""
    try:
        found = program(run)
    except NbtrackError as problem:
        if run.cell is None:
            return ()
        return (CellText(_place(run.cell.count), run.cell.source, str(problem)),)
    return tuple(CellText(step.place, step.source, _step_note(step, own=step is found.own)) for step in found.steps)


def _facts(run: Run) -> Iterator[Fact]:
    yield Fact("id", run.id)
    yield Fact("status", state_text(run))
    yield Fact("experiment", run.experiment)
    yield Fact("started", moment_text(run.document["started"]))
    if run.duration is not None:
        yield Fact("took", duration_text(run.duration))
    for name in ("notebook", "session"):
        if value := run.document.get(name):
            yield Fact(name, _text(value))
    if run.cell and run.cell.count is not None:
        yield Fact("cell", f"In [{run.cell.count}]")
    if result := run.document.get("result"):
        yield Fact("result", _text(result), "the value of the cell's last expression")
    for name, value in run.tags.items():
        yield Fact(f"tag {name}", value_text(value, _LONG))


def _params(run: Run) -> list[Fact]:
    """Return what somebody chose before what was left at its default."""
    sources = run.sources.get("params", {})
    facts = [Fact(name, value_text(value, _LONG), _text(sources.get(name))) for name, value in run.params.items()]
    return sorted(facts, key=lambda fact: fact.note.endswith(_DEFAULT))


def _metrics(run: Run) -> Iterator[Fact]:
    sources = run.sources.get("metrics", {})
    for name, value in run.metrics.items():
        told = (_WAYS[direction(name)], _series(run, name), _text(sources.get(name)))
        yield Fact(name, value_text(value), " · ".join(filter(None, told)))


def _series(run: Run, metric: str) -> str:
    curve = run.curves.get(metric)
    if curve is None:
        return ""
    values = (("min", untag(curve["min"])), ("max", untag(curve["max"])))
    ends = [f"{word} {figure(value)}" for word, value in values if is_number(value)]
    count = curve["count"]
    return ", ".join([f"{count:,} point{'s' * (count != 1)}", *ends])


def _step_note(step: Step, *, own: bool) -> str:
    ran = f"ran {step.times} times" if step.times > 1 else ""
    stopped = "" if step.outcome == "ok" else f"ended in {step.outcome}"
    written = ", ".join(name for name in (*step.writes, *step.mutates) if name.isidentifier())
    made = f"made {written}" if written and not own else ""
    return " · ".join(filter(None, ("the run's own cell" if own else "", ran, stopped, made)))


def _data(run: Run) -> Iterator[Fact]:
    entries: Sequence[Any] = run.document["data"]
    for entry in map(untag, entries):
        if isinstance(entry, Mapping):
            path = _text(entry.get("path"))
            name = _from_top(path, run.code) if path else _text(entry.get("name"))
            yield Fact(name, used_data_text(entry), _data_note(entry))


def _from_top(path: str, code: Mapping[str, Any]) -> str:
    """Return a path without detours; what lies beside the notebook's folder from the top of the repository they share.

    >>> code = {"repository": "study", "folder": "notebooks"}
    >>> _from_top("../data/x.csv", code), _from_top("./sets//x.csv", code), _from_top("s3://bucket/../x", code)
    ('study/data/x.csv', 'sets/x.csv', 's3://bucket/../x')
    """
    if "://" in path:
        return path
    plain = normpath(path)
    folder, repository = code.get("folder"), code.get("repository")
    if not plain.startswith("../") or not (isinstance(folder, str) and isinstance(repository, str) and repository):
        return plain
    whole = normpath(join(folder, plain))
    return plain if whole.startswith("..") else f"{repository}/{whole}"


def _data_note(entry: Mapping[str, Any]) -> str:
    verb = "written" if entry.get("mode") == "write" else "read"
    made = "made by a cell before" if entry.get("made") else ""
    kept = {True: "kept in the store", False: "not kept in the store"}.get(entry.get("kept"), "")  # type: ignore[arg-type]  # absent is neither
    digest = entry.get("sha256")
    whole = f"SHA-256 {digest}" if digest else ""
    dvc = f"DVC: {entry['dvc']}{_DVC.get(entry.get('dvc_matches'), '')}" if entry.get("dvc") else ""
    parts = (_text(entry.get("kind")), verb, made, _text(entry.get("type")), dvc, kept, whole)
    return " · ".join(filter(None, parts))


_DVC: Final[Mapping[Any, str]] = {True: ", the file is what it says", False: ", the file is NOT what it says"}


def _code(run: Run) -> Iterator[Fact]:
    code = run.code
    for name in _CODE:
        if code.get(name) is not None:
            yield Fact(name, value_text(code[name], _LONG))
    if isinstance(patch := code.get("patch"), str):
        size = next((each.size for each in run.artifacts if each.object == patch), None)
        yield Fact("uncommitted changes", patch[:8], "" if size is None else f"a patch of {bytes_text(size)}")
    changed = code.get("changed")
    for name, kind in list(changed.items())[:_MOST_CHANGED] if isinstance(changed, Mapping) else ():
        yield Fact(_text(name), _text(kind), "differs from the commit")
    if isinstance(changed, Mapping) and len(changed) > _MOST_CHANGED:
        yield Fact("…", f"and {len(changed) - _MOST_CHANGED} more files")
    notebook = code.get("notebook")
    for name, value in flat(notebook).items() if isinstance(notebook, Mapping) else ():
        yield Fact(f"notebook {name}", value_text(value, _LONG))


def _environment(run: Run) -> Iterator[Fact]:
    told: list[tuple[str, Mapping[str, Any]]] = [
        ("", environment_facts(run)),
        ("", hardware_facts(run)),
        ("seed ", seed_facts(run)),
    ]
    for before, facts in told:
        for name, value in facts.items():
            yield Fact(f"{before}{name}", value_text(value, _LONG))


def _verdict(run: Run) -> Iterator[Fact]:
    if run.verdict is None or not run.reproductions:
        return
    last = run.reproductions[-1]
    tried = len(run.reproductions)
    yield Fact("verdict", verdict_text(run.verdict), _text(last.get("text")))
    yield Fact("when", moment_text(last.get("at")), f"the last of {tried} attempts" if tried > 1 else "")
    for name, metric in _mappings(last.get("metrics")):
        was, now = (value_text(untag(metric.get(side))) for side in ("was", "now"))
        yield Fact(name, f"{was} → {now}", _text(metric.get("level")))
    for cause in _listed(last.get("causes")):
        yield Fact("cause", _text(cause.get("text")) or _text(cause.get("name")), _text(cause.get("kind")))
    for part in _listed(last.get("restored")):
        yield Fact(f"restored {_text(part.get('kind'))}", _text(part.get("text")), _text(part.get("origin")))
    if last.get("error"):
        yield Fact("error", _text(last.get("error")))


def _condition(run: Run) -> Iterator[str]:
    """Yield what a reader must know before trusting the run, worst first."""
    if run.damage:
        yield f"{run.condition}: {run.damage}"
    verdicts: Sequence[Any] = run.slice["verdicts"]
    said = (each for each in verdicts if isinstance(each, Mapping) and each.get("kind") != "clean")
    yield from dict.fromkeys(_text(each.get("text")) for each in said)
    states = run.environment.get("rng")
    if isinstance(states, Mapping) and states.get("unseeded") is True and states.get("drawn"):
        yield "random numbers were drawn without a seed; another run may differ"
    yield from (f"capture incomplete: {_text(each)}" for each in run.warnings if not is_refusal(_text(each)))
    if run.redactions:
        yield f"{run.redactions} value{'s'[: run.redactions > 1]} that looked like secrets were not recorded"


def _comments(run: Run) -> Iterator[Comment]:
    if run.note:
        yield Comment(Markdown(run.note), None, "")
    for each in run.document.get("comments", ()):
        yield Comment(Markdown(each["text"]), each["at"], each["by"])


def _error(run: Run) -> str:
    if not run.error:
        return ""
    return "\n\n".join(filter(None, (error_text(run), _text(run.error.get("traceback")))))


def _place(count: int | None) -> str:
    return f"In [{count}]" if count is not None else "the cell"


def _text(value: Any) -> str:
    """Return a recorded value as text: a document may come from anywhere, and hold anything."""
    return "" if value is None else str(value)


def _mappings(value: Any) -> list[tuple[str, Mapping[str, Any]]]:
    return (
        [(_text(name), each) for name, each in value.items() if isinstance(each, Mapping)]
        if isinstance(value, Mapping)
        else []
    )


def _listed(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
