"""What ``%%track`` makes the processor do for a no-op cell, counted where a busy machine cannot change the figures.

``python -m benchmarks counting``. A shell in a process of its own runs the cell; the difference between running it some
times and some times more is what each takes, start and warm-up left out. Counted are calls of Python functions and
from Python into C, instructions of the cell's thread and - with a pause after each cell, as people make one - of all
others (under ``valgrind``, where that is installed; it counts from the first cell after the warm-up), system calls
(under ``strace``), and how often the cell's thread had to wait. Beside them the same for the plain cell.
"""

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.row import Row

_CELL: Final = "pass"
_TRACK: Final = "%%track\n"
_WARM: Final = 30
_QUIET, _SPENT_AT_REST = 0.5, 0.05  # seconds
_FEW, _MORE = 20, 60  # how often the cell runs: what both have in common is no cell's
_AT_REST = 8  # cells with a pause after each
_TOTAL = re.compile(r"^totals: (\d+)", re.MULTILINE)
_TOTAL_CALLS = re.compile(r"^100\.00\s+\S+(?:\s+\S+)?\s+(\d+)(?:\s+\d+)?\s+total$", re.MULTILINE)


class Counts(NamedTuple):
    """What one cell takes; None where the tool that counts it is not installed."""

    calls: float
    waits: float
    instructions: float | None
    others: float | None  # instructions of threads other than the cell's
    system_calls: float | None


def rows() -> Iterator[Row]:
    """Yield the rows."""
    plain, tracked = counts(""), counts(_TRACK)
    for name, each, beside in zip(_NAMES, tracked, plain, strict=True):
        if each is not None and beside is not None:
            baseline = f"plain cell {beside:,.1f}"
            yield Row(f"no-op cell: {name}", each - beside, "", baseline, each / beside if beside else None, "", None)


_NAMES: Final = (
    "calls",
    "waits of its thread",
    "instructions of its thread",
    "instructions of other threads",
    "system calls",
)


def counts(head: str) -> Counts:
    """Count what the no-op cell takes with ``head`` above it."""
    calls, waits = map(float, _run(_command(head, _MORE, "count")).split())
    own = others = made = None
    if shutil.which("valgrind"):
        own, others = _instructions(head)
    if shutil.which("strace"):
        few, more = (_system_calls(_command(head, n, "run")) for n in (_FEW, _MORE))
        made = (more - few) / (_MORE - _FEW)
    return Counts(calls, waits, own, others, made)


def _command(head: str, times: int, how: str) -> Sequence[str]:
    return [sys.executable, "-m", "benchmarks.counting", head, str(times), how]


def _instructions(head: str) -> tuple[float, float]:
    """Return the instructions a cell takes in its own thread, and in all others when people make a pause after it."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        tool = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--separate-threads=yes"]
        _run([*tool, f"--callgrind-out-file={out}", *_command(head, _FEW, "instructions")])
        one_by_one, at_rest = (list(_totals(Path(folder), dump)) for dump in (1, 2))
    return one_by_one[0] / _FEW, sum(at_rest[1:]) / _AT_REST


def _totals(folder: Path, dump: int) -> Iterator[int]:
    """Yield the instructions of each thread until a dump of callgrind's, the first thread's first."""
    for path in sorted(folder.glob(f"out.{dump}-*")):
        total = _TOTAL.search(path.read_text("utf-8", "replace"))
        yield int(total[1]) if total else 0


def _system_calls(command: Sequence[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        _run(["strace", "-f", "-c", "-o", str(out), *command])
        found = _TOTAL_CALLS.search(out.read_text("utf-8"))
    return int(found[1]) if found else 0


def _run(command: Sequence[str]) -> str:
    variables = {**os.environ, "PYTHONHASHSEED": "0"}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=variables).stdout


def _shell(folder: str) -> Any:
    """Return an IPython shell that writes nothing of its own, with the extension loaded."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    os.environ |= {"NBTRACK_STORE": f"{folder}/store", "IPYTHONDIR": folder}
    os.chdir(folder)
    settings = Config()
    settings.HistoryManager.enabled = False
    shell: Any = InteractiveShell.instance(config=settings)
    shell.display_pub.publish = lambda *_, **__: None
    shell.run_line_magic("load_ext", "nbtrack")
    return shell


def _tell_callgrind(*what: str) -> None:
    subprocess.run(["callgrind_control", *what, str(os.getpid())], check=True, capture_output=True)


def _patient() -> None:
    """Give the timer of ``capture.guard`` a thousand times as long: under valgrind everything takes fifty times."""
    import _signal  # what that module uses

    wind = _signal.setitimer
    _signal.setitimer = lambda which, seconds, again=0.0: wind(which, seconds * 1000, again * 1000)


def _rest() -> None:
    """Return when no thread has had anything to do for a while."""
    spent = -1.0
    while time.process_time() - spent > _SPENT_AT_REST:
        spent = time.process_time()
        time.sleep(_QUIET)


def _work(head: str, times: int, how: str) -> None:
    """Run the cell, as the process that is counted; print the calls and the waits of each where that is asked for."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        shell = _shell(folder)
        for _ in range(_WARM):
            shell.run_cell(head + _CELL, store_history=True)
        made = 0

        def count(_: Any, what: str, __: Any) -> None:
            nonlocal made
            made += what in {"call", "c_call"}

        waited = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
        sys.setprofile(count if how == "count" else None)
        if how == "instructions":
            _patient()
            _tell_callgrind("-i", "on")
        for _ in range(times):
            shell.run_cell(head + _CELL, store_history=True)
        sys.setprofile(None)
        waited = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw - waited
        if how == "instructions":
            _tell_callgrind("-d")
            for _ in range(_AT_REST):
                shell.run_cell(head + _CELL, store_history=True)
                _rest()
            _tell_callgrind("-d")
    if how == "count":
        print(made / times, waited / times)
    sys.stdout.flush()
    os._exit(0)  # what threads still have to do at the end is no cell's


if __name__ == "__main__":
    _work(sys.argv[1], int(sys.argv[2]), sys.argv[3])
