"""The environment of a run: interpreter, packages, the variables that change results, and the machine.

Read from names of folders and from files of the kernel: no package is imported, no metadata parsed, no program run.
A second look costs one ``stat`` a folder of ``sys.path``, so every run can afford it.
"""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from nbtrack.capture.environment.limits import cores_usable, memory_limit, own_group
from nbtrack.model.tagged import Json
from nbtrack.record.redact import clean_url, redact, without_home

VARIABLES: Final = (  # the only ones recorded: none can hold a secret, all can change a result
    "CONDA_DEFAULT_ENV",
    "CUBLAS_WORKSPACE_CONFIG",
    "CUDA_VISIBLE_DEVICES",
    "JAX_ENABLE_X64",
    "JAX_PLATFORMS",
    "LC_ALL",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NVIDIA_TF32_OVERRIDE",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "PYTHONHASHSEED",
    "SLURM_JOB_ID",
    "TF_DETERMINISTIC_OPS",
    "TOKENIZERS_PARALLELISM",
    "TZ",
    "XLA_FLAGS",
)
_LIBRARY: Final = os.path.dirname(os.__file__)  # noqa: PTH120 - text in
_PYTHONS: Final = frozenset({_LIBRARY, f"{_LIBRARY}/lib-dynload"})  # nobody installs packages there: looked at once
_ENTRIES = 20_000  # of one folder: a folder of data on sys.path is not worth reading to its end
_RECENT = 0.01  # seconds
_SETTLED = 100_000_000  # ns: a folder changed more recently may change again without its time changing


@dataclass(frozen=True, slots=True)
class Environment:
    """What a run ran in. ``digest`` names the document's content: the same environment, the same digest.

    ``document``: python, implementation, executable, os, packages {name: version}, origins {name: where from} for
    those not from an index, variables. ``hardware``: cpu, cores, ram_gb, machine; cores_usable and ram_limit_gb where
    the process may use less; gpu, gpu_count, gpu_driver where there is one. ``problems`` names what could not be read
    and is left out.
    """

    document: Mapping[str, Json]
    hardware: Mapping[str, Json]
    digest: str
    problems: tuple[str, ...] = ()


def environment() -> Environment:
    """Return the environment as it is now; the same object as before when nothing changed. Never raises."""
    return _PROBE.recent()


def installed() -> Mapping[str, Mapping[str, str]]:
    """Return, for each folder packages are looked for in, the names of their records (``…dist-info``) by package."""
    return _PROBE.records()


class Probe:
    """Reads one machine's environment and remembers what has not changed.

    Args:
        path: the folders packages are looked for in; ``sys.path`` as it is at each reading by default.
        variables: the process environment.
        proc: the kernel's ``/proc``.
    """

    def __init__(
        self,
        path: list[str] | None = None,
        variables: Mapping[str, str] = os.environ,
        proc: Path = Path("/proc"),
    ) -> None:
        self._path = sys.path if path is None else path
        self._variables = variables
        self._proc = proc
        self._folders: dict[str, _Folder] = {}
        self._machine: tuple[Mapping[str, Json], list[str]] | None = None
        self._last: tuple[object, Environment] | None = None
        self._looked = 0.0
        self._held: dict[Any, Any] | None = None
        self._found: Mapping[str, str] = {}

    def read(self) -> Environment:
        """Return the environment as it is now."""
        variables = self._of_interest()
        folders = [self._folder(path or ".") for path in self._path]
        key = (variables, folders)
        if self._last is None or self._last[0] != key:
            self._last = key, self._environment(variables, folders)
        return self._last[1]

    def _of_interest(self) -> Mapping[str, str]:
        """Return the variables that can change results. What the process holds is compared as a whole first."""
        held = getattr(self._variables, "_data", None)  # of os.environ: looking one name up there takes five calls
        if type(held) is not dict or held != self._held:
            self._held = held.copy() if type(held) is dict else None
            self._found = {name: self._variables[name] for name in VARIABLES if name in self._variables}
        return self._found

    def recent(self) -> Environment:
        """Return the environment as it was within the last hundredth of a second: a run asks more than once."""
        now = time.monotonic()
        if self._last is None or now - self._looked > _RECENT:
            self.read()
            self._looked = now
        return self._last[1] if self._last else self.read()

    def records(self) -> Mapping[str, Mapping[str, str]]:
        """Return the records of packages by folder; a folder without any is left out."""
        found = {path: self._folder(path or ".").records for path in self._path}
        return {path: records for path, records in found.items() if records}

    def _environment(self, variables: Mapping[str, str], folders: list["_Folder"]) -> Environment:
        problems = [f"packages in {without_home(folder.problem)}" for folder in folders if folder.problem]
        document = _parts(
            {
                "python": lambda: ".".join(map(str, sys.version_info[:3])),
                "implementation": lambda: sys.implementation.name,
                "executable": lambda: without_home(sys.executable),
                "os": _system,
                "packages": lambda: _first(folder.versions for folder in folders),
                "origins": lambda: _first(folder.origins for folder in folders),
                "variables": lambda: {name: redact(without_home(value))[0] for name, value in variables.items()},
            },
            problems,
        )
        if self._machine is None:
            unread: list[str] = []
            self._machine = _parts(_machine(self._proc), unread), unread
        hardware, unread = self._machine
        content = json.dumps(document, sort_keys=True, separators=(",", ":"))
        return Environment(document, hardware, sha256(content.encode()).hexdigest(), (*problems, *unread))

    def _folder(self, path: str) -> "_Folder":
        if path in _PYTHONS and path in self._folders:
            return self._folders[path]
        try:
            status = os.stat(path)  # noqa: PTH116 - a tenth of what pathlib takes, in the hot path
        except (OSError, ValueError):
            return _NOTHING  # sys.path is full of folders that are not there
        stamp = (status.st_mtime_ns, status.st_ino, status.st_dev)
        known = self._folders.get(path)
        if known is None or known.stamp != stamp:
            known = _scan(path, stamp)
            if time.time_ns() - status.st_mtime_ns > _SETTLED:
                self._folders[path] = known
        return known


def _parts(readers: Mapping[str, Callable[[], Json]], problems: list[str]) -> dict[str, Json]:
    """Return what each reader finds; one that fails becomes a problem, one that finds nothing is left out."""
    found: dict[str, Json] = {}
    for name, read in readers.items():
        try:
            value = read()
        except Exception:  # noqa: BLE001 - whatever a strange machine raises, a run starts without this part
            problems.append(name)
        else:
            if value not in (None, "", {}):
                found[name] = value
    return found


# Packages


class _Folder(NamedTuple):
    """The packages installed in one folder, as they were at ``stamp``."""

    stamp: tuple[int, int, int]
    versions: Mapping[str, str]
    origins: Mapping[str, Json]
    records: Mapping[str, str]
    problem: str


_NOTHING: Final = _Folder((0, 0, 0), {}, {}, {}, "")
_STEM = re.compile(r"(?P<name>[^~].*?)(?:-(?P<version>\d[^-]*)(?:-py\d.*)?)?\.(?:dist|egg)-info")
_VERSION = re.compile(rb"^Version: *([^\s]+)", re.MULTILINE)


def _scan(path: str, stamp: tuple[int, int, int]) -> _Folder:
    names: list[str] = []
    try:
        with os.scandir(path) as entries:
            for at, entry in enumerate(entries):
                if at >= _ENTRIES:
                    return _folder_of(path, stamp, names, problem=path)
                if entry.name.endswith("-info"):
                    names.append(entry.name)
    except NotADirectoryError:
        return _Folder(stamp, {}, {}, {}, "")  # a zip file: the standard library may come in one
    except OSError:
        return _Folder(stamp, {}, {}, {}, path)
    return _folder_of(path, stamp, names, problem="")


def _folder_of(path: str, stamp: tuple[int, int, int], names: list[str], problem: str) -> _Folder:
    installed: dict[str, re.Match[str]] = {}
    for match in filter(None, map(_STEM.fullmatch, names)):
        package = re.sub(r"[-_.]+", "-", match["name"]).lower()
        if package not in installed or _is_newer(path, match.string, installed[package].string):
            installed[package] = match
    versions = {
        package: match["version"] or _declared(f"{path}/{match.string}") for package, match in installed.items()
    }
    origins = {package: _origin(f"{path}/{match.string}/direct_url.json") for package, match in installed.items()}
    records = {package: match.string for package, match in installed.items()}
    return _Folder(stamp, versions, {name: origin for name, origin in origins.items() if origin}, records, problem)


def _is_newer(path: str, name: str, other: str) -> bool:
    """Tell which of two records of one package counts: an interrupted upgrade leaves the old one behind."""
    return Path(path, name).stat().st_mtime_ns > Path(path, other).stat().st_mtime_ns


def _declared(record: str) -> str:
    """Return the version an ``egg-info`` without one in its name declares inside."""
    content = _read(f"{record}/PKG-INFO") or _read(record) or b""
    found = _VERSION.search(content)
    return found[1].decode("utf-8", "replace") if found else "unknown"


def _origin(direct_url: str) -> Json | None:
    """Return where a package not from an index came from (PEP 610), free of credentials and the home folder."""
    content = _read(direct_url)
    if content is None:
        return None
    try:
        return _source(json.loads(content))
    except (ValueError, KeyError, TypeError, AttributeError):
        return {"kind": "unknown"}


def _source(told: Mapping[str, Mapping[str, str]]) -> Json:
    url = clean_url(str(told["url"])).removeprefix("file://")
    if vcs := told.get("vcs_info"):
        return {"kind": "vcs", "url": f"{vcs['vcs']}+{url}", "commit": vcs["commit_id"]}
    if (folder := told.get("dir_info")) is not None:
        return {"kind": "editable" if folder.get("editable") else "local", "url": url}
    archive = told.get("archive_info", {})
    digest = archive.get("hash")
    return {"kind": "archive", "url": url, **({"hash": digest} if digest else {})}


def _read(path: str, limit: int = 1 << 16) -> bytes | None:
    """Return the beginning of a file, or None where there is none."""
    try:
        file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError):
        return None
    try:
        return os.read(file, limit)
    except OSError:
        return None
    finally:
        os.close(file)


def _first(found: Iterable[Mapping[str, Json]]) -> dict[str, Json]:
    """Merge what the folders of ``sys.path`` hold: the first to have a package is the one imports find."""
    merged: dict[str, Json] = {}
    for packages in found:
        merged = {**packages, **merged}
    return dict(sorted(merged.items()))


# The machine


def _system() -> str:
    if not hasattr(os, "uname"):
        return sys.platform
    system = os.uname()
    release = re.search(rb'^PRETTY_NAME="?([^"\n]*)', _read("/etc/os-release") or b"", re.MULTILINE)
    name = f" ({release[1].decode('utf-8', 'replace')})" if release else ""
    return f"{system.sysname} {system.release}{name}"


def _machine(proc: Path) -> dict[str, Callable[[], Json]]:
    gpus = sorted(_gpus(proc))
    version = f"{proc}/driver/nvidia/version"
    return {
        "cpu": lambda: _field(_read(f"{proc}/cpuinfo", 1 << 12) or b"", "model name"),
        "cores": os.cpu_count,
        "cores_usable": lambda: cores_usable(group=own_group()),
        "ram_gb": _memory,
        "ram_limit_gb": lambda: memory_limit(group=own_group()),
        "machine": lambda: os.uname().machine if hasattr(os, "uname") else None,
        "gpu": lambda: ", ".join(sorted(set(gpus))),
        "gpu_count": lambda: len(gpus) or None,
        "gpu_driver": lambda: _driver(_read(version) or b""),
    }


def _memory() -> Json:
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", ()):
        return None
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)


def _gpus(proc: Path) -> Iterator[str]:
    """Yield the name of each card the driver knows; asking the driver's own program takes a second when it sleeps."""
    for information in proc.glob("driver/nvidia/gpus/*/information"):
        model = _field(_read(str(information)) or b"", "Model")
        if model:
            yield model


def _driver(version: bytes) -> str | None:
    found = re.search(rb"Kernel Module.*?\s(\d+(?:\.\d+)+)", version)
    return found[1].decode("ascii") if found else None


def _field(content: bytes, name: str) -> str | None:
    """Return a field of the ``name : value`` lines the kernel writes."""
    found = re.search(rf"^{name}\s*:\s*(.+?)\s*$", content.decode("utf-8", "replace"), re.MULTILINE)
    return found[1] if found else None


_PROBE: Final = Probe()
