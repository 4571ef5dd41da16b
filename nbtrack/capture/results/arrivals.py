"""What the loops of a cell have arrived at, and what values are called after it: ``acc.svm``."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import FunctionType
from typing import Any

from nbtrack.capture.results.labels import Labels
from nbtrack.capture.syntax.passing import MOST, Comprehended, Passing
from nbtrack.capture.syntax.tee import Site, forget

LONGEST_ENTRY = 60


class Arrivals:
    """Follows the loops and comprehensions that run, and gives sites the names of the moment."""

    def __init__(self, namespace: Mapping[str, Any], labels: Labels) -> None:
        self.unfinished: dict[str, Site] = {}  # loops that have begun
        self._namespace = namespace
        self._labels = labels

    def receive(self, site: Site, value: Any) -> None:
        """Take what a comprehension has arrived at, under which key its value will be found, or that it is over."""
        if site.kind == "over":
            over = {key for key, each in self.unfinished.items() if each.own in site.around}
            self.unfinished = {key: each for key, each in self.unfinished.items() if key not in over}
            for own in site.around:
                if type(own) is Comprehended:
                    own.leave()
        elif type(site.own) is Comprehended and site.kind == "item":
            self.unfinished.setdefault(site.key, site)
            site.own.arrive(value, self._namespace)
            if site.own.turn > MOST and not site.own.is_about_things():
                forget(site)  # it passes over data
        elif type(site.own) is Comprehended:
            site.own.file(value, self._namespace)

    def called(self, site: Site, *, curves: bool = False) -> tuple[Site, str]:
        """Return a site under the name that its value has now, and what of it is a label.

        It is called after what the loops around pass over, and after the entry that its value becomes:
        ``scores["svm"]`` of ``scores[name] = ...``. Entries under numbers stay the points of one curve, and where there
        are ``curves``, each has its number.
        """
        entry = self._namespace.get(site.filed) if site.filed else None
        if type(entry) is not str or not 0 < len(entry) <= LONGEST_ENTRY:
            entry = None
        return self._labels.called(site, entry, self.arrived(site, curves=curves))

    def arrived(self, site: Site, *, curves: bool) -> list[str | None]:
        """Return what the loops around have arrived at, outermost first.

        Of a function, these are the loops of the cell that run and are watched. Numbers count where there are
        ``curves``, and settings that are written out where a loop without things makes a curve of single values.
        """
        found: list[str | None] = []
        numbered = curves or self._is_curve_of(site)
        for each in (s.own for s in list(self.unfinished.values())) if site.inside else site.around:
            if each is not None:
                label = each.label(self._namespace)
                number = each.number if curves or not site.inmost else each.setting
                found.append(label if label is not None or not numbered else number(self._namespace))
        return found

    def _is_curve_of(self, site: Site) -> bool:
        """Tell whether the values of a site are a curve for each of the things around: in a loop that has no things."""
        if site.inside or not site.around:
            return site.inside and site.depth > 0
        inner = site.around[-1]
        if not site.inmost:
            return True
        return not inner.tries() and inner.label(self._namespace) is inner.setting(self._namespace) is None

    def asked(self, site: Site, metrics: Passing, function: Any) -> Site:
        """Return the site of a metric that a loop has arrived at, under its name: the one it is given, or its own.

        Where the values of all metrics go into one container, its entries are called after them as others are.
        """
        given = None if site.inside else metrics.label(self._namespace)
        if given is not None and (site.filed or (site.target and type(metrics) is Comprehended)):
            return site
        known = getattr(function, "func", None) if type(function) is partial else function
        word = given or (known.__name__ if type(known) is FunctionType else site.callee)
        around = tuple(each for each in site.around if each is not metrics)
        return replace(
            site,
            key=f"{site.key} {word}",
            name=f"{word}.{site.name}" if site.name else word,
            around=around,
            inmost=site.inmost and bool(around),
            repeats=site.repeats and not (site.only and not around),
        )

    def trains_many(self, site: Site) -> bool:
        """Tell whether a loop around trains something else in each iteration, more often than there can be curves."""
        loops = (each.own for each in list(self.unfinished.values())) if site.inside else site.around
        return any(isinstance(each, Passing) and each.anew for each in loops)
