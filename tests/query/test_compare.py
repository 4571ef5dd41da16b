import json
from math import nan

import pytest

from nbtrack.errors import MetricNotFound, ObjectMissing
from nbtrack.query.changes import Change, changes
from nbtrack.query.compare import SECTIONS, best, diff, differing, judging, left_out, listed, traits


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
        "source": False,
        "data": False,
        "slice": True,
        "seeds": True,
        "environment": False,
        "code": True,
        "hardware": True,
        "tags": True,
    }


def test_data_differ_in_what_was_used_and_not_in_what_was_made(runs_of):
    def data(digest, model):
        return {
            "data": [
                {"kind": "variable", "name": "X", "mode": "read", "digest": digest},
                {"kind": "file", "path": "model.bin", "mode": "write", "sha256": model},
            ]
        }

    c, b, a = runs_of(data("1", "x"), data("1", "y"), data("2", "y"))
    assert [diff(one, other).same("data") for one, other in ((a, b), (b, c))] == [True, False]
    assert diff(b, c).data == (Change("X", "changed", "1", "2"),)


def test_a_digest_that_one_run_lacks_is_no_difference(runs_of):
    def data(**more):
        return {"data": [{"kind": "variable", "name": "y", "mode": "read", "shape": [1347], "dtypes": "int64", **more}]}

    longer, with_one, without = runs_of(data(), data(digest="209230ba1f"), data(digest="209230bb", shape=[1348]))
    assert diff(without, with_one).same("data")
    assert not diff(without, longer).same("data")
    assert not diff(with_one, longer).same("data")


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


def test_of_equally_common_metrics_one_of_training_data_is_not_the_one_to_judge_by(runs_of):
    losses = [{"train_loss": 0.3, "val_loss": 0.1}, {"train_loss": 0.1, "val_loss": 0.3}]
    runs = runs_of(*({"name": name, "metrics": each} for name, each in zip("ab", losses, strict=True)))
    assert (best(runs).metric, best(runs).run.name, judging(*runs)) == ("val_loss", "a", "val_loss")
    only = runs_of(*({"metrics": {"train_loss": each}} for each in (0.3, 0.1)))
    assert (best(only).metric, judging(*only)) == ("train_loss", "train_loss")


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


def test_names_that_most_runs_have_come_before_rare_ones(runs_of):
    runs = runs_of({"params": {"rare": 1}}, {"params": {"common": 1}}, {"params": {"common": 2}})
    assert differing(runs, "params") == ["common", "rare"]


def test_the_runs_are_gone_through_once_however_many_names_there_are(runs_of):
    runs = runs_of({"params": {f"p{i}": i for i in range(1000)}}, {"params": {}})
    read = []

    def reading():
        for run in runs:
            read.append(run.id)
            yield run

    assert len(traits(reading(), "params")) == 1000
    assert len(read) == 2


def test_the_sentence_names_four_chosen_params_and_no_defaults(runs_of):
    chosen = {f"p{i}": i for i in range(6)}
    sources = {"params": dict.fromkeys(chosen, "SVC(...)") | {"tol": "SVC() default"}, "metrics": {}}
    runs = runs_of(
        {"name": "a", "params": {"tol": 0.1, **chosen}, "sources": sources, "metrics": {"f1": 1}},
        {"name": "b", "params": {}, "metrics": {"f1": 0}},
    )
    assert (
        best(runs)
        .sentence()
        .endswith(
            "What differs: p0 0 (not set there), p1 1 (not set there), p2 2 (not set there), p3 3 (not set there), "
            "2 more params."
        )
    )


def test_defaults_alone_are_said_to_be_defaults(runs_of):
    sources = {"params": {"tol": "SVC() default"}, "metrics": {}}
    runs = runs_of(
        {"name": "a", "params": {"tol": 0.1}, "sources": sources, "metrics": {"f1": 1}},
        {"name": "b", "metrics": {"f1": 0}},
    )
    assert best(runs).sentence().endswith("Only params left at their defaults differ between the two.")


def test_a_section_that_neither_run_recorded_is_not_called_the_same(runs_of):
    a, b = runs_of({"tags": {"x": 1}, "code": {"commit": "abc"}}, {"tags": {"x": 1}, "code": {"commit": "abc"}})
    found = diff(a, b)
    assert found.alike == ("commit", "tags")
    assert found.absent == ("metrics", "params", "source", "data", "upstream cells", "seeds", "environment", "hardware")


def test_packages_are_compared_when_their_lists_can_be_read(runs_of):
    old, new = "1" * 64, "2" * 64
    a, b = runs_of(  # the newest is the first
        {"environment": {"python": "3.13", "digest": "x", "sha256": new}},
        {"environment": {"python": "3.13", "digest": "y", "sha256": old}},
    )
    kept = {
        old: json.dumps({"packages": {"numpy": "2.3", "gone": "1", "same": "1"}}).encode(),
        new: json.dumps({"packages": {"numpy": "2.4", "fresh": "1", "same": "1"}}).encode(),
    }
    assert diff(a, b, kept.__getitem__).environment == (
        Change("digest", "changed", "y", "x"),
        Change("packages.fresh", "added", new="1"),
        Change("packages.gone", "removed", old="1"),
        Change("packages.numpy", "changed", "2.3", "2.4"),
    )


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"packages": 5}', b"\xff", b"[" * 100_000])
def test_an_environment_that_cannot_be_read_leaves_the_digests(runs_of, content):
    a, b = runs_of(
        {"environment": {"digest": "x", "sha256": "1" * 64}}, {"environment": {"digest": "y", "sha256": "2" * 64}}
    )

    def missing(sha256):
        raise ObjectMissing(sha256)

    expected = (Change("digest", "changed", "y", "x"),)
    assert diff(a, b, lambda _: content).environment == diff(a, b, missing).environment == expected


def test_of_many_packages_twenty_are_listed_and_the_rest_counted(runs_of):
    b, a = runs_of({"environment": {"sha256": "1" * 64}}, {"environment": {"sha256": "2" * 64}})
    contents = {"1" * 64: {f"p{i:02}": "1" for i in range(25)}, "2" * 64: {}}
    found = diff(a, b, lambda sha256: json.dumps({"packages": contents[sha256]}).encode())
    assert (len(found.environment), len(listed(found, "environment"))) == (25, 20)
    assert left_out(found, "environment") == ["5 packages more"]
    assert left_out(found, "params") == left_out(found, "tags") == []


@pytest.mark.parametrize("value", [10**400, -(10**400), {"$i": "9" * 390}, {"$f": "inf"}, "text", None, [1]])
def test_hostile_metrics_never_break_the_comparison(runs_of, value):
    runs = runs_of({"metrics": {"accuracy": value}, "params": {"n": value}}, {"metrics": {"accuracy": 0.5}})
    assert best(runs).value == 0.5
    assert diff(runs[0], runs[1]).same("tags")
    assert len(runs.to_pandas()) == 2
    assert len(runs.filter("metrics.accuracy > 0.1")) >= 1
    assert repr(runs[1])
    assert repr(runs)


def test_causes_stand_in_the_order_in_which_they_usually_move_a_metric():
    order = "metrics params source data slice seeds environment code hardware tags"
    assert order.split() == list(SECTIONS)


def test_seeds_hardware_and_the_cells_before_are_sections_of_their_own(runs_of):
    def made(word, digits):
        return {
            "environment": {
                "python": "3.13",
                "rng": {"numpy": word, "drawn": ["numpy"]},
                "rng_states": {"numpy": digits * 16},
            },
            "hardware": {"cores": 8 if word == "seeded 1" else 2},
            "slice": {"executions": [{"n": 1, "source": digits}, {"n": 2, "source": "own"}], "verdicts": []},
        }

    b, a = runs_of(made("unseeded", "2"), made("seeded 1", "1"))
    found = diff(a, b)
    assert [found.same(section) for section in ("slice", "seeds", "environment", "hardware")] == [
        False,
        False,
        True,
        False,
    ]
    assert listed(found, "seeds") == [
        Change("numpy", "changed", "unseeded", "seeded 1"),
        Change("numpy.state", "changed", "22222222", "11111111"),
    ]
    assert listed(found, "hardware") == [Change("cores", "changed", 2, 8, 6, 3.0)]
    assert [change.name for change in listed(found, "slice")] == ["digest"]


def test_cells_before_are_compared_between_those_that_are_the_same(runs_of):
    kept = {"load": b"a = 1\nend", "load2": b"a = 2\nend", "prep": b"b", "extra": b"new"}

    def made(*names):
        executions = [{"n": number, "source": name} for number, name in enumerate([*names, "own"])]
        return {"slice": {"executions": executions, "verdicts": []}}

    b, a = runs_of(made("load", "prep"), made("load2", "prep", "extra"))
    found = diff(a, b, kept.__getitem__).upstream
    assert [(cell.number, cell.total, [line.sign + line.text for line in cell.lines]) for cell in found] == [
        (1, 3, ["-a = 1", "+a = 2", "=end"]),
        (3, 3, ["+new"]),
    ]

    def missing(name):
        raise ObjectMissing(name)

    assert diff(a, b, missing).upstream == ()


def test_large_relative_changes_come_before_small_ones_and_defaults_last(runs_of):
    sources = {"params": {"tol": "SVC() default"}, "metrics": {}}
    b, a = runs_of(
        {"params": {"n": 101, "tol": 9, "lr": 0.001, "kernel": "rbf", "on": True}, "sources": sources},
        {"params": {"n": 100, "tol": 1, "lr": 0.1, "kernel": "linear", "on": True}, "sources": sources},
    )
    assert [change.name for change in listed(diff(a, b), "params")] == ["kernel", "lr", "n", "tol"]


def test_a_seed_comes_after_what_somebody_chose_however_far_it_moved(runs_of):
    a, b = runs_of({"params": {"seed": 1, "lr": 0.1}}, {"params": {"seed": 42, "lr": 0.09}})
    assert [change.name for change in listed(diff(a, b), "params")] == ["lr", "seed"]
