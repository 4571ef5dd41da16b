"""Where a run or file comes from: cells joined by variables, runs joined by bytes."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbtrack.errors import RunNotFound
from nbtrack.query.graph_text import dot_text, mermaid_text
from nbtrack.query.lineage import Lineage, lineage
from nbtrack.query.lineage_graph import Edge, direct
from nbtrack.query.run_graph import meaningful_line, variable
from nbtrack.store.memory import MemoryStore

Record = Callable[..., str]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def record(store: MemoryStore) -> Record:
    made: list[str] = []

    def write(name: str, *, cells: tuple[tuple[str, dict[str, int]], ...] = (), **records: Any) -> str:
        run_id = f"20261121t1015{len(made):02d}-{len(made):08d}"
        writer = store.begin(run_id, {"name": name, "started": 1795255200000 + len(made) * 1000})
        if cells:
            executions = [
                {"n": n, "cell": f"id{n}", "count": n, "reads": reads, "source": store.put(source.encode()).sha256}
                for n, (source, reads) in enumerate(cells, 1)
            ]
            writer.append("cell", {"source": cells[-1][0], "id": f"id{len(cells)}", "count": len(cells)})
            writer.append("slice", {"executions": executions, "verdicts": []})
        for kind, value in records.items():
            writer.append(kind, value)
        writer.close("finished", 1.0)
        made.append(run_id)
        return run_id

    return write


def file(path: str, mode: str, content: str | None = None, **more: Any) -> dict[str, Any]:
    text = (path if content is None else content).encode()
    return {
        "kind": "file",
        "path": path,
        "mode": mode,
        "size": len(text),
        "sha256": hashlib.sha256(text).hexdigest(),
        **more,
    }


def edges(found: Lineage) -> set[tuple[str, str, str]]:
    labels = {node.id: node.label for node in found.nodes}
    return {(labels[edge.source], labels[edge.target], ",".join(edge.names)) for edge in found.edges}


CELLS = (
    ("%matplotlib inline\nimport pandas as pd", {}),
    ("# read it\ndf = pd.read_csv('a.csv')", {"pd": 1}),
    ("%%track\nmodel = fit(df)", {"df": 2, "⟂rng:numpy": 2}),
)


def test_a_run_is_drawn_from_its_data_to_its_artifacts(store: MemoryStore, record: Record) -> None:
    run = record(
        "train",
        cells=CELLS,
        data=[file("a.csv", "read", n=2), file("out.csv", "write")],
        artifact=[
            {"name": "outputs/plot.png", "sha256": "ab" * 32, "size": 3, "media_type": "image/png"},
            {
                "name": "copy of out.csv",
                "sha256": file("out.csv", "write")["sha256"],
                "size": 7,
                "media_type": "text/csv",
            },
            {"name": "notebook.ipynb", "sha256": "cd" * 32, "size": 3, "media_type": "application/x-ipynb+json"},
        ],
    )
    found = lineage(run, store=store)
    assert edges(found) == {
        ("import pandas as pd", "df = pd.read_csv('a.csv')", "pd"),
        ("a.csv", "df = pd.read_csv('a.csv')", ""),
        ("df = pd.read_csv('a.csv')", "train", "df,random numbers (numpy)"),
        ("train", "out.csv", ""),
        ("train", "outputs/plot.png", ""),
    }
    kinds = {node.label: (node.kind, node.count, node.cell) for node in found.nodes}
    assert kinds["df = pd.read_csv('a.csv')"] == ("cell", 2, "id2")
    assert kinds["train"] == ("run", 3, "id3")
    assert (kinds["a.csv"][0], kinds["out.csv"][0], kinds["outputs/plot.png"][0]) == ("data", "file", "output")
    assert "kept as copy of out.csv" in next(node.notes for node in found.nodes if node.label == "out.csv")


def test_a_file_between_two_cells_is_drawn_between_them(store: MemoryStore, record: Record) -> None:
    run = record("r", cells=CELLS, data=[file("t.csv", "write", n=1), file("t.csv", "read", n=2)])
    assert {("import pandas as pd", "t.csv", ""), ("t.csv", "df = pd.read_csv('a.csv')", "")} <= edges(
        lineage(run, store=store)
    )


def test_a_cell_that_only_sets_something_up_leads_to_the_run(store: MemoryStore, record: Record) -> None:
    run = record("r", cells=(("np.random.seed(1)", {}), ("x = 1", {})))
    assert edges(lineage(run, store=store)) == {("np.random.seed(1)", "r", "")}


def test_runs_are_joined_by_bytes_whatever_the_files_are_called(store: MemoryStore, record: Record) -> None:
    record("older", data=[file("raw.csv", "write", "clean")])
    prepare = record("prepare", data=[file("clean.csv", "write", "clean")])
    train = record("train", data=[file("../in/renamed.csv", "read", "clean"), file("model.pkl", "write", "weights")])
    record("later twin", data=[file("clean.csv", "write", "clean")])
    record("evaluate", data=[file("m.pkl", "read", "weights"), file("report.html", "write", "report")])
    record("publish", data=[file("report.html", "read", "report")])
    found = lineage(train, store=store)
    assert edges(found) == {
        ("prepare", "../in/renamed.csv", ""),
        ("../in/renamed.csv", "train", ""),
        ("train", "model.pkl", ""),
        ("model.pkl", "evaluate", ""),
    }
    node = next(node for node in found.nodes if node.label == "../in/renamed.csv")
    assert "the same bytes were made by 1 earlier run, too" in node.notes
    assert ("report.html", "publish", "") in edges(lineage(train, depth=2, store=store))
    assert {node.kind for node in lineage(train, depth=0, store=store).nodes} == {"run", "data", "file"}
    assert ("train", "model.pkl", "") not in edges(lineage(prepare, store=store))
    assert ("train", "model.pkl", "") in edges(lineage(prepare, depth=2, store=store))


def test_a_run_that_keeps_a_copy_of_what_it_read_did_not_make_it(store: MemoryStore, record: Record) -> None:
    digest = file("a.csv", "read")["sha256"]
    kept = {"name": "a.csv", "sha256": digest, "size": 5, "media_type": "text/csv"}
    record("keeper", data=[file("a.csv", "read")], artifact=[kept])
    run = record("reader", data=[file("a.csv", "read")])
    assert edges(lineage(run, store=store)) == {("a.csv", "reader", "")}


def test_empty_files_join_nothing(store: MemoryStore, record: Record) -> None:
    record("one", data=[file("log.txt", "write", "")])
    run = record("two", data=[file("log.txt", "read", "")])
    assert edges(lineage(run, store=store)) == {("log.txt", "two", "")}


def test_many_readers_of_a_file_are_counted(store: MemoryStore, record: Record) -> None:
    run = record("maker", data=[file("a.csv", "write")])
    for number in range(12):
        record(f"reader {number}", data=[file("a.csv", "read")])
    found = lineage(run, store=store)
    assert [node.label for node in found.nodes if node.kind == "other"] == [f"reader {number}" for number in range(8)]
    assert "read by 12 runs, of which 8 are shown" in next(node.notes for node in found.nodes if node.kind == "file")


def test_a_file_is_drawn_with_the_cells_of_the_run_that_made_it(
    store: MemoryStore, record: Record, tmp_path: Path
) -> None:
    record("maker", cells=CELLS, data=[file("a.csv", "read", n=2), file("out.csv", "write")])
    record("reader", data=[file("other.csv", "read", "out.csv")])
    (tmp_path / "copied.csv").write_text("out.csv")
    found = lineage(str(tmp_path / "copied.csv"), store=store)
    assert found.centre.label == "out.csv"
    assert "on disk as copied.csv" in found.centre.notes
    assert {("maker", "out.csv", ""), ("out.csv", "reader", ""), ("a.csv", "df = pd.read_csv('a.csv')", "")} <= edges(
        found
    )


def test_a_file_that_nobody_knows_stands_alone(store: MemoryStore, record: Record, tmp_path: Path) -> None:
    record("r", data=[file("a.csv", "write")])
    (tmp_path / "b.csv").write_text("b")
    assert [node.label for node in lineage(tmp_path / "b.csv", store=store).nodes] == ["b.csv"]
    (tmp_path / "e.csv").write_text("")
    assert len(lineage(tmp_path / "e.csv", store=store).nodes) == 1


def test_what_is_neither_run_nor_file_is_refused(store: MemoryStore, tmp_path: Path) -> None:
    with pytest.raises(RunNotFound):
        lineage(str(tmp_path / "nothing"), store=store)


def test_bytes_written_back_as_they_were_make_no_endless_circle(store: MemoryStore, record: Record) -> None:
    run = record("r", cells=CELLS, data=[file("a.csv", "read", n=2), file("a.csv", "write", n=2)])
    found = lineage(run, depth=5, store=store)
    assert mermaid_text(found)
    assert len(found.nodes) == 4


def test_superfluous_edges_are_left_out_of_pictures_only() -> None:
    given = [Edge("a", "b"), Edge("b", "c"), Edge("a", "c", ("x",)), Edge("a", "d"), Edge("d", "a")]
    assert Edge("a", "c", ("x",)) not in direct(given)
    assert {Edge("a", "b"), Edge("b", "c"), Edge("a", "d")} <= set(direct(given))


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("%%track\n\n# fit\nmodel = fit()", "model = fit()"),
        ("from a import b\nimport c", "from a import b"),
        ("%matplotlib inline", "%matplotlib inline"),
        ("", ""),
        ('"""doc"""\nx = 1', "x = 1"),
        ("@decorated\ndef f():\n    pass", "def f():"),
        ("x = " + "y" * 500, "x = " + "y" * 115 + "…"),
    ],
)
def test_a_cell_is_called_by_its_first_line_that_says_something(source: str, line: str) -> None:
    assert meaningful_line(source) == line


def test_what_lies_beside_variables_has_a_name_for_people() -> None:
    assert [variable(name) for name in ("df", "⟂plt", "⟂cwd", "⟂rng:torch", "⟂file:a.csv", "⟂new")] == [
        "df",
        "plot settings",
        "working directory",
        "random numbers (torch)",
        "a.csv",
        "new",
    ]


HOSTILE = 'a"];click n0 "javascript:alert(1)"\n<img src=x onerror=alert(1)>\\" -> x [\u202e'


def test_other_tools_get_texts_that_stay_texts(store: MemoryStore, record: Record) -> None:
    found = lineage(record(HOSTILE, data=[file(HOSTILE, "read")]), store=store)
    mermaid, dot = mermaid_text(found), dot_text(found)
    for line in mermaid.splitlines()[1:]:
        assert line.count('"') in {0, 2}
        assert "<img" not in line
        assert "javascript:" not in line
    assert len(mermaid.splitlines()) == 6
    assert len(dot.splitlines()) == 6
    assert '\\"];click' in dot
    assert "\u202e" not in mermaid + dot


def test_the_json_has_everything_and_survives_a_round_trip(store: MemoryStore, record: Record) -> None:
    told = lineage(record("r", cells=CELLS, data=[file("a.csv", "read", n=2)]), store=store).as_dict()
    assert json.loads(json.dumps(told)) == told
    assert {"source", "target", "names"} == set(told["edges"][0])
    assert told["focus"] in {node["id"] for node in told["nodes"]}


@pytest.mark.parametrize(
    "junk", [None, [None], {"a": 1}, "x", [{"n": "1", "reads": []}], [{"n": 1, "reads": {"a": None}}]]
)
def test_records_of_any_shape_are_drawn(junk: Any, store: MemoryStore, record: Record) -> None:
    run = record("r", slice={"executions": junk, "verdicts": []}, data=[{"kind": "file", "mode": "read"}, {"path": 3}])
    assert lineage(run, store=store).centre.label == "r"


def test_a_hash_that_is_none_is_followed_nowhere() -> None:
    from nbtrack.query.run_graph import file_node

    assert file_node({"path": "x.csv", "sha256": "\x1b[31mred"}, "data").digest == ""
    assert file_node({"path": "x.csv", "sha256": "ab" * 32}, "data").digest == "ab" * 32
