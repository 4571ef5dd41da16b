"""Comments add up to the same list wherever their records come together, each as its author left it at last."""

from itertools import permutations
from typing import Any

from nbtrack.model.fold import fold

RUN = "20261121t101530-7k3m9q2x"


def said(writer: str, number: int, text: str | None, *, clock: int = 2, at: int = 0, of: str = "") -> dict[str, Any]:
    value = {"text": text, "by": "Ada", **({"of": of} if of else {})}
    return {"k": "comment", "w": writer, "n": number, "l": clock, "t": at, "v": value}


def texts(*records: dict[str, Any]) -> list[str]:
    found = {tuple(each["text"] for each in fold(RUN, order).get("comments", [])) for order in permutations(records)}
    (same,) = found  # whatever order they are read in
    return list(same)


def test_the_last_edit_counts_and_a_removal_takes_it_away() -> None:
    first = said("a", 1, "one", at=1)
    assert texts(first, said("a", 2, "two", clock=3, of="a-1"), said("a", 3, "three", clock=4, of="a-1")) == ["three"]
    assert texts(first, said("a", 2, "two", clock=3, of="a-1"), said("a", 3, None, clock=4, of="a-1")) == []
    assert texts(first, said("a", 2, None, clock=3, of="a-1"), said("a", 3, "back", clock=4, of="a-1")) == ["back"]


def test_edits_of_two_clones_come_together_alike() -> None:
    first, other = said("a", 1, "one", at=1), said("b", 1, "other", at=2)
    edits = said("a", 2, "ours", clock=3, of="a-1"), said("b", 2, "theirs", clock=3, of="a-1")
    assert texts(first, other, *edits) == ["theirs", "other"]


def test_an_edit_keeps_the_comments_place_and_says_when_it_was_made() -> None:
    document = fold(
        RUN, [said("a", 1, "one", at=1), said("b", 1, "two", at=2), said("a", 2, "1", clock=3, at=9, of="a-1")]
    )
    assert document["comments"] == [
        {"id": "a-1", "text": "1", "by": "Ada", "at": 1, "edited": 9},
        {"id": "b-1", "text": "two", "by": "Ada", "at": 2},
    ]


def test_an_edit_of_a_comment_that_is_not_here_changes_nothing() -> None:
    assert texts(said("a", 1, "one"), said("a", 2, "what?", clock=3, of="z-9")) == ["one"]


def test_malformed_comments_are_passed_over() -> None:
    odd: list[Any] = [None, "text", {"text": 5}, {"of": 7, "text": ""}, {"of": "a-1", "text": ["x"]}]
    records = [{"k": "comment", "w": "b", "n": number, "l": 1, "v": value} for number, value in enumerate(odd, 1)]
    assert fold(RUN, records).get("comments") is None
