"""What a plan and a verdict say: the same in a terminal and in a notebook, and no text of a stranger does anything."""

from __future__ import annotations

import dataclasses
import io
from typing import Any

import pytest

import nbtrack
from nbtrack.hosts.reproduce_progress import Progress
from nbtrack.hosts.reproduce_text import metric_rows, plan_sections, verdict_sections
from nbtrack.hosts.reproducing import Verdict
from nbtrack.hosts.terminal import console
from nbtrack.hosts.terminal_reproduce import TerminalConversation, plan_view, verdict_view
from nbtrack.model.reproduction import ReproductionDocument
from nbtrack.query.program import Program, Step
from nbtrack.reproduce.inputs import Input
from nbtrack.reproduce.plan import Command, Options, Packages, Plan
from nbtrack.view.reproduction import going_on, planned

EVIL = "<script>alert(1)</script>\x1b[2J\u202e"


def some_run(name: str = "fit") -> nbtrack.Run:
    store = nbtrack.MemoryStore()
    with nbtrack.start_run(name, store=store) as opened:
        opened.log(r2=0.5)
    return nbtrack.run(opened.id, store=store)


def some_plan(**options: Any) -> Plan:
    run = some_run(EVIL)
    steps = (Step(1, None, 1, f"{EVIL} = 1"), Step(2, None, 12, "fit()", outcome="error", times=3, duration=90))
    return Plan(
        run,
        Options(**options),
        Program(run, steps, (f"doubt {EVIL}",)),
        (Command("In [1]", f"rm {EVIL}"),),
        (f"https://example.org/{EVIL}",),
        (Input(f"data/{EVIL}.csv", sha256="0123456789", size=2_500_000), Input("gone.csv")),
        Packages("3.11.7", 42, ("x @ git+https://example.org@0",), ("mine",), ("lost==1 was built from a folder",)),
        ("no Landlock",),
    )


DOCUMENT: ReproductionDocument = {
    "level": "different",
    "at": 0,
    "duration": 12.5,
    "text": "different: r2 moved",
    "metrics": {
        "r2": {"was": 0.5, "now": 0.25, "change": -0.5, "tolerance": 0.005, "level": "different"},
        "fit_time": {"was": 1.0, "now": 2.0, "change": 1.0, "tolerance": 0.005, "level": "not judged"},
        EVIL: {"was": None, "now": "NaN", "change": None, "level": "new"},
    },
    "outputs": {"out.csv": "same", f"{EVIL}.png": "different"},
    "causes": [{"kind": "package", "name": "numpy", "text": f"numpy was 1, is 2 {EVIL}"}],
    "restored": [{"kind": "code", "name": "commit", "origin": "commit", "text": "3 files of commit 0123"}],
}


def printed(view: Any, width: int = 80) -> str:
    output = console(io.StringIO(), width)
    output.print(view)
    return output.file.getvalue()  # type: ignore[attr-defined]


def test_a_plan_says_everything_a_person_should_know_before_saying_yes() -> None:
    text = printed(plan_view(some_plan()))
    for words in (
        "its cells took 4 min 30 s", "In [12]  fit() (3 times) [failed then]", "In [1]  rm ", "https://example.org/",
        "2.5 MB, sha256 01234567", "gone.csv, its bytes are not known", "Python 3.11.7 and 42 packages", "built here",
        "edited in place, from the recorded code: mine", "cannot be had: lost==1", "removed afterwards", "no Landlock",
    ):  # fmt: skip
        assert words in " ".join(text.split()) or words in text, words


@pytest.mark.parametrize("width", [60, 80, 120])
def test_everything_fits_the_terminal(width: int) -> None:
    verdict = Verdict(some_run(), DOCUMENT)
    for view in (plan_view(some_plan()), verdict_view(verdict)):
        assert max(len(line.rstrip()) for line in printed(view, width).splitlines()) <= width


def test_options_say_themselves() -> None:
    sections = {
        each.title: " ".join(each.lines) for each in plan_sections(some_plan(environment="current", network=False))
    }
    assert "used as they are" in sections["installs"]
    assert "kept from the network" in sections["reaches"]
    assert "kept" in {each.title: each for each in plan_sections(some_plan(keep=True))}["writes"].lines[0]


def test_a_verdict_shows_each_metric_and_what_is_likely_why() -> None:
    rows = {row.name: row for row in metric_rows(DOCUMENT)}
    assert rows["r2"][1:] == ("0.5", "0.25", "-50 %", "0.5 %", "different")
    sections = {each.title: each.lines for each in verdict_sections(DOCUMENT)}
    assert sections["outputs"][0] == "1 same"
    assert sections["likely why"][0].startswith("numpy was 1, is 2")
    assert sections["from"] == ("3 files of commit 0123",)


def test_repetitions_are_shown_with_what_they_predict() -> None:
    told: Any = {
        **DOCUMENT,
        "metrics": {"r2": {"was": 0.5, "now": [0.4, 0.5, 0.6, 0.7], "interval": [0.3, 0.8], "level": "x"}},
    }
    (row,) = metric_rows(told)
    assert (row.now, row.allowed) == ("0.4, 0.5, 0.6 … (4)", "0.3 … 0.8")


def test_no_text_of_a_stranger_moves_the_cursor_or_becomes_markup() -> None:
    verdict = Verdict(some_run(EVIL), {**DOCUMENT, "level": "failed", "text": EVIL, "error": EVIL}, traceback=EVIL)
    plan = some_plan()
    for text in (printed(plan_view(plan)), printed(verdict_view(verdict))):
        assert "\x1b" not in text
        assert "\u202e" not in text
    for html in (verdict._repr_html_(), planned(EVIL, plan_sections(plan)).html, going_on(EVIL, [EVIL]).html):
        assert "<script" not in html
        assert "\u202e" not in html


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_in_a_file_is_a_line_for_each_phase_and_cell() -> None:
    file = io.StringIO()
    talk = TerminalConversation(file, 80)
    progress: Progress = talk.reporter(some_plan())
    progress.phase("running")
    progress.begun(0)
    progress.wrote("stdout", "epoch 1\x1b[2J")
    talk.close()
    lines = file.getvalue().splitlines()
    assert lines[0] == "running"
    assert lines[1].startswith("  cell 1 of 2 · In [1]")
    assert lines[2] == "  | epoch 1␛[2J"


def test_progress_on_a_screen_is_taken_away_and_the_output_stays() -> None:
    screen = Screen()
    talk = TerminalConversation(screen, 80)
    progress = talk.reporter(some_plan())
    progress.phase("environment")
    progress.phase("running")
    progress.wrote("stderr", "warned")
    talk.close()
    talk.close()
    assert "environment  0 s" in screen.getvalue()
    assert "│ warned" in screen.getvalue()


def test_a_plan_tells_what_stands_in_for_a_cells_own_literal_and_how_long_the_cell_is() -> None:
    plan = some_plan()
    step = Step(1, None, 7, "%%track lr=0.5\nlr = 0.1\nmodel = fit(lr)\nmodel.score()", overrides={"lr": 0.5})
    told = plan_sections(dataclasses.replace(plan, program=Program(plan.run, (step,))))[0]
    assert told.lines[0] == "In [7]  model = fit(lr) +3 lines with lr=0.5"
    assert told.cells[0].source[0] == "%%track lr=0.5"
    assert told.lines[-1] == f"every line of it: nbtrack export {plan.run.short}"


def test_a_verdicts_sentence_stands_beside_its_metrics() -> None:
    told: Any = {**DOCUMENT, "text": "different: r2 moved; likeliest cause: numpy"}
    assert "r2 moved\n" in printed(verdict_view(Verdict(some_run(), told)))
    assert "r2 moved" in Verdict(some_run(), told)._repr_html_()


def test_the_time_left_stands_before_what_a_narrow_terminal_cuts() -> None:
    progress = Progress(some_plan(), clock=lambda: 0.0)
    progress.phase("running")
    progress.begun(0)
    assert progress.line(4.0).startswith("cell 1 of 2 · about 4 min 30 s left · 4 s so far · In [1]")
