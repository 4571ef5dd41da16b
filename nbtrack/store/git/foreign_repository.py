"""A git repository that anybody may have made: found by its files, read from a folder of bookkeeping of ours."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from nbtrack.model.foreign_git import OBEYING_NOBODY
from nbtrack.store.objects.source import Source

_SHA256: Final = re.compile(rb"objectformat\s*=\s*sha256", re.IGNORECASE)


class Repository(NamedTuple):
    """Where a repository keeps its things: the top folder of its worktree, and the folder that worktrees share."""

    top: Path
    common: Path
    own: Path  # where HEAD and the index of this worktree are

    @property
    def objects(self) -> Path:
        """Its objects."""
        return self.common / "objects"

    @property
    def algorithm(self) -> str:
        """The hash it names its objects by, ``sha1`` or ``sha256``, as its configuration says."""
        told = small(self.common / "config") or b""
        return "sha256" if _SHA256.search(told) else "sha1"


def find_repository(folder: Path) -> Repository | None:
    """Return the git repository around a folder, found by its files alone."""
    try:
        start = Path(os.path.realpath(folder))
    except (OSError, ValueError):
        return None
    for top in (start, *start.parents):
        own = top / ".git"
        if not (own / "HEAD").is_file():
            link = small(own) if own.is_file() else None
            if link is None or not link.startswith(b"gitdir: "):
                continue
            own = top / os.fsdecode(link[8:].rstrip(b"\r\n"))
        shared = small(own / "commondir")
        return Repository(top, own / os.fsdecode(shared.rstrip(b"\r\n")) if shared else own, own)
    return None


def small(path: Path, limit: int = 1 << 16) -> bytes | None:
    """Return the beginning of a regular file, None where there is none; a pipe in its place is never waited for."""
    try:
        with Source(path) as source:
            return source.content(min(limit, source.stamp().size))
    except Exception:  # noqa: BLE001 - whatever is wrong with a file of the person's, it is not there for us
        return None


@contextmanager
def bookkeeping(objects: Path | None = None, algorithm: str = "sha1") -> Iterator[dict[str, str]]:
    """Make a git folder that knows these objects and nothing else; yield what git is to see of the world."""
    with tempfile.TemporaryDirectory(prefix="nbtrack-", ignore_cleanup_errors=True) as own:
        for name in ("objects", "refs"):
            Path(own, name).mkdir()
        Path(own, "HEAD").write_text("ref: refs/heads/none\n", "ascii")
        Path(own, "config").write_text(_configuration(algorithm), "ascii")
        yield _variables(own, objects if objects is not None else Path(own, "objects"))


def _configuration(algorithm: str) -> str:
    lines = ["[core]", "\trepositoryformatversion = 1", "\tbare = false", "\tsafecrlf = false", "\tautocrlf = false"]
    if algorithm != "sha1":
        lines += ["[extensions]", f"\tobjectformat = {algorithm}"]
    return "\n".join([*lines, ""])


def _variables(own: str, objects: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP") if name in os.environ}
    return {
        **kept,
        **OBEYING_NOBODY,
        "GIT_DIR": own,
        "GIT_OBJECT_DIRECTORY": str(objects),
        "HOME": own,
        "XDG_CONFIG_HOME": own,
    }
