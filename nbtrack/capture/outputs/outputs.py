"""What a cell displayed, as files to keep: the richest form of each output, bounded in number and size, none twice.

    form                        limit        name
    Plotly and Vega charts      1 MB         01-plotly.json, and one of its image or HTML beside it
    images, PDF                 5 MB         01-figure.png, .svg, .jpg, .webp, .gif; 01-document.pdf
    HTML                        1 MB         01-table.html where it holds a table, else 01-html.html
    JSON, Markdown, LaTeX       1 MB         01-json.json, 01-text.md, 01-formula.tex
    plain text                  1 MB         01-text.txt, where nothing richer is there and it says something

The first form that fits is taken. Of one cell at most 50 outputs and 20 MB are kept, 4 MB of it text (every character
of text has to be searched for secrets): the first outputs and the latest, so that the last picture of a loop is there.
What ``clear_output`` removed from the notebook and what an update replaced is not kept, nor what is marked as ours.
"""

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, NamedTuple

from nbtrack.record.redact import redact, redact_json

MOST: Final = 50
LARGEST: Final = 5_000_000  # bytes of one image
LARGEST_ALL: Final = 20_000_000
LONGEST: Final = 1_000_000  # characters of one text
LONGEST_ALL: Final = 4_000_000
_FIRST: Final = 40  # outputs that stay when later ones come
_LONG_LINE: Final = 80

_SVG: Final = "image/svg+xml"
_IMAGES: Final = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
}
_CHARTS: Final = {"application/vnd.plotly.": "plotly", "application/vnd.vega": "vega"}
_STRUCTURED: Final = {"application/geo+json": "map", "application/json": "json"}
_WRITTEN: Final = {"text/markdown": ("text", "md"), "text/latex": ("formula", "tex")}
_HTML_KINDS: Final = {"vegaEmbed": "vega", "Plotly.newPlot": "plotly", "<table": "table"}

_UNSEEN: Final = (("<script", "</script"), ("<style", "</style"), ("<!--", "-->"))  # how it begins and how it ends
_ADDRESS: Final = re.compile(r"[(\[{]*<[^\n]{1,300} at 0x[0-9a-fA-F]+>[)\]}]*")
_ENCODED: Final = re.compile(r"(?:;base64,|\"bdata\": ?\")([A-Za-z0-9+/=]{1024,}+)")
_MARK: Final = re.compile("\ue000(\\d+)\ue001")


class Piece(NamedTuple):
    """One form of an output: text, bytes, or JSON still to be written; ``size`` in bytes, or characters of text."""

    kind: str
    suffix: str
    media_type: str
    size: int
    content: Any

    @property
    def is_text(self) -> bool:
        """Whether it has to be searched for secrets."""
        return type(self.content) is not bytes

    def fits(self) -> bool:
        """Tell whether it is small enough to be kept."""
        return self.size <= (LONGEST if self.is_text else LARGEST)


class Kept(NamedTuple):
    """A file to keep: bytes as they are, text once its secrets are gone. ``found`` of them are gone already."""

    name: str
    content: str | bytes
    media_type: str
    found: int = 0


@dataclass(slots=True)
class LeftOut:
    """Why outputs were not kept, counted."""

    large: int = 0
    many: int = 0

    def __str__(self) -> str:
        """Say it in a sentence; nothing where all were kept."""
        total = self.large + self.many
        reasons = [f"{self.large} too large"] * bool(self.large)
        reasons += [f"{self.many} over {MOST} outputs or {LARGEST_ALL // 1_000_000} MB"] * bool(self.many)
        return f"{total} displayed outputs were not kept: {', '.join(reasons)}" if total else ""


class Displays:
    """The outputs of one cell, as they stand on the screen."""

    def __init__(self) -> None:
        self.left_out = LeftOut()
        self._shown: dict[int, tuple[Piece, ...]] = {}
        self._ids: dict[str, list[int]] = {}
        self._numbers = count()
        self._cleared_next = False

    def add(self, data: object, metadata: object = None, display_id: object = None, *, update: bool = False) -> None:
        """Take a MIME bundle that was displayed or, with ``update``, that replaced those of this display id."""
        if type(data) is not dict or (type(metadata) is dict and "nbtrack" in metadata):
            return
        if self._cleared_next and not update:
            self.clear()
        pieces = best_forms(data)
        if pieces is None:
            self.left_out.large += 1
        named = display_id if type(display_id) is str else None
        if not (update and named and self._replace(named, pieces or ())):
            self._append(pieces or (), named)
        self._make_room()

    def _replace(self, display_id: str, pieces: tuple[Piece, ...]) -> bool:
        """Replace the outputs of a display id, which look alike from now on, by one; False where there are none."""
        numbers = [number for number in self._ids.get(display_id, ()) if number in self._shown]
        for number in numbers[1:]:
            del self._shown[number]
        if numbers:
            self._shown[numbers[0]] = pieces
        return bool(numbers)

    def _append(self, pieces: tuple[Piece, ...], display_id: str | None) -> None:
        if not pieces or (display_id is None and pieces in self._shown.values()):
            return
        number = next(self._numbers)
        self._shown[number] = pieces
        if display_id is not None:
            self._ids.setdefault(display_id, []).append(number)

    def clear(self, *, wait: bool = False) -> None:
        """Forget what was displayed, now or, with ``wait``, when the next output arrives."""
        self._cleared_next = wait
        if not wait:
            self._shown.clear()
            self._ids.clear()

    def kept(self) -> Iterator[Kept]:
        """Yield the files to keep, in the order of display, numbered from 1; the same content only once."""
        seen: set[str | bytes] = set()
        numbers = count(1)
        for pieces in list(self._shown.values()):
            written = [(piece, content) for piece in pieces if (content := _written(piece)) is not None]
            if written and written[0][1] not in seen:
                seen.add(written[0][1])
                number = next(numbers)
                for piece, content in written:
                    yield Kept(f"outputs/{number:02}-{piece.kind}.{piece.suffix}", content, piece.media_type)

    def _make_room(self) -> None:
        """Drop outputs from the middle, and the newest where there is no middle, until all the others fit."""
        while not self._fits():
            numbers = list(self._shown)
            del self._shown[numbers[_FIRST] if len(numbers) > _FIRST + 1 else numbers[-1]]
            self.left_out.many += 1

    def _fits(self) -> bool:
        pieces = [piece for output in self._shown.values() for piece in output]
        characters = sum(piece.size for piece in pieces if piece.is_text)
        return (
            len(self._shown) <= MOST
            and characters <= LONGEST_ALL
            and sum(piece.size for piece in pieces) <= LARGEST_ALL
        )


def best_forms(data: dict[Any, Any]) -> tuple[Piece, ...] | None:
    """Return the forms of an output worth keeping: none where it says nothing, None where all are too large."""
    found = {media: content for media, content in data.items() if type(media) is str}
    too_large = False
    for form in (_chart, _image, _document, _html, _structured, _text):
        pieces = form(found)
        if fitting := tuple(piece for piece in pieces if piece.fits()):
            return fitting
        too_large = too_large or bool(pieces)
    return None if too_large else ()


def _chart(data: dict[str, Any]) -> list[Piece]:
    """A chart's own JSON, and beside it a form that needs no program to look at."""
    for media, content in data.items():
        kind = next((kind for start, kind in _CHARTS.items() if media.startswith(start)), None)
        if kind is not None and (chart := _json(kind, media, content)):
            beside = [piece for piece in (*_image(data), *_html(data)) if piece.fits()]
            return [*chart, *(piece._replace(kind=kind) for piece in beside[:1])]
    return []


def _image(data: dict[str, Any]) -> list[Piece]:
    """Return the image in every format asked for. SVG is text; others are bytes, or those in base64."""
    pieces = [_binary("figure", suffix, media, data.get(media)) for media, suffix in _IMAGES.items()]
    svg = data.get(_SVG)
    vector = [Piece("figure", "svg", _SVG, len(svg), svg)] if type(svg) is str else []
    return [*vector, *(piece for piece in pieces if piece is not None)]


def _document(data: dict[str, Any]) -> list[Piece]:
    piece = _binary("document", "pdf", "application/pdf", data.get("application/pdf"))
    return [] if piece is None else [piece]


def _html(data: dict[str, Any]) -> list[Piece]:
    """HTML, unless it only prepares the page for what is to come, as plotting libraries do."""
    html = data.get("text/html")
    if type(html) is not str or _is_unseen(html):
        return []
    kind = next((kind for word, kind in _HTML_KINDS.items() if word in html), "html")
    return [Piece(kind, "html", "text/html", len(html), html)]


def _is_unseen(html: str) -> bool:
    """Tell whether there is nothing in it but scripts, styles and comments."""
    position, size = 0, len(html)
    while position < size:
        if html[position].isspace():
            position += 1
            continue
        start = html[position : position + 8].lower()
        end = next((end for begin, end in _UNSEEN if start.startswith(begin)), None)
        if end is None:
            return False
        position = html.find(">", html.find(end, position)) + 1 or size
    return True


def _structured(data: dict[str, Any]) -> list[Piece]:
    for media, kind in _STRUCTURED.items():
        if pieces := _json(kind, media, data.get(media)):
            return pieces
    return []


def _text(data: dict[str, Any]) -> list[Piece]:
    for media, (kind, suffix) in _WRITTEN.items():
        text = data.get(media)
        if type(text) is str:
            return [Piece(kind, suffix, media, len(text), text)]
    text = data.get("text/plain")
    return [Piece("text", "txt", "text/plain", len(text), text)] if type(text) is str and _says_something(text) else []


def short_text(data: Any) -> str | None:
    """Return the plain text of an output that is too short to be a file, and says something: a number, a word."""
    text = data.get("text/plain") if type(data) is dict and len(data) == 1 else None
    if type(text) is not str or len(text) > 4 * _LONG_LINE:
        return None
    text = text.strip()
    return text if text and not _says_something(text) and _ADDRESS.fullmatch(text) is None else None


def _says_something(text: str) -> bool:
    """Short texts are in the record itself, and where an object lies in memory tells nobody anything."""
    text = text.strip()
    return ("\n" in text or len(text) > _LONG_LINE) and _ADDRESS.fullmatch(text) is None


def _binary(kind: str, suffix: str, media: str, content: object) -> Piece | None:
    if type(content) is str and len(content) <= LARGEST * 3 // 2:
        try:
            content = b64decode(content.replace("\n", ""), validate=True)
        except ValueError:
            return None
    if type(content) is bytes:
        return Piece(kind, suffix, media, len(content), content)
    return Piece(kind, suffix, media, len(content) // 4 * 3, b"") if type(content) is str else None


def _json(kind: str, media: str, content: object) -> list[Piece]:
    size = weight(content) if type(content) in (dict, list) else None
    return [] if size is None else [Piece(kind, "json", media, size, content)]


def weight(value: object) -> int | None:
    """Return about how many characters a value takes as JSON, at most a little over ``LONGEST``; None if it is no JSON.

    Nothing is asked of it: it is looked into as far as it is made of Python's own types.
    """
    total, rest = 0, [value]
    while rest and total <= LONGEST:
        item: Any = rest.pop()
        kind = type(item)
        if kind is str:
            total += len(item) + 4
        elif kind in (list, tuple, dict):
            total += 2 * len(item) + 2
            if total > LONGEST:
                break
            if kind is dict and not all(type(key) is str for key in item):
                return None
            rest += [*item, *item.values()] if kind is dict else item
        elif kind in (int, float, bool) or item is None:
            total += 6 if kind is not int else item.bit_length() // 3 + 3
        else:
            return None
    return total


def _written(piece: Piece) -> str | bytes | None:
    if type(piece.content) in (str, bytes):
        return piece.content  # type: ignore[no-any-return]  # it was just looked at
    try:
        return json.dumps(piece.content, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None


def without_secrets(text: str, *, is_json: bool = False) -> tuple[str, int]:
    """Return text with its secrets replaced, and how many were. Long base64 is data: it is passed over, for speed.

    >>> without_secrets('{"password": "hunter22x"}', is_json=True)
    ('{"password": "[redacted:name]"}', 1)
    """
    aside: list[str] = []

    def put_aside(match: re.Match[str]) -> str:
        aside.append(match[1])
        return f"{match[0][: match.start(1) - match.start()]}\ue000{len(aside) - 1}\ue001"

    short = text if "\ue000" in text else _ENCODED.sub(put_aside, text)
    clean, found = redact(short)
    if found and is_json and not _is_json(clean):
        clean = json.dumps(redact_json(json.loads(short))[0], ensure_ascii=False)
    return (_MARK.sub(lambda match: aside[int(match[1])], clean) if aside else clean), found


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
