"""What it takes to install a run's packages again is recorded, and read once."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from nbtrack.capture.environment.installed import Installed


def distribution(folder: Path, name: str, *needs: str, files: str = "x", **more: str) -> None:
    record = folder / f"{name}-1.0.dist-info"
    record.mkdir(parents=True)
    requires = "".join(f"Requires-Dist: {need}\n" for need in needs)
    text = (
        f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nAuthor: Somebody\n{requires}\nRequires-Dist: in-the-text\n"
    )
    (record / "METADATA").write_text(text)
    (record / "RECORD").write_text(f"{name}/__init__.py,sha256={files},1\n{name}-1.0.dist-info/RECORD,,\n")
    (record / "INSTALLER").write_text("uv\n")
    for path, content in more.items():
        (record / path.replace("__", ".")).write_text(content)


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    folder = tmp_path / "site-packages"
    distribution(folder, "first", "second>=1; python_version > '3'", 'more; extra == "all"', "absent")
    distribution(folder, "second", "third[fast]")
    distribution(folder, "third", 'quick ; extra == "fast"')
    distribution(folder, "quick")
    distribution(folder, "more")
    distribution(folder, "orjson")
    return folder


def look_in(folder: Path) -> Installed:
    return Installed(lambda: {str(folder): {each.name.split("-")[0]: each.name for each in folder.glob("*-info")}})


def told(about: Installed, *imported: str, origins: Mapping[str, Any] | None = None, top: str | None = None) -> Any:
    return json.loads(about.describe(imported, origins or {}, top))


def test_what_is_imported_is_told_with_all_it_needs_and_all_a_replay_needs(packages: Path) -> None:
    found = told(look_in(packages), "first")["distributions"]
    assert list(found) == ["first", "orjson", "quick", "second", "third"]
    assert found["first"]["requires"] == {"": ["second"], "all": ["more"]}
    assert found["second"]["requires"] == {"": ["third[fast]"]}
    assert found["first"]["installer"] == "uv"


def test_the_digest_of_a_package_tells_its_files(packages: Path) -> None:
    about = look_in(packages)
    before = told(about, "first")["distributions"]
    record = packages / "second-1.0.dist-info"
    for file in record.iterdir():
        file.unlink()
    record.rmdir()
    distribution(packages, "second", "third[fast]", files="y")
    after = told(about, "first")["distributions"]
    assert [name for name in before if before[name]["files"] != after[name]["files"]] == ["second"]


def test_an_unchanged_package_is_not_read_again(packages: Path) -> None:
    about = look_in(packages)
    before = about.describe(["first"], {}, None)
    record = packages / "first-1.0.dist-info"
    (record / "RECORD").write_bytes(b"overwritten in place: the folder of the record stays as it was\n")
    assert about.describe(["first"], {}, None) == before


def test_packages_edited_in_place_are_told_by_where_they_lie_in_the_repository(packages: Path, tmp_path: Path) -> None:
    source = tmp_path / "repository" / "libs" / "mine"
    (source / "src").mkdir(parents=True)
    distribution(packages, "mine", entry_points__txt="[console_scripts]\nmine = mine:main\n")
    (packages / "mine.pth").write_text(f"import os\n{source / 'src'}\n/elsewhere\n")
    (packages / "mine-1.0.dist-info" / "RECORD").write_text("mine.pth,,\nmine-1.0.dist-info/RECORD,,\n")
    origins = {"mine": {"kind": "editable", "url": str(source)}, "nbtrack": {"kind": "editable", "url": "/n"}}
    found = told(look_in(packages), origins=origins, top=str(tmp_path / "repository"))["editable"]
    assert found == {
        "mine": {
            "within": "libs/mine",
            "paths": ["src"],
            "metadata": "Metadata-Version: 2.1\nName: mine\nVersion: 1.0",
            "entry_points": "[console_scripts]\nmine = mine:main\n",
        }
    }
    assert told(look_in(packages), origins=origins)["editable"]["mine"]["within"] is None


def test_a_record_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    about = Installed(lambda: {str(tmp_path): {"first": "first-1.0.dist-info", "old": "old-1.0.egg-info"}})
    (tmp_path / "first-1.0.dist-info").mkdir()
    (tmp_path / "old-1.0.egg-info").write_text("Version: 1.0\n")
    assert told(about, "first", "old")["distributions"] == {
        "first": {"requires": {}, "files": "", "installer": ""},
        "old": {"requires": {}, "files": "", "installer": ""},
    }
