"""The extension where something stands between it and the runs - links, drives, servers that went - and in Notebook 7."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
import pytest

import nbtrack

pytestmark = [pytest.mark.browser, pytest.mark.kernel, pytest.mark.usefixtures("extension")]

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
TRACKED = "%%track\nlr = 0.1\naccuracy = 1 - lr * 2"
_LIVE = re.compile("/nbtrack/live")


class Way:
    """The way between a page and nbtrack's side of the server: open, or shut, where asking why is answered."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._sockets: list[Any] = []
        self._shut = False
        self._answer: tuple[int, str] | None = None
        page.route_web_socket(_LIVE, self._socket)
        page.route(_LIVE, self._asked)

    def shut(self, status: int | None, said: str = "<html>") -> None:
        self._shut, self._answer = True, None if status is None else (status, said)
        for each in self._sockets:
            each.close()
        self._sockets.clear()

    def open(self) -> None:
        self._shut = False
        self.hurry()

    def hurry(self) -> None:
        """Have the page try again now, as when a machine is back in its network; it does in up to half a minute by itself."""
        self._page.evaluate("window.dispatchEvent(new Event('online'))")

    def _socket(self, socket: Any) -> None:
        if self._shut:
            socket.close()
        else:
            socket.connect_to_server()
            self._sockets.append(socket)

    def _asked(self, route: Any) -> None:
        if self._answer is None:
            route.abort()
        else:
            route.fulfill(status=self._answer[0], body=self._answer[1])


@pytest.fixture
def project(lab: Any, request: pytest.FixtureRequest) -> Path:
    """A folder of its own in the lab, with a store and a notebook of two cells."""
    folder = lab.root / re.sub(r"\W+", "-", request.node.name)[-60:]
    (folder / ".nbtrack").mkdir(parents=True)
    write(folder / "study.ipynb", *cells("%load_ext nbtrack", TRACKED))
    return folder


def cells(*sources: str) -> list[Any]:
    return [nbformat.v4.new_code_cell(source, id=f"cell-{at}") for at, source in enumerate(sources)]


def write(path: Path, *its: Any) -> None:
    nbformat.write(nbformat.v4.new_notebook(cells=list(its), metadata=KERNEL), path)


def record(folder: Path, name: str) -> None:
    with nbtrack.start_run(name, store=folder / ".nbtrack") as opened:
        opened.log(accuracy=0.5)


def show(page: Any) -> None:
    page.evaluate("window.jupyterapp.commands.execute('nbtrack:show-runs')")


def open_beside(page: Any, path: str) -> None:
    """Open another notebook in the page as it is."""
    page.evaluate(
        """async (path) => {
            const panel = await window.jupyterapp.commands.execute("docmanager:open", { path, factory: "Notebook" });
            await panel.context.ready;
            await panel.sessionContext.ready;
            await panel.sessionContext.session.kernel.info;
        }""",
        path,
    )


def test_a_notebook_behind_a_link_says_at_once_why_its_runs_are_not_shown(
    lab: Any, project: Path, open_page: Any, tmp_path: Path
) -> None:
    write(tmp_path / "away.ipynb", *cells("%load_ext nbtrack", TRACKED))
    (project / "out").symlink_to(tmp_path)
    page = open_page().page
    lab.open(page, f"{project.name}/out/away.ipynb")
    show(page)
    page.wait_for_selector(".nbt-panel-empty:has-text('lies behind a link that leads out')")
    assert "Start Jupyter in a folder that holds the place itself" in page.inner_text(".nbt-panel-empty")
    page.wait_for_selector(".nbt-badge:has-text('Runs are not shown')")
    assert page.locator(".nbt-badge").count() == 1


def test_a_server_that_goes_is_told_of_and_when_it_is_back_so_are_the_runs(
    lab: Any, project: Path, open_page: Any
) -> None:
    page = open_page().page
    way = Way(page)
    way.shut(404)
    lab.open(page, f"{project.name}/study.ipynb")
    show(page)
    page.wait_for_selector(".nbt-panel-empty:has-text('This server was started without nbtrack')")
    page.wait_for_selector(".nbt-badge:has-text('Runs are not shown')")
    way.shut(403)
    page.wait_for_selector(".nbt-panel-empty:has-text('Load this page again and sign in')")
    way.shut(403, json.dumps({"nbtrack": "You may not read here."}))
    way.hurry()
    page.wait_for_selector(".nbt-panel-empty:has-text('You may not read here.')")
    way.open()
    page.wait_for_selector(".nbt-panel-empty strong:text('No runs yet')")
    page.wait_for_selector(".nbt-badge", state="detached")
    lab.run_all(page)
    page.wait_for_selector(".nbt-badge:has-text('accuracy 0.8')")
    way.shut(None)
    page.wait_for_selector(".nbt-panel-cut:has-text('The server does not answer')")
    page.wait_for_selector(".nbt-badge-stale:has-text('not up to date')")
    record(project, "while it was away")
    assert page.locator(".nbt-list-row").count() == 1
    way.open()
    page.wait_for_selector(".nbt-list-row:has-text('while it was away')")
    page.wait_for_selector(".nbt-panel-cut", state="hidden")
    page.wait_for_selector(".nbt-badge-stale", state="hidden")


_ADD_DRIVE = """name => {
    const { contents } = window.jupyterapp.serviceManager;
    contents.addDrive(Object.create(contents.defaultDrive ?? contents._defaultDrive, { name: { value: name } }));
}"""


def test_a_notebook_of_the_drive_for_editing_together_is_like_any_other_and_one_of_another_disk_says_so(
    lab: Any, project: Path, open_page: Any
) -> None:
    """Both drives are the server's own contents under another name, as jupyter-collaboration's is."""
    page = open_page().page
    lab.open(page, f"{project.name}/study.ipynb")
    for name in ("RTC", "S3"):
        page.evaluate(_ADD_DRIVE, name)
    write(project / "together.ipynb", *cells("%load_ext nbtrack\nunsaved = 1", TRACKED))
    open_beside(page, f"RTC:{project.name}/together.ipynb")
    show(page)
    lab.run_all(page)
    page.wait_for_selector(".nbt-panel .nbt-list-row")
    page.locator(".jp-Notebook:visible .nbt-badge:has-text('accuracy 0.8')").wait_for()
    (run,) = nbtrack.runs(store=project / ".nbtrack")
    assert str(run.document["notebook"]).endswith("together.ipynb")
    page.get_by_label("This notebook", exact=True).check()
    page.wait_for_selector(".nbt-panel-count:text-is('1 run')")
    page.locator(".nbt-list-row").first.click()
    page.evaluate("window.jupyterapp.commands.execute('nbtrack:restore')")
    page.wait_for_function("window.jupyterapp.shell.currentWidget.content.widgets.length === 3")
    page.evaluate("void window.jupyterapp.commands.execute('nbtrack:export-script')")
    page.wait_for_function("window.jupyterapp.shell.currentWidget.context?.path.endsWith('.py')")
    assert (project / f"{run.short}.py").exists()
    open_beside(page, f"S3:{project.name}/study.ipynb")
    page.wait_for_selector(".nbt-panel-empty:has-text('is on the drive “S3”')")


def _run(page: Any, cell: Any) -> None:
    """Run a cell by its keys, again where they were lost: Notebook 7 calls a kernel idle before it listens to it."""
    from playwright.sync_api import TimeoutError as Late

    cell.locator(".cm-content").click()
    for _ in range(5):
        page.keyboard.press("Control+Enter")
        with suppress(Late):
            cell.locator(".jp-InputPrompt", has_text=re.compile(r"\[(\*|\d+)\]")).wait_for(timeout=6_000)
            break
    cell.locator(".jp-InputPrompt", has_text=re.compile(r"\[\d+\]")).wait_for()


def test_notebook_7_shows_saved_comparisons_badges_and_the_button_that_tracks(
    lab: Any, project: Path, open_page: Any, study: Callable[..., list[Any]]
) -> None:
    from nbtrack.view.compare import MARK
    from nbtrack.view.comparison import comparison_html

    comparison, load, tracked = cells("nbtrack.compare()", "%load_ext nbtrack", TRACKED)
    data = comparison_html(study(12), "A study").mimebundle()
    comparison.outputs = [nbformat.v4.new_output("display_data", data=data, metadata=MARK)]
    write(project / "saved.ipynb", comparison, load, tracked)
    watched = open_page(f"{lab.url}/notebooks/{project.name}/saved.ipynb?token={lab.token}")
    page = watched.page
    page.wait_for_selector("[role=tablist].nbt-tabs")
    page.locator(".jp-OutputArea .nbt-filter").fill("svc")
    assert page.locator(".jp-OutputArea .nbt-count").inner_text() == "4 of 12 runs"
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    for at in (1, 2):
        _run(page, page.locator(".jp-CodeCell").nth(at))
    page.wait_for_selector(".nbt-badge:has-text('accuracy 0.8')")
    button = page.locator(
        "[data-command='nbtrack:toggle-cell']:visible, .jp-cell-toolbar [title^='Make every execution']"
    )
    button.first.click()
    page.wait_for_function("() => !document.querySelectorAll('.jp-CodeCell')[2].innerText.includes('%%track')")
    assert not watched.requests


def test_from_right_to_left_everything_turns_round_but_what_has_a_direction_of_its_own(
    lab: Any, project: Path, open_page: Any
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    record(project, "forest")
    page = open_page().page
    lab.open(page, f"{project.name}/study.ipynb")
    show(page)
    lab.run_all(page)
    page.evaluate("document.documentElement.dir = 'rtl'")
    badge = page.locator(".nbt-badge-run")
    badge.wait_for()
    row = page.locator(".nbt-list-row:has-text('forest')")
    sign, name, star = (left(row.locator(each)) for each in (".nbt-sign", ".nbt-list-name", ".nbt-list-star"))
    assert sign > name > star
    field = page.get_by_label("Filter runs")
    assert field.evaluate("each => getComputedStyle(each).direction") == "rtl"
    field.fill("accuracy > 0.6")
    assert field.evaluate("each => getComputedStyle(each).direction") == "ltr", "what it says is a formula"
    page.wait_for_selector(".nbt-panel-count:text('1 of 2 runs')")
    field.fill("")
    row.dblclick()
    page.wait_for_selector(".nbt-detail")
    badge.click()
    dialog = page.locator(".nbt-history")
    right = [box["x"] + box["width"] for box in (dialog.bounding_box(), badge.bounding_box())]
    assert abs(right[0] - right[1]) < 2
    for place in (".nbt-panel", ".nbt-badge", ".nbt-history"):
        assert axe.run(page, context=place).response["violations"] == []


def left(part: Any) -> float:
    return float(part.bounding_box()["x"])
