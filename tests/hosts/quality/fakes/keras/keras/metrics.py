"""Metrics that know their names, and the one that holds all those a model was compiled with."""

from typing import Any


class Metric:
    """A metric."""

    def __init__(self, name: str) -> None:
        self.name = name


class Mean(Metric):
    """The mean of what it was told."""


class AUC(Metric):
    """The area under the curve."""

    def __init__(self, name: str = "auc") -> None:
        super().__init__(name)


class MetricsList:
    """The metrics of one output."""

    def __init__(self, metrics: list[Metric], output_name: str | None = None) -> None:
        self.metrics, self.output_name = metrics, output_name


class CompileMetrics(Metric):
    """All metrics that ``compile`` was given, under one name."""

    def __init__(self, metrics: Any) -> None:
        super().__init__("compile_metrics")
        found = [each if isinstance(each, Metric) else Metric(each) for each in metrics]
        self._flat_metrics = [MetricsList(found)]
        self._flat_weighted_metrics: list[MetricsList] = []

    @property
    def metrics(self) -> list[Metric]:
        return [metric for each in self._flat_metrics for metric in each.metrics]
