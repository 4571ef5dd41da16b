"""Runs beside each other in a terminal: what differs, which is best, how each moved, and how far each is from another.

Nothing is told by colour alone: the best value has a star, a difference its sign, a metric the arrow of its better
direction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.text import Text

from nbtrack.errors import NbtrackError
from nbtrack.hosts.sparkline import sparkline
from nbtrack.hosts.terminal import MISSING, Section, best_rows, runs_table, value_column
from nbtrack.model.direction import direction
from nbtrack.query.changes import is_number
from nbtrack.query.statistics import summary
from nbtrack.view.escape import shown
from nbtrack.view.number import aligned, decimals, figure
from nbtrack.view.wording import value_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from nbtrack.hosts.terminal import Column
    from nbtrack.model.run import Run
    from nbtrack.query.compare import Space

_ARROWS: Final = {"max": " ↑", "min": " ↓", None: ""}
_SPARKS: Final = 200  # runs with a sparkline at most: each is read from its history
_WIDE, _NARROW = 10, 6  # characters of a sparkline, in a terminal with room and without
_ROOMY: Final = 100
_STAR: Final = "*"


@dataclass(frozen=True)
class Comparing:
    """How runs are compared: with which run, in which groups, and how many columns there are."""

    runs: tuple[Run, ...]
    width: int
    baseline: Run | None = None
    group: tuple[Space, str] | None = None

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """The rows of each group, by its label, in the order of the runs; nothing when they are not grouped."""
        found: dict[str, list[int]] = {}
        if self.group:
            space, key = self.group
            for row, run in enumerate(self.runs):
                found.setdefault(_label(run, space, key), []).append(row)
        return found


def comparison_table(comparing: Comparing) -> RenderableType:
    """Return the table of the runs, at most ``width`` wide: what differs comes first, what does not fit is named.

    A metric's cell holds its series as blocks, its value, a star where it is the best, and how far it is from the
    baseline's. A group begins with a row that holds how many runs it has, and the mean of each metric with half of
    its 95 % interval.
    """
    sections = tuple(Section(f"{label} ({len(rows)})", tuple(rows)) for label, rows in comparing.places.items())
    return runs_table(
        comparing.runs,
        comparing.width,
        make=lambda runs, space, name: _column(comparing, runs, space, name),
        sections=sections,
    )


def legend(comparing: Comparing) -> str:
    """Return what the marks of the table mean, in one line."""
    parts = [f"{_STAR} best", "↑ ↓ the better direction"]
    if comparing.baseline:
        parts.append(f"+ − against {shown(comparing.baseline.name, 40)} ({comparing.baseline.short})")  # noqa: RUF001 - a minus
    if comparing.places:
        parts.append("± half of the 95 % interval of the mean")
    return ", ".join(parts)


def _column(comparing: Comparing, runs: Sequence[Run], space: Space, name: str) -> Column:
    plain = value_column(runs, space, name)
    if space != "metrics":
        return plain
    values = [run.metrics.get(name) for run in runs]
    numbers = [float(value) if value is not None and is_number(value) else None for value in values]
    best = best_rows(name, values)
    pieces = [
        _column_of(_sparks(runs, name, comparing.width), ""),
        _column_of(
            [text + (_STAR if row in best else " " if best else "") for row, text in enumerate(plain.texts)], "cyan"
        ),
        _column_of(*_deltas(comparing, name, numbers)),
    ]
    cells = tuple(
        _joined(pieces, row, bold=row in best, absent=plain.texts[row] == MISSING) for row in range(len(runs))
    )
    places = decimals([number for number in numbers if number is not None])
    means = tuple(_mean(numbers, rows, places) for rows in comparing.places.values())
    return _to_the_right(replace(plain, title=plain.title + _ARROWS[direction(name)], cells=cells, summaries=means))


def _to_the_right(column: Column) -> Column:
    """Return a column whose texts all end at one place, blanks after the last piece included, which rich would drop."""
    width = max(map(cell_len, (column.title, *(cell.plain for cell in column.cells), *column.summaries)))
    cells = tuple(Text(" " * (width - cell.cell_len)).append_text(cell) for cell in column.cells)
    return replace(
        column,
        title=_padded(column.title, width),
        texts=tuple(cell.plain for cell in cells),
        cells=cells,
        summaries=tuple(_padded(text, width) for text in column.summaries),
        right=False,
    )


def _padded(text: str, width: int) -> str:
    return " " * (width - cell_len(text)) + text


@dataclass(frozen=True, slots=True)
class _Piece:
    """One part of the cells of a column: texts padded to one width, and their styles."""

    texts: tuple[str, ...]
    styles: tuple[str, ...]


def _column_of(texts: Sequence[str], styles: str | Sequence[str]) -> _Piece:
    width = max(map(cell_len, texts), default=0)
    return _Piece(
        tuple(_padded(text, width) for text in texts),
        (styles,) * len(texts) if isinstance(styles, str) else tuple(styles),
    )


def _joined(pieces: Sequence[_Piece], row: int, *, bold: bool, absent: bool) -> Text:
    """Return one cell: its pieces with a blank between them, the value bold where it is the best."""
    text = Text()
    for at, piece in enumerate(piece for piece in pieces if any(part.strip() for part in piece.texts)):
        text.append(" " if at else "")
        style = "dim" if absent else "bold green" if bold and piece.styles[row] == "cyan" else piece.styles[row]
        text.append(piece.texts[row], style=style)
    return text


def _sparks(runs: Sequence[Run], metric: str, width: int) -> list[str]:
    """Return each run's series as blocks, all of them on one scale; nothing where a run has none."""
    if len(runs) > _SPARKS or not any(metric in run.curves and run.curves[metric]["count"] > 1 for run in runs):
        return [""] * len(runs)
    series = [_series(run, metric) for run in runs]
    finite = [value for values in series for value in values if math.isfinite(value)]
    if not finite:
        return [""] * len(runs)
    length = _WIDE if width >= _ROOMY else _NARROW
    return [sparkline(values, length, min(finite), max(finite)) if len(values) > 1 else "" for values in series]


def _series(run: Run, metric: str) -> Sequence[float]:
    if metric not in run.curves:
        return ()
    try:
        return run.history(metric).values
    except NbtrackError:  # a damaged series must not cost the comparison
        return ()


def _deltas(comparing: Comparing, metric: str, numbers: Sequence[float | None]) -> tuple[list[str], list[str]]:
    """Return how far each value is from the baseline's, with its sign, and the colour of better and worse."""
    base = comparing.baseline.metrics.get(metric) if comparing.baseline else None
    if not comparing.baseline or base is None or not is_number(base):
        return [""] * len(numbers), [""] * len(numbers)
    own = comparing.baseline.id
    changes = [
        None if value is None or run.id == own else value - float(base)
        for run, value in zip(comparing.runs, numbers, strict=True)
    ]
    places = decimals([value for value in numbers if value is not None])
    return [_signed(change, places) for change in changes], [_judged(change, metric) for change in changes]


def _signed(change: float | None, places: int | None) -> str:
    if change is None or math.isnan(change):
        return ""
    sign = "+" if change > 0 else "−" if change < 0 else "±"  # noqa: RUF001 - a minus, as wide as the plus
    return sign + aligned(abs(change), places)


def _judged(change: float | None, metric: str) -> str:
    way = direction(metric)
    if not change or way is None or math.isnan(change):
        return ""
    return "green" if (change > 0) is (way == "max") else "red"


def _mean(numbers: Sequence[float | None], rows: Sequence[int], places: int | None) -> str:
    found = summary(numbers[row] for row in rows)
    if found.n == 0:
        return MISSING
    half = (found.high - found.low) / 2
    mean = aligned(found.mean, places)
    return mean if math.isnan(half) else f"{mean} ±{figure(half, 2)}"


def _label(run: Run, space: Space, key: str) -> str:
    values = getattr(run, space)
    return f"{key} = {shown(value_text(values[key]), 40)}" if key in values else f"no {key}"
