"""The comparison's data: many runs as compact columns, the form that the front end (``static/compare``) reads.

    {"format": 2, "title": …,
     "runs": {"id": […], "name": […], "experiment": […], "status": […], "started": [ms…], "duration": [s…],
              "note": […]},
     "runs" has "verdict": [level or null…], too, where some run was reproduced,
     "flags": {"<number of a run>": [its condition, what is wrong with its records], …}, where some are not whole,
     "errors": {"<number of a run>": what ended it, …}, where some failed,
     "columns": [{"space": "params" | "metrics" | "tags" | "about", "key": …, "dir": "max" | "min" | null,
                  "usual": true if every run left this param at its default, "values": […]}
                 or, for repeated texts, {… "words": […], "at": [index or -1…]},
                 or, for one value of all runs, {… "all": …}, …],
     "lines", "sources", "cells", "slices", "upstream", "patches": as ``view/packed_sources.py`` packs them,
     "curves": as ``view/packed_curves.py`` packs them,
     "omitted": {"sources": n, "curves": n, …}}, how many did not fit; ``about`` columns are those of ``view/about.py``

A value is a number, a bool, a string (any other type in words), ``{"f": "nan" | "inf" | "-inf"}``, or null where a run
has none.
"""

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any, Final

from nbtrack.model.condition import WHOLE
from nbtrack.model.direction import direction
from nbtrack.model.run import Run
from nbtrack.query.compare import all_defaults
from nbtrack.view.about import about_columns
from nbtrack.view.columns import SPACES, Sets, names
from nbtrack.view.escape import shown, shown_code
from nbtrack.view.label import label
from nbtrack.view.oddities import oddities
from nbtrack.view.packed_curves import history_of, packed_curves
from nbtrack.view.packed_sources import Objects, packed_sources
from nbtrack.view.wording import error_text, value_text

FORMAT: Final = 2
_ABOUT: Final = 40  # bytes of a run that facts may take in any case: of a thousand runs the same facts are told


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a payload may hold, in bytes: what people compare by is always whole, sources and curves take the rest.

    ``room`` is for the whole payload (None: no bound); ``least`` is what sources and curves may take even when the
    columns fill the room. ``source`` and ``curves`` bound each of the two, ``text`` the characters of a text,
    ``digits`` the significant digits of a number, and ``about`` bounds the facts that stand beside params and metrics.
    """

    room: int | None
    least: int
    source: int
    curves: int
    text: int
    digits: int
    about: int = 10_000


INLINE: Final = Budget(room=64_000, least=12_000, source=24_000, curves=24_000, text=200, digits=10)
PAGE: Final = Budget(room=None, least=0, source=600_000, curves=600_000, text=400, digits=17)


def comparison_payload(runs: Sequence[Run], title: str = "", budget: Budget = INLINE) -> dict[str, Any]:
    """Return ``runs`` as the columnar JSON of this module's docstring; what exceeds ``budget`` is counted, not kept."""
    return Packing(runs, title, budget).payload(budget.room)


class Packing:
    """A payload in the making: its columns are made once, its sources and curves for any room that is tried."""

    def __init__(self, runs: Sequence[Run], title: str, budget: Budget) -> None:
        about, self._lost_about = _about(runs, budget)
        self._runs, self._budget = runs, budget
        self._head = {
            "format": FORMAT,
            "title": shown(title, budget.text),
            "runs": _identity(runs, budget) | _verdicts(runs),
            **_flags(runs),
            **_errors(runs, budget),
            "columns": [*(_column(runs, *name, budget) for name in _named(runs)), *about],
        }
        self._size = 0 if budget.room is None else _size(self._head)
        self._objects = Objects()
        self._history = cache(history_of)  # reading one from disk takes longer than packing it

    def payload(self, room: int | None) -> dict[str, Any]:
        """Return the payload with what fits of sources and curves into ``room`` bytes in all; None for no bound."""
        runs, budget = self._runs, self._budget
        left = budget.source + budget.curves if room is None else max(budget.least, room - self._size)
        sources, omitted = packed_sources(runs, min(budget.source, left * 2 // 3), self._objects)
        left_for_curves = min(budget.curves, left - _size(sources))
        curves, lost_curves = packed_curves(
            runs, left_for_curves, budget.text, fine=room is None, history=self._history
        )
        omitted |= {"curves": lost_curves, **({"about": self._lost_about} if self._lost_about else {})}
        return {**self._head, **sources, "curves": curves, "omitted": omitted}


def sets_of(runs: Sequence[Run], sets: Sets) -> dict[str, Any]:
    """Return on which of several sets of data each run was measured, as numbers; null where that is not known."""
    numbers = {name: at for at, name in enumerate(dict.fromkeys(sets.values()))}
    return {"sets": [numbers.get(sets.get(run.id, "")) for run in runs]} if numbers else {}


def _named(runs: Sequence[Run]) -> list[tuple[str, str]]:
    return [(space, key) for space in SPACES for key in names(runs, space)]


def _about(runs: Sequence[Run], budget: Budget) -> tuple[list[dict[str, Any]], int]:
    """Return the facts that fit, those that differ first, and how many that differ did not."""
    found, lost = about_columns(runs) if runs else ([], 0)
    columns: list[dict[str, Any]] = []
    left = max(budget.about, _ABOUT * len(runs))
    for about in found:
        values = [None if each is None else _value(each, budget) for each in about.values]
        column = {"space": "about", "key": shown(about.name, budget.text), "dir": None} | _packed_values(values)
        size = _size(column)
        if size > left:
            lost += about.differs
        else:
            columns.append(column)
            left -= size
    return columns, lost


def _verdicts(runs: Sequence[Run]) -> dict[str, Any]:
    found = [run.verdict for run in runs]
    return {"verdict": found} if any(found) else {}


def _flags(runs: Sequence[Run]) -> dict[str, Any]:
    flags = {str(at): [run.condition, run.damage] for at, run in enumerate(runs) if run.condition != WHOLE}
    return {"flags": flags} if flags else {}


def _errors(runs: Sequence[Run], budget: Budget) -> dict[str, Any]:
    errors = {str(at): shown(error_text(run), budget.text) for at, run in enumerate(runs) if run.error}
    return {"errors": errors} if errors else {}


def _size(data: Any) -> int:
    return len(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))


def _identity(runs: Sequence[Run], budget: Budget) -> dict[str, Any]:
    return {
        "id": [run.id for run in runs],
        "name": [shown(run.name, budget.text) for run in runs],
        "experiment": [shown(run.experiment, budget.text) for run in runs],
        "status": [run.status for run in runs],
        "started": [round(run.started.timestamp() * 1000) for run in runs],
        "duration": [None if run.duration is None else round(run.duration, 4) for run in runs],
        "note": [None if run.note is None else note_text(run.note, budget.text) for run in runs],
        "ended": [run.document["ended"] for run in runs],
        "notebook": [_optional(run.document["notebook"], budget) for run in runs],
        "session": [_optional(run.document["session"], budget) for run in runs],
    }


def _column(runs: Sequence[Run], space: str, key: str, budget: Budget) -> dict[str, Any]:
    held = list(map(attrgetter(space), runs))
    values = [_value(each[key], budget) if key in each else None for each in held]
    head: dict[str, Any] = {"space": space, "key": label(key, budget.text), "dir": None}
    if space == "metrics":
        head["dir"] = direction(key)
    if space == "params" and all_defaults(key, runs):
        head["usual"] = True
    if odd := oddities([each[key] for each in held if key in each]):
        head["odd"] = odd
    return head | _packed_values(values)


def note_text(text: str, limit: int) -> str:
    """Return a note as a page has it: its lines kept, what is hidden made visible, cut to ``limit`` characters."""
    return shown_code(text if len(text) <= limit else text[: limit - 1] + "…", limit)


def _optional(text: str | None, budget: Budget) -> str | None:
    return None if text is None else shown(text, budget.text)


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


def _value(value: Any, budget: Budget) -> Any:
    match value:
        case float():
            return float(f"{value:.{budget.digits}g}") if math.isfinite(value) else {"f": str(value)}
        case bool():
            return value
        case int() if abs(value) <= 2**53:
            return value
        case _:  # a cut one ends with its digest: two that begin alike are still two
            return label(value_text(value, sys.maxsize), budget.text)
