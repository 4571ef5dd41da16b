r"""The one escaping module: every byte of HTML that nbtrack emits passes here.

Templates are rendered with autoescape always on and undefined names refused; user text is first made *visible*
(``shown``), so that control and direction characters cannot hide or reorder it; data for scripts travels in an inert
island. ``Markup`` is made in this module only, from our own files and from ``island``; a test sees to that.
"""

import base64
import json
import re
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from jinja2 import Environment

_STATIC = Path(__file__).parent / "static"
_NAMES = {"compare": "nbtrackCompare"}  # of the objects that the scripts make, as labextension/package.json says
_HIDDEN = re.compile(
    # C0, DEL, C1 · Arabic letter mark, zero width space, direction marks, line and paragraph separators,
    # embeddings and overrides, word joiner and invisible operators, isolates and deprecated format characters,
    # byte order mark, interlinear annotation · tags, in which a whole text can hide · lone surrogates (no UTF-8 form)
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]",
)
_HIDDEN_IN_CODE = re.compile(_HIDDEN.pattern.replace("\x00-\x1f", "\x00-\x08\x0b-\x1f"))
_FOR_SCRIPT = {char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}
_LONG = 1_000_000  # bytes that take a third of a second to deflate as far as it goes; a little less far takes a tenth
_LINE_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_SPACES = re.compile(r"\s*([{};])\s*|([:,])\s+")


def shown(text: str, limit: int = 300) -> str:
    r"""Return ``text`` on one line with hidden characters made visible, cut to ``limit`` characters.

    >>> shown("a\nb\u202ec"), shown("x" * 500, 10)
    ('a␊b[U+202E]c', 'xxxxxxxxx…')
    """
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return _HIDDEN.sub(_visible, cut)


def shown_code(text: str, limit: int = 20_000) -> str:
    """Return source text with its lines and tabs kept and other hidden characters made visible, cut to ``limit``."""
    cut = text if len(text) <= limit else text[:limit] + f"\n… {len(text) - limit:,} more characters"
    return _HIDDEN_IN_CODE.sub(_visible, cut.replace("\r\n", "\n"))


def render(template: str, context: Mapping[str, object]) -> Markup:
    """Return ``template`` (a file of ``static/``) filled with ``context``, every string in it escaped and shown."""
    return Markup(_environment().get_template(template).render(context))  # noqa: S704 - rendered with autoescape


def island(data: Any) -> Markup:
    """Return ``data`` as text that is inert anywhere in HTML and that ``static/compare/island.js`` reads.

    JSON without ``<``, ``>``, ``&`` or line separators; where that is longer, the same JSON deflated (RFC 1951) and in
    base64, which never begins as JSON does.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char, escape in _FOR_SCRIPT.items():
        text = text.replace(char, escape)
    packed = _deflated(text)
    return Markup(text if len(text.encode()) <= len(packed) else packed)  # noqa: S704 - nothing left that HTML reacts to


def _deflated(text: str) -> str:
    whole = text.encode()
    squeeze = zlib.compressobj(9 if len(whole) < _LONG else 6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return base64.b64encode(squeeze.compress(whole) + squeeze.flush()).decode("ascii")


def script(name: str, element: str) -> Markup:
    """Return a front end of ``static/`` followed by the call that starts it on the element with this id."""
    return front_end(name) + Markup('%s.boot("%s");\n') % (_NAMES[name], _own_id(element))


def starter(name: str, element: str) -> Markup:
    """Return the script that starts the front end which the element with this id carries as ``packed_front_end``."""
    return _small("start.js", element, _NAMES[name])


def waiter(element: str) -> Markup:
    """Return the script that keeps the table of the element with this id unseen until its front end has started."""
    return _small("wait.js", element)


def _small(file: str, element: str, name: str = "") -> Markup:
    text = _LINE_COMMENT.sub("", (_STATIC / file).read_text(encoding="utf-8"))
    text = text.replace("ELEMENT", _own_id(element)).replace("NAME", name)
    return Markup(re.sub(r"\n\s*", "\n", text))  # noqa: S704 - package data, and an id of ours


def _own_id(element: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]+", element):
        raise ValueError(f"not an element id of ours: {element!r}")
    return element


@cache
def packed_front_end(name: str) -> Markup:
    """Return a front end deflated and in base64, half of its length."""
    text = front_end(name)
    built = _built(name)
    packed = _deflated(text) if built is None else base64.b64encode(built).decode("ascii")
    return Markup(packed)  # noqa: S704 - base64


def _built(name: str) -> bytes | None:
    """Return a front end as ``make front`` deflates it, with more patience; None if it is that of another."""
    try:
        built = (_STATIC / f"{name}.deflate").read_bytes()
        return built if zlib.decompress(built, -zlib.MAX_WBITS).decode() == front_end(name) else None
    except (OSError, zlib.error, UnicodeDecodeError):
        return None


@cache
def front_end(name: str) -> Markup:
    """Return a front end as one script, which gives a global object its name; ``make front`` builds it."""
    return Markup((_STATIC / f"{name}.js").read_text(encoding="utf-8"))  # noqa: S704 - package data, no user text


@cache
def own(file: str) -> Markup:
    """Return a style sheet of ``static/`` without the spaces it does not need."""
    text = _COMMENT.sub("", (_STATIC / file).read_text(encoding="utf-8"))
    text = "".join(f"{line.strip()}\n" for line in text.splitlines() if line.strip())
    return Markup(_CSS_SPACES.sub(lambda found: found[1] or found[2], text))  # noqa: S704 - package data, no user text


def _visible(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"[U+{code:04X}]"


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - 180 ms, only when shown

    environment = Environment(
        loader=FileSystemLoader(_STATIC),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["cut"] = shown
    return environment


def _finalize(value: object) -> object:
    """Make every interpolated string visible, so that no template can forget to."""
    return shown(value, 2000) if isinstance(value, str) and not isinstance(value, Markup) else value
