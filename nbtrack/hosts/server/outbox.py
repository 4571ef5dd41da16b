"""What is to be sent to a page: made ready where it comes from, sent by the server's loop, and never more than fits.

A long message is deflated (zlib's format) and sent as bytes, which the page inflates: the loop that serves everybody
else on the server only passes them on.
"""

import asyncio
import json
import threading
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

LONG: Final = 32_000  # characters, from which on a message is deflated
_ROOM: Final = 100_000_000  # bytes that wait for a page at most: one that does not read them is let go
_MESSAGES: Final = 10_000
_LEVEL: Final = 1  # most of a long message are numbers that no level makes much shorter
_SAMPLE: Final = 32_000  # bytes that show whether a message repeats itself
_WORTH: Final = 1.2  # how much shorter it has to become by looking for what it repeats, which takes twice the time


class Outbox:
    """The messages that wait for one page. ``put`` may be called from any thread.

    ``write`` sends one, ``drop`` lets go of the page; both are called in ``loop``, the second once at most.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, write: Callable[[str | bytes], Awaitable[None]], drop: Callable[[], None]
    ) -> None:
        self._loop, self._write, self._drop = loop, write, drop
        self._lock = threading.Lock()
        self._waiting: deque[str | bytes] = deque()
        self._size = 0
        self._sending = self._closed = False

    def put(self, told: Mapping[str, Any]) -> None:
        """Have a message sent after those before it; nothing happens where the page has gone."""
        message = encoded(told)
        with self._lock:
            if self._closed:
                return
            self._waiting.append(message)
            self._size += len(message)
            full = self._size > _ROOM or len(self._waiting) > _MESSAGES
            idle, self._sending = not self._sending, True
        if full:
            self.close()
            self._soon(self._drop)
        elif idle:
            self._soon(self._start)

    def close(self) -> None:
        """Send nothing any more."""
        with self._lock:
            self._closed, self._size = True, 0
            self._waiting.clear()

    def _soon(self, work: Callable[[], object]) -> None:
        try:
            self._loop.call_soon_threadsafe(work)
        except RuntimeError:  # the server has ended
            self.close()

    def _start(self) -> None:
        self._task = self._loop.create_task(self._send())

    async def _send(self) -> None:
        while (message := self._next()) is not None:
            try:
                await self._write(message)
            except Exception:  # noqa: BLE001 - whatever a closed connection raises: there is nobody to tell
                self.close()
                self._drop()

    def _next(self) -> str | bytes | None:
        with self._lock:
            if not self._waiting:
                self._sending = False
                return None
            message = self._waiting.popleft()
            self._size -= len(message)
            return message


def encoded(told: Mapping[str, Any]) -> str | bytes:
    """Return a message as it is sent: JSON, deflated where it is long.

    >>> encoded({"do": "welcome"}), len(encoded({"text": "x" * 100_000})) < 1000
    ('{"do":"welcome"}', True)
    """
    text = json.dumps(told, separators=(",", ":"), allow_nan=False)
    return text if len(text) < LONG else _deflated(text.encode("ascii"))


def _deflated(data: bytes) -> bytes:
    middle = data[len(data) // 2 :][:_SAMPLE]
    quick, thorough = (len(_deflate(middle, way)) for way in (zlib.Z_HUFFMAN_ONLY, zlib.Z_DEFAULT_STRATEGY))
    return _deflate(data, zlib.Z_HUFFMAN_ONLY if quick < thorough * _WORTH else zlib.Z_DEFAULT_STRATEGY)


def _deflate(data: bytes, strategy: int) -> bytes:
    making = zlib.compressobj(_LEVEL, strategy=strategy)
    return making.compress(data) + making.flush()
