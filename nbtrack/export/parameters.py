"""The parameters of a program, lifted out of its cells: literals the run recorded become names at its top."""

import ast
import builtins
import keyword
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from nbtrack.export.magics import quoted
from nbtrack.export.names import Names
from nbtrack.export.section import Section, in_file
from nbtrack.model.run import Run

_PLAIN: Final = (bool, int, float, str, type(None))
_ARGUMENT: Final = re.compile(r"(\w+)\((\w+)=\.\.\.\)")
_SETTINGS: Final = re.compile(r"(\w+)\.get_params\(\)")
_ENTRY: Final = re.compile(r"(\w+)\[['\"](\w+)['\"]\]")
_RESERVED: Final = frozenset(dir(builtins)) | frozenset({"help", "metrics_out"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name in the file, the one under which the run recorded it, its value and its literal."""

    name: str
    recorded: str
    value: Any
    literal: str


def override(section: Section) -> None:
    """Write the values of a section's ``%%track`` line in place of the literals that its cell assigns."""
    given = section.step.overrides
    for statement in section.statements if given else ():
        for target, value in _assigned(statement):
            if isinstance(target, ast.Name) and target.id in given and _is_literal(value):
                section.replace(value, literal_text(given[target.id]))


def _assigned(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    match statement:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                match target, value:
                    case ast.Tuple(elts=names), ast.Tuple(elts=values) if len(names) == len(values):
                        yield from zip(names, values, strict=True)
                    case _:
                        yield target, value
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield target, value


def lifted(run: Run, sections: Sequence[Section], names: Names, wanted: Collection[str] | None) -> list[Parameter]:
    """Take the literals of recorded parameters out of the sections, and return them.

    Args:
        run: the run, which says what was recorded, and from where.
        sections: edited in place.
        names: what the sections do with names.
        wanted: the recorded names to lift; None for all that can be.
    """
    sources = run.sources.get("params", {})
    found: list[Parameter] = []
    taken = names.top.union(names.read - names.inner, *(section.step.writes for section in sections))  # of stars, too
    for recorded, value in run.params.items():
        source = str(sources.get(recorded, ""))
        if (wanted is not None and recorded not in wanted) or source.endswith(" default"):
            continue
        if isinstance(value, Mapping | set | bytes):
            continue
        one = _variable(recorded, value, sections, names) or _written_out(
            recorded, value, source, sections, taken, names.inner
        )
        if one is not None:
            found.append(one)
            taken.add(one.name)
    return found


def _variable(recorded: str, value: Any, sections: Sequence[Section], names: Names) -> Parameter | None:
    """Lift ``lr = 0.1``, where nothing else ever binds the name."""
    if not recorded.isidentifier() or recorded in names.shared or recorded in names.imported or recorded in _RESERVED:
        return None
    places = list(_bindings(recorded, sections))
    if (
        not places
        or len(places) != names.bound[recorded]
        or any(names_star_before(sections, each[0]) for each in places)
    ):
        return None
    literal = literal_text(value)
    for section, statement, node in places:
        same = recorded in section.step.overrides or _same(_value(node), value)
        if not same or not isinstance(statement, ast.Assign | ast.AnnAssign):
            return None
        literal = section.source(node) if recorded not in section.step.overrides else literal
    for section, statement, _ in places:
        section.drop(statement)
    return Parameter(recorded, recorded, value, literal)


def _bindings(name: str, sections: Sequence[Section]) -> Iterator[tuple[Section, ast.stmt, ast.expr]]:
    for section, statement in in_file(sections):
        if any(magic.inline and magic.end == section.typed.span(statement)[0] for magic in section.magics):
            continue  # it is what a magic runs
        match statement:
            case ast.Assign(targets=[ast.Name(id=bound)], value=node) if bound == name and _is_literal(node):
                yield section, statement, node
            case ast.AnnAssign(target=ast.Name(id=bound), value=ast.expr() as node) if bound == name and _is_literal(
                node
            ):
                yield section, statement, node


def names_star_before(sections: Sequence[Section], last: Section) -> bool:
    """Tell whether stars or dynamic code may have bound names, unnamed, before a section or in it."""
    for section in sections:
        for statement in section.kept:
            for node in ast.walk(statement):
                match node:
                    case ast.ImportFrom(names=[ast.alias(name="*")]):
                        return True
                    case ast.Call(func=ast.Name(id="exec" | "eval" | "globals")):
                        return True
        if any(magic.name in {"run", "pylab", "reset"} for magic in section.magics):
            return True
        if section is last:
            return False
    return False


def _written_out(
    recorded: str,
    value: Any,
    source: str,
    sections: Sequence[Section],
    taken: Collection[str],
    inner: Collection[str],
) -> Parameter | None:
    """Lift ``RandomForestClassifier(n_estimators=200)`` and ``config = {"lr": 0.1}``: the literal becomes a name."""
    name = recorded.rpartition(".")[2]
    if not isinstance(value, _PLAIN) or not _may_name(name, taken):
        return None
    places = list(dict.fromkeys(_arguments(name, value, source, sections, own_scope=name in inner)))
    if not places:
        return None
    literal = places[0][0].source(places[0][1])
    for section, node in places:
        section.replace(node, name)
    return Parameter(name, recorded, value, literal)


def _may_name(name: str, taken: Collection[str]) -> bool:
    return name.isidentifier() and name not in taken and not keyword.iskeyword(name) and name not in _RESERVED


def _arguments(
    name: str, value: Any, source: str, sections: Sequence[Section], *, own_scope: bool
) -> Iterator[tuple[Section, ast.expr]]:
    """Yield the literals that the sources of a parameter speak of; with ``own_scope`` not those in functions."""
    callees = {callee for callee, word in _ARGUMENT.findall(source) if word == name} | set(_SETTINGS.findall(source))
    containers = {container for container, key in _ENTRY.findall(source) if key == name}
    for section, statement in in_file(sections):
        if containers:
            yield from ((section, node) for node in _entries(statement, containers, name) if _same(_value(node), value))
        for call in (_outside_functions(statement) if own_scope else ast.walk(statement)) if callees else ():
            if isinstance(call, ast.Call) and _last_name(call.func) in callees:
                for word in call.keywords:
                    if word.arg == name and _same(_value(word.value), value) and section.source(word.value):
                        yield section, word.value


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for inner in ast.iter_child_nodes(node):
        if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _outside_functions(inner)


def _entries(statement: ast.stmt, containers: Collection[str], key: str) -> Iterator[ast.expr]:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(keys=keys, values=values)) if name in containers:
            for each, item in zip(keys, values, strict=True):
                if isinstance(each, ast.Constant) and each.value == key:
                    yield item


def _last_name(node: ast.expr) -> str | None:
    while isinstance(node, ast.Subscript):  # ``Config[int](lr=0.1)``
        node = node.value
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return None


def _is_literal(node: ast.expr) -> bool:
    return _value(node) is not ...


def _value(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ...


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and bool(one == other)


def literal_text(value: Any) -> str:
    """Return a value as Python writes it.

    >>> literal_text([0.1, "a", None])
    '[0.1, "a", None]'
    """
    match value:
        case str():
            return quoted(value)
        case float() if not isfinite(value):
            return f'float("{value}")'
        case list():
            return f"[{', '.join(map(literal_text, value))}]"
        case tuple():
            return f"({', '.join(map(literal_text, value))}{',' if len(value) == 1 else ''})"
        case dict() | Mapping():
            return f"{{{', '.join(f'{literal_text(key)}: {literal_text(item)}' for key, item in value.items())}}}"
    return repr(value)


def option(parameter: Parameter) -> str:
    """Return what argparse is told of a parameter beside its name: its type."""
    kind = type(parameter.value)
    if kind is bool:
        return "action=argparse.BooleanOptionalAction"
    return f"type={kind.__name__}" if kind in {int, float, str} else "type=ast.literal_eval"


def annotation(parameter: Parameter) -> str:
    """Return the type of a parameter as a signature has it."""
    kind = type(parameter.value)
    return "object" if kind not in {bool, int, float, str, list, tuple} else kind.__name__
