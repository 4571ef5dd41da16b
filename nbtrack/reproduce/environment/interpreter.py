"""The Python to run with: the very version a run was recorded with, or the nearest of the same minor version."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nbtrack.errors import EnvironmentMissing
from nbtrack.reproduce.environment.means import Means

NOWHERE: Final = Path()  # of a version that is only spoken of
_ASK: Final = "import sys; print(*sys.version_info[:3], sep='.'); print(sys.implementation.name)"


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python of this machine, outside of any virtual environment."""

    path: Path
    version: str


def find_interpreter(version: str, implementation: str, means: Means) -> Interpreter:
    """Return the Python of exactly this version, else of the same minor version; nothing is downloaded.

    Raises:
        EnvironmentMissing: there is none.
    """
    ours = ".".join(map(str, sys.version_info[:3]))
    base = base_interpreter()
    if ours == version and sys.implementation.name == implementation:
        return Interpreter(base, ours)
    found: dict[str, Path] = {}
    for candidate in dict.fromkeys(_candidates(version, implementation, base, means)):
        told = _version(candidate, implementation, means)
        if told == version:
            return Interpreter(candidate, told)
        if told:
            found.setdefault(told, candidate)
    minor = _minor(version)
    near = sorted((each for each in found if _minor(each) == minor), key=lambda each: _distance(each, version))
    if not near:
        raise EnvironmentMissing(
            f"this machine has no Python {minor} (the run used {version}); install it, for example with "
            f"`uv python install {version}`, or reproduce with --env current"
        )
    return Interpreter(found[near[0]], near[0])


def base_interpreter() -> Path:
    """Return the Python that the environment we run in was made from."""
    return Path(getattr(sys, "_base_executable", None) or sys.executable)


def _candidates(version: str, implementation: str, base: Path, means: Means) -> Iterator[Path]:
    """Yield where such a Python may be: uv's own, pyenv's, those on PATH, the one we run in."""
    minor = _minor(version)
    if means.uv:
        for asked in (version, minor):
            named = asked if implementation == "cpython" else f"{implementation}@{asked}"
            with suppress(EnvironmentMissing):
                yield Path(means.call_uv("python", "find", "--no-project", "--system", named).strip())
    kept = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    with suppress(OSError):
        same = [folder for folder in kept.iterdir() if folder.name == version or folder.name.startswith(f"{minor}.")]
        yield from (folder / "bin" / "python" for folder in sorted(same, key=lambda folder: folder.name != version))
    for name in (f"python{version}", f"python{minor}", "python3", "python"):
        where = shutil.which(name)
        if where:
            yield Path(where)
    yield base


def _version(python: Path, implementation: str, means: Means) -> str | None:
    try:
        told = means.call_python(python, "-I", "-S", "-c", _ASK).split()
    except EnvironmentMissing:
        return None
    return told[0] if len(told) == 2 and told[1] == implementation else None


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _distance(version: str, other: str) -> int:
    return abs(_patch(version) - _patch(other))


def _patch(version: str) -> int:
    found = re.match(r"\d+\.\d+\.(\d+)", version)
    return int(found[1]) if found else 0
