"""The versions nbtrack works with: what is declared is what the documents say, what the lock has, and what ``make versions`` tries."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
DECLARED = {
    where: [Requirement(each) for each in requirements]
    for where, requirements in {
        "nbtrack": PROJECT["dependencies"],
        **PROJECT["optional-dependencies"],
        **PYPROJECT["dependency-groups"],
    }.items()
}
PYTHONS = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
UV = """#!/bin/sh
echo "uv $@" >> asked
[ "$1" = venv ] && for last; do :; done && mkdir -p "$last/bin" && cp pytest "$last/bin/"
exit 0
"""
PYTEST = """#!/bin/sh
echo "$0 $@" >> asked
"""


def lowest(requirement: Requirement) -> str:
    """Return the lowest version that a requirement allows; nothing where any will do."""
    return next((each.version for each in requirement.specifier if each.operator == ">="), "")


def least(name: str, where: str = "nbtrack") -> str:
    return next(lowest(each) for each in DECLARED[where] if each.name == name)


def test_each_requirement_says_from_which_version_on() -> None:
    unsaid = [str(each) for requirements in DECLARED.values() for each in requirements if not lowest(each)]
    assert unsaid == [], "make lowest can try only what is declared"


def test_what_extras_allow_is_what_the_tests_are_run_with() -> None:
    tried = {each.name: lowest(each) for each in DECLARED["dev"]}
    extras = [each for name in PROJECT["optional-dependencies"] for each in DECLARED[name] if each.name in tried]
    assert extras
    assert {each.name: lowest(each) for each in extras} == {each.name: tried[each.name] for each in extras}


def test_the_lock_has_versions_that_are_allowed() -> None:
    lock = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    pins = re.findall(r"^([\w.-]+)==([\w.+]+)", lock, re.MULTILINE)
    allowed = {canonicalize_name(each.name): each.specifier for each in DECLARED["nbtrack"] + DECLARED["dev"]}
    assert allowed.keys() <= {canonicalize_name(name) for name, _ in pins}
    refused = [
        f"{name}=={version}" for name, version in pins if name in allowed and Version(version) not in allowed[name]
    ]
    assert refused == [], "make lock"


def test_the_oldest_versions_stand_where_people_look() -> None:
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    *but_last, last = PYTHONS
    lab, notebook = least("jupyterlab", "dev"), least("notebook", "dev")
    assert f"Python {', '.join(but_last)} and {last} with IPython {least('ipython')} or newer" in readme
    assert f"for JupyterLab {lab} and Notebook {notebook} or newer" in readme
    page = (ROOT / "docs" / "jupyterlab.md").read_text(encoding="utf-8")
    assert f"JupyterLab ({lab} or newer) or Notebook ({notebook} or newer)" in page


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What ``make`` needs of a checkout, and the few programs it may find: no uv yet."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "labextension" / "node_modules").mkdir(parents=True)
    (tmp_path / "labextension" / "package-lock.json").touch()
    (tmp_path / "labextension" / "node_modules" / ".ready").touch()  # the front end's tools are there
    (tmp_path / "bin").mkdir()
    for name in ("cp", "id", "make", "mkdir", "sed", "sh"):
        found = shutil.which(name)
        assert found is not None
        (tmp_path / "bin" / name).symlink_to(found)
    return tmp_path


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def make(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    environment["PATH"] = str(tree / "bin")
    command = [str(tree / "bin" / "make"), *arguments]
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)


def test_each_python_and_the_lowest_versions_are_tried_in_environments_of_their_own(tree: Path) -> None:
    program(tree / "bin" / "uv", UV)
    program(tree / "pytest", PYTEST)
    done = make(tree, "versions", "TESTS=tests/query")
    assert done.returncode == 0, done.stderr
    asked = (tree / "asked").read_text(encoding="utf-8")
    made = re.findall(r"^uv venv .*--python (\S+) (\S+)$", asked, re.MULTILINE)
    assert made == [(PYTHONS[0], ".venv-lowest"), *((each, f".venv-{each}") for each in PYTHONS)]
    resolved = re.findall(r"^uv pip compile .*--resolution (\S+) .*-o (\S+)/versions.txt", asked, re.MULTILINE)
    assert resolved == [("lowest-direct", ".venv-lowest"), *(("highest", f".venv-{each}") for each in PYTHONS)]
    ran = re.findall(r"^(\S+)/bin/pytest .*--ignore tests/browser (.*)$", asked, re.MULTILINE)
    assert ran == [(environment, "tests/query") for _, environment in made]


def test_the_uv_of_the_environment_for_development_will_do(tree: Path) -> None:
    program(tree / ".venv" / "bin" / "uv", UV)
    program(tree / "pytest", PYTEST)
    done = make(tree, "newest-3.13")
    assert done.returncode == 0, done.stderr
    assert ".venv-3.13/bin/pytest" in (tree / "asked").read_text(encoding="utf-8")


def test_without_uv_it_is_said_what_is_missing(tree: Path) -> None:
    done = make(tree, "lowest")
    assert done.returncode != 0
    assert "install it (pip install uv), or run 'make check' once" in done.stderr
    assert not (tree / ".venv-lowest").exists()


def test_make_test_does_not_try_other_versions() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(r"^test:.*\n(?:\t.*\n)+", makefile, re.MULTILINE)
    assert found is not None
    assert not re.search(r"lowest|newest|versions|elsewhere", found[0])
