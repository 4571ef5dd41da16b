"""Optimisers that hold their settings."""

from typing import Any


class Optimizer:
    """Settings."""

    def __init__(self, learning_rate: float = 0.001, **settings: Any) -> None:
        self.learning_rate, self.settings = learning_rate, settings

    def get_config(self) -> dict[str, Any]:
        return {"name": type(self).__name__.lower(), "learning_rate": self.learning_rate, **self.settings}


class Adam(Optimizer):
    """Adam."""

    def __init__(self, learning_rate: float = 0.001, beta_1: float = 0.9, beta_2: float = 0.999) -> None:
        super().__init__(learning_rate, beta_1=beta_1, beta_2=beta_2)


class SGD(Optimizer):
    """SGD."""

    def __init__(self, learning_rate: float = 0.01, momentum: float = 0.0) -> None:
        super().__init__(learning_rate, momentum=momentum)


def get(given: Any) -> Optimizer:
    return {"adam": Adam, "sgd": SGD, "rmsprop": Optimizer}[given]() if isinstance(given, str) else given
