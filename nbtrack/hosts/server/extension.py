"""The extension that Jupyter Server loads: one route, and nothing kept but who watches what."""

import atexit
from typing import Any, Final

from jupyter_server.utils import url_path_join

from nbtrack.hosts.server.socket import LiveSocket
from nbtrack.hosts.server.watch import Watches

ROUTE: Final = "nbtrack/live"


def routes(base_url: str, watches: Watches) -> list[tuple[str, type, dict[str, Any]]]:
    """Return all routes of nbtrack, as Tornado takes them."""
    return [(url_path_join(base_url, ROUTE), LiveSocket, {"watches": watches})]


def _load_jupyter_server_extension(server: Any) -> None:
    """Add the route to a server; what it started ends with it."""
    watches = Watches()
    atexit.register(watches.stop)
    server.web_app.add_handlers(".*$", routes(server.web_app.settings["base_url"], watches))
