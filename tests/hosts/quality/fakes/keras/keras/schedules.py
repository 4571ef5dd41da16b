"""Learning rates that fall as steps are taken."""

from typing import Any


class LearningRateSchedule:
    """A rate for each step."""


class ExponentialDecay(LearningRateSchedule):
    """Multiplied by ``decay_rate`` every ``decay_steps``."""

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False
    ) -> None:
        self.settings = {
            "initial_learning_rate": initial_learning_rate,
            "decay_steps": decay_steps,
            "decay_rate": decay_rate,
            "staircase": staircase,
        }

    def get_config(self) -> dict[str, Any]:
        return {**self.settings, "name": "ExponentialDecay"}
