"""The contents of a file are kept when they are what the run read, are not too large, and hold no secret."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.capture.asked.keep_data import DEFAULT, Bounds
from nbtrack.capture.data import keeping
from nbtrack.capture.data.keeping import Keeper, Wish
from nbtrack.capture.data.stamp import stamp
from nbtrack.errors import ObjectMissing, StoreFull
from tests.reproduce.recorded import sha256

TOKEN = b"ghp_" + b"16C7e42F292c6912E7710c838347Ae178B4a"


@pytest.fixture
def store() -> nbtrack.MemoryStore:
    return nbtrack.MemoryStore()


def wish(path: Path, content: bytes, *, is_elsewhere: bool = False) -> Wish:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    found = stamp(str(path))
    assert found is not None
    return Wish(str(path), found, sha256(content), is_elsewhere=is_elsewhere)


def has(store: nbtrack.MemoryStore, content: bytes) -> bool:
    try:
        return store.get(sha256(content)) == content
    except ObjectMissing:
        return False


def test_contents_are_kept_under_the_recorded_hash(store: nbtrack.MemoryStore, tmp_path: Path) -> None:
    wanted = wish(tmp_path / "x.csv", b"1,2\n")
    assert Keeper().keep(store, wanted, DEFAULT) == {"kept": True, "sha256": sha256(b"1,2\n")}
    assert has(store, b"1,2\n")


@pytest.mark.parametrize(
    ("name", "content", "limits", "why"),
    [
        ("x.csv", b"12345", Bounds(4), "large"),
        ("x.csv", b"user,token\nme," + TOKEN, DEFAULT, "secret"),
        ("credentials.csv", b"1", DEFAULT, "credentials"),
    ],
)
def test_why_contents_are_not_kept_is_said(
    store: nbtrack.MemoryStore, tmp_path: Path, name: str, content: bytes, limits: Bounds, why: str
) -> None:
    assert Keeper().keep(store, wish(tmp_path / name, content), limits) == {"kept": False, "unkept": why}
    assert not has(store, content)


def test_what_dvc_has_is_not_kept_twice(store: nbtrack.MemoryStore, tmp_path: Path) -> None:
    wanted = wish(tmp_path / "x.csv", b"1", is_elsewhere=True)
    assert Keeper().keep(store, wanted, DEFAULT) == {"kept": False, "unkept": "dvc"}


def test_other_bytes_than_those_that_were_read_are_not_kept(store: nbtrack.MemoryStore, tmp_path: Path) -> None:
    wanted = wish(tmp_path / "x.csv", b"then")
    (tmp_path / "x.csv").write_bytes(b"now, and longer")
    assert Keeper().keep(store, wanted, DEFAULT) == {"kept": False, "unkept": "changed"}
    other = wish(tmp_path / "y.csv", b"1")
    assert Keeper().keep(store, Wish(other.path, other.stamp, "0a" * 32), DEFAULT)["unkept"] == "changed"
    os.mkfifo(tmp_path / "pipe")
    assert Keeper().keep(store, Wish(str(tmp_path / "pipe"), wanted.stamp, wanted.sha256), DEFAULT) == {
        "kept": False,
        "unkept": "changed",
    }


def test_a_file_that_is_gone_is_not_kept(store: nbtrack.MemoryStore, tmp_path: Path) -> None:
    wanted = wish(tmp_path / "x.csv", b"then")
    (tmp_path / "x.csv").unlink()
    assert Keeper().keep(store, wanted, DEFAULT) == {"kept": False, "unkept": "unreadable"}


def test_a_state_is_decided_on_once_and_anew_under_other_limits(store: nbtrack.MemoryStore, tmp_path: Path) -> None:
    keeper, wanted = Keeper(), wish(tmp_path / "x.csv", b"12345")
    assert keeper.known(store, wanted.stamp, wanted.sha256) is None
    assert keeper.keep(store, wanted, Bounds(4))["kept"] is False
    assert keeper.known(store, wanted.stamp, wanted.sha256) == {"kept": False, "unkept": "large"}
    (tmp_path / "x.csv").unlink()
    assert keeper.keep(store, wanted, Bounds(4)) == {"kept": False, "unkept": "large"}
    assert keeper.keep(store, wanted, Bounds(5)) == {"kept": False, "unkept": "unreadable"}


def test_each_store_keeps_its_own(tmp_path: Path) -> None:
    keeper, wanted, stores = Keeper(), wish(tmp_path / "x.csv", b"1"), (nbtrack.MemoryStore(), nbtrack.MemoryStore())
    assert all(keeper.keep(store, wanted, DEFAULT)["kept"] for store in stores)
    assert all(has(store, b"1") for store in stores)


def test_a_full_store_is_tried_again(tmp_path: Path) -> None:
    class Full(nbtrack.MemoryStore):
        room = False

        def put(self, content: Any) -> Any:
            if not self.room:
                raise StoreFull("no room")
            return super().put(content)

    store, keeper, wanted = Full(), Keeper(), wish(tmp_path / "x.csv", b"1")
    assert keeper.keep(store, wanted, DEFAULT)["kept"] is False
    store.room = True
    assert keeper.keep(store, wanted, DEFAULT)["kept"] is True


@pytest.mark.slow
def test_large_files_are_looked_through_in_pieces(
    store: nbtrack.MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "_IN_MEMORY", 1_000_000)
    content = b"1.5,2.25\n" * 1_000_000
    limits = Bounds(10**8)
    found = Keeper().keep(store, wish(tmp_path / "x.csv", content), limits, lambda _: None)
    assert found["kept"] is True
    assert store.get(f"blake3:{found['blake3']}") == content
    secret = content[: (2 << 20) - 20] + b" " + TOKEN + b" " + content[2 << 20 :]
    assert Keeper().keep(store, wish(tmp_path / "y.csv", secret), limits, lambda _: None)["unkept"] == "secret"
