import sys
from datetime import UTC, datetime
from textwrap import dedent

import pandas as pd
import pytest

from nbtrack.errors import FilterError, UsageError


def names(runs):
    return [run.name for run in runs]


@pytest.fixture
def three(runs_of):
    return runs_of(
        {"name": "a", "params": {"lr": 0.1}, "metrics": {"f1": 0.5}},
        {"name": "b", "params": {"lr": 0.01}, "metrics": {"f1": 0.9}, "tags": {"team": "nlp"}},
        {"name": "c", "params": {"lr": 0.001, "kernel": "rbf"}, "status": "failed"},
    )


def test_runs_come_newest_first(three):
    assert names(three) == ["c", "b", "a"]


def test_questions_chain_and_change_nothing(three):
    asked = three.filter("params.lr > 0.001").order_by("-metrics.f1").limit(1)
    assert (names(asked), names(three)) == (["b"], ["c", "b", "a"])


def test_an_order_within_a_filter_wins_over_the_order_before(three):
    assert names(three.filter("order by name")) == ["a", "b", "c"]
    assert names(three.order_by("name").filter("params.lr > 0")) == ["a", "b", "c"]


@pytest.mark.parametrize("keys", [("-metrics.f1", "name"), ("metrics.f1 desc, name",), ("metrics.f1 DESC", "name asc")])
def test_orders_are_written_in_several_ways(three, keys):
    assert names(three.order_by(*keys)) == ["b", "a", "c"]


def test_runs_are_a_sequence_whose_slices_are_runs(three):
    assert (len(three), three[0].name, three[-1].name, names(three[1:])) == (3, "c", "a", ["b", "a"])
    assert type(three[:2]) is type(three)
    assert three[0] in three
    assert not three[:0]
    with pytest.raises(IndexError):
        three[3]


def test_an_order_by_an_unknown_name_suggests_the_nearest(three):
    with pytest.raises(FilterError, match=r"no metric `f11`; did you mean `f1`\?"):
        three.order_by("-metrics.f11")


@pytest.mark.parametrize("count", [-1, 1.5, True, "3"])
def test_a_limit_that_is_no_count_is_refused(three, count):
    with pytest.raises(UsageError, match="limit needs a whole number of runs"):
        three.limit(count)


def test_a_run_has_python_values(runs_of):
    (run,) = runs_of({"params": {"x": {"$f": "inf"}}, "started": 0, "duration": 1.5})
    assert (run.params["x"], run.started, run.duration) == (float("inf"), datetime(1970, 1, 1, tzinfo=UTC), 1.5)


def test_runs_become_a_typed_dataframe(three):
    actual = three.to_pandas()
    expected = pd.DataFrame(
        {
            "id": [f"20261121t101530-{number:08d}" for number in (2, 1, 0)],
            "name": ["c", "b", "a"],
            "experiment": ["notebook"] * 3,
            "status": ["failed", "finished", "finished"],
            "started": pd.to_datetime([1795255202000, 1795255201000, 1795255200000], unit="ms", utc=True),
            "duration": [0.5] * 3,
            "condition": ["whole"] * 3,
            "verdict": [None] * 3,
            "params.lr": [0.001, 0.01, 0.1],
            "params.kernel": ["rbf", None, None],
            "metrics.f1": [None, 0.9, 0.5],
            "tags.team": [None, "nlp", None],
        }
    )
    pd.testing.assert_frame_equal(actual, expected, check_dtype=False)
    assert actual["started"].dt.tz is not None
    assert [actual[column].dtype.kind for column in ("duration", "params.lr", "metrics.f1")] == ["f", "f", "f"]


def test_a_dataframe_takes_any_value_and_any_number_of_runs(runs_of):
    odd = [{"$i": str(10**30)}, {"$d": "1.1"}, [1], {"a": 1}, "x", True, {"$f": "nan"}, {"$t": "2026-11-21"}]
    assert runs_of(*({"params": {"x": value}} for value in odd)).to_pandas().shape == (8, 9)
    assert runs_of().to_pandas().shape == (0, 8)
    assert runs_of({"metrics": {"loss": {"$f": "inf"}}, "duration": None}).to_pandas()["metrics.loss"][0] == float(
        "inf"
    )


def test_numbers_larger_than_any_float_leave_a_dataframe_whole_on_every_pandas(runs_of):
    actual = runs_of({"params": {"n": 10**400, "lr": 0.1}}, {"params": {"n": 1, "lr": 0.2}}).to_pandas()
    assert set(actual["params.n"]) == {10**400, 1}
    assert [actual[column].dtype.kind for column in ("started", "params.lr")] == ["M", "f"]


def test_their_repr_is_a_short_table(three):
    assert (
        repr(three)
        == dedent("""
            3 runs
            run     name  status    started (UTC)     lr     kernel  f1
            000000  c     failed    2026-11-21 10:00  0.001  rbf     -
            000000  b     finished  2026-11-21 10:00  0.01   -       0.9
            000000  a     finished  2026-11-21 10:00  0.1    -       0.5
            """).strip()
    )


def test_their_repr_shows_no_control_characters_and_not_every_run(runs_of):
    text = repr(runs_of(*({"name": "\x1b[2J\nx" * 9},) * 12))
    assert "\x1b" not in text
    assert text.endswith("\n… and 2 more")
    assert repr(runs_of()) == "no runs"


def test_asking_imports_neither_pandas_nor_rich():
    from subprocess import run

    code = (
        "import sys, nbtrack.query.runs; print([m for m in ('pandas', 'rich', 'lark', 'tinydb') if m in sys.modules])"
    )
    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("order", ["nope", "-nope"])
def test_an_unknown_order_is_shown_as_it_was_written(runs_of, order):
    with pytest.raises(FilterError) as error:
        runs_of({"metrics": {"f1": 1}}).order_by("name", order)
    _, text, caret = str(error.value).split("\n")
    assert text == f"  name, {order}"
    assert caret.index("^") == text.index("nope")


def test_runs_are_asked_for_and_ordered_by_the_verdict_of_their_last_reproduction(runs_of):
    levels = ("identical", "within tolerance", "different", "cannot run")
    runs = runs_of({"name": "never"}, *({"name": level, "verdict": level} for level in levels))

    def named(text):
        return [run.name for run in runs.filter(text)]

    assert named("verdict = 'identical'") == named("verdict = 'Identical'") == ["identical"]
    assert named("verdict in ('identical', 'within tolerance') order by name") == ["identical", "within tolerance"]
    assert named("verdict is null") == ["never"]
    assert named("verdict != 'identical' order by verdict") == ["cannot run", "different", "within tolerance"]
    assert [run.verdict for run in runs.order_by("verdict")] == [*sorted(levels), None]
    assert list(runs.order_by("verdict").to_pandas()["verdict"][:4]) == sorted(levels)
    with pytest.raises(FilterError, match="no verdict 'identicl'; did you mean 'identical'"):
        runs.filter("verdict = 'identicl'")


def test_runs_are_asked_for_by_the_condition_of_their_records(runs_of):
    wrong = {"ok": False, "damaged": 1, "missing": 0, "unsealed": 0, "divergent": 0}
    refused = ["incomplete(2): the disk refused 2 records of this run"]
    runs = runs_of(
        {"name": "whole"},
        {"name": "bad", "health": wrong, "condition": "damaged"},
        {"name": "short", "warnings": refused, "condition": "incomplete(2)"},
        {"name": "both", "health": wrong, "warnings": refused, "condition": "damaged, incomplete(2)"},
    )
    asked = {
        text: sorted(run.name for run in runs.filter(text))
        for text in (
            "damaged = true",
            "incomplete = true",
            "unsealed = true",
            "not damaged = true",
            "condition like 'inc%'",
        )
    }
    assert asked == {
        "damaged = true": ["bad", "both"],
        "incomplete = true": ["both", "short"],
        "unsealed = true": [],
        "not damaged = true": ["short", "whole"],
        "condition like 'inc%'": ["short"],
    }
    (both,) = runs.filter("name = 'both'")
    assert repr(both).endswith("finished (damaged, incomplete(2))>")
