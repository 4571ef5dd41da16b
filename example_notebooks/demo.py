"""Run the first example notebook in a real kernel with tracking on, then compare its runs: ``make demo``."""

import os
import shutil
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent


def main(folder: Path) -> None:
    """Execute, list, compare; print where the HTML file is."""
    shutil.rmtree(folder / ".nbtrack", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    notebook = HERE / "01_first_runs.ipynb"
    os.environ.update(NBTRACK_STORE=str(folder / ".nbtrack"), NBTRACK_NOTEBOOK=str(notebook))
    os.environ.setdefault("IPYTHONDIR", str(folder / "ipython"))
    print(f"running {notebook.name} in a kernel ...", flush=True)
    execute(notebook, folder / notebook.name)
    from nbtrack.hosts.cli import run_line  # noqa: PLC0415 - reads NBTRACK_STORE, which is set above

    sys.exit(run_line(f"compare --html '{folder / 'comparison.html'}'"))


def execute(notebook: Path, executed: Path) -> None:
    """Run every cell of ``notebook`` and write it with its outputs to ``executed``."""
    cells = nbformat.read(notebook, as_version=4)
    NotebookClient(
        cells,
        timeout=300,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(HERE)}},
    ).execute()
    nbformat.write(cells, executed)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parent / "build" / "demo").absolute())
