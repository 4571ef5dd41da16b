"""What a saved notebook says, and what is kept of it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from nbtrack.capture.guard.background import Background
from nbtrack.capture.session.notebook_file import SavedCell, parse, read_notebook, same_source, stamp_of
from nbtrack.capture.session.saved import Saved


def code(source: str | list[str], **members: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "outputs": [{"data": "x" * 100}], "execution_count": 3, **members}


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    metadata = {"kernelspec": {"name": "python3"}, "widgets": {"state": {}}}
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


CELLS = [
    {"cell_type": "markdown", "source": "# T]i{t}le", "id": "m", "metadata": {}},
    code(["x = 1\n", "y = '], [\\\"'"], id="a", metadata={"tags": ["keep"], "execution": {"t": 1}}),
    code("", id="b", metadata={}),
]


@pytest.mark.parametrize("indent", [None, 1, 4])
@pytest.mark.parametrize("last_first", [False, True])
def test_cells_are_read_whatever_wrote_the_file(tmp_path: Path, indent: int | None, *, last_first: bool) -> None:
    whole = notebook(*CELLS)
    ordered = dict(reversed(whole.items())) if last_first else whole
    path = write(tmp_path / "n.ipynb", json.dumps(ordered, indent=indent))
    stamp = stamp_of(path)
    assert stamp is not None
    read = read_notebook(stamp)
    assert read is not None
    assert read.cells == (SavedCell("a", "x = 1\ny = '], [\\\"'"), SavedCell("b", ""))
    kept = json.loads(read.text)
    assert [(cell["source"], cell.get("outputs")) for cell in kept["cells"]] == [
        ("# T]i{t}le", None),
        ("x = 1\ny = '], [\\\"'", []),
        ("", []),
    ]
    assert kept["cells"][1]["metadata"] == {"tags": ["keep"]}
    assert (kept["metadata"], kept["nbformat"]) == ({"kernelspec": {"name": "python3"}}, 4)


def test_a_notebook_without_cells_is_one() -> None:
    assert parse('{"cells": [], "metadata": {}}') == {"cells": [], "metadata": {}}
    assert parse('{"cells":[]}') == {"cells": []}


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"cells": 3}', '{"cells": [{}', '{"cells": [}', "\x00", '{"a": 1}']
)
def test_what_is_no_notebook_says_nothing(tmp_path: Path, content: str) -> None:
    stamp = stamp_of(write(tmp_path / "n.ipynb", content))
    assert stamp is not None
    assert read_notebook(stamp) is None


def test_cells_of_the_oldest_formats_have_no_ids(tmp_path: Path) -> None:
    stamp = stamp_of(write(tmp_path / "n.ipynb", notebook(code("x"))))
    assert stamp is not None
    assert [cell.id for cell in read_notebook(stamp).cells] == [None]  # type: ignore[union-attr]


def test_secrets_are_gone_from_what_is_kept_and_cells_are_compared_as_they_are(tmp_path: Path) -> None:
    source = "api_key = 'sk-proj-abcdefghijklmnopqrstuvwx1234567890'"
    stamp = stamp_of(write(tmp_path / "n.ipynb", notebook(code([source[:20], source[20:]]))))
    assert stamp is not None
    read = read_notebook(stamp)
    assert read is not None
    assert read.cells[0].source == source
    assert b"sk-proj" not in read.text
    assert b"redacted" in read.text


def test_the_same_notebook_in_another_indentation_is_kept_once(tmp_path: Path) -> None:
    texts = set()
    for indent in (None, 2):
        stamp = stamp_of(write(tmp_path / "n.ipynb", json.dumps(notebook(*CELLS), indent=indent)))
        assert stamp is not None
        texts.add(read_notebook(stamp).text)  # type: ignore[union-attr]
    assert len(texts) == 1


def test_a_missing_file_a_folder_and_a_pipe_have_no_state(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    assert [stamp_of(tmp_path / name) for name in ("gone.ipynb", "folder.ipynb", "pipe.ipynb")] == [None] * 3


def test_sources_are_the_same_however_they_are_tracked() -> None:
    assert same_source("%%track lr=1\nx = 1\n", "x = 1")
    assert not same_source("x = 1", "x = 2")


def test_a_large_notebook_lets_other_threads_run_while_it_is_read(tmp_path: Path) -> None:
    picture = {"output_type": "display_data", "data": {"image/png": "iVBOR" * 100_000}}
    path = write(tmp_path / "n.ipynb", notebook(*(code("x", outputs=[picture]) for _ in range(40))))
    assert path.stat().st_size > 20_000_000
    background, waits = Background(), []
    saved = Saved(background)
    saved.look(path)
    while saved._task is not None and not saved._task.wait(0):
        start = time.process_time()  # of this process alone: other work on the machine must not count
        time.sleep(0.001)
        waits.append(time.process_time() - start)
    found = saved.latest(path)
    background.close()
    assert found is not None
    assert (len(found.cells), len(found.text) < 20_000) == (40, True)
    assert sorted(waits)[-2] < 0.2


@pytest.fixture
def background() -> Iterator[Background]:
    found = Background()
    yield found
    found.close()


def test_a_file_is_read_again_when_it_was_saved_again(tmp_path: Path, background: Background) -> None:
    path, saved = write(tmp_path / "n.ipynb", notebook(code("x = 1"))), Saved(background)
    first = saved.latest(path)
    assert saved.latest(path) is first
    write(path, notebook(code("x = 22")))
    again = saved.latest(path)
    assert [each.cells[0].source for each in (first, again) if each] == ["x = 1", "x = 22"]


def test_a_file_that_is_gone_or_damaged_says_nothing(tmp_path: Path, background: Background) -> None:
    path, saved = write(tmp_path / "n.ipynb", notebook(code("x = 1"))), Saved(background)
    assert saved.latest(path) is not None
    write(path, "{damaged")
    assert saved.latest(path) is None
    assert saved.latest(None) is None


class Colab(ModuleType):
    """``google.colab._message`` as Colab's kernels have it."""

    def __init__(self, content: Any) -> None:
        super().__init__("google.colab._message")
        self.content = content
        self.asked: list[tuple[str, Any]] = []

    def blocking_request(self, kind: str, request: str = "", timeout_sec: float = 5, parent: Any = None) -> Any:
        self.asked.append((kind, timeout_sec))
        if isinstance(self.content, Exception):
            raise self.content
        return {"ipynb": self.content}


def test_colab_tells_what_is_not_saved_yet(background: Background, monkeypatch: pytest.MonkeyPatch) -> None:
    colab = Colab(notebook(code(["x = 1\n", "y"], metadata={"id": "abc"})))
    monkeypatch.setitem(sys.modules, "google.colab._message", colab)
    saved = Saved(background)
    for _ in range(3):
        found = saved.latest(None)
        assert found is not None
        assert found.cells == (SavedCell("abc", "x = 1\ny"),)
    assert colab.asked == [("get_ipynb", 1.0)]


@pytest.mark.parametrize("content", [RuntimeError("no front end"), None, "text", {"cells": 3}])
def test_a_colab_that_does_not_answer_is_not_asked_again(
    background: Background, monkeypatch: pytest.MonkeyPatch, content: Any
) -> None:
    colab = Colab(content)
    monkeypatch.setitem(sys.modules, "google.colab._message", colab)
    saved = Saved(background)
    assert [saved.latest(None) for _ in range(3)] == [None] * 3
    assert len(colab.asked) == 1


def test_kaggle_tells_it_too(background: Background, monkeypatch: pytest.MonkeyPatch) -> None:
    session = ModuleType("kaggle_session")
    answer = {"source": json.dumps(notebook(code("x = 1")))}
    session.UserSessionClient = type("UserSessionClient", (), {"get_exportable_ipynb": lambda self: answer})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "kaggle_session", session)
    found = Saved(background).latest(None)
    assert found is not None
    assert [cell.source for cell in found.cells] == ["x = 1"]
