"""What the README shows works, in the order it shows it."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SETUP = """
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
X_train, X_test, y_train, y_test = train_test_split(*load_breast_cancer(return_X_y=True), random_state=0)
"""

shell = pytest.fixture(runpy.run_path(str(ROOT / "tests" / "hosts" / "conftest.py"))["fresh_shell"])


def test_the_cells_of_the_readme_run(shell: Any) -> None:
    shell.run(SETUP)
    for cell in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        result = shell.run(cell)
        assert result.success, (cell, result.error_in_exec or result.error_before_exec)
    assert [run.name for run in shell.runs] == ["by hand", "RandomForestClassifier", "RandomForestClassifier"]
    assert shell.runs[1].params["max_depth"] == 4


def test_every_file_and_target_it_names_is_there() -> None:
    for target in re.findall(r"\]\(((?!http)[^)#]+)\)", README):
        assert (ROOT / target).exists(), target
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)", README)) <= targets


def test_every_command_it_names_is_there() -> None:
    from nbtrack.hosts.cli import cli

    named = set(re.findall(r"`nbtrack ([a-z]+)", README))
    assert named
    assert named <= set(cli.commands)
