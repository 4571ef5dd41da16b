"""A stream of a kernel, heard where its text leaves: in ipykernel's own thread, in batches, five times a second.

Printing costs nothing more for being heard, and a batch says which cell it is an output of: threads of earlier cells
are told apart. ipykernel keeps its hooks by thread, so ours is put in, and taken out, by a function run in that thread.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from nbtrack.record.unasked import derives


class KernelStream:
    """One of ipykernel's streams, and who listens to it. What it sends is passed on as it is."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self._listeners: dict[Callable[[str], None], str | None] = {}
        self._hook = self._hear  # the same object each time, so that it can be found again
        stream.pub_thread.schedule(lambda: stream.register_hook(self._hook))

    def add(self, take: Callable[[str], None]) -> None:
        """Let ``take`` have what becomes output of the cell that is running."""
        self._listeners[take] = message_id(self.stream)

    def remove(self, take: Callable[[str], None]) -> None:
        """Hand over what has not been sent yet, and nothing after that."""
        try:
            if take in self._listeners and getattr(self.stream, "_flush_pending", True):
                self.stream.flush()
        finally:
            self._listeners.pop(take, None)

    def close(self) -> None:
        """Take the hook out."""
        self._listeners.clear()
        if not self.stream.closed:
            self.stream.pub_thread.schedule(lambda: self.stream.unregister_hook(self._hook))

    def _hear(self, message: Any) -> Any:
        with suppress(Exception):  # the message is the user's, and must be sent
            self._tell(message["content"]["text"], message["parent_header"].get("msg_id"))
        return message

    def _tell(self, text: str, cell: str | None) -> None:
        for take, wanted in list(self._listeners.items()):
            if wanted == cell:
                take(text)


def is_kernel_stream(stream: object) -> bool:
    """Tell whether this is an open stream of ipykernel's."""
    module = sys.modules.get("ipykernel.iostream")
    return module is not None and derives(type(stream), module.OutStream) and not stream.closed  # type: ignore[attr-defined]  # it has


def message_id(sender: Any) -> str | None:
    """Return which request the outputs of a kernel's object belong to now; None outside a kernel."""
    parent = getattr(sender, "parent_header", None)
    return parent.get("msg_id") if type(parent) is dict else None
