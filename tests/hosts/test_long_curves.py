"""Curves of ten thousand points and more: a part of them is kept, and how they end is what is told."""

from __future__ import annotations

from typing import Any

import pytest

from nbtrack.capture.results import metric_book
from nbtrack.store.local import LocalStore

Shell = Any  # tests/hosts/conftest.py

CURVE = "[1 / (step + 1) for step in range(15_000)]"


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("losses = []\nfor step in range(15_000):\n    losses.append(1 / (step + 1))", "losses"),
        (f"def train():\n    return {CURVE}\nloss_history = train()", "loss_history"),
        (f"def train():\n    return {{'loss': {CURVE}}}\nhistory = train()", "history.loss"),
        (f"class Net:\n    def fit(self):\n        self.loss_ = {CURVE}\nnet = Net()\nnet.fit()", "net.loss_"),
    ],
)
def test_a_long_curve_ends_as_it_ended(cell: str, name: str, shell: Shell) -> None:
    shell.run(f"%%track\n{cell}")
    run = shell.last
    history = run.history(name)
    assert run.metrics[name] == pytest.approx(1 / 15_000)
    assert (history.steps[0], history.steps[-1]) == (0, 14_999)
    assert 5_000 < len(history.steps) <= 10_000
    assert all(value == 1 / (step + 1) for step, value in zip(history.steps, history.values, strict=True))


def test_many_long_curves_have_fewer_points_each(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metric_book, "_MOST_POINTS", 4_000)
    shell.run(
        "def descend(least):\n    return [least + 1 / (step + 1) for step in range(2_000)]\n"
        "def train():\n    return {word + '_loss': descend(ord(word)) for word in 'abcdefghij'}"
    )
    shell.run("%%track\nhistory = train()")
    run = shell.last
    lengths = {name: curve["count"] for name, curve in run.curves.items()}
    assert len(lengths) == 10
    assert min(lengths.values()) >= 250
    assert sum(lengths.values()) <= 4_000 + 10 * 500
    assert all(run.history(name).steps[-1] == 1_999 for name in lengths)
    assert run.metrics["history.j_loss"] == pytest.approx(ord("j") + 1 / 2_000)


def test_the_card_draws_a_curve_without_reading_it_back(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    points = LocalStore.points
    monkeypatch.setattr(LocalStore, "points", lambda self, run, name: asked.append(name) or points(self, run, name))
    shell.run("%%track\nlosses = []\nfor step in range(500):\n    losses.append(1 / (step + 1))")
    shell.run(
        "%%track\nfrom sklearn.metrics import accuracy_score\n"
        "for step in range(50):\n    acc = accuracy_score([0, 1, 1], [0, 1, step % 2])"
    )
    assert asked == []
    assert [dict(run.curves)[name]["count"] for run, name in zip(shell.runs, ("acc", "losses"), strict=True)] == [
        50,
        500,
    ]


def test_the_history_in_a_long_table_is_a_curve(shell: Shell) -> None:
    shell.run(
        "%%track\nimport pandas as pd\n"
        "def train():\n"
        "    return [{'step': step, 'loss': 1 / (step + 1), 'lr': 0.1} for step in range(15_000)]\n"
        "log = pd.DataFrame(train())"
    )
    history = shell.last.history("log.loss")
    assert (history.steps[-1], history.values[-1]) == (14_999, 1 / 15_000)
    assert 5_000 < len(history.steps) <= 10_000
    assert all(value == 1 / (step + 1) for step, value in zip(history.steps, history.values, strict=True))
