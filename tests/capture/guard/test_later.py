"""What is known late is recorded all the same, in an open run and in one that has ended."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import nbtrack
from nbtrack.capture.guard.later import Later, Shelf, clean_text, record_all
from nbtrack.errors import RunNotFound
from nbtrack.model import event
from nbtrack.store.base import Store
from nbtrack.store.local import LocalStore
from nbtrack.store.system import disk


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return LocalStore(tmp_path / "store") if request.param == "local" else nbtrack.MemoryStore()


@pytest.mark.parametrize("ended", [False, True])
def test_records_and_texts_reach_the_run_before_and_after_its_end(store: Store, *, ended: bool) -> None:
    run = nbtrack.start_run("late", store=store)
    run.begin()
    run.record(event.CODE, {"commit": "c0ffee"})
    if ended:
        run.finish()
    later, password = Later(run), "hunter" + "2secret"
    later.record(event.CODE, {"dirty": True})
    kept = Shelf().put(store, f'password = "{password}"\n'.encode())
    record_all(later.named({"code/a.py": kept, "code/b.py": kept}))
    later.record(event.WARNING, "capture incomplete: code")
    run.finish()
    for document in (store.read(run.id), store.runs().documents[0]):
        assert document["code"] == {"commit": "c0ffee", "dirty": True}
        assert [(each["name"], each["media_type"]) for each in document["artifacts"]] == [
            ("code/a.py", "text/x-python"),
            ("code/b.py", "text/x-python"),
        ]
        assert document["warnings"] == ["capture incomplete: code"]
        assert document["redactions"] == 2
        assert document["status"] == "finished"
        assert document["health"]["ok"]
    assert password.encode() not in store.get(kept.ref.sha256)


def test_a_run_that_never_began_stays_so(store: Store) -> None:
    run = nbtrack.start_run("never", store=store)
    Later(run).record(event.CODE, {"dirty": True})
    assert not run.begun


def test_what_is_found_out_about_many_runs_takes_one_flush(tmp_path: Path) -> None:
    flushed: list[int] = []

    def flush(fd: int) -> None:
        flushed.append(fd)
        disk.current().flush(fd)

    store = LocalStore(tmp_path / "store", disk=replace(disk.current(), flush=flush))
    runs = [nbtrack.start_run(f"run {number}", store=store) for number in range(20)]
    for run in runs:
        run.log(x=1.0)
        run.finish()
    store.annotate(runs[0].id, event.NOTE, "the file is open")
    flushed.clear()
    record_all([(Later(run), event.CODE, {"dirty": True}) for run in runs for _ in range(2)])
    assert len(flushed) == 1
    assert all(document["code"] == {"dirty": True} for document in store.runs().documents)


def test_a_run_that_was_removed_meanwhile_costs_the_others_nothing(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    gone, stays = (nbtrack.start_run(name, store=store) for name in ("gone", "stays"))
    for run in (gone, stays):
        run.log(x=1.0)
        run.finish()
    [folder] = store.path.glob(f"runs/*/{gone.id}")
    shutil.rmtree(folder)
    with pytest.raises(RunNotFound):
        record_all([(Later(run), event.CODE, {"dirty": True}) for run in (gone, stays)])
    assert store.read(stays.id)["code"] == {"dirty": True}


def test_the_same_text_is_put_once(store: Store) -> None:
    shelf = Shelf()
    assert shelf.put(store, b"x = 1\n") is shelf.put(store, b"x = 1\n")


@pytest.mark.parametrize("content", [b"", b"\n", b"x\r\ny", b"caf\xe9\xff\n", "ünï\n".encode() * 20_000])
def test_text_without_secrets_stays_what_it_is(content: bytes) -> None:
    assert clean_text(content) == (content, 0)


def test_a_secret_is_found_wherever_the_text_is_cut() -> None:
    line = "url = 'https://me:" + "pa55word@example.org'\n"
    clean, found = clean_text((line * 2000).encode())
    assert found == 2000
    assert b"pa55word" not in clean


def test_a_key_of_many_lines_is_found_in_long_text() -> None:
    body = "\n".join("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ" for _ in range(600))
    kind = "PRIVATE" + " KEY"
    text = f"x = 1\n-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n"
    clean, found = clean_text(text.encode())
    assert found == 1
    assert b"MIIEvQ" not in clean
