"""What the cells showed or kept, as far as a report can carry it: the best runs' first, the small before the large."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from nbtrack.errors import StoreError
from nbtrack.model.run import Artifact, Run
from nbtrack.query.facts import bytes_text
from nbtrack.report.parts import Shown

Room = Mapping[tuple[str, str], str]
"""For each (run id, artifact name) why it is not in the report; empty where it is."""

_OURS: Final = ("code/", "environment/", "notebook.ipynb")
_PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"})
_WRITTEN: Final = (
    "text/",
    "application/json",
    "application/geo+json",
    "application/vnd.plotly",
    "application/vnd.vega",
)
_LARGEST_SHARE: Final = 0.4  # of the whole room for one thing: a single large picture must not push out all others


def showable(run: Run) -> tuple[Artifact, ...]:
    """Return what the run showed or kept, without what nbtrack itself keeps of every run."""
    return tuple(each for each in run.artifacts if not each.name.startswith(_OURS))


def allotted(runs: Iterable[Run], most: int) -> Room:
    """Return what of each run's showings fits in ``most`` bytes; ``runs`` come with the most important first.

    Nothing is read: the records say how large each is.
    """
    room: dict[tuple[str, str], str] = {}
    left = most
    for run in runs:
        for each in sorted(showable(run), key=lambda artifact: artifact.size):
            why = _why_not(each) or ("" if each.size <= min(left, most * _LARGEST_SHARE) else _too_large(each, most))
            room[run.id, each.name] = why
            left -= 0 if why else each.size
    return room


def shown(run: Run, room: Room) -> tuple[Shown, ...]:
    """Return what the run showed and kept, in recorded order, with the content of what ``room`` has a place for."""
    return tuple(_shown(run, each, room) for each in showable(run))


def _shown(run: Run, artifact: Artifact, room: Room) -> Shown:
    why = room.get((run.id, artifact.name), "")
    if why:
        return Shown(artifact.name, artifact.media_type, artifact.size, None, why)
    try:
        content = artifact.read()
    except StoreError as problem:
        return Shown(artifact.name, artifact.media_type, artifact.size, None, f"cannot be read: {problem}")
    return Shown(artifact.name, artifact.media_type, artifact.size, content)


def _why_not(artifact: Artifact) -> str:
    if artifact.is_folder:
        return "a folder; it stays in the store"
    if artifact.media_type in _PICTURES or artifact.media_type.startswith(_WRITTEN):
        return ""
    return "nothing a page can show; it stays in the store"


def _too_large(artifact: Artifact, most: int) -> str:
    return f"left out to keep the report small: {bytes_text(artifact.size)}, of {bytes_text(most)} for all runs"


def total(shown_things: Sequence[Shown]) -> tuple[int, int]:
    """Return how many of them are in the report, and their bytes."""
    kept = list(_contents(shown_things))
    return len(kept), sum(map(len, kept))


def _contents(shown_things: Iterable[Shown]) -> Iterator[bytes]:
    return (each.content for each in shown_things if each.content is not None)
