"""The kernel's end of a live comparison: widgets, of which the one behind a saved output has no view at all.

A widget view in an output would be saved as one, and fail with an error text wherever its model is gone. So the output
is plain HTML, and this model only finds it in the page (``static/compare/link.js``).
"""

from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from nbtrack.view.escape import edition, front_end, styled

Receive = Callable[["Link", Any], object]


class Link(anywidget.AnyWidget):
    """Hands messages between the kernel and the comparison of ``channel`` in the page."""

    channel = traitlets.Unicode().tag(sync=True)
    selected = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _esm = traitlets.Unicode().tag(sync=True)

    def __init__(self, channel: str, receive: Receive, esm: str = "", **traits: Any) -> None:
        super().__init__(channel=channel, _esm=esm or str(front_end("compare/link")), **traits)
        self.receive = receive
        self.on_msg(lambda _, content, __: self.receive(self, content))
        _answer_where_asked(self)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take a selection from the page, and nothing else."""
        chosen = sync_data.get("selected")
        if isinstance(chosen, list) and all(isinstance(each, str) for each in chosen):
            super().set_state({"selected": chosen})

    def tell(self, message: dict[str, Any]) -> None:
        """Send a message to the page, from any thread; a comm that is closed takes none."""
        kernel = getattr(self.comm, "kernel", None)
        if self.comm is None:
            return
        if kernel is None:
            self.send(message)
            return
        # Not through the comm: it would name the cell that is running as the cause, and have the page's answers wait
        # until that cell has ended.
        content = {"comm_id": self.comm.comm_id, "data": {"method": "custom", "content": message}}
        publish(kernel, "comm_msg", content, self.comm.topic)


class ComparisonWidget(Link):
    """The comparison as a plain widget, for those who want it in a layout. Its output says nothing without a kernel."""

    css = traitlets.Unicode().tag(sync=True)  # not ``style``, which front ends take for a widget

    def __init__(self, channel: str, receive: Receive) -> None:
        esm = f"{front_end('compare')}\nexport default nbtrackCompare.default;\n"
        super().__init__(channel, receive, esm, css=str(styled("compare.css", edition("compare.css"))))


def publish(kernel: Any, kind: str, content: dict[str, Any], topic: bytes | None = None) -> None:
    """Send a message that no cell asked for; the kernel's own socket for this takes it from any thread."""
    kernel.session.send(kernel.iopub_socket, kind, content, parent={}, ident=topic or b"display_data")


def _answer_where_asked(link: Link) -> None:
    """Let the page's messages come in while a cell runs, where the front end sends them so (ipykernel's subshells).

    The kernel routes them to where the comm last spoke from, which was a cell: they would wait until cells have ended.
    """
    if hasattr(link.comm, "_reply_subshell_for"):
        link.comm._reply_subshell_for = lambda _data, sent_to: sent_to  # noqa: SLF001 - there is no other way to say it
