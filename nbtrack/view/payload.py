"""The comparison's data: many runs as compact columns, the form that the front end (``static/compare``) reads.

    {"format": 1, "title": …,
     "runs": {"id": […], "name": […], "experiment": […], "status": […], "started": [ms…], "duration": [s…],
              "note": […]},
     "flags": {"<number of a run>": [its condition, what is wrong with its records], …}, where some are not whole,
     "columns": [{"space": "params" | "metrics" | "tags", "key": …, "dir": "max" | "min" | null,
                  "usual": true if every run left this param at its default, "values": […]}
                 or, for repeated texts, {… "words": […], "at": [index or -1…]},
                 or, for one value of all runs, {… "all": …}, …],
     "lines": [text…], "sources": [[index into lines…]…], "cells": [index into sources, or -1…],
     "curves": [{"metric": …, "dir": …, "series": [[run, first step, last step, low, high, log, points, count], …]}, …],
     "omitted": {"sources": n, "curves": n}}

A value is a number, a bool, a string (any other type in words), ``{"f": "nan" | "inf" | "-inf"}``, or null where a run
has none. ``points`` packs two 12-bit numbers a point, four base64 characters: the step's place between first and last,
and the value's between low and high (of its logarithm when ``log`` is 1).
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from nbtrack.errors import NbtrackError
from nbtrack.model.condition import WHOLE
from nbtrack.model.direction import direction
from nbtrack.model.run import Run
from nbtrack.query.compare import all_defaults
from nbtrack.view.columns import SPACES, names
from nbtrack.view.escape import shown, shown_code
from nbtrack.view.thin import Point, thin
from nbtrack.view.wording import value_text

FORMAT: Final = 1
_BASE64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_STEPS: Final = 4095
_FEWEST: Final = 16  # points that still draw a learning curve
_MOST: Final = 400  # points that fill the width of a chart
_AROUND: Final = 48  # bytes a series takes beside its points


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a payload may hold, in bytes: what people compare by is always whole, sources and curves take the rest.

    ``room`` is for the whole payload (None: no bound); ``least`` is what sources and curves may take even when the
    columns fill the room. ``source`` and ``curves`` bound each of the two, ``text`` the characters of a text, and
    ``digits`` the significant digits of a number.
    """

    room: int | None
    least: int
    source: int
    curves: int
    text: int
    digits: int


class _Sources(NamedTuple):
    lines: list[str]
    sources: list[list[int]]
    cells: list[int]


INLINE: Final = Budget(room=64_000, least=12_000, source=24_000, curves=24_000, text=200, digits=10)
PAGE: Final = Budget(room=None, least=0, source=600_000, curves=600_000, text=400, digits=17)


def comparison_payload(runs: Sequence[Run], title: str = "", budget: Budget = INLINE) -> dict[str, Any]:
    """Return ``runs`` as the columnar JSON of this module's docstring; what exceeds ``budget`` is counted, not kept."""
    head = {
        "format": FORMAT,
        "title": shown(title, budget.text),
        "runs": _identity(runs, budget),
        **_flags(runs),
        "columns": [_column(runs, space, key, budget) for space in SPACES for key in names(runs, space)],
    }
    left = _left(head, budget)
    sources, lost_sources = _sources(runs, min(budget.source, left * 2 // 3))
    curves, lost_curves = _curves(runs, min(budget.curves, left - _size(sources)), budget.text)
    omitted = {"sources": lost_sources, "curves": lost_curves}
    return {**head, **sources._asdict(), "curves": curves, "omitted": omitted}


def _flags(runs: Sequence[Run]) -> dict[str, Any]:
    flags = {str(at): [run.condition, run.damage] for at, run in enumerate(runs) if run.condition != WHOLE}
    return {"flags": flags} if flags else {}


def _left(head: dict[str, Any], budget: Budget) -> int:
    if budget.room is None:
        return budget.source + budget.curves
    return max(budget.least, budget.room - _size(head))


def _size(data: Any) -> int:
    return len(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))


def _identity(runs: Sequence[Run], budget: Budget) -> dict[str, Any]:
    return {
        "id": [run.id for run in runs],
        "name": [shown(run.name, budget.text) for run in runs],
        "experiment": [shown(run.experiment, budget.text) for run in runs],
        "status": [run.status for run in runs],
        "started": [int(run.started.timestamp() * 1000) for run in runs],
        "duration": [None if run.duration is None else round(run.duration, 3) for run in runs],
        "note": [None if run.note is None else shown(run.note, budget.text) for run in runs],
    }


def _column(runs: Sequence[Run], space: str, key: str, budget: Budget) -> dict[str, Any]:
    values = [_value(getattr(run, space), key, budget) for run in runs]
    head: dict[str, Any] = {"space": space, "key": shown(key, budget.text), "dir": None}
    if space == "metrics":
        head["dir"] = direction(key)
    if space == "params" and all_defaults(key, runs):
        head["usual"] = True
    return head | _packed_values(values)


def _packed_values(values: Sequence[Any]) -> dict[str, Any]:
    """Estimators bring a score of params that are the same in all runs; these cost a few bytes, not a few a run."""
    first = values[0]
    if len(values) > 1 and all(type(value) is type(first) and value == first for value in values):
        return {"all": first}
    words = list(dict.fromkeys(value for value in values if isinstance(value, str)))
    if not words or any(value is not None and not isinstance(value, str) for value in values):
        return {"values": values}
    places = {None: -1} | {word: at for at, word in enumerate(words)}
    return {"words": words, "at": [places[value] for value in values]}


def _value(values: Mapping[str, Any], key: str, budget: Budget) -> Any:
    if key not in values:
        return None
    match values[key]:
        case bool(value):
            return value
        case int(value) if abs(value) <= 2**53:
            return value
        case float(value):
            return float(f"{value:.{budget.digits}g}") if math.isfinite(value) else {"f": str(value)}
        case value:
            return shown(value_text(value, budget.text + 1), budget.text)


def _sources(runs: Sequence[Run], room: int) -> tuple[_Sources, int]:
    """Return each distinct line and cell source once, each run's place in them, and how many sources did not fit.

    Successive versions of a cell share most of their lines, so this is what keeps a saved comparison small.
    """
    lines: dict[str, int] = {}
    sources: dict[str, list[int]] = {}
    left, lost = room, set[str]()
    for text in map(_source, runs):
        if not text or text in sources or text in lost:
            continue
        parts = shown_code(text).split("\n")
        cost = sum(len(part) for part in set(parts) - lines.keys()) + 3 * len(parts)
        if cost > left:
            lost.add(text)
            continue
        left -= cost
        sources[text] = [lines.setdefault(part, len(lines)) for part in parts]
    places = {text: at for at, text in enumerate(sources)}
    return _Sources(list(lines), list(sources.values()), [places.get(_source(run), -1) for run in runs]), len(lost)


def _source(run: Run) -> str:
    return run.cell.source if run.cell else ""


def _curves(runs: Sequence[Run], room: int, text: int) -> tuple[list[dict[str, Any]], int]:
    """Return the series of every metric that has one, sharing the room evenly, and how many did not fit.

    Many curves are drawn with few points each; the first metrics are kept where even those are too many.
    """
    metrics = dict.fromkeys(metric for run in runs for metric in run.curves)
    wanted = {metric: [at for at, run in enumerate(runs) if _long(run, metric)] for metric in metrics}
    kept = _fitting(wanted, max(0, room) // (_AROUND + 4 * _FEWEST))
    each = min(_MOST, (room // len(kept) - _AROUND) // 4) if kept else 0
    grouped: dict[str, list[list[Any]]] = {}
    for metric, at in kept:
        packed = _series(runs[at], metric, each)
        if packed:
            grouped.setdefault(metric, []).append([at, *packed])
    curves = [
        {"metric": shown(metric, text), "dir": direction(metric), "series": series}
        for metric, series in grouped.items()
    ]
    return curves, sum(map(len, wanted.values())) - len(kept)


def _fitting(wanted: Mapping[str, Sequence[int]], count: int) -> list[tuple[str, int]]:
    """Return whole metrics that are ``count`` series together at most; at least the beginning of the first."""
    kept: list[tuple[str, int]] = []
    for metric, places in wanted.items():
        if kept and len(kept) + len(places) > count:
            break
        kept += [(metric, at) for at in places]
    return kept[:count]


def _long(run: Run, metric: str) -> bool:
    return metric in run.curves and run.curves[metric]["count"] > 1


def _series(run: Run, metric: str, limit: int) -> list[Any]:
    try:
        history = run.history(metric)
    except NbtrackError:  # a damaged series must not cost the comparison
        return []
    points = thin(history.steps, history.values, limit)
    return [*packed(points), len(history.values)] if len(points) > 1 else []


def packed(points: Sequence[Point]) -> list[Any]:
    """Return ``[first, last, low, high, log, text]`` of a series, as the module's docstring describes.

    >>> packed([(0, 1.0), (10, 3.0)])
    [0, 10, 1, 3, 0, 'AAAA////']
    """
    first, last = points[0][0], points[-1][0]
    low, high = min(y for _, y in points), max(y for _, y in points)
    log = low > 0 and high / low > 100
    scale = math.log if log else float
    xs = _places((x for x, _ in points), first, last)
    ys = _places((scale(y) for _, y in points), scale(low), scale(high))
    return [
        first,
        last,
        _short(low),
        _short(high),
        int(log),
        "".join(_pair(x) + _pair(y) for x, y in zip(xs, ys, strict=True)),
    ]


def _places(values: Iterable[float], low: float, high: float) -> list[int]:
    span = (high - low) or 1
    return [min(_STEPS, max(0, round((value - low) / span * _STEPS))) for value in values]


def _pair(place: int) -> str:
    return _BASE64[place >> 6] + _BASE64[place & 63]


def _short(value: float) -> float:
    rounded = float(f"{value:.6g}")
    return int(rounded) if rounded == int(rounded) and abs(rounded) < 1e15 else rounded
