"""The audit hook tells who listens what is opened, and is in nobody's way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from nbtrack.capture.guard import audit


@contextmanager
def listening(ear: audit.Ear) -> Iterator[None]:
    audit.listen(ear)
    try:
        yield
    finally:
        audit.silence(ear)


def opener(path: Path) -> None:
    path.read_text()


def in_thread(work: Any, *args: Any) -> None:
    thread = threading.Thread(target=work, args=args)
    thread.start()
    thread.join()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text("a")
    return tmp_path / "a.txt"


def test_what_is_opened_is_heard_while_one_listens_and_not_after(file: Path) -> None:
    heard: list[str] = []
    with listening(lambda event, args: heard.append(f"{event} {Path(args[0]).name}")):
        file.read_text()
    file.read_text()
    assert heard == ["open a.txt"]


def test_a_failing_ear_does_not_fail_the_open_and_is_counted(file: Path) -> None:
    def fail(event: str, args: tuple[Any, ...]) -> None:
        raise ValueError(event)

    audit.faults()
    with listening(fail):
        assert file.read_text() == "a"
    assert (audit.faults(), audit.faults()) == (1, 0)


def test_an_interrupt_reaches_the_cell(file: Path) -> None:
    def interrupt(event: str, args: tuple[Any, ...]) -> None:
        raise KeyboardInterrupt

    with listening(interrupt), pytest.raises(KeyboardInterrupt):
        file.read_text()


def test_an_ear_that_opens_files_itself_does_not_hang(file: Path) -> None:
    depth: list[int] = []

    def ear(event: str, args: tuple[Any, ...]) -> None:
        if len(depth) < 3:
            depth.append(1)
            file.read_text()

    with listening(ear):
        assert file.read_text() == "a"
    assert len(depth) == 3


def test_each_thread_is_told_of_its_own_and_the_latest_of_other_threads(file: Path) -> None:
    first: list[str] = []
    second: list[str] = []

    def other() -> None:
        with listening(lambda event, args: second.append(event)):
            file.read_text()

    with listening(lambda event, args: first.append(event)):
        in_thread(other)
        assert (first, second) == ([], ["open"])
        in_thread(opener, file)
        assert first == ["open"]


def test_our_own_threads_are_not_heard(file: Path) -> None:
    heard: list[str] = []

    def ours() -> None:
        with audit.deaf():
            file.read_text()

    with listening(lambda event, args: heard.append(event)):
        in_thread(ours)
    assert heard == []
