"""Data sets and loaders."""

from collections.abc import Iterator
from typing import Any

import numpy as np

import torch


class Dataset:
    """Things by number."""


class TensorDataset(Dataset):
    """Rows of several tensors."""

    def __init__(self, *tensors: torch.Tensor) -> None:
        self.tensors = tensors

    def __len__(self) -> int:
        return len(self.tensors[0])

    def __getitem__(self, index: Any) -> tuple[torch.Tensor, ...]:
        return tuple(each[index] for each in self.tensors)


class DataLoader:
    """Batches of a data set."""

    def __init__(self, dataset: Any, batch_size: int = 1, shuffle: bool = False) -> None:
        self.dataset, self.batch_size, self.shuffle = dataset, batch_size, shuffle

    def __len__(self) -> int:
        return -(-len(self.dataset) // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        order = torch.randperm(len(self.dataset)).data if self.shuffle else np.arange(len(self.dataset))
        for start in range(0, len(order), self.batch_size):
            yield list(self.dataset[order[start : start + self.batch_size]])
