"""Environments apart from the person's own: made once for each lock, then used again by whatever needs the same.

An environment lies at its final place from the beginning and counts only once its mark is there, which is written last,
after what is installed was compared with what was wanted. Whoever makes one holds its lock; what an interrupted process
left behind is removed by the next one.
"""

import atexit
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from nbtrack.errors import EnvironmentMissing
from nbtrack.model.distribution import normal
from nbtrack.reproduce.environment.held import held, held_now
from nbtrack.reproduce.environment.installation import installed_in, packages_of, python_of
from nbtrack.reproduce.environment.interpreter import Interpreter
from nbtrack.reproduce.environment.lock import Lock
from nbtrack.reproduce.environment.means import Means

MARK: Final = "nbtrack.json"
_PLACE: Final = re.compile(r"[0-9a-f]{24}")
_OF_VENV: Final = frozenset({"pip", "setuptools", "wheel"})  # what ``python -m venv`` puts there by itself
_UNUSED: Final = 30 * 24 * 3600  # seconds after which an environment is removed
_COMPILED: Final = r"[/\\]tests?[/\\]"  # not worth compiling: half of the files of pandas are its tests


@dataclass(frozen=True, slots=True)
class Built:
    """An environment that has what was wanted; ``new`` when it was made now."""

    folder: Path
    new: bool

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return python_of(self.folder)


def build(
    into: Path, interpreter: Interpreter, lock: Lock, sources: Sequence[str], means: Means, say: Callable[[str], None]
) -> Built:
    """Return an environment with exactly the pins of a lock, and the ``sources`` (requirements with a commit).

    Raises:
        EnvironmentMissing: something cannot be had, has other hashes, or takes too long.
    """
    key = sha256("\n".join([lock.text, *sources, str(interpreter.path), interpreter.version]).encode()).hexdigest()[:24]
    folder = into / key
    wanted = {pin.name: pin.version for pin in lock.pins} | dict.fromkeys(map(_name, sources), None)
    into.mkdir(parents=True, exist_ok=True)
    if _is_whole(folder, wanted):
        return Built(folder, new=False)
    with held(into / f"{key}.lock", means.seconds, lambda: say("another process is making this environment; waiting")):
        if _is_whole(folder, wanted):
            return Built(folder, new=False)
        _remove(folder)
        try:
            _make(folder, interpreter, lock, sources, means)
            _check(folder, wanted)
            _mark(folder, interpreter)
        except BaseException:
            _remove(folder)
            raise
    if means.compiled:
        atexit.register(_compile, folder)
    _tidy(into, keep=key)
    return Built(folder, new=True)


def _make(folder: Path, interpreter: Interpreter, lock: Lock, sources: Sequence[str], means: Means) -> None:
    maker = _Uv(means) if means.uv else _Pip(means)
    maker.create(folder, interpreter.path)
    bare = tuple(pin for pin in lock.pins if not pin.hashes)
    for name, pins in (("requirements.txt", lock.hashed), ("requirements-unverified.txt", bare)):
        if pins:
            (folder / name).write_text(Lock(pins, {}).text, "utf-8")
            maker.install(python_of(folder), folder / name, hashed=pins is not bare)
    if sources:
        maker.install_sources(python_of(folder), sources)


class _Uv:
    """Environments made by uv."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def create(self, folder: Path, python: Path) -> None:
        self._means.call_uv("venv", "--quiet", "--no-project", "--python", str(python), str(folder))

    def install(self, python: Path, pins: Path, *, hashed: bool) -> None:
        self._install(python, *(["--require-hashes"] if hashed else []), "-r", str(pins))

    def install_sources(self, python: Path, sources: Sequence[str]) -> None:
        self._install(python, *sources)

    def _install(self, python: Path, *what: str) -> None:
        mode = "hardlink" if self._means.hardlinks else "copy"  # uv's "clone" falls back to links where it cannot
        options = ("--quiet", "--no-deps", "--link-mode", mode, "--python", str(python))
        self._means.call_uv("pip", "install", *options, *what)


class _Pip:
    """Environments made by the standard library and pip: the same, slower."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def create(self, folder: Path, python: Path) -> None:
        self._means.call_python(python, "-m", "venv", str(folder))

    def install(self, python: Path, pins: Path, *, hashed: bool) -> None:
        options = ["--quiet", "--no-deps", "--disable-pip-version-check", "--no-compile"]
        checked = ["--require-hashes"] if hashed else []
        self._call(python, *options, *checked, "-r", str(pins))

    def install_sources(self, python: Path, sources: Sequence[str]) -> None:
        self._call(python, "--quiet", "--no-deps", "--disable-pip-version-check", *sources)

    def _call(self, python: Path, *arguments: str) -> None:
        offline = ["--no-index"] if self._means.offline else []
        self._means.call_python(python, "-m", "pip", "install", *offline, *arguments)


def _is_whole(folder: Path, wanted: dict[str, str | None]) -> bool:
    """Tell whether an environment was finished and still has what it should, and note that it is used."""
    if not (folder / MARK).is_file() or not python_of(folder).exists():
        return False
    try:
        _check(folder, wanted)
    except EnvironmentMissing:
        return False  # somebody has changed it; it is made anew
    with suppress(OSError):
        os.utime(folder / MARK)
    return True


def _check(folder: Path, wanted: dict[str, str | None]) -> None:
    there = {name: each.version for name, each in installed_in(packages_of(folder)).items()}
    wrong = [name for name, version in wanted.items() if not _same(version, there.get(name))]
    wrong += sorted(there.keys() - wanted.keys() - _OF_VENV)
    if wrong:
        told = ", ".join(
            f"{name} {there.get(name, 'is not there')} (wanted {wanted.get(name, 'nothing of it')})"
            for name in wrong[:5]
        )
        raise EnvironmentMissing(f"the environment is not what was asked for: {told}")


def _same(wanted: str | None, there: str | None) -> bool:
    """Versions may be written in more than one way: ``1.0-post1`` and ``1.0.post1``; None stands for any."""
    return there is not None and (wanted is None or _plain(wanted) == _plain(there))


def _plain(version: str) -> str:
    return re.sub(r"[-_.+]+", ".", version.lower())


def _mark(folder: Path, interpreter: Interpreter) -> None:
    told = {"python": interpreter.version, "made": int(time.time() * 1000)}
    beside = folder / f"{MARK}.new"
    beside.write_text(json.dumps(told), "ascii")
    beside.replace(folder / MARK)


def _compile(folder: Path) -> None:
    """Compile what was installed, in a process of its own, once this one ends: nobody waits, nothing competes.

    A replay may not write there; without this it would compile everything that it imports, each time anew.
    """
    if os.name == "nt" or not (folder / MARK).exists():
        return
    words = [str(python_of(folder)), "-I", "-m", "compileall", "-q", "-x", _COMPILED, *map(str, packages_of(folder))]
    start = "import os, subprocess, sys; os.nice(19); subprocess.Popen(sys.argv[1:], start_new_session=True)"
    with suppress(OSError, subprocess.SubprocessError):
        subprocess.run(  # noqa: S603 - our own interpreter and fixed words
            [sys.executable, "-I", "-S", "-c", start, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=10,
        )


def _tidy(into: Path, keep: str) -> None:
    """Remove what interrupted processes left, and environments that nobody has used for a month."""
    for folder in _places(into):
        if folder.name != keep and not _is_used(folder):
            with suppress(OSError), held_now(into / f"{folder.name}.lock") as free:
                if free and not _is_used(folder):
                    _remove(folder)


def _is_used(folder: Path) -> bool:
    try:
        return time.time() - (folder / MARK).stat().st_mtime < _UNUSED
    except OSError:
        return False


def _places(into: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from (folder for folder in sorted(into.iterdir()) if _PLACE.fullmatch(folder.name) and folder.is_dir())


def _remove(folder: Path) -> None:
    """Remove a folder; its mark goes first, so that half of it never counts."""
    with suppress(OSError):
        (folder / MARK).unlink()
    shutil.rmtree(folder, ignore_errors=True)


def _name(source: str) -> str:
    return normal(source.partition(" @ ")[0])
