"""As much of Keras 3 as the labelled cells use: models that fit nothing but report as models do."""

from typing import Any

import numpy as np

from keras import callbacks, layers, losses, metrics, optimizers

__version__ = "3.0.0+fake"
__all__ = ["callbacks", "layers", "losses", "metrics", "optimizers"]
__path__: list[str]
Input = layers.Input


class Model(layers.Layer):
    """Layers, compiled with an optimizer. A subclass sets layers as attributes and says in ``call`` what becomes of data."""

    def __init__(self, given: Any = ()) -> None:
        self.optimizer: Any = None
        self._layers: list[Any] = []
        super().__init__()
        for layer in given:
            self.add(layer)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, layers.Layer):
            self._layers.append(value)
        super().__setattr__(name, value)

    def add(self, layer: Any) -> None:
        self._layers.append(layer)
        first = self._layers[0]
        if isinstance(first, layers.InputLayer):
            self.build(first.shape[-1])
        elif first.built and first.weights:
            self.build(first.weights[0].shape[0])

    def build(self, width: int) -> int:
        for layer in self._layers:
            width = layer.build(width)
        return super().build(width)

    @property
    def layers(self) -> list[Any]:
        return [layer for layer in self._layers if not isinstance(layer, layers.InputLayer)]

    @property
    def weights(self) -> list[Any]:
        return [weight for layer in self._layers for weight in layer.weights]

    @property
    def trainable_weights(self) -> list[Any]:
        return [weight for layer in self._layers if self.trainable for weight in layer.trainable_weights]

    @property
    def metrics(self) -> list[Any]:
        return [self._loss_tracker, *([self._compile_metrics] if self._compile_metrics.metrics else [])]

    @property
    def metrics_names(self) -> list[str]:
        return [metric.name for metric in self.metrics]

    def count_params(self) -> int:
        if not self.built:
            raise ValueError(f"You tried to call `count_params` on layer '{self.name}', but the layer isn't built.")
        return sum(int(np.prod(weight.shape)) for weight in self.weights)

    def summary(self) -> None:
        print(f"Total params: {self.count_params() if self.built else 0}")

    def compile(self, optimizer: Any = "rmsprop", loss: Any = None, metrics: Any = ()) -> None:
        self.optimizer = optimizers.get(optimizer)
        self.loss = loss
        self._loss_tracker = _metrics.Mean("loss")
        self._compile_metrics = _metrics.CompileMetrics(metrics)

    def fit(
        self,
        x: Any,
        y: Any = None,
        *,
        batch_size: int = 32,
        epochs: int = 1,
        validation_data: Any = None,
        validation_split: float = 0.0,
        callbacks: Any = (),
        verbose: Any = "auto",
    ) -> Any:
        self.build(x.shape[-1])
        self.history = history = _callbacks.History()
        prefixes = ["", "val_"] if validation_data is not None or validation_split else [""]
        for epoch in range(epochs):
            for each in callbacks:
                each.model = self
                each.on_epoch_begin(epoch)
            logs = {f"{p}{name}": value + 0.01 * len(p) for p in prefixes for name, value in self._logs(epoch).items()}
            self.optimizer.iterations.value += -(-len(x) // batch_size)
            for each in callbacks:
                each.on_epoch_end(epoch, logs)
            history.epoch.append(epoch)
            for name, value in logs.items():
                history.history.setdefault(name, []).append(value)
            if any(each.stops(history.history) for each in callbacks):
                break
        history.model, history.params = self, {"verbose": verbose, "epochs": epochs, "steps": -(-len(x) // batch_size)}
        return history

    def evaluate(self, x: Any, y: Any, batch_size: int = 32, verbose: Any = "auto", return_dict: bool = False) -> Any:
        logs = self._logs(20)
        return logs if return_dict else list(logs.values()) if len(logs) > 1 else logs["loss"]

    def predict(self, x: Any, batch_size: int = 32, verbose: Any = "auto") -> Any:
        return np.linspace(0, 1, len(x)).reshape(-1, 1)

    def _logs(self, epoch: int) -> dict[str, float]:
        names = [metric.name for metric in self._compile_metrics.metrics]
        return {
            "loss": max(1.0 / (epoch + 1), 0.12) + 1e-3,
            **{name: 1 - 0.5 / (epoch + 1) + place / 64 for place, name in enumerate(names)},
        }


class Sequential(Model):
    """Layers in a row."""


_callbacks, _metrics = callbacks, metrics  # their names are arguments of ``fit`` and ``compile``
