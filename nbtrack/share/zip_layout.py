"""The bytes of a ZIP archive in the one form that a bundle has: every field of it follows from what is in it.

PKWARE's APPNOTE.TXT 6.3.10 has the fields. A time is always 1980-01-01, a mode always that of a plain file, a name
ASCII; nothing is encrypted, commented, or described behind its bytes. So the same entries are always the same bytes,
and a reader can write down what it should find and compare: whatever else an archive can say, this one does not.
"""

import struct
from struct import Struct
from typing import Final, NamedTuple

STORED: Final = 0
DEFLATED: Final = 8
WIDE: Final = 0xFFFFFFFF  # a size or place from here on stands in a ZIP64 field
_MANY: Final = 0xFFFF
_DAY: Final = 0x0021  # 1980-01-01, the first day that the format can tell
_UNIX: Final = 3 << 8
_MODE: Final = 0o100644 << 16
_PLAIN, _ZIP64 = 20, 45  # versions needed to read it
_LOCAL: Final = Struct("<4s5H3I2H")
_CENTRAL: Final = Struct("<4s6H3I5H2I")
_END: Final = Struct("<4s4H2IH")
_END64: Final = Struct("<4sQ2H2I4Q")
_LOCATOR: Final = Struct("<4sIQI")
_SIZES: Final = Struct("<2H2Q")
_EXTRA64: Final = 1
END_SIZE: Final = _END.size
END64_SIZE: Final = _END64.size + _LOCATOR.size
LOCAL_SIZE: Final = _LOCAL.size
CENTRAL_SIZE: Final = _CENTRAL.size


class Entry(NamedTuple):
    """One entry: ``size`` bytes that take ``packed`` bytes behind the header that begins at ``offset``."""

    name: str
    method: int
    check: int
    packed: int
    size: int
    offset: int

    @property
    def is_wide(self) -> bool:
        """Whether its sizes stand in ZIP64 fields. Packed is never larger than plain."""
        return self.size >= WIDE

    @property
    def start(self) -> int:
        """Where its bytes begin."""
        return self.offset + len(local_header(self))

    @property
    def end(self) -> int:
        """Where the next thing begins."""
        return self.start + self.packed


class End(NamedTuple):
    """The end of an archive: how many entries the directory has, how long it is and where it begins."""

    entries: int
    size: int
    offset: int


def local_header(entry: Entry) -> bytes:
    """Return what stands before the bytes of an entry."""
    name = entry.name.encode("ascii")
    packed, size = (WIDE, WIDE) if entry.is_wide else (entry.packed, entry.size)
    extra = _SIZES.pack(_EXTRA64, 16, entry.size, entry.packed) if entry.is_wide else b""
    version = _ZIP64 if entry.is_wide else _PLAIN
    fields = (b"PK\3\4", version, 0, entry.method, 0, _DAY, entry.check, packed, size, len(name), len(extra))
    return _LOCAL.pack(*fields) + name + extra


def central_header(entry: Entry) -> bytes:
    """Return what the directory says of an entry."""
    name = entry.name.encode("ascii")
    is_far = entry.offset >= WIDE
    wide = [entry.size, entry.packed] * entry.is_wide + [entry.offset] * is_far
    extra = Struct(f"<2H{len(wide)}Q").pack(_EXTRA64, 8 * len(wide), *wide) if wide else b""
    version = _ZIP64 if wide else _PLAIN
    packed, size = (WIDE, WIDE) if entry.is_wide else (entry.packed, entry.size)
    fields = (b"PK\1\2", _UNIX | version, version, 0, entry.method, 0, _DAY, entry.check, packed, size)
    rest = (len(name), len(extra), 0, 0, 0, _MODE, WIDE if is_far else entry.offset)
    return _CENTRAL.pack(*fields, *rest) + name + extra


def end_of(end: End) -> bytes:
    """Return what stands behind the directory."""
    count, size, offset = min(end.entries, _MANY), min(end.size, WIDE), min(end.offset, WIDE)
    last = _END.pack(b"PK\5\6", 0, 0, count, count, size, offset, 0)
    if not is_wide(end):
        return last
    versions = (_UNIX | _ZIP64, _ZIP64)
    wide = _END64.pack(b"PK\6\6", _END64.size - 12, *versions, 0, 0, end.entries, end.entries, end.size, end.offset)
    return wide + _LOCATOR.pack(b"PK\6\7", 0, end.offset + end.size, 1) + last


def is_wide(end: End) -> bool:
    """Tell whether the end has to be told in ZIP64 records."""
    return end.entries >= _MANY or end.size >= WIDE or end.offset >= WIDE


def read_end(tail: bytes) -> End | None:
    """Return what the last bytes of an archive say of its directory; None when they are no end of a bundle's."""
    if len(tail) < _END.size:
        return None
    sign, *_, count, size, offset, _ = _END.unpack(tail[-_END.size :])
    if sign != b"PK\5\6":
        return None
    end = End(count, size, offset)
    if len(tail) >= END64_SIZE + _END.size and (count == _MANY or WIDE in (size, offset)):
        wide = _END64.unpack(tail[-END64_SIZE - _END.size : -_LOCATOR.size - _END.size])
        end = End(*wide[-3:])
    return end if tail.endswith(end_of(end)) else None


def read_central(directory: bytes, at: int) -> tuple[Entry, int] | None:
    """Return the entry that the directory has at a place, and where the next one begins; None for anything else.

    Only what ``central_header`` would write for the same entry is one.
    """
    if len(directory) - at < _CENTRAL.size:
        return None
    fields = _CENTRAL.unpack_from(directory, at)
    method, check, packed, size, long, extra, offset = *(fields[i] for i in (4, 7, 8, 9, 10, 11)), fields[16]
    names = at + _CENTRAL.size
    following = names + long + extra
    try:
        name = directory[names : names + long].decode("ascii")
        wide = [*Struct(f"<{max(extra - 4, 0) // 8}Q").unpack(directory[names + long + 4 : following])]
        if size == WIDE:
            size, packed, *wide = wide
        if offset == WIDE:
            (offset,) = wide
    except (UnicodeDecodeError, ValueError, ArithmeticError, LookupError, struct.error):
        return None
    entry = Entry(name, method, check, packed, size, offset)
    return (entry, following) if directory[at:following] == central_header(entry) else None


def flaw_of(directory: bytes, at: int) -> str:
    """Say in words what a directory has at a place where ``read_central`` found no entry of a bundle."""
    if len(directory) - at < _CENTRAL.size:
        return "the directory is cut off"
    fields = _CENTRAL.unpack_from(directory, at)
    if fields[0] != b"PK\1\2":
        return "the directory is damaged"
    if fields[3] & 0x2041:
        return "an entry is encrypted"
    kind = fields[15] >> 28
    if kind not in {0, 0o10} or fields[15] & 0x10:
        return "an entry is a link, a folder or a device"
    return "an entry has times, modes, flags or extra fields that no bundle has; unpack it and import the folder"
