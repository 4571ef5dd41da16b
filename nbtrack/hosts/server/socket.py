"""The socket between a page of JupyterLab and a store. The protocol is ``hosts.server.desk``'s; here are the doors.

Whoever opens it is known to the server and may read contents; to change runs they may write contents, to reproduce one
they may execute kernels. Jupyter Server sees to the origin of the page. A page's next message is read when the one
before has been dealt with, so whoever sends many waits, and nobody else does.
"""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.utils import ensure_async
from tornado.web import HTTPError
from tornado.websocket import WebSocketHandler

from nbtrack.errors import NbtrackError
from nbtrack.hosts.server.desk import Desk, Rights
from nbtrack.hosts.server.outbox import Outbox
from nbtrack.hosts.server.place import store_of, unreadable
from nbtrack.hosts.server.watch import Watches
from nbtrack.hosts.server.welcome import welcome
from nbtrack.store.local import LocalStore

RESOURCE: Final = "contents"
_LARGEST: Final = 20_000_000  # bytes of a message: the sources of all cells of a notebook
_SLOW: Final = 1013  # "try again later": the page did not read what it was sent


class LiveSocket(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """``GET /nbtrack/live?notebook=PATH``, a web socket."""

    auth_resource = RESOURCE

    def initialize(self, watches: Watches) -> None:
        """Take what all sockets of the server share."""
        self.watches = watches
        self.desk: Desk | None = None

    @property
    def max_message_size(self) -> int:
        """How long a message may be, in bytes."""
        return _LARGEST

    def get_compression_options(self) -> dict[str, Any] | None:
        """Return that nothing is deflated here: ``Outbox`` does it, away from the server's loop."""
        return None

    async def get(self, *args: Any, **named: Any) -> None:
        """Let in whoever may read contents, before the connection becomes a socket."""
        if not await self._may("read"):
            raise HTTPError(403, "" if self.current_user is None else "This server does not let you read its contents.")
        self.notebook = self.get_query_argument("notebook", "")
        self.rights = Rights(write=await self._may("write"), execute=await self._may("execute", "kernels"))
        self.store, self.greeting = self._found()
        await super().get(*args, **named)

    def write_error(self, status_code: int, **named: Any) -> None:  # noqa: ARG002 - Tornado's, and set already
        """Say in JSON why a page is not let in. Its socket does not hear it, but whoever asks as for a page does."""
        _, problem, _ = named.get("exc_info", (None, None, None))
        said = problem.log_message % problem.args if isinstance(problem, HTTPError) and problem.log_message else ""
        self.set_header("Content-Type", "application/json")
        self.finish({"nbtrack": said})

    def _found(self) -> tuple[LocalStore, dict[str, Any]]:
        """Return the store, and what is said of it first. One that cannot be read is refused at the door."""
        try:
            store = store_of(Path(self.settings.get("server_root_dir") or ".").expanduser(), self.notebook)
            return store, welcome(store, self.rights)
        except NbtrackError as problem:
            raise HTTPError(404, str(problem)) from None
        except OSError as problem:
            raise HTTPError(404, str(unreadable(self.notebook, problem))) from None

    async def _may(self, action: str, resource: str = RESOURCE) -> bool:
        user = self.current_user
        if user is None:
            return False
        return bool(await ensure_async(self.authorizer.is_authorized(self, user, action, resource)))

    def open(self, *args: Any, **named: Any) -> None:
        """Begin the conversation."""
        super().open(*args, **named)
        self.loop = asyncio.get_running_loop()
        self.done = asyncio.Event()
        self.outbox = Outbox(self.loop, self._write, lambda: self.close(_SLOW, "too much waits to be read"))
        self.watch = self.watches.of(self.store.path)
        self.desk = Desk(self.store, self.notebook, self.outbox.put, self.rights, self.watches.aside)
        self.watch.join(self.desk)
        self.outbox.put(self.greeting)

    async def on_message(self, message: str | bytes) -> None:
        """Have what the page says dealt with; Tornado waits for that."""
        if self.desk is None:
            return
        try:
            said = json.loads(message)
        except (ValueError, RecursionError):
            said = None
        self.done.clear()
        self.watch.receive(self.desk, said, self._dealt_with)
        await self.done.wait()

    def _dealt_with(self) -> None:
        with suppress(RuntimeError):  # the server has ended
            self.loop.call_soon_threadsafe(self.done.set)

    def on_close(self) -> None:
        """End the conversation."""
        super().on_close()
        if self.desk is not None:
            self.done.set()
            self.outbox.close()
            self.watch.leave(self.desk)
            self.desk = None

    async def _write(self, message: str | bytes) -> None:
        await self.write_message(message, binary=isinstance(message, bytes))
