"""What takes a while in JupyterLab's panel: a run reproduced, a report written; and what happens when it is cut off."""

import re
import time
import urllib.request
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


def told(page: Any, *texts: str) -> None:
    """Wait for a notification that says all of this."""
    found = page.locator(".Toastify__toast")
    for text in texts:
        found = found.filter(has_text=text)
    found.wait_for(timeout=60_000)


def test_programs_and_reports_are_written_beside_the_notebook_and_nothing_is_written_over(
    lab: Any, project: Path, open_page: Any
) -> None:
    watched = opened(lab, project, open_page)
    page = watched.page
    lab.run_all(page)
    rows = page.locator(".nbt-panel .nbt-list-row")
    rows.nth(1).wait_for()
    notebook = page.evaluate("window.jupyterapp.shell.currentWidget.id")
    short = {run.name: run.short for run in nbtrack.runs(store=project / ".nbtrack")}
    plain = next(name for name in short if name != "slow")
    script, other = project / f"{short[plain]}.py", project / f"{short['slow']}.py"
    script.write_text("# mine")

    def back() -> None:
        page.evaluate("id => window.jupyterapp.shell.activateById(id)", notebook)

    rows.filter(has_text=plain).click()
    page.get_by_role("button", name="Export", exact=True).click()
    told(page, f"Wrote {project.name}/{script.stem}-2.py")
    page.wait_for_function(f"window.jupyterapp.shell.currentWidget.title.label === '{script.stem}-2.py'")
    assert script.read_text() == "# mine"
    assert "lr" in (project / f"{script.stem}-2.py").read_text()

    back()
    page.locator(".nbt-list").focus()
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Export", exact=True).click()
    told(page, "Wrote 2 files", f"{script.stem}-3.py", other.name)
    assert "sleep" in other.read_text()
    assert page.evaluate("window.jupyterapp.shell.currentWidget.id") == notebook, "several files are told, not opened"

    page.get_by_role("button", name="Report", exact=True).click()
    told(page, f"Wrote {project.name}/", ".html")
    (report,) = project.glob("*.html")
    page.wait_for_function(f"window.jupyterapp.shell.currentWidget.title.label === '{report.name}'")
    first = report.read_bytes()
    back()
    page.get_by_role("button", name="Report", exact=True).click()
    told(page, f"Wrote {project.name}/{report.stem}-2.html")
    assert report.read_bytes() == first
    assert not watched.requests
    assert not watched.dialogs


HOSTILE = "<script>parent.postMessage('ran', '*'); top.hacked = 1</script><img src='http://example.invalid/seen' onerror='top.hacked = 1'>"
SVG = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='60' height='40' onload='top.hacked = 1'>"
    "<script>top.hacked = 1</script>"
    "<foreignObject><img xmlns='http://www.w3.org/1999/xhtml' src='http://example.invalid/seen' onerror='top.hacked = 1'/>"
    "</foreignObject><image href='http://example.invalid/seen'/><rect width='60' height='40' fill='teal'/></svg>"
)
KEPT = {
    "figure.svg": (
        SVG,
        "image/svg+xml",
    ),
    "page.html": (
        f"<p>a page</p>{HOSTILE}<form action='http://example.invalid/'><button autofocus>send</button></form>",
        "text/html",
    ),
    "scores.csv": ('name,score\n"<img src=x onerror=top.hacked=1>",0.5\n', "text/csv"),
    "seen.vl.json": (
        '{"data": {"url": "http://example.invalid/seen.csv"}, "mark": "bar"}',
        "application/vnd.vegalite.v5+json",
    ),
    "bars.vl.json": (
        '{"data": {"values": [{"a": 1, "b": 2}]}, "mark": "bar", "encoding": {"x": {"field": "a"}, "y": {"field": "b"}}}',
        "application/vnd.vegalite.v5+json",
    ),
}


def test_what_a_run_kept_is_opened_in_a_tab_and_can_do_nothing_there(
    lab: Any, project: Path, open_page: Any, outside: Any
) -> None:
    with nbtrack.start_run("with files", store=project / ".nbtrack") as run:
        for name, (content, kind) in KEPT.items():
            run.keep(name, content.replace("http://example.invalid", outside.url), kind)
    watched = opened(lab, project, open_page)
    page = watched.page
    page.locator(".nbt-panel .nbt-list-row").dblclick()
    small = page.locator(".nbt-detail-figures img")
    small.wait_for()
    page.wait_for_function("document.querySelector('.nbt-detail-figures img').naturalWidth === 60")

    def show(name: str) -> Any:
        page.locator(".nbt-detail").get_by_role("button", name=name).click()
        page.wait_for_function(f"window.jupyterapp.shell.currentWidget.title.label === '{name}'")
        return page.locator(".nbt-artifact:visible")

    show("figure.svg").locator("img").wait_for()
    page.wait_for_function(
        "[...document.querySelectorAll('.nbt-artifact img')].every((each) => each.naturalWidth === 60)"
    )
    frame = show("page.html").locator("iframe")
    assert frame.get_attribute("sandbox") == ""
    frame.content_frame.locator("p", has_text="a page").wait_for()
    frame.content_frame.get_by_role("button", name="send").click()
    cells = show("scores.csv").locator("td")
    assert cells.all_inner_texts() == ["<img src=x onerror=top.hacked=1>", "0.5"]
    assert outside.url in show("seen.vl.json").locator("pre").inner_text()
    show("bars.vl.json").locator("canvas, svg").first.wait_for()
    assert page.evaluate("window.hacked") is None
    urllib.request.urlopen(f"{outside.url}/heard").close()
    assert outside.asked == ["/heard"]
    assert not watched.requests
    assert not watched.dialogs


def at_work(run: str) -> list[int]:
    """The processes that reproduce a run."""
    found = []
    for each in psutil.process_iter():
        with suppress(psutil.Error):
            words = each.cmdline()
            if "reproduce" in words and run in words:
                found.append(each.pid)
    return found
