"""What ``%%track`` adds to a cell: the same cell in a real kernel without nbtrack and, in turn, tracked in another.

``python -m benchmarks overhead``. The goal of a no-op cell is that of the design, 2 ms in a warm kernel: ten cells in
a row, then the other kernel's ten. It stands beside a plain cell that shows as much as the card: what a kernel takes to
send a display is nothing a tracker can change. Of these 2 ms the design gives 0.26 to the disk: a folder, a file and
two records that survive a power loss. What a disk takes beyond that is measured in the same kernel, by a plain cell
that has it do just this, and told beside. What the cell takes with cold caches, when another process had the processor
or after a second of nothing, is told without a goal. Longer cells may take 2 % or 10 ms more, whichever is more.
"""

import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from benchmarks.kernel import Kernel
from benchmarks.row import Row

_FILES = 2_000
_PACKAGES = 300
_WARM = 2
_DISK = 0.26  # ms of the design's disk
_NO_OP, _LONG, _SHORT = "<= 2 ms", "<= 2 % or 10 ms", "<= 20 us an iteration"  # 2 % of an iteration of 1 ms
_COLD = ""  # no goal

_NAMESPACE = """
import numpy as np
globals().update({f"array_{i}": np.ones(2_500_000) for i in range(10)})       # 200 MB
globals().update({f"name_{i}": [i, str(i)] for i in range(490)})
"""
_CARD = """
import itertools as _itertools, os as _os
from IPython.display import HTML, display

_numbers = _itertools.count()

def _keep():
    place = f"bare/{next(_numbers)}"
    _os.makedirs(place)
    fd = _os.open(f"{place}/run.jsonl", _os.O_CREAT | _os.O_EXCL | _os.O_WRONLY | _os.O_APPEND)
    _os.write(fd, b"x" * 500)
    _os.fdatasync(fd)
    for folder in (place, "bare"):
        names = _os.open(folder, _os.O_RDONLY)
        _os.fsync(names)
        _os.close(names)
    _os.write(fd, b"x" * 1_500)
    _os.fdatasync(fd)
    _os.close(fd)
"""
_SHOW = "display(HTML('x' * 4_700))"  # bytes of a card
_KEEP = "_keep()"
_TRAINING = """
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
X, y = make_classification(4_000, 20, random_state=0)
"""
_FIT = """
model = RandomForestClassifier(n_estimators=120, max_depth=12, random_state=0).fit(X, y)
accuracy = accuracy_score(y, model.predict(X))
"""
_SHORT_LOOP = """
loss = 1.0
for epoch in range(10_000):
    loss = loss * 0.999
"""
_LONG_LOOP = """
import time
loss = 1.0
for epoch in range(2_000):
    until = time.perf_counter() + 1e-3
    while time.perf_counter() < until:
        pass
    loss = loss * 0.999
"""
_PRINTS = """
line = "x" * 999
for _ in range(100_000):
    print(line)
"""
_LINES = "def mean(values):\n    return sum(values) / len(values)\n" + "".join(
    f"""
rate_{number} = 0.1 * {number}
steps_{number} = [rate_{number} * step for step in range(10)]
table_{number} = {{"rate": rate_{number}, "mean": mean(steps_{number})}}
if table_{number}["mean"] > 100:
    print(f"round {number}: {{table_{number}['mean']:.3f}} at {{rate_{number}:.2f}}")
"""
    for number in range(20)
)


_Turn = tuple[list[float], list[float], list[float]]


class Case(NamedTuple):
    """One line of the table: a cell, how often it is run, and what burdens the kernel it runs in."""

    name: str
    cell: str
    times: int
    setup: str = ""
    burden: Callable[[Path], dict[str, str]] = lambda _: {}
    goal: str = _NO_OP
    head: str = "%%track\n"
    pairs: int = 1  # of kernels that share the turns: of two processes one may be slower by 2 % for all of its life
    row: int = 1  # cells in a row before it is the other kernel's turn
    pause: float = 0  # seconds before each

    @property
    def shows(self) -> bool:
        """Whether the card is most of what the cell takes."""
        return self.cell == "pass" and bool(self.head)

    def allowed(self, plain: float, disk: float) -> float | None:
        """Return how much longer than the plain cell the tracked one may take, in ms; None where there is no goal."""
        slower = max(0.0, disk - _DISK) if self.shows else 0.0
        return {_NO_OP: 2 + slower, _LONG: max(10, 0.02 * plain), _SHORT: 20e-3 * 10_000}.get(self.goal)


def _clean_repository(folder: Path) -> dict[str, str]:
    for number in range(_FILES):
        place = folder / f"part{number // 100}"
        place.mkdir(exist_ok=True)
        (place / f"file{number}.py").write_text(f"x = {number}\n")
    (folder / ".gitignore").write_text(".ipython\n.nbtrack\nsite\n")
    who = ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid"]
    for arguments in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "files"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    return {}


def _dirty_repository(folder: Path) -> dict[str, str]:
    _clean_repository(folder)
    for number in range(50):
        (folder / "part0" / f"file{number}.py").write_text(f"x = {number}\ny = {number}\n")
        (folder / f"untracked{number}.py").write_text("z = 1\n")
    return {}


def _packages(folder: Path) -> dict[str, str]:
    """Lay out distributions as pip leaves them, beside those that are there."""
    for number in range(_PACKAGES):
        info = folder / "site" / f"package_{number}-1.{number}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: package-{number}\nVersion: 1.{number}\n")
        (info / "RECORD").write_text("".join(f"package_{number}/module_{k}.py,,\n" for k in range(20)))
        (info / "INSTALLER").write_text("pip\n")
    return {"PYTHONPATH": str(folder / "site")}


def _everything(folder: Path) -> dict[str, str]:
    return {**_packages(folder), **_dirty_repository(folder)}


_CASES = (
    Case("no-op cell, not tracked, extension loaded", "pass", 100, head="", row=10),
    Case("no-op cell", "pass", 100, row=10),
    Case("no-op cell, 500 names, 200 MB of arrays", "pass", 100, _NAMESPACE, row=10),
    Case(f"no-op cell, repository of {_FILES:,} files", "pass", 100, burden=_clean_repository, row=10),
    Case("no-op cell, the same, 100 files changed or new", "pass", 100, burden=_dirty_repository, row=10),
    Case(f"no-op cell, {_PACKAGES} more packages", "pass", 100, burden=_packages, row=10),
    Case("no-op cell, all of these", "pass", 100, _NAMESPACE, _everything, row=10),
    Case("no-op cell, after another process", "pass", 60, goal=_COLD),
    Case("no-op cell, after a second of nothing", "pass", 15, goal=_COLD, pause=1),
    Case("cell of 100 lines, not tracked, extension loaded", _LINES, 60, goal=_LONG, head="", row=10),
    Case("cell of 100 lines", _LINES, 60, goal=_LONG, row=10),
    Case("training cell of about 1 s", _FIT, 45, _TRAINING, goal=_LONG, pairs=3),
    Case("loop of 10,000 iterations, loss = … in each", _SHORT_LOOP, 20, goal=_SHORT),
    Case("loop of 2,000 iterations of 1 ms, loss = … in each", _LONG_LOOP, 9, goal=_LONG, pairs=3),
    Case("100 MB of prints", _PRINTS, 36, goal=_LONG, pairs=3),
)


def rows() -> Iterator[Row]:
    """Yield the rows."""
    for case in _CASES:
        plain, tracked, disk = _medians(case)
        baseline = f"plain cell{' with a display' if case.shows else ''} {plain:,.2f} ms"
        allowed = case.allowed(plain, disk)
        goal = f"{case.goal} + {allowed - 2:.2f} of disk" if allowed is not None and case.shows else case.goal
        ok = None if allowed is None else tracked - plain <= allowed
        yield Row(case.name, tracked - plain, "ms", baseline, tracked / plain, goal, ok)


def _medians(case: Case) -> tuple[float, float, float]:
    """Run the cell plain and tracked in turn, so that whatever else the machine does falls on both.

    Returns the two medians, and what the bare disk took in between; all in ms.
    """
    turns = [turn for _ in range(case.pairs) for turn in _turns(case)]
    bare, tracked, kept = (statistics.median(chain.from_iterable(each)) for each in zip(*turns, strict=True))
    return bare, tracked, kept - bare


def _turns(case: Case) -> list[_Turn]:
    """Start two kernels, one without nbtrack, and take their share of the turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        variables = case.burden(folder)
        plain, ours = Kernel(folder, variables), Kernel(folder, variables)
        try:
            plain.run(_CARD + case.setup)
            ours.run(f"%load_ext nbtrack\n{case.setup}")
            count = _WARM + case.times // case.pairs // case.row
            return [_turn(case, plain, ours, tracked_first=bool(turn % 2)) for turn in range(count)][_WARM:]
        finally:
            plain.stop()
            ours.stop()


def _turn(case: Case, plain: Kernel, ours: Kernel, *, tracked_first: bool) -> _Turn:
    """Return what the cells took plain, tracked, and plain with what the disk has to do; in ms."""
    body = case.cell.strip()
    beside = f"{body}\n{_SHOW}" if case.shows else body
    cells = {ours: case.head + body, plain: beside}
    took = {}
    for kernel in (ours, plain) if tracked_first else (plain, ours):
        took[kernel] = kernel.milliseconds(cells[kernel], case.row, case.pause)
    kept = plain.milliseconds(f"{beside}\n{_KEEP}", case.row, case.pause) if case.shows else took[plain]
    return took[plain], took[ours], kept
