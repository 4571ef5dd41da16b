"""What SciPy and its like have found - fitted, minimised, solved, integrated -, and what a cell makes of that.

``popt, pcov = curve_fit(f, x, y)`` has found something out, and ``half_life = np.log(2) / popt[1]`` is made of it.
"""

import ast
from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

from nbtrack.capture.syntax.calls import MINIMISES
from nbtrack.capture.syntax.shown import core, measured
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.walking import every_node, of_kind

ROOTS: Final = frozenset("quad dblquad tplquad fsolve newton brentq brenth leastsq".split())  # what they find is told
SPECTRA: Final = frozenset(  # and what is found in a signal: its frequencies, its peaks, what a filter leaves of it
    "periodogram welch lombscargle find_peaks hilbert fft rfft filtfilt sosfiltfilt lfilter sosfilt".split()
)
FINDS: Final = (
    ROOTS
    | MINIMISES
    | frozenset(
        "curve_fit linregress theilslopes polyfit lstsq nnls least_squares solve_ivp odeint solve_bvp root root_scalar "
        "bisect linprog milp fmin brute".split()
    )
    | SPECTRA
)
_SIZES: Final = frozenset({"shape", "size", "ndim", "nfev", "nit", "njev"})
_COUNTS: Final = frozenset({"len", "range"})
_INVERTS: Final = frozenset({"solve", "inv", "pinv"})


class Settled(NamedTuple):
    """The variables that hold where an optimum was found, and those that hold anything made of what was found."""

    optima: Collection[str] = ()
    made: Collection[str] = ()


NOTHING_SETTLED: Final = Settled()


def is_found(node: ast.expr) -> bool:
    """Tell whether an expression is where an optimum of SciPy's is: ``res.x``, ``res["x"]``."""
    match node:
        case ast.Attribute(value=ast.Name(), attr="x") | ast.Subscript(value=ast.Name(), slice=ast.Constant(value="x")):
            return True
    return False


def finds(node: ast.expr) -> bool:
    """Tell whether an expression is an optimum of SciPy's: all of it, where it is, or an entry of that."""
    inner = node.value if isinstance(node, ast.Subscript) and not is_found(node) else node
    minimises = isinstance(inner, ast.Call) and last_name(inner.func) in MINIMISES
    return minimises or is_found(inner)


def settles(node: ast.expr) -> bool:
    """Tell whether an expression is what SciPy has fitted, minimised or solved, how surely, or an entry of that.

    >>> texts = ("curve_fit(f, x, y)", "res.x[0]", "np.sqrt(np.diag(pcov))", "quad(f, 0, 1)", "np.diag(A)", "res.y")
    >>> [settles(ast.parse(text, mode="eval").body) for text in texts]
    [True, True, True, True, False, False]
    """
    called = last_name(node.func) if isinstance(node, ast.Call) else None
    found = called == "curve_fit" or called in ROOTS or finds(node) or _is_root_of_diagonal(node)
    return found or is_least_squares(node)


def _is_root_of_diagonal(node: ast.expr) -> bool:
    inner = measured(node)
    return inner is not core(node) and isinstance(inner, ast.Call) and last_name(inner.func) in {"diag", "diagonal"}


def is_least_squares(node: ast.expr) -> bool:
    """Tell whether an expression solves the normal equations: a regression by hand.

    >>> texts = ("np.linalg.solve(X.T @ X, X.T @ y)", "inv(X.T.dot(X)).dot(X.T).dot(y)", "solve(A, b)", "inv(X.T @ X)")
    >>> [is_least_squares(ast.parse(text, mode="eval").body) for text in texts]
    [True, True, False, False]
    """
    inner = node
    while factors := _factors(inner):
        inner = factors[0]
    if not isinstance(inner, ast.Call) or last_name(inner.func) not in _INVERTS:
        return False
    return (inner is not node or last_name(inner.func) == "solve") and _inverts_squares(inner)


def _inverts_squares(node: ast.Call) -> bool:
    """Tell whether a call that inverts is given how columns go together: ``inv(X.T @ X + lam * np.eye(3))``."""
    return bool(node.args) and any(map(_squares, every_node(node.args[0])))


def _squares(node: ast.AST) -> bool:
    """``X.T @ X``, ``X.T @ W @ X``."""
    first, *rest = _factors(node) or (None,)
    while factors := _factors(first):
        first = factors[0]
    match first:
        case (
            ast.Attribute(value=ast.Name(id=name), attr="T")
            | ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="transpose"), args=[])
        ):
            return isinstance(rest[0], ast.Name) and rest[0].id == name
    return False


def _factors(node: ast.AST | None) -> tuple[ast.expr, ast.expr] | None:
    """Return the two factors of a product of matrices, however it is written."""
    match node:
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            return left, right
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr="dot" | "matmul"), args=[left, right]):
            return left, right
        case ast.Call(func=ast.Attribute(value=left, attr="dot"), args=[right]):
            return left, right
    return None


def is_uncertainty(node: ast.expr, estimated: Collection[str]) -> bool:
    """Tell whether an expression is how surely a curve was fitted: ``np.sqrt(np.diag(pcov))``."""
    match measured(node):
        case ast.Call(func=function, args=[ast.Name(id=name)]):
            return last_name(function) in {"diag", "diagonal"} and name in estimated
    return False


def made_of(
    pairs: Iterable[tuple[Collection[str], ast.expr]], begun: Collection[str], own: Collection[str]
) -> set[str]:
    """Return the names that hold what was found, or what was made of it; not how much of it there is.

    Args:
        pairs: what the statements of a cell bind, with what they bind it to, in their order.
        begun: the names that hold such things before.
        own: functions of the notebook's own that solve.

    >>> body = ast.parse("fit = linregress(x, y); k = -fit.slope * 8.3; n = len(fit); m = x.mean()").body
    >>> sorted(made_of((([each.targets[0].id], each.value) for each in body), (), ()))
    ['fit', 'k']
    """
    known = set(begun)
    for names, value in pairs:
        if follows(value, known, own):
            known.update(names)
    return known


def follows(node: ast.expr, known: Collection[str], own: Collection[str] = ()) -> bool:
    """Tell whether an expression finds something out, or makes something of what was found."""
    if _counts(core(node)):
        return False
    parts = every_node(node)
    return not parts.names.isdisjoint(known) or any(_finds_out(call, own) for call in of_kind(parts, ast.Call))


class Made(NamedTuple):
    """What a variable is made of, in all that it is bound to: the names that are read, and the calls."""

    names: frozenset[str]
    calls: Sequence[ast.Call]

    def finds(self, own: Collection[str]) -> bool:
        """Tell whether a call finds something out: one of SciPy's, or one of a function of the notebook's ``own``."""
        return any(_finds_out(call, own) for call in self.calls)


NOTHING_MADE: Final = Made(frozenset(), ())


def made(values: Iterable[ast.expr]) -> Made:
    """Return what a variable is made of that is bound to these; how much there is of something tells nothing."""
    parts = [every_node(value) for value in values if not _counts(core(value))]
    names = frozenset[str]().union(*(each.names for each in parts))
    return Made(names, [call for each in parts for call in of_kind(each, ast.Call)])


def _finds_out(call: ast.Call, own: Collection[str]) -> bool:
    called = last_name(call.func)
    if called in FINDS or (called in own and isinstance(call.func, ast.Name)):
        return True
    return called in _INVERTS and _inverts_squares(call)


def _counts(node: ast.expr) -> bool:
    """Tell whether an expression says how much there is of something: ``len(peaks)``, ``sol.y.shape[1]``."""
    match node:
        case ast.Call(func=function) | ast.Subscript(value=ast.Call(func=function)):
            return last_name(function) in _COUNTS
        case ast.Attribute(attr=name) | ast.Subscript(value=ast.Attribute(attr=name)):
            return name in _SIZES
    return False
