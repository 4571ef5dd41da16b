"""Layers that count their parameters."""

from typing import Any


class Layer:
    """A layer."""

    units = 0

    def __init__(self, name: str | None = None) -> None:
        self.name = name or type(self).__name__.lower()

    def count_params(self) -> int:
        return 0


class Input(Layer):
    """The shape of the data."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape


class Dense(Layer):
    """A dense layer."""

    def __init__(self, units: int, activation: Any = None, input_shape: Any = (1,)) -> None:
        super().__init__()
        self.units, self.activation, self.inputs = units, activation, input_shape[-1]

    def count_params(self) -> int:
        return self.units * (self.inputs + 1)


class Dropout(Layer):
    """Drops nothing."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
