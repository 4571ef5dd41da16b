"""A figure of plotly as a report carries it: read as data, with nothing in it that asks for a network."""

import base64
import json
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from nbtrack.errors import UsageError
from nbtrack.report.html_table import Table, table_from

_PLAIN: Final = {"scattergl": "scatter", "heatmapgl": "heatmap", "scatterpolargl": "scatterpolar"}
"""Types that draw with the graphics card what another draws as lines: without it they look the same."""
_NEEDS_NETWORK: Final = re.compile(r".*(?:geo|map|mapbox|choropleth).*")
_HEIGHT: Final = 420
_ROWS: Final = 40
_COLUMNS: Final = 12
_AXES: Final = ("x", "y", "z", "r", "theta", "values", "labels", "a", "b", "lat", "lon")
_LINK: Final = re.compile(r"<\s*/?\s*a\b[^>]*>?", re.IGNORECASE)
_TYPED: Final = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "f4": "f", "f8": "d"}
_DEEP: Final = 60


@dataclass(frozen=True, slots=True)
class Figure:
    """What is drawn (``data`` and ``layout``), of which types of traces, how high, and its numbers as a table.

    ``undrawable`` names a type that cannot be drawn without a network.
    """

    data: Mapping[str, Any]
    types: frozenset[str]
    height: int
    table: Table | None
    undrawable: str = ""

    @property
    def drawable(self) -> bool:
        """Whether it can be drawn in a page that has no network."""
        return not self.undrawable


def read_figure(content: bytes, name: str) -> Figure:
    """Return the figure in a display of plotly.

    Raises:
        UsageError: it is none.
    """
    try:
        read = json.loads(content)
        traces = [trace for trace in _list(read["data"]) if isinstance(trace, dict)]
        layout = read.get("layout") if isinstance(read.get("layout"), dict) else {}
        data = {"data": [_kept(trace) for trace in traces], "layout": _kept(_without_addresses(layout))}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise UsageError(f"{name} cannot be read as a figure of plotly") from problem
    for trace in data["data"]:
        kind = trace.get("type", "scatter")
        trace["type"] = _PLAIN.get(kind, kind) if isinstance(kind, str) else "scatter"
    types = frozenset(trace["type"] for trace in data["data"])
    beyond = next((each for each in sorted(types) if _NEEDS_NETWORK.fullmatch(each)), "")
    return Figure(data, types, _height(layout), _table(data["data"], name), beyond)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _without_addresses(layout: dict[str, Any]) -> dict[str, Any]:
    """Pictures of a layout are asked of where they are; here only those that are written out can be shown."""
    images = layout.get("images")
    if not isinstance(images, list):
        return layout
    inside = [
        each for each in images if isinstance(each, dict) and str(each.get("source", "")).startswith("data:image/")
    ]
    return {**layout, "images": inside}


def _kept(value: Any, depth: int = 0) -> Any:
    """Return the value without links in its words: what stands in a figure leads nowhere."""
    if depth > _DEEP:
        return None
    if isinstance(value, str):
        return _unlinked(value)
    if isinstance(value, list):
        return [_kept(each, depth + 1) for each in value]
    if isinstance(value, dict):
        return {_unlinked(name): _kept(each, depth + 1) for name, each in value.items()}
    return None if isinstance(value, float) and value - value != 0 else value


def _unlinked(text: str) -> str:
    """Return words without links. ``<<a>a href=x>`` becomes one when ``<a>`` goes, and then no link but a span."""
    return _LINK.sub("<span>", _LINK.sub("", text)) if "<" in text else text


def _height(layout: Mapping[str, Any]) -> int:
    height = layout.get("height")
    return int(min(900, max(180, height))) if isinstance(height, (int, float)) else _HEIGHT


def _table(traces: list[dict[str, Any]], name: str) -> Table | None:
    """Return the numbers of the traces beside each other, the first rows of them."""
    columns = [(title, values) for trace in traces for title, values in _columns(trace)][:_COLUMNS]
    if not columns:
        return None
    longest = max(len(values) for _, values in columns)
    rows = [tuple(_at(values, at) for _, values in columns) for at in range(min(longest, _ROWS))]
    return table_from(f"Numbers of {name}", tuple(title for title, _ in columns), rows, longest)


def _columns(trace: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    said = trace.get("name")
    for axis in _AXES:
        values = _listed(trace.get(axis))
        if values:
            yield (f"{said} · {axis}" if isinstance(said, str) and said else axis), values


def _at(values: list[Any], at: int) -> str:
    if at >= len(values):
        return ""
    value = values[at]
    return f"{value:.6g}" if isinstance(value, float) else "" if value is None else str(value)[:200]


def _listed(value: Any) -> list[Any]:
    """Return a column of a trace, also where plotly packed it as typed numbers (plotly.py 6: ``dtype``, ``bdata``)."""
    if isinstance(value, list):
        return [each for each in value if not isinstance(each, (list, dict))]
    if not isinstance(value, dict) or "shape" in value:
        return []
    form = _TYPED.get(str(value.get("dtype")))
    try:
        packed = base64.b64decode(value.get("bdata", ""), validate=True)
        return list(struct.unpack(f"<{len(packed) // struct.calcsize(form)}{form}", packed)) if form else []
    except (ValueError, struct.error, TypeError):
        return []
