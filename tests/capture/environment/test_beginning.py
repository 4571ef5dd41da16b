"""Where a program has to run is recorded by ways that mean something elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nbtrack.capture.environment.beginning import Beginning
from nbtrack.capture.environment.code import find_repository


def places(folder: Path, notebook: Path | None = None) -> dict[str, Any]:
    scene: Any = SimpleNamespace(folder=folder, notebook=notebook)
    return Beginning().places(scene, find_repository(folder))


def test_a_notebook_in_its_own_folder_needs_no_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert places(tmp_path, tmp_path / "a.ipynb") == {}


def test_the_folder_in_the_repository_is_told(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "nb").mkdir()
    monkeypatch.chdir(repository / "nb")
    assert places(repository / "nb", repository / "nb" / "a.ipynb") == {"folder": "nb"}
    assert places(repository / "nb") == {"folder": "nb", "place": str(repository / "nb")}


def test_a_session_that_began_at_the_top_says_the_way_there(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "nb").mkdir()
    monkeypatch.chdir(repository)
    assert places(repository / "nb", repository / "nb" / "a.ipynb") == {"folder": "nb", "cwd": ".."}


def test_a_session_that_began_elsewhere_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "me/two"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.chdir(tmp_path / "me/two")
    assert places(tmp_path / "one", tmp_path / "one" / "a.ipynb") == {"cwd": "~/two"}


def test_a_link_to_the_notebook_is_told_as_the_folder_it_leads_to(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(repository)
    monkeypatch.chdir(repository)
    found = places(tmp_path / "link", tmp_path / "link" / "a.ipynb")
    assert found == {"folder": ".", "place": str(repository)}


def test_folders_that_code_adds_to_import_from_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "site-packages").mkdir()
    beginning = Beginning()
    added = [str(tmp_path / name) for name in ("mine", "site-packages", "gone")]
    monkeypatch.setattr(sys, "path", [*sys.path, *added])
    assert beginning.added() == [str(tmp_path / "mine")]
