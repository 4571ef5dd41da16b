"""Losses that know their names."""


class Loss:
    """A loss."""

    def __init__(self, name: str) -> None:
        self.name = name


class BinaryCrossentropy(Loss):
    """Log loss of two classes."""

    def __init__(self, from_logits: bool = False, name: str = "binary_crossentropy") -> None:
        super().__init__(name)
        self.from_logits = from_logits


class MeanSquaredError(Loss):
    """Mean squared error."""

    def __init__(self, name: str = "mean_squared_error") -> None:
        super().__init__(name)
