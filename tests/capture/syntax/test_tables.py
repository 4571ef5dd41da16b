"""Tables and lists of results, and tables of data, which are none."""

import ast

import numpy as np
import pandas as pd
import pytest

from nbtrack.capture.syntax.tables import (
    Scored,
    appended,
    crossed,
    curve_over,
    curves_over,
    filled,
    histories,
    listed,
    row_curves,
    rows,
    score_columns,
    swept,
    telling_columns,
)


@pytest.fixture
def scored() -> Scored:
    known = Scored()
    for value in (0.91234567, 0.8):
        known.add(value)
    return known


def test_a_table_with_a_number_the_cell_has_scored_is_one_of_results(scored: Scored) -> None:
    table = [{"model": "svc", "acc": 0.91, "k": 3}, {"model": "rf", "acc": 0.75, "k": 4}]
    assert rows(table, scored) == {"svc.acc": 0.91, "rf.acc": 0.75}
    assert rows(pd.DataFrame(table), scored) == {"svc.acc": 0.91, "rf.acc": 0.75}
    assert rows(pd.DataFrame(table).set_index("model"), scored) == {"svc.acc": 0.91, "rf.acc": 0.75}
    assert rows({"svc": {"acc": 0.91}, "rf": {"acc": 0.75}}, scored) == {"svc.acc": 0.91, "rf.acc": 0.75}
    assert rows([("svc", 0.91), ("rf", 0.75)], scored) == {"svc.score": 0.91, "rf.score": 0.75}


def test_rows_of_steps_are_curves_and_no_models(scored: Scored) -> None:
    table = [{"epoch": 1, "acc": 0.8, "lr": 0.1}, {"epoch": 2, "acc": 0.91, "lr": 0.1}]
    assert rows(table, scored) == {}
    assert row_curves(table) == {"acc": [0.8, 0.91]}
    assert row_curves([{"k": 1, "acc": 0.8}, {"k": 3, "acc": 0.7}]) == {}
    assert row_curves(table[::-1]) == row_curves(table[:1]) == row_curves([*table, 3]) == row_curves("x") == {}


def test_rows_without_a_name_are_told_apart_by_their_setting(scored: Scored) -> None:
    assert rows([{"k": 1, "acc": 0.8}, {"k": 3, "acc": 0.7}], scored) == {"k=1.acc": 0.8, "k=3.acc": 0.7}


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"city": ["a", "b"], "score": [3.5, 4.5]}),
        pd.DataFrame({"acc": [0.0, 1.0]}),
        pd.DataFrame({"acc": [0.91] * 100}),
        [{"model": "svc", "acc": 0.91}],
        [1, 2],
        None,
    ],
)
def test_tables_of_data_are_none_of_results(table: object, scored: Scored) -> None:
    assert rows(table, scored) == {}


def test_a_number_of_data_that_agrees_with_a_score_by_chance_makes_no_results(scored: Scored) -> None:
    wine = pd.DataFrame(
        {"alcohol": [12.1 + n / 10 for n in range(8)], "hue": [0.91, 1.1, 0.7, 0.6, 1.2, 0.9, 1.3, 0.5]}
    )
    assert rows(wine, scored) == {}


def test_lists_that_grow_in_the_cell_are_known_by_name() -> None:
    cell = "for i in x:\n    losses.append(f(i))\n    h['acc'].append(g(i))\ndef k():\n    inner.append(1)"
    assert sorted(appended(ast.parse(cell))) == ["h.acc", "losses"]


def test_only_lists_of_numbers_are_curves() -> None:
    names = {"losses": [1.0, 2.0], "h": {"acc": [0.5, 1]}, "words": ["a", "b"], "one": [1.0]}
    assert [listed(name, names) for name in ("losses", "h.acc", "words", "one", "gone", "h.gone")] == [
        [1.0, 2.0],
        [0.5, 1],
        None,
        None,
        None,
        None,
    ]


def test_histories_are_dictionaries_a_training_is_asked_to_fill() -> None:
    cell = "xgb.train(p, d, evals_result=res)\nlgb.train(p, d, callbacks=[lgb.record_evaluation(log)])"
    assert histories(ast.parse(cell)) == {"res", "log"}


def test_an_array_counts_as_a_list_where_it_is_asked_for() -> None:
    names = {"losses": np.array([1.0, 0.5]), "table": np.ones((2, 2)), "counts": np.array([1, 2])}
    assert [listed(name, names, arrays=True) for name in names] == [[1.0, 0.5], None, None]
    assert listed("losses", names) is None


def test_dictionaries_that_loops_fill_are_known_by_name() -> None:
    cell = "for k in ks:\n    bic[k] = g(k)\n    best['k'] = k\n    m[k, 0] = 1\nout['x'] = 1\nx[i] = 2"
    assert {name: [ast.unparse(value) for value in values] for name, values in filled(ast.parse(cell)).items()} == {
        "bic": ["g(k)"]
    }


@pytest.mark.parametrize(
    ("value", "points"),
    [
        ({2: 9.5, 3: 7.0}, [(2, 9.5), (3, 7.0)]),
        ({3: 9.5, 2: 7.0}, [(None, 9.5), (None, 7.0)]),
        ({0.1: 1, 1.0: 2}, [(None, 1), (None, 2)]),
        ({1: 9.5, "b": 7.0}, []),
        ({1: 9.5, 2: "bad"}, []),
        ({True: 9.5, 2: 1.0}, []),
        ({1: 9.5}, []),
        ([1.0, 2.0], []),
    ],
)
def test_numbers_under_numbers_are_a_curve(value: object, points: list[object]) -> None:
    assert curve_over(value) == points


def test_rows_of_scores_under_numbers_are_a_curve_each() -> None:
    assert curves_over({1: {"hit": 0.5, "by": "a"}, 3: {"hit": 0.7, "by": "b"}}) == {"hit": [(1, 0.5), (3, 0.7)]}
    assert curves_over({"a": {"hit": 0.5}, "b": {"hit": 0.7}}) == {}
    assert curves_over({1: {"hit": 0.5}, 3: {"miss": 0.7}}) == curves_over({1: {"hit": 0.5}}) == curves_over([1]) == {}


def test_a_table_with_a_column_for_each_model_has_no_words_for_scores() -> None:
    frame = pd.DataFrame({"svc": [0.9, 0.8], "rf": [1.0, 0.7]})
    assert crossed(frame) == {"svc.0": 0.9, "rf.0": 1.0, "svc.1": 0.8, "rf.1": 0.7}
    assert crossed(frame.set_axis(["train", "test"])) == {
        "svc.train": 0.9,
        "rf.train": 1.0,
        "svc.test": 0.8,
        "rf.test": 0.7,
    }
    assert crossed(frame.assign(acc=0.5)) == crossed(frame.assign(day="Mon")) == crossed(frame[["svc"]]) == {}
    assert crossed([{"svc": 0.9, "rf": 1.0}]) == crossed("svc") == {}


def test_a_table_that_is_looked_at_is_one_of_results_where_most_of_it_is() -> None:
    frame = pd.DataFrame({"model": ["svc", "rf"], "rmse": [2.5, 3.5], "alpha": [0.5, 1.5], "age": [2.0, 3.0]})
    assert score_columns(frame) == ["rmse"]
    assert score_columns(frame, mostly=True) == []
    assert score_columns(frame[["model", "rmse", "alpha"]], mostly=True) == ["rmse"]


def test_rows_told_apart_by_numbers_alone_are_curves(scored: Scored) -> None:
    sweep = [{"cut": np.float64(0.3), "acc": 0.91, "note": 2}, {"cut": np.float64(0.5), "acc": 0.8, "note": 2}]
    assert swept(sweep, scored) == {"acc": [0.91, 0.8]}
    assert swept([{**row, "model": "svm"} for row in sweep], scored) == {}
    assert rows(sweep, scored) == {"cut=0.3.acc": 0.91, "cut=0.5.acc": 0.8}


def test_a_row_for_each_question_is_data(scored: Scored) -> None:
    assert rows([{"q": "Who is it?", "acc": 0.91}, {"q": "Where is it?", "acc": 0.8}], scored) == {}


def test_the_first_settings_that_do_tell_rows_apart() -> None:
    grid = [{"depth": d, "leaf": leaf, "share": 0.5 * d * leaf, "acc": 0.1} for d in (1, 2) for leaf in (1, 3)]
    assert telling_columns([grid]) == ["depth", "leaf"]
    assert telling_columns([None, pd.DataFrame({"model": ["a", "b"], "C": [1, 2]})]) == ["model"]
