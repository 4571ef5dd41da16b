"""What the front end says with a cell: JupyterLab's and Notebook's metadata of the request that runs it."""

from collections.abc import Mapping
from typing import Any


def cell_metadata(shell: Any, info: Any) -> Mapping[str, Any]:
    """Return the metadata of the request that runs a cell, or nothing where no front end sends any.

    IPython hands it over since 9.16; before that the kernel is asked for the request it is working on.
    """
    given = getattr(info, "cell_meta", None)
    if given is None and not hasattr(info, "cell_meta"):
        given = _asked(getattr(shell, "kernel", None))
    return given if isinstance(given, Mapping) else {}


def _asked(kernel: Any) -> Any:
    request = kernel.get_parent() if hasattr(kernel, "get_parent") else None
    return request.get("metadata") if isinstance(request, Mapping) else None
