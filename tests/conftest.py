"""What all tests share."""

import ast
import gc
import os
import signal
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from _pytest.doctest import DoctestModule
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite("nbtrack.testing.store_contract")


FAST = bool(os.environ.get("NBTRACK_FAST"))  # the fast loop, `make check`
LEFT_OUT = ("browser", "kernel", "slow")

settings.register_profile("fast", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
if os.environ.get("NBTRACK_REQUIRE"):  # `make test` answers the same each time; `make check` goes on searching
    settings.load_profile("ci")
elif FAST:
    settings.load_profile("fast")


class NoEmptyDoctests:
    """Spares the import of modules whose docstrings have no examples: it is a plugin, for a conftest rules its folder."""

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(self, file_path: Path) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
        found = yield
        if any(isinstance(each, DoctestModule) for each in found) and ">>> " not in file_path.read_text("utf-8"):
            return [each for each in found if not isinstance(each, DoctestModule)]
        return found


def pytest_configure(config: pytest.Config) -> None:
    """Hear interrupts and hang-ups also where whoever started the tests has them ignored: in the background, by nohup."""
    for number, usual in (
        (signal.SIGINT, signal.default_int_handler),
        (getattr(signal, "SIGHUP", None), signal.SIG_DFL),
    ):
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)
    if FAST:
        config.pluginmanager.register(NoEmptyDoctests())


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Do not even import a file that the fast loop leaves out as a whole: what such a file imports takes seconds."""
    return True if FAST and collection_path.suffix == ".py" and _is_left_out(collection_path) else None


def _is_left_out(path: Path) -> bool:
    text = path.read_text("utf-8")
    if "\npytestmark = " not in text:
        return False
    marks = [each for each in ast.parse(text).body if isinstance(each, ast.Assign)]
    return any(
        isinstance(node, ast.Attribute) and node.attr in LEFT_OUT and ast.unparse(node.value) == "pytest.mark"
        for each in marks
        if ast.unparse(each.targets[0]) == "pytestmark"
        for node in ast.walk(each.value)
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser's tests last: playwright keeps an event loop running in this thread until the end."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    if FAST:
        _search_briefly(items)


def _search_briefly(items: list[pytest.Item]) -> None:
    """Try few random examples of each property, also of those that ask for many."""
    most = settings.get_profile("fast").max_examples
    for tested in (getattr(each, "obj", None) for each in items):
        function = getattr(tested, "__func__", tested)
        asked = getattr(function, "_hypothesis_internal_use_settings", None)  # hypothesis has no other way to ask
        if asked is not None and asked.max_examples > most:
            function._hypothesis_internal_use_settings = settings(asked, max_examples=most)


def pytest_collection_finish() -> None:
    """Let what was collected live until the end: no collection of garbage, of which tests ask many, looks at it again."""
    if FAST:  # who asks for all objects that there are, as slow tests do, is not told of these
        gc.collect()
        gc.freeze()


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
