"""``nbtrack lineage``: the tree, the pictures, and what may leave as a file."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from nbtrack.hosts.cli import run_line
from nbtrack.store.memory import MemoryStore

Command = Callable[[str], tuple[int, str, str]]
TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


def file(path: str, mode: str, content: bytes, **more: int) -> dict[str, object]:
    return {"kind": "file", "path": path, "mode": mode, "size": 3, "sha256": sha256(content).hexdigest(), **more}


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    store = MemoryStore()
    cells = ["import pandas as pd", "df = pd.read_csv('a.csv')  # [bold]not markup[/bold]", "%%track\nfit(df)"]
    executions = [
        {"n": n, "count": n, "cell": f"c{n}", "reads": reads, "source": store.put(cell.encode()).sha256}
        for n, (cell, reads) in enumerate(zip(cells, ({}, {"pd": 1}, {"df": 2}), strict=True), 1)
    ]
    names = ("clean", "forest", "evaluate")
    ids = {"clean": "ceanxxxx", "forest": "f0restxx", "evaluate": "eva1xxxx"}
    data = (
        [file("a.csv", "write", b"a")],
        [file("a.csv", "read", b"a", n=2), file("m.pkl", "write", b"m")],
        [file("m.pkl", "read", b"m")],
    )
    for number, name in enumerate(names):
        writer = store.begin(f"20261121t10153{number}-{ids[name]}", {"name": name, "started": 1795255200000 + number})
        writer.append("data", data[number])
        if name == "forest":
            writer.append("cell", {"source": cells[-1], "count": 3})
            writer.append("slice", {"executions": executions, "verdicts": []})
            writer.append("metrics", {"acc": 0.9})
        writer.close("finished", 1.5)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "moved.pkl").write_bytes(b"m")

    def run(line: str) -> tuple[int, str, str]:
        return run_line(line, store), *capsys.readouterr()

    return run


def test_a_run_is_a_tree_from_data_to_artifacts(command: Command) -> None:
    code, out, err = command("lineage f0rest")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "forest  f0rest · In [3] · acc=0.9",
        "├── data (1)",
        "│   └── a.csv  ca978112 · 3 B  → In [2]",
        "│       └── made by clean  ceanxx",
        "├── cells (3, in the order they ran)",
        "│   ├── In [1]  import pandas as pd",
        "│   ├── In [2]  df = pd.read_csv('a.csv')  # [bold]not markup[/bold]  ← pd",
        "│   └── In [3]  fit(df)  ← df  the run",
        "└── artifacts (1)",
        "    └── m.pkl  62c66a7a · 3 B  ← In [3]",
        "        └── read by evaluate  eva1xx",
    ]


def test_a_file_is_a_tree_from_its_makers_to_its_readers(command: Command) -> None:
    code, out, _ = command("lineage moved.pkl")
    assert code == 0
    assert out.splitlines()[0] == "m.pkl  62c66a7a · 3 B  (on disk as moved.pkl)"
    assert out.splitlines()[1:3] == ["├── made by", "│   └── forest  f0rest · In [3] · acc=0.9"]
    assert out.splitlines()[-2:] == ["└── read by", "    └── evaluate  eva1xx"]


@pytest.mark.parametrize(
    ("form", "begins"),
    [("svg", "<svg "), ("mermaid", "flowchart TD\n"), ("dot", "digraph lineage {\n"), ("json", "{\n")],
)
def test_each_format_is_printed_and_written(form: str, begins: str, command: Command, tmp_path: Path) -> None:
    code, out, _ = command(f"lineage f0rest --format {form}")
    assert (code, out[: len(begins)]) == (0, begins)
    suffix = {"mermaid": "mmd"}.get(form, form)
    assert command(f"lineage f0rest -o out.{suffix}") == (0, f"written out.{suffix}\n", "")
    assert (tmp_path / f"out.{suffix}").read_text(encoding="utf-8") == out


def test_the_picture_is_one_that_a_browser_reads(command: Command, tmp_path: Path) -> None:
    command("lineage f0rest -o forest.svg")
    root = ET.fromstring((tmp_path / "forest.svg").read_text(encoding="utf-8"))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"


def test_depth_bounds_how_far_it_goes(command: Command) -> None:
    assert "made by" not in command("lineage f0rest --depth 0")[1]
    found = json.loads(command("lineage eva1 --depth 2 --json")[1])
    assert {node["label"] for node in found["nodes"]} == {"evaluate", "m.pkl", "forest", "a.csv", "clean"}


def test_secrets_do_not_leave_as_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = MemoryStore()
    writer = store.begin("20261121t101530-7k3m9q2x", {"name": f"run with {TOKEN}"})
    writer.append("data", [file(f"{Path.home()}/private/{TOKEN}.csv", "read", b"x")])
    writer.close("finished", 1.0)
    monkeypatch.chdir(tmp_path)
    assert run_line("lineage 7k3m -o out.svg", store) == 0
    text = (tmp_path / "out.svg").read_text(encoding="utf-8")
    assert TOKEN not in text
    assert f"{Path.home()}/private" not in text
    assert "look like secrets were left out" in capsys.readouterr().err


def test_what_cannot_be_understood_is_a_usage_error(command: Command) -> None:
    assert command("lineage f0rest -o out.xyz")[0] == 2
    assert command("lineage f0rest --format png")[0] == 2
    assert command("lineage nothing-there")[0] == 1


def test_what_is_neither_a_run_nor_a_file_is_called_a_file_where_it_looks_like_one(command: Command) -> None:
    code, _, err = command("lineage gone/model.pkl")
    assert code == 1
    assert "there is no file 'gone/model.pkl'" in err
