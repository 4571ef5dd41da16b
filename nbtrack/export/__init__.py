"""Leaving as a file: runs as a page, a run's program as a script, a notebook or a module."""

from nbtrack.model.callable_package import make_callable

make_callable(__name__)
