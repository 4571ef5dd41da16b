"""What the rules of a checklist may look at: a run, its sources, and records of any shape read with care."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbtrack.model.run import Run
from nbtrack.model.tagged import untag
from nbtrack.query.checklist.sources import Sources
from nbtrack.query.environments import Environments


@dataclass(frozen=True, slots=True)
class Known:
    """A run with what was read for judging it; ``packages`` None where the list cannot be read."""

    run: Run
    sources: Sources
    packages: Mapping[str, str] | None

    @classmethod
    def of(cls, run: Run) -> "Known":
        """Read what the rules need."""
        return cls(run, Sources.of(run), _packages(run))

    @property
    def files(self) -> list[Mapping[str, Any]]:
        """The files, folders and addresses among the run's data."""
        return [each for each in self.data if each.get("kind") in {"file", "folder", "url"}]

    @property
    def data(self) -> list[Mapping[str, Any]]:
        """The run's data."""
        entries = [untag(each) for each in self.run.document["data"]]
        return [each for each in entries if isinstance(each, Mapping)]

    @property
    def environment(self) -> Mapping[str, Any]:
        """What is recorded of the environment, in brief."""
        return mapping(self.run.environment)

    @property
    def imported(self) -> Mapping[str, Any]:
        """The packages that were imported, with their versions."""
        return mapping(self.environment.get("imported"))

    @property
    def rng(self) -> Mapping[str, Any]:
        """What is recorded of the random generators."""
        return mapping(self.environment.get("rng"))

    @property
    def seeded(self) -> set[str]:
        """The libraries whose shared generator was seeded when the run began, or by its cell."""
        return {name for name, word in self.rng.items() if isinstance(word, str) and word.startswith("seeded")}

    @property
    def drawn(self) -> list[str]:
        """The libraries from whose shared generator the cell drew."""
        drawn = self.rng.get("drawn")
        return [each for each in drawn if isinstance(each, str)] if isinstance(drawn, list) else []


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a mapping as it is, and nothing in place of anything else."""
    return value if isinstance(value, Mapping) else {}


def some(names: "list[str] | tuple[str, ...]", most: int = 5) -> str:
    """Return the first of some names, and how many more there are.

    >>> some(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def _packages(run: Run) -> Mapping[str, str] | None:
    return Environments().packages(run) if run.environment.get("sha256") else None
