"""How many test rows an accuracy was counted on, where the records prove it, and how far it may be from the truth."""

from typing import Any

import pytest

from nbtrack.model.run import Run
from nbtrack.query.proportion import on_training_data, scored_rows, wilson
from tests.query.conftest import document, no_points


def run(metric: str, value: float, origin: str, **lengths: int) -> Run:
    data: list[dict[str, Any]] = [{"kind": "variable", "name": name, "shape": [n]} for name, n in lengths.items()]
    sources = {"params": {}, "metrics": {metric: origin}}
    return Run.from_document(document(1, metrics={metric: value}, sources=sources, data=data), no_points)  # type: ignore[arg-type]


def test_wilsons_interval_is_the_one_of_the_tables() -> None:
    low, high = wilson(8, 10)  # Agresti and Coull 1998: 0.490 to 0.943
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson(10, 10)[1] == pytest.approx(1)
    assert wilson(0, 10)[0] == pytest.approx(0)


def test_rows_are_known_by_the_variable_that_was_scored() -> None:
    found = scored_rows(run("accuracy", 0.75, "accuracy_score(y_test, p)", y_test=8, y_train=100), "accuracy")
    assert found is not None
    assert (found.name, found.n, found.hits) == ("y_test", 8, 6)


@pytest.mark.parametrize(
    ("metric", "value", "origin", "lengths"),
    [
        ("accuracy", 0.77, "accuracy_score(y_test, p)", {"y_test": 8}),  # no count of 8 gives it
        ("accuracy", 0.75, "accuracy_score(y_test, p)", {}),
        ("accuracy", 0.75, "log", {"y_test": 8}),
        ("f1", 0.75, "f1_score(y_test, p)", {"y_test": 8}),
        ("accuracy", 0.75, "balanced_accuracy_score(y_test, p)", {"y_test": 8}),
        ("accuracy", 0.75, "cross_val_score(m, X, y_test)", {"y_test": 8}),
        ("accuracy", 75.0, "accuracy_score(y_test, p)", {"y_test": 8}),
        ("accuracy", 0.75, "accuracy_score(y_test, p)", {"y_test": 8, "p": 16}),
        ("accuracy", float("nan"), "accuracy_score(y_test, p)", {"y_test": 8}),
    ],
)
def test_what_is_not_proven_is_not_said(metric: str, value: float, origin: str, lengths: dict[str, int]) -> None:
    assert scored_rows(run(metric, value, origin, **lengths), metric) is None


@pytest.mark.parametrize(
    ("metric", "origin", "expected"),
    [
        ("accuracy", "accuracy_score(y_train, m.predict(X_train))", True),
        ("train_loss", "log", True),
        ("accuracy", "accuracy_score(y_test, fit(X_train).predict(X_test))", False),
        ("accuracy", "cross_val_score(m, X_train, y_train)", False),
        ("accuracy", "accuracy_score(y, p)", False),
        ("training_time", "log", True),
        ("trainer_score", "log", False),
    ],
)
def test_training_data_is_known_by_its_names(metric: str, origin: str, *, expected: bool) -> None:
    assert on_training_data(run(metric, 0.5, origin), metric) is expected
