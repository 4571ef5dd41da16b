"""Numbers that a cell only draws with: where a line begins and ends, how wide a bar is. They are no results of it."""

import ast
from collections.abc import Iterator, Sequence
from typing import Final

from nbtrack.capture.syntax.syntax import is_drawing, last_name
from nbtrack.capture.syntax.walking import LEAVES, child_nodes, every_node

_SAYING: Final = frozenset({"str", "repr", "format"})  # a number in a text is told, also in a legend
_ELSEWHERE: Final = ""


def drawn_with(statements: Sequence[ast.stmt], *, computed: bool = True) -> set[str]:
    """Return the variables of a cell that go nowhere but into its drawings, directly or by others that do.

    Args:
        statements: the cell's.
        computed: whether so does what calls of other functions make of them. It is so for results: one that is only
            drawn is told to nobody. A setting that a function computes with is one, wherever its result goes.

    >>> cell = "low = min(y); plt.plot([low, 1], z); n = 2 * q; plt.hist(y, bins=n); a = s(y); plt.title(f'{a}')"
    >>> sorted(drawn_with(ast.parse(cell).body))
    ['low', 'n']
    >>> cell = ast.parse("w = 0.4; plt.bar(x - w, y); s = 2; z = smooth(y, s); plt.plot(z)").body
    >>> sorted(drawn_with(cell)), sorted(drawn_with(cell, computed=False))
    (['s', 'w', 'z'], ['w', 'z'])
    """
    if not _draw(statements):
        return set()
    uses: dict[str, set[str]] = {}  # each variable with those that are made of it, and ``_ELSEWHERE``
    bound, drawn = set[str](), set[str]()
    for name, where in _uses(statements, computed=computed):
        if where is None:
            bound.add(name)
        else:
            uses.setdefault(name, set()).update(where)
            drawn.update([] if where else [name])
    found = {name for name in bound & uses.keys() if _ELSEWHERE not in uses[name]}
    while gone := {name for name in found if not uses[name] <= found}:
        found -= gone
    while more := {name for name in found - drawn if uses[name] & drawn}:
        drawn |= more
    return found & drawn  # what is only made of itself is drawn nowhere: ``scores = [f1] + scores``


def _draw(statements: Sequence[ast.stmt]) -> bool:
    for statement in statements:
        for node in every_node(statement):
            if node.__class__ is ast.Call and is_drawing(node):
                return True
    return False


def handed_on(statements: Sequence[ast.stmt]) -> dict[str, set[str]]:
    """Return the variables of a cell that it only makes others of, each with those: steps on the way to a result.

    >>> cell = "gap = a - b; se = s / 2; z = gap / se; print(z)"
    >>> {name: sorted(others) for name, others in sorted(handed_on(ast.parse(cell).body).items())}
    {'gap': ['z'], 'se': ['z']}
    """
    uses: dict[str, set[str]] = {}
    bound = set[str]()
    for name, where in _uses(statements, computed=True):
        if where is None:
            bound.add(name)
        else:
            uses.setdefault(name, set()).update(where or {_ELSEWHERE})
    return {name: uses[name] for name in bound & uses.keys() if _ELSEWHERE not in uses[name] and name not in uses[name]}


def _uses(statements: Sequence[ast.stmt], *, computed: bool) -> Iterator[tuple[str, set[str] | None]]:
    """Yield each variable where it is read, with what is made of it - nothing where it is drawn -, or is bound."""
    waiting: list[tuple[ast.AST, set[str]]] = [(each, {_ELSEWHERE}) for each in statements]
    for node, around in waiting:  # it grows meanwhile
        where = around
        match node:
            case ast.Name(id=name, ctx=context):
                yield name, where if isinstance(context, ast.Load) else None
            case ast.Assign(targets=[ast.Name(id=name)]):
                where = {name}
            case ast.Assign(targets=[ast.Tuple(elts=parts)]) if all(isinstance(part, ast.Name) for part in parts):
                where = {part.id for part in parts if isinstance(part, ast.Name)}
            case ast.Call() if is_drawing(node):
                where = set()
            case ast.JoinedStr():
                where = {_ELSEWHERE}
            case ast.Call(func=function) if last_name(function) in _SAYING or (where and not computed):
                where = {_ELSEWHERE}
            case ast.stmt():
                where = {_ELSEWHERE}
        if node.__class__ not in LEAVES:
            waiting += [(inner, where) for inner in child_nodes(node)]
