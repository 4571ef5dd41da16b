"""Runs with an environment of tiny wheels, and the means to make it again without an index."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.model import event
from nbtrack.model.distribution import NEEDED_BY_NBTRACK, files_digest
from nbtrack.model.run import Run
from nbtrack.reproduce.environment.means import Means, find_uv
from tests.reproduce.environment.wheels import record_of, wheel

HERE = ".".join(map(str, sys.version_info[:3]))


@dataclass(slots=True)
class Shop:
    """A folder of wheels. Every package that a replay needs is there, as a wheel with nothing in it."""

    folder: Path
    made: dict[str, tuple[str, Path]] = field(default_factory=dict)

    def wheel(self, name: str, version: str, **more: Any) -> Path:
        """Put a wheel into the folder."""
        made = wheel(self.folder, name, version, **more)
        self.made[name] = version, made
        return made

    @property
    def packages(self) -> dict[str, str]:
        """The versions that were made last."""
        return {name: version for name, (version, _) in sorted(self.made.items())}

    def installed(self, requires: Mapping[str, list[str]]) -> dict[str, Any]:
        """Return what capture would record of each package."""
        return {
            name: {"requires": {"": requires.get(name, [])}, "files": files_digest(record_of(made)), "installer": "uv"}
            for name, (_, made) in self.made.items()
        }


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A folder of wheels with what every replay needs, and the packages ``first`` (which needs ``second``) and so on."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    shop = Shop(folder)
    for name in NEEDED_BY_NBTRACK:
        shop.wheel(name, "1.0")
    shop.wheel("first", "1.2.3", needs=["second"])
    shop.wheel("second", "2.0")
    shop.wheel("unused", "3.0")
    return shop


@pytest.fixture
def means(shop: Shop, tmp_path: Path) -> Means:
    """uv with a cache of its own and no index; only the folder of wheels."""
    passed = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_"))}
    own = {"UV_FIND_LINKS": str(shop.folder), "UV_NO_INDEX": "1", "UV_CACHE_DIR": str(tmp_path / "uv")}
    pip = {"PIP_FIND_LINKS": str(shop.folder), "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
    return Means(uv=find_uv(), hardlinks=False, compiled=False, variables={**passed, **own, **pip})


@pytest.fixture
def make_run(shop: Shop) -> Callable[..., Run]:
    """A run that had imported ``first``, in an environment of what is in the shop. Keywords replace what is recorded."""

    def make(
        *,
        python: str = HERE,
        packages: Mapping[str, str] | None = None,
        imported: tuple[str, ...] = ("first",),
        origins: Mapping[str, Any] | None = None,
        installed: Mapping[str, Any] | None = None,
        editable: Mapping[str, Any] | None = None,
        locks: Mapping[str, bytes] | None = None,
        code: Mapping[str, Any] | None = None,
    ) -> Run:
        store = nbtrack.MemoryStore()
        known = dict(shop.packages if packages is None else packages)
        whole = {"python": python, "implementation": "cpython", "packages": known, "origins": dict(origins or {})}
        told = shop.installed({"first": ["second"]}) if installed is None else installed
        about = {"distributions": told, "editable": dict(editable or {})}
        with nbtrack.start_run("made", store=store) as opened:
            record = {"python": python, "sha256": store.put(json.dumps(whole).encode()).sha256}
            details = {} if installed == {} else {"installed": store.put(json.dumps(about).encode()).sha256}
            opened.record(event.ENVIRONMENT, {**record, **details, "imported": {n: known.get(n) for n in imported}})
            if code:
                opened.record(event.CODE, dict(code))
            for name, content in (locks or {}).items():
                kept = store.put(content)
                opened.record(
                    event.ARTIFACT, {"name": f"environment/{name}", **kept.members(), "media_type": "text/plain"}
                )
        return nbtrack.run(opened.id, store=store)

    return make
