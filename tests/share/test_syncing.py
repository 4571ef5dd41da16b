"""Pushing, pulling and syncing: what is new goes, what is the same costs a listing, what is wrong is told and left."""

import json
import shutil
import sys
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import fsspec
import pytest

import nbtrack
from nbtrack.errors import ObjectMissing, RemoteError, StoreError, UsageError
from nbtrack.hosts.cli import run_line
from nbtrack.model import event
from nbtrack.model.ids import new_run_id, short_id
from nbtrack.share.address import address_of
from nbtrack.share.outgoing import Outgoing
from nbtrack.share.pulling import pull
from nbtrack.share.pushing import push
from nbtrack.share.remotes import add, chosen, remotes, remove
from nbtrack.share.syncing import sync
from nbtrack.share.wishes import Step
from nbtrack.store.base import Store
from nbtrack.store.check.fsck import fsck
from nbtrack.store.housekeeping.maintenance import maintaining
from nbtrack.store.housekeeping.packing import Packer
from nbtrack.store.local import LocalStore
from tests.share.bundles import a_run, a_store

pytestmark = pytest.mark.slow

_NUMBERS = count()


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return a_store(tmp_path / "here" / ".nbtrack")


@pytest.fixture
def other(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "there" / ".nbtrack")


@pytest.fixture(params=["memory", "folder"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "shared") if request.param == "folder" else address()


def address() -> str:
    return f"memory://test-{next(_NUMBERS)}"


def ids(store: Store) -> list[str]:
    return sorted(run.id for run in nbtrack.runs(store=store))


def answers(store: Store) -> list[str]:
    return [repr(dict(run.document)) for run in nbtrack.runs(store=store)]


def files(url: str) -> dict[str, bytes]:
    """What lies at a memory address."""
    found = fsspec.filesystem("memory").store
    root = address_of(url).path + "/"
    return {name[len(root) :]: file.getvalue() for name, file in found.items() if name.startswith(root)}


def put(url: str, place: str, content: bytes) -> None:
    fsspec.filesystem("memory").pipe_file(f"{address_of(url).path}/{place}", content)


def pack(store: LocalStore) -> None:
    with maintaining(store.path, "pack") as lock:
        Packer(store.path, older_than=0, now=9e9).pack(lock)


# The same runs there


def test_what_is_pushed_is_pulled_elsewhere(store: LocalStore, other: LocalStore, url: str) -> None:
    assert len(push(url, store=store).runs) == 4
    pull(url, store=other)
    assert answers(other) == answers(store)
    for run in nbtrack.runs(store=other):
        for artifact in run.document["artifacts"]:
            assert other.get(artifact["sha256"])
    assert fsck(store=other).findings == fsck(store=store).findings


def test_a_folder_that_was_pushed_to_is_a_store(store: LocalStore, tmp_path: Path) -> None:
    push(tmp_path / "shared", store=store)
    assert answers(LocalStore(tmp_path / "shared")) == answers(store)


def test_a_copy_of_an_address_is_a_store(store: LocalStore, tmp_path: Path) -> None:
    url = address()
    push(url, store=store)
    for place, content in files(url).items():
        (tmp_path / "copy" / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "copy" / place).write_bytes(content)
    assert answers(LocalStore(tmp_path / "copy")) == answers(store)


def test_what_is_the_same_costs_a_listing(store: LocalStore, other: LocalStore) -> None:
    url = address()
    push(url, store=store)
    again = push(url, store=store)
    assert not again
    assert again.requests == {"get": 1, "list": 4}
    pull(url, store=other)
    assert pull(url, store=other).requests == {"get": 1, "list": 4}


def test_without_the_cache_nothing_is_sent_again(store: LocalStore, url: str) -> None:
    push(url, store=store)
    shutil.rmtree(store.path / "cache")
    assert not push(url, store=store)


def test_a_run_that_goes_on_is_pushed_again_as_a_longer_file(store: LocalStore, other: LocalStore, url: str) -> None:
    run_id = new_run_id()
    writer = store.begin(run_id, {"name": "long"})
    writer.point({"loss": 1.0}, 0)
    writer.sync()
    sync(url, store=store)
    pull(url, store=other)
    writer.point({"loss": 0.5}, 1)
    writer.close("finished", 1.0)
    went = push(url, store=store)
    came = pull(url, store=other)
    assert went.runs == came.runs == (run_id,)
    assert other.points(run_id, "loss") == store.points(run_id, "loss")
    assert answers(other) == answers(store)


def test_a_shorter_copy_takes_nothing_from_a_longer_one(store: LocalStore, other: LocalStore, url: str) -> None:
    run_id = new_run_id()
    writer = store.begin(run_id, {"name": "long"})
    writer.point({"loss": 1.0}, 0)
    writer.sync()
    push(url, store=store)
    pull(url, store=other)
    writer.point({"loss": 0.5}, 1)
    writer.close("finished", 1.0)
    push(url, store=store)
    assert not push(url, store=other)
    pull(url, store=other)
    assert answers(other) == answers(store)


def test_packing_sends_nothing_again_and_doubles_nothing(store: LocalStore, other: LocalStore, url: str) -> None:
    push(url, store=store)
    pull(url, store=other)
    pack(store)
    assert not push(url, store=store)
    pack(other)
    came, went = sync(url, store=other)
    assert not came
    assert not went
    assert answers(other) == answers(store)


def test_columns_are_sent_in_place_of_the_lines_that_came_before(
    store: LocalStore, other: LocalStore, url: str
) -> None:
    from nbtrack.store.writing.compaction import compact

    run_id = a_run(store, "long", steps=2000)
    push(url, store=store)
    pull(url, store=other)
    folder = store.path / "runs" / f"{run_id[:4]}-{run_id[4:6]}" / run_id
    compact(folder, least=0)
    assert list(folder.glob("mb-*"))
    push(url, store=store)
    pull(url, store=other)
    assert not push(url, store=other)
    assert not pull(url, store=store)
    assert answers(other) == answers(store)


def test_a_packed_store_that_was_copied_is_pulled(store: LocalStore, other: LocalStore) -> None:
    url = address()
    pack(store)
    for path in sorted(store.path.rglob("*")):
        place = path.relative_to(store.path).as_posix()
        if path.is_file() and not place.startswith(("cache/", "tmp/", "live/")):
            put(url, place, path.read_bytes())
    assert any(place.startswith("packs/") for place in files(url))
    pull(url, store=other)
    assert answers(other) == answers(store)
    assert not push(url, store=other)


def test_later_changes_go_along(store: LocalStore, other: LocalStore, url: str) -> None:
    push(url, store=store)
    pull(url, store=other)
    store.annotate(ids(store)[1], event.NOTE, "seen later")
    other.annotate(ids(other)[2], event.TAGS, {"mine": "1"})
    for each in (store, other, store):
        sync(url, store=each)
    assert answers(other) == answers(store)
    assert "seen later" in str(answers(other))
    assert "mine" in str(answers(store))


# Deleting


def test_a_deleted_run_stays_deleted_in_both_directions(store: LocalStore, other: LocalStore, url: str) -> None:
    push(url, store=store)
    pull(url, store=other)
    gone = ids(store)[0]
    nbtrack.delete_run(gone, store=store)
    sync(url, store=store)
    sync(url, store=other)
    assert gone not in ids(other)
    nbtrack.restore_run(gone, store=other)
    sync(url, store=other)
    sync(url, store=store)
    assert gone in ids(store)


def test_a_run_that_was_deleted_before_is_not_brought(store: LocalStore, other: LocalStore, url: str) -> None:
    push(url, store=store)
    gone = ids(store)[0]
    nbtrack.delete_run(gone, store=store)
    push(url, store=store)
    pull(url, store=other)
    assert not (other.path / "runs" / f"{gone[:4]}-{gone[4:6]}" / gone).exists()
    assert gone not in ids(other)


def test_nothing_there_is_ever_removed(store: LocalStore) -> None:
    url = address()
    push(url, store=store)
    before = files(url)
    for run_id in ids(store):
        nbtrack.delete_run(run_id, store=store)
    shutil.rmtree(store.path / "cas")
    sync(url, store=store)
    after = files(url)
    assert all(after[place].startswith(content) for place, content in before.items())


# Choosing


def test_only_chosen_runs_go_with_only_their_changes(store: LocalStore, url: str, other: LocalStore) -> None:
    first, *_ = ids(store)
    store.annotate(ids(store)[1], event.NOTE, "of another run")
    done = push(url, store=store, runs=first)
    assert done.runs == (first,)
    pull(url, store=other)
    assert ids(other) == [first]
    assert all("of another run" not in path.read_text() for path in other.path.glob("meta/*/*"))


def test_a_filter_is_asked_of_the_other_side(store: LocalStore, url: str, other: LocalStore) -> None:
    push(url, store=store)
    pull(url, store=other, runs="name = 'fit1'")
    assert [run.name for run in nbtrack.runs(store=other)] == ["fit1"]
    pull(url, store=other)
    assert answers(other) == answers(store)


def test_records_come_now_and_objects_later(store: LocalStore, url: str, other: LocalStore) -> None:
    push(url, store=store)
    done = pull(url, store=other, objects=False)
    assert done.objects == 0
    assert answers(other) == answers(store)
    one, *_ = ids(other)
    name = nbtrack.run(one, store=other).document["artifacts"][0]["sha256"]
    add(other, "default", url)
    with pytest.raises(ObjectMissing, match="nbtrack pull --objects"):
        other.get(name)
    assert pull(store=other, objects=one).objects == 1
    assert other.get(name)
    assert pull(url, store=other).objects == 3
    assert not pull(url, store=other)


def test_a_dry_run_tells_and_does_nothing(store: LocalStore, url: str, other: LocalStore) -> None:
    told = push(url, store=store, dry_run=True)
    assert told.dry_run
    assert (len(told.runs), told.objects) == (4, 4)
    assert not files(url) if url.startswith("memory") else not Path(url).exists()
    done = push(url, store=store)
    assert (done.files, done.objects, done.size) == (told.files, told.objects, told.size)
    assert len(pull(url, store=other, dry_run=True).runs) == 4
    assert not other.path.exists()


# What is wrong


def test_damaged_items_are_told_and_left_and_the_rest_is_taken(store: LocalStore, other: LocalStore) -> None:
    url = address()
    push(url, store=store)
    there = files(url)
    bad_run = next(place for place in sorted(there) if "/ev-" in place)
    bad_object = next(place for place in sorted(there) if place.startswith("cas/"))
    put(url, bad_run, there[bad_run].replace(b"fit", b"fat"))
    put(url, bad_object, b"x" * len(there[bad_object]))
    put(url, "runs/2026-11/../../../escaped", b"{}")
    put(url, "runs/2026-11/20261121t101530-7k3m9q2x/ev-../../x", b"{}")
    put(url, "cas/sha256/zz/nothing", b"{}")
    put(url, "meta/2026-11/9f2c1ab47d03-0.jsonl", b'{"k":"note"}\n')
    put(url, "packs/2026-11-0123456789abcdef.jsonl", b"no pack\n" * 99)
    done = pull(url, store=other)
    assert len(ids(other)) == 3
    assert len(done.runs) == 3
    told = " ".join(f"{each.what} {each.why}" for each in done.left)
    assert bad_run.split("/")[2] in told
    assert bad_object[-62:] in told
    assert "meta/2026-11/9f2c1ab47d03-0.jsonl" in told
    assert "names that no store has" in told
    assert not list(other.path.parent.parent.rglob("*escaped*"))
    assert {each.kind for each in fsck(store=other).findings} <= {"absent", "forgotten"}


def test_links_in_a_shared_folder_are_not_followed(store: LocalStore, other: LocalStore, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    push(shared, store=store)
    secret = tmp_path / "secret"
    secret.write_bytes(b'{"k":"head"}\n')
    folder = next((shared / "runs").glob("*/*"))
    (folder / "ev-9f2c1ab47d03-0.jsonl").symlink_to(secret)
    (shared / "meta" / "2026-11").mkdir(parents=True, exist_ok=True)
    (shared / "meta" / "2026-11" / "9f2c1ab47d03-0.jsonl").symlink_to(secret)
    name = "0a" * 31
    (shared / "cas" / "sha256" / "0a").mkdir(parents=True, exist_ok=True)
    (shared / "cas" / "sha256" / "0a" / name).symlink_to(secret)
    pull(shared, store=other)
    assert answers(other) == answers(store)
    assert not list(other.path.rglob("*9f2c1ab47d03*"))


def test_a_newer_store_is_refused(store: LocalStore, other: LocalStore) -> None:
    url = address()
    push(url, store=store)
    put(url, "store.json", json.dumps({"id": "x", "fmt": 9, "min_reader": 9, "min_writer": 9}).encode())
    with pytest.raises(StoreError, match="update nbtrack"):
        pull(url, store=other)
    with pytest.raises(StoreError, match="update nbtrack"):
        push(url, store=store)


def test_damaged_objects_are_not_sent(store: LocalStore) -> None:
    url = address()
    damaged = next(path for path in (store.path / "cas").rglob("*") if path.is_file())
    size = damaged.stat().st_size
    damaged.chmod(0o600)
    damaged.write_bytes(b"?" * size)
    done = push(url, store=store)
    assert not any(place.endswith(damaged.name) for place in files(url))
    assert len(done.runs) == 4
    assert any(damaged.name in each.what or damaged.name in each.why for each in done.left)


def test_a_place_without_a_store_says_so(other: LocalStore, url: str) -> None:
    with pytest.raises(StoreError, match="there is no store in"):
        pull(url, store=other)


def test_a_folder_of_other_things_is_left_alone(store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.tex").write_text("x")
    with pytest.raises(StoreError, match=r"thesis\.tex"):
        push(tmp_path / "home", store=store)
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["thesis.tex"]


def test_a_store_is_not_its_own_remote(store: LocalStore) -> None:
    with pytest.raises(UsageError, match="this store itself"):
        push(store.path, store=store)


def test_files_of_one_name_with_other_bytes_stand_beside_each_other(store: LocalStore, tmp_path: Path) -> None:
    """A cloned machine may give two writers one name: nothing of either is lost."""
    url, clone = address(), LocalStore(tmp_path / "clone" / ".nbtrack")
    run_id = new_run_id()
    writer = store.begin(run_id, {"name": "long"})
    writer.sync()
    shutil.copytree(store.path, clone.path)
    writer.append(event.PARAMS, {"mine": 1})
    writer.sync()
    folder = next((clone.path / "runs").glob(f"*/{run_id}"))
    path = next(folder.glob("ev-*"))
    from nbtrack.store.lines.record import encode

    record = {"k": "params", "v": {"theirs": 2}, "w": path.name[3:15], "n": 2, "l": 2, "t": 0}
    with path.open("ab") as file:
        file.write(encode(record))
    push(url, store=store)
    push(url, store=clone)
    sync(url, store=store)
    assert nbtrack.run(run_id, store=store).params == {"mine": 1, "theirs": 2}
    sync(url, store=clone)
    assert not any(sync(url, store=store))
    assert not any(sync(url, store=clone))


# Interruptions


class _Flaky:
    """A memory file system whose every write is refused from some moment on."""

    def __init__(self, after: int, error: Callable[[], BaseException]) -> None:
        self.left = after
        self._error = error
        self._lock = threading.Lock()
        self._real = fsspec.implementations.memory.MemoryFileSystem.pipe_file

    def __call__(self, files: Any, path: str, value: bytes, **named: Any) -> None:
        with self._lock:
            self.left -= 1
            if self.left < 0:
                raise self._error()
        self._real(files, path, value, **named)


@pytest.mark.parametrize("after", range(0, 16, 3))
def test_an_interrupted_push_leaves_only_what_is_whole_and_goes_on(
    after: int, store: LocalStore, other: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = address()
    with monkeypatch.context() as patch:
        flaky = _Flaky(after, lambda: PermissionError("no"))
        kind = fsspec.implementations.memory.MemoryFileSystem
        patch.setattr(kind, "pipe_file", lambda *args: flaky(*args))  # noqa: PLW0108 - a method
        with pytest.raises(RemoteError, match="access was refused"):
            push(url, store=store)
    if "store.json" in files(url):
        pull(url, store=other)
        for run in nbtrack.runs(store=other):
            for artifact in run.document["artifacts"]:
                assert other.get(artifact["sha256"]), "a record came before its object"
    push(url, store=store)
    pull(url, store=other)
    assert answers(other) == answers(store)


def test_what_fails_for_a_moment_is_tried_again(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbtrack.share.retrying._WAITS", (0.0, 0.0))
    url, kind = address(), fsspec.implementations.memory.MemoryFileSystem
    real, failed = kind.pipe_file, set[str]()

    def sometimes(self: Any, path: str, value: bytes, **named: Any) -> None:
        if path not in failed:
            failed.add(path)
            raise ConnectionResetError("peer")
        real(self, path, value, **named)

    monkeypatch.setattr(kind, "pipe_file", sometimes)
    assert len(push(url, store=store).runs) == 4


@pytest.mark.parametrize("spoiled", ["/ev-", "nothing"])
def test_what_was_sent_can_be_read_back(spoiled: str, store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    url, kind = address(), fsspec.implementations.memory.MemoryFileSystem
    real = kind.pipe_file

    def spoiling(self: Any, path: str, value: bytes, **named: Any) -> None:
        real(self, path, value[:-3] + b"???" if spoiled in path else value, **named)

    monkeypatch.setattr(kind, "pipe_file", spoiling)
    if spoiled == "/ev-":
        with pytest.raises(RemoteError, match="other bytes than were sent"):
            push(url, store=store, verify=True)
    else:
        assert push(url, store=store, verify=True)


def test_progress_is_told(store: LocalStore, url: str) -> None:
    steps: list[Step] = []
    push(url, store=store, progress=steps.append)
    assert steps[-1].done == steps[-1].all == len(steps)


# Addresses


@pytest.mark.parametrize(
    "text", ["s3://key:secret@bucket/x", "https://me:pw@example.org/x", "s3://bucket/x?token=abc", "s3://b/x#secret"]
)
def test_an_address_with_secrets_in_it_is_refused_without_repeating_them(text: str) -> None:
    with pytest.raises(UsageError, match=r"leave (it|them) out") as refused:
        address_of(text)
    assert not any(word in str(refused.value) for word in ("secret@", ":pw", "abc", "key:"))


@pytest.mark.parametrize("text", ["", "s3://", "s3://bucket/../other", "memory://"])
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        address_of(text)


def test_a_protocol_nobody_knows_is_told(store: LocalStore) -> None:
    with pytest.raises(RemoteError, match="no protocol that fsspec knows"):
        push("nonsense://bucket/x", store=store)


def test_a_missing_package_is_told_with_what_to_install(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any, **__: Any) -> Any:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec, "filesystem", missing)
    monkeypatch.setitem(sys.modules, "paramiko", None)  # which we import ourselves, and which may be here
    for scheme, extra in {"s3": "s3", "gcs": "gcs", "az": "azure", "sftp": "sftp"}.items():
        with pytest.raises(RemoteError, match=rf"pip install 'nbtrack\[{extra}\]'"):
            push(f"{scheme}://bucket/x", store=store)


def test_remotes_are_remembered_and_forgotten(store: LocalStore, tmp_path: Path) -> None:
    (store.path / "config.toml").write_text("# mine\nx = 1\n\n[other]\ny = 2\n")
    add(store, "team", "s3://bucket/team")
    assert str(chosen(store, None)) == "s3://bucket/team"
    add(store, "default", tmp_path / "shared")
    assert str(chosen(store, None)) == str(tmp_path / "shared")
    assert str(chosen(store, "team")) == "s3://bucket/team"
    assert "# mine\nx = 1\n\n[other]\ny = 2\n" in (store.path / "config.toml").read_text()
    remove(store, "default")
    remove(store, "team")
    assert remotes(store) == {}
    with pytest.raises(UsageError, match="nbtrack remote add"):
        push(store=store)
    with pytest.raises(UsageError, match="leave it out"):
        add(store, "team", "s3://key:secret@bucket")
    assert "secret" not in (store.path / "config.toml").read_text()


# Secrets


def test_what_looks_secret_leaves_only_when_somebody_agreed_and_is_asked_once(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbtrack.share.address.Address.leaves_machine", True)
    url, asked = address(), list[str]()
    secret = a_run(store, "leaky", artifact=b"password = 'hunter22'\n")

    def refuse(found: Outgoing, _: Any) -> bool:
        asked.append(str(found))
        return False

    def agree(found: Outgoing, _: Any) -> bool:
        asked.append(str(found))
        return True

    with pytest.raises(UsageError, match="nothing was sent"):
        push(url, store=store, agree=refuse)
    assert not any(place.startswith(("runs/", "cas/")) for place in files(url))
    assert short_id(secret) in asked[0]
    assert "hunter22" not in asked[0]
    push(url, store=store, agree=agree)
    assert len(asked) == 2
    for place in files(url):
        fsspec.filesystem("memory").rm_file(f"{address_of(url).path}/{place}")
    push(url, store=store, agree=refuse)
    assert len(asked) == 2


def test_an_address_that_came_with_a_store_is_asked_about_once(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbtrack.share.address.Address.leaves_machine", True)
    theirs, mine = address(), address()
    (store.path / "config.toml").write_text(f'[remotes]\ndefault = "{theirs}"\n')
    with pytest.raises(UsageError, match="never used from here"):
        push(store=store)
    assert files(theirs) == {}
    assert push(store=store, agree=True)
    assert not push(store=store)
    add(store, "default", mine)
    assert push(store=store), "who added it here has seen it"


def test_a_folder_is_not_asked_about(store: LocalStore, tmp_path: Path) -> None:
    a_run(store, "leaky", artifact=b"password = 'hunter22'\n")
    assert push(tmp_path / "shared", store=store)


# The terminal


def test_the_terminal_pushes_pulls_and_remembers(
    store: LocalStore, other: LocalStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = tmp_path / "shared"
    assert run_line(f"remote add default {shared}", store) == 0
    assert run_line("remote list", store) == 0
    assert run_line("push --dry-run", store) == 0
    assert run_line("push", store) == 0
    assert run_line("push", store) == 0
    told = capsys.readouterr().out
    assert "would push 4 runs" in told
    assert "pushed 4 runs" in told
    assert "is up to date" in told
    assert run_line(f"pull {shared} --json", other) == 0
    assert len(json.loads(capsys.readouterr().out)["runs"]) == 4
    assert run_line(f"sync {shared} --json", other) == 0
    assert json.loads(capsys.readouterr().out).keys() == {"pull", "push"}
    assert run_line("pull --objects x --no-objects", other) == 2
    assert run_line("push s3://a:b@c", store) == 2
    assert run_line("remote remove nothing", store) == 2
    assert "a:b" not in capsys.readouterr().err


def test_the_terminal_says_by_its_code_that_something_was_left(
    store: LocalStore, other: LocalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    url = address()
    push(url, store=store)
    put(url, "meta/2026-11/9f2c1ab47d03-0.jsonl", b"no record\n")
    assert run_line(f"pull {url}", other) == 1
    assert "left: meta/2026-11/9f2c1ab47d03-0.jsonl" in capsys.readouterr().err
    assert run_line("pull memory://nothing-here", other) == 3


@pytest.mark.parametrize(
    "text", ["simplecache::s3://u:hunter22@b/x", "zip://a::s3://u:hunter22@b", "s3:/b", "dir::file:///x"]
)
def test_what_is_nearly_an_address_makes_no_folder(text: str) -> None:
    with pytest.raises(UsageError, match="no address") as refused:
        address_of(text)
    assert "hunter22" not in str(refused.value)


def test_an_address_of_a_file_is_of_this_machine() -> None:
    assert (
        address_of("file://localhost/mnt/x").folder == address_of("file:///mnt/x").folder == address_of("/mnt/x").folder
    )
    with pytest.raises(UsageError, match="another machine") as refused:
        address_of("file://me:hunter22@host/x")
    assert "hunter22" not in str(refused.value)


@pytest.mark.parametrize("content", [b'{"min_reader": 1e999, "min_writer": 1}', b"[" * 4_000])
def test_a_store_that_says_nonsense_of_itself_is_told(store: LocalStore, content: bytes) -> None:
    url = address()
    put(url, "store.json", content)
    with pytest.raises(RemoteError, match="cannot be read"):
        pull(url, store=store)
