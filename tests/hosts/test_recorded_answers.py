"""A notebook's own run, recorded as a person makes it: checked, asked for its provenance, and drawn."""

import shutil
from pathlib import Path

import nbtrack

CELLS = (
    (
        "import pandas as pd\nfrom sklearn.linear_model import Ridge\nfrom sklearn.model_selection import train_test_split\n"
        "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\nimport joblib"
    ),
    "df = pd.read_csv('data.csv')",
)
SEEDED = (
    "%%track\nX_train, X_test, y_train, y_test = train_test_split(df[['a']], df.b, random_state=7)\n"
    "model = make_pipeline(StandardScaler(), Ridge(alpha=0.5)).fit(X_train, y_train)\n"
    "joblib.dump(model, 'model.joblib')\nscore = model.score(X_test, y_test)"
)


def record(shell, *cells: str) -> nbtrack.Run:
    rows = "".join(f"{k},{k * 2 + k % 3}\n" for k in range(40))
    Path("data.csv").write_text(f"a,b\n{rows}", encoding="utf-8")
    for cell in cells:
        result = shell.run(cell)
        assert result.success, result.error_in_exec
    nbtrack.load_ipython_extension(shell.ip)
    return shell.last


def test_a_seeded_run_with_its_pipeline_saved_passes_where_it_can(shell) -> None:
    found = nbtrack.check(record(shell, *CELLS, SEEDED))
    rows = {row.check: row for row in found.experiment}
    statuses = {name.partition(":")[0].partition(",")[0]: row.status for name, row in rows.items()}
    assert statuses["Every file that was read is known by a hash of its content"] == "pass"
    assert statuses["Splits and samples are deterministic"] == "pass"
    assert statuses["Every hyperparameter is recorded"] == "pass"
    assert statuses["Exact versions of all packages are pinned"] == "pass"
    assert statuses["Preprocessing is stored with the weights"] == "pass"
    assert statuses["The git commit is recorded"] == "fail"
    assert any("model.joblib (sha256 " in line for line in rows["Preprocessing is stored with the weights"].evidence)
    assert (
        "train_test_split"
        in rows["Splits and samples are deterministic: whatever divides the data is seeded"].evidence[0]
    )


def test_what_was_forgotten_fails(shell) -> None:
    forgetful = SEEDED.replace(", random_state=7", "").replace(
        "make_pipeline(StandardScaler(), Ridge(alpha=0.5))", "Ridge(0.5)"
    )
    forgetful = forgetful.replace("model = ", "scaler = StandardScaler().fit(X_train)\nmodel = ")
    found = nbtrack.check(record(shell, *CELLS, forgetful))
    statuses = [row.status for row in found.experiment]
    assert statuses[1] == "fail"  # the split
    assert statuses[5] == "fail"  # numpy's generator was drawn from
    assert statuses[8] == "fail"  # the scaler is in no file
    assert not found.ok


def test_the_model_is_traced_to_the_data_when_it_was_renamed(shell) -> None:
    run = record(shell, *CELLS, SEEDED)
    shutil.move("model.joblib", "final.bin")
    known = nbtrack.whois("final.bin", store=shell.store)
    assert [(trace.run, trace.relation, trace.path) for trace in known.traces] == [(run.id, "wrote", "model.joblib")]
    found = nbtrack.lineage("final.bin", store=shell.store)
    labels = {node.id: node.label for node in found.nodes}
    assert ("data.csv", "df = pd.read_csv('data.csv')") in {(labels[e.source], labels[e.target]) for e in found.edges}
    assert {edge.names for edge in found.edges if labels[edge.source].startswith("df = ")} == {("df",)}


def test_a_run_that_reads_what_another_wrote_is_joined_to_it(shell, capsys) -> None:
    first = record(shell, *CELLS, SEEDED)
    shell.run("%%track\nagain = joblib.load('model.joblib')\nscore2 = again.score(df[['a']], df.b)")
    second = shell.last
    assert second.id != first.id
    ids = {node.id for node in nbtrack.lineage(second, store=shell.store).nodes}
    assert first.id in ids
    assert second.id in {node.id for node in nbtrack.lineage(first, store=shell.store).nodes}
    shell.run(f"%nbtrack lineage {second.short}")
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if "In [3]  Ridge" in line and f"run {first.short}" in line]
    assert "In [4]  again = joblib.load('model.joblib')" in out


def test_the_provenance_names_data_code_params_and_artifacts(shell) -> None:
    told = record(shell, *CELLS, SEEDED).provenance().as_dict()
    assert told["data"]["answer"] == "1 file: data.csv."
    assert [name for name, _ in told["artifacts"]["facts"] if name.startswith("wrote")] == ["wrote model.joblib"]
    names = {name.rpartition("__")[2] for name, _ in told["params"]["facts"]}
    assert {"alpha", "random_state"} <= names


def test_the_terminals_commands_work_in_a_cell(shell, capsys) -> None:
    run = record(shell, *CELLS, SEEDED)
    shell.run(f"%nbtrack check {run.short}")
    shell.run(f"%nbtrack lineage {run.short}")
    shell.run("%nbtrack whois model.joblib")
    out = capsys.readouterr().out
    assert "? unknown" in out
    assert "├── data (1)" in out
    assert f"model.joblib was written by run {run.short}" in out
