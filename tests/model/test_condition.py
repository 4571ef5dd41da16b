"""In what condition a run's records are follows from its health, its warnings and its seals, whatever is known of it."""

from typing import Any

import pytest

from nbtrack.model.condition import condition, damage
from nbtrack.model.fold import WHOLE, fold

RUN = "20261121t101530-7k3m9q2x"


def records(*more: dict[str, Any]) -> list[dict[str, Any]]:
    payloads = [{"k": "run.start", "v": {"name": "a"}}, {"k": "run.end", "st": "finished", "v": {}}, *more]
    stamps = [{"w": each.pop("w", "w1"), "n": n, "l": n, "t": n, "c": f"{n:08x}"} for n, each in enumerate(payloads, 1)]
    return [{**payload, **stamp} for payload, stamp in zip(payloads, stamps, strict=True)]


@pytest.mark.parametrize(
    ("counts", "words", "reason"),
    [
        ({}, "whole", ""),
        ({"damaged": 1}, "damaged", "1 damaged line"),
        ({"missing": 2, "divergent": 1}, "damaged", "2 records missing; 1 record in two versions"),
        ({"unsealed": 1}, "unsealed", "1 line without a checksum, typed by hand"),
        (
            {"damaged": 1, "unsealed": 2},
            "damaged, unsealed",
            "1 damaged line; 2 lines without a checksum, typed by hand",
        ),
    ],
)
def test_counts_become_words_and_a_reason(counts: dict[str, int], words: str, reason: str) -> None:
    document = fold(RUN, records(), health={**WHOLE, "ok": not counts, **counts})  # type: ignore[typeddict-item]  # counts
    assert (document["condition"], damage(document)) == (words, reason)


def test_records_that_the_disk_refused_make_a_run_incomplete() -> None:
    document = fold(RUN, records({"k": "warning", "v": "incomplete(3): the disk refused 3 records of this run"}))
    assert (document["condition"], damage(document)) == ("incomplete(3)", "the disk refused 3 records")


def test_a_writer_that_never_sealed_its_part_leaves_a_run_unsealed_once_it_is_gone() -> None:
    document = fold(RUN, records({"k": "params", "v": {"a": 1}, "w": "child"}))
    assert (document["condition"], condition(document, writing=True)) == ("unsealed", "whole")
    sealed = fold(RUN, [*records({"k": "params", "v": {"a": 1}, "w": "child"}), _said("seal", {"child": {"n": 3}})])
    assert sealed["condition"] == "whole"


def test_a_lost_run_is_not_called_unsealed_as_well() -> None:
    (start, *_) = records()
    document = fold(RUN, [start, _said("seal", {"w1": {"n": 1}})])
    assert (document["status"], document["condition"]) == ("lost", "whole")


def test_what_was_accepted_is_whole_until_more_is_wrong() -> None:
    accepted = _said("accept", {"damaged": 1, "missing": 1})
    one = fold(RUN, [*records(), accepted], health={**WHOLE, "ok": False, "damaged": 1})
    two = fold(RUN, [*records(), accepted], health={**WHOLE, "ok": False, "damaged": 2})
    assert (one["condition"], damage(one), one["health"].get("accepted")) == ("whole", "", True)
    assert (two["condition"], two["health"].get("accepted")) == ("damaged", None)
    back = fold(RUN, [*records(), accepted, _said("accept", None, 99)], health={**WHOLE, "ok": False, "damaged": 1})
    assert back["condition"] == "damaged"


def test_what_a_check_found_counts_and_the_last_check_wins() -> None:
    found = _said("found", {"damaged": 0, "missing": 4, "unsealed": 0, "divergent": 0})
    assert damage(fold(RUN, [*records(), found])) == "4 records missing"
    assert fold(RUN, [*records(), found, _said("found", {"missing": 0}, 99)])["condition"] == "whole"


@pytest.mark.parametrize(
    "junk", [None, 1, "x", [], {"damaged": "many"}, {"missing": -1}, {"unsealed": True}, {"child": 3}]
)
@pytest.mark.parametrize("kind", ["seal", "found", "accept"])
def test_verdicts_that_make_no_sense_change_nothing(kind: str, junk: Any) -> None:
    document = fold(RUN, [*records(), _said(kind, junk)])
    assert (document["condition"], document["health"], document["status"]) == ("whole", WHOLE, "finished")


def _said(kind: str, value: Any, clock: int = 50) -> dict[str, Any]:
    return {"k": kind, "run": RUN, "v": value, "w": "meta", "n": clock, "l": clock, "c": f"{clock:08x}"}
