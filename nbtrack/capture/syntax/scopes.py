"""The scope of a function, by its nodes: what it is given, declares and binds."""

import ast
from collections.abc import Iterable, Iterator, Sequence

from nbtrack.capture.syntax.walking import LEAVES, child_nodes, every_node

_SCOPES = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda})
_LOOPS = frozenset({ast.For, ast.AsyncFor, ast.While})
_COMPREHENSIONS = frozenset({ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp})


def params_of(args: ast.arguments) -> Iterator[str]:
    """Yield the names of what a function is given."""
    for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs):
        yield arg.arg
    for rest in (args.vararg, args.kwarg):
        if rest is not None:
            yield rest.arg


def annotations_of(args: ast.arguments) -> Iterator[ast.expr | None]:
    """Yield what a function says of the types it is given; None where it says nothing."""
    for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
        yield arg.annotation if arg is not None else None


def own_nodes(statements: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of a function's own scope; of a scope inside only the definition itself."""
    waiting = list(statements)
    while waiting:
        node = waiting.pop()
        yield node
        kind = type(node)
        if kind in _SCOPES:
            continue
        if kind in _COMPREHENSIONS:
            waiting += [inner for inner in every_node(node) if isinstance(inner, ast.NamedExpr)]
        else:
            waiting += child_nodes(node)


def declared_in(nodes: Sequence[ast.AST]) -> set[str]:
    """Return the names the nodes of a function declare ``global``."""
    return {name for node in nodes if isinstance(node, ast.Global) for name in node.names}


def bound_in(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """Yield the names the nodes of a function bind, which are its locals."""
    nonlocal_ = {name for node in nodes if isinstance(node, ast.Nonlocal) for name in node.names}
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                names: list[str | None] = [name]
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names = [name]
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names = [alias.asname or alias.name.partition(".")[0] for alias in aliases]
            case ast.ExceptHandler(name=found) | ast.MatchAs(name=found) | ast.MatchStar(name=found):
                names = [found]
            case ast.MatchMapping(rest=found):
                names = [found]
            case _:
                continue
        yield from (each for each in names if each is not None and each not in nonlocal_)


def bound_outside_loops(statements: Iterable[ast.stmt]) -> Iterator[str]:
    """Yield the names that statements bind, but for those that only loops bind."""
    waiting: list[ast.AST] = [each for each in statements if each.__class__ not in _LOOPS]
    for node in waiting:  # it grows meanwhile
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
                yield name
        if node.__class__ not in LEAVES:
            waiting += [each for each in child_nodes(node) if each.__class__ not in _LOOPS]
