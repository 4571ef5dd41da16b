"""The housekeeping commands: what they say, what they ask, what they leave alone, and their JSON and exit codes."""

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbtrack.capture.asked.preferences import Preferences, Project
from nbtrack.errors import RunNotFound
from nbtrack.hosts.cli import OK, STORE, USAGE, cli, run_line
from nbtrack.hosts.cli_housekeeping import COMMANDS
from nbtrack.store.housekeeping.maintenance import maintaining
from nbtrack.store.local import LocalStore
from nbtrack.store.memory import MemoryStore

ROOT = Path(__file__).parent.parent.parent
FOREST, SVM, TREE = (f"20261121t101530-{half}" for half in ("7k3m9q2x", "7kzzzzzz", "8abcdefg"))
Command = Callable[[str], tuple[int, str, str]]
OLD = time.time() - 5 * 86_400


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """A store of three runs that ended five days ago, with an artifact each."""
    store = LocalStore(tmp_path / ".nbtrack")
    for at, (run_id, name) in enumerate(((FOREST, "forest"), (SVM, "svm"), (TREE, "tree"))):
        writer = store.begin(run_id, {"name": name, "started": int((OLD + at) * 1000)})
        kept = store.put(name.encode() * 1000)
        writer.append("artifact", {"name": f"{name}.bin", **kept.members(), "media_type": "x"})
        writer.point({"loss": 0.5})
        writer.close("finished", 1.5)
    for path in (store.path / "cas").rglob("*"):
        os.utime(path, (OLD, OLD))
    return store


@pytest.fixture
def command(store: LocalStore, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(line: str) -> tuple[int, str, str]:
        code = run_line(line, store)
        return code, *capsys.readouterr()

    return run


def told(command: Command, line: str) -> Any:
    code, out, err = command(line)
    assert (code, err) == (OK, "")
    return json.loads(out)


def test_pack_says_what_it_did_and_why_runs_stayed(command: Command, store: LocalStore) -> None:
    assert command("pack") == (
        OK,
        "nothing to pack\nleft 3 runs as they are: too young (they changed less than 1d ago; --older-than 0s packs them too)\n",
        "",
    )
    code, out, _ = command("pack --older-than 0s --dry-run")
    assert re.fullmatch(r"would pack 3 runs \(6 files, 3\.\d kB\) into 1 pack\n", out), out
    code, out, _ = command("pack --older-than 0s")
    assert (code, re.fullmatch(r"packed 3 runs \(6 files, 3\.\d kB\) into 1 pack\n", out) is not None) == (OK, True)
    assert command("pack --older-than 0s") == (OK, "nothing to pack\n", "")
    assert [run["name"] for run in store.runs().documents] == ["forest", "svm", "tree"]


def test_pack_json_has_the_names_of_the_packs(command: Command, store: LocalStore) -> None:
    done = told(command, "pack --older-than 0s --json")
    (name,) = [path.name for path in (store.path / "packs").iterdir()]
    size = done.pop("bytes")
    assert size > 3000
    assert done == {"dry_run": False, "packs": [name], "runs": 3, "files": 6, "cleared": 0, "stayed": {}}


def test_delete_hides_runs_and_restore_shows_them(command: Command) -> None:
    assert command("delete -y 7k3 8abc 7k3m") == (
        OK,
        "deleted 2 runs; `nbtrack restore 7k3m9q 8abcde` brings them back\n",
        "",
    )
    assert [run["name"] for run in told(command, "ls --json")] == ["svm"]
    assert command("restore 7k3 8abc") == (OK, f"restored {FOREST}\nrestored {TREE}\n", "")
    assert [run["name"] for run in told(command, "ls --json")] == ["tree", "svm", "forest"]


def test_delete_asks_and_where_nobody_can_answer_does_nothing(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = command("delete 7k3")
    assert (code, err) == (USAGE, "nbtrack: nobody can be asked here; add --yes\n")
    assert out == f"{FOREST}  forest  finished  {time.strftime('%Y-%m-%d %H:%M', time.gmtime(OLD))}\n"
    assert len(told(command, "ls --json")) == 3


@pytest.mark.parametrize(("line", "code", "words"), [
    ("delete -y nobody", 1, "no run 'nobody'"),
    ("delete -y 7k", 1, "is the beginning of 2 runs"),
    ("restore nobody", 1, "deleted runs are found by their id, while they are in the trash"),
    ("delete", 2, "Missing argument"),
    ("pack --older-than soon", 2, "'soon' is no age; write a number"),
    ("gc --keep -1", 2, "Invalid value"),
    ("gc --undo", 2, "the trash is empty, so there is nothing to bring back"),
    ("gc --undo --batch x", 2, "there is no batch 'x' in the trash; `nbtrack gc --list` lists them"),
    ("gc --keep 0", 2, "nobody can be asked here; add --yes, or look first with --dry-run"),
])  # fmt: skip
def test_what_cannot_be_done_is_said_with_its_exit_code(command: Command, line: str, code: int, words: str) -> None:
    found, _, err = command(line)
    assert (found, words in err) == (code, True), err


def test_gc_explains_what_it_would_do_and_dry_run_changes_nothing(command: Command, store: LocalStore) -> None:
    command("delete -y 7k3")
    code, out, _ = command("gc --dry-run --keep 1")
    assert (code, out) == (
        OK,
        (
            "rule of the command line: artifacts of runs beyond the newest 1 go\n"
            "to the trash: 1 artifact of 1 run, 3.0 kB\n"
            "to the trash: 1 object of 1 run, 6.0 kB\n"
            "to the trash: the records of 1 deleted run (7k3m9q)\n"
        ),
    )
    assert not (store.path / "trash").exists()
    assert command("gc --dry-run --no-rules")[1].startswith("to the trash: 1 object of 1 run, 6.0 kB\n")


def test_gc_moves_to_the_trash_and_undo_brings_back(command: Command, store: LocalStore) -> None:
    command("delete -y 7k3")
    code, out, _ = command("gc -y --keep 1")
    assert code == OK
    assert re.fullmatch(
        r"moved 4 files \(\d+\.\d kB\) to the trash\n`nbtrack gc --undo` brings them back; from [-\d]+ [\d:]+ UTC on they may go\n",
        out,
    )
    listed = told(command, "gc --list --json")
    assert [(each["files"], each["purged"], each["reason"]) for each in listed] == [
        (4, False, "artifacts of runs beyond the newest 1; 1 deleted run")
    ]
    assert listed[0]["batch"] in command("gc --list")[1]
    with pytest.raises(RunNotFound):
        store.read(FOREST)
    assert [run["name"] for run in told(command, "ls --json")] == ["tree", "svm"]
    code, out, _ = command("gc --undo")
    assert "1 run among them stay deleted until `nbtrack restore RUN` (7k3m9q)" in out
    assert command("gc --list") == (OK, "the trash is empty\n", "")
    command("restore 7k3")
    assert [run["name"] for run in told(command, "ls --json")] == ["tree", "svm", "forest"]
    assert [store.get(run["artifacts"][0]["sha256"])[:3] for run in store.runs().documents] == [b"for", b"svm", b"tre"]


def test_gc_json_says_what_went_and_why(command: Command, store: LocalStore) -> None:
    done = told(command, "gc -y --json --older-than 1d")
    assert [each["runs"] for each in sorted(done["objects"], key=lambda each: each["runs"])] == [
        [FOREST],
        [SVM],
        [TREE],
    ]
    assert {each["why"] for each in done["objects"]} == {"rule"}
    assert done["batch"] == told(command, "gc --list --json")[0]["batch"]
    assert (done["released_runs"], done["deleted_runs"], done["dry_run"]) == ([FOREST, SVM, TREE], [], False)
    undone = told(command, "gc --undo --json")
    assert undone == {"batch": done["batch"], "files": 3, "bytes": done["bytes"]}


def test_gc_goes_by_the_rules_of_the_project(command: Command, store: LocalStore) -> None:
    settings = store.path.parent / "pyproject.toml"
    settings.write_text('[tool.nbtrack.retention]\nkeep = 1\nolder-than = "2d"\nkeep-tagged = ["gold"]\n')
    command("tag 7k3 gold=yes")
    assert command("gc --dry-run") == (
        OK,
        (
            f"rule of {settings}: artifacts of runs beyond the newest 1 and older than 2d go\n"
            f"rule of {settings}: runs tagged gold keep theirs\n"
            "to the trash: 1 artifact of 1 run, 3.0 kB\n"
        ),
        "",
    )
    assert told(command, "gc --dry-run --json")["released_runs"] == [SVM]
    assert told(command, "gc --dry-run --json --keep 0")["released_runs"] == [SVM, TREE]  # the tag still protects
    assert command("gc --no-rules --dry-run") == (OK, "nothing to collect\n", "")


def test_rules_are_known_to_what_reads_the_other_settings(store: LocalStore) -> None:
    (store.path.parent / "pyproject.toml").write_text("[tool.nbtrack.retention]\nkeep = 1\n")
    assert Project().preferences(store.path.parent) == Preferences()


def test_restore_asks_for_more_of_an_id_that_several_runs_in_the_trash_have(
    command: Command, store: LocalStore
) -> None:
    command("delete -y 7k3 7kz")
    command("gc -y")
    code, _, err = command("restore 7k")
    assert (code, err.startswith("nbtrack: '7k' is the beginning of 2 runs in the trash; write more: ")) == (1, True)
    assert (store.path / "trash").exists()
    assert command("restore 7k3") == (OK, f"restored {FOREST}\n", "")


def test_a_rule_that_was_mistyped_stops_gc(command: Command, store: LocalStore) -> None:
    (store.path.parent / "nbtrack.toml").write_text("[retention]\nkepp = 1\n")
    code, out, err = command("gc --dry-run")
    assert (code, out) == (USAGE, "")
    assert "kepp is no rule of retention; there is: keep, older-than, keep-tagged, experiments" in err


def test_while_somebody_else_is_at_work_gc_and_pack_are_refused(command: Command, store: LocalStore) -> None:
    with maintaining(store.path, "fsck --repair"):
        for line in ("pack --older-than 0s", "gc -y --keep 0", "gc --undo"):
            code, out, err = command(line)
            assert (code, out) == (STORE, "")
            assert re.match(r"nbtrack: `nbtrack fsck --repair` of process \d+ on .* --force-unlock\n", err)
        assert command("pack --older-than 0s --force-unlock")[0] == OK


def test_du_shows_kinds_runs_and_artifacts(command: Command, store: LocalStore) -> None:
    code, out, _ = command("du --limit 1")
    assert code == OK
    titles = [line.split("  ")[0] for line in out.splitlines() if line and not line.startswith("store ")]
    assert titles == [*"kind records histories artifacts other all".split(), "largest runs", "7k3m9q", *("largest artifacts", "forest.bin")]  # fmt: skip


def test_du_json_adds_up(command: Command, store: LocalStore) -> None:
    found = told(command, "du --json")
    assert found["total"]["bytes"] == sum(kind["bytes"] for kind in found["kinds"].values())
    assert list(found["kinds"]) == ["records", "histories", "artifacts", "cache", "trash", "other"]
    assert [(run["id"], run["artifacts"], run["own"]) for run in found["runs"]] == [
        (FOREST, 6000, 6000), (TREE, 4000, 4000), (SVM, 3000, 3000),
    ]  # fmt: skip
    assert [(each["names"], each["size"], each["runs"]) for each in found["artifacts"]] == [
        (["forest.bin"], 6000, [FOREST]), (["tree.bin"], 4000, [TREE]), (["svm.bin"], 3000, [SVM]),
    ]  # fmt: skip


def test_a_store_that_is_no_folder_has_nothing_to_keep_tidy(capsys: pytest.CaptureFixture[str]) -> None:
    for line in ("pack", "gc", "du"):
        assert run_line(line, MemoryStore()) == USAGE
        assert "is not a folder; there are no files to look after" in capsys.readouterr().err


def test_the_page_documents_every_command_and_option() -> None:
    page = (ROOT / "docs" / "housekeeping.md").read_text(encoding="utf-8")
    for each in COMMANDS:
        assert cli.commands[str(each.name)] is each
        assert f"`nbtrack {each.name}" in page
        options = {name for option in each.params for name in option.opts if name.startswith("--")}
        assert {name for name in options - {"--store"} if f"`{name}" not in page} == set()
