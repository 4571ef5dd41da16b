"""What a reproduction costs: an environment made before, one made from uv's cache, a program that takes no time itself.

The environment is that of numpy, pandas and scikit-learn with all they need, as installed here. What uv has not in its
cache is fetched once, before anything is measured.
"""

import io
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from importlib.metadata import distributions
from pathlib import Path

import nbtrack
from benchmarks.fresh import fresh
from benchmarks.row import Row
from nbtrack.capture.environment.environment import environment
from nbtrack.capture.environment.installed import Installed
from nbtrack.errors import EnvironmentMissing
from nbtrack.model import event
from nbtrack.model.run import Run
from nbtrack.query.program import program
from nbtrack.reproduce.environment.means import Means, find_uv
from nbtrack.reproduce.environment.restoring import restore_environment

TIMES = 5
IMPORTED = ("numpy", "pandas", "scikit-learn")


CELLS = 300
_SESSION = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "nbtrack")
for cell in json.loads(sys.argv[1]):
    shell.run_cell(cell, store_history=True)
shell.run_line_magic("unload_ext", "nbtrack")
"""


def rows() -> Iterator[Row]:
    """Yield the rows."""
    with tempfile.TemporaryDirectory(prefix="nbtrack-bench-") as made:
        yield from _around(Path(made))
    yield from _environments()


def _around(place: Path) -> Iterator[Row]:
    """What is not the program's own: a program that takes no time, and the slice of a long session."""
    cells = ["total = 0", *(f"total += {number}" for number in range(CELLS - 2)), "%%track\nmean_score = total / 3"]
    run = _recorded(place / "short", ["import nbtrack", "%%track\nnbtrack.log(score=0.5)"])
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        took = _median(lambda: nbtrack.reproduce(run, env="current", yes=True, store=place / "short" / ".nbtrack"))
    own = sum(step.duration for step in program(run).steps)
    yield Row("reproducing a program that takes no time", took - own, "s", "", None, "<= 3 s", took - own <= 3)
    long = _recorded(place / "long", cells)
    slicing = _median(lambda: program(long)) * 1e3
    found = len(program(long).steps)
    yield Row(f"program of a session of {found} cells", slicing, "ms", "", None, "<= 50 ms", slicing <= 50)


def _recorded(folder: Path, cells: Sequence[str]) -> Run:
    folder.mkdir()
    fresh(_SESSION, json.dumps(list(cells)), folder=folder)
    return nbtrack.runs(store=folder / ".nbtrack")[0]


def _environments() -> Iterator[Row]:
    """Yield none where uv or one of the packages is missing, or cannot be had again."""
    if find_uv() is None or not set(IMPORTED) <= {each.name.lower() for each in distributions()}:
        return
    with tempfile.TemporaryDirectory(prefix="nbtrack-bench-") as made:
        into, run = Path(made), _run()
        means = Means(uv=find_uv(), hardlinks=Means.here().hardlinks, compiled=False)
        try:
            first = restore_environment(run, into, means=means)
        except EnvironmentMissing as problem:
            print(f"(reproducing is not measured: {problem})")
            return
        place = first.python.parents[1]
        kept = _median(lambda: restore_environment(run, into, means=means))
        cached = _median(lambda: restore_environment(run, into, means=means), before=lambda: shutil.rmtree(place))
        bare = _median(lambda: _bare(means, place / "requirements.txt", into / "bare"))
    yield Row("environment of numpy, pandas, scikit-learn, kept", kept, "s", "", None, "<= 0.5 s", kept <= 0.5)
    told = f"uv venv; uv pip install {bare:.2f} s"
    yield Row("the same, made from uv's cache", cached, "s", told, cached / bare, "<= 3 s", cached <= 3)


def _run() -> Run:
    """Return a run that had imported the packages, recorded as capture does it."""
    store = nbtrack.MemoryStore()
    now = environment().document
    with nbtrack.start_run("environment", store=store) as opened:
        whole = store.put(json.dumps(now).encode()).sha256
        installed = store.put(Installed().describe(IMPORTED, now.get("origins"), None)).sha256
        imported = dict.fromkeys(IMPORTED)
        opened.record(event.ENVIRONMENT, {"sha256": whole, "installed": installed, "imported": imported})
    return nbtrack.run(opened.id, store=store)


def _bare(means: Means, requirements: Path, place: Path) -> None:
    """Do by hand what a restoring stands on."""
    shutil.rmtree(place, ignore_errors=True)
    uv, mode = str(means.uv), "hardlink" if means.hardlinks else "copy"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, place], check=True, env=means.environment())
    install = ["pip", "install", "--quiet", "--no-deps", "--require-hashes", "--link-mode", mode]
    subprocess.run([uv, *install, "--python", place, "-r", requirements], check=True, env=means.environment())


def _median(work: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    seconds = []
    for _ in range(TIMES):
        before()
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)
