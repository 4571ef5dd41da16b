"""The front end without a browser: its pure functions, its types, and that what is shipped is built from its modules."""

import json
import os
import shutil
import subprocess
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest

import nbtrack

pytestmark = pytest.mark.slow

_HERE = Path(__file__).parent
_STATIC = Path(nbtrack.__file__).parent / "view" / "static"
_TOOLS = _HERE.parents[1] / "labextension" / "node_modules"


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    if found is None and "node" in os.environ.get("NBTRACK_REQUIRE", ""):
        pytest.fail("node is required (NBTRACK_REQUIRE) and not installed")
    if found and not (_TOOLS / "esbuild").exists():
        pytest.fail("the front end's tools are not installed; run make front")
    return found or pytest.skip("node is not installed; the front end is not tested")


def _run(command: Sequence[str | Path], cwd: Path | None = None) -> None:
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def _build_options() -> list[str]:
    """Return what ``npm run build`` gives esbuild, less the file it writes."""
    build = json.loads((_TOOLS.parent / "package.json").read_text("utf-8"))["scripts"]["build"]
    return [word for word in build.partition(" && ")[0].split()[1:] if not word.startswith("--outfile=")]


def test_pure_functions_keep_their_promises(node: str) -> None:
    _run([node, "--test", *sorted(_HERE.glob("*.test.mjs"))])


def test_pure_functions_keep_what_takes_seconds_to_see(node: str) -> None:
    _run([node, "--test", *sorted(_HERE.glob("*.slow.mjs"))])


def test_the_script_that_is_shipped_is_built_from_the_modules(node: str, tmp_path: Path) -> None:
    built = tmp_path / "compare.js"
    command = [node, _TOOLS / "esbuild" / "bin" / "esbuild", *_build_options(), f"--outfile={built}"]
    _run(command, cwd=_TOOLS.parent)
    shipped = _STATIC / "compare.js"
    assert shipped.read_text("utf-8") == built.read_text("utf-8"), "run make front"


def test_the_deflated_script_that_is_shipped_is_that_script() -> None:
    packed = (_STATIC / "compare.deflate").read_bytes()
    assert zlib.decompress(packed, -zlib.MAX_WBITS) == (_STATIC / "compare.js").read_bytes(), "run make front"


def test_the_modules_are_typed(node: str) -> None:
    _run([node, _TOOLS / "typescript" / "bin" / "tsc", "-p", "tsconfig.compare.json"], cwd=_TOOLS.parent)
