r"""The digest of runs' records: the same for the same records, however a store packs, lays out or received them.

The recipe, of which ``docs/report-format.md`` has an example:

    a part   SHA-256 of the canonical JSON of those members of the run's document (``model.document``) that ``PARTS``
             puts in it, absent ones left out: keys sorted, no blanks, ASCII, floats as their shortest digits
    series   the part ``series`` is an object: for each metric with points the SHA-256 of its points in step order,
             each as three little-endian 64-bit numbers: step (integer), value (IEEE 754; every NaN as 0x7ff8…0),
             time in ms since 1970 (integer). Points that cannot be read give ``null``
    a run    SHA-256 of the canonical JSON of ``{part: hexadecimal digest of the part}``
    all      SHA-256 of the lines ``<run id> <digest of the run>\n``, sorted by id, in ASCII

What is derived from other records (condition, health, whether a run is sealed or deleted, the last verdict) is in none.
"""

import sys
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from json import dumps
from typing import Any, Final

from nbtrack.errors import NbtrackError
from nbtrack.model.run import History, Run

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "run": ("id", "name", "experiment", "status", "started", "ended", "duration", "notebook", "session", "result"),
    "params": ("params",),
    "metrics": ("metrics", "curves", "sources"),
    "source": ("cell", "slice"),
    "data": ("data",),
    "code": ("code",),
    "environment": ("environment", "hardware", "system"),
    "artifacts": ("artifacts",),
    "warnings": ("warnings", "error", "redactions"),
    "notes": ("tags", "note", "comments"),
    "reproductions": ("reproductions",),
}
LATER: Final = frozenset({"notes", "reproductions"})
"""The parts that people add to when a run is long over, without any doubt about its results."""
_DERIVED: Final = frozenset({"condition", "health", "sealed", "deleted", "verdict"})
_PLACED: Final = frozenset(member for members in PARTS.values() for member in members) | _DERIVED
_NAN: Final = float("nan")
HINT: Final = 12
"""Digits of a part's digest that a report carries: enough to tell what changed, the whole digest says whether."""


@dataclass(frozen=True, slots=True)
class RunDigest:
    """The digest of one run's records, and of each part of them; all in hexadecimal."""

    digest: str
    parts: Mapping[str, str]


def run_digest(run: Run) -> RunDigest:
    """Return the digest of a run's records.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> with nbtrack.start_run("example", store=store, params={"lr": 0.1}) as opened:
    ...     opened.log(loss=0.5)
    >>> before = run_digest(nbtrack.run(opened.id, store=store))
    >>> nbtrack.set_tags({"team": "nlp"}, run=opened.id, store=store)  # doctest: +SKIP
    >>> run_digest(nbtrack.run(opened.id, store=store)) == before
    True
    """
    document: Mapping[str, Any] = run.document
    parts = {part: _digest(_members(document, members)) for part, members in PARTS.items()}
    parts["series"] = _digest({name: _series(run, name) for name in run.curves})
    rest = {name: value for name, value in document.items() if name not in _PLACED}
    if rest:  # of a newer nbtrack: not known here, and a part of the records all the same
        parts["others"] = _digest(rest)
    return RunDigest(_digest(parts), parts)


def digest_of_all(digests: Mapping[str, str]) -> str:
    """Return the digest over the digests of several runs, by their ids.

    >>> digest_of_all({"b": "2", "a": "1"}) == digest_of_all({"a": "1", "b": "2"})
    True
    """
    lines = "".join(f"{run_id} {digest}\n" for run_id, digest in sorted(digests.items()))
    return sha256(lines.encode("ascii", "backslashreplace")).hexdigest()


def changed_parts(was: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """Return the parts whose digests differ; a part may be given by the first digits of its digest only.

    >>> changed_parts({"params": "1a2b", "notes": "ff"}, {"params": "1a2b3c", "notes": "00"})
    ('notes',)
    """
    names = dict.fromkeys((*was, *now))
    return tuple(name for name in names if not _agree(was.get(name, ""), now.get(name, "")))


def _agree(one: str, other: str) -> bool:
    length = min(len(one), len(other))
    return length > 0 and one[:length] == other[:length]


def _members(document: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: document[name] for name in names if name in document}


def _digest(value: Any) -> str:
    return sha256(dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()


def _series(run: Run, metric: str) -> str | None:
    try:
        return sha256(_points(run.history(metric))).hexdigest()
    except (NbtrackError, OverflowError, TypeError, ValueError):
        return None


def _points(history: History) -> bytes:
    columns = (
        array("q", history.steps),
        array("d", [_NAN if value != value else value for value in history.values]),  # noqa: PLR0124 - NaN
        array("q", [round(time * 1000) for time in history.times]),
    )
    if sys.byteorder == "big":
        for column in columns:
            column.byteswap()
    return b"".join(column.tobytes() for column in columns)
