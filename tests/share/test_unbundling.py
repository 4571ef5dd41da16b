"""What an import leaves in a store: whole runs, once, however often and however far it came."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import nbtrack
from nbtrack.errors import RunNotFound, StoreError, StoreFull, UsageError
from nbtrack.hosts.cli import run_line
from nbtrack.model import event
from nbtrack.share import unbundling
from nbtrack.share.bundle import bundle
from nbtrack.share.unbundling import import_bundle
from nbtrack.store.check.fsck import fsck
from nbtrack.store.lines.record import decode, encode
from nbtrack.store.local import LocalStore
from nbtrack.store.system.disk import replaced
from tests.share.bundles import UNFLUSHED, a_run, a_store


@pytest.fixture(autouse=True)
def _unflushed() -> Iterator[None]:
    with replaced(UNFLUSHED):
        yield


@pytest.fixture
def here(tmp_path: Path) -> LocalStore:
    return a_store(tmp_path / "here")


@pytest.fixture
def file(here: LocalStore, tmp_path: Path) -> Path:
    bundle("", tmp_path / "x.nbtrack.zip", store=here)
    return tmp_path / "x.nbtrack.zip"


def ids(store: LocalStore) -> list[str]:
    return sorted(run.id for run in nbtrack.runs(store=store))


def answers(store: LocalStore) -> list[str]:
    return sorted(repr(run.document) for run in nbtrack.runs(store=store))


def test_imported_runs_answer_as_the_originals(here: LocalStore, file: Path, tmp_path: Path) -> None:
    there = LocalStore(tmp_path / "there")
    assert import_bundle(file, store=there).new == tuple(ids(here))
    assert answers(there) == answers(here)
    assert [run.artifacts[0].read() for run in nbtrack.runs(store=there)] == [
        run.artifacts[0].read() for run in nbtrack.runs(store=here)
    ]
    assert fsck(there, data=True).ok
    assert not fsck(there, data=True).notes


def test_a_second_import_adds_nothing(file: Path, tmp_path: Path) -> None:
    import_bundle(file, store=tmp_path / "there")
    before = {path: path.lstat().st_mtime_ns for path in (tmp_path / "there").rglob("*")}
    done = import_bundle(file, store=tmp_path / "there")
    assert done.nothing
    assert len(done.known) == 4
    changed = {path for path in before if path.lstat().st_mtime_ns != before[path]}
    assert {path.name for path in changed} <= {"tmp"}


def test_a_dry_run_says_what_an_import_does_and_creates_nothing(file: Path, tmp_path: Path) -> None:
    foreseen = import_bundle(file, store=tmp_path / "there", dry_run=True)
    assert not (tmp_path / "there").exists()
    done = import_bundle(file, store=tmp_path / "there")
    assert {**foreseen.as_dict(), "dry_run": False} == done.as_dict()
    assert import_bundle(file, store=tmp_path / "there", dry_run=True).nothing


def test_only_the_runs_that_were_asked_for_come(here: LocalStore, file: Path, tmp_path: Path) -> None:
    there = LocalStore(tmp_path / "there")
    wanted = next(run.id for run in nbtrack.runs(store=here) if run.tags)
    assert import_bundle(file, store=there, runs=[wanted]).new == (wanted,)
    assert ids(there) == [wanted]
    assert fsck(there, data=True).ok
    assert not fsck(there, data=True).notes  # the other runs' changes are no gap
    rest = import_bundle(file, store=there)
    assert (rest.known, len(rest.new)) == ((wanted,), 3)
    assert answers(there) == answers(here)
    with pytest.raises(RunNotFound):
        import_bundle(file, store=there, runs=["zzzzzz"])


def test_a_filter_is_asked_of_the_runs_that_come(here: LocalStore, file: Path, tmp_path: Path) -> None:
    noted = [run.id for run in nbtrack.runs("tags.team = 'nlp'", store=here)]
    assert import_bundle(file, store=tmp_path / "a", runs="tags.team = 'nlp'").new == tuple(noted)
    assert import_bundle(here.path, store=tmp_path / "b", runs="tags.team = 'nlp'").new == tuple(noted)
    both = import_bundle(file, store=tmp_path / "c", runs=["tags.team = 'nlp'", "name = 'small'"]).new
    assert [nbtrack.run(run_id, store=here).name for run_id in both] == ["fit2", "small"]


def test_a_filter_knows_the_metrics_of_a_run_that_was_still_running(here: LocalStore, tmp_path: Path) -> None:
    writer = here.begin("20261121t101530-7k3m9q2x", {"name": "long", "experiment": "x", "started": 1.0})
    writer.point({"recall": 0.5}, 0)
    bundle("", tmp_path / "running.zip", store=here)
    done = import_bundle(tmp_path / "running.zip", store=tmp_path / "there", runs="metrics.recall >= 0.5")
    assert done.new == ("20261121t101530-7k3m9q2x",)
    writer.close("finished", 1.0)


def test_runs_deleted_here_stay_deleted(here: LocalStore, file: Path, tmp_path: Path) -> None:
    there = LocalStore(tmp_path / "there")
    import_bundle(file, store=there)
    gone = ids(there)[1]
    nbtrack.delete_run(gone, store=there)
    done = import_bundle(file, store=there)
    assert done.deleted == (gone,)
    assert gone not in ids(LocalStore(there.path))
    assert import_bundle(file, store=there).nothing


def test_notes_written_here_meanwhile_stay(here: LocalStore, file: Path, tmp_path: Path) -> None:
    there = LocalStore(tmp_path / "there")
    import_bundle(file, store=there)
    there.annotate(ids(there)[0], event.NOTE, "mine")
    import_bundle(file, store=there)
    assert nbtrack.run(ids(there)[0], store=there).note == "mine"


def test_what_is_divergent_is_told_and_both_stay(here: LocalStore, file: Path, tmp_path: Path) -> None:
    there = LocalStore(tmp_path / "there")
    import_bundle(file, store=there)
    (events,) = there.path.glob(f"runs/*/{ids(there)[0]}/ev-*")
    lines = events.read_bytes().split(b"\n")
    record = {key: value for key, value in decode(lines[2]).record.items() if key != "c"}
    lines[2] = encode({**record, "v": {"lr": 0.7}}).rstrip(b"\n")
    events.write_bytes(b"\n".join(lines))
    done = import_bundle(file, store=there)
    assert [place.rpartition("/")[2][:3] for place in done.beside] == ["ev-"]
    assert [finding.kind for finding in fsck(LocalStore(there.path)).wrong if finding.kind == "divergent"]
    assert import_bundle(file, store=there).nothing


def test_another_stores_folder_is_merged(here: LocalStore, tmp_path: Path) -> None:
    there = a_store(tmp_path / "there", runs=1)
    mine = ids(there)
    done = import_bundle(here.path, store=there)
    assert len(done.new) == 4
    assert ids(there) == sorted([*mine, *done.new])
    assert import_bundle(here.path, store=there).nothing
    nbtrack.delete_run(done.new[0], store=here)
    import_bundle(here.path, store=there)
    assert done.new[0] not in ids(there)  # a deletion merges too


def test_a_folder_that_is_no_store_or_the_same_one_is_refused(here: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no store"):
        import_bundle(tmp_path / "empty", store=here)
    with pytest.raises(UsageError, match="would take it in"):
        import_bundle(here.path, store=here.path)


def test_what_does_not_fit_is_refused_before_anything_is_created(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unbundling, "_SPARE", 1 << 60)
    with pytest.raises(StoreFull, match="nothing was created"):
        import_bundle(file, store=tmp_path / "there")
    assert not (tmp_path / "there").exists()


def test_a_bundle_that_is_exchanged_while_it_is_read_is_noticed(
    file: Path, here: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(*_: object, **__: object) -> None:
        content = bytearray(file.read_bytes())
        at = content.index(b"PK\1\2") // 2
        content[at : at + 40] = bytes(40)
        file.write_bytes(content)

    monkeypatch.setattr(unbundling, "_make_sure_of_room", spoil)
    with pytest.raises(nbtrack.NbtrackError):
        import_bundle(file, store=tmp_path / "there")
    there = LocalStore(tmp_path / "there")
    assert not (there.id and fsck(there, data=True).wrong)


def test_a_store_of_a_newer_format_is_not_written(file: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "store.json").write_text('{"id": "x", "fmt": 9, "min_reader": 9, "min_writer": 9}')
    with pytest.raises(StoreError, match="update nbtrack"):
        import_bundle(file, store=tmp_path / "there")
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["store.json"]


def test_what_was_imported_exports_and_compares(here: LocalStore, file: Path, tmp_path: Path) -> None:
    there = LocalStore(tmp_path / "there")
    import_bundle(file, store=there)
    assert run_line("compare", there) == 0
    assert run_line("show " + ids(there)[0], there) == 0
    assert run_line("doctor", there) == 0


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_an_import_that_is_killed_leaves_whole_runs_and_goes_on(tmp_path: Path) -> None:
    here = LocalStore(tmp_path / "here")
    for number in range(60):
        a_run(here, f"fit{number}", artifact=b"%d," % number * 30_000)
    bundle("", tmp_path / "x.zip", store=here)
    expected = {run.id: repr(run.document) for run in nbtrack.runs(store=here)}
    work = (
        "import sys\nfrom nbtrack.share.unbundling import import_bundle\n"
        "from nbtrack.store.exchange import intake\nintake._BATCH = 8\n"
        "import nbtrack.query.runs\nprint('ready', flush=True)\nimport_bundle(sys.argv[1], store=sys.argv[2])\n"
        "print('done', flush=True)"
    )
    dice = random.Random(7)
    there = tmp_path / "there"
    killed = 0
    for _ in range(12):
        child = subprocess.Popen(
            [sys.executable, "-c", work, str(tmp_path / "x.zip"), str(there)], stdout=subprocess.PIPE
        )
        assert child.stdout
        child.stdout.readline()
        time.sleep(dice.uniform(0.0, 0.2))
        child.send_signal(signal.SIGKILL)
        is_done = child.stdout.read() == b"done\n"
        child.wait()
        child.stdout.close()
        killed += not is_done
        store = LocalStore(there)
        if store.id:
            assert {run.id: repr(run.document) for run in nbtrack.runs(store=store)}.items() <= expected.items()
            assert fsck(store, data=True).ok
        if is_done:
            break
    import_bundle(tmp_path / "x.zip", store=there)
    assert {run.id: repr(run.document) for run in nbtrack.runs(store=LocalStore(there))} == expected
    assert fsck(LocalStore(there), data=True).ok
    assert not [*(there / "tmp").glob("intake-*")]
    assert killed
