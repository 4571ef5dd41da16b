"""Optimisers that hold their settings; the learning rate in single precision, as a variable of a network is."""

import struct
from typing import Any

from keras import schedules

__all__ = ["schedules"]


class Count:
    """How many steps were taken."""

    def __init__(self) -> None:
        self.value = 0

    def numpy(self) -> int:
        return self.value


class Optimizer:
    """Settings."""

    def __init__(self, learning_rate: Any = 0.001, clipnorm: float | None = None, **settings: Any) -> None:
        self._learning_rate, self.clipnorm, self.settings = learning_rate, clipnorm, settings
        self._iterations = Count()

    @property
    def iterations(self) -> Count:
        return self._iterations

    @property
    def learning_rate(self) -> Any:
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._learning_rate = rate

    def get_config(self) -> dict[str, Any]:
        rate = self._learning_rate
        if isinstance(rate, schedules.LearningRateSchedule):
            rate = {"module": "keras.schedules", "class_name": type(rate).__name__, "config": rate.get_config()}
        else:
            rate = struct.unpack("f", struct.pack("f", rate))[0]
        name = type(self).__name__.lower()
        return {"name": name, "learning_rate": rate, "clipnorm": self.clipnorm, "use_ema": False, **self.settings}


class RMSprop(Optimizer):
    """RMSprop."""

    def __init__(self, learning_rate: Any = 0.001, rho: float = 0.9, clipnorm: float | None = None) -> None:
        super().__init__(learning_rate, clipnorm, rho=rho)


class Adam(Optimizer):
    """Adam."""

    def __init__(
        self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, clipnorm: float | None = None
    ) -> None:
        super().__init__(learning_rate, clipnorm, beta_1=beta_1, beta_2=beta_2)


class SGD(Optimizer):
    """SGD."""

    def __init__(self, learning_rate: Any = 0.01, momentum: float = 0.0, clipnorm: float | None = None) -> None:
        super().__init__(learning_rate, clipnorm, momentum=momentum)


def get(given: Any) -> Optimizer:
    return {"adam": Adam, "sgd": SGD, "rmsprop": RMSprop}[given.lower()]() if isinstance(given, str) else given
