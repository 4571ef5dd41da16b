"""What a loop tries out: the settings that it changes in each iteration, and those that it keeps as the best.

``for t in range(9): cfg = {"C": rng.uniform(0, 1)}; ...; if score > best: best, best_cfg = score, cfg`` tries nine
values of ``cfg["C"]``. The last of them is no setting of the run; ``best_cfg`` is what it has found.
"""

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from nbtrack.capture.syntax.walking import every_node, nodes_outside, of_kind, of_kinds

_LOOPS: Final = frozenset({ast.For, ast.AsyncFor})
_COMPREHENSIONS: Final = frozenset({ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp})
_SCOPES: Final = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda})
_DRAWN_FROM: Final = frozenset({"rng", "rs", "random", "generator", "trial"})
_DRAWING: Final = ("sample", "random", "draw", "suggest")
_MATHEMATICS: Final = frozenset({"np", "numpy", "math"})
_GRIDS: Final = frozenset("arange linspace logspace geomspace".split())
_PUTS_TOGETHER: Final = frozenset("dict zip int float str round list tuple bool abs min max pow".split())
WHOLE: Final = frozenset({"*"})


class Swept(NamedTuple):
    """A setting that a comprehension goes through: ``[Ridge(alpha=a) for a in alphas]``; by position it has no name."""

    callee: str
    keyword: str | None
    variable: str
    loop: ast.comprehension


@dataclass(slots=True)
class Trials:
    """What loops try: ``varied`` says which entries of a name change, ``*`` for all; ``kept`` what the best are of.

    What comprehensions go through, ``swept``, no variable holds when they are over.
    """

    varied: dict[str, frozenset[str]] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    swept: list[Swept] = field(default_factory=list)

    def varies(self, name: str, entry: str = "*") -> bool:
        """Tell whether a loop changes a name, or an entry of the dictionary that it holds."""
        return not self.varied.get(name, frozenset()).isdisjoint({"*", entry})


def trials(body: Sequence[ast.stmt]) -> Trials:
    """Return what the loops at the top of a cell try out, those inside ``with`` and the like included."""
    found = Trials()
    loops = [each for statement in body for each in _loops_in(statement)]
    for loop in loops:
        _read(loop, found)  # type: ignore[arg-type]  # of these classes
    made = [each for each in body if isinstance(each, ast.Assign) and loops and _is_grid(each.value)]
    grids = {part.id for each in made for part in each.targets if isinstance(part, ast.Name)}
    handed = {name for loop in loops for name in (*_handed(loop), *_over_grid(loop, grids))}  # type: ignore[arg-type]  # loops
    for name, source in [*found.kept.items()]:
        if source not in handed:
            del found.kept[name]  # ``best_epoch = epoch`` and ``best = score`` keep what nothing was set to
    return found


def _loops_in(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the loops in a statement, and that it is, in the order of the source; not those inside functions."""
    if statement.__class__ in _SCOPES or not of_kinds(every_node(statement), _LOOPS):
        return
    yield from (each for each in (statement, *nodes_outside(statement, _SCOPES)) if each.__class__ in _LOOPS)


def swept(nodes: Iterable[ast.AST]) -> Iterator[Swept]:
    """Yield the settings that comprehensions go through, by what these hand to calls."""
    for node in nodes:
        if node.__class__ in _COMPREHENSIONS:
            variables = {
                name: each
                for each in node.generators  # type: ignore[attr-defined]  # comprehensions have them
                for name in every_node(each.target).names
            }
            for call in of_kind(every_node(node), ast.Call):
                yield from _swept_by(call, variables)


def _swept_by(call: ast.Call, variables: Mapping[str, ast.comprehension]) -> Iterator[Swept]:
    callee = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    pairs = [(word.arg, word.value) for word in call.keywords]
    pairs += [(None, each) for each in call.args if callee[:1].isupper()]
    for keyword, value in pairs:
        if isinstance(value, ast.Name) and value.id in variables:
            yield Swept(callee, keyword, value.id, variables[value.id])


def _read(loop: ast.For | ast.AsyncFor, found: Trials) -> None:
    """Note what a loop goes through, and what it makes of that or draws, in the order of its statements."""
    found.varied.update({part.id: WHOLE for part in of_kind(every_node(loop.target), ast.Name)})
    conditions = {id(inner) for part in of_kind(every_node(loop), ast.If) for inner in every_node(part)}
    for node in nodes_outside(loop, _SCOPES):
        if isinstance(node, ast.Assign):
            for target, value in _pairs(node):
                _note(target, value, found, kept=id(node) in conditions)


def _note(target: ast.expr, value: ast.expr, found: Trials, *, kept: bool) -> None:
    match target:
        case ast.Name(id=name) if kept:
            found.kept.update(_sources(name, value, found))
        case ast.Name(id=name) if name not in every_node(value).names:
            if varying := frozenset(_varying(value, found)):
                found.varied[name] = varying
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(entry))):
            if not kept and set(_varying(value, found)):
                found.varied[name] = found.varied.get(name, frozenset()) | {entry}


def _sources(name: str, value: ast.expr, found: Trials) -> Iterator[tuple[str, str]]:
    """Yield what is kept of what varies: ``best_cfg = cfg``, ``best = {"score": s, "C": C}``, ``order = (p, 1, q)``."""
    match value:
        case ast.Name(id=source) if source in found.varied:
            yield name, source
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            varied = [part.id for part in parts if isinstance(part, ast.Name) and part.id in found.varied]
            yield from ((name, source) for source in varied[:1])
        case ast.Dict(keys=keys, values=values):
            for key, item in zip(keys, values, strict=True):
                if isinstance(item, ast.Name) and item.id in found.varied:
                    yield from ((f"{name}.{entry}", item.id) for entry in _key(key))
        case ast.Call(func=ast.Name(id="dict"), args=[inner]) | ast.Call(func=ast.Attribute(value=inner, attr="copy")):
            yield from _sources(name, inner, found)
        case ast.Call(func=ast.Attribute(attr="copy" | "deepcopy"), args=[inner]):
            yield from _sources(name, inner, found)


def _key(node: ast.expr | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and type(node.value) is str:
        yield node.value


def _varying(value: ast.expr, found: Trials) -> Iterator[str]:
    """Yield the entries of a written dictionary that change with the iteration, ``*`` for any other value that does."""
    match value:
        case ast.Dict(keys=keys, values=values):
            for key, item in zip(keys, values, strict=True):
                yield from _key(key) if _changes(item, found) else ()
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=words):
            yield from (word.arg for word in words if word.arg is not None and _changes(word.value, found))
        case _ if _changes(value, found):
            yield "*"


def _changes(value: ast.expr, found: Trials) -> bool:
    """Tell whether a value changes with the iteration, and is only put together: what is computed is a result."""
    parts = every_node(value)
    if not all(_is_drawn(part) or _is_plain(part) for part in of_kind(parts, ast.Call)):
        return False
    return any(_is_drawn(part) or (isinstance(part, ast.Name) and found.varies(part.id)) for part in parts)


def _is_plain(call: ast.Call) -> bool:
    function = call.func
    if isinstance(function, ast.Attribute):
        return isinstance(function.value, ast.Name) and function.value.id in _MATHEMATICS
    return isinstance(function, ast.Name) and function.id in _PUTS_TOGETHER


def _is_drawn(node: ast.AST) -> bool:
    """``rng.uniform(0, 1)``, ``np.random.choice(sizes)``, ``sample_config()``."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=receiver), attr=name)):
            return receiver in _DRAWN_FROM or name.startswith("suggest_")
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="random"))):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name.startswith(_DRAWING)
    return False


def _handed(loop: ast.AST) -> Iterator[str]:
    """Yield the names that calls are set by: ``SVC(C=C)``, ``Model(**cfg)``, ``Ridge(alpha)``, ``fit(cfg["C"])``."""
    for call in of_kind(every_node(loop), ast.Call):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        values = [word.value for word in call.keywords] + (call.args if name[:1].isupper() else [])
        for value in (*values, *call.args):
            if value in values:
                yield from (part.id for part in getattr(value, "elts", [value]) if isinstance(part, ast.Name))
            if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name):
                yield value.value.id


def _over_grid(loop: ast.For | ast.AsyncFor, grids: Collection[str]) -> Iterator[str]:
    """Yield what a loop passes over a grid of numbers with: ``for w in np.arange(0, 1, 0.1)`` tries weights.

    What is weighed itself is none: ``for x in [3, 7, 5]: if x > most: most = x``.
    """
    if isinstance(loop.target, ast.Name) and _is_grid(loop.iter, grids):
        tests = (part.test for part in of_kind(every_node(loop), ast.If))
        weighed = [part for test in tests for part in of_kind(every_node(test), ast.Compare)]
        operands = [each for part in weighed for each in (part.left, *part.comparators)]
        if not any(isinstance(each, ast.Name) and each.id == loop.target.id for each in operands):
            yield loop.target.id


def _is_grid(node: ast.expr, grids: Collection[str] = ()) -> bool:
    """Tell whether an expression is a grid of numbers, or a name of one: ``np.linspace(0, 1, 9)``, ``[0.1, 0.5]``."""
    match node:
        case ast.Name(id=name):
            return name in grids
        case ast.Call(func=ast.Attribute(value=ast.Name(id=of), attr=made)):
            return of in _MATHEMATICS and made in _GRIDS
        case ast.List(elts=items) | ast.Tuple(elts=items):
            values = [type(each.value) if isinstance(each, ast.Constant) else None for each in items]
            return len(values) > 1 and set(values) <= {int, float}
    return False


def _pairs(node: ast.Assign) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield each target of an assignment with its value: ``best, best_cfg = score, cfg`` has two."""
    for target in node.targets:
        match target, node.value:
            case ast.Tuple(elts=targets), ast.Tuple(elts=values) if len(targets) == len(values):
                yield from zip(targets, values, strict=True)
            case ast.Tuple(elts=targets), value:
                yield from ((each, value) for each in targets)
            case _:
                yield target, node.value
