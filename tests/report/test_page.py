"""The page of a report: what stands in it, what it carries once, and what it never carries."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import zlib
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from nbtrack.model.run import Run
from nbtrack.report.origin import read_origin
from nbtrack.report.page import WHOLE, page
from nbtrack.report.parts import SECTIONS, Markdown, Note, Report

_VNU = Path(__file__).parents[2] / "labextension" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())


@pytest.fixture(scope="module")
def report(study: Callable[..., list[Run]], rich_report: Callable[..., Report]) -> Report:
    return rich_report(study(12))


@pytest.fixture(scope="module")
def html(report: Report) -> str:
    return page(report)


class _Seen(HTMLParser):
    """What a page has: its ids, links, tags, and the text of each script."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        self.ids += [found["id"]] if found.get("id") else []
        self.links += [found["href"]] if found.get("href") else []
        if tag == "script":
            self.scripts.append((found, ""))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] == "script" and not self.scripts[-1][1]:
            self.scripts[-1] = (self.scripts[-1][0], data)
        else:
            self.words.append(data)


def test_everything_that_matters_reads_without_scripts(html: str, report: Report) -> None:
    words = " ".join(_Seen(html).words).replace("\N{NO-BREAK SPACE}", " ")
    told = [sentence.text for sentence in report.summary]
    told += [run.name for run in report.runs] + [run.short for run in report.runs]
    told += ["Loss still falls at the last step", "n_estimators", "Is the code committed?", "nbtrack import study"]
    told += ["git commit, and run the cell again", "names of people and machines", report.origin.digest, "the other"]
    assert [text for text in told if text not in words] == []


def test_every_link_inside_the_page_leads_to_something_and_every_id_is_there_once(html: str) -> None:
    seen = _Seen(html)
    inside = [link[1:] for link in seen.links if link.startswith("#") and link != "#run-x"]
    assert [name for name in inside if name not in seen.ids] == []
    assert len(seen.ids) == len(set(seen.ids))


def test_every_section_run_difference_and_checklist_has_an_address(html: str, report: Report) -> None:
    ids = set(_Seen(html).ids)
    assert {*SECTIONS, "contains", "program", "packages-1", *(each.anchor for each in report.pages)} <= ids
    assert sum(name.startswith("diff-") for name in ids) == len(report.diffs)
    assert sum(name.startswith("checks-") for name in ids) == len(report.checklists)


def test_the_sections_are_those_that_the_report_names_in_its_order(report: Report) -> None:
    html = page(replace(report, sections=("runs", "summary")))
    assert re.findall(r'<section id="(\w+)" class="nbt-section', html) == ["runs", "summary", "contains"]
    assert "nbt-report-data" not in html


def test_the_policy_lets_only_the_scripts_of_the_page_run(html: str) -> None:
    seen = _Seen(html)
    policy = next(str(each["content"]) for _, each in seen.tags if each.get("http-equiv"))
    own = [text for kind, text in seen.scripts if kind.get("type") != "text/plain"]
    carried = [text for kind, text in seen.scripts if kind.get("id") in {"nbt-report-code", "nbt-report-plotly"}]
    whole = [*own, *(zlib.decompress(base64.b64decode(text), -15).decode() for text in carried)]
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in whole}
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert (len(own), len(carried)) == (1, 2)
    assert set(directives.pop("script-src").split()) == hashes
    assert directives == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_nothing_in_the_page_is_fetched_and_no_attribute_runs(html: str) -> None:
    sources = [
        each.get(name) or "" for _, each in _Seen(html).tags for name in ("src", "srcset", "data", "poster", "action")
    ]
    assert [source for source in sources if source and not source.startswith("data:image/")] == []
    names = {name for _, each in _Seen(html).tags for name in each}
    assert [name for name in names if name.startswith("on")] == []
    assert not {tag for tag, _ in _Seen(html).tags} & {"link", "base", "form", "object", "embed"}


def test_frames_may_do_nothing(html: str) -> None:
    frames = [each for tag, each in _Seen(html).tags if tag == "iframe"]
    assert frames
    assert all(each["sandbox"] == "" and "default-src 'none'" in (each["srcdoc"] or "") for each in frames)


def test_plotly_is_carried_once_and_only_where_a_figure_is_drawn(
    html: str, report: Report, rich_report: Callable[..., Report]
) -> None:
    assert html.count('id="nbt-report-plotly"') == 1
    without = page(replace(report, plotly="none"))
    assert 'id="nbt-report-plotly"' not in without
    assert "nbt-plotly-data" not in without
    assert "Numbers of 04-plotly.json" in without
    assert len(without) < len(html) - 500_000


@pytest.mark.slow
def test_runs_beyond_a_number_are_data_but_have_their_place_in_the_list(
    study: Callable[..., list[Run]], rich_report: Callable[..., Report], read_island: Callable[[str], Any]
) -> None:
    report = rich_report(study(WHOLE + 30, curves=False))
    html = page(report)
    seen = _Seen(html)
    assert set(seen.ids) >= {each.anchor for each in report.pages}
    packed = read_island(next(text for kind, text in seen.scripts if kind.get("id") == "nbt-report-pages"))
    assert len(packed["pages"]) == 30
    (groups, cells, *_), texts = packed["pages"][0], packed["texts"]
    first = next(each for each in report.pages if f'id="{each.anchor}" data-run="{each.run.id}" data-at="0"' in html)
    assert [texts[title] for title, _ in groups][:2] == ["Metrics", "Params"]
    assert [[texts[name], texts[value]] for name, value, _ in groups[1][1]] == [[f.name, f.value] for f in first.params]
    assert texts[cells[-1][2]] == first.cells[-1].source


@pytest.mark.slow
def test_runs_that_the_report_speaks_of_stand_in_the_html_however_many_there_are(
    study: Callable[..., list[Run]], rich_report: Callable[..., Report]
) -> None:
    runs = study(WHOLE + 30, curves=False)
    report = rich_report(runs)
    last = replace(report.summary[0], runs=(runs[-1].id,))
    assert f'data-run="{runs[-1].id}" data-at' not in page(replace(report, summary=(last,)))


@pytest.mark.slow
def test_a_hundred_runs_stay_far_below_three_megabytes(
    study: Callable[..., list[Run]], rich_report: Callable[..., Report]
) -> None:
    assert len(page(rich_report(study(100))).encode()) < 2_000_000


@pytest.mark.slow
def test_a_thousand_runs_cost_little_more_than_their_data(
    study: Callable[..., list[Run]], rich_report: Callable[..., Report]
) -> None:
    assert len(page(rich_report(study(1000, curves=False))).encode()) < 3_000_000


def test_a_report_of_no_runs_and_no_words_is_a_page(report: Report) -> None:
    bare = replace(
        report, title="", summary=(), notes=(), runs=(), pages=(), diffs=(), checklists={}, again=(), program="", shared=(), packages={}
    )  # fmt: skip
    assert "<title>Report of runs</title>" in page(bare)


def test_what_was_said_of_the_records_can_be_read_back(html: str, report: Report) -> None:
    assert read_origin(html) == report.origin


def test_notes_stand_after_their_section_and_those_of_sections_that_are_not_there_are_not_lost(report: Report) -> None:
    note = Note(Markdown("stray words"), "diffs")
    sections = tuple(name for name in report.sections if name != "diffs")
    assert "stray words" in page(replace(report, notes=(note,), sections=sections))


def test_the_same_report_makes_the_same_bytes(report: Report) -> None:
    assert page(report) == page(report)


def _java() -> str:
    found = shutil.which("java")
    if (found is None or not _VNU.exists()) and "java" in os.environ.get("NBTRACK_REQUIRE", ""):
        pytest.fail("NBTRACK_REQUIRE asks for java and vnu-jar (npm), which check that a report is valid HTML")
    return found if found and _VNU.exists() else pytest.skip("java or vnu-jar is missing; validity is not checked")


@pytest.mark.slow
def test_the_page_is_valid_html(
    html: str, study: Callable[..., list[Run]], rich_report: Callable[..., Report], tmp_path: Path
) -> None:
    java = _java()
    (tmp_path / "report.html").write_text(html, encoding="utf-8")
    (tmp_path / "large.html").write_text(page(rich_report(study(WHOLE + 3, curves=False))), encoding="utf-8")
    checked = subprocess.run(
        [java, "-jar", _VNU, "--errors-only", "--format", "gnu", *map(str, sorted(tmp_path.glob("*.html")))],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (checked.stderr, checked.returncode) == ("", 0)


def test_a_template_with_charts_alone_has_their_data_and_no_link_that_leads_nowhere(report: Report) -> None:
    html = page(replace(report, sections=("summary", "curves", "diffs")))
    assert 'id="nbt-report-data"' in html
    assert 'href="#run-' not in html
    assert 'id="nbt-report-data"' not in page(replace(report, sections=("summary",)))
