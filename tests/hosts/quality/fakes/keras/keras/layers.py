"""Layers that have weights once they know the shape of the data."""

from typing import Any


class Variable:
    """A weight: its shape is all there is of it."""

    def __init__(self, *shape: int) -> None:
        self.shape = shape


class Layer:
    """A layer; without ``input_shape`` it is built when data or an input before it tell the shape."""

    trainable = True

    def __init__(self, name: str | None = None, input_shape: Any = None) -> None:
        self.name = name or type(self).__name__.lower()
        self.built = False
        self._weights: list[Variable] = []
        if input_shape is not None:
            self.build(input_shape[-1])

    def build(self, width: int) -> int:
        """Make the weights, and return how wide the output is."""
        self.built = True
        return width

    @property
    def weights(self) -> list[Variable]:
        return self._weights

    @property
    def trainable_weights(self) -> list[Variable]:
        return self._weights if self.trainable else []


class InputLayer(Layer):
    """The shape of the data."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape


def Input(shape: tuple[int, ...]) -> InputLayer:  # noqa: N802 - Keras' name
    return InputLayer(shape)


class Dense(Layer):
    """A dense layer."""

    def __init__(self, units: int, activation: Any = None, input_shape: Any = None, name: str | None = None) -> None:
        self.units, self.activation = units, activation
        super().__init__(name, input_shape)

    def build(self, width: int) -> int:
        if not self.built:
            self._weights = [Variable(width, self.units), Variable(self.units)]
        self.built = True
        return self.units


class BatchNormalization(Layer):
    """Means and variances that no gradient moves, beside what one does."""

    def build(self, width: int) -> int:
        if not self.built:
            self._weights = [Variable(width) for _ in range(4)]
        return super().build(width)

    @property
    def trainable_weights(self) -> list[Variable]:
        return self._weights[:2] if self.trainable else []


class Dropout(Layer):
    """Drops nothing."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
