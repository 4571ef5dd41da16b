"""A run as people read it: frozen, with Python values in place of the records' JSON."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from nbtrack.errors import ArtifactNotFound, StoreError
from nbtrack.model.asking import provenance_of
from nbtrack.model.condition import WHOLE, condition, damage
from nbtrack.model.document import (
    FOLDER,
    ArtifactDocument,
    CellDocument,
    Curve,
    DataDocument,
    Health,
    RunDocument,
    SliceDocument,
)
from nbtrack.model.downsample import largest_triangles
from nbtrack.model.event import Status
from nbtrack.model.ids import short_id
from nbtrack.model.number import as_float
from nbtrack.model.reproduction import Level, ReproductionDocument
from nbtrack.model.tagged import untag

if TYPE_CHECKING:
    from nbtrack.query.provenance import Provenance


class History(NamedTuple):
    """All points of one metric, in step order: ``steps`` (int), ``values`` (float), ``times`` (seconds since 1970).

    Each column behaves like a tuple; numpy and pandas take it whole.
    """

    steps: Sequence[int]
    values: Sequence[float]
    times: Sequence[float]


class Comment(NamedTuple):
    """What somebody said of a run, and when (UTC; None where it is not known); ``by`` may be empty.

    ``id`` is its own in all copies of a store; ``edited`` is when its text was last changed, None where it was not.
    """

    text: str
    by: str
    at: datetime | None
    id: str = ""
    edited: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """The cell execution behind a run: its source as it ran, and what identifies the cell."""

    source: str
    id: str | None = None
    count: int | None = None
    hash: str = ""
    line: str = ""
    overrides: Mapping[str, Any] = field(default_factory=dict)


class Kept(Protocol):
    """Where the bytes of artifacts are."""

    def read(self, name: str) -> bytes:
        """Return the bytes of an object."""

    def paths(self, name: str) -> tuple[str, ...]:
        """Return the paths of the files that a folder's manifest lists."""

    def save(self, name: str, to: Path, *, folder: bool) -> None:
        """Make a new file from an object, or a new folder from a manifest."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file or folder kept with a run.

    ``object`` is what its bytes are called in the store: their SHA-256 in hex, or ``blake3:`` and their BLAKE3 where
    the file is large. ``size`` is their number; of a folder, all its files together, and ``object`` is its manifest.

    >>> import nbtrack, pathlib, tempfile
    >>> store, folder = nbtrack.MemoryStore(), pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "model.bin").write_bytes(b"weights")
    >>> with nbtrack.start_run("example", store=store) as opened:
    ...     opened.log_artifact(folder, "checkpoint")
    >>> checkpoint = nbtrack.run(opened.id, store=store).artifact("checkpoint")
    >>> checkpoint.paths(), checkpoint.size
    (('model.bin',), 7)
    >>> (checkpoint.save(folder / "again") / "model.bin").read_bytes()
    b'weights'
    """

    name: str
    object: str
    size: int
    media_type: str
    _kept: Kept | None = field(default=None, repr=False, compare=False)

    @classmethod
    def from_document(cls, document: ArtifactDocument, kept: Kept | None = None) -> "Artifact":
        """Build an artifact from what a run's document says of it; ``kept`` knows where its bytes are."""
        name = document.get("sha256") or f"blake3:{document.get('blake3')}"
        return cls(document["name"], name, document.get("total", document["size"]), document["media_type"], kept)

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes in hex; empty where they are known by another hash."""
        return "" if ":" in self.object else self.object

    @property
    def is_folder(self) -> bool:
        """Whether this is a folder, kept with all its files."""
        return self.media_type == FOLDER

    def read(self) -> bytes:
        """Return the bytes of the file, verified; of a folder, its manifest.

        Raises:
            ObjectMissing: the store does not have them, or they are damaged.
        """
        return self._where().read(self.object)

    def paths(self) -> tuple[str, ...]:
        """Return the paths of the files in a folder; none of a file."""
        return self._where().paths(self.object) if self.is_folder else ()

    def save(self, to: str | PathLike[str]) -> Path:
        """Make a copy of the file or folder at a new place, verified, and return where; nothing is overwritten.

        Raises:
            FileExistsError: there is something at ``to`` already.
            ObjectMissing: bytes are missing or damaged. No file is left; a folder has all the others.
        """
        self._where().save(self.object, Path(to), folder=self.is_folder)
        return Path(to)

    def _where(self) -> Kept:
        if self._kept is None:
            raise StoreError(f"artifact {self.name!r} was read without its store; get its run with nbtrack.run(id)")
        return self._kept


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
    _kept: Kept | None = field(default=None, repr=False)

    @classmethod
    def from_document(
        cls, document: RunDocument, points: Callable[[str, str], History], kept: Kept | None = None
    ) -> "Run":
        """Build a run from its assembled document.

        ``points(run_id, metric)`` reads a metric's history, and ``kept`` the bytes of artifacts.
        """
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
            cell=_cell(document["cell"]) if document["cell"] else None,
            artifacts=tuple([Artifact.from_document(artifact, kept) for artifact in document["artifacts"]]),
            curves=MappingProxyType(document["curves"]),
            sources=MappingProxyType(dict(document["sources"])),  # type: ignore[arg-type]  # TypedDict items are object
            hardware=_frozen(document["hardware"]),
            warnings=tuple(document["warnings"]),
            error=MappingProxyType(document["error"]) if document["error"] else None,
            health=document["health"],
            document=document,
            _points=points,
            _kept=kept,
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
    def condition(self) -> str:
        """``"whole"``, or what its records are: damaged, incomplete(n), unsealed; ``damage`` says it in a sentence."""
        return self.document.get("condition") or condition(self.document)

    @property
    def damage(self) -> str:
        """What is wrong with the run's records, in a sentence; empty when nothing is, or when it was accepted."""
        return damage(self.document)

    @property
    def reproductions(self) -> tuple[ReproductionDocument, ...]:
        """What reproducing the run found, each time it was tried: the last 20 attempts, oldest first."""
        return tuple(self.document.get("reproductions", ()))

    @property
    def verdict(self) -> Level | None:
        """The level of the last reproduction, ``"identical"`` for one; None where none was tried.

        See ``docs/reproducing.md`` for the levels.
        """
        return self.document.get("verdict")

    @property
    def comments(self) -> tuple[Comment, ...]:
        """What was said of the run, oldest first; ``nbtrack.annotate(run, comment=TEXT)`` adds to it."""
        said = self.document.get("comments", ())
        return tuple(
            Comment(each["text"], each["by"], _moment(each["at"]), each.get("id", ""), _moment(each.get("edited")))
            for each in said
        )

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

    def artifact(self, name: str) -> Artifact:
        """Return the artifact of this name.

        Raises:
            ArtifactNotFound: the run has none; the message names those it has.
        """
        for artifact in self.artifacts:
            if artifact.name == name:
                return artifact
        known = ", ".join(repr(artifact.name) for artifact in self.artifacts[:_LISTED]) or "none"
        raise ArtifactNotFound(f"run {self.short} has no artifact {name[:80]!r}; it has {known}")

    def stored(self, name: str) -> bytes:
        """Return what the store keeps under a name the document mentions: a source, a patch, the whole environment.

        Raises:
            ObjectMissing: the store does not have it, or it is damaged.
            StoreError: the run was made without its store.
        """
        if self._kept is None:
            raise StoreError(f"run {self.short} was read without its store; get it with nbtrack.run(id)")
        return self._kept.read(name)

    def provenance(self) -> "Provenance":
        """Return which data, code, parameters and artifacts belong to the run, and whether it can be reproduced."""
        return provenance_of(self)  # type: ignore[no-any-return]  # plugged in by the front door

    def history(self, metric: str, points: int | None = None) -> History:
        """Return every point of ``metric`` in step order, or ``points`` of them that look like all in a chart.

        Raises:
            MetricNotFound: the run has no such metric; the message names those it has.
        """
        found = self._points(self.id, metric)
        if points is None or len(found.values) <= points:
            return found
        places = largest_triangles(found.steps, found.values, points)
        return History(_at(places, found.steps), _at(places, found.values), _at(places, found.times))

    def __repr__(self) -> str:
        """Say in one line which run this is and how it ended."""
        metrics = ", ".join(f"{name}={_figure(value)}" for name, value in list(self.metrics.items())[:4])
        state = self.status if self.condition == WHOLE else f"{self.status} ({self.condition})"
        return f"<Run {self.name!r} {self.short} {state}{': ' if metrics else ''}{metrics}>"

    def __eq__(self, other: object) -> bool:
        """Runs are the same when their ids are."""
        return self.id == other.id if isinstance(other, Run) else NotImplemented

    def __hash__(self) -> int:
        """Hash by id."""
        return hash(self.id)


def _at(places: Sequence[int], column: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(column[at] for at in places)


def _moment(milliseconds: int | None) -> datetime | None:
    try:
        return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):  # of a record that anybody may have written
        return None


def _figure(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


_NESTED = frozenset({dict, list})
_LISTED: Final = 20
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def _cell(document: CellDocument) -> Cell:
    return Cell(
        document["source"],
        document.get("id"),
        document.get("count"),
        document.get("hash", ""),
        document.get("line", ""),
        document.get("overrides", {}),
    )


def _frozen(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Most values are the JSON they look like; only containers can be a tagged form."""
    if not values:
        return _NOTHING
    return MappingProxyType({name: untag(each) if type(each) in _NESTED else each for name, each in values.items()})


def _measured(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return numbers that arithmetic takes; anything else a record holds stays as it is."""
    if not values:
        return _NOTHING
    return MappingProxyType({name: x if type(x) is float else as_float(untag(x)) for name, x in values.items()})
