"""What watches a fit."""

from typing import Any


class Callback:
    """Watches."""

    model: Any = None
    params: Any = None

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
