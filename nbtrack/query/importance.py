"""How much of a metric goes with each param: Kelley's epsilon squared of the metric's ranks over the param's values.

The same in the front end is ``view/static/compare/association.js``; both keep to ``tests/query/importance.json``.

- *Ranks*, so that one diverged run does not decide, and any monotone scale of the metric gives the same answer.
- *Epsilon squared*, (H - k + 1) / (n - k) with Kruskal and Wallis's H over k values and n runs, is the share of
  variance between the values less what so many values would get by chance: a param of fifty values gains nothing by
  having fifty. (Kelley 1935; Tomczak and Tomczak 2014 for the form with H)
- Numbers of more than five values are cut into up to five bins of about as many runs, so a best value in the middle
  is seen as well as a trend.
- *The interval* is by the jackknife. A bootstrap draws runs twice, which looks like agreement within a value: with
  twenty values its 90 % interval held the truth 18 times in 100, the jackknife's 97.
- *What chance alone does* is one bound for all params together (Westfall and Young 1993, min P): the metric's ranks
  are dealt out at random again and again, and the strongest param stays under it in 95 of 100 shuffles.

It is association in these runs, not cause, and one param at a time: what only two params do together is not seen.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from math import ceil, floor, fsum, isfinite, isnan, nan, sqrt
from typing import Any, Final

from nbtrack.errors import MetricNotFound
from nbtrack.model.run import Run
from nbtrack.query.distributions import beta_part, beta_quantile, t_quantile
from nbtrack.query.nearest import nearest
from nbtrack.query.statistics import midranks

_BINS: Final = 5
_VALUES: Final = 100_000  # looked at; more runs are thinned evenly
_WORK: Final = 12_000_000  # values shuffled
_QUICK: Final = 8_000  # values looked at, and
_SHUFFLED: Final = 200  # values shuffled 200 times, where the answer must not take long
_LISTED: Final = 5
_NUMBERS: Final = frozenset({int, float})
_ABSENT: Final = object()  # None is a value: max_depth=None


@dataclass(frozen=True, slots=True)
class Importance:
    """How much of the metric goes with a param, over ``n`` runs that have both.

    ``value`` is the share of the ranks' variance, 0 to 1, with its 90 % interval from ``low`` to ``high``; values up
    to ``chance`` are no more than the strongest of all params reaches by chance. ``params`` holds the param and others
    that always changed together with it, ``levels`` its values (or ranges of them), ``rho`` Spearman's correlation
    (NaN for words), and ``top`` and ``bottom`` the levels with the highest and the lowest mean rank of the metric.
    """

    params: tuple[str, ...]
    n: int
    levels: tuple[str, ...]
    value: float
    low: float
    high: float
    chance: float
    rho: float
    top: str
    bottom: str


@dataclass(frozen=True, slots=True)
class _Factor:
    """A param as codes: the places of the runs that have it, each run's level, and how many runs a level has."""

    params: list[str]
    at: tuple[int, ...]
    codes: tuple[int, ...]
    levels: tuple[str, ...]
    counts: tuple[int, ...]
    numbers: tuple[float, ...]

    def places(self) -> list[list[int]]:
        found: list[list[int]] = [[] for _ in self.levels]
        for place, code in zip(self.at, self.codes, strict=True):
            found[code].append(place)
        return found


def importance(runs: Sequence[Run], metric: str, *, thorough: bool = True) -> tuple[Importance, ...]:
    """Return how much of ``metric`` goes with each param that varies: those beyond chance first, strongest first.

    Runs without a finite value of the metric are left out, and for each param the runs that do not have it. Nothing
    goes with a metric that is the same everywhere.

    Args:
        runs: any number of them; beyond 100,000 values they are thinned evenly.
        metric: the name of a metric.
        thorough: False for an answer within milliseconds: where shuffling would take longer, Bonferroni's bound takes
            its place, which is never lower for params that have to do with each other, and runs are thinned sooner.

    Raises:
        MetricNotFound: no run has the metric; the message names the nearest.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> for number in range(12):
    ...     params = {"lr": number % 3, "depth": number % 2}
    ...     with nbtrack.start_run(f"run {number}", store=store, params=params) as opened:
    ...         opened.log(f1=0.9 - number % 3 / 10 + number / 1000)
    >>> for row in importance(nbtrack.runs(store=store), "f1"):
    ...     print(row.params, round(row.value, 2), row.value > row.chance, row.top)
    ('lr',) 0.87 True 0
    ('depth',) 0.0 False 1
    """
    every = sorted(measured_by(runs, metric), key=lambda run: run.id)  # so that no order of asking moves a bar
    names = dict.fromkeys(name for run in every for name in run.params)
    most = max(1000, _VALUES / (len(names) or 1)) if thorough else max(200, _QUICK / (len(names) or 1))
    chosen = every[:: ceil(len(every) / most) or 1]
    ranks = midranks([run.metrics[metric] for run in chosen])
    factors = _factors(chosen, names) if len(set(ranks)) > 1 else []
    values = len(chosen) * len(factors)
    shuffles = max(40, min(200, floor(_WORK / (values or 1))))
    bounds = _chance(factors, ranks, shuffles) if thorough or values <= _SHUFFLED else _strict(factors)
    rows = [_measured(factor, ranks, bound) for factor, bound in zip(factors, bounds, strict=True)]
    return tuple(sorted(rows, key=lambda row: (row.value <= row.chance, -row.value)))


def measured_by(runs: Sequence[Run], metric: str) -> list[Run]:
    """Return the runs with a finite value of ``metric``.

    Raises:
        MetricNotFound: no run has the metric; the message names the nearest.
    """
    every = list(runs)
    known = dict.fromkeys(name for run in every for name in run.metrics)
    if every and metric not in known:
        near = nearest(metric, known)
        there = ", ".join(repr(name) for name in list(known)[:_LISTED])
        hint = f"did you mean {near!r}?" if near else f"there are {there}" if known else "no run has any metric"
        raise MetricNotFound(f"no run has the metric {metric[:80]!r}; {hint}")
    return [run for run in every if _is_number(run.metrics.get(metric)) and isfinite(run.metrics[metric])]


def _is_number(value: Any) -> bool:
    return type(value) in _NUMBERS


def _factors(runs: Sequence[Run], names: Mapping[str, None]) -> list[_Factor]:
    """Return what varies; params that always changed together are one factor."""
    known: dict[tuple[int, ...], _Factor] = {}
    for name in names:
        values = [run.params.get(name, _ABSENT) for run in runs]
        codes, levels, numbers = _coded(values)
        at = tuple(compress(range(len(codes)), (code >= 0 for code in codes)))
        if len(levels) < 2 or len(at) - len(levels) < 2:
            continue
        own = tuple(codes[place] for place in at)
        factor = _Factor([], at, own, levels, tuple(map(own.count, range(len(levels)))), numbers)
        known.setdefault(_first_seen(codes), factor).params.append(name)
    return list(known.values())


def _coded(values: Sequence[Any]) -> tuple[list[int], tuple[str, ...], tuple[float, ...]]:
    """Return a code for each value (-1 for what is missing), what each code means, and the numbers there are."""
    there = [value for value in values if value is not _ABSENT]
    if there and all(map(_is_number, there)):
        numbers = [nan if value is _ABSENT else _as_float(value) for value in values]
        codes, levels = _number_levels(numbers)
        return codes, levels, tuple(number for number in numbers if not isnan(number))
    texts = [None if value is _ABSENT else value if isinstance(value, str) else repr(value) for value in values]
    words = {text: at for at, text in enumerate(dict.fromkeys(text for text in texts if text is not None))}
    return [-1 if text is None else words[text] for text in texts], tuple(words), ()


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # an integer that no float can hold is farther than all others
        return float("inf") if value > 0 else float("-inf")


def _number_levels(values: Sequence[float]) -> tuple[list[int], tuple[str, ...]]:
    """Few numbers stand as they are, many in bins of about as many runs; equal numbers are never parted."""
    there = [value for value in values if not isnan(value)]
    bins = {value: floor(_BINS * (rank - 0.5) / len(there)) for value, rank in zip(there, midranks(there), strict=True)}
    distinct = sorted(bins)
    if len(distinct) <= _BINS:
        bins = {value: at for at, value in enumerate(distinct)}
    used = {bin_: at for at, bin_ in enumerate(dict.fromkeys(bins[value] for value in distinct))}
    members = [[value for value in distinct if bins[value] == bin_] for bin_ in used]
    levels = tuple(f"{own[0]:g} to {own[-1]:g}" if len(own) > 1 else f"{own[0]:g}" for own in members)
    return [-1 if isnan(value) else used[bins[value]] for value in values], levels


def _first_seen(codes: Sequence[int]) -> tuple[int, ...]:
    """Return codes that are equal for params that part the runs alike."""
    order = {-1: -1}
    return tuple(order.setdefault(code, len(order)) for code in codes)


def _epsilon(between: float, total: float, n: int, levels: int) -> float:
    if total <= 0 or n <= levels:
        return 0.0
    return 1 - (1 - between / total) * (n - 1) / (n - levels)


def _measured(factor: _Factor, ranks: Sequence[float], bound: float) -> Importance:
    n, counts = len(factor.at), factor.counts
    own = [ranks[place] for place in factor.at]
    sums = [fsum(map(ranks.__getitem__, places)) for places in factor.places()]
    all_, squares = fsum(own), fsum(rank * rank for rank in own)
    parts = fsum(total**2 / count for total, count in zip(sums, counts, strict=True))
    value = _epsilon(parts - all_**2 / n, squares - all_**2 / n, n, len(sums))

    def without(rank: float, code: int) -> float:
        total, count = sums[code], counts[code]
        rest = parts - total**2 / count + ((total - rank) ** 2 / (count - 1) if count > 1 else 0)
        centre = (all_ - rank) ** 2 / (n - 1)
        return _epsilon(rest - centre, squares - rank**2 - centre, n - 1, len(sums) - (count == 1))

    error = max(_jackknife(list(map(without, own, factor.codes))), _least_error(value, n, len(sums)))
    half = t_quantile(0.95, n - 1) * error
    means = [total / count for total, count in zip(sums, counts, strict=True)]
    return Importance(
        params=tuple(factor.params),
        n=n,
        levels=factor.levels,
        value=_within(value),
        low=_within(value - half),
        high=_within(max(0.0, value) + half),
        chance=bound,
        rho=_spearman(factor.numbers, own) if factor.numbers else nan,
        top=factor.levels[means.index(max(means))],
        bottom=factor.levels[means.index(min(means))],
    )


def _within(share: float) -> float:
    return min(1.0, max(0.0, share))


def _jackknife(left: Sequence[float]) -> float:
    """Return the standard error of an estimate that is ``left`` without each run in turn (Efron, Tibshirani 1993)."""
    n = len(left)
    mean = fsum(left) / n
    return sqrt((n - 1) / n * fsum((x - mean) ** 2 for x in left))


def _least_error(value: float, n: int, levels: int) -> float:
    """Near zero the jackknife sees too little: no error is smaller than what chance alone makes of the rest."""
    a, b = (levels - 1) / 2, (n - levels) / 2
    return (1 - _within(value)) * sqrt(a * b / (a + b + 1)) * ((n - 1) / (n - levels) / (a + b))


def _spearman(xs: Sequence[float], ys: Sequence[float]) -> float:
    us, vs = midranks(xs), midranks(ys)
    middle = (len(us) + 1) / 2

    def product(one: Sequence[float], two: Sequence[float]) -> float:
        return fsum((u - middle) * (v - middle) for u, v in zip(one, two, strict=True))

    spread = sqrt(product(us, us) * product(vs, vs))
    return product(us, vs) / spread if spread else nan


def _chance(factors: Sequence[_Factor], ranks: Sequence[float], shuffles: int) -> list[float]:
    """Return for each param the share that is as unlikely for it as the unlikeliest of a shuffle, 95 times of 100."""
    placed = [factor.places() for factor in factors]
    shares: list[list[float]] = [[] for _ in factors]
    for dealt in _deals(ranks, shuffles if factors else 0):
        for own, factor, places in zip(shares, factors, placed, strict=True):
            own.append(_share(factor, places, dealt))
    bound = _unlikeliest(factors, shares, ceil(0.05 * shuffles)) if factors else 1.0
    shapes = [(len(factor.at), len(factor.levels)) for factor in factors]
    return [_within(_epsilon(beta_quantile(1 - bound, (k - 1) / 2, (n - k) / 2), 1, n, k)) for n, k in shapes]


def _strict(factors: Sequence[_Factor]) -> list[float]:
    """Return for each param the share that chance exceeds 5 times in 100 if each were tested (Bonferroni)."""
    shapes = [(len(factor.at), len(factor.levels)) for factor in factors]
    level = 0.05 / (len(factors) or 1)
    return [_within(_epsilon(beta_quantile(1 - level, (k - 1) / 2, (n - k) / 2), 1, n, k)) for n, k in shapes]


def _unlikeliest(factors: Sequence[_Factor], shares: Sequence[Sequence[float]], rank: int) -> float:
    """Return the ``rank``-th least of what is the least p of each shuffle.

    A share's p is that of the rank-transform F test (Conover and Iman 1981), asked for the largest only.
    """
    least = [1.0] * len(shares[0])
    for factor, own in zip(factors, shares, strict=True):
        a, b = (len(factor.at) - len(factor.levels)) / 2, (len(factor.levels) - 1) / 2
        able = sorted(own)[-rank]
        for turn, share in enumerate(own):
            if share >= able:
                least[turn] = min(least[turn], beta_part(a, b, 1 - share))
    return sorted(least)[rank - 1]


def _share(factor: _Factor, places: Sequence[Sequence[int]], ranks: Sequence[float]) -> float:
    rank = ranks.__getitem__
    sums = [sum(map(rank, own)) for own in places]
    centre = sum(sums) ** 2 / len(factor.at)
    total = sum(x * x for x in map(rank, factor.at)) - centre
    parts = sum(each * each / count for each, count in zip(sums, factor.counts, strict=True))
    return (parts - centre) / total if total > 0 else 0.0


def _deals(ranks: Sequence[float], shuffles: int) -> Iterator[list[float]]:
    """Yield the ranks in orders of chance, each from the one before (Fisher and Yates), the same every time."""
    random, dealt = mulberry32(1), list(ranks)
    for _ in range(shuffles):
        for i in range(len(dealt) - 1, 0, -1):
            j = floor(random() * (i + 1))
            dealt[i], dealt[j] = dealt[j], dealt[i]
        yield dealt


def mulberry32(state: int) -> Callable[[], float]:
    """Return a source of random numbers from 0 to 1, the same for the same seed here and in the front end.

    The generator is T. Ettinger's mulberry32; it deals out ranks well and guards no secret.

    >>> random = mulberry32(5)
    >>> random(), random()
    (0.6897749109193683, 0.7727432732935995)
    """

    def random() -> float:
        nonlocal state
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        t = (state ^ (state >> 15)) * (state | 1) & 0xFFFFFFFF
        t ^= (t + (t ^ (t >> 7)) * (t | 61)) & 0xFFFFFFFF
        return (t ^ (t >> 14)) / 4294967296

    return random
