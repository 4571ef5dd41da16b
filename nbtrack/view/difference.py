"""Two runs beside each other, to be read: what ``%diff A B`` shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from nbtrack.model.run import Run
from nbtrack.query.changes import Change
from nbtrack.query.compare import SECTIONS, TITLES, Diff, left_out, listed
from nbtrack.query.source_diff import Line
from nbtrack.view.bundle import Bundle
from nbtrack.view.diff_sentence import RULE, diff_sentence
from nbtrack.view.escape import render, sheet, shown, shown_code
from nbtrack.view.number import figure
from nbtrack.view.text import text_table
from nbtrack.view.wording import MISSING, value_text

_SIGNS: Final = {"=": ("same", " "), "-": ("gone", "-"), "+": ("new", "+")}
_NEAR: Final = 3  # equal lines shown around a change
_FOLD: Final = "⋯"


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    old: str
    new: str
    exact: tuple[str, str]
    delta: str
    verdict: str


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A line of a difference as it is drawn: how it differs, its sign, and its pieces with whether each changed."""

    kind: str
    sign: str
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class _Listing:
    title: str
    lines: list[CodeLine]


@dataclass(frozen=True, slots=True)
class _Section:
    """A part in which the runs differ: values, what of them is not shown, and sources."""

    title: str
    rows: list[_Row]
    hidden: str
    listings: list[_Listing]

    @property
    def steps(self) -> bool:
        """Whether anything can be said of how far the values are apart."""
        return any(row.delta for row in self.rows)


def difference(diff: Diff) -> Bundle:
    """Return what differs between two runs, likely causes first; sections without a difference are named below."""
    sections = [_section(diff, section) for section in SECTIONS if not diff.same(section)]
    context = {
        **sheet("listing.css"),
        "a": diff.a,
        "b": diff.b,
        "sentence": diff_sentence(diff),
        "rule": RULE if len(sections) > 2 else "",
        "sections": sections,
        "alike": diff.alike,
        "absent": diff.absent,
    }
    return Bundle(str(render("difference.html", context)), _text(diff, sections))


def differences(diffs: Sequence[Diff]) -> Bundle:
    """Return several differences, one below the other: of each run from the first."""
    bundles = [difference(diff) for diff in diffs]
    return Bundle("".join(bundle.html for bundle in bundles), "\n\n".join(bundle.text for bundle in bundles))


def _section(diff: Diff, section: str) -> _Section:
    shown_whole = {"digest"} if diff.upstream else set[str]()
    shown_whole |= {"patch"} if diff.patch else set()
    changes = [] if section == "source" else listed(diff, section)
    rows = [_row(change) for change in changes if section not in {"slice", "code"} or change.name not in shown_whole]
    hidden = " ".join(left_out(diff, section))
    return _Section(TITLES.get(section, section), rows, hidden, list(_listings(diff, section)))


def _listings(diff: Diff, section: str) -> Iterator[_Listing]:
    if section == "source":
        yield _Listing("Cell source", code_lines(diff.source))
    if section == "slice":
        for cell in diff.upstream:
            yield _Listing(f"Cell {cell.number} of {cell.total} before it", code_lines(cell.lines))
    if section == "code" and diff.patch:
        yield _Listing("Uncommitted changes", code_lines(diff.patch))


def code_lines(lines: Sequence[Line]) -> list[CodeLine]:
    """Return the changed lines with a few around them; a gap is a line of three dots."""
    changed = [at for at, line in enumerate(lines) if line.sign != "="]
    near = {at + step for at in changed for step in range(-_NEAR, _NEAR + 1)}
    found, last = list[CodeLine](), -1
    for at, line in enumerate(lines):
        if at in near:
            if at > last + 1:
                found.append(CodeLine("fold", _FOLD, ()))
            found.append(_code_line(line))
            last = at
    return [*found, CodeLine("fold", _FOLD, ())] if last < len(lines) - 1 else found


def _row(change: Change) -> _Row:
    old, new = (MISSING if absent else value_text(value) for value, absent in _sides(change))
    delta = "" if change.delta is None else f"{'+' if change.delta > 0 else '−'}{figure(abs(change.delta), 3)}"  # noqa: RUF001 - a minus sign
    exact = tuple(MISSING if absent else _exact(value) for value, absent in _sides(change))
    if old == new:  # what tells them apart stands behind the digits that are shown
        old, new = exact
    return _Row(
        change.name, old, new, (exact[0], exact[1]), delta, {True: "better", False: "worse", None: ""}[change.better]
    )


def _exact(value: object) -> str:
    return repr(value) if isinstance(value, float) else value_text(value)


def _sides(change: Change) -> tuple[tuple[object, bool], tuple[object, bool]]:
    return (change.old, change.kind == "added"), (change.new, change.kind == "removed")


def _code_line(line: Line) -> CodeLine:
    kind, sign = _SIGNS[line.sign]
    parts, at = [], 0
    for start, end in line.marks:
        parts += [(line.text[at:start], False), (line.text[start:end], True)]
        at = end
    parts.append((line.text[at:], False))
    return CodeLine(kind, sign, tuple((shown_code(text, 2000), marked) for text, marked in parts if text))


def _text(diff: Diff, sections: Sequence[_Section]) -> str:
    sides = [_side(diff.a), _side(diff.b)]
    parts = [f"A  {sides[0]}\nB  {sides[1]}", diff_sentence(diff)]
    parts += [text for section in sections for text in _section_text(section)]
    parts += [f"the same: {', '.join(diff.alike)}"] if diff.alike else []
    parts += [f"not recorded: {', '.join(diff.absent)}"] if diff.absent else []
    return "\n\n".join(parts)


def _section_text(section: _Section) -> Iterator[str]:
    if section.rows:
        cells = [[r.name, r.old, r.new, f"{r.delta} {r.verdict}".strip()] for r in section.rows]
        table = text_table([section.title, "A", "B", ""], cells)
        yield f"{table}\n{section.hidden}" if section.hidden else table
    for listing in section.listings:
        lines = (f"{line.sign} {''.join(text for text, _ in line.parts)[:200]}".rstrip() for line in listing.lines)
        yield "\n".join([listing.title if section.rows else section.title, *lines])


def _side(run: Run) -> str:
    reproduced = f"  reproduced: {run.verdict}" if run.verdict else ""
    return f"{shown(run.name, 80)}  {run.short}  {run.status}{reproduced}"
