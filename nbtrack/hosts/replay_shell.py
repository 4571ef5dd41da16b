"""The shell of a replay: to a program it looks like a kernel's, and it needs no kernel.

Libraries tell a notebook from a terminal by the class of the shell (rich), by its configuration, and by the module of
the kernel's shell being there (tqdm), and show progress bars, tables and figures accordingly. A program whose outputs
are to come again must be told the same.
"""

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Final

from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

_INLINE: Final = "module://matplotlib_inline.backend_inline"
_KERNEL: Final = "ipykernel.zmqshell"


class Later(ModuleType):
    """A module that is there by its name, and imported - a third of a second - when something of it is wanted."""

    def __getattr__(self, name: str) -> Any:
        """Import the module itself; who only looks around sees nothing yet."""
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


class Publisher(DisplayPublisher):
    """Displays go to nbtrack's capture; of those with a text, the text goes to standard output, as a sign of life."""

    def publish(self, data: Any, metadata: Any = None, *_: Any, **__: Any) -> None:
        """Print the text of a display that is not nbtrack's own."""
        text = data.get("text/plain") if isinstance(data, dict) else None
        if isinstance(text, str) and "nbtrack" not in (metadata or {}):
            print(text)  # noqa: T201 - the program's own output

    def clear_output(self, wait: bool = False) -> None:  # noqa: FBT001, FBT002 - IPython's signature
        """Leave the terminal as it is."""


class ZMQInteractiveShell(InteractiveShell):
    """IPython without a terminal, under the name by which libraries know that they run in a notebook."""

    display_pub_class = Type(Publisher)

    def enable_gui(self, gui: Any = None) -> None:
        """``%matplotlib qt`` and the like: there is no loop of events to integrate, and no screen."""

    def ask_exit(self) -> None:
        """``exit()`` in a cell: the program ends with its last cell all the same."""

    def resume_at(self, count: int) -> None:
        """Let the next cell be ``In [count]``, so that ``Out[n]``, ``In[n]`` and ``_n`` mean what they meant."""
        history: Any = self.history_manager
        self.execution_count = count
        for kept in (history.input_hist_parsed, history.input_hist_raw):
            kept.extend([""] * (count - len(kept)))


def replay_shell() -> ZMQInteractiveShell:
    """Return a new shell, with figures shown inline as kernels do."""
    os.environ["MPLBACKEND"] = _INLINE if find_spec("matplotlib_inline") else "Agg"
    settings = Config()
    settings.HistoryManager.hist_file = ":memory:"
    settings.InteractiveShell.colors = "nocolor"
    settings.IPKernelApp = Config()
    ZMQInteractiveShell.__module__ = _KERNEL
    if find_spec("ipykernel"):
        sys.modules.setdefault(_KERNEL, Later(_KERNEL))
    shell: ZMQInteractiveShell = ZMQInteractiveShell.instance(config=settings)
    return shell
