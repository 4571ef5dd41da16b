"""Walking a tree finds what ``ast.walk`` finds, but for nodes that hold nothing."""

import ast
from pathlib import Path

import pytest

from nbtrack.capture.syntax.walking import child_nodes, every_node

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
