"""Runs from several places in one row, by age: what sorting all of them says, however they cross."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrack.model.document import RunDocument
from nbtrack.model.fold import fold
from nbtrack.store.index.rows import LooseRows, age_of
from nbtrack.store.index.weave import Documents, Span, spans, weave


def document(number: int, started: int) -> RunDocument:
    run = fold(f"20261121t101530-{number:08d}", [])
    return {**run, "started": started}


@st.composite
def places(draw: st.DrawFn) -> list[tuple[list[RunDocument], set[int]]]:
    """Each run once, in one of up to four places there, some of them hidden."""
    ages = draw(st.lists(st.integers(0, 9), max_size=24))
    rooms: list[list[RunDocument]] = [[] for _ in range(draw(st.integers(1, 4)))]
    for number, age in enumerate(ages):
        draw(st.sampled_from(rooms)).append(document(number, age))
    for room in rooms:
        room.sort(key=age_of)
    return [(room, draw(st.sets(st.integers(0, max(len(room) - 1, 0))))) for room in rooms]


@settings(deadline=None)
@given(places())
def test_woven_runs_are_those_that_sorting_gives(given: Sequence[tuple[list[RunDocument], set[int]]]) -> None:
    woven = weave(spans(LooseRows(runs), 0, len(runs), hidden) for runs, hidden in given)
    expected = sorted((run for runs, hidden in given for k, run in enumerate(runs) if k not in hidden), key=age_of)
    documents = Documents(woven)
    assert list(documents) == expected
    assert [documents[k] for k in range(len(documents))] == expected
    assert list(reversed(documents)) == expected[::-1]
    assert documents[1:-1] == tuple(expected[1:-1])
    assert [documents.position(k, row) for k, span in enumerate(woven) for row in range(span.start, span.stop)] == list(
        range(len(expected))
    )


def test_places_that_follow_one_another_stay_whole() -> None:
    old, young = (LooseRows([document(k, k) for k in part]) for part in (range(5), range(5, 9)))
    assert weave([spans(young, 0, 4), spans(old, 0, 5)]) == [Span(old, 0, 5), Span(young, 0, 4)]


def test_one_run_between_others_cuts_them_once() -> None:
    many, one = LooseRows([document(k, k * 2) for k in range(5)]), LooseRows([document(99, 3)])
    assert weave([spans(many, 0, 5), spans(one, 0, 1)]) == [Span(many, 0, 2), Span(one, 0, 1), Span(many, 2, 5)]


def test_the_same_run_in_two_places_ends_nothing() -> None:
    twice = [LooseRows([document(1, 1)]) for _ in range(2)]
    assert len(Documents(weave(spans(rows, 0, 1) for rows in twice))) == 2


def test_positions_outside_are_refused() -> None:
    documents = Documents([])
    assert (len(documents), list(documents), documents[:]) == (0, [], ())
    with pytest.raises(IndexError):
        documents[0]
