"""Modules and losses."""

import numpy as np

import torch
from torch.nn import functional, modules
from torch.nn.modules.module import Module
from torch.nn.parameter import Parameter

__all__ = ["Module", "Parameter", "functional", "modules"]


class Linear(Module):
    """A dense layer."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(torch.randn(out_features, in_features).data / np.sqrt(in_features))
        self.bias = Parameter(np.zeros(out_features, dtype=np.float32)) if bias else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        torch._touched.extend([self.weight, self.bias] if self.bias is not None else [self.weight])
        out = x.data @ self.weight.data.T
        return torch.Tensor(out + self.bias.data if self.bias is not None else out)


class ReLU(Module):
    """The positive part."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x)


class Sigmoid(Module):
    """The logistic function."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(x)


class Dropout(Module):
    """Drops nothing."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


class Sequential(Module):
    """Layers in a row."""

    def __init__(self, *layers: Module) -> None:
        super().__init__()
        for number, layer in enumerate(layers):
            setattr(self, str(number), layer)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.children():
            x = layer(x)
        return x


class MSELoss(Module):
    """Mean squared error."""

    def forward(self, given: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        return functional.mse_loss(given, wanted)


class L1Loss(Module):
    """Mean absolute error."""

    def forward(self, given: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        return (given - wanted).abs().mean()


class CrossEntropyLoss(Module):
    """Log loss of classes."""

    def __init__(self, label_smoothing: float = 0.0) -> None:
        super().__init__()
        self.label_smoothing = label_smoothing

    def forward(self, given: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(given, wanted)


class BCEWithLogitsLoss(Module):
    """Log loss of two classes."""

    def forward(self, given: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        z, y = given.data, wanted.data
        return torch.Tensor((np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))).mean())


for _home, _kinds in {
    "linear": (Linear,),
    "activation": (ReLU, Sigmoid),
    "dropout": (Dropout,),
    "container": (Sequential,),
    "loss": (MSELoss, L1Loss, CrossEntropyLoss, BCEWithLogitsLoss),
}.items():
    for _kind in _kinds:
        _kind.__module__ = f"torch.nn.modules.{_home}"  # where torch has them
