"""What a card says of where a result came from."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from nbtrack.model.run import Run
from nbtrack.view.card import run_card
from nbtrack.view.lineage import context, lineage_text

Make = Callable[..., Run]

CLEAN = {"kind": "clean", "text": "clean: depends on 3 other executions, each of a cell as it stands"}
EDITED = {"kind": "upstream-edited", "text": "reads `df` from a cell edited since (In [3])", "name": "df", "n": 3}
BELOW = {"kind": "out-of-order", "text": "executed out of order: In [7] uses `X` from In [5], which stands below it"}


def sliced(*verdicts: Any) -> dict[str, Any]:
    return {"slice": {"executions": [], "verdicts": list(verdicts)}}


def file(path: str, mode: str = "read") -> dict[str, Any]:
    return {"kind": "file", "path": path, "mode": mode}


WHOLE = {
    **sliced(CLEAN),
    "code": {"commit": "5cb1de33f70090d7", "branch": "main", "remote": "https://example.org/x", "dirty": True},
    "data": [file("data/iris.csv"), file("b.csv"), file("c.csv"), file("model.joblib", "write")],
    "artifacts": [
        {"name": name, "sha256": "0" * 64, "size": 1, "media_type": "text/plain"}
        for name in ("outputs/stdout.txt", "outputs/01.png", "notebook.ipynb")
    ],
    "environment": {"imported": {"numpy": "2.1", "pandas": "2.2"}, "rng": {"random": "seeded 3", "numpy": "seeded 3"}},
}


def test_the_quiet_line_says_it_all(make_run: Make) -> None:
    (line,) = lineage_text(make_run(1, **WHOLE))
    assert line.split(" · ") == [
        "✓ clean",
        "main@5cb1de3",
        "dirty",
        "reads iris.csv, b.csv +1",
        "writes model.joblib",
        "2 outputs kept",
        "seeded 3",
        "2 packages",
    ]


def test_a_file_that_is_written_and_then_read_is_told_once(make_run: Make) -> None:
    files = [file("a.csv", "write"), file("a.csv"), file("b.csv"), file("c.csv", "write"), file("d.csv", "read, write")]
    (line,) = lineage_text(make_run(1, data=files))
    assert line.split(" · ") == ["reads b.csv", "writes c.csv", "writes and reads a.csv, d.csv"]


def test_a_run_of_which_nothing_is_known_has_no_such_line(make_run: Make) -> None:
    run = make_run(1)
    assert lineage_text(run) == []
    assert "nbt-facts" not in re.sub(r"<style>.*?</style>", "", run_card(run).html, flags=re.DOTALL)


def test_a_doubt_takes_the_place_of_clean_and_stands_above_the_line(make_run: Make) -> None:
    run = make_run(1, **{**WHOLE, **sliced(EDITED)})
    assert lineage_text(run)[0] == "⚠ reads `df` from a cell edited since (In [3])"
    html = run_card(run).html
    assert '<span aria-hidden="true">⚠ </span>reads <code>df</code> from a cell edited since (In [3])</div>' in html
    assert "✓ clean" not in html


def test_two_doubts_are_told_and_the_others_counted(make_run: Make) -> None:
    other = {"kind": "dynamic-code", "text": "dynamic code"}
    run = make_run(1, **sliced(EDITED, BELOW, EDITED, other, {"kind": "reran", "text": "x"}))
    assert lineage_text(run) == [
        "⚠ reads `df` from a cell edited since (In [3])",
        "⚠ executed out of order: In [7] uses `X` from In [5], which stands below it, and 2 more doubts",
    ]


def test_names_in_verdicts_are_shown_and_never_obeyed(make_run: Make) -> None:
    run = make_run(1, **sliced({"kind": "upstream-edited", "text": "reads `<img src=x onerror=alert(1)>\u202e`"}))
    html = run_card(run).html
    assert "<img" not in html
    assert "\u202e" not in html


@pytest.mark.parametrize(
    ("rng", "said"),
    [
        ({"numpy": "unseeded", "unseeded": True, "drawn": ["numpy"]}, ["unseeded"]),
        ({"numpy": "unseeded", "unseeded": True}, []),
        ({"numpy": "seeded 1", "random": "seeded earlier"}, ["seeded"]),
        ({"numpy": "a1b2c3"}, []),
        ({}, []),
        ("text", []),
    ],
)
def test_seeds_are_told_plainly(make_run: Make, rng: Any, said: list[str]) -> None:
    assert [fact.text for fact in context(make_run(1, environment={"rng": rng}))] == said


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ({"commit": None, "branch": "main"}, ["main"]),
        ({"commit": "5cb1de33f70090d7", "branch": None}, ["5cb1de3"]),
        ({"commit": "5cb1de33f70090d7", "branch": "main", "dirty": False}, ["main@5cb1de3"]),
        ({"notebook": {"saved": False}}, []),
    ],
)
def test_the_commit_is_told_as_far_as_there_is_one(make_run: Make, code: Any, said: list[str]) -> None:
    assert [fact.text for fact in context(make_run(1, code=code))] == said


@pytest.mark.parametrize(
    "document",
    [
        sliced("text", 3, None, {}),
        {"data": [{}, {"kind": "file"}, {"kind": "variable", "name": "x"}]},
        {"environment": {"imported": [], "rng": None}},
    ],
)
def test_malformed_records_say_nothing_and_break_nothing(make_run: Make, document: dict[str, Any]) -> None:
    assert run_card(make_run(1, **document)).html


def test_cards_that_say_nothing_else_keep_their_own_lines(make_run: Make) -> None:
    """What stands under the first line is remembered by the line of context alone."""
    one, two = (make_run(1, code={"branch": name, "commit": "5cb1de33f70090d7"}) for name in ("main", "try<b>"))
    before = run_card(one).html
    assert "main@5cb1de3" in before
    assert "try&lt;b&gt;@5cb1de3" in run_card(two).html
    assert "0.97" in run_card(make_run(1, metrics={"acc": 0.97}, code=one.document["code"])).html
    assert run_card(one).html == before


def test_the_line_costs_little(make_run: Make) -> None:
    assert len(run_card(make_run(1, **WHOLE)).html) - len(run_card(make_run(1)).html) < 1_500
