"""Who talks with the person about a reproduction: the terminal, or the notebook that runs this."""

import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from nbtrack.hosts.reproducing import Conversation


def conversation(file: TextIO | None = None) -> "Conversation":
    """Return the conversation for where we are: a kernel's outputs, or a terminal that writes to ``file``."""
    if in_kernel():
        from nbtrack.hosts.notebook_reproduce import NotebookConversation  # noqa: PLC0415 - only under IPython

        return NotebookConversation()
    from nbtrack.hosts.terminal_reproduce import TerminalConversation  # noqa: PLC0415 - rich when something is shown

    return TerminalConversation(file)


def in_kernel() -> bool:
    """Tell whether outputs go to a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None
