"""What scores are called in loops that pass over things with names: ``acc.svm``, in place of a curve over models."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from nbtrack.capture.results.told import Told, is_close
from nbtrack.capture.syntax.tee import Site
from nbtrack.model.tagged import Json


class Labels:
    """Gives sites their names of the moment, and remembers what they are called without: ``bases``."""

    def __init__(self) -> None:
        self.bases: dict[str, str] = {}
        self._sites: dict[tuple[str, str], Site] = {}

    def called(self, site: Site, entry: str | None, around: Sequence[str | None]) -> tuple[Site, str]:
        """Return a site as it is called now, and its label: "" where nothing has a name.

        Args:
            site: a watched expression, or a loop.
            entry: what its value is called besides: the entry it becomes, or what the loop itself passes over.
            around: what the loops around have arrived at, outermost first.
        """
        labels = [each for each in around if each is not None]
        named = site.only and len(labels) == len(around)
        if entry is not None and (site.kind == "step" or entry not in labels):
            labels.append(entry)
        if not labels:
            return site, ""
        label = f".{'.'.join(labels)}"
        known = self._sites.get((site.key, label))
        if known is None:
            once = (entry is not None and (named or bool(site.filed))) or (named and site.kind != "step")
            known = self._sites[site.key, label] = replace(
                site,
                name=self.name(site.name, label) if site.name else "",
                overwritten=frozenset(self.name(each, label) for each in site.overwritten),
                repeats=not once,
            )
        return known, label

    def name(self, base: str, label: str) -> str:
        """Return the name of a number under a label."""
        if not label:
            return base
        name = f"{base}{label}"
        self.bases[name] = base
        return name

    def told(self, found: Told, label: str, called: str = "") -> Told:
        """Return what a call has told with the label in each name.

        Args:
            found: what it has told.
            label: may be "".
            called: the name that has the label already; what was unpacked, or is told by fitting, has names without it.
        """
        if not label:
            return found
        names: dict[str, str] = {}
        for name in (*found.singles, *found.series):
            has = called != "" and (name == called or name.startswith(f"{called}."))
            names[name] = name if has else self.name(name, label)
            self.bases.setdefault(names[name], name.replace(label, "", 1))
        return Told(
            {names[name]: value for name, value in found.singles.items()},
            {names[name]: values for name, values in found.series.items()},
            {names[name]: steps for name, steps in found.steps.items() if name in names},
        )

    def base(self, name: str) -> str:
        """Return a name without its label."""
        return self.bases.get(name, name)

    def under(self, name: str, recorded: Mapping[str, Json]) -> Iterator[Json]:
        """Yield what is recorded under the label of this name."""
        label = name.removeprefix(self.bases[name])
        return (known for each, known in recorded.items() if f"{label}." in f"{each}.")

    def has(self, column: Sequence[Json], recorded: Mapping[str, Json]) -> bool:
        """Tell whether these numbers are all recorded under labels of one name."""
        values: dict[str, list[Json]] = {}
        for name, base in self.bases.items():
            if name in recorded:
                values.setdefault(base, []).append(recorded[name])
        return any(all(any(is_close(each, item) for each in known) for item in column) for known in values.values())
