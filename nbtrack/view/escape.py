r"""The one escaping module: every byte of HTML that nbtrack emits passes here.

Templates are rendered with autoescape always on and undefined names refused, and forms - templates of nothing but names
- are filled to the same effect; user text is first made *visible* (``shown``), so that control and direction characters
cannot hide or reorder it; data for scripts travels in an inert island. ``Markup`` is made in this module only, from our
own files and from ``island``; a test sees to that.
"""

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from jinja2 import Environment, Template
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_STATIC = Path(__file__).parent / "static"
_NAMES = {
    "compare": "nbtrackCompare",
    "report": "nbtrackReport",
}  # of the objects that the scripts make, as labextension/package.json says
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
_PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/svg+xml")
_ADDRESS = re.compile(r"(?:https?://|mailto:|#)[^\s]*", re.IGNORECASE)
_LONGEST = 2000  # characters of a text in a template
_NESTED = 20  # quotes, lists and brackets inside each other; deeper ones stay text
_LINE_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_HOME = re.compile(r"\.nbt(?:-lineage)?(?![-\w])")  # the class of an output's outermost element
_CSS_SPACES = re.compile(r"\s*([{};])\s*|([:,])\s+")
_PLACE = re.compile(r"\{\{ (\w+) \}\}")
_BETWEEN = "\0"  # stands in no text that is shown, and is nothing that escaping changes


def shown(text: str, limit: int = 300) -> str:
    r"""Return ``text`` on one line with hidden characters made visible, cut to ``limit`` characters.

    >>> shown("a\nb\u202ec"), shown("x" * 500, 10)
    ('a␊b[U+202E]c', 'xxxxxxxxx…')
    """
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return cut if cut.isprintable() else _HIDDEN.sub(_visible, cut)  # no hidden character is printable


def shown_ends(text: str, limit: int = 300) -> str:
    """Return a name on one line as ``shown`` does, cut to its beginning and its end, which tell long names apart.

    >>> shown_ends("classification_report.weighted avg.precision", 30)
    'classification_… avg.precision'
    """
    if len(text) <= limit:
        return shown(text, limit)
    end = (limit - 1) // 2
    return shown(f"{text[: limit - 1 - end]}…{text[-end:]}", limit)


def shown_code(text: str, limit: int = 20_000) -> str:
    """Return source text with its lines and tabs kept and other hidden characters made visible, cut to ``limit``."""
    cut = text if len(text) <= limit else text[:limit] + f"\n… {len(text) - limit:,} more characters"
    return _HIDDEN_IN_CODE.sub(_visible, cut.replace("\r\n", "\n"))


def code(text: str, limit: int = 20_000) -> Markup:
    r"""Return source text for the inside of ``<pre>``: its lines and tabs kept, all else escaped and visible.

    >>> code("if a < b:\n\tpass")
    Markup('if a &lt; b:\n\tpass')
    """
    return escape(shown_code(text, limit))


def markdown(text: str, limit: int = 50_000) -> Markup:
    r"""Return a person's Markdown (CommonMark, tables, strikethrough) as HTML that asks for nothing and runs nothing.

    Tags in it are text, pictures are their words, and only links to ``http``, ``https``, ``mailto`` and places of the
    same page are links. Its headings begin at the third level, below those of the page.

    >>> markdown("**good** [x](javascript:alert) <b>")
    Markup('<p><strong>good</strong> [x](javascript:alert) &lt;b&gt;</p>\n')
    """
    return Markup(_markdown().render(shown_code(text, limit)))  # noqa: S704 - rendered with HTML off, links judged


def notebook_markdown(text: str, env: dict[str, Any], limit: int = 2_000_000) -> Markup:
    """Return the Markdown of a notebook's cell in the same way, with mathematics as text, anchors, and its pictures.

    ``env`` may have ``pictures`` by name, each made by ``picture``; it gets ``headings``: level, text and anchor.
    """
    return Markup(_notebook_markdown().render(_programless(shown_code(text, limit)), env))  # noqa: S704 - as above


def _programless(text: str) -> str:
    from nbtrack.view.notebook_markdown import without_programs  # noqa: PLC0415 - only for notebooks

    return without_programs(text)


@cache
def _notebook_markdown() -> "MarkdownIt":
    from nbtrack.view.notebook_markdown import for_notebooks  # noqa: PLC0415 - same

    return for_notebooks(_reader(), lambda url: _ADDRESS.fullmatch(url) is not None)


@cache
def _markdown() -> "MarkdownIt":
    return _reader()


def _reader() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415 - 40 ms, only where somebody wrote something

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _NESTED}).enable(["table", "strikethrough"])
    parser.validateLink = lambda url: _ADDRESS.fullmatch(url) is not None  # type: ignore[method-assign]  # as documented
    parser.add_render_rule("image", _image_as_words)
    parser.core.ruler.push("nbtrack", _fitted)
    return parser


def _fitted(state: Any) -> None:
    """Let headings begin below those of the page, and no link tell another site where it was clicked."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("rel", "noopener noreferrer nofollow")


def _image_as_words(_: Any, tokens: "list[Token]", at: int, *__: Any) -> str:
    return f"<span>[picture: {escape(tokens[at].content)}]</span>"


def pictures() -> tuple[str, ...]:
    """Return the types of pictures that ``picture`` takes."""
    return _PICTURES


def picture(media_type: str, content: bytes) -> Markup:
    """Return the address of a picture that is written out in it, for ``<img src>``: there it runs and fetches nothing.

    Raises:
        ValueError: it is not of a type that is only a picture.
    """
    if media_type not in _PICTURES:
        raise ValueError(f"not a picture: {media_type!r}")
    return Markup(f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}")  # noqa: S704 - base64


def framed(html: str) -> Markup:
    """Return somebody's HTML for the ``srcdoc`` of a frame that has to have ``sandbox``, under a policy of its own."""
    head = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>output</title>"
        "<meta http-equiv=Content-Security-Policy"
        " content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
        "<style>body{margin:8px;font:13px/1.45 system-ui,sans-serif;color:#1b1f24;background:#fff}"
        "table{border-collapse:collapse}th,td{padding:2px 9px;text-align:right}</style>"
    )
    return escape(head + html.replace("\0", "\ufffd").encode("utf-8", "replace").decode())


def render(template: str, context: Mapping[str, object]) -> Markup:
    """Return ``template`` (a file of ``static/``) filled with ``context``, every string in it escaped and shown."""
    return Markup(_template(template).render(context))  # noqa: S704 - rendered with autoescape


def fill(form: str, context: Mapping[str, str]) -> Markup:
    """Return what ``render`` does of a template that is a form: it has nothing but ``{{ names }}`` of texts and HTML.

    What is shown after every cell comes this way: all its texts are made visible, and escaped, in one step.
    """
    texts = {name: text for name, text in context.items() if type(text) is not Markup}
    written = {**context, **dict(zip(texts, _escaped(texts.values()), strict=True))}
    return Markup(_form(form).format_map(written))  # noqa: S704 - every text in it was escaped


def fill_rows(form: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """Return a form filled once for each row of texts, which are those of ``names``, one line below the other."""
    escaped = iter(_escaped([text for row in rows for text in row]))
    line, filled = f"{_form(form)}\n", zip(*[escaped] * len(names), strict=True)
    lines = [line.format_map(dict(zip(names, texts, strict=True))) for texts in filled]
    return Markup("".join(lines))  # noqa: S704 - every text in it was escaped


def _escaped(texts: Collection[str]) -> list[str]:
    if not texts:
        return []
    whole = "".join(texts)
    if not whole.isprintable() or (len(whole) > _LONGEST and max(map(len, texts)) > _LONGEST):
        texts = [shown(text, _LONGEST) for text in texts]
    return str.split(escape(_BETWEEN.join(texts)), _BETWEEN)


@cache
def _form(file: str) -> str:
    return _PLACE.sub(r"{\1}", (_STATIC / file).read_text(encoding="utf-8").removesuffix("\n"))


def island(data: Any) -> Markup:
    """Return ``data`` as text that is inert anywhere in HTML and that ``static/compare/island.js`` reads.

    JSON without ``<``, ``>``, ``&`` or line separators; where that is longer, the same JSON deflated (RFC 1951) and in
    base64, which never begins as JSON does.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char, written in _FOR_SCRIPT.items():
        text = text.replace(char, written)
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


@cache
def small_script(file: str) -> Markup:
    """Return a short script of ``static/`` without its comments."""
    text = _LINE_COMMENT.sub("", (_STATIC / file).read_text(encoding="utf-8"))
    return Markup(re.sub(r"\n\s*", "\n", text))  # noqa: S704 - package data, no user text


def script_hash(script: str) -> str:
    """Return the hash by which a content security policy lets this script run.

    >>> script_hash("")
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")


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
def packed_only(name: str) -> Markup:
    """Return a script that comes with nbtrack in its deflated form alone, in base64."""
    return Markup(base64.b64encode((_STATIC / f"{name}.deflate").read_bytes()).decode("ascii"))  # noqa: S704 - base64


@cache
def unpacked(name: str) -> str:
    """Return the text of such a script."""
    return zlib.decompress((_STATIC / f"{name}.deflate").read_bytes(), -zlib.MAX_WBITS).decode()


def packed_script(script: str) -> Markup:
    """Return a script deflated and in base64, as a page carries one that it runs later."""
    return Markup(_deflated(script))  # noqa: S704 - base64


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


@cache
def edition(*files: str) -> str:
    """Return the class of outputs that these style sheets of ``static/`` were written for.

    A notebook keeps the outputs of several versions of nbtrack, each with its style: a newer one must change nothing of
    what an older one shows.
    """
    return "nbt-v" + hashlib.sha256("".join(map(own, files)).encode()).hexdigest()[:8]


@cache
def styled(file: str, version: str) -> Markup:
    """Return a style sheet of ``static/`` that applies to the outputs of one ``edition`` alone.

    >>> styled("page.css", "nbt-v1") == own("page.css"), ".nbt.nbt-v1{" in styled("card.css", "nbt-v1")
    (True, True)
    """
    return Markup(_HOME.sub(lambda found: f"{found[0]}.{version}", own(file)))  # noqa: S704 - package data


def sheet(*files: str) -> dict[str, str]:
    """Return what a template needs of style sheets: ``css``, and the ``edition`` that its outermost element is of."""
    version = edition(*files)
    return {"css": Markup("").join(styled(file, version) for file in files), "edition": version}


@cache
def _template(file: str) -> "Template":
    return _environment().get_template(file)


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
    environment.globals.clear()  # no template of ours asks for any, and each would look them all up
    environment.filters.update(cut=shown, ends=shown_ends, code=code, markdown=markdown)
    return environment


def _finalize(value: object) -> object:
    """Make every interpolated string visible, so that no template can forget to."""
    if type(value) is str and len(value) <= _LONGEST and value.isprintable():  # nearly always: the shortest way
        return value
    return shown(value, _LONGEST) if isinstance(value, str) and not isinstance(value, Markup) else value
