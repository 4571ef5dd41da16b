"""Two runs beside each other, to be read: what ``%diff A B`` shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nbtrack.model.run import Run
from nbtrack.query.changes import Change
from nbtrack.query.compare import SECTIONS, Diff
from nbtrack.query.source_diff import Line
from nbtrack.view.bundle import Bundle
from nbtrack.view.escape import own, render, shown, shown_code
from nbtrack.view.number import figure
from nbtrack.view.text import text_table
from nbtrack.view.wording import MISSING, value_text

_SIGNS: Final = {"=": ("same", " "), "-": ("gone", "-"), "+": ("new", "+")}
_TABLES: Final = tuple(section for section in SECTIONS if section != "source")


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    old: str
    new: str
    delta: str
    verdict: str


@dataclass(frozen=True, slots=True)
class _CodeLine:
    kind: str
    sign: str
    parts: tuple[tuple[str, bool], ...]


def difference(diff: Diff) -> Bundle:
    """Return what differs between two runs, section by section; sections without a difference are said in one line."""
    tables = {section: [_row(change) for change in getattr(diff, section)] for section in _TABLES}
    context = {
        "css": own("listing.css"),
        "a": diff.a,
        "b": diff.b,
        "tables": {section: rows for section, rows in tables.items() if rows},
        "source": [] if diff.same("source") else [_code_line(line) for line in diff.source],
        "same": [section for section in SECTIONS if diff.same(section)],
    }
    return Bundle(str(render("difference.html", context)), _text(diff, tables))


def _row(change: Change) -> _Row:
    old, new = (MISSING if absent else value_text(value) for value, absent in _sides(change))
    delta = "" if change.delta is None else f"{'+' if change.delta > 0 else '−'}{figure(abs(change.delta), 3)}"  # noqa: RUF001 - a minus sign
    return _Row(change.name, old, new, delta, {True: "better", False: "worse", None: ""}[change.better])


def _sides(change: Change) -> tuple[tuple[object, bool], tuple[object, bool]]:
    return (change.old, change.kind == "added"), (change.new, change.kind == "removed")


def _code_line(line: Line) -> _CodeLine:
    kind, sign = _SIGNS[line.sign]
    parts, at = [], 0
    for start, end in line.marks:
        parts += [(line.text[at:start], False), (line.text[start:end], True)]
        at = end
    parts.append((line.text[at:], False))
    return _CodeLine(kind, sign, tuple((shown_code(text, 2000), marked) for text, marked in parts if text))


def _text(diff: Diff, tables: dict[str, list[_Row]]) -> str:
    sides = [_side(diff.a), _side(diff.b)]
    parts = [f"A  {sides[0]}\nB  {sides[1]}"]
    parts += [_text_section(section, rows) for section, rows in tables.items() if rows]
    if not diff.same("source"):
        parts.append(
            "\n".join(
                ["source", *(f"{line.sign} {shown_code(line.text, 200)}" for line in diff.source if line.sign != "=")]
            )
        )
    same = ", ".join(section for section in SECTIONS if diff.same(section))
    return "\n\n".join([*parts, f"the same: {same}"] if same else parts)


def _text_section(section: str, rows: Sequence[_Row]) -> str:
    return text_table([section, "A", "B", ""], [[r.name, r.old, r.new, f"{r.delta} {r.verdict}".strip()] for r in rows])


def _side(run: Run) -> str:
    return f"{shown(run.name, 80)}  {run.short}  {run.status}"
