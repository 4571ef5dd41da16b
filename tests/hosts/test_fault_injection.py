"""Every function of nbtrack that a cell reaches is made to fail, one after another; no cell is any different for it.

A place is a function that runs while the cells below run: found by running them once, not listed. Its code is replaced,
so that whoever holds the function already has the failing one. Four faults: it raises, it exits, the disk is full, it
hangs. Compared with a shell that never heard of nbtrack: the value, what is printed and displayed and in which order,
the error with its traceback, the variables; and what nbtrack could leave behind in the process.

The unmarked tests take a sample. ``NBTRACK_SWEEP=whole pytest tests/hosts/test_fault_injection.py`` takes every place
with every fault, which is an hour; without it the slow tests take a share of them.
"""

import atexit
import builtins
import errno
import gc
import os
import re
import shutil
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import nbtrack
from nbtrack.capture.guard import audit, deadline, fence
from nbtrack.capture.outputs import streams
from nbtrack.capture.syntax import tee
from nbtrack.hosts import outputs
from nbtrack.record import active
from nbtrack.store.writing.keeper import KEEPER

BOUND = 0.1  # seconds a part may take here, instead of one second and more
HANG = 3.0

# What nothing of ours is around: IPython, Python or the person call these. Each only passes on to what is fenced.
ENTRANCES = {
    *("hosts.tracker.Tracker.transform", "hosts.tracker.Tracker.visit", "hosts.tracker.Tracker.before"),
    *("hosts.tracker.Tracker.after", "hosts.tracker.Tracker._surely", "hosts.tracker._without_line"),
    *("capture.syntax.tee.tee", "capture.guard.audit._hear", "capture.guard.deadline._ring"),
    "hosts.outputs.Recording._noting.<locals>.call",
    "hosts.outputs.Recording._copying.<locals>.write",
    "hosts.shown_error.showing.<locals>.around.<locals>.showtraceback",
    *(
        "capture.guard.background.Background._work",
        "store.writing.keeper.Keeper._work",
        "capture.environment.system.Watch._sample",
    ),
    *("record.active.log", "record.active.log_params", "record.active.set_tags", "record.active.log_artifact"),
    *("record.active._needed", "record.active.active_run", "record.open_run.OpenRun.add"),
    *("record.open_run._excused.<locals>.excused", "record.open_run._excuse", "store.lines.segment.Segment.__del__"),
    *("store.writing.metalog.MetaLog.close", "store.runs.live.Live.unmark"),  # also called as an object is finalised
}
# What takes a hook out, or closes what is open: made to fail each time it is called, it leaves something in.
LAST_RESORTS = {
    *(
        "capture.guard.audit.silence",
        "capture.syntax.tee.silence",
        "record.active.pop",
        "store.writing.keeper.Keeper.release",
    ),
    *("hosts.outputs.Outputs._stopped", "hosts.outputs.Recording.stop", "hosts.tap.Tap.remove", "hosts.tap.Tap._clear"),
    *("hosts.tap.Tap.put_back", "hosts.tracker.Tracker._leave", "hosts.tracker.Tracker._taken"),
    *("record.open_run.OpenRun.finish", "record.open_run.ending_of", "record.clean.CleanWriter.close"),
    *(
        "record.patient.PatientWriter.close",
        "record.patient.PatientWriter._close",
        "store.writing.journal.Journal.close",
        "store.writing.journal.Journal.close_with",
    ),
    *("capture.guard.deadline.Inside.stop", "record.program_signals.Held.stop"),
    *("capture.guard.deadline.unwind", "capture.guard.deadline.forget", "hosts.tracker.Tracker._let_go"),
    *("hosts.tracker.Tracker._after", "store.writing.journal.Journal._release", "hosts.outputs.Outputs.drop"),
}
# The bound itself: where that hangs, nothing bounds it; and on the path of a print, what only adds to a list.
UNBOUNDED = (
    "capture.guard.deadline.",
    "record.program_signals.",
    "capture.guard.fence.",
    "capture.syntax.loops.Pace.",
    "capture.outputs.streams.Transcript.write",
)
# Where all of this fails, a cell has no run, and says so to who logs to it.
GROUND = (
    *(
        "capture.guard.deadline.",
        "capture.guard.fence.",
        "hosts.tracker.Tracker._before",
        "hosts.tracker.Tracker._current",
    ),
    *("hosts.tracker.Tracker._leave_stale", "hosts.tracker.Tracker._go_without", "record.open_run.OpenRun.__init__"),
    *("model.ids.new_run_id", "record.active.push", "hosts.tracker.Running."),
)

SETUP = """import asyncio, os, sys, time
from IPython.display import HTML, display
with open("in.txt", "w") as file:
    _ = file.write("1,2")
"""
CELLS = {
    "value": "start()\nx = [1, 2, 3]\nstop()\nx",
    "prints": "start()\nprint('one'); print('two', file=sys.stderr); print('three')\nstop()\n'shown'",
    "error": "def fail(n):\n    return n / 0\nprint('before')\nfail(1)",
    "loop": "start()\nlosses = []\nfor epoch in range(4):\n    loss = 1 / (epoch + 1)\n    losses.append(loss)\n"
    "    print(epoch, loss)\nstop()\nloss",
    "display": "start()\ndisplay(HTML('<b>bold</b>'))\nhandle = display('a', display_id='i')\nhandle.update('b')\nstop()\n"
    "HTML('<table><tr><td>1</td></tr></table>')",
    "await": "start()\nawait asyncio.sleep(0.001)\ndone = True\nstop()\ndone",
    "files": "start()\nwith open('in.txt') as file:\n    text = file.read()\nwith open('new.tmp', 'w') as file:\n"
    "    _ = file.write(text)\nos.replace('new.tmp', 'out.csv')\npassword = 'hunter2-and-more'\nstop()\ntext",
    "capture": "%%capture out\nprint('kept')",
    "logged": "start()\nLOG\nstop()\n7",
    "magic": "start()\n%env NBTRACK_TEST_VALUE=1\nstop()\n7",
}
LIBRARIES = {
    "fit": "from sklearn.linear_model import LogisticRegression\nfrom sklearn.metrics import accuracy_score\n"
    "model = LogisticRegression(C=0.5).fit([[0.0], [1.0], [2.0]], [0, 0, 1])\n"
    "acc = accuracy_score([0, 0, 1], model.predict([[0.0], [1.0], [2.0]]))\nprint(f'acc {acc:.2f}')\nacc",
    "figure": "import matplotlib\nmatplotlib.use('agg')\nimport matplotlib.pyplot as plt, pandas as pd\n"
    "df = pd.DataFrame({'a': [1, 2]})\nfig, ax = plt.subplots(figsize=(1, 1))\n_ = ax.plot([1, 2])\ndisplay(fig)\n"
    "plt.close(fig)\ndf.describe()",
}
LOG = (
    "import nbtrack; nbtrack.log(loss=0.5, step=1); nbtrack.log_params(lr=0.1, model={'a': 1}); "
    "nbtrack.set_tags(a='b'); nbtrack.log_artifact('in.txt')"
)


class Place(NamedTuple):
    """A function and, for what is defined inside it, the way there through its constants."""

    name: str
    function: FunctionType
    path: tuple[int, ...]


class Shown(NamedTuple):
    """All that a cell does that its author can see."""

    value: str
    error: str
    lines: list[tuple[str, int]]
    outputs: list[tuple[str, str]]
    variables: dict[str, str]
    streams_are_back: bool


class Stream:
    """What a terminal is to a shell, writing down in which order it was written to."""

    encoding = "utf-8"

    def __init__(self, kind: str, outputs: list[tuple[str, str]]) -> None:
        self._kind = kind
        self._outputs = outputs

    def write(self, text: str) -> int:
        ours = self._kind == "err" and "nbtrack" in text and "Warning" in text
        if not ours and self._outputs and self._outputs[-1][0] == self._kind:
            text = self._outputs.pop()[1] + text
        if not ours:
            self._outputs.append((self._kind, re.sub(r"0x[0-9a-f]+|(?<=Out\[)\d+|(?<=In\[)\d+", "", text)))
        return len(text)

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return False


class Bench:
    """A shell of its own for one place, with nbtrack or without."""

    def __init__(self, folder: Path, *, loaded: bool) -> None:
        folder.mkdir(parents=True)
        os.chdir(folder)
        os.environ.update(NBTRACK_STORE=str(folder / "store"), IPYTHONDIR=str(folder / "ipython"))
        InteractiveShell.clear_instance()
        config = Config()
        config.HistoryManager.enabled = False
        config.HistoryManager.hist_file = ":memory:"
        config.InteractiveShell.colors = "nocolor"
        self.ip = InteractiveShell.instance(config=config)
        atexit.unregister(self.ip.atexit_operations)  # as in conftest.py: there are hundreds of them
        self.loaded = loaded
        self.outputs: list[tuple[str, str]] = []
        self.times: list[float] = []
        self.ip.display_pub.publish = self._publish
        tick = lambda: self.times.append(time.perf_counter())  # noqa: E731
        self.ip.user_ns.update(start=tick, stop=tick)
        self._hidden = {*self.ip.user_ns, "In", "Out", "file", "nbtrack", "_"}
        if loaded:
            nbtrack.load_ipython_extension(self.ip)
        self.ip.run_cell(SETUP, silent=True)

    def _publish(self, data: Any, metadata: Any = None, **more: Any) -> None:
        if "nbtrack" not in (metadata or {}):
            self.outputs.append(("display", f"{sorted(data.items())} {more.get('update')}"))

    def run(self, cell: str) -> Shown:
        """Run a cell, tracked where nbtrack is."""
        line = "%%track\n" if self.loaded else "" if cell.startswith("%%") else "# plain\n"
        self.outputs.clear()
        self.times.clear()
        before = sys.stdout, sys.stderr, sys.displayhook
        sys.stdout, sys.stderr = streams = Stream("out", self.outputs), Stream("err", self.outputs)  # type: ignore[assignment]
        try:
            result = self.ip.run_cell(line + cell.replace("LOG", LOG if self.loaded else "None"), store_history=True)
            are_back = (sys.stdout, sys.stderr, sys.displayhook) == (*streams, before[2])
        finally:
            sys.stdout, sys.stderr, _ = before
        error = result.error_in_exec or result.error_before_exec
        return Shown(
            _told(result.result),
            f"{type(error).__name__}: {error}",
            list(_lines(error)),
            list(self.outputs),
            {
                name: _told(value)
                for name, value in self.ip.user_ns.items()
                if name not in self._hidden and name[0] != "_"
            },
            are_back,
        )

    @property
    def own(self) -> float:
        """How long the cell itself took."""
        return self.times[1] - self.times[0] if len(self.times) == 2 else 0.0

    def left(self) -> dict[str, Any]:
        """What a cell could leave behind in the process, for good or until the next one."""
        ip = self.ip
        taps = [vars(owner).get(name) for owner, name in _tapped(ip)]
        return {
            "signals": (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM)),
            "timer": signal.getitimer(signal.ITIMER_REAL),
            "bounds": len(deadline.BOUNDS),
            "recursion": sys.getrecursionlimit(),
            "hooks": (len(ip.ast_transformers), len(ip.input_transformers_cleanup), str(ip.events.callbacks)),
            "taps": taps,
            "listening": (list(tee._sinks), audit._listening, list(active._all)),
            "cells": list(ip._nbtrack.tracker._running),
        }

    def close(self) -> None:
        if self.loaded:
            nbtrack.unload_ipython_extension(self.ip)
        InteractiveShell.clear_instance()


def _tapped(ip: Any) -> Iterable[tuple[Any, str]]:
    return ((ip.display_pub, "publish"), (ip.displayhook, "write_format_data"), (ip, "_showtraceback"))


def _told(value: object) -> str:
    plain = isinstance(value, int | float | str | list | bool | tuple | type(None))
    return repr(value) if plain else type(value).__name__


def _lines(error: BaseException | None) -> Iterator[tuple[str, int]]:
    """The lines of the cell in a traceback. IPython's own are its."""
    trace = error.__traceback__ if error is not None else None
    while trace is not None:
        if "ipython-input" in trace.tb_frame.f_code.co_filename:
            yield trace.tb_frame.f_code.co_name, trace.tb_lineno
        trace = trace.tb_next


_numbers = count()


@contextmanager
def failing(place: Place, fault: Callable[[], Any]) -> Iterator[None]:
    """Have a function do ``fault`` instead of its work."""
    key = f"_fault_{next(_numbers)}"
    setattr(builtins, key, fault)
    healthy = place.function.__code__
    place.function.__code__ = _replaced(healthy, place.path, key)
    try:
        yield
    finally:
        place.function.__code__ = healthy
        delattr(builtins, key)


def _replaced(code: CodeType, path: tuple[int, ...], key: str) -> CodeType:
    if path:
        constants = list(code.co_consts)
        constants[path[0]] = _replaced(constants[path[0]], path[1:], key)
        return code.replace(co_consts=tuple(constants))
    lines = ["def outer():", *(f" {name} = None" for name in code.co_freevars)]
    lines += [" def inner(*args, **named):", f"  {', '.join(code.co_freevars) or 'None'}", f"  return {key}()"]
    outer = next(each for each in compile("\n".join(lines), "", "exec").co_consts if type(each) is CodeType)
    inner: CodeType = next(each for each in outer.co_consts if type(each) is CodeType)
    return inner.replace(co_name=code.co_name, co_qualname=code.co_qualname, co_filename=code.co_filename)


@contextmanager
def noting(reached: dict[CodeType, set[str]], cell: str) -> Iterator[None]:
    """Note the code of nbtrack that runs meanwhile, in any thread."""

    def profile(frame: Any, event: str, _: Any) -> None:
        if event == "call" and str(frame.f_globals.get("__name__")).startswith("nbtrack."):
            reached[frame.f_code].add(cell)

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]


def places(codes: Iterable[CodeType]) -> dict[Place, CodeType]:
    """Return where the functions are that these codes belong to; comprehensions are part of what they stand in."""
    wanted, found = set(codes), dict[CodeType, Place]()
    functions = [
        each for each in gc.get_objects() if type(each) is FunctionType and str(each.__module__).startswith("nbtrack.")
    ]
    for function in sorted(functions, key=lambda each: "<locals>" in each.__qualname__):
        for code, path in _codes(function.__code__, ()):
            is_function = not code.co_name.startswith("<") or code.co_name == "<lambda>"
            if code in wanted and is_function and code not in found:
                name = f"{function.__module__.removeprefix('nbtrack.')}.{code.co_qualname}"
                found[code] = Place(name, function, path)
    return {place: code for code, place in sorted(found.items(), key=lambda each: (each[1].name, each[1].path))}


def _codes(code: CodeType, path: tuple[int, ...]) -> Iterator[tuple[CodeType, tuple[int, ...]]]:
    yield code, path
    for index, constant in enumerate(code.co_consts):
        if type(constant) is CodeType:
            yield from _codes(constant, (*path, index))


class Sweep:
    """What is the same for all places: the cells, what they do without nbtrack, and which place each of them reaches."""

    def __init__(self, folder: Path, cells: dict[str, str]) -> None:
        self.cells = cells
        self._folder = folder
        self._benches = count()
        plain = self.bench(loaded=False)
        self.expected = {name: plain.run(cell) for name, cell in cells.items()}
        plain.close()
        reached: dict[CodeType, set[str]] = defaultdict(set)
        for _ in range(2):  # once more, with what is done the first time only left out - and in again
            tracked = self.bench()
            for name, cell in cells.items():
                with noting(reached, name):
                    tracked.run(cell)
            with noting(reached, ""):
                time.sleep(0.2)
            tracked.close()
        self.places = {place: reached[code] for place, code in places(reached).items() if place.name not in ENTRANCES}

    def bench(self, *, loaded: bool = True) -> Bench:
        return Bench(self._folder / str(next(self._benches)), loaded=loaded)

    def reaching(self, place: Place, most: int) -> list[str]:
        """Return the cells to run for a place, in their order: spread over those that reach it."""
        names = [name for name in self.cells if name in self.places[place]] or list(self.cells)[:2]
        return names if len(names) <= most else [names[n * (len(names) - 1) // (most - 1)] for n in range(most)]

    def trouble(self, place: Place, fault: str, most: int = 4) -> dict[str, Any]:
        """Have a place fail; return what was different."""
        found: dict[str, Any] = {}
        released = threading.Event()
        bench = self.bench()
        before = bench.left()
        with failing(place, lambda: FAULTS[fault](released)):
            for name in self.reaching(place, most):
                if not (name == "logged" and place.name.startswith(GROUND)):
                    found |= self._compared(bench, name, fault)
        released.set()
        bench.run(self.cells["value"])  # what went wrong with the last one is put right before the next
        if (value := bench.run(self.cells["value"]).value) != self.expected["value"].value:
            found["next cell"] = value
        after = bench.left()
        bench.close()
        if place.name not in LAST_RESORTS:
            found |= {
                f"left {name}": f"{before[name]} {value}" for name, value in after.items() if value != before[name]
            }
            found |= _threads_left()
        _forget_everything()
        shutil.rmtree(bench.ip.user_ns.get("_folder", "") or Path.cwd(), ignore_errors=True)
        return found

    def _compared(self, bench: Bench, name: str, fault: str) -> dict[str, Any]:
        began = time.perf_counter()
        shown, expected = bench.run(self.cells[name]), self.expected[name]
        took = time.perf_counter() - began
        new = {each for each in shown.variables if each not in self._all_variables()}
        shown = shown._replace(variables={each: shown.variables.get(each, "") for each in {*expected.variables, *new}})
        own = {each: value for each, value in expected.variables.items() if each in shown.variables}
        found = {
            f"{name}: {field}": (getattr(expected, field), getattr(shown, field))
            for field in Shown._fields
            if field != "variables" and getattr(expected, field) != getattr(shown, field)
        }
        wrong = {
            each for each in new or own if each in new or (shown.variables[each] and shown.variables[each] != own[each])
        }
        if wrong:
            found[f"{name}: variables"] = wrong
        # What is asked of nbtrack in the cell's own code is waited for: it is recorded when the call returns.
        if fault == "hang" and name != "logged" and (took > HANG or bench.own > HANG / 2):
            found[f"{name}: time"] = (round(took, 2), round(bench.own, 2))
        return found

    def _all_variables(self) -> set[str]:
        return {each for shown in self.expected.values() for each in shown.variables}


def _threads_left() -> dict[str, str]:
    until = time.monotonic() + 2
    while left := [thread.name for thread in threading.enumerate() if thread.name.startswith("nbtrack")]:
        if time.monotonic() > until:
            return {"threads": str(left)}
        time.sleep(0.02)
    return {}


def _forget_everything() -> None:
    """One place's trouble must not be another's."""
    tee._sinks.clear()
    active._all.clear()
    active._mine.set(())
    audit._listening = ()
    deadline.BOUNDS.clear()
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    KEEPER.stop()


def _raise(error: BaseException) -> Any:
    raise error


FAULTS: dict[str, Callable[[threading.Event], Any]] = {
    "raise": lambda _: _raise(RuntimeError("injected")),
    "exit": lambda _: _raise(SystemExit("injected")),
    "full": lambda _: _raise(OSError(errno.ENOSPC, "No space left on device")),
    "hang": lambda released: released.wait(HANG * 1.2),
}


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("NBTRACK_STORE", "IPYTHONDIR", "NBTRACK_DISABLE", "NBTRACK_NOTEBOOK", "NBTRACK_TEST_VALUE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    for bounded in (audit, fence, outputs, streams, tee):
        monkeypatch.setattr(bounded, "SECONDS", 60.0)  # a busy machine is no part that hangs
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    os.chdir(tmp_path)
    InteractiveShell.clear_instance()


def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have bounds of a tenth of a second for all from now on, so that hanging a thousand times takes minutes."""
    start = deadline.Deadline.start

    def sooner(self: deadline.Deadline, seconds: float, owner: Any = None) -> None:
        start(self, min(seconds, BOUND), owner or sys._getframe(1))

    monkeypatch.setattr(deadline.Deadline, "start", sooner)


@cache
def _share(fault: str) -> int:
    """Every how many places one is taken."""
    if os.environ.get("NBTRACK_SWEEP") == "whole":
        return 1
    return 20 if fault == "raise" else 60


def _taken(sweep: Sweep, fault: str, step: int) -> list[Place]:
    able = [place for place in sweep.places if not (fault == "hang" and place.name.startswith(UNBOUNDED))]
    return able[:: max(step, 1)]


def _all_trouble(sweep: Sweep, taken: Iterable[Place], fault: str, most: int = 4) -> str:
    """Return what was different, one line each."""
    return "\n".join(
        f"{place.name} {what}: {value}"[:600]
        for place in taken
        for what, value in sweep.trouble(place, fault, most).items()
    )


SAMPLE = dict.fromkeys(["value", "error", "loop", "files", "logged"])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_no_cell_notices_that_a_function_fails(folder: Path) -> None:
    sweep = Sweep(folder, {name: CELLS[name] for name in SAMPLE})
    taken = _taken(sweep, "raise", len(sweep.places) // 16)
    assert len(sweep.places) > 500
    assert not (trouble := _all_trouble(sweep, taken, "raise", 2)), trouble


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_no_cell_waits_for_a_function_that_hangs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = Sweep(folder, {name: CELLS[name] for name in ("value", "loop")})
    chosen = {
        *("hosts.outputs.Outputs.before", "capture.data.data.Data.after", "store.writing.journal.Journal.append"),
        *("capture.session.session.Session.read", "view.card.run_card", "capture.syntax.instrument.instrument"),
    }
    taken = [place for place in sweep.places if place.name in chosen]
    assert {place.name for place in taken} == chosen
    _hurry(monkeypatch)
    assert not (trouble := _all_trouble(sweep, taken, "hang", 2)), trouble


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("fault", FAULTS)
def test_no_cell_notices_any_fault_of_any_function(folder: Path, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = Sweep(folder, CELLS | LIBRARIES)
    assert len(sweep.places) > 900
    if fault == "hang":
        _hurry(monkeypatch)
    assert not (trouble := _all_trouble(sweep, _taken(sweep, fault, _share(fault)), fault)), trouble
