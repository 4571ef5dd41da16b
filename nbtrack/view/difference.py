"""Two runs beside each other, to be read: what ``%diff A B`` shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nbtrack.model.run import Run
from nbtrack.query.changes import Change
from nbtrack.query.compare import SECTIONS, TITLES, Diff, left_out, listed
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
    """Return what differs between two runs, section by section; sections without a difference are named below."""
    differing = [section for section in _TABLES if not diff.same(section)]
    tables = {section: [_row(change) for change in listed(diff, section)] for section in differing}
    hidden = {section: words for section in differing for words in left_out(diff, section)}
    context = {
        "css": own("listing.css"),
        "a": diff.a,
        "b": diff.b,
        "tables": tables,
        "titles": {section: TITLES.get(section, section) for section in tables},
        "hidden": hidden,
        "source": [] if diff.same("source") else [_code_line(line) for line in diff.source],
        "alike": diff.alike,
        "absent": diff.absent,
    }
    return Bundle(str(render("difference.html", context)), _text(diff, tables, hidden))


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


def _text(diff: Diff, tables: Mapping[str, Sequence[_Row]], hidden: Mapping[str, str]) -> str:
    sides = [_side(diff.a), _side(diff.b)]
    parts = [f"A  {sides[0]}\nB  {sides[1]}"]
    parts += [_text_section(section, rows, hidden.get(section, "")) for section, rows in tables.items()]
    if not diff.same("source"):
        parts.append(
            "\n".join(
                ["source", *(f"{line.sign} {shown_code(line.text, 200)}" for line in diff.source if line.sign != "=")]
            )
        )
    parts += [f"the same: {', '.join(diff.alike)}"] if diff.alike else []
    parts += [f"not recorded: {', '.join(diff.absent)}"] if diff.absent else []
    return "\n\n".join(parts)


def _text_section(section: str, rows: Sequence[_Row], hidden: str) -> str:
    cells = [[r.name, r.old, r.new, f"{r.delta} {r.verdict}".strip()] for r in rows]
    table = text_table([TITLES.get(section, section), "A", "B", ""], cells)
    return f"{table}\n{hidden}" if hidden else table


def _side(run: Run) -> str:
    return f"{shown(run.name, 80)}  {run.short}  {run.status}"
