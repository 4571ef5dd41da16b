"""What JupyterLab's extension says of a notebook that is not saved."""

import json
import threading

import pytest

from nbtrack.capture.session import notebook_told
from nbtrack.capture.session import saved as saved_module
from nbtrack.capture.session.notebook_told import told_in, told_notebook
from nbtrack.capture.session.saved import Saved


def metadata(cells: list[str], unsaved: dict[str, object]) -> dict[str, object]:
    return {"cellId": "a", "nbtrack": {"path": "/home/someone/n.ipynb", "cells": cells, "unsaved": unsaved}}


def test_cells_come_in_the_order_of_the_notebook_with_what_is_not_saved() -> None:
    told = told_in(metadata(["b", "a"], {"a": ["code", "x = 1"], "b": ["markdown", "# One"]}))
    assert told is not None
    assert list(told.items()) == [("b", ("markdown", "# One")), ("a", ("code", "x = 1"))]


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"nbtrack": None},
        {"nbtrack": {"cells": ["a"]}},
        {"nbtrack": {"cells": ["a"], "unsaved": {}}},
        {"nbtrack": {"cells": ["a"], "unsaved": {"a": "x = 1"}}},
        {"nbtrack": {"cells": ["a"], "unsaved": {"a": ["code", 1]}}},
        {"nbtrack": {"cells": ["a"], "unsaved": {"a": ["plugin", ""]}}},
        {"nbtrack": {"cells": [["a"]], "unsaved": {"a": ["code", ""]}}},
    ],
)
def test_what_is_not_told_as_the_extension_tells_it_is_not_believed(odd: dict[str, object]) -> None:
    assert told_in(odd) is None


def test_what_the_cells_do_not_say_is_as_it_was_saved(tmp_path) -> None:
    path = tmp_path / "n.ipynb"
    old = {"cell_type": "code", "id": "a", "metadata": {"tags": ["kept"]}, "source": "x = 1", "outputs": []}
    text = {"cells": [old, old | {"id": "gone"}], "metadata": {"kernelspec": {"name": "k"}}, "nbformat": 4}
    path.write_text(json.dumps(text))
    saved = Saved()
    saved.latest(path)
    saved.hear(metadata(["new", "a"], {"a": ["code", "x = 2"], "new": ["code", "y = 1"]}))
    found = saved.latest(path)
    assert found is not None
    notebook = json.loads(found.text)
    assert [cell["source"] for cell in notebook["cells"]] == ["y = 1", "x = 2"]
    assert notebook["cells"][1]["metadata"] == {"tags": ["kept"]}
    assert notebook["metadata"]["kernelspec"] == {"name": "k"}
    saved.close()


def test_secrets_that_are_not_saved_are_not_kept() -> None:
    told = told_in(metadata(["a"], {"a": ["code", 'password = "hunter2-hunter2"']}))
    assert told is not None
    assert b"hunter2" not in told_notebook(told, None, "n.ipynb").text


def test_once_it_is_saved_the_file_counts_again(tmp_path) -> None:
    path = tmp_path / "n.ipynb"
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "x = 3", "outputs": []}
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}))
    saved = Saved()
    saved.hear(metadata(["a"], {"a": ["code", "x = 2"]}))
    saved.hear({"cellId": "a", "nbtrack": {"path": "/home/someone/n.ipynb", "cells": ["a"]}})
    found = saved.latest(path)
    assert found is not None
    assert found.cells[0].source == "x = 3"
    saved.close()


def test_of_a_notebook_that_is_edited_only_the_cell_that_changed_is_looked_through(monkeypatch) -> None:
    looked: list[str] = []

    def redact(text: str) -> tuple[str, int]:
        looked.append(text)
        return text, 0

    monkeypatch.setattr(notebook_told, "redact", redact)
    notebook_told._clean.cache_clear()
    sources = {f"c{at}": ("code", f"x = {at}") for at in range(100)}
    told_notebook(sources, None, "")
    assert len(looked) == 100
    told_notebook({**sources, "c7": ("code", "x = 8.5")}, None, "")
    assert looked[100:] == ["x = 8.5"]
    notebook_told._clean.cache_clear()


def test_a_notebook_that_takes_long_to_look_through_holds_nobody_up_for_long(tmp_path, monkeypatch) -> None:
    began, go_on = threading.Event(), threading.Event()

    def slow(*given):
        began.set()
        go_on.wait(30)
        return told_notebook(*given)

    monkeypatch.setattr(saved_module, "told_notebook", slow)
    monkeypatch.setattr(saved_module, "TOLD", 0.01)
    saved = Saved()
    saved.hear(metadata(["a"], {"a": ["code", "x = 2"]}))
    saved.look(None)
    assert began.wait(30), "it is begun while the cell runs"
    assert saved.latest(None) is None
    go_on.set()
    assert saved._making is not None
    assert saved._making.wait(30)
    found = saved.latest(None)
    assert found is not None
    assert found.cells[0].source == "x = 2"
    saved.close()


def test_a_notebook_that_is_saved_has_nothing_made_of_it(tmp_path) -> None:
    saved = Saved()
    saved.hear({"cellId": "a", "nbtrack": {"path": "/home/someone/n.ipynb", "cells": ["a"]}})
    saved.look(None)
    assert saved._making is None
    assert saved._task is None
    saved.close()
