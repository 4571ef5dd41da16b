"""The example notebooks in JupyterLab, as a person sees them. With NBTRACK_PICTURES=1 the pictures of the README are made."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = [pytest.mark.browser, pytest.mark.kernel]

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "img"


@pytest.fixture
def opened(lab: Any, open_page: Any, request: pytest.FixtureRequest) -> Any:
    """Open an example in JupyterLab with every cell run; its store lies beside it, as a user's would."""
    name, options = request.param
    folder = lab.root / f"{Path(name).stem}-{len(list(lab.root.iterdir()))}"
    folder.mkdir()
    shutil.copy(ROOT / "example_notebooks" / name, folder / name)
    watched = open_page(**options)
    lab.open(watched.page, f"{folder.name}/{name}")
    lab.run_all(watched.page)
    watched.page.evaluate("() => document.querySelectorAll('.jp-SideBar .lm-mod-current').forEach(tab => tab.click())")
    watched.folder = folder
    return watched


def picture(page: Any, name: str, locator: str | None = None) -> None:
    if os.environ.get("NBTRACK_PICTURES"):
        PICTURES.mkdir(parents=True, exist_ok=True)
        (page.locator(locator).first if locator else page).screenshot(path=PICTURES / f"{name}.png")


def to(page: Any, locator: str) -> None:
    """Scroll the notebook until an output is in sight; Lab draws a cell's outputs when it comes near the window."""
    for _ in range(5):
        for cell in range(page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets.length")):
            page.evaluate("async (i) => { await window.jupyterapp.shell.currentWidget.content.scrollToItem(i); }", cell)
            page.wait_for_timeout(150)
            if page.locator(locator).first.is_visible():
                page.locator(locator).first.scroll_into_view_if_needed()
                return
    raise AssertionError(f"{locator} never came in sight")


def cards(page: Any) -> int:
    """Return how many cards the notebook's outputs hold; Lab draws outputs only where they can be seen."""
    return int(
        page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells
                .flatMap((cell) => cell.outputs ?? [])
                .filter((output) => output.metadata?.nbtrack?.kind === "card").length"""
        )
    )


WIDE = {"viewport": {"width": 1280, "height": 1000}}


@pytest.mark.parametrize("opened", [("01_first_runs.ipynb", WIDE)], indirect=True)
def test_the_first_notebook_shows_cards_and_a_comparison_to_work_with(opened: Any) -> None:
    page = opened.page
    assert cards(page) == 5
    to(page, ".nbt-card:has-text('rf-shallow')")
    assert "max_depth" in page.locator(".nbt-card", has_text="rf-shallow").first.inner_text()
    picture(page, "card", ".nbt-card:has-text('rf-shallow')")
    to(page, "[role=tablist].nbt-tabs")
    picture(page, "comparison", ".nbt-compare")
    page.locator('th[data-column="metrics.roc_auc"] .nbt-sort').click()
    first = page.locator(".nbt-grid tbody .nbt-name").first
    assert first.inner_text() == "logistic"
    page.locator('th[data-column="metrics.accuracy"] .nbt-sort').focus()
    page.keyboard.press("Enter")
    assert page.locator('th[data-column="metrics.accuracy"]').get_attribute("aria-sort") == "descending"
    page.keyboard.press("/")
    page.keyboard.type("rf-")
    assert page.locator(".nbt-count").inner_text() == "2 of 5 runs"
    assert opened.quiet, (opened.problems, opened.requests)


@pytest.mark.parametrize("opened", [("02_training_curves.ipynb", WIDE)], indirect=True)
def test_the_second_notebook_shows_curves(opened: Any) -> None:
    page = opened.page
    assert cards(page) == 4
    to(page, "[role=tablist].nbt-tabs")
    page.locator(".nbt-tabs").get_by_role("tab", name="Curves").click()
    page.wait_for_selector(".nbt-compare svg polyline, .nbt-compare svg path")
    picture(page, "curves", ".nbt-compare")
    assert opened.quiet, (opened.problems, opened.requests)


@pytest.mark.parametrize("opened", [("01_first_runs.ipynb", WIDE)], indirect=True)
def test_a_saved_notebook_shows_the_comparison_without_a_kernel(opened: Any, lab: Any, open_page: Any) -> None:
    page = opened.page
    assert cards(page) == 5
    page.evaluate(
        "async () => { await window.jupyterapp.shell.currentWidget.context.save(); await window.jupyterapp.shell.currentWidget.sessionContext.shutdown(); }"
    )
    again = open_page(**WIDE)
    again.page.goto(f"{lab.url}/lab/tree/{opened.folder.name}/01_first_runs.ipynb?token={lab.token}&reset")
    again.page.wait_for_function("window.jupyterapp && window.jupyterapp.restored.then(() => true)")
    again.page.wait_for_selector(".jp-Notebook")
    if again.page.locator(".jp-Dialog").count():
        again.page.keyboard.press("Escape")
    again.page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.context.ready; }")
    comparison = ".jp-NotebookPanel:not(.lm-mod-hidden) .nbt-compare"
    to(again.page, comparison)
    expect(again.page.locator(comparison)).to_contain_text("rf-baseline-v1")
    assert not again.requests
