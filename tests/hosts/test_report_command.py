"""``nbtrack report``, ``%report`` and ``nbtrack.report``: what they write, refuse, print and return."""

import json
import re
import shlex
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.errors import RunNotFound, UsageError
from nbtrack.hosts import reporting
from nbtrack.hosts.cli import main
from nbtrack.report.verifying import verify
from nbtrack.store.base import Store
from nbtrack.store.local import LocalStore
from tests.report.recorded import BEST, FAILED, SECOND, record, study

Command = Callable[[str], tuple[int, str, str]]


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return study(nbtrack.open_store(tmp_path_factory.mktemp("project") / ".nbtrack"))


@pytest.fixture
def command(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NBTRACK_STORE", str(store.path))

    def run(line: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(shlex.split(line))
        return int(ended.value.code or 0), *capsys.readouterr()

    return run


def test_a_report_is_written_and_told_in_plain_words(command: Command, tmp_path: Path) -> None:
    code, out, err = command("report -o rates.html --title 'Our rates'")
    assert (code, err) == (0, "")
    assert out.startswith("wrote rates.html\n  ")
    html = (tmp_path / "rates.html").read_text()
    assert "<title>Our rates</title>" in html
    assert not list(tmp_path.glob(".nbtrack-*"))
    assert stat.S_IMODE((tmp_path / "rates.html").stat().st_mode) & 0o600 == 0o600


def test_what_is_there_is_replaced_only_when_asked(command: Command, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("mine")
    (tmp_path / "other.json").symlink_to(tmp_path / "nowhere")
    assert command("report")[::2] == (2, "nbtrack: report.html is there already; --force replaces it\n")
    assert command("report -o other.html --json-file")[0] == 2
    assert (tmp_path / "report.html").read_text() == "mine"
    assert not (tmp_path / "other.html").exists()
    assert command("report --force")[0] == 0
    assert (tmp_path / "report.html").read_text() != "mine"


def test_the_page_and_the_json_beside_it_cannot_have_one_name(command: Command, tmp_path: Path) -> None:
    assert command("report -o report.json --json-file")[0] == 2
    assert list(tmp_path.iterdir()) == []


def test_runs_are_chosen_by_ids_or_a_filter(command: Command) -> None:
    assert json.loads(command(f"report {BEST} {SECOND} --json")[1])["runs"] == 2
    assert json.loads(command("report metrics.accuracy '>' 0.92 --force --json")[1])["runs"] == 1
    assert command("report zzzzzzzz --force")[0] == 1
    assert command("report metrics.acuracy '>' 1 --force")[0] == 2
    nothing = "nbtrack: there are no runs to report on: none of 3 fits 'metrics.accuracy > 1'\n"
    assert command("report metrics.accuracy '>' 1 --force")[::2] == (1, nothing)


def test_notes_stand_where_they_are_asked_for(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("Aaaa.\n<!-- after: curves -->\nBbbb.")
    (tmp_path / "c@d.md").write_text("Cccc.")
    assert command("report --note-file a.md --note-file c@d.md@runs --note-file c@d.md --json-file")[0] == 0
    notes = json.loads((tmp_path / "report.json").read_text())["notes"]
    assert [(note["text"], note["after"]) for note in notes] == [
        ("Aaaa.", "summary"),
        ("Bbbb.", "curves"),
        ("Cccc.", "runs"),
        ("Cccc.", "summary"),
    ]
    assert command("report --note-file a.md@nowhere --force")[0] == 2
    assert "missing.md" in command("report --note-file missing.md --force")[2]


def test_a_template_is_a_name_or_a_file(command: Command, tmp_path: Path) -> None:
    (tmp_path / "own.md").write_text("# Mine\n\n{{ summary }}\n")
    assert command("report --template own.md --json-file")[0] == 0
    assert json.loads((tmp_path / "report.json").read_text())["sections"] == ["summary"]
    code, _, err = command("report --template brif --force")
    assert code == 2
    assert err == "nbtrack: a template is full or brief, or a Markdown file; 'brif': No such file or directory\n"


def test_pairs_are_named_by_prefixes(command: Command, tmp_path: Path) -> None:
    assert command("report --diff 9n5p1s:7k3m9q --json-file")[0] == 0
    diffs = json.loads((tmp_path / "report.json").read_text())["diffs"]
    assert [(each["old"], each["new"]) for each in diffs] == [(FAILED, BEST)]
    assert "A:B" in command("report --diff 7k3m9q --force")[2]
    assert command("report 7k3m9q --diff 9n5p1s:7k3m9q --force")[0] == 1


def test_a_dry_run_says_what_would_be_shared_and_writes_nothing(command: Command, tmp_path: Path) -> None:
    code, out, _ = command("report --dry-run")
    told = dict(line.split(maxsplit=1) for line in out.splitlines() if line)
    assert code == 0
    assert told["runs"] == "3 runs  (3 of them at full length)"
    assert told["figures"].startswith("2, ")
    assert told["secrets"] == "none found"
    assert list(tmp_path.iterdir()) == []
    found = json.loads(command("report --dry-run --json")[1])
    assert {"name", "value", "note"} == set(found["shared"][0])
    assert found["removed"] == {}
    (best,) = (each for each in found["runs"] if each["run"] == BEST)
    assert (best["cells"], best["outputs"], best["left_out"], best["data"], best["comments"]) == (2, 2, 0, 1, 1)
    assert (
        f"7k3m9q  2 cells ({best['source_bytes']} B), 2 outputs ({best['output_bytes']} B), 1 data item, 1 comment"
        in out
    )


def test_the_page_says_what_the_dry_run_said(command: Command, tmp_path: Path) -> None:
    told = json.loads(command("report --dry-run --json")[1])["shared"]
    assert json.loads(command("report --json")[1])["shared"] == told
    assert "3 of them at full length" in (tmp_path / "report.html").read_text()


def test_a_secret_is_left_out_and_said(store: Store, command: Command, tmp_path: Path) -> None:
    record(store, "20261121t101630-0a1b2c3d", ("note", "key ghp_" + "a1B2" * 9))
    code, _, err = command("report")
    assert code == 0
    assert err == (
        "note: 1 value that looks like a secret was left out of the report (in 0a1b2c); the store still has what it has\n"
    )
    assert "ghp_" not in (tmp_path / "report.html").read_text()


def test_a_report_is_verified_by_its_exit_code_and_words(store: Store, command: Command, tmp_path: Path) -> None:
    command("report")
    assert command("report verify report.html")[:2] == (0, "The file is as it was written. Of 3 runs: 3 the same.\n")
    store.annotate(BEST, "tags", {"stage": "final"})
    code, out, _ = command("report verify report.html --json")
    told = json.loads(out)
    assert (code, told["ok"], told["file_unchanged"]) == (1, False, True)
    assert {"id": BEST, "state": "annotated", "changed": ["notes"]} in told["runs"]
    assert command("report verify")[0] == 2
    assert command("report verify missing.html")[0] == 2


def test_nothing_is_left_when_the_disk_refuses(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    assert command("report")[0] == 3
    assert list(tmp_path.iterdir()) == []


def test_from_python_the_file_its_summary_and_html_come_back(store: Store, tmp_path: Path) -> None:
    written = nbtrack.report(
        f"{BEST} {SECOND}",
        tmp_path / "a b.html",
        title="<b>Rates</b>",
        notes="Noted.",
        diff=[(SECOND, BEST)],
        json_file=True,
        store=store,
    )
    assert (written.path, written.runs, written.title) == (tmp_path / "a b.html", 2, "<b>Rates</b>")
    assert written.data == tmp_path / "a b.json"
    assert repr(written).startswith(f"{tmp_path / 'a b.html'} (")
    html = written._repr_html_()
    assert "&lt;b&gt;Rates&lt;/b&gt;" in html
    assert "<script" not in html
    assert verify(written.path, store).ok


def test_runs_ids_and_one_run_are_taken_as_well(store: Store, tmp_path: Path) -> None:
    run = nbtrack.run(BEST, store=store)
    asked: tuple[tuple[Any, int], ...] = ((nbtrack.runs(store=store), 3), (run, 1), ([run, SECOND], 2), ("", 3))
    for what, count in asked:
        assert nbtrack.report(what, tmp_path / "r.html", force=True, store=store).runs == count
    with pytest.raises(RunNotFound, match="no runs to report on"):
        nbtrack.report([], tmp_path / "r.html", force=True, store=store)
    with pytest.raises(UsageError, match="no folder"):
        nbtrack.report("", tmp_path / "missing" / "r.html", store=store)


def test_an_author_is_warned_of_what_was_left_out(store: Store, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="looks like a secret was left out of the report"):
        nbtrack.report("", tmp_path / "r.html", notes="ghp_" + "a1B2" * 9, store=store)


def test_the_magic_shows_a_link_and_the_summary(shell: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for lr, accuracy in (("0.1", "0.75"), ("0.01", "0.5")):
        shell.run(f"%%track 'lr {lr}' lr={lr}\nlr = 1\naccuracy = float('{accuracy}')")
    assert shell.run("%report -o mine.html").success
    (output,) = [each for each in shell.published if each["metadata"].get("nbtrack", {}).get("kind") == "report"]
    assert 'href="./mine.html"' in output["data"]["text/html"]
    assert "mine.html (" in output["data"]["text/plain"]
    assert shell.run("nbtrack.report('', 'again.html', title='Again')" if "nbtrack" in shell.names else "1").success


def test_a_notebook_is_reported_on_by_its_name(store: Store, tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": "# Hello"},
        {"cell_type": "code", "metadata": {}, "source": "1 + 1", "outputs": [], "execution_count": None},
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook))
    written = reporting.report(str(tmp_path / "a.ipynb"), tmp_path / "a.html", store=store)
    assert written.title == "Hello"
    assert "1 + 1" in re.sub("<[^>]*>", "", written.path.read_text())
