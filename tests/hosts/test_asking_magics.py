"""%runs, %compare, %diff and %nbtrack."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def asked(shell: Any) -> Any:
    for lr, accuracy in (("0.1", "0.75"), ("0.01", "0.5")):
        shell.run(f"%%track 'lr {lr}' lr={lr}\nlr = 1\naccuracy = float('{accuracy}')")
    return shell


def test_runs_shows_a_table_in_the_order_asked_for(asked: Any) -> None:
    asked.run("%runs metrics.accuracy > 0 order by metrics.accuracy desc")
    (table,) = asked.outputs("runs")
    assert table.index("lr 0.1") < table.index("lr 0.01")


def test_compare_takes_a_filter_ids_or_nothing(asked: Any) -> None:
    ids = [run.short for run in asked.runs]
    for line in ("", "params.lr < 0.05", ids[0], f"{ids[0]} {ids[1]}"):
        assert asked.run(f"%compare {line}").success
    assert [text.count("lr 0") for text in asked.outputs("comparison")] == [2, 1, 1, 2]


def test_diff_shows_what_differs(asked: Any) -> None:
    newer, older = (run.id for run in asked.runs)
    asked.run(f"%diff {older} {newer}")
    (text,) = asked.outputs("diff")
    assert "0.1" in text
    assert "0.01" in text


def test_the_terminals_commands_work_in_a_cell(asked: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked.run("%nbtrack ls").success
    assert "lr 0.01" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("%runs metrics.acuracy > 1", "did you mean `accuracy`?"),
        ("%runs params.lr <", "^"),
        ("%diff abc", "%diff needs two runs, not 1"),
        ("%diff zzzzzz yyyyyy", "no run"),
        ("%compare zzzzzz yyyyyy", "no run"),
        ("%track maybe", "'maybe' is not on, off or status"),
    ],
)
def test_a_mistake_is_a_short_message_not_a_traceback(
    asked: Any, line: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not asked.run(line).success
    error = capsys.readouterr().err
    assert says in error
    assert "Traceback" not in error
    assert len(error.strip().splitlines()) <= 4


def test_runs_and_a_run_show_themselves(asked: Any) -> None:
    asked.run("import nbtrack")
    formatter = asked.ip.display_formatter
    data, _ = formatter.format(asked.runs)
    assert "lr 0.01" in data["text/html"]
    data, _ = formatter.format(asked.last)
    assert "<script" not in data["text/html"]
    data, metadata = formatter.format(__import__("nbtrack").compare(store=asked.store))
    assert "lr 0.01" in data["text/html"]
    assert metadata == {"nbtrack": {"kind": "comparison"}}


def test_a_store_without_runs_says_so(shell: Any) -> None:
    for line in ("%runs", "%compare"):
        assert shell.run(line).success
    assert "No runs" in shell.outputs("runs")[0]
