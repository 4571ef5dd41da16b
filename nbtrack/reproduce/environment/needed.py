"""Which distributions an environment must have for a run, and how each can be had."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nbtrack.model.distribution import NEEDED_BY_NBTRACK, closure
from nbtrack.reproduce.environment.recorded import Distribution, Recorded

_WITHOUT: Final = {
    "local": "was built from a folder, whose files were not kept",
    "unknown": "came from a place that its record does not tell",
}


@dataclass(frozen=True, slots=True)
class Needed:
    """What to install: ``pinned`` from an index or as the same archive, ``commits`` from their repositories.

    ``edited`` are those whose source comes with the run's code; ``unknown`` cannot be had, each with the reason.
    """

    pinned: tuple[Distribution, ...]
    commits: tuple[Distribution, ...]
    edited: tuple[str, ...]
    unknown: tuple[tuple[Distribution, str], ...]

    def without(self, names: Iterable[str]) -> "Needed":
        """Return the same without these pinned distributions."""
        gone = frozenset(names)
        return Needed(
            tuple(each for each in self.pinned if each.name not in gone), self.commits, self.edited, self.unknown
        )


def needed(recorded: Recorded, *, everything: bool = False, replay: bool = True) -> Needed:
    """Return what a run needs: what it had imported, what a ``replay`` takes, and all that these ask for.

    With ``everything``, or where it was not recorded what each distribution asks for, all that were installed.

    A name from a folder, or from nowhere known, is never looked for in an index: a stranger may have registered it.
    """
    known = recorded.distributions
    names = frozenset(known)
    if recorded.complete and not everything:
        requires = {name: each.requires for name, each in known.items()}
        names = closure([*recorded.imported, *(NEEDED_BY_NBTRACK if replay else ())], requires) | recorded.edited.keys()
    wanted = [known[name] for name in sorted(names)]
    return Needed(
        pinned=tuple(each for each in wanted if each.kind in ("index", "conda", "archive")),
        commits=tuple(each for each in wanted if each.kind == "vcs"),
        edited=tuple(each.name for each in wanted if each.kind == "editable"),
        unknown=tuple((each, _WITHOUT[each.kind]) for each in wanted if each.kind in _WITHOUT),
    )
