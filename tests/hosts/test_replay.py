"""The process in which a program runs again: cells as they were typed, in a shell like a kernel's, tracked as they were."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import nbtrack
from nbtrack.model.run import Run
from nbtrack.reproduce.child_environment import child_environment
from nbtrack.reproduce.confine import Confinement
from nbtrack.reproduce.job import Job, Task
from nbtrack.reproduce.places import Place
from nbtrack.reproduce.running import Outcome, run_job
from nbtrack.store.local import LocalStore

pytestmark = pytest.mark.slow


class Quiet:
    """Remembers what the program wrote."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def begun(self, at: int) -> None:
        pass

    def ended(self, at: int) -> None:
        pass

    def waiting(self) -> None:
        pass

    def wrote(self, stream: str, text: str) -> None:
        self.lines.append(text)


class Replayed:
    """What came of replaying some cells."""

    def __init__(self, outcome: Outcome, lines: list[str], store: LocalStore, folder: Path) -> None:
        self.outcome, self.lines, self.folder = outcome, lines, folder
        self.runs = nbtrack.runs("order by started", store=store)

    @property
    def own(self) -> Run:
        return self.runs[-1]


def replay(
    tmp_path: Path, *cells: Task | str, seed: int | None = None, paths: dict[str, str] | None = None
) -> Replayed:
    place, quiet = Place(tmp_path / "w"), Quiet()
    place.make()
    place.sources().mkdir()
    tasks = tuple(cell if isinstance(cell, Task) else Task(cell) for cell in cells)
    inside = Confinement((place.folder,))
    job = Job(tasks, place.sources(), place.store(), inside, paths or {}, seed)
    where = {"home": place.home, "temporary": place.temporary, "store": place.store()}
    variables = child_environment(os.environ, {}, **where, path=[place.modules])
    outcome = run_job(job, [sys.executable], place.folder, variables, quiet)
    return Replayed(outcome, quiet.lines, LocalStore(place.store()), place.sources())


def test_cells_run_as_they_were_typed(tmp_path: Path) -> None:
    """Magics, the shell, await, displays, and what libraries are told of the place they run in."""
    done = replay(
        tmp_path,
        "%load_ext nbtrack\n%matplotlib inline\nimport sys, os",
        Task("%%time\nimport asyncio\nawaited = 3", count=7),
        "await asyncio.sleep(0)\nfiles = !echo one\nfrom IPython.display import HTML, display",
        "%%bash\necho from bash > made.txt",
        "shell = get_ipython()\nkind = type(shell).__name__, 'ipykernel.zmqshell' in sys.modules, os.environ['MPLBACKEND']\nfrom tqdm.auto import tqdm\nkind += (tqdm.__mro__[1].__name__,)\nfrom ipykernel.zmqshell import ZMQDisplayPublisher",
        Task(
            "%%track whole lr=0.5\nlr = 0.1\naccuracy = lr + len(files)\ndisplay(HTML('<b>bold</b>'))\n"
            "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nprint(kind, _oh.keys(), 'pass' in os.environ)",
            count=12,
        ),
    )
    assert done.outcome.error == "", done.outcome.traceback
    assert done.outcome.confined is (done.outcome.confined or sys.platform != "linux")
    assert "('ZMQInteractiveShell', True, 'module://matplotlib_inline.backend_inline', 'tqdm_notebook')" in "\n".join(
        done.lines
    )
    assert (done.own.name, done.own.params["lr"], done.own.metrics) == ("whole", 0.5, {"accuracy": 1.5})
    assert (done.folder / "made.txt").read_text() == "from bash\n"
    assert done.own.document["cell"]["count"] == 12
    kept = {artifact.name for artifact in done.own.artifacts}
    assert {"outputs/01-html.html", "outputs/02-figure.png", "outputs/stdout.txt"} <= kept


def test_a_run_that_was_tracked_without_the_line_is_tracked(tmp_path: Path) -> None:
    done = replay(tmp_path, "%track off", "x = 1", "from nbtrack import log\naccuracy = 0.25\nlog(accuracy=accuracy)")
    assert done.outcome.error == ""
    assert [run.metrics for run in done.runs] == [{"accuracy": 0.25}]


def test_a_failed_cell_goes_as_far_as_it_had_gone(tmp_path: Path) -> None:
    failed = "a = [1]\nfor n in range(5):\n    a.append(n)\n    assert n < 2\na = 'never'"
    stopped = "b = 1\nwhile True:\n    b += 1\nb = 'never'"
    done = replay(
        tmp_path,
        Task(failed, outcome="error", reached=1),
        Task(stopped, outcome="interrupted", reached=1),
        Task("\n\nc = 1\nraise ValueError\nc = 2", outcome="error", reached=3),
        Task("d = (", outcome="error", reached=0),
        "%%track\nimport nbtrack\nnbtrack.log(total=sum(a) + b + c)",
    )
    assert done.outcome.error == ""
    assert done.own.metrics == {"total": 6}


def test_a_cell_that_fails_anew_ends_it_and_is_told(tmp_path: Path) -> None:
    done = replay(
        tmp_path, "x = 1", Task("def broken():\n    raise ValueError('no\\nsuch')\nbroken()", count=3), "%%track\ny = 2"
    )
    assert (done.outcome.failed, done.outcome.error) == (1, "ValueError: no such")
    assert "in broken" in done.outcome.traceback
    assert "interactiveshell" not in done.outcome.traceback
    assert len(done.runs) == 0


def test_repetitions_seeds_and_paths_are_as_asked(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "numbers.txt").write_text("5")
    cells = (
        Task("n = globals().get('n', 0) + 1", times=3, count=4),
        "import random, numpy\nfirst = random.random(); second = numpy.random.rand()",
        "%%track\nimport nbtrack\nnumber = int(open('/data/numbers.txt').read())\nnbtrack.log(chance=first + second + n, number=number)",
    )
    done = replay(tmp_path, *cells, seed=3, paths={"/data": str(tmp_path / "w")})
    assert done.outcome.error == "", done.outcome.traceback
    expected = (
        "import random, numpy; random.seed(3); numpy.random.seed(3); print(random.random() + numpy.random.rand() + 3)"
    )
    told = subprocess.run([sys.executable, "-c", expected], capture_output=True, text=True, check=True).stdout
    assert (done.own.metrics["chance"], done.own.metrics["number"]) == (float(told), 5)
    assert "/data/numbers.txt" in done.own.cell.source
