"""Wrapping a method for a while leaves no trace, however others wrap it too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nbtrack.hosts.tap import Method, Tap


class Stream:
    def __init__(self) -> None:
        self.written: list[str] = []

    def write(self, text: str) -> None:
        self.written.append(text)


def tap(stream: object, seen: list[str]) -> Tap:
    def around(original: Method, tap: Tap) -> Method:
        def write(text: str) -> None:
            original(text)
            if tap.is_in:
                seen.append(text)

        return write

    return Tap(stream, "write", around)


def wrapped(stream: Any, sign: str) -> None:
    original: Callable[[str], None] = stream.write
    stream.write = lambda text: original(sign + text)


def test_a_tap_hears_while_it_is_in_and_leaves_nothing() -> None:
    stream, seen = Stream(), list[str]()
    one = tap(stream, seen)
    assert one.put_in()
    stream.write("a")
    one.remove()
    stream.write("b")
    assert (stream.written, seen, vars(stream).keys()) == (["a", "b"], ["a"], {"written"})


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_taps_may_go_in_any_order(order: tuple[int, ...]) -> None:
    stream, seen = Stream(), [list[str](), list[str](), list[str]()]
    taps = [tap(stream, each) for each in seen]
    assert [each.put_in() for each in taps] == [True] * 3
    for left, number in enumerate(order):
        stream.write(str(left))
        taps[number].remove()
    assert vars(stream).keys() == {"written"}
    assert [len(seen[number]) for number in order] == [1, 2, 3]


def test_what_was_there_before_comes_back() -> None:
    stream = Stream()
    wrapped(stream, ">")
    before = vars(stream)["write"]
    one = tap(stream, [])
    one.put_in()
    one.remove()
    assert vars(stream)["write"] is before


def test_who_wraps_a_tap_and_stays_goes_on_working_and_the_tap_goes_when_it_can() -> None:
    stream, seen = Stream(), list[str]()
    first, second = tap(stream, seen), tap(stream, [])
    first.put_in()
    ours = vars(stream)["write"]
    wrapped(stream, ">")
    first.remove()
    stream.write("a")
    assert (stream.written, seen) == ([">a"], [])
    stream.write = ours  # type: ignore[method-assign]  # they put back what they found
    second.put_in()
    second.remove()
    assert vars(stream).keys() == {"written"}


def test_an_object_that_answers_for_its_attributes_is_left_alone() -> None:
    class Own(Stream):
        def __setattr__(self, name: str, value: object) -> None:
            assert name == "written"
            object.__setattr__(self, name, value)

    class Slots:
        __slots__ = ()

        def write(self, text: str) -> None:
            pass

    class Proxy:
        def __getattr__(self, name: str) -> Any:
            return print

    assert [tap(each, []).put_in() for each in (Own(), Slots(), Proxy(), None)] == [False] * 4
