"""Uncommitted changes, made again by ``git apply`` in a folder of ours: file by file where not all can be."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from nbtrack.reproduce.writing import NewFolder
from nbtrack.store.git.foreign_repository import bookkeeping

_SECONDS: Final = 60.0
_HEAD: Final = re.compile(rb"^diff --git ", re.MULTILINE)
_NAMES: Final = re.compile(rb'(?:---|\+\+\+) ("(?:[^"\\\n]|\\.)*"|[^\n\t]+)')
_DIFFED: Final = re.compile(rb"diff --git a/(.+) b/\1\n")
_ODD_MODE: Final = re.compile(
    rb"^(?:new file mode|old mode|new mode|index [0-9a-f.]+) (?:120000|160000)$", re.MULTILINE
)
_BINARY: Final = re.compile(rb"^Binary files .* differ$", re.MULTILINE)
_OCTAL: Final = re.compile(rb'\\([0-7]{3}|["\\abtnvfr])')
_SIGNS: Final = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}


def apply_patch(patch: bytes, root: Path, folder: NewFolder) -> tuple[set[str], dict[str, str]]:
    """Change the files below ``root`` as a patch says; return which were, and why others were not.

    Links and submodules are not changed, nor anything outside of ``root``: git refuses such paths, also through links.
    """
    parts = dict(_parts(patch))
    refused = {name: why for name, part in parts.items() if (why := _unwanted(part))}
    wanted = {name: part for name, part in parts.items() if name not in refused}
    if not wanted:
        return set(), refused
    executable = shutil.which("git")
    if executable is None:
        return set(), {**refused, **dict.fromkeys(wanted, "git is not installed")}
    folder.path.mkdir(exist_ok=True)
    with bookkeeping() as variables:
        apply = _Apply(os.path.abspath(executable), {**variables, "GIT_WORK_TREE": str(root)}, root)  # noqa: PTH100
        if apply(b"".join(wanted.values())) is None:
            return set(wanted), refused
        outcomes = {name: apply(part) for name, part in wanted.items()}
    refused |= {name: why for name, why in outcomes.items() if why is not None}
    return {name for name, why in outcomes.items() if why is None}, refused


class _Apply:
    """Runs ``git apply``, which changes all the files of a patch or none."""

    def __init__(self, executable: str, variables: Mapping[str, str], root: Path) -> None:
        self._executable = executable
        self._variables = variables
        self._root = root

    def __call__(self, patch: bytes) -> str | None:
        """Apply a patch; return why it does not apply, or None when it did."""
        try:
            done = subprocess.run(  # noqa: S603 - git, by its whole path, with arguments of our own
                [self._executable, "apply", "--whitespace=nowarn", "-"],
                input=patch,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
                env=dict(self._variables),
                cwd=self._root,
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            return f"git apply did not run ({type(problem).__name__})"
        if not done.returncode:
            return None
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return said[0].removeprefix("error: ")[:200] if said else "git apply failed"


def _parts(patch: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the changes of each file, by its path."""
    starts = [found.start() for found in _HEAD.finditer(patch)]
    for start, end in zip(starts, [*starts[1:], len(patch)], strict=True):
        part = patch[start:end]
        yield _name(part), part


def _name(part: bytes) -> str:
    head = part.partition(b"\n@@")[0]
    names = [_plain(found) for found in _NAMES.findall(head)]
    for name in reversed(names):
        if name != b"/dev/null":
            return name.partition(b"/")[2].decode("utf-8", "replace")
    found = _DIFFED.match(part)
    return (found[1] if found else part.partition(b"\n")[0][11:]).decode("utf-8", "replace")


def _plain(name: bytes) -> bytes:
    """Return a name without the quotes and escapes that git puts around unusual ones."""
    if not name.startswith(b'"'):
        return name
    return _OCTAL.sub(
        lambda sign: bytes([int(sign[1], 8) & 255]) if sign[1].isdigit() else _SIGNS.get(sign[1], sign[1]), name[1:-1]
    )


def _unwanted(part: bytes) -> str:
    head = part.partition(b"\n@@")[0]
    if _ODD_MODE.search(head):
        return "links and submodules are not changed"
    return "it is a binary file, whose bytes the patch does not have" if _BINARY.search(part) else ""
