"""Running a job in a process of its own: what it tells is heard as it happens, and nothing of it outlives us."""

import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import IO, Final, Protocol

from nbtrack.reproduce.job import BEGUN, ENDED, FAILED, PIPE, READY, Event, Job, parse

MODULE: Final = "nbtrack.hosts.replay"
_WARDEN: Final = Path(__file__).with_name("warden.py")
_MARK: Final = "NBTRACK_REPLAY"  # in the environment of everything the program starts: so it is found again
_GRACE: Final = 1.0  # seconds between asking a process to end and ending it
_LAST_WORDS: Final = 2.0  # seconds for what was written before the end to arrive
_EVENTS: Final = "events"
_LONGEST: Final = 1 << 16  # bytes of a line; what a program writes without an end of line is heard in such pieces
_WAITING: Final = 1000  # lines that wait to be heard; a program that writes faster than we listen has to wait


class Listener(Protocol):
    """Who wants to know how a replay goes. What it raises ends the replay."""

    def begun(self, at: int) -> None:
        """Hear that a step has begun, counted from 0."""

    def ended(self, at: int) -> None:
        """Hear that a step has ended as it had ended before."""

    def wrote(self, stream: str, text: str) -> None:
        """Hear a line that the program wrote to ``"stdout"`` or ``"stderr"``, without its end."""

    def waiting(self) -> None:
        """Hear, a few times a second, that the replay goes on."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a replay ended.

    ``finished`` counts the steps that ended as they had before. ``error`` is "" when all did; else it says what
    happened, in step ``failed`` where that is known, with the ``traceback``. ``own_began`` is when the last step began,
    in ms since 1970; ``confined`` whether the kernel kept the program to its folder; ``duration`` is in seconds.
    """

    finished: int
    failed: int | None
    error: str
    traceback: str
    own_began: int | None
    confined: bool
    duration: float


def run_job(
    job: Job,
    python: Sequence[str | Path],
    folder: Path,
    environment: Mapping[str, str],
    listener: Listener,
    *,
    timeout: float | None = None,
) -> Outcome:
    """Run a job with ``python`` (and its arguments) to its end, and return how it went.

    Args:
        job: what to run.
        python: the interpreter's path, and what stands before ``-m``.
        folder: where the job's file is written.
        environment: the variables of the process, all of them.
        listener: hears what happens, in this thread.
        timeout: seconds after which everything is stopped; None waits as long as it takes.

    Whatever ends this call - an interrupt, too - every process of the replay has ended when it returns.
    """
    file = folder / "job.json"
    file.write_text(job.text(), encoding="utf-8")
    token = token_hex(8)
    began = time.monotonic()
    reading, writing = os.pipe()
    try:
        process = subprocess.Popen(  # noqa: S603 - the interpreter that was restored, and a module of ours
            [python[0], "-I", "-S", _WARDEN, file, *python, "-P", "-m", MODULE, file],
            env={**environment, PIPE: str(writing), _MARK: token},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(writing,),
            start_new_session=True,
        )
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    with process, os.fdopen(reading, "rb") as events:
        heard = _Heard(process, events, listener, len(job.tasks) - 1)
        try:
            try:
                in_time = heard.until_end(None if timeout is None else began + timeout)
            finally:
                end_all(process, token)
            heard.rest()
        finally:
            heard.leave()
    return heard.outcome(time.monotonic() - began, None if in_time else timeout)


class _Heard:
    """What a running replay has told so far; three threads listen, and this one acts on it."""

    def __init__(self, process: "subprocess.Popen[bytes]", events: IO[bytes], listener: Listener, last: int) -> None:
        self._process = process
        self._listener = listener
        self._last = last
        self._told: queue.Queue[tuple[str, bytes] | None] = queue.Queue(_WAITING)
        self._deaf = False  # nobody listens any more
        self._open = 3
        self._finished = 0
        self._failure: Event = {}
        self._own_began: int | None = None
        self._confined = False
        self._errors: list[str] = []  # the last lines of standard error: all there is when Python itself dies
        streams = {"stdout": process.stdout, "stderr": process.stderr, _EVENTS: events}
        self._threads = [threading.Thread(target=self._read, args=each, daemon=True) for each in streams.items()]
        for thread in self._threads:
            thread.start()

    def until_end(self, deadline: float | None) -> bool:
        """Act on what is told until the process has ended; return whether it did so in time."""
        while self._process.poll() is None and self._open:
            left = 0.2 if deadline is None else min(deadline - time.monotonic(), 0.2)
            if left <= 0:
                return False
            try:
                self._take(self._told.get(timeout=left))
            except queue.Empty:
                self._listener.waiting()
        if deadline is None:
            self._process.wait()
            return True
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(deadline - time.monotonic(), 0.1))
        return self._process.returncode is not None

    def rest(self) -> None:
        """Act on what was told before the end and had not arrived."""
        deadline = time.monotonic() + _LAST_WORDS
        while self._open and time.monotonic() < deadline:
            with suppress(queue.Empty):
                self._take(self._told.get(timeout=0.1))

    def leave(self) -> None:
        """Listen no more: the threads that read end."""
        self._deaf = True

    def outcome(self, duration: float, timeout: float | None) -> Outcome:
        """Return how it went."""
        failed = self._failure.get("at")
        error = str(self._failure.get("error", ""))
        if timeout is not None:
            error, failed = f"stopped after {timeout:g} s, as asked", self._finished
        elif not error and self._finished <= self._last:
            error, failed = self._death(), self._finished if self._confined or self._finished else None
        trace = str(self._failure.get("traceback", "")) or "\n".join(self._errors if error else ())
        return Outcome(self._finished, failed, error, trace, self._own_began, self._confined, duration)

    def _death(self) -> str:
        code = self._process.returncode
        if code is not None and code < 0:
            with suppress(ValueError):
                return f"Python was ended by {signal.Signals(-code).name}{_MEANING.get(-code, '')}"
        return f"Python ended with status {code}" + (f": {self._errors[-1]}" if self._errors else "")

    def _read(self, name: str, stream: IO[bytes]) -> None:
        """Read lines for the queue; a carriage return ends one, too, as progress bars use it."""
        kept = b""
        with suppress(OSError, ValueError):
            while chunk := os.read(stream.fileno(), 1 << 16):
                *whole, kept = (kept + chunk).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
                if len(kept) > _LONGEST:
                    whole, kept = [*whole, kept], b""
                for each in whole:
                    self._tell((name, each))
        if kept:
            self._tell((name, kept))
        self._tell(None)

    def _tell(self, told: tuple[str, bytes] | None) -> None:
        """Hand over what was read, once there is room for it."""
        while not self._deaf:
            with suppress(queue.Full):
                self._told.put(told, timeout=0.2)
                return

    def _take(self, told: tuple[str, bytes] | None) -> None:
        if told is None:
            self._open -= 1
            return
        name, line = told
        if name == _EVENTS:
            self._hear(parse(line))
            return
        text = line.decode("utf-8", "replace")
        if name == "stderr" and text.strip():
            self._errors = [*self._errors[-30:], text]
        self._listener.wrote(name, text)

    def _hear(self, event: Event) -> None:
        kind, at = event.get("kind"), event.get("at", 0)
        if type(at) is not int or not 0 <= at <= self._last:  # a cell wrote there
            return
        if kind == READY:
            self._confined = event.get("confined") is True
        elif kind == BEGUN:
            began = event.get("time")
            self._own_began = began if at == self._last and isinstance(began, int) else None
            self._listener.begun(at)
        elif kind == ENDED:
            self._finished = at + 1
            self._listener.ended(at)
        elif kind == FAILED:
            self._failure = event


_MEANING: Final = {
    9: ": killed, as systems do when memory runs out",
    11: ": it crashed in a library that is not written in Python",
    6: ": a library that is not written in Python gave up",
}


def end_all(process: "subprocess.Popen[bytes]", token: str) -> None:
    """End a process and everything that was started by it, in whichever session it hides."""
    import psutil  # noqa: PLC0415 - 10 ms

    found = {process.pid: psutil.Process(process.pid)} if process.poll() is None else {}
    with suppress(psutil.Error):
        found |= {each.pid: each for own in list(found.values()) for each in own.children(recursive=True)}
    for each in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if each.pid not in found and each.environ().get(_MARK) == token:
                found[each.pid] = each
    try:
        _signal_group(process.pid, signal.SIGTERM)
        for each in found.values():
            with suppress(psutil.Error):
                each.terminate()
        psutil.wait_procs(list(found.values()), timeout=_GRACE)
    finally:  # a second interrupt ends the wait, and then this is done at once
        _signal_group(process.pid, signal.SIGKILL)
        for each in found.values():
            with suppress(psutil.Error):
                each.kill()
    process.wait()


def _signal_group(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
