"""The stores that nbtrack has, each held to what ``nbtrack.testing.store_contract`` says of every store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nbtrack.store.base import Store
from nbtrack.store.local import LocalStore
from nbtrack.store.memory import MemoryStore
from nbtrack.testing.store_contract import StoreContract


class TestLocalStore(StoreContract):
    @pytest.fixture
    def store(self, folder: Path) -> Iterator[Store]:
        store = LocalStore(folder)
        yield store
        store.close()


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()


def test_the_port_has_a_handful_of_verbs() -> None:
    wanted = {"begin", "annotate", "runs", "read", "points", "put", "get"}
    assert Store.__abstractmethods__ == wanted
