"""Recorded places mean places in the new folder, whatever they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nbtrack
from nbtrack.reproduce.layout import ELSEWHERE, Layout, layout, parts_of, written
from tests.reproduce.recorded import recorded


def laid_out(notebook: object = None, **code: Any) -> Layout:
    return layout(recorded(nbtrack.MemoryStore(), code=code, notebook=notebook), Path("/new"))


def where(found: Layout, path: str) -> str:
    return found.where(found.parts(path)).relative_to("/new").as_posix()


def test_paths_are_relative_to_the_notebooks_folder_in_its_repository() -> None:
    found = laid_out("/srv/project/nb/a.ipynb", folder="nb", repository="project")
    assert found.root == Path("/new")
    assert where(found, "x.csv") == "nb/x.csv"
    assert where(found, "../data/x.csv") == "data/x.csv"
    assert where(found, "/srv/project/data/x.csv") == "data/x.csv"


def test_what_lay_elsewhere_has_a_place_of_its_own() -> None:
    found = laid_out("~/project/a.ipynb", folder=".")
    assert where(found, "/srv/x.csv") == f"{ELSEWHERE}/root/srv/x.csv"
    assert where(found, "~/x.csv") == f"{ELSEWHERE}/home/x.csv"
    assert where(found, "C:/data/x.csv") == f"{ELSEWHERE}/C/data/x.csv"
    assert where(found, "~/project/x.csv") == "x.csv"


def test_the_working_directory_is_where_it_was() -> None:
    found = laid_out("/srv/project/nb/a.ipynb", folder="nb", cwd="..")
    assert found.where(found.working) == Path("/new")
    assert found.where(found.notebook) == Path("/new/nb")


def test_a_session_that_began_above_the_repository_has_it_below() -> None:
    found = laid_out("/srv/group/project/a.ipynb", folder=".", cwd="/srv/group")
    assert (found.where(found.working), found.root) == (Path("/new"), Path("/new/project"))


@pytest.mark.parametrize(
    ("notebook", "read", "base"),
    [
        ("/kaggle/working/a.ipynb", "/kaggle/input/train.csv", "/kaggle"),
        ("~/course/week1/a.ipynb", "~/course/data/x.csv", "~/course"),
        ("~/course/week1/a.ipynb", "../data/x.csv", "~/course"),
        ("~/course/week1/a.ipynb", "~/data/x.csv", "~/course/week1"),
        ("~/a/b/c/d/e/a.ipynb", "~/a/x.csv", "~/a/b/c/d/e"),
        ("/tmp/one/a.ipynb", "/tmp/two/x.csv", "/tmp/one"),
        ("/home/one/a.ipynb", "/home/two/x.csv", "/home/one"),
    ],
)
def test_data_beside_the_notebooks_folder_stays_beside_it(notebook: str, read: str, base: str) -> None:
    data = {"kind": "file", "path": read, "mode": "read"}
    found = layout(recorded(nbtrack.MemoryStore(), notebook=notebook, data=[data]), Path("/new"))
    assert written(found.base) == base


def test_a_session_that_began_elsewhere_runs_elsewhere() -> None:
    found = laid_out("~/project/a.ipynb", folder=".", cwd="/opt/work")
    assert (found.root, found.where(found.working)) == (Path("/new"), Path(f"/new/{ELSEWHERE}/root/opt/work"))


def test_without_a_notebook_the_place_of_the_session_counts() -> None:
    found = laid_out(place="/srv/project/nb", folder="nb")
    assert (written(found.top), where(found, "/srv/project/x")) == ("/srv/project", "x")


def test_a_run_from_before_folders_were_recorded_is_found_by_the_name_of_its_repository() -> None:
    found = laid_out("/srv/project/nb/a.ipynb", repository="project")
    assert (written(found.top), where(found, "x.csv")) == ("/srv/project", "nb/x.csv")


def test_a_folder_that_does_not_fit_the_notebooks_path_is_believed() -> None:
    found = laid_out("/link/a.ipynb", folder="deep/nb", repository="project")
    assert (where(found, "x"), where(found, "../../x")) == ("deep/nb/x", "x")


HOSTILE = st.text(st.sampled_from("./~\\:aC\0\n "), max_size=30) | st.text(max_size=30)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("folder", "cwd", "place", "repository"), HOSTILE)),
    HOSTILE,
    HOSTILE,
)
def test_no_record_leads_out_of_the_folder(code: dict[str, str], notebook: str, path: str) -> None:
    run = _RUN
    run.document["code"], run.document["notebook"] = dict(code), notebook
    found = layout(run, Path("/new"))
    for ask in (lambda: found.root, lambda: found.where(found.working), lambda: found.where(found.parts(path))):
        try:
            place = ask()
        except ValueError:
            continue
        assert place == Path("/new") or Path("/new") in place.parents
        assert ".." not in place.parts


_RUN = recorded(nbtrack.MemoryStore())


@pytest.mark.parametrize(
    ("path", "parts"), [("a/../../b", ("/", "b")), ("/../etc", ("/", "etc")), ("~root/x", ("/", "n", "~root", "x"))]
)
def test_climbing_is_worked_out_by_names(path: str, parts: tuple[str, ...]) -> None:
    assert parts_of(path, ("/", "n")) == parts
