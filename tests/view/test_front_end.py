"""The pure functions of the front end, tested by node's own runner; and the file as it is embedded."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from nbtrack.view.escape import script

_TESTS = Path(__file__).with_name("compare.test.mjs")


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    if found is None and "node" in os.environ.get("NBTRACK_REQUIRE", ""):
        pytest.fail("node is required (NBTRACK_REQUIRE) and not installed")
    return found or pytest.skip("node is not installed; the front end's pure functions are not tested")


def _run(*command: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)


def test_pure_functions_keep_their_promises(node: str) -> None:
    result = _run(node, "--test", str(_TESTS))
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_embedded_form_is_still_a_module(node: str) -> None:
    result = _run(node, "--check", "--input-type=module", "-", text=str(script("compare.js", "nbt-0")))
    assert result.returncode == 0, result.stderr
