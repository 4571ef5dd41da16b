"""Google's, Azure's and SFTP's addresses: what reaches their clients, and that runs go there and back.

The clients themselves are not here: a folder stands for the SFTP server, memory for the others.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from fsspec.config import conf
from fsspec.implementations.memory import MemoryFileSystem

import nbtrack
from nbtrack.errors import RemoteError, UsageError
from nbtrack.share.address import address_of
from nbtrack.share.opening import file_system
from nbtrack.share.publish.place import publish_to
from nbtrack.store.local import LocalStore
from nbtrack.store.system.disk import replaced
from tests.share.bundles import UNFLUSHED, a_store
from tests.share.fake_ssh import Server


@pytest.fixture(autouse=True)
def _unflushed() -> Iterator[None]:
    with replaced(UNFLUSHED):
        yield


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return a_store(tmp_path / "here", runs=2)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    (tmp_path / "host").mkdir()
    found = Server(tmp_path / "host", "lab.example")
    monkeypatch.setitem(sys.modules, "paramiko", found.module())
    for name in ("fsspec.implementations.sftp", "nbtrack.share.sftp"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield found
    for name in ("fsspec.implementations.sftp", "nbtrack.share.sftp"):
        sys.modules.pop(name, None)


def names(store: LocalStore | Path) -> list[str]:
    return sorted(run.name for run in nbtrack.runs(store=store))


@pytest.mark.parametrize("folder", ["team", "srv/our runs/größe é 数", "a+b&c=d;e%20f"])
def test_runs_go_over_sftp_and_back(folder: str, server: Server, store: LocalStore, tmp_path: Path) -> None:
    url = f"sftp://lab.example:2222/{folder}"
    assert len(nbtrack.push(url, store=store).runs) == 3
    assert (server.root / folder / "store.json").is_file()
    assert not [*(server.root / folder).rglob("tmp/*")]
    assert not nbtrack.push(url, store=store)
    done = nbtrack.pull(url, store=tmp_path / "there")
    assert (len(done.runs), done.left) == (3, ())
    assert names(tmp_path / "there") == names(store)
    assert server.connected[0] == {"host": "lab.example", "port": 2222}


def test_the_user_of_an_sftp_host_comes_from_fsspecs_configuration(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(conf, "sftp", {"username": "ada"})
    publish_to(b"<p>", "r 1.html", "sftp://lab.example/www reports/")
    assert server.connected == [{"host": "lab.example", "username": "ada"}]
    assert (server.root / "www reports" / "r 1.html").read_bytes() == b"<p>"


def test_a_host_that_ssh_does_not_know_gets_nothing(server: Server, store: LocalStore) -> None:
    server.known.clear()
    with pytest.raises(RemoteError, match=r"connect once by hand, and look: ssh lab\.example"):
        nbtrack.push("sftp://lab.example/team", store=store)
    assert not [*server.root.iterdir()]


@pytest.mark.parametrize("url", ["sftp://host/~/runs", "ssh://host/~ada/runs"])
def test_a_home_folder_that_sftp_does_not_know_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="SFTP knows no ~"):
        address_of(url)


def test_folders_that_another_process_makes_at_the_same_moment_lose_nothing(
    server: Server, store: LocalStore, tmp_path: Path
) -> None:
    server.is_raced = True
    assert nbtrack.push("sftp://lab.example/a/b/team", store=store).objects == 3
    assert not nbtrack.push("sftp://lab.example/a/b/team", store=store)
    assert len(nbtrack.pull("sftp://lab.example/a/b/team", store=tmp_path / "there").runs) == 3


def test_of_a_large_file_that_is_damaged_nothing_stays_on_the_host(
    server: Server, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbtrack.share.remote.ONE_PUT", 100)
    victim = max(
        (path for path in (store.path / "cas").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size
    )
    size = victim.stat().st_size
    victim.chmod(0o600)
    victim.write_bytes(b"?" * size)
    done = nbtrack.push("sftp://lab.example/team", store=store)
    assert [each.of[:3] for each in done.left] == ["fit"]
    assert (len(done.runs), done.objects) == (3, 2)
    assert not list(server.root.rglob("tmp/*"))
    assert not list(server.root.rglob(victim.name))


class Cloud(MemoryFileSystem):
    """Memory that notes what it was opened with."""

    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    opened: ClassVar[list[dict[str, Any]]] = []
    cachable = False

    def __init__(self, **options: Any) -> None:
        self.opened.append(options)
        super().__init__(**options)

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return f"/{path.partition('://')[2] or path}".replace("//", "/").rstrip("/")


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> type[Cloud]:
    for name in ("gs", "gcs", "az", "abfs", "abfss"):
        kind = type("Cloud", (Cloud,), {"protocol": name})
        monkeypatch.setitem(sys.modules["fsspec.registry"]._registry, name, kind)
    monkeypatch.delenv("AZURE_STORAGE_ANON", raising=False)
    Cloud.store.clear()
    Cloud.opened.clear()
    return Cloud


@pytest.mark.parametrize(
    "url", ["gs://bucket/our runs/größe", "gcs://bucket/x", "az://box/our runs/~ada", "abfs://box/x"]
)
def test_runs_go_to_a_cloud_and_back(url: str, cloud: type[Cloud], store: LocalStore, tmp_path: Path) -> None:
    assert len(nbtrack.push(url, store=store).runs) == 3
    assert {name.startswith(f"/{url.partition('://')[2]}/") for name in cloud.store} == {True}
    done = nbtrack.pull(url, store=tmp_path / "there")
    assert (len(done.runs), done.left) == (3, ())
    assert names(tmp_path / "there") == names(store)
    assert all(options["use_listings_cache"] is False for options in cloud.opened)  # what others did must be seen


def test_azure_is_asked_as_somebody_unless_the_person_says_otherwise(
    cloud: type[Cloud], monkeypatch: pytest.MonkeyPatch
) -> None:
    def anonymous() -> Any:
        file_system(address_of("az://box/x"))
        return cloud.opened[-1].get("anon")

    assert anonymous() is False  # its client is nobody by default, whatever `az login` did
    monkeypatch.setitem(conf, "az", {"anon": True})
    assert anonymous() is True
    monkeypatch.setenv("AZURE_STORAGE_ANON", "true")
    monkeypatch.delitem(conf, "az")
    assert anonymous() is None


def test_credentials_in_the_configuration_reach_the_client_and_no_message(
    cloud: type[Cloud], monkeypatch: pytest.MonkeyPatch, store: LocalStore
) -> None:
    key = "k" * 40
    monkeypatch.setitem(conf, "az", {"account_name": "team", "account_key": key})
    done = nbtrack.push("az://box/x", store=store)
    assert cloud.opened[-1]["account_key"] == key
    assert key not in repr(done)
    assert publish_to(b"<p>", "r.html", "az://box/www/").place == "az://box/www/r.html"
