"""What takes a while in JupyterLab's panel: a run reproduced, a report written; and what happens when it is cut off."""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

import nbtrack

pytestmark = [pytest.mark.browser, pytest.mark.kernel, pytest.mark.usefixtures("extension")]

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
SOURCES = (
    "%load_ext nbtrack\nbase = 0.5",
    "%%track\nlr = 0.1\naccuracy = base + lr",
    "%%track slow\nimport time\ntime.sleep(float(open('seconds').read()))\naccuracy = base",
)


@pytest.fixture
def project(lab: Any, request: pytest.FixtureRequest) -> Path:
    folder = lab.root / re.sub(r"\W+", "-", request.node.name)[-60:]
    (folder / ".nbtrack").mkdir(parents=True)
    (folder / "seconds").write_text("0")
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{at}") for at, source in enumerate(SOURCES)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), folder / "study.ipynb")
    return folder


def opened(lab: Any, project: Path, open_page: Callable[..., Any]) -> Any:
    watched = open_page()
    lab.open(watched.page, f"{project.name}/study.ipynb")
    watched.page.evaluate("window.jupyterapp.commands.execute('nbtrack:show-runs')")
    return watched


def execute(page: Any, command: str, *runs: str) -> None:
    page.evaluate("([id, runs]) => void window.jupyterapp.commands.execute(id, {runs})", [command, list(runs)])


def reproduce(page: Any, run: str) -> None:
    """Ask for it, see the plan, choose the environment as it is, and agree."""
    execute(page, "nbtrack:reproduce", run)
    page.wait_for_selector(".jp-Dialog .nbt-plan")
    assert "lr = 0.1" in page.locator(".nbt-plan").inner_html() or "sleep" in page.locator(".nbt-plan").inner_html()
    page.get_by_label("In the environment as it is now").check()
    page.get_by_role("button", name="Run it").click()


def test_a_run_is_reproduced_reported_and_stopped_from_the_panel(lab: Any, project: Path, open_page: Any) -> None:
    watched, second = opened(lab, project, open_page), opened(lab, project, open_page)
    page = watched.page
    lab.run_all(page)
    page.wait_for_selector(".nbt-panel .nbt-list-row >> nth=1")
    store = project / ".nbtrack"
    runs = {run.name: run.id for run in nbtrack.runs(store=store)}
    slow = runs.pop("slow")
    (plain,) = runs.values()

    reproduce(page, plain)
    page.wait_for_selector(".Toastify__toast:has-text('identical')", timeout=90_000)
    assert nbtrack.run(plain, store=store).verdict == "identical"
    second.page.wait_for_selector(".nbt-panel :text('identical')")

    execute(page, "nbtrack:report", plain, slow)
    page.wait_for_selector(".Toastify__toast:has-text('Wrote')", timeout=60_000)
    (report,) = project.glob("*.html")
    assert "Content-Security-Policy" in report.read_text("utf-8")

    (project / "seconds").write_text("600")
    reproduce(page, slow)
    page.wait_for_selector(".Toastify__toast button:text('Stop')")
    page.wait_for_selector(".Toastify__toast:has-text('running')", timeout=60_000)
    page.get_by_role("button", name="Stop").click()
    page.wait_for_selector(".Toastify__toast:has-text('stopped')", timeout=60_000)
    assert nbtrack.run(slow, store=store).verdict is None
    assert not watched.requests

    reproduce(second.page, slow)
    second.page.wait_for_selector(".Toastify__toast:has-text('running')", timeout=60_000)
    assert at_work(slow)
    second.page.close()
    deadline = time.monotonic() + 60
    while at_work(slow) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not at_work(slow), "nobody is there to see its end"


def at_work(run: str) -> list[int]:
    """The processes that reproduce a run."""
    found = []
    for each in psutil.process_iter():
        with suppress(psutil.Error):
            words = each.cmdline()
            if "reproduce" in words and run in words:
                found.append(each.pid)
    return found
