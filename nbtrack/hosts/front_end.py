"""What the front end says with a cell: JupyterLab's and Notebook's metadata of the request that runs it."""

import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

_UNTOLD: Final = object()
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def cell_metadata(shell: Any, info: Any) -> Mapping[str, Any]:
    """Return the metadata of the request that runs a cell, or nothing where no front end sends any.

    IPython hands it over since 9.16; before that the kernel is asked for the request it is working on.
    """
    given = getattr(info, "cell_meta", _UNTOLD)
    if given is _UNTOLD:
        given = _asked(getattr(shell, "kernel", None))
    return given if given is not None and isinstance(given, Mapping) else _NOTHING


def _asked(kernel: Any) -> Any:
    request = kernel.get_parent() if hasattr(kernel, "get_parent") else None
    return request.get("metadata") if isinstance(request, Mapping) else None


def kernel_of() -> Any | None:
    """Return the Jupyter kernel that this process is, or None."""
    python = sys.modules.get("IPython")
    shell = python.get_ipython() if python else None
    return getattr(shell, "kernel", None)


def attended() -> str | None:
    """Return the id of the cell that is running if a person sits in front of it: programs that run cells name none.

    In Colab every output is a page of its own, which a kernel's model cannot find, and widgets come from a network.
    """
    kernel = None if "google.colab" in sys.modules else kernel_of()
    cell = cell_metadata(getattr(kernel, "shell", None), None).get("cellId") if kernel else None
    return cell if isinstance(cell, str) else None
