"""Whoever has told pip where packages are need not tell uv again; whoever has told uv is taken at their word."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from nbtrack.reproduce.environment.index_settings import for_uv, link_folders


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """A home folder with nothing configured, and a working folder without a project."""
    monkeypatch.chdir(tmp_path)
    return {
        "HOME": str(tmp_path),
        "PIP_CONFIG_FILE": str(tmp_path / "own.conf"),
        "XDG_CONFIG_DIRS": str(tmp_path / "no"),
    }


def test_pips_own_file_is_understood(home: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "own.conf").write_text(
        "[global]\nindex-url = https://index.example.org/simple\nextra_index_url = https://a/simple\n  https://b/simple\n"
        "[install]\nno-index = false\n"
    )
    told = for_uv(home)
    assert told["UV_DEFAULT_INDEX"] == "https://index.example.org/simple"
    assert told["UV_INDEX"] == "https://a/simple https://b/simple"
    assert told["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    assert "UV_NO_INDEX" not in told


def test_variables_count_more_than_files(home: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "own.conf").write_text("[global]\nindex-url = https://file.example.org/simple\n")
    told = for_uv({**home, "PIP_INDEX_URL": "https://variable.example.org/simple"})
    assert told["UV_DEFAULT_INDEX"] == "https://variable.example.org/simple"


def test_what_uv_was_told_is_left_alone(home: Mapping[str, str], tmp_path: Path) -> None:
    variables = {**home, "PIP_INDEX_URL": "https://pip.example.org/simple"}
    assert for_uv({**variables, "UV_DEFAULT_INDEX": "https://uv.example.org/simple"}) == {}
    (tmp_path / "uv.toml").write_text('[[index]]\nurl = "https://uv.example.org/simple"\n')
    assert for_uv(variables) == {}


def test_a_project_that_does_not_speak_of_indexes_changes_nothing(home: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.uv]\nmanaged = true\n")
    assert for_uv({**home, "PIP_FIND_LINKS": "/wheels"})["UV_FIND_LINKS"] == "/wheels"


def test_certificates_of_pip_are_used_unless_there_are_others(home: Mapping[str, str]) -> None:
    assert for_uv({**home, "PIP_CERT": "/pip.pem"})["SSL_CERT_FILE"] == "/pip.pem"
    assert "SSL_CERT_FILE" not in for_uv({**home, "PIP_CERT": "/pip.pem", "SSL_CERT_FILE": "/own.pem"})


def test_a_damaged_file_is_passed_over(home: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "own.conf").write_bytes(b"\xff\xfenot = [an ini")
    assert "UV_DEFAULT_INDEX" not in for_uv(home)


def test_folders_of_wheels_are_those_that_are_there(tmp_path: Path) -> None:
    told = {"UV_FIND_LINKS": f"{tmp_path},https://example.org/wheels,/nowhere/at/all"}
    assert link_folders(told) == [tmp_path]
