from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nbtrack.errors import ObjectMissing
from nbtrack.model.run import Run
from nbtrack.view.packed_sources import packed_sources

Make = Callable[..., Run]


class Shelf:
    """Sources by their names."""

    def __init__(self, **objects: str) -> None:
        self.objects = objects

    def read(self, name: str) -> bytes:
        if name not in self.objects:
            raise ObjectMissing(name)
        return self.objects[name].encode()

    def paths(self, name: str) -> tuple[str, ...]:
        raise ObjectMissing(name)

    def save(self, name: str, to: object, *, folder: bool) -> None:
        raise ObjectMissing(name)


def _run(
    make_run: Make, number: int, source: str, behind: list[str] | None = None, patch: str = "", **objects: str
) -> Run:
    members: dict[str, Any] = {"cell": {"source": source, "id": None, "count": 1, "hash": "", "line": ""}}
    if behind is not None:
        executions = [{"n": n, "source": name} for n, name in enumerate([*behind, "own"])]
        members["slice"] = {"executions": executions, "verdicts": []}
    if patch:
        members["code"] = {"patch": patch}
    return replace(make_run(number, **members), _kept=Shelf(**objects))


def test_every_line_and_source_is_written_once(make_run: Make) -> None:
    objects = {"load": "import a\nX = load()", "clean": "X = X.dropna()"}
    runs = [
        _run(make_run, 1, "fit()\nscore()", ["load", "clean"], **objects),
        _run(make_run, 2, "fit()\nscore()", ["load"], patch="p", p="+import a", **objects),
        _run(make_run, 3, "fit()\nprint()", ["load", "clean"], **objects),
    ]
    assert packed_sources(runs, 1000) == (
        {
            "lines": ["fit()", "score()", "print()", "import a", "X = load()", "X = X.dropna()", "+import a"],
            "sources": [[0, 1], [0, 2], [3, 4], [5], [6]],
            "cells": [0, 0, 1],
            "slices": [[2, 3], [2]],
            "upstream": [0, 1, 0],
            "patches": [-1, 4, -1],
        },
        {"sources": 0},
    )


def test_what_nobody_recorded_takes_no_room(make_run: Make) -> None:
    expected = ({"lines": ["x"], "sources": [[0]], "cells": [0]}, {"sources": 0})
    assert packed_sources([_run(make_run, 1, "x")], 100) == expected


def test_a_slice_is_whole_or_left_out_and_counted_and_the_cells_come_first(make_run: Make) -> None:
    objects = {"big": "y" * 500, "small": "z"}
    runs = [
        _run(make_run, 1, "a" * 50, ["small", "big"], **objects),
        _run(make_run, 2, "b" * 50, ["small"], patch="big", **objects),
        _run(make_run, 3, "c" * 5000, [], **objects),
    ]
    data, omitted = packed_sources(runs, 150)
    assert (data["cells"], data["upstream"], data["slices"], data["patches"]) == (
        [0, 1, -2],
        [-2, 0, 1],
        [[2], []],
        [-1, -2, -1],
    )
    assert omitted == {"sources": 1, "slices": 1, "patches": 1}


def test_a_source_that_is_not_to_be_had_counts_as_not_recorded(make_run: Make) -> None:
    data, omitted = packed_sources([_run(make_run, 1, "x", ["gone"], patch="gone")], 100)
    assert (set(data), omitted) == ({"lines", "sources", "cells"}, {"sources": 0})
