"""Which run is of which cell, told by cards, ids, sources and likeness - and what is told of a doubt."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from nbtrack.model.run import Run
from nbtrack.report.cell_state import out_of_order
from nbtrack.report.cells import likeness, match
from nbtrack.report.notebook_file import SavedCell, SavedNotebook, SavedOutput

FAKES = runpy.run_path(str(Path(__file__).parents[1] / "view" / "fake_runs.py"))

FOREST = "%%track {name}\ntrees = {trees}\nforest = RandomForestClassifier(trees, random_state=1).fit(X, y)\naccuracy = forest.score(X_test, y_test)"
OTHER = "table = read_csv('rain.csv')\nplot(table.wind)"


@pytest.fixture
def ran() -> Callable[..., Run]:
    """Make the run of a cell; each starts a minute after the one before."""
    make: Any = FAKES["make_run"]
    count = [0]

    def made(source: str | None, identity: str | None = None, number: int | None = None) -> Run:
        count[0] += 1
        run: Run = make(count[0])
        document: Any = dict(run.document) | {"name": f"run {count[0]}"}
        document["id"] = f"20260101t0000{count[0]:02}-{'abcdefghij'[count[0] % 10] * 8}"
        document["started"] += int(timedelta(minutes=count[0]).total_seconds() * 1000)
        document["cell"] = None if source is None else {"source": source, "id": identity, "count": number, "hash": ""}
        return Run.from_document(document, run._points, run._kept)

    return made


def notebook(*cells: tuple[str | None, str] | SavedCell) -> SavedNotebook:
    made = (
        each if isinstance(each, SavedCell) else SavedCell(at, "code", each[1], id=each[0])
        for at, each in enumerate(cells)
    )
    return SavedNotebook("study.ipynb", "python", tuple(made))


def found(matching: Any) -> dict[int, list[tuple[str, str]]]:
    return {place: [(one.run.name, one.how) for one in matches] for place, matches in matching.cells.items()}


def test_an_id_tells_whatever_the_source_is_now(ran: Callable[..., Run]) -> None:
    runs = [ran("%%track a\nx = 1", "c1"), ran("%%track a\ny = [2, 3]", "c1")]
    assert found(match(notebook(("c0", "x = 1"), ("c1", "totally = different()")), runs)) == {
        1: [("run 1", "id"), ("run 2", "id")]
    }


def test_a_saved_card_tells_what_no_id_does_and_takes_the_older_runs_of_the_id_along(ran: Callable[..., Run]) -> None:
    runs = [ran("%%track a\nx = 1", "lost"), ran("%%track a\nx = 2", "lost")]
    card = SavedOutput("display", metadata={"nbtrack": {"kind": "card", "run": runs[1].id}})
    assert found(match(notebook(SavedCell(0, "code", "z = 9", id="new", outputs=(card,))), runs)) == {
        0: [("run 1", "card"), ("run 2", "card")]
    }


def test_a_source_tells_where_there_are_no_ids_and_the_whole_line_tells_two_copies_apart(
    ran: Callable[..., Run],
) -> None:
    runs = [ran("%%track C=1\nC = 5\nscore = f(C)"), ran("%%track C=2\nC = 5\nscore = f(C)")]
    cells = notebook((None, "%%track C=2\nC = 5\nscore = f(C)"), (None, "%%track C=1\nC = 5\nscore = f(C)"))
    matching = match(cells, runs)
    assert found(matching) == {0: [("run 2", "source")], 1: [("run 1", "source")]}
    assert [one.doubt for matches in matching.cells.values() for one in matches] == ["", ""]


def test_copies_that_nothing_tells_apart_are_doubtful(ran: Callable[..., Run]) -> None:
    matching = match(notebook((None, "%%track\nx = 1"), (None, "%%track\nx = 1")), [ran("%%track\nx = 1")])
    assert found(matching) == {0: [("run 1", "source")]}
    assert matching.cells[0][0].doubt == "2 cells have this source; this is the first of them"


def test_copies_are_told_apart_by_the_number_they_ran_under(ran: Callable[..., Run]) -> None:
    cells = notebook(*(SavedCell(at, "code", "%%track\nx = 1", count=at + 4) for at in range(2)))
    assert found(match(cells, [ran("%%track\nx = 1", number=5)])) == {1: [("run 1", "source")]}


def test_an_edited_cell_without_ids_is_known_by_likeness_and_the_likeness_is_told(ran: Callable[..., Run]) -> None:
    runs = [ran(FOREST.format(name="forest", trees=trees)) for trees in (50, 80, 120)]
    matching = match(notebook((None, OTHER), (None, FOREST.format(name="forest", trees=300))), runs)
    assert found(matching) == {1: [(f"run {n}", "likeness") for n in (1, 2, 3)]}
    assert all("alike" in one.doubt for one in matching.cells[1])


def test_a_run_that_resembles_no_cell_is_of_one_that_is_gone_and_its_versions_are_one_cell(
    ran: Callable[..., Run],
) -> None:
    runs = [ran(FOREST.format(name="forest", trees=trees)) for trees in (50, 80)] + [ran(None)]
    matching = match(notebook((None, OTHER)), runs)
    assert found(matching) == {}
    assert [[run.name for run in former.runs] for former in matching.former] == [["run 1", "run 2"]]
    assert [run.name for run in matching.by_hand] == ["run 3"]


def test_a_cell_with_runs_of_its_own_takes_none_of_a_deleted_one_that_resembles_it(ran: Callable[..., Run]) -> None:
    runs = [ran(FOREST.format(name="a", trees=50), "gone"), ran(FOREST.format(name="a", trees=60), "here")]
    matching = match(notebook(("here", FOREST.format(name="a", trees=70))), runs)
    assert found(matching) == {0: [("run 2", "id")]}
    assert [[run.name for run in former.runs] for former in matching.former] == [["run 1"]]


def test_markdown_and_empty_cells_are_of_no_run(ran: Callable[..., Run]) -> None:
    cells = notebook(SavedCell(0, "markdown", "x = 1", id="c1"), SavedCell(1, "code", "", id="c2"))
    assert found(match(cells, [ran("x = 1")])) == {}


def test_likeness_goes_by_words_and_does_not_count_the_line() -> None:
    assert likeness("%%track a\nx = fit(1)", "%%track b c=2\nx = fit(1)") == 1.0
    assert likeness("x = fit(1, 2)", "read(table)") == 0.0


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([1, 2, 3], {}),
        ([None, 4, None, 9], {}),
        ([7, 2, 3], {0: "Executed out of order: In [7] ran after In [2] and In [3] below it."}),
        ([4, 5, 1], {2: "Executed out of order: In [1] ran before In [4] and In [5] above it."}),
        (
            [9, 1, 2, 3, 4, 5],
            {0: "Executed out of order: In [9] ran after In [1], In [2], In [3] and 2 more below it."},
        ),
    ],
)
def test_the_fewest_cells_are_said_to_be_out_of_order(counts: list[int | None], expected: dict[int, str]) -> None:
    cells = (SavedCell(at, "code", "x", count=count) for at, count in enumerate(counts))
    assert out_of_order(notebook(*cells)) == expected


def test_a_hundred_cells_and_as_many_unknown_sources_are_compared_by_little_more_than_their_words(
    ran: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    import nbtrack.report.cells as module

    compared: list[int] = []
    matcher = module.SequenceMatcher
    monkeypatch.setattr(module, "SequenceMatcher", lambda *a, **k: compared.append(1) or matcher(*a, **k))
    words = [f"alpha{n} beta{n} gamma{n} delta{n}(epsilon{n})" for n in range(200)]
    cells = notebook(*((None, word) for word in words[:100]))
    match(cells, [ran(word) for word in words[100:]])
    assert len(compared) < 100
