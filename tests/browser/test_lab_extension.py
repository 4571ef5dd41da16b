"""The extension in JupyterLab, as a person uses it: the panel, badges below cells, comparisons, restoring."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest

import nbtrack

pytestmark = [pytest.mark.browser, pytest.mark.kernel, pytest.mark.usefixtures("extension")]

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
TRACKED = "%%track\nlr = 0.1\naccuracy = 1 - lr * 2"


@pytest.fixture
def project(lab: Any, request: pytest.FixtureRequest) -> Path:
    """A folder of its own in the lab, with a store and a notebook of two cells."""
    folder = lab.root / re.sub(r"\W+", "-", request.node.name)[-60:]
    (folder / ".nbtrack").mkdir(parents=True)
    write(folder / "study.ipynb", "%load_ext nbtrack", TRACKED)
    return folder


_KEPT = """async () => {
    const { data } = (await (await fetch("/lab/api/workspaces")).json()).workspaces.values[0];
    const kept = Object.keys(data).filter((name) => name.startsWith("nbtrack-comparison:"));
    const places = JSON.stringify(data["layout-restorer:data"]?.main ?? "");
    return kept.length === 1 && places.includes(kept[0]);
}"""


def write(path: Path, *sources: str) -> None:
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{at}") for at, source in enumerate(sources)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), path)


@pytest.fixture
def notebook(lab: Any, project: Path, open_page: Any) -> Any:
    """The notebook, open beside the panel."""
    watched = open_page()
    lab.open(watched.page, f"{project.name}/study.ipynb")
    watched.page.evaluate("window.jupyterapp.commands.execute('nbtrack:show-runs')")
    return watched


def record(folder: Path, count: int, **more: Any) -> list[str]:
    ids = []
    for at in range(count):
        with nbtrack.start_run(f"run {at}", store=folder / ".nbtrack", params={"lr": 0.1 * (at + 1)}, **more) as opened:
            opened.log(accuracy=0.5 + 0.1 * at)
        ids.append(opened.id)
    return ids


def rows(page: Any) -> Any:
    return page.locator(".nbt-panel .nbt-list-row")


def cell_text(page: Any, at: int) -> str:
    script = "at => window.jupyterapp.shell.currentWidget.content.widgets[at].model.sharedModel.getSource()"
    return str(page.evaluate(script, at))


def is_dirty(page: Any) -> bool:
    return bool(page.evaluate("window.jupyterapp.shell.currentWidget.context.model.dirty"))


def save(page: Any) -> None:
    page.evaluate("window.jupyterapp.shell.currentWidget.context.save()")
    page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")


def test_runs_of_a_cell_appear_in_the_panel_and_below_the_cell(lab: Any, notebook: Any) -> None:
    page = notebook.page
    page.wait_for_selector(".nbt-panel-empty strong:text('No runs yet')")
    lab.run_all(page)
    page.wait_for_selector(".nbt-panel .nbt-list-row")
    badge = page.locator(".jp-CodeCell").nth(1).locator(".nbt-badge")
    badge.wait_for()
    assert "accuracy 0.8" in badge.inner_text()
    assert page.locator(".nbt-badge").count() == 1, "a cell that was never a run has no badge"
    assert notebook.quiet, (notebook.problems, notebook.requests)


def test_runs_of_another_process_appear_while_the_kernel_is_busy(notebook: Any, project: Path) -> None:
    page = notebook.page
    page.evaluate(
        "void window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({code: 'import time; time.sleep(60)'})"
    )
    record(project, 1)
    rows(page).first.wait_for(timeout=15_000)
    assert "run 0" in rows(page).first.inner_text()


def test_a_click_counts_though_what_is_clicked_is_drawn_anew_while_the_button_is_down(
    lab: Any, notebook: Any, project: Path
) -> None:
    page = notebook.page
    lab.run_all(page)
    name = page.locator(".nbt-badge-name")
    name.wait_for()
    with pressed(page, name):
        record(project, 1)
        rows(page).nth(1).wait_for()
        page.wait_for_timeout(800)  # what is known of the cells is asked for a moment after the news
    page.locator(".nbt-history").wait_for()
    page.keyboard.press("Escape")
    with nbtrack.start_run("growing", store=project / ".nbtrack") as growing:
        row = rows(page).filter(has_text="growing")
        row.wait_for()
        with pressed(page, row.locator(".nbt-list-when")):
            for step in range(4):
                growing.log(loss=1 / (step + 1))
                page.wait_for_timeout(300)
            page.wait_for_timeout(800)
        page.wait_for_selector(".nbt-list-row[aria-selected=true]:has-text('growing')")
        row.locator(".nbt-list-when", has_text="step 3").wait_for()


@contextmanager
def pressed(page: Any, part: Any) -> Iterator[None]:
    """Hold the mouse's button down on something meanwhile."""
    box = part.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    yield
    page.mouse.up()


def test_the_panel_filters_as_the_magic_does_and_says_what_it_cannot_read(notebook: Any, project: Path) -> None:
    record(project, 5)
    page = notebook.page
    page.wait_for_selector(".nbt-panel-count:text('5 runs')")
    field = page.get_by_label("Filter runs")
    field.fill("metrics.accuracy > 0.75")
    page.wait_for_selector(".nbt-panel-count:text('2 of 5 runs')")
    field.fill("metrics.accuracy >")
    page.wait_for_selector(".nbt-panel-problem:not(:empty)")
    assert rows(page).count() == 2, "what cannot be read yet leaves the list as it was"
    field.fill("metrics.acuracy > 0.75")
    assert page.locator(".nbt-told mark").inner_text() == "acuracy"
    field.fill("")
    page.wait_for_selector(".nbt-panel-count:text-is('5 runs')")
    field.press_sequentially("lr<0.25 and metrics.acc")
    page.get_by_role("option", name="metrics.accuracy").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert field.input_value() == "lr<0.25 and metrics.accuracy "
    field.press_sequentially("> 0.5")
    page.wait_for_selector(".nbt-panel-count:text('1 of 5 runs')")
    field.fill("")
    page.get_by_label("Group by").select_option("params.lr")
    heads = page.locator(".nbt-list-head")
    assert heads.first.inner_text().split() == ["▾", "lr", "=", "0.1", "1"]
    assert (rows(page).count(), heads.count()) == (10, 5)
    heads.first.click()
    page.wait_for_function("() => document.querySelectorAll('.nbt-list-row').length === 9")
    page.locator(".nbt-list").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelectorAll('.nbt-list-row').length === 10")


def test_an_edited_cell_says_so_and_its_history_brings_an_older_version_back(lab: Any, notebook: Any) -> None:
    page = notebook.page
    lab.run_all(page)
    page.wait_for_selector(".nbt-badge")
    editor = page.locator(".jp-CodeCell").nth(1).locator(".cm-content")
    editor.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" + 0.05")
    page.wait_for_selector(".nbt-badge-stale:text('edited since')")
    page.keyboard.press("Shift+Enter")
    page.wait_for_selector(".nbt-badge-count:text('2 runs')")
    page.wait_for_selector(".nbt-badge-stale", state="hidden")
    page.locator(".nbt-badge-run").click()
    dialog = page.get_by_role("dialog", name="Runs of this cell")
    dialog.get_by_role("button", name="Changes").click()
    page.wait_for_selector(".nbt-history-diff .nbt-come")
    assert "+ 0.05" in page.locator(".nbt-history-diff .nbt-come").inner_text()
    dialog.get_by_role("button", name="Restore").last.click()
    page.wait_for_function("() => !document.querySelector('.nbt-history')")
    page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.getSource().includes('0.05')"
    )
    page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.undo()")
    assert "0.05" in cell_text(page, 1)


def test_badges_survive_a_reload_a_rename_and_a_moved_cell_and_never_dirty_the_notebook(
    lab: Any, notebook: Any, project: Path, open_page: Any
) -> None:
    page = notebook.page
    lab.run_all(page)
    page.wait_for_selector(".nbt-badge")
    save(page)
    lab.open(page, f"{project.name}/study.ipynb")
    page.wait_for_selector(".nbt-badge")
    assert not is_dirty(page)
    page.evaluate("window.jupyterapp.shell.currentWidget.context.rename('renamed.ipynb')")
    page.wait_for_function("window.jupyterapp.shell.currentWidget.context.path.endsWith('renamed.ipynb')")
    page.wait_for_selector(".nbt-badge")
    page.evaluate("window.jupyterapp.shell.currentWidget.content.model.sharedModel.moveCell(1, 0)")
    page.wait_for_function("document.querySelector('.jp-CodeCell .nbt-badge')")
    page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0")
    assert "accuracy 0.8" in page.locator(".jp-CodeCell").first.locator(".nbt-badge").inner_text()
    for command in ("copy-cell", "paste-cell-below"):
        page.evaluate("command => window.jupyterapp.commands.execute(`notebook:${command}`)", command)
    page.wait_for_function("window.jupyterapp.shell.currentWidget.content.widgets.length === 3")
    page.wait_for_function("document.querySelectorAll('.nbt-badge').length === 1")
    page.evaluate("window.jupyterapp.shell.currentWidget.content.model.sharedModel.deleteCell(0)")
    page.wait_for_function("document.querySelectorAll('.nbt-badge').length === 0")
    page.evaluate("window.jupyterapp.shell.currentWidget.content.model.sharedModel.undo()")
    page.wait_for_selector(".nbt-badge")


def test_badges_come_back_with_cells_that_were_scrolled_out_of_sight(lab: Any, project: Path, open_page: Any) -> None:
    write(
        project / "long.ipynb",
        "%load_ext nbtrack",
        TRACKED,
        *[f"x = {at}\n" * 8 for at in range(60)],
        "scale = 2",
        "%%track\nb = scale * 2",
    )
    page = open_page().page
    lab.open(page, f"{project.name}/long.ipynb")
    page.evaluate(
        "() => { const { content } = window.jupyterapp.shell.currentWidget;"
        " content.notebookConfig = { ...content.notebookConfig, windowingMode: 'full' }; }"
    )
    lab.run_all(page)
    go = "at => window.jupyterapp.shell.currentWidget.content.scrollToItem(at, 'start')"
    page.evaluate(go, 1)
    badge = "at => window.jupyterapp.shell.currentWidget.content.widgets[at].node.querySelector('.nbt-badge')?.offsetHeight > 0"
    page.wait_for_function(badge, arg=1)
    for _ in range(2):
        page.evaluate(go, 63)
        page.wait_for_function(badge, arg=63)
        page.evaluate(go, 1)
        page.wait_for_function(badge, arg=1)
    page.evaluate(go, 63)
    page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets[62].model.sharedModel.setSource('scale = 5')")
    page.wait_for_selector(".nbt-badge-stale:has-text('reads from a cell edited since: 63 · scale = 5')")
    page.get_by_role("button", name="63 · scale = 5").click()
    page.wait_for_function("window.jupyterapp.shell.currentWidget.content.activeCellIndex === 62")


def test_selected_runs_are_compared_in_a_tab_that_stays_up_to_date(notebook: Any, project: Path) -> None:
    record(project, 3)
    page = notebook.page
    page.wait_for_selector(".nbt-panel-count:text('3 runs')")
    save(page)  # or the page asks whether it may be left
    rows(page).nth(0).click()
    rows(page).nth(1).click(modifiers=["Control"])
    page.get_by_role("button", name="Compare 2 runs").click()
    page.wait_for_selector(".nbt-tab .nbt-grid tbody tr")
    assert page.locator(".nbt-tab .nbt-count").inner_text() == "2 runs"
    with nbtrack.start_run("elsewhere", store=project / ".nbtrack") as other:
        other.log(accuracy=0.1)
    page.wait_for_selector(".nbt-panel-count:text('4 runs')")
    assert notebook.quiet, (notebook.problems, notebook.requests)
    for _ in range(100):  # until JupyterLab has kept both the tab and where it stands
        if page.evaluate(_KEPT):
            break
        page.wait_for_timeout(200)
    page.reload()
    page.wait_for_selector(".nbt-tab .nbt-grid tbody tr")
    assert page.locator(".nbt-tab .nbt-count").inner_text() == "2 runs"


def test_what_is_done_with_several_runs_is_done_with_all_of_them(notebook: Any, project: Path) -> None:
    record(project, 3)
    page = notebook.page
    page.wait_for_selector(".nbt-panel-count:text('3 runs')")
    page.locator(".nbt-list").focus()
    page.keyboard.press("Control+a")
    rows(page).nth(1).click(button="right")
    menu = page.locator(".lm-Menu-content")
    names = menu.locator(".lm-Menu-itemLabel").all_inner_texts()
    assert {"Compare Runs", "Star Runs", "Tag Runs…", "Write a Report of Runs", "Copy the Ids of Runs"} <= set(names)
    menu.get_by_text("Star Runs", exact=True).click()
    page.wait_for_function("() => document.querySelectorAll('.nbt-list-star[data-on=true]').length === 3")
    page.evaluate("void window.jupyterapp.commands.execute('nbtrack:tag')")
    page.locator(".jp-Dialog input").fill("stage=draft")
    page.keyboard.press("Enter")
    page.wait_for_selector(".jp-Dialog", state="detached")
    page.get_by_role("button", name="Archive", exact=True).click()
    page.wait_for_selector(".nbt-panel-count:text('0 of 3 runs')")
    page.get_by_label("Archived").check()
    page.wait_for_selector(".nbt-panel-count:text-is('3 runs')")
    page.get_by_role("button", name="Unarchive").click()
    page.get_by_role("button", name="Archive", exact=True).wait_for()
    for _ in range(100):  # the button is back with the first of them
        found = [run.tags for run in nbtrack.runs(store=project / ".nbtrack")]
        if not any("archived" in tags for tags in found):
            break
        page.wait_for_timeout(100)
    assert found == [{"starred": True, "stage": "draft"}] * 3


def test_the_metric_that_is_chosen_stands_in_the_panel_and_below_the_cells(lab: Any, notebook: Any) -> None:
    page = notebook.page
    page.evaluate(
        """window.jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.setSource('%%track\\nn = 4\\naccuracy = 2 / n\\nloss = 10 / n')"""
    )
    lab.run_all(page)
    page.wait_for_selector(".nbt-badge:has-text('accuracy 0.5')")
    page.get_by_label("Metric beside the names").select_option("loss")
    page.wait_for_selector(".nbt-badge:has-text('loss 2.5')")
    assert "2.5" in rows(page).first.inner_text()
    page.get_by_label("Metric beside the names").select_option("accuracy")
    page.wait_for_selector(".nbt-badge:has-text('accuracy 0.5')")
    page.locator(".nbt-badge-run").click()
    dialog = page.get_by_role("dialog", name="Runs of this cell")
    dialog.wait_for()
    for _ in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.nbt-history') !== null"), "the focus stays in the dialog"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className") == "nbt-badge-run"


def test_notebook_7_has_panel_badges_and_comparisons(lab: Any, project: Path, open_page: Any) -> None:
    record(project, 2)
    page = open_page(f"{lab.url}/notebooks/{project.name}/study.ipynb?token={lab.token}").page
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    page.locator(".jp-CodeCell").nth(1).locator(".cm-content").click()
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+r")
    page.wait_for_selector(".nbt-panel-count:text('2 runs')")
    page.locator(".nbt-list").focus()
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Compare 2 runs").click()
    page.wait_for_selector(".nbt-tab .nbt-grid tbody tr")


def test_shortcuts_are_taken_by_nothing_else() -> None:
    schemas = Path(sys.prefix) / "share" / "jupyter" / "lab" / "schemas"
    own = json.loads(
        (Path(nbtrack.__file__).parent / "labextension" / "schemas" / "nbtrack-labextension" / "panel.json").read_text()
    )
    taken = {
        " ".join(each["keys"])
        for file in schemas.glob("@jupyter*/*/*.json")
        for each in json.loads(file.read_text()).get("jupyter.lab.shortcuts", [])
    }
    assert not taken & {" ".join(each["keys"]) for each in own["jupyter.lab.shortcuts"]}


def test_a_run_is_starred_tagged_noted_and_archived_in_the_panel(notebook: Any, project: Path) -> None:
    (run,) = record(project, 1)
    page = notebook.page
    rows(page).first.wait_for()
    rows(page).first.locator(".nbt-list-star").click()
    page.wait_for_selector(".nbt-list-star[data-on=true]")
    rows(page).first.dblclick()
    page.get_by_label("Add a tag").fill("stage=production")
    page.get_by_label("Add a tag").press("Enter")
    page.get_by_label("Note", exact=True).fill("the one to keep")
    page.get_by_label("Note", exact=True).blur()
    page.get_by_role("button", name="Archive").click()
    page.wait_for_selector(".nbt-panel-count:text('0 of 1 run')")
    found = nbtrack.run(run, store=project / ".nbtrack")
    assert (found.tags["starred"], found.tags["stage"], found.note) == (True, "production", "the one to keep")


def test_the_track_button_puts_the_magic_on_a_cell_and_takes_it_off(notebook: Any, project: Path) -> None:
    page = notebook.page
    page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex = 1")
    page.evaluate("window.jupyterapp.commands.execute('nbtrack:toggle-cell')")
    assert not cell_text(page, 1).startswith("%%track")
    page.evaluate("window.jupyterapp.commands.execute('nbtrack:toggle-cell')")
    assert cell_text(page, 1) == TRACKED


def test_tracking_every_cell_is_switched_in_the_notebooks_toolbar(notebook: Any, project: Path) -> None:
    page = notebook.page
    page.evaluate("window.jupyterapp.commands.execute('nbtrack:toggle-tracking')")
    page.wait_for_function("window.jupyterapp.commands.isToggled('nbtrack:toggle-tracking')")
    page.evaluate(
        "window.jupyterapp.shell.currentWidget.content.widgets[0].model.sharedModel.setSource('accuracy = sum([0.25, 0.5])')"
    )
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_selector(".nbt-panel-count:text('2 runs')")
    page.evaluate("window.jupyterapp.commands.execute('nbtrack:toggle-tracking')")
    page.wait_for_function("!window.jupyterapp.commands.isToggled('nbtrack:toggle-tracking')")


def test_a_restarted_kernel_leaves_panel_and_badges_as_they_are(lab: Any, notebook: Any) -> None:
    page = notebook.page
    lab.run_all(page)
    page.wait_for_selector(".nbt-badge")
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    assert page.locator(".nbt-badge").count() == 1
    assert rows(page).count() == 1


def test_what_is_not_saved_is_recorded_as_it_was_when_the_cell_ran(lab: Any, notebook: Any, project: Path) -> None:
    page = notebook.page
    page.evaluate(
        "window.jupyterapp.shell.currentWidget.content.widgets[0].model.sharedModel.setSource('%load_ext nbtrack\\nunsaved = 1')"
    )
    lab.run_all(page)
    page.wait_for_selector(".nbt-badge")
    (run,) = nbtrack.runs(store=project / ".nbtrack")
    assert str(run.document["notebook"]).endswith("study.ipynb")
    kept = json.loads(run.artifact("notebook.ipynb").read())
    assert "unsaved = 1" in "".join(kept["cells"][0]["source"])
    assert [cell["id"] for cell in kept["cells"]] == ["cell-0", "cell-1"]


def test_a_saved_comparison_is_whole_in_a_notebook_that_is_not_trusted(
    lab: Any, project: Path, open_page: Any, study: Callable[..., list[Any]]
) -> None:
    from nbtrack.view.compare import MARK
    from nbtrack.view.comparison import comparison_html

    data = comparison_html(study(12), "A study").mimebundle()
    cell = nbformat.v4.new_code_cell("nbtrack.compare()")
    cell.outputs = [nbformat.v4.new_output("display_data", data=data, metadata=MARK)]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=KERNEL), project / "saved.ipynb")
    watched = open_page()
    lab.open(watched.page, f"{project.name}/saved.ipynb")
    page = watched.page
    page.wait_for_selector("[role=tablist].nbt-tabs")
    page.locator(".jp-OutputArea .nbt-filter").fill("svc")
    assert page.locator(".jp-OutputArea .nbt-count").inner_text() == "4 of 12 runs"


def test_the_panel_goes_by_keyboard(notebook: Any, project: Path) -> None:
    record(project, 4)
    page = notebook.page
    page.wait_for_selector(".nbt-panel-count:text('4 runs')")
    page.locator(".nbt-list").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    assert page.locator(".nbt-list-row[aria-selected=true]").count() == 2
    page.keyboard.press("Enter")
    page.wait_for_selector(".nbt-detail")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing_in_the_panel_and_the_badges(lab: Any, notebook: Any, project: Path, theme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = notebook.page
    page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
    record(project, 3)
    lab.run_all(page)
    page.wait_for_selector(".nbt-badge")
    rows(page).first.dblclick()
    page.wait_for_selector(".nbt-detail")
    page.get_by_label("Group by").select_option("status")
    page.locator(".nbt-badge-run").click()
    page.wait_for_selector(".nbt-history")
    for place in (".nbt-panel", ".nbt-badge", ".nbt-history"):
        violations = axe.run(page, context=place).response["violations"]
        assert [(each["id"], node["html"][:200]) for each in violations for node in each["nodes"]] == []
    page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'})")
