"""The assembled document of one run: what its records add up to, as plain JSON.

This is what the index caches, what TinyDB queries see, and - through ``run.Run`` - what people get. Values inside
``params``, ``metrics`` and ``curves`` may be the tagged forms of ``model.tagged``.
"""

from typing import Final, NotRequired, TypedDict

from nbtrack.model.event import Status
from nbtrack.model.reproduction import Level, ReproductionDocument
from nbtrack.model.tagged import Json

FOLDER: Final = "application/vnd.nbtrack.folder+jsonl"  # media type of a folder's manifest


class Curve(TypedDict):
    """The summary of one metric's series: its last point, extremes (finite points only) and length."""

    last: Json
    min: Json
    max: Json
    count: int
    step: int


class CellDocument(TypedDict, total=False):
    """The execution that was tracked: its source, its identity and what was asked on the ``%%track`` line."""

    source: str
    id: str | None
    count: int | None
    hash: str
    line: str
    overrides: dict[str, Json]


class ArtifactDocument(TypedDict):
    """One stored file: ``sha256``, or ``blake3`` where it is large, names its bytes in the store.

    Of a folder they are the bytes of its manifest, whose ``media_type`` says so; ``files`` counts what it lists, and
    ``total`` their bytes. ``md5`` may stand beside, for DVC, and names nothing.
    """

    name: str
    sha256: NotRequired[str]
    blake3: NotRequired[str]
    md5: NotRequired[str]
    size: int
    media_type: str
    files: NotRequired[int]
    total: NotRequired[int]


class DataDocument(TypedDict, total=False):
    """Data a run used or made. A file: ``path``, ``mode``, ``size``, ``sha256`` (absent until it is hashed), ``mtime``.

    Paths are relative to the notebook's folder, with ``..`` only within its repository, or begin with ``~`` or ``/``. A
    read file is told as it was when it was opened, a written one as the cell left it. ``md5`` and ``dvc`` (the pointer
    file) where DVC tracks it. A folder stands for many files: ``digest`` of their names and sizes, ``sha256`` of the
    list that ``sha256sum`` makes of them. A url was not fetched by nbtrack. A variable: ``name``, ``mode`` "read",
    ``type`` (class), ``shape``, ``dtypes`` ({column: dtype} or one text) and ``digest`` of a sample taken before the
    cell ran, never of lazy data.

    ``kept`` says of a read file whether the store has its bytes: under ``sha256``, or under ``blake3`` where that is
    there. Of a folder the object ``sha256`` is the list of its files, and the store has those it names.
    """

    kind: str  # "file", "folder", "url" or "variable"
    path: str
    name: str
    mode: str  # "read" or "write"; a file that was read and then written has an entry for each
    n: int  # the execution of the slice that used it; absent for the run's own
    named: bool  # known by a name in the cell's code, and not seen when it was opened
    made: bool  # of a read file: an earlier cell of the slice had written it, so it is made again with it
    kept: bool  # absent where it was not decided, or is not asked: of what was made or written
    unkept: str  # why not: "large", "total" of the run, "secret", "credentials", "dvc" has it, "changed", "unreadable"
    blake3: str  # what the store calls the bytes, where that is not their ``sha256``
    size: int | None
    files: int  # in a folder
    sha256: str | None
    mtime: int | None  # ms since 1970
    state: str  # why there is no sha256: "changed" since it was used, "changing", "gone", "unreadable", "unknown"
    md5: str  # as DVC has it; of the whole tracked folder when it ends in ".dir"
    dvc: str
    dvc_matches: bool  # whether the file is what DVC says; absent when that cannot be told
    type: str
    shape: list[int]
    dtypes: Json
    digest: str


class ExecutionDocument(TypedDict, total=False):
    """One execution of the session that a run depends on; ``source`` is the SHA-256 of its redacted source's object.

    Lists that would be empty, and the outcome ``"ok"``, are left out: a run may depend on hundreds of executions.
    """

    n: int
    cell: str | None
    count: int | None
    hash: str
    source: str
    reads: dict[str, int]  # name -> number of the execution that had written it
    writes: list[str]
    mutates: list[str]
    times: int  # how often it ran in a row, where more than once; ``n`` is the last of them
    barriers: list[str]  # why it belongs to every later run: seeds, shell commands, settings of modules
    duration: float
    outcome: str  # "error" or "interrupted"
    reached: int  # of an execution that failed: how many lines of its source had completed
    overrides: dict[str, Json]  # what its ``%%track`` line sets: literals that the cell assigns to these names
    seed: int  # with which its ``%%track`` line seeded the random generators


class VerdictDocument(TypedDict, total=False):
    """What is wrong, or right, with where a run's inputs came from; ``text`` says it to a person."""

    kind: str  # clean, upstream-edited, deleted-cell, out-of-order, dynamic-code, …
    text: str
    name: str
    n: int


class SliceDocument(TypedDict):
    """The executions behind a run, oldest first, the run's own last, and the verdicts on them."""

    executions: list[ExecutionDocument]
    verdicts: list[VerdictDocument]


class Sources(TypedDict):
    """Where each value came from, in words: ``"argument"``, ``"SVC(...)"``, ``"last expression"``."""

    params: dict[str, str]
    metrics: dict[str, str]


class CommentDocument(TypedDict):
    """What somebody said of a run: ``at`` in ms since 1970 (None where it is not known), ``by`` may be empty.

    ``id`` is the writer and number of the record that said it first; ``edited`` is when its text was last changed.
    """

    id: str
    text: str
    by: str
    at: int | None
    edited: NotRequired[int | None]


class Health(TypedDict):
    """Whether the records are whole. ``ok`` is false when another count is more than was accepted for this run.

    ``damaged`` lines fail their checksum, ``missing`` numbers have no record, ``unsealed`` lines carry no checksum,
    ``divergent`` records claim the identity of another. ``accepted`` is there, and true, when a person has looked at
    what is wrong and accepted it (``nbtrack fsck --accept``).
    """

    ok: bool
    damaged: int
    missing: int
    unsealed: int
    divergent: int
    accepted: NotRequired[bool]


class RunDocument(TypedDict):
    """What a run's records add up to: ``started``, ``ended`` in ms since 1970 (UTC), ``duration`` in seconds."""

    id: str
    name: str
    experiment: str
    status: Status
    started: int
    ended: int | None
    duration: float | None
    params: dict[str, Json]
    metrics: dict[str, Json]
    curves: dict[str, Curve]
    tags: dict[str, Json]
    note: str | None
    sources: Sources
    cell: CellDocument | None
    notebook: str | None
    session: str | None
    artifacts: list[ArtifactDocument]
    data: list[DataDocument]
    code: dict[str, Json] | None
    environment: dict[str, Json] | None
    hardware: dict[str, Json]
    warnings: list[str]
    error: dict[str, Json] | None
    deleted: bool
    health: Health
    slice: NotRequired[SliceDocument]
    system: NotRequired[dict[str, list[Json]]]
    result: NotRequired[str]  # of the cell's last expression, as it was shown, where that is short
    comments: NotRequired[list[CommentDocument]]  # oldest first
    redactions: NotRequired[int]  # secrets that were kept out of the records and objects
    sealed: NotRequired[bool]
    reproductions: NotRequired[list[ReproductionDocument]]  # the last 20, oldest first
    verdict: NotRequired[Level]  # of the last of them; absent where none was ever tried
    condition: NotRequired[str]  # "whole", or words of model.condition: "damaged, incomplete(2)"
