"""Writes ``statistics.json`` and ``importance.json``: what both languages must answer. Run it by hand.

All is from scipy and numpy, but for what chance alone reaches: that is of ``query/importance.py`` itself, so that the
front end deals the same ranks.
"""

import json
import math
import random
import runpy
from pathlib import Path
from typing import Any

import numpy as np
from scipy import optimize, special, stats

_GROUPS = [
    ([0.90, 0.92, 0.94], [0.95, 0.96, 0.98]),
    ([0.912, 0.915, 0.909, 0.921, 0.917], [0.918, 0.922, 0.919, 0.931, 0.925]),
    ([1.0, 2.0, 3.0, 4.5, 2.2], [3.0, 4.0, 5.5, 4.6]),
    ([1e-6, 2e-6, 1.5e-6, 1.1e-6], [0.3, 0.1, 0.2, 0.5, 0.7, 0.4]),
    ([-5.0, 7.5], [100.0, 120.0]),
    ([0.9, 0.9, 0.95, 0.95, 0.95], [0.95, 1.0, 1.0, 0.95, 1.0, 1.0]),
]


def _group(a: list[float], b: list[float]) -> dict[str, Any]:
    test = stats.ttest_ind(b, a, equal_var=False)
    ends = test.confidence_interval()
    return {
        "a": a,
        "b": b,
        "summaries": [_summary(a), _summary(b)],
        "welch": [np.mean(b) - np.mean(a), ends.low, ends.high, test.df, test.statistic, test.pvalue],
        "effect": _effect(a, b, test.statistic, test.df) if min(len(a), len(b)) > 2 else None,
        "ranks": _ranks(a, b),
    }


def _summary(xs: list[float]) -> list[float]:
    low, high = stats.t.interval(0.95, len(xs) - 1, np.mean(xs), stats.sem(xs))
    return [len(xs), np.mean(xs), low, high, np.std(xs, ddof=1)]


def _effect(a: list[float], b: list[float], t: float, df: float) -> list[float]:
    (va, m), (vb, n) = ((np.var(xs, ddof=1), len(xs)) for xs in (a, b))
    own = (m - 1) * (n - 1) * (va + vb) ** 2 / ((n - 1) * va**2 + (m - 1) * vb**2)
    correction = np.exp(special.gammaln(own / 2) - special.gammaln((own - 1) / 2)) / np.sqrt(own / 2)
    unit = np.sqrt(2 * (va / m + vb / n) / (va + vb))
    ends = [optimize.brentq(lambda x, p=p: stats.nct.cdf(t, df, x) - p, t - 30, t + 30) for p in (0.975, 0.025)]
    return [(np.mean(b) - np.mean(a)) / np.sqrt((va + vb) / 2) * correction, *(end * unit for end in ends)]


def _ranks(a: list[float], b: list[float]) -> list[Any]:
    if len(a) + len(b) > 24:
        return [stats.mannwhitneyu(b, a, method="asymptotic").pvalue, None, False]
    ranks = stats.rankdata([*a, *b])
    middle = len(b) * (len(ranks) + 1) / 2

    def distance(x: Any, y: Any, axis: int = -1) -> Any:
        return np.abs(np.sum(y, axis=axis) - middle)

    halves = (ranks[: len(a)], ranks[len(a) :])
    found = stats.permutation_test(halves, distance, vectorized=True, n_resamples=np.inf, alternative="greater")
    far = found.null_distribution
    return [found.pvalue, float(np.mean(far >= far.max() - 1e-9)), True]


def main() -> None:
    rng = random.Random(7)
    large = ([rng.gauss(0, 1) for _ in range(20)], [round(rng.gauss(0.8, 2), 1) for _ in range(15)])
    points = [(t, df) for t in (-4.0, -0.3, 0.0, 0.7, 2.5, 12.0) for df in (1, 2, 4.7, 30, 1000)]
    ps = [0.01, 0.04, 0.03, 0.5, 0.03, 1.0, 1e-9]
    vectors = {
        "t_cdf": [[t, df, stats.t.cdf(t, df)] for t, df in points],
        "t_quantile": [[p, df, stats.t.ppf(p, df)] for p in (0.025, 0.3, 0.95, 0.995) for df in (1, 2, 4.7, 30, 1000)],
        "normal_cdf": [[x, stats.norm.cdf(x)] for x in (-6, -3, -0.5, 0, 0.1, 1.96, 5)],
        "beta_part": [
            [a, b, x, special.betainc(a, b, x)] for a, b in ((0.5, 0.5), (2, 3), (40, 2.5)) for x in (0, 0.2, 0.97, 1)
        ],
        "shifted_t_cdf": [
            [t, df, d, stats.nct.cdf(t, df, d)] for t, df, d in ((2, 2, 1.5), (40, 4, 30), (-1, 8.4, 3), (3, 60, 0))
        ],
        "holm": [ps, _holm(ps)],
        "groups": [_group(a, b) for a, b in [*_GROUPS, large]],
    }
    _write("statistics", vectors)
    _write("importance", _importance(rng))


def _write(name: str, vectors: dict[str, Any]) -> None:
    home = Path(__file__).parent / f"{name}.json"
    home.write_text(
        "{"
        + ",\n".join(f"{json.dumps(key)}: {json.dumps(each, default=float)}" for key, each in vectors.items())
        + "}"
        + "\n",
        "utf-8",
    )


def _importance(rng: random.Random) -> dict[str, Any]:
    """Sixty runs: params of every kind, some missing, a twin, and one that never varies."""
    lr = [round(10 ** rng.uniform(-4, 0), 6) for _ in range(60)]
    depth = [rng.choice([2, 4, "None"]) for _ in range(60)]
    kernel = [rng.choice(["rbf", "linear", "poly"]) for _ in range(60)]
    params: dict[str, list[Any]] = {
        "lr": [x if n % 10 else None for n, x in enumerate(lr)],
        "depth": depth,
        "kernel": kernel,
        "twin": [{"rbf": 1, "linear": 2, "poly": 3}[word] for word in kernel],
        "seed": [n % 4 for n in range(60)],
        "shuffle": [rng.random() < 0.3 for _ in range(60)],
        "id": [f"u{n // 2}" for n in range(60)],
        "fixed": [3] * 60,
    }
    metric: list[float | None] = [
        round(-abs(math.log10(x) + 2) + (word == "rbf") + rng.gauss(0, 0.5), 1)
        for x, word in zip(lr, kernel, strict=True)
    ]
    metric[7] = None
    return {"params": params, "metric": metric, "rows": _expected(params, metric)}


def _expected(params: dict[str, list[Any]], metric: list[float | None]) -> list[dict[str, Any]]:
    from nbtrack.query.importance import importance

    make_run = runpy.run_path(str(Path(__file__).parents[1] / "view" / "fake_runs.py"))["make_run"]
    runs = [
        make_run(
            n, params={k: v[n] for k, v in params.items() if v[n] is not None}, metrics={} if y is None else {"f1": y}
        )
        for n, y in enumerate(metric)
    ]
    able = [n for n, y in enumerate(metric) if y is not None]
    ranks = stats.rankdata([metric[n] for n in able])
    rows = []
    for row in importance(runs, "f1"):
        values = [params[row.params[0]][n] for n in able]
        value, half, rho = _association(values, ranks)
        ends = (max(0, value - half), min(1, max(0, value) + half))
        rows.append(
            {
                "params": row.params,
                "n": row.n,
                "value": max(0, value),
                "low": ends[0],
                "high": ends[1],
                "rho": rho,
                "chance": row.chance,
                "levels": len(row.levels),
                "top": row.top,
            }
        )
    return rows


def _association(values: list[Any], ranks: Any) -> tuple[float, float, float | None]:
    there = [n for n, value in enumerate(values) if value is not None]
    own, ys = [values[n] for n in there], ranks[there]
    numeric = all(type(value) in {int, float} for value in own)
    codes = own
    if numeric and len(set(own)) > 5:
        codes = list(np.floor(5 * (stats.rankdata(own) - 0.5) / len(own)))
    codes = np.unique(list(map(str, codes)), return_inverse=True)[1]
    left = [_kelley(np.delete(codes, n), np.delete(ys, n)) for n in range(len(ys))]
    n, k = len(ys), len(np.unique(codes))
    alone = stats.beta((k - 1) / 2, (n - k) / 2).std() * (n - 1) / (n - k)
    value = _kelley(codes, ys)
    error = max(np.sqrt((n - 1) * np.var(left)), alone * (1 - max(0, value)))
    rho = stats.spearmanr(own, ys).statistic if numeric else None
    return value, stats.t.ppf(0.95, n - 1) * error, rho


def _kelley(codes: Any, ys: Any) -> float:
    levels = np.unique(codes)
    within = sum(np.sum((ys[codes == level] - np.mean(ys[codes == level])) ** 2) for level in levels)
    n, total = len(ys), np.sum((ys - np.mean(ys)) ** 2)
    return 1 - within / total * (n - 1) / (n - len(levels)) if n > len(levels) else 0


def _holm(ps: list[float]) -> list[float]:
    from statsmodels.stats.multitest import multipletests

    return list(multipletests(ps, method="holm")[1])


if __name__ == "__main__":
    main()
