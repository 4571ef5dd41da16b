"""The doors of nbtrack in a real Jupyter Server: who comes in, and how far."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

import nbtrack
from nbtrack.hosts.server.extension import routes
from nbtrack.hosts.server.watch import Watches

# Tornado's client leaves the connection of a refused socket to the garbage collector.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]
TOKEN = "token-of-the-test"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server whose folder is ``root``, with a store in it, and another one beside it."""
    home = tmp_path_factory.mktemp("server")
    config = home / "config" / "jupyter_server_config.d"
    config.mkdir(parents=True)
    config.joinpath("nbtrack.json").write_text('{"ServerApp": {"jpserver_extensions": {"nbtrack": true}}}')
    for name in ("root", "beside"):
        (home / name).mkdir()
        with nbtrack.start_run(f"of {name}", store=home / name / ".nbtrack") as opened:
            opened.log(f1=0.5)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root"),
                f"--ServerApp.port={port}",
                f"--ServerApp.root_dir={home / 'root'}",
                "--ServerApp.port_retries=0",
                f"--IdentityProvider.token={TOKEN}",
            ],
            env={**os.environ, **places, "IPYTHONDIR": str(home / "ipython"), "NBTRACK_STORE": ""},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _await(process, port)
        yield f"127.0.0.1:{port}", home
    finally:
        process.terminate()
        process.wait(20)


def _await(process: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status?token={TOKEN}").close()
        except OSError:
            assert process.poll() is None
            time.sleep(0.2)
        else:
            return
    pytest.fail("the server did not start")


def talk(url: str, *said: Any, headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Say something to the socket, and return its welcome and an answer to each."""

    async def talking() -> list[dict[str, Any]]:
        connection: WebSocketClientConnection = await websocket_connect(HTTPRequest(f"ws://{url}", headers=headers))
        told = [await connection.read_message()]
        for message in said:
            await connection.write_message(message if isinstance(message, str) else json.dumps(message))
            told.append(await asyncio.wait_for(connection.read_message(), 30))
        connection.close()
        return [json.loads(str(each)) for each in told]

    return asyncio.run(talking())


def at(notebook: str = "n.ipynb", token: str | None = TOKEN) -> str:
    return f"/nbtrack/live?notebook={quote(notebook)}" + (f"&token={token}" if token else "")


def refused(call: Callable[[], Any]) -> int:
    with pytest.raises(HTTPClientError) as refusal:
        call()
    return refusal.value.code


OPEN = {"do": "open", "channel": "panel", "ask": ""}


def test_a_page_hears_of_the_runs_of_its_notebooks_store(server: tuple[str, Path]) -> None:
    welcome, news = talk(server[0] + at(), OPEN)
    assert welcome["rights"]["write"] is True
    assert news["payload"]["runs"]["name"] == ["of root"]


def test_every_route_asks_who_is_there(server: tuple[str, Path]) -> None:
    known = [path for path, _, _ in routes("/", Watches())]
    assert known == ["/nbtrack/live"]
    for path in known:
        assert refused(lambda path=path: talk(f"{server[0]}{path}?notebook=n.ipynb")) == 403
        assert refused(lambda path=path: talk(f"{server[0]}{path}?notebook=n.ipynb&token=wrong")) == 403


def test_a_page_of_another_site_does_not_come_in_with_a_persons_cookie(server: tuple[str, Path]) -> None:
    with urllib.request.urlopen(f"http://{server[0]}/api/status?token={TOKEN}") as page:
        cookie = "; ".join(each.split(";")[0] for each in page.headers.get_all("Set-Cookie"))
    url = server[0] + at(token=None)
    assert talk(url, headers={"Cookie": cookie, "Origin": f"http://{server[0]}"})
    assert refused(lambda: talk(url, headers={"Cookie": cookie, "Origin": "http://elsewhere.invalid"})) == 403


@pytest.mark.parametrize("path", ["../beside/n.ipynb", "..", "a/../../beside/n.ipynb", "C:\\n.ipynb", "//etc"])
def test_no_path_leads_out_of_the_servers_folder(server: tuple[str, Path], path: str) -> None:
    assert refused(lambda: talk(server[0] + at(path))) == 404


def test_what_is_no_json_gets_an_answer_and_the_socket_stays(server: tuple[str, Path]) -> None:
    _, odd, deep, news = talk(server[0] + at(), "{", "[" * 100_000, OPEN)
    assert odd["do"] == deep["do"] == "refused"
    assert news["do"] == "news"
