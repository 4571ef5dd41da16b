"""The doors of nbtrack in a real Jupyter Server: who comes in, and how far."""

import asyncio
import gc
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

import nbtrack
from nbtrack.hosts.server.extension import routes
from nbtrack.hosts.server.watch import Watches

# Tornado's client leaves the connection of a refused socket to the garbage collector: to be found here, by no later test.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]
TOKEN = "token-of-the-test"
BASE = "/user/some-one"  # as behind JupyterHub
MAY = """
from jupyter_server.auth import Authorizer

class Asked(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        may = handler.get_query_argument("may", "write,read,execute:kernels,execute")
        return action in may.split(",") or f"{action}:{resource}" in may.split(",")
"""


@pytest.fixture(scope="module", autouse=True)
def no_connection_is_left_behind() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server whose folder is ``root``, with a store in it, and another one beside it."""
    home = tmp_path_factory.mktemp("server")
    for name in ("root", "beside"):
        record(home / name)
    (home / "root" / "out").symlink_to(home / "beside")
    (home / "authorizing.py").write_text(MAY)
    options = (f"--ServerApp.root_dir={home / 'root'}", "--ServerApp.authorizer_class=authorizing.Asked")
    with serving(home, *options, f"--IdentityProvider.token={TOKEN}") as place:
        yield place, home


def record(folder: Path) -> None:
    folder.mkdir(parents=True)
    with nbtrack.start_run(f"of {folder.name}", store=folder / ".nbtrack") as opened:
        opened.log(f1=0.5)


@contextmanager
def serving(home: Path, *options: str, **variables: str) -> Iterator[str]:
    """Start a server with folders of its own, and yield where it is, as soon as it answers."""
    config = home / "config" / "jupyter_server_config.d"
    config.mkdir(parents=True)
    config.joinpath("nbtrack.json").write_text('{"ServerApp": {"jpserver_extensions": {"nbtrack": true}}}')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"IPYTHONDIR": str(home / "ipython"), "NBTRACK_STORE": "", "PYTHONPATH": str(home), **variables}
    general = (
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.base_url={BASE}/",
        "--allow-root",
    )
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", *general, *options]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, env={**os.environ, **own}, stdout=log, stderr=subprocess.STDOUT)
    try:
        _await(process, port)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _await(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until anybody is answered: the page to sign in, or a refusal."""
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{BASE}/api/status").close()
        except urllib.error.HTTPError:
            return
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


def at(notebook: str = "n.ipynb", token: str | None = TOKEN, may: str = "") -> str:
    query = f"notebook={quote(notebook)}" + (f"&token={token}" if token else "") + (f"&may={may}" if may else "")
    return f"{BASE}/nbtrack/live?{query}"


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
    known = [path for path, _, _ in routes(f"{BASE}/", Watches())]
    assert known == [f"{BASE}/nbtrack/live"]
    for path in known:
        assert refused(lambda path=path: talk(f"{server[0]}{path}?notebook=n.ipynb")) == 403
        assert refused(lambda path=path: talk(f"{server[0]}{path}?notebook=n.ipynb&token=wrong")) == 403


def test_a_page_of_another_site_does_not_come_in_with_a_persons_cookie(server: tuple[str, Path]) -> None:
    with urllib.request.urlopen(f"http://{server[0]}{BASE}/api/status?token={TOKEN}") as page:
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


def test_who_may_not_read_does_not_come_in_and_who_may_only_read_only_reads(server: tuple[str, Path]) -> None:
    assert refused(lambda: talk(server[0] + at(may="write"))) == 403
    run = nbtrack.runs(store=server[1] / "root" / ".nbtrack")[0].id
    change = {"do": "edit", "channel": "panel", "number": 1, "change": {"do": "note", "run": run, "text": "mine"}}
    again = {"do": "reproduce", "number": 2, "run": run}
    welcome, news, edited, reproduced = talk(server[0] + at(may="read"), OPEN, change, again)
    assert welcome["rights"] == {"write": False, "execute": False}
    assert news["payload"]["runs"]["name"]
    assert "lets you read" in edited["problem"]
    assert "does not let you run code" in reproduced["problem"]
    assert talk(server[0] + at(may="read,write"))[0]["rights"] == {"write": True, "execute": False}


def test_a_hundred_pages_hear_the_same_news(server: tuple[str, Path]) -> None:
    async def page(ready: asyncio.Barrier) -> str:
        connection = await websocket_connect(HTTPRequest(f"ws://{server[0]}{at()}"))
        await connection.write_message(json.dumps(OPEN))
        for _ in range(2):
            await connection.read_message()
        await ready.wait()
        news = json.loads(str(await asyncio.wait_for(connection.read_message(), 60)))
        connection.close()
        return str(news["payload"]["runs"]["name"][0])

    async def all_of_them() -> list[str]:
        ready = asyncio.Barrier(101)
        pages = [asyncio.create_task(page(ready)) for _ in range(100)]
        await ready.wait()
        with nbtrack.start_run("news", store=server[1] / "root" / ".nbtrack") as opened:
            opened.log(f1=0.7)
        return list(await asyncio.gather(*pages))

    assert asyncio.run(all_of_them()) == ["news"] * 100


def test_a_page_that_sends_without_end_is_answered_in_order_and_others_are_not_held_up(
    server: tuple[str, Path],
) -> None:
    async def flood() -> tuple[int, int]:
        loud = await websocket_connect(HTTPRequest(f"ws://{server[0]}{at()}"))
        for number in range(2000):
            await loud.write_message(json.dumps({"do": "ask", "number": number, "what": "run", "run": "x"}))
        quiet = await websocket_connect(HTTPRequest(f"ws://{server[0]}{at()}"))
        await quiet.read_message()
        await quiet.write_message(json.dumps({"do": "ask", "number": 7, "what": "run", "run": "x"}))
        answer = json.loads(str(await asyncio.wait_for(quiet.read_message(), 30)))["number"]
        await loud.read_message()
        first = [json.loads(str(await loud.read_message()))["number"] for _ in range(2000)]
        loud.close()
        quiet.close()
        return answer, sum(a == b for a, b in enumerate(first))

    assert asyncio.run(flood()) == (7, 2000)


def told(url: str) -> tuple[int, str]:
    """Ask as a page is asked for, and return the status and what nbtrack says."""
    try:
        with urllib.request.urlopen(f"http://{url}") as answer:
            return answer.status, ""
    except urllib.error.HTTPError as refusal:
        text = refusal.read().decode()
        return refusal.code, json.loads(text)["nbtrack"] if text.startswith("{") else ""


def test_who_asks_why_a_socket_is_refused_is_told(server: tuple[str, Path]) -> None:
    """A browser keeps from a page why its socket was not let in; the page asks again without one."""
    assert told(server[0] + at(token=None)) == (403, "")
    assert told(server[0] + at(may="write")) == (403, "This server does not let you read its contents.")
    status, said = told(server[0] + at("out/n.ipynb"))
    assert (status, said.partition(" that leads")[0]) == (404, "'out/n.ipynb' lies behind a link")
    status, said = told(server[0] + at("../100%.ipynb"))
    assert (status, said) == (404, "'../100%.ipynb' is not a path inside the server's folder")
    (server[1] / "root" / "damaged" / ".nbtrack").mkdir(parents=True)
    (server[1] / "root" / "damaged" / ".nbtrack" / "store.json").write_text("{")
    status, said = told(server[0] + at("damaged/n.ipynb"))
    assert (status, "store.json cannot be read" in said) == (404, True)
    assert told(server[0] + at())[0] == 400, "there is nothing in the way but that it is no socket"


def test_a_folder_written_with_tilde_and_slash_that_is_a_link_and_no_token(tmp_path: Path) -> None:
    record(tmp_path / "real" / "deep")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    options = ("--ServerApp.root_dir=~/link/", "--IdentityProvider.token=")
    with serving(tmp_path, *options, HOME=str(tmp_path)) as place:
        _, news = talk(place + at("deep/n.ipynb", token=None), OPEN)
        assert news["payload"]["runs"]["name"] == ["of deep"]
        elsewhere = {"Origin": "http://elsewhere.invalid"}
        assert refused(lambda: talk(place + at("deep/n.ipynb", token=None), headers=elsewhere)) == 403


def test_a_password_opens_the_socket(tmp_path: Path) -> None:
    from jupyter_server.auth import passwd

    record(tmp_path / "root")
    hashed = passwd("sesame", "sha256")
    options = (f"--ServerApp.root_dir={tmp_path / 'root'}", "--IdentityProvider.token=")
    with serving(tmp_path, *options, f"--PasswordIdentityProvider.hashed_password={hashed}") as place:
        assert refused(lambda: talk(place + at(token=None))) == 403
        cookies = signed_in(place, "sesame")
        _, news = talk(place + at(token=None), OPEN, headers={"Cookie": cookies, "Origin": f"http://{place}"})
        assert news["payload"]["runs"]["name"] == ["of root"]


def signed_in(place: str, password: str) -> str:
    """Sign in as the page with the password does, against forged requests and all, and return the cookies."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    browser.open(f"http://{place}{BASE}/login").close()
    xsrf = next(each.value for each in jar if each.name == "_xsrf")
    said = urllib.parse.urlencode({"password": password, "_xsrf": xsrf}).encode()
    browser.open(f"http://{place}{BASE}/login?next={BASE}/api/status", said).close()
    return "; ".join(f"{each.name}={each.value}" for each in jar)
