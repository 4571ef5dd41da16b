"""The person's own modules are found among the loaded ones, without asking any of them."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from nbtrack.capture.environment.modules import Source, edited_folders, own_sources, read_source


def module(name: str, file: object) -> ModuleType:
    made = ModuleType(name)
    made.__file__ = file  # type: ignore[assignment]
    return made


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("helpers.py", "pkg/__init__.py", "pkg/model.py", ".venv/lib/python3.11/site-packages/numpy.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    return tmp_path


def test_modules_under_the_folders_are_ones_own(project: Path) -> None:
    loaded = {
        "helpers": module("helpers", f"{project}/helpers.py"),
        "pkg": module("pkg", f"{project}/pkg/__init__.py"),
        "pkg.model": module("pkg.model", f"{project}/pkg/model.py"),
        "numpy": module("numpy", f"{project}/.venv/lib/python3.11/site-packages/numpy.py"),
        "elsewhere": module("elsewhere", "/somewhere/else.py"),
        "native": module("native", f"{project}/native.so"),
        "__main__": module("__main__", f"{project}/helpers.py"),
        "nbtrack.capture": module("nbtrack.capture", f"{project}/helpers.py"),
        "odd": module("odd", 7),
        "none": module("none", None),
        "no module": object(),
        "json": sys.modules["json"],
    }
    assert own_sources(loaded, [str(project)]) == [
        Source("helpers.py", f"{project}/helpers.py", "helpers", str(project)),
        Source("pkg/__init__.py", f"{project}/pkg/__init__.py", "pkg", str(project)),
        Source("pkg/model.py", f"{project}/pkg/model.py", "pkg.model", str(project)),
    ]


def test_the_first_folder_names_a_source(project: Path) -> None:
    loaded = {"pkg": module("pkg", f"{project}/pkg/__init__.py")}
    assert [source.name for source in own_sources(loaded, [str(project / "pkg"), str(project)])] == ["__init__.py"]
    assert [source.name for source in own_sources(loaded, [str(project), str(project / "pkg")])] == ["pkg/__init__.py"]


def test_a_linked_folder_is_the_folder_it_leads_to(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    link = tmp_path_factory.mktemp("links") / "link"
    link.symlink_to(project)
    loaded = {"helpers": module("helpers", f"{link}/helpers.py")}
    wanted = [Source("helpers.py", f"{project}/helpers.py", "helpers", str(project))]
    assert own_sources(loaded, [str(project)]) == own_sources(loaded, [str(link)]) == wanted


def test_a_folder_whose_name_only_begins_alike_is_another(project: Path) -> None:
    other = project.parent / f"{project.name}-2"
    other.mkdir()
    assert own_sources({"a": module("a", f"{other}/a.py")}, [str(project)]) == []


def test_a_lazy_module_is_not_woken(project: Path) -> None:
    (project / "lazy.py").write_text("raise RuntimeError('woken')\n")
    spec = importlib.util.spec_from_file_location("lazy", project / "lazy.py")
    assert spec is not None
    assert spec.loader is not None
    spec.loader = importlib.util.LazyLoader(spec.loader)
    lazy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lazy)
    assert [source.name for source in own_sources({"lazy": lazy}, [str(project)])] == ["lazy.py"]


def test_editable_packages_say_where_they_are_edited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    origins = {
        "a": {"kind": "editable", "url": "~/src/a"},
        "b": {"kind": "editable", "url": "/srv/b"},
        "c": {"kind": "local", "url": "/srv/c"},
        "d": {"kind": "unknown"},
    }
    assert edited_folders(origins) == ["/home/me/src/a", "/srv/b"]
    assert edited_folders(None) == []


def test_a_source_that_is_gone_or_huge_is_not_read(project: Path) -> None:
    assert read_source(Source("helpers.py", f"{project}/helpers.py", "helpers")) == b"x = 1\n"
    (project / "helpers.py").write_bytes(b"#" * ((1 << 20) + 1))
    assert read_source(Source("helpers.py", f"{project}/helpers.py", "helpers")) is None
    (project / "helpers.py").unlink()
    assert read_source(Source("helpers.py", f"{project}/helpers.py", "helpers")) is None


def test_sources_of_one_name_are_told_apart_by_their_roots(tmp_path: Path) -> None:
    for root in ("one", "two"):
        (tmp_path / root).mkdir()
        (tmp_path / root / "tools.py").write_text("x = 1\n")
    loaded = {f"{root}_tools": module(f"{root}_tools", f"{tmp_path}/{root}/tools.py") for root in ("one", "two")}
    found = own_sources(loaded, [str(tmp_path / "one"), str(tmp_path / "two")])
    assert [(each.name, each.root) for each in found] == [
        ("tools.py", f"{tmp_path}/one"),
        ("two/tools.py", f"{tmp_path}/two"),
    ]


def test_a_source_behind_a_link_out_of_the_project_is_ones_own(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shared = tmp_path_factory.mktemp("shared")
    (shared / "tools.py").write_text("x = 1\n")
    (project / "linked").symlink_to(shared)
    loaded = {"linked.tools": module("linked.tools", f"{project}/linked/tools.py")}
    wanted = Source("linked/tools.py", f"{project}/linked/tools.py", "linked.tools", str(project))
    assert own_sources(loaded, [str(project)]) == [wanted]
