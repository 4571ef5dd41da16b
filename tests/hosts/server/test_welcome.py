"""What a page is told first."""

import os
import runpy
from pathlib import Path

import pytest

import nbtrack
from nbtrack.hosts.server.desk import Rights
from nbtrack.hosts.server.welcome import welcome
from nbtrack.store.local import LocalStore

_IN_CHILD = runpy.run_path(str(Path(__file__).parents[2] / "store" / "conftest.py"))["_in_child"]
_ALL = Rights(write=True, execute=True)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    store = LocalStore(tmp_path / "store")
    with nbtrack.start_run("one", store=store) as opened:
        opened.log(f1=0.5)
    return store


def test_whoever_may_do_everything_is_told_of_no_refusal(store: LocalStore) -> None:
    rights = {"write": True, "execute": True}
    assert welcome(store, _ALL) == {"do": "welcome", "store": store.id, "rights": rights, "because": {}}


def test_what_the_server_does_not_allow_it_is_said_to_refuse(store: LocalStore) -> None:
    told = welcome(store, Rights(write=True))
    assert (told["rights"], told["because"]) == ({"write": True, "execute": False}, {"execute": "server"})


def test_where_there_is_no_store_yet_one_can_be_made(tmp_path: Path) -> None:
    told = welcome(LocalStore(tmp_path / "none" / ".nbtrack"), _ALL)
    assert (told["store"], told["rights"]) == ("", {"write": True, "execute": True})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user who may not write")
def test_a_store_that_cannot_be_written_refuses_whatever_writes_into_it(store: LocalStore) -> None:
    store.close()
    for path in (store.path, *store.path.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    for path in store.path.parents:
        path.chmod(path.stat().st_mode | 0o555)

    def as_a_stranger() -> str:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        told = welcome(LocalStore(store.path), Rights(write=True))
        return f"{told['rights']} {told['because']}"

    assert _IN_CHILD(as_a_stranger) == "{'write': False, 'execute': False} {'write': 'store', 'execute': 'server'}"
