"""The book of a cell's metrics: what is recorded so far, and what waits for the end of the cell."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from nbtrack.capture.asked.line import TrackLine
from nbtrack.capture.results.folds import LATEST, HeldFolds
from nbtrack.capture.results.labels import Labels
from nbtrack.capture.results.left_curves import Curve
from nbtrack.capture.results.thinned import Thinned
from nbtrack.capture.results.told import Told, is_close
from nbtrack.capture.syntax.spaced import steps_of, thinned
from nbtrack.capture.syntax.tables import Scored
from nbtrack.capture.syntax.tee import Site
from nbtrack.model.tagged import Json
from nbtrack.record.open_run import OpenRun
from nbtrack.record.redact import redact

MOST_HELD = 1000
_SERIES: Final = 3  # values at least
_TOLD_TOGETHER: Final = 4  # in one text, of what one function scores
_AT_ONCE: Final = 1_000  # points
_MOST_POINTS: Final = 30_000  # of curves that a cell leaves behind, together; each has
_FEWEST: Final = 500  # all the same
_UNITS: Final = (1, 100, 1000, 1e6)
_COUNTED: Final[Mapping[str, Sequence[int | None]]] = MappingProxyType({})  # series without steps of their own


class MetricBook:
    """Records each number once, and tells what is recorded.

    What is kept is in the store when a method returns. What is held waits for the names that the cell gives at its end.
    """

    def __init__(self, run: OpenRun, line: TrackLine, labels: Labels) -> None:
        self.recorded: dict[str, Json] = {}
        self.drawn: dict[str, Thinned] = {}
        self.counts: dict[str, int] = {}  # of points, by the names of series
        self.fed: dict[str, Site | None] = {}  # series, and the site whose printed numbers they are; None for a loop's
        self.held: dict[str, list[tuple[Site, Json]]] = {}  # what waits for the end of the cell, by its names
        self.said: set[str] = set()  # names of what waits and was printed each time
        self._parted: dict[str, dict[str, list[tuple[Site, Json]]]] = {}  # and what it was printed as, name by name
        self.thin: set[str] = set()  # curves of loops that are so quick that points were left out
        self.scored = Scored()
        self.labels = labels
        self._folds = HeldFolds()
        self._run = run
        self._line = line
        self._kept_points = 0

    def take(self, site: Site, found: Told) -> None:
        """Record what a site has told; what functions tell is held until the cell is over."""
        if site.again and found.singles and all(is_close(self._latest(n), item) for n, item in found.singles.items()):
            return  # ``scores.append(f(x))``, then ``print(f(x))``
        found = self._folds.hold(site, found)
        for name, item in found.singles.items():
            if site.summed or name in site.overwritten:
                self.scored.add(item)
            elif self.wanted(name):
                late = site.inside and site.kind in {"metric", "trainer"}
                held = self.held.setdefault(name, []) if late else None
                if held is not None and len(held) < MOST_HELD:
                    held.append((site, item))
                else:
                    self._release(name)
                    self.keep(name, item, site)
        series = {name: values for name, values in found.series.items() if self.wanted(name)}
        self.keep_series(series, site.text, found.steps)

    def _latest(self, name: str) -> Json:
        """Return what was told last under a name."""
        held = self.held.get(name)
        return held[-1][1] if held else self.recorded.get(name)

    def keep(self, name: str, found: Json, site: Site) -> None:
        """Record a number: a point where its site repeats, else a value under the next name that is free."""
        text = redact(site.text)[0][:200]
        self.scored.add(found)
        if site.repeats:
            name = self.beside(name)
            self._point({name: found}, None, {name: text})
            return
        while name in self.recorded and self.recorded[name] != found:
            name = next_name(name)
        if name not in self.recorded:
            self._run.record_metrics({name: found}, {name: text})
        self.recorded[name] = found

    def beside(self, name: str) -> str:
        """Return what a curve is called: a number that was told under its name before keeps that."""
        return next_name(name) if name in self.recorded and name not in self.counts else name

    def keep_series(
        self, series: Mapping[str, list[Json]], text: str, steps: Mapping[str, Sequence[int | None]] = _COUNTED
    ) -> None:
        """Record series that are known by now, the points of all that have no steps beside each other."""
        source = redact(text)[0][:200]
        placed = {name: steps.get(name) or steps_of(column) for name, column in series.items()}
        room = self._room(len(series))
        series = dict(series)
        for name in [name for name, column in series.items() if len(column) > room]:
            series[name], placed[name] = thinned(series[name], placed[name] or range(len(series[name])), room)
        for name in filter(placed.get, series):
            pairs = zip(placed[name], series[name], strict=True)
            self._points([(step, {name: value}) for step, value in pairs], source)
        rest = {name: column for name, column in series.items() if not placed[name]}
        length = max(map(len, rest.values()), default=0)
        places = range(length) if self._is_beginning(rest) else (None,) * length
        self._points(
            [
                (step, {name: column[at] for name, column in rest.items() if at < len(column)})
                for at, step in enumerate(places)
            ],
            source,
        )

    def keep_curve(self, curve: Curve) -> None:
        """Record a curve that the cell has left, unless it is recorded already."""
        if not self.wanted(curve.name) or self.is_curve(curve.values):
            return
        self.keep_series(
            {curve.name: curve.values}, curve.source, {curve.name: curve.steps} if curve.steps else _COUNTED
        )

    def add(self, points: Sequence[tuple[int, Mapping[str, Json]]], sources: Mapping[str, str]) -> None:
        """Record the points of one loop."""
        self._announce(sources)
        self._run.points(points)
        for step, values in points:
            self._note(step, values)

    def record(self, found: Mapping[str, tuple[Json, str]]) -> None:
        """Record numbers under their own names, each with its source."""
        self.recorded |= {name: pair[0] for name, pair in found.items()}
        self._run.record_metrics(
            {name: pair[0] for name, pair in found.items()}, {name: pair[1] for name, pair in found.items()}
        )

    def _room(self, count: int) -> int:
        """Return how many points each of some series may still have: a cell waits until they are recorded."""
        return max(_FEWEST, (_MOST_POINTS - self._kept_points) // max(count, 1))

    def _is_beginning(self, names: Iterable[str]) -> bool:
        """Tell whether nothing was recorded of any of these series: their steps are counted from 0 then."""
        return not any(name in self.counts or name in self._run.logged for name in names)

    def _points(self, rows: Sequence[tuple[int | None, Mapping[str, Json]]], source: str) -> None:
        """Record many points that are known by now, as many as a thousand at a time."""
        if any(step is None for step, _ in rows):
            for step, values in rows:
                self._point(values, step, dict.fromkeys(values, source))
            return
        known = [(step, values) for step, values in rows if step is not None]
        self._announce({name: source for _, values in known for name in values})
        self._kept_points += sum(len(values) for _, values in known)
        for begin in range(0, len(known), _AT_ONCE):
            self._run.points(known[begin : begin + _AT_ONCE])
        for step, values in known:
            self._note(step, values)

    def _point(self, values: Mapping[str, Json], step: int | None, sources: Mapping[str, str]) -> None:
        self._announce(sources)
        self._run.point(values, step)
        self._note(step, values)

    def _announce(self, sources: Mapping[str, str]) -> None:
        """Record where the series come from that now begin."""
        new = {name: text for name, text in sources.items() if name not in self.counts}
        if new:
            self._run.record_metrics({}, new)

    def _note(self, step: int | None, values: Mapping[str, Json]) -> None:
        """Count a point that was recorded, and draw it."""
        if step is None:
            step = max((self.drawn[name].next for name in values if name in self.drawn), default=0)
        for name, value in values.items():
            self.counts[name] = self.counts.get(name, 0) + 1
            self.recorded[name] = value
            self.scored.add(value)
            if type(value) is float or type(value) is int:
                self.drawn.setdefault(name, Thinned()).add(step, value)

    def release_held(self) -> None:
        """Record what happened inside functions, but for values the cell has given a name of its own.

        A series of which the cell names one, as the best of all, stays whole.
        """
        self._part_held()
        named = [found for name, found in self.recorded.items() if name not in self.counts]
        whole = {name for name in self.held if self._is_one_of_several(name, named)}
        for name, values in list(self.held.items()):
            if len(values) > 1 and self.is_curve([found for _, found in values], name):
                self.held[name] = []
                continue
            if name in self.recorded and name not in self.counts and all(site.kind == "shown" for site, _ in values):
                self.held[name] = []
                continue  # how it came to be what the cell calls so
            plain = name not in self.labels.bases and name not in self.said and len(values) >= _SERIES
            found = [each for _, each in values]
            if plain and len({repr(each) for each in found}) > 1 and _is_named(_mean(found), named):
                self.held[name] = []
                continue  # what the cell has a name for is their mean
            others = [pair for pair in values if not _is_named(pair[1], named) and not _is_rest(*pair, named)]
            self.held[name] = values if name in whole or (others and len(values) >= _SERIES) else others
            self._release(name)

    def _part_held(self) -> None:
        """Call what waits under one name as the cell says it, if it says each of these by one of several names."""
        for name, parts in self._parted.items():
            lengths = {len(told) for told in parts.values()}
            whole = len(lengths) == 1 and sum(map(len, parts.values())) == len(self.held.get(name, ()))
            if whole and len(parts) > 1 and not any(each in self.recorded or each in self.held for each in parts):
                del self.held[name]
                self.held.update(parts)

    def _release(self, name: str) -> None:
        values = self.held.pop(name, [])
        for site, found in values:
            once = len(values) == 1 and name in self.labels.bases
            self.keep(name, found, replace(site, repeats=False) if once else site)

    def _is_one_of_several(self, name: str, named: Collection[Json]) -> bool:
        """Tell whether a name has what was found for one of several things, of which the cell names the best."""
        base = self.labels.bases.get(name)
        alike = [each for each, known in self.labels.bases.items() if known == base and each in self.held]
        others = [item for each in alike for _, item in self.held[each] if not _is_named(item, named)]
        return base is not None and len(alike) >= _SERIES and bool(others)

    def release_folds(self) -> None:
        """Record the folds that were held, under the names that their means have by now."""
        if not self._folds.held:
            return
        named = {name: value for name, value in self.recorded.items() if name not in self.counts}
        for site, found in self._folds.released(named):
            for name, item in found.singles.items():
                if self.wanted(name):
                    self.keep(name, item, site)
            self.keep_series({n: column for n, column in found.series.items() if self.wanted(n)}, site.text)

    def is_told(self, site: Site, found: Json) -> bool:
        """Tell whether a printed number says again what is recorded: of a series, the point that it has just got."""
        if site.name in self.counts:
            return self.fed.get(site.name) is not site and is_close(self.recorded.get(site.name), found)
        if site.name in self.labels.bases:  # of another thing that the loop passes over, the same number is news
            held = {name: values[-1][1] for name, values in self.held.items() if values}
            known = self.labels.under(site.name, {**self.recorded, **held})
            return not site.picks and any(says(found, item) for item in (*known, *self._folds.latest()))
        if site.logged and not site.repeats:
            return self.is_known(found)  # what a function scored is called as the tracker is told
        return not site.picks and self.is_heard(found)

    def is_curve(self, column: list[Json], name: str = "") -> bool:
        """Tell whether a curve is recorded already: one of as many points that ends with the same.

        Many curves end with 0 or 1: these must begin with the same, too, and so must one that is told in percent. One
        of another thing under the same name, ``acc.tree`` beside ``acc.forest``, is another curve, however it ends.
        """
        bases = self.labels.bases
        return (
            any(
                count == len(column)
                and self._ends_alike(each, column)
                and (each == name or name not in bases or bases.get(each) != bases[name])
                for each, count in self.counts.items()
            )
            or self.labels.has(column, self.singles())
            or self._folds.has(column)
        )

    def _ends_alike(self, name: str, column: list[Json]) -> bool:
        drawn, last = self.drawn.get(name), self.recorded.get(name)
        if is_close(last, column[-1]):
            telling = not isinstance(column[-1], float) or column[-1] not in {0.0, 1.0}
            return telling or drawn is None or is_close(drawn.first, column[0])
        return drawn is not None and _is_percent(last, column[-1]) and _is_percent(drawn.first, column[0])

    def singles(self) -> dict[str, Json]:
        """Return what is recorded but for curves: how these end is worth a name of the cell's own."""
        return {name: item for name, item in self.recorded.items() if self.counts.get(name, 0) < 2}

    def is_new(self, name: str, item: Json) -> bool:
        """Tell whether a number is wanted, and neither its name nor itself is recorded."""
        return self.wanted(name) and name not in self.recorded and not self.is_known(item)

    def is_known(self, found: Json) -> bool:
        """Tell whether a number is recorded already, but for what rounding adds: a mean is taken in many ways."""
        if not isinstance(found, int | float):
            return found in self.recorded.values()
        if self.scored.has(found):
            return True
        return any(is_close(value, found) or _is_percent(found, value) for value in self.recorded.values())

    def note_said(self, site: Site, found: Json) -> None:
        """Note that a function prints what it scores each time: that is a curve, also where their mean has a name.

        Where it calls what one function scores by several names, each of them has its own.
        """
        if not (site.inside and site.repeats):
            return
        self.said.update(name for name, values in self.held.items() if values and is_close(values[-1][1], found))
        for name, values in self.held.items():
            if any(says(found, item) for _, item in values[-_TOLD_TOGETHER:]):
                told = self._parted.setdefault(name, {}).setdefault(site.name, [])
                told.extend([(site, found)] if len(told) < MOST_HELD else [])

    def is_heard(self, found: Json) -> bool:
        """Tell whether a number is known, or is held under a name of its own."""
        held = (item for values in self.held.values() for _, item in values[-LATEST:])
        return self.is_known(found) or any(says(found, item) for item in (*held, *self._folds.latest()))

    def wanted(self, name: str) -> bool:
        """Tell whether ``--metrics`` asks for a name, or for all."""
        asked = self._line.metrics
        return asked is None or name in asked or self.labels.bases.get(name) in asked


def _is_named(found: Json, named: Collection[Json]) -> bool:
    """Tell whether a number is one of those with a name; a squared error is known where its root has one."""
    root = math.sqrt(found) if isinstance(found, float) and found > 0 else None
    return any(says(each, found) or is_close(each, root) for each in named)


def _mean(values: Sequence[Json]) -> Json:
    numbers = [each for each in values if isinstance(each, int | float)]
    return math.fsum(each / len(numbers) for each in numbers) if len(numbers) == len(values) else None  # no overflow


def _is_rest(site: Site, found: Json, named: Collection[Json]) -> bool:
    """Tell whether a quotient without a word is what a score leaves of 1: ``(FP + FN) / n`` beside an accuracy."""
    return site.name == site.text and isinstance(found, float) and any(is_close(each, 1 - found) for each in named)


def _is_percent(shown: Json, found: Json) -> bool:
    return isinstance(found, float) and is_close(shown, 100 * found)


def says(shown: Json, found: Json) -> bool:
    """Tell whether a number is another one in other units, in percent or per million, and perhaps rounded."""
    if not isinstance(shown, float | int) or not isinstance(found, float) or not math.isfinite(found):
        return is_close(shown, found)
    rounded = {round(found, 2), round(found, 3), round(found, 4), round(100 * found, 2)} - {0.0, 1.0}
    return shown in rounded or any(is_close(shown, unit * found) for unit in _UNITS)


def next_name(name: str) -> str:
    """Return the name of another one beside this: ``acc_2``."""
    stem, _, last = name.rpartition("_")
    return f"{stem}_{int(last) + 1}" if stem and last.isdigit() else f"{name}_2"
