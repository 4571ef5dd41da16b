"""The history of a cell: what is a change and what is only noise, and how a series is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nbtrack.model.run import Run
from nbtrack.report.timeline import series, timeline

Made = Callable[..., Run]


@pytest.fixture
def ran(make_run: Any) -> Made:
    def made(number: int, points: dict[str, list[float]] | None = None, **members: Any) -> Run:
        run: Run = make_run(number, points) if points else make_run(number)
        document: Any = dict(run.document) | members
        return Run.from_document(document, run._points, run._kept)

    return made


def test_the_last_digits_of_a_metric_are_no_change(ran: Made) -> None:
    history = timeline([ran(0, metrics={"accuracy": 0.3}), ran(1, metrics={"accuracy": 0.1 + 0.2})])
    moved = history.moments[1].metrics[0].change
    assert moved is not None
    assert moved.verdict == "same"


def test_nothing_is_best_where_all_are_the_same_or_nobody_knows_which_way_is_better(ran: Made) -> None:
    for metric, values in (("accuracy", (0.5, 0.5)), ("epoch", (1.0, 2.0))):
        runs = [ran(at, metrics={metric: value}) for at, value in enumerate(values)]
        assert timeline(runs).best is None


def test_defaults_that_come_with_an_estimator_are_nobodys_change(ran: Made) -> None:
    sources = {"params": {"gamma": "SVC default", "C": "SVC(...)"}, "metrics": {}}
    old, new = ran(0, params={"lr": 0.1}), ran(1, params={"C": 1.0, "gamma": "scale"}, sources=sources)
    moved = timeline([old, new]).moments[1].params
    assert [(each.name, each.old, each.new) for each in moved] == [("lr", "0.1", None), ("C", None, "1.0")]


def test_what_differs_beside_params_and_source_is_named(ran: Made) -> None:
    old = ran(
        0, data=[{"kind": "file", "path": "a.csv", "mode": "read", "sha256": "1" * 64}], code={"commit": "a" * 40}
    )
    new = ran(
        1, data=[{"kind": "file", "path": "a.csv", "mode": "read", "sha256": "2" * 64}], code={"commit": "b" * 40}
    )
    assert timeline([old, new]).moments[1].also == ("data: a.csv", "commit")


def test_one_run_has_no_sparkline_and_one_with_a_series_has_its_curve(ran: Made) -> None:
    run = ran(0, {"loss": [1.0, 0.5, 0.25]})
    assert timeline([run]).spark is None
    assert series(run, "loss") == "1.0,1.0 32.0,10.3 63.0,15.0"
    assert series(run, "none") == ""


def test_a_metric_that_is_no_number_is_told_and_not_drawn(ran: Made) -> None:
    history = timeline([ran(at, metrics={"accuracy": float("nan")}) for at in range(2)])
    assert (history.metric, history.spark) == ("", None)
    assert history.moments[1].metrics[0].value == "nan"
