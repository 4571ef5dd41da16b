"""Which store a page may ask."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrack.errors import UsageError
from nbtrack.hosts.server.place import folder_of, store_of


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../other/n.ipynb",
        "a/../../other",
        "/../x",
        "//host/share",
        "C:/x",
        "c:x",
        "a\\..\\b",
        "a\x00b",
        "a\nb",
        "x" * 5000,
    ],
)
def test_a_path_out_of_the_servers_folder_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(UsageError, match="not a path inside"):
        folder_of(tmp_path, path)


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "root" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(UsageError, match=r"'link/n.ipynb' lies behind a link that leads out .* Start Jupyter in"):
        folder_of(tmp_path / "root", "link/n.ipynb")


def test_a_place_that_cannot_be_read_is_told_apart_from_one_that_is_not_inside(tmp_path: Path) -> None:
    (tmp_path / "ring").symlink_to(tmp_path / "ring")
    for path in ("ring/n.ipynb", f"{'x' * 300}/n.ipynb"):
        with pytest.raises(UsageError, match=r"the server cannot read .* where the runs of this notebook are"):
            folder_of(tmp_path, path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is closed to root")
def test_a_folder_that_is_closed_to_the_server_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    with pytest.raises(UsageError, match="permission denied"):
        folder_of(tmp_path, "closed/n.ipynb")


def test_a_root_that_is_a_link_itself_is_inside_itself(tmp_path: Path) -> None:
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "root").symlink_to(tmp_path / "real")
    assert folder_of(tmp_path / "root", "deep/n.ipynb") == tmp_path / "real" / "deep"


def test_a_notebooks_store_is_the_one_its_kernel_finds(tmp_path: Path) -> None:
    (tmp_path / "project" / "deep").mkdir(parents=True)
    (tmp_path / "project" / ".nbtrack").mkdir()
    assert store_of(tmp_path, "project/deep/n.ipynb").path == tmp_path / "project" / ".nbtrack"


def test_asking_makes_no_store(tmp_path: Path) -> None:
    store_of(tmp_path, "sub/n.ipynb").runs()
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_begins_with_a_slash_begins_at_the_servers_folder(tmp_path: Path) -> None:
    assert folder_of(tmp_path, "/etc/passwd") == tmp_path / "etc"


def test_a_colon_in_a_name_is_no_drive(tmp_path: Path) -> None:
    (tmp_path / "2024: autumn").mkdir()
    assert folder_of(tmp_path, "2024: autumn/a:b.ipynb") == tmp_path / "2024: autumn"


def test_a_store_above_the_servers_folder_is_the_notebooks_as_it_is_its_kernels(tmp_path: Path) -> None:
    (tmp_path / ".nbtrack").mkdir()
    (tmp_path / "root" / "deep").mkdir(parents=True)
    assert store_of(tmp_path / "root", "deep/n.ipynb").path == tmp_path / ".nbtrack"


def test_where_the_server_was_started_is_nothing_to_a_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "started" / ".nbtrack").mkdir(parents=True)
    (tmp_path / "root").mkdir()
    monkeypatch.chdir(tmp_path / "started")
    assert store_of(tmp_path / "root", "n.ipynb").path == tmp_path / "root" / ".nbtrack"


def test_a_store_that_the_environment_names_is_seen_from_the_notebooks_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "root" / "a").mkdir(parents=True)
    monkeypatch.setenv("NBTRACK_STORE", "runs")
    assert store_of(tmp_path / "root", "a/n.ipynb").path == tmp_path / "root" / "a" / "runs"
    monkeypatch.setenv("NBTRACK_STORE", str(tmp_path / "all"))
    assert store_of(tmp_path / "root", "a/n.ipynb").path == tmp_path / "all"


PIECES = st.sampled_from(["..", ".", "", "a", "link", "~", "C:", "\\", "\x00", "%2e%2e", "RTC:a", "é", "x" * 300])


@given(st.lists(PIECES, max_size=6).map("/".join) | st.text(max_size=30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=300)
def test_no_path_whatever_leads_out_of_the_servers_folder(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True, exist_ok=True)
    if not (root / "link").is_symlink():
        (root / "link").symlink_to(tmp_path)
    try:
        found = folder_of(root, path)
    except UsageError:
        return
    assert found.resolve().is_relative_to(root)
