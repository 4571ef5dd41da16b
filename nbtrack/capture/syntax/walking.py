"""Walking a cell's tree at a third of what ``ast.walk`` takes: a cell is read before it runs, and waits meanwhile."""

import ast
import threading
from collections.abc import Sequence
from typing import Final

# Nodes that hold nothing and say nothing by themselves: contexts and operators. They are nearly half of all.
_BARE: Final = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
_KINDS: Final = frozenset(
    kind
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST) and not issubclass(kind, _BARE)
)


def _below(kind: type) -> set[type]:
    return {kind}.union(*map(_below, kind.__subclasses__()))


# Fields that hold names, operators and numbers, never nodes that are walked; but the name in ``type X = int`` is one.
_PLAIN: Final = frozenset(
    "arg asname attr conversion ctx id is_async kind kwd_attrs level lineno module name op ops rest simple tag "
    "type_comment".split()
)
_FIELDS: Final = {
    kind: tuple(name for name in kind._fields if name not in _PLAIN or (kind.__name__, name) == ("TypeAlias", "name"))
    for kind in _KINDS
    if kind is not ast.Constant
} | {ast.Constant: ()}
LEAVES: Final = frozenset({kind for kind, fields in _FIELDS.items() if not fields}.union(*map(_below, _BARE)))


# What was found, by the node above it all; nodes are compared by what they are, not by what they hold.
Walks = dict[ast.AST | tuple[ast.AST, frozenset[type[ast.AST]]], list[ast.AST]]


class _Walks(threading.local):
    """The walks that this thread remembers."""

    known: Walks | None = None


_WALKS: Final = _Walks()


class unchanging:  # noqa: N801 - read as what it does: ``with unchanging():``
    """Remembers every walk for as long as this is entered, in which nobody may change a tree. It does not nest.

    What weighs the evidence in a cell asks the same expressions for their parts, one question after the other. Where
    nobody changes the tree in between, either, the walks of one time are ``known`` the next.
    """

    __slots__ = ("_known",)

    def __init__(self, known: Walks | None = None) -> None:
        self._known = {} if known is None else known

    def __enter__(self) -> None:
        """Begin to remember."""
        _WALKS.known = self._known

    def __exit__(self, *_: object) -> None:
        """Forget, whatever was there before: should an interrupt prevent this, the next time makes it good."""
        _WALKS.known = None


def every_node(tree: ast.AST) -> Sequence[ast.AST]:
    """Return ``tree`` and every node below it, breadth first, without contexts and operators.

    >>> [type(node).__name__ for node in every_node(ast.parse("x = -y"))]
    ['Module', 'Assign', 'Name', 'UnaryOp', 'Name']
    """
    known = _WALKS.known
    if known is not None and (remembered := known.get(tree)) is not None:
        return remembered
    found = [tree]
    for node in found:  # it grows meanwhile
        if fields := _FIELDS.get(node.__class__, node._fields):
            _add(node, fields, found)
    if known is not None:
        known[tree] = found
    return found


def nodes_outside(tree: ast.AST, kinds: frozenset[type[ast.AST]]) -> Sequence[ast.AST]:
    """Return the nodes below ``tree`` in the order of the source, without those of some kinds and what is in them.

    >>> [type(node).__name__ for node in nodes_outside(ast.parse("f(lambda x: x, y)"), frozenset({ast.Lambda}))]
    ['Expr', 'Call', 'Name', 'Name']
    """
    known, place = _WALKS.known, (tree, kinds)
    if known is not None and (remembered := known.get(place)) is not None:
        return remembered[1:]
    found, waiting = [tree], child_nodes(tree)[::-1]
    while waiting:
        node = waiting.pop()
        if node.__class__ not in kinds:
            found.append(node)
            if node.__class__ not in LEAVES:
                waiting += child_nodes(node)[::-1]
    if known is not None:
        known[place] = found
    return found[1:]


def fields_of(node: ast.AST) -> tuple[str, ...]:
    """Return the names of a node's fields that hold nodes, or lists of nodes, other than contexts and operators."""
    return _FIELDS.get(node.__class__, node._fields)


def child_nodes(node: ast.AST) -> list[ast.AST]:
    """Return the nodes directly below a node, in the order of the source, without contexts and operators."""
    found: list[ast.AST] = []
    _add(node, _FIELDS.get(node.__class__, node._fields), found)
    return found


def _add(node: ast.AST, fields: tuple[str, ...], found: list[ast.AST]) -> None:
    for name in fields:
        value = getattr(node, name, None)
        kind = value.__class__
        if kind is list:
            found.extend([each for each in value if each.__class__ in _KINDS])  # type: ignore[union-attr]
        elif kind in _KINDS:
            found.append(value)  # type: ignore[arg-type]  # its class was looked up
