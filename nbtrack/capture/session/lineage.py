"""The part of capture that records what a run depends on: the slice of the session behind it, and what it is worth."""

from collections.abc import Mapping, Sequence
from weakref import WeakKeyDictionary

from nbtrack.capture.asked.line import asked_of
from nbtrack.capture.session.notebook_file import SavedNotebook
from nbtrack.capture.session.past import Past
from nbtrack.capture.session.saved import Saved
from nbtrack.capture.session.scene import Part, Scene
from nbtrack.capture.session.session import Session
from nbtrack.capture.session.verdicts import Known, verdicts
from nbtrack.model import event
from nbtrack.model.document import ExecutionDocument, VerdictDocument
from nbtrack.record.open_run import OpenRun
from nbtrack.record.redact import redact, redact_json
from nbtrack.record.values import to_json
from nbtrack.store.base import Store  # noqa: TC001 - of an attribute, which is annotated for readers

_MOST = 300  # executions listed; a record holds a megabyte
_MOST_NAMES = 200


class Lineage(Part):
    """Records the executions behind a run, each with its source, and the verdicts on them."""

    name = "slice"
    seconds = 10.0  # the first run of a long session puts the source of every cell into the store, and syncs each

    def __init__(self, session: Session, saved: Saved) -> None:
        self._session = session
        self._saved = saved
        self._sources: WeakKeyDictionary[Store, dict[str, str]] = WeakKeyDictionary()

    def before(self, scene: Scene) -> None:
        """Have the notebook's file read while the cell runs, if it was saved since."""
        self._saved.look(scene.notebook)

    def after(self, scene: Scene, error: BaseException | None) -> None:  # noqa: ARG002 - failed runs depend on it too
        """Record the slice."""
        if scene.past is None:
            return
        executions = self._session.slice(scene.past)
        said = verdicts(executions, self._known(scene, self._saved.latest(scene.notebook)))
        groups = repetitions(executions)
        if len(groups) > _MOST:
            said.append(_cut(len(groups)))
        listed = groups[-_MOST:]
        sources = self._keep_sources([each[-1].cell.source for each in listed], scene.run)
        documents = [_document(each, sources) for each in listed]
        scene.run.record(event.SLICE, {"executions": documents, "verdicts": said})  # type: ignore[dict-item]  # TypedDicts are JSON

    def close(self) -> None:
        """Let go of the thread that reads the notebook's file."""
        self._saved.close()

    def _known(self, scene: Scene, saved: SavedNotebook | None) -> Known:
        session = self._session
        gone = frozenset(session.deleted)
        return Known(session.cells, session.writers, saved, gone, session.order, session.gaps, scene.namespace)

    def _keep_sources(self, sources: Sequence[str], run: OpenRun) -> Mapping[str, str]:
        """Put sources into the store, each once: those of all cells before the first run of a session together.

        Return the hashes of all that are there.
        """
        if run.store is None:
            return {}
        known = self._sources.setdefault(run.store, {})
        missing = [] if run.discards else [source for source in dict.fromkeys(sources) if source not in known]
        if not missing:
            return known
        clean = [redact(source)[0] for source in missing]  # secrets were counted where each was recorded as a cell
        texts = [text.encode("utf-8", "replace") for text in clean]
        kept = run.store.put_texts(texts) if len(texts) > 1 else map(run.store.put, texts)
        known.update((source, ref.sha256) for source, ref in zip(missing, kept, strict=True))
        return known


def _document(group: Sequence[Past], sources: Mapping[str, str]) -> ExecutionDocument:
    """Return what is recorded of executions of one cell in a row, the hashes of sources being known."""
    past = group[-1]
    reads = past.reads if len(group) == 1 else _reads(group)
    document: ExecutionDocument = {
        "n": past.number,
        "cell": past.cell.id,
        "count": past.cell.count,
        "reads": dict(sorted(reads.items())[:_MOST_NAMES]) if reads else {},
        "writes": list(past.writes[:_MOST_NAMES]),
        "duration": round(past.duration, 6),
    }
    if past.outcome != "ok":
        document["outcome"], document["reached"] = past.outcome, past.reached or 0
    if len(group) > 1:
        document["times"] = len(group)
    if past.mutates:
        document["mutates"] = list(past.mutates[:_MOST_NAMES])
    if past.barriers:
        document["barriers"] = list(past.barriers[:_MOST_NAMES])
    asked = asked_of(past.cell.source)
    if asked.seed is not None:
        document["seed"] = asked.seed
    if asked.arguments:
        document["overrides"] = redact_json(to_json(dict(asked.arguments)))[0]  # type: ignore[typeddict-item]  # a dict's JSON is one
    if kept := sources.get(past.cell.source):
        document["source"] = kept
    return document


def _reads(group: Sequence[Past]) -> Mapping[str, int]:
    """Return from which earlier executions these read each name."""
    own = {each.number for each in group}
    return {name: number for each in reversed(group) for name, number in each.reads.items() if number not in own}


def repetitions(executions: Sequence[Past]) -> list[list[Past]]:
    """Return a slice with executions of one cell in a row taken together; the run's own stands alone."""
    groups: list[list[Past]] = []
    for past in executions:
        last = groups[-1][-1] if groups and past is not executions[-1] else None
        if last is not None and _alike(last, past):
            groups[-1].append(past)
        else:
            groups.append([past])
    return groups


def _alike(one: Past, other: Past) -> bool:
    """Tell whether two executions did the same: of one cell as it stood, and both came equally far."""
    alike = (one.cell.id, one.cell.source) == (other.cell.id, other.cell.source)
    return alike and (one.outcome, one.reached) == (other.outcome, other.reached)


def _cut(count: int) -> VerdictDocument:
    return {"kind": "unanalysed", "text": f"depends on {count:,} executions; the last {_MOST} are listed"}
