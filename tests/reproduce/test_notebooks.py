"""Whole notebooks, reproduced in environments restored for them: the verdict that must come out, and the cause it must name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reproduce.conftest import Recorded, work, write
from tests.reproduce.notebooks import CASES, Case
from tests.reproduce.recorded import listing

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Environments are restored once for all notebooks that need the same packages, as for a person."""
    return tmp_path_factory.mktemp("environments")


@pytest.fixture
def lived(request: pytest.FixtureRequest, tmp_path: Path, cache: Path) -> Iterator[tuple[Case, Recorded]]:
    """A case up to the moment before its reproduction."""
    case: Case = request.param
    files = dict(case.files) | ({"nbtrack.toml": case.setting} if case.setting else {})
    project = tmp_path / "project"
    store = work(project, case.cells, files=files, dirty=case.dirty, git=case.git, where=case.where)
    write(project, case.after)
    yield case, Recorded(project, store, cache)
    store.close()


@pytest.mark.parametrize("lived", CASES, ids=lambda case: case.name, indirect=True)
def test_a_notebook_gets_the_verdict_it_deserves_and_the_cause_that_led_to_it(lived: tuple[Case, Recorded]) -> None:
    case, recorded = lived
    before = {path: about for path, about in listing(recorded.project).items() if not path.startswith(".nbtrack")}
    verdict = recorded.verdict(env="restore", **case.options)
    assert verdict.level == case.level, (verdict.text, verdict.causes, verdict.traceback)
    found = [(cause.get("kind"), cause.get("name")) for cause in verdict.causes]
    assert tuple(found[: len(case.causes)]) == case.causes, found
    after = {path: about for path, about in listing(recorded.project).items() if not path.startswith(".nbtrack")}
    assert after == before, "something of the person's was touched"
    assert recorded.run.verdict == case.level


def test_most_cases_are_identical_so_that_a_tolerance_hides_nothing() -> None:
    assert sum(case.level == "identical" for case in CASES) >= 12
    assert {case.level for case in CASES} > {"different", "failed", "cannot run", "statistically consistent"}
