"""Push and pull against a real server that speaks S3: conditional writes, parts, errors, and how much is asked."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.errors import RemoteError
from nbtrack.model import event
from nbtrack.model.ids import new_run_id
from nbtrack.share.address import address_of
from nbtrack.share.holder import Content, Entry
from nbtrack.share.opening import open_remote
from nbtrack.share.pulling import pull
from nbtrack.share.pushing import push
from nbtrack.share.remote import Remote
from nbtrack.share.retrying import Asking
from nbtrack.share.syncing import sync
from nbtrack.store.local import LocalStore
from tests.share.bundles import a_run, a_store

pytestmark = pytest.mark.slow


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return a_store(tmp_path / "here" / ".nbtrack")


@pytest.fixture
def other(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "there" / ".nbtrack")


def answers(store: LocalStore) -> list[str]:
    return [repr(dict(run.document)) for run in nbtrack.runs(store=store)]


def remote(url: str) -> Remote:
    address = address_of(url)
    return open_remote(address, Asking(address))


def keys(url: str) -> dict[str, int]:
    found = remote(url)
    return {**{at: entry.size for at, entry in found.records().items()}, **found.objects()}


def test_what_is_pushed_is_pulled_elsewhere_large_objects_too(
    store: LocalStore, other: LocalStore, bucket: str, tmp_path: Path
) -> None:
    large = tmp_path / "model.bin"
    large.write_bytes(os.urandom(20_000_001))
    run_id = a_run(store, "large", artifact=large)
    done = push(bucket, store=store, verify=True)
    assert done.size > 20_000_000
    assert push(bucket, store=store).requests == {"get": 1, "list": 4}
    pull(bucket, store=other)
    assert answers(other) == answers(store)
    (artifact,) = nbtrack.run(run_id, store=other).document["artifacts"]
    other.fetch(f"blake3:{artifact['blake3']}", tmp_path / "back.bin")
    assert (tmp_path / "back.bin").read_bytes() == large.read_bytes()


def test_two_stores_meet_in_a_bucket(store: LocalStore, tmp_path: Path, bucket: str) -> None:
    second = a_store(tmp_path / "second" / ".nbtrack")
    long = new_run_id()
    writer = store.begin(long, {"name": "long"})
    writer.sync()
    for each in (store, second, store):
        sync(bucket, store=each)
    writer.append(event.PARAMS, {"lr": 0.1})
    writer.close("finished", 1.0)
    second.annotate(long, event.NOTE, "looks good")
    gone = next(run.id for run in nbtrack.runs(store=second) if run.status == "finished")
    nbtrack.delete_run(gone, store=second)
    for each in (store, second, store):
        sync(bucket, store=each)
    assert answers(store) == answers(second)
    assert len(answers(store)) == 8
    assert not any(sync(bucket, store=store))


def test_nothing_is_replaced_but_what_was_expected(bucket: str) -> None:
    one, two = remote(bucket), remote(bucket)
    place = "runs/2026-11/20261121t101530-7k3m9q2x/mx-9f2c1ab47d03-0.jsonl"
    for each in (one, two):
        each.records()
    one._put_content(place, Content.of(b"first\n"), None)
    with pytest.raises(FileExistsError):
        two._put_content(place, Content.of(b"other\n"), None)
    with pytest.raises(FileExistsError):
        two._put_content(place, Content.of(b"first\nmore\n"), Entry(6, "6-0123456789abcdef0123456789abcdef"))
    assert one._add_record(place, Content.of(b"first\nsecond\nthird\n"))
    assert not two._add_record(place, Content.of(b"first\nsecond\n")), "a shorter copy replaces no longer one"
    assert keys(bucket)[place] == 19
    assert two._add_record(place, Content.of(b"different\n"))
    assert sorted(keys(bucket).values()) == [10, 19]


def test_an_upload_that_fails_half_way_shows_nothing(bucket: str) -> None:
    def broken() -> Any:
        yield b"x" * 9_000_000
        raise OSError("the disk fails")

    content = Content(30_000_000, broken)
    with pytest.raises(RemoteError):
        remote(bucket).add_object("blake3:" + "0a" * 32, content)
    assert keys(bucket) == {}
    files = remote(bucket)._files
    assert not files.list_multipart_uploads("bucket")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("AWS_SECRET_ACCESS_KEY", "wrong-secret-value", "access was refused; look at AWS_ACCESS_KEY_ID"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1", "the server cannot be reached"),
    ],
)
def test_what_is_wrong_is_told_without_secrets(
    name: str, value: str, told: str, store: LocalStore, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbtrack.share.retrying._WAITS", ())
    monkeypatch.setenv(name, value)
    with pytest.raises(RemoteError, match=told) as error:
        push(bucket, store=store)
    assert "secret-value" not in str(error.value)


def test_a_bucket_that_is_not_there_is_told(store: LocalStore, bucket: str) -> None:
    with pytest.raises(RemoteError, match="there is no such bucket"):
        push("s3://no-bucket-of-this-name/x", store=store)


_PUSH = "import sys; from nbtrack.share.pushing import push; push(sys.argv[1], store=sys.argv[2], agree=True)"


def test_a_push_that_is_killed_goes_on_and_shows_nothing_half(
    store: LocalStore, other: LocalStore, bucket: str, tmp_path: Path
) -> None:
    for number in range(12):
        a_run(store, f"more{number}", artifact=os.urandom(300_000))
    killed = subprocess.Popen([sys.executable, "-c", _PUSH, bucket, str(store.path)])
    until = time.monotonic() + 60
    while len(keys(bucket)) < 9 and killed.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    half = LocalStore(tmp_path / "half")
    assert not pull(bucket, store=half).left
    for run in nbtrack.runs(store=half):
        for artifact in run.document["artifacts"]:
            assert half.get(artifact["sha256"]), "a record came before its object"
    push(bucket, store=store, agree=True)
    pull(bucket, store=other)
    assert answers(other) == answers(store)
