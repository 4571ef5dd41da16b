"""What leaves in a bundle, byte for byte, and what comes back out of it."""

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import nbtrack
from nbtrack.errors import FileNotWritten, RunNotFound, StoreError, UsageError
from nbtrack.hosts.cli import run_line
from nbtrack.model import event
from nbtrack.share.archive_writing import ArchiveWriter
from nbtrack.share.bundle import Plan, bundle
from nbtrack.share.unbundling import import_bundle
from nbtrack.store.base import Store
from nbtrack.store.check.fsck import fsck
from nbtrack.store.exchange import holdings as holdings_module
from nbtrack.store.local import LocalStore
from nbtrack.store.system.disk import replaced
from tests.share.bundles import UNFLUSHED, a_run, a_store


@pytest.fixture(autouse=True)
def _unflushed() -> Iterator[None]:
    with replaced(UNFLUSHED):
        yield


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return a_store(tmp_path / "here")


def ids(store: Store) -> list[str]:
    return sorted(run.id for run in nbtrack.runs(store=store))


def answers(store: Store) -> list[str]:
    return [repr({**run.document, "health": None}) for run in nbtrack.runs(store=store)]


def test_the_same_runs_are_the_same_bytes(store: LocalStore, tmp_path: Path) -> None:
    first = bundle("", tmp_path / "a.zip", store=store)
    second = bundle(ids(store)[::-1], tmp_path / "b.zip", store=store)
    assert first.digest == second.digest == hashlib.sha256((tmp_path / "a.zip").read_bytes()).hexdigest()


def test_a_bundle_of_what_a_bundle_gave_is_the_same_bundle(store: LocalStore, tmp_path: Path) -> None:
    first = bundle("", tmp_path / "a.zip", store=store)
    import_bundle(tmp_path / "a.zip", store=tmp_path / "there")
    assert bundle("", tmp_path / "b.zip", store=tmp_path / "there").digest == first.digest


def test_packed_runs_make_the_same_bundle_as_loose_ones(store: LocalStore, tmp_path: Path) -> None:
    before = bundle("", tmp_path / "a.zip", store=store)
    assert run_line("pack --older-than 0s", store) == 0
    assert not [*store.path.glob("runs/*/*/ev-*")]
    assert bundle("", tmp_path / "b.zip", store=store).digest == before.digest


def test_any_zip_program_reads_it(store: LocalStore, tmp_path: Path) -> None:
    bundle("", tmp_path / "a.zip", store=store)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names == sorted(names)
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {each.external_attr >> 16 for each in archive.infolist()} == {0o100644}
    if shutil.which("unzip"):
        assert subprocess.run(["unzip", "-tqq", tmp_path / "a.zip"], check=False).returncode == 0


def test_an_unpacked_bundle_is_a_store_that_can_be_read(store: LocalStore, tmp_path: Path) -> None:
    bundle("", tmp_path / "a.zip", store=store)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        archive.extractall(tmp_path / "plain")
    assert answers(LocalStore(tmp_path / "plain")) == answers(store)


def test_it_names_no_path_of_this_machine(store: LocalStore, tmp_path: Path) -> None:
    bundle("", tmp_path / "a.zip", store=store)
    assert str(tmp_path).encode() not in (tmp_path / "a.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert not [name for name in archive.namelist() if name.startswith("/") or ".." in name]


def test_only_the_changes_of_the_chosen_runs_go_along(store: LocalStore, tmp_path: Path) -> None:
    first, second = ids(store)[:2]
    store.annotate(first, event.NOTE, "for all to see")
    store.annotate(second, event.NOTE, "between us")
    bundle([first], tmp_path / "a.zip", store=store)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    assert b"for all to see" in content
    assert b"between us" not in content
    assert second.encode() not in content


def test_objects_can_be_left_out_and_are_told(store: LocalStore, tmp_path: Path) -> None:
    none = bundle("", tmp_path / "none.zip", store=store, objects=False)
    assert (none.objects, {each.why for each in none.missing}) == (0, {"left out as asked"})
    few = bundle("", tmp_path / "few.zip", store=store, max_object=1000)
    assert {each.why for each in few.missing} == {"left out: larger than 1,000 bytes"}
    assert few.objects > 0
    imported = import_bundle(tmp_path / "few.zip", store=tmp_path / "there")
    assert imported.missing == few.missing


def test_an_object_that_is_gone_is_told_with_its_run(store: LocalStore, tmp_path: Path) -> None:
    victim = max((store.path / "cas").rglob("*"), key=lambda path: path.stat().st_size if path.is_file() else 0)
    victim.unlink()
    done = bundle("", tmp_path / "a.zip", store=store)
    assert {each.what for each in done.missing} == {victim.relative_to(store.path).as_posix()}


def damage(path: Path) -> None:
    size = path.stat().st_size
    path.chmod(0o600)
    path.write_bytes(b"x" * size)


def an_object(store: LocalStore, artifact: str) -> Path:
    """Return where an artifact's bytes lie."""
    found = next(each for run in nbtrack.runs(store=store) for each in run.artifacts if each.name == artifact)
    return next((store.path / "cas").rglob(found.sha256[2:]))


def test_a_damaged_object_stays_behind_and_the_rest_goes(store: LocalStore, tmp_path: Path) -> None:
    victim = an_object(store, "fit1.csv")
    damage(victim)
    done = bundle("", tmp_path / "a.zip", store=store)
    (lost,) = done.damaged
    (run,) = [run for run in nbtrack.runs(store=store) if run.name == "fit1"]
    place = victim.relative_to(store.path).as_posix()
    assert lost == (run.id, "fit1.csv", place, "damaged: its bytes have another hash")
    assert [(each.run, each.what) for each in done.missing] == [(run.id, place)]
    assert (len(done.runs), done.objects) == (4, 3)
    imported = import_bundle(tmp_path / "a.zip", store=tmp_path / "there")
    assert (len(imported.new), imported.objects, imported.missing) == (4, 3, done.missing)
    assert {path.name for path in (tmp_path / "there" / "cas").rglob("*") if path.is_file()} == {
        path.name for path in (store.path / "cas").rglob("*") if path.is_file() and path != victim
    }


def test_an_object_that_several_runs_share_is_told_with_each(store: LocalStore, tmp_path: Path) -> None:
    twins = {a_run(store, name, artifact=b"shared," * 999) for name in ("one", "two")}
    damage(an_object(store, "one.csv"))
    done = bundle("", tmp_path / "a.zip", store=store)
    assert {each.run for each in done.damaged} == twins
    assert {each.name for each in done.damaged} == {"one.csv", "two.csv"}


def test_an_object_that_the_disk_cannot_read_stays_behind(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim, opened = an_object(store, "fit0.csv"), holdings_module.open_to_read

    def failing(path: Path) -> int:
        if path == victim:
            raise OSError(errno.EIO, "Input/output error")
        return opened(path)

    monkeypatch.setattr(holdings_module, "open_to_read", failing)
    done = bundle("", tmp_path / "a.zip", store=store)
    assert [(each.name, each.why) for each in done.damaged] == [("fit0.csv", "cannot be read (Input/output error)")]
    assert len(import_bundle(tmp_path / "a.zip", store=tmp_path / "there").new) == 4


def test_a_file_that_is_there_stays(store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("mine")
    with pytest.raises(UsageError, match="--force"):
        bundle("", tmp_path / "a.zip", store=store)
    assert (tmp_path / "a.zip").read_text() == "mine"
    bundle("", tmp_path / "a.zip", store=store, force=True)
    assert zipfile.is_zipfile(tmp_path / "a.zip")


def test_a_full_disk_leaves_no_file(store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ArchiveWriter, "close", full)
    with pytest.raises(FileNotWritten, match=r"a\.zip could not be written: no room is left on its disk"):
        bundle("", tmp_path / "a.zip", store=store)
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


def test_a_secret_stops_it_and_is_not_told(store: LocalStore, tmp_path: Path) -> None:
    token = "ghp_" + "a8F3kL0pQ7rT2vX5yZ9bN4mC6dW1eH0sJ2gK"
    run = store.begin("20261121t101530-7k3m9q2x", {"name": "leaky", "experiment": "x", "started": 1.0})
    run.append(event.NOTE, f"the token is {token}")
    run.close("finished", 1.0)
    with pytest.raises(UsageError, match="looks like a secret") as refusal:
        bundle("", tmp_path / "a.zip", store=store)
    assert token not in str(refusal.value)
    assert not (tmp_path / "a.zip").exists()
    done = bundle("", tmp_path / "a.zip", store=store, allow_secrets=True)
    assert list(done.findings) == ["20261121t101530-7k3m9q2x"]
    (finding,) = done.findings["20261121t101530-7k3m9q2x"]
    assert (finding.line, finding.many) == (3, 1)
    assert token not in repr(done)


def test_a_secret_in_a_file_that_was_kept_is_found(store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "config.ini").write_text('password = "hunter2hunter2"\n')
    run_id = a_run(store, "with a file", artifact=tmp_path / "config.ini")
    found = Plan([nbtrack.run(run_id, store=store)], store).findings
    assert [each.place[:4] for each in found[run_id]] == ["cas/"]


def test_a_run_that_is_still_running_is_taken_as_far_as_it_is(store: LocalStore, tmp_path: Path) -> None:
    writer = store.begin("20261121t101530-7k3m9q2x", {"name": "long", "experiment": "x", "started": 1.0})
    writer.point({"loss": 0.5}, 0)
    done = bundle(["20261121t101530-7k3m9q2x"], tmp_path / "a.zip", store=store)
    assert done.running == done.runs
    there = LocalStore(tmp_path / "there")
    import_bundle(tmp_path / "a.zip", store=there)
    writer.point({"loss": 0.25}, 1)
    writer.close("finished", 1.0)
    bundle(["20261121t101530-7k3m9q2x"], tmp_path / "b.zip", store=store)
    assert import_bundle(tmp_path / "b.zip", store=there).extended == done.runs
    (run,) = nbtrack.runs(store=there)
    assert (run.status, run.metrics["loss"]) == ("finished", 0.25)
    assert fsck(there, data=True).ok
    assert import_bundle(tmp_path / "a.zip", store=there).nothing  # the older one has nothing more


def test_a_torn_end_and_damaged_lines_stay_behind(store: LocalStore, tmp_path: Path) -> None:
    run_id = ids(store)[0]
    (events,) = store.path.glob(f"runs/*/{run_id}/ev-*")
    lines = events.read_bytes().split(b"\n")
    lines[2] = lines[2].replace(b"lr", b"lx", 1)
    events.write_bytes(b"\n".join(lines) + b'{"k":"torn')
    done = bundle([run_id], tmp_path / "a.zip", store=store)
    assert [each.why for each in done.missing] == ["1 damaged line is left out"]
    assert [(each.run, each.name, each.why) for each in done.damaged] == [
        (run_id, "records", "1 damaged line is left out")
    ]
    assert import_bundle(tmp_path / "a.zip", store=tmp_path / "there").new == (run_id,)


def test_a_run_of_which_nothing_can_be_read_is_told(store: LocalStore, tmp_path: Path) -> None:
    first, second, *_ = ids(store)
    for path in store.path.glob(f"runs/*/{first}/*"):
        content = path.read_bytes()
        path.write_bytes(b"x" + content)
    done = bundle([first, second], tmp_path / "a.zip", store=store)
    assert done.runs == (second,)
    assert {each.run for each in done.missing} == {first}
    with pytest.raises(StoreError, match="fsck"):
        bundle([first], tmp_path / "b.zip", store=store)


def test_no_runs_make_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(RunNotFound):
        bundle("", tmp_path / "a.zip", store=tmp_path / "empty")


@pytest.mark.slow
def test_a_large_object_takes_no_memory(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    store = LocalStore(tmp_path / "here")
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        for _ in range(96):
            file.write(os.urandom(1 << 20))
    a_run(store, "large", artifact=large)
    work = (
        "import resource, sys, nbtrack\n"
        "from nbtrack.share.bundle import bundle\nfrom nbtrack.share.unbundling import import_bundle\n"
        "import blake3\n"
        "nbtrack.runs(store=sys.argv[1])[:1]\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "bundle('', sys.argv[2], store=sys.argv[1]); import_bundle(sys.argv[2], store=sys.argv[3])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    arguments = [str(store.path), str(tmp_path / "a.zip"), str(tmp_path / "there")]
    told = subprocess.run([sys.executable, "-c", work, *arguments], check=True, capture_output=True, text=True)
    assert int(told.stdout) < 64_000  # kB
