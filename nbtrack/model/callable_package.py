"""Packages that can be called like the function they are named for: ``nbtrack.reproduce(run)``.

The room that reproduces is the package ``nbtrack.reproduce``, and so is called what a person calls to reproduce. Python
makes a package an attribute of its parent as soon as anything in it is imported, whatever stood there before. So the
package itself is made to answer the call. It knows nothing of who does the work, which may lie in a room above: the
front door plugs that in.
"""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

_doors: dict[str, Callable[..., Any]] = {}


class CallablePackage(ModuleType):
    """A package that can be called."""

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Do what the front door plugged in for this package."""
        return _doors[self.__name__](*args, **named)


def make_callable(package: str) -> None:
    """Make a package callable that is being imported.

    >>> import nbtrack.reproduce
    >>> callable(nbtrack.reproduce)
    True
    """
    sys.modules[package].__class__ = CallablePackage


def plug(package: str, function: Callable[..., Any]) -> None:
    """Say what calling a package does."""
    _doors[package] = function
