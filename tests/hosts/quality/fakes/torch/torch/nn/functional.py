"""Losses as functions."""

import numpy as np

import torch


def relu(x: torch.Tensor) -> torch.Tensor:
    return torch.relu(x)


def mse_loss(given: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return torch.Tensor(((given.data - wanted.data) ** 2).mean())


def cross_entropy(given: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    logits = given.data - given.data.max(axis=1, keepdims=True)
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return torch.Tensor(-logs[np.arange(len(logs)), wanted.data].mean())
