"""Stores that were written by releases are opened for ever, by us and by a reader that knows only the documentation."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbtrack.model.ids import new_run_id
from nbtrack.model.tagged import untag
from nbtrack.store.housekeeping.trash import bring_back
from nbtrack.store.local import LocalStore
from nbtrack.store.objects.folders import restore_folder

HERE = Path(__file__).parent
STORES = HERE / "stores"
RELEASES = sorted(path.stem for path in STORES.glob("*.zip"))
every_release = pytest.mark.parametrize("release", RELEASES)


def opened(release: str, tmp_path: Path) -> LocalStore:
    with zipfile.ZipFile(STORES / f"{release}.zip") as kept:
        kept.extractall(tmp_path / "store")
    return LocalStore(tmp_path / "store")


def independent(store: LocalStore) -> dict[str, Any]:
    reader = HERE / "independent_reader.py"
    done = subprocess.run([sys.executable, "-I", reader, store.path], capture_output=True, check=True, text=True)
    return json.loads(done.stdout)


@every_release
def test_a_store_of_a_past_release_says_what_it_said_then(release: str, tmp_path: Path) -> None:
    store = opened(release, tmp_path)
    expected = json.loads((STORES / f"{release}.json").read_text())
    assert store.id == expected["id"]
    found = {run["id"]: run for run in json.loads(json.dumps(list(store.runs().everything)))}
    assert found.keys() == {each["document"]["id"] for each in expected["runs"]}
    for each in expected["runs"]:
        before, histories = each["document"], each["histories"]
        now = found[before["id"]]
        assert {member: now[member] for member in before} == before  # later releases may say more
        assert {name: repr(store.points(before["id"], name)[:2]) for name in histories} == histories
        for artifact in before["artifacts"]:
            named = artifact["sha256"] if "sha256" in artifact else f"blake3:{artifact['blake3']}"
            assert len(store.get(named)) == artifact["size"]


@every_release
def test_a_store_of_a_past_release_is_written_on(release: str, tmp_path: Path) -> None:
    store = opened(release, tmp_path)
    before = {run["id"] for run in store.runs().everything}
    run_id = new_run_id()
    store.begin(run_id, {"name": "new"}).close("finished", 1.0)
    for known in sorted(before):
        store.annotate(known, "note", "still here")
    store.close()
    after = {run["id"]: run for run in LocalStore(store.path).runs().everything}
    assert after.keys() == before | {run_id}
    assert {after[known]["note"] for known in before} == {"still here"}


@pytest.mark.parametrize("release", [release for release in RELEASES if release != "0.1.0"])  # which has neither
def test_a_folder_and_a_deleted_run_of_a_past_release_can_be_had_back(release: str, tmp_path: Path) -> None:
    store = opened(release, tmp_path)
    (data,) = (run for run in store.runs().everything if run["name"] == "with a folder")
    restored = restore_folder(store, data["artifacts"][0]["sha256"], tmp_path / "back")
    assert [entry.path for entry in restored.entries] == ["deep/é.txt", "same.csv", "train.csv"]
    assert (tmp_path / "back" / "same.csv").read_text() == "x,y\n1,2\n"
    before = {run["id"] for run in store.runs().everything}
    back = bring_back(store.path, "20261101t101400")
    assert sorted(item.path.partition("/")[0] for item in back) == ["cas", "runs"]
    (again,) = (run for run in LocalStore(store.path).runs().everything if run["id"] not in before)
    assert (again["name"], store.get(again["artifacts"][0]["sha256"])) == ("in the trash", b"of a deleted run")


@every_release
def test_a_reader_written_from_the_documentation_gives_the_same_runs(release: str, tmp_path: Path) -> None:
    store = opened(release, tmp_path)
    found = independent(store)
    documents = {run["id"]: run for run in store.runs().everything}
    assert found.keys() == documents.keys()
    for run_id, run in documents.items():
        if run["name"] == "typed":  # a line without a checksum is the reader's own choice
            continue
        status = None if run["status"] == "lost" else run["status"]
        expected = {member: run[member] for member in ("name", "params", "tags", "note", "deleted")}
        points = found[run_id].pop("points")
        assert found[run_id] == {**expected, "status": status}
        for name in run["curves"]:
            ours = list(zip(*store.points(run_id, name)[:2], strict=True))
            assert repr([(step, float(untag(value))) for step, value in points[name]]) == repr(ours)


def test_the_independent_reader_does_not_know_nbtrack() -> None:
    source = (HERE / "independent_reader.py").read_text()
    assert re.findall(r"^(?:from|import) (\w+)", source, re.MULTILINE) == [
        "json",
        "struct",
        "sys",
        "collections",
        "pathlib",
        "zlib",
    ]


@pytest.mark.skipif(
    shutil.which("jq") is None, reason="jq is not installed; the independent reader reads the same lines"
)
def test_the_documented_jq_lines_work_on_whole_and_on_damaged_files(tmp_path: Path) -> None:
    store = opened(RELEASES[0], tmp_path)
    for path in sorted(store.path.glob("runs/*/*/ev-*")):
        done = subprocess.run(["jq", "-cR", "fromjson? // empty", path], capture_output=True, check=True, text=True)
        lines = [line for line in path.read_bytes().split(b"\n")[:-1] if b"\\ud83d" not in line]
        assert [json.loads(line)["k"] for line in done.stdout.splitlines()] == [json.loads(line)["k"] for line in lines]
    (block,) = store.path.glob("runs/*/*/mb-*")
    expanded = subprocess.run(
        [sys.executable, "-m", "nbtrack.store.lines.block", block], capture_output=True, check=True
    )
    values = subprocess.run(["jq", "-c", ".v"], input=expanded.stdout, capture_output=True, check=True)
    assert json.loads(values.stdout.splitlines()[1]) == {"val": 0}


def test_grep_finds_a_parameter_in_plain_files(tmp_path: Path) -> None:
    store = opened(RELEASES[0], tmp_path)
    done = subprocess.run(
        ["grep", "-rl", '"by":"child"', store.path / "runs"], capture_output=True, check=True, text=True
    )
    assert [Path(line).parent.name for line in done.stdout.splitlines()] == ["20261101t100700-g007k3m9"]


def test_every_golden_file_is_listed_with_its_hash() -> None:
    import runpy

    hashes = runpy.run_path(str(HERE / "write_store.py"))["hashes"]
    assert (STORES / "SHA256SUMS").read_text() == hashes()


def test_no_commit_has_ever_changed_or_removed_a_golden_file(git: Callable[..., str]) -> None:
    top = HERE.parents[1]
    if not (top / ".git").exists():
        pytest.skip("not a git checkout: nothing to compare with")
    changed = git(
        top,
        "log",
        "--format=%h",
        "--diff-filter=MDRT",
        "--",
        *(f"tests/golden/stores/*.{kind}" for kind in ("zip", "json")),
    )
    assert changed == ""
    assert (
        git(
            top,
            "diff",
            "--name-only",
            "--diff-filter=MDRT",
            "HEAD",
            "--",
            "tests/golden/stores/*.zip",
            "tests/golden/stores/*.json",
        )
        == ""
    )
