"""Run an example notebook in a real kernel with tracking on, compare its runs, repeat the best: ``make demo``."""

import os
import shutil
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent


def main(folder: Path) -> None:
    """Execute, compare, reproduce; print where the HTML file is."""
    shutil.rmtree(folder / ".nbtrack", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    notebook = HERE / "01_first_runs.ipynb"
    os.environ.update(NBTRACK_STORE=str(folder / ".nbtrack"), NBTRACK_NOTEBOOK=str(notebook))
    os.environ.setdefault("IPYTHONDIR", str(folder / "ipython"))
    print(f"running {notebook.name} in a kernel ...", flush=True)
    execute(notebook, folder / notebook.name)
    from nbtrack.hosts.cli import run_line  # noqa: PLC0415 - reads NBTRACK_STORE, which is set above

    compared = run_line(f"compare --html '{folder / 'comparison.html'}'")
    sys.exit(compared or reproduce_best())


def reproduce_best() -> int:
    """Run the best run's program again, in this environment, and return the exit code of its verdict."""
    import nbtrack  # noqa: PLC0415 - reads NBTRACK_STORE, which is set by now
    from nbtrack.hosts.cli import run_line  # noqa: PLC0415 - same

    best = nbtrack.runs(order_by="metrics.roc_auc desc", limit=1)[0]
    print(f"\nrunning the best run again: nbtrack reproduce {best.short} --env current --yes\n", flush=True)
    return run_line(f"reproduce {best.id} --env current --yes")


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
