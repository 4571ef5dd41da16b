"""The process in which a run's program runs again: ``python -P -m nbtrack.hosts.replay JOB`` in a restored environment.

A fresh IPython shell runs every cell as it was typed, with nbtrack loaded as in the session that was recorded, so that
parameters, metrics, outputs and files are captured by the very same code. What happens is told on a pipe, a JSON object
a line; standard output and error are the program's own. Nothing here runs before the process is confined.
"""

import ctypes
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nbtrack.reproduce.confine import enforce
from nbtrack.reproduce.job import BEGUN, DONE, ENDED, FAILED, PIPE, READY, Event, Job, Task, line
from nbtrack.reproduce.moved import Moved

if TYPE_CHECKING:
    from nbtrack.hosts.tracker import Tracker

FAILURE: Final = 10  # exit status: a cell raised what it did not raise when it was recorded
_PARENT_DEATH: Final = 1  # prctl: the signal to get when whoever started us dies


def main(job_file: str) -> int:
    """Run a job; return 0 when every cell did what it had done before, or ``FAILURE``."""
    pipe = int(os.environ.pop(PIPE))
    os.set_inheritable(pipe, False)  # noqa: FBT003 - os's own signature; what the program starts must not keep it open
    _die_with_parent()
    job = Job.read(Path(job_file).read_text(encoding="utf-8"))
    kept = enforce(job.confinement)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # both are text files here
    os.chdir(job.folder)
    sys.path.insert(0, "")  # as in a kernel: modules are looked for where the program is
    replay = Replay(job, pipe)
    replay.tell({"kind": READY, "confined": kept})
    return replay.run()


class Replay:
    """Runs the tasks of one job in one shell, as in one session."""

    def __init__(self, job: Job, pipe: int) -> None:
        from nbtrack.hosts import ipython  # noqa: PLC0415 - nothing but our own was imported before the fence stood
        from nbtrack.hosts.replay_shell import replay_shell  # noqa: PLC0415 - same

        self._job = job
        self._pipe = pipe
        self._cut = _Cut()
        self._shell: Any = replay_shell()  # IPython is untyped
        ipython.load(self._shell)
        self._tracker: Tracker = ipython.plugged(self._shell).tracker
        self._tracker.cards = False  # nobody sees them
        transformers: list[Any] = self._shell.ast_transformers
        transformers.insert(0, self._cut)  # before capture reads the tree
        if job.paths:
            transformers.append(Moved(job.paths))  # after it: what the cell says is recorded as it was

    def run(self) -> int:
        """Run every task; stop at the first that fails and had not failed."""
        if self._job.seed is not None:
            self._seed(self._job.seed)
        last = len(self._job.tasks) - 1
        for at, task in enumerate(self._job.tasks):
            self.tell({"kind": BEGUN, "at": at, "time": time.time_ns() // 1_000_000})
            error = self._run(task, own=at == last)
            if error is not None:
                self.tell({"kind": FAILED, "at": at, **_failure(error)})
                return FAILURE
            self.tell({"kind": ENDED, "at": at})
        self.tell({"kind": DONE})
        return 0

    def _seed(self, number: int) -> None:
        """Seed everything, torch too where a cell will import it; of the seed for hashes only children would know."""
        from nbtrack.capture.environment.seeds import seed_all  # noqa: PLC0415 - it looks for numpy

        before = os.environ.get("PYTHONHASHSEED")
        seed_all(number, "\n".join(task.source for task in self._job.tasks))
        os.environ.pop("PYTHONHASHSEED", None)
        if before is not None:
            os.environ["PYTHONHASHSEED"] = before

    def tell(self, event: Event) -> None:
        """Tell the parent what happened, after all that the program wrote before."""
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os.write(self._pipe, line(event))

    def _run(self, task: Task, *, own: bool) -> BaseException | None:
        """Run a task as often as it had run; return what it raised, unless it had failed before."""
        for turn in range(task.times):
            self._tracker.off = False  # a cell may have switched it off; the run was recorded all the same
            self._tracker.on = self._tracker.on or (own and turn == task.times - 1)
            self._cut.at = None if own else _cut_at(task)
            if task.count is not None:
                self._shell.resume_at(max(task.count - task.times + 1, 1) + turn)
            result = self._shell.run_cell(task.source, store_history=True)
            error: BaseException | None = result.error_before_exec or result.error_in_exec
            if error is not None and task.outcome == "ok":
                return error
        return None


class _Cut:
    """Cuts a cell's tree where the cell had stopped: what failed is tried again, what came after it is not run."""

    def __init__(self) -> None:
        self.at: tuple[int, bool] | None = None  # lines that had completed, and whether the next statement is tried

    def visit(self, tree: Any) -> Any:
        """Return the tree without the statements that had not run; IPython calls this as an AST transformer."""
        if self.at is not None:
            (reached, again), self.at = self.at, None
            done = [each for each in tree.body if (each.end_lineno or 0) <= reached]
            tree.body[:] = tree.body[: len(done) + again]
        return tree


def _cut_at(task: Task) -> tuple[int, bool] | None:
    """An error comes again, and with it what its statement had done by then; an interrupt does not come again."""
    if task.outcome == "ok" or task.reached is None:
        return None
    blank = len(task.source) - len(task.source.lstrip())  # IPython cuts blank lines off the top of a cell
    return max(task.reached - task.source.count("\n", 0, blank), 0), task.outcome == "error"


def _failure(error: BaseException) -> Event:
    """Return what a cell raised, in words: frames of the program and of libraries, not those that ran it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.endswith(("interactiveshell.py", "replay.py")):
        trace = trace.tb_next
    lines = traceback.format_exception(type(error), error, trace)
    text = " ".join(str(error).split())
    return {"error": f"{type(error).__name__}: {text}" if text else type(error).__name__, "traceback": "".join(lines)}


def _die_with_parent() -> None:
    """Be killed with whoever started us: nobody would wait for the result."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
