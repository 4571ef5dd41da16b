"""A run as people read it: frozen, with Python values in place of the records' JSON."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from nbtrack.model.document import Curve, DataDocument, Health, RunDocument, SliceDocument
from nbtrack.model.event import Status
from nbtrack.model.ids import short_id
from nbtrack.model.number import as_float
from nbtrack.model.tagged import untag


class History(NamedTuple):
    """All points of one metric, in step order: ``steps`` (int), ``values`` (float), ``times`` (seconds since 1970)."""

    steps: tuple[int, ...]
    values: tuple[float, ...]
    times: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """The cell execution behind a run: its source as it ran, and what identifies the cell."""

    source: str
    id: str | None = None
    count: int | None = None
    hash: str = ""
    line: str = ""
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file kept with a run. ``sha256`` is the hash of its bytes, ``size`` their number."""

    name: str
    sha256: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One tracked execution, as it stood when it was read.

    ``params`` holds typed values, ``metrics`` the last value of each metric (``curves`` has min, max and count),
    ``started`` is an aware UTC time, ``duration`` seconds (None while running), ``sources`` says where each value
    came from. Two runs are equal when their ids are.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> with nbtrack.start_run("example", store=store, params={"lr": 0.1}) as opened:
    ...     opened.log(loss=0.5)
    >>> run = nbtrack.run(opened.id, store=store)
    >>> run.params["lr"], run.metrics["loss"], run.history("loss").values
    (0.1, 0.5, (0.5,))
    """

    id: str
    name: str
    experiment: str
    status: Status
    started: datetime
    duration: float | None
    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    tags: Mapping[str, Any]
    note: str | None
    cell: Cell | None
    artifacts: tuple[Artifact, ...]
    curves: Mapping[str, Curve]
    sources: Mapping[str, Mapping[str, str]]
    hardware: Mapping[str, Any]
    warnings: tuple[str, ...]
    error: Mapping[str, Any] | None
    health: Health
    document: RunDocument = field(repr=False)
    _points: Callable[[str, str], History] = field(repr=False)

    @classmethod
    def from_document(cls, document: RunDocument, points: Callable[[str, str], History]) -> "Run":
        """Build a run from its assembled document; ``points(run_id, metric)`` reads a metric's history."""
        cell = document["cell"]
        return cls(
            id=document["id"],
            name=document["name"],
            experiment=document["experiment"],
            status=document["status"],
            started=datetime.fromtimestamp(document["started"] / 1000, UTC),
            duration=document["duration"],
            params=_frozen(document["params"]),
            metrics=_measured(document["metrics"]),
            tags=_frozen(document["tags"]),
            note=document["note"],
            cell=Cell(**{key: value for key, value in cell.items() if key in Cell.__slots__}) if cell else None,  # type: ignore[arg-type]  # TypedDict items are object
            artifacts=tuple(Artifact(**artifact) for artifact in document["artifacts"]),
            curves=MappingProxyType(document["curves"]),
            sources=MappingProxyType(dict(document["sources"])),  # type: ignore[arg-type]  # same
            hardware=_frozen(document["hardware"]),
            warnings=tuple(document["warnings"]),
            error=MappingProxyType(document["error"]) if document["error"] else None,
            health=document["health"],
            document=document,
            _points=points,
        )

    @property
    def short(self) -> str:
        """The short id, accepted wherever an id is."""
        return short_id(self.id)

    @property
    def data(self) -> tuple[DataDocument, ...]:
        """The files and variables the run used or made."""
        return tuple(self.document["data"])

    @property
    def code(self) -> Mapping[str, Any]:
        """Commit, branch, remote, and what differed from the commit; empty outside a repository."""
        return self.document["code"] or {}

    @property
    def environment(self) -> Mapping[str, Any]:
        """What the run ran in, in brief; ``sha256`` names the object with all of it."""
        return self.document["environment"] or {}

    @property
    def redactions(self) -> int:
        """How many secrets were kept out of what is recorded of this run."""
        return self.document.get("redactions", 0)

    @property
    def system(self) -> Mapping[str, list[Any]]:
        """Samples taken while the run ran: ``t`` in seconds since its start, and a column for each thing measured."""
        return self.document.get("system", {})

    @property
    def slice(self) -> SliceDocument:
        """The executions the run depends on, oldest first, and the verdicts on them."""
        return self.document.get("slice") or {"executions": [], "verdicts": []}

    def history(self, metric: str) -> History:
        """Return every point of ``metric`` in step order.

        Raises:
            MetricNotFound: the run has no such metric; the message names those it has.
        """
        return self._points(self.id, metric)

    def __repr__(self) -> str:
        """Say in one line which run this is and how it ended."""
        metrics = ", ".join(f"{name}={_figure(value)}" for name, value in list(self.metrics.items())[:4])
        return f"<Run {self.name!r} {self.short} {self.status}{': ' if metrics else ''}{metrics}>"

    def __eq__(self, other: object) -> bool:
        """Runs are the same when their ids are."""
        return self.id == other.id if isinstance(other, Run) else NotImplemented

    def __hash__(self) -> int:
        """Hash by id."""
        return hash(self.id)


def _figure(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


_NESTED = frozenset({dict, list})


def _frozen(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Most values are the JSON they look like; only containers can be a tagged form."""
    return MappingProxyType({name: untag(each) if type(each) in _NESTED else each for name, each in values.items()})


def _measured(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return numbers that arithmetic takes; anything else a record holds stays as it is."""
    return MappingProxyType({name: x if type(x) is float else as_float(untag(x)) for name, x in values.items()})
