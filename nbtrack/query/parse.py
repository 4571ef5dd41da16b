"""From the text of a filter to its tree, or a ``FilterError`` that points at the place."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, cast

from nbtrack.query.caret import filter_error, shown
from nbtrack.query.syntax import (
    ATTRIBUTES,
    RUN,
    SPACES,
    AllOf,
    Among,
    AnyOf,
    Comparison,
    Filter,
    Missing,
    Name,
    Negated,
    OrderBy,
    Resembles,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lark import Lark, Token
    from lark.exceptions import UnexpectedInput

    from nbtrack.query.syntax import Likeness, Operator, Test

MAX_LENGTH: Final = 10_000
MAX_DEPTH: Final = 50
_ORDER: Final = "order by "
_MAX_DIGITS: Final = 400

# MLflow's words for what nbtrack calls otherwise, without case, blanks and underscores.
_ALIASES: Final = {
    "runid": "id",
    "runuuid": "id",
    "runname": "name",
    "starttime": "started",
    "created": "started",
    "endtime": "ended",
    "experimentname": "experiment",
    "experimentid": "experiment",
}
_WORDS: Final = {
    "OR": "`or`",
    "AND": "`and`",
    "NOT": "`not`",
    "IN": "`in`",
    "LIKE": "`like`",
    "IS": "`is null`",
    "NULL": "`null`",
    "ORDER": "`order by`",
    "BY": "`by`",
    "LIMIT": "`limit`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "COMMA": "`,`",
    "PATH": "a name such as `metrics.accuracy`",
    "OPERATOR": "a comparison (`=`, `!=`, `<`, `<=`, `>`, `>=`)",
    "NUMBER": "a number",
    "STRING": "a text in quotes",
    "$END": "the end",
}
# What people write who think in Python, C or SQL: the words here, where these are expected.
_MEANT: Final = {
    "&": ("and", "AND"),
    "&&": ("and", "AND"),
    "|": ("or", "OR"),
    "||": ("or", "OR"),
    "!": ("not", "NOT"),
    "none": ("is null", "STRING"),
    "null": ("is null", "STRING"),
}
_OPERATORS: Final = {"==": "=", "<>": "!="}
_SEGMENT = re.compile(r'"(?:[^"]|"")*"|`(?:[^`]|``)*`|[^.`"]+')


@lru_cache(maxsize=256)
def parse(text: str) -> Filter:
    """Return what ``text`` asks for; parsed once, kept for the next time.

    >>> parse("params.lr < 1e-2 AND metric.acc >= .9 ORDER BY metrics.f1 DESC").order
    (OrderBy(name=Name(space='metrics', key='f1'), descending=True),)

    Raises:
        FilterError: it cannot be understood; the message says why and points at the place.
    """
    if len(text) > MAX_LENGTH:
        message = f"a filter has at most {MAX_LENGTH:,} characters; this one has {len(text):,}"
        raise filter_error(message, text, MAX_LENGTH)
    try:
        return _tree(text)
    except _Refusal as refusal:
        raise filter_error(refusal.message, text, refusal.at) from None


def _tree(text: str) -> Filter:
    from lark.exceptions import UnexpectedInput  # noqa: PLC0415 - lark is imported when the first filter is read

    try:
        return cast("Filter", _grammar(_Builder).parse(text))
    except UnexpectedInput as error:
        raise _Refusal(*_explained(error, text)) from None


def parse_order(text: str) -> tuple[OrderBy, ...]:
    """Return the keys of ``order_by="-metrics.f1"`` or ``"metrics.f1 desc, name"``."""
    found = [key for part in _top_level_commas(text) for key in _keys(part, text)]
    return tuple(found)


def _keys(part: re.Match[str], text: str) -> Iterator[OrderBy]:
    """Read one key as the filter language does; what is wrong is shown in the text that the user wrote."""
    key = part.group()
    body = key.strip()
    descending = body.startswith("-")
    body = body[1:].strip() if descending else body
    if not body:
        raise filter_error("expected a name to order by, such as `-metrics.accuracy`", text, part.end())
    shift = part.start() + key.find(body) - len(_ORDER)
    try:
        tree = _tree(f"{_ORDER}{body}{' desc' if descending else ''}")
    except _Refusal as refusal:
        raise filter_error(refusal.message, text, min(refusal.at + shift, part.end())) from None
    for each in tree.order:
        yield OrderBy(replace(each.name, at=each.name.at + shift), each.descending)


def _top_level_commas(text: str) -> Iterator[re.Match[str]]:
    """Split at commas outside quotes; blank text is one blank part."""
    return re.finditer(r'(?:[^,"`]|"[^"]*"|`[^`]*`|["`])+|^$', text)


class _Refusal(Exception):
    """Something that parses but is not allowed."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


@cache
def _grammar(builder: Callable[[], object]) -> Lark:
    from lark import Lark  # noqa: PLC0415 - same

    grammar = files("nbtrack.query").joinpath("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", transformer=builder(), maybe_placeholders=False)


class _Builder:
    """Builds the tree bottom-up while lark parses, so that no depth of nesting costs recursion."""

    def start(self, parts: list[object]) -> Filter:
        order: tuple[OrderBy, ...] = ()
        where, limit = None, None
        for part in parts:
            if isinstance(part, tuple):
                order = part
            elif isinstance(part, int):
                limit = part
            else:
                where = cast("Test", part)
        return Filter(where, order, limit)

    def any_of(self, parts: list[Test | Token]) -> Test:
        return AnyOf(*_joined(parts))

    def all_of(self, parts: list[Test | Token]) -> Test:
        return AllOf(*_joined(parts))

    def negated(self, parts: list[Test | Token]) -> Test:
        word, part = cast("tuple[Token, Test]", parts)
        return Negated(part, _deeper(part, _at(word)))

    def group(self, parts: list[Test]) -> Test:
        (part,) = parts
        return part

    def comparison(self, parts: list[Token | Value]) -> Test:
        path, operator, value = cast("tuple[Token, Token, Value]", parts)
        return Comparison(_name(path), cast("Operator", _OPERATORS.get(operator, str(operator))), value)

    def among(self, parts: list[Token | Value]) -> Test:
        path, _, *values = parts
        return Among(_name(cast("Token", path)), tuple(cast("list[Value]", values)))

    def not_among(self, parts: list[Token | Value]) -> Test:
        path, _, _, *values = parts
        return Among(_name(cast("Token", path)), tuple(cast("list[Value]", values)), negated=True)

    def resembles(self, parts: list[Token]) -> Test:
        path, word, pattern = parts
        return Resembles(_name(path), cast("Likeness", word.lower()), _unquoted(pattern))

    def not_resembles(self, parts: list[Token]) -> Test:
        path, _, word, pattern = parts
        return Resembles(_name(path), cast("Likeness", word.lower()), _unquoted(pattern), negated=True)

    def missing(self, parts: list[Token]) -> Test:
        return Missing(_name(parts[0]))

    def present(self, parts: list[Token]) -> Test:
        return Missing(_name(parts[0]), negated=True)

    def order(self, parts: list[Token | OrderBy]) -> tuple[OrderBy, ...]:
        return tuple(part for part in parts if isinstance(part, OrderBy))

    def key(self, parts: list[Token]) -> OrderBy:
        return OrderBy(_name(parts[0]), descending=len(parts) > 1 and parts[1].type == "DESC")

    def limit(self, parts: list[Token]) -> int:
        number = parts[1]
        if not number.isdecimal() or len(number) > 18:
            raise _Refusal(f"limit needs a whole number of runs, not {number}", _at(number))
        return int(number)

    def value(self, parts: list[Token]) -> Value:
        (token,) = parts
        match token.type:
            case "NUMBER":
                return Value(_number(token), _at(token))
            case "STRING":
                return Value(_unquoted(token), _at(token))
        return Value(token.type == "TRUE", _at(token))


def _at(token: Token) -> int:
    return token.start_pos or 0


def _joined(parts: list[Test | Token]) -> tuple[tuple[Test, ...], int]:
    """Return the tests around the words that join them, and how deep they nest together."""
    tests = tuple(cast("Test", part) for part in parts[::2])
    at = _at(cast("Token", parts[1]))
    return tests, max(_deeper(test, at) for test in tests)


def _depth(part: Test) -> int:
    return part.depth if isinstance(part, (AllOf, AnyOf, Negated)) else 0


def _deeper(part: Test, at: int) -> int:
    if _depth(part) >= MAX_DEPTH:
        raise _Refusal(f"a filter nests at most {MAX_DEPTH} levels deep", at)
    return _depth(part) + 1


def _number(token: Token) -> int | float:
    whole = token.lstrip("+-").isdecimal() and len(token) <= _MAX_DIGITS
    return int(token) if whole else float(token)


def _unquoted(token: str) -> str:
    quote = token[0]
    return token[1:-1].replace(quote * 2, quote)


def _name(token: Token) -> Name:
    """Split ``params."my lr"`` into its namespace and key; what has no known namespace is an attribute of the run."""
    head, dot, rest = token.partition(".")
    space = SPACES.get(head.lower())
    if space is None or not dot:
        return _attribute(_key(token), _at(token))
    at = _at(token) + len(head) + 1
    key = _key(rest)
    return _attribute(key, at) if space == RUN else Name(space, key, at)


def _key(path: str) -> str:
    pieces = _SEGMENT.findall(path)
    return ".".join(_unquoted(piece) if piece[0] in '"`' else piece for piece in pieces)


def _attribute(key: str, at: int) -> Name:
    plain = re.sub(r"[\s_]", "", key.lower())
    known = _ALIASES.get(plain) or (plain if plain in ATTRIBUTES else None)
    return Name(RUN, known or key, at)


def _explained(error: UnexpectedInput, text: str) -> tuple[str, int]:
    """Return message and position for what lark could not read."""
    at = _place(error, text)
    rest = text[at:]
    if rest[:1] in {"'", '"', "`"} and rest.count(rest[0]) % 2:
        return f"the text that starts here has no closing {rest[0]}", at
    word = re.match(r"[\w.]+|&&|\|\||\S", rest)
    sentence = _sentence(word.group() if word else "", _expected(error))
    return sentence.replace("`is null`?", "`is not null`?") if text[:at].rstrip().endswith(
        ("!=", "<>")
    ) else sentence, at


def _place(error: UnexpectedInput, text: str) -> int:
    """Return where it went wrong; lark gives the last token's place when the text ends too early."""
    token = getattr(error, "token", None)
    ended = token is not None and token.type == "$END"
    at: int | None = getattr(error, "pos_in_stream", None)
    return len(text.rstrip()) if ended or at is None else at


def _expected(error: UnexpectedInput) -> set[str]:
    """Return the terminals that could have stood there, as exactly as lark can tell."""
    for kind in ("accepts", "allowed", "expected"):
        if names := getattr(error, kind, None):
            return set(names)
    return set()


def _sentence(found: str, expected: set[str]) -> str:
    where = f"at `{shown(found)}`" if found else "at the end"
    message = f"expected {_listed(expected)} {where}"
    words = [word.lower() for word in expected if word in {"LIKE", "ILIKE", "CONTAINS", "AND", "OR", "ORDER", "LIMIT"}]
    meant, where = _MEANT.get(found.lower(), ("", ""))
    if where in expected:
        return f"{message}; did you mean `{meant}`?"
    if near := get_close_matches(found.lower(), words, 1):
        return f"{message}; did you mean `{near[0]}`?"
    if "STRING" in expected and "NUMBER" in expected and found[:1].isalpha():
        return f"{message}; text needs quotes: '{shown(found)}'"
    return message


def _listed(expected: set[str]) -> str:
    words = [word for token, word in _WORDS.items() if token in expected]
    return " or ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words) or "something else"
