"""Which store a page may ask."""

from pathlib import Path

import pytest

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
    with pytest.raises(UsageError, match="not a path inside"):
        folder_of(tmp_path / "root", "link/n.ipynb")


def test_a_notebooks_store_is_the_one_its_kernel_finds(tmp_path: Path) -> None:
    (tmp_path / "project" / "deep").mkdir(parents=True)
    (tmp_path / "project" / ".nbtrack").mkdir()
    assert store_of(tmp_path, "project/deep/n.ipynb").path == tmp_path / "project" / ".nbtrack"


def test_asking_makes_no_store(tmp_path: Path) -> None:
    store_of(tmp_path, "sub/n.ipynb").runs()
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_begins_with_a_slash_begins_at_the_servers_folder(tmp_path: Path) -> None:
    assert folder_of(tmp_path, "/etc/passwd") == tmp_path / "etc"
