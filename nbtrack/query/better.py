"""Whether one group of repeated runs is better than another, and how often such a question could have been asked.

The same in the front end is ``view/static/compare/verdict.js``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isnan
from typing import Final, Literal

from nbtrack.query.statistics import Effect, RankTest, Summary, Welch, effect, holm, rank_test, summary, welch

_STEPWISE: Final = 20  # groups of which every pair is tested, as Holm's correction needs it
_LEVEL: Final = 0.05


@dataclass(frozen=True, slots=True)
class Verdict:
    """What can be said of group ``b`` beside group ``a``.

    ``kind``: "few" (a group of one run tells nothing about spread), "still" (no run differs from the others of its
    group), "apart" (the corrected p is below 0.05) or "unclear". ``by`` is the test that decides, ``p`` its two-sided
    p for this pair alone, ``corrected`` that for all ``pairs`` there were.
    """

    kind: Literal["few", "still", "unclear", "apart"]
    a: Summary
    b: Summary
    test: Welch
    size: Effect
    by: Literal["Welch", "ranks"]
    p: float
    corrected: float
    pairs: int
    correction: Literal["Holm", "Bonferroni"]
    ranks: RankTest | None


def judge(a: Sequence[float], b: Sequence[float], groups: Sequence[Sequence[float]] = ()) -> Verdict:
    """Judge group ``b`` beside ``a``, one of the pairs among ``groups``, all of finite values.

    Of up to 20 groups with repeats every pair is tested and Holm's correction (1979) taken, of more Bonferroni's.

    Args:
        a: values of the metric, one for each run.
        b: likewise.
        groups: the values of every group that could have been asked about, ``a`` and ``b`` among them.

    >>> found = judge([0.90, 0.92, 0.91], [0.95, 0.96, 0.97])
    >>> found.kind, found.by, round(found.p, 4), found.pairs
    ('apart', 'Welch', 0.0036, 1)
    """
    one, other = summary(a), summary(b)
    test = welch(one, other)
    by, p = _pair_test(a, b, test)
    corrected, pairs, correction = _corrected(p, [values for values in groups if len(values) > 1])
    repeated = min(one.n, other.n) > 1
    kind: Literal["few", "still", "unclear", "apart"] = "apart" if corrected < _LEVEL else "unclear"
    if not repeated or isnan(test.p):
        kind = "still" if repeated else "few"
    ranks = rank_test(a, b) if repeated else None
    return Verdict(kind, one, other, test, effect(one, other), by, p, corrected, pairs, correction, ranks)


def _pair_test(a: Sequence[float], b: Sequence[float], test: Welch) -> tuple[Literal["Welch", "ranks"], float]:
    """Ranks decide where at most half of the values are distinct, as scores on a small test set are; else Welch."""
    tied = 2 * len({*a, *b}) <= len(a) + len(b)
    return ("ranks", rank_test(a, b).p) if tied and not isnan(test.p) else ("Welch", test.p)


def _corrected(p: float, groups: Sequence[Sequence[float]]) -> tuple[float, int, Literal["Holm", "Bonferroni"]]:
    pairs = max(1, len(groups) * (len(groups) - 1) // 2)
    if isnan(p) or len(groups) > _STEPWISE:
        return min(1.0, p * pairs), pairs, "Bonferroni" if len(groups) > _STEPWISE else "Holm"
    known = [(values, summary(values)) for values in groups]
    found = [_pair_test(x, y, welch(sx, sy))[1] for (x, sx), (y, sy) in combinations(known, 2)]
    ps = [1.0 if isnan(each) else each for each in found]
    # Equal ps share a place in Holm's order, so the pair is found by its p.
    at = next((at for at, each in enumerate(ps) if abs(each - p) < 1e-12), -1)
    return (min(1.0, p * pairs) if at < 0 else holm(ps)[at]), pairs, "Holm"
