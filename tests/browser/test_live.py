"""Live comparisons where people use them: JupyterLab and Notebook 7, while cells run, when kernels die, when reopened."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import nbformat
import pytest

import nbtrack

pytestmark = [pytest.mark.browser, pytest.mark.kernel]

_START = "import os, time\nos.environ['NBTRACK_STORE'] = {store!r}\n%load_ext nbtrack\nimport nbtrack"
_RUNS = """
for i in range(3):
    with nbtrack.start_run(f"run {i}", params={"lr": 10**-i}) as run:
        for step in range(30): run.log(loss=1 / (1 + step) + i / 10)
"""
_COMPARE = "c = nbtrack.compare(title='Live')\nc"
_GROWS = """
with nbtrack.start_run("grows", params={"lr": 0.5}) as run:
    for step in range(SECONDS * 10):
        run.log(loss=1 / (1 + step)); time.sleep(0.1)
"""
_EXTENSION = Path(nbtrack.__file__).parent / "labextension" / "package.json"
_ERRORS = "Error displaying widget", "model not found", "Javascript Error", "Traceback"


class Book:
    """A notebook of its own, open in a page."""

    def __init__(self, lab: Any, page: Any, name: str, cells: list[str]) -> None:
        self.lab, self.page, self.name = lab, page, f"{name}.ipynb"
        self.store = lab.root.parent / f"store-{name}"
        made = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in (_START.format(store=str(self.store)), *cells)],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        nbformat.write(made, self.path)

    @property
    def path(self) -> Path:
        return self.lab.root / self.name

    def run(self, *cells: int) -> None:
        """Start cells of the notebook in JupyterLab; not awaited."""
        for cell in cells:
            self.page.evaluate(
                """async (cell) => {
                    window.jupyterapp.shell.currentWidget.content.activeCellIndex = cell;
                    window.jupyterapp.commands.execute("notebook:run-cell");
                }""",
                cell,
            )

    def started(self) -> None:
        """Run the first cells, and return when the comparison is live."""
        self.run(0, 1, 2)
        self.page.wait_for_selector(".nbt-live[data-is=live]")

    def connected(self) -> None:
        """Return when a page talks to the notebook's kernel; Notebook 7 shows one as idle that it does not have yet."""
        asked = f"{self.lab.url}/api/sessions?token={self.lab.token}"
        for _ in range(300):
            with urllib.request.urlopen(asked) as answer:
                kernels = [each["kernel"] for each in json.load(answer) if each["path"] == self.name]
            if any(kernel["connections"] and kernel["execution_state"] == "idle" for kernel in kernels):
                return
            self.page.wait_for_timeout(100)
        raise TimeoutError("no kernel for half a minute")

    def until(self, expression: str) -> None:
        self.page.wait_for_function(expression, timeout=20_000)

    def count(self, text: str) -> None:
        """Return when the comparison says that it has so many runs."""
        self.until(f"document.querySelector('.nbt-count')?.innerText.startsWith({text!r})")

    def save(self) -> Any:
        self.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
        self.until("!window.jupyterapp.shell.currentWidget.context.model.dirty")
        return json.loads(self.path.read_text())

    def execute(self, code: str) -> None:
        """Run code in another process that logs to the same store."""
        environment = {**os.environ, "NBTRACK_STORE": str(self.store)}
        subprocess.run([sys.executable, "-c", f"import nbtrack\n{code}"], check=True, env=environment)


@pytest.fixture
def opened(lab: Any, open_page: Any, request: pytest.FixtureRequest) -> Any:
    def make(*cells: str) -> Book:
        watched = open_page()
        book = Book(lab, watched.page, request.node.name[:60], list(cells))
        lab.open(watched.page, book.name)
        return book

    return make


_PAINTED = """() => {
    window.painted = new Set();
    const look = () => {
        const home = document.querySelector(".nbt-compare");
        window.painted.add(JSON.stringify({
            static: document.querySelectorAll(".nbt-static").length,
            height: Math.round(home?.getBoundingClientRect().height ?? -1),
            scrolled: document.querySelector(".nbt-scroll")?.scrollTop,
            focus: document.activeElement?.getAttribute("aria-label"),
        }));
        requestAnimationFrame(look);
    };
    look();
}"""


def test_points_appear_while_the_cell_runs_and_nothing_else_moves(opened: Any) -> None:
    many = _RUNS.replace("range(3)", "range(40)")
    book = opened(many, _COMPARE, _GROWS.replace("SECONDS", "4"), "")
    book.started()
    page = book.page
    book.run(3)
    page.wait_for_selector(".nbt-live[data-is=running]")
    book.count("41 runs")
    page.locator(".nbt-scroll").evaluate("box => box.scrollTop = 300")
    page.locator("input[aria-label^='Select run 15']").focus()
    page.wait_for_timeout(300)
    page.evaluate(_PAINTED)
    values = set()
    for _ in range(8):
        values.add(page.evaluate("document.querySelector('.nbt-scroll').innerText"))
        page.wait_for_timeout(100)
    page.wait_for_selector(".nbt-live[data-is=live]")
    page.wait_for_timeout(2500)  # the saved output is brought up to date
    saved = book.save()
    painted = [json.loads(each) for each in page.evaluate("[...window.painted]")]
    assert len(painted) == 1, painted
    assert (painted[0]["static"], painted[0]["scrolled"]) == (0, 300)
    assert painted[0]["focus"].startswith("Select run 15")
    assert "41 runs" in "".join(saved["cells"][2]["outputs"][0]["data"]["text/html"])


def test_selection_and_edits_reach_python_while_the_kernel_is_busy(opened: Any) -> None:
    note = "seen = []\nc.observe(lambda change: seen.append([run.name for run in change.new]))\nc.selected = c.runs[:1]"
    book = opened(_RUNS, _COMPARE, note, "time.sleep(6)", "print(seen, [run.name for run in c.selected])")
    book.started()
    page = book.page
    book.run(3)
    book.count("3 runs · 1 selected")
    book.run(4)
    page.locator("input[aria-label^='Select run 0']").check()
    page.locator(".nbt-grid tbody tr", has_text="run 1").locator(".nbt-edit").first.click()
    page.keyboard.type("look again")
    page.keyboard.press("Enter")
    page.wait_for_timeout(1500)  # the busy cell takes longer
    assert nbtrack.runs("name = 'run 1'", store=book.store)[0].note == "look again"
    assert page.locator(".jp-InputPrompt", has_text="[*]").count() == 1
    book.run(5)
    said = page.locator(".jp-OutputArea-output pre", has_text="[[")
    said.wait_for()
    assert said.inner_text().strip() == "[['run 2'], ['run 2', 'run 0']] ['run 2', 'run 0']"


def test_runs_of_another_process_appear_and_a_killed_kernel_leaves_everything_usable(opened: Any) -> None:
    book = opened(_RUNS, _COMPARE, "import signal\nos.kill(os.getpid(), signal.SIGKILL)")
    book.started()
    page = book.page
    book.execute("with nbtrack.start_run('elsewhere') as run: run.log(loss=0.01)")
    book.count("4 runs")
    book.run(3)
    page.wait_for_selector(".nbt-live[data-is=past]")
    assert page.locator(".nbt-live").inner_text().startswith("as of ")
    page.locator(".jp-Notebook .nbt-filter").evaluate(
        "input => { input.value = 'elsewhere'; input.dispatchEvent(new Event('input')); }"
    )
    book.count("1 of 4 runs")
    assert not any(error in page.locator(".nbt-compare").inner_text() for error in _ERRORS)


def test_a_paused_comparison_keeps_what_is_new_back(opened: Any) -> None:
    book = opened(_RUNS, _COMPARE)
    book.started()
    page = book.page
    page.locator(".nbt-live").click()
    book.execute("with nbtrack.start_run('elsewhere') as run: run.log(loss=0.01)")
    page.wait_for_timeout(4500)
    book.count("3 runs")
    page.locator(".nbt-live").click()
    book.count("4 runs")


@pytest.mark.parametrize("trusted", [False, True])
def test_a_reopened_notebook_shows_its_runs_without_a_kernel(opened: Any, open_page: Any, *, trusted: bool) -> None:
    book = opened(_RUNS, _COMPARE)
    book.started()
    saved = book.save()
    assert "widgets" not in saved["metadata"]
    assert [sorted(output["data"]) for output in saved["cells"][2]["outputs"]] == [["text/html", "text/plain"]]
    saved["metadata"]["copy"] = trusted
    nbformat.write(nbformat.from_dict(saved), book.lab.root / f"again-{trusted}.ipynb")  # a copy that nobody trusts yet
    watched = open_page()
    page = watched.page
    page.goto(f"{book.lab.url}/lab?token={book.lab.token}&reset")
    page.wait_for_function("window.jupyterapp && window.jupyterapp.restored.then(() => true)")
    page.evaluate(
        """async ([path, trusted]) => {
            const kernel = { shouldStart: false, canStart: false };
            const app = window.jupyterapp;
            const panel = await app.commands.execute("docmanager:open", { path, factory: "Notebook", kernelPreference: kernel });
            await panel.context.ready;
            if (!trusted) return;
            for (const cell of panel.content.model.cells) cell.trusted = true;
            await panel.context.save();
            await panel.context.revert();
        }""",
        [f"again-{trusted}.ipynb", trusted],
    )
    # Where no script of the output may run, our extension of JupyterLab draws it; without that, it is a table.
    drawn = trusted or _EXTENSION.exists()
    page.wait_for_selector(".jp-Notebook .nbt-tabs" if drawn else ".nbt-static table")
    assert page.locator(".nbt-compare").inner_text().count("run ") >= 3
    assert page.locator(".nbt-static").count() == (0 if drawn else 1)
    assert not page.locator(".nbt-live").is_visible()
    assert not any(error in page.locator(".jp-Notebook").inner_text() for error in _ERRORS)


def test_notebook_7_does_the_same(lab: Any, open_page: Any) -> None:
    watched = open_page()
    page = watched.page
    book = Book(lab, page, "in-notebook-7", [_RUNS, _COMPARE, _GROWS.replace("SECONDS", "2"), "c.widget"])
    page.goto(f"{lab.url}/notebooks/{book.name}?token={lab.token}")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    book.connected()
    for cell in range(3):
        page.locator(".jp-CodeCell .cm-content").nth(cell).click()
        page.keyboard.press("Control+Enter")
    page.wait_for_selector(".nbt-live[data-is=live]")
    page.locator(".jp-CodeCell .cm-content").nth(3).click()
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".nbt-live[data-is=running]")
    book.count("4 runs")
    page.wait_for_selector(".nbt-live[data-is=live]")
    page.locator(".jp-CodeCell .cm-content").nth(4).click()
    page.keyboard.press("Control+Enter")
    page.wait_for_function("document.querySelectorAll('.nbt-count').length == 2")
    page.wait_for_function("[...document.querySelectorAll('.nbt-count')].every(count => count.innerText == '4 runs')")
    assert not any(error in page.locator(".jp-Notebook").inner_text() for error in _ERRORS)


def test_an_executed_and_exported_notebook_works_without_a_network(lab: Any, open_page: Any) -> None:
    book = Book(lab, None, "exported", [_RUNS, _COMPARE])
    folder = str(lab.root.parent)
    environment = {**os.environ, "IPYTHONDIR": f"{folder}/ipython", "JUPYTER_RUNTIME_DIR": f"{folder}/runtime"}
    for to in (["notebook", "--execute", "--inplace"], ["html"]):
        command = [sys.executable, "-m", "nbconvert", str(book.path), "--to", *to]
        subprocess.run(command, check=True, env=environment, capture_output=True, timeout=180)
    assert "widgets" not in json.loads(book.path.read_text())["metadata"]
    watched = open_page()
    watched.page.context.route(
        "**/*", lambda route: route.abort() if route.request.url.startswith("http") else route.continue_()
    )
    watched.page.goto(book.path.with_suffix(".html").as_uri())
    watched.page.wait_for_selector(".nbt-tabs")
    assert watched.page.locator(".nbt-count").inner_text() == "3 runs"
    assert not watched.page.locator(".nbt-live").is_visible()
