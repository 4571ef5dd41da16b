"""Whether a recorded value looks like one of several reproductions: the prediction interval of one more of them."""

from collections.abc import Sequence
from math import fsum, isfinite, sqrt

from nbtrack.query.distributions import t_quantile


def prediction_interval(values: Sequence[float], metrics: int = 1) -> tuple[float, float] | None:
    """Return where one more value of the same kind lies, with 95 % confidence, or None where nothing can be told.

    Of n values with mean m and standard deviation s it is m ± t s √(1 + 1/n), with t of Student's distribution with
    n - 1 degrees of freedom (W. Q. Meeker, G. J. Hahn, L. A. Escobar: Statistical Intervals, 2nd ed. 2017, chapter 4).
    It holds for normally distributed values. With several ``metrics``, t is that of 1 - 0.05 / metrics, so that all of
    their intervals together hold with 95 % confidence (Bonferroni; O. J. Dunn 1961).

    Fewer than two values, or one that is not finite, tell no spread; values that are all the same have none, and then
    what differs from them is no accident.

    >>> low, high = prediction_interval([0.90, 0.92, 0.94])
    >>> round(low, 4), round(high, 4)
    (0.8206, 1.0194)
    >>> prediction_interval([0.92]), prediction_interval([0.92, 0.92])
    (None, None)
    """
    n = len(values)
    if n < 2 or not all(map(isfinite, values)):
        return None
    scale = max(map(abs, values))
    if min(values) == max(values):
        return None
    parts = [value / scale for value in values]  # squares of what is very large or small are no numbers
    mean = fsum(parts) / n
    deviation = sqrt(fsum((part - mean) ** 2 for part in parts) / (n - 1))
    half = t_quantile(1 - 0.025 / max(1, metrics), n - 1) * deviation * sqrt(1 + 1 / n)
    low, high = (mean - half) * scale, (mean + half) * scale
    return (low, high) if isfinite(low) and isfinite(high) and deviation > 0 else None
