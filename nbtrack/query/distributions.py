"""Distribution functions that tests and intervals stand on, each with the source of its formula.

The same in the front end is ``view/static/compare/distributions.js``. Both are written out because scipy, which has
them all, is not a dependency of nbtrack and does not run in a saved notebook.
"""

from collections.abc import Callable
from functools import lru_cache
from math import erfc, exp, lgamma, log, log1p, nan, sqrt


def t_cdf(t: float, df: float) -> float:
    """Return P(T <= t) of Student's t with ``df`` degrees of freedom, by the incomplete beta function (A&S 26.7.1).

    >>> round(t_cdf(2.0, 3), 6)
    0.930337
    """
    tail = beta_part(df / 2, 0.5, df / (df + t * t)) / 2
    return 1 - tail if t > 0 else tail


@lru_cache(maxsize=1000)
def t_quantile(p: float, df: float) -> float:
    """Return the t below which a share ``p`` of Student's t lies, to ten digits: ``t_cdf`` inverted by bisection.

    >>> round(t_quantile(0.975, 4), 6)
    2.776445
    """
    if p < 0.5:
        return -t_quantile(1 - p, df)
    high = 1.0
    while t_cdf(high, df) < p and high < 1e300:
        high *= 2
    return _inverted(lambda t: t_cdf(t, df) - p, 0, high)


def beta_part(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function, by its continued fraction (DLMF 8.17.22) as Lentz evaluates it.

    >>> round(beta_part(2, 3, 0.4), 6)
    0.5248
    """
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_part(b, a, 1 - x)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    out = d
    for m in range(1, 500):
        before = out
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / (1 + step * d)
            c = 1 + step / c
            out *= d * c
        if abs(out - before) < 1e-15 * abs(out):
            break
    return front * out / a


def beta_quantile(p: float, a: float, b: float) -> float:
    """Return the x where ``beta_part(a, b, x)`` is ``p``, to ten digits.

    >>> round(beta_quantile(0.5248, 2, 3), 6)
    0.4
    """
    return _inverted(lambda x: beta_part(a, b, x) - p, 0, 1)


def normal_cdf(x: float) -> float:
    """Return P(Z <= x) of the normal distribution.

    >>> round(normal_cdf(1.96), 6)
    0.975002
    """
    return erfc(-x / sqrt(2)) / 2


def normal_quantile(p: float) -> float:
    """Return the x below which a share ``p`` of the normal distribution lies, to ten digits, for ``p`` of 1e-15 up.

    >>> round(normal_quantile(0.975), 6)
    1.959964
    """
    return _inverted(lambda x: normal_cdf(x) - p, -8, 8)


def shifted_t_cdf(t: float, df: float, shift: float) -> float:
    """Return P(T <= t) of the noncentral t, for ``t`` up to 50 or so and ``df`` from 2.

    The definition, (Z + shift) / sqrt(chi2 / df), integrated by Simpson's rule over the distribution of the root.

    >>> round(shifted_t_cdf(2.0, 2, 1.5), 6)
    0.56606
    """
    return sum([weight * erfc((shift - t * root) / sqrt(2)) for root, weight in _roots(df)])


@lru_cache(maxsize=8)
def _roots(df: float) -> tuple[tuple[float, float], ...]:
    """Return points of the distribution of sqrt(chi2 / df), each with half its weight in Simpson's rule."""
    reach = 8 / sqrt(df)
    low = max(0.0, 1 - reach)
    step = (1 + reach - low) / 1000
    front = log(2) + df / 2 * log(df / 2) - lgamma(df / 2)
    points = [low + at * step for at in range(1, 1001)]
    heights = [exp(front + (df - 1) * log(root) - df * root * root / 2) for root in points]
    parts = [4, 2] * 499 + [4, 1]
    return tuple((root, part * height * step / 6) for root, part, height in zip(points, parts, heights, strict=True))


def shift_of(t: float, df: float, p: float) -> float:
    """Return the noncentrality that puts ``t`` at the quantile ``p`` of the noncentral t: one end of an interval.

    >>> round(shift_of(2.0, 10, 0.5), 4)
    1.9478
    """
    reach = 12 + abs(t) * (1 + 8 / sqrt(df))
    low, high, aim = -reach, reach, normal_quantile(p)
    before, there = 0.0, 0.0
    shift = t - aim * sqrt(1 + t * t / (2 * df))  # T is about normal, and its probit about a line: secants are quick
    for turn in range(100):
        part = shifted_t_cdf(t, df, shift)
        low, high = (shift, high) if part > p else (low, shift)
        off = normal_quantile(part) - aim if 1e-12 < part < 1 - 1e-12 else nan
        slope = (off - there) / (shift - before) if turn and shift != before else -1.0
        before, there = shift, off
        step = -off / slope if slope < 0 else nan
        shift = before + step if low < before + step < high else (low + high) / 2
        if abs(shift - before) <= 1e-10 * max(1.0, abs(shift)):
            break
    return shift


def _inverted(rising: Callable[[float], float], low: float, high: float) -> float:
    for _ in range(100):
        if high - low <= 1e-13 * max(1.0, abs(low)):
            break
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
