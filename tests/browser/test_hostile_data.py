"""Data that nobody meant to meet: names of every object, numbers at the ends, islands that are damaged or foreign."""

import base64
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbtrack.export.page import write_comparison
from nbtrack.model.run import Run
from nbtrack.view.comparison import comparison_html

pytestmark = pytest.mark.browser

_NAMES = ("__proto__", "constructor", "toString", "hasOwnProperty", "", " ", "שלום 12 עולם", "a" * 300, "a" * 299 + "b")
_ODD = (float("nan"), float("inf"), float("-inf"), 1e308, -1e308, -0.0, 5e-324, 0.9, 0.9000000000000001)
_VIEWS = ("Parallel", "Scatter", "Curves", "Importance", "A vs B", "Diff", "Table")


def _odd(make_run: Callable[..., Run], number: int) -> Run:
    value = _ODD[number % len(_ODD)]
    return make_run(
        number,
        {name: [value, 1.0, value] for name in _NAMES},
        name=_NAMES[number % len(_NAMES)],
        params={name: _ODD[(number + at) % len(_ODD)] for at, name in enumerate(_NAMES)},
        tags=dict.fromkeys(_NAMES, _NAMES[number % 3]),
        metrics={"near": 0.9 + (number % 2) * 1.2e-16},
    )


def _walked(page: Any) -> None:
    for view in _VIEWS:
        page.get_by_role("tab", name=view, exact=True).click()
        for at in range(page.locator(".nbt-controls select").count()):
            select = page.locator(".nbt-controls select").nth(at)
            for index in range(min(select.locator("option").count(), 6)):
                select.select_option(index=index)


def test_any_name_and_any_number_is_compared_in_every_view(make_run: Callable[..., Run], open_comparison: Any) -> None:
    runs = [_odd(make_run, number) for number in range(12)]
    watched = open_comparison([*runs, runs[0]])  # and a run twice
    _walked(watched.page)
    for words in ("__proto__ = 1", "params.constructor > 0", "toString", "tags.`` = 'x'"):
        watched.page.locator(".nbt-filter").first.fill(words)
    assert watched.quiet, watched.problems


def _packed(data: Any) -> str:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    text = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.b64encode(squeeze.compress(text) + squeeze.flush()).decode()


_RUNS = {"id": ["a"], "name": [None], "experiment": [1], "status": ["__proto__"], "started": ["x"], "duration": [{}]}
_FOREIGN = {
    "empty": "",
    "no base64": "%%%",
    "cut off": _packed({"format": 2, "runs": list(range(500))})[:101],
    "a bomb": _packed(b" " * 300_000_000),
    "null": "null",
    "a list": "[1,2,3]",
    "another format": json.dumps({"format": 99, "hello": "world"}),
    "columns of numbers": json.dumps({"format": 2, "runs": _RUNS, "columns": [1, 2], "curves": {}, "sources": 3}),
    "runs that are none": json.dumps({"format": 2, "runs": {"id": 5}, "columns": [], "curves": [], "sources": []}),
}


@pytest.mark.parametrize("foreign", _FOREIGN.values(), ids=_FOREIGN)
def test_an_output_with_damaged_data_stays_a_table(
    study: Callable[..., list[Run]], open_page: Any, tmp_path: Path, foreign: str
) -> None:
    html = str(comparison_html(study(3), "x").html)
    start = html.index('class="nbt-data">') + len('class="nbt-data">')
    path = tmp_path / "damaged.html"
    whole = html[:start] + foreign + html[html.index("</script>", start) :]
    path.write_text(f"<!doctype html><meta charset=utf-8>{whole}", encoding="utf-8")
    watched = open_page(path.as_uri())
    said: list[str] = []
    watched.page.on("console", lambda message: said.append(message.text))
    watched.page.reload()
    watched.page.wait_for_timeout(1500)
    watched.page.set_viewport_size({"width": 500, "height": 600})
    watched.page.wait_for_timeout(200)
    assert watched.page.locator("table tbody th").count() == 3
    assert 1 <= len(said) <= 2  # the page was opened twice
    assert all("stays a plain table" in words for words in said)
    assert watched.quiet, watched.problems


def test_a_table_of_very_many_columns_opens(make_run: Callable[..., Run], open_page: Any, tmp_path: Path) -> None:
    runs = [make_run(n, params={f"p{at}": at % 7 + n for at in range(20_000)}, metrics={"f1": n / 3}) for n in range(3)]
    watched = open_page(write_comparison(runs, tmp_path / "wide.html", "wide").as_uri())
    watched.page.wait_for_selector("[role=tablist]")
    assert watched.page.locator(".nbt-grid tbody tr").first.locator("td").count() < 60
    assert watched.quiet, watched.problems
