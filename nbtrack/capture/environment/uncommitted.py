"""What a run's code has that its commit has not: changed files as a patch, and the person's own modules."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nbtrack.capture.environment.modules import Source, read_source
from nbtrack.capture.environment.worktree import Change, Worktree
from nbtrack.model.tagged import Json
from nbtrack.record.credential_file import holds_credentials

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
    """

    record: Mapping[str, Json] = field(default_factory=dict)
    modules: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    texts: Mapping[str, bytes] = field(default_factory=dict)


def changes_in(worktree: Worktree, changes: Sequence[Change]) -> Uncommitted:
    """Return what differs from the commit. Notebooks, large and deleted files are named, but not in the patch.

    A notebook changes with every output; what matters of it is recorded with each run as its cells.
    """
    changes = [change for change in changes if not _is_ours(change.path)]
    patched = [change.path for change in changes if _is_worth_keeping(worktree.top, change)][:_MOST_PATCHED]
    patch = _whole_files(worktree.patch(patched))
    rest = [_shown(change.path) for change in changes if change.path not in set(patched)]
    record: dict[str, Json] = {
        "dirty": bool(changes),
        "changed": {_shown(change.path): change.kind for change in changes[:_MOST_LISTED]},
        **({"unpatched": rest[:_MOST_LISTED]} if rest else {}),
        **({"changed_count": len(changes)} if len(changes) > _MOST_LISTED else {}),
    }
    return Uncommitted(record, texts={PATCH: patch} if patch else {})


def modules_in(sources: Sequence[Source], worktree: Worktree | None, changes: Sequence[Change] = ()) -> Uncommitted:
    """Return the person's own modules; the texts are of those that cannot be had from the commit."""
    paths = _inside(sources, worktree)
    blobs = worktree.tracked(list(paths.values())) if worktree else {}
    for change in changes:
        blobs[change.path] = ""
    modules: dict[str, Mapping[str, Json]] = {}
    texts: dict[str, bytes] = {}
    room = _MOST_KEPT
    for source in sources:
        name, blob = _shown(source.name), blobs.get(paths.get(source.path, ""))
        modules[name] = {"module": source.module, "tracked": blob is not None, **({"blob": blob} if blob else {})}
        text = None if blob else _text(source)
        if text is not None and len(text) <= room:
            texts[f"code/{name}"] = text
            room -= len(text)
    return Uncommitted(modules=modules, texts=texts)


def _inside(sources: Sequence[Source], worktree: Worktree | None) -> dict[str, str]:
    """Return the path in the worktree, as git writes it, of each source that lies there."""
    if worktree is None:
        return {}
    top = os.path.realpath(worktree.top).rstrip(os.sep) + os.sep
    return {s.path: s.path[len(top) :].replace(os.sep, "/") for s in sources if s.path.startswith(top)}


def _text(source: Source) -> bytes | None:
    return None if holds_credentials(Path(source.path)) else read_source(source)


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
