"""The environment of a run as its records tell it. All of it is data: no name or address of it is trusted."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from nbtrack.errors import EnvironmentMissing, StoreError
from nbtrack.model.distribution import normal
from nbtrack.model.run import Run

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.ASCII)
_VERSION: Final = re.compile(r"\d[0-9A-Za-z.+!_-]*", re.ASCII)
_PYTHON: Final = re.compile(r"\d+\.\d+(?:\.\d+)?[0-9A-Za-z.+]*", re.ASCII)
_VCS: Final = re.compile(r"git\+(?:https|http|ssh|git|file)://[^\s\"'#;\\\\]+", re.ASCII)
_ARCHIVE: Final = re.compile(r"https?://[^\s\"'#;\\\\]+", re.ASCII)
_COMMIT: Final = re.compile(r"[0-9a-f]{40,64}", re.ASCII)
_SHA256: Final = re.compile(r"(?:sha256[=:])?([0-9a-f]{64})", re.ASCII)
_BESIDE: Final = "environment/"  # what the artifacts are called that hold the files which pin packages
_WORD: Final = 40
_OURS: Final = "nbtrack"


@dataclass(frozen=True, slots=True)
class Distribution:
    """One installed distribution of a run: where it came from, what it needs, and the digest of its files.

    ``kind`` of the origin is ``"index"``, ``"vcs"``, ``"archive"`` (a wheel or source archive), ``"local"`` (built from
    a folder), ``"editable"``, ``"conda"`` or ``"unknown"``. ``files`` is as ``model.distribution.files_digest`` tells.
    """

    name: str
    version: str
    kind: str = "index"
    url: str = ""
    commit: str = ""
    sha256: str = ""
    files: str = ""
    installer: str = ""
    requires: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def pin(self) -> str:
        """The distribution at exactly this version, as a requirement."""
        return f"{self.name}=={self.version}"

    @property
    def brought(self) -> str:
        """Who had installed it, in words that follow its name, where that was neither pip nor uv."""
        return f" (the run had it from {self.installer})" if self.installer not in ("", "pip", "uv") else ""

    @property
    def source(self) -> str:
        """The distribution at exactly this commit, as a requirement; for the kind ``"vcs"``."""
        url = self.url.replace("git+file://~", f"git+file://{Path.home()}")
        return f"{self.name} @ {url}@{self.commit}"

    @property
    def is_on_the_web(self) -> bool:
        """Whether it is an archive with an address of its own."""
        return self.kind == "archive" and bool(_ARCHIVE.fullmatch(self.url))


@dataclass(frozen=True, slots=True)
class Edited:
    """A distribution that was edited in place: where it lay ``within`` the repository, and what it puts on the path."""

    name: str
    version: str
    within: str | None
    paths: tuple[str, ...]
    metadata: str
    entry_points: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a run ran in: its Python, every distribution that was installed, and those it had imported.

    ``locks`` are the files beside the notebook that pinned packages, by name. ``refused`` names what stands in the
    records and cannot be the name or version of a package. ``complete`` tells whether it is known what each needs.
    """

    python: str
    implementation: str
    sha256: str
    distributions: Mapping[str, Distribution]
    imported: tuple[str, ...]
    edited: Mapping[str, Edited]
    locks: Mapping[str, bytes]
    refused: tuple[str, ...] = ()
    complete: bool = True
    variables: Mapping[str, str] = field(default_factory=dict)


def recorded(run: Run) -> Recorded:
    """Return the environment of a run.

    Raises:
        EnvironmentMissing: none was recorded, or the store does not have it any more.
    """
    brief = run.environment
    whole = _whole(run, brief)
    python = str(whole.get("python", ""))
    if not _PYTHON.fullmatch(python):
        raise EnvironmentMissing(f"run {run.short} does not say which Python it used; reproduce it with --env current")
    told = _object(run, brief.get("installed"))
    distributions = dict(_distributions(whole, told))
    imported = brief.get("imported")
    names = [normal(str(name)) for name in imported] if isinstance(imported, Mapping) else []
    packages = _mapping(whole.get("packages"))
    return Recorded(
        python=python,
        implementation=str(whole.get("implementation", "cpython")),
        sha256=str(brief.get("sha256", "")),
        distributions=MappingProxyType(distributions),
        imported=tuple(name for name in names if name in distributions),
        edited=MappingProxyType(dict(_edited(told, distributions))),
        locks=MappingProxyType(_locks(run)),
        refused=tuple(
            f"{str(name)[:60]!r}" for name in packages if normal(str(name)) not in distributions | {_OURS: 0}
        ),
        complete=bool(_mapping(told.get("distributions"))),
        variables={str(name): str(value) for name, value in _mapping(whole.get("variables")).items()},
    )


def _whole(run: Run, brief: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(brief.get("sha256"), str):
        why = "records no environment: it was opened by hand" if run.cell is None else "records no environment"
        raise EnvironmentMissing(f"run {run.short} {why}; reproduce it with --env current")
    whole = _object(run, brief["sha256"])
    if not whole:
        raise EnvironmentMissing(
            f"the store has lost the environment of run {run.short} (object {str(brief['sha256'])[:12]}); "
            "fetch it from a copy of the store, or reproduce with --env current"
        )
    return whole


def _object(run: Run, name: Any) -> Mapping[str, Any]:
    """Return what an object of the store tells; nothing when it is not to be had or is no such object."""
    if not isinstance(name, str):
        return {}
    try:
        found = json.loads(run.stored(name))
    except (StoreError, ValueError, RecursionError):
        return {}
    return _mapping(found)


def _distributions(whole: Mapping[str, Any], told: Mapping[str, Any]) -> Iterable[tuple[str, Distribution]]:
    origins, details = _mapping(whole.get("origins")), _mapping(told.get("distributions"))
    for called, version in _mapping(whole.get("packages")).items():
        name = normal(str(called))
        if name != _OURS and _NAME.fullmatch(name) and isinstance(version, str) and _VERSION.fullmatch(version):
            yield name, _distribution(name, version, _mapping(origins.get(called)), _mapping(details.get(called)))


def _distribution(name: str, version: str, origin: Mapping[str, Any], detail: Mapping[str, Any]) -> Distribution:
    kind, url, commit = (str(origin.get(member, "")) for member in ("kind", "url", "commit"))
    if kind == "vcs" and not (_VCS.fullmatch(url) and _COMMIT.fullmatch(commit)):
        kind = "unknown"
    if not kind and detail.get("installer") == "conda":
        kind = "conda"
    digest = _SHA256.fullmatch(str(origin.get("hash", "")))
    requires = {
        str(extra): tuple(map(str, names))
        for extra, names in _mapping(detail.get("requires")).items()
        if isinstance(names, list)
    }
    files = detail.get("files")
    return Distribution(
        *(name, version, kind or "index", url, commit, digest[1] if digest else ""),
        files=files if isinstance(files, str) else "",
        installer=str(detail.get("installer") or "")[:_WORD],
        requires=requires,
    )


def _edited(told: Mapping[str, Any], known: Mapping[str, Distribution]) -> Iterable[tuple[str, Edited]]:
    for name, each in _mapping(told.get("editable")).items():
        if name in known and isinstance(each, Mapping):
            within, paths = each.get("within"), each.get("paths")
            yield (
                name,
                Edited(
                    name,
                    known[name].version,
                    within if isinstance(within, str) and is_inside(within) else None,
                    tuple(str(path) for path in paths if is_inside(path)) if isinstance(paths, list) else (),
                    str(each.get("metadata", "")),
                    str(each.get("entry_points", "")),
                ),
            )


def is_inside(path: Any) -> bool:
    """Tell whether a recorded path stays in the folder it is relative to."""
    return (
        isinstance(path, str)
        and not path.startswith(("/", "~"))
        and not set(re.split(r"[/\\]", path)) & {".."}
        and not re.search(r"[\x00:]", path)
    )


def _locks(run: Run) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for artifact in run.artifacts:
        if artifact.name.startswith(_BESIDE):
            try:
                found[artifact.name.removeprefix(_BESIDE)] = artifact.read()
            except StoreError:
                continue  # a lock that is gone pins nothing; the packages are known without it
    return found


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
