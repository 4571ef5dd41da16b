"""A file that DVC tracks, by the MD5 its pointer had: from DVC's cache, from remotes that are folders, or through DVC.

Both layouts of a cache are known, DVC 3's (``files/md5/ab/cdef…``) and the one before (``ab/cdef…``). What is found is
only ever a proposal: its bytes are held against the SHA-256 that the run recorded. DVC's configuration is read as text;
nothing is executed, unless the person allowed ``dvc`` itself to fetch from a remote.
"""

import configparser
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from nbtrack.store.git.foreign_repository import small

_MD5: Final = re.compile(r"[0-9a-f]{32}")
_LARGEST: Final = 64 << 20  # bytes of the list of a tracked folder
_REMOTE: Final = re.compile(r"""\s*'?remote\s+"(.*)"'?\s*""")
_SECONDS: Final = 3600.0


class Found(NamedTuple):
    """A file that should have the wanted bytes, and what to call where it lies."""

    path: Path
    origin: str  # "dvc cache" or "dvc remote"


class Dvc:
    """DVC's project around a folder: its caches, and its remotes."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self._settings = dict(_settings(top))
        self._places = [Found(self._cache(), "dvc cache"), *(Found(each, "dvc remote") for each in self._local())]

    def candidates(self, md5: str, below: str = "") -> Iterator[Found]:
        """Yield the files that should have this MD5. One that ends in ``.dir`` is of a folder; ``below`` is in it."""
        if md5.endswith(".dir"):
            own = self._listed(md5.removesuffix(".dir"), below)
            if own is None:
                return
            md5 = own
        if _MD5.fullmatch(md5):
            yield from self._named(md5)

    @property
    def needs_dvc(self) -> bool:
        """Whether there are remotes that only DVC itself can ask."""
        return any("://" in url and not url.startswith("file://") for url in self._urls()) and bool(shutil.which("dvc"))

    def fetch(self, path: str, commit: str | None, to: Path) -> str:
        """Have ``dvc get`` fetch a file as it was at a commit; return why it did not, "" when it did.

        This executes DVC, with the project's remotes and the person's own credentials for them.
        """
        executable = shutil.which("dvc")
        if executable is None:
            return "dvc is not installed"
        revision = ("--rev", commit) if commit else ()
        try:
            done = subprocess.run(  # noqa: S603 - the person said yes to this command
                [executable, "get", "--quiet", *revision, "-o", str(to), "--", str(self.top), path],
                capture_output=True,
                timeout=_SECONDS,
                check=False,
                cwd=to.parent,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            return f"dvc did not run ({type(problem).__name__})"
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            return said[-1][:300] if said else f"dvc failed ({done.returncode})"
        return "" if to.is_file() and not to.is_symlink() else "dvc made no file"

    def _named(self, md5: str, suffix: str = "") -> Iterator[Found]:
        for place in self._places:
            for layout in (("files", "md5"), ()):
                path = place.path.joinpath(*layout, md5[:2], md5[2:] + suffix)
                if path.is_file():
                    yield Found(path, place.origin)

    def _listed(self, md5: str, below: str) -> str | None:
        """Return the MD5 of a file in a tracked folder, when the list of it is at hand."""
        for found in self._named(md5, ".dir") if _MD5.fullmatch(md5) else ():
            content = small(found.path, _LARGEST)
            with suppress(ValueError, RecursionError):
                listing = json.loads(content or b"")
                for each in listing if isinstance(listing, list) else ():
                    if isinstance(each, Mapping) and each.get("relpath") == below:
                        return str(each.get("md5"))
        return None

    def _cache(self) -> Path:
        chosen = self._settings.get("cache", {}).get("dir")
        return self._beside(chosen) if chosen else self.top / ".dvc" / "cache"

    def _local(self) -> Iterator[Path]:
        for url in self._urls():
            if url.startswith("file://"):
                yield Path(unquote(urlsplit(url).path))
            elif "://" not in url:
                yield self._beside(url)

    def _urls(self) -> list[str]:
        remotes = [section for name, section in self._settings.items() if _REMOTE.fullmatch(name)]
        return [section["url"] for section in remotes if section.get("url")]

    def _beside(self, path: str) -> Path:
        """Return a path of the configuration, which is relative to the folder it lies in."""
        return Path(os.path.normpath(self.top / ".dvc" / os.path.expanduser(path)))  # noqa: PTH111 - text in, text out


def find_dvc(folder: Path) -> Dvc | None:
    """Return the DVC project around a folder, or None."""
    start = Path(os.path.realpath(folder))
    for top in (start, *start.parents):
        if (top / ".dvc").is_dir():
            return Dvc(top)
    return None


def _settings(top: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the sections of DVC's configuration, those of the local file in place of the shared one's."""
    config: Any = configparser.ConfigParser(interpolation=None, strict=False)
    for name in ("config", "config.local"):
        content = small(top / ".dvc" / name)
        if content is not None:
            with suppress(configparser.Error, UnicodeDecodeError):
                config.read_string(content.decode("utf-8"))
    for section in config.sections():
        yield section, dict(config.items(section))
