"""Any life of several stores and a place between them ends in the same runs, and nothing that was recorded is lost."""

import shutil
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from nbtrack.model import event
from nbtrack.model.ids import new_run_id
from nbtrack.share.pulling import pull
from nbtrack.share.pushing import push
from nbtrack.share.syncing import sync
from nbtrack.store.base import Writer
from nbtrack.store.check.fsck import fsck
from nbtrack.store.housekeeping.gc import Collector
from nbtrack.store.housekeeping.maintenance import maintaining
from nbtrack.store.housekeeping.packing import Packer
from nbtrack.store.local import LocalStore
from nbtrack.store.writing.compaction import compact

_MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
_NUMBERS = count()
WHO = st.integers(0, 2)
WHICH = st.integers(0, 9)


def _all_to_blocks(folder: Path) -> Any:
    return compact(folder, least=0)


class SharedLife(RuleBasedStateMachine):
    """Three people, each with a store, and a place that they push to and pull from."""

    kind = "memory"

    @initialize()
    def start(self) -> None:
        self.top = Path(tempfile.mkdtemp(prefix="nbtrack-sync-", dir=_MEMORY))
        self.stores = [LocalStore(self.top / f"{number}" / ".nbtrack") for number in range(3)]
        for number, store in enumerate(self.stores):
            self._record(store, f"first of {number}")
        self.remote = f"memory://sync-{next(_NUMBERS)}" if self.kind == "memory" else str(self.top / "shared")
        self.open: list[Writer] = []
        self.noted: dict[str, set[str]] = {}

    @rule(who=WHO)
    def record(self, who: int) -> None:
        self._record(self.stores[who], f"run of {who}")

    @rule(who=WHO)
    def begin(self, who: int) -> None:
        run_id = new_run_id()
        self.open.append(self.stores[who].begin(run_id, {"name": "long"}))

    @rule(which=WHICH, points=st.integers(1, 40))
    def log(self, which: int, points: int) -> None:
        if self.open:
            writer = self.open[which % len(self.open)]
            for step in range(points):
                writer.point({"loss": step / 7}, None)
            writer.append(event.PARAMS, {f"p{points}": points})
            writer.sync()

    @rule(which=WHICH)
    def end(self, which: int) -> None:
        if self.open:
            self.open.pop(which % len(self.open)).close("finished", 1.0)

    @rule(who=WHO, which=WHICH, value=st.integers(0, 99))
    def annotate(self, who: int, which: int, value: int) -> None:
        if run_id := self._some(who, which):
            self.stores[who].annotate(run_id, event.TAGS, {f"t{which}": str(value)})

    @rule(who=WHO, which=WHICH)
    def attach(self, who: int, which: int) -> None:
        """Add an artifact by the meta log, as what is found out later is."""
        if run_id := self._some(who, which):
            ref = self.stores[who].put(b"late %d" % which)
            self.stores[who].annotate(run_id, event.ARTIFACT, {"name": "late", **ref.members()})

    @rule(who=WHO, which=WHICH, back=st.booleans())
    def delete(self, who: int, which: int, *, back: bool) -> None:
        everything = list(self.stores[who].runs().everything)
        if everything:
            document = everything[which % len(everything)]
            if document["status"] != "running" and document["deleted"] == back:
                self.stores[who].annotate(document["id"], event.DELETE, not back)

    @rule(who=WHO)
    def pack(self, who: int) -> None:
        with maintaining(self.stores[who].path, "pack") as lock:
            Packer(self.stores[who].path, older_than=0, now=time.time() + 60, compact=_all_to_blocks).pack(lock)

    @rule(who=WHO)
    def collect(self, who: int) -> None:
        if self.open:
            return
        deleted = [each["id"] for each in self.stores[who].runs().everything if each["deleted"]]
        with maintaining(self.stores[who].path, "gc") as lock:
            Collector(self.stores[who].path, now=time.time() + 9 * 86_400, deleted=deleted).collect(lock)

    @rule(who=WHO)
    def push(self, who: int) -> None:
        assert not push(self.remote, store=self.stores[who]).left

    @rule(who=WHO)
    def pull(self, who: int) -> None:
        if any(self._is_pushed()):
            assert not pull(self.remote, store=self.stores[who]).left

    @rule(who=WHO, which=WHICH)
    def push_one(self, who: int, which: int) -> None:
        if run_id := self._some(who, which):
            assert not push(self.remote, store=self.stores[who], runs=run_id).left

    def teardown(self) -> None:
        if not hasattr(self, "stores"):
            return
        try:
            for writer in self.open:
                writer.close("finished", 1.0)
            self._converge()
        finally:
            for store in self.stores:
                store.close()
            shutil.rmtree(self.top)

    def _converge(self) -> None:
        known = {each["id"] for store in self.stores for each in store.runs().everything}
        for _ in range(2):
            for store in self.stores:
                sync(self.remote, store=store)
        answers = [self._answers(store) for store in self.stores]
        assert answers[0] == answers[1] == answers[2]
        deleted = {each["id"] for store in self.stores for each in store.runs().everything if each["deleted"]}
        assert known - deleted <= answers[0].keys()
        for store in self.stores:
            came, went = sync(self.remote, store=store)
            assert not came, "what is the same comes again"
            assert not went, "what is the same goes again"
            assert [each for each in fsck(store=store).findings if each.kind != "leftover"] == []
            for document in store.runs().documents:
                for each in document["artifacts"]:
                    assert store.get(each["sha256"])

    def _answers(self, store: LocalStore) -> dict[str, str]:
        told: dict[str, Any] = {each["id"]: dict(each) for each in LocalStore(store.path).runs().documents}
        return {run_id: repr(document) for run_id, document in told.items()}

    def _record(self, store: LocalStore, name: str) -> None:
        run_id = new_run_id()
        writer = store.begin(run_id, {"name": name})
        ref = store.put(run_id.encode())
        writer.append(event.ARTIFACT, {"name": "a", **ref.members()})
        writer.point({"loss": 0.5}, 0)
        writer.close("finished", 1.0)

    def _some(self, who: int, which: int) -> str | None:
        documents = list(self.stores[who].runs().documents)
        return documents[which % len(documents)]["id"] if documents else None

    def _is_pushed(self) -> Any:
        from nbtrack.share.address import address_of
        from nbtrack.share.opening import other_side
        from nbtrack.share.retrying import Asking

        address = address_of(self.remote)
        yield other_side(address, self.stores[0], Asking(address)).exists()


class SharedFolder(SharedLife):
    """The same with a folder in the middle."""

    kind = "folder"

    @rule()
    def pack_shared(self) -> None:
        if (Path(self.remote) / "store.json").exists():
            with maintaining(Path(self.remote), "pack") as lock:
                Packer(Path(self.remote), older_than=0, now=time.time() + 60, compact=_all_to_blocks).pack(lock)


_SETTINGS = settings(max_examples=12, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck))
TestSharedAddress = pytest.mark.slow(SharedLife.TestCase)
TestSharedAddress.settings = _SETTINGS
TestSharedFolder = pytest.mark.slow(SharedFolder.TestCase)
TestSharedFolder.settings = _SETTINGS
