"""The fence keeps our failures in."""

import pytest

from nbtrack.capture.fence import Fence


def fail(fence: Fence, part: str, error: BaseException) -> None:
    with fence.around(part):
        raise error


def test_a_failure_becomes_a_problem() -> None:
    fence = Fence()
    fail(fence, "params", ValueError("odd"))
    assert fence.problems() == ["params: ValueError: odd"]
    assert fence.problems() == []


def test_a_part_that_keeps_failing_is_switched_off() -> None:
    fence = Fence()
    for _ in range(3):
        assert fence.open("params")
        fail(fence, "params", ValueError("odd"))
    assert not fence.open("params")
    assert fence.open("metrics")
    assert fence.problems()[-1] == "params: ValueError: odd; switched off until %load_ext"


def test_a_success_forgives() -> None:
    fence = Fence()
    fail(fence, "params", ValueError())
    with fence.around("params"):
        pass
    for _ in range(2):
        fail(fence, "params", ValueError())
    assert fence.open("params")


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_nothing_gets_out(error: type[BaseException]) -> None:
    fence = Fence()
    fail(fence, "params", error())
    assert fence.problems() == [f"params: {error.__name__}: "]


def test_an_error_that_cannot_be_printed_is_named() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    fence = Fence()
    fail(fence, "params", Mute())
    assert fence.problems() == ["params: Mute"]
