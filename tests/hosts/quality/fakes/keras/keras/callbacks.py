"""What watches a fit."""

from collections.abc import Callable
from typing import Any


class Callback:
    """Watches."""

    model: Any = None
    params: Any = None

    def on_epoch_begin(self, epoch: int) -> None:
        """Before an epoch."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """After an epoch."""

    def stops(self, history: dict[str, list[float]]) -> bool:
        return False


class History(Callback):
    """What a fit reported, epoch by epoch."""

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []


class EarlyStopping(Callback):
    """Stops when ``monitor`` no longer falls."""

    def __init__(self, monitor: str = "val_loss", patience: int = 0) -> None:
        self.monitor, self.patience = monitor, patience

    def stops(self, history: dict[str, list[float]]) -> bool:
        values = history[self.monitor]
        return len(values) > self.patience and min(values[-self.patience :]) >= min(values[: -self.patience])


class LearningRateScheduler(Callback):
    """Sets the learning rate of each epoch, and reports it."""

    def __init__(self, schedule: Callable[[int], float]) -> None:
        self.schedule = schedule

    def on_epoch_begin(self, epoch: int) -> None:
        self.model.optimizer.learning_rate = self.schedule(epoch)

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        logs["learning_rate"] = self.model.optimizer.learning_rate
