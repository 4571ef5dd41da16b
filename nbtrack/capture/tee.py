"""The tee: metric and fit calls of a cell hand their value to the open run, wherever they stand, and return it.

An AST transformer wraps ``accuracy_score(y, p)`` so that its value passes through ``tee("3f2a:7", value)``. Positions
are copied, so tracebacks and line numbers are those of the source. Outside a tracked cell the tee returns its value,
and that is all. A function compiled with it may travel - to a worker process, past ``%unload_ext`` - where there is no
tee: so it is looked up by name each time, with ``{}.setdefault``, which returns its second argument too, in its place.
"""

import ast
import builtins
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from nbtrack.capture.calls import imported_metrics, is_fit, is_log, is_metric
from nbtrack.capture.syntax import last_name

Value = TypeVar("Value")
Sink = Callable[["Site", object], None]
# In builtins, so that functions defined in a tracked cell survive %reset.
NAME: Final = "__nbtrack_tee__"
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
# Decorators that compile a function's code, or read its syntax, instead of running it.
_COMPILERS = frozenset("jit njit vectorize guvectorize stencil cfunc script compile function pjit kernel".split())
# Calls that only change how a number is written; what is inside them keeps the name of what they are assigned to.
_THROUGH = frozenset({"round", "float", "float64", "float32", "abs", "item"})


@dataclass(slots=True)
class Site:
    """One watched call: where its value goes is decided by its name."""

    key: str  # unique over processes, because instrumented code may reach another kernel
    callee: str
    text: str
    words: tuple[str, ...]  # what tells this call from others of its name: receiver, arguments, options
    target: str | None  # the user's own name for the value, when it is assigned
    repeats: bool  # in a loop, comprehension or function: its values are a series
    inside: bool  # in a function: the caller may give its value another name
    fits: bool
    receiver: str | None = None
    name: str = ""


_sites: dict[str, Site] = {}
_process = secrets.token_hex(4)
_sinks: list[Sink] = []
_installed = 0
_failures = 0


def tee(key: str, value: Value) -> Value:
    """Hand ``value`` to the open run and return it, whatever happens."""
    site = _sites.get(key) if _sinks else None
    if site is not None:
        try:
            _sinks[-1](site, value)
        except (Exception, SystemExit, GeneratorExit):  # noqa: BLE001 - nothing of ours is raised into a cell
            global _failures  # noqa: PLW0603 - a count for the card
            _failures += 1
    return value


def listen(sink: Sink) -> None:
    """Send values to ``sink`` from now on, and no longer to who listened before."""
    _sinks.append(sink)


def silence(sink: Sink) -> None:
    """Send nothing to ``sink`` any more; who listened before hears again."""
    if sink in _sinks:
        _sinks.remove(sink)


def failures() -> int:
    """Return how often a listener failed since this was last asked."""
    global _failures
    count, _failures = _failures, 0
    return count


def install() -> None:
    """Make the tee known to instrumented code; several shells may do so."""
    global _installed  # noqa: PLW0603 - a count of shells
    _installed += 1
    setattr(builtins, NAME, tee)


def uninstall() -> None:
    """Remove the tee with the last shell; functions compiled with it do without."""
    global _installed  # noqa: PLW0603 - same
    _installed = max(0, _installed - 1)
    if not _installed and hasattr(builtins, NAME):
        delattr(builtins, NAME)


def instrument(tree: ast.Module, namespace: Mapping[str, Any], *, functions_only: bool = False) -> list[Site]:
    """Wrap the watched calls of ``tree`` in place and return their sites, unnamed.

    Args:
        tree: a cell's syntax tree.
        namespace: the user's variables, to see what names stand for; only looked up, never called.
        functions_only: wrap only inside function bodies, as is done for cells that are not tracked themselves.
    """
    watcher = _Watcher(imported_metrics(tree), namespace, functions_only=functions_only)
    watcher.visit(tree)
    return watcher.sites


class _Watcher(ast.NodeTransformer):
    """Walks a cell, knowing whether it is inside a loop or function and what a value is about to be called."""

    def __init__(self, imported: frozenset[str], namespace: Mapping[str, Any], *, functions_only: bool) -> None:
        self.sites: list[Site] = []
        self._imported = imported
        self._namespace = namespace
        self._functions_only = functions_only
        self._loops = 0
        self._scopes = 0
        self._targets: dict[ast.expr, str] = {}

    def visit(self, node: ast.AST) -> Any:
        """Visit a node, counting the loops and functions around it; data that is written out holds no calls."""
        if isinstance(node, ast.List | ast.Tuple | ast.Set) and all(type(item) is ast.Constant for item in node.elts):
            return node
        self._loops += isinstance(node, _LOOPS)
        self._scopes += isinstance(node, _SCOPES)
        try:
            return super().visit(node)
        finally:
            self._loops -= isinstance(node, _LOOPS)
            self._scopes -= isinstance(node, _SCOPES)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """Note what the value will be called."""
        if len(node.targets) == 1:
            self._name_value(node.targets[0], node.value)
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Note what the value will be called."""
        if node.value is not None:
            self._name_value(node.target, node.value)
            node.value = self.visit(node.value)
        return node

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.AST:
        """Note what the value will be called."""
        self._name_value(node.target, node.value)
        return self.generic_visit(node)

    def visit_Await(self, node: ast.Await) -> ast.AST:
        """Leave an awaited call alone: its value is a coroutine, not a number."""
        if isinstance(node.value, ast.Call):
            self.generic_visit(node.value)
            return node
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Leave functions alone that a compiler reads."""
        if any(_decorator(each) in _COMPILERS for each in node.decorator_list):
            return node
        returns, node.returns = node.returns, None
        self.generic_visit(node)
        node.returns = returns
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Leave annotations as they are written: they may be read as text."""
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Wrap a watched call."""
        if is_log(node):
            return node
        site = self._site(node) if self._watches(node) else None
        self.generic_visit(node)
        return node if site is None else _wrapped(node, site)

    def _watches(self, node: ast.Call) -> bool:
        if self._functions_only and not self._scopes:
            return False
        return is_fit(node) or is_metric(node, self._imported, self._namespace)

    def _site(self, node: ast.Call) -> Site:
        receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
        site = Site(
            key=f"{_process}:{len(_sites)}",
            callee=last_name(node.func) or "",
            text=ast.unparse(node),
            words=tuple(_words(node)),
            target=self._targets.get(node),
            repeats=bool(self._loops or self._scopes),
            inside=bool(self._scopes),
            fits=is_fit(node),
            receiver=receiver.id if isinstance(receiver, ast.Name) else None,
        )
        _sites[site.key] = site
        self.sites.append(site)
        return site

    def _name_value(self, target: ast.expr, value: ast.expr) -> None:
        """Give the calls in ``value`` the user's own words: the variable, or the variable's key."""
        word = target_word(target)
        if word is None:
            return
        match value:
            case ast.Dict(keys=keys, values=values):
                for key, item in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        self._targets[through(item)] = member(word, key.value)
            case ast.Tuple(elts=values) if isinstance(target, ast.Tuple):
                for part, item in zip(target.elts, values, strict=False):
                    self._name_value(part, item)
            case _:
                self._targets[through(value)] = word


def target_word(target: ast.expr) -> str | None:
    """Return what a value assigned to ``target`` is called: ``acc``, or ``results.acc`` for ``results["acc"]``."""
    match target:
        case ast.Name(id=name):
            return name
        case ast.Tuple():
            return ""
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key))):
            return member(name, key)
    return None


def member(container: str, key: str) -> str:
    """Return the name of a container's entry; the words ``metrics`` and ``params`` go without saying."""
    return key if container in {"metrics", "params"} else f"{container}.{key}"


def through(node: ast.expr) -> ast.expr:
    """Return the call inside ``round(...)``, ``float(...)`` and the like, or the expression itself."""
    while isinstance(node, ast.Call):
        if (inner := handed_through(node)) is not None:
            node = inner
        elif last_name(node.func) not in _THROUGH:
            break
        elif node.args:
            node = node.args[0]
        elif isinstance(node.func, ast.Attribute):
            node = node.func.value
        else:
            break
    return node


def handed_through(node: ast.AST) -> ast.expr | None:
    """Return the call that ``node`` watches, or None when it is no tee."""
    match node:
        case ast.Call(func=ast.Call(args=[ast.Constant(value=name), _]), args=[_, inner]) if name == NAME:
            return inner
    return None


def written(node: ast.expr) -> str:
    """Return an expression as the person wrote it, without the tee."""
    text = ast.unparse(node)
    return ast.unparse(_Unwatched().visit(ast.parse(text, mode="eval"))) if NAME in text else text


class _Unwatched(ast.NodeTransformer):
    """Takes the tee out of a copy."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Return what the tee hands through."""
        inner = handed_through(node)
        return self.visit(inner) if inner is not None else self.generic_visit(node)


def _wrapped(node: ast.Call, site: Site) -> ast.Call:
    """Return the call with its value passing through the tee, all of it at the place of the call."""
    lookup = ast.parse(f"__import__('builtins').__dict__.get({NAME!r}, {{}}.setdefault)", mode="eval").body
    for part in ast.walk(lookup):
        ast.copy_location(part, node)
    key = ast.copy_location(ast.Constant(site.key), node)
    return ast.copy_location(ast.Call(lookup, [key, node], []), node)


def _decorator(node: ast.expr) -> str | None:
    return last_name(node.func if isinstance(node, ast.Call) else node)


def _words(node: ast.Call) -> list[str]:
    """Return the names and options that tell a call from others of the same function."""
    parts = [node.func.value] if isinstance(node.func, ast.Attribute) else []
    words = [name for part in [*parts, *node.args] if (name := _first_name(part)) is not None]
    options = [k.value.value for k in node.keywords if isinstance(k.value, ast.Constant)]
    return [*words, *(option for option in options if isinstance(option, str))]


def _first_name(node: ast.expr) -> str | None:
    return next((inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)), None)
