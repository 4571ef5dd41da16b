"""What reproducing a run found stands on its card, in tables, in the comparison's data and beside a difference."""

from collections.abc import Callable
from typing import Any

from nbtrack.model.run import Run
from nbtrack.query.compare import diff
from nbtrack.view.card import run_card
from nbtrack.view.columns import columns_of
from nbtrack.view.comparison import comparison_html
from nbtrack.view.difference import difference
from nbtrack.view.listing import listing
from nbtrack.view.payload import comparison_payload
from nbtrack.view.wording import MISSING

Make = Callable[..., Run]


def reproduced(level: str, text: str = "", at: Any = 1_795_279_469_483) -> dict[str, Any]:
    return {"verdict": level, "reproductions": [{"level": level, "text": text, "at": at, "metrics": {}, "duration": 1}]}


def test_the_card_says_the_level_in_words_with_its_date(make_run: Make) -> None:
    card = run_card(make_run(0, **reproduced("identical", "identical: all 3 metrics are the same")))
    assert "reproduced: ✓ identical · 2026-11-21 16:44 UTC" in card.text
    assert '<b class="nbt-good" title="identical: all 3 metrics are the same">✓ identical</b>' in card.html
    assert '<b class="nbt-bad"' in run_card(make_run(0, **reproduced("different"))).html
    assert "reproduced" not in run_card(make_run(0)).text


def test_the_card_shows_whatever_a_stranger_recorded_as_text(make_run: Make) -> None:
    card = run_card(make_run(0, **reproduced("identical", "<script>alert(1)</script>\x1b[2J", at="soon")))
    assert "<script>alert" not in card.html
    assert "\x1b" not in card.html + card.text


def test_tables_have_a_column_of_verdicts_where_some_run_was_reproduced(make_run: Make) -> None:
    runs = [make_run(0, **reproduced("identical")), make_run(1, **reproduced("cannot run")), make_run(2)]
    (column,) = [each for each in columns_of(runs) if each.key == "verdict"]
    assert column.texts == ("✓ identical", "⊘ cannot run", MISSING)
    assert "✓ identical" in listing(runs).text
    assert "⊘ cannot run" in comparison_html(runs).html
    assert not [each for each in columns_of([make_run(0)]) if each.key == "verdict"]


def test_the_comparison_tells_the_page_only_where_there_is_something_to_tell(make_run: Make) -> None:
    payload = comparison_payload([make_run(0, **reproduced("identical")), make_run(1)])
    assert payload["runs"]["verdict"] == ["identical", None]
    assert "verdict" not in comparison_payload([make_run(0)])["runs"]


def test_a_difference_says_which_of_both_was_reproduced(make_run: Make) -> None:
    shown = difference(diff(make_run(0, **reproduced("identical")), make_run(1)))
    assert "reproduced: identical" in shown.text
    assert shown.html.count("reproduced: identical") == 1
