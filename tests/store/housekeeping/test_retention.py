"""Rules of retention let go only what every rule lets go, and a rule that was mistyped is not ignored."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.errors import UsageError
from nbtrack.model.age import age_text, seconds_of
from nbtrack.model.document import RunDocument
from nbtrack.model.fold import fold
from nbtrack.store.housekeeping.retention import Retention, Rule, released, retention_of

DAY = 86_400.0
NOW = 1_800_000_000.0


def run(name: str, days: float, **more: Any) -> RunDocument:
    document = fold(name, [])
    document.update(started=int((NOW - days * DAY) * 1000), status="finished")
    document.update(**more)  # type: ignore[typeddict-item]  # members of a document
    return document


RUNS = [run(f"run {days}", days) for days in (1, 2, 3, 4)]


def test_keep_keeps_the_newest() -> None:
    assert released(RUNS, retention_of({"keep": 2}, ""), NOW) == dict.fromkeys(
        ["run 3", "run 4"], "beyond the newest 2"
    )


def test_older_than_keeps_the_younger() -> None:
    assert list(released(RUNS, retention_of({"older-than": "36h"}, ""), NOW)) == ["run 2", "run 3", "run 4"]


def test_a_run_goes_only_when_both_let_it_go() -> None:
    rules = retention_of({"keep": 1, "older-than": "3d"}, "")
    assert released(RUNS, rules, NOW + 1) == dict.fromkeys(["run 3", "run 4"], "beyond the newest 1 and older than 3d")
    assert list(released(RUNS, retention_of({"keep": 3, "older-than": "1d"}, ""), NOW + 1)) == ["run 4"]


def test_tagged_open_and_deleted_runs_are_never_let_go() -> None:
    runs = [
        run("tagged", 9, tags={"production": "yes"}),
        run("open", 9, status="running"),
        run("deleted", 1, deleted=True),
        run("plain", 9),
    ]
    assert list(released(runs, retention_of({"keep": 0, "keep-tagged": ["production"]}, ""), NOW)) == ["plain"]


def test_an_experiment_with_a_rule_counts_for_itself() -> None:
    runs = [*RUNS, *(run(f"base {k}", k, experiment="baseline") for k in (1, 2))]
    rules = retention_of({"keep": 3, "experiments": {"baseline": {"keep": 1}}}, "")
    assert released(runs, rules, NOW) == {"run 4": "beyond the newest 3", "base 2": "beyond the newest 1"}
    only = retention_of({"experiments": {"baseline": {"older-than": "2d"}}}, "")
    assert list(released(runs, only, NOW + 1)) == ["base 2"]
    spared = retention_of({"keep": 0, "experiments": {"baseline": {}}}, "")
    assert sorted(released(runs, spared, NOW)) == ["run 1", "run 2", "run 3", "run 4"]


def test_rules_are_told_in_sentences() -> None:
    table = {"keep": 200, "older-than": "90d", "keep-tagged": ["a", "b"], "experiments": {"base": {"keep": 20}}}
    assert retention_of(table, "pyproject.toml").sentences() == [
        "artifacts of runs beyond the newest 200 and older than 90d go",
        "in experiment 'base', those of runs beyond the newest 20",
        "runs tagged a, b keep theirs",
    ]
    assert (bool(Retention()), Retention().sentences(), str(Rule())) == (False, [], "none")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"kepp": 3}, "x: kepp is no rule of retention; there is: keep, older-than, keep-tagged, experiments"),
        ({"keep": "3"}, "x: keep must be a number of runs, not '3'"),
        ({"keep": True}, "x: keep must be a number of runs, not True"),
        ({"keep": -1}, "x: keep must be a number of runs, not -1"),
        ({"older-than": 90}, 'x: older-than must be an age like "90d", not 90'),
        ({"older-than": "soon"}, "'soon' is no age; write a number and s, m, h, d, w or y, like 12h, 90d or 2w"),
        ({"keep-tagged": "a"}, "x: keep-tagged must be a list of names of tags, not 'a'"),
        ({"experiments": {"a": 3}}, "x: experiments must be tables, like [tool.nbtrack.retention.experiments.NAME]"),
        ({"experiments": {"a": {"kep": 3}}}, "x, experiment a: kep is no rule for runs; there is: keep, older-than"),
    ],
)
def test_a_rule_that_cannot_be_understood_is_an_error(table: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as refused:
        retention_of(table, "x")
    assert str(refused.value) == message


@given(st.integers(1, 999_999), st.sampled_from("smhdwy"))
def test_an_age_that_is_told_is_understood(count: int, unit: str) -> None:
    seconds = seconds_of(f"{count}{unit}")
    assert seconds_of(age_text(seconds)) == seconds


@given(
    st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.booleans())),
    st.none() | st.integers(0, 9),
    st.none() | st.integers(0, 40),
)
def test_what_is_kept_is_what_the_words_say(
    runs: list[tuple[int, bool, bool]], keep: int | None, days: int | None
) -> None:
    documents = [
        run(f"{k}", age, tags={"t": 1} if tagged else {}, deleted=deleted)
        for k, (age, tagged, deleted) in enumerate(runs)
    ]
    rules = Retention(Rule(keep, None if days is None else days * DAY), ("t",))
    found = released(documents, rules, NOW)
    counted = sorted((d for d in documents if not d["deleted"]), key=lambda d: (-d["started"], d["id"]))
    for document in documents:
        newer = sum(other["started"] > document["started"] for other in counted)
        if document["id"] in found:
            assert not document["deleted"]
            assert not document["tags"]
            assert keep is None or len(counted) > keep
            assert days is None or document["started"] < (NOW - days * DAY) * 1000
        elif rules and not document["deleted"] and not document["tags"]:
            same = sum(other["started"] == document["started"] for other in counted)
            assert (keep is not None and newer < keep + same) or (
                days is not None and document["started"] >= (NOW - days * DAY) * 1000
            )


def test_asking_about_a_hundred_thousand_runs_takes_a_moment() -> None:
    runs = [RUNS[k % 4] for k in range(100_000)]
    start = time.perf_counter()
    released(runs, retention_of({"keep": 200, "older-than": "2d"}, ""), NOW)
    assert time.perf_counter() - start < 2
