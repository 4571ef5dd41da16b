"""What a person asks of an exchange, and how it is told how far it has come."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

JOBS: Final = 8


@dataclass(frozen=True, slots=True)
class Step:
    """How far an exchange has come: of how many files and objects how many are there, and how many bytes went."""

    done: int
    all: int
    size: int


Progress = Callable[[Step], object]


@dataclass(frozen=True, slots=True)
class Wishes:
    """How runs are to be moved.

    ``runs`` are the ids of those wanted, None for all; ``objects`` whether their objects go along; ``jobs`` how many
    requests may be under way at once; ``verify`` whether everything is read back; ``forced`` asks for objects that
    `nbtrack gc` took away here, too.
    """

    runs: frozenset[str] | None = None
    objects: bool = True
    jobs: int = JOBS
    verify: bool = False
    dry_run: bool = False
    forced: bool = False
    progress: Progress | None = None

    def wants(self, run_id: str) -> bool:
        """Tell whether a run is asked for."""
        return self.runs is None or run_id in self.runs
