"""Which contents of the files a run read the store keeps, so that the run can be made again when the files are gone.

A copy is kept of what is not too large, holds no secret, and is not in DVC's cache already. All of it happens in the
background, after the run, and each state of a file is decided on once.
"""

import hashlib
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

from nbtrack.capture.asked.keep_data import DEFAULT, Bounds
from nbtrack.capture.data.stamp import Stamp, stamp_of
from nbtrack.errors import NbtrackError
from nbtrack.model.document import DataDocument
from nbtrack.record.contents import holds_secret
from nbtrack.record.credential_file import holds_credentials
from nbtrack.store.base import ObjectRef, Store

_IN_MEMORY: Final = 64 << 20  # bytes; what is larger is read twice, a piece at a time
_CHUNK: Final = 1 << 20
_REMEMBERED: Final = 20_000


@dataclass(frozen=True, slots=True)
class Wish:
    """A file that a run read: where it is, how it was then, and its hash then."""

    path: str
    stamp: Stamp
    sha256: str
    is_elsewhere: bool = False  # DVC's cache has it


class Keeper:
    """Keeps the contents of files in a store. Any thread may ask what is known; one keeps."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Store, OrderedDict[tuple[Stamp, str], DataDocument]] = WeakKeyDictionary()
        self._lock = threading.Lock()
        self._limits = DEFAULT

    def known(self, store: Store, stamp: Stamp, sha256: str) -> DataDocument | None:
        """Return what was decided on this state of a file before; None when nothing was."""
        with self._lock:
            return self._known.get(store, OrderedDict()).get((stamp, sha256))

    def keep(
        self, store: Store, wish: Wish, limits: Bounds, pause: Callable[[float], object] = time.sleep
    ) -> DataDocument:
        """Keep the contents of a file, and return what is to be recorded: ``kept``, and why not in ``unkept``."""
        self._heed(limits)
        known = self.known(store, wish.stamp, wish.sha256)
        if known is not None:
            return known
        try:
            document = _early(wish, limits) or _kept(store, wish, pause)
        except (OSError, NbtrackError, ValueError):
            return _not("unreadable")
        with self._lock:
            remembered = self._known.setdefault(store, OrderedDict())
            remembered[wish.stamp, wish.sha256] = document
            while len(remembered) > _REMEMBERED:
                remembered.popitem(last=False)
        return document

    def keep_all(
        self, store: Store, wishes: Sequence[Wish], limits: Bounds, pause: Callable[[float], object] = time.sleep
    ) -> DataDocument:
        """Keep the contents of many files, or of none: a part of a data set is no data set. Return what to record."""
        self._heed(limits)
        try:
            refused = next((why for wish in wishes if (why := _early(wish, limits) or _refused(wish, pause))), None)
            if refused is not None:
                return refused
            refs = store.put_all([wish.path for wish in wishes])
        except (OSError, NbtrackError, ValueError):
            return _not("unreadable")
        for wish, ref in zip(wishes, refs, strict=True):
            if not isinstance(ref, ObjectRef):  # a link, which stores do not follow
                document = self.keep(store, wish, limits, pause)
                if not document["kept"] or "blake3" in document:
                    return _not(document.get("unkept", "large"))
            elif ref.name != wish.sha256:
                return _not("changed")
        return {"kept": True}

    def _heed(self, limits: Bounds) -> None:
        """Decide anew when other limits hold."""
        if limits != self._limits:
            with self._lock:
                self._known.clear()
            self._limits = limits


def _early(wish: Wish, limits: Bounds) -> DataDocument | None:
    """Return what the size alone decides, or where else the contents are."""
    if wish.stamp.size > limits.file:
        return _not("large")
    return _not("dvc") if wish.is_elsewhere else None


def _kept(store: Store, wish: Wish, pause: Callable[[float], object]) -> DataDocument:
    if wish.stamp.size > _IN_MEMORY:
        return _not("credentials") if holds_credentials(Path(wish.path)) else _kept_large(store, wish, pause)
    content = _content(wish)
    refused = _refused(wish, pause, content)
    if refused is not None or content is None:
        return refused or _not("changed")
    store.put(content)
    return {"kept": True, "sha256": wish.sha256}


def _refused(wish: Wish, pause: Callable[[float], object], content: bytes | None = None) -> DataDocument | None:
    """Return why a file that fits into memory is not to be kept, None when it is."""
    if holds_credentials(Path(wish.path)):
        return _not("credentials")
    content = content if content is not None else _content(wish)
    if content is None or hashlib.sha256(content).hexdigest() != wish.sha256:
        return _not("changed")
    return _not("secret") if holds_secret(content, pause) else None


def _kept_large(store: Store, wish: Wish, pause: Callable[[float], object]) -> DataDocument:
    """Look a large file through in pieces, then have the store copy it; nothing of it may change meanwhile."""
    summed = hashlib.sha256()
    with _opened(wish) as file:
        before = b""
        while chunk := file.read(_CHUNK):
            summed.update(chunk)
            if holds_secret(before + chunk, pause):
                return _not("secret")
            before = chunk[-512:]
    if summed.hexdigest() != wish.sha256:
        return _not("changed")
    ref = store.put(Path(wish.path))
    if stamp_of(os.stat(wish.path)) != wish.stamp or ref.size != wish.stamp.size:  # noqa: PTH116 - text in
        return _not("changed")
    document: DataDocument = {"kept": True, "sha256": wish.sha256}
    if ref.name != wish.sha256:
        document["blake3"] = ref.name.rpartition(":")[2]
    return document


def _content(wish: Wish) -> bytes | None:
    with _opened(wish) as file:
        if stamp_of(os.fstat(file.fileno())) != wish.stamp:
            return None
        content: bytes = file.read(wish.stamp.size + 1)
        return content


def _opened(wish: Wish) -> Any:
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    return os.fdopen(os.open(wish.path, flags), "rb")


def _not(why: str) -> DataDocument:
    return {"kept": False, "unkept": why}


def too_much() -> DataDocument:
    """Return what is recorded of a file for which the run has no room left."""
    return _not("total")
