"""Where answers get what other layers know: their HTML, and what a run keeps of a notebook.

``query`` never imports ``view`` or ``capture``; the front door brings them together when nbtrack is imported, which
costs nothing until somebody looks.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

_readers: list[Callable[[Path], bytes | None]] = []
_writers: list[Callable[[Any], str]] = []


def plug(writer: Callable[[Any], str]) -> None:
    """Say what writes HTML: ``writer`` is called with the answer each time a notebook shows one."""
    _writers[:] = [writer]


def plug_notebook(reader: Callable[[Path], bytes | None]) -> None:
    """Say what reads a notebook as runs keep it: without outputs and secrets."""
    _readers[:] = [reader]


def kept_notebook(path: Path) -> bytes | None:
    """Return what a run keeps of the notebook in a file; None where it is none."""
    return _readers[0](path)


def html(answer: Any) -> str:
    """Return an answer as HTML that is safe to show."""
    return _writers[0](answer)
