"""What a person reads when a report, a bundle, an import or a push meets a disk that takes no more."""

import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nbtrack.hosts.cli import run_line
from nbtrack.store.local import LocalStore
from nbtrack.store.system.disk import replaced
from tests.share.bundles import UNFLUSHED, a_store
from tests.torture.faults import Faulty

Command = Callable[..., tuple[int, str, str]]
_LIMIT = 2000  # bytes a file may have: fewer than a report or a bundle takes
_ADDING = frozenset({"create", "write", "flush", "flush_folder", "rename", "replace", "link", "make_folder"})
_EVERY = 5  # of the calls that could fail, which are tried


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    with replaced(UNFLUSHED):
        return a_store(tmp_path / ".nbtrack", runs=2)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    def run(line: str, store: LocalStore) -> tuple[int, str, str]:
        code = run_line(line, store)
        return code, *capsys.readouterr()

    return run


@contextmanager
def full_disk() -> Iterator[None]:
    """No file becomes longer than a few KB: the system itself refuses, as a full disk does."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    caches = sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # Python keeps the half of a module that went into its cache, and fails ever after
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LIMIT, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        sys.dont_write_bytecode = caches


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("report -o {0} --force", "report.html"),
        ("report -o {0} --force --json-file --template brief", "report.json"),
        ("bundle -o {0} --force", "runs.nbtrack.zip"),
        ("compare --html {0}", "compare.html"),
    ],
)
def test_the_old_file_stays_and_the_person_reads_why(
    line: str, name: str, store: LocalStore, command: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / name).write_text("old")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with full_disk():
        code, _, err = command(line.format(folder / name.replace("json", "html")), store)
    assert (code, "Errno" in err) == (3, False)
    assert f"{name} could not be written: it is larger than a file may be there" in err.replace("\n", " ")
    assert "the one that was there is untouched" in err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_publishing_to_a_folder_leaves_what_was_published(store: LocalStore, command: Command, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "report.html").write_text("old")
    assert command(f"report -o {tmp_path}/report.html", store)[0] == 0
    with full_disk():
        code, _, err = command(f"publish {tmp_path}/report.html {tmp_path}/site/", store)
    assert (code, "Errno" in err) == (3, False)
    assert "site/report.html could not be written" in err
    assert [path.read_text() for path in (tmp_path / "site").iterdir()] == ["old"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("line", ["import {file}", "push {there}"])
def test_taking_runs_in_tells_it_in_words_wherever_it_fails(
    line: str, number: int, store: LocalStore, command: Command, tmp_path: Path
) -> None:
    assert command(f"bundle -o {tmp_path}/x.zip", store)[0] == 0
    asked = line.format(file=tmp_path / "x.zip", there=tmp_path / "there")
    at, failed = 1, 0
    while True:
        faulty = Faulty(at, number, for_ever=True, only=_ADDING)
        with replaced(faulty.disk):
            code, _, err = command(asked, LocalStore(tmp_path / "there") if "import" in line else store)
        if not faulty.failed or code == 0:
            break
        # a push goes on after what may be wrong with one file only
        assert code == 3 or ("push" in line and number == errno.EIO and code == 1)
        assert ("Errno" in err, "internal" in err) == (False, False), err
        assert str(tmp_path / "there") in err
        assert number != errno.ENOSPC or not (tmp_path / "there/store.json").exists() or "the same again" in err
        assert not [*(tmp_path / "there").rglob("tmp/*/*")]
        shutil.rmtree(tmp_path / "there", ignore_errors=True)
        at, failed = at + _EVERY, failed + 1
    assert failed > 5


def test_a_store_whose_folder_vanishes_is_told(store: LocalStore, command: Command, tmp_path: Path) -> None:
    assert command(f"bundle -o {tmp_path}/x.zip", store)[0] == 0
    there = tmp_path / "there"

    class Vanishing(Faulty):
        def _is_due(self) -> bool:
            if self.calls == 40:
                shutil.rmtree(there)
            return False

    with replaced(Vanishing(0).disk):
        code, _, err = command(f"import {tmp_path}/x.zip", LocalStore(there))
    assert (code, os.linesep in err.strip(), "Errno" in err) == (3, False, False)
    assert f"{there} does not take records: the folder is gone" in err
