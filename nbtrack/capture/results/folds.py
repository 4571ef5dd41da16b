"""The folds behind means that functions take: they are called like the mean, whose name the cell decides later.

``def cv(model): return cross_val_score(model, X, y).mean()`` has its folds, and ``forest = cv(...)`` their name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from nbtrack.capture.results.told import Told, is_close
from nbtrack.capture.syntax.tee import Site
from nbtrack.model.tagged import Json

MOST: Final = 1000
LATEST: Final = 8


class HeldFolds:
    """Holds spreads and folds until the means have their names."""

    def __init__(self) -> None:
        self.held: list[tuple[Site, Told]] = []

    def hold(self, site: Site, found: Told) -> Told:
        """Hold what stands behind a mean that a function took, and return the mean; anything else comes back whole."""
        mean = f"{site.name}.mean"
        if not site.inside or site.kind != "metric" or mean not in found.singles or len(self.held) >= MOST:
            return found
        self.held.append((site, found))
        return Told({mean: found.singles[mean]})

    def has(self, column: Sequence[Json]) -> bool:
        """Tell whether numbers are the folds of a mean held back: ``s = cv(model)`` of a helper that returns them."""
        held = (values for _, found in self.held for values in found.series.values())
        return any(len(each) == len(column) and all(map(is_close, each, column)) for each in held)

    def latest(self) -> Iterator[Json]:
        """Yield the numbers that were held last: one is printed soon after it was computed."""
        return (value for _, found in self.held[-LATEST:] for value in found.singles.values())

    def released(self, named: Mapping[str, Json]) -> Iterator[tuple[Site, Told]]:
        """Yield what was held, all under the names of its means or, where one of them has none, as series of them all.

        Args:
            named: the cell's numbers by their names, series apart.
        """
        owners = self._owners(dict(named))
        for place, (site, found) in enumerate(self.held):
            own = Told({k: v for k, v in found.singles.items() if k != f"{site.name}.mean"}, found.series)
            if owners and owners[place] == f"{site.name}.mean":
                yield replace(site, repeats=False), own  # a loop or a call of a helper has given the mean its name
            elif owners:
                yield replace(site, repeats=False), _renamed(own, site.name, owners[place])
            else:
                yield site, own

    def _owners(self, named: dict[str, Json]) -> list[str]:
        owners: list[str] = []
        for site, found in self.held:
            mean = found.singles[f"{site.name}.mean"]
            owner = next((name for name, value in named.items() if is_close(value, mean)), None)
            if owner is None:
                return []
            del named[owner]
            owners.append(owner)
        return owners


def _renamed(told: Told, was: str, name: str) -> Told:
    return Told(
        {f"{name}{key.removeprefix(was)}": value for key, value in told.singles.items()},
        {f"{name}{key.removeprefix(was)}": values for key, values in told.series.items()},
    )
