"""What the tests of the store share: a folder to write in, a run to write, and a child process to be harmed."""

import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbtrack.model.ids import new_run_id
from nbtrack.store.keeper import KEEPER
from nbtrack.store.local import LocalStore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".nbtrack"


@pytest.fixture
def local(folder: Path) -> Iterator[LocalStore]:
    store = LocalStore(folder)
    yield store
    store.close()
    KEEPER.stop()


@pytest.fixture
def run_id() -> str:
    return new_run_id()


@pytest.fixture
def in_child() -> Callable[[Callable[[], object]], str]:
    """Run a function in a forked child and return its result as text, or the error it ended with."""
    return _in_child


def _in_child(work: Callable[[], object]) -> str:
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12 warns of threads; the store must cope with them
        pid = os.fork()
    if pid == 0:
        try:
            text = str(work())
        except BaseException as error:  # noqa: BLE001 - the parent shall see it
            text = f"{type(error).__name__}: {error}"
        os.write(writing, text.encode()[:60_000])
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:  # noqa: PTH123 - a descriptor has no path
        text = pipe.read().decode()
    os.waitpid(pid, 0)
    return text
