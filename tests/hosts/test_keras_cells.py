"""Cells that train with Keras: with the fake of the labelled cells and, where only that shows it, with Keras itself."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FAKE = Path(__file__).parent / "quality" / "fakes" / "keras"
SETUP = """
import keras, numpy as np, pandas as pd
x = np.random.RandomState(0).rand(80, 6).astype('float32')
y = (x.sum(axis=1) > 3).astype('int64')
net = keras.Sequential([keras.layers.Dense(4, activation='relu'), keras.layers.Dense(1, activation='sigmoid')])
net.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])
"""


def _taken_out() -> dict[str, Any]:
    return {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "keras"}


@pytest.fixture
def keras(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    hidden = _taken_out()
    monkeypatch.syspath_prepend(str(FAKE))
    yield
    _taken_out()
    sys.modules.update(hidden)


def metrics(shell: Any) -> dict[str, int]:
    return {name: len(shell.last.history(name).values) for name in shell.last.metrics}


CURVES = {"loss": 3, "accuracy": 3}


@pytest.mark.parametrize(
    ("cell", "scores"),
    [
        ("net.fit(x, y, epochs=3)\nloss, accuracy = net.evaluate(x, y)", ["evaluate.loss", "evaluate.accuracy"]),
        ("net.fit(x, y, epochs=3)\ntold = net.evaluate(x, y)", ["told.loss", "told.accuracy"]),
        ("net.fit(x, y, epochs=3)\ntold = net.evaluate(x, y)\ncost, right = told", ["cost", "right"]),
        ("net.fit(x, y, epochs=3)\nnet.evaluate(x, y, return_dict=True)", ["evaluate.loss", "evaluate.accuracy"]),
        (
            "def train(model):\n    model.fit(x, y, epochs=3)\n    told = model.evaluate(x, y)\n    return told\ntrain(net);",
            ["told.loss", "told.accuracy"],
        ),
    ],
)
def test_the_scores_of_an_evaluation_stand_beside_the_curves(
    shell: Any, keras: None, cell: str, scores: list[str]
) -> None:
    shell.run(SETUP)
    assert shell.run(f"%%track\n{cell}").success
    assert metrics(shell) == {**CURVES, **dict.fromkeys(scores, 1)}


def test_an_evaluation_before_the_training_keeps_its_names(shell: Any, keras: None) -> None:
    shell.run(SETUP)
    shell.run("%%track\nloss, accuracy = net.evaluate(x, y)\npast = net.fit(x, y, epochs=3)")
    assert metrics(shell) == {"loss": 1, "accuracy": 1, "past.loss": 3, "past.accuracy": 3}


def test_a_score_that_is_printed_in_percent_is_told_once(shell: Any, keras: None) -> None:
    shell.run(SETUP + "def judge():\n    _, right = net.evaluate(x, y)\n    print(f'Right: {right * 100:.1f}%')")
    shell.run("%%track\njudge()")
    assert metrics(shell) == {"right": 1}


def test_what_a_later_cell_makes_of_a_history_is_a_result(shell: Any, keras: None) -> None:
    shell.run(SETUP + "past = net.fit(x, y, epochs=3, validation_split=0.2)")
    shell.run("%%track\ncurves = pd.DataFrame(past.history)\nlowest = curves['val_loss'].min()")
    assert metrics(shell) == {"lowest": 1}


def test_a_table_of_the_history_says_its_curves_again(shell: Any, keras: None) -> None:
    shell.run(SETUP)
    shell.run(
        "%%track\npast = net.fit(x, y, epochs=3)\ntable = pd.DataFrame(past.history)\n"
        "table['epoch'] = past.epoch\ntable.tail()"
    )
    assert metrics(shell) == CURVES


def test_names_of_layers_and_modes_of_a_call_are_no_settings(shell: Any, keras: None) -> None:
    shell.run("import keras\ndef call(model, training): return model")
    shell.run("%%track\nmodel = keras.Sequential([keras.layers.Dense(4, name='inner')])\ncall(model, training=False)")
    assert shell.last.params == {"model.layers": 1, "units": 4}


def test_results_put_into_a_dictionary_of_an_earlier_cell_are_no_settings_of_it(shell: Any) -> None:
    shell.run("found = {}\nplan = {'width': 3}")
    shell.run("%%track\nfound['small'] = 0.25 * plan['width']")
    assert shell.last.params == {"plan.width": 3}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_keras_itself_is_shown_and_kept_as_a_terminal_would(
    shell: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Screen(io.StringIO):
        """A stream whose methods can be replaced, as those of a notebook's are."""

    pytest.importorskip("torch")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    pytest.importorskip("keras")
    shell.run(SETUP)
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    shell.run(
        "%%track\nkeras.utils.set_random_seed(5)\nnet.summary()\n"
        "kept = keras.callbacks.ModelCheckpoint('kept_{epoch}.keras')\n"
        "net.fit(x, y, epochs=2, batch_size=4, callbacks=[kept])"
    )
    run = shell.last
    assert (run.warnings, run.params["seed"]) == ((), 5)
    assert {each["path"]: each["mode"] for each in run.data if each["kind"] == "file"} == {
        "kept_1.keras": "write",
        "kept_2.keras": "write",
    }
    assert "Dense" in screen.getvalue()
    assert run.environment["rng"]["torch"].startswith("seeded")
