"""Turns of the interpreter come soon while we ask for them, and everything is as it was when we do not."""

import multiprocessing
import sys
from collections.abc import Iterator

import pytest

from nbtrack.hosts.turns import prompt


@pytest.fixture(autouse=True)
def usual() -> Iterator[float]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.005)
    yield 0.005
    sys.setswitchinterval(before)


def test_turns_come_soon_inside_and_as_before_after_it(usual: float) -> None:
    with prompt():
        assert sys.getswitchinterval() < usual / 10
    assert sys.getswitchinterval() == pytest.approx(usual)


def test_an_error_inside_leaves_nothing_behind(usual: float) -> None:
    with pytest.raises(KeyError), prompt():
        raise KeyError
    assert sys.getswitchinterval() == pytest.approx(usual)


def test_what_somebody_else_sets_meanwhile_stays(usual: float) -> None:
    with prompt():
        sys.setswitchinterval(0.01)
    assert sys.getswitchinterval() == pytest.approx(0.01)


def test_a_shorter_interval_of_somebodys_own_stays() -> None:
    sys.setswitchinterval(1e-5)
    with prompt():
        assert sys.getswitchinterval() == pytest.approx(1e-5)
    assert sys.getswitchinterval() == pytest.approx(1e-5)


def test_a_forked_child_does_not_inherit_it(usual: float) -> None:
    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("this system does not fork")
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    with prompt():
        child = context.Process(target=lambda: answers.put(sys.getswitchinterval()))
        child.start()
        child.join(20)
    assert answers.get() == pytest.approx(usual)
