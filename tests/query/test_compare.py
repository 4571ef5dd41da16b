from math import nan

import pytest

from nbtrack.errors import MetricNotFound
from nbtrack.query.changes import Change, changes
from nbtrack.query.compare import SECTIONS, best, diff, differing


def test_a_diff_says_what_changed_in_every_section(runs_of):
    b, a = runs_of(
        {
            "params": {"lr": 0.1, "depth": 3, "old": None, "flag": True},
            "metrics": {"accuracy": 0.9, "loss": 0.5, "epoch": 1},
            "tags": {"team": "nlp"},
            "cell": {"source": "fit(3)"},
            "data": [{"path": "a.csv", "mode": "r", "sha256": "1" * 64, "size": 3}],
            "code": {"commit": "abc", "dirty": False},
            "environment": {"python": "3.12", "packages": {"numpy": "2.3"}},
        },
        {
            "params": {"lr": 0.05, "depth": 3, "new": "x", "flag": 1},
            "metrics": {"accuracy": 0.95, "loss": 0.6, "epoch": 2},
            "tags": {"team": "nlp"},
            "cell": {"source": "fit(4)"},
            "data": [{"path": "a.csv", "mode": "r", "sha256": "2" * 64, "size": 3}],
            "code": {"commit": "abc", "dirty": False},
            "environment": {"python": "3.12", "packages": {"numpy": "2.4"}},
        },
    )
    found = diff(a, b)
    assert found.params == (
        Change("lr", "changed", 0.1, 0.05, -0.05, -0.5),
        Change("old", "removed"),
        Change("flag", "changed", old=True, new=1),
        Change("new", "added", new="x"),
    )
    assert found.metrics == (
        Change("accuracy", "changed", 0.9, 0.95, 0.05, pytest.approx(0.0556, abs=1e-4), better=True),
        Change("loss", "changed", 0.5, 0.6, 0.1, 0.2, better=False),
        Change("epoch", "changed", 1, 2, 1, 1.0, better=None),
    )
    assert [line.sign + line.text for line in found.source] == ["-fit(3)", "+fit(4)"]
    assert found.environment == (Change("packages.numpy", "changed", "2.3", "2.4"),)
    assert {section: found.same(section) for section in SECTIONS} == {
        "params": False,
        "metrics": False,
        "tags": True,
        "source": False,
        "data": False,
        "code": True,
        "environment": False,
    }


def test_a_run_differs_from_itself_in_nothing(runs_of):
    (run,) = runs_of({"metrics": {"loss": {"$f": "nan"}}, "cell": {"source": "x"}, "environment": {"python": "3.12"}})
    assert all(diff(run, run).same(section) for section in SECTIONS)


def test_zero_and_nan_have_no_relative_change():
    assert changes({"x": 0, "y": nan}, {"x": 2, "y": 1.0}) == (
        Change("x", "changed", 0, 2, 2, None),
        Change("y", "changed", pytest.approx(nan, nan_ok=True), 1.0),
    )


def test_names_that_differ_come_first(runs_of):
    runs = runs_of({"params": {"a": 1, "b": 1, "c": 1}}, {"params": {"a": 1, "b": 2}})
    assert differing(runs, "params") == ["b", "c", "a"]


def test_the_best_run_wins_by_the_direction_of_the_metric(runs_of):
    runs = runs_of({"name": "a", "metrics": {"loss": 0.5}}, {"name": "b", "metrics": {"loss": 0.25}}, {"name": "c"})
    found = best(runs)
    assert (found.run.name, found.metric, found.way, found.margin, found.runner_up.name) == (
        "b",
        "loss",
        "min",
        0.25,
        "a",
    )


def test_the_sentence_says_what_won_by_how_much_and_what_differs(runs_of):
    runs = runs_of(
        {
            "name": "svm",
            "params": {"C": 1, "seed": 0},
            "metrics": {"epoch": 3, "accuracy": 0.9649},
            "cell": {"source": "a"},
        },
        {"name": "forest", "params": {"depth": 8, "seed": 0}, "metrics": {"accuracy": 0.9737}, "cell": {"source": "b"}},
        {"name": "broken", "metrics": {"accuracy": 1.0}, "status": "failed"},
        {"name": "diverged", "metrics": {"accuracy": {"$f": "nan"}}},
    )
    assert best(runs).sentence() == (
        "forest (000000) has the highest accuracy: 0.9737, 0.0088 above svm (000000). "
        "What differs: C not set (1 there), depth 8 (not set there), the cell's source."
    )


def test_of_equals_the_first_in_time_wins(runs_of):
    runs = runs_of({"name": "a", "metrics": {"f1": 1}}, {"name": "b", "metrics": {"f1": 1}})
    assert best(runs).sentence() == (
        "a (000000) has the highest f1: 1, the same as b (000000). Nothing recorded differs between the two."
    )


def test_a_single_run_is_best_without_a_runner_up(runs_of):
    assert best(runs_of({"name": "a", "metrics": {"x": 3}}), "x").sentence() == (
        "a (000000) has the highest x: 3. No other finished run has this metric."
    )


def test_there_is_no_best_without_a_metric_whose_name_tells_the_way(runs_of):
    assert best(runs_of()) is None
    assert best(runs_of({"metrics": {"epoch": 3}})) is None


def test_an_unknown_metric_is_an_error_that_suggests_the_nearest(runs_of):
    with pytest.raises(MetricNotFound, match=r"no metric `acuracy`; did you mean `accuracy`\?"):
        best(runs_of({"metrics": {"accuracy": 1}}), "acuracy")


def test_the_sentence_shows_no_control_characters(runs_of):
    runs = runs_of({"name": "\x1b[2J", "metrics": {"f1": 1}, "params": {"\x07": "\x9b"}}, {"metrics": {"f1": 0}})
    assert best(runs).sentence().isprintable()
