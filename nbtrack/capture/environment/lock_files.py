"""The files beside a notebook that pin its packages: lock files and what they were resolved from."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from nbtrack.capture.environment.code import read_plain

NAMES: Final = (
    "uv.lock",
    "pylock.toml",
    "poetry.lock",
    "pdm.lock",
    "Pipfile.lock",
    "pixi.lock",
    "conda-lock.yml",
    "environment.yml",
    "environment.yaml",
    "pyproject.toml",
    "requirements*.txt",
)
_LARGEST: Final = 4 << 20
_MOST: Final = 20


class LockFiles:
    """Finds lock files and reads each again only when it has changed."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[int, int], bytes]] = {}

    def read(self, folders: Sequence[Path]) -> dict[str, bytes]:
        """Return name and content of the lock files in the folders; of two with one name the first folder's."""
        found: dict[str, bytes] = {}
        for file in _files(folders):
            content = self._content(file) if file.name not in found else None
            if content is not None and len(found) < _MOST:
                found[file.name] = content
        return found

    def _content(self, file: Path) -> bytes | None:
        try:
            status = file.stat()
        except OSError:
            return None
        stamp = (status.st_mtime_ns, status.st_size)
        if status.st_size > _LARGEST:
            return None
        known = self._known.get(str(file))
        if known is None or known[0] != stamp:
            content = read_plain(str(file), _LARGEST)
            if content is None:
                return None
            self._known[str(file)] = known = stamp, content
        return known[1]


def _files(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in dict.fromkeys(folders):
        for name in NAMES:
            yield from sorted(folder.glob(name)) if "*" in name else (folder / name,)
