"""What all tests share."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("nbtrack.testing.store_contract")


if os.environ.get("NBTRACK_REQUIRE"):  # `make test` answers the same each time; `make check` goes on searching
    settings.load_profile("ci")


def pytest_configure() -> None:
    """Hear interrupts and hang-ups also where whoever started the tests has them ignored: in the background, by nohup."""
    for number, usual in (
        (signal.SIGINT, signal.default_int_handler),
        (getattr(signal, "SIGHUP", None), signal.SIG_DFL),
    ):
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser's tests last: playwright keeps an event loop running in this thread until the end."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def run_git(folder: Path, *arguments: str) -> str:
    """Run the real git, free of this machine's configuration."""
    settings = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": "x@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    done = subprocess.run(["git", *arguments], cwd=folder, env=settings, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def git() -> Callable[..., str]:
    """The real git: call it with a folder and its arguments."""
    return run_git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one empty commit."""
    top = tmp_path / "project"
    top.mkdir()
    run_git(top, "init", "-q", "-b", "main")
    run_git(top, "commit", "-q", "--allow-empty", "-m", "first")
    return top
