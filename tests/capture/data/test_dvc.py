"""Files are matched with what DVC says of them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrack.capture.data.dvc import Pointer, Pointers
from nbtrack.capture.data.dvc_file import entries, working_folder
from nbtrack.capture.data.hashing import Digests

MD5 = "0123456789abcdef" * 2
OTHER = "fedcba9876543210" * 2


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "data").mkdir()
    return tmp_path


def pointer(file: Path, /, **members: object) -> None:
    lines = [f"{'-' if not number else ' '} {name}: {value}" for number, (name, value) in enumerate(members.items())]
    file.write_text("\n".join(["outs:", *lines, ""]))


def test_a_file_with_a_pointer_beside_it(project: Path) -> None:
    pointer(project / "data/x.csv.dvc", md5=MD5, size=12, hash="md5", path="x.csv")
    found = Pointers().find(str(project / "data/x.csv"))
    assert found == Pointer(str(project / "data/x.csv.dvc"), MD5, 12, is_plain=True)


def test_the_format_before_dvc_3_hashes_text_otherwise(project: Path) -> None:
    pointer(project / "x.csv.dvc", md5=MD5, size=12, path="x.csv")
    found = Pointers().find(str(project / "x.csv"))
    assert found is not None
    assert [found.matches(12, Digests("", "", plain, unix)) for plain, unix in ((MD5, OTHER), (OTHER, MD5))] == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("size", "digests", "expected"),
    [
        (12, Digests("", "", MD5, OTHER), True),
        (12, Digests("", "", OTHER, MD5), False),
        (13, Digests("unknown"), False),
        (12, Digests("unknown"), None),
    ],
)
def test_a_file_matches_when_size_and_hash_do(size: int, digests: Digests, expected: object) -> None:
    assert Pointer("x.dvc", MD5, 12, is_plain=True).matches(size, digests) is expected


def test_a_file_in_a_tracked_folder_has_the_folders_pointer(project: Path) -> None:
    pointer(project / "data.dvc", md5=f"{MD5}.dir", size=99, nfiles=2, hash="md5", path="data")
    found = Pointers().find(str(project / "data/train/x.csv"))
    assert found == Pointer(str(project / "data.dvc"), f"{MD5}.dir", None, is_plain=True)
    assert found.matches(5, Digests("", "", MD5, MD5)) is None


@pytest.mark.parametrize(("hash_name", "cache"), [("md5", ".dvc/cache/files/md5"), (None, ".dvc/cache")])
def test_dvcs_cache_tells_the_file_in_a_tracked_folder(project: Path, hash_name: str | None, cache: str) -> None:
    more = {"hash": hash_name} if hash_name else {}
    pointer(project / "data.dvc", md5=f"{MD5}.dir", **more, path="data")
    listing = project / cache / MD5[:2] / f"{MD5[2:]}.dir"
    listing.parent.mkdir(parents=True)
    listing.write_text(json.dumps([{"md5": OTHER, "relpath": "train/x.csv"}]))
    pointers = Pointers()
    known, unknown = (pointers.find(str(project / "data" / name)) for name in ("train/x.csv", "new.csv"))
    assert known is not None
    assert unknown is not None
    assert (known.md5, known.matches(5, Digests("", "", OTHER, OTHER))) == (OTHER, True)
    assert (unknown.md5, unknown.matches(5, Digests("", "", OTHER, OTHER))) == ("", False)


def test_the_cache_may_lie_elsewhere(project: Path) -> None:
    (project / ".dvc/config").write_text("[core]\n    remote = x\n[cache]\n    dir = ../store\n")
    pointer(project / "data.dvc", md5=f"{MD5}.dir", hash="md5", path="data")
    listing = project / "store/files/md5" / MD5[:2] / f"{MD5[2:]}.dir"
    listing.parent.mkdir(parents=True)
    listing.write_text(json.dumps([{"md5": OTHER, "relpath": "x.csv"}]))
    found = Pointers().find(str(project / "data/x.csv"))
    assert found is not None
    assert found.md5 == OTHER


LOCK = f"""schema: '2.0'
stages:
  prepare:
    cmd: python prepare.py
      --seed 1
    deps:
    - path: data/raw.csv
      hash: md5
      md5: {MD5}
      size: 5
    params:
      params.yaml:
        seed: 1
    outs:
    - path: data/features
      hash: md5
      md5: {OTHER}.dir
      size: 7
      nfiles: 2
"""


def test_a_lock_file_tells_what_stages_read_and_made(project: Path) -> None:
    (project / "dvc.lock").write_text(LOCK)
    pointers = Pointers()
    lock = str(project / "dvc.lock")
    assert [pointers.find(str(project / "data" / name)) for name in ("raw.csv", "features/a.npy", "other.csv")] == [
        Pointer(lock, MD5, 5, is_plain=True),
        Pointer(lock, f"{OTHER}.dir", None, is_plain=True),
        None,
    ]


def test_a_pointer_is_read_again_when_it_has_changed(project: Path) -> None:
    pointers = Pointers()
    assert pointers.find(str(project / "x.csv")) is None
    pointer(project / "x.csv.dvc", md5=MD5, path="x.csv")
    first = pointers.find(str(project / "x.csv"))
    pointer(project / "x.csv.dvc", md5=OTHER, size=100, path="x.csv")
    second = pointers.find(str(project / "x.csv"))
    assert [each and each.md5 for each in (first, second)] == [MD5, OTHER]


def test_nothing_is_looked_for_above_the_repository(project: Path) -> None:
    inner = project / "data" / "inner"
    (inner / ".git").mkdir(parents=True)
    pointer(project / "data.dvc", md5=f"{MD5}.dir", path="data")
    assert Pointers().find(str(inner / "x.csv")) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"outs: 3", b"outs:\n- path: x.csv\n", b"outs:\n- md5: zz\n  path: x.csv\n", b"{}", b"\0"],
)
def test_a_pointer_that_cannot_be_read_is_none(project: Path, content: bytes) -> None:
    (project / "x.csv.dvc").write_bytes(content)
    assert Pointers().find(str(project / "x.csv")) is None


def test_where_paths_begin_and_what_names_look_like() -> None:
    text = "md5: a\nwdir: ..\nouts:\n- md5: d1\n  path: \"w\\u00e9ird: x.csv\"\n  files:\n  - relpath: f\n    md5: no\n- path: 'it''s'\n  md5: d2\n"
    assert working_folder(text) == ".."
    assert list(entries(text)) == [{"md5": "d1", "path": "wéird: x.csv"}, {"path": "it's", "md5": "d2"}]


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=60)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(TEXTS, st.integers(0, 1 << 40)), min_size=1, max_size=4))
def test_whatever_name_yaml_writes_is_read_back(named: list[tuple[str, int]]) -> None:
    yaml = pytest.importorskip("yaml")
    outs = [
        {"md5": hashlib.md5(name.encode(), usedforsecurity=False).hexdigest(), "size": size, "path": name}
        for name, size in named
    ]
    text = yaml.safe_dump({"outs": outs}, allow_unicode=True, sort_keys=False, width=10_000)
    assert [each.get("path") for each in entries(text)] == [name for name, _ in named]
