"""Hashes are found in every kind of lock file that was captured, for the versions that were installed."""

import json

import pytest

from nbtrack.reproduce.environment.captured_locks import hashes_in

A, B = "a" * 64, "b" * 64
UV = f"""
version = 1
[[package]]
name = "Ruamel.Yaml"
version = "1.0"
source = {{ registry = "https://pypi.org/simple" }}
sdist = {{ url = "https://x/r.tar.gz", hash = "sha256:{A}", size = 1 }}
wheels = [{{ url = "https://x/r.whl", hash = "sha256:{B}", size = 1 }}]
[[package]]
name = "own"
version = "0.1"
source = {{ editable = "." }}
sdist = {{ hash = "sha256:{A}" }}
"""
PYLOCK = f"""
lock-version = "1.0"
[[packages]]
name = "ruamel-yaml"
version = "1.0"
sdist = {{ name = "r.tar.gz", hashes = {{ sha256 = "{A}" }} }}
[[packages.wheels]]
name = "r.whl"
[packages.wheels.hashes]
sha256 = "{B}"
"""
POETRY = f"""
[[package]]
name = "ruamel.yaml"
version = "1.0"
files = [{{ file = "r.tar.gz", hash = "sha256:{A}" }}, {{ file = "r.whl", hash = "sha256:{B}" }}]
[[package]]
name = "own"
version = "0.1"
files = [{{ file = "o.whl", hash = "sha256:{A}" }}]
[package.source]
type = "git"
url = "https://x/own.git"
"""
PIPFILE = json.dumps({"default": {"ruamel.yaml": {"version": "==1.0", "hashes": [f"sha256:{A}", f"sha256:{B}"]}}})
REQUIREMENTS = f"""
--index-url https://index.example.org/simple
# a comment
ruamel.yaml==1.0 ; python_version >= "3.8" \\
    --hash=sha256:{A} \\
    --hash=sha256:{B}
loose>=1.0
bare==2.0
"""


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("uv.lock", UV),
        ("pylock.toml", PYLOCK),
        ("pylock.dev.toml", PYLOCK),
        ("poetry.lock", POETRY),
        ("pdm.lock", POETRY),
        ("Pipfile.lock", PIPFILE),
        ("requirements.txt", REQUIREMENTS),
        ("requirements-dev.txt", REQUIREMENTS),
    ],
)
def test_hashes_of_what_comes_from_an_index_are_found(file: str, text: str) -> None:
    assert hashes_in({file: text.encode()}) == {("ruamel-yaml", "1.0"): (file, frozenset({A, B}))}


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[[package]]\nname = 3", b"[" * 10_000, b"package = 1"])
@pytest.mark.parametrize("file", ["uv.lock", "pylock.toml", "Pipfile.lock", "requirements.txt", "conda.json"])
def test_what_is_no_lock_file_pins_nothing(file: str, text: bytes) -> None:
    assert hashes_in({file: text}) == {}
