"""What the syntax of earlier cells tells: parsed once, and never more of it than a run can wait for."""

from __future__ import annotations

from typing import Any

import pytest

from nbtrack.capture.session import readings
from nbtrack.capture.session.readings import MOST_READ, Readings, readable
from nbtrack.capture.syntax.syntax import Reading

Kernel = Any  # tests/capture/conftest.py


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were parsed."""
    texts: list[str] = []
    read = readings._read

    def note(text: str) -> Reading:
        texts.append(text)
        return read(text)

    monkeypatch.setattr(readings, "_read", note)
    return texts


def test_cells_of_equal_text_are_read_once(kernel: Kernel, parsed: list[str]) -> None:
    known = Readings()
    assert known.of(kernel.run("x = 1")) is known.of(kernel.run("x = 1"))
    assert list(known.of(kernel.run("%%track\ny = 2")).bindings) == ["y"]
    assert parsed == ["x = 1", "%%track\ny = 2"]
    assert known.of(kernel.run("if")) == Reading()


def test_a_cell_too_long_to_be_read_for_a_run_is_never_parsed(kernel: Kernel, parsed: list[str]) -> None:
    past = kernel.run(f"data = [{'1, ' * MOST_READ}]")
    assert Readings().of(past) == Reading()
    assert Readings().made(past, "data").names == frozenset()
    assert parsed == []


def test_what_a_variable_is_made_of_is_found_once_and_let_go_with_its_text(kernel: Kernel) -> None:
    one, two = kernel.run("a = f(b) + c"), kernel.run("d = 12345678")
    known = Readings(most=len("d = 12345678"))
    assert known.made(one, "a") is known.made(one, "a")
    assert known.made(one, "a").names == {"f", "b", "c"}
    known.of(two)
    assert list(known._made) == []


def test_the_texts_asked_for_last_are_kept(kernel: Kernel, parsed: list[str]) -> None:
    one, two, three = (kernel.run(f"{name} = 12345") for name in "abc")
    known = Readings(most=2 * len("a = 12345"))
    for each in (one, two, one, three, one, two):
        known.of(each)
    assert parsed == ["a = 12345", "b = 12345", "c = 12345", "b = 12345"]


def test_of_a_very_long_slice_both_ends_are_read(kernel: Kernel) -> None:
    pasts = [kernel.run(f"v{number} = {number}") for number in range(6)]
    assert readable(pasts) == {f"v{number} = {number}" for number in range(6)}
    assert readable(pasts, most=4 * len("v0 = 0")) == {"v0 = 0", "v1 = 1", "v4 = 4", "v5 = 5"}
    assert readable([*pasts, *pasts], most=6 * len("v0 = 0")) == readable(pasts)
    assert readable([]) == set()


def test_a_cell_that_ran_a_hundred_times_gives_what_it_gave_once(kernel: Kernel, parsed: list[str]) -> None:
    kernel.run("def step(x, **settings):\n    return x")
    kernel.run("x = 0")
    for _ in range(100):
        kernel.run("x = step(x, rate=3)")
    given = kernel.session.supplies(kernel.run("y = x")).given
    found = [keyword.name for each in given for part in each.parts for keyword in part.keywords]
    assert (found, len(parsed), len(set(parsed))) == (["rate"], 3, 3)
    kernel.session.supplies(kernel.run("z = x"))
    assert len(parsed) == 3


def test_settings_at_the_top_are_found_behind_more_than_can_be_read(kernel: Kernel, parsed: list[str]) -> None:
    kernel.run("def step(x, **settings):\n    return x\nx = step(0, size=7)")
    for number in range(12):
        kernel.run(f"x = step(x, middle={number})  # {'-' * (MOST_READ // 8)}")
    given = kernel.session.supplies(kernel.run("y = step(x)")).given
    found = {keyword.name: keyword.value for each in given for part in each.parts for keyword in part.keywords}
    assert found["size"] == 7
    assert sum(map(len, parsed)) <= MOST_READ
