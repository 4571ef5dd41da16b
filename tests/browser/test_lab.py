"""JupyterLab itself: a notebook runs, our outputs come alive in it, and nothing leaves the machine."""

from typing import Any

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.kernel]

_CELL = """
import runpy
from IPython.display import publish_display_data
from nbtrack.view.card import run_card
from nbtrack.view.comparison import comparison_html
runs = runpy.run_path({fakes!r})["study"](12)
publish_display_data(run_card(runs[3], runs[0]).mimebundle())
publish_display_data(comparison_html(runs, "In a notebook").mimebundle())
"""


def test_a_card_and_a_comparison_work_in_a_notebook(lab: Any, open_page: Any, request: pytest.FixtureRequest) -> None:
    fakes = str(request.path.parents[1] / "view" / "fake_runs.py")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(_CELL.format(fakes=fakes))],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, lab.root / "one.ipynb")
    watched = open_page()
    lab.open(watched.page, "one.ipynb")
    lab.run_all(watched.page)
    page = watched.page
    page.wait_for_selector(".nbt-card")
    page.wait_for_selector("[role=tablist].nbt-tabs")
    page.locator(".jp-Notebook .nbt-filter").fill("svc")
    assert page.locator(".jp-Notebook .nbt-count").inner_text() == "4 of 12 runs"
    page.locator('th[data-column="metrics.accuracy_score"] .nbt-sort').click()
    page.get_by_label("Select svc 01").focus()
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.locator(".jp-CodeCell").count() == 1, "keys pressed in the comparison must not reach the notebook"
    assert watched.quiet, (watched.problems, watched.requests)
