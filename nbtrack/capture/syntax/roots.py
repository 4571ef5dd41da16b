"""How an expression names what it works on: the name it starts with, the path to a function, a magic command."""

import ast
from collections.abc import Iterator

from nbtrack.capture.syntax.flow import Magic


def root_of(node: ast.AST) -> str | None:
    """Return the name an expression starts with: ``a`` for ``a.b[0]``; None where a call or a literal stands first."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred | ast.Await):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def path_of(node: ast.expr) -> tuple[str, ...] | None:
    """Return ``("np", "random", "seed")`` for ``np.random.seed``; items are passed over, a call inside ends it."""
    names: list[str] = []
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
        node = node.value
    return (node.id, *reversed(names)) if isinstance(node, ast.Name) else None


def texts_in(node: ast.Call) -> Iterator[str]:
    """Yield the literal strings a call is given."""
    for part in (*node.args, *(keyword.value for keyword in node.keywords)):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def magic_of(node: ast.Call) -> Magic | None:
    """Recognise what IPython makes of ``%name text``, ``%%name`` and ``!command``."""
    func = node.func
    if not (isinstance(func, ast.Attribute) and isinstance(func.value, ast.Call)):
        return None
    if not (isinstance(func.value.func, ast.Name) and func.value.func.id == "get_ipython"):
        return None
    texts = [part.value if isinstance(part, ast.Constant) else "" for part in node.args]
    first, last = (str(texts[0]), str(texts[-1])) if texts else ("", "")
    kinds = {
        "run_line_magic": "line",
        "magic": "line",
        "run_cell_magic": "cell",
        "system": "shell",
        "getoutput": "shell",
    }
    kind = kinds.get(func.attr)
    if kind is None:
        return Magic("python", func.attr, first)
    return Magic(kind, "" if kind == "shell" else first, last)


def is_global_table(target: ast.expr) -> bool:
    """Tell whether ``globals()["x"] = …`` or the like binds a name that no reader of the cell can see."""
    value = target.value if isinstance(target, ast.Subscript) else None
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id in {"globals", "locals", "vars"}
    )
