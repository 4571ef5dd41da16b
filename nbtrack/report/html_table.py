"""A table that a cell displayed as HTML, read into its cells, so that a report can set it in its own type."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final

MOST_ROWS: Final = 60
MOST_COLUMNS: Final = 40
_LONGEST: Final = 400_000  # characters of HTML that are read
_NUMBER: Final = re.compile(r"[-+−]?[\d,.\s]*\d(?:e[-+]?\d+)?\s?%?|nan|inf|-inf", re.IGNORECASE)  # noqa: RUF001 - a minus sign
_PLAIN: Final = frozenset(
    "html body div table thead tbody tfoot tr th td p span b i em strong style br caption".split()
)
_OPEN_TAG: Final = re.compile(r"<[^<>]*(?=<|\Z)")
"""A tag that never ends. No table of words has one, and the parser reads on from each to the end of the text."""
_STYLED: Final = re.compile(r"background|(?<![-\w])color\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TableCell:
    """One cell: whether it names its row, and whether it is a number, which stands to the right."""

    text: str
    head: bool
    number: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a head, rows of cells, what to call the table, and what was left out of it."""

    label: str
    head: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[TableCell, ...], ...]
    more: str = ""


def table_of(html: str, label: str) -> Table | None:
    """Return the table that ``html`` is; None where it is more than one plain table of words and numbers.

    >>> table_of("<table><thead><tr><th>a</th></tr></thead><tr><td>1</td></tr></table>", "t").rows
    ((TableCell(text='1', head=False, number=True),),)
    >>> table_of("<table><tr><td style='color: red'>1</td></tr></table>", "coloured") is None
    True
    """
    if len(html) > _LONGEST or _OPEN_TAG.search(html):
        return None
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.table(label) if reader.plain else None


def table_from(label: str, head: tuple[str, ...], rows: list[tuple[str, ...]], total: int) -> Table:
    """Return a table of texts, of whose ``total`` rows the first are there."""
    cells = tuple(tuple(_cell(text, head=False) for text in row) for row in rows)
    return Table(label, (head,), cells, _left_out(total - len(rows)))


def _left_out(rows: int) -> str:
    return f"{rows:,} more row{'s' if rows > 1 else ''} not shown" if rows > 0 else ""


def _cell(text: str, *, head: bool) -> TableCell:
    return TableCell(text, head, _NUMBER.fullmatch(text) is not None)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.plain = True
        self._tables = self._spans = 0
        self._in_head = self._quiet = False
        self._head: list[list[str]] = []
        self._rows: list[list[TableCell]] = []
        self._row: list[tuple[str, bool]] = []
        self._text: list[str] | None = None
        self._after: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        styled = any(name == "style" and _STYLED.search(value or "") for name, value in attrs)
        spans = any(name in {"rowspan", "colspan"} and value not in {"1", None} for name, value in attrs)
        self.plain &= tag in _PLAIN and not styled and not spans
        if tag == "table":
            self._tables += 1
        elif tag == "thead":
            self._in_head = True
        elif tag in {"th", "td"}:
            self._close_cell()
            self._row.append(("", tag == "th"))
            self._text = []
        elif tag == "tr":
            self._close_row()
        self._quiet = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        if tag in {"th", "td"}:
            self._close_cell()
        elif tag in {"tr", "table"}:
            self._close_row()
        elif tag in {"thead", "tbody"}:
            self._close_row()
            self._in_head = False
        self._quiet = False

    def handle_data(self, data: str) -> None:
        if self._quiet:
            self.plain &= not _STYLED.search(data)
        elif self._text is not None:
            self._text.append(data)
        elif data.strip():
            self._after.append(" ".join(data.split()))

    def _close_cell(self) -> None:
        if self._text is not None and self._row:
            self._row[-1] = (" ".join("".join(self._text).split()), self._row[-1][1])
        self._text = None

    def _close_row(self) -> None:
        self._close_cell()
        if self._row and (self._in_head or (not self._rows and all(head for _, head in self._row))):
            self._head.append([text for text, _ in self._row])
        elif self._row:
            self._rows.append([_cell(text, head=head) for text, head in self._row])
        self._row = []

    def table(self, label: str) -> Table | None:
        if self._tables != 1 or not self._rows or max(map(len, self._rows)) > MOST_COLUMNS:
            return None
        shown = tuple(tuple(row) for row in self._rows[:MOST_ROWS])
        more = [_left_out(len(self._rows) - len(shown)), *self._after]
        return Table(label, tuple(map(tuple, self._head)), shown, " · ".join(filter(None, more)))
