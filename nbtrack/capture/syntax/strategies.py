"""What is a result where a strategy is judged: a cell that has a Sharpe ratio or a drawdown backtests."""

import ast
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from nbtrack.capture.syntax.experiments import targets_of, words_of
from nbtrack.capture.syntax.literals import is_literal

_JUDGING: Final = frozenset("sharpe sortino drawdown drawdowns".split())
_RATIOS: Final = frozenset("sharpe sortino calmar".split())  # of a return to a risk
_BESIDE: Final = frozenset("cagr volatility pnl capital calmar expectancy".split())
_BEGUN: Final = frozenset("initial init start starting".split())


def of_strategies(names: Collection[str], statements: Sequence[Any] = ()) -> set[str]:
    """Return the names that tell how a strategy did, in a cell that judges one; none in any other.

    So do the return and the risk that its ratio is made of, whatever they are called.

    >>> sorted(of_strategies(["sharpe", "cagr", "initial_capital", "price"])), of_strategies(["cagr"])
    (['cagr'], set())
    >>> cell = ast.parse("r = w @ mu; s = np.sqrt(w @ cov @ w); rf = 0.02; sharpe = (r - rf) / s")
    >>> sorted(of_strategies(["r", "s", "rf", "sharpe"], cell.body))
    ['r', 's']
    """
    words = {name: words_of(name) for name in names}
    if all(_JUDGING.isdisjoint(each) for each in words.values()):
        return set()
    values = {name: each.value for each in statements if isinstance(each, ast.Assign) for name in targets_of(each)}
    ratios = [value for name, value in values.items() if not _RATIOS.isdisjoint(words_of(name))]
    parts = {name for ratio in ratios for name in _named(ratio) if name in values and not is_literal(values[name])}
    return parts | {n for n, each in words.items() if not n.isupper() and each & _BESIDE and not each & _BEGUN}


def _named(node: ast.expr) -> Iterator[str]:
    """Yield what is divided and multiplied: of ``(r - rf) / s`` the return and the risk, and not what is taken off."""
    match node:
        case ast.Name(id=name):
            yield name
        case ast.BinOp(left=left, op=ast.Sub()):
            yield from _named(left)
        case ast.BinOp(left=left, op=ast.Div() | ast.Mult(), right=right):
            yield from _named(left)
            yield from _named(right)
