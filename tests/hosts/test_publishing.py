"""``nbtrack publish`` and ``nbtrack.publish``: a report leaves as it was written, and nothing else without being told."""

import json
from pathlib import Path

import pytest

import nbtrack
from nbtrack.errors import UsageError
from nbtrack.hosts.cli import main

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


@pytest.fixture
def report(tmp_path: Path) -> Path:
    store = nbtrack.MemoryStore()
    for lr in (0.1, 0.2):
        with nbtrack.start_run(f"lr {lr}", store=store, params={"lr": lr}) as opened:
            opened.log(f1=1 - lr)
    return nbtrack.report(nbtrack.runs(store=store), tmp_path / "report.html").path


@pytest.fixture
def public(tmp_path: Path) -> Path:
    folder = tmp_path / "public"
    folder.mkdir()
    return folder


def code(*words: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    return int(ended.value.code or 0)


def test_a_report_is_published_and_its_address_printed(report: Path, public: Path, capsys) -> None:
    assert code("publish", report, public) == 0
    assert (public / "report.html").read_bytes() == report.read_bytes()
    assert capsys.readouterr().out == f"published: {(public / 'report.html').as_uri()}\n"
    assert code("publish", report, f"{public}/", "--name", "lr sweep.html", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["address"] == (public / "lr-sweep.html").as_uri()
    assert told["pushed"] is True


def test_a_file_that_is_no_report_or_was_changed_needs_a_yes(
    report: Path, public: Path, tmp_path: Path, capsys
) -> None:
    other = tmp_path / "other.html"
    other.write_text("<p>hello</p>")
    assert code("publish", other, public) == 2
    assert "is not a report of nbtrack" in capsys.readouterr().err
    report.write_text(report.read_text(encoding="utf-8").replace("lr 0.1", "lr 0.9"), encoding="utf-8")
    assert code("publish", report, public) == 2
    assert "was changed after nbtrack wrote it" in capsys.readouterr().err
    assert list(public.iterdir()) == []
    assert code("publish", report, public, "--yes") == 0
    with pytest.raises(UsageError, match="yes=True"):
        nbtrack.publish(other, public)
    assert nbtrack.publish(other, public, yes=True).address.endswith("/other.html")


def test_a_secret_stops_it_whatever_is_agreed_to(report: Path, public: Path, capsys) -> None:
    report.write_text(report.read_text(encoding="utf-8").replace("</main>", f"<p>{TOKEN}</p></main>"), encoding="utf-8")
    assert code("publish", report, public, "--yes") == 2
    said = capsys.readouterr().err
    assert "1 value that looks like a secret" in said
    assert "(rule github)" in said
    assert "line " in said
    assert TOKEN not in said
    assert list(public.iterdir()) == []


@pytest.mark.parametrize("words", [[], ["x/", "--gh-pages"], ["x/", "--push"]])
def test_what_cannot_be_meant_is_refused(report: Path, words: list[str], capsys) -> None:
    assert code("publish", report, *words) == 2
    assert capsys.readouterr().err


def test_no_file_a_folder_and_bytes_that_are_no_text_are_refused(tmp_path: Path, public: Path, capsys) -> None:
    (tmp_path / "x.html").write_bytes(b"\xff\xfe")
    assert code("publish", tmp_path / "x.html", public) == 2
    assert code("publish", tmp_path / "none.html", public) == 2
    assert code("publish", tmp_path, public) == 2
    assert capsys.readouterr().err
