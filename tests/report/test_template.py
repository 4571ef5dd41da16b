"""An author's own page: sections and texts in the order of a template, notes where they are asked for."""

import pytest

from nbtrack.errors import UsageError
from nbtrack.query.runs import runs
from nbtrack.report.building import build
from nbtrack.report.options import Options
from nbtrack.report.page import page
from nbtrack.report.parts import SECTIONS
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
