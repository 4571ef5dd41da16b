"""Records add up to the same run in any order, in any number of copies, whatever they hold."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrack.model.fold import fold

RUN = "20261121t101530-7k3m9q2x"
STARTED = 1_795_256_130_000
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KINDS = st.sampled_from(
    "run.start cell params metrics m tags note comment artifact data code environment warning error run.end delete head new".split(),
)
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "k": KINDS | JUNK,
        "v": JUNK
        | st.fixed_dictionaries({"name": JUNK, "curves": JUNK, "duration": JUNK, "source": JUNK})
        | st.fixed_dictionaries(
            {
                "curves": st.dictionaries(
                    st.text(), st.dictionaries(st.sampled_from("last min max count step".split()), JUNK)
                )
            }
        ),
        "w": JUNK,
        "n": JUNK,
        "l": JUNK,
        "t": JUNK,
        "s": JUNK,
        "st": JUNK,
        "src": JUNK,
        "c": JUNK,
    },
)


def records() -> list[dict[str, Any]]:
    payloads: list[dict[str, Any]] = [
        {"k": "run.start", "v": {"name": "a", "experiment": "e"}},
        {"k": "params", "v": {"lr": 1}, "src": {"lr": "first"}},
        {"k": "params", "v": {"lr": 2}, "src": {"lr": "second"}},
        {"k": "m", "s": 0, "v": {"loss": 3.0}},
        {"k": "m", "s": 1, "v": {"loss": 1.0}},
        {"k": "tags", "v": {"x": "1", "y": "2"}},
        {"k": "tags", "v": {"x": None}},
        {"k": "warning", "v": "w"},
    ]
    return [
        {**payload, "w": "w1", "n": n, "l": n, "t": STARTED + n, "c": f"{n:08x}"}
        for n, payload in enumerate(payloads, 1)
    ]


def test_order_and_copies_do_not_matter() -> None:
    expected = fold(RUN, records())
    assert (expected["params"], expected["tags"], expected["metrics"]) == ({"lr": 2}, {"y": "2"}, {"loss": 1.0})
    assert (expected["status"], expected["sources"]["params"]) == ("running", {"lr": "second"})
    shuffler = random.Random(7)
    for _ in range(50):
        many = records() + records()[::2]
        shuffler.shuffle(many)
        assert fold(RUN, many) == expected


def test_records_of_one_writer_that_claim_one_number_are_both_kept_and_counted() -> None:
    for others in ([], [{"k": "note", "v": "x", "w": "w2", "n": 1, "l": 99, "c": "f"}]):
        found = [*records(), {"k": "params", "v": {"extra": 1}, "w": "w1", "n": 8, "l": 9, "c": "0"}, *others]
        document = fold(RUN, found)
        assert document["params"] == {"lr": 2, "extra": 1}
        assert (document["health"]["ok"], document["health"]["divergent"]) == (False, 1)


def test_a_writers_clock_decides_and_not_the_numbers_of_its_records() -> None:
    first = {"k": "note", "v": "first", "w": "w", "n": 2, "l": 1}
    then = {"k": "note", "v": "then", "w": "w", "n": 1, "l": 2}
    assert fold(RUN, [first, then])["note"] == fold(RUN, [then, first])["note"] == "then"


def test_clocks_decide_between_writers_and_the_writers_name_between_equal_clocks() -> None:
    def note(text: str, writer: str, clock: int) -> dict[str, Any]:
        return {"k": "note", "v": text, "w": writer, "n": 1, "l": clock, "c": text}

    assert fold(RUN, [note("late", "a", 9), note("early", "z", 3)])["note"] == "late"
    assert fold(RUN, [note("z wins", "z", 3), note("a", "a", 3)])["note"] == "z wins"


def test_a_seal_stands_for_its_writers_points() -> None:
    points = [record for record in records() if record["k"] == "m"]
    curve = {"last": 1.0, "min": 1.0, "max": 3.0, "count": 2, "step": 1}
    end = {
        "k": "run.end",
        "st": "finished",
        "v": {"duration": 2, "curves": {"loss": curve}},
        "w": "w1",
        "n": 9,
        "l": 9,
        "t": STARTED + 9,
    }
    rest = [record for record in records() if record["k"] != "m"]
    assert fold(RUN, [*rest, *points])["curves"] == {"loss": curve}
    assert fold(RUN, [*rest, end]) == fold(RUN, [*rest, *points, end])
    assert fold(RUN, [*rest, end])["curves"] == {"loss": curve}


def test_a_single_value_wins_over_the_series_of_its_name() -> None:
    single = {"k": "metrics", "v": {"loss": 0.5}, "w": "w1", "n": 9, "l": 9}
    assert fold(RUN, [*records(), single])["metrics"] == {"loss": 0.5}


def test_a_run_without_its_start_still_has_a_name_and_a_time() -> None:
    document = fold(RUN, records()[1:])
    assert (document["name"], document["started"], document["params"]) == ("7k3m9q", STARTED, {"lr": 2})
    assert fold("no id at all", [])["started"] == 0


@pytest.mark.slow
@settings(max_examples=300)
@given(st.lists(MEMBERS, max_size=8))
def test_any_records_at_all_make_a_document(found: list[dict[str, Any]]) -> None:
    assert fold(RUN, found).keys() == fold(RUN, []).keys()


def test_a_duration_that_no_float_can_hold_does_not_hide_the_store() -> None:
    end = {"k": "run.end", "st": "finished", "v": {"duration": 10**400}, "t": STARTED, "w": "a", "n": 2, "l": 2}
    assert fold(RUN, [end])["duration"] in (None, float("inf"))
