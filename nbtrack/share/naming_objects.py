"""Which objects records from elsewhere speak of, told from their lines before they are taken in."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from nbtrack.store.objects.references import mentioned

_LISTS: Final = (b'"application/vnd.nbtrack.', b'"kind":"folder"')  # on what names objects that name others
_RUN: Final = re.compile(rb'"run":"([0-9a-z-]{24})"')
_READ: Final = 64 << 20  # bytes of a list of objects that is read; larger ones are handed on alone
_LONGEST: Final = 2 << 20  # bytes; twice a record's longest line, so that a line is never held that is none


class Mentions:
    """The hashes on lines of records: ``names`` all of them, ``lists`` those that may name objects that list others.

    As a collection has it: a name counts wherever its 64 hex digits stand.
    """

    def __init__(self, chosen: Collection[str] | None = None) -> None:
        self.names: set[bytes] = set()
        self.lists: set[bytes] = set()
        self._chosen = None if chosen is None else frozenset(run_id.encode() for run_id in chosen)

    def take(self, chunks: Iterable[bytes]) -> None:
        """Take in the bytes of a file."""
        tail = b""
        for chunk in chunks:
            *lines, tail = (tail + chunk).split(b"\n")
            tail = tail[-_LONGEST:]
            self._take_lines(lines)
        self._take_lines([tail])

    def _take_lines(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            found = mentioned(line)
            if found and (self._chosen is None or not self._chosen.isdisjoint(_RUN.findall(line))):
                self.names.update(found)
                if any(sign in line for sign in _LISTS):
                    self.lists.update(found)


def objects_of(
    mentions: Mentions, objects: Mapping[str, int], read: Callable[[str], Iterable[bytes]]
) -> frozenset[str]:
    """Return the names of the objects that are mentioned and there, with those that lists among them name.

    Args:
        mentions: what records mention.
        objects: what there is, by name, with sizes.
        read: returns the bytes of an object.
    """
    if not mentions.names:
        return frozenset()
    found = called(mentions.names, objects)
    for name in called(mentions.lists, objects):
        if objects[name] <= _READ:
            inside = Mentions()
            inside.take(read(name))
            found |= called(inside.names, objects)
    return frozenset(found)


def called(digests: Iterable[bytes], objects: Mapping[str, int]) -> set[str]:
    """Return the names of those objects that there are, by their digests in hex."""
    told = (digest.decode("ascii") for digest in digests)
    return {name for digest in told for name in (digest, f"blake3:{digest}") if name in objects}
