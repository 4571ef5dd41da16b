"""The assembled document of one run: what its records add up to, as plain JSON.

This is what the index caches, what TinyDB queries see, and - through ``run.Run`` - what people get. Values inside
``params``, ``metrics`` and ``curves`` may be the tagged forms of ``model.tagged``.
"""

from typing import NotRequired, TypedDict

from nbtrack.model.event import Status
from nbtrack.model.tagged import Json


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
    """One stored file: ``sha256`` names its bytes in the store."""

    name: str
    sha256: str
    size: int
    media_type: str


class DataDocument(TypedDict, total=False):
    """Data a run used or made. A file: ``path``, ``mode``, ``size``, ``sha256`` (absent until it is hashed), ``mtime``.

    ``md5`` and ``dvc`` (the pointer file) where DVC tracks it. A variable: ``name``, ``mode`` "read", ``type``
    (class), ``shape``, ``dtypes`` ({column: dtype} or one text) and ``digest`` of a sample, never of lazy data.
    """

    kind: str  # "file" or "variable"
    path: str
    name: str
    mode: str  # "read", "write" or "read+write"
    size: int | None
    sha256: str | None
    mtime: int | None
    md5: str
    dvc: str
    type: str
    shape: list[int]
    dtypes: Json
    digest: str


class ExecutionDocument(TypedDict, total=False):
    """One execution of the session that a run depends on; ``source`` is the SHA-256 of its redacted source's object."""

    n: int
    cell: str | None
    count: int | None
    hash: str
    source: str
    reads: dict[str, int]  # name -> number of the execution that had written it
    writes: list[str]
    mutates: list[str]
    duration: float
    outcome: str  # "ok", "error" or "interrupted"


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


class Health(TypedDict):
    """Whether the records are whole. ``ok`` is false when any other count is not zero.

    ``damaged`` lines fail their checksum, ``missing`` numbers have no record, ``unsealed`` lines carry no checksum,
    ``divergent`` records claim the identity of another.
    """

    ok: bool
    damaged: int
    missing: int
    unsealed: int
    divergent: int


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
    sealed: NotRequired[bool]
