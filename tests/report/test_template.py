"""An author's own page: sections and texts in the order of a template, notes where they are asked for."""

import json
from html import unescape

import pytest

from nbtrack.errors import UsageError
from nbtrack.query.json_format import json_text
from nbtrack.query.runs import runs
from nbtrack.report.building import build
from nbtrack.report.options import Options
from nbtrack.report.page import page
from nbtrack.report.parts import SECTIONS
from nbtrack.report.report_json import report_json
from nbtrack.report.template import layout, notes_of
from nbtrack.store.memory import MemoryStore
from tests.report.recorded import study


def test_named_templates_have_their_sections() -> None:
    assert layout(Options())[0] == SECTIONS
    assert layout(Options(template="brief"))[0] == ("summary", "comparison", "curves", "again")


def test_a_template_orders_sections_and_texts_on_the_page() -> None:
    text = "# Our rates\n\n{{ curves }}\n\nBetween.\n\n{{ summary }}\n\nThe end."
    html = page(build(runs(store=study(MemoryStore())), Options(template=text, notes=notes_of("Noted.", "curves"))))
    places = [
        html.index(part) for part in ("Our rates</h", 'id="curves"', "Between.", "Noted.", 'id="summary"', "The end.")
    ]
    assert places == sorted(places)
    assert 'id="comparison"' not in html


def test_places_that_are_none_are_refused() -> None:
    with pytest.raises(UsageError, match="one of summary, comparison"):
        layout(Options(template="{{ curvs }}"))
    with pytest.raises(UsageError, match="two places for summary"):
        layout(Options(template="{{ summary }}\n{{ summary }}"))
    with pytest.raises(UsageError, match="a note's place"):
        notes_of("<!-- after: nowhere -->\nx")


def test_a_place_within_a_line_is_text() -> None:
    sections, notes = layout(Options(template="We write {{ summary }} here.\n\n{{ summary }}"))
    assert sections == ("summary",)
    assert notes[0].text == "We write {{ summary }} here."


def test_a_note_may_stand_before_everything() -> None:
    assert [(note.text, note.after) for note in notes_of("<!-- after: top -->\nFirst.\n")] == [("First.", "")]


def facts(template: str) -> dict[str, str]:
    found = build(runs(store=study(MemoryStore())), Options(template=template))
    return {fact.name: fact.value for fact in found.shared}


def test_what_a_file_contains_is_told_of_the_sections_that_it_has() -> None:
    whole, summary = facts("full"), facts("{{ summary }}")
    told = {"source code", "figures", "data", "packages", "notes", "program"} & whole.keys()
    assert {"source code", "data"} <= told
    assert not (told - {"source code"}) & summary.keys()
    assert summary["source code"] == "none"
    assert facts("{{ comparison }}")["source code"] != "none"  # its differences show sources
    assert ("program" in facts("{{ again }}")) == ("program" in whole)


def test_what_no_section_shows_is_neither_in_the_page_nor_in_the_json() -> None:
    store = study(MemoryStore())
    every = runs(store=store)
    source = next(run.cell.source for run in every if run.cell)
    found = build(every, Options(template="{{ summary }}"))
    assert json_text(report_json(found)).count(json.dumps(source)[1:-1]) == 0
    assert source.splitlines()[-1] not in unescape(page(found))
    told = report_json(found)
    assert [told[part] for part in ("pages", "diffs", "packages", "checklists", "again", "program")] == [
        [], [], {}, {}, [], "",
    ]  # fmt: skip


def test_the_ends_of_a_difference_are_named_also_where_runs_have_no_pages() -> None:
    found = build(runs(store=study(MemoryStore())), Options(template="{{ diffs }}"))
    html = page(found)
    assert found.diffs
    for run in found.runs:
        if run.id in {found.diffs[0].old, found.diffs[0].new}:
            assert run.name in html
