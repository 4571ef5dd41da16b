"""What becomes of the extension of JupyterLab when nbtrack is built: never out of date, and not built where it is up to date."""

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
NPM = """#!/bin/sh
echo "$@" >> ../asked
[ "$1" = ci ] && mkdir -p node_modules && touch node_modules/.package-lock.json
[ "$1" = run ] && mkdir -p ../nbtrack/labextension/static && cat src/index.ts > ../nbtrack/labextension/static/style.js
[ "$1" = run ] && echo '{}' > ../nbtrack/labextension/package.json
exit 0
"""


@pytest.fixture(scope="module")
def building() -> Any:
    spec = importlib.util.spec_from_file_location("building", ROOT / "labextension" / "building.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one source, and an npm that writes down what it is asked for and copies the source."""
    root = tmp_path / "tree"
    (root / "labextension" / "src").mkdir(parents=True)
    (root / "nbtrack" / "view" / "static" / "compare").mkdir(parents=True)
    for name in ("package.json", "install.json"):
        (root / "labextension" / name).write_text("{}")
    (root / "labextension" / "package-lock.json").write_text("{}")
    (root / "labextension" / "src" / "index.ts").write_text("one")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "npm").write_text(NPM)
    (tmp_path / "bin" / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.delenv("HATCH_JUPYTER_BUILDER_SKIP_NPM", raising=False)
    return root


def asked(tree: Path) -> list[str]:
    """Return what npm was asked for since the last time."""
    file = tree / "asked"
    words = [line.split()[0] for line in file.read_text().splitlines()] if file.exists() else []
    file.unlink(missing_ok=True)
    return words


def test_it_is_built_from_what_the_lock_file_names_and_again_when_a_source_says_something_else(
    building: Any, tree: Path
) -> None:
    building.build("wheel", "standard", tree)
    assert asked(tree) == ["ci", "run"]
    source = tree / "labextension" / "src" / "index.ts"
    os.utime(source, (2e9, 2e9))
    building.build("wheel", "standard", tree)
    assert asked(tree) == [], "a file that was touched says what it said"
    source.write_text("two")
    os.utime(source, (1e9, 1e9))
    building.build("sdist", "standard", tree)
    assert asked(tree) == ["run"]
    assert (tree / "nbtrack" / "labextension" / "static" / "style.js").read_text() == "two"
    (tree / "nbtrack" / "labextension" / "install.json").unlink()
    building.build("wheel", "standard", tree)
    assert asked(tree) == ["run"], "part of it is not enough"
    os.utime(tree / "labextension" / "package-lock.json", (2e9, 2e9))
    (tree / "labextension" / "package-lock.json").write_text('{"other": 1}')
    os.utime(tree / "labextension" / "package-lock.json", (2e9, 2e9))
    building.build("wheel", "standard", tree)
    assert asked(tree) == ["ci", "run"]


def test_without_node_only_what_is_up_to_date_is_shipped(
    building: Any, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    building.build("wheel", "standard", tree)
    monkeypatch.setenv("PATH", str(tree))
    building.build("wheel", "standard", tree)
    (tree / "labextension" / "src" / "more.ts").write_text("more")
    with pytest.raises(building.CannotBuildError, match="was built from other sources"):
        building.build("wheel", "standard", tree)
    with pytest.raises(building.CannotBuildError, match="All else works"):
        building.build("wheel", "editable", tree)


def test_the_stamp_is_the_same_after_a_checkout_with_other_ends_of_lines(building: Any, tree: Path) -> None:
    source = tree / "labextension" / "src" / "index.ts"
    source.write_bytes(b"one\ntwo\n")
    before = building.digest(tree)
    source.write_bytes(b"one\r\ntwo\r\n")
    assert building.digest(tree) == before


@pytest.mark.slow
def test_an_editable_install_without_node_works_and_a_wheel_is_refused(tree: Path) -> None:
    """The build as pip and uv start it, in a tree without the extension and a machine without node."""
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    shutil.copy(ROOT / "labextension" / "building.py", tree / "labextension")
    (tree / "nbtrack" / "__init__.py").write_text("")
    builder = "import sys, hatchling.build as b; print(getattr(b, sys.argv[1])('dist'))"
    env = {**os.environ, "PATH": str(tree)}

    def built(what: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", builder, what]
        return subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, check=False)

    editable = built("build_editable")
    assert editable.returncode == 0, editable.stderr
    assert "All else works" in editable.stderr
    assert zipfile.ZipFile(tree / "dist" / editable.stdout.split()[-1]).namelist()
    refused = built("build_wheel")
    assert refused.returncode != 0
    assert "node is not there to build it" in refused.stderr
