"""How an expression names what it works on: the name it starts with, the path to a function, a magic command."""

import ast

from nbtrack.capture.syntax.flow import Magic


def root_of(node: ast.AST) -> str | None:
    """Return the name an expression starts with: ``a`` for ``a.b[0]``; None where a call or a literal stands first."""
    while True:
        match node:
            case ast.Name(id=name):
                return name
            case (
                ast.Attribute(value=inner)
                | ast.Subscript(value=inner)
                | ast.Starred(value=inner)
                | ast.Await(value=inner)
            ):
                node = inner
            case _:
                return None


def path_of(node: ast.expr) -> tuple[str, ...] | None:
    """Return ``("np", "random", "seed")`` for ``np.random.seed``; items are passed over, a call inside ends it."""
    names: tuple[str, ...] = ()
    while True:
        match node:
            case ast.Name(id=name):
                return (name, *names)
            case ast.Attribute(value=inner, attr=name):
                node, names = inner, (name, *names)
            case ast.Subscript(value=inner):
                node = inner
            case _:
                return None


def handed_as(node: ast.expr) -> str | None:
    """Return what a setting that is handed on is called: ``lr``, ``cfg.lr``, and ``cfg.lr`` for ``cfg["lr"]``."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=name), attr=entry):
            return f"{name}.{entry}"
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(entry))):
            return f"{name}.{entry}"
    return None


def texts_in(node: ast.Call) -> list[str]:
    """Return the literal strings a call is given."""
    given = [*node.args, *[keyword.value for keyword in node.keywords]]
    return [part.value for part in given if isinstance(part, ast.Constant) and isinstance(part.value, str)]


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
