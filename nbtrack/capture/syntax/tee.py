"""The tee: watched expressions of a cell hand their value to the open run, wherever they stand, and return it.

``instrument.py``, an AST transformer, wraps ``accuracy_score(y, p)`` so that its value passes through ``tee("3f2a:7",
value)``. Positions are copied, so tracebacks and line numbers are those of the source. Outside a tracked cell the tee
returns its value, and that is all. A function compiled with it may travel - to a worker process, past ``%unload_ext`` -
where there is no tee: so it is looked up by name each time, with ``{}.setdefault``, which returns its second argument
too, in its place. ``torch.compile`` reads such a function as well, and has to find nothing that it cannot follow:
where there is torch, the words are others, and the tee is followed as far as it stands aside.
"""

import ast
import builtins
import itertools
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeVar

from nbtrack.capture.guard import own_line
from nbtrack.capture.guard.deadline import CONTAINED, SAFE, Inside, OutOfTime
from nbtrack.capture.syntax.loops import Pace
from nbtrack.capture.syntax.passing import Passing, Turn
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.walking import every_node
from nbtrack.record.program_signals import let_go

Value = TypeVar("Value")
Sink = Callable[["Site", object], None]
# In builtins, so that functions defined in a tracked cell survive %reset.
NAME: Final = "__nbtrack_tee__"
_PLACE: Final = ("lineno", "col_offset", "end_lineno", "end_col_offset")
# Calls that only change how a number is written; what is inside them keeps the name of what they are assigned to.
_THROUGH = frozenset({"round", "around", "float", "float64", "float32", "abs", "item"})


Kind = Literal["metric", "entries", "fit", "trainer", "receiver", "logs", "shown", "step", "item", "key", "over"]


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
    negated: bool = False  # that mean has a minus sign in front
    means: dict[str, str] = field(default_factory=dict)  # what the cell calls the means of its folds, one by one
    overwritten: frozenset[str] = frozenset()  # names that its loop computes again: their last value counts
    summed: bool = False  # only added to a sum, whose mean is the score
    sized: bool = False  # only the sentence around it speaks of its score: a whole number says how many
    share: bool = False  # a quotient in whole numbers: ``100 * hits // total``
    rare: bool = False  # under a condition of the loop around it: not every iteration has it
    depth: int = 0  # how many loops are around it
    around: tuple[Passing, ...] = ()  # the loops around, outermost first, that may pass over things with names
    own: Passing | Turn | None = None  # the loop of which this is an iteration, if it is one of those; or a call
    only: bool = False  # no other loop is around
    compiled: bool = False  # torch may compile the function around it
    filed: str = ""  # the loop's variable under which its value is put into the dictionary it is called after
    inmost: bool = False  # the loop right around it is the last of those
    metric: Passing | None = None  # the loop that passes over metrics, of which it asks one
    history: tuple[str, ...] = ()  # the dictionaries that a training is asked to fill
    renews: frozenset[str] = frozenset()  # what each iteration of this loop begins anew
    again: bool = False  # the same call stands before it in the same loop or function, and has run
    logged: bool = False  # told to another tracker; without a name, it is a dictionary of such numbers


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
            deadline = Inside()
            deadline.start(SECONDS)
            try:
                _sinks[-1](site, value)
            finally:
                deadline.stop()
    except CONTAINED as problem:  # nothing of ours leaves into a cell
        let_go(problem)
        _failures += MOST_FAILURES if isinstance(problem, OutOfTime) else 1
    return value


SAFE.add(tee.__code__)
own_line.ends_here(tee.__code__)


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


def trains(key: object) -> bool:
    """Tell whether a text in a function's code is the key of a watched training."""
    site = _sites.get(key) if type(key) is str else None
    return site is not None and site.kind == "fit"


def new_key() -> str:
    """Return a key for the next site."""
    return f"{_process}:{next(_numbers)}"


def wrapped(node: ast.expr, site: Site) -> ast.Call:
    """Return the expression with its value passing through the tee, all of it at the place of the expression."""
    at = _place_of(node)
    lookup = _followed(at) if site.compiled else _looked_up(at)
    return ast.Call(lookup, [ast.Constant(site.key, **at), node], [], **at)


def unrounded(node: ast.expr, site: Site) -> ast.expr:
    """Return the expression with its value passing through the tee, or what is rounded there for the eye."""
    match node:
        case ast.Call(func=ast.Name(id="round"), args=[inner, *digits]) if not isinstance(inner, ast.Starred):
            node.args = [wrapped(inner, site), *digits]
            return node
    return wrapped(node, site)


def step(place: ast.stmt, site: Site, *, over: bool) -> ast.stmt:
    """Return a statement that tells the tee of an iteration: no expression, which IPython might display."""
    at = _place_of(place)
    return ast.If(wrapped(ast.Constant(over, **at), site), [ast.Pass(**at)], [], **at)


def _place_of(node: ast.AST) -> Any:
    """Return where a node stands in the source, as the arguments of another one that is to stand there."""
    return {name: value for name in _PLACE if (value := getattr(node, name, None)) is not None}


def _looked_up(at: Mapping[str, Any]) -> ast.expr:
    """Return ``__import__("builtins").__dict__.get(NAME, {}.setdefault)``: of these names nobody makes another use."""
    load = ast.Load()
    # put together: parsing it takes three times as long
    builtin = ast.Call(ast.Name("__import__", load, **at), [ast.Constant("builtins", **at)], [], **at)
    get = ast.Attribute(ast.Attribute(builtin, "__dict__", load, **at), "get", load, **at)
    stand_in = ast.Attribute(ast.Dict([], [], **at), "setdefault", load, **at)
    return ast.Call(get, [ast.Constant(NAME, **at), stand_in], [], **at)


def _followed(at: Mapping[str, Any]) -> ast.expr:
    """Return the same in words that torch can follow, with the tee or without: by ``getattr``, if it is Python's own.

    Otherwise by ``__builtins__``, which is a module in a notebook and a dictionary where a function was sent to.

        getattr(getattr.__self__, NAME, lambda key, value: value)
        if getattr.__class__ is __build_class__.__class__ and getattr.__name__ == "getattr"
        else __builtins__.get(NAME, lambda key, value: value) if __builtins__.__class__ is {}.__class__
        else __builtins__.getattr(__builtins__, NAME, lambda key, value: value)
    """

    def name(word: str) -> ast.expr:
        return ast.Name(word, ast.Load(), **at)

    def member(of: ast.expr, word: str) -> ast.expr:
        return ast.Attribute(of, word, ast.Load(), **at)

    def asked(function: ast.expr, *given: ast.expr) -> ast.expr:
        words = ast.arguments([], [ast.arg("key", **at), ast.arg("value", **at)], None, [], [], None, [])
        return ast.Call(function, [*given, ast.Constant(NAME, **at), ast.Lambda(words, name("value"), **at)], [], **at)

    def alike(one: ast.expr, other: ast.expr) -> ast.expr:
        kinds = [member(each, "__class__") for each in (one, other)]
        return ast.Compare(kinds[0], [ast.Is()], [kinds[1]], **at)

    named = ast.Compare(member(name("getattr"), "__name__"), [ast.Eq()], [ast.Constant("getattr", **at)], **at)
    by_builtins = ast.IfExp(
        alike(name("__builtins__"), ast.Dict([], [], **at)),
        asked(member(name("__builtins__"), "get")),
        asked(member(name("__builtins__"), "getattr"), name("__builtins__")),
        **at,
    )
    return ast.IfExp(
        ast.BoolOp(ast.And(), [alike(name("getattr"), name("__build_class__")), named], **at),
        asked(name("getattr"), member(name("getattr"), "__self__")),
        by_builtins,
        **at,
    )


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
        elif node.args and not isinstance(node.args[0], ast.Constant):  # of ``x.round(2)``, how many digits
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
            func=ast.Call(args=[ast.Constant(value=name), _])
            | ast.IfExp(body=ast.Call(args=[_, ast.Constant(value=name), _])),
            args=[_, inner],
        ) if name == NAME:
            return inner
    return None


def written(node: ast.expr) -> str:
    """Return an expression as the person wrote it, without the tee."""
    text = ast.unparse(node)
    return ast.unparse(_Unwatched().visit(ast.parse(text, mode="eval"))) if NAME in text else text


class _Unwatched(ast.NodeTransformer):
    """Takes the tee out of a copy."""

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        """Leave out what tells where a comprehension has arrived: it is no condition of the person's own."""
        node.ifs = [each for each in node.ifs if not isinstance(handed_through(each), ast.Tuple)]
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Return what the tee hands through."""
        inner = handed_through(node)
        return self.visit(inner) if inner is not None else self.generic_visit(node)


def words(node: ast.Call) -> list[str]:
    """Return the names and options that tell a call from others of the same function."""
    parts = [node.func.value] if isinstance(node.func, ast.Attribute) else []
    found = [name for part in [*parts, *node.args] if (name := _first_name(part)) is not None]
    options = [k.value.value for k in node.keywords if isinstance(k.value, ast.Constant)]
    return [*found, *(option for option in options if isinstance(option, str))]


def _first_name(node: ast.expr) -> str | None:
    return next((inner.id for inner in every_node(node) if isinstance(inner, ast.Name)), None)
