"""The pages of the runs that are drawn when they are opened, as data: what ``static/report/pages.js`` reads.

{"texts": [every distinct text once], "pages": [[[title, [[name, value, note], …]], …], cells, doubts, comments,
 error, absent], …]}, each text as its number in ``texts``; ``cells`` are [label, note, source].
"""

from collections.abc import Sequence
from typing import Any, Final

from nbtrack.report.parts import Fact
from nbtrack.report.run_view import RunView
from nbtrack.view.escape import shown, shown_code

GROUPS: Final = (
    ("Metrics", "metrics"),
    ("Params", "params"),
    ("Run", "facts"),
    ("Reproduction", "verdict"),
    ("Data", "data"),
    ("Code state", "code"),
    ("Environment", "environment"),
)
_SOURCE: Final = 20_000


def packed_pages(views: Sequence[RunView]) -> dict[str, Any]:
    """Return the data of this module's docstring, of ``views`` in their order."""
    texts = _Texts()
    pages = [_page(view, texts) for view in views]
    return {"texts": list(texts.places), "pages": pages}


class _Texts:
    """Every distinct text once, in the order of its first use."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def __call__(self, text: str, limit: int = 600) -> int:
        return self.places.setdefault(shown(text, limit), len(self.places))

    def code(self, text: str, limit: int = _SOURCE) -> int:
        return self.places.setdefault(shown_code(text, limit), len(self.places))


def _page(view: RunView, texts: _Texts) -> list[Any]:
    page = view.page
    groups = [[texts(title), _facts(getattr(page, member), texts)] for title, member in GROUPS if getattr(page, member)]
    cells = [[texts(cell.label), texts(cell.note), texts.code(cell.source)] for cell in page.cells]
    comments = [[texts.code(each.text), texts(each.byline)] for each in view.comments]
    absent = [texts(each.name) for each in page.shown]
    error = texts.code(page.error) if page.error else -1
    return [groups, cells, [texts(each) for each in page.condition], comments, error, absent, texts(view.packages)]


def _facts(facts: Sequence[Fact], texts: _Texts) -> list[list[int]]:
    return [[texts(fact.name), texts(fact.value), texts(fact.note)] for fact in facts]
