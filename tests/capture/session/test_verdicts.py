"""What is said of where a run's inputs came from - and that nothing is said where nobody knows."""

from __future__ import annotations

from typing import Any

import pytest

from nbtrack.capture.session.notebook_file import SavedCell, SavedNotebook, Stamp
from nbtrack.capture.session.verdicts import Known, verdicts

Kernel = Any  # tests/capture/conftest.py
LATER, EARLIER = 10**12, 0  # seconds since 1970: a save after, and before, everything that runs here


def saved(*cells: tuple[str | None, str], at: float = LATER) -> SavedNotebook:
    return SavedNotebook(Stamp("n.ipynb", int(at * 1e9), 1), tuple(SavedCell(*cell) for cell in cells), b"")


def said(kernel: Kernel, notebook: SavedNotebook | None = None) -> list[tuple[str, str]]:
    """The verdicts on the last execution: kind and text."""
    session = kernel.session
    known = Known(
        session.cells,
        session.writers,
        notebook,
        frozenset(session.deleted),
        session.order,
        session.gaps,
        kernel.names,
    )
    found = verdicts(session.slice(session.log[max(session.log)]), known)
    return [(each["kind"], each["text"]) for each in found]


def kinds(kernel: Kernel, notebook: SavedNotebook | None = None) -> list[str]:
    return [kind for kind, _ in said(kernel, notebook)]


def test_a_notebook_run_from_top_to_bottom_is_clean(kernel: Kernel) -> None:
    cells = [("a", "x = [1]"), ("b", "x.append(2)"), ("c", "y = sum(x)"), ("d", "y")]
    for identity, source in cells:
        kernel.run(source, identity)
    assert said(kernel, saved(*cells)) == [
        ("clean", "clean: depends on 3 other executions, each of a cell as it stands")
    ]


def test_without_ids_and_without_a_file_it_is_clean(kernel: Kernel) -> None:
    for source in ("x = 1", "y = x", "y"):
        kernel.run(source)
    assert kinds(kernel) == ["clean"]


def test_a_cell_without_inputs_says_so(kernel: Kernel) -> None:
    kernel.run("1 + 1")
    assert said(kernel) == [("clean", "clean: depends on no other cell")]


def test_a_cell_edited_and_saved_without_running_it_is_named(kernel: Kernel) -> None:
    kernel.run("df = load = 1", "a")
    kernel.run("df", "b")
    notebook = saved(("a", "df = load = 2"), ("b", "df"))
    assert said(kernel, notebook) == [("upstream-edited", "reads `df` from a cell edited since (In [1])")]


def test_what_depends_on_an_edited_cell_through_another_says_depends(kernel: Kernel) -> None:
    kernel.run("df = 1", "a")
    kernel.run("y = df", "b")
    kernel.run("y", "c")
    notebook = saved(("a", "df = 2"), ("b", "y = df"), ("c", "y"))
    assert said(kernel, notebook) == [("upstream-edited", "depends on `df` from a cell edited since (In [1])")]


def test_an_edited_cell_that_ran_again_for_another_reader_is_named(kernel: Kernel) -> None:
    kernel.run("df = 1", "a")
    kernel.run("y = df", "b")
    kernel.run("df = 2", "a")
    kernel.run("y", "c")
    assert said(kernel) == [("upstream-edited", "depends on `df` from a cell edited since (In [1])")]


def test_an_edited_cell_that_ran_again_is_clean(kernel: Kernel) -> None:
    kernel.run("df = 1", "a")
    kernel.run("df = 2", "a")
    kernel.run("df", "b")
    assert kinds(kernel, saved(("a", "df = 2"), ("b", "df"))) == ["clean"]


def test_a_file_saved_before_the_cell_ran_says_nothing_of_it(kernel: Kernel) -> None:
    kernel.run("df = 2", "a")
    kernel.run("df", "b")
    assert kinds(kernel, saved(("a", "df = 1"), at=EARLIER)) == ["clean"]


def test_white_space_and_the_track_line_are_no_edit(kernel: Kernel) -> None:
    kernel.run("df = 1  \nx = 2\n", "a")
    kernel.run("df", "b")
    assert kinds(kernel, saved(("a", "%%track baseline\ndf = 1\nx = 2"), ("b", "df"))) == ["clean"]


def test_a_deleted_cell_is_named_when_the_front_end_says_so(kernel: Kernel) -> None:
    kernel.run("df = 1", "a")
    kernel.run("df", "b", {"deletedCells": ["a"]})
    assert said(kernel) == [("deleted-cell", "reads `df` from a deleted cell (In [1])")]


def test_a_deletion_that_was_undone_is_forgotten(kernel: Kernel) -> None:
    kernel.run("df = 1", "a")
    kernel.run("x = 1", "b", {"deletedCells": ["a"]})
    kernel.run("df", "c")
    assert kinds(kernel, saved(("a", "df = 1"), ("b", "x = 1"), ("c", "df"))) == ["clean"]


def test_a_cell_that_a_later_save_is_without_is_deleted(kernel: Kernel) -> None:
    kernel.run("df = 1", "a")
    kernel.run("df", "b")
    assert kinds(kernel, saved(("b", "df"))) == ["deleted-cell"]


@pytest.mark.parametrize(
    "notebook",
    [
        pytest.param(saved(("x1", "df"), ("x2", "other")), id="ids of another opening of the file"),
        pytest.param(saved((None, "df")), id="a file without ids"),
        pytest.param(saved(("b", "df"), at=EARLIER), id="saved before it ran"),
        pytest.param(saved(), id="an empty file"),
    ],
)
def test_a_cell_is_not_called_deleted_on_doubtful_grounds(kernel: Kernel, notebook: SavedNotebook) -> None:
    kernel.run("df = 1", "a")
    kernel.run("df", "b")
    assert kinds(kernel, notebook) == ["clean"]


def test_without_ids_an_edit_is_seen_at_its_place(kernel: Kernel) -> None:
    kernel.run("import math")
    kernel.run("df = [math.pi, 1, 2, 3]")
    kernel.run("y = df[0]")
    kernel.run("y")
    edited = saved((None, "import math"), (None, "df = [math.pi, 1, 2, 4]"), (None, "y = df[0]"), (None, "y"))
    rewritten = saved((None, "import math"), (None, "print('hello')"), (None, "y = df[0]"), (None, "y"))
    assert said(kernel, edited) == [("upstream-edited", "depends on `df` from a cell edited since (In [2])")]
    assert kinds(kernel, rewritten) == ["clean"]


def test_an_input_from_below_is_out_of_order(kernel: Kernel) -> None:
    kernel.run("df = 1", "below")
    kernel.run("df", "above")
    assert said(kernel, saved(("above", "df"), ("below", "df = 1"))) == [
        ("out-of-order", "executed out of order: In [2] uses `df` from In [1], which stands below it")
    ]


def test_a_step_between_that_was_left_out_is_out_of_order(kernel: Kernel) -> None:
    cells = [("a", "df = [1, None]"), ("b", "df = [1]"), ("c", "df")]
    kernel.run("df = [1, None]", "a")
    kernel.run("df = [1]", "b")
    kernel.run("df = [1, None]", "a")
    kernel.run("df", "c")
    assert said(kernel, saved(*cells)) == [
        ("out-of-order", "executed out of order: In [4] uses `df` without In [2], which stands between")
    ]


def test_the_order_a_front_end_sends_counts(kernel: Kernel) -> None:
    kernel.run("df = 1", "below")
    kernel.run("df", "above", {"nbtrack": {"cells": ["above", "below"]}})
    assert kinds(kernel) == ["out-of-order"]


def test_ids_of_vs_code_are_not_the_file_s_and_sources_tell(kernel: Kernel) -> None:
    kernel.run("df = [1, 2, 3]", "vscode-notebook-cell:/n.ipynb#W0")
    kernel.run("y = df[0]", "vscode-notebook-cell:/n.ipynb#W1")
    assert kinds(kernel, saved(("a", "df = [1, 2, 3]"), ("b", "y = df[0]"))) == ["clean"]
    assert kinds(kernel, saved(("a", "df = [1, 2, 4]"), ("b", "y = df[0]"))) == ["upstream-edited"]
    assert kinds(kernel, saved(("b", "y = df[0]"), ("a", "df = [1, 2, 3]"))) == ["out-of-order"]


def test_independent_cells_may_run_in_any_order(kernel: Kernel) -> None:
    kernel.run("b = 1", "b")
    kernel.run("a = 2", "a")
    kernel.run("a + b", "c")
    assert kinds(kernel, saved(("a", "a = 2"), ("b", "b = 1"), ("c", "a + b"))) == ["clean"]


def test_a_cell_that_adds_to_what_it_made_is_reran(kernel: Kernel) -> None:
    kernel.run("df = 1", "a")
    kernel.run("df = df + 1", "b")
    kernel.run("df = df + 1", "b")
    kernel.run("df", "c")
    assert said(kernel) == [("reran", "`df` adds up 2 executions of the same cell (In [2], In [3])")]


def test_a_cell_that_starts_anew_is_not(kernel: Kernel) -> None:
    for _ in range(3):
        kernel.run("df = [1]\ndf.append(2)", "a")
    kernel.run("df", "b")
    assert kinds(kernel) == ["clean"]


def test_the_run_itself_may_add_up(kernel: Kernel) -> None:
    kernel.run("results = []", "a")
    for _ in range(4):
        kernel.run("results.append(1)", "b")
    assert said(kernel) == [("reran", "`results` adds up 4 executions of the same cell (In [3], In [4], In [5])")]


def test_looking_at_an_unknown_object_again_is_no_rerun(kernel: Kernel) -> None:
    kernel.run("class Board:\n    def paint(self): ...\nboard = Board()", "a")
    for _ in range(3):
        kernel.run("board.paint()", "b")
    assert kinds(kernel) == ["clean"]


def test_code_made_up_while_running_is_named(kernel: Kernel) -> None:
    kernel.run("exec('x' + ' = 1')", "a")
    kernel.run("x", "b")
    assert said(kernel) == [("dynamic-code", "dynamic code: what In [1] reads is known only in part")]


def test_what_was_made_while_tracking_was_off_is_unverified(kernel: Kernel) -> None:
    kernel.run("a = [1]", "a")
    kernel.session.skip()
    kernel.names["df"] = [2]
    kernel.run("df", "b")
    assert said(kernel) == [("unverified", "reads `df`, which was made while tracking was off")]


def test_what_may_have_changed_while_tracking_was_off_is_unverified(kernel: Kernel) -> None:
    kernel.run("a = [1]\nimport math\nn = 1", "a")
    kernel.session.skip()
    kernel.run("b = (math, n)", "b")
    assert kinds(kernel) == ["clean"]
    kernel.run("a", "c")
    assert said(kernel) == [("unverified", "`a` may have changed while tracking was off")]


def test_the_worst_comes_first_and_each_is_told_once(kernel: Kernel) -> None:
    kernel.run("a = [1]", "a")
    kernel.run("b = [2]", "b")
    kernel.run("c = a + b + a", "c", {"deletedCells": ["a"]})
    assert kinds(kernel, saved(("b", "b = [3]"), ("c", "c = a + b + a"))) == ["deleted-cell", "upstream-edited"]
