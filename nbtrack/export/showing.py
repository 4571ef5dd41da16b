"""What a cell only shows: printed in a script as far as it can be, or left out."""

import ast
from collections.abc import Sequence
from typing import Final

from nbtrack.export.names import Names
from nbtrack.export.section import Section

_LOOKS: Final = frozenset(
    "head tail describe info value_counts nunique isna isnull corr cov show display get_params keys items values "
    "dtypes summary memory_usage columns unique count mean sum std min max".split()
)
_SHOWS: Final = frozenset(
    {"head", "tail", "describe", "value_counts", "nunique", "corr", "cov", "summary", "unique", "count"}
)
_PURE: Final = (ast.Name, ast.Attribute, ast.Constant)
_VALUES: Final = (
    ast.Name,
    ast.Attribute,
    ast.Subscript,
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.Tuple,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.JoinedStr,
    ast.Constant,
    ast.IfExp,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
)


def shows(sections: Sequence[Section], names: Names, *, drop: bool, printing: bool = True) -> None:
    """Have the statements that only show something printed, or dropped.

    Args:
        sections: edited in place.
        names: what the sections do with names.
        drop: leave them out.
        printing: the file has nobody who shows the last expression of a cell: print it.
    """
    ours = "display" not in names.bound and "display" not in names.imported
    for section in sections:
        last = section.kept[-1] if section.kept else None
        for statement in section.kept:
            if isinstance(statement, ast.Expr) and statement not in section.gone and not section.is_magic(statement):
                _show(section, statement, drop=drop, printing=printing, last=statement is last, ours=ours)


def _show(section: Section, statement: ast.Expr, *, drop: bool, printing: bool, last: bool, ours: bool) -> None:
    value = statement.value
    if any(edit.before and edit.start == section.typed.span(value)[0] for edit in section.edits):
        return  # its value is a metric
    if drop and (_only_shows(value) or (ours and _is_display(value))):
        section.drop(statement)
    elif not printing:
        return
    elif isinstance(value, ast.Call) and ours and _is_display(value) and not value.keywords:
        section.replace(value.func, "print")
    elif last and _is_shown(value) and not _is_quiet(section, statement):
        section.wrap(value, "print(", ")")
    elif isinstance(value, _PURE):
        section.drop(statement)
    elif isinstance(value, _VALUES):
        section.wrap(value, "_ = ", "")  # it may raise, or make what it looks up


def _is_shown(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Attribute) and value.func.attr in _SHOWS
    return isinstance(value, _VALUES)


def _is_quiet(section: Section, statement: ast.Expr) -> bool:
    """A semicolon at the end keeps IPython from showing the value."""
    end = section.typed.span(statement)[1]
    return section.typed.text[end:].lstrip(" ").startswith(";")


def _is_display(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "display"


def _only_shows(value: ast.expr) -> bool:
    """Tell whether an expression changes nothing, as far as its own signs tell."""
    match value:
        case ast.Call(func=ast.Attribute(value=inner, attr=name), args=args):
            return name in _LOOKS and _only_shows(inner) and all(map(_only_shows, args))
        case ast.Attribute(value=inner) | ast.Subscript(value=inner):
            return _only_shows(inner)
        case ast.Name() | ast.Constant():
            return True
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return all(map(_only_shows, items))
        case ast.BinOp(left=left, right=right):
            return _only_shows(left) and _only_shows(right)
    return False
