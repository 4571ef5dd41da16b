"""The files of the index: which of them is believed, which stand on which, and what becomes of the others."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from nbtrack.model.document import RunDocument
from nbtrack.model.fold import fold
from nbtrack.store.index.index import Index, Layer, kept_below, together
from nbtrack.store.index.sheet import Entry
from nbtrack.store.index.sheet_writing import from_entries
from nbtrack.store.lines.record import seal

STATE: dict[str, Any] = {"open": [], "months": {}}


def run(number: int, tags: dict[str, int] | None = None) -> RunDocument:
    return {**fold(f"20261121t101530-{number:08d}", []), "started": number, "tags": tags or {}}


def rescued(run_id: str) -> RunDocument:
    return run(int(run_id[16:]))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("cache", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def index(root: Path) -> Index:
    return Index(root, "store", rescued)


def saved(index: Index, numbers: Sequence[int], below: Sequence[Layer] = ()) -> Layer:
    layer = index.save(from_entries(Entry(run(k), k, ()) for k in numbers), below, STATE)
    assert layer is not None
    return layer


def ids(layers: Sequence[Layer]) -> list[int]:
    return [
        int(layer.sheet.run_id(row)[16:])
        for layer in layers
        for row in range(layer.sheet.count)
        if row not in layer.hidden
    ]


def loaded(root: Path) -> list[int] | None:
    found = Index(root, "store", rescued).load()
    return None if found is None else ids(found.layers)


def test_what_was_saved_is_loaded_with_the_rows_that_later_files_hide(root: Path, index: Index) -> None:
    first = saved(index, range(4))
    second = saved(index, [4, 5], [first._replace(hidden=frozenset({1}))])
    saved(index, [6], [first._replace(hidden=frozenset({1})), second._replace(hidden=frozenset({0}))])
    assert loaded(root) == [0, 2, 3, 5, 6]
    found = index.load()
    assert found is not None
    assert (found.state, [layer.generation for layer in found.layers]) == (STATE, [1, 2, 3])


def test_a_file_that_stands_on_no_other_replaces_all(root: Path, index: Index) -> None:
    saved(index, [1], [saved(index, [0])])
    (root / "cache" / "index-000000001.jsonl").touch()
    saved(index, [7])
    assert [path.name for path in (root / "cache").iterdir()] == ["index-000000003.bin"]
    assert list((root / "tmp").iterdir()) == []


def test_layers_that_are_joined_leave_out_what_is_hidden(index: Index) -> None:
    layers = [saved(index, [0, 1, 5])._replace(hidden=frozenset({1})), index.hold(from_entries([Entry(run(3), 0, ())]))]
    joined = index.hold(together(layers))
    assert (ids([joined]), joined.generation) == ([0, 3, 5], 0)


def rewritten(header: dict[str, Any], **members: Any) -> bytes:
    header.pop("c")
    return seal(json.dumps({**header, **members})[:-1].encode())[0]


@pytest.mark.parametrize(
    "members",
    [
        {"v": 1},
        {"v": 99},
        {"store": "another"},
        {"gen": 7},
        {"order": "big" if sys.byteorder == "little" else "little"},
        {"base": [9, "00000000"]},
        {"base": ["x"]},
        {"sheet": {}},
        {"sheet": None},
        {"hides": {"1": 5}},
        {"hides": {"x": [0]}},
    ],
)
def test_a_header_that_does_not_fit_makes_a_file_as_good_as_absent(
    root: Path, index: Index, members: dict[str, Any]
) -> None:
    saved(index, [0, 1])
    (path,) = (root / "cache").iterdir()
    line, _, rest = path.read_bytes().partition(b"\n")
    path.write_bytes(rewritten(json.loads(line)) + rest)
    assert loaded(root) == [0, 1]
    path.write_bytes(rewritten(json.loads(line), **members) + rest)
    assert loaded(root) is None


def longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


def shorter(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def header_flipped(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"open"', b'"oqen"', 1))


def a_link(path: Path) -> None:
    path.rename(path.parent.parent / "away")
    path.symlink_to(path.parent.parent / "away")


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("harm", [longer, shorter, header_flipped, a_link, a_folder, a_pipe])
def test_a_file_that_is_not_what_was_written_is_passed_over_for_an_older_one(
    root: Path, index: Index, harm: Callable[[Path], None]
) -> None:
    saved(index, [1], [saved(index, [0])])
    harm(root / "cache" / "index-000000002.bin")
    assert loaded(root) == [0]


def test_a_base_that_was_replaced_by_another_is_noticed(root: Path, index: Index) -> None:
    saved(index, [1], [saved(index, [0])])
    base = root / "cache" / "index-000000001.bin"
    base.unlink()
    other = Index(root, "store", rescued)
    (root / "cache" / "index-000000002.bin").rename(root / "kept")
    saved(other, [5])
    (root / "kept").rename(root / "cache" / "index-000000002.bin")
    assert loaded(root) == [5]


def test_two_processes_never_write_the_same_generation(root: Path, index: Index) -> None:
    saved(index, [0])
    path = root / "cache" / "index-000000002.bin"
    path.write_bytes(b"of another process")
    assert saved(index, [1]).generation == 3
    assert loaded(root) == [1]


def test_nothing_is_written_through_a_link(root: Path, index: Index) -> None:
    (root / "cache").rename(root / "outside")
    (root / "cache").symlink_to(root / "outside")
    assert index.save(from_entries([]), (), STATE) is None
    assert list((root / "outside").iterdir()) == []


@pytest.mark.parametrize(
    ("sizes", "size", "kept"),
    [
        ([], 32, 0),
        ([1000], 32, 1),
        ([1000, 70], 32, 2),
        ([1000, 64], 32, 1),
        ([100, 64], 32, 0),
        ([100_000, 40_000, 32], 33, 2),
        ([1000, 0], 0, 1),
        ([1000], 0, 1),
    ],
)
def test_a_new_layer_takes_in_those_that_are_not_much_larger(
    index: Index, sizes: Sequence[int], size: int, kept: int
) -> None:
    layers = [_Sized(each, 1) for each in sizes]
    assert kept_below(layers, size, in_files=True) == kept  # type: ignore[arg-type]  # has what is asked of it


def test_a_file_stands_on_no_layer_that_has_none() -> None:
    layers = [_Sized(9_000, 1), _Sized(2_000, 0), _Sized(400, 2)]
    assert kept_below(layers, 1, in_files=True) == 1  # type: ignore[arg-type]  # same
    assert kept_below(layers, 1, in_files=False) == 3  # type: ignore[arg-type]  # same


def test_layers_stay_few_however_many_runs_come() -> None:
    layers: list[_Sized] = []
    written = 0
    for _ in range(4_000):
        kept = kept_below(layers, 32, in_files=True)  # type: ignore[arg-type]  # same
        size = 32 + sum(layer.size for layer in layers[kept:])
        layers[kept:] = [_Sized(size, 1)]
        written += size
    assert len(layers) <= 12
    assert written <= 14 * 32 * 4_000


class _Sized:
    def __init__(self, size: int, generation: int) -> None:
        self.size = size
        self.generation = generation
