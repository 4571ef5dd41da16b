"""Two PNG files show the same whoever wrote them, when, and however they are compressed."""

import struct
import zlib

import pytest

from nbtrack.reproduce.pictures import same_picture


def png(pixel: int = 0, *, text: bytes = b"", level: int = 6) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + bytes([pixel, *range(63)]) for _ in range(64))
    remark = chunk(b"tEXt", b"Software\0" + text) if text else b""
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + remark
        + chunk(b"IDAT", zlib.compress(rows, level))
        + chunk(b"IEND", b"")
    )


def test_remarks_and_compression_are_not_what_a_picture_shows() -> None:
    assert same_picture(png(), png(text=b"Matplotlib 3.11"))
    assert same_picture(png(level=1), png(level=9))
    assert not same_picture(png(0), png(1))


def test_what_is_damaged_or_no_picture_is_not_the_same() -> None:
    for broken in (b"", b"GIF89a", png()[:40], png()[:-20] + b"x" * 20, b"\x89PNG\r\n\x1a\n" + b"\xff" * 50):
        assert not same_picture(png(), broken)


@pytest.mark.slow
def test_a_small_file_that_unfolds_to_any_size_is_not_unfolded() -> None:
    head = png()[:33]
    bomb = zlib.compress(b"\0" * 200_000_000, 9)
    one = head + struct.pack(">I", len(bomb)) + b"IDAT" + bomb + b"0000"
    assert not same_picture(one, one[:-1] + b"1")
