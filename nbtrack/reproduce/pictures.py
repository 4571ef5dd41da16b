"""Whether two pictures show the same: PNG files may differ in who wrote them, when, and how small."""

import zlib
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from typing import Final

_SIGN: Final = b"\x89PNG\r\n\x1a\n"
_REMARKS: Final = frozenset({b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf"})
_PIXELS: Final = b"IDAT"
_LARGEST: Final = 64_000_000  # bytes of pixels that are looked at: a small file may unfold to any size


def same_picture(one: bytes, other: bytes) -> bool:
    """Tell whether two image files show the same pixels. Never raises; what cannot be told is not the same.

    PNG files are taken apart here: remarks (software, date) are passed over, pixels compared unpacked. Where that does
    not tell, as in other formats, Pillow decodes both if it is installed.

    >>> same_picture(b"GIF89a", b"GIF89a")
    True
    """
    if one == other:
        return True
    if one.startswith(_SIGN) and other.startswith(_SIGN):
        try:
            if _content(one) == _content(other):
                return True
        except (ValueError, zlib.error):
            return False
    return _same_pixels(one, other)


def _content(png: bytes) -> list[tuple[bytes, bytes]]:
    """Return the chunks that matter, the pixels unpacked."""
    chunks = [chunk for chunk in _chunks(png) if chunk[0] not in _REMARKS]
    unpacking = zlib.decompressobj()
    pixels = unpacking.decompress(b"".join(content for kind, content in chunks if kind == _PIXELS), _LARGEST)
    if unpacking.unconsumed_tail:
        raise ValueError("more pixels than are looked at")
    return [*(chunk for chunk in chunks if chunk[0] != _PIXELS), (_PIXELS, pixels)]


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGN)
    while at + 8 <= len(png):
        size, kind = int.from_bytes(png[at : at + 4], "big"), png[at + 4 : at + 8]
        yield kind, png[at + 8 : at + 8 + size]
        at += size + 12
    if at > len(png):
        raise ValueError("a chunk is cut off")


def _same_pixels(one: bytes, other: bytes) -> bool:
    try:
        from PIL import Image  # noqa: PLC0415 - 60 ms and not installed everywhere; only for what differs
    except ImportError:
        return False
    try:
        pictures = [Image.open(BytesIO(content)) for content in (one, other)]
        if any(picture.width * picture.height * 4 > _LARGEST for picture in pictures):
            return False
        shown = [(picture.size, picture.convert("RGBA").tobytes()) for picture in pictures]
    except Exception:  # noqa: BLE001 - decoders raise what they like about files that are none
        return False
    return all(a == b for a, b in pairwise(shown))
