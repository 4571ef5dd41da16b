"""Checking a report: what became of its runs, whether the file is as it was written, and files that are no report."""

import os
from pathlib import Path

import pytest

from nbtrack.errors import LimitExceeded, UsageError
from nbtrack.model import event
from nbtrack.query.runs import runs
from nbtrack.record.clean import annotate
from nbtrack.report import verifying
from nbtrack.report.options import Options
from nbtrack.report.verifying import verify
from nbtrack.report.writing import Target, write_report
from nbtrack.store.memory import MemoryStore
from tests.report.recorded import BEST, FAILED, SECOND, record, study


@pytest.fixture
def store() -> MemoryStore:
    return study(MemoryStore())  # type: ignore[return-value]  # the same


@pytest.fixture
def report(store: MemoryStore, tmp_path: Path) -> Path:
    write_report(runs(store=store), Target(tmp_path / "report.html"), Options())
    return tmp_path / "report.html"


def test_a_report_of_what_the_store_has_is_the_same(report: Path, store: MemoryStore) -> None:
    found = verify(report, store)
    assert found.ok
    assert found.sentence() == "The file is as it was written. Of 3 runs: 3 the same."


def test_notes_that_came_later_are_told_from_results_that_changed(report: Path, store: MemoryStore) -> None:
    annotate(store, BEST, event.COMMENT, {"text": "checked", "by": "Ada"})
    annotate(store, SECOND, event.DATA, [{"kind": "file", "path": "x.csv", "mode": "read"}])
    annotate(store, FAILED, event.DELETE, value=True)
    found = verify(report, store)
    assert not found.ok
    assert {run.id: (run.state, run.parts) for run in found.runs} == {
        BEST: ("annotated", ("notes",)),
        SECOND: ("changed", ("data",)),
        FAILED: ("deleted", ()),
    }
    assert "7k3m9q  the same results; notes" in repr(found)
    assert found.as_dict()["runs"][0]["state"] in {"annotated", "changed", "deleted"}


def test_a_store_without_the_runs_says_so(report: Path) -> None:
    other = MemoryStore()
    record(other, BEST, ("metrics", {"accuracy": 0.1}))
    states = {run.id: run.state for run in verify(report, other).runs}
    assert states == {BEST: "changed", SECOND: "absent", FAILED: "absent"}


def test_a_file_that_was_changed_is_told(report: Path, store: MemoryStore) -> None:
    report.write_text(report.read_text().replace("0.95", "0.96"))
    found = verify(report, store)
    assert (found.ok, found.file) == (False, False)
    assert found.sentence().startswith("The file was changed after it was written.")


def test_an_anonymous_report_without_source_can_be_checked_as_well(store: MemoryStore, tmp_path: Path) -> None:
    path = tmp_path / "anonymous.html"
    write_report(runs(store=store), Target(path), Options(anonymous=True, source=False))
    assert verify(path, store).ok


def test_files_that_are_no_report_are_refused(tmp_path: Path, store: MemoryStore) -> None:
    for name, content in {
        "empty.html": b"",
        "other.html": b"<!doctype html><p>hello",
        "binary.html": b"\xff\xfe\x00",
        "odd.html": b'<script type="text/plain" id="nbt-report-origin">[1]</script>',
        "deep.html": b'<script type="text/plain" id="nbt-report-origin">' + b"[" * 100_000 + b"</script>",
        "bomb.html": b'<script type="text/plain" id="nbt-report-origin">AAAA</script>',
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UsageError):
            verify(tmp_path / name, store)
    for name in (".", "missing.html"):
        with pytest.raises(UsageError):
            verify(tmp_path / name, store)


def test_a_pipe_is_not_waited_for(tmp_path: Path, store: MemoryStore) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="no file"):
        verify(tmp_path / "pipe", store)


def test_a_file_without_end_is_not_read(report: Path, store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "LARGEST", 1000)
    with pytest.raises(LimitExceeded, match="bytes"):
        verify(report, store)


def test_ids_that_a_report_claims_are_no_paths_or_patterns(tmp_path: Path, store: MemoryStore) -> None:
    records = '{"../../etc/passwd":"x","2026":"x","<b>":"x"}'
    text = f'{{"digest":"y","records":{records},"parts":{{"2026":{{"notes":"1"}}}}}}'
    (tmp_path / "x.html").write_text(
        f'<script type="text/plain" id="nbt-report-origin">{text.replace("<", "&lt;")}</script>'
    )
    found = verify(tmp_path / "x.html", store)
    assert {run.state for run in found.runs} == {"absent"}
    assert found.file is None
    assert not found.whole
