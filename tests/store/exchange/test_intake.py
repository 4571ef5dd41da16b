"""Taking files of another store in: nothing is lost, nothing is half seen, and a second time changes nothing."""

import errno
import shutil
from binascii import crc32
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from faults import Faulty

import nbtrack
from nbtrack.errors import NewerFormat, StoreError, StoreFull, Untrusted
from nbtrack.hosts.cli import run_line
from nbtrack.model import event
from nbtrack.store.check.fsck import fsck
from nbtrack.store.exchange import intake as taking_in
from nbtrack.store.exchange.holdings import holdings
from nbtrack.store.exchange.intake import Intake
from nbtrack.store.exchange.naming import Changes, Kept, Segment
from nbtrack.store.lines.condense import condense
from nbtrack.store.lines.record import encode
from nbtrack.store.local import LocalStore
from nbtrack.store.runs.live import Live, Marker
from nbtrack.store.system.disk import replaced
from tests.share.bundles import UNFLUSHED, a_run, a_store

RUN = "20261121t101530-7k3m9q2x"
WRITER = "9f2c1ab47d03"
EVENTS = f"ev-{WRITER}-0.jsonl"


@pytest.fixture(autouse=True)
def _unflushed() -> Iterator[None]:
    with replaced(UNFLUSHED):
        yield


@pytest.fixture
def here(tmp_path: Path) -> LocalStore:
    return a_store(tmp_path / "here")


@pytest.fixture
def there(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "there")


def take_all(source: LocalStore, into: LocalStore) -> list[str]:
    """Take everything a store has, and return what became of it."""
    found = holdings(source)
    with Intake(into) as intake:
        for run in found.runs():
            for name in run.objects:
                item = found.object(name)
                intake.object(name, item.size, item.chunks())
            intake.run(run.id, {item.at.name: item.chunks() for item in run.segments})
        for item in found.changes:
            assert isinstance(item.at, Changes)
            intake.changes(item.at, item.chunks())
        intake.commit()
        return [each.outcome for each in intake.taken]


def files(store: LocalStore) -> dict[str, bytes]:
    return {item.place: item.content() for item in holdings(store).items()}


def answers(store: LocalStore) -> list[str]:
    return sorted(repr(document) for document in store.runs().everything)


def segment(*records: Mapping[str, Any], run: str = RUN, writer: str = WRITER) -> bytes:
    head: dict[str, Any] = {"k": "head", "fmt": 1, "min_reader": 1, "run": run, "w": writer, "seg": 0}
    return b"".join(
        encode({**record, "w": writer, "n": n, "l": n} if n else record) for n, record in enumerate([head, *records])
    )


START: Mapping[str, Any] = {"k": "run.start", "v": {"name": "n", "experiment": "x", "started": 1}}


def took(store: LocalStore, content: bytes, name: str = EVENTS) -> str:
    with Intake(store) as intake:
        intake.segment(Segment(RUN, name), [content])
        intake.commit()
        return intake.taken[-1].outcome


def note(text: str) -> dict[str, Any]:
    return {"k": "note", "v": text}


def test_everything_arrives_as_it_was(here: LocalStore, there: LocalStore) -> None:
    assert set(take_all(here, there)) == {"new"}
    assert files(there) == files(here)
    assert answers(there) == answers(here)
    assert fsck(there, data=True).ok


def test_a_second_time_changes_nothing(here: LocalStore, there: LocalStore) -> None:
    take_all(here, there)
    before = {path: path.stat().st_mtime_ns for path in sorted((there.path / "runs").rglob("*"))}
    assert set(take_all(here, there)) == {"known"}
    assert {path: path.stat().st_mtime_ns for path in sorted((there.path / "runs").rglob("*"))} == before
    assert not [*(there.path / "tmp").iterdir()]


def test_nothing_is_seen_before_it_is_committed(here: LocalStore, there: LocalStore) -> None:
    found = holdings(here)
    with Intake(there) as intake:
        run = next(found.runs())
        intake.run(run.id, {item.at.name: item.chunks() for item in run.segments})
        assert not len(there.runs())
    assert not len(there.runs())
    assert not [*(there.path / "tmp").iterdir()]


def test_a_run_that_is_packed_here_is_known(here: LocalStore, there: LocalStore) -> None:
    take_all(here, there)
    assert run_line("pack --older-than 0s", there) == 0
    assert set(take_all(here, there)) == {"known"}
    assert not [*(there.path / "runs").rglob("*.jsonl")]


def test_a_block_is_known_where_its_lines_are_and_the_other_way_round(tmp_path: Path, there: LocalStore) -> None:
    here = LocalStore(tmp_path / "here")
    a_run(here, "long", steps=200)
    shutil.copytree(here.path, tmp_path / "lines")
    (points,) = here.path.rglob("mx-*")
    block = b"".join(condense([points.read_bytes()]))
    points.with_name(points.name.replace("mx", "mb")).with_suffix(".block").write_bytes(block)
    points.unlink()
    take_all(LocalStore(tmp_path / "lines"), there)
    assert set(take_all(here, there)) == {"known"}
    other = LocalStore(tmp_path / "other")
    take_all(here, other)
    assert set(take_all(LocalStore(tmp_path / "lines"), other)) == {"known"}


def test_what_continues_a_file_takes_its_place(there: LocalStore) -> None:
    short, long = segment(START), segment(START, note("more"))
    assert [took(there, content) for content in (short, long, short, long)] == ["new", "longer", "known", "known"]
    assert files(there) == {Segment(RUN, EVENTS).place: long}
    assert there.read(RUN)["note"] == "more"


def test_a_torn_end_here_is_continued_too(there: LocalStore) -> None:
    took(there, segment(START))
    path = there.path / Segment(RUN, EVENTS).place
    path.write_bytes(path.read_bytes() + b'{"k":"no')
    assert took(there, segment(START, note("more"))) == "longer"
    assert path.read_bytes() == segment(START, note("more"))


def test_what_says_something_else_stands_beside_and_is_told(there: LocalStore) -> None:
    one, two = segment(START, note("one")), segment(START, note("two"))
    assert [took(there, content) for content in (one, two, one, two)] == ["new", "beside", "known", "known"]
    assert there.path.joinpath(Segment(RUN, EVENTS).place).read_bytes() == one
    assert sorted(files(there).values()) == sorted([one, two])
    assert [finding.kind for finding in fsck(there).wrong] == ["divergent"]


def test_two_stores_that_take_from_each_other_end_up_the_same(tmp_path: Path) -> None:
    one, two = LocalStore(tmp_path / "one"), LocalStore(tmp_path / "two")
    took(one, segment(START, note("one")))
    took(two, segment(START, note("two")))
    take_all(one, two)
    take_all(two, one)
    take_all(one, two)
    assert set(take_all(one, two)) == set(take_all(two, one)) == {"known"}
    assert answers(one) == answers(two)


def test_of_two_that_lengthen_a_file_at_once_the_longer_one_wins(
    there: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    short, long, longest = segment(START), segment(START, note("a")), segment(START, note("a"), note("b"))
    took(there, short)

    def overtake(path: Path, target: Path) -> None:
        monkeypatch.undo()
        assert took(there, longest) == "longer"
        path.rename(target)

    monkeypatch.setattr(taking_in, "rename", overtake)
    took(there, long)
    assert there.path.joinpath(Segment(RUN, EVENTS).place).read_bytes() == longest
    assert there.read(RUN)["note"] == "b"
    assert fsck(there).ok


def test_many_may_take_into_one_store_at_once(here: LocalStore, there: LocalStore) -> None:
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(take_all, here, LocalStore(there.path)) for _ in range(4)]:
            done.result()
    assert files(there) == files(here)
    assert answers(there) == answers(here)


def test_a_file_that_is_being_written_here_is_left_alone(there: LocalStore) -> None:
    took(there, segment(START))
    Live(there.path).mark(Marker(RUN, WRITER))
    assert took(there, segment(START, note("more"))) == "busy"
    assert files(there) == {Segment(RUN, EVENTS).place: segment(START)}


def test_the_table_of_runs_learns_of_what_a_settled_run_gained(here: LocalStore, there: LocalStore) -> None:
    take_all(here, there)
    assert len(there.runs()) == 4
    run_id = holdings(here).run_ids[0]
    other = segment({"k": "note", "v": "by a child", "l": 99}, run=run_id, writer="00000000000a")
    with Intake(there) as intake:
        intake.segment(Segment(run_id, "ev-00000000000a-0.jsonl"), [other])
        intake.commit()
    assert LocalStore(there.path).runs().find(run_id)["note"] == LocalStore(there.path).read(run_id)["note"]


def test_notes_of_both_sides_merge_and_the_later_one_counts(here: LocalStore, there: LocalStore) -> None:
    run_id = holdings(here).run_ids[1]
    take_all(here, there)
    here.annotate(run_id, event.NOTE, "first")
    take_all(here, there)
    there.annotate(run_id, event.NOTE, "second")
    take_all(there, here)
    assert {store.read(run_id)["note"] for store in (here, there)} == {"second"}
    assert {nbtrack.run(run_id, store=store).note for store in (here, there)} == {"second"}


def test_a_deletion_arrives_and_stays(here: LocalStore, there: LocalStore) -> None:
    take_all(here, there)
    run_id = holdings(here).run_ids[0]
    there.annotate(run_id, event.DELETE, value=True)
    take_all(here, there)
    take_all(there, here)
    assert {run_id in {run.id for run in nbtrack.runs(store=store)} for store in (here, there)} == {False}


BAD: dict[str, tuple[Callable[[Intake], None], type[Exception]]] = {
    "an object with other bytes": (lambda intake: intake.object("0a" * 32, 1, [b"x"]), Untrusted),
    "an object with more bytes": (lambda intake: intake.object("0a" * 32, 1, [b"xy"]), Untrusted),
    "no name of an object": (lambda intake: intake.object("../" * 20, 1, [b"x"]), Untrusted),
    "no run": (lambda intake: intake.run("../evil", {EVENTS: [b"x"]}), Untrusted),
    "no file": (lambda intake: intake.run(RUN, {"../evil": [b"x"]}), Untrusted),
    "no records": (lambda intake: intake.run(RUN, {EVENTS: [b""]}), Untrusted),
    "another run": (lambda intake: intake.run(RUN, {EVENTS: [segment(START, run=RUN[:-1] + "0")]}), Untrusted),
    "another writer": (lambda intake: intake.run(RUN, {EVENTS: [segment(START, writer="0" * 12)]}), Untrusted),
    "a newer format": (
        lambda intake: intake.run(
            RUN, {EVENTS: [encode({"k": "head", "fmt": 9, "min_reader": 9, "run": RUN, "w": WRITER})]}
        ),
        NewerFormat,
    ),
    "no month": (lambda intake: intake.changes(Changes("../..", f"{WRITER}-0.jsonl"), [b"x"]), Untrusted),
    "no changes": (lambda intake: intake.changes(Changes("2026-11", f"{WRITER}-0.jsonl"), [b"x\n"]), Untrusted),
    "a damaged block": (
        lambda intake: intake.run(RUN, {f"mb-{WRITER}-0.block": [b"nbtrack\0block 1\n{}\n"]}),
        Untrusted,
    ),
    "a block by its name": (lambda intake: intake.run(RUN, {f"mb-{WRITER}-0.block": [segment(START)]}), Untrusted),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_not_what_it_says_is_refused_and_leaves_nothing(what: str, there: LocalStore) -> None:
    take, error = BAD[what]
    with pytest.raises(error), Intake(there) as intake:
        take(intake)
    assert not [path for path in there.path.rglob("*") if path.is_file() and path.parent != there.path]


def test_a_block_whose_lines_would_fill_the_memory_is_refused(there: LocalStore) -> None:
    name = "x" * 700_000
    column = {"from": 0, "by": 1}
    zeros = bytes(8 * 60_000)
    values = {"as": "f8", "at": 0, "check": f"{crc32(zeros):08x}", "rows": 60_000}
    part = {"k": "mb", "w": WRITER, "rows": 60_000, "n": column, "s": column, "t": column, "sets": [[name]]}
    block = b"nbtrack\0block 1\n" + encode({**part, "v": {name[:5]: values}, "size": len(zeros)}) + zeros + b"\n"
    with pytest.raises(Untrusted), Intake(there) as intake:
        intake.run(RUN, {f"mb-{WRITER}-0.block": [block]})


@pytest.mark.parametrize("part", ["runs", "meta", "cas", "tmp"])
def test_nothing_is_written_through_a_link(part: str, here: LocalStore, there: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    there.path.mkdir()
    (there.path / part).symlink_to(tmp_path / "outside")
    with pytest.raises(StoreError, match="link"):
        take_all(here, there)
    assert not [*(tmp_path / "outside").iterdir()]


def test_whatever_call_fails_runs_are_whole_and_taking_again_finishes(tmp_path: Path) -> None:
    here = LocalStore(tmp_path / "here")
    here.annotate(a_run(here, "one"), event.NOTE, "noted")
    expected, at = files(here), 0
    while True:
        at += 1 if at < 8 else 3  # every call at first, then every third
        there = LocalStore(tmp_path / f"there{at}")
        faulty = Faulty(at, errno.ENOSPC, for_ever=True)
        try:
            with replaced(faulty.disk):
                take_all(here, there)
        except StoreError as error:
            assert isinstance(error, StoreFull)
        if not faulty.failed:
            break
        whole = [files(there).get(place) for place in expected] if there.path.joinpath("store.json").exists() else []
        assert {content for content in whole if content is not None} <= set(expected.values())
        for run_id in holdings(there).run_ids if whole else ():
            assert fsck_of(there, run_id) == []
        take_all(here, there)
        assert files(there) == expected
    assert at > 20


def fsck_of(store: LocalStore, run_id: str) -> list[str]:
    return [str(finding) for finding in fsck(store, data=True).wrong if finding.run == run_id]


def test_objects_are_private_and_read_only(here: LocalStore, there: LocalStore) -> None:
    take_all(here, there)
    name = holdings(there).run(holdings(there).run_ids[0]).objects[0]
    assert (there.path / Kept(name).place).stat().st_mode & 0o777 == 0o444
    (events, *_) = there.path.rglob("ev-*")
    assert events.stat().st_mode & 0o777 == 0o600
