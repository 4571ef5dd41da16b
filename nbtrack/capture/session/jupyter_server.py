"""Asking the Jupyter server of this machine which notebook a kernel serves.

Servers write where they listen into the runtime folder, for their user's eyes only. Nothing but this machine is asked:
a server that listens elsewhere is passed over, and an answer that points elsewhere is not followed.
"""

import http.client
import json
import re
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

_TIMEOUT: Final = 0.5
_MOST_SERVERS: Final = 8
_LONGEST: Final = 4 << 20
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_CONNECTION = re.compile(r"kernel-([0-9A-Za-z][0-9A-Za-z-]{7,63})\.json$")


class Server(NamedTuple):
    """A Jupyter server as its file in the runtime folder describes it."""

    host: str
    port: int
    sock: str
    base: str
    token: str
    root: str


def kernel_id(arguments: list[str] | None = None) -> str | None:
    """Return the id of this kernel, from the name of the connection file it was started with."""
    connection = _connection_file(sys.argv if arguments is None else arguments)
    found = None if connection is None else _CONNECTION.search(connection.name)
    return found[1] if found else None


def notebook_of(kernel: str, runtime: Path | None = None) -> str | None:
    """Return the path of the notebook that a kernel serves, or None when no server here says."""
    connection = _connection_file(sys.argv)
    folder = runtime or (connection.parent if connection else None)
    if folder is None:
        return None
    for server in _servers(folder):
        path = _path_in(_sessions(server), kernel)
        if path is not None:
            return str(Path(server.root) / unquote(path))
    return None


def _connection_file(arguments: list[str]) -> Path | None:
    return next((Path(each.removeprefix("--f=")) for each in arguments[1:] if _CONNECTION.search(each)), None)


def _servers(folder: Path) -> Iterator[Server]:
    """Yield the servers of this machine, the latest started first."""
    try:
        files = sorted(folder.glob("jpserver-*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    except OSError:
        return
    for file in files[:_MOST_SERVERS]:
        try:
            described = json.loads(file.read_text("utf-8"))
            server = _server(described) if isinstance(described, dict) else None
        except (OSError, ValueError):
            continue
        if server is not None:
            yield server


def _server(described: Mapping[str, Any]) -> Server | None:
    url = urlsplit(str(described.get("url", "")))
    sock = str(described.get("sock") or "")
    host, base = url.hostname or "", str(described.get("base_url") or "/")
    root = str(described.get("root_dir") or described.get("notebook_dir") or "")
    if not root or not (sock or (url.scheme == "http" and host in _HERE)):
        return None
    return Server(host, url.port or 80, sock, base.rstrip("/") + "/", str(described.get("token") or ""), root)


def _sessions(server: Server) -> list[Any]:
    connection = _Socket(server.sock) if server.sock else http.client.HTTPConnection(server.host, server.port, _TIMEOUT)
    try:
        headers = {"Authorization": f"token {server.token}"} if server.token else {}
        connection.request("GET", f"{server.base}api/sessions", headers=headers)
        answer = connection.getresponse()
        found = json.loads(answer.read(_LONGEST)) if answer.status == http.client.OK else None
    except (OSError, ValueError, http.client.HTTPException):
        return []
    finally:
        connection.close()
    return found if isinstance(found, list) else []


def _path_in(sessions: list[Any], kernel: str) -> str | None:
    for session in sessions:
        serves = session.get("kernel") if isinstance(session, Mapping) else None
        if isinstance(serves, Mapping) and serves.get("id") == kernel:
            notebook = session.get("notebook")
            path = (notebook.get("path") if isinstance(notebook, Mapping) else None) or session.get("path")
            return path if isinstance(path, str) else None
    return None


class _Socket(http.client.HTTPConnection):
    """HTTP over a socket of this machine, as ``jupyter lab --sock`` listens."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_TIMEOUT)
        self.sock.connect(self._path)
