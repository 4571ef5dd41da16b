"""Asking a remote again after a moment, when the same request may well succeed then."""

import random
import threading
from collections.abc import Callable
from typing import Final, TypeVar

from nbtrack.share.address import Address
from nbtrack.share.refusing import is_missing, is_taken, is_transient, refusal

_WAITS: Final = (0.3, 1.0, 3.0)  # seconds; the packages that speak to servers try a few times on their own, too
_Answer = TypeVar("_Answer")


class Stopped(Exception):
    """The person does not want to wait any longer."""


class Asking:
    """Requests to one remote, each tried again while that makes sense; counted, and ended together.

    ``requests`` counts what was asked for, by verb. A thread that waits or is about to ask ends with ``Stopped`` as
    soon as ``stop`` was called.
    """

    def __init__(self, address: Address, wait: Callable[[float], object] | None = None) -> None:
        self.address = address
        self.requests: dict[str, int] = {}
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._wait = wait or self._stopped.wait

    def __call__(self, verb: str, request: Callable[[], _Answer], doing: str = "") -> _Answer:
        """Return what the remote answers.

        Raises:
            FileNotFoundError: what was asked for is not there.
            FileExistsError: a conditional write came too late.
            RemoteError: it cannot be done, and why.
            Stopped: the person asked to stop.
        """
        for wait in (*_WAITS, None):
            self.check()
            with self._lock:
                self.requests[verb] = self.requests.get(verb, 0) + 1
            try:
                return request()
            except Exception as error:
                if is_missing(error):
                    raise FileNotFoundError(doing) from error
                if is_taken(error):
                    raise FileExistsError(doing) from error
                if wait is None or not is_transient(error):
                    raise refusal(error, self.address, doing) from error
            self._wait(wait * random.uniform(0.7, 1.3))  # noqa: S311 - so that eight threads do not come back at once
        raise AssertionError("unreachable")  # pragma: no cover

    def stop(self) -> None:
        """End every request that has not begun."""
        self._stopped.set()

    def check(self) -> None:
        """Go on, or end with ``Stopped``."""
        if self._stopped.is_set():
            raise Stopped
