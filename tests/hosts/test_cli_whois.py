"""``nbtrack whois``: what it prints and returns."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from nbtrack.hosts.cli import run_line
from nbtrack.store.memory import MemoryStore

Command = Callable[[str], tuple[int, str, str]]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    store = MemoryStore()
    writer = store.begin("20261121t101530-7k3m9q2x", {"name": "for\x1b[31mest", "started": 1795255200000})
    entry = {"kind": "file", "path": "out/a.csv", "mode": "write", "size": 1, "sha256": sha256(b"a").hexdigest()}
    writer.append("data", [entry])
    writer.close("finished", 1.5)
    monkeypatch.chdir(tmp_path)
    for name, content in {"copy.csv": b"a", "other.csv": b"b", "a.csv": b"c", "empty": b""}.items():
        (tmp_path / name).write_bytes(content)

    def run(line: str) -> tuple[int, str, str]:
        return run_line(line, store), *capsys.readouterr()

    return run


def test_a_known_file_is_told_with_its_runs(command: Command) -> None:
    assert command("whois copy.csv") == (
        0,
        (
            "copy.csv was written by run 7k3m9q (for␛[31mest) as out/a.csv\n"
            "  7k3m9q  wrote out/a.csv  2026-11-21 10:00  for␛[31mest\n"
        ),
        "",
    )


def test_an_unknown_file_gives_one_also_beside_known_ones(command: Command) -> None:
    code, out, _ = command("whois copy.csv other.csv")
    assert (code, out.splitlines()[-1]) == (1, "no run knows other.csv, neither its bytes nor its name")
    assert command("whois a.csv")[:2] == (
        1,
        (
            "no run knows these bytes; a file of this name was written by run 7k3m9q with other content\n"
            "  7k3m9q  wrote out/a.csv  2026-11-21 10:00  for␛[31mest\n"
        ),
    )
    assert command("whois empty")[0] == 1


def test_a_folder_is_told_file_by_file(command: Command, tmp_path: Path) -> None:
    code, out, _ = command("whois .")
    assert code == 0
    assert out.splitlines()[0].endswith("1 of its 4 files are known")
    assert "  copy.csv: copy.csv was written by run 7k3m9q" in out


def test_the_json_is_a_list_in_the_order_asked(command: Command) -> None:
    code, out, _ = command("whois copy.csv other.csv --json")
    told = json.loads(out)
    assert (code, [each["known"] for each in told]) == (1, [True, False])
    assert told[0]["traces"][0]["relation"] == "wrote"


def test_what_is_not_there_is_a_usage_error(command: Command) -> None:
    code, _, err = command("whois nothing.csv")
    assert (code, err) == (2, "nbtrack: there is no file 'nothing.csv'\n")
    assert command("whois")[0] == 2
