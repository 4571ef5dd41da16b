"""The socket between a page of JupyterLab and a store. The protocol is ``hosts.server.desk``'s; here are the doors.

Whoever opens it is known to the server and may read contents; to change runs they may write contents. Jupyter Server
sees to the origin of the page.
"""

import json
from pathlib import Path
from typing import Any, Final

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.utils import ensure_async
from tornado.ioloop import IOLoop
from tornado.web import HTTPError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from nbtrack.errors import NbtrackError
from nbtrack.hosts.server.desk import Desk, Rights
from nbtrack.hosts.server.place import store_of
from nbtrack.hosts.server.watch import Watches
from nbtrack.store.local import LocalStore

RESOURCE: Final = "contents"
_LARGEST: Final = 20_000_000  # bytes of a message: the sources of all cells of a notebook


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
        """Have long answers deflated on their way."""
        return {"compression_level": 3}

    async def get(self, *args: Any, **named: Any) -> None:
        """Let in whoever may read contents, before the connection becomes a socket."""
        if not await self._may("read"):
            raise HTTPError(403)
        self.notebook = self.get_query_argument("notebook", "")
        self.store = self._store()
        self.rights = Rights(write=await self._may("write"), execute=await self._may("execute", "kernels"))
        await super().get(*args, **named)

    def _store(self) -> LocalStore:
        try:
            return store_of(Path(self.settings.get("server_root_dir") or ".").expanduser(), self.notebook)
        except (NbtrackError, OSError) as problem:
            raise HTTPError(404, str(problem)) from None

    async def _may(self, action: str, resource: str = RESOURCE) -> bool:
        user = self.current_user
        if user is None:
            return False
        return bool(await ensure_async(self.authorizer.is_authorized(self, user, action, resource)))

    def open(self, *args: Any, **named: Any) -> None:
        """Begin the conversation."""
        super().open(*args, **named)
        loop = IOLoop.current()
        self.desk = Desk(self.store, self.notebook, lambda told: loop.add_callback(self._tell, told), self.rights)
        self.watch = self.watches.of(self.store.path)
        self.watch.join(self.desk)
        self._tell({"do": "welcome", "store": str(self.store.id or ""), "rights": self.rights._asdict()})

    def on_message(self, message: str | bytes) -> None:
        """Hand on what the page says."""
        if self.desk is None:
            return
        try:
            said = json.loads(message)
        except (ValueError, RecursionError):
            said = None
        self.watch.receive(self.desk, said)

    def on_close(self) -> None:
        """End the conversation."""
        super().on_close()
        if self.desk is not None:
            self.watch.leave(self.desk)
            self.desk = None

    def _tell(self, told: dict[str, Any]) -> None:
        try:
            self.write_message(json.dumps(told, separators=(",", ":"), allow_nan=False))
        except WebSocketClosedError:
            self.on_close()
