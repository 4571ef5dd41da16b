"""Tolerances are read from what people type, and refused with what to write instead."""

import pytest

from nbtrack.errors import UsageError
from nbtrack.reproduce.consistency import prediction_interval
from nbtrack.reproduce.timing import measures_time
from nbtrack.reproduce.tolerance import Tolerances, share


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.5%", 0.005),
        (" 5 % ", 0.05),
        ("0.005", 0.005),
        (".5%", 0.005),
        ("1e-3", 0.001),
        (0, 0.0),
        (0.01, 0.01),
        ("150%", 1.5),
    ],
)
def test_a_share_is_a_number_or_a_percentage(text: str | float, expected: float) -> None:
    assert share(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("5", "did you mean 5%"),
        ("-1%", "is no tolerance; write a share such as 0.5% or 0.005"),
        ("nan", "is no tolerance"),
        ("1e400", "allows any value"),
        ("", "is no tolerance"),
        ("a lot", "is no tolerance"),
        ("5000%", "allows any value"),
        (True, "is no tolerance"),
        (float("inf"), "is no tolerance"),
    ],
)
def test_anything_else_is_refused(text: str | float, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        share(text)


def test_metrics_are_named_before_the_last_equals_sign() -> None:
    allowed = Tolerances.read(None, ["rmse=1%", "a=b=0.2"])
    assert (allowed.default, allowed.of("rmse"), allowed.of("a=b"), allowed.of("x")) == (0.005, 0.01, 0.2, 0.005)
    for text in ("rmse", "=1%", "1%"):
        with pytest.raises(UsageError, match="write NAME=TOLERANCE"):
            Tolerances.read(None, [text])


def test_a_metric_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'rmse'"):
        Tolerances.read(None, ["rsme=1%"]).check(["rmse", "r2"])
    Tolerances.read(None, ["rmse=1%"]).check(["rmse"])


def test_the_interval_is_the_one_of_the_books() -> None:
    """Meeker, Hahn and Escobar, Statistical Intervals, 2nd ed., chapter 4: the voltages of five circuit packs."""
    low, high = prediction_interval([50.3, 48.3, 49.6, 50.4, 51.9]) or (0, 0)
    assert (round(low, 2), round(high, 2)) == (46.12, 54.08)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 1.0], [1.0, float("nan")], [1.0, float("inf")]])
def test_no_interval_is_told_from_what_has_no_spread(values: list[float]) -> None:
    assert prediction_interval(values) is None


def test_numbers_of_any_size_have_an_interval() -> None:
    for scale in (1e-300, 1e300):
        low, high = prediction_interval([1 * scale, 2 * scale, 3 * scale]) or (0, 0)
        assert low < 2 * scale < high


@pytest.mark.parametrize(
    "name",
    [
        "time",
        "fit_time",
        "trainTime",
        "elapsed",
        "latency_ms",
        "wall-time",
        "it/s",
        "tokens_per_second",
        "infer time (s)",
    ],
)
def test_what_measures_time_is_known_by_its_words(name: str) -> None:
    assert measures_time(name)


@pytest.mark.parametrize(
    "name",
    [
        "accuracy",
        "r2",
        "time_series_mase",
        "rmse_seconds",
        "mae_hours",
        "estimate",
        "sometimes",
        "loss_min",
        "us_population",
    ],
)
def test_what_does_not_is_judged(name: str) -> None:
    assert not measures_time(name)
