"""What results tell in numbers, and that anything else tells nothing."""

import math
import sys
from collections import OrderedDict
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nbtrack.capture.results.told import Told, booster, curves_in, fitted, number_in, numbers, rounds, told_by


def test_folds_are_told_with_their_mean_and_spread() -> None:
    told = told_by("scores", "cross_val_score", np.array([0.5, 0.75, 1.0]))
    assert told.singles == {"scores.mean": 0.75, "scores.std": pytest.approx(np.std([0.5, 0.75, 1.0]))}
    assert told.series == {"scores.folds": [0.5, 0.75, 1.0]}


def test_cross_validation_tells_its_scores_and_not_its_times() -> None:
    told = told_by("cv", "cross_validate", {"fit_time": np.array([1.0, 2.0]), "test_f1": np.array([0.5, 1.0])})
    assert sorted(told.singles) == ["cv.test_f1.mean", "cv.test_f1.std"]


def test_scores_of_classes_are_told_one_by_one() -> None:
    assert told_by("f1", "f1_score", np.array([0.5, 1.0])).singles == {"f1.0": 0.5, "f1.1": 1.0}


def test_a_test_is_told_by_its_statistic_and_probability() -> None:
    result = (-3.2, 0.02, 1, 99, {"5%": -2.9}, 250.0)
    assert told_by("result", "adfuller", result).singles == {"result.statistic": -3.2, "result.pvalue": 0.02}
    assert told_by("", "pearsonr", stats.pearsonr([1, 2, 3], [1, 2, 4]), None, ("r", "")).singles.keys() == {"r"}
    assert told_by("pearsonr", "pearsonr", stats.pearsonr([1, 2, 3], [1, 2, 4])).singles.keys() == {"pearsonr"}


def test_a_test_of_survival_is_told_like_any_other() -> None:
    kind = type("StatisticalResult", (), {"__module__": "lifelines.statistics"})
    result = kind()
    result.test_statistic, result.p_value, result.name = 6.5, 0.01, None
    told = told_by("result", "logrank_test", result)
    assert told.singles == {"result.statistic": 6.5, "result.pvalue": 0.01}
    result.p_value = np.array([0.01, 0.5])  # of each pair of groups
    assert told_by("result", "multivariate_logrank_test", result).singles == {"result.statistic": 6.5}


def test_a_line_is_told_by_what_it_is_made_of() -> None:
    line = stats.linregress([0, 1, 2, 3], [1, 3, 5, 7.5])
    assert told_by("line", "linregress", line).singles["line.slope"] == pytest.approx(line.slope)
    assert told_by("", "linregress", line, None, ("m", "c", "_", "p", "_")).singles.keys() == {"m", "c", "p"}


def test_rounds_of_boosting_are_curves_in_a_dictionary_or_a_table() -> None:
    columns = {"test-rmse-mean": [2.0, 1.0], "test-rmse-std": [0.2, 0.1]}
    assert rounds(columns) == rounds(pd.DataFrame(columns)) == columns
    assert rounds({"a": ["x"]}) == rounds(None) == {}


def test_what_is_unpacked_is_called_by_the_names_it_is_unpacked_into() -> None:
    assert told_by("", "evaluate", [0.1, 0.9], None, ("loss", "acc")).singles == {"loss": 0.1, "acc": 0.9}
    assert told_by("", "evaluate", [0.1, 0.9], None, ("_", "acc")).singles == {"acc": 0.9}
    assert told_by("", "evaluate", [0.1, 0.9, 0.7], None, ("", "acc")).singles == {"acc": 0.9}  # one was picked


@pytest.mark.parametrize("value", [None, "0.5", [[1]], object(), np.zeros((2, 2)), True, {"a": [1]}, [], ("x",)])
def test_what_is_no_number_tells_nothing(value: Any) -> None:
    assert not told_by("x", "score", value)


def test_numbers_are_found_one_level_deep() -> None:
    report = {"0": {"f1-score": 0.5, "support": 7}, "accuracy": 0.75}
    assert numbers("report", report) == {"report.0.f1-score": 0.5, "report.accuracy": 0.75}


def test_curves_are_lists_of_numbers_by_name() -> None:
    assert curves_in({"valid": OrderedDict(rmse=[2.0, 1.0])}) == {"valid.rmse": [2.0, 1.0]}
    assert curves_in({"loss": [1.0], "names": ["a"]}) == {"loss": [1.0]}
    assert curves_in({}) == curves_in([1]) == curves_in({"a": 1}) == {}


class History:
    def __init__(self) -> None:
        self.history = {"loss": [2.0, 1.0], "val_loss": [3.0, 2.0]}


def test_a_history_tells_its_curves() -> None:
    assert fitted(History()) == Told(series={"loss": [2.0, 1.0], "val_loss": [3.0, 2.0]})


def test_an_object_with_answers_for_everything_is_not_asked() -> None:
    class Eager:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(name)

    assert not fitted(Eager())
    assert booster(Eager()) == {}


def test_a_statistical_model_tells_the_figures_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("statsmodels.fake")
    monkeypatch.setitem(sys.modules, "statsmodels.fake", module)

    class Results:
        __module__ = "statsmodels.fake"
        rsquared, aic = 0.5, 12.0

        @property
        def bic(self) -> float:
            raise ValueError

    assert fitted(Results()).singles == {"rsquared": 0.5, "aic": 12.0}


@pytest.mark.parametrize(
    ("callee", "value", "targets", "expected"),
    [
        ("proportions_ztest", (-1.7, 0.09), ("z", "p"), {"z": -1.7, "p": 0.09}),
        ("jarque_bera", (0.2, 0.9, 0.1, 3.0), (), {"test.statistic": 0.2, "test.pvalue": 0.9}),
        ("het_breuschpagan", (32.4, 0.0, 9.9, 0.0), (), {"test.statistic": 32.4, "test.pvalue": 0.0}),
        ("durbin_watson", 1.3, (), {"test": 1.3}),
        ("permutation_test_score", (0.96, np.zeros(10), 0.09), ("score", "perm", "p"), {"score": 0.96, "p": 0.09}),
        ("permutation_test_score", (0.96, np.zeros(10), 0.09), (), {"test.score": 0.96, "test.pvalue": 0.09}),
        ("permutation_test_score", None, (), {}),
    ],
)
def test_tests_that_answer_with_a_tuple_tell_the_statistic_and_the_p_value(
    callee: str, value: object, targets: tuple[str, ...], expected: dict[str, float]
) -> None:
    assert told_by("test", callee, value, targets=targets) == Told(expected)


@pytest.mark.parametrize(
    ("targets", "names"),
    [
        (("sizes", "train_scores", "valid_scores"), ("train_scores", "valid_scores")),
        ((), ("curve.train", "curve.test")),
    ],
)
def test_learning_curves_are_the_means_over_the_folds(targets: tuple[str, ...], names: tuple[str, ...]) -> None:
    value = (np.array([10, 20]), np.array([[1.0, 0.5], [0.75, 0.25]]), np.array([[0.5, 0.0], [0.5, 0.5]]))
    expected = dict(zip(names, ([0.75, 0.5], [0.25, 0.5]), strict=True))
    assert told_by("curve", "learning_curve", value, targets=targets) == Told(series=expected)


@pytest.mark.parametrize(
    ("value", "found"),
    [(0.5, 0.5), (pd.Series([0.5]), 0.5), (pd.Series([0.5, 0.25]), None), (pd.Series(["a"]), None), ("0.5", None)],
)
def test_a_column_of_one_number_is_that_number(value: object, found: object) -> None:
    assert number_in(value) == found


def test_the_ends_of_curves_are_a_point_of_each() -> None:
    found = Told({"best": 1.0}, {"loss": [3.0, 2.0], "acc": [0.5]}).ends()
    assert (found.singles, found.series) == ({"best": 1.0}, {"loss": [2.0], "acc": [0.5]})


class _Silent:
    """A label, or the answer of somebody's own function, that must not be asked anything."""

    def __str__(self) -> str:
        raise AssertionError("asked")

    @property
    def pvalues(self) -> object:
        raise AssertionError("asked")


def test_an_analysis_of_variance_is_told_source_by_source() -> None:
    table = pd.DataFrame({"F": [4.5, math.nan], "PR(>F)": [0.01, math.nan]}, index=["bed", "Residual"])
    assert told_by("anova_lm", "anova_lm", table).singles == {"anova_lm.bed.F": 4.5, "anova_lm.bed.PR(>F)": 0.01}


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame([[1.0, 2.0]], columns=["F", _Silent()]),
        pd.DataFrame([[1.0, 2.0, 3.0]], columns=["F", "F", "PR(>F)"]),
        pd.DataFrame([[1.0, 2.0]], columns=["F", "PR(>F)"], index=[_Silent()]),
        pd.DataFrame([["a", "b"]], columns=["F", "PR(>F)"], index=["bed"]),
        _Silent(),
    ],
)
def test_what_is_no_such_table_tells_nothing_and_is_asked_nothing(table: object) -> None:
    assert told_by("anova_lm", "anova_lm", table).singles == {}
    assert told_by("pairwise_tukeyhsd", "pairwise_tukeyhsd", table).singles == {}
