"""What a run's code has that its commit has not: changed files as a patch, and the person's own modules."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nbtrack.capture.environment.code import read_plain
from nbtrack.capture.environment.modules import Source, read_source
from nbtrack.capture.environment.worktree import Change, Worktree
from nbtrack.model.tagged import Json
from nbtrack.record.contents import holds_secret
from nbtrack.record.credential_file import holds_credentials
from nbtrack.record.redact import without_home

PATCH: Final = "code/changes.patch"
_LARGEST_FILE: Final = 1 << 20  # bytes of one file whose changes are worth keeping
_LARGEST_PATCH: Final = 1 << 20
_MOST_PATCHED: Final = 500
_MOST_LISTED: Final = 200
_MOST_KEPT: Final = 16 << 20  # bytes of all sources of one run


@dataclass(frozen=True, slots=True)
class Uncommitted:
    """Members of a ``code`` record, and the texts to keep beside it, by the name of their artifact.

    ``modules`` says of each source whether git has it: ``tracked``, and as ``blob`` its hash there if it is unchanged.
    ``committed`` are the texts of those: kept without a name, for when the commit is gone. ``files`` are changed files
    that no patch can tell, whole.
    """

    record: Mapping[str, Json] = field(default_factory=dict)
    modules: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    texts: Mapping[str, bytes] = field(default_factory=dict)
    committed: Mapping[str, bytes] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


def changes_in(worktree: Worktree, changes: Sequence[Change]) -> Uncommitted:
    """Return what differs from the commit. Notebooks, large and deleted files are named, but not in the patch.

    A notebook changes with every output; what matters of it is recorded with each run as its cells. Binary files are
    kept whole, unless a secret is in them.
    """
    changes = [change for change in changes if not _is_ours(change.path)]
    worth = [change.path for change in changes if _is_worth_keeping(worktree.top, change)][:_MOST_PATCHED]
    binary = {path: content for path in worth if (content := _binary(worktree.top, path)) is not None}
    files = {_shown(path): content for path, content in _within(binary).items()}
    patched = [path for path in worth if path not in binary]
    patch = _whole_files(worktree.patch(patched))
    rest = [_shown(change.path) for change in changes if change.path not in {*patched, *files}]
    record: dict[str, Json] = {
        "dirty": bool(changes),
        "changed": {_shown(change.path): change.kind for change in changes[:_MOST_LISTED]},
        **({"unpatched": rest[:_MOST_LISTED]} if rest else {}),
        **({"changed_count": len(changes)} if len(changes) > _MOST_LISTED else {}),
    }
    return Uncommitted(record, texts={PATCH: patch} if patch else {}, files=files)


def modules_in(
    sources: Sequence[Source], worktree: Worktree | None, changes: Sequence[Change] = (), home: str = ""
) -> Uncommitted:
    """Return the person's own modules; named texts are of those that cannot be had from the commit.

    A source that does not lie in ``home`` - of a package that is edited, say - tells: ``root`` is where it is from, and
    ``path`` what it is called there.
    """
    paths = _inside(sources, worktree)
    blobs = worktree.tracked(list(paths.values())) if worktree else {}
    for change in changes:
        blobs[change.path] = ""
    modules: dict[str, Mapping[str, Json]] = {}
    texts: dict[str, bytes] = {}
    committed: dict[str, bytes] = {}
    room = _MOST_KEPT
    for source in sources:
        name, blob = _shown(source.name), blobs.get(paths.get(source.path, ""))
        about: dict[str, Json] = {"module": source.module, "tracked": blob is not None}
        modules[name] = about | ({"blob": blob} if blob else {}) | _whence(source, home)
        text = _text(source)
        if text is not None and len(text) <= room:
            (committed if blob else texts)[f"code/{name}"] = text
            room -= len(text)
    return Uncommitted(modules=modules, texts=texts, committed=committed)


def _inside(sources: Sequence[Source], worktree: Worktree | None) -> dict[str, str]:
    """Return the path in the worktree, as git writes it, of each source that lies there."""
    if worktree is None:
        return {}
    top = os.path.realpath(worktree.top).rstrip(os.sep) + os.sep
    return {s.path: s.path[len(top) :].replace(os.sep, "/") for s in sources if s.path.startswith(top)}


def _whence(source: Source, home: str) -> dict[str, Json]:
    if not source.root or source.root == os.path.realpath(home):
        return {}
    below = source.path[len(source.root) :].lstrip(os.sep).replace(os.sep, "/")
    return {"root": _shown(without_home(source.root)).replace(os.sep, "/"), "path": _shown(below)}


def _text(source: Source) -> bytes | None:
    return None if holds_credentials(Path(source.path)) else read_source(source)


def _binary(top: str, path: str) -> bytes | None:
    """Return the bytes of a file that git calls binary, because there is a zero among the first of them."""
    content = read_plain(os.path.join(top, path), _LARGEST_FILE + 1)  # noqa: PTH118 - text in, text out
    return content if content is not None and b"\0" in content[:8000] else None


def _within(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return those of the files that hold no secret, as far as there is room for them."""
    found, room = {}, _MOST_KEPT
    for path, content in files.items():
        if len(content) <= min(room, _LARGEST_FILE) and not holds_secret(content):
            found[path] = content
            room -= len(content)
    return found


def _is_ours(path: str) -> bool:
    return ".nbtrack" in path.split("/")  # a store that is committed differs after every run


def _is_worth_keeping(top: str, change: Change) -> bool:
    if change.kind not in "MAT" or change.path.endswith(".ipynb"):
        return False
    path = Path(top, change.path)
    try:
        return path.lstat().st_size <= _LARGEST_FILE and not holds_credentials(path)
    except OSError:
        return False


def _whole_files(patch: bytes) -> bytes:
    """Return as many whole files of a patch as there is room for: half a file's changes cannot be applied."""
    if len(patch) <= _LARGEST_PATCH:
        return patch
    end = patch.rfind(b"\ndiff --git ", 0, _LARGEST_PATCH)
    return patch[: end + 1]


def _shown(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "replace")
