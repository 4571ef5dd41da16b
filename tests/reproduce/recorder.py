"""Executes the cells of a notebook in a shell with nbtrack loaded, as a person would: the process of ``recorded``."""

import json
import os
import sys
from pathlib import Path


def main(cells_file: str) -> None:
    """Execute the cells of a JSON file, one after the other, in the folder we are in."""
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Notebook(InteractiveShell):
        """A shell in which GUI loops change nothing, as in a kernel."""

        def enable_gui(self, gui=None):
            """Do nothing."""

    settings = Config()
    settings.HistoryManager.hist_file = ":memory:"
    settings.InteractiveShell.colors = "nocolor"
    shell = Notebook.instance(config=settings)
    sys.path.insert(0, "")
    cells = json.loads(Path(cells_file).read_text(encoding="utf-8"))
    if not any("%load_ext nbtrack" in cell for cell in cells):
        shell.run_line_magic("load_ext", "nbtrack")
    for cell in cells:
        shell.run_cell(cell, store_history=True)
    shell.run_line_magic("unload_ext", "nbtrack")  # what was to be looked at later is looked at now


if __name__ == "__main__":
    main(sys.argv[1])
