"""A setting that an object within reach tells of itself: a network, an optimiser, a trainer."""

from typing import Any, NamedTuple


class Fact(NamedTuple):
    """A setting of an object: ``chosen`` unless the library's default was left as it is.

    ``owner`` tells it from another of its name; for an argument it is the class that takes it.
    """

    owner: str
    name: str
    value: Any
    source: str
    chosen: bool
