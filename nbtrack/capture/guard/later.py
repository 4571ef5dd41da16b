"""Recording what is known only later: in the run while it is open, in the meta log once it has ended."""

import hashlib
import mimetypes
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from nbtrack.errors import RunClosed, RunNotFound
from nbtrack.model import event
from nbtrack.model.tagged import Json
from nbtrack.record.clean import annotate_all
from nbtrack.record.open_run import OpenRun
from nbtrack.record.redact import redact
from nbtrack.record.values import key
from nbtrack.store.base import Change, ObjectRef, Store

_REMEMBERED: Final = 1000
_PIECE: Final = 16 * 1024  # characters cleaned in one go: the interpreter is held for about ten milliseconds


class Later:
    """The run a background job found something out about. Nothing is recorded unless the run has begun."""

    def __init__(self, run: OpenRun) -> None:
        self.run = run

    def record(self, kind: str, value: Json) -> None:
        """Record an event of a run that may have ended meanwhile."""
        record_all([(self, kind, value)])

    def named(self, texts: Mapping[str, "Kept"], media_type: str | None = None) -> list["Found"]:
        """Return what names that which the store holds as artifacts of the run, in one record."""
        artifacts, redactions = list[Json](), 0
        for name, kept in texts.items():
            artifacts.append(_artifact(name, kept, media_type))
            redactions += kept.redactions
        found: list[Found] = [(self, event.ARTIFACT, artifacts)] if artifacts else []
        if redactions:
            found.append((self, event.REDACTED, redactions))
        return found


Found = tuple[Later, str, Json]


def record_all(found: Iterable[Found]) -> None:
    """Record what was found out about several runs; what is of runs that have ended, with one flush for all.

    Should one of these be gone by now, the others get theirs, and then it is said.

    Raises:
        RunNotFound: it was removed.
    """
    ended: dict[Store, list[Change]] = {}
    for later, kind, value in found:
        run = later.run
        if run.begun and run.store is not None and not run.discards:
            try:
                run.record(kind, value)
            except RunClosed:
                ended.setdefault(run.store, []).append((run.id, kind, value))
    for store, changes in ended.items():
        _add(store, changes)


def _add(store: Store, changes: Sequence[Change]) -> None:
    try:
        annotate_all(store, changes)
    except RunNotFound:
        here = [each for each in changes if _is_there(store, each[0])]
        if len(here) < len(changes):
            annotate_all(store, here)
        raise


def _is_there(store: Store, run_id: str) -> bool:
    try:
        store.read(run_id, changes=False)
    except RunNotFound:
        return False
    return True


class Kept(NamedTuple):
    """Where the store holds a text, and how many secrets were taken out of it."""

    ref: ObjectRef
    redactions: int


def _artifact(name: str, kept: Kept, media_type: str | None) -> Json:
    media = media_type or mimetypes.guess_type(name)[0] or "text/plain"
    return {"name": key(name), **kept.ref.members(), "media_type": media}


class Shelf:
    """Puts text into a store, free of secrets; the same text is cleaned and put once, however many runs name it."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Store, dict[bytes, Kept]] = WeakKeyDictionary()

    def put(self, store: Store, content: bytes) -> Kept:
        """Return where the store holds the clean text; bytes that are no UTF-8 stay what they are."""
        known, digest = self._known.setdefault(store, {}), hashlib.sha256(content).digest()
        if digest not in known:
            while len(known) >= _REMEMBERED:
                known.pop(next(iter(known)))
            clean, found = clean_text(content)
            known[digest] = Kept(store.put(clean), found)
        return known[digest]


def clean_text(content: bytes) -> tuple[bytes, int]:
    r"""Return text without its secrets and how many they were, cleaned piece by piece so that cells get their turn.

    >>> clean_text(b"x = 1\nurl = 'https://me:hunter2@example.org'\n")
    (b"x = 1\nurl = 'https://[redacted:url]@example.org'\n", 1)
    """
    clean, counts = zip(*_cleaned(content.decode("utf-8", "surrogateescape")), strict=True)
    return "".join(clean).encode("utf-8", "surrogateescape"), sum(counts)


def _cleaned(text: str) -> Iterator[tuple[str, int]]:
    yield "", 0
    whole = "PRIVATE KEY" in text  # the one secret that is longer than its line
    start = 0
    while start < len(text):
        end = -1 if whole else text.find("\n", start + _PIECE)
        piece = text[start:] if end < 0 else text[start : end + 1]
        yield redact(piece)
        start += len(piece)
        time.sleep(0)
