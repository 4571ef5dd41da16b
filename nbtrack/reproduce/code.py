"""The code of a run, made again: the files of its commit, what differed from it, and the person's own modules.

Where the commit cannot be had - or only the store may be asked - there are still the modules the run had loaded: the
store has a copy of each. What could not be had is told, never replaced by something else.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from nbtrack.errors import StoreError
from nbtrack.model.reproduction import Cause, Restored
from nbtrack.model.run import Run
from nbtrack.reproduce.commit import Blobs, Committed, GitMissing, open_commit
from nbtrack.reproduce.layout import Layout, Parts, is_bookkeeping, parts_of
from nbtrack.reproduce.patch import apply_patch
from nbtrack.reproduce.writing import NewFolder, Progress
from nbtrack.store.git.foreign_repository import Repository, find_repository
from nbtrack.store.objects.manifest import checked

MOST_BYTES: Final = 4 << 30  # of a commit's files together
_LARGEST_LINK: Final = 4096
_POINTER: Final = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\n(?:.*\n)*?size (\d{1,15})\n"
)
_LARGEST_POINTER: Final = 1024
_HIDDEN: Final = b"[redacted:"
_NAMED: Final = 5
_WRITTEN: Final = "written"
_MOST_TOLD: Final = 300


@dataclass(slots=True)
class Told:
    """What is told of a restoring.

    ``restored``: what is there and where from, and - with no origin - what is not there, but is not known to have been
    used. ``missing``: what the run used and could not be had. ``changed``: what is there and is not what it was.
    """

    restored: list[Restored] = field(default_factory=list)
    missing: list[Cause] = field(default_factory=list)
    changed: list[Cause] = field(default_factory=list)
    many: Counter[str] = field(default_factory=Counter)  # of one origin; a record has room for so many only

    def had(self, name: str, origin: str, text: str, *, kind: str = "code") -> None:
        """Say that something is there. Of many things of one origin the first are told, and how many more there are."""
        self.many[origin] += 1
        if self.many[origin] == _MOST_TOLD + 1:
            self.restored.append({"kind": kind, "name": "more", "origin": origin, "text": ""})
        if self.many[origin] > _MOST_TOLD:
            more = next(each for each in self.restored if (each["name"], each["origin"]) == ("more", origin))
            more["text"] = f"{self.many[origin] - _MOST_TOLD:,} more like the last of these"
            return
        self.restored.append({"kind": kind, "name": name, "origin": origin, "text": text})

    def left(self, name: str, text: str) -> None:
        """Say that something is not there that nothing is known to have used."""
        self.had(name, "", text)

    def lacks(self, name: str, text: str, *, kind: str = "code", was: Any = None, now: Any = None) -> None:
        """Say that something the run used could not be had."""
        self.missing.append({"kind": kind, "name": name, "was": was, "now": now, "text": text})

    def differs(self, name: str, text: str, *, kind: str = "code", was: Any = None, now: Any = None) -> None:
        """Say that something is there as it was not then."""
        self.changed.append({"kind": kind, "name": name, "was": was, "now": now, "text": text})


@dataclass(frozen=True, slots=True)
class Code:
    """Where the code is: ``has_commit`` tells whether all files of the commit are, ``local`` folders import from."""

    has_commit: bool
    local: tuple[Path, ...]


def restore_code(
    run: Run, layout: Layout, folder: NewFolder, told: Told, *, beside: Path | None, progress: Progress | None = None
) -> Code:
    """Make the code of a run in a new folder. ``beside`` is the person's own; None where only the store is asked."""
    commit = run.code.get("commit")
    has_commit = False
    if isinstance(commit, str):
        try:
            _restore_commit(commit, _repository(beside), layout, folder, told, progress)
            has_commit = True
        except GitMissing as problem:
            told.left("commit", f"the files of commit {commit[:12]} are not here: {problem}")
    if has_commit or commit is None:  # before the first commit, everything that was staged is a change
        _restore_changes(run, layout, folder, told)
    return Code(has_commit, _restore_modules(run, layout, folder, told, has_commit=has_commit))


def _repository(beside: Path | None) -> Repository:
    if beside is None:
        raise GitMissing("only the store was asked, which keeps the modules a run had loaded, not whole commits")
    repository = find_repository(beside)
    if repository is None:
        raise GitMissing("there is no git repository beside the notebook any more")
    return repository


def _restore_commit(
    commit: str, repository: Repository, layout: Layout, folder: NewFolder, told: Told, progress: Progress | None
) -> None:
    root = layout.root
    with open_commit(repository, commit) as opened:
        files = opened.files()
        total = sum(each.size for each in files)
        if total > MOST_BYTES:
            raise GitMissing(f"its files have {total:,} bytes, which is more than is restored")
        files = [each for each in files if ".nbtrack" not in each.path.split("/")]  # a store is not of the program
        links, unread, done = [], [], 0
        with opened.blobs() as blobs:
            for each in files:
                try:
                    if each.is_link:
                        links.append((each, _link_target(blobs, each)))
                    else:
                        _restore_file(each, blobs, repository, root, folder, told)
                except GitMissing:
                    unread.append(each.path)
                done += each.size
                if progress is not None:
                    progress("commit", done, total)
    for each, target in links:  # last: what is written goes through none of them
        if not _is_safe(each.path) or not folder.link(root.joinpath(*checked(each.path)), target, root):
            told.left(each.path, f"{each.path} is a link to {target[:80]!r}, out of the repository, and was not made")
    if unread:
        told.left("commit", f"{_listed(unread)}: the repository does not have their bytes, as in a partial clone")
    told.had("commit", "commit", f"{len(files) - len(unread):,} files of commit {commit[:12]}")


def _restore_file(
    file: Committed, blobs: Blobs, repository: Repository, root: Path, folder: NewFolder, told: Told
) -> None:
    if file.is_submodule:
        text = f"{file.path} is a submodule at {file.blob[:12]}; its files are another repository's and are not here"
        told.left(file.path, text)
        return
    if not _is_safe(file.path):
        told.left(file.path, f"{file.path[:80]!r} is no name for a file of a repository, and was not written")
        return
    path = root.joinpath(*checked(file.path))
    try:
        if file.size > _LARGEST_POINTER:
            folder.write_all(path, blobs.chunks(file.blob, file.size), executable=file.is_executable)
            return
        content = blobs.read(file.blob, file.size)
        pointer = _POINTER.match(content)
        if pointer is None:
            folder.write(path, content, executable=file.is_executable)
        else:
            _restore_large(file, pointer, content, repository, path, folder, told)
    except (OSError, ValueError) as problem:
        told.left(file.path, f"{file.path} could not be written ({problem})")


def _restore_large(
    file: Committed,
    pointer: "re.Match[bytes]",
    content: bytes,
    repository: Repository,
    path: Path,
    folder: NewFolder,
    told: Told,
) -> None:
    """Put what git-LFS keeps beside the repository in place of the pointer that is committed."""
    oid, size = pointer[1].decode("ascii"), int(pointer[2])
    kept = repository.common / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
    if folder.copy(kept, path, oid, size):
        told.had(file.path, "git lfs", f"{file.path}: {size:,} bytes from the repository's git-LFS files")
        return
    folder.write(path, content, executable=file.is_executable)
    text = f"{file.path} is kept by git-LFS ({size:,} bytes), which does not have it here; only its pointer is there"
    told.left(file.path, text)


def _link_target(blobs: Blobs, file: Committed) -> str:
    return blobs.read(file.blob, file.size).decode("utf-8", "replace") if file.size <= _LARGEST_LINK else ""


def _is_safe(path: str) -> bool:
    """Tell whether git itself would write to this path: within the folder, and not into bookkeeping of git's."""
    try:
        names = checked(path)
    except ValueError:
        return False
    return not any(map(is_bookkeeping, names))


def _restore_changes(run: Run, layout: Layout, folder: NewFolder, told: Told) -> None:
    """Make the changes that no commit had: the patch, files kept whole, and what was deleted."""
    code = run.code
    changed = {str(path): str(kind) for path, kind in _mapping(code, "changed").items()}
    patched: set[str] = set()
    if isinstance(code.get("patch"), str):
        patched = _restore_patch(run, code["patch"], layout, folder, told)
    for path, kind in changed.items():
        if kind == "D":
            _remove(path, layout, folder, told)
    kept = _restore_kept(run, layout, folder, told)
    modules = {str(name) for name, about in _mapping(code, "modules").items() if _member(about, "sha256")}
    for path, kind in changed.items():
        if kind != "D" and path not in patched | kept | modules and not path.endswith(".ipynb"):
            told.left(path, f"{path} differed from the commit ({kind}), and how is not in the store")
    count = code.get("changed_count")
    if isinstance(count, int) and count > len(changed):
        told.left("changes", f"{count:,} files differed from the commit, of which {len(changed):,} are recorded")


def _restore_patch(run: Run, name: str, layout: Layout, folder: NewFolder, told: Told) -> set[str]:
    try:
        patch = run.stored(name)
    except StoreError as problem:
        told.left("changes", f"the changes that were not committed could not be had: {problem}")
        return set()
    applied, refused = apply_patch(patch, layout.root, folder)
    for path, why in refused.items():
        told.left(path, f"the changes of {path} could not be made again: {why}")
    if applied:
        told.had("changes", "store", f"uncommitted changes of {_listed(sorted(applied))}")
    if _HIDDEN in patch:
        told.differs("changes", "a secret stood in the uncommitted changes; [redacted:…] stands in its place")
    return applied | refused.keys()


def _remove(path: str, layout: Layout, folder: NewFolder, told: Told) -> None:
    try:
        folder.room_for(layout.root.joinpath(*checked(path)))
    except (OSError, ValueError) as problem:
        told.left(path, f"{path[:80]!r} had been deleted, and is there ({problem})")


def _restore_kept(run: Run, layout: Layout, folder: NewFolder, told: Told) -> set[str]:
    """Write the changed files that no patch can tell: those are kept whole."""
    kept = set()
    for name, about in _mapping(run.code, "files").items():
        digest = _member(about, "sha256")
        if digest is None:
            continue
        try:
            path = layout.root.joinpath(*checked(str(name)))
            if not _is_safe(str(name)):
                raise ValueError("it is no name for a file of a repository")  # noqa: TRY301 - told with the others
            folder.write(path, run.stored(digest), executable=about.get("exec") is True)
        except (OSError, ValueError, StoreError) as problem:
            told.left(str(name), f"{name} had been changed, and could not be had as it was: {problem}")
        kept.add(str(name))
    if kept:
        told.had("changed files", "store", f"uncommitted changes of {_listed(sorted(kept))}")
    return kept


def _restore_modules(run: Run, layout: Layout, folder: NewFolder, told: Told, *, has_commit: bool) -> tuple[Path, ...]:
    """Write the sources of the run's own modules that are not there as they were; return where they import from."""
    local: dict[Path, None] = {}
    written = []
    for name, about in _mapping(run.code, "modules").items():
        try:
            place = _place(name, about, layout)
            path = layout.where(place)
        except (ValueError, AttributeError) as problem:
            told.lacks(str(name)[:80], f"module {str(name)[:80]!r} was not written: {problem}")
            continue
        why = _restore_module(run, about, path, folder)
        if why == _WRITTEN:
            written.append(name)
        elif why and not (has_commit and path.is_file()):
            told.lacks(name, f"the source of module {name} could not be had: {why}")
            continue
        elif why:
            told.left(name, f"{name} is as it is in the commit; the store's copy could not be had: {why}")
        _tell_hidden(name, path, told)
        if (above := _import_folder(str(about.get("module", "")), place)) is not None:
            local[layout.where(above)] = None
    if written:
        told.had("modules", "store", f"the run's own modules {_listed(written)}")
    return tuple(local)


def _tell_hidden(name: str, path: Path, told: Told) -> None:
    with suppress(OSError):
        if _HIDDEN in path.read_bytes():
            told.differs(name, f"a secret stood in {name}; [redacted:…] stands in its place in what is kept of it")


def _restore_module(run: Run, about: Mapping[str, Any], path: Path, folder: NewFolder) -> str:
    """Have a module's source at its place: "" when it was there, ``_WRITTEN``, or why it is not."""
    digest = _member(about, "sha256")
    there = path.is_file() and not path.is_symlink()
    if digest is None:
        return "" if there and _member(about, "blob") else "the store has no copy of it"
    if there and hashlib.sha256(path.read_bytes()).hexdigest() == digest:
        return ""
    try:
        content = run.stored(digest)
        if there and _HIDDEN in content and _member(about, "blob"):
            return ""  # it did not differ from the commit, which has it whole
        folder.write(path, content)
    except (OSError, ValueError, StoreError) as problem:
        return str(problem)
    return _WRITTEN


def _place(name: str, about: Mapping[str, Any], layout: Layout) -> Parts:
    """Return the recorded place of a module: its name is its path, from the top of what it belongs to."""
    root, below = about.get("root"), about.get("path", name)
    start = parts_of(root, layout.notebook) if isinstance(root, str) else layout.top
    return (*start, *checked(str(below)))


def _import_folder(module: str, place: Parts) -> Parts | None:
    """Return the folder a module was imported from, None where its name and its path say nothing of it.

    >>> _import_folder("pkg.models.tree", ("~", "src", "pkg", "models", "tree.py"))
    ('~', 'src')
    """
    names = tuple(module.split("."))
    file = PurePosixPath(place[-1])
    below = place[1:-1] if file.stem == "__init__" else (*place[1:-1], file.stem)
    if not module or below[-len(names) :] != names:
        return None
    return place[:1] + below[: len(below) - len(names)]


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def _mapping(code: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = code.get(name)
    return found if isinstance(found, Mapping) else {}


def _member(about: Any, name: str) -> str | None:
    value = about.get(name) if isinstance(about, Mapping) else None
    return value if isinstance(value, str) and value else None
