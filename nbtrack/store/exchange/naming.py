"""What a file is called in a store that it comes to: its own name, or one made from its bytes beside it."""

import re
from typing import Final, NamedTuple

from nbtrack.model.ids import is_run_id, month_of
from nbtrack.store.objects.hashing import ALGORITHMS, is_name, place, tagged
from nbtrack.store.runs.metascan import meta_writer
from nbtrack.store.runs.reading import segment_name

_MONTH: Final = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_FIRST: Final = 100_000_000  # of the nine-digit numbers; a writer counts its segments from 0 and never gets there
_MANY: Final = 900_000_000
_STEM: Final = re.compile(r"(.*-)[0-9]{1,9}(\.[a-z]+)")


class Segment(NamedTuple):
    """The place of a file of a run's records: ``runs/<month>/<run>/<name>``."""

    run: str
    name: str

    @property
    def place(self) -> str:
        """Where it lies, relative to a store."""
        return f"runs/{month_of(self.run)}/{self.run}/{self.name}"


class Changes(NamedTuple):
    """The place of a file of the meta log: ``meta/<month>/<name>``."""

    month: str
    name: str

    @property
    def place(self) -> str:
        """Where it lies, relative to a store."""
        return f"meta/{self.month}/{self.name}"


class Kept(NamedTuple):
    """The place of an object: ``cas/<algorithm>/<2 digits>/<62 digits>``."""

    name: str

    @property
    def place(self) -> str:
        """Where it lies, relative to a store."""
        return "/".join(place(self.name))


Place = Segment | Changes | Kept


def placed(path: str) -> Place | None:
    """Return what belongs at a path relative to a store; None for any path that no record or object ever has.

    >>> placed("meta/2026-11/9f2c1ab47d03-0.jsonl")
    Changes(month='2026-11', name='9f2c1ab47d03-0.jsonl')
    >>> placed("runs/2026-11/../../etc/passwd") is None
    True
    """
    match path.split("/"):
        case ["runs", month, run, name] if is_run_id(run) and month_of(run) == month and segment_name(name):
            return Segment(run, name)
        case ["meta", month, name] if _MONTH.fullmatch(month) and meta_writer(name):
            return Changes(month, name)
        case ["cas", algorithm, first, rest] if algorithm in ALGORITHMS:
            name = tagged(algorithm, first + rest)
            return Kept(name) if len(first) == 2 and is_name(name) else None
    return None


def is_month(text: str) -> bool:
    """Tell whether ``text`` names a month's folder, ``2026-11``."""
    return _MONTH.fullmatch(text) is not None


def beside(name: str, digest: str) -> str:
    """Return the name under which other bytes stand beside a file of this name; the same bytes always have the same.

    A name gives its writer and a number, and readers put records in order by what is in them; so any number will do.

    Args:
        name: of a segment or a file of the meta log.
        digest: the SHA-256 of the other bytes, in hex.

    >>> beside("ev-9f2c1ab47d03-0.jsonl", "0a" * 32)
    'ev-9f2c1ab47d03-280766730.jsonl'
    """
    found = _STEM.fullmatch(name)
    if found is None:
        raise ValueError(f"not the name of records: {name!r}")
    return f"{found[1]}{_FIRST + int(digest[:16], 16) % _MANY}{found[2]}"
