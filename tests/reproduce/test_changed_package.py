"""A package that is another version by now: where it is taken as it is, it is the cause; where it is restored, nothing differs."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reproduce.conftest import Recorded, work
from tests.reproduce.environment.wheels import wheel

pytestmark = pytest.mark.slow
CELLS = (
    "import wobble",
    "%%track\naccuracy = wobble.amplitude() / 2\nprint(accuracy)",
)


def installed(made: Path, into: Path) -> Path:
    """Install a wheel as installers do: unpacked, and with a word about who did it."""
    with zipfile.ZipFile(made) as archive:
        archive.extractall(into)
    record = next(into.glob("*.dist-info"))
    (record / "INSTALLER").write_text("hand\n", encoding="utf-8")
    return into


@pytest.fixture
def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorded]:
    """A run of ``wobble`` 1.0, and a process in which it is 2.0 that says something else; a folder has both wheels."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    says = "def amplitude():\n    return {}\n"
    then = wheel(wheels, "wobble", "1.0", says=says.format(0.5))
    now = wheel(wheels, "wobble", "2.0", says=says.format(0.75))
    recorded_with = installed(then, tmp_path / "then" / "site-packages")
    store = work(tmp_path / "project", CELLS, variables={"PYTHONPATH": str(recorded_with)})
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    monkeypatch.syspath_prepend(installed(now, tmp_path / "now" / "site-packages"))
    yield Recorded(tmp_path / "project", store, tmp_path / "cache")
    store.close()


def test_a_package_that_changed_is_the_first_cause_where_it_is_taken_as_it_is(changed: Recorded) -> None:
    verdict = changed.verdict(env="current")
    assert verdict.level == "different", (verdict.text, verdict.traceback)
    first = verdict.causes[0]
    assert (first.get("kind"), first.get("name")) == ("package", "wobble")
    assert (first.get("was"), first.get("now")) == ("1.0", "2.0")


def test_a_package_that_changed_since_is_restored_as_it_was(changed: Recorded) -> None:
    verdict = changed.verdict(env="restore")
    assert verdict.level == "identical", (verdict.text, verdict.causes, verdict.traceback)
    assert "wobble" not in [cause.get("name") for cause in verdict.causes]
