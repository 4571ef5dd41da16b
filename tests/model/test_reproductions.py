"""What reproductions found becomes part of the run, however late it comes and whoever writes it."""

from itertools import permutations
from typing import Any

import pytest

from nbtrack.model.fold import fold
from nbtrack.model.run import Run

RUN = "20261121t101530-7k3m9q2x"


def found(level: object, clock: int, writer: str = "w1", **members: Any) -> dict[str, Any]:
    value = {"level": level, "at": clock, "duration": 1.0, "text": "", "metrics": {}, **members}
    return {
        "k": "reproduction",
        "run": RUN,
        "v": value,
        "w": writer,
        "n": clock,
        "l": clock,
        "t": clock,
        "c": f"{clock:08x}",
    }


def run_of(*records: dict[str, Any]) -> Run:
    return Run.from_document(fold(RUN, records), lambda *_: None)  # type: ignore[arg-type, return-value]  # no points


def test_a_run_that_nobody_reproduced_has_no_verdict() -> None:
    run = run_of()
    assert (run.verdict, run.reproductions) == (None, ())
    assert "verdict" not in run.document


def test_the_last_reproduction_is_the_verdict_and_all_are_kept_in_their_order() -> None:
    attempts = [found("failed", 1, "a"), found("different", 2, "b"), found("identical", 3, "a")]
    for order in permutations(attempts):
        run = run_of(*order, *order)
        assert run.verdict == "identical"
        assert [each["level"] for each in run.reproductions] == ["failed", "different", "identical"]


def test_of_many_attempts_the_last_twenty_are_kept() -> None:
    run = run_of(*(found("failed", at) for at in range(1, 30)), found("identical", 30))
    assert (len(run.reproductions), run.reproductions[0]["at"], run.verdict) == (20, 11, "identical")


@pytest.mark.parametrize(
    "value", [None, [], "identical", {}, {"level": None}, {"level": ["identical"]}, {"level": "superb"}]
)
def test_what_is_no_verdict_is_passed_over(value: object) -> None:
    before = found("different", 1)
    run = run_of(before, {**found("", 2), "v": value})
    assert (run.verdict, len(run.reproductions)) == ("different", 1)
