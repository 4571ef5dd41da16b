"""The report of a notebook: cells as they were written, the runs beside them, and nothing of anybody else's in it."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.report.notebook import NotebookReport, build_notebook, notebook_report
from nbtrack.report.notebook_file import read_notebook
from nbtrack.report.notebook_runs import runs_of
from nbtrack.report.notebook_view import Beside, CellView
from nbtrack.report.options import Options
from nbtrack.store.discovery import open_store

DESK = runpy.run_path(str(Path(__file__).with_name("desk.py")))
VNU = Path(__file__).parents[2] / "labextension" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
SECRET = "ghp_" + "a8Xk2pQ9rT4vW7yZ1bC3dE5fG6hJ0kLmN8oP"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An afternoon with a notebook, saved with the runs that it made."""
    place = tmp_path_factory.mktemp("desk")
    with DESK["shell"](place) as ip:
        DESK["study"](DESK["Desk"](ip, place))
    return place


@pytest.fixture(scope="module")
def made(folder: Path) -> NotebookReport:
    return build_notebook(folder / "study.ipynb", open_store(folder / "store"), Options())


@pytest.fixture(scope="module")
def html(made: NotebookReport) -> str:
    return made.html()


def cell(made: NotebookReport, anchor: str) -> CellView:
    (found,) = [each for each in made.notebook.cells if each.anchor == anchor]
    return found


def beside(made: NotebookReport, anchor: str) -> Beside:
    found = cell(made, anchor).beside
    assert found is not None
    return found


def write(folder: Path, *cells: dict[str, Any], name: str = "other.ipynb") -> Path:
    path = folder / name
    path.write_text(json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8")
    return path


def code(source: str, *outputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "source": source,
        "outputs": list(outputs),
        "execution_count": None,
        "metadata": {},
    } | more


def test_every_execution_that_was_a_run_is_in_the_history_oldest_first(made: NotebookReport) -> None:
    history = beside(made, "cell-model").history
    assert [moment.run.params["lr"] for moment in history.moments] == [0.1, 0.2, 0.4, 0.4, 0.3]
    assert [[(p.name, p.old, p.new) for p in moment.params] for moment in history.moments] == [
        [],
        [("lr", "0.1", "0.2")],
        [("lr", "0.2", "0.4")],
        [("epochs", "5", "8")],
        [("lr", "0.4", "0.3")],
    ]
    assert [moment.metrics[0].change and moment.metrics[0].change.verdict for moment in history.moments] == [
        None,
        "better",
        "better",
        "better",
        "worse",
    ]


def test_the_history_marks_the_words_that_changed_in_the_source(made: NotebookReport) -> None:
    lines = beside(made, "cell-model").history.moments[1].code
    assert [(line.kind, [text for text, marked in line.parts if marked]) for line in lines if line.kind != "same"] == [
        ("gone", ["0.1"]),
        ("new", ["0.2"]),
    ]


def test_the_best_of_the_runs_is_marked_and_drawn(made: NotebookReport) -> None:
    history = beside(made, "cell-model").history
    assert history.metric == "accuracy"
    assert [moment.best for moment in history.moments] == [False, False, False, True, False]
    assert history.spark is not None
    assert history.spark.text == "accuracy over 5 runs: from 0.89 to 0.88, between 0.88 and 0.94"
    assert [best for *_, best in history.spark.dots] == [False, False, False, True, False]


def test_an_edited_cell_is_stale_and_so_is_what_read_from_one(made: NotebookReport) -> None:
    assert [(each.kind, each.text) for each in beside(made, "cell-model").stale] == [
        ("edited", "The cell was edited since its latest run.")
    ]
    assert [(each.kind, each.text, each.cell) for each in beside(made, "cell-tree").stale] == [
        ("upstream", "It read rows from In [1], a cell that was edited since.", 1)
    ]


def test_a_cell_that_imports_the_same_as_before_makes_nothing_stale(made: NotebookReport) -> None:
    assert not [each for each in beside(made, "cell-model").stale if each.kind == "upstream"]


def test_a_cell_executed_out_of_order_is_marked(made: NotebookReport) -> None:
    assert cell(made, "cell-data").order.startswith("Executed out of order: In [11] ran after In [6]")
    assert cell(made, "cell-model").order == ""


def test_runs_of_a_deleted_cell_stand_at_the_end_with_their_source(made: NotebookReport) -> None:
    (former,) = made.notebook.former
    assert former.title == "forest"
    assert [moment.run.params["trees"] for moment in former.beside.history.moments] == [50, 80]
    assert ("number", "80") in former.lines[1]


def test_a_failed_run_says_its_error_and_a_tracked_cell_without_runs_says_so(made: NotebookReport, html: str) -> None:
    assert beside(made, "cell-broken").latest.error == "ZeroDivisionError: division by zero"
    assert cell(made, "cell-later").unrun
    assert "This cell is tracked; the store has no run of it." in html


def test_the_contents_have_the_headings_and_the_cells_with_runs(made: NotebookReport) -> None:
    assert [(entry.level, entry.text, entry.mark) for entry in made.notebook.contents] == [
        (1, "Rain in spring", ""),
        (2, "The model", ""),
        (4, "linear", "✓"),
        (3, "A tree", ""),
        (4, "tree", "✓"),
        (4, "boosted", "✕"),
        (2, "What is left", ""),
        (4, "forest (former)", "✓"),
    ]


def test_the_first_heading_is_the_title_unless_another_is_asked_for(folder: Path, made: NotebookReport) -> None:
    assert made.report.title == "Rain in spring"
    store = open_store(folder / "store")
    assert build_notebook(folder / "study.ipynb", store, Options(title="Other")).report.title == "Other"
    bare = write(folder, code("x = 1"), name="without-words.ipynb")
    assert build_notebook(bare, store, Options()).report.title == "without-words"


class Page(HTMLParser):
    """Ids, links, and what each tag has."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        self.ids += [found["id"]] if found.get("id") else []
        self.links += [found["href"]] if found.get("href") else []


def test_every_link_of_the_page_leads_somewhere_in_it(html: str, made: NotebookReport) -> None:
    found = Page(html)
    assert len(found.ids) == len(set(found.ids))
    assert not [link for link in found.links if link.startswith("#") and link[1:] not in found.ids]
    assert {"cell-model", "cell-tree", "at-The-model", *(f"run-{run.id}" for run in made.report.runs)} <= set(found.ids)


def test_the_comparison_and_the_digest_are_those_of_the_notebooks_runs(made: NotebookReport) -> None:
    assert made.report.sections == ("summary", "comparison", "curves", "runs")
    assert len(made.report.runs) == 9
    assert set(made.report.origin.records) == {run.id for run in made.report.runs}


def test_nothing_that_nbtrack_displayed_is_there_twice(html: str) -> None:
    assert "nbt-card" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)


def test_sources_are_left_out_where_that_is_asked_for(folder: Path) -> None:
    html = notebook_report(folder / "study.ipynb", open_store(folder / "store"), Options(source=False))
    assert "of the larger table" not in html
    assert "one step of training" not in html
    assert "The source is left out." in html


def test_a_notebook_without_runs_is_shown_as_it_is(tmp_path: Path) -> None:
    made = build_notebook(write(tmp_path, code("x = 1")), nbtrack.MemoryStore(), Options())
    assert (made.report.sections, made.notebook.facts) == ((), ("1 cell", "0 with runs"))
    assert '<span class="nbt-w-number">1</span>' in made.html()
    assert "The notebook has no cells." in notebook_report(write(tmp_path), nbtrack.MemoryStore())


def test_secrets_are_in_no_part_of_the_file_and_where_they_stood_is_told(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {"cell_type": "markdown", "source": f"# Use {SECRET}"},
        code(
            f"token = '{SECRET}'",
            {"output_type": "stream", "name": "stdout", "text": SECRET},
            {"output_type": "error", "ename": "E", "evalue": SECRET, "traceback": [f"\x1b[31m{SECRET}"]},
            {"output_type": "display_data", "data": {"text/html": f"<p>{SECRET}</p>"}, "metadata": {}},
            {"output_type": "display_data", "data": {"application/json": {"a": [SECRET], SECRET: 1}}, "metadata": {}},
            {"output_type": "display_data", "data": {"text/plain": SECRET}, "metadata": {"nbtrack": {"kind": "diff"}}},
        ),
    )
    made = build_notebook(path, nbtrack.MemoryStore(), Options())
    assert SECRET not in made.html()
    assert set(made.removed) == {"cell 1", "cell 2", "the output of cell 2"}
    assert any(fact.name == "secrets in it" for fact in made.report.shared)


def test_an_anonymous_report_names_no_people_or_places_of_the_cells(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        code(
            "frame = read_csv('/home/kelpw/thesis/rain.csv')  # for kelpw",
            {"output_type": "stream", "name": "stdout", "text": "read by kelpw from \\\\fileserver\\share\\x"},
        ),
    )
    html = notebook_report(path, nbtrack.MemoryStore(), Options(anonymous=True))
    assert "kelpw" not in html
    assert "fileserver" not in html
    assert "rain.csv" in html


def test_what_is_said_of_a_stale_run_is_anonymous_too(tmp_path: Path) -> None:
    with DESK["shell"](tmp_path) as ip:
        desk = DESK["Desk"](ip, tmp_path)
        desk.run("data", "anna_rows = 3  # /home/anna/x")
        desk.run("model", "%%track\nscore = anna_rows / 4")
        desk.edit("data", "anna_rows = 4")
    made = build_notebook(tmp_path / "study.ipynb", open_store(tmp_path / "store"), Options(anonymous=True))
    (stale,) = beside(made, "cell-model").stale
    assert stale.text == "It read [person]_rows from In [1], a cell that was edited since."
    assert "anna" not in made.html()


def test_pictures_lose_what_tells_of_people(tmp_path: Path) -> None:
    import base64

    recorded = runpy.run_path(str(Path(__file__).with_name("recorded.py")))
    telling = base64.b64encode(recorded["picture"](b"Author\0Ada")).decode()
    shown = {"output_type": "display_data", "data": {"image/png": telling}, "metadata": {}}
    html = notebook_report(write(tmp_path, code("x", shown)), nbtrack.MemoryStore())
    (source,) = re.findall(r'<img src="data:image/png;base64,([^"]+)"', html)
    assert b"Ada" not in base64.b64decode(source)


HOSTILE = (
    "<script>alert(1)</script>",
    "</code></pre><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(1)</script>",
    "{{ 7*7 }}{% raw %}",
    "\u202etxt.exe",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_stands_in_cells_and_outputs_is_text_wherever_it_stands(tmp_path: Path, text: str) -> None:
    path = write(
        tmp_path,
        {"cell_type": "markdown", "source": f"# {text}\n\n{text}", "id": text, "attachments": {text: {text: text}}},
        {"cell_type": "raw", "source": text},
        code(
            f"%%track {text}\n{text}",
            {"output_type": "stream", "name": text, "text": f"\x1b[31m{text}"},
            {"output_type": "error", "ename": text, "evalue": text, "traceback": [text]},
            {"output_type": "display_data", "data": {text: text, "text/html": text}, "metadata": {"nbtrack": text}},
            {"output_type": "display_data", "data": {"application/vnd.plotly.v1+json": {"data": [{"name": text}]}}},
            {"output_type": "display_data", "data": {"image/png": text, "text/markdown": text}},
            {
                "output_type": "display_data",
                "data": {"application/vnd.jupyter.widget-view+json": {}, "text/plain": text},
            },
            id=text,
        ),
        name=f"{re.sub('[^a-z]', '', text)}.ipynb",
    )
    html = notebook_report(path, nbtrack.MemoryStore())
    plain = notebook_report(write(tmp_path, *[code("x")] * 3), nbtrack.MemoryStore())
    scripts = [attrs for tag, attrs in Page(html).tags if tag == "script" and attrs.get("type") != "text/plain"]
    assert len(scripts) == len(
        [1 for tag, attrs in Page(plain).tags if tag == "script" and attrs.get("type") != "text/plain"]
    )
    assert not [tag for tag, attrs in Page(html).tags if any(name.startswith("on") for name in attrs)]
    assert {attrs.get("sandbox") for tag, attrs in Page(html).tags if tag == "iframe"} <= {"allow-same-origin"}
    assert "\u202e" not in re.sub(r'srcdoc="[^"]*"|<script type="text/plain"[^<]*</script>', "", html)


def test_frames_run_nothing_and_carry_a_policy_of_their_own(tmp_path: Path) -> None:
    shown = {
        "output_type": "display_data",
        "data": {"text/html": "<h1>x</h1><script>alert(1)</script>"},
        "metadata": {},
    }
    html = notebook_report(write(tmp_path, code("x", shown)), nbtrack.MemoryStore())
    (frame,) = [attrs for tag, attrs in Page(html).tags if tag == "iframe"]
    assert frame["sandbox"] == "allow-same-origin"
    assert "default-src 'none'" in str(frame["srcdoc"])
    assert frame["title"]


def test_runs_are_found_when_the_notebook_was_moved_or_renamed_and_not_those_of_a_copy(
    folder: Path, tmp_path: Path
) -> None:
    store = open_store(folder / "store")
    saved = read_notebook(folder / "study.ipynb")
    bare = [code("z", id="model")]  # the id of a cell of the other, and no card
    assert len(runs_of(saved, folder / "study.ipynb", store)) == 9
    copy = write(folder, *bare, name="copy.ipynb")
    assert runs_of(read_notebook(copy), copy, store) == ()
    away = folder / "study.away"
    (folder / "study.ipynb").rename(away)
    try:
        moved = write(tmp_path, code("z"), name="study.ipynb")
        assert len(runs_of(read_notebook(moved), moved, store)) == 9
        renamed = write(tmp_path, *bare, name="rain.ipynb")
        assert len(runs_of(read_notebook(renamed), renamed, store)) == 5
    finally:
        away.rename(folder / "study.ipynb")


def test_a_large_notebook_is_shown_within_bounds(tmp_path: Path) -> None:
    said = {"output_type": "stream", "name": "stdout", "text": "x" * 200 + "\n"}
    cells = [code(f"x{n} = {n}", {**said, "text": said["text"] * 100}) for n in range(300)]
    html = notebook_report(write(tmp_path, *cells), nbtrack.MemoryStore())
    assert html.count('role="group" aria-label="Code cell') == 300


@pytest.mark.slow
def test_the_page_is_valid_html(html: str, tmp_path: Path) -> None:
    java = shutil.which("java")
    if java is None or not VNU.exists():
        pytest.skip("java or vnu-jar is missing; validity is not checked")
    (tmp_path / "notebook.html").write_text(html, encoding="utf-8")
    checked = subprocess.run(
        [java, "-jar", VNU, "--errors-only", "--format", "gnu", tmp_path / "notebook.html"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (checked.stderr, checked.returncode) == ("", 0)
