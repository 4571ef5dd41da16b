"""Calls that ask a language model: known by how its answers are sampled, ``max_tokens`` and ``temperature``."""

import ast
from collections.abc import Iterator
from typing import Final

SAMPLED: Final = frozenset(
    "max_tokens max_new_tokens max_output_tokens max_completion_tokens temperature top_p".split()
)
CHATS: Final = frozenset("completions generate_content ChatCompletion chat_completion".split())


def asks_model(node: ast.AST) -> bool:
    """Tell whether a call asks a language model: ``client.messages.create(model=name, max_tokens=9)``.

    >>> [asks_model(ast.parse(text, mode="eval").body) for text in ("llm(p, temperature=0)", "table.create(3)")]
    [True, False]
    """
    return isinstance(node, ast.Call) and (
        any(word.arg in SAMPLED for word in node.keywords)
        or any(isinstance(part, ast.Attribute) and part.attr in CHATS for part in _path(node.func))
    )


def _path(node: ast.expr) -> Iterator[ast.expr]:
    while isinstance(node, ast.Attribute):
        yield node
        node = node.value
