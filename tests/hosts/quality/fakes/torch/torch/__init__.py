"""As much of torch as the cells of ``torch.md`` use, on numpy: the same names, classes and attributes; no autograd.

A backward pass leaves small gradients that pull every parameter to zero, so losses move as losses do.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

__version__ = "2.0.0+fake"
float32, float64, int64, long = "float32", "float64", "int64", "int64"
_random = np.random.default_rng(0)
_touched: list[Any] = []  # parameters that the last forward pass used


class Size(tuple):
    """A shape."""

    __slots__ = ()

    def numel(self) -> int:
        return int(np.prod(self))


class device:  # noqa: N801 - torch's name
    """Where a tensor is."""

    def __init__(self, type: str) -> None:
        self.type = type

    def __str__(self) -> str:
        return self.type


class Tensor:
    """An array that knows its gradient."""

    def __init__(self, data: Any, requires_grad: bool = False) -> None:
        self.data = np.asarray(data.data if isinstance(data, Tensor) else data)
        self.requires_grad = requires_grad
        self.grad: Tensor | None = None

    @property
    def shape(self) -> Size:
        return Size(self.data.shape)

    @property
    def dtype(self) -> str:
        return f"torch.{self.data.dtype}"

    @property
    def device(self) -> device:
        return device("cpu")

    def size(self, dim: int | None = None) -> Any:
        return self.shape if dim is None else self.shape[dim]

    def numel(self) -> int:
        return int(self.data.size)

    def item(self) -> Any:
        return self.data.item()

    def backward(self) -> None:
        for parameter in _touched:
            parameter.grad = Tensor(0.1 * parameter.data)
        _touched.clear()

    def detach(self) -> "Tensor":
        return Tensor(self.data)

    def cpu(self) -> "Tensor":
        return self

    def numpy(self) -> np.ndarray:
        return self.data

    def to(self, *_: Any, **__: Any) -> "Tensor":
        return self

    def float(self) -> "Tensor":
        return Tensor(self.data.astype(np.float32))

    def long(self) -> "Tensor":
        return Tensor(self.data.astype(np.int64))

    def view(self, *shape: int) -> "Tensor":
        return Tensor(self.data.reshape(shape))

    reshape = view

    def squeeze(self, *_: int) -> "Tensor":
        return Tensor(self.data.squeeze())

    def unsqueeze(self, dim: int) -> "Tensor":
        return Tensor(np.expand_dims(self.data, dim))

    def argmax(self, dim: int | None = None) -> "Tensor":
        return Tensor(self.data.argmax(axis=dim))

    def sum(self, dim: int | None = None) -> "Tensor":
        return Tensor(self.data.sum(axis=dim))

    def mean(self, dim: int | None = None) -> "Tensor":
        return Tensor(self.data.mean(axis=dim))

    def sqrt(self) -> "Tensor":
        return Tensor(np.sqrt(self.data))

    def abs(self) -> "Tensor":
        return Tensor(np.abs(self.data))

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator["Tensor"]:
        return (Tensor(each) for each in self.data)

    def __getitem__(self, key: Any) -> "Tensor":
        return Tensor(self.data[_plain(key)])

    def __float__(self) -> float:
        return float(self.data)

    def __bool__(self) -> bool:
        return bool(self.data)

    def __format__(self, spec: str) -> str:
        return format(self.data.item(), spec) if self.data.shape == () else str(self)

    def __repr__(self) -> str:
        return f"tensor({self.data})"

    __hash__ = object.__hash__


def _operator(name: str) -> Any:
    return lambda self, *other: Tensor(getattr(self.data, name)(*map(_plain, other)))


for _name in "add radd sub rsub mul rmul truediv rtruediv pow matmul neg eq gt lt ge le".split():
    setattr(Tensor, f"__{_name}__", _operator(f"__{_name}__"))


def _plain(value: Any) -> Any:
    return value.data if isinstance(value, Tensor) else value


def tensor(data: Any, dtype: str | None = None, **_: Any) -> Tensor:
    return Tensor(np.asarray(data, dtype=dtype))


def from_numpy(array: np.ndarray) -> Tensor:
    return Tensor(array)


def manual_seed(seed: int) -> None:
    global _random  # noqa: PLW0603 - one generator for all, as torch has
    _random = np.random.default_rng(seed)


def initial_seed() -> int:
    return 0


def randn(*shape: int) -> Tensor:
    return Tensor(_random.normal(size=shape).astype(np.float32))


def rand(*shape: int) -> Tensor:
    return Tensor(_random.random(size=shape).astype(np.float32))


def randperm(n: int) -> Tensor:
    return Tensor(_random.permutation(n))


def zeros(*shape: int) -> Tensor:
    return Tensor(np.zeros(shape, dtype=np.float32))


def relu(x: Tensor) -> Tensor:
    return Tensor(np.maximum(x.data, 0))


def sigmoid(x: Tensor) -> Tensor:
    return Tensor(1 / (1 + np.exp(-x.data)))


def max(x: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    return Tensor(x.data.max(axis=dim)), Tensor(x.data.argmax(axis=dim))


@contextlib.contextmanager
def no_grad() -> Iterator[None]:
    yield


class cuda:  # noqa: N801 - torch's name
    """No GPU."""

    @staticmethod
    def is_available() -> bool:
        return False

    @staticmethod
    def is_current_stream_capturing() -> bool:
        return False


class jit:  # noqa: N801 - torch's name
    """No tracing."""

    @staticmethod
    def is_tracing() -> bool:
        return False


from torch import nn, optim, utils  # noqa: E402 - they need Tensor

__all__ = ["Tensor", "nn", "optim", "utils"]
