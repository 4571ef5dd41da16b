"""The part of capture that samples the machine while a cell runs that takes longer than a second."""

import os
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import Final

from nbtrack.capture.environment.machine import Sampler
from nbtrack.capture.guard.background import Background, Task
from nbtrack.capture.guard.later import Later
from nbtrack.capture.session.scene import Part, Scene
from nbtrack.model import event
from nbtrack.model.tagged import Json
from nbtrack.record.open_run import OpenRun

LONG: Final = 1.0  # seconds; shorter cells are not sampled
_SETTLE: Final = 0.2  # seconds over which the first sample is taken
_CHUNK: Final = 10  # samples that are recorded at once: what a killed kernel may lose
_FAREWELL: Final = 0.2  # seconds a cell waits at most for its last sample


class System(Part):
    """Records CPU, memory and GPU use of long cells; ``NBTRACK_SYSTEM=0`` or ``--no-system`` switches it off."""

    name = "system"

    def __init__(self, background: Background, variables: Mapping[str, str] = os.environ) -> None:
        self._background = background
        self._variables = variables
        self._watched: dict[str, Watch] = {}

    def before(self, scene: Scene) -> None:
        """Have a look at the cell when it has run for a second."""
        if scene.line.system and self._variables.get("NBTRACK_SYSTEM") != "0":
            watch = self._watched[scene.run.id] = Watch(scene.run)
            watch.task = self._background.soon(watch.start, LONG)

    def after(self, scene: Scene, error: BaseException | None) -> None:  # noqa: ARG002 - failed or not
        """Stop looking."""
        watch = self._watched.pop(scene.run.id, None)
        if watch:
            watch.stop()

    def drop(self, scene: Scene) -> None:
        """Stop looking; what was seen belongs to no run."""
        self.after(scene, None)

    def close(self) -> None:
        """Stop looking at whatever runs."""
        for watch in list(self._watched.values()):
            watch.stop()
        self._watched.clear()


@dataclass(slots=True)
class Watch:
    """One cell that is watched by a thread of its own, from its first second to its end."""

    run: OpenRun
    began: float = field(default_factory=time.monotonic)
    task: Task | None = None
    _is_over: bool = False
    _over: threading.Event | None = None  # there once the thread is
    _lock: threading.Lock = field(default_factory=threading.Lock)  # the cell may end while the thread begins
    _thread: Thread | None = None

    def start(self) -> None:
        """Begin to take samples."""
        with self._lock:
            if not self._is_over:
                over = self._over = threading.Event()
                thread = Thread(target=self._sample, args=(over,), name="nbtrack-system", daemon=True)
                thread.start()
                self._thread = thread

    def stop(self) -> None:
        """Take a last sample and end the thread."""
        with self._lock:
            self._is_over = True
        if self._over is not None:
            self._over.set()
        if self.task is not None:
            self.task.cancel()
        if self._thread is not None:
            self._thread.join(_FAREWELL)

    def _sample(self, told: threading.Event) -> None:
        try:
            with Sampler() as sampler:
                told.wait(_SETTLE)
                self._watch(sampler, told)
        except Exception as problem:  # noqa: BLE001 - in a thread nobody else would say so
            with suppress(Exception):
                Later(self.run).record(event.WARNING, f"capture incomplete: system: {type(problem).__name__}")

    def _watch(self, sampler: Sampler, told: threading.Event) -> None:
        samples: list[Mapping[str, Json]] = []
        over = False
        while not over:
            over = told.is_set() or self.run.ended  # whatever became of who should have told
            elapsed = time.monotonic() - self.began
            samples.append({"t": round(elapsed, 2), **sampler.sample()})
            if (over or len(samples) >= _CHUNK) and self._record(samples):
                samples = []
            told.wait(interval(elapsed))

    def _record(self, samples: list[Mapping[str, Json]]) -> bool:
        """Record samples as columns. Under ``%track on`` they wait until the cell is known to be a run."""
        if not self.run.begun:
            return False
        Later(self.run).record(event.SYSTEM, {name: [sample.get(name) for sample in samples] for name in samples[0]})
        return True


def interval(elapsed: float) -> float:
    """Return the seconds to the next sample: one at first, then growing, so that ten hours are 450 samples.

    >>> interval(1.0), interval(3600.0)
    (1.0, 60.0)
    """
    return max(1.0, elapsed / 60)
