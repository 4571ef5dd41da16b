"""A traceback is shown as it would be without nbtrack, also where the error passed through our own code."""

from __future__ import annotations

import re
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.capture.data.files import _Recorder
from nbtrack.capture.guard import own_line
from nbtrack.capture.guard.fence import Guard
from nbtrack.capture.outputs.outputs import Displays
from nbtrack.capture.results.scores import Scores
from nbtrack.capture.syntax.loops import Pace
from nbtrack.store.writing.journal import Journal

LOOP = "losses = []\nfor step in range(9):\n    loss = 1 / (step + 1)\n    losses.append(loss)\n"


class Shown:
    """What a shell prints of errors."""

    def __init__(self, shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: list[str] = []
        monkeypatch.setattr(shell.ip, "_showtraceback", lambda kind, value, lines: self.texts.append("\n".join(lines)))

    def last(self) -> str:
        """The last one, without numbers that change and colours."""
        return re.sub(r"\x1b\[[0-9;]*m|In\[\d+\]|0x\w+", "", self.texts[-1])


@pytest.fixture(name="shown")
def _shown(shell: Any, monkeypatch: pytest.MonkeyPatch) -> Shown:
    return Shown(shell, monkeypatch)


def places(text: str) -> list[str]:
    """Where a traceback leads through, from above."""
    return re.findall(r"^(?:Cell|File) .*", text, flags=re.MULTILINE)


def interrupt(*_: object, **__: object) -> Any:
    try:
        dict[str, int]()["something that is handled"]
    except KeyError:
        raise KeyboardInterrupt  # noqa: B904 - as it comes, in the middle of anything


def test_an_interrupt_that_came_while_a_value_was_looked_at_is_shown_at_the_line_of_the_cell(
    shell: Any, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pace, "due", interrupt)
    result = shell.run("%%track\n" + LOOP)
    assert type(result.error_in_exec) is KeyboardInterrupt
    assert "loss = 1 / (step + 1)" in shown.last()
    assert "nbtrack" not in shown.last()
    assert "KeyError" not in shown.last()
    assert [frame.line for frame in traceback.extract_tb(result.error_in_exec.__traceback__)][-1] == (
        "loss = 1 / (step + 1)"
    )
    assert shell.last.status == "interrupted"
    assert "nbtrack" not in shell.last.error["traceback"]


def test_an_interrupt_as_a_file_is_noted_is_shown_where_it_is_opened(
    shell: Any, shown: Shown, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "data.csv").write_text("a\n1\n")
    monkeypatch.setattr(_Recorder, "hear", interrupt)
    shell.run(f"%%track\nwith open({str(tmp_path / 'data.csv')!r}) as file:\n    text = file.read()")
    assert "with open(" in shown.last()
    assert "nbtrack/capture" not in shown.last()


class Broken:
    """A stream that fails in the middle of a line."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        if "stop" in text:
            raise BrokenPipeError("nobody reads this")
        return len(text)

    def flush(self) -> None: ...


def test_the_error_of_a_stream_is_shown_with_its_own_lines_only(
    shell: Any, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", Broken())
    shell.run("# plain\nprint('stop')")
    plain = shown.last()
    shell.run("%%track\nprint('stop')")
    assert "nobody reads this" in plain
    assert "in Broken.write" in plain
    assert places(shown.last()) == places(plain)


def test_what_stands_behind_an_error_is_shown_without_us_too(
    shell: Any, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pace, "due", interrupt)
    shell.run(f"%%track\ntry:\n    {LOOP.replace(chr(10), chr(10) + '    ')}\nexcept KeyboardInterrupt:\n    1 / 0")
    assert "During handling of the above exception" in shown.last()
    assert "ZeroDivisionError" in shown.last()
    assert "nbtrack" not in shown.last()


def test_our_own_errors_are_shown_as_they_are(shell: Any, shown: Shown) -> None:
    shell.run("%%track\nimport nbtrack\nnbtrack.runs(store='/nowhere/at/all')['nothing']")
    assert "nbtrack" in shown.last()


def test_nothing_stands_before_tracebacks_when_we_are_gone(shell: Any) -> None:
    assert "showtraceback" in vars(shell.ip)
    nbtrack.unload_ipython_extension(shell.ip)
    assert "showtraceback" not in vars(shell.ip)
    nbtrack.load_ipython_extension(shell.ip)


def test_a_traceback_that_cannot_be_cut_is_shown_all_the_same(
    shell: Any, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_line, "behind", interrupt)
    shell.run("%%track\n1 / 0")
    assert "ZeroDivisionError" in shown.last()


def test_errors_that_stand_behind_each_other_in_a_circle_are_cut_once() -> None:
    one, two = ValueError(), KeyError()
    one.__context__, two.__cause__ = two, one
    own_line.cut(one)
    assert (one.__context__, two.__cause__) == (two, one)


def test_a_fence_that_fails_does_not_keep_an_error_from_being_shown(
    shell: Any, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Guard, "__enter__", exits)
        shell.run("%%track\n1 / 0")
    assert "ZeroDivisionError" in shown.last()


def exits(*_: object) -> Any:
    raise SystemExit


HANDLER = """
import signal
class Late(TimeoutError): pass
def ring(number, frame):
    raise Late('too long')
_ = signal.signal(signal.SIGUSR1, ring)
"""


@pytest.fixture(name="timed")
def _timed(shell: Any) -> Iterator[Any]:
    """A shell whose cells have a handler of their own for a signal."""
    before = signal.getsignal(signal.SIGUSR1)
    shell.run(HANDLER)
    yield shell
    signal.signal(signal.SIGUSR1, before)


def during(original: Any, *, deep: bool = False) -> Any:
    """The same function, in the middle of which a signal comes; ``deep``: where errors are kept in."""

    def work(*args: Any, **named: Any) -> Any:
        if deep:
            with suppress(Exception):
                signal.raise_signal(signal.SIGUSR1)
        else:
            signal.raise_signal(signal.SIGUSR1)
        return original(*args, **named)

    return work


@pytest.mark.parametrize(
    ("owner", "name", "where", "cell"),
    [
        (Pace, "due", "at once", LOOP),
        (Scores, "receive", "deep", LOOP),
        (_Recorder, "hear", "deep", "open('made.txt', 'w').close()"),
        (Displays, "add", "deep", "from IPython.display import HTML, display\ndisplay(HTML('<b>b</b>'))"),
        (Journal, "point", "at once", "import nbtrack\nnbtrack.log(a=1.0)"),
    ],
)
def test_what_a_handler_of_the_program_raises_meanwhile_reaches_the_cell(
    timed: Any, shown: Shown, monkeypatch: pytest.MonkeyPatch, owner: type, name: str, where: str, cell: str
) -> None:
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(owner, name, during(getattr(owner, name), deep=where == "deep"))
        result = timed.run("%%track\n" + cell)
    assert type(result.error_in_exec).__name__ == "Late"
    assert "in ring(number, frame)" in shown.last()
    assert "/nbtrack/capture/" not in shown.last()
    assert timed.last.status == "failed"
    assert timed.run("%%track\n" + cell).success
    assert signal.getsignal(signal.SIGUSR1) is timed.names["ring"]


def test_a_cell_that_bounds_itself_is_stopped_in_time_wherever_it_is(timed: Any) -> None:
    timed.run("_ = signal.signal(signal.SIGALRM, ring)")
    cell = (
        "%%track\nwas_late = False\n_ = signal.setitimer(signal.ITIMER_REAL, {})\ntry:\n"
        "    for step in range(100_000_000):\n        loss = 1 / (step + 1)\nexcept Late:\n    was_late = True"
    )
    for number in range(12):
        timed.run(cell.format(0.01 + number * 0.0007))
        assert timed.names["was_late"]
    timed.run("_ = signal.signal(signal.SIGALRM, signal.SIG_DFL)")
