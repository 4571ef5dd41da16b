"""A notebook that was worked with, in two lines, and its last run reproduced, in one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.hosts.reproducing import Verdict, reproduced
from nbtrack.model.reproduction import ReproductionDocument
from nbtrack.model.run import Run
from nbtrack.reproduce.places import Places
from nbtrack.reproduce.plan import Options, Plan
from nbtrack.reproduce.tolerance import Tolerances
from nbtrack.store.local import LocalStore
from tests.conftest import run_git

RECORDER = Path(__file__).parent / "recorder.py"


@dataclass
class Silent:
    """A conversation with nobody: it agrees to everything, and remembers what it was shown and told."""

    agrees: bool = True
    plans: list[Plan] = field(default_factory=list)
    phases: list[str] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    closed: int = 0
    stop_at: str = ""  # the phase in which the person presses Ctrl-C

    def show_plan(self, plan: Plan) -> None:
        self.plans.append(plan)

    def agreed(self) -> bool:
        return self.agrees

    def reporter(self, plan: Plan) -> Silent:
        return self

    def close(self) -> None:
        self.closed += 1

    def stopped(self, told: str) -> None:
        self.lines.append(told)

    def phase(self, name: str) -> None:
        self.phases.append(name)
        if name == self.stop_at:
            raise KeyboardInterrupt

    def say(self, text: str) -> None:
        pass

    def begun(self, at: int) -> None:
        self.steps.append(at)

    def ended(self, at: int) -> None:
        pass

    def wrote(self, stream: str, text: str) -> None:
        self.lines.append(text)

    def waiting(self) -> None:
        pass


@dataclass(frozen=True)
class Recorded:
    """A project whose notebook was worked with."""

    project: Path
    store: LocalStore
    cache: Path

    @property
    def run(self) -> Run:
        """Its last run."""
        return nbtrack.runs("order by started desc", store=self.store)[0]

    def verdict(self, talk: Silent | None = None, **options: Any) -> Verdict:
        """Reproduce the last run in the environment of the tests, unless ``env`` says otherwise."""
        tolerances = Tolerances.read(options.pop("tol", None), options.pop("tol_metrics", ()))
        options["environment"] = options.pop("env", "current")
        asked = Options(tolerances=tolerances, **options)
        return reproduced(self.run, asked, talk or Silent(), self.store, yes=True, places=Places(self.cache))

    def reproduced(self, **options: Any) -> ReproductionDocument:
        """Reproduce the last run, and return the verdict's document."""
        return self.verdict(**options).document


Record = Callable[..., Recorded]


def write(folder: Path, files: Mapping[str, str | None]) -> None:
    """Write files below a folder; None removes one."""
    for name, text in files.items():
        path = folder / name
        if text is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def work(
    project: Path,
    cells: Sequence[str],
    *,
    files: Mapping[str, str] | None = None,
    dirty: Mapping[str, str] | None = None,
    git: bool = False,
    variables: Mapping[str, str] | None = None,
    where: str = "",
) -> LocalStore:
    """Make a project, commit it, change it, and execute a notebook's cells in it, in a process of its own.

    ``where`` is the notebook's folder in it.
    """
    (project / where).mkdir(parents=True, exist_ok=True)
    write(project, files or {})
    notebook = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    notebook["cells"] = [_cell(number, source) for number, source in enumerate(cells)]
    (project / where / "analysis.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    if git:
        run_git(project, "init", "-q", "-b", "main")
        run_git(project, "add", "-A")
        run_git(project, "commit", "-q", "-m", "first")
    write(project, dirty or {})
    told = project.parent / f"{project.name}-cells.json"
    told.write_text(json.dumps(list(cells)), encoding="utf-8")
    settings = {
        **os.environ,
        "NBTRACK_STORE": str(project / ".nbtrack"),
        "NBTRACK_NOTEBOOK": str(project / where / "analysis.ipynb"),
        "IPYTHONDIR": str(project.parent / "ipython"),
        **(variables or {}),
    }
    subprocess.run(
        [sys.executable, str(RECORDER), str(told)], cwd=project / where, env=settings, check=True, timeout=300
    )
    return LocalStore(project / ".nbtrack")


def _cell(number: int, source: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": f"cell-{number}",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": source,
    }


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Record]:
    """Call it with cells (and ``files``, ``dirty``, ``git=True``) for a project in which they were executed."""

    def record(*cells: str, **how: Any) -> Recorded:
        store = work(tmp_path / "project", cells, **how)
        return Recorded(tmp_path / "project", store, tmp_path / "cache")

    yield record
    attempts = tmp_path / "cache" / "attempts"
    assert not attempts.exists() or not list(attempts.iterdir()), "an attempt left its folder"
