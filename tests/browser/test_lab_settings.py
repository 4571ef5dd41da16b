"""What a person wants, and what a server allows: JupyterLab's settings taken as they are changed, and a panel that only reads."""

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

import nbtrack

pytestmark = [pytest.mark.browser, pytest.mark.kernel, pytest.mark.usefixtures("extension")]

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
SOURCES = ("%load_ext nbtrack", "%%track\nn = 4\naccuracy = 2 / n\nloss = 10 / n")
_HEARD = """() => {
    const panel = window.jupyterapp.shell.currentWidget;
    const { kernel } = panel.sessionContext.session;
    window.heard = [];
    kernel.anyMessage.connect((_, { msg, direction }) => {
        if (direction === "send" && msg.header.msg_type === "execute_request" && msg.metadata.cellId) window.heard.push("nbtrack" in msg.metadata);
    });
}"""
_BESIDE = "() => window.jupyterapp.shell.add(window.jupyterapp.shell.currentWidget, 'main', { mode: 'split-bottom' })"


@pytest.fixture
def project(lab: Any, request: pytest.FixtureRequest) -> Path:
    folder = lab.root / re.sub(r"\W+", "-", request.node.name)[-60:]
    (folder / ".nbtrack").mkdir(parents=True)
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{at}") for at, source in enumerate(SOURCES)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), folder / "study.ipynb")
    return folder


def opened(lab: Any, project: Path, page: Any) -> None:
    lab.open(page, f"{project.name}/study.ipynb")
    page.evaluate("window.jupyterapp.commands.execute('nbtrack:show-runs')")


def execute(page: Any, command: str, **arguments: Any) -> None:
    page.evaluate("([id, more]) => void window.jupyterapp.commands.execute(id, more)", [command, arguments])


@pytest.fixture
def settings(lab: Any) -> Iterator[None]:
    """The settings of the lab, as they were before; other tests have the same lab."""
    yield
    address = f"{lab.url}/lab/api/settings/nbtrack-labextension:panel?token={lab.token}"
    request = urllib.request.Request(address, b'{"raw": "{}"}', {"Content-Type": "application/json"}, method="PUT")
    urllib.request.urlopen(request, timeout=20).close()


@pytest.mark.usefixtures("settings")
def test_each_setting_is_taken_as_soon_as_it_is_changed(lab: Any, project: Path, open_page: Callable[..., Any]) -> None:
    page = open_page().page
    opened(lab, project, page)
    assert "Put %%track on the first line" in page.locator(".nbt-panel-empty").inner_text()
    page.evaluate(_HEARD)
    lab.run_all(page)
    page.wait_for_selector(".nbt-badge:has-text('accuracy 0.5')")
    notebook = page.evaluate("window.jupyterapp.shell.currentWidget.id")
    execute(page, "settingeditor:open", query="nbtrack")
    badges, context = page.get_by_label("Badges below cells"), page.get_by_label("Tell the kernel about the notebook")
    badges.wait_for()

    metric = page.locator(".jp-SettingsPanel input[label=Metric]")
    metric.fill("loss")
    page.wait_for_selector(".nbt-panel .nbt-list-value:has-text('2.5')")
    assert page.get_by_label("Metric beside the names").input_value() == "loss"
    page.evaluate("id => window.jupyterapp.shell.activateById(id)", notebook)
    page.wait_for_selector(".nbt-badge:has-text('loss 2.5')")  # the badge was out of sight when it was changed

    page.evaluate("window.jupyterapp.commands.execute('settingeditor:open', {query: 'nbtrack'})")
    page.evaluate(_BESIDE)
    metric.fill("")
    page.wait_for_selector(".nbt-badge:has-text('accuracy 0.5')")
    badges.uncheck()
    page.wait_for_selector(".nbt-badge", state="detached")
    badges.check()
    page.wait_for_selector(".nbt-badge:has-text('accuracy 0.5')")

    context.uncheck()
    page.evaluate("id => window.jupyterapp.shell.activateById(id)", notebook)
    for _ in range(100):  # until the page has kept the setting
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        if not page.evaluate("window.heard.at(-1)"):
            break
    heard = page.evaluate("window.heard")
    assert (heard[:2], heard[-1]) == ([True, True], False)


def reading_only(page: Any, because: dict[str, str]) -> None:
    """Have the server's greeting say that these rights are missing, and why."""

    def meet(socket: Any) -> None:
        server = socket.connect_to_server()

        def told(message: str | bytes) -> None:
            if isinstance(message, str) and '"welcome"' in message:
                said = json.loads(message)
                message = json.dumps({**said, "rights": {"write": False, "execute": False}, "because": because})
            socket.send(message)

        server.on_message(told)

    page.route_web_socket(re.compile("/nbtrack/live"), meet)


def test_what_cannot_be_written_is_not_offered_and_says_why(
    lab: Any, project: Path, open_page: Callable[..., Any]
) -> None:
    for at in range(2):
        with nbtrack.start_run(f"run {at}", store=project / ".nbtrack", params={"lr": at}) as opened_run:
            opened_run.log(accuracy=0.5 + at)
            opened_run.set_tags(stage="draft")
    page = open_page().page
    reading_only(page, {"write": "store", "execute": "server"})
    opened(lab, project, page)
    page.wait_for_selector(".nbt-panel-count:text('2 runs')")
    page.locator(".nbt-list-row").first.dblclick()
    page.wait_for_selector(".nbt-detail")
    fixed = "The store of these runs cannot be written: its folder is read-only for the server."
    archive = page.get_by_role("button", name="Archive", exact=True)
    assert (archive.get_attribute("aria-disabled"), archive.get_attribute("title")) == ("true", fixed)
    reproduce = page.get_by_role("button", name="Reproduce", exact=True)
    assert reproduce.get_attribute("title") == "This server does not let you run code."
    assert page.get_by_role("button", name="Export", exact=True).get_attribute("aria-disabled") is None
    note = page.get_by_label("Note", exact=True)
    assert (note.get_attribute("readonly"), note.get_attribute("title")) == ("", fixed)
    assert page.get_by_label("Add a tag").is_hidden()
    assert page.locator(".nbt-detail .nbt-chip").get_attribute("title") == fixed
    assert page.locator(".nbt-detail .nbt-chip button").count() == 0

    archive.focus()
    page.keyboard.press("Enter")
    page.locator(".nbt-list").focus()
    page.keyboard.press("s")
    page.wait_for_selector(f".nbt-panel-top .nbt-panel-problem:text('{fixed}')")
    page.locator(".nbt-list-row").first.click(button="right")
    tag = page.locator(".lm-Menu-item", has_text="Tag Runs… (read-only)")
    assert "lm-mod-disabled" in str(tag.get_attribute("class"))
    page.keyboard.press("Escape")
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Compare 2 runs").click()
    page.wait_for_selector(".nbt-tab .nbt-live:has-text('live')")
    page.wait_for_selector(".nbt-tab .nbt-grid tbody tr")
    assert page.locator(".nbt-tab .nbt-grid th", has_text="note").count() == 0, "there is a column to write notes in"
    assert [dict(run.tags) for run in nbtrack.runs(store=project / ".nbtrack")] == [{"stage": "draft"}] * 2
