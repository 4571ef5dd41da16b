"""Which files of a store git has in its index.

They stay where they are. Where two clones both take a file away and add others like it, git takes that for two
renames of one file, which conflict; no attribute of a file prevents it.
"""

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final

from nbtrack.store.git.foreign_repository import Repository, bookkeeping, find_repository

_SECONDS: Final = 60.0


def committed(root: Path) -> frozenset[str]:
    """Return the paths in the store's folder that git has, with ``/``; none where there is no git or no repository."""
    repository = find_repository(root)
    if repository is None or not (repository.own / "index").is_file():
        return frozenset()
    place = Path(os.path.realpath(root)).relative_to(repository.top).as_posix()
    prefix = "" if place == "." else f"{place}/"
    return frozenset(path.removeprefix(prefix) for path in _listed(repository, prefix))


def _listed(repository: Repository, prefix: str) -> list[str]:
    executable = shutil.which("git")
    if executable is None:
        return []
    with bookkeeping(repository.objects, repository.algorithm) as variables:
        for shared in repository.own.glob("sharedindex.*"):  # of an index in two parts, which is asked for beside HEAD
            with suppress(OSError):
                Path(variables["GIT_DIR"], shared.name).symlink_to(shared)
        told = subprocess.run(  # noqa: S603 - git, by its whole path, with arguments of our own
            [os.path.abspath(executable), "ls-files", "-z", "--cached", "--", prefix or "."],  # noqa: PTH100 - not resolved: it may be a wrapper
            env={**variables, "GIT_INDEX_FILE": str(repository.own / "index"), "GIT_WORK_TREE": str(repository.top)},
            cwd=repository.top,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    return [os.fsdecode(path) for path in told.stdout.split(b"\0") if path.startswith(os.fsencode(prefix)) and path]
