"""The example notebooks and the demo run, and show what they promise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import nbtrack

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "example_notebooks").glob("*.ipynb"))

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_committed_without_outputs(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert [cell.outputs for cell in cells if cell.cell_type == "code" and cell.outputs] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_tracked_cell_of_an_example_becomes_a_finished_run(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBTRACK_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("NBTRACK_NOTEBOOK", str(path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    tracked = [cell for cell in notebook.cells if cell.source.startswith("%%track")]
    runs = nbtrack.runs(store=tmp_path / "store")
    assert [run.status for run in runs] == ["finished"] * len(tracked)
    assert {run.experiment for run in runs} == {path.stem}
    assert all(run.metrics and run.params and not run.warnings for run in runs)


def test_the_forest_of_the_first_example_has_the_parameters_and_metrics_a_person_would_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    done = subprocess.run(
        [sys.executable, str(ROOT / "example_notebooks" / "demo.py"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "has the highest accuracy" in done.stdout
    assert "What differs" in done.stdout
    assert str(tmp_path / "comparison.html") in done.stdout
    assert "Content-Security-Policy" in (tmp_path / "comparison.html").read_text(encoding="utf-8")
    (forest,) = nbtrack.runs("name = 'rf-baseline-v1'", store=tmp_path / ".nbtrack")
    chosen = {"n_estimators": 200, "max_depth": 8, "min_samples_split": 5, "max_features": "sqrt", "random_state": 42}
    assert chosen.items() <= dict(forest.params).items()
    assert set(forest.metrics) == {"accuracy", "roc_auc", "f1_macro"}
    assert forest.tags == {"framework": "scikit-learn"}
