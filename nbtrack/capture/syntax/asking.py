"""Calls that ask a language model: known by how its answers are sampled, ``max_tokens`` and ``temperature``."""

import ast
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
    if not isinstance(node, ast.Call):
        return False
    if node.keywords and not SAMPLED.isdisjoint([word.arg for word in node.keywords]):
        return True
    function = node.func
    while isinstance(function, ast.Attribute):
        if function.attr in CHATS:
            return True
        function = function.value
    return False
