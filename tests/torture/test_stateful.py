"""Random lives of a store beside a model in memory: whatever happens, the store says what the model says."""

import shutil
import tempfile
from itertools import count
from pathlib import Path
from typing import Any

import checks
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from scenarios import keep_house

from nbtrack.errors import NbtrackError
from nbtrack.model.ids import new_run_id
from nbtrack.store.base import Writer
from nbtrack.store.index import catalogue
from nbtrack.store.local import LocalStore
from nbtrack.store.writing.keeper import KEEPER

_MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
VALUES = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-1, 1) | st.text(max_size=3)
KEYS = st.sampled_from(["lr", "depth", "é", "", "a.b"])
STEPS = st.integers(-3, 12)


class StoreMachine(RuleBasedStateMachine):
    """A store, the runs it should have, and the writers that are open."""

    open_runs = Bundle("open_runs")

    @initialize()
    def start(self) -> None:
        self.top = Path(tempfile.mkdtemp(prefix="nbtrack-torture-", dir=_MEMORY))
        self.path = self.top / ".nbtrack"
        self.store = LocalStore(self.path)
        self.model: dict[str, dict[str, Any]] = {}
        self.writers: dict[str, Writer] = {}
        self.marks = count()
        self.days = 1.0
        self.saves = catalogue._SAVE
        catalogue._SAVE = 1  # an index with every look, so that each has one to go wrong with

    @rule(target=open_runs, name=st.text(min_size=1, max_size=5))
    def begin(self, name: str) -> str:
        run = new_run_id()
        self.writers[run] = self.store.begin(run, {"name": name})
        self.model[run] = blank(name, "running")
        return run

    @rule(run=open_runs, key=KEYS, value=VALUES)
    def param(self, run: str, key: str, value: Any) -> None:
        if run in self.writers:
            self.writers[run].append("params", {key: value})
            self.model[run]["params"][key] = value

    @rule(run=open_runs, value=st.floats(-5, 5), step=STEPS)
    def point(self, run: str, value: float, step: int) -> None:
        if run in self.writers:
            self.writers[run].point({"loss": value}, step)
            self.model[run]["points"].append((step, value))

    @rule(run=consumes(open_runs), status=st.sampled_from(["finished", "failed", "interrupted"]))
    def close(self, run: str, status: Any) -> None:
        if run in self.writers:
            self.writers.pop(run).close(status, 1.0)
            self.model[run]["status"] = status

    @rule(chosen=st.integers(0, 99), key=KEYS, value=st.text(max_size=3) | st.none())
    def tag(self, chosen: int, key: str, value: str | None) -> None:
        if self.model:
            run = sorted(self.model)[chosen % len(self.model)]
            self.store.annotate(run, "tags", {key: value})
            if value is None:
                self.model[run]["tags"].pop(key, None)
            else:
                self.model[run]["tags"][key] = value

    @rule(chosen=st.integers(0, 99), deleted=st.booleans())
    def delete_or_restore(self, chosen: int, *, deleted: bool) -> None:
        if self.model:
            run = sorted(self.model)[chosen % len(self.model)]
            self.store.annotate(run, "delete", deleted)
            self.model[run]["deleted"] = deleted

    @rule(points=st.integers(0, 6))
    def a_process_dies(self, points: int) -> None:
        run = new_run_id()

        def work() -> None:
            writer = self.store.begin(run, {"name": "victim"})
            for step in range(points):
                writer.point({"loss": step / 2}, step)
            writer.append("params", {"last": points})

        assert checks.in_child(work) == ""
        self.model[run] = blank("victim", "lost")
        self.model[run]["points"] = [(step, step / 2) for step in range(points)]
        self.model[run]["params"] = {"last": points}

    @rule(size=st.integers(1, 40), chosen=st.integers(0, 99))
    def a_tail_is_torn(self, size: int, chosen: int) -> None:
        """What a killed process may leave behind the last newline; nobody ever writes on in that file."""
        dead = sorted(run for run, known in self.model.items() if known["status"] == "lost")
        folder = self.path / checks.month(dead[chosen % len(dead)]) if dead else None
        for segment in sorted(folder.glob("ev-*")) if folder else []:
            with segment.open("ab") as file:
                file.write(b'{"k":"params","v":{"torn":1},"w":"000000000000"'[:size])

    @rule()
    def the_index_is_deleted(self) -> None:
        shutil.rmtree(self.path / "cache", ignore_errors=True)

    @rule()
    def another_process_reads(self) -> None:
        LocalStore(self.path).runs()

    @rule()
    def the_store_is_opened_anew(self) -> None:
        self.store.close()
        self.store = LocalStore(self.path)

    @rule(key=KEYS, value=st.text(max_size=3))
    def a_clone_is_written_and_merged(self, key: str, value: str) -> None:
        if self.path.exists():
            clone = self.top / f"clone {next(self.marks)}"
            shutil.copytree(self.path, clone)
            elsewhere = LocalStore(clone)
            run = new_run_id()
            writer = elsewhere.begin(run, {"name": "cloned"})
            writer.append("params", {key: value})
            writer.close("finished", 1.0)
            elsewhere.annotate(run, "tags", {key: value})
            elsewhere.close()
            merge(clone, self.path)
            self.model[run] = blank("cloned", "finished") | {"params": {key: value}, "tags": {key: value}}

    @rule()
    def the_house_is_kept(self) -> None:
        """Sealed runs are packed. Deleted ones stay: that gc removes them is for its own tests."""
        if self.path.exists():
            self.days += 1
            try:
                keep_house(self.path, self.days)
            except NbtrackError as error:
                assert "may be writing" in str(error) or "lock" in str(error), error

    @invariant()
    def the_store_says_what_the_model_says(self) -> None:
        found = {run["id"]: seen(self.store, run) for run in self.store.runs().everything}
        assert found == {run: said(known) for run, known in self.model.items()}

    def teardown(self) -> None:
        for writer in self.writers.values():
            writer.close("finished", 1.0)
        self.store.close()
        catalogue._SAVE = self.saves
        try:
            assert checks.index_and_replay(self.path) == []
        finally:
            KEEPER.stop()
            shutil.rmtree(self.top)


def blank(name: str, status: str) -> dict[str, Any]:
    return {"name": name, "status": status, "params": {}, "tags": {}, "points": [], "deleted": False}


def said(known: dict[str, Any]) -> dict[str, Any]:
    placed = sorted(enumerate(known["points"]), key=lambda each: (each[1][0], each[0]))
    return known | {"points": [point for _, point in placed], "whole": True}


def seen(store: LocalStore, run: Any) -> dict[str, Any]:
    history = store.points(run["id"], "loss") if "loss" in run["curves"] else None
    points = list(zip(history.steps, history.values, strict=True)) if history else []
    members = ("name", "status", "params", "tags", "deleted")
    return {member: run[member] for member in members} | {"points": points, "whole": run["health"]["ok"]}


def merge(source: Path, target: Path) -> None:
    """Copy what the other has more of, as rsync does; what lies in ``cache``, ``tmp`` and ``live`` stays at home."""
    for name in ("runs", "meta", "packs"):
        for path in (source / name).rglob("*"):
            copy = target / path.relative_to(source)
            if path.is_file() and (not copy.exists() or copy.stat().st_size < path.stat().st_size):
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, copy)


class LongStoreMachine(StoreMachine):
    """The same, more often and for longer."""


common = {"deadline": None, "suppress_health_check": list(HealthCheck)}
TestRandomLives = StoreMachine.TestCase
TestRandomLives.settings = settings(max_examples=12, stateful_step_count=20, derandomize=True, **common)  # type: ignore[arg-type]  # a dict of several kinds
TestManyRandomLives = pytest.mark.slow(LongStoreMachine.TestCase)
TestManyRandomLives.settings = settings(max_examples=60, stateful_step_count=40, **common)  # type: ignore[arg-type]  # as above
