"""``%reproduce`` in a real kernel: the plan, the question, and the verdict are outputs of the cell."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

import nbtrack

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # jupyter_client's and zmq's own
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def ours(cell: Any, kind: str) -> list[str]:
    """What a cell shows of nbtrack's, of one kind, as text."""
    shown = [each for each in cell.outputs if each.get("metadata", {}).get("nbtrack", {}).get("kind") == kind]
    return [each["data"]["text/plain"] for each in shown]


def test_a_run_of_a_kernel_comes_again_in_all_it_showed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, place in (("NBTRACK_STORE", "store"), ("IPYTHONDIR", "ipython"), ("NBTRACK_CACHE", "cache")):
        monkeypatch.setenv(name, str(tmp_path / place))
    monkeypatch.delenv("NBTRACK_NOTEBOOK", raising=False)
    tracked = (
        "%%track all\nimport matplotlib.pyplot as plt, pandas as pd\nfrom tqdm.auto import tqdm\n"
        "accuracy = sum(tqdm(values)) / 10\ndisplay(pd.DataFrame({'a': values}))\nplt.plot(values); plt.show()\nprint(accuracy)\n"
        "open('out.txt', 'w').write(str(accuracy))"
    )
    sources = (
        "%load_ext nbtrack\nimport nbtrack",
        "values = [1, 2, 3]",
        tracked,
        "run = nbtrack.runs()[0].id",
        "%reproduce {run} --env current --yes",
        "%reproduce {run} --env current",
    )
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    NotebookClient(made, timeout=240, resources={"metadata": {"path": str(tmp_path)}}).execute()
    agreed, asked = made.cells[-2:]
    (plan,) = ours(agreed, "plan")
    assert "In [2]  values = [1, 2, 3]" in plan
    assert ours(agreed, "verdict")[0].startswith("✓ identical  run")
    assert ours(agreed, "progress") in ([""], [])
    assert ours(asked, "plan") == [plan]
    assert "nobody is there to agree" in asked.outputs[-1]["text"]
    assert "widgets" not in made.metadata or not ours(agreed, "widget")
    (document,) = nbtrack.runs(store=tmp_path / "store")[0].document["reproductions"]
    assert document["level"] == "identical"
    assert set(document["outputs"].values()) == {"same"}, document["outputs"]


def test_who_sits_in_front_is_asked_before_anything_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, place in (("NBTRACK_STORE", "store"), ("IPYTHONDIR", "ipython"), ("NBTRACK_CACHE", "cache")):
        monkeypatch.setenv(name, str(tmp_path / place))
    manager = KernelManager()
    manager.start_kernel(cwd=str(tmp_path))
    client = manager.client()
    client.start_channels()
    asked: list[str] = []

    def run(cell: str, answer: str = "") -> None:
        def answering(message: Any) -> None:
            asked.append(message["content"]["prompt"])
            client.input(answer)

        client.execute_interactive(
            cell, allow_stdin=True, stdin_hook=answering, output_hook=lambda _: None, timeout=120
        )

    try:
        client.wait_for_ready(timeout=120)
        run("%load_ext nbtrack\nimport nbtrack")
        run("%%track\nnbtrack.log(score=0.5)")
        run("made = nbtrack.runs()[0].id")
        run("%reproduce $made --env current", "n")
        assert nbtrack.runs(store=tmp_path / "store")[0].verdict is None
        run("%reproduce {made} --env current", "y")
        assert nbtrack.runs(store=tmp_path / "store")[0].verdict == "identical"
        assert asked == ["Run it? [y/N] "] * 2
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
