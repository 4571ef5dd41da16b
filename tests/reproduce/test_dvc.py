"""Files that DVC has are found by their MD5, in both layouts, and nothing of DVC's is executed unasked."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from nbtrack.reproduce.dvc import Dvc, find_dvc


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def put(place: Path, content: bytes, *, suffix: str = "", old: bool = False) -> str:
    """Put a file into a cache of DVC's layout; return the MD5 that names it."""
    name = md5(content)
    path = place.joinpath(*(() if old else ("files", "md5")), name[:2], name[2:] + suffix)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return name + suffix


@pytest.fixture
def project(tmp_path: Path) -> Path:
    top = tmp_path / "project"
    (top / ".dvc").mkdir(parents=True)
    return top


def found(top: Path, name: str, below: str = "") -> list[tuple[bytes, str]]:
    dvc = find_dvc(top / "deep" if (top / "deep").exists() else top)
    assert dvc is not None
    return [(each.path.read_bytes(), each.origin) for each in dvc.candidates(name, below)]


@pytest.mark.parametrize("old", [False, True])
def test_the_cache_has_it(project: Path, *, old: bool) -> None:
    name = put(project / ".dvc" / "cache", b"data", old=old)
    assert found(project, name) == [(b"data", "dvc cache")]


def test_a_cache_elsewhere_is_named_in_the_configuration(project: Path, tmp_path: Path) -> None:
    (project / ".dvc" / "config").write_text("[cache]\n    dir = ../../shared\n")
    name = put(tmp_path / "shared", b"data")
    assert found(project, name) == [(b"data", "dvc cache")]


def test_remotes_that_are_folders_have_it(project: Path, tmp_path: Path) -> None:
    config = f"[core]\n    remote = one\n['remote \"one\"']\n    url = ../../one\n['remote \"two\"']\n    url = file://{tmp_path}/two\n"
    (project / ".dvc" / "config").write_text(config)
    name = put(tmp_path / "one", b"data", old=True)
    put(tmp_path / "two", b"data")
    assert found(project, name) == [(b"data", "dvc remote"), (b"data", "dvc remote")]


def test_the_local_configuration_counts_more(project: Path, tmp_path: Path) -> None:
    (project / ".dvc" / "config").write_text("['remote \"one\"']\n    url = s3://bucket\n")
    (project / ".dvc" / "config.local").write_text(f"['remote \"one\"']\n    url = {tmp_path}/one\n")
    name = put(tmp_path / "one", b"data")
    assert found(project, name) == [(b"data", "dvc remote")]


def test_a_file_of_a_tracked_folder_is_found_through_its_list(project: Path) -> None:
    cache = project / ".dvc" / "cache"
    own = put(cache, b"one file")
    listed = put(cache, json.dumps([{"md5": own, "relpath": "a/x.csv"}]).encode(), suffix=".dir")
    assert found(project, listed, "a/x.csv") == [(b"one file", "dvc cache")]
    assert found(project, listed, "a/y.csv") == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "0a" * 15, "../x.dir", ".dir"])
def test_only_an_md5_becomes_part_of_a_path(project: Path, name: str) -> None:
    assert found(project, name) == []


@pytest.mark.parametrize("config", ["not a configuration", "['remote \"x\"']\n", "\0\xff", "[cache]\ndir = \n"])
def test_an_odd_configuration_is_none(project: Path, config: str) -> None:
    (project / ".dvc" / "config").write_text(config)
    assert found(project, "0a" * 16) == []


def test_a_list_that_is_none_is_passed_over(project: Path) -> None:
    name = put(project / ".dvc" / "cache", b"[" * 100_000, suffix=".dir")
    assert found(project, name, "x") == []


def test_dvc_is_run_only_when_asked_to_fetch(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "bin" / "dvc"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\nprintf fetched > "$6"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:/usr/bin:/bin")
    (project / ".dvc" / "config").write_text("['remote \"one\"']\n    url = s3://bucket\n")
    dvc = Dvc(project)
    assert dvc.needs_dvc
    assert list(dvc.candidates("0a" * 16)) == []
    assert not (tmp_path / "asked").exists()
    assert dvc.fetch("data/x.csv", "0a" * 20, tmp_path / "got") == ""
    assert (tmp_path / "got").read_text() == "fetched"
    wanted = f"get --quiet --rev {'0a' * 20} -o {tmp_path}/got -- {project} data/x.csv\n"
    assert (tmp_path / "asked").read_text() == wanted


def test_why_dvc_did_not_fetch_is_said(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Dvc(project).fetch("x", None, tmp_path / "got") == "dvc is not installed"
    (tmp_path / "dvc").write_text("#!/bin/sh\necho no such remote >&2\nexit 1\n")
    (tmp_path / "dvc").chmod(0o755)
    assert Dvc(project).fetch("x", None, tmp_path / "got") == "no such remote"
