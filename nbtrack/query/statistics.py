"""What repeated runs tell: means with intervals, differences with effect sizes, tests corrected for their number.

The same in the front end is ``view/static/compare/statistics.js``; both keep to ``tests/query/statistics.json``.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb, exp, fsum, isfinite, lgamma, nan, sqrt
from typing import Final

from nbtrack.model.run import Run
from nbtrack.query.distributions import beta_part, normal_cdf, shift_of, t_quantile

_EXACT: Final = 24  # values whose arrangements are counted one by one
_FARTHEST: Final = 50  # a t beyond which the noncentral t says nothing more
_SEED: Final = re.compile(r"(?:^|[._\s-])(?:random_?state|(?:\w+_)?seed|rng)$|[a-z]Seed$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Summary:
    """The mean of ``n`` values with its 95 % interval from ``low`` to ``high``; NaN where ``n`` is too small for it."""

    n: int
    mean: float
    low: float
    high: float
    sd: float


@dataclass(frozen=True, slots=True)
class Welch:
    """Welch's t test: the difference of the means, b - a, its 95 % interval, and the two-sided ``p``."""

    difference: float
    low: float
    high: float
    df: float
    t: float
    p: float


@dataclass(frozen=True, slots=True)
class Effect:
    """Hedges' g with its 95 % interval: a difference in units of the spread within groups."""

    g: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RankTest:
    """A Mann-Whitney test: two-sided ``p``, the ``least`` that groups of this size could give, whether it is exact."""

    p: float
    least: float
    exact: bool


@dataclass(frozen=True, slots=True)
class SeedGroup:
    """Runs that differ in nothing but their seed; ``label`` says what tells the group from the others."""

    label: str
    runs: tuple[Run, ...]


def summary(values: Iterable[float | None]) -> Summary:
    """Return the mean with its 95 % t interval. Values that are not finite numbers are left out.

    With fewer than two there is no interval and no sd (NaN), with none there is no mean either.

    >>> found = summary([0.90, 0.92, 0.94])
    >>> found.n, round(found.mean, 4), round(found.low, 4), round(found.high, 4), round(found.sd, 4)
    (3, 0.92, 0.8703, 0.9697, 0.02)
    """
    xs = [float(x) for x in values if isinstance(x, int | float) and isfinite(x)]
    n = len(xs)
    if not n:
        return Summary(0, nan, nan, nan, nan)
    mean = fsum(xs) / n
    if n == 1:
        return Summary(1, mean, nan, nan, nan)
    sd = sqrt(fsum((x - mean) ** 2 for x in xs) / (n - 1))
    half = t_quantile(0.975, n - 1) * sd / sqrt(n)
    return Summary(n, mean, mean - half, mean + half, sd)


def welch(a: Summary, b: Summary) -> Welch:
    """Return Welch's t test of the means of ``b`` and ``a``, with Satterthwaite's degrees of freedom (Welch 1947).

    All but the difference is NaN where neither group varies, or one has fewer than two values.

    >>> test = welch(summary([0.90, 0.92, 0.94]), summary([0.95, 0.96, 0.98]))
    >>> round(test.difference, 4), round(test.low, 4), round(test.high, 4), round(test.p, 3)
    (0.0433, 0.0019, 0.0848, 0.044)
    """
    difference = b.mean - a.mean
    va, vb = (side.sd**2 / side.n if side.n else nan for side in (a, b))
    error = sqrt(va + vb)
    if not error > 0:
        return Welch(difference, nan, nan, nan, nan, nan)
    df = (va + vb) ** 2 / (va**2 / (a.n - 1) + vb**2 / (b.n - 1))
    t, half = difference / error, t_quantile(0.975, df) * error
    return Welch(difference, difference - half, difference + half, df, t, beta_part(df / 2, 0.5, df / (df + t * t)))


def effect(a: Summary, b: Summary) -> Effect:
    """Return Hedges' g of ``b`` over ``a``: the difference in units of the spread, corrected for small samples.

    The spread is the root of the mean of both variances, and the interval turns Welch's t around, so that it excludes
    zero when Welch's test does. Fewer than three values a side give NaN; so does the interval of a difference far
    beyond all spread. (Hedges 1981; g*s of Delacre, Lakens, Ley, Liu and Leys 2021)

    >>> size = effect(summary([0.90, 0.92, 0.94]), summary([0.95, 0.96, 0.98]))
    >>> round(size.g, 2), round(size.low, 2), round(size.high, 2)
    (1.91, 0.05, 4.69)
    """
    test = welch(a, b)
    if min(a.n, b.n) < 3 or not isfinite(test.t):
        return Effect(nan, nan, nan)
    va, vb = a.sd**2, b.sd**2
    own = (a.n - 1) * (b.n - 1) * (va + vb) ** 2 / ((b.n - 1) * va**2 + (a.n - 1) * vb**2)
    correction = exp(lgamma(own / 2) - lgamma((own - 1) / 2)) / sqrt(own / 2)
    g = test.difference / sqrt((va + vb) / 2) * correction
    if abs(test.t) > _FARTHEST:
        return Effect(g, nan, nan)
    unit = sqrt(2 * (va / a.n + vb / b.n) / (va + vb))
    return Effect(g, shift_of(test.t, test.df, 0.975) * unit, shift_of(test.t, test.df, 0.025) * unit)


def rank_test(a: Sequence[float], b: Sequence[float]) -> RankTest:
    """Return the Mann-Whitney test of two groups, ties and all.

    Exact over all arrangements up to 24 values (counted by shifting, Streitberg and Röhmel 1986), else by the normal
    approximation with corrections for ties and continuity.

    >>> rank_test([1, 2, 3], [4, 5, 6])
    RankTest(p=0.1, least=0.1, exact=True)
    """
    doubled = [round(2 * rank) for rank in midranks([*a, *b])]
    middle = len(b) * (len(doubled) + 1)
    gap = abs(sum(doubled[len(a) :]) - middle)
    if len(doubled) > _EXACT:
        return _rough_rank_test(doubled, len(a), len(b), gap / 2)
    ways = _arrangements(doubled, len(b))
    every = comb(len(doubled), len(b))
    farthest = max(abs(total - middle) for total in ways)
    p, least = (
        sum(count for total, count in ways.items() if abs(total - middle) >= far) / every for far in (gap, farthest)
    )
    return RankTest(p, least, exact=True)


def _arrangements(doubled: Sequence[int], size: int) -> dict[int, int]:
    """Return how many choices of ``size`` of the numbers have each sum."""
    ways: list[dict[int, int]] = [{0: 1}, *({} for _ in range(size))]
    for rank in doubled:
        for k in range(size, 0, -1):
            for total, count in ways[k - 1].items():
                ways[k][total + rank] = ways[k].get(total + rank, 0) + count
    return ways[size]


def _rough_rank_test(doubled: Sequence[int], m: int, n: int, gap: float) -> RankTest:
    every = m + n
    variance = sum((rank / 2 - (every + 1) / 2) ** 2 for rank in doubled)
    spread = sqrt(m * n * variance / (every * (every - 1)))
    p, least = (min(1.0, 2 * normal_cdf(-max(0.0, far - 0.5) / spread)) if spread else 1.0 for far in (gap, m * n / 2))
    return RankTest(p, least, exact=False)


def midranks(values: Sequence[float]) -> list[float]:
    """Return the ranks of values from 1; equal values share the mean of theirs.

    >>> midranks([0.5, 0.1, 0.5])
    [2.5, 1.0, 2.5]
    """
    places: dict[float, list[int]] = {}
    for at, value in enumerate(values):
        places.setdefault(value, []).append(at)
    ranks, before = [0.0] * len(values), 0
    for value in sorted(places):
        for at in places[value]:
            ranks[at] = before + (len(places[value]) + 1) / 2
        before += len(places[value])
    return ranks


def holm(ps: Sequence[float]) -> list[float]:
    """Return each p corrected for there being so many tests, by Holm's steps (1979), in the order given.

    >>> holm([0.01, 0.04, 0.03, 0.5])
    [0.04, 0.09, 0.09, 0.5]
    """
    out, highest = [0.0] * len(ps), 0.0
    for n, at in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        highest = min(1.0, max(highest, (len(ps) - n) * ps[at]))
        out[at] = highest
    return out


@lru_cache(maxsize=10_000)
def seed_like(key: str) -> bool:
    """Return whether a param of this name only says which random numbers were drawn.

    >>> [key for key in ("seed", "clf.random_state", "torch_seed", "lr") if seed_like(key)]
    ['seed', 'clf.random_state', 'torch_seed']
    """
    return _SEED.search(key) is not None


def seed_groups(runs: Iterable[Run]) -> list[SeedGroup]:
    """Return runs that differ in nothing but their seed, together: equal in experiment and in every other param.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> for lr, seed in ((0.1, 1), (0.1, 2), (0.2, 1)):
    ...     nbtrack.start_run("run", store=store, params={"lr": lr, "seed": seed}).finish()
    >>> [(group.label, len(group.runs)) for group in seed_groups(nbtrack.runs("order by params.lr", store=store))]
    [('lr=0.1', 2), ('lr=0.2', 1)]
    """
    groups: dict[tuple[tuple[str, str], ...], list[Run]] = {}
    for run in runs:
        groups.setdefault(tuple(sorted(_settings(run).items())), []).append(run)
    every = list(map(dict, groups))
    telling = [key for key in dict.fromkeys(k for each in every for k in each) if _differs(key, every)]
    return [
        SeedGroup(", ".join(f"{key}={each[key]}" for key in telling if key in each) or "all runs", tuple(found))
        for each, found in zip(every, groups.values(), strict=True)
    ]


def _settings(run: Run) -> dict[str, str]:
    params = {key: value for key, value in run.params.items() if not seed_like(key)}
    return {key: value if isinstance(value, str) else repr(value) for key, value in params.items()} | {
        "experiment": run.experiment
    }


def _differs(key: str, groups: Sequence[dict[str, str]]) -> bool:
    return len({each.get(key) for each in groups}) > 1
