"""Walking a tree finds what ``ast.walk`` finds, but for nodes that hold nothing."""

import ast
from contextlib import suppress
from pathlib import Path

import pytest

from nbtrack.capture.syntax.walking import LEAVES, child_nodes, every_node, nodes_outside, unchanging

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
