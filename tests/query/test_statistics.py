import json
import random
from itertools import combinations
from math import isnan
from pathlib import Path
from typing import Any

import pytest

from nbtrack.query import distributions
from nbtrack.query.statistics import effect, holm, rank_test, seed_like, summary, welch

VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("statistics.json").read_text("utf-8"))
FUNCTIONS = ["t_cdf", "t_quantile", "normal_cdf", "beta_part", "shifted_t_cdf"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_distribution_function_gives_what_scipy_gives(name):
    function = getattr(distributions, name)
    for *given, expected in VECTORS[name]:
        assert function(*given) == pytest.approx(expected, rel=1e-8, abs=1e-15)


@pytest.mark.parametrize("vector", VECTORS["groups"], ids=lambda vector: f"{len(vector['a'])} and {len(vector['b'])}")
def test_the_tests_of_two_groups_give_what_scipy_gives(vector):
    a, b = summary(vector["a"]), summary(vector["b"])
    test, ranks = welch(a, b), rank_test(vector["a"], vector["b"])
    assert [a.n, a.mean, a.low, a.high, a.sd] == pytest.approx(vector["summaries"][0])
    assert [b.n, b.mean, b.low, b.high, b.sd] == pytest.approx(vector["summaries"][1])
    assert [test.difference, test.low, test.high, test.df, test.t, test.p] == pytest.approx(vector["welch"], rel=1e-8)
    p, least, exact = vector["ranks"]
    assert (ranks.p, ranks.exact) == (pytest.approx(p), exact)
    assert least is None or ranks.least == pytest.approx(least)


@pytest.mark.parametrize("vector", [v for v in VECTORS["groups"] if v["effect"]], ids=lambda v: str(len(v["a"])))
def test_the_effect_size_and_its_interval_are_those_of_the_noncentral_t(vector):
    size = effect(summary(vector["a"]), summary(vector["b"]))
    assert [size.g, size.low, size.high] == pytest.approx(vector["effect"], rel=1e-6)


def test_holms_correction_gives_what_statsmodels_gives():
    assert holm(VECTORS["holm"][0]) == pytest.approx(VECTORS["holm"][1])


def test_too_few_values_give_a_mean_without_an_interval_and_none_give_nothing():
    one, none = summary([0.5, None, float("nan"), float("inf")]), summary([])
    assert (one.n, one.mean, isnan(one.low), isnan(one.sd)) == (1, 0.5, True, True)
    assert (none.n, isnan(none.mean), isnan(welch(none, one).p)) == (0, True, True)


def test_groups_that_do_not_vary_give_a_difference_and_no_p():
    test = welch(summary([1, 1]), summary([2, 2, 2]))
    assert (test.difference, isnan(test.p)) == (1, True)


def test_a_difference_far_beyond_all_spread_has_an_effect_size_and_no_interval():
    size = effect(summary([0, 1e-6, 2e-6]), summary([5, 5 + 1e-6, 5 + 2e-6]))
    assert (size.g > 1e6, isnan(size.low)) == (True, True)


def test_a_seed_is_known_by_its_name():
    yes = ["seed", "random_state", "Forest.random_state", "clf__random_state", "torch_seed", "rng", "randomSeed"]
    no = ["seedling", "seed_everything", "lr", "string", "wrong", "exceeds"]
    assert (list(map(seed_like, yes)), list(map(seed_like, no))) == ([True] * len(yes), [False] * len(no))


def _draws(kind: str, rng: random.Random, n: int) -> list[float]:
    draw = {
        "normal": lambda: rng.gauss(0.9, 0.02),
        "skewed": lambda: rng.lognormvariate(0, 1),
        "even": rng.random,
        "of a small test set": lambda: round(rng.gauss(0.9, 0.02) * 50) / 50,
    }[kind]
    return [draw() for _ in range(n)]


@pytest.mark.slow
@pytest.mark.parametrize("n", [3, 5, 12])
@pytest.mark.parametrize("kind", ["normal", "skewed", "even", "of a small test set"])
def test_of_equal_groups_five_in_a_hundred_at_most_are_called_different(kind, n):
    rng, studies = random.Random(n), 1500
    ps = [_p(_draws(kind, rng, n), _draws(kind, rng, n)) for _ in range(studies)]
    assert sum(p < 0.05 for p in ps) <= studies * 0.05 + 3 * (studies * 0.05 * 0.95) ** 0.5


@pytest.mark.slow
def test_of_ten_equal_settings_five_studies_in_a_hundred_at_most_find_a_better_one_after_correction():
    rng, studies = random.Random(10), 150
    plain = corrected = 0
    for _ in range(studies):
        groups = [summary(_draws("normal", rng, 5)) for _ in range(10)]
        ps = [welch(a, b).p for a, b in combinations(groups, 2)]
        plain += min(ps) < 0.05
        corrected += min(holm(ps)) < 0.05
    assert (plain > studies * 0.3, corrected <= studies * 0.05 + 8) == (True, True)


@pytest.mark.slow
def test_the_interval_of_the_effect_size_holds_the_truth_in_about_95_studies_of_100():
    rng, studies = random.Random(4), 150
    held = 0
    for _ in range(studies):
        size = effect(summary([rng.gauss(0, 1) for _ in range(5)]), summary([rng.gauss(1.5, 1) for _ in range(5)]))
        held += size.low <= 1.5 <= size.high
    assert held >= studies * 0.89


def _p(a: list[float], b: list[float]) -> float:
    """Return the p that the comparison shows: ranks where most values are tied, else Welch."""
    if len({*a, *b}) * 2 <= len(a) + len(b):
        return rank_test(a, b).p
    return welch(summary(a), summary(b)).p
