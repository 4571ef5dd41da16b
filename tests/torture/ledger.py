"""Accounting: what a store was told, what it acknowledged, and which of its promises it has broken."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, NamedTuple

from nbtrack.errors import ObjectMissing, RunNotFound, StoreError
from nbtrack.model.document import RunDocument
from nbtrack.store.base import Store, Writer
from nbtrack.store.local import LocalStore

Kind = Literal["begun", "param", "point", "ended", "note", "object"]


class Fact(NamedTuple):
    """One thing a store was told. Keys are never used twice, so a fact is there or it is not."""

    kind: Kind
    run: str
    key: str
    value: Any


@dataclass
class Ledger:
    """What became of each fact, by the number of system calls made before."""

    tick: Callable[[], int] = lambda: 0
    told: dict[Fact, int] = field(default_factory=dict)
    flushed: dict[Fact, int] = field(default_factory=dict)
    synced: dict[Fact, int] = field(default_factory=dict)
    refused: dict[Fact, int] = field(default_factory=dict)
    doubtful: set[Fact] = field(default_factory=set)

    def attempt(self, fact: Fact, work: Callable[[], object], *, syncs: bool = False) -> bool:
        """Tell the store something and write down whether it said that it has it."""
        self.told.setdefault(fact, self.tick())  # the same bytes may be put twice
        try:
            work()
        except (OSError, StoreError) as error:
            if "may or may not" in str(error):
                self.doubtful.add(fact)
            else:
                self.refused[fact] = self.tick()
            return False
        self.refused.pop(fact, None)
        self.flushed.setdefault(fact, self.tick())
        if syncs:
            self.secure(fact.run)
            self.synced.setdefault(fact, self.tick())
        return True

    def secure(self, run: str) -> None:
        """Write down that everything said so far about a run was synced (facts of the meta log always are)."""
        for fact in self.flushed:
            if fact.run == run and fact.kind not in {"note", "object"}:
                self.synced.setdefault(fact, self.tick())


@dataclass
class Scribe:
    """Tells a store facts about one run, one call each."""

    store: Store
    ledger: Ledger
    run: str
    writer: Writer | None = None

    def begin(self, name: str) -> None:
        def work() -> None:
            self.writer = self.store.begin(self.run, {"name": name})

        self.ledger.attempt(Fact("begun", self.run, "name", name), work, syncs=True)

    def param(self, key: str, value: Any) -> None:
        if (writer := self.writer) is not None:
            self.ledger.attempt(Fact("param", self.run, key, value), lambda: writer.append("params", {key: value}))

    def point(self, step: int, value: float) -> None:
        if (writer := self.writer) is not None:
            self.ledger.attempt(Fact("point", self.run, str(step), value), lambda: writer.point({"loss": value}, step))

    def sync(self) -> None:
        if self.writer is not None:
            with suppress(OSError, StoreError):
                self.writer.sync()
                self.ledger.secure(self.run)

    def close(self) -> None:
        if (writer := self.writer) is not None:
            self.ledger.attempt(
                Fact("ended", self.run, "", "finished"), lambda: writer.close("finished", 1.0), syncs=True
            )

    def tag(self, key: str, value: str) -> None:
        fact = Fact("note", self.run, key, value)
        with suppress(RunNotFound):
            self.ledger.attempt(fact, lambda: self.store.annotate(self.run, "tags", {key: value}))
            if fact in self.ledger.flushed:
                self.ledger.synced.setdefault(fact, self.ledger.tick())

    def put(self, content: bytes | Path, known: bytes) -> None:
        fact = Fact("object", "", "", known)
        if self.ledger.attempt(fact, lambda: self.store.put(content)):
            self.ledger.synced.setdefault(fact, self.ledger.tick())

    def artifact(self, name: str, content: bytes) -> None:
        """Keep bytes that the run refers to: from the moment its record is there, nobody may collect them."""
        if (writer := self.writer) is not None:
            fact = Fact("object", "", "", content)
            self.ledger.told.setdefault(fact, self.ledger.tick())
            self.ledger.doubtful.add(fact)
            ref = {"name": name, "sha256": sha256(content).hexdigest(), "size": len(content), "media_type": "x/y"}
            with suppress(OSError, StoreError):
                self.store.put(content)
                writer.append("artifact", ref)
                self.ledger.flushed.setdefault(fact, self.ledger.tick())
                writer.sync()
                self.ledger.synced.setdefault(fact, self.ledger.tick())


Level = Literal["flushed", "synced"]


def violations(path: Path, ledger: Ledger, *, level: Level = "flushed", at: int = 1 << 60) -> list[str]:
    """Return how a store breaks its promises at a moment, as sentences; nothing when it keeps them.

    Args:
        path: the store's folder; it is opened anew, as the next process would.
        ledger: what the store was told.
        level: what must have survived: "flushed" after the death of a process, "synced" after a power loss.
        at: how many system calls had been made.
    """
    try:
        return list(_violations(LocalStore(path), ledger, level, at))
    except Exception as error:  # noqa: BLE001 - a reader never fails
        return [f"reading fails: {type(error).__name__}: {error}"]


def _violations(store: LocalStore, ledger: Ledger, level: Level, at: int) -> Iterator[str]:
    kept = ledger.flushed if level == "flushed" else ledger.synced
    owed = {fact for fact, moment in kept.items() if moment <= at}
    # The bytes of an object that was refused may be there: nothing refers to them.
    refused = {fact for fact, moment in ledger.refused.items() if moment <= at and fact.kind != "object"}
    possible = {fact for fact, moment in ledger.told.items() if moment <= at} - refused
    documents = {document["id"]: document for document in store.runs().documents}
    present: set[Fact] = set()
    for run, document in documents.items():
        present |= set(_facts(store, document))
        if store.read(run) != document:
            yield f"the table and the run {run} differ"
    present |= set(_objects(store, ledger))
    yield from (f"lost: {fact}" for fact in owed - present)
    yield from (f"{_why(fact, ledger)}: {fact}" for fact in present - possible)
    yield from _unreported(documents, owed, present, ledger, at)


def _why(fact: Fact, ledger: Ledger) -> str:
    return "present though the call raised" if fact in ledger.refused else "never told so"


def _facts(store: LocalStore, document: RunDocument) -> Iterator[Fact]:
    run = document["id"]
    if document["name"] != run.rpartition("-")[2][:6]:  # the name of a run whose start is lost
        yield Fact("begun", run, "name", document["name"])
    yield from (Fact("param", run, key, value) for key, value in document["params"].items())
    yield from (Fact("note", run, key, value) for key, value in document["tags"].items())
    if document["status"] == "finished":
        yield Fact("ended", run, "", "finished")
    if "loss" in document["curves"]:
        steps, values = store.points(run, "loss")[:2]
        yield from (Fact("point", run, str(step), value) for step, value in zip(steps, values, strict=True))


def _objects(store: LocalStore, ledger: Ledger) -> Iterator[Fact]:
    for fact in ledger.told:
        if fact.kind == "object":
            with suppress(ObjectMissing):
                content = store.get(sha256(fact.value).hexdigest())
                yield fact if content == fact.value else fact._replace(value=content)


def _unreported(
    documents: dict[str, RunDocument], owed: set[Fact], present: set[Fact], ledger: Ledger, at: int
) -> Iterator[str]:
    """A loss in the middle must show: events of a run are one sequence, so a later one betrays an earlier one's loss."""
    acknowledged = [fact for fact, moment in ledger.flushed.items() if moment <= at]
    for run, document in documents.items():
        mine = [fact in present for fact in acknowledged if fact.run == run and fact.kind in {"param", "point"}]
        if False in mine and True in mine[mine.index(False) :] and document["health"]["ok"]:
            yield f"a gap in {run} is not reported"
