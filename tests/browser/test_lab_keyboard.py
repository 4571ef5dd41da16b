"""The panel by keyboard alone: one whole path, with the focus where it was after whatever took it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

import nbtrack

pytestmark = [pytest.mark.browser, pytest.mark.kernel, pytest.mark.usefixtures("extension")]

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


@pytest.fixture
def project(lab: Any, request: pytest.FixtureRequest) -> Path:
    folder = lab.root / re.sub(r"\W+", "-", request.node.name)[-60:]
    (folder / ".nbtrack").mkdir(parents=True)
    cells = [
        nbformat.v4.new_code_cell(source, id=f"cell-{at}")
        for at, source in enumerate(("%load_ext nbtrack", "%%track\naccuracy = 0.5 ** 2"))
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), folder / "study.ipynb")
    for at in range(4):
        with nbtrack.start_run(f"run {at}", store=folder / ".nbtrack", params={"lr": at}) as run:
            run.log(accuracy=0.5 + 0.1 * at)
    return folder


def focused(page: Any) -> str:
    """What has the focus: its name, or the class that tells what it is."""
    return str(
        page.evaluate(
            "() => { const { dataset, classList, ariaLabel, textContent } = document.activeElement;"
            " return dataset.command ?? ariaLabel ?? classList[0] ?? textContent; }"
        )
    )


def until(page: Any, place: str) -> None:
    """Wait until the focus is at a place."""
    page.wait_for_function("place => document.activeElement?.closest(place) !== null", arg=place)


def tab_to(page: Any, place: str, key: str = "Tab") -> None:
    for _ in range(15):
        page.keyboard.press(key)
        if page.evaluate("place => document.activeElement.matches(place)", place):
            return
    pytest.fail(f"{place} is not reached; the focus is at {focused(page)}")


def choose(page: Any, words: str) -> None:
    """Choose from the context menu of the list, as a keyboard opens it."""
    page.keyboard.press("Shift+F10")
    item = page.locator(".lm-Menu-item", has_text=words)
    item.wait_for()
    for _ in range(30):
        if "lm-mod-active" in str(item.get_attribute("class")):
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def test_runs_are_filtered_compared_noted_starred_and_looked_into_by_keyboard(
    lab: Any, project: Path, open_page: Callable[..., Any]
) -> None:
    page = open_page().page
    lab.open(page, f"{project.name}/study.ipynb")
    page.evaluate("window.jupyterapp.shell.currentWidget.content.activate()")
    go_to_the_filter(page)
    page.wait_for_selector(".nbt-panel-count:text('4 runs')")
    page.keyboard.type("accuracy>0.55")
    page.wait_for_selector(".nbt-panel-count:text('3 of 4 runs')")
    compare_two(page)
    go_to_the_filter(page)
    tab_to(page, ".nbt-list")
    assert page.locator(".nbt-list-row[aria-selected=true]").count() == 2, "what was selected still is"
    note_and_star(page)
    look_into_a_run(page)
    tab_to(page, "[data-command='nbtrack:archive']")
    page.keyboard.press("Enter")
    page.wait_for_selector(".nbt-panel-count:text('2 of 4 runs')")
    until(page, ".nbt-panel .nbt-list, [data-command]")

    found = nbtrack.runs(store=project / ".nbtrack")
    noted = sorted((run.name, run.note) for run in found if run.note)
    assert noted == [("run 2", "both of them"), ("run 3", "both of them")]
    assert [run.name for run in found if run.tags.get("starred")] == ["run 2"]

    lab.run_all(page)
    go_through_history(page)


def go_to_the_filter(page: Any) -> None:
    page.keyboard.press("Alt+r")
    until(page, ".nbt-panel .nbt-filter")


def compare_two(page: Any) -> None:
    """Select two runs, compare them, and close the comparison."""
    tab_to(page, ".nbt-list")
    for key in ("Space", "ArrowDown", "Space"):
        page.keyboard.press(key)
    tab_to(page, "[data-command='nbtrack:compare']")
    page.keyboard.press("Enter")
    page.wait_for_selector(".nbt-tab .nbt-grid tbody tr")
    until(page, ".jp-MainAreaWidget")
    page.keyboard.press("Alt+w")
    page.wait_for_selector(".nbt-tab", state="detached")


def note_and_star(page: Any) -> None:
    """Write a note on what is selected, star one, and leave a dialog: each ends in the list."""
    choose(page, "Write a Note on Runs")
    until(page, ".jp-Dialog textarea")
    page.keyboard.type("both of them")
    for key in ("Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector(".jp-Dialog", state="detached")
    until(page, ".nbt-panel .nbt-list")
    page.keyboard.press("s")
    page.wait_for_selector(".nbt-list-star[data-on=true]")
    choose(page, "Tag Runs")
    until(page, ".jp-Dialog input")
    page.keyboard.press("Escape")
    until(page, ".nbt-panel .nbt-list")


def look_into_a_run(page: Any) -> None:
    """Open the first run, tag it, take the tag off again, and close it: back in the list."""
    for key in ("Escape", "Home", "Space", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector(".nbt-detail")
    until(page, ".nbt-panel .nbt-list")
    tab_to(page, ".nbt-detail-tag")
    page.keyboard.type("stage=draft")
    page.keyboard.press("Enter")
    page.wait_for_selector(".nbt-chip:has-text('stage=draft')")
    tab_to(page, ".nbt-chip button + button", "Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".nbt-chip", state="detached")
    until(page, ".nbt-detail-tag")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_selector(".nbt-detail", state="detached")
    until(page, ".nbt-panel .nbt-list")


def go_through_history(page: Any) -> None:
    """Leave the history of a cell by Escape, which leads back, and by what it offers, which leads on."""
    page.wait_for_selector(".nbt-badge-run")
    page.locator(".nbt-badge-run").focus()
    page.keyboard.press("Enter")
    until(page, ".nbt-history")
    page.keyboard.press("Escape")
    until(page, ".nbt-badge-run")
    page.keyboard.press("Enter")
    until(page, ".nbt-history")
    assert page.evaluate("document.activeElement.textContent") == "Details"
    page.keyboard.press("Enter")
    until(page, ".nbt-detail")
    page.keyboard.press("Escape")
    until(page, ".nbt-panel .nbt-list")
