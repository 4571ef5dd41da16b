"""A sheet answers as the documents that it was made of, also when sheets were joined, and when it is damaged."""

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrack.model.document import RunDocument
from nbtrack.model.fold import fold
from nbtrack.store.index.rows import RUN, SPACES, LooseRows
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


@pytest.mark.slow
@settings(deadline=None)
@given(runs(), st.data())
def test_several_sheets_with_rows_replaced_answer_as_one(documents: list[RunDocument], data: st.DataObject) -> None:
    rooms = data.draw(st.lists(st.integers(0, 2), min_size=len(documents), max_size=len(documents)))
    replaced = data.draw(st.sets(st.sampled_from(range(len(documents))))) if documents else set()
    places = list(_places(documents, rooms, replaced))
    expected = answers(RunsTable.of(documents))
    assert answers(RunsTable(places)) == expected
    joined = sheet(from_sheets([(place.rows, place.hidden) for place in places]))  # type: ignore[misc]  # all are sheets
    assert answers(RunsTable([Place(joined)])) == expected


def _places(documents: list[RunDocument], rooms: list[int], replaced: Collection[int]) -> Iterable[Place]:
    """Spread runs over three sheets, and older forms of some of them, which are hidden, over one more."""
    older = [{**documents[k], "tags": {"old": 1, "b": 2}, "deleted": False} for k in sorted(replaced)]
    yield Place(sheet_of(older), frozenset(range(len(older))))  # type: ignore[arg-type]  # each is a document
    for room in range(3):
        mine = [run for run, its in zip(documents, rooms, strict=True) if its == room]
        stale = [
            {**run, "params": {"z": 1, "a": 2}} for run, its in zip(documents, rooms, strict=True) if its == room - 1
        ]
        both = sheet_of([*mine, *stale])  # type: ignore[list-item]  # same
        yield Place(both, frozenset(_rows(both, stale)))


def _rows(sheet: Sheet, documents: Iterable[Any]) -> Iterable[int]:
    return [row for run in documents if (row := sheet.row_of(run["id"])) is not None]


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
