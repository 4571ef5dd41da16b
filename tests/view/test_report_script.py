"""The script of the report: built from its modules, deflated as it is, and its plotly.js that of the lock file."""

import json
import os
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

import nbtrack
from nbtrack.view.escape import front_end, packed_front_end, script_hash, small_script, unpacked

_STATIC = Path(nbtrack.__file__).parent / "view" / "static"
_LAB = Path(__file__).parents[2] / "labextension"
_TOOLS = _LAB / "node_modules"


def _node() -> str:
    found = shutil.which("node")
    if found is None and "node" in os.environ.get("NBTRACK_REQUIRE", ""):
        pytest.fail("node is required (NBTRACK_REQUIRE) and not installed")
    return found or pytest.skip("node is not installed; the front end is not tested")


def test_the_script_that_is_shipped_is_built_from_the_modules(tmp_path: Path) -> None:
    build = json.loads((_LAB / "package.json").read_text("utf-8"))["scripts"]["build:report"]
    options = [word for word in build.partition(" && ")[0].split()[1:] if not word.startswith("--outfile=")]
    built = tmp_path / "report.js"
    command = [_node(), _TOOLS / "esbuild" / "bin" / "esbuild", *options, f"--outfile={built}"]
    result = subprocess.run(command, cwd=_LAB, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    assert (_STATIC / "report.js").read_text("utf-8") == built.read_text("utf-8"), "run make front"


def test_the_deflated_script_is_that_script() -> None:
    packed = (_STATIC / "report.deflate").read_bytes()
    assert zlib.decompress(packed, -zlib.MAX_WBITS) == (_STATIC / "report.js").read_bytes(), "run make front"


def test_the_script_never_turns_text_into_markup_or_code() -> None:
    sinks = (
        "innerHTML outerHTML insertAdjacentHTML .srcdoc document.write eval( Function( fetch( XMLHttpRequest import("
    )
    assert [word for word in sinks.split() if word in front_end("report")] == []


def test_plotly_is_that_of_the_lock_file_with_its_licence() -> None:
    script = unpacked("plotly")
    lock = json.loads((_LAB / "package-lock.json").read_text("utf-8"))["packages"]
    version = lock["node_modules/plotly.js-cartesian-dist-min"]["version"]
    assert f"v{version}" in script[:200]
    assert "MIT" in (_STATIC / "plotly.LICENSE.txt").read_text("utf-8")
    assert (_STATIC / "plotly.deflate").stat().st_size < 500_000


def test_what_starts_the_report_is_short_and_the_same_each_time() -> None:
    starter = small_script("report/start.js")
    assert (len(starter) < 800, "//" not in starter, starter) == (True, True, small_script("report/start.js"))
    assert script_hash(starter).startswith("sha256-")
    assert packed_front_end("report").isascii()
