"""Where the tests of this folder work: in memory where there is such a file system, for thousands of stores are made."""

import gc
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbtrack.store.writing.keeper import KEEPER

_MEMORY = Path("/dev/shm")


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Path]:
    if not _MEMORY.is_dir():
        yield tmp_path
        return
    path = Path(tempfile.mkdtemp(prefix="nbtrack-torture-", dir=_MEMORY))
    yield path
    KEEPER.stop()
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(autouse=True)
def old_objects_are_not_looked_at() -> Iterator[None]:
    """Scenarios collect garbage, thousands of times: in a process that has run other tests, each would take a second."""
    gc.freeze()
    yield
    gc.unfreeze()
