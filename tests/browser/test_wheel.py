"""nbtrack as people install it: from the wheel, on a machine without node, into an environment of its own."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.kernel, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made of the sdist: what is not in the one is not in the other."""
    if not (ROOT / "nbtrack" / "labextension" / "package.json").exists():
        pytest.fail("the extension is not built; `make labextension` builds it")
    dist = tmp_path_factory.mktemp("dist")
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if uv is None:
        pytest.skip("uv builds the wheel")
    command = [uv, "build", "-q", "--no-build-isolation", "--python", sys.executable, "-o", str(dist), str(ROOT)]
    subprocess.run(command, check=True, env=without_node())
    (found,) = dist.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment in which nbtrack is installed from the wheel, and all that it needs is there as for the tests."""
    home = tmp_path_factory.mktemp("environment")
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    subprocess.run([str(uv), "venv", "-q", "--python", sys.executable, str(home)], check=True)
    python = home / "bin" / "python"
    packages = home / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    (packages / "beside.pth").write_text(
        f"{Path(pytest.__file__).parents[1]}\n"
    )  # adds no .pth of its own: no checkout
    subprocess.run([str(uv), "pip", "install", "-q", "--no-deps", "--python", str(python), str(wheel)], check=True)
    lab = home / "share" / "jupyter" / "lab"
    lab.symlink_to(Path(sys.prefix) / "share" / "jupyter" / "lab")
    return home


def without_node() -> dict[str, str]:
    """The variables of a machine on which there is no node."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("npm_", "NODE"))}
    return {**kept, "PATH": f"{Path(sys.executable).parent}"}


def test_the_wheel_has_the_extension_and_enables_both_halves_of_it(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    shared = [name.partition(".data/data/")[2] for name in names if ".data/data/" in name]
    home = "share/jupyter/labextensions/nbtrack-labextension/"
    assert {f"{home}package.json", f"{home}install.json", "etc/jupyter/jupyter_server_config.d/nbtrack.json"} <= {
        *shared
    }
    assert any(name.startswith(f"{home}static/remoteEntry.") for name in shared)
    assert not [name for name in names if name.startswith("nbtrack/labextension") or "node_modules" in name]
    assert not [name for name in names if name.endswith((".map", ".ts", ".pyc"))]
    assert wheel.stat().st_size < 4_000_000


def test_the_sdist_has_what_the_extension_is_built_from_and_nothing_that_was_installed(wheel: Path) -> None:
    (sdist,) = wheel.parent.glob("*.tar.gz")
    with tarfile.open(sdist) as files:
        names = {name.partition("/")[2] for name in files.getnames()}
    assert {"labextension/src/index.ts", "labextension/package-lock.json", "nbtrack/labextension/package.json"} <= names
    odd = ("node_modules/", "labextension/lib/", "__pycache__/", ".hypothesis/", ".pytest_cache/")
    assert not [name for name in names if any(part in f"{name}/" for part in odd) or name.endswith(".map")]
    assert sdist.stat().st_size < 6_000_000


def test_jupyter_says_that_both_are_enabled_and_ok(environment: Path) -> None:
    python = environment / "bin" / "python"
    env = {**without_node(), "JUPYTER_PREFER_ENV_PATH": "1"}
    for command in (["labextension", "list"], ["server", "extension", "list"]):
        said = subprocess.run([python, "-m", "jupyter", *command], capture_output=True, text=True, env=env, check=True)
        lines = [line for line in (said.stdout + said.stderr).splitlines() if "nbtrack" in line]
        assert any("OK" in line and "enabled" in line for line in lines) or any("enabled" in line for line in lines), (
            said
        )
        assert not any("X" in line.split() for line in lines), lines


def test_doctor_says_that_the_panel_is_there(environment: Path, tmp_path: Path) -> None:
    env = {**without_node(), "JUPYTER_PREFER_ENV_PATH": "1", "NBTRACK_STORE": str(tmp_path / ".nbtrack")}
    command = [environment / "bin" / "nbtrack", "doctor"]
    said = subprocess.run(command, capture_output=True, text=True, env=env, check=True, cwd=tmp_path)
    assert "JupyterLab: the runs panel and its server side are installed" in said.stdout


@pytest.fixture(scope="module")
def installed_lab(environment: Path, start_lab: Any) -> Iterator[Any]:
    with start_lab(environment / "bin" / "python", without_node()) as lab:
        yield lab


def test_the_installed_wheel_shows_runs_in_jupyterlab(installed_lab: Any, open_page: Any) -> None:
    cells = [
        nbformat.v4.new_code_cell(source) for source in ("%load_ext nbtrack", "%%track\naccuracy = sum([0.5, 0.25])")
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), installed_lab.root / "first.ipynb")
    watched = open_page()
    installed_lab.open(watched.page, "first.ipynb")
    watched.page.evaluate("window.jupyterapp.commands.execute('nbtrack:show-runs')")
    installed_lab.run_all(watched.page)
    watched.page.wait_for_selector(".nbt-panel .nbt-list-row")
    watched.page.wait_for_selector(".nbt-badge")
    assert not watched.requests
    assert not [problem for problem in watched.problems if "Failed to load resource" not in problem], watched.problems
