"""Absolute paths of then lead to where their files are now."""

import ast

import pytest

from nbtrack.reproduce.moved import Moved

PATHS = {"/data": "/w/data", "/data/iris.csv": "/w/kept.csv", "/home/me": "/w/home", "~/notes.txt": "/w/home/notes.txt"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("open('/data/iris.csv')", "open('/w/kept.csv')"),
        ("open('/data/iris.csv.gz')", "open('/w/data/iris.csv.gz')"),
        ("open(f'/data/{name}.csv')", "open(f'/w/data/{name}.csv')"),
        ("Path('/data') / 'x'", "Path('/w/data') / 'x'"),
        ("open('/database/x')", "open('/database/x')"),
        ("open('/mnt/data/x')", "open('/mnt/data/x')"),
        ("get('https://example.org/data/x')", "get('https://example.org/data/x')"),
        ("run('cat /data/x; ls /home/me')", "run('cat /w/data/x; ls /w/home')"),
        ("open('~/notes.txt')", "open('/w/home/notes.txt')"),
        ("b'/data', 3, None", "(b'/data', 3, None)"),
    ],
)
def test_whole_names_are_replaced_and_nothing_else(source: str, expected: str) -> None:
    assert ast.unparse(Moved(PATHS).visit(ast.parse(source))) == expected


def test_without_paths_nothing_changes() -> None:
    assert ast.unparse(Moved({}).visit(ast.parse("open('/data')"))) == "open('/data')"
