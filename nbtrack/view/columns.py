"""The columns of a table of runs: what to show of them, in which order, and which value is best."""

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

from nbtrack.model.direction import direction
from nbtrack.model.folds import behind
from nbtrack.model.run import Run
from nbtrack.query.changes import is_number
from nbtrack.query.compare import all_defaults
from nbtrack.query.statistics import seed_like
from nbtrack.view.number import aligned, decimals
from nbtrack.view.text import text_table
from nbtrack.view.wording import MARKS, MISSING, duration_text, state_text, value_text, verdict_text

SPACES: Final = ("metrics", "params", "tags")
_ROWS: Final = 100  # the most that are all in the static table
_FIRST: Final = 40  # of more, the first: whoever wants the rest needs the script anyway, and waits less for it
_COLUMNS: Final = 24
_TEXT_ROWS: Final = 30
_LONGEST: Final = 60  # characters of a cell
_ROW_BYTES, _CELL_BYTES, _HEAD_BYTES = 60, 4, 22  # markup and what every run has; markup of a cell; of a heading


Sets = Mapping[str, str]  # run id -> the name of the set of data it was measured on
ONE_SET: Final[Sets] = MappingProxyType({})  # all were measured on the same, as far as anybody knows


@dataclass(frozen=True, slots=True)
class Column:
    """One param, metric or tag of many runs: texts of those a table may show, and the rows with the best value.

    A param is ``usual`` when every run left it at its default.
    """

    space: str
    key: str
    texts: tuple[str, ...]
    best: frozenset[int]
    differs: bool
    usual: bool = False

    @property
    def leads(self) -> bool:
        """Whether the column stands before those that say the same of every run, or only what defaults are."""
        return self.space == "metrics" or (self.differs and not self.usual)


def static_table(runs: Sequence[Run], columns: Sequence[Column], room: int | None = None) -> dict[str, Any]:
    """Return what people see where scripts do not run; columns that are the same everywhere are said once.

    ``room`` is about how many bytes the table may take: columns that do not fit are named below it.
    """
    leading = _leading(columns) if len(runs) > 1 else list(columns)
    first = runs if len(runs) <= _ROWS else runs[:_FIRST]
    chosen = leading[:_COLUMNS] if room is None else _fitting(leading, room - _ROW_BYTES * len(first), len(first))
    left_out = [column.key for column in _without(leading, chosen)]
    others = _without(columns, leading)
    return {
        "parted": False,  # by sets of data, of each of which the best is marked
        "omitted_rows": len(runs) - len(first),
        "omitted_columns": len(left_out),
        "left_out": left_out[:_COLUMNS],
        "same": [(column.key, column.texts[0]) for column in others if not column.usual][:_COLUMNS],
        "usual": sum(column.usual for column in others),
        "columns": chosen,
        "rows": [_row(run, at, chosen) for at, run in enumerate(first)],
        "numbers": [at for at, column in enumerate(chosen) if _is_numeric(column)],
    }


def _is_numeric(column: Column) -> bool:
    texts = [text for text in column.texts if text != MISSING]
    return bool(texts) and all(map(_is_figure, texts))


def _is_figure(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _without(columns: Sequence[Column], some: Sequence[Column]) -> list[Column]:
    there = set(map(id, some))
    return [column for column in columns if id(column) not in there]


def _fitting(columns: Sequence[Column], room: int, rows: int) -> list[Column]:
    """Return the first columns that fit; metrics take half of the room where there are others, and one fits always."""
    metrics = [column for column in columns if column.space == "metrics"]
    others = [column for column in columns if column.space != "metrics"]
    kept, left = _first_of(metrics, room // 2 if others else room, rows)
    more, left = _first_of(others, left + room - (room // 2 if others else room), rows)
    rest, _ = _first_of(metrics[len(kept) :], left, rows) if len(more) == len(others) else ([], 0)
    return [*kept, *rest, *more] or list(columns[:1])


def _first_of(columns: Sequence[Column], room: int, rows: int) -> tuple[list[Column], int]:
    """Return the columns that fit one after the other, and the room that is left."""
    kept: list[Column] = []
    for column in columns[:_COLUMNS]:
        size = len(column.key) + _HEAD_BYTES + sum(_bytes(text) for text in column.texts[:rows])
        if size > room:
            break
        room -= size
        kept.append(column)
    return kept, room


def _bytes(text: str) -> int:
    return len(text[:_LONGEST].encode("utf-8", "replace")) + _CELL_BYTES


def _leading(columns: Sequence[Column]) -> list[Column]:
    """Where nobody chose anything that differs, the defaults that differ are all there is to see."""
    chosen = any(column.leads and column.space != "metrics" for column in columns)
    return [column for column in columns if column.leads or (column.differs and not chosen)]


def text_rows(runs: Sequence[Run], columns: Sequence[Column]) -> str:
    """Return the same table for a console."""
    chosen = [column for column in _leading(columns) if column.differs] or list(columns)
    header = ["run", "id", "status", *(column.key for column in chosen)]
    rows = [
        [run.name, run.short, state_text(run), *(_starred(column, at) for column in chosen)]
        for at, run in enumerate(runs[:_TEXT_ROWS])
    ]
    hidden = [f"… {len(runs) - _TEXT_ROWS} more runs"] if len(runs) > _TEXT_ROWS else []
    legend = ["* best"] if any(column.best for column in chosen) else []
    return "\n".join([text_table(header, rows, left=3), *hidden, *legend])


def _starred(column: Column, at: int) -> str:
    """Return a text with room for the star in columns that have a best value, so that numbers stay aligned."""
    return column.texts[at] + (" *"[at in column.best] if column.best else "")


def _row(run: Run, at: int, columns: Sequence[Column]) -> dict[str, Any]:
    cells = [(column.texts[at], at in column.best) for column in columns]
    return {"run": run, "mark": MARKS[run.status], "duration": duration_text(run.duration), "cells": cells}


def columns_of(runs: Sequence[Run], sets: Sets = ONE_SET) -> list[Column]:
    """Return verdicts, metrics, params and tags; what differs between the runs first, params at default last.

    ``sets`` says of runs, by their ids, on which set of data they were measured: the best is then that of each set.
    """
    groups = [sets.get(run.id, "") for run in runs] if sets else []
    columns = [
        *_verdicts(runs),
        *(_column(runs, space, key, groups) for space in SPACES for key in names(runs, space)),
    ]
    return sorted(columns, key=lambda column: (not column.leads, column.usual))


def _verdicts(runs: Sequence[Run]) -> list[Column]:
    """Return what reproducing the runs found as a column, where some were reproduced."""
    found = [run.verdict for run in runs]
    texts = tuple(MISSING if verdict is None else verdict_text(verdict) for verdict in found[:_ROWS])
    return [Column("run", "verdict", texts, frozenset(), len(set(found)) > 1)] if any(found) else []


def names(runs: Sequence[Run], space: str) -> list[str]:
    """Return every name in one of ``SPACES``.

    Metrics and params that most runs have come first, as they tell more runs apart; of those params, a step's of a
    pipeline come last. Seeds come after all other params: nobody chooses a run by its seed. Folds and their spread come
    after all other metrics: it is their mean that tells.
    """
    counts = Counter(chain.from_iterable(map(attrgetter(space), runs)))
    if space == "tags":
        return list(counts)
    if space == "metrics":
        aside = behind(counts)
        return sorted(counts, key=lambda key: (key in aside, -counts[key]))
    return sorted(counts, key=lambda key: (seed_like(key), -counts[key], "__" in key))


def _column(runs: Sequence[Run], space: str, key: str, groups: Sequence[str]) -> Column:
    values = [held.get(key, MISSING) for held in map(attrgetter(space), runs)]
    if space != "metrics":
        usual = space == "params" and all_defaults(key, runs)
        return Column(space, key, _texts(values, value_text), frozenset(), _differ(values, _whole), usual)
    numbers = {at: float(value) for at, value in enumerate(values) if is_number(value)}
    places = decimals(numbers.values())

    def written(value: Any) -> str:
        return aligned(value, places) if is_number(value) else value_text(value)

    return Column(space, key, _texts(values, written), best_rows(key, numbers, groups), _differ(values, written))


def _texts(values: Sequence[Any], written: Callable[[Any], str]) -> tuple[str, ...]:
    return tuple(map(written, values[:_ROWS]))


def _whole(value: Any) -> str:
    return value_text(value, sys.maxsize)


def _differ(values: Sequence[Any], written: Callable[[Any], str]) -> bool:
    """Tell whether any two values read differently; most columns tell by their second."""
    first, text = values[0], written(values[0])
    return any((type(each) is not type(first) or each != first) and written(each) != text for each in values)


def best_rows(metric: str, numbers: Mapping[int, float], groups: Sequence[str] = ()) -> frozenset[int]:
    """Return the rows with the best value; none when the name does not tell what is better, or all are the same.

    Where ``groups`` names a group for each row, those with the best value of each group that has a name.

    >>> sorted(best_rows("f1", {0: 0.7, 1: 0.9, 2: 0.2})), sorted(best_rows("f1", {0: 0.7, 1: 0.9, 2: 0.2}, "aaa"))
    ([1], [1])
    >>> sorted(best_rows("f1", {0: 0.7, 1: 0.9, 2: 0.2, 3: 0.1}, "aabb"))
    [1, 2]
    """
    way = direction(metric)
    if way is None:
        return frozenset()
    parts: dict[str, dict[int, float]] = {}
    for at, number in numbers.items():
        parts.setdefault(groups[at] if groups else "all", {})[at] = number
    found: set[int] = set()
    for group, own in parts.items():
        if group and len(set(own.values())) > 1:
            best = (max if way == "max" else min)(own.values())
            found.update(at for at, number in own.items() if number == best)
    return frozenset(found)
