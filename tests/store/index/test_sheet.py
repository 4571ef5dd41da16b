"""A sheet answers as the documents that it was made of, also when sheets were joined, and when it is damaged."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nbtrack.model.document import RunDocument
from nbtrack.model.fold import fold
from nbtrack.store.index.rows import RUN, SPACES, LooseRows, age_of
from nbtrack.store.index.sheet import Block, Damaged, Entry, InMemory, Sheet
from nbtrack.store.index.sheet_writing import Made, from_entries, from_sheets
from nbtrack.store.index.table import Place, RunsTable

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(st.characters(), max_size=4),
    st.sampled_from(["rbf", {"$f": "nan"}, {"a": {"b": [1]}}, [1, 2], "x" * 3000]),
)
members = st.dictionaries(st.sampled_from(["lr", "kernel", "\ud83d", "a.b", ""]), values, max_size=4)


def document(number: int, deleted: bool = False, **members: Any) -> RunDocument:  # noqa: FBT001, FBT002 - a test's shorthand
    run = fold(f"20261121t1015{number % 60:02d}-{ALPHABET[number % 32]}{ALPHABET[number // 32]}000000", [])
    return {**run, "started": number // 3, "deleted": deleted, **members}  # type: ignore[typeddict-item]  # any member


@st.composite
def runs(draw: st.DrawFn) -> list[RunDocument]:
    return [
        document(
            number,
            deleted=draw(st.integers(0, 6)) == 0,
            params=draw(members),
            metrics=draw(members),
            tags=draw(members),
            note=draw(st.none() | st.text(max_size=3)),
            error=draw(st.none() | st.just({"type": "ValueError"})),
            code=draw(st.none() | members),
        )
        for number in range(draw(st.integers(0, 14)))
    ]


def sheet(made: Made, documents: Iterable[RunDocument] = ()) -> Sheet:
    known = {run["id"]: run for run in documents}
    return Sheet(
        json.loads(json.dumps(made.directory)), InMemory(made.blocks + b"".join(made.entries)), known.__getitem__
    )


def sheet_of(documents: Sequence[RunDocument]) -> Sheet:
    return sheet(from_entries(Entry(run, number, ({"k": "note"},) * number) for number, run in enumerate(documents)))


def answers(table: RunsTable) -> dict[str, Any]:
    """All that a table can be asked, as text: 1, 1.0 and True are equal, and NaN is not."""
    return {
        "documents": repr(list(table.documents)),
        "everything": repr(list(table.everything)),
        "names": {space: list(table.names(space)) for space in SPACES},
        "columns": {
            (space, key): repr(list(table.column(space, key))) for space in SPACES for key in table.names(space)
        },
        "numbers": {(space, key): repr(table.numbers(space, key)) for space in SPACES for key in table.names(space)},
        "members": {key: repr(list(table.column(key))) for key in document(0)},
        "ages": repr(table.numbers(RUN, "started")),
    }


@settings(deadline=None)
@given(runs())
def test_a_sheet_answers_as_its_documents(documents: list[RunDocument]) -> None:
    assert answers(RunsTable([Place(sheet_of(documents))])) == answers(RunsTable.of(documents))


class Spread(NamedTuple):
    """Runs, where each is kept, and what older forms of some of them say, which others hide."""

    documents: list[RunDocument]
    rooms: list[int]
    older: dict[int, dict[str, Any]]
    stale: dict[str, Any]


@st.composite
def spreads(draw: st.DrawFn) -> Spread:
    documents = draw(runs())
    rooms = draw(st.lists(st.integers(0, 2), min_size=len(documents), max_size=len(documents)))
    older = draw(st.dictionaries(st.sampled_from(range(len(documents))), members)) if documents else {}
    return Spread(documents, rooms, older, draw(members))


def _numbered(*values: Any) -> list[RunDocument]:
    return [document(number, params={} if value is None else {"lr": value}) for number, value in enumerate(values)]


@pytest.mark.slow
@settings(deadline=None)
@given(spreads())
@example(Spread(_numbered(1, 2), [1, 0], {}, {}))  # whole numbers only, where a hidden row has none,
@example(Spread(_numbered(1, 2), [1, 0], {0: {}}, {"lr": 0.0}))  # one of another kind,
@example(Spread(_numbered(1, 2, None), [1, 0, 1], {}, {"lr": 2**53 + 1}))  # one too large for a float,
@example(Spread(_numbered(1, 2.0), [1, 0], {}, {"lr": "x"}))  # or a word
def test_several_sheets_with_rows_replaced_answer_as_one(spread: Spread) -> None:
    places = list(_places(spread))
    expected = answers(RunsTable.of(spread.documents))
    assert answers(RunsTable(places)) == expected
    joined = sheet(from_sheets([(place.rows, place.hidden) for place in places]))  # type: ignore[misc]  # all are sheets
    assert answers(RunsTable([Place(joined)])) == expected
    assert answers(RunsTable([_in_memory(place) if k % 2 else place for k, place in enumerate(places)])) == expected
    assert answers(RunsTable([place if k % 2 else _in_memory(place) for k, place in enumerate(places)])) == expected


def _places(spread: Spread) -> Iterable[Place]:
    """Spread runs over three sheets, and older forms of some of them, which are hidden, over those and one more."""
    older = [
        {**spread.documents[k], "tags": {"old": 1, "b": 2}, "params": params, "deleted": False}
        for k, params in sorted(spread.older.items())
    ]
    yield _hiding([], older)
    for room in range(3):
        mine = [run for run, its in zip(spread.documents, spread.rooms, strict=True) if its == room]
        stale = [
            {**run, "params": {"z": 1, "a": 2} | spread.stale}
            for run, its in zip(spread.documents, spread.rooms, strict=True)
            if its == room - 1
        ]
        yield _hiding(mine, stale)


def _hiding(mine: list[RunDocument], stale: list[Any]) -> Place:
    both = sheet_of(sorted([*mine, *stale], key=age_of))
    return Place(both, frozenset(row for run in stale if (row := both.row_of(run["id"])) is not None))


def _in_memory(place: Place) -> Place:
    """The same runs as a place has whose documents no file holds yet: its rows are numbered as those of a sheet."""
    rows = place.rows
    return Place(LooseRows(map(rows.document, range(rows.count + rows.deleted))), place.hidden)


def test_runs_are_found_by_id_and_by_both_their_beginnings() -> None:
    documents = [document(k, deleted=k == 3) for k in range(40)]
    made, loose = sheet_of(documents), LooseRows(documents)
    for wanted in (documents[3]["id"], documents[17]["id"][:14], documents[9]["id"][16:], "2026", "0", "zz", "é", "-"):
        rows = {made.run_id(row) for row in made.matching(wanted)}
        assert rows == {loose.document(row)["id"] for row in loose.matching(wanted)}
    assert [
        made.document(row)["id"] for row in map(made.row_of, (run["id"] for run in documents)) if row is not None
    ] == [run["id"] for run in documents]
    assert made.row_of("20261121t101530-zzzzzzzz") is None
    assert made.ids_beginning("202611", {0}) == {run["id"] for run in documents} - {made.run_id(0)}
    assert made.ids_beginning("202610", ()) == set()


def test_an_entry_keeps_the_clock_and_the_changes() -> None:
    made = sheet_of([document(1), document(4)])
    assert made.entry(1) == Entry(document(4), 1, [{"k": "note"}])


@pytest.mark.parametrize("at", range(0, 100, 3))
def test_a_damaged_sheet_is_refused_or_answers_from_the_records(at: int) -> None:
    documents = [document(k, params={"lr": k / 7, "kernel": "rbf", "rare": 1} if k else {"lr": 1}) for k in range(9)]
    made = from_entries(Entry(run, 0, ()) for run in documents)
    content = bytearray(made.blocks + b"".join(made.entries))
    content[len(content) * at // 100] ^= 4
    known = {run["id"]: run for run in documents}
    try:
        harmed = Sheet(made.directory, InMemory(bytes(content)), known.__getitem__)
    except Damaged:
        return
    assert answers(RunsTable([Place(harmed)])) == answers(RunsTable.of(documents))
    assert harmed.damaged


def test_a_block_outside_the_file_is_damaged() -> None:
    with pytest.raises(Damaged):
        sheet_of([document(1)]).block(Block(10_000_000, 5, 0))


def test_columns_that_few_runs_have_take_little_room() -> None:
    documents = [document(k, params={f"p{k}": 0.5}) for k in range(500)]
    made = from_entries(Entry(run, 0, ()) for run in documents)
    assert len(made.blocks) < 500 * 500
    assert list(RunsTable([Place(sheet(made))]).column("params", "p7")) == [None] * 7 + [0.5] + [None] * 492
