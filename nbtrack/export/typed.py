"""A cell as it was typed, and the same text as Python can read it: magics masked, every other character in its place.

IPython's own transformation moves characters. Here a magic is overwritten by a harmless ``0`` and blanks, so that what
a syntax tree says of the masked text holds for the typed one, and an edit of one is an edit of the other.
"""

import ast
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from nbtrack.export.fields import places

_ESCAPES: Final = "%!?,;/"
_AROUND: Final = frozenset({"time", "capture", "prun"})  # cell magics that run their body as Python, in place
_INLINE: Final = frozenset({"time", "prun"})  # line magics that run the rest of their line
_TRACK: Final = re.compile(r"\s*%%track(?:\s|$)")
_CELL: Final = re.compile(r"%%(?P<name>[A-Za-z_]\w*)[ \t]*(?P<rest>[^\n]*)")
_ASSIGNED: Final = re.compile(r"(?P<target>[A-Za-z_][\w.,*\[\]'\" \t]*?)[ \t]*=[ \t]*(?P<escape>[%!])(?!=)")
_HELP: Final = re.compile(r"[%]{0,2}[A-Za-z_*][\w.*\[\]()'\"]*\?{1,2}[ \t]*;?[ \t]*(?:#.*)?$")
_INLINE_CALL: Final = re.compile(r"%(?P<name>\w+)[ \t]+(?=[^-\s])")
_STRING: Final = re.compile(r"(?i)(?:[rbuf]|rb|br|rf|fr)?('''|\"\"\"|'|\")")
_PROMPT: Final = re.compile(r"(?m)^(?:>>> ?|\.\.\. ?|In \[\d+\]: ?|   \.\.\.+: ?)")
_AUTOMAGIC: Final = frozenset(
    "pip conda cd ls ll pwd mkdir rm cp mv cat time timeit run env matplotlib load_ext reload_ext who whos".split()
)


@dataclass(frozen=True, slots=True)
class Magic:
    """One magic of a cell: where it stands in the text, and what it says.

    ``kind`` is ``line`` (``%name rest``), ``shell`` (``!rest``), ``help`` (``x?``), ``call`` (``/f x`` and its
    like), ``cell`` (``%%name rest`` over a body that is no Python) or ``around`` (``%%time`` over one that is).
    ``target`` is the text before ``=`` in ``x = !ls``, and the span is then that of what is assigned. The span of an
    ``inline`` magic ends before the statement it runs.
    """

    start: int
    end: int
    kind: str
    name: str = ""
    rest: str = ""
    body: str = ""
    target: str = ""
    inline: bool = False


@dataclass(frozen=True)
class Typed:
    """The text of a cell without its ``%%track`` line; ``skipped`` says how many of its first lines that took away."""

    text: str
    python: str
    magics: tuple[Magic, ...]
    track_line: int | None = None  # which line, counted from 1, was the ``%%track`` line
    skipped: int = 0
    tree: ast.Module | None = field(default=None)

    @cached_property
    def lines(self) -> list[int]:
        """Where each line begins."""
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def offset(self, line: int, column: int) -> int:
        """Return the place of a line (from 1) and a column in bytes, as syntax trees tell them."""
        begin = self.lines[line - 1]
        if self.python.isascii():
            return begin + column
        text = self.python[begin : self.lines[line] if line < len(self.lines) else len(self.text)]
        return begin + len(text.encode()[:column].decode(errors="ignore"))

    @cached_property
    def in_texts(self) -> dict[ast.AST, tuple[int, int]]:
        """Where the expressions inside of f-strings stand."""
        found: dict[ast.AST, tuple[int, int]] = {}
        for node in ast.walk(self.tree) if self.tree is not None else ():
            if isinstance(node, ast.JoinedStr):
                start = self.offset(node.lineno, node.col_offset)
                end = self.offset(node.end_lineno or 0, node.end_col_offset or 0)
                known = places(self.text, start, end, node)
                inner = {each: known.get(each, (start, start)) for part in node.values for each in ast.walk(part)}
                found |= inner
        return found

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where a node begins and ends, its decorators included; nothing where that is not known."""
        if node in self.in_texts:
            return self.in_texts[node]
        first = min([node, *getattr(node, "decorator_list", ())], key=lambda each: each.lineno)
        begin = self.offset(first.lineno, first.col_offset)
        if first is not node:
            begin = self.text.rindex("@", 0, begin)
        return begin, self.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]  # same

    def line_of(self, place: int) -> int:
        """Return the line, counted from 1, that a place is in."""
        return bisect_right(self.lines, place)

    def done(self, reached: int | None) -> int | None:
        """Return how many lines of this text had completed when ``reached`` of the cell's had."""
        if reached is None:
            return None
        gone = sum(1 for line in (self.track_line,) if line is not None and line <= reached)
        return max(0, reached - gone)


def read_typed(source: str) -> Typed:
    r"""Return a cell with its magics masked and its tree, if it is Python at all.

    >>> cell = read_typed("%%track\nfiles = !ls\n%time x = 1")
    >>> cell.python
    'files = 0  \n0;    x = 1'
    >>> [(magic.kind, magic.name or magic.rest) for magic in cell.magics]
    [('shell', 'ls'), ('line', 'time')]
    """
    lines = source.replace("\r\n", "\n").split("\n")
    track = next((at for at, line in enumerate(lines) if _TRACK.match(line)), None)
    text = _dedented("\n".join(line for at, line in enumerate(lines) if at != track))
    found = _parsed(text)
    if found.tree is None and "\n" not in text.strip() and text.split(maxsplit=1)[:1] and _is_automagic(text):
        found = _parsed("%" + text.strip())
    return Typed(found.text, found.python, found.magics, None if track is None else track + 1, tree=found.tree)


def _is_automagic(text: str) -> bool:
    return text.split(maxsplit=1)[0] in _AUTOMAGIC


def _dedented(text: str) -> str:
    """Return a cell without what IPython takes away: prompts that were copied, indentation of the whole."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    if _PROMPT.match(first.lstrip()):
        text = _PROMPT.sub("", text)
        first = next((line for line in text.split("\n") if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip())]
    return re.sub(rf"(?m)^{indent}", "", text) if indent else text


def _parsed(text: str) -> Typed:
    magics = tuple(sorted(_cell_magics(text), key=lambda magic: magic.start))
    if not magics or magics[-1].kind == "around":
        begin = magics[-1].end if magics else 0
        magics += tuple(_inner_magics(text, begin))
    python = _masked(text, magics)
    try:
        tree = ast.parse(python)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        if any(magic.inline for magic in magics):
            return _without_inline(text, magics)
        return Typed(text, python, magics)
    return Typed(text, python, magics, tree=tree)


def _without_inline(text: str, magics: tuple[Magic, ...]) -> Typed:
    """Mask the statements that magics run, too: ``%time for x in y: ...`` cannot follow another on its line."""
    whole = tuple(_whole(text, magic) if magic.inline else magic for magic in magics)
    python = _masked(text, whole)
    try:
        return Typed(text, python, whole, tree=ast.parse(python))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Typed(text, python, whole)


def _whole(text: str, magic: Magic) -> Magic:
    end = _line_end(text, magic.end)
    return Magic(magic.start, end, magic.kind, magic.name, text[magic.end : end].strip())


def _cell_magics(text: str) -> Iterator[Magic]:
    """Yield the cell magics at the top; the last one may take the whole rest as its body."""
    place = len(text) - len(text.lstrip())
    while match := _CELL.match(text, place):
        name, rest = match["name"], match["rest"].strip()
        if name not in _AROUND:
            yield Magic(place, len(text), "cell", name, rest, text[match.end() + 1 :])
            return
        yield Magic(place, match.end(), "around", name, rest)
        place = match.end() + 1
        place += len(text[place:]) - len(text[place:].lstrip())


def _inner_magics(text: str, begin: int) -> Iterator[Magic]:
    for start, indent in _statement_starts(text, begin):
        magic = _magic_at(text, start, indent)
        if magic is not None:
            yield magic


def _magic_at(text: str, start: int, indent: bool) -> Magic | None:  # noqa: FBT001 - where it stands
    end = _line_end(text, start)
    line = text[start:end]
    if _HELP.match(line) or (line[0] == "?" and line.strip("? ")):
        return Magic(start, end, "help", rest=line)
    if assigned := _ASSIGNED.match(line):
        place = start + assigned.start("escape")
        return _escaped(text, place, end, assigned["target"].strip())
    if line[0] in "%!":
        return _escaped(text, start, end, "")
    if line[0] in ",;/" and not indent and len(line) > 1 and (line[1].isalpha() or line[1] == "_"):
        return Magic(start, end, "call", line[0], line[1:].strip())
    return None


def _escaped(text: str, start: int, end: int, target: str) -> Magic | None:
    said = re.sub(r"\\\n", " ", text[start:end])
    if said.startswith("!"):
        return Magic(start, end, "shell", rest=said.lstrip("!").strip(), target=target)
    inline = _INLINE_CALL.match(text, start, end)
    if inline and inline["name"] in _INLINE and not target and inline.end() - start > 1:
        return Magic(start, inline.end(), "line", inline["name"], inline=True)
    name, _, rest = said.lstrip("%").strip().partition(" ")
    return Magic(start, end, "line", name, rest.strip(), target=target) if name else None


def _line_end(text: str, start: int) -> int:
    """Return where the line that a place is in ends, with the lines that a backslash joins to it."""
    end = text.find("\n", start)
    while end > 0 and text[end - 1] == "\\":
        end = text.find("\n", end + 1)
    return len(text) if end < 0 else end


def _statement_starts(text: str, begin: int) -> Iterator[tuple[int, bool]]:
    """Yield where statements may begin: the first signs of lines that stand in no bracket and no text."""
    place, depth, fresh = begin, 0, True
    while place < len(text):
        sign = text[place]
        if fresh and depth == 0 and not sign.isspace() and sign != "#":
            yield place, place > 0 and text[place - 1] in " \t"
            if sign in _ESCAPES or _magic_at(text, place, indent=False) is not None:
                place, fresh = _line_end(text, place), True
                continue
            fresh = False
        place, depth, fresh = _step(text, place, depth, fresh=fresh)


def _step(text: str, place: int, depth: int, *, fresh: bool) -> tuple[int, int, bool]:
    """Go over one sign, comment or text; return where that ends, how deep in brackets, whether a line begins there."""
    sign = text[place]
    if sign == "#":
        end = text.find("\n", place)
        return (len(text) if end < 0 else end), depth, fresh
    if (string := _STRING.match(text, place)) and not (place and (text[place - 1].isalnum() or text[place - 1] == "_")):
        return _string_end(text, string.end(), string[1]), depth, fresh
    if sign == "\\":
        return place + 2, depth, fresh
    depth = max(0, depth + (sign in "([{") - (sign in ")]}"))
    return place + 1, depth, sign == "\n" or (fresh and sign.isspace())


def _string_end(text: str, place: int, quote: str) -> int:
    while place < len(text):
        if text[place] == "\\":
            place += 2
        elif text.startswith(quote, place):
            return place + len(quote)
        elif text[place] == "\n" and len(quote) == 1:
            return place
        else:
            place += 1
    return len(text)


def _masked(text: str, magics: tuple[Magic, ...]) -> str:
    parts, place = [], 0
    for magic in magics:
        kept = "#" if magic.kind in {"around", "cell"} else "0;" if magic.inline else "0"
        said = text[magic.start + len(kept) : magic.end]
        parts += [text[place : magic.start], kept, re.sub(r"[^\n]", " ", said)]
        place = magic.end
    return "".join([*parts, text[place:]])
