"""What a run was given are the files it read and did not make itself."""

from __future__ import annotations

from typing import Any

import nbtrack
from nbtrack.reproduce.inputs import addresses, inputs
from tests.reproduce.recorded import read, recorded, sha256


def given(*entries: dict[str, Any]) -> list[str]:
    return [each.path for each in inputs(recorded(nbtrack.MemoryStore(), data=list(entries)))]


def wrote(path: str, **more: Any) -> dict[str, Any]:
    return {**read(path, b"", **more), "mode": "write"}


def test_what_an_earlier_cell_wrote_is_made_again() -> None:
    assert given(wrote("features.csv", n=2), read("features.csv", b"x", n=5)) == []
    assert given(wrote("features.csv", n=2), read("features.csv", b"x")) == []
    assert given(wrote("features.csv"), read("features.csv", b"x", made=True)) == []


def test_what_was_read_before_it_was_written_was_given() -> None:
    assert given(read("log.csv", b"x", n=2), wrote("log.csv", n=5)) == ["log.csv"]
    assert given(read("log.csv", b"x"), wrote("log.csv")) == ["log.csv"]
    assert given(read("log.csv", b"x", n=3), wrote("log.csv", n=3)) == ["log.csv"]


def test_variables_and_addresses_are_no_files() -> None:
    url = {"kind": "url", "path": "https://example.org/x.csv", "mode": "read"}
    assert given({"kind": "variable", "name": "df", "mode": "read"}, url, read("x", b"1")) == ["x"]
    assert addresses(recorded(nbtrack.MemoryStore(), data=[url, {**url, "mode": "write"}])) == [url["path"]]


def test_records_of_another_shape_are_not_believed() -> None:
    odd = {"kind": "file", "path": "x", "mode": "read", "size": True, "sha256": "../etc", "blake3": 7, "n": "two"}
    (found,) = inputs(recorded(nbtrack.MemoryStore(), data=[odd]))
    assert (found.sha256, found.object, found.size) == ("", "", None)


def test_a_large_file_is_in_the_store_under_another_name() -> None:
    (found,) = inputs(recorded(nbtrack.MemoryStore(), data=[read("x", b"1", blake3="0a" * 32)]))
    assert (found.sha256, found.object) == (sha256(b"1"), "blake3:" + "0a" * 32)
