"""The state of the code, read from the repository's own files: no process started, no configuration obeyed.

Git's hooks, filters, pagers and ``fsmonitor`` are programs that a repository can name; nothing here runs git, so a
notebook in a stranger's repository is as safe as one in none. Every file is read only if it is a plain file, and what
it says is believed only in the shapes git writes.
"""

import os
import re
import stat
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from nbtrack.model.tagged import Json
from nbtrack.record.redact import clean_url

_HASH = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REF = re.compile(rb"ref: (refs/(?!.*(?:\.\.|//))[^\x00-\x20\x7f~^:?*\[\\]+)")
_ORIGIN = re.compile(rb'^\s*\[\s*remote\s+"origin"\s*\]([^\[]*)', re.MULTILINE)
_URL = re.compile(rb'^\s*url\s*=\s*(?:"((?:[^"\\\n]|\\.)*)"|([^#;\n]*))', re.MULTILINE | re.IGNORECASE)
_NOT_HERE = b"refs/heads/.invalid"  # what HEAD says where the refs are kept in tables; a branch cannot be called so
_SMALL = 1 << 16
_LARGE = 1 << 26
_MOST_KNOWN = 16
_reals: dict[str, str] = {}  # folders by how they were written


class GitFolder(NamedTuple):
    """Where a repository keeps its things: its top folder, its HEAD and index, and its refs (worktrees share those)."""

    top: str
    own: str
    common: str
    head: bytes


def code_state(folder: Path) -> dict[str, Json] | None:
    """Return ``commit``, ``branch``, ``remote`` and ``repository`` of the git repository around a folder, or None.

    ``commit`` is None before the first commit, ``branch`` when HEAD is detached, ``remote`` without an ``origin``;
    the address is free of user names and passwords, ``repository`` is the name of the top folder. Never raises.
    """
    found = find_repository(folder)
    return state_of(found) if found else None


def find_repository(folder: Path) -> GitFolder | None:
    """Return the repository around a folder, or None. Never raises."""
    try:
        return _find(_real(str(folder)))
    except (OSError, ValueError):  # the working directory was removed, a path with a NUL in it
        return None


def _real(folder: str) -> str:
    """Return a folder's path without links. Asked for every run: two looks tell that the last answer still holds."""
    known = _reals.get(folder)
    if known is None or not _are_one(folder, known):
        if len(_reals) >= _MOST_KNOWN:
            _reals.clear()
        known = _reals[folder] = os.path.realpath(folder)
    return known


def _are_one(folder: str, other: str) -> bool:
    try:
        one, another = os.stat(folder), os.stat(other)  # noqa: PTH116 - text in
    except OSError:
        return False
    return (one.st_ino, one.st_dev) == (another.st_ino, another.st_dev)


def _find(folder: str) -> GitFolder | None:
    for top, own in _upwards(folder):
        if os.access(own, os.F_OK) and (repository := _repository(top, own)):
            return repository
    return None


@lru_cache(maxsize=16)
def _upwards(folder: str) -> Sequence[tuple[str, str]]:
    """Return a folder and those around it, the nearest first, each with what git would call its own folder."""
    tops = [folder]
    while (parent := os.path.dirname(tops[-1])) != tops[-1]:  # noqa: PTH120 - text in, text out
        tops.append(parent)
    return [(top, f"{top}/.git") for top in tops]


def _repository(top: str, own: str) -> GitFolder | None:
    head = read_plain(f"{own}/HEAD")
    if head is None and (link := read_plain(own)) is not None and link.startswith(b"gitdir: "):
        own = os.path.join(top, os.fsdecode(link[8:].rstrip(b"\r\n")))  # noqa: PTH118
        head = read_plain(f"{own}/HEAD")
    if head is None or not (_HASH.match(head) or head.startswith(b"ref: ")):
        return None
    shared = read_plain(f"{own}/commondir")
    common = os.path.join(own, os.fsdecode(shared.rstrip(b"\r\n"))) if shared else own  # noqa: PTH118
    return GitFolder(top, own, common, head.rstrip())


def state_of(repository: GitFolder) -> dict[str, Json]:
    """Return what ``code_state`` says of a repository. Never raises."""
    ref = _REF.fullmatch(repository.head)
    commit = _commit(repository, ref[1]) if ref else _hash(repository.head)
    return {
        "commit": commit,
        "branch": _shown(ref[1].removeprefix(b"refs/heads/")) if ref and ref[1] != _NOT_HERE else None,
        "remote": _remote(repository.common),
        "repository": _shown(os.fsencode(os.path.basename(repository.top))) or None,  # noqa: PTH119
    }


def _commit(repository: GitFolder, ref: bytes) -> str | None:
    for folder in dict.fromkeys((repository.own, repository.common)):
        content = read_plain(f"{folder}/{os.fsdecode(ref)}")
        if content is not None:
            return _hash(content.rstrip())
    packed = read_plain(f"{repository.common}/packed-refs", _LARGE) or b""
    end = packed.find(b" " + ref + b"\n")
    return _hash(packed[packed.rfind(b"\n", 0, end) + 1 : end]) if end >= 0 else None


def _hash(content: bytes) -> str | None:
    return content.decode("ascii") if _HASH.fullmatch(content) else None


def _remote(common: str) -> str | None:
    origin = _ORIGIN.search(read_plain(f"{common}/config") or b"")
    url = _URL.search(origin[1]) if origin else None
    if url is None:
        return None
    text = re.sub(rb"\\(.)", rb"\1", url[1]) if url[1] is not None else url[2].strip()
    return clean_url(_shown(text)) or None


def _shown(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def read_plain(path: str, limit: int = _SMALL) -> bytes | None:
    """Return the beginning of a plain file, or None; a pipe or a device in its place is never waited for."""
    try:
        file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError):  # a path with a NUL in it
        return None
    try:
        status = os.fstat(file)
        return os.read(file, min(limit, status.st_size + 1)) if stat.S_ISREG(status.st_mode) else None
    except OSError:
        return None
    finally:
        os.close(file)
