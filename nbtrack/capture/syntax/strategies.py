"""What is a result where a strategy is judged: a cell that has a Sharpe ratio or a drawdown backtests."""

from collections.abc import Collection
from typing import Final

from nbtrack.capture.syntax.experiments import words_of

_JUDGING: Final = frozenset("sharpe sortino drawdown drawdowns".split())
_BESIDE: Final = frozenset("cagr volatility pnl capital calmar expectancy".split())
_BEGUN: Final = frozenset("initial init start starting".split())


def of_strategies(names: Collection[str]) -> set[str]:
    """Return the names that tell how a strategy did, in a cell that judges one; none in any other.

    >>> sorted(of_strategies(["sharpe", "cagr", "initial_capital", "price"])), of_strategies(["cagr"])
    (['cagr'], set())
    """
    words = {name: words_of(name) for name in names}
    if all(_JUDGING.isdisjoint(each) for each in words.values()):
        return set()
    return {n for n, each in words.items() if not n.isupper() and each & _BESIDE and not each & _BEGUN}
