"""Tensors that are learned."""

from typing import Any

import torch


class Parameter(torch.Tensor):
    """A tensor that is learned."""

    def __init__(self, data: Any, requires_grad: bool = True) -> None:
        super().__init__(data, requires_grad)
