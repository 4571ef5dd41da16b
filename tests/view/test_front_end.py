"""The pure functions of the front end, tested by node's own runner: as modules, and as the one script that is shipped."""

import os
import re
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


def _tested(node: str, **environment: str) -> None:
    command = [node, "--test", str(_TESTS)]
    result = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_pure_functions_keep_their_promises(node: str) -> None:
    _tested(node)


def test_the_joined_script_keeps_the_same_promises(node: str, tmp_path: Path) -> None:
    text = script("compare", "nbt-0").replace('boot("nbt-0");', "")
    names = re.search(r"const \{([^}]*)\} =", _TESTS.read_text("utf-8"))
    assert names
    (tmp_path / "joined.mjs").write_text(f"{text}\nexport {{{names[1]}}};\n", encoding="utf-8")
    _tested(node, FRONT_END=(tmp_path / "joined.mjs").as_uri())
