"""Pictures leave without what is written into them beside the pixels; what is damaged is no picture."""

import base64
import io
import struct

import pytest

from nbtrack.export.picture import NoPicture, clean_inline, is_picture, without_metadata
from tests.report.recorded import chunk, picture

SECRET = b"SECRETNAME"


def segment(marker: int, content: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content


JPEG = b"".join(
    [
        b"\xff\xd8",
        segment(0xE0, b"JFIF\0\x01\x02\0\0\x48\0\x48\x01\x01" + SECRET),
        segment(0xE1, b"Exif\0\0" + SECRET),
        segment(0xE2, b"ICC_PROFILE\0" + SECRET),
        segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01" + SECRET),
        segment(0xFE, SECRET),
        segment(0xDB, b"table"),
        segment(0xDA, b"scan"),
        b"pixels\xff\x00\xff\xd0more",
        segment(0xC4, b"huffman"),
        segment(0xDA, b"scan"),
        b"last\xff\xd9",
        SECRET,
    ]
)
GIF = b"".join(
    [
        b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff",
        b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0",
        b"\x21\xff\x0bXMP DataXMP\x0a" + SECRET + b"\0",
        b"\x21\xfe\x0a" + SECRET + b"\0",
        b"\x21\xf9\x04\0\0\0\0\0",
        b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x4c\x01\0;",
        SECRET,
    ]
)


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


WEBP = riff(
    (b"VP8X", b"\x2c" + b"\0" * 9), (b"ICCP", SECRET), (b"VP8 ", b"pixels"), (b"EXIF", SECRET), (b"XMP ", SECRET)
)
PNG = picture(b"Author\0" + SECRET)


@pytest.mark.parametrize("content", [PNG, PNG + SECRET, JPEG, GIF, WEBP], ids=["png", "png+", "jpeg", "gif", "webp"])
def test_nothing_stays_but_what_the_pixels_need(content: bytes) -> None:
    clean = without_metadata(content)
    assert SECRET not in clean
    assert without_metadata(clean) == clean
    assert clean[:4] == content[:4]


def test_pixels_and_how_they_are_read_stay() -> None:
    assert without_metadata(PNG) == picture()
    assert b"pixels\xff\x00\xff\xd0more" in without_metadata(JPEG)
    assert segment(0xC4, b"huffman") in without_metadata(JPEG)
    assert without_metadata(JPEG).endswith(b"last\xff\xd9")
    assert b"NETSCAPE2.0" in without_metadata(GIF)
    assert without_metadata(WEBP) == riff((b"VP8X", b"\0" * 10), (b"VP8 ", b"pixels"))


def test_a_figure_of_matplotlib_has_the_same_pixels_afterwards() -> None:
    from matplotlib.figure import Figure
    from matplotlib.image import imread

    figure, file = Figure(figsize=(2, 1)), io.BytesIO()
    figure.add_subplot().plot([1, 3, 2])
    figure.savefig(file, format="png", metadata={"Author": SECRET.decode()})
    before, after = file.getvalue(), without_metadata(file.getvalue())
    assert SECRET in before
    assert SECRET not in after
    assert (imread(io.BytesIO(before)) == imread(io.BytesIO(after))).all()


@pytest.mark.parametrize("content", [PNG, JPEG, GIF, WEBP], ids=["png", "jpeg", "gif", "webp"])
def test_what_is_cut_off_is_no_picture_or_has_no_metadata(content: bytes) -> None:
    for end in range(len(content)):
        try:
            assert SECRET not in without_metadata(content[:end])
        except NoPicture:
            continue


def test_other_bytes_are_no_picture() -> None:
    assert not is_picture(b"%PDF-1.7")
    with pytest.raises(NoPicture, match="no PNG"):
        without_metadata(b"%PDF-1.7")
    with pytest.raises(NoPicture, match="cut off"):
        without_metadata(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"x")[:-9] + b"\xff" * 4)


def test_pictures_within_a_text_lose_their_metadata_too() -> None:
    text = f"<img src='data:image/png;base64,{base64.b64encode(PNG).decode()}'> and base64,"
    assert clean_inline(text) == f"<img src='data:image/png;base64,{base64.b64encode(picture()).decode()}'> and base64,"
    assert clean_inline("data:image/png;base64,AAAA") == "data:image/png;base64,"
