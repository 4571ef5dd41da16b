"""Git as publishing needs it: commits made in a repository whose configuration and hooks nobody obeys.

Objects are written from a folder of bookkeeping of ours with an index of its own; the person's worktree and index are
not touched. Their own configuration (``~/.gitconfig``) counts only where something is pushed, because it says how they
prove who they are; of the repository's own, name, e-mail and the address of a remote are read, as data.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from nbtrack.errors import RemoteError, UsageError
from nbtrack.secret.redact import redact
from nbtrack.store.git.foreign_repository import Repository, bookkeeping, find_repository, small

HEADS: Final = "refs/heads/"
_SECONDS: Final = 120.0
_PROTOCOLS: Final = "file:git:http:https:ssh"
_QUIET: Final = ("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false", "-c", "gc.auto=0")
_OWN: Final = ("HOME", "XDG_CONFIG_HOME", "SSH_AUTH_SOCK", "USER", "LOGNAME", "USERPROFILE", "APPDATA", "LOCALAPPDATA")
_PERSON: Final = {
    "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_ALLOW_PROTOCOL", "HOME", "XDG_CONFIG_HOME",
}  # fmt: skip
_HASH: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class Rejected(Exception):
    """Somebody else pushed meanwhile: what was made does not follow what is there."""


class Git:
    """Git in one repository; made by ``repository_at``."""

    def __init__(self, executable: str, repository: Repository, variables: Mapping[str, str]) -> None:
        self.repository = repository
        self._executable = executable
        self._apart = dict(variables)

    # --- what a repository says of itself, as data

    def setting(self, name: str) -> str:
        """Return a value of the configuration, the repository's or the person's; empty where there is none."""
        told = self._asked("config", "--get", name)
        return (told or b"").decode("utf-8", "replace").rstrip("\n")

    def tip(self, ref: str) -> str:
        """Return the commit that a ref of the repository names; empty where there is none."""
        told = self._asked("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        return (told or b"").decode("ascii", "replace").strip()

    def checked_out(self) -> set[str]:
        """Return the refs that are checked out in a worktree."""
        heads = [self.repository.own / "HEAD", self.repository.common / "HEAD"]
        heads += list((self.repository.common / "worktrees").glob("*/HEAD"))
        texts = [(small(head) or b"").decode("utf-8", "replace").strip() for head in heads]
        return {text.removeprefix("ref: ") for text in texts if text.startswith("ref: ")}

    def move(self, ref: str, commit: str, before: str) -> bool:
        """Let a ref of the repository name another commit, if it still names ``before`` (empty: nothing)."""
        size = 64 if self.repository.algorithm == "sha256" else 40
        return self._asked("update-ref", ref, commit, before or "0" * size) is not None

    # --- making a commit

    def blob(self, content: bytes) -> str:
        """Keep a file's bytes and return their name."""
        return self._run("hash-object", "-w", "--no-filters", "--stdin", given=content).decode("ascii").strip()

    def add(self, files: Sequence[tuple[str, Path]]) -> None:
        """Put files into the index of the person's worktree, their bytes as they are: path in it, and where they lie.

        Raises:
            RemoteError: git failed; the index is as it was.
        """
        if any("\n" in str(place) for _, place in files):
            raise UsageError("the path of the store has a line break in it, which git cannot be told here; use git add")
        listed = b"".join(os.fsencode(place) + b"\n" for _, place in files)
        names = self._run("hash-object", "-w", "--no-filters", "--stdin-paths", given=listed).decode("ascii").split()
        lines = (f"100644 {blob}\t".encode() + os.fsencode(path) for (path, _), blob in zip(files, names, strict=True))
        index = {**self._apart, "GIT_INDEX_FILE": str(self.repository.own / "index")}
        self._run(
            "update-index", "-z", "--index-info", given=b"".join(b"%b\0" % each for each in lines), variables=index
        )

    def files(self, commit: str) -> dict[str, str]:
        """Return the blobs of a commit by their paths, those of plain files only."""
        listed = self._run("ls-tree", "-r", "-z", "--full-tree", commit) if commit else b""
        found = (entry.split(b"\t", 1) for entry in listed.split(b"\0") if entry)
        return {os.fsdecode(path): head.split()[2].decode() for head, path in found if head.startswith(b"100")}

    def content(self, blob: str) -> bytes:
        """Return the bytes of a blob."""
        return self._run("cat-file", "blob", blob)

    def commit(
        self, base: str, changed: Mapping[str, str], parents: tuple[str, ...], message: str, who: Mapping[str, str]
    ) -> str:
        """Make a commit: the files of ``base`` with ``changed`` (path to blob) in place; nothing names it yet."""
        if base:
            self._run("read-tree", base)
        else:
            self._run("read-tree", "--empty")
        lines = b"".join(f"100644 {blob}\t".encode() + os.fsencode(path) + b"\0" for path, blob in changed.items())
        self._run("update-index", "-z", "--index-info", given=lines)
        tree = self._run("write-tree").decode("ascii").strip()
        named = [word for parent in parents for word in ("-p", parent)]
        made = self._run("commit-tree", tree, *named, given=message.encode(), variables={**self._apart, **who})
        return made.decode("ascii").strip()

    def is_ancestor(self, old: str, new: str) -> bool:
        """Tell whether ``new`` follows ``old``."""
        return self._done(self._apart, "merge-base", "--is-ancestor", old, new).returncode == 0

    # --- the network, only where the person asked for it

    def remote_tip(self, url: str, ref: str) -> str:
        """Fetch a remote's ref and return its commit; empty where the remote does not have it."""
        listed = self._run("ls-remote", "--", url, ref, variables=self._person()).decode("ascii", "replace").split()
        if not listed or not _HASH.fullmatch(listed[0]):
            return ""
        self._run("fetch", "-q", "--no-tags", "--no-write-fetch-head", "--", url, ref, variables=self._person())
        return listed[0]

    def push(self, url: str, commit: str, ref: str) -> None:
        """Push a commit.

        Raises:
            Rejected: it does not follow what the remote has now.
            RemoteError: the remote refuses it, or cannot be reached.
        """
        try:
            self._run("push", "-q", "--no-verify", "--", url, f"{commit}:{ref}", variables=self._person())
        except RemoteError as error:
            if any(
                word in str(error)
                for word in ("non-fast-forward", "fetch first", "stale info", "cannot lock ref", "incorrect old value")
            ):
                raise Rejected from error
            raise

    # --- running

    def _known(self) -> dict[str, str]:
        """The repository itself, with its configuration read and its hooks off: for names, addresses and refs only."""
        return {**self._person(), "GIT_DIR": str(self.repository.own), "GIT_CONFIG_NOSYSTEM": "1"}

    def _person(self) -> dict[str, str]:
        own = {name: os.environ[name] for name in _OWN if name in os.environ}
        ours = {name: value for name, value in self._apart.items() if name not in _PERSON}
        given = {
            name: os.environ[name]
            for name in ("GIT_CONFIG_GLOBAL", "GIT_SSH_COMMAND", "GIT_ASKPASS", "SSH_ASKPASS")
            if name in os.environ
        }
        return {**ours, **own, **given, "GIT_ALLOW_PROTOCOL": _PROTOCOLS}

    def _asked(self, *arguments: str) -> bytes | None:
        """Ask the repository itself; None where git says no."""
        done = self._done(self._known(), *arguments)
        return None if done.returncode else done.stdout

    def _run(self, *arguments: str, given: bytes = b"", variables: Mapping[str, str] | None = None) -> bytes:
        done = self._done(variables if variables is not None else self._apart, *arguments, given=given)
        if done.returncode:
            said = redact(done.stderr.decode("utf-8", "replace"))[0].split()
            raise RemoteError(f"git {arguments[0]} failed: {' '.join(said)[:500] or done.returncode}")
        return done.stdout

    def _done(
        self, variables: Mapping[str, str], *arguments: str, given: bytes = b""
    ) -> "subprocess.CompletedProcess[bytes]":
        try:
            return subprocess.run(  # noqa: S603 - git, by its whole path, no shell
                [self._executable, *_QUIET, *arguments],
                input=given,
                capture_output=True,
                env=dict(variables),
                cwd=self._apart["GIT_DIR"],
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise RemoteError(f"git {arguments[0]} took longer than {_SECONDS:.0f} s") from None


@contextmanager
def repository_at(folder: Path) -> Iterator[Git]:
    """Open the repository around a folder.

    Raises:
        UsageError: there is none, or git is not installed.
    """
    repository, executable = find_repository(folder), shutil.which("git")
    if repository is None:
        raise UsageError(f"{str(folder)[:200]!r} lies in no git repository; publish to a folder or an address instead")
    if executable is None:
        raise UsageError("git is not installed; publish to a folder or an address instead")
    with bookkeeping(repository.objects, repository.algorithm) as variables:
        yield Git(os.path.abspath(executable), repository, variables)  # noqa: PTH100 - not resolved: it may be a wrapper
