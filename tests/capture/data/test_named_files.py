"""Files that a cell's calls name are found without calling anything."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nbtrack.capture.data.named_files import NamedFiles


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    for name in ("x.parquet", "data/a.parquet", "data/b.parquet"):
        Path(name).write_text("1")
    return tmp_path


def found(source: str, **names: Any) -> list[tuple[str, str]]:
    named = NamedFiles().read(ast.parse(source), names)
    return [pair for pair in named.found if pair[1] != "maybe"]


READ = [("x.parquet", "read")]
SEVERAL = [("data/a.parquet", "read"), ("data/b.parquet", "read")]


@pytest.mark.parametrize(
    "source",
    [
        "pd.read_parquet('x.parquet')",
        "df = pl.scan_parquet(source='x.parquet').collect()",
        "pq.ParquetFile('x.parquet')",
        "p = 'x.parquet'\npl.read_parquet(p)",
        "p = 'x'\npl.read_parquet(p + '.parquet')",
        "p = 'x'\npl.read_parquet(f'{p}.parquet')",
        "pl.read_parquet(Path('x.parquet'))",
        "pl.read_parquet(str(Path('x.parquet')))",
        "pl.read_parquet(Path() / 'x.parquet')",
        "pl.read_parquet(Path('data').parent / 'x.parquet')",
        "pl.read_parquet(text)",
        "pl.read_parquet(path)",
        "pl.read_parquet(cfg['path'])",
        "pl.read_parquet(space.path)",
        "with ctx(): pl.read_parquet('x.parquet')",
        "try:\n    pl.read_parquet('x.parquet')\nexcept Exception:\n    pl.read_parquet('data/a.parquet')",
        "if pl.read_parquet('x.parquet') is not None: pass",
        "def load(p='x.parquet'):\n    return pl.read_parquet(p)\nload()",
        "def get(name):\n    return pl.read_parquet(f'{name}.parquet')\nget('x')",
        "def get(name):\n    p = name + '.parquet'\n    return pl.read_parquet(p)\ntable = get(name='x')",
        "duckdb.sql(\"select * from 'x.parquet'\")",
        "xgb.DMatrix('file://x.parquet')",
        "x = [pl.read_parquet('x.parquet') for _ in range(3)]",
    ],
)
def test_a_call_that_reads_names_its_file(folder: Path, source: str) -> None:
    space = SimpleNamespace(path="x.parquet")
    assert found(source, text="x.parquet", path=Path("x.parquet"), cfg={"path": "x.parquet"}, space=space) == READ


@pytest.mark.parametrize(
    "source",
    [
        "pl.read_parquet('data/*.parquet')",
        "pl.read_parquet('data')",
        "pq.read_table('data')",
        "for f in sorted(glob.glob('data/*.parquet')): pl.read_parquet(f)",
        "[pl.read_parquet(f) for f in sorted(Path('data').glob('*.parquet'))]",
        "for i, f in enumerate(files): pl.read_parquet(f)",
        "pl.concat([pl.read_parquet(f) for f in files])",
        "pl.read_parquet(['data/a.parquet', 'data/b.parquet'])",
        "for n in ['a', 'b']: pl.read_parquet(f'data/{n}.parquet')",
    ],
)
def test_patterns_folders_and_loops_name_several(folder: Path, source: str) -> None:
    assert found(source, files=["data/a.parquet", "data/b.parquet"]) == SEVERAL


@pytest.mark.parametrize(
    "source",
    [
        "if False:\n    pl.read_parquet('x.parquet')",
        "def load():\n    return pl.read_parquet('x.parquet')",
        "load = lambda: pl.read_parquet('x.parquet')",
        "print('x.parquet')",
        "os.path.exists('x.parquet')",
        "p = unknown()\npl.read_parquet(p)",
        "pl.read_parquet(odd)",
        "name = 'x.parquet'",
        "d.get('x.parquet')",
    ],
)
def test_what_may_not_run_or_does_not_read_names_nothing(folder: Path, source: str) -> None:
    class Odd:
        def __str__(self) -> str:
            raise SystemExit

        __fspath__ = __repr__ = __getattr__ = __str__  # type: ignore[assignment]

    assert found(source, p="x.parquet", odd=Odd()) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("df.to_parquet('o.parquet')", [("o.parquet", "write")]),
        ("h5py.File('o.h5', 'w')", [("o.h5", "write")]),
        ("h5py.File('o.h5', mode='a')", [("o.h5", "write")]),
        ("h5py.File('o.h5', 'r')", [("o.h5", "read")]),
        ("pd.read_parquet('s3://bucket/x.parquet')", [("s3://bucket/x.parquet", "read")]),
        ("df.to_parquet('s3://bucket/x.parquet')", [("s3://bucket/x.parquet", "write")]),
        ("requests.get('https://example.org/x.csv?t=1')", [("https://example.org/x.csv?t=1", "read")]),
        ("create_engine('postgresql://u:p@h/db')", [("postgresql://u:p@h/db", "read")]),
        ("create_engine('sqlite:///a.db')", [("a.db", "read")]),
    ],
)
def test_writing_and_addresses(folder: Path, source: str, expected: list[tuple[str, str]]) -> None:
    assert found(source) == expected


def test_a_function_of_an_earlier_cell_counts_where_it_is_called(folder: Path) -> None:
    files = NamedFiles()
    assert files.read(ast.parse("def load():\n    return pl.read_parquet('x.parquet')"), {}).found == []
    assert files.read(ast.parse("df = load()"), {}).found == READ


def test_what_is_known_only_afterwards_is_told_then(folder: Path) -> None:
    names: dict[str, Any] = {}
    named = NamedFiles().read(ast.parse("p = choose()\npl.read_parquet(p)"), names)
    names["p"] = "x.parquet"
    assert (named.found, list(named.later(0))) == ([], READ)


def test_a_written_folder_is_told_by_its_new_files(folder: Path) -> None:
    named = NamedFiles().read(ast.parse("df.to_parquet('data', partition_cols=['a'])"), {})
    began = Path("data/a.parquet").stat().st_mtime_ns + 1_000_000_000
    os.utime("data/b.parquet", ns=(began, began))
    assert list(named.later(began)) == [("data/b.parquet", "write")]
