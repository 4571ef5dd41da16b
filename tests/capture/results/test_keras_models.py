"""What Keras' objects tell of themselves: with the fake that the labelled cells use, and with Keras where it is installed."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nbtrack.capture.results import keras_models
from nbtrack.capture.results.told import told_by

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Keras, where it reads a variable
FAKE = Path(__file__).parents[2] / "hosts" / "quality" / "fakes" / "keras"


def _taken_out() -> dict[str, Any]:
    return {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "keras"}


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.slow)])
def keras(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    hidden = _taken_out()
    if request.param == "real":
        pytest.importorskip("torch")
        monkeypatch.setenv("KERAS_BACKEND", "torch")
        sys.modules.update({name: each for name, each in hidden.items() if "fakes" not in str(each)})
        yield pytest.importorskip("keras")
    else:
        monkeypatch.syspath_prepend(str(FAKE))
        yield __import__("keras")
        _taken_out()
    sys.modules.update(hidden)


def told(name: str, value: Any) -> dict[str, Any]:
    return {fact.name: fact.value for fact in keras_models.facts_of(name, value) if fact.chosen}


def data() -> tuple[Any, Any]:
    x = np.random.RandomState(0).rand(64, 6).astype("float32")
    return x, (x.sum(axis=1) > 3).astype("int64")


def test_a_model_without_data_is_asked_for_no_size(keras: Any) -> None:
    net = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(1)])
    assert told("net", net) == {"net.layers": 2}
    net.compile(optimizer="sgd", loss="mse")
    expected = {"net.layers": 2, "loss": "mse", "optimizer": "sgd", "learning_rate": 0.01}
    assert told("net", net) == expected
    x, y = data()
    net.fit(x, y, verbose=0)
    assert told("net", net) == {"net.parameters": 33, **expected}


def test_what_no_gradient_moves_is_counted_apart(keras: Any) -> None:
    layers = keras.layers
    net = keras.Sequential([keras.Input((6,)), layers.Dense(4), layers.BatchNormalization(), layers.Dense(1)])
    assert told("net", net) == {"net.parameters": 49, "net.layers": 3, "net.trainable_parameters": 41}


def test_a_rate_in_single_precision_is_told_as_it_was_written(keras: Any) -> None:
    optimizer = keras.optimizers.Adam(learning_rate=3e-4, clipnorm=1.5)
    assert told("opt", optimizer) == {"optimizer": "adam", "learning_rate": 3e-4, "clipnorm": 1.5}
    falling = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=9, decay_rate=0.5)
    assert told("opt", keras.optimizers.SGD(falling)) == {
        "optimizer": "sgd",
        "learning_rate": "ExponentialDecay",
        "initial_learning_rate": 0.1,
        "decay_steps": 9,
        "decay_rate": 0.5,
    }


def test_a_rate_that_a_callback_moves_is_the_one_it_began_with(keras: Any) -> None:
    net = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    net.compile(optimizer=keras.optimizers.SGD(0.5), loss=keras.losses.MeanSquaredError())
    x, y = data()
    net.fit(
        x, y, epochs=3, callbacks=[keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1))], verbose=0
    )
    assert (told("net", net)["learning_rate"], told("net", net)["loss"]) == (0.1, "mean_squared_error")


def test_an_optimiser_that_took_no_step_is_not_what_a_model_was_trained_with(keras: Any) -> None:
    net = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    net.compile(optimizer="rmsprop", loss="mse")
    x, y = data()
    net.fit(x, y, epochs=0, verbose=0)
    assert "optimizer" not in told("net", net)


def test_what_a_subclass_puts_in_the_place_of_keras_own_is_not_asked(keras: Any) -> None:
    class Own(keras.Model):
        weights = property(lambda self: 1 / 0)
        metrics = property(lambda self: 1 / 0)

        def __init__(self) -> None:
            super().__init__()
            self.inner = keras.layers.Dense(2)

    class Rate(keras.optimizers.SGD):
        def get_config(self) -> Any:
            raise AssertionError

    assert told("own", Own()) == {"own.layers": 1}
    assert keras_models.evaluated(Own(), 2) == []
    assert told("opt", Rate()) == {"optimizer": "rate"}


def test_the_scores_of_an_evaluation_have_the_names_of_the_metrics(keras: Any) -> None:
    net = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    net.compile(loss="binary_crossentropy", metrics=["accuracy", keras.metrics.AUC(name="area")])
    x, y = data()
    net.fit(x, y, verbose=0)
    judged = net.evaluate(x, y, verbose=0)
    assert told_by("test", "evaluate", judged, net).singles == dict(
        zip(["test.loss", "test.accuracy", "test.area"], judged, strict=True)
    )
    assert keras_models.evaluated(net, 2) == []


def test_a_layer_tells_nothing_and_other_objects_are_not_keras(keras: Any) -> None:
    layer = keras.layers.Dense(3)
    assert keras_models.is_layer(layer)
    assert told("layer", layer) == told("x", object()) == told("x", {"optimizer": 1}) == {}
    assert not keras_models.is_layer(keras.optimizers.Adam())


@pytest.mark.slow
def test_several_outputs_are_evaluated_in_the_order_of_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    given = keras.Input((6,))
    near, far = keras.layers.Dense(1, name="near")(given), keras.layers.Dense(1, name="far")(given)
    net = keras.Model(given, [near, far])
    net.compile(loss=["mse", "mae"], metrics=[["mae"], ["mse"]])
    x, y = data()
    net.fit(x, [y, y], verbose=0)
    names = keras_models.evaluated(net, 5)
    by_name = net.evaluate(x, [y, y], verbose=0, return_dict=True)
    listed = dict(zip(names, net.evaluate(x, [y, y], verbose=0), strict=True))
    assert {name: float(each) for name, each in listed.items()} == pytest.approx(
        {name: float(each) for name, each in by_name.items()}
    )
    assert told("net", net)["loss"] == ["mse", "mae"]
