"""``nbtrack fsck``: what it prints, what it returns, and that it repairs only when asked."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbtrack.hosts.cli import run_line
from nbtrack.store.local import LocalStore
from nbtrack.store.memory import MemoryStore
from nbtrack.store.writing.keeper import KEEPER

RUN = "20261121t101530-7k3m9q2x"
Command = Callable[[str], tuple[int, str, str]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    store = LocalStore(tmp_path / ".nbtrack")
    writer = store.begin(RUN, {"name": "forest"})
    writer.append("params", {"depth": 8})
    writer.close("finished", 1.5)
    yield store
    store.close()
    KEEPER.stop()


@pytest.fixture
def command(store: LocalStore, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(line: str) -> tuple[int, str, str]:
        code = run_line(line, LocalStore(store.path))
        return code, *capsys.readouterr()

    return run


def damage(store: LocalStore) -> Path:
    (path,) = store.path.glob(f"runs/*/{RUN}/ev-*")
    path.write_bytes(path.read_bytes().replace(b'"depth":8', b'"depth":9'))
    return path


def test_a_whole_store_is_said_to_be_so(command: Command) -> None:
    code, out, err = command("fsck")
    assert (code, err, out.splitlines()[1].split(",")[:2]) == (0, "", ["1 run", " 3 records"])
    assert out.endswith("\nnothing is wrong\n")


def test_damage_is_told_with_file_and_offset_and_the_code_is_one(command: Command, store: LocalStore) -> None:
    path = damage(store)
    code, out, _ = command("fsck --data")
    assert code == 1
    assert f"{path.relative_to(store.path)} at byte " in out
    assert out.endswith("\n2 things wrong in 1 run; docs/fsck.md says what to do\n")
    assert not (store.path / "quarantine").exists()


def test_json_has_the_documented_members(command: Command, store: LocalStore) -> None:
    damage(store)
    code, out, _ = command("fsck --json")
    told = json.loads(out)
    assert (code, sorted(told)) == (1, ["counts", "findings", "ok", "repairs", "store"])
    assert [finding["kind"] for finding in told["findings"]] == ["damaged", "missing"]
    members = ["accepted", "count", "kind", "offset", "path", "run", "text", "writer", "wrong"]
    assert sorted(told["findings"][0]) == members


def test_a_repair_says_what_was_done_and_what_is_left(command: Command, store: LocalStore) -> None:
    damage(store)
    code, out, _ = command("fsck --repair")
    assert code == 1
    assert "1 damaged line taken out; a copy is in quarantine/" in out
    assert "1 record of writer" in out
    assert "1 damaged" not in command("fsck --repair")[1]


def test_an_accepted_run_leaves_nothing_wrong(command: Command, store: LocalStore) -> None:
    damage(store)
    code, out, _ = command("fsck --accept 7k3m")
    assert (code, "accepted as it is: 1 damaged, 1 missing" in out) == (0, True)
    assert command("ls damaged = true")[1] == "no runs\n"


def test_a_damaged_run_looks_different_in_the_terminal(command: Command, store: LocalStore) -> None:
    assert "damaged" not in command("ls")[1] + command(f"show {RUN}")[1]
    damage(store)
    assert "finished, damaged" in command("ls")[1]
    shown = command(f"show {RUN}")[1]
    assert ("finished, damaged" in shown, "1 damaged line; 1 record missing" in shown) == (True, True)
    assert json.loads(command("ls --json")[1])[0]["condition"] == "damaged"


def test_resealing_alone_and_unknown_runs_are_refused(command: Command) -> None:
    assert command("fsck --reseal")[0] == 2
    assert command("fsck --accept nobody")[0] == 1


def test_a_store_in_memory_has_no_files_to_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line("fsck", MemoryStore()) == 2
    assert "no files to look after" in capsys.readouterr().err


def test_a_store_that_cannot_be_read_is_the_third_code(command: Command, store: LocalStore) -> None:
    (store.path / "store.json").write_text("{")
    assert command("fsck")[0] == 3
