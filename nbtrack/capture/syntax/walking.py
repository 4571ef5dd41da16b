"""Walking a cell's tree at a third of what ``ast.walk`` takes: a cell is read before it runs, and waits meanwhile."""

import ast
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import wraps
from typing import Any, Final, TypeVar

Kind = TypeVar("Kind", bound=ast.AST)
Tree = TypeVar("Tree", bound=ast.AST)
Told = TypeVar("Told")

# Nodes that hold nothing and say nothing by themselves: contexts and operators. They are nearly half of all.
_BARE: Final = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
KINDS: Final = frozenset(
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
    for kind in KINDS
    if kind is not ast.Constant
} | {ast.Constant: ()}
LEAVES: Final = frozenset({kind for kind, fields in _FIELDS.items() if not fields}.union(*map(_below, _BARE)))


# What is directly below a node, and what is anywhere below one: without nodes of some kinds or, where none are said,
# all of it and the node itself. Nodes are compared by what they are, not by what they hold.
Walks = dict[ast.AST | tuple[ast.AST, frozenset[type[ast.AST]] | None], list[ast.AST]]
_FEW: Final = 50  # nodes: looking at each of them again is quicker than to sort them by their kinds
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


class Nodes(list[ast.AST]):
    """The nodes of a tree as they were when it was walked. Those of one kind are sought once, whoever asks for them."""

    _of_kind: dict[type[ast.AST], list[ast.AST]] | None = None
    _names: frozenset[str] | None = None
    _attributes: frozenset[str] | None = None

    @property
    def names(self) -> frozenset[str]:
        """The names among them, read and bound."""
        if self._names is None:
            self._names = frozenset([node.id for node in self if node.__class__ is ast.Name])
        return self._names

    @property
    def attributes(self) -> frozenset[str]:
        """The names of all attributes and methods that are asked for among them."""
        if self._attributes is None:
            self._attributes = frozenset([node.attr for node in self if node.__class__ is ast.Attribute])
        return self._attributes

    def of_kind(self, kind: type[Kind]) -> Sequence[Kind]:
        """Return those of exactly this kind."""
        known = self._of_kind
        if known is None:
            known = {}
            for node in self:
                if node.__class__ in known:
                    known[node.__class__].append(node)
                else:
                    known[node.__class__] = [node]
            self._of_kind = known
        return known.get(kind, ())  # type: ignore[return-value]  # by their kinds


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


def remembering(reader: Callable[[Tree], Told]) -> Callable[[Tree], Told]:
    """Have what only reads a tree remember its walks while it does, where nobody remembers them for longer."""

    @wraps(reader)
    def read(tree: Tree) -> Told:
        if _WALKS.known is not None:
            return reader(tree)
        with unchanging():
            return reader(tree)

    return read


def every_node(tree: ast.AST) -> Nodes:
    """Return ``tree`` and every node below it, breadth first, without contexts and operators.

    >>> [type(node).__name__ for node in every_node(ast.parse("x = -y"))]
    ['Module', 'Assign', 'Name', 'UnaryOp', 'Name']
    """
    known, place = _WALKS.known, (tree, None)
    if known is None:
        known = {}
    elif place in known:
        return known[place]  # type: ignore[return-value]  # as it was put there
    found = Nodes([tree])
    for node in found:  # it grows meanwhile
        if node.__class__ not in LEAVES:
            if node not in known:
                known[node] = _children(node)
            found += known[node]
    known[place] = found
    return found


def of_kind(nodes: Iterable[ast.AST], kind: type[Kind]) -> Sequence[Kind]:
    """Return those of some nodes that are of exactly this kind, in their order.

    >>> [node.id for node in of_kind(every_node(ast.parse("x = -y")), ast.Name)]
    ['x', 'y']
    """
    if nodes.__class__ is Nodes and len(nodes) > _FEW:
        return nodes.of_kind(kind)
    return [node for node in nodes if node.__class__ is kind]


def of_kinds(nodes: Iterable[ast.AST], kinds: Collection[type[ast.AST]]) -> Sequence[Any]:
    """Return those of some nodes that are of one of these kinds, in their order."""
    if nodes.__class__ is Nodes and len(nodes) > _FEW:
        found = [each for kind in kinds if (each := nodes.of_kind(kind))]
        if len(found) < 2:  # nearly always
            return found[0] if found else ()
    return [node for node in nodes if node.__class__ in kinds]


def functions_among(nodes: Iterable[ast.AST]) -> Sequence[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return the functions that some nodes define, in their order."""
    return of_kinds(nodes, _FUNCTIONS)


def called_by_name(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names that some nodes call as they are: ``f`` of ``f(x)``, and none of ``np.mean(x)``."""
    return {call.func.id for call in of_kind(nodes, ast.Call) if isinstance(call.func, ast.Name)}


def nodes_outside(tree: ast.AST, kinds: frozenset[type[ast.AST]]) -> Sequence[ast.AST]:
    """Return the nodes below ``tree`` in the order of the source, without those of some kinds and what is in them.

    >>> [type(node).__name__ for node in nodes_outside(ast.parse("f(lambda x: x, y)"), frozenset({ast.Lambda}))]
    ['Expr', 'Call', 'Name', 'Name']
    """
    known, place = _WALKS.known, (tree, kinds)
    if known is not None and place in known:
        return known[place]
    found, waiting = list[ast.AST](), child_nodes(tree)[::-1]
    while waiting:
        node = waiting.pop()
        if node.__class__ not in kinds:
            found.append(node)
            if node.__class__ not in LEAVES:
                waiting += child_nodes(node)[::-1]
    if known is not None:
        known[place] = found
    return found


def fields_of(node: ast.AST) -> tuple[str, ...]:
    """Return the names of a node's fields that hold nodes, or lists of nodes, other than contexts and operators."""
    return _FIELDS.get(node.__class__, node._fields)


def child_nodes(node: ast.AST) -> list[ast.AST]:
    """Return the nodes directly below a node, in the order of the source, without contexts and operators.

    Like all that is found here, they may be remembered: nobody may change the list.
    """
    known = _WALKS.known
    if known is None or node.__class__ in LEAVES:
        return _children(node)
    if node not in known:
        known[node] = _children(node)
    return known[node]


def _children(node: ast.AST) -> list[ast.AST]:
    found: list[ast.AST] = []
    if node.__class__ in LEAVES:
        return found
    for name in _FIELDS.get(node.__class__, node._fields):
        value = getattr(node, name, None)
        kind = value.__class__
        if kind is list:
            found += [each for each in value if each.__class__ in KINDS] if value else ()
        elif kind in KINDS:
            found.append(value)  # type: ignore[arg-type]  # its class was looked up
    return found
