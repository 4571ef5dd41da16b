"""The boundary of a run: what passes here has no secrets left, whoever wrote it and whatever it is called.

Every value that reaches a store on behalf of a run goes through ``CleanWriter`` (records and points), ``clean_start``
(the first record) or ``annotate`` (later changes).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from threading import get_ident
from typing import Any, Final, TypeVar

from nbtrack.errors import LimitExceeded
from nbtrack.model import event
from nbtrack.model.event import Status
from nbtrack.model.tagged import Json
from nbtrack.record.cutting import head
from nbtrack.record.known import KNOWN
from nbtrack.record.program_signals import let_go
from nbtrack.record.redact import Names, redact, redact_json
from nbtrack.store.base import Change, Noted, Plotted, Store, Writer

_Item = TypeVar("_Item")
_DIVISIBLE: Final = (event.PARAMS, event.METRICS, event.TAGS)  # two halves say what the whole did
_LONGEST_TEXT: Final = 128 * 1024  # characters, of at most six bytes each, so that any text fits a record


class CleanWriter(Writer):
    """Wraps a pen so that no secret and nothing too long for one record gets through.

    ``plain`` are the names of points known to hold no secret: their points may go to the wrapped pen directly. How many
    secrets were kept out is recorded beside what they were in, so that a killed run says it, too. What was gathered and
    no record can take is told to ``refused``, by its kind and with the reason.
    """

    def __init__(
        self, writer: Writer, refused: Callable[[str, LimitExceeded], None] = lambda _kind, _why: None
    ) -> None:
        self.run_id = writer.run_id
        self.inner = writer
        self.plain: set[str] = set()
        self.found = 0
        self._told = 0
        self._names = Names(redact)  # what names are called in this run
        self._gathered: list[Noted] | None = None
        self._gatherer = 0
        self._refused = refused
        self._is_tried = False  # whether it was tried to close with what was gathered

    def append(self, kind: str, value: Json, sources: Mapping[str, str] | None = None) -> None:
        """Record what is left without secrets; what is too long for one record in several, or shortened."""
        clean, found = redact_json(value, self._names)
        self.found += found
        named = self._sources(sources) if sources else None
        if self._gathered is not None and get_ident() == self._gatherer:
            self._gathered.append((kind, clean, named))
        else:
            self._append(kind, clean, named or {})
        if self.found != self._told:
            self._tell()

    def append_all(self, records: Sequence[Noted]) -> None:
        """Record what is left of each without secrets."""
        for record in records:
            self.append(*record)

    def gather(self) -> None:
        """Hold what this thread records until ``release``, to be handed over in one go: what says how a cell ended."""
        self._gatherer = get_ident()
        if self._gathered is None:
            self._gathered = []

    def release(self) -> None:
        """Record what was held."""
        records, refused = self._gathered, list[tuple[str, LimitExceeded]]()
        if records:
            try:
                self.inner.append_all(records)
            except LimitExceeded:
                refused += self._one_by_one(records)
        self._gathered = None  # not before: a call that was interrupted may be made again
        for kind, problem in refused:
            self._refused(kind, problem)

    def _one_by_one(self, records: Sequence[Noted]) -> Iterator[tuple[str, LimitExceeded]]:
        for kind, value, sources in records:
            try:
                self._append(kind, value, sources or {})
            except LimitExceeded as problem:
                yield kind, problem

    def point(self, values: Mapping[str, Json], step: int | None = None) -> None:
        """Add a point to each metric, under names without secrets."""
        named = values if values.keys() <= self.plain else {self._metric(name): values[name] for name in values}
        self._point(list(named.items()), step)
        if self.found != self._told:
            self._tell()

    def points(self, rows: Sequence[Plotted]) -> None:
        """Add many points, under names without secrets."""
        with suppress(LimitExceeded):
            if all(values.keys() <= self.plain for _, values in rows):
                self.inner.points(rows)
                return
        for step, values in rows:
            self.point(values, step)

    def clean(self, text: str) -> str:
        """Return a text without secrets, which were kept out of this run, too, wherever the text goes."""
        clean = self._text(text)
        self._tell()
        return clean

    def sync(self) -> None:
        """Sync the wrapped pen."""
        self.inner.sync()

    def close(self, status: Status, duration: float) -> None:
        """Close the wrapped pen, what was held being the last that it writes."""
        if self._gathered and not self._is_tried:
            self._is_tried = True  # once: who comes again, after an interrupt, takes one step after the other
            try:
                self.inner.close_with(self._gathered, status, duration)
            except (Exception, SystemExit) as problem:  # noqa: BLE001 - one record too long, or anything
                let_go(problem)
            else:
                self._gathered = None
                return
        try:
            self.release()
        finally:
            self.inner.close(status, duration)

    def _tell(self) -> None:
        """Record how many secrets were found since the last time."""
        new = self.found - self._told
        if new:
            self._told += new
            self.inner.append(event.REDACTED, new)

    def _metric(self, name: str) -> str:
        clean = self._name(name)
        if clean == name:
            self.plain.add(name)
        return clean

    def _sources(self, sources: Mapping[str, str]) -> dict[str, str]:
        plain = KNOWN.plain()  # most of it is known: nothing is called for that
        return {
            name if name in plain else self._name(name): text if text in plain else self._text(text)
            for name, text in sources.items()
        }

    def _name(self, name: str) -> str:
        clean, found = self._names.clean(name)
        self.found += found
        return clean

    def _text(self, text: str) -> str:
        clean, found = redact(text)
        self.found += found
        return clean

    def _append(self, kind: str, value: Json, sources: Mapping[str, str]) -> None:
        try:
            self.inner.append(kind, value, sources or None)
        except LimitExceeded:
            if kind in _DIVISIBLE and isinstance(value, Mapping) and len(names := list({**value, **sources})) > 1:
                for part in _halves(names):
                    self._append(kind, _of(value, part), _of(sources, part))
            else:
                self.inner.append(kind, _shortened(value), None)

    def _point(self, values: list[tuple[str, Json]], step: int | None) -> None:
        try:
            self.inner.point(dict(values), step)
        except LimitExceeded:
            if len(values) < 2:
                raise
            for part in _halves(values):
                self._point(part, step)


def clean_start(start: Mapping[str, Json]) -> tuple[Mapping[str, Json], int]:
    """Return a ``run.start`` value without secrets, and how many were in it."""
    clean: Any  # as much of a mapping as it was
    clean, found = redact_json(start)
    return clean, found


def annotate(store: Store, run_id: str, kind: str, value: Json) -> None:
    """Record a later change of a run, without the secrets in it; see ``Store.annotate``."""
    annotate_all(store, [(run_id, kind, value)])


def annotate_all(store: Store, changes: Sequence[Change]) -> None:
    """Record later changes of runs, without the secrets in them; see ``Store.annotate_all``."""
    cleaned: list[Change] = []
    for run_id, kind, value in changes:
        clean, found = redact_json(value)
        cleaned.append((run_id, kind, clean))
        if found:
            cleaned.append((run_id, event.REDACTED, found))
    store.annotate_all(cleaned)


def _halves(items: list[_Item]) -> tuple[list[_Item], list[_Item]]:
    middle = len(items) // 2
    return items[:middle], items[middle:]


def _of(values: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _shortened(value: Json) -> Json:
    """Return a value with its long texts cut."""
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return f"{head(value, _LONGEST_TEXT)}… ({len(value):,} characters)"
    if isinstance(value, Mapping):
        return {name: _shortened(item) for name, item in value.items()}
    return value
