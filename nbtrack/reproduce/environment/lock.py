"""The lock of an environment: every distribution at its version, with the hashes of the files it may come from."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from nbtrack.errors import EnvironmentMissing
from nbtrack.model.distribution import normal
from nbtrack.reproduce.environment.captured_locks import hashes_in
from nbtrack.reproduce.environment.index_settings import link_folders
from nbtrack.reproduce.environment.interpreter import NOWHERE, Interpreter, base_interpreter
from nbtrack.reproduce.environment.means import Means
from nbtrack.reproduce.environment.recorded import Distribution

_LINE: Final = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>\S+)(?P<hashes>(?: +--hash=sha256:[0-9a-f]{64})*)"
)
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_COMPILE: Final = (
    *("pip", "compile", "-", "--quiet", "--no-deps", "--generate-hashes", "--no-header", "--no-annotate"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-emit-index-annotation"),
)
_AT_ONCE: Final = 4
_NOWHERE: Final = "nbtrack-installs-nothing-here"  # pip wants it named, and with --dry-run does not make it
_GONE: Final = "it came from a file that is not here any more"


@dataclass(frozen=True, slots=True)
class Pin:
    """One distribution at one version; ``hashes`` (SHA-256, hex) are those of the files it may be installed from."""

    name: str
    version: str
    hashes: frozenset[str] = frozenset()
    origin: str = ""  # the lock file that told the hashes, "index", "uv cache", "pip", …
    url: str = ""  # of an archive on the web

    def lines(self) -> list[str]:
        """Return the pin as lines of a requirements file."""
        what = f"{self.name} @ {self.url}" if self.url else f"{self.name}=={self.version}"
        return [what, *(f"    --hash=sha256:{digest}" for digest in sorted(self.hashes))]


@dataclass(frozen=True, slots=True)
class Lock:
    """The pins of an environment by name, and which distributions could not be had, each with the reason."""

    pins: tuple[Pin, ...]
    missing: Mapping[str, str]

    @property
    def text(self) -> str:
        """The lock as a requirements file, as ``uv pip sync`` and ``pip install -r`` read it."""
        return "".join(" \\\n".join(pin.lines()) + "\n" for pin in self.pins)

    @property
    def hashed(self) -> tuple[Pin, ...]:
        """The pins whose files have a hash."""
        return tuple(pin for pin in self.pins if pin.hashes)

    @property
    def unhashed(self) -> tuple[str, ...]:
        """The names of those whose files nobody told a hash of."""
        return tuple(pin.name for pin in self.pins if not pin.hashes)


def make_lock(
    wanted: Sequence[Distribution],
    locks: Mapping[str, bytes],
    python: Interpreter,
    means: Means,
    kept: Path | None = None,
    *,
    shared: bool = False,
) -> Lock:
    """Return the lock of some distributions: hashes from captured lock files, else from uv's cache, else the index.

    What was made once is ``kept`` in a folder, by its pins, and found there the next time. One that is to be ``shared``
    asks the index first: the cache may know only the files for this machine.
    """
    told = hashes_in(locks)
    known = [pin for each in wanted if (pin := _known(each, told))]
    have = {pin.name for pin in known}
    lost = {each.name: _GONE for each in wanted if each.kind == "archive" and each.name not in have}
    rest = [each for each in wanted if each.name not in have and each.name not in lost]
    file = kept / f"{_digest(rest)}{'-shared' if shared else ''}.txt" if kept and rest else None
    made = _read(file, rest) or _resolved(rest, python, means, shared=shared) if rest else Lock((), {})
    if file and not made.missing and not made.unhashed:
        _keep(file, made)
    return Lock(tuple(sorted([*known, *made.pins], key=lambda pin: pin.name)), {**made.missing, **lost})


def _known(wanted: Distribution, told: Mapping[tuple[str, str], tuple[str, frozenset[str]]]) -> Pin | None:
    """Return the pin of what needs no asking: an archive is what it was, and a captured lock file may tell hashes."""
    if wanted.kind == "archive":
        digest = wanted.sha256 or _of_file(wanted)
        if digest or wanted.is_on_the_web:
            url = wanted.url if wanted.is_on_the_web else ""
            return Pin(wanted.name, wanted.version, frozenset({digest} - {""}), "its own archive", url)
        return None
    file, hashes = told.get((wanted.name, wanted.version), ("", frozenset()))
    return Pin(wanted.name, wanted.version, hashes, file) if hashes and wanted.kind == "index" else None


def _of_file(wanted: Distribution) -> str:
    """Return the hash of the file that a distribution was installed from, if it is there and called as it should be."""
    file = Path(wanted.url).expanduser()
    return _sha256(file) if _is_of(file, wanted.name, wanted.version) and file.is_file() else ""


def _resolved(wanted: Sequence[Distribution], python: Interpreter, means: Means, *, shared: bool) -> Lock:
    """Ask for the hashes of all at once, first without the network; if that fails, for each, to say which it was."""
    if means.uv is None:
        return _asked_of_pip(wanted, python, means)
    ways = [(means.away, "uv cache"), (means, "index")]
    for each, origin in reversed(ways) if shared else ways:
        with suppress(EnvironmentMissing):
            return Lock(tuple(_compiled(wanted, python, each, origin)), {})
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(lambda each: _one(each, python, means), wanted))
    pins = [pin for pin in found if isinstance(pin, Pin)]
    missing = {each.name: why for each, why in zip(wanted, found, strict=True) if isinstance(why, str)}
    return Lock(tuple(pins), missing)


def _one(wanted: Distribution, python: Interpreter, means: Means) -> Pin | str:
    try:
        return next(iter(_compiled([wanted], python, means, "index")))
    except EnvironmentMissing as problem:
        return str(problem)


def _compiled(wanted: Sequence[Distribution], python: Interpreter, means: Means, origin: str) -> list[Pin]:
    asked = "".join(f"{each.pin}\n" for each in wanted)
    text = means.call_uv(*_COMPILE, *_target(python), text=asked)
    pins = [replace(pin, origin=origin) for pin in read_pins(text)]
    lost = {each.name for each in wanted} - {pin.name for pin in pins}
    if lost:
        raise EnvironmentMissing(f"uv did not find {', '.join(sorted(lost))}")
    folders = link_folders(means.environment())
    return [pin if pin.hashes else _hashed(pin, folders) for pin in pins]


def _target(python: Interpreter) -> tuple[str, str]:
    """Return what uv is told to resolve for: an interpreter, or a version that this machine need not have."""
    return ("--python", str(python.path)) if python.path != NOWHERE else ("--python-version", python.version)


def _hashed(pin: Pin, folders: Iterable[Path]) -> Pin:
    """Return a pin with the hashes of its files in the person's own folders, of which no index tells them."""
    files = [file for folder in folders for file in sorted(folder.iterdir()) if _is_of(file, pin.name, pin.version)]
    return replace(pin, hashes=frozenset(map(_sha256, files)), origin="folder" if files else pin.origin)


def _is_of(file: Path, name: str, version: str) -> bool:
    """Tell from its name whether a file is a wheel or source archive of a distribution (PEP 427, PEP 625)."""
    called, _, rest = file.name.removesuffix(".tar.gz").partition("-")
    told = rest.split("-")[0] if file.suffix == ".whl" else rest
    return file.suffix in (".whl", ".gz") and normal(called) == name and told == version


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _asked_of_pip(wanted: Sequence[Distribution], python: Interpreter, means: Means) -> Lock:
    """Return the lock as pip tells it: the hash of the one file it would install here."""
    import json  # noqa: PLC0415 - only without uv

    asked = [each.pin for each in wanted]
    here = python.path != NOWHERE
    options = ["-m", "pip", "install", "--dry-run", "--quiet", "--no-deps", "--ignore-installed", "--report", "-"]
    options += [] if here else ["--python-version", python.version, "--target", _NOWHERE]
    try:
        told = json.loads(means.call_python(python.path if here else base_interpreter(), *options, *asked))
    except EnvironmentMissing as problem:
        if len(wanted) == 1:
            return Lock((), {wanted[0].name: str(problem)})
        each = [_asked_of_pip([one], python, means) for one in wanted]
        return Lock(
            tuple(pin for lock in each for pin in lock.pins), {k: v for lock in each for k, v in lock.missing.items()}
        )
    pins = [_told_by_pip(each) for each in told.get("install", ())]
    return Lock(tuple(sorted(pins, key=lambda pin: pin.name)), {})


def _told_by_pip(told: dict[str, dict[str, dict[str, dict[str, str]]]]) -> Pin:
    about = told["metadata"]
    digest = told["download_info"].get("archive_info", {}).get("hashes", {}).get("sha256")
    return Pin(normal(str(about["name"])), str(about["version"]), frozenset({digest} if digest else ()), "pip")


def read_pins(text: str) -> list[Pin]:
    r"""Return the pins of a requirements file that has nothing but pins.

    >>> read_pins("a==1.0 \\\n    --hash=sha256:" + "0" * 64)[0].version
    '1.0'
    """
    lines = re.sub(r" *\\\n *", " ", text).splitlines()
    found = [match for line in lines if (match := _LINE.fullmatch(line.strip()))]
    return [Pin(normal(each["name"]), each["version"], frozenset(_HASH.findall(each["hashes"]))) for each in found]


def _digest(wanted: Iterable[Distribution]) -> str:
    return hashlib.sha256("\n".join(each.pin for each in wanted).encode()).hexdigest()[:32]


def _read(file: Path | None, wanted: Sequence[Distribution]) -> Lock | None:
    """Return a lock that was kept, if it still is what was asked for."""
    try:
        text = file.read_text("ascii") if file else ""
    except (OSError, UnicodeDecodeError):
        return None
    pins = [replace(pin, origin="kept lock") for pin in read_pins(text)]
    asked = {(each.name, each.version) for each in wanted}
    whole = asked == {(pin.name, pin.version) for pin in pins} and all(pin.hashes for pin in pins)
    return Lock(tuple(pins), {}) if pins and whole else None


def _keep(file: Path, lock: Lock) -> None:
    beside = file.with_suffix(f".{id(lock):x}")
    with suppress(OSError):  # what cannot be kept is made again
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(lock.text, "ascii")
        beside.replace(file)
