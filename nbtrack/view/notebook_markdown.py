"""The Markdown of notebooks, as far as it goes beyond a plain note: mathematics, pictures, anchors, a few tags of HTML.

Mathematics stays the TeX that was written. Pictures come from inside the notebook only; one that lies elsewhere is a
link to it. Tags are not passed on: those that people write for the look of a text (``<b>``, ``<center>``) leave their
text, ``<br>`` breaks a line, ``<img>`` is a picture.
"""

import re
from collections.abc import Callable, Mapping, MutableMapping
from html import unescape
from typing import TYPE_CHECKING, Any, Final

from markupsafe import escape

from nbtrack.view.source_words import coloured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

ANCHOR: Final = "at-"
_PAGE: Final = ("cell-", "run-", ANCHOR)
_INSIDE: Final = re.compile(r"attachment:|data:image/(?:png|jpeg|jpg|gif|webp);base64,", re.IGNORECASE)
_RELATIVE: Final = re.compile(
    r"[^:/?#\\][^:?#\\]*(?:[?#].*)?", re.DOTALL
)  # a file beside the notebook, which the page has not
_REMOTE: Final = re.compile(r"https?://", re.IGNORECASE)
_MATHS: Final = (
    re.compile(r"\$\$(.+?)\$\$", re.DOTALL),
    re.compile(r"\$(?=\S)((?:[^$\\\n]|\\.|\n(?!\s*\n))+?)(?<=\S)\$(?!\d)"),
    re.compile(r"\\\\?\[(.+?)\\\\?\]", re.DOTALL),
    re.compile(r"\\\\\((.+?)\\\\\)", re.DOTALL),
    re.compile(r"(\\begin\{([a-z]+\*?)\}.+?\\end\{\2\})", re.DOTALL),
)
_ON_ITS_OWN: Final = (True, False, True, False, True)
_LONGEST_MATH: Final = 4_000
_TAGS: Final = (
    "a abbr b big blockquote br center code dd details div dl dt em figcaption figure font h1 h2 h3 h4 h5 h6 hr i img "
    "kbd li mark ol p pre q s section small span strike strong sub summary sup table tbody td tfoot th thead tr tt u ul"
).split()
_TAG: Final = re.compile(
    rf"<(/?)({'|'.join(_TAGS)})\b((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>|<!--.*?-->", re.IGNORECASE | re.DOTALL
)
_ATTRIBUTE: Final = re.compile(r"""\b(src|alt)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_PROGRAMS: Final = re.compile(r"<(style|script)\b[^>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_PYTHON: Final = ("python", "py", "python3", "ipython", "ipython3")
_LONGEST_TAG: Final = 4_000
_LOOKS: Final = 5_000  # in one text
_ALL_LOOKS: Final = 200_000  # in one notebook
_WRITTEN_OUT: Final = re.compile(r"data:image/(?:png|jpeg|jpg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}", re.IGNORECASE)
Env = MutableMapping[str, Any]


def for_notebooks(parser: "MarkdownIt", is_address: Callable[[str], bool]) -> "MarkdownIt":
    """Return ``parser`` (with HTML off) made to read a notebook's Markdown; ``is_address`` says what may be a link.

    The ``env`` of its ``render`` may have ``pictures``, the addresses of the cell's pictures by their names, and gets
    ``headings``: level, text and anchor of each.
    """
    parser.validateLink = lambda url: any((is_address(url), _INSIDE.match(url), _RELATIVE.fullmatch(url)))  # type: ignore[method-assign]  # as documented
    parser.normalizeLink = lambda url: url if _INSIDE.match(url) else _normalized(parser, url)  # type: ignore[method-assign]  # same
    parser.inline.ruler.before("escape", "nbtrack_math", _math)
    parser.inline.ruler.before("autolink", "nbtrack_tag", _tag)
    parser.add_render_rule("nbtrack_math", _math_html)
    parser.add_render_rule("image", _image_html)
    parser.add_render_rule("fence", _fence_html)
    parser.core.ruler.push("nbtrack_cell", _anchored)
    return parser


def without_programs(text: str) -> str:
    """Return Markdown without style sheets and scripts that stand in it, unless it shows code."""
    return text if "```" in text or "<s" not in text.lower() else _PROGRAMS.sub("", text)


def _normalized(parser: "MarkdownIt", url: str) -> str:
    return type(parser).normalizeLink(parser, url)


def _math(state: "StateInline", silent: bool) -> bool:  # noqa: FBT001 - the rule's signature
    if state.src[state.pos] not in "$\\" or not _patient(state):
        return False
    for pattern, alone in zip(_MATHS, _ON_ITS_OWN, strict=True):
        found = pattern.match(state.src, state.pos, state.pos + _LONGEST_MATH)
        if found and found[1].strip() and found.end() <= state.posMax:
            if not silent:
                token = state.push("nbtrack_math", "code", 0)
                token.content, token.meta = found[1].strip(), {"alone": alone}
            state.pos = found.end()
            return True
    return False


def _patient(state: "StateInline") -> bool:
    """Tell whether a look further ahead is still worth it: a text of dollar signs would have one for each."""
    env = state.env
    env["looks"], env["all_looks"] = env.get("looks", 0) + 1, env.get("all_looks", 0) + 1
    return bool(env["looks"] <= _LOOKS and env["all_looks"] <= _ALL_LOOKS)


def _math_html(_: Any, tokens: "Sequence[Token]", at: int, *__: Any) -> str:
    block = " nbt-math-alone" if tokens[at].meta["alone"] else ""
    return f'<code class="nbt-math{block}">{escape(tokens[at].content)}</code>'


def _fence_html(_: Any, tokens: "Sequence[Token]", at: int, *__: Any) -> str:
    language = tokens[at].info.split(maxsplit=1)[:1]
    lines = coloured(tokens[at].content, "python" if language and language[0].lower() in _PYTHON else "text")
    words = "\n".join("".join(_word_html(kind, text) for kind, text in line) for line in lines)
    return f'<pre tabindex="0"><code>{words}\n</code></pre>\n'


def _word_html(kind: str, text: str) -> str:
    return f'<span class="nbt-w-{kind}">{escape(text)}</span>' if kind else str(escape(text))


def _tag(state: "StateInline", silent: bool) -> bool:  # noqa: FBT001 - same
    if state.src[state.pos] != "<" or not _patient(state):
        return False
    found = _TAG.match(state.src, state.pos, min(state.posMax, state.pos + _LONGEST_TAG))
    if found is None:
        return False
    if not silent:
        _push_tag(state, (found[2] or "").lower(), found[3] or "")
    state.pos = found.end()
    return True


def _push_tag(state: "StateInline", name: str, attributes: str) -> None:
    if name == "br":
        state.push("hardbreak", "br", 0)
    elif name == "img":
        given = {key.lower(): unescape(value.strip("\"'")) for key, value in _ATTRIBUTE.findall(attributes)}
        token = state.push("image", "img", 0)
        token.attrs = {"src": given.get("src", "")}
        token.content = given.get("alt", "")


def _image_html(_: Any, tokens: "Sequence[Token]", at: int, __: Any, env: Env) -> str:
    """A picture of the notebook's own, a link to one elsewhere, or its words."""
    source, words = str(tokens[at].attrs.get("src", "")), tokens[at].content
    name = source.partition(":")[2] if source.lower().startswith("attachment:") else source
    known: Mapping[str, str] = env.get("pictures") or {}
    own = known.get(name) or (source if _WRITTEN_OUT.fullmatch(source) else None)
    if own is not None:
        return f'<img src="{own}" alt="{escape(words)}" loading="lazy" decoding="async">'
    linked = sum({"link_open": 1, "link_close": -1}.get(each.type, 0) for each in tokens[:at])
    if _REMOTE.match(source) and not linked:
        rel = 'rel="noopener noreferrer nofollow"'
        return f'<a class="nbt-elsewhere" {rel} href="{escape(source)}">picture: {escape(words or source)}</a>'
    place = "" if _INSIDE.match(source) or _REMOTE.match(source) or not source else f", {source[:200]}"
    return f'<span class="nbt-elsewhere">[picture: {escape((words or "without words") + place)}]</span>'


def _anchored(state: Any) -> None:
    """Give headings the anchors that Jupyter gives them, and let links within the notebook lead there."""
    inline = False
    for at, token in enumerate(state.tokens):
        if token.type == "heading_open":
            _anchor(token, state.tokens[at + 1], state.env)
        for child in token.children or ():
            if child.type == "link_open":
                inline = not _lead(child)
            elif child.type == "link_close" and inline:
                child.tag, inline = "span", False


def _anchor(opening: "Token", inline: "Token", env: Env) -> None:
    text = "".join(
        child.content for child in inline.children or () if child.type in {"text", "code_inline", "nbtrack_math"}
    ).strip()
    taken: set[str] = env.setdefault("taken", set())
    slug = anchor = ANCHOR + (re.sub(r"\s+", "-", text)[:120] or "heading")
    count = 1
    while anchor in taken:
        count += 1
        anchor = f"{slug}-{count}"
    taken.add(anchor)
    opening.attrSet("id", anchor)
    level = len(opening.markup) if opening.markup.startswith("#") else 1 if opening.markup == "=" else 2
    env.setdefault("headings", []).append((level, text, anchor))


def _lead(link: "Token") -> bool:
    """Make a link of the notebook one of the page; tell whether it leads anywhere."""
    href = str(link.attrs.get("href", ""))
    if _INSIDE.match(href) or _RELATIVE.fullmatch(href):
        link.tag, link.attrs = "span", {}
        return False
    if href.startswith("#") and not href[1:].startswith(_PAGE):
        link.attrSet("href", f"#{ANCHOR}{href[1:]}")
    return True
