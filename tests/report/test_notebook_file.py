"""Notebooks as people have them: both layouts of the format, fields that are missing, files that are broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nbtrack.errors import LimitExceeded, UsageError
from nbtrack.report import notebook_file
from nbtrack.report.notebook_file import SavedCell, SavedOutput, read_notebook


def written(folder: Path, content: Any) -> Path:
    path = folder / "study.ipynb"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def test_cells_of_format_4_are_read_in_order_with_their_outputs(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# One\n", "two"], "attachments": {"a.png": {"image/png": "eA=="}}},
        {
            "cell_type": "code",
            "id": "c1",
            "source": "x = 1",
            "execution_count": 3,
            "outputs": [
                {"output_type": "stream", "name": "stderr", "text": ["a\n", "b"]},
                {"output_type": "execute_result", "data": {"text/plain": ["1"]}, "metadata": {"k": 1}},
                {"output_type": "error", "ename": "E", "evalue": "no", "traceback": ["t"]},
            ],
        },
    ]
    path = written(tmp_path, {"cells": cells, "nbformat": 4, "metadata": {"language_info": {"name": "R"}}})
    found = read_notebook(path)
    assert (found.name, found.language) == ("study.ipynb", "r")
    assert found.cells == (
        SavedCell(0, "markdown", "# One\ntwo", attachments={"a.png": {"image/png": "eA=="}}),
        SavedCell(
            1,
            "code",
            "x = 1",
            id="c1",
            count=3,
            outputs=(
                SavedOutput("stream", "stderr", "a\nb"),
                SavedOutput("display", data={"text/plain": "1"}, metadata={"k": 1}),
                SavedOutput("error", "E", "no", ("t",)),
            ),
        ),
    )


def test_cells_of_format_3_are_read_from_its_worksheets(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Part"},
        {
            "cell_type": "code",
            "input": ["1 + 1"],
            "prompt_number": 4,
            "outputs": [{"output_type": "pyout", "text": ["2"], "png": "eA=="}, {"output_type": "pyerr", "ename": "E"}],
        },
    ]
    found = read_notebook(written(tmp_path, {"worksheets": [{"cells": cells}], "nbformat": 3})).cells
    assert found[0] == SavedCell(0, "heading", "Part", level=2)
    assert (found[1].source, found[1].count) == ("1 + 1", 4)
    assert [dict(each.data) for each in found[1].outputs] == [{"image/png": "eA==", "text/plain": "2"}, {}]


def test_what_has_another_shape_counts_as_nothing_there(tmp_path: Path) -> None:
    cells = [
        None,
        {"cell_type": "code", "source": 7, "outputs": "x", "execution_count": "9", "id": 3, "attachments": []},
        {"cell_type": ["?"], "metadata": None} | {"cell_type": "sql"},
        {"cell_type": "code", "outputs": [None, {"output_type": "stream"}, {"output_type": "new"}, {"data": 1}]},
    ]
    found = read_notebook(written(tmp_path, {"cells": cells})).cells
    assert found == (
        SavedCell(0, "code", ""),
        SavedCell(1, "raw", ""),
        SavedCell(2, "code", "", outputs=(SavedOutput("stream", "stdout", ""),)),
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"cells": [', "its JSON breaks off at line 1, column 12"),
        ("[]", "it holds a list, not an object with cells"),
        ({"nbformat": 4}, "has no list of cells"),
        ({"nbformat": 2, "cells": []}, "is a notebook of format 2; formats 3 and 4 are read"),
        ("[" * 100_000, "it nests too deep"),
        ("", "its JSON breaks off at line 1"),
    ],
)
def test_what_is_no_notebook_is_refused_with_the_reason(tmp_path: Path, content: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_notebook(written(tmp_path, content))


def test_a_file_that_is_not_there_or_not_text_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no notebook 'none\.ipynb' here"):
        read_notebook(tmp_path / "none.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    with pytest.raises(UsageError, match="is not a file"):
        read_notebook(tmp_path / "folder.ipynb")
    (tmp_path / "bytes.ipynb").write_bytes(b"\xff\xfe{}")
    with pytest.raises(UsageError, match="byte 0 is not UTF-8"):
        read_notebook(tmp_path / "bytes.ipynb")


def test_files_and_lists_of_cells_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, {"cells": [{"cell_type": "code"}] * 5})
    monkeypatch.setattr(notebook_file, "MOST_CELLS", 4)
    with pytest.raises(LimitExceeded, match="has 5 cells"):
        read_notebook(path)
    monkeypatch.setattr(notebook_file, "LARGEST", 20)
    with pytest.raises(LimitExceeded, match="Clear outputs"):
        read_notebook(path)
