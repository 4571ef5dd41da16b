"""What ``%%track`` makes the processor do for a no-op cell, counted where a busy machine cannot change the figures.

``python -m benchmarks counting``. A shell in a process of its own runs the cell; the difference between running it some
times and some times more is what each takes, start and warm-up left out. Counted are calls of Python functions and
from Python into C, instructions of the cell's thread and - with a pause after each cell, as people make one - of all
others (under ``valgrind``, where that is installed), system calls (under ``strace``), and how often the cell's thread
had to wait. Beside them the same for the plain cell.
"""

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.row import Row

_CELL: Final = "pass"
_TRACK: Final = "%%track\n"
_WARM: Final = 30
_QUIET, _SPENT_AT_REST = 0.5, 0.05  # seconds
_FEW, _MORE = 20, 60  # how often the cell runs: what both have in common is no cell's
_TOTAL = re.compile(r"^(?:summary|totals): (\d+)", re.MULTILINE)
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
        own, others = _difference(head, _instructions)[0], _difference(head, _instructions, "rest")[1]
    if shutil.which("strace"):
        (made,) = _difference(head, _system_calls)
    return Counts(calls, waits, own, others, made)


def _command(head: str, times: int, how: str) -> Sequence[str]:
    return [sys.executable, "-m", "benchmarks.counting", head, str(times), how]


def _difference(head: str, count: Callable[[Sequence[str]], Sequence[float]], how: str = "") -> list[float]:
    few, more = (n // 5 if how == "rest" else n for n in (_FEW, _MORE))
    counted = zip(count(_command(head, few, how)), count(_command(head, more, how)), strict=True)
    return [(high - low) / (more - few) for low, high in counted]


def _instructions(command: Sequence[str]) -> Sequence[float]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--separate-threads=yes"]
        _run([*tool, *command])
        found = {path.name: _TOTAL.search(path.read_text("utf-8", "replace")) for path in Path(folder).glob("out-*")}
    totals = {name: int(total[1]) for name, total in found.items() if total}
    return totals["out-01"], sum(totals.values()) - totals["out-01"]


def _system_calls(command: Sequence[str]) -> Sequence[float]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        _run(["strace", "-f", "-c", "-o", str(out), *command])
        found = _TOTAL_CALLS.search(out.read_text("utf-8"))
    return (int(found[1]) if found else 0,)


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
        for _ in range(times):
            shell.run_cell(head + _CELL, store_history=True)
            if how == "rest":
                _rest()
        sys.setprofile(None)
        waited = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw - waited
    if how == "count":
        print(made / times, waited / times)
    sys.stdout.flush()
    os._exit(0)  # what threads still have to do at the end is no cell's


if __name__ == "__main__":
    _work(sys.argv[1], int(sys.argv[2]), sys.argv[3])
