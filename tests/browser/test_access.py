"""What axe-core finds in every state of the card and the comparison: nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbtrack.model.run import Run
from nbtrack.query.compare import diff
from nbtrack.view.card import run_card
from nbtrack.view.comparison import comparison_html
from nbtrack.view.difference import difference
from nbtrack.view.listing import listing

pytestmark = pytest.mark.browser

_PAGE = "<!doctype html><html lang=en><meta charset=utf-8><title>t</title><style>body{{background:light-dark(#fff,#111);color-scheme:light dark}}</style><main><h1>t</h1>{}</main></html>"


@pytest.fixture(scope="module")
def axe() -> Any:
    return pytest.importorskip("axe_playwright_python.sync_playwright").Axe()


def _findings(axe: Any, page: Any) -> list[tuple[str, str]]:
    violations = axe.run(page).response["violations"]
    return [(found["id"], node["html"][:160]) for found in violations for node in found["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["Table", "Parallel", "Scatter", "Curves", "Diff"])
def test_every_view_is_clean(
    axe: Any, study: Callable[..., list[Run]], open_page: Any, tmp_path: Path, view: str, scheme: str
) -> None:
    path = tmp_path / "x.html"
    path.write_text(_PAGE.format(comparison_html(study(12), "A study").html), encoding="utf-8")
    page = open_page(path.as_uri(), color_scheme=scheme).page
    for box in page.locator(".nbt-grid tbody input").all()[:2]:
        box.check()
    page.get_by_role("tab", name=view).click()
    page.locator(".nbt-filter").fill("nope>1")
    assert _findings(axe, page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_cards_lists_differences_and_the_static_table_are_clean(
    axe: Any, study: Callable[..., list[Run]], open_page: Any, tmp_path: Path, scheme: str
) -> None:
    runs = study(20)
    outputs = [run_card(run, runs[number - 3]).html for number, run in enumerate(runs)]
    path = tmp_path / "x.html"
    path.write_text(
        _PAGE.format("".join([*outputs, listing(runs).html, difference(diff(runs[0], runs[3])).html])), encoding="utf-8"
    )
    assert _findings(axe, open_page(path.as_uri(), color_scheme=scheme).page) == []
