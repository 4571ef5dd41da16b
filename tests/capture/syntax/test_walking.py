"""Walking a tree finds what ``ast.walk`` finds, but for nodes that hold nothing."""

import ast
from contextlib import suppress
from pathlib import Path

import pytest

from nbtrack.capture.syntax import shown
from nbtrack.capture.syntax.walking import (
    KINDS,
    LEAVES,
    called_by_name,
    child_nodes,
    every_node,
    functions_among,
    nodes_outside,
    of_kind,
    of_kinds,
    remembering,
    unchanging,
)

BARE = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
SOURCES = sorted(Path(__file__).parents[3].glob("nbtrack/capture/*/*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_same_nodes_in_the_same_order_as_the_standard_library(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert every_node(tree) == [node for node in ast.walk(tree) if not isinstance(node, BARE)]


def test_children_are_in_the_order_of_the_source() -> None:
    tree = ast.parse("def f(a, *b, c=1, **d): return {**d, 'x': (a, c)}").body[0]
    assert child_nodes(tree) == [node for node in ast.iter_child_nodes(tree) if not isinstance(node, BARE)]


def test_a_node_that_was_made_by_hand_may_lack_fields() -> None:
    name = ast.Name("x", ast.Load())
    del name.id, name.ctx
    assert child_nodes(name) == []


def outside(node: ast.AST, kinds: tuple[type[ast.AST], ...]) -> list[ast.AST]:
    inner = [each for each in ast.iter_child_nodes(node) if not isinstance(each, (*BARE, *kinds))]
    return [part for each in inner for part in (each, *outside(each, kinds))]


@pytest.mark.parametrize("path", SOURCES[:20], ids=lambda path: path.stem)
def test_nodes_outside_functions_are_in_the_order_of_the_source(path: Path) -> None:
    tree, kinds = ast.parse(path.read_text(encoding="utf-8")), (ast.FunctionDef, ast.Lambda)
    assert nodes_outside(tree, kinds) == outside(tree, kinds)


@pytest.mark.slow
def test_a_leaf_holds_no_node_that_is_walked() -> None:
    nodes = [node for path in SOURCES for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    leaves = [node for node in nodes if type(node) in LEAVES]
    assert {ast.Name, ast.Constant, ast.Load} <= {type(node) for node in leaves}
    assert all(isinstance(inner, BARE) for node in leaves for inner in ast.iter_child_nodes(node))


def test_walks_are_remembered_while_nothing_changes_and_no_longer() -> None:
    tree = ast.parse("f(x)")
    call = tree.body[0].value  # type: ignore[attr-defined]  # an expression
    with suppress(ZeroDivisionError), unchanging():
        once = every_node(call)
        assert every_node(call) is once
        assert every_node(ast.List([call], ast.Load()))[1:] == once  # gone at once: its place in memory is another's
        assert every_node(ast.Set([call]))[0] is not once[0]
        1 / 0  # noqa: B018 - whatever ends it
    call.args.append(ast.Name("y", ast.Load()))
    assert len(every_node(call)) == len(once) + 1


@pytest.mark.parametrize("path", SOURCES[::10], ids=lambda path: path.stem)
def test_nodes_of_some_kinds_are_found_in_their_order_in_every_list(path: Path) -> None:
    nodes = every_node(ast.parse(path.read_text(encoding="utf-8")))
    chosen = [(ast.Call, ast.Name), (ast.FunctionDef, ast.AsyncFunctionDef), (ast.Match, ast.Set), (ast.BinOp,)]
    for many in (nodes, every_node(nodes[1]), list(nodes)):
        for kinds in chosen:
            assert list(of_kinds(many, kinds)) == [node for node in many if isinstance(node, kinds)]
            assert list(of_kind(many, kinds[0])) == [node for node in many if isinstance(node, kinds[0])]
    assert nodes.names == {node.id for node in nodes if isinstance(node, ast.Name)}
    assert nodes.attributes == {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def test_functions_of_both_kinds_are_in_the_order_of_the_source() -> None:
    nodes = every_node(ast.parse("\n".join(f"{'async ' * (n % 2)}def f{n}(): g(np.h(x))" for n in range(9))))
    assert [each.name for each in functions_among(nodes)] == [f"f{n}" for n in range(9)]
    assert called_by_name(nodes) == {"g"}


def test_a_list_of_nodes_tells_what_there_was_when_they_were_sought() -> None:
    tree = ast.parse("f(x)\n" * 60)
    nodes = every_node(tree)
    tree.body.append(ast.parse("g(y.z)").body[0])
    assert len(of_kind(nodes, ast.Call)) == 60
    assert nodes.names == {"f", "x"}
    assert not nodes.attributes
    assert len(of_kind(every_node(tree), ast.Call)) == 61


def test_children_are_remembered_while_nothing_changes_and_no_longer() -> None:
    call = ast.parse("f(x)").body[0].value  # type: ignore[attr-defined]  # an expression
    with unchanging():
        once = child_nodes(call)
        assert child_nodes(call) is once
        assert nodes_outside(call, frozenset({ast.Lambda})) == once
    call.args.append(ast.Name("y", ast.Load()))
    assert len(child_nodes(call)) == len(once) + 1


class Broken(ast.Expr):
    """Cannot be walked at first."""

    _fields = ("value", "later")
    _field_types = dict.fromkeys(_fields, ast.expr)  # asked for from Python 3.13 on
    whole = False

    @property
    def later(self) -> ast.expr:
        if not self.whole:
            raise TimeoutError
        return ast.Name("y", ast.Load())


def test_a_walk_that_was_interrupted_is_not_remembered() -> None:
    node = Broken.__new__(Broken)
    node.value = ast.Name("x", ast.Load())
    with unchanging():
        with suppress(TimeoutError):
            every_node(node)
        with suppress(TimeoutError):
            child_nodes(node)
        node.whole = True
        assert every_node(node).names == {"x", "y"}
        assert len(child_nodes(node)) == 2


def test_a_reader_remembers_its_walks_as_long_as_nobody_remembers_them_for_longer() -> None:
    tree = ast.parse("f(x)")
    asked = remembering(lambda node: every_node(node) is every_node(node))
    assert asked(tree)
    assert every_node(tree) is not every_node(tree)  # it has forgotten them
    with unchanging():
        once = every_node(tree)
        assert asked(tree)
        assert every_node(tree) is once


def test_all_that_is_around_statements_is_known() -> None:
    holds = {"body", "orelse", "finalbody"}
    found = {kind for kind in KINDS if holds.intersection(kind._fields)}
    assert found - {ast.Lambda, ast.IfExp, ast.Expression} == shown._AROUND
