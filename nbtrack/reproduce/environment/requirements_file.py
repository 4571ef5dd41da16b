"""The environment of a run as requirements files: pinned by hashes, with no address of an index and no path in them."""

from collections.abc import Sequence
from typing import Final

from nbtrack.model.run import Run
from nbtrack.reproduce.environment.lock import Lock, Pin
from nbtrack.reproduce.environment.needed import Needed
from nbtrack.reproduce.environment.recorded import Distribution, Recorded

PINNED: Final = "requirements.txt"
UNVERIFIED: Final = "requirements-unverified.txt"


def requirements_files(run: Run, was: Recorded, wanted: Needed, lock: Lock) -> dict[str, str]:
    """Return the files by name: what is pinned by hashes, and - if there is such - what cannot be.

    They are two because pip checks hashes of all or of none in one installation.
    """
    pinned = [pin for pin in lock.pins if pin.hashes]
    files = {PINNED: _head(run, was, f"uv pip sync --require-hashes {PINNED}", _by_pip(PINNED)) + _lines(pinned)}
    rest = [pin for pin in lock.pins if not pin.hashes]
    commits = [each for each in wanted.commits if is_shared(each)]
    if rest or commits:
        head = _head(run, was, f"uv pip install --no-deps -r {UNVERIFIED}", f"pip install --no-deps -r {UNVERIFIED}")
        sources = "".join(f"{each.source}\n" for each in commits)
        files[UNVERIFIED] = (
            f"{head}# No index tells hashes of these; those with a commit are built from it.\n{_lines(rest)}{sources}"
        )
    return files


def is_shared(distribution: Distribution) -> bool:
    """Tell whether the repository a distribution came from is one that another machine can reach."""
    return not distribution.url.startswith("git+file:")


def without(was: Recorded, wanted: Needed, lock: Lock) -> list[str]:
    """Return what the requirements files lack, a sentence each."""
    told = [f"{each.pin} {why}" for each, why in wanted.unknown]
    told += [
        f"{each.pin} came from a repository on the machine of the run" for each in wanted.commits if not is_shared(each)
    ]
    told += [f"{name} is edited in place: its source is part of the code" for name in wanted.edited]
    told += [
        f"no hash is known of {each.name}: {lock.missing.get(each.name, 'no index tells it')}; see {UNVERIFIED}"
        for each in lock.pins
        if not each.hashes
    ]
    own = [each.name for each in wanted.pinned if each.kind == "archive" and not each.is_on_the_web]
    told += [
        f"{name} came from a wheel of the person's own: put it into a folder and name that with --find-links"
        for name in own
    ]
    if "conda.json" in was.locks:
        told.append("the run used a conda environment: these are the Python packages of it, as an index has them")
    return told


def _by_pip(name: str) -> str:
    return f"pip install --require-hashes --no-deps -r {name}"


def _head(run: Run, was: Recorded, *commands: str) -> str:
    lines = [
        f"The packages of nbtrack run {run.id}, which used Python {was.python}.",
        *(f"  {each}" for each in commands),
    ]
    return "".join(f"# {line}\n" for line in lines)


def _lines(pins: Sequence[Pin]) -> str:
    return Lock(tuple(pins), {}).text
