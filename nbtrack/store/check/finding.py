"""What a check of a store finds: one thing, where it is, and whether it is wrong or only worth knowing.

kind        wrong   what
damaged     yes     a line that fails its checksum or is no record
missing     yes     numbers of a writer that no record has
seal        yes     a writer's records are not those it sealed: fewer, or others
divergent   yes     two different records claim one identity
unsealed    yes     a line without a checksum, typed by hand
foreign     yes     a segment whose head names another run
newer       yes     a segment that only a newer nbtrack may read
unreadable  yes     a file or folder that cannot be read
object      yes     an object whose bytes do not match its name
absent      yes     an object that a record names and the store does not have
pack        yes     a pack whose bytes do not match its name, or that holds less than it should
index       yes     the index says something else than the records
torn        no      bytes after the last newline of a writer that is gone
unfinished  no      a run without an end whose writers are gone
gap         no      a number of the meta log that was never used, as after a full disk
forgotten   no      an object that no record names
collected   no      an object that a run had and `nbtrack gc` took away
stray       no      a file that is none of nbtrack's
leftover    no      a file in the making, or a marker, that its process left behind
accepted    no      what is wrong with a run that was accepted as it is
"""

from dataclasses import dataclass
from typing import Final

WRONG: Final = (
    "damaged",
    "missing",
    "seal",
    "divergent",
    "unsealed",
    "foreign",
    "newer",
    "unreadable",
    "object",
    "absent",
    "pack",
    "index",
)
NOTES: Final = ("torn", "unfinished", "gap", "forgotten", "collected", "stray", "leftover", "accepted")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: ``path`` is relative to the store, ``offset`` in bytes, ``count`` how many records it is about.

    ``run`` and ``writer`` where it belongs to one; ``accepted`` when a person said that it may stay.
    """

    kind: str
    text: str
    path: str = ""
    offset: int | None = None
    run: str | None = None
    writer: str | None = None
    count: int = 1
    accepted: bool = False

    @property
    def wrong(self) -> bool:
        """Whether the store is not as it should be, as opposed to something worth knowing."""
        return self.kind in WRONG and not self.accepted

    def __str__(self) -> str:
        """Say where it is and what it is."""
        place = self.path if self.offset is None else f"{self.path} at byte {self.offset:,}"
        return f"{place}: {self.text}" if place else self.text
