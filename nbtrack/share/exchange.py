"""One way of an exchange: what one side has and the other lacks, objects before the records that name them.

1. Two listings tell which files may be new (``plan``).
2. Changes are read, so that a run that was deleted on either side is not brought back.
3. Objects that the changes name, then the changes; then, some runs at a time, their objects, then their records.
4. Objects that are still lacking: those of runs that came without them, or that somebody removed.

Whatever ends it, everything that arrived is whole and stays; the next time goes on from there.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from nbtrack.errors import NewerFormat, ObjectMissing, RemoteError, RunNotFound, StoreError, Untrusted
from nbtrack.model import event
from nbtrack.share.holder import Content, Holder, Offer, deleted_runs
from nbtrack.share.naming_objects import called
from nbtrack.share.plan import Plan, plan
from nbtrack.share.remote import Remote
from nbtrack.share.retrying import Asking
from nbtrack.share.seen import Seen
from nbtrack.share.stored import StoreHolder
from nbtrack.share.transferred import Direction, Left, Transferred, size_text
from nbtrack.share.wanted import wanted_by
from nbtrack.share.whose import owners_text, whose
from nbtrack.share.wishes import Step, Wishes
from nbtrack.store.exchange.naming import Changes, Kept, placed
from nbtrack.store.housekeeping.trash import Trash
from nbtrack.store.lines.record import decode

_BATCH: Final = 64  # runs that are looked into together
_TOLD: Final = 100  # of what was left, how much is told one by one
_LARGE: Final = 64 << 20  # bytes; room for more than that is asked for before it is tried
_OBJECT: Final = "object "  # before its name, where it is told
_ROUNDS: Final = 4  # lists of objects that list objects
_BAD = (Untrusted, ObjectMissing, NewerFormat, RunNotFound)  # wrong with one item, not with the remote or the disk


class Exchange:
    """One way of an exchange, once.

    Args:
        way: push or pull, for words and for what is remembered.
        local: this store.
        other: the other side.
        asking: the requests to it.
        wishes: how.
        seen: what is remembered of it.
    """

    def __init__(
        self, way: Direction, local: StoreHolder, other: Holder, asking: Asking, wishes: Wishes, seen: Seen
    ) -> None:
        self._way: Direction = way
        self._local = local
        self._source: Holder = local if way == "push" else other
        self._target: Holder = other if way == "push" else local
        self._asking = asking
        self._wishes = wishes
        self._seen = seen
        self._there: dict[str, int] = {}
        self._left: list[Left] = []
        self._lock = threading.Lock()
        self._counted = {"files": 0, "objects": 0, "size": 0, "done": 0, "all": 0}
        self._runs: list[str] = []
        self._failed: set[str] = set()
        self._sent: list[tuple[str, Content]] = []

    def plan(self) -> Plan:
        """Return what is to be looked at, from the listings alone."""
        return plan(self._way, self._source.records(), self._target.records(), self._seen, self._wishes)

    def carry_out(self, asked: Plan) -> Transferred:
        """Do it, or with ``dry_run`` tell what would be done.

        Raises:
            NbtrackError: it cannot go on; what arrived stays.
            KeyboardInterrupt: likewise.
        """
        if not self._wishes.dry_run:
            self._target.prepare()
        pool = ThreadPoolExecutor(self._wishes.jobs, thread_name_prefix=f"nbtrack-{self._way}")
        try:
            self._there = dict(self._target.objects())
            self._go(asked, pool)
        except BaseException:
            self._asking.stop()
            raise
        finally:
            pool.shutdown(cancel_futures=True)
        return self._result()

    def _go(self, asked: Plan, pool: ThreadPoolExecutor) -> None:
        source = self._source.records()
        changes = self._source.offer_changes(asked.changes, self._wishes.runs) if asked.changes else Offer({})
        deleted = deleted_runs(
            [*self._source.deletions(), *self._target.deletions(), *_deletions(changes.files.values())]
        )
        asked = asked.without(deleted)
        self._expect(len(changes.files) + sum(map(len, asked.runs.values())))
        self._objects(pool, changes.objects)
        self._each(pool, self._change, self._new_changes(changes))
        for batch in _batches(asked.runs.items(), _BATCH):
            offers = list(zip(batch, self._each(pool, self._offer, batch), strict=True))
            self._objects(pool, {name for _, offer in offers if offer for name in offer.objects})
            self._each(pool, self._run, [(run_id, offer) for (run_id, _), offer in offers if offer])
        if self._wishes.objects:
            self._heal(pool, deleted)
        if not self._wishes.dry_run:
            self._verify(pool)
            whole = asked.changes if self._wishes.runs is None else ()  # of chosen runs, only a part of each went
            self._settle(source, [*whole, *(place for places in asked.runs.values() for place in places)])

    # Records

    def _new_changes(self, offer: Offer) -> list[tuple[str, Content]]:
        """Return the files of changes that the target has not got as they are."""
        there = self._target.records()
        return [(at, each) for at, each in offer.files.items() if at not in there or there[at].size != each.size]

    def _change(self, item: tuple[str, Content]) -> None:
        place, content = item
        at = placed(place)
        assert isinstance(at, Changes)  # noqa: S101 - the plan sorted them
        if self._is_refused(place, content) or self._wishes.dry_run:
            self._count("files", content.size)
            return
        added: list[bool] = []
        if self._try(place, lambda: added.append(self._target.add_changes(at, content))) and any(added):
            self._count("files", content.size, (place, content))

    def _offer(self, item: tuple[str, Collection[str]]) -> Offer | None:
        run_id, places = item
        found: list[Offer] = []

        def look() -> None:
            with suppress(RunNotFound):  # it went to the trash since it was listed
                found.append(self._source.offer(run_id, places))

        self._try(run_id, look)
        for each in found:
            for flaw in each.flaws:
                self._leave(run_id, flaw)
        return found[0] if found else None

    def _run(self, item: tuple[str, Offer]) -> None:
        run_id, offer = item
        files = {at: each for at, each in offer.files.items() if not self._is_refused(at, each)}
        if not files:
            return
        added = [frozenset(files)] if self._wishes.dry_run else []
        if not added and not self._try(run_id, lambda: added.append(self._target.add_run(run_id, files))):
            self._failed.update(files)
            return
        new = {at: files[at] for at in files if at in added[0]}
        if new:
            with self._lock:
                self._runs.append(run_id)
        for at, content in new.items():
            self._count("files", content.size, (at, content))

    # Objects

    def _objects(self, pool: ThreadPoolExecutor, names: Iterable[str]) -> None:
        if not self._wishes.objects:
            return
        here = self._source.objects()
        lacking = sorted(name for name in names if name in here and self._there.get(name) != here[name])
        self._expect(len(lacking))
        self._each(pool, self._object, lacking)

    def _object(self, name: str) -> None:
        def send() -> None:
            content = self._source.object_content(name)
            if not self._is_refused(f"{_OBJECT}{name}", content):
                if not self._wishes.dry_run:
                    self._target.add_object(name, content)
                self._count("objects", content.size, (Kept(name).place, content))

        if self._try(f"{_OBJECT}{name}", send):
            self._there[name] = self._source.objects()[name]

    def _heal(self, pool: ThreadPoolExecutor, deleted: frozenset[str]) -> None:
        """Bring the objects that the target lacks and some run of it, not deleted, mentions."""
        for _ in range(_ROUNDS):
            here = self._source.objects()
            lacking = {name for name, size in here.items() if self._there.get(name) != size}
            if not lacking or (self._wishes.runs is None and self._seen.is_unwanted(self._way, lacking, deleted)):
                return
            wanted = self._wanted(lacking, deleted)
            before = len(self._left)
            self._objects(pool, wanted)
            if not wanted or self._wishes.dry_run or len(self._left) > before:
                break
        if self._wishes.runs is None and not self._left and not self._wishes.dry_run:
            still = {name for name, size in self._source.objects().items() if self._there.get(name) != size}
            self._seen.unwanted(self._way, still, deleted)

    def _wanted(self, lacking: set[str], deleted: frozenset[str]) -> set[str]:
        sizes = dict.fromkeys(lacking, 0)
        found = called(wanted_by(self._local.store.path, self._wishes.runs, deleted), sizes)
        if self._way == "pull" and not self._wishes.forced:
            batches = Trash(self._local.store.path).batches()
            collected = {item.digest for batch in batches for item in batch.items}
            found = {name for name in found if name.rpartition(":")[2] not in collected}
        return found

    # Afterwards

    def _verify(self, pool: ThreadPoolExecutor) -> None:
        """Read back what was sent, where that was asked for. A store's folder checks what it takes in any case."""
        if self._wishes.verify and isinstance(self._target, Remote):
            self._each(pool, self._read_back, self._sent)

    def _read_back(self, item: tuple[str, Content]) -> None:
        at, content = item
        assert isinstance(self._target, Remote)  # noqa: S101 - only then
        if not self._target.verify(at, content):
            raise RemoteError(f"{self._asking.address}: {at} is there with other bytes than were sent; push again")

    def _settle(self, source: Any, places: Iterable[str]) -> None:
        there = self._target.records()
        for place in places:
            is_busy = isinstance(self._target, StoreHolder) and place in self._target.busy
            if not is_busy and place not in self._failed and place in source:
                self._seen.settle(self._way, place, source[place], there.get(place))

    def _result(self) -> Transferred:
        left = self._named(dict.fromkeys(self._left))  # what was tried twice is told once
        if isinstance(self._source, Remote):
            for folder, count in sorted(self._source.oddities.items()):
                left.append(Left(f"{folder or 'the remote'}/", f"{count:,} names that no store has were passed over"))
        return Transferred(
            self._way,
            str(self._asking.address),
            tuple(sorted(set(self._runs))),
            self._counted["files"],
            self._counted["objects"],
            self._counted["size"],
            tuple(left[:_TOLD]) + ((Left("more", f"{len(left) - _TOLD:,}"),) if len(left) > _TOLD else ()),
            dict(self._asking.requests),
            self._wishes.dry_run,
        )

    def _named(self, left: Iterable[Left]) -> list[Left]:
        """Say of objects that were left what runs call them: a hash tells a person nothing."""
        objects = {each.what: each.what.removeprefix(_OBJECT) for each in left if each.what.startswith(_OBJECT)}
        owners = whose(self._local.store, objects.values())
        return [
            replace(each, of=owners_text(owners[objects[each.what]])) if each.what in objects else each for each in left
        ]

    # Keeping count

    def _each(self, pool: ThreadPoolExecutor, work: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        """Do something for all items, some at once, and return what came of each; the first failure ends it."""
        under_way: list[Future[Any]] = [pool.submit(work, item) for item in items]
        done, waiting = wait(under_way, return_when=FIRST_EXCEPTION)
        if waiting or any(each.exception() is not None for each in done):
            for each in waiting:
                each.cancel()
            self._asking.stop()
            raise next(problem for each in done if (problem := each.exception()) is not None)
        return [each.result() for each in under_way]

    def _try(self, what: str, work: Callable[[], object]) -> bool:
        """Do something with one item; what is wrong with the item is told, and the rest goes on."""
        self._asking.check()
        try:
            work()
        except (Untrusted, RunNotFound, StoreError) as problem:
            if not isinstance(problem, _BAD) and type(problem) is not StoreError:
                raise
            self._leave(what, str(problem))
            self._failed.add(what)
            return False
        return True

    def _leave(self, what: str, why: str) -> None:
        with self._lock:
            self._left.append(Left(what, why))

    def _is_refused(self, what: str, content: Content) -> bool:
        """Leave what the disk has no room for: a remote may claim that anything is of any size."""
        if content.size < _LARGE or not isinstance(self._target, StoreHolder) or self._target.has_room(content.size):
            return False
        self._leave(what, f"the disk has no room for its {size_text(content.size)}")
        self._failed.add(what)
        return True

    def _expect(self, count: int) -> None:
        with self._lock:
            self._counted["all"] += count

    def _count(self, kind: str, size: int, sent: tuple[str, Content] | None = None) -> None:
        with self._lock:
            self._counted[kind] += 1
            self._counted["size"] += size
            self._counted["done"] += 1
            if sent is not None and self._wishes.verify:
                self._sent.append(sent)
            step = Step(self._counted["done"], max(self._counted["all"], self._counted["done"]), self._counted["size"])
        if self._wishes.progress is not None:
            self._wishes.progress(step)


def _deletions(contents: Iterable[Content]) -> list[dict[str, Any]]:
    """Return the records in files of changes that say which runs were deleted or restored."""
    found = []
    for content in contents:
        for line in _lines(content.chunks()):
            if b'"delete"' in line:
                state, record = decode(line)
                if state != "damaged" and record.get("k") == event.DELETE:
                    found.append(record)
    return found


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    tail = b""
    for chunk in chunks:
        *whole, tail = (tail + chunk).split(b"\n")
        yield from whole


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
