"""Any value to JSON: faithful where JSON or a tag can hold it, a marked and bounded description where not.

Three promises: nothing here ever raises, nothing here runs the user's code, and no result is longer than ``LIMIT``.

The second needs care, because ``repr``, ``len``, ``isinstance`` and every dot may call a method the user wrote, which
may raise, lie or never come back - and a thread cannot be interrupted. So a value is known by ``type(value)`` alone,
and its parts are read with the methods of the built-in it derives from: ``dict.items(value)``, never
``value.items()``. An object of any other class is described by its class and the plain scalars in its ``__dict__``:
``RBF(length_scale=1.0)`` says more than a ``repr`` with an address in it, is the same in every execution, and costs
microseconds for any estimator.
"""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from enum import Enum
from hashlib import sha256
from json import dumps
from json.encoder import encode_basestring_ascii as _quoted
from types import BuiltinFunctionType, FunctionType, MethodType, SimpleNamespace
from typing import Any, Final

from nbtrack.model.tagged import Described, Json
from nbtrack.record.cutting import head
from nbtrack.record.foreign import Tagged, is_clock, reducer
from nbtrack.record.redact import redact
from nbtrack.record.unasked import class_member, class_name, derives, full_name, instance_dict, stored

LIMIT: Final = 32 * 1024  # bytes of JSON text; a longer value belongs in an object of its own
KEY_LIMIT: Final = 512  # bytes of UTF-8
DEPTH: Final = 64

_HEAD = 1024  # bytes kept of a text that is too long
_BYTES = 64  # and of bytes
_ROOM = LIMIT - 12 * 1024  # what a container may fill; the rest is for its last item and the marks of what was cut
_EXACT = 1 << 53  # integers beyond lose digits in readers that know only doubles
_DIGITS = 13_000  # bits, fewer than 4,000 digits: more take quadratic time to write and are refused by readers
_INF = float("inf")
_WRITTEN: Final = frozenset({bool, int, float, str, type(None)})


def to_json(value: object) -> Json:
    """Return ``value`` as JSON; ``model.tagged.untag`` gives it back wherever it can be told faithfully.

    >>> to_json({"lr": 0.1, "betas": (0.9, float("inf"))})
    {'lr': 0.1, 'betas': [0.9, {'$f': 'inf'}]}
    >>> to_json(lambda: 0)
    {'$repr': 'nbtrack.record.values.<lambda>', 'type': 'function'}
    """
    try:
        return _Walk().json(value, 0)
    except RecursionError:  # the caller's stack is all but full
        return {"$repr": "…", "type": "object"}


def number(value: object) -> Json | None:
    """Return the JSON of one real number - int, float, Decimal, a library's 0-d scalar, bool as 0 or 1 - or None.

    >>> number(0.5), number(float("nan")), number(True), number("0.5"), number([0.5])
    (0.5, {'$f': 'nan'}, 1, None, None)
    """
    if type(value) is float:
        return value if -_INF < value < _INF else _float(value)
    try:
        return _numeric(value)
    except Exception:  # noqa: BLE001 - a tensor without data, an array being traced: there is no number to be had
        return None


def key(text: object) -> str:
    """Return ``text`` as a name of at most ``KEY_LIMIT`` bytes; different names stay different.

    Control characters are data and stay. A longer name is cut and closed with a hash of the whole. What is no text
    becomes it: a number its digits, an enum member its value, any other object its description.
    """
    name = text if type(text) is str else _name(text)
    return name if len(name) <= KEY_LIMIT // 4 else _fitting(name)


def _fitting(name: str) -> str:
    raw = name.encode("utf-8", "surrogatepass")
    if len(raw) <= KEY_LIMIT:
        return name
    kept = head(name, KEY_LIMIT - 16)
    whole = kept.encode("utf-8", "surrogatepass") if "[redacted:" in kept else raw  # or others could guess by the hash
    mark = f"…{sha256(whole).hexdigest()[:12]}"
    while len(kept.encode("utf-8", "surrogatepass")) > KEY_LIMIT - 16:
        kept = kept[:-1]
    return kept + mark


def as_label(value: object) -> str:
    """Return what a key or a column is called: as Python and well-known libraries write it, any other by its ``key``.

    >>> as_label("acc"), as_label(3), as_label(("a", 1)), as_label(Enum("Model", {"A": "svm"}).A)
    ('acc', '3', "('a', 1)", 'svm')
    """
    kind = type(value)
    if kind is str:
        return value  # type: ignore[return-value]  # just asked
    plain = kind in _WRITTEN or (kind is tuple and all(type(each) in _WRITTEN for each in value))  # type: ignore[attr-defined]  # a tuple
    try:
        return str(value) if plain or reducer(kind) is not None else key(value)
    except Exception:  # noqa: BLE001 - a number of more digits than Python writes, a library's in an odd state
        return key(value)


def _name(value: object) -> str:
    told = to_json(value)
    if isinstance(told, dict) and len(told) <= len(("$repr", "type")):
        told = next((text for tag, text in told.items() if tag in ("$repr", "$i", "$d", "$t", "$f")), told)
    return told if isinstance(told, str) else str(told) if isinstance(told, int | float | None) else dumps(told)


def _numeric(value: Any) -> Json | None:
    kind = type(value)
    handler = _inherited(kind)
    if handler is None:
        reduce = reducer(kind)
        plain = reduce(value) if reduce else None
        return number(plain) if type(plain) is not kind else None
    told = handler(_Walk(), value, 0) if handler in _NUMBERS else None
    if type(told) is bool:
        return int(told)
    tagged = type(told) is dict and any(tag in told for tag in ("$d", "$f", "$i"))
    return told if tagged or type(told) in (int, float) else None


class _Walk:
    """One value on its way to JSON: the room left for it, and the containers it is inside of."""

    __slots__ = ("inside", "room")

    def __init__(self) -> None:
        self.room = _ROOM
        self.inside: set[int] = set()

    def json(self, value: object, depth: int) -> Json:
        """Return the JSON of ``value``, whatever it is."""
        try:
            return (_inherited(type(value)) or _object)(self, value, depth)
        except Exception:  # noqa: BLE001 - total by promise: what fights back is described by its class
            return _described(f"<{full_name(type(value))} object>", full_name(type(value)))

    def item(self, value: object, depth: int) -> Json:
        """Return the JSON of a part of a container, paid for from the room that is left."""
        told = self.json(value, depth)
        self.room -= _cost(told)
        return told

    def items(self, values: Iterable[object], total: int, depth: int) -> list[Json]:
        """Return the parts of a container while there is room, then a mark that says how many were left out."""
        found: list[Json] = []
        for value in values:
            if self.room <= 0:
                return [*found, _more(total - len(found))]
            found.append(self.item(value, depth))
        return found

    def once(self, value: object, depth: int, tell: Callable[[], Json]) -> Json:
        """Tell a container, unless it is inside itself or too deep."""
        if id(value) in self.inside or depth >= DEPTH:
            return _described("…", full_name(type(value)))
        self.inside.add(id(value))
        try:
            return tell()
        finally:
            self.inside.discard(id(value))


Handler = Callable[[_Walk, Any, int], Json]


def _described(text: str, kind: str) -> Json:
    return {"$repr": _cut(text), "type": _cut(kind)}


def _cut(text: str) -> str:
    if len(text) <= _HEAD // 12:  # the most that one character takes: two escapes of six bytes
        return text
    if len(text) <= _HEAD and len(_quoted(text)) <= _HEAD + 2:
        return text
    kept = head(text, _HEAD)
    while len(_quoted(kept)) > _HEAD + 2:
        kept = kept[: len(kept) * 3 // 4]
    return f"{kept}… ({len(text):,} characters)"


def _more(count: int) -> Json:
    return {"$repr": f"… {count:,} more", "type": "cut"}


def _cost(told: Json) -> int:
    """Return about how many bytes a value takes; the parts of a container have been paid for one by one."""
    if type(told) is str:
        return len(_quoted(told)) + 2
    if type(told) is dict and len(told) <= len(("$repr", "type")):
        return 24 + sum(len(_quoted(part)) for part in told.values() if type(part) is str)
    return 28


# What each kind of value becomes


def _itself(_walk: _Walk, value: Any, _depth: int) -> Json:
    return value  # type: ignore[no-any-return]  # None, True or False


def _float(value: float) -> Json:
    if -_INF < value < _INF:
        return value
    return {"$f": "inf" if value > 0 else "-inf" if value < 0 else "nan"}


def _real(_walk: _Walk, value: Any, _depth: int) -> Json:
    return _float(float.__float__(value))


def _integer(_walk: _Walk, value: Any, _depth: int) -> Json:
    exact = int.__int__(value)
    if -_EXACT <= exact <= _EXACT:
        return exact
    bits = exact.bit_length()
    if bits <= _DIGITS:
        return {"$i": str(exact)}
    return _described(f"{'-' if exact < 0 else ''}{abs(exact) >> (bits - 64):#x}… ({bits:,} bits)", "int")


def _text(walk: _Walk, value: Any, depth: int) -> Json:
    text = str.__str__(value)
    room = LIMIT if depth == 0 else walk.room
    return text if len(text) <= room and len(_quoted(text)) <= room else _described(text, "str")


def _bytes(_walk: _Walk, value: Any, _depth: int) -> Json:
    view = memoryview(value)
    if view.nbytes <= _BYTES:
        return _described(repr(bytes(view)), full_name(type(value)))
    clean, secrets = redact(repr(bytes(view[:4096])))
    start = clean[:_BYTES] if secrets else repr(bytes(view[:_BYTES]))
    return _described(f"{start}… ({view.nbytes:,} bytes)", full_name(type(value)))


def _complex(_walk: _Walk, value: Any, _depth: int) -> Json:
    return _described(complex.__repr__(value), "complex")


def _range(_walk: _Walk, value: Any, _depth: int) -> Json:
    return _described(repr(value), "range")


def _array_of(base: Any) -> Handler:
    """Return the handler of a built-in sequence and its subclasses, read with the built-in's own methods."""

    def tell(walk: _Walk, value: Any, depth: int) -> Json:
        return walk.once(value, depth, lambda: walk.items(base.__iter__(value), base.__len__(value), depth + 1))

    return tell


def _tuple(walk: _Walk, value: Any, depth: int) -> Json:
    fields = class_member(type(value), "_fields")
    if type(fields) is tuple and len(fields) == tuple.__len__(value):
        return _mapping(walk, dict(zip(fields, tuple.__iter__(value), strict=True)), depth)
    return _array_of(tuple)(walk, value, depth)


def _set_of(base: Any) -> Handler:
    def tell(walk: _Walk, value: Any, depth: int) -> Json:
        found = _array_of(base)(walk, value, depth)
        return sorted(found, key=_order) if type(found) is list else found

    return tell


def _order(told: Json) -> tuple[bool, float, str]:
    """Numbers by size, then the rest by their text: a set is told in the same order every time."""
    return (False, told, "") if isinstance(told, int | float) else (True, 0, dumps(told))


def _mapping(walk: _Walk, value: Any, depth: int) -> Json:
    return walk.once(value, depth, lambda: _pairs(walk, value, depth))


def _pairs(walk: _Walk, value: dict[Any, Any], depth: int) -> Json:
    found: list[tuple[Any, Json]] = []
    for name, item in dict.items(value):
        if walk.room <= 0:
            break
        walk.room -= 4 + (len(_quoted(name[:KEY_LIMIT])) if type(name) is str else 24)
        found.append((name, walk.item(item, depth + 1)))
    more = _more(dict.__len__(value) - len(found)) if len(found) < dict.__len__(value) else None
    if all(type(name) is str and not name.startswith("$") for name, _ in found):
        return {key(name): told for name, told in found} | ({"…": more} if more else {})
    pairs: list[Json] = [[walk.item(name, depth + 2), told] for name, told in found]
    return {"$map": [*pairs, ["…", more]] if more else pairs}


def _enum(walk: _Walk, value: Any, depth: int) -> Json:
    """Tell a member by its value if that is text or it is a number itself, else by its name.

    A value that is neither was most likely chosen by ``auto()`` and means nothing.
    """
    content = stored(value, "_value_")
    telling = type(content) is str or (type(content) in (int, float) and derives(type(value), type(content)))
    return walk.json(content if telling else stored(value, "_name_"), depth)


def _moment(_walk: _Walk, value: Any, _depth: int) -> Json:
    """Tell a date or time. The rules of a zone class nobody knows are code, so they stay unasked."""
    kind = type(value)
    zone = value.tzinfo if kind is not date else None
    if zone is not None and not is_clock(type(zone)):
        return _described(f"{value.replace(tzinfo=None).isoformat()} {class_name(type(zone))}", full_name(kind))
    text = value.isoformat()
    return {"$t": text[:-6] + "Z" if kind is datetime and text.endswith("+00:00") else text}


def _code(_walk: _Walk, value: Any, _depth: int) -> Json:
    """Name a function by where it is defined."""
    function = value.__func__ if type(value) is MethodType else value
    if type(function) not in (FunctionType, BuiltinFunctionType):
        return _described("<method object>", "method")
    name = function.__qualname__ if type(function) is FunctionType else function.__name__
    module = function.__module__
    is_named = type(module) is str and module != "builtins"
    return _described(f"{module}.{name}" if is_named else name, class_name(type(value)))


def _class(_walk: _Walk, value: Any, _depth: int) -> Json:
    return _described(full_name(value), "type")


def _namespace(walk: _Walk, value: Any, depth: int) -> Json:
    return _mapping(walk, instance_dict(value), depth)


def _tagged(_walk: _Walk, value: Tagged, _depth: int) -> Json:
    return value.json


def _description(_walk: _Walk, value: Described, _depth: int) -> Json:
    return _described(value.text, value.type)


def _object(walk: _Walk, value: Any, depth: int) -> Json:
    """Tell an object of a class that is no built-in: a library's, a dataclass, or anything at all."""
    kind = type(value)
    if (reduce := reducer(kind)) is not None:
        plain = reduce(value)
        return (
            walk.json(plain, depth) if type(plain) is not kind else _described(f"<{full_name(kind)}>", full_name(kind))
        )
    fields = class_member(kind, "__dataclass_fields__")
    if type(fields) is dict:
        return walk.once(value, depth, lambda: _pairs(walk, {name: stored(value, name) for name in fields}, depth))
    if full_name(kind) == "argparse.Namespace":
        return _namespace(walk, value, depth)
    return _attributes(value, kind)


def _attributes(value: object, kind: type) -> Json:
    parts = [f"{name}={_brief(item)}" for name, item in dict.items(instance_dict(value)) if _is_brief(name, item)]
    if not parts:
        return _described(f"<{full_name(kind)} object>", full_name(kind))
    rest = ", …" if len(parts) > 12 else ""
    return _described(f"{class_name(kind)}({', '.join(parts[:12])}{rest})", full_name(kind))


def _is_brief(name: object, item: object) -> bool:
    """Tell whether an attribute is a setting: a scalar, not private, not learned (scikit-learn's ``coef_``)."""
    if type(name) is not str or name.startswith("_") or name.endswith("_"):
        return False
    return item is None or type(item) in (bool, float, str) or (type(item) is int and item.bit_length() <= 64)


def _brief(item: object) -> str:
    return repr(item) if type(item) is not str or len(item) <= 60 else repr(head(item, 60)) + "…"


_KINDS: Final[dict[type, Handler]] = {
    Enum: _enum,  # first: a member may be a str or an int as well
    float: _real,
    int: _integer,
    str: _text,
    dict: _mapping,
    list: _array_of(list),
    tuple: _tuple,
    set: _set_of(set),
    frozenset: _set_of(frozenset),
    deque: _array_of(deque),
    bytes: _bytes,
    bytearray: _bytes,
    complex: _complex,
    type: _class,
}
_EXACTLY: Final[dict[type, Handler]] = {
    type(None): _itself,
    bool: _itself,
    range: _range,
    datetime: _moment,
    date: _moment,
    time: _moment,
    FunctionType: _code,
    BuiltinFunctionType: _code,
    MethodType: _code,
    SimpleNamespace: _namespace,
    Tagged: _tagged,
    Described: _description,
}
_BY_ID: Final = {id(kind): handler for kind, handler in (_KINDS | _EXACTLY).items()}  # a metaclass may forbid hashing
_NUMBERS: Final[frozenset[Handler]] = frozenset({_real, _integer, _itself, _enum, _tagged})


def _inherited(kind: type) -> Handler | None:
    """Return the handler of a built-in class or a subclass of one."""
    exact = _BY_ID.get(id(kind))
    return exact or next((handler for base, handler in _KINDS.items() if derives(kind, base)), None)
