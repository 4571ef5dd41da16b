"""Files are told by paths that mean something elsewhere, and many files by their folders."""

from __future__ import annotations

import hashlib
from pathlib import Path

from nbtrack.capture.data.data_paths import Folder, Shown, address, listed
from nbtrack.capture.data.files import FileUse
from nbtrack.capture.data.stamp import Stamp


def use(path: str, size: int = 1, mode: str = "read") -> FileUse:
    return FileUse(path, mode, Stamp(1, 1, size, 0))


def test_paths_are_relative_to_the_notebook_or_to_home() -> None:
    shown = Shown("/srv/project")
    paths = ["/srv/project/data/x.csv", "/srv/projects/x.csv", f"{Path.home()}/data/x.csv", "/data/x\udcff.csv"]
    assert [shown.path(path) for path in paths] == [
        "data/x.csv",
        "/srv/projects/x.csv",
        "~/data/x.csv",
        "/data/x\\udcff.csv",
    ]


def test_a_folder_that_is_reached_by_a_link_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert Shown(str(tmp_path / "link")).path(str(tmp_path / "real/x.csv")) == "x.csv"


def test_addresses_have_no_secrets_and_the_hub_says_which_revision() -> None:
    password = "hunter" + "2"
    found = [
        address(FileUse(f"https://me:{password}@example.org/x.csv?sig=abc", "read")),
        address(use("/h/.cache/huggingface/hub/datasets--org--set/snapshots/0a1b/data/x.parquet")),
        address(use("/data/x.csv")),
    ]
    assert found == ["https://example.org/x.csv", "hf://datasets/org/set@0a1b", None]


def test_two_hundred_files_are_listed_one_by_one() -> None:
    uses = [use(f"/data/{number}.png") for number in range(200)]
    assert listed(uses) == uses


def test_more_are_told_by_the_folders_that_hold_many() -> None:
    images = [use(f"/data/images/{number}.png", number) for number in range(300)]
    found = listed([*images, use("/data/labels.csv")])
    assert found == [Folder("/data/images", "read", tuple(images)), use("/data/labels.csv")]


def test_deep_trees_are_told_by_a_folder_higher_up() -> None:
    deep = [use(f"/data/{number}/x/y.png") for number in range(1000)]
    assert [(each.path, each.mode) for each in listed(deep)] == [("/data", "read")]


def test_a_folder_is_known_by_its_names_and_sizes_and_by_the_list_sha256sum_makes() -> None:
    files = (use("/data/b.txt", 2), use("/data/a/c.txt", 3))
    folder = Folder("/data", "read", files)
    other = Folder("/data", "read", (files[0], use("/data/a/c.txt", 4)))
    assert folder.size == 5
    assert folder.digest() == Folder("/data", "read", files[::-1]).digest() != other.digest()
    sums = {"/data/b.txt": "b" * 64, "/data/a/c.txt": "c" * 64}
    expected = hashlib.sha256(f"{'c' * 64}  a/c.txt\n{'b' * 64}  b.txt\n".encode()).hexdigest()
    assert folder.manifest(sums) == expected


def test_what_lies_in_the_same_repository_is_told_by_the_way_there() -> None:
    shown = Shown("/srv/project/nb", lambda _: "/srv/project")
    assert [shown.path(f"/srv/{name}") for name in ("project/data/x.csv", "project/nb/y.csv", "project2/z.csv")] == [
        "../data/x.csv",
        "y.csv",
        "/srv/project2/z.csv",
    ]
