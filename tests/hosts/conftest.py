"""A fresh IPython shell with nbtrack loaded and a store of its own, in this process: milliseconds a test."""

from __future__ import annotations

import atexit
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import nbtrack
from nbtrack.capture.environment import surroundings
from nbtrack.capture.environment.imported import Imported
from nbtrack.capture.environment.installed import Installed
from nbtrack.capture.environment.seeds import LAST
from nbtrack.capture.guard import audit, fence
from nbtrack.capture.outputs import streams
from nbtrack.capture.syntax import tee
from nbtrack.hosts import outputs
from nbtrack.record import active


class Shell:
    """An IPython shell as a person uses it: run a cell, see what was displayed, ask for the runs."""

    def __init__(self, shell: Any, store: Path) -> None:
        self.ip = shell
        self.store = store
        self.published: list[dict[str, Any]] = []
        shell.display_pub.publish = lambda data, metadata=None, **_: self.published.append(
            {"data": data, "metadata": metadata or {}}
        )

    def run(self, cell: str, **options: Any) -> Any:
        return self.ip.run_cell(cell, store_history=True, **options)

    @property
    def names(self) -> dict[str, Any]:
        return self.ip.user_ns

    @property
    def runs(self) -> nbtrack.Runs:
        return nbtrack.runs(store=self.store)

    @property
    def last(self) -> nbtrack.Run:
        return self.runs[0]

    def outputs(self, kind: str) -> list[str]:
        ours = [output for output in self.published if output["metadata"].get("nbtrack", {}).get("kind") == kind]
        return [output["data"]["text/plain"] for output in ours]


class _ImportedOnce(Imported):
    """Knows what the shells before it have read of installed packages, as a session does after its first cell."""

    _known_to_all: ClassVar[dict[str, frozenset[str]]] = {}

    def __init__(self) -> None:
        super().__init__()
        self._brings = self._known_to_all


class _InstalledOnce(Installed):
    """Knows the same of their records; it reads anew those that have changed."""

    _known_to_all: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        super().__init__()
        self._known = self._known_to_all


def _unseed() -> None:
    """Have random numbers unseeded, as in a fresh process: another test may have seeded them."""
    LAST.clear()
    random.seed()
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed()


def fresh_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A shell with the extension loaded."""
    monkeypatch.setenv("NBTRACK_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("NBTRACK_DISABLE", raising=False)
    monkeypatch.delenv("NBTRACK_NOTEBOOK", raising=False)
    monkeypatch.chdir(tmp_path)
    for bounded in (audit, fence, outputs, streams, tee):
        monkeypatch.setattr(bounded, "SECONDS", 60.0)  # a busy machine is no part that hangs
    monkeypatch.setattr(surroundings, "Imported", _ImportedOnce)  # 0.1 s of a processor for each shell
    monkeypatch.setattr(surroundings, "Installed", _InstalledOnce)
    _unseed()
    InteractiveShell.clear_instance()
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    ip = InteractiveShell.instance(config=config)
    atexit.unregister(ip.atexit_operations)  # it would keep every shell, and all that its cells made, until the end
    nbtrack.load_ipython_extension(ip)
    yield Shell(ip, tmp_path / "store")
    nbtrack.unload_ipython_extension(ip)
    InteractiveShell.clear_instance()
    active._all.clear()  # what an interrupted or faulty cell left open is no business of the next test
    active._mine.set(())
    active._home.clear()


shell = pytest.fixture(fresh_shell, name="shell")
