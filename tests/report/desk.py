"""A person at a notebook: cells with ids that are written, run, edited, moved and deleted, and a file that is saved."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Desk:
    """A notebook in ``folder``; what a cell displays, prints and raises becomes its saved outputs."""

    def __init__(self, ip: Any, folder: Path) -> None:
        self.ip, self.path = ip, folder / "study.ipynb"
        self.cells: list[dict[str, Any]] = []
        self._shown: list[dict[str, Any]] = []
        ip.display_pub.publish = self._publish
        self.save()

    def text(self, source: str, **more: Any) -> None:
        self.cells.append(
            {"cell_type": "markdown", "id": f"text{len(self.cells)}", "metadata": {}, "source": source, **more}
        )

    def code(self, identity: str, source: str, *outputs: dict[str, Any], count: int | None = None) -> None:
        """Write a code cell without running it."""
        self.cells.append(
            {
                "cell_type": "code",
                "id": identity,
                "metadata": {},
                "source": source,
                "execution_count": count,
                "outputs": list(outputs),
            }
        )

    def run(self, identity: str, source: str | None = None) -> None:
        """Run a cell, after writing or editing it where a source is given."""
        if source is not None and not any(cell["id"] == identity for cell in self.cells):
            self.code(identity, source)
        cell = next(cell for cell in self.cells if cell["id"] == identity)
        cell["source"] = cell["source"] if source is None else source
        self._shown = []
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            result = self.ip.run_cell(cell["source"], store_history=True, cell_id=identity)
        cell["execution_count"] = result.execution_count
        cell["outputs"] = list(self._outputs(said.getvalue(), result))
        self.save()

    def edit(self, identity: str, source: str) -> None:
        """Edit a cell without running it."""
        next(cell for cell in self.cells if cell["id"] == identity)["source"] = source
        self.save()

    def delete(self, identity: str) -> None:
        self.cells = [cell for cell in self.cells if cell["id"] != identity]
        self.save()

    def save(self) -> None:
        whole = {
            "cells": self.cells,
            "metadata": {"language_info": {"name": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        self.path.write_text(json.dumps(whole), "utf-8")

    def _publish(self, data: dict[str, Any], metadata: dict[str, Any] | None = None, **_: Any) -> None:
        self._shown.append({"output_type": "display_data", "data": data, "metadata": metadata or {}})

    def _outputs(self, said: str, result: Any) -> Iterator[dict[str, Any]]:
        error = result.error_in_exec
        text = said if error is None else said.partition("\x1b[31m-----")[0].partition("-----")[0]
        if text and result.result is None:
            yield {"output_type": "stream", "name": "stdout", "text": text}
        if result.result is not None:
            data, metadata = self.ip.display_formatter.format(result.result)
            yield {"output_type": "execute_result", "data": data, "metadata": metadata, "execution_count": 1}
        if error is not None:
            trace = self.ip.InteractiveTB.structured_traceback(type(error), error, error.__traceback__)
            yield {"output_type": "error", "ename": type(error).__name__, "evalue": str(error), "traceback": trace}
        yield from self._shown


@contextlib.contextmanager
def shell(folder: Path) -> Iterator[Any]:
    """An IPython shell with nbtrack loaded, a store of its own, and the notebook of a desk."""
    import atexit

    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    import nbtrack
    from nbtrack.record import active

    told = {
        "NBTRACK_STORE": str(folder / "store"),
        "NBTRACK_NOTEBOOK": str(folder / "study.ipynb"),
        "IPYTHONDIR": str(folder / "ipython"),
    }
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    InteractiveShell.clear_instance()
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    ip = InteractiveShell.instance(config=config)
    atexit.unregister(ip.atexit_operations)
    nbtrack.load_ipython_extension(ip)
    try:
        yield ip
    finally:
        nbtrack.unload_ipython_extension(ip)
        InteractiveShell.clear_instance()
        active._all.clear()
        active._mine.set(())
        active._home.clear()
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)


def study(desk: Desk) -> None:
    """An afternoon with a notebook: five runs of one cell, an edit above it, an error, a deleted cell, one not run."""
    desk.text(
        "# Rain in spring\n\nWhat does a **linear** model make of it? The loss is $L = \\frac{1}{n}\\sum_i (y_i - \\hat y_i)^2$, see [the model](#The-model).\n\n"
        "$$\n\\hat y = w \\cdot x + b\n$$\n\n| column | unit |\n|---|---|\n| rain | mm |\n| wind | m/s |\n\n![where](attachment:map.png) ![elsewhere](https://example.org/map.png)",
        attachments={"map.png": {"image/png": PIXEL}},
    )
    desk.run(
        "data",
        "import nbtrack\nrates = [0.1, 0.2, 0.4]\nrows = 120  # of the table\nprint('\\x1b[32mread\\x1b[0m', rows, 'rows')",
    )
    desk.text("## The model")
    model = "%%track linear\n# one step of training\nlr = {lr}\nepochs = {epochs}\nfor epoch in range(epochs):\n    nbtrack.log(step=epoch, loss=1 / (1 + lr * epoch))\naccuracy = round(0.9 + lr / 10 - {loss}, 4)\nprint('accuracy', accuracy)"
    for lr, epochs, loss in ((0.1, 5, 0.02), (0.2, 5, 0.02), (0.4, 5, 0.01), (0.4, 8, 0.0), (0.3, 8, 0.05)):
        desk.run("model", model.format(lr=lr, epochs=epochs, loss=loss))
    desk.text("### A tree\n\n- deeper\n- and slower")
    desk.run("tree", "%%track tree\ndepth = 4\naccuracy = round(0.8 + depth / 100 + rows / 10000, 4)\naccuracy")
    desk.run("old", "%%track forest\ntrees = 50\naccuracy = 0.91\naccuracy")
    desk.run("old", "%%track forest\ntrees = 80\naccuracy = 0.93\naccuracy")
    desk.delete("old")
    desk.run("broken", "%%track boosted\nstages = 10\naccuracy = 1 / (stages - 10)")
    desk.text("## What is left")
    desk.code("later", "%%track later\nscore = 1.0")
    desk.run(
        "data",
        "import nbtrack\nrates = [0.1, 0.2, 0.4]\nrows = 140  # of the larger table\nprint('\\x1b[32mread\\x1b[0m', rows, 'rows')",
    )
    desk.edit("model", model.format(lr=0.35, epochs=8, loss=0.0))
