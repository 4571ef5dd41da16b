"""What a worktree holds beyond its commit, as git sees it - from a folder of bookkeeping that is ours.

A repository can name programs for git to run: filters, textconv and external diffs, ``fsmonitor``, hooks, transports of
a partial clone. Git finds them in the repository's configuration, so it is never shown that. It gets a temporary git
folder with a configuration we wrote, a copy of the index, and the repository's objects to read: what is not defined
cannot be run, and no lock or refreshed index is left behind. A file whose clean filter would undo its change therefore
counts as changed.
"""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from nbtrack.capture.environment.code import GitFolder, read_plain
from nbtrack.model.foreign_git import OBEYING_NOBODY

SECONDS: Final = 10.0  # for one command; then it is killed
_LARGEST_INDEX: Final = 1 << 28
_EMPTY_TREE: Final = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
_SECTION = re.compile(rb"^\s*\[\s*(core|extensions)\s*\]([^\[]*)", re.MULTILINE | re.IGNORECASE)
_HARMLESS = re.compile(  # settings that say how files compare, with the only values they can have
    rb"^\s*(autocrlf|eol|filemode|ignorecase|symlinks|precomposeunicode|trustctime|checkstat|objectformat)"
    rb"\s*=\s*(true|false|input|lf|crlf|native|default|minimal|sha1|sha256)\s*$",
    re.MULTILINE | re.IGNORECASE,
)
_DIFF: Final = ("diff", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty", "--no-color")


class Unreadable(Exception):
    """Git could not be asked: it is not there, took too long, or found the repository damaged."""


class Change(NamedTuple):
    """A file that differs from the commit. ``kind`` is git's letter: M, A, D, T, U."""

    path: str
    kind: str


class Worktree:
    """Answers questions about one worktree; made by ``look_at``."""

    def __init__(self, top: str, base: str, executable: str, variables: Mapping[str, str]) -> None:
        self.top = top
        self._base = base
        self._executable = executable
        self._variables = variables

    def changes(self) -> list[Change]:
        """Return the tracked files that differ from the commit, staged or not; all of them before the first commit."""
        fields = self._git(*_DIFF, "--raw", "-z", self._base, "--").split(b"\0")
        return [
            Change(os.fsdecode(path), entry[-1:].decode("ascii", "replace"))
            for entry, path in zip(fields[::2], fields[1::2], strict=False)
        ]

    def patch(self, paths: Sequence[str]) -> bytes:
        """Return the changes of these files as text that ``git apply`` takes; binary files are only named."""
        names = ("--src-prefix=a/", "--dst-prefix=b/", "--full-index")
        return self._git(*_DIFF, "--patch", *names, self._base, "--", *paths) if paths else b""

    def tracked(self, paths: Sequence[str]) -> dict[str, str]:
        """Return the git hash of those of these files that the index knows."""
        found = self._git("ls-files", "-z", "--cached", "--stage", "--", *paths) if paths else b""
        entries = (entry.partition(b"\t") for entry in found.split(b"\0") if entry)
        return {os.fsdecode(path): about.split()[1].decode("ascii") for about, _, path in entries}

    def _git(self, *arguments: str) -> bytes:
        from git.cmd import Git  # noqa: PLC0415 - 0.15 s, paid in the background, once, and only where there is a git

        process = Git(self.top).execute(
            [self._executable, *arguments],
            as_process=True,
            shell=False,
            env=self._variables,
            start_new_session=os.name == "posix",
        )
        if process.proc is None:
            raise Unreadable("git did not start")
        return _answer(process.proc)


@contextmanager
def look_at(repository: GitFolder, commit: str | None) -> Iterator[Worktree]:
    """Look at a repository's worktree as it differs from ``commit``, or from nothing.

    Raises:
        Unreadable: git could not be asked.
    """
    executable = shutil.which("git")
    if executable is None:
        raise Unreadable("git is not installed")
    with tempfile.TemporaryDirectory(prefix="nbtrack-", ignore_cleanup_errors=True) as own:
        settings = _settings(repository)
        try:
            _furnish(own, repository, commit, settings)
        except OSError as problem:
            raise Unreadable(f"the index cannot be read ({problem.strerror})") from problem
        base = commit or _EMPTY_TREE[settings.get("objectformat", "sha1")]
        variables = _variables(repository.top, own, f"{repository.common}/objects")
        yield Worktree(repository.top, base, os.path.abspath(executable), variables)  # noqa: PTH100


def _furnish(own: str, repository: GitFolder, commit: str | None, settings: dict[str, str]) -> None:
    """Make a git folder that knows the index, the objects and how files compare, and nothing else."""
    for name in ("objects", "refs"):
        Path(own, name).mkdir()
    Path(own, "HEAD").write_text(f"{commit or 'ref: refs/heads/none'}\n", "ascii")
    Path(own, "config").write_text(_configuration(settings), "ascii")
    _copy_index(f"{repository.own}/index", f"{own}/index")
    for shared in Path(repository.own).glob("sharedindex.*"):  # of a split index
        _copy_index(str(shared), f"{own}/{shared.name}")


def _copy_index(source: str, target: str) -> None:
    """Copy an index with its time: git compares that with the files' to know whose contents it must read."""
    with suppress(FileNotFoundError):  # a repository to which nothing was added yet
        file = os.open(source, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(file, "rb") as index:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST_INDEX:
                raise Unreadable("the index is no plain file, or too large")
            with Path(target).open("wb") as copy:
                shutil.copyfileobj(index, copy, 1 << 20)
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def _settings(repository: GitFolder) -> dict[str, str]:
    """Return the harmless settings of the person's and the repository's configuration, the latter's last."""
    home = os.path.expanduser("~")  # noqa: PTH111 - may not exist
    places = (f"{home}/.config/git/config", f"{home}/.gitconfig", f"{repository.common}/config")
    found: dict[str, str] = {}
    for place in places:
        for section in _SECTION.finditer(read_plain(place, 1 << 16) or b""):
            pairs = _HARMLESS.findall(section[2])
            found |= {name.decode("ascii").lower(): value.decode("ascii").lower() for name, value in pairs}
    if found.get("objectformat", "sha1") not in _EMPTY_TREE:
        del found["objectformat"]
    return found


def _configuration(settings: dict[str, str]) -> str:
    core = {
        **settings,
        "bare": "false",
        "safecrlf": "false",
        "repositoryformatversion": "1",
        "logallrefupdates": "false",
    }
    objects = core.pop("objectformat", "sha1")
    lines = ["[core]", *(f"\t{name} = {value}" for name, value in core.items())]
    if objects != "sha1":
        lines += ["[extensions]", f"\tobjectformat = {objects}"]
    return "\n".join([*lines, ""])


def _variables(top: str, own: str, objects: str) -> dict[str, str]:
    """Return what git sees of the world: our folder, the objects, and nobody's settings."""
    return {
        "GIT_DIR": own,
        "GIT_COMMON_DIR": own,
        "GIT_WORK_TREE": top,
        "GIT_INDEX_FILE": f"{own}/index",
        "GIT_OBJECT_DIRECTORY": objects,
        "HOME": own,
        "XDG_CONFIG_HOME": own,
        **OBEYING_NOBODY,
    }


def _answer(process: "subprocess.Popen[bytes]") -> bytes:
    """Return what a command printed. One that takes too long is killed with all it started."""
    try:
        printed, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        _kill(process)
        raise Unreadable(f"git took longer than {SECONDS:.0f} s") from None
    if process.returncode:
        raise Unreadable(f"git failed ({process.returncode})")
    return printed


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
