"""What the tests of the store share: a folder to write in, a run to write, and a child process to be harmed."""

import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nbtrack.model.ids import new_run_id
from nbtrack.store.index.rows import RUN, SPACES
from nbtrack.store.local import LocalStore
from nbtrack.store.writing.keeper import KEEPER

if TYPE_CHECKING:
    from nbtrack.store.index.table import RunsTable


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


@pytest.fixture(scope="session")
def assert_same_as_replay() -> Callable[[LocalStore], None]:
    """The oracle: all that a store's table answers, through its index, is what its records answer without one."""
    return _assert_same_as_replay


def _assert_same_as_replay(store: LocalStore) -> None:
    copy = store.path.parent / f"replayed-{store.path.name}"
    shutil.copytree(store.path, copy, ignore=shutil.ignore_patterns("cache", "tmp"))
    try:
        expected = answers(LocalStore(copy).runs())
        assert answers(store.runs()) == expected
        assert answers(LocalStore(store.path).runs()) == expected
    finally:
        shutil.rmtree(copy)


def answers(table: "RunsTable") -> dict[str, Any]:
    """All that a table can be asked, as text, because 1, 1.0 and True are equal and NaN is not."""
    named = [(space, key) for space in SPACES for key in table.names(space)]
    return {
        "documents": repr(list(table.documents)),
        "everything": repr(list(table.everything)),
        "names": named,
        "columns": {each: repr(list(table.column(*each))) for each in named},
        "members": {key: repr(list(table.column(key))) for document in table.documents[:1] for key in document},
        "numbers": {each: repr(table.numbers(*each)) for each in [*named, (RUN, "started"), (RUN, "ended")]},
    }


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
