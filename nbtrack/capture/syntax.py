"""What a cell's syntax tells before it runs: literals, keyword arguments, bindings, and the last expression.

Rules of promotion (which numbers become metrics) are in ``metrics.py``; this file only reads the tree.
"""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

CLOCKS = frozenset(
    "time perf_counter monotonic process_time now time_ns perf_counter_ns timestamp default_timer".split()
)

# Calls whose keyword arguments describe how something looks, not how a result came to be.
_SHOWN_BY = frozenset(
    "print display plot hist scatter bar barh imshow show figure subplots subplot title xlabel ylabel legend savefig "
    "tight_layout grid axhline axvline fill_between annotate text boxplot heatmap lineplot scatterplot barplot "
    "histplot set_title set_xlabel set_ylabel set_xlim set_ylim update_layout add_trace head tail sort_values to_csv "
    "to_string open log log_params log_artifact set_tags start_run tqdm trange filterwarnings join format".split()
)
# Arguments that say in which form data are handled, not what is done with them.
_MANNERS = frozenset(
    "axis keepdims inplace return_X_y as_frame copy ignore_index rcond dtype output_dict ascending".split()
)
_PLOTTERS = frozenset({"plt", "ax", "axes", "sns", "px", "go", "fig", "alt"})


@dataclass(slots=True)
class Binding:
    """One name the cell binds at its top level, and the expressions it binds it to."""

    name: str
    values: list[ast.expr] = field(default_factory=list)
    conditional: bool = False
    counted: bool = False  # a loop variable, or a name that counts up: never a result
    filled: bool = False  # entries were put into it


@dataclass(frozen=True, slots=True)
class Keyword:
    """A literal keyword argument of a call: ``callee`` is the call's last name."""

    callee: str
    name: str
    value: Any


@dataclass(slots=True)
class Reading:
    """What was read from one cell's tree. ``passed`` says under which keywords a variable was handed to calls."""

    passed: dict[str, set[str]] = field(default_factory=dict)
    bindings: dict[str, Binding] = field(default_factory=dict)
    keywords: list[Keyword] = field(default_factory=list)
    last: ast.expr | None = None


def read(tree: ast.Module) -> Reading:
    """Return what ``tree`` tells."""
    reading = Reading()
    for statement in tree.body:
        _bind(statement, reading.bindings, conditional=False)
    nodes = list(ast.walk(tree))
    called = {last_name(node.func) for node in nodes if isinstance(node, ast.Call)}
    for call in _certain_calls(tree, called):
        _read_call(call, reading)
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        reading.last = tree.body[-1].value
    return reading


def _certain_calls(node: ast.AST, called: Collection[str | None]) -> Iterator[ast.Call]:
    """Yield the calls that run when the cell does: not those under a condition, nor in functions nobody calls here."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name not in called:
        return
    if isinstance(node, ast.Lambda | ast.IfExp | ast.Match | ast.ExceptHandler):
        return
    if isinstance(node, ast.If | ast.While):
        node = node.test
    if isinstance(node, ast.Call):
        yield node
    for inner in ast.iter_child_nodes(node):
        yield from _certain_calls(inner, called)


def is_literal(node: ast.expr) -> bool:
    """Tell whether an expression is written out: constants, their signs, arithmetic and plain containers of them."""
    match node:
        case ast.Constant():
            return True
        case ast.UnaryOp(operand=operand):
            return is_literal(operand)
        case ast.BinOp(left=left, right=right):
            return is_literal(left) and is_literal(right)
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
            return all(is_literal(item) for item in items)
        case ast.Dict(keys=keys, values=values):
            return all(key is not None and is_literal(key) for key in keys) and all(map(is_literal, values))
    return False


def is_scalar(node: ast.expr) -> bool:
    """Tell whether an expression is a written-out scalar, or a clock's: a container may be filled later."""
    if isinstance(node, ast.Call):
        return last_name(node.func) in CLOCKS
    return is_literal(node) and not isinstance(node, ast.List | ast.Dict | ast.Set)


def literal(node: ast.expr) -> Any:
    """Return the value of a literal expression, or ``...`` when it is not one Python reads without computing."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ...


def last_name(node: ast.expr) -> str | None:
    """Return the name a call is called by: ``fit`` for ``model.fit``, ``f1_score`` for itself."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return None


def _read_call(node: ast.Call, reading: Reading) -> None:
    callee = last_name(node.func)
    if callee is None or callee in _SHOWN_BY or _receiver(node.func) in _PLOTTERS:
        return
    for keyword in node.keywords:
        if keyword.arg is not None and isinstance(keyword.value, ast.Name):
            reading.passed.setdefault(keyword.value.id, set()).add(keyword.arg)
        if keyword.arg is not None and keyword.arg not in _MANNERS and (value := literal(keyword.value)) is not ...:
            reading.keywords.append(Keyword(callee, keyword.arg, value))


def _receiver(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _bind(statement: ast.stmt, found: dict[str, Binding], *, conditional: bool) -> None:
    """Note what a statement binds, looking into blocks but not into functions and classes."""
    match statement:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                _bind_target(target, value, found, conditional=conditional)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            _bind_target(target, value, found, conditional=conditional)
        case ast.AugAssign(target=target, value=value):
            counts = isinstance(value, ast.Constant)
            _bind_target(target, ast.BinOp(target, statement.op, value), found, conditional=conditional, counted=counts)
        case ast.For(target=target) | ast.AsyncFor(target=target):
            _bind_target(target, statement.iter, found, conditional=True, counted=True)
    for block in _blocks(statement):
        for inner in block:
            _bind(inner, found, conditional=True)


def _bind_target(
    target: ast.expr, value: ast.expr, found: dict[str, Binding], *, conditional: bool, counted: bool = False
) -> None:
    match target:
        case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
            binding = found.setdefault(name, Binding(name))
            binding.filled = binding.filled or isinstance(target, ast.Subscript)
            binding.values.append(value)
            binding.conditional = binding.conditional or conditional
            binding.counted = binding.counted or counted
        case ast.Tuple(elts=items) | ast.List(elts=items):
            values = value.elts if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(items) else None
            for place, item in enumerate(items):
                part = values[place] if values else value
                _bind_target(item, part, found, conditional=conditional, counted=counted)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if isinstance(block, list):
            yield block
    for handler in getattr(statement, "handlers", ()):
        yield handler.body
    for case in getattr(statement, "cases", ()):
        yield case.body
