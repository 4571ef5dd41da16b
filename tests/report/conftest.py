"""Runs without a store, and reports made by hand of them."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbtrack.model.run import Run
from nbtrack.report.parts import Report

_VIEW = Path(__file__).parents[1] / "view"
_FAKES = runpy.run_path(str(_VIEW / "fake_runs.py"))
_RICH = runpy.run_path(str(Path(__file__).with_name("rich_report.py")))


@pytest.fixture(scope="session")
def make_run() -> Callable[..., Run]:
    return _FAKES["make_run"]


@pytest.fixture(scope="session")
def study() -> Callable[..., list[Run]]:
    return _FAKES["study"]


@pytest.fixture(scope="session")
def rich() -> dict[str, Any]:
    """All of ``rich_report.py``: pictures, tables, figures, pages."""
    return _RICH


@pytest.fixture(scope="session")
def rich_report() -> Callable[..., Report]:
    return _RICH["rich_report"]


@pytest.fixture(scope="session")
def read_island() -> Callable[[str], Any]:
    return runpy.run_path(str(_VIEW / "conftest.py"))["_read_island"]
