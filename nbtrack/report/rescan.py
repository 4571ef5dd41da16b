"""A report file searched for secrets once more before it leaves: its text, its attributes, and the data it carries."""

import base64
import html
import json
import re
import zlib
from typing import Final

from nbtrack.secret.redact import redact
from nbtrack.secret.strict import redact_strictly
from nbtrack.secret.walk import Names, Walk

_PROGRAMS: Final = frozenset({"nbt-report-code", "nbt-report-style", "nbt-report-plotly"})  # nbtrack's own
_ISLAND: Final = re.compile(r'<script type="text/plain" id="([\w-]+)"[^>]*>([^<]*)</script>')
_CODE: Final = re.compile(r"<(script|style)\b[^>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_PICTURE: Final = re.compile(r"data:[\w/+.;=-]+,[A-Za-z0-9+/=%_-]+")
_POLICY: Final = re.compile(r"<meta\b[^<>]*>")
_TAG: Final = re.compile(r"</?[a-zA-Z!][^<>]*>")
_QUOTED: Final = re.compile(r'"([^"]{8,})"')
_MOST: Final = 200_000_000  # bytes that an island may hold


def secrets_in(page: str) -> int:
    """Return how many values in an HTML page look like secrets: in what it shows and in the data that it carries.

    Programs and pictures are not judged by the strict rules, under which any of them looks random.

    >>> secrets_in('<p>token</p><pre>password = "hunter2hunter2"</pre>'), secrets_in("<p>accuracy 0.95</p>")
    (1, 0)
    """
    bare = _PICTURE.sub("", page)
    shown = _POLICY.sub(" ", _CODE.sub(" ", bare))
    found = redact_strictly(html.unescape(_TAG.sub("\n", shown)))[1]
    found += sum(redact(html.unescape(each))[1] for tag in _TAG.findall(shown) for each in _QUOTED.findall(tag))
    found += sum(redact(code[0])[1] for code in _CODE.finditer(bare) if not _ISLAND.fullmatch(code[0]))
    return found + sum(_in_island(text) for name, text in _ISLAND.findall(page) if name not in _PROGRAMS)


def _in_island(text: str) -> int:
    try:
        told = json.loads(_unpacked(html.unescape(text)))
    except (ValueError, zlib.error, RecursionError):
        return redact(text)[1]
    walk = Walk(redact_strictly, Names(redact_strictly))
    walk.json(told)
    return walk.found


def _unpacked(text: str) -> str:
    if text[:1] in {"{", "[", '"'}:
        return text
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(base64.b64decode(text, validate=True), _MOST).decode()
