"""Pictures without what is written into them beside the pixels: texts, places, cameras, authors, dates, thumbnails.

    PNG    the chunks a decoder needs for the pixels stay (PNG, third edition, W3C 2025, section 11)
    JPEG   segments APP1 to APP15 and comments go, but Adobe's colour transform; JFIF stays without its thumbnail (T.81)
    GIF    comments, plain texts and unknown extensions go; the one that repeats an animation stays (GIF89a)
    WebP   the chunks EXIF, XMP and ICCP go (RFC 9649)

Nothing is decoded: the bytes of the pixels are copied as they are. What follows the end of a picture goes as well.
"""

import re
import struct
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator
from struct import pack, unpack_from
from typing import Final

from nbtrack.errors import NbtrackError

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_PNG_KEPT: Final = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB cICP sBIT bKGD pHYs acTL fcTL fdAT".split(),
)
_LOOPS: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_WEBP_FLAGS: Final = 0x20 | 0x08 | 0x04  # ICC profile, EXIF, XMP
_WEBP_KEPT: Final = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"})
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})  # JPEG markers without a segment
_INLINE: Final = re.compile(r"(data:image/(?:png|jpe?g|gif|webp);base64,)([A-Za-z0-9+/\r\n]+={0,2})", re.IGNORECASE)


class NoPicture(NbtrackError):
    """Bytes that begin as a picture does, and are none."""


def is_picture(content: bytes) -> bool:
    """Tell whether bytes begin as a PNG, JPEG, GIF or WebP picture does."""
    return _kind(content) is not None


def without_metadata(content: bytes) -> bytes:
    r"""Return a picture's bytes without its metadata.

    >>> chunk = lambda kind, data: pack(">I", len(data)) + kind + data + b"\0\0\0\0"
    >>> without_metadata(_PNG + chunk(b"tEXt", b"Author\0Anna") + chunk(b"IEND", b"")) == _PNG + chunk(b"IEND", b"")
    True

    Raises:
        NoPicture: they are no such picture, or a damaged one.
    """
    clean = _kind(content)
    if clean is None:
        raise NoPicture("these bytes are no PNG, JPEG, GIF or WebP picture")
    try:
        return b"".join(clean(memoryview(content)))
    except (IndexError, struct.error, ValueError):
        raise NoPicture("the picture is cut off or damaged") from None


def clean_inline(text: str) -> str:
    """Return a text whose ``data:`` pictures have no metadata; a damaged picture goes."""
    return _INLINE.sub(_clean_inline, text) if ";base64," in text else text


def _clean_inline(match: re.Match[str]) -> str:
    try:
        return match[1] + b64encode(without_metadata(b64decode(match[2]))).decode("ascii")
    except (NotBase64, ValueError, NoPicture):
        return match[1]


def _kind(content: bytes) -> Callable[[memoryview], Iterator[bytes | memoryview]] | None:
    if content.startswith(_PNG):
        return _png
    if content.startswith(_JPEG):
        return _jpeg
    if content[:6] in (b"GIF87a", b"GIF89a"):
        return _gif
    return _webp if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def _png(content: memoryview) -> Iterator[bytes | memoryview]:
    yield _PNG
    at = len(_PNG)
    while True:
        length, kind = unpack_from(">I4s", content, at)
        end = at + length + 12
        if end > len(content):
            raise ValueError
        if kind in _PNG_KEPT:
            yield content[at:end]
        if kind == b"IEND":
            return
        at = end


def _jpeg(content: memoryview) -> Iterator[bytes | memoryview]:
    yield content[:2]
    at = 2
    while True:
        if content[at] != 0xFF:
            raise ValueError
        marker = content[at + 1]
        if marker == 0xFF:  # padding
            at += 1
        elif marker == 0xD9:
            yield content[at : at + 2]
            return
        elif marker in _STANDALONE:
            yield content[at : at + 2]
            at += 2
        else:
            end = at + 2 + unpack_from(">H", content, at + 2)[0]
            if end > len(content):
                raise ValueError
            yield from _segment(marker, content[at:end])
            at = end
            if marker == 0xDA:
                end = _end_of_scan(content, at)
                yield content[at:end]
                at = end


def _segment(marker: int, segment: memoryview) -> Iterator[bytes | memoryview]:
    """Yield a segment as far as it is about pixels. JFIF has 16 bytes before its thumbnail, Adobe's transform 14."""
    if marker == 0xE0:
        if bytes(segment[4:9]) == b"JFIF\0" and len(segment) >= 18:
            yield bytes(segment[:2]) + pack(">H", 16) + bytes(segment[4:16]) + b"\0\0"
    elif marker == 0xEE:
        if bytes(segment[4:9]) == b"Adobe" and len(segment) >= 16:
            yield bytes(segment[:2]) + pack(">H", 14) + bytes(segment[4:16])
    elif not (0xE1 <= marker <= 0xEF or marker == 0xFE):
        yield segment


_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)


def _end_of_scan(content: memoryview, at: int) -> int:
    """Return where the next marker stands: what is escaped and what restarts belongs to the scan."""
    found = _MARKER.search(content, at)
    if found is None:
        raise ValueError
    return found.start()


def _gif(content: memoryview) -> Iterator[bytes | memoryview]:
    at = 13 + _colours(content[10])
    yield content[:at]
    while True:
        mark = content[at]
        if mark == 0x3B:
            yield b";"
            return
        if mark == 0x2C:
            end = _blocks(content, at + 10 + _colours(content[at + 9]) + 1)
            yield content[at:end]
        elif mark == 0x21:
            end = _blocks(content, at + 2)
            label = content[at + 1]
            if label == 0xF9 or (label == 0xFF and bytes(content[at + 3 : at + 14]) in _LOOPS):
                yield content[at:end]
        else:
            raise ValueError
        at = end


def _colours(flags: int) -> int:
    """Return how many bytes the table of colours has that the flags speak of."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks(content: memoryview, at: int) -> int:
    """Return where a row of blocks ends, each of which says how long it is."""
    while size := content[at]:
        at += size + 1
    return at + 1


def _webp(content: memoryview) -> Iterator[bytes | memoryview]:
    chunks = b"".join(_webp_chunks(content))
    yield b"RIFF" + pack("<I", len(chunks) + 4) + b"WEBP"
    yield chunks


def _webp_chunks(content: memoryview) -> Iterator[bytes | memoryview]:
    at, last = 12, min(len(content), 8 + unpack_from("<I", content, 4)[0])
    while at < last:
        kind, size = unpack_from("<4sI", content, at)
        end = at + 8 + size + size % 2
        if at + 8 + size > last:
            raise ValueError
        if kind == b"VP8X":
            yield bytes(content[at : at + 8]) + bytes([content[at + 8] & ~_WEBP_FLAGS]) + bytes(content[at + 9 : end])
        elif kind in _WEBP_KEPT:
            yield content[at:end]
        at = end
