"""The report of a notebook in a browser: nothing of the notebook runs, frames fit, links lead, axe-core finds nothing."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbtrack.report.notebook import notebook_report
from nbtrack.store.discovery import open_store

pytestmark = pytest.mark.browser
DESK = runpy.run_path(str(Path(__file__).parents[1] / "report" / "desk.py"))

HOSTILE = (
    "<h2>A table</h2>"
    + "<p>line</p>" * 9
    + "<script>parent.pwned = 1</script><img src=x onerror='parent.pwned = 1'><img src='https://evil.example/p.png'>"
    "<meta http-equiv=refresh content='0;url=https://evil.example/'><form action='https://evil.example/'></form>"
    "<link rel=stylesheet href='https://evil.example/x.css'><style>@import 'https://evil.example/y.css';</style>"
)
FIGURE = {"data": [{"type": "bar", "x": ["a", "b"], "y": [1, 2], "name": "<a href='javascript:parent.pwned=1'>x</a>"}]}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An afternoon at a desk, with outputs beside that would like to run."""
    folder = tmp_path_factory.mktemp("desk")
    with DESK["shell"](folder) as ip:
        desk = DESK["Desk"](ip, folder)
        DESK["study"](desk)
        for data in ({"text/html": HOSTILE}, {"application/vnd.plotly.v1+json": FIGURE}, {"text/markdown": HOSTILE}):
            desk.code(
                f"shown{len(desk.cells)}", "display(x)", {"output_type": "display_data", "data": data, "metadata": {}}
            )
        desk.text(HOSTILE)
        desk.save()
    written = folder / "report.html"
    written.write_text(notebook_report(desk.path, open_store(folder / "store")), "utf-8")
    return written


def test_nothing_of_the_notebook_runs_or_asks_for_anything_and_its_frames_are_as_high_as_what_is_in_them(
    page: Path, open_page: Callable[..., Any]
) -> None:
    watched, finished = open_page(), []
    watched.page.on("requestfinished", lambda request: finished.append(request.url))
    watched.page.goto(page.as_uri())
    frame = watched.page.locator("iframe").first
    frame.scroll_into_view_if_needed()
    watched.page.wait_for_function(
        "() => { const f = document.querySelector('iframe'); const d = f.contentDocument;"
        " return d?.body && Math.abs(f.clientHeight - d.documentElement.getBoundingClientRect().height) < 2; }"
    )
    watched.page.locator(".nbt-plotly").first.scroll_into_view_if_needed()
    watched.page.wait_for_selector(".nbt-plotly-drawn .main-svg")
    assert watched.page.evaluate("window.pwned") is None
    assert ({url.partition(":")[0] for url in finished}, watched.dialogs) == ({"file"}, [])
    allowed = ("sandboxed", "Content Security Policy", "Not allowed to load local resource")
    assert not [each for each in watched.problems if not any(word in each for word in allowed)]
    assert watched.page.url.startswith("file:")


def test_a_link_to_a_cell_leads_there_and_one_from_its_history_opens_the_run(
    page: Path, open_page: Callable[..., Any]
) -> None:
    watched = open_page(f"{page.as_uri()}#cell-tree")
    watched.page.wait_for_function(
        "() => Math.abs(document.getElementById('cell-tree').getBoundingClientRect().top) < 60"
    )
    history = watched.page.locator("#cell-model .nbt-history")
    history.locator("summary").press("Enter")
    link = history.locator(".nbt-moment a").first
    run = str(link.get_attribute("href"))
    link.press("Enter")
    watched.page.wait_for_function("(run) => document.querySelector(run).open", arg=run)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    page: Path, open_page: Callable[..., Any], scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    watched = open_page(page.as_uri(), color_scheme=scheme, viewport={"width": 1300, "height": 900})
    watched.page.evaluate("document.querySelectorAll('.nbt-notebook details').forEach((part) => (part.open = true))")
    violations = axe.run(watched.page).response["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in violations] == []
    for width in (320, 700, 1000, 1600):
        watched.page.set_viewport_size({"width": width, "height": 900})
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
