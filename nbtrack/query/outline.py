"""Runs in a few lines of plain text, for a prompt without HTML."""

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from nbtrack.model.condition import WHOLE
from nbtrack.query.caret import shown

if TYPE_CHECKING:
    from nbtrack.model.run import Run

_ROWS, _PARAMS, _METRICS, _WIDEST = 10, 3, 3, 20
MISSING: Final = "-"


def outline(runs: Sequence["Run"]) -> str:
    """Return the first runs as an aligned table, with how many there are."""
    if not runs:
        return "no runs"
    first = list(islice(runs, _ROWS))
    params = _first_names([run.params for run in first], _PARAMS)
    metrics = _first_names([run.metrics for run in first], _METRICS)
    header = ["run", "name", "status", "started (UTC)", *params, *metrics]
    table = [
        [_cell(text) for text in header],
        *([_cell(value) for value in _row(run, params, metrics)] for run in first),
    ]
    lines = [f"{len(runs)} run{'s' if len(runs) > 1 else ''}", *_aligned(table)]
    return "\n".join(lines if len(runs) <= _ROWS else [*lines, f"… and {len(runs) - _ROWS} more"])


def _row(run: "Run", params: Sequence[str], metrics: Sequence[str]) -> list[Any]:
    started = run.started.strftime("%Y-%m-%d %H:%M")
    values = [*(run.params.get(name) for name in params), *(run.metrics.get(name) for name in metrics)]
    state = run.status if run.condition == WHOLE else f"{run.status}, {run.condition}"
    return [run.short, run.name, state, started, *values]


def _first_names(mappings: Sequence[Any], most: int) -> list[str]:
    return list(islice(dict.fromkeys(name for mapping in mappings for name in mapping), most))


def _cell(value: Any) -> str:
    text = MISSING if value is None else f"{value:.4g}" if isinstance(value, float) else shown(str(value))
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in table]
