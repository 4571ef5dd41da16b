"""A commit's files, read from a repository's objects: no checkout, nothing of the person's folder is touched.

Git runs in a folder of bookkeeping that is ours, with the repository's objects to read and none of its configuration:
hooks, filters, attributes, ``fsmonitor`` and transports of a stranger's repository cannot run because nothing names
them. What is written is decided here, file by file: the bytes as they were committed.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, Final, NamedTuple

from nbtrack.store.git.foreign_repository import Repository, bookkeeping

_HASH: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SECONDS: Final = 120.0
_CHUNK: Final = 4 << 20
_MOST_FILES: Final = 500_000
_LINK, _SUBMODULE, _EXECUTABLE = "120000", "160000", "100755"


class GitMissing(Exception):
    """A commit cannot be had: there is no git, no repository, or the repository does not have it."""


class Committed(NamedTuple):
    """One file of a commit: its path, git's mode, the name of its blob, and how many bytes that has."""

    path: str
    mode: str
    blob: str
    size: int

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link: its bytes say where to."""
        return self.mode == _LINK

    @property
    def is_submodule(self) -> bool:
        """Whether it is another repository's commit, whose files are not here."""
        return self.mode == _SUBMODULE

    @property
    def is_executable(self) -> bool:
        """Whether it may be run."""
        return self.mode == _EXECUTABLE


class Commit:
    """The files of one commit; made by ``open_commit``."""

    def __init__(self, executable: str, variables: Mapping[str, str], commit: str) -> None:
        self._executable = executable
        self._variables = variables
        self._commit = commit

    def files(self) -> list[Committed]:
        """Return every file of the commit.

        Raises:
            GitMissing: the repository does not have it, or it is damaged.
        """
        listed = self._asked("ls-tree", "-r", "-z", "--long", "--full-tree", self._commit)
        entries = [entry for entry in listed.split(b"\0") if entry]
        if len(entries) > _MOST_FILES:
            raise GitMissing(f"commit {self._commit[:12]} has {len(entries):,} files, which is more than is restored")
        return [_committed(entry) for entry in entries]

    @contextmanager
    def blobs(self) -> "Iterator[Blobs]":
        """Read the bytes of files, one after the other, from one process."""
        process = self._started("cat-file", "--batch")
        try:
            yield Blobs(process)
        finally:
            process.kill()
            process.communicate()

    def _asked(self, *arguments: str) -> bytes:
        process = self._started(*arguments)
        try:
            printed, said = process.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise GitMissing(f"git took longer than {_SECONDS:.0f} s to list commit {self._commit[:12]}") from None
        if process.returncode:
            words = said.decode("utf-8", "replace").strip().splitlines()
            raise GitMissing(
                f"commit {self._commit[:12]} cannot be read ({words[-1][:200] if words else 'git failed'})"
            )
        return printed

    def _started(self, *arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 - git, by its whole path, with arguments of our own and a hash
            [self._executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if arguments[0] == "ls-tree" else subprocess.DEVNULL,
            env=dict(self._variables),
            cwd=self._variables["GIT_DIR"],
        )


class Blobs:
    """Asks ``git cat-file --batch`` for one blob after the other."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._to: IO[Any] | None = process.stdin
        self._from: IO[Any] | None = process.stdout

    def read(self, blob: str, size: int) -> bytes:
        """Return the bytes of a blob, which has this many.

        Raises:
            GitMissing: the repository does not have it, as in a partial clone, or has another.
        """
        return b"".join(self.chunks(blob, size))

    def chunks(self, blob: str, size: int) -> Iterator[bytes]:
        """Yield the bytes of a blob piece by piece, however many they are.

        Raises:
            GitMissing: as ``read``.
        """
        if self._to is None or self._from is None or not _HASH.fullmatch(blob):
            raise GitMissing(f"{blob[:80]!r} is no object of git")
        try:
            self._to.write(f"{blob}\n".encode("ascii"))
            self._to.flush()
            head = self._from.readline(200).split()
            if len(head) != 3 or head[1] != b"blob" or int(head[2]) != size:
                raise GitMissing(f"git does not have object {blob[:12]}")
            while size and (chunk := self._from.read(min(size, _CHUNK))):
                size -= len(chunk)
                yield chunk
            self._from.read(1)
        except (OSError, ValueError) as problem:
            raise GitMissing(f"git does not give object {blob[:12]} ({problem})") from None
        if size:
            raise GitMissing(f"git does not give all of object {blob[:12]}")


@contextmanager
def open_commit(repository: Repository, commit: str) -> Iterator[Commit]:
    """Read a commit of a repository.

    Raises:
        GitMissing: git is not installed, or this is no hash of a commit.
    """
    executable = shutil.which("git")
    if executable is None:
        raise GitMissing("git is not installed")
    if not _HASH.fullmatch(commit):
        raise GitMissing(f"{commit[:80]!r} is no hash of a commit")
    with bookkeeping(repository.objects, "sha256" if len(commit) == 64 else "sha1") as variables:
        yield Commit(os.path.abspath(executable), variables, commit)  # noqa: PTH100 - not resolved: it may be a wrapper


def _committed(entry: bytes) -> Committed:
    about, _, path = entry.partition(b"\t")
    mode, kind, blob, size = about.split()
    known = int(size) if kind == b"blob" and size.isdigit() else 0  # git has no size for a blob that is not there
    return Committed(os.fsdecode(path), mode.decode("ascii"), blob.decode("ascii"), known)
