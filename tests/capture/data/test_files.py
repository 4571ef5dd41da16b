"""The log of files knows what each execution read and wrote, however it was opened."""

from __future__ import annotations

import ast
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from nbtrack.capture.data.files import MOST_FILES, FileLog, FileUse


class Cells:
    """Executes cells as the tracker has them executed, and tells which files they used."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = FileLog()
        self.names: dict[str, Any] = {"Path": Path, "os": os}
        self.number = 0

    def uses(self, source: str) -> list[FileUse]:
        self.number += 1
        self.log.begin(self.number, self.names)
        tree = ast.parse(source)
        self.log.read(self.number, tree)
        try:
            exec(compile(tree, "cell", "exec"), self.names)
        finally:
            self.log.end(self.number)
        return list(self.log.of(self.number))

    def run(self, source: str) -> list[str]:
        """Return the uses in a few words: ``read x.csv``."""
        return [f"{each.mode} {self.short(each.path)}{' (named)' if each.named else ''}" for each in self.uses(source)]

    def short(self, path: str) -> str:
        return os.path.relpath(path, self.folder) if path.startswith("/") else path


@pytest.fixture
def cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cells:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    (tmp_path / "y.csv").write_text("a,b\n3,4\n")
    for name in ("x.csv", "y.csv"):
        os.utime(tmp_path / name, (1_700_000_000, 1_700_000_000))
    cells = Cells(tmp_path)
    yield cells
    cells.log.close()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("open('x.csv').close()", ["read x.csv"]),
        ("open(b'x.csv').close()", ["read x.csv"]),
        ("Path('x.csv').read_text()", ["read x.csv"]),
        ("os.close(os.open('x.csv', os.O_RDONLY))", ["read x.csv"]),
        ("import io\nio.open('./x.csv').close()", ["read x.csv"]),
        ("Path('x.csv').read_text()\nopen('x.csv').close()", ["read x.csv"]),
        ("Path('new.txt').write_text('1')", ["write new.txt"]),
        ("Path('x.csv').write_text('1')", ["write x.csv"]),
        ("with open('x.csv', 'a') as file: file.write('5,6')", ["write x.csv"]),
        ("Path('new.txt').write_text('1')\nPath('new.txt').read_text()", ["write new.txt"]),
        ("t = Path('x.csv').read_text()\nPath('x.csv').write_text(t + '1')", ["read x.csv", "write x.csv"]),
        ("open('x.csv', 'r+').close()", ["read x.csv"]),
        ("with open('x.csv', 'r+') as file: file.write('9')", ["read x.csv", "write x.csv"]),
        ("import shutil\nshutil.copy('x.csv', 'z.csv')", ["read x.csv", "write z.csv"]),
        ("Path('a.tmp').write_text('1')\nos.replace('a.tmp', 'a.txt')", ["write a.txt"]),
        ("os.rename('x.csv', 'z.csv')", ["write z.csv"]),
        ("os.link('x.csv', 'z.csv')", ["write z.csv"]),
        ("Path('a.tmp').write_text('1')\nos.remove('a.tmp')", []),
        ("Path('x.csv').exists()\nos.listdir('.')", []),
        ("import sqlite3\nc = sqlite3.connect('a.db')\nc.execute('create table t(a)')\nc.commit()\nc.close()", ["write a.db"]),
        ("try:\n    open('missing.csv')\nexcept OSError:\n    pass", []),
        ("open(os.devnull).close()", []),
        ("r, w = os.pipe()\nopen(r).close()\nos.close(w)", []),
    ],
)  # fmt: skip
def test_files_are_heard_however_they_are_opened(cells: Cells, source: str, expected: list[str]) -> None:
    assert cells.run(source) == expected


def test_a_file_that_was_read_is_told_as_it_was_then(cells: Cells) -> None:
    before = (cells.folder / "x.csv").stat()
    read, written = cells.uses("t = Path('x.csv').read_text()\nPath('x.csv').write_text(t * 2)")
    assert read.stamp is not None
    assert written.stamp is not None
    assert (read.stamp.size, read.stamp.mtime_ns, written.stamp.size) == (8, before.st_mtime_ns, 16)


def test_what_a_cell_reads_of_its_own_writing_is_no_input_though_there_was_an_older_file(cells: Cells) -> None:
    cells.run("import pandas as pd")
    assert cells.run("pd.DataFrame({'a': [1]}).to_csv('x.csv')\npd.read_csv('x.csv')") == ["write x.csv"]
    assert cells.run("t = pd.read_csv('y.csv')\nt.to_csv('y.csv')\npd.read_csv('y.csv')") == [
        "read y.csv",
        "write y.csv",
    ]


def test_a_file_that_was_read_and_removed_is_told(cells: Cells) -> None:
    assert cells.run("Path('x.csv').read_text()\nos.remove('x.csv')") == ["read x.csv"]


def test_a_name_is_looked_for_where_the_cell_was_then(cells: Cells) -> None:
    source = (
        "os.mkdir('sub')\nos.chdir('sub')\nPath('x.csv').write_text('1')\nos.chdir('..')\nPath('x.csv').read_text()"
    )
    assert sorted(cells.run(source)) == ["read x.csv", "write sub/x.csv"]


def test_a_folder_written_under_another_name_first_is_told_by_its_last(cells: Cells) -> None:
    assert cells.run("os.mkdir('t')\nPath('t/a.bin').write_text('1')\nos.rename('t', 'model')") == ["write model/a.bin"]


def test_files_that_library_code_opens_in_cpp_are_known_by_their_names(cells: Cells) -> None:
    pandas = pytest.importorskip("pandas")
    cells.names["pd"] = pandas
    pandas.DataFrame({"a": [1]}).to_parquet(cells.folder / "x.parquet")
    time.sleep(0.06)
    assert _opened(cells.run("pd.read_parquet('x.parquet')")) == ["read x.parquet"]
    assert _opened(cells.run("pd.read_csv('x.csv').to_parquet('z.parquet')")) == ["read x.csv", "write z.parquet"]
    told = cells.run("pd.read_parquet(Path() / 'z.parquet').to_parquet('z.parquet')")
    assert _opened(told) == ["read z.parquet", "write z.parquet"]


def _opened(told: list[str]) -> list[str]:
    """Leave out how it is known: pandas 2 opens the files itself, and raises events; pandas 3 has C++ open them."""
    return sorted(each.removesuffix(" (named)") for each in told)


def test_a_cell_in_a_cell_is_part_of_it(cells: Cells) -> None:
    cells.log.begin(1, {})
    cells.log.begin(1, {})
    Path("x.csv").read_text()
    cells.log.end(1)
    Path("y.csv").read_text()
    cells.log.end(1)
    assert [Path(each.path).name for each in cells.log.of(1)] == ["x.csv", "y.csv"]


def test_what_worker_threads_open_belongs_to_the_cell(cells: Cells) -> None:
    source = "import threading\nt = threading.Thread(target=lambda: Path('x.csv').read_text())\nt.start()\nt.join()"
    assert cells.run(source) == ["read x.csv"]


def test_cells_of_two_threads_are_kept_apart(cells: Cells) -> None:
    def other() -> None:
        cells.log.begin(2, {})
        Path("y.csv").read_text()
        cells.log.end(2)

    cells.log.begin(1, {})
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    Path("x.csv").read_text()
    cells.log.end(1)
    assert [[Path(each.path).name for each in cells.log.of(number)] for number in (1, 2)] == [["x.csv"], ["y.csv"]]


def test_between_cells_and_after_closing_nothing_is_heard(cells: Cells) -> None:
    assert cells.run("open('x.csv').close()") == ["read x.csv"]
    Path("y.csv").read_text()
    cells.log.begin(2, {})
    cells.log.close()
    Path("y.csv").read_text()
    cells.log.end(2)
    assert (list(cells.log.of(1)), list(cells.log.of(2))) == ([], [])


def test_a_failing_cell_is_told_as_well(cells: Cells) -> None:
    with pytest.raises(ZeroDivisionError):
        cells.run("open('x.csv').close()\n1 / 0")
    assert [each.mode for each in cells.log.of(1)] == ["read"]


def test_more_files_than_can_be_listed_are_counted(cells: Cells, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbtrack.capture.data.files.MOST_FILES", 3)
    for number in range(5):
        (cells.folder / f"{number}.txt").write_text("1")
    cells.run("for n in range(5): open(f'{n}.txt').close()")
    assert (len(cells.log.of(1)), cells.log.more(1), MOST_FILES) == (3, 2, 10_000)


def test_addresses_are_noted_and_not_asked(cells: Cells) -> None:
    source = "import urllib.request\nurllib.request.Request('x:')\ntry:\n    urllib.request.urlopen('http://127.0.0.1:9/a.csv?k=v')\nexcept OSError:\n    pass"
    found = {(each.mode, each.path, each.stamp) for each in cells.uses(source)}
    assert found == {("read", "http://127.0.0.1:9/a.csv?k=v", None)}
