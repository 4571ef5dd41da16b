"""As much of Keras as the cells of ``keras.md`` use: models that fit nothing but report as models do."""

from typing import Any

import numpy as np

from keras import callbacks, layers, optimizers

__version__ = "3.0.0+fake"
__all__ = ["callbacks", "layers", "optimizers"]
__path__: list[str]


class Model:
    """Layers, compiled with an optimizer."""

    def __init__(self, layers: Any = ()) -> None:
        self.layers: list[Any] = []
        self.name = type(self).__name__.lower()
        for layer in layers:
            self.add(layer)

    def add(self, layer: Any) -> None:
        self.layers.append(layer)

    def count_params(self) -> int:
        return sum(layer.count_params() for layer in self.layers)

    def summary(self) -> None:
        print(f"Total params: {self.count_params()}")

    def compile(self, optimizer: Any = "rmsprop", loss: Any = None, metrics: Any = ()) -> None:
        self.optimizer = optimizers.get(optimizer)
        self.loss, self.compiled_metrics = loss, list(metrics)

    def fit(
        self,
        x: Any,
        y: Any,
        *,
        batch_size: int = 32,
        epochs: int = 1,
        validation_data: Any = None,
        validation_split: float = 0.0,
        callbacks: Any = (),
        verbose: Any = "auto",
    ) -> Any:
        from keras.callbacks import History

        self.history = history = History()
        prefixes = ["", "val_"] if validation_data is not None or validation_split else [""]
        for epoch in range(epochs):
            logs = {f"{p}{name}": value + 0.01 * len(p) for p in prefixes for name, value in self._logs(epoch).items()}
            history.epoch.append(epoch)
            for name, value in logs.items():
                history.history.setdefault(name, []).append(value)
            if any(each.stops(history.history) for each in callbacks):
                break
        history.model, history.params = self, {"verbose": verbose, "epochs": epochs, "steps": -(-len(x) // batch_size)}
        return history

    def evaluate(self, x: Any, y: Any, batch_size: int = 32, verbose: Any = "auto", return_dict: bool = False) -> Any:
        logs = self._logs(20)
        return logs if return_dict else list(logs.values()) if self.compiled_metrics else logs["loss"]

    def predict(self, x: Any, batch_size: int = 32, verbose: Any = "auto") -> Any:
        return np.linspace(0, 1, len(x)).reshape(-1, 1)

    def _logs(self, epoch: int) -> dict[str, float]:
        return {"loss": max(1.0 / (epoch + 1), 0.12), **dict.fromkeys(self.compiled_metrics, 1 - 0.5 / (epoch + 1))}


class Sequential(Model):
    """Layers in a row."""
