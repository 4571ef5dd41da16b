"""The tee: watched expressions of a cell hand their value to the open run, wherever they stand, and return it.

``instrument.py``, an AST transformer, wraps ``accuracy_score(y, p)`` so that its value passes through ``tee("3f2a:7",
value)``. Positions are copied, so tracebacks and line numbers are those of the source. Outside a tracked cell the tee
returns its value, and that is all. A function compiled with it may travel - to a worker process, past ``%unload_ext`` -
where there is no tee: so it is looked up by name each time, with ``{}.setdefault``, which returns its second argument
too, in its place. ``torch.compile`` reads such a function as well, and has to find nothing that it cannot follow: it
follows ``getattr`` into builtins, and the tee as far as it stands aside.
"""

import ast
import builtins
import itertools
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from nbtrack.capture.guard.deadline import CONTAINED, SAFE, Deadline, OutOfTime
from nbtrack.capture.syntax.loops import Pace
from nbtrack.capture.syntax.passing import Passing, Turn
from nbtrack.capture.syntax.syntax import last_name

Value = TypeVar("Value")
Sink = Callable[["Site", object], None]
# In builtins, so that functions defined in a tracked cell survive %reset.
NAME: Final = "__nbtrack_tee__"
_PLACE: Final = ("lineno", "col_offset", "end_lineno", "end_col_offset")
# Calls that only change how a number is written; what is inside them keeps the name of what they are assigned to.
_THROUGH = frozenset({"round", "float", "float64", "float32", "abs", "item"})


Kind = Literal["metric", "fit", "trainer", "receiver", "shown", "step"]


@dataclass(slots=True)
class Site:
    """One watched expression: a call, a printed value, or an iteration of a loop. Its name decides on its value."""

    key: str  # unique over processes, because instrumented code may reach another kernel
    callee: str
    text: str
    words: tuple[str, ...]  # what tells this call from others of its name: receiver, arguments, options
    target: str | None  # the user's own name for the value, when it is assigned
    repeats: bool  # in a loop, comprehension or function: its values are a series
    inside: bool  # in a function: the caller may give its value another name
    kind: Kind
    receiver: str | None = None
    name: str = ""
    targets: tuple[str, ...] = ()  # the names its values are unpacked into
    label: str = ""  # the text it is printed behind
    pace: Pace | None = None  # of a loop
    picks: bool = False  # one of many that the cell has chosen: the best of a curve
    averaged: bool = False  # the person's name is that of the mean of its values
    overwritten: frozenset[str] = frozenset()  # names that its loop computes again: their last value counts
    share: bool = False  # a quotient in whole numbers: ``100 * hits // total``
    rare: bool = False  # under a condition of the loop around it: not every iteration has it
    depth: int = 0  # how many loops are around it
    around: tuple[Passing, ...] = ()  # the loops around, outermost first, that may pass over things with names
    own: Passing | Turn | None = None  # the loop of which this is an iteration, if it is one of those; or a call
    only: bool = False  # no other loop is around
    compiled: bool = False  # torch may compile the function around it
    filed: str = ""  # the loop's variable under which its value is put into the dictionary it is called after


_sites: dict[str, Site] = {}
_numbers = itertools.count()
_process = secrets.token_hex(4)
_sinks: list[Sink] = []
_installed = 0
_failures = 0
MOST_FAILURES: Final = 100  # in one cell; after that its values pass by
SECONDS: Final = 0.5


def tee(key: str, value: Value) -> Value:
    """Hand ``value`` to the open run and return it, whatever happens."""
    global _failures  # noqa: PLW0603 - a count for the card
    compiler = sys.modules.get("torch.compiler")
    if compiler is not None and getattr(compiler, "is_compiling", bool)():
        return value  # torch is reading the function: there are no values yet
    site = _sites.get(key) if _sinks else None
    if site is None or _failures >= MOST_FAILURES:
        return value
    try:
        if site.pace is None or site.pace.due(value):
            deadline = Deadline()
            deadline.start(SECONDS)
            try:
                _sinks[-1](site, value)
            finally:
                deadline.stop()
    except CONTAINED as problem:  # nothing of ours leaves into a cell
        _failures += MOST_FAILURES if isinstance(problem, OutOfTime) else 1
    return value


SAFE.add(tee.__code__)


def listen(sink: Sink) -> None:
    """Send values to ``sink`` from now on, and no longer to who listened before."""
    _sinks.append(sink)


def silence(sink: Sink) -> None:
    """Send nothing to ``sink`` any more; who listened before hears again."""
    if sink in _sinks:
        _sinks.remove(sink)


def failures() -> int:
    """Return how often a listener failed since this was last asked."""
    global _failures
    count, _failures = _failures, 0
    return count


def install() -> None:
    """Make the tee known to instrumented code; several shells may do so."""
    global _installed  # noqa: PLW0603 - a count of shells
    _installed += 1
    setattr(builtins, NAME, tee)


def uninstall() -> None:
    """Remove the tee with the last shell; functions compiled with it do without."""
    global _installed  # noqa: PLW0603 - same
    _installed = max(0, _installed - 1)
    if not _installed and hasattr(builtins, NAME):
        delattr(builtins, NAME)


def place(site: Site) -> Site:
    """Make a site known to the tee."""
    _sites[site.key] = site
    return site


def forget(site: Site) -> None:
    """Let the values of a site pass by from now on."""
    _sites.pop(site.key, None)


def scores(key: object) -> bool:
    """Tell whether a text in a function's code is the key of a watched score."""
    site = _sites.get(key) if type(key) is str else None
    return site is not None and site.kind == "metric"


def new_key() -> str:
    """Return a key for the next site."""
    return f"{_process}:{next(_numbers)}"


def wrapped(node: ast.expr, site: Site) -> ast.Call:
    """Return the expression with its value passing through the tee, all of it at the place of the expression."""
    at: Any = {name: value for name in _PLACE if (value := getattr(node, name, None)) is not None}
    load = ast.Load()
    name, otherwise = ast.Constant(NAME, **at), ast.Attribute(ast.Dict([], [], **at), "setdefault", load, **at)
    # put together: parsing it takes three times as long
    if site.compiled:  # ``getattr(getattr.__self__, NAME, {}.setdefault)``
        getter, again = ast.Name("getattr", load, **at), ast.Name("getattr", load, **at)
        lookup = ast.Call(getter, [ast.Attribute(again, "__self__", load, **at), name, otherwise], [], **at)
    else:  # ``__import__("builtins").__dict__.get(NAME, {}.setdefault)``: of these names nobody makes another use
        builtin = ast.Call(ast.Name("__import__", load, **at), [ast.Constant("builtins", **at)], [], **at)
        get = ast.Attribute(ast.Attribute(builtin, "__dict__", load, **at), "get", load, **at)
        lookup = ast.Call(get, [name, otherwise], [], **at)
    return ast.Call(lookup, [ast.Constant(site.key, **at), node], [], **at)


def target_word(target: ast.expr) -> str | None:
    """Return what a value assigned to ``target`` is called: ``acc``, or ``results.acc`` for ``results["acc"]``."""
    match target:
        case ast.Name(id=name):
            return name
        case ast.Tuple():
            return ""
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key))):
            return member(name, key)
    return None


def member(container: str, key: str) -> str:
    """Return the name of a container's entry; the words ``metrics`` and ``params`` go without saying."""
    return key if container in {"metrics", "params"} else f"{container}.{key}"


def through(node: ast.expr) -> ast.expr:
    """Return the call inside ``round(...)``, ``float(...)`` and the like, or the expression itself."""
    while isinstance(node, ast.Call):
        if (inner := handed_through(node)) is not None:
            node = inner
        elif last_name(node.func) not in _THROUGH:
            break
        elif node.args:
            node = node.args[0]
        elif isinstance(node.func, ast.Attribute):
            node = node.func.value
        else:
            break
    return node


def handed_through(node: ast.AST) -> ast.expr | None:
    """Return the call that ``node`` watches, or None when it is no tee."""
    match node:
        case ast.Call(
            func=ast.Call(args=[ast.Constant(value=name), _] | [_, ast.Constant(value=name), _]), args=[_, inner]
        ) if name == NAME:
            return inner
    return None


def written(node: ast.expr) -> str:
    """Return an expression as the person wrote it, without the tee."""
    text = ast.unparse(node)
    return ast.unparse(_Unwatched().visit(ast.parse(text, mode="eval"))) if NAME in text else text


class _Unwatched(ast.NodeTransformer):
    """Takes the tee out of a copy."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Return what the tee hands through."""
        inner = handed_through(node)
        return self.visit(inner) if inner is not None else self.generic_visit(node)
