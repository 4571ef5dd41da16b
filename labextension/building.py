"""Building the extension of JupyterLab: where its sources are others than those it was built from, and only there.

What it was built from is kept beside it, as a digest of contents: the times of files say nothing in an archive or after
a checkout. So no wheel has an extension that is out of date, and a wheel is built from an sdist, which has the
extension in it, without node. What node needs is installed as the lock file has it (``npm ci``), never resolved anew.

    python labextension/building.py      # build it where it is out of date; what `make labextension` does
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
_SOURCES = (
    *("labextension/src/**/*.ts", "labextension/style/**/*.css", "labextension/schema/**/*.json"),
    *("labextension/package.json", "labextension/package-lock.json", "labextension/tsconfig.json"),
    "labextension/install.json",
    *("nbtrack/view/static/compare/**/*.js", "nbtrack/view/static/compare.css"),
)
_HOME = Path("nbtrack", "labextension")
_BUILT = (_HOME / "package.json", _HOME / "install.json", _HOME / "static" / "style.js")
_STAMP = _HOME / "built-from"


class CannotBuildError(Exception):
    """There is no extension to ship, and nothing here to build it with."""


def build(target: str = "", version: str = "standard", root: str | Path = ROOT) -> None:  # noqa: ARG001 - as the hook calls it
    """Build the extension where it is not what its sources make; ``pyproject.toml`` names this for every build.

    Raises:
        CannotBuildError: there is no node, or it failed. An editable install goes on without the panel.
    """
    root = Path(root)
    if is_fresh(root) or os.environ.get("HATCH_JUPYTER_BUILDER_SKIP_NPM") == "1":
        return
    home, sources = root / "labextension", digest(root)
    if not _is_installed(home):
        _npm(home, version, "ci", "--no-audit", "--no-fund")
    _npm(home, version, "run", "--silent", "build:prod")
    shutil.copy(home / "install.json", root / _HOME)
    (root / _STAMP).write_text(sources, encoding="ascii")


def is_fresh(root: Path) -> bool:
    """Return whether the extension is there, and was built from the sources that are."""
    there = all((root / each).is_file() for each in (*_BUILT, _STAMP))
    return there and (root / _STAMP).read_text("ascii") == digest(root)


def digest(root: Path) -> str:
    """Return what the sources' names and contents come down to, with lines ended one way."""
    found = hashlib.sha256()
    for file in _sources(root):
        content = file.read_bytes().replace(b"\r\n", b"\n")
        found.update(f"{file.relative_to(root).as_posix()} {len(content)}\n".encode() + content)
    return found.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    for pattern in _SOURCES:
        yield from sorted(root.glob(pattern))


def _is_installed(home: Path) -> bool:
    """Whether what node needs was installed since the lock file last changed."""
    done, lock = home / "node_modules" / ".package-lock.json", home / "package-lock.json"
    return done.is_file() and done.stat().st_mtime >= lock.stat().st_mtime


def _npm(home: Path, version: str, *words: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise CannotBuildError(_WITHOUT[version == "editable"])
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))  # jupyter-builder is there
    try:
        subprocess.run([npm, *words], cwd=home, check=True, env={**os.environ, "PATH": path})  # noqa: S603 - ours
    except subprocess.CalledProcessError as problem:
        raise CannotBuildError(f"`npm {' '.join(words)}` failed ({problem.returncode}) in {home}") from None


_WITHOUT = {
    True: (
        "nbtrack is installed, but without its panel in JupyterLab: node is not there to build it. All else works. "
        "For the panel install node 20 or newer, and run `make labextension`."
    ),
    False: (
        "the extension of JupyterLab is not there, or was built from other sources, and node is not there to build it: "
        "install node 20 or newer and build again, or build from an sdist, which has it in it."
    ),
}

if __name__ == "__main__":
    try:
        build()
    except CannotBuildError as problem:
        sys.exit(str(problem))
