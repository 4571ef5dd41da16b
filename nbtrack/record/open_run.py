"""A run while it is being written: the object that ``start_run`` gives and ``nbtrack.log`` acts on."""

import mimetypes
import stat
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from nbtrack.errors import RunClosed, UsageError
from nbtrack.model import event
from nbtrack.model.ids import new_run_id
from nbtrack.model.tagged import Json
from nbtrack.record import active
from nbtrack.record.patient import Discard
from nbtrack.record.redact import redact, redact_json
from nbtrack.record.values import key, number, to_json
from nbtrack.store.base import Store, Writer

Ending = Literal["finished", "failed", "interrupted"]
_PLAIN_NAME = 100  # a name this short needs no look at its bytes: it is within the limit in any encoding
_SECRET_FILES = (
    ".env*",
    ".netrc",
    ".pypirc",
    "id_rsa*",
    "id_ed25519*",
    "*.pem",
    "*.p12",
    "kaggle.json",
    "credentials*",
)


class OpenRun:
    """One run, open for writing. Use it as a context manager, or call ``finish`` yourself.

    Every method may be called from any thread. What a returned call recorded survives the death of the process.

    >>> import nbtrack
    >>> with nbtrack.start_run("demo", store=nbtrack.MemoryStore()) as run:
    ...     run.log_params(lr=0.1)
    ...     for step in range(3):
    ...         run.log(loss=1 / (step + 1), step=step)
    """

    def __init__(
        self, store: Store | None, begin: Callable[[str], Writer], then: Callable[["OpenRun"], None] | None = None
    ) -> None:
        self.id = new_run_id()
        self.store = store
        self.redactions = 0
        self.logged: set[str] = set()  # metrics and
        self.given: set[str] = set()  # params recorded by hand, which capture must not record again
        self.started = time.monotonic()
        self._begin = begin
        self._then = then
        self._writer: Writer | None = None
        self._ended = False

    @property
    def begun(self) -> bool:
        """Whether anything of this run is in the store yet."""
        return self._writer is not None

    @property
    def discards(self) -> bool:
        """Whether this run is recorded nowhere: tracking is off, or its store cannot be written."""
        return self.store is None or isinstance(self._writer, Discard)

    @property
    def writer(self) -> Writer:
        """The pen; the run begins in the store when it is first needed."""
        if self._ended:
            raise RunClosed(f"run {self.id} has ended; start another with nbtrack.start_run()")
        if self._writer is None:
            self._writer = self._begin(self.id)
            if self._then is not None and not self.discards:
                self._then(self)
        return self._writer

    def log(self, metrics: Mapping[str, object] | None = None, /, *, step: int | None = None, **more: object) -> None:
        """Record one point of each metric, given as a mapping or as keywords.

        Args:
            metrics: names and numbers; NumPy and torch scalars are numbers too.
            step: position on the x axis, an integer; left out, each call continues the series by one.
            more: further metrics as keywords.

        Raises:
            UsageError: a value is not a number, or ``step`` not an integer; nothing of the call is recorded.
            RunClosed: the run has ended.
        """
        self.add(more if metrics is None else {**metrics, **more}, step)

    def add(self, given: Mapping[str, object], step: int | None) -> None:
        """Do what ``log`` does, for a mapping that nobody else holds: the path of every point, kept short."""
        for name, value in given.items():
            if type(value) is not float or type(name) is not str or len(name) > _PLAIN_NAME:
                given = _points(given)
                break
        if step is not None and type(step) is not int:
            step = _step(step)
        (self._writer if self._writer is not None and not self._ended else self.writer).point(given, step)  # type: ignore[arg-type]  # all values are JSON numbers now
        self.logged.update(given)

    def log_params(self, params: Mapping[str, object] | None = None, /, **more: object) -> None:
        """Record parameters, given as a mapping or as keywords. Any value goes; logging a name again changes it."""
        given = {**(params or {}), **more}
        self.record_params(given, "log_params")
        self.given.update(map(str, given))

    def record_params(self, params: Mapping[str, object], source: str | Mapping[str, str]) -> None:
        """Record parameters with where they came from: one text for all, or one each."""
        if not params:
            return
        values, hidden = redact_json({key(name): to_json(value) for name, value in params.items()})
        self.redactions += hidden
        sources = {name: source if isinstance(source, str) else redact(source.get(name, ""))[0] for name in params}
        self.writer.append(event.PARAMS, values, {key(name): text for name, text in sources.items()})

    def record_metrics(self, metrics: Mapping[str, Json], sources: Mapping[str, str]) -> None:
        """Record single values that capture found, and where each - or a series to come - came from."""
        if metrics or sources:
            texts = {key(name): self._clean(text) for name, text in sources.items()}
            self.writer.append(event.METRICS, {key(name): value for name, value in metrics.items()}, texts)

    def log_artifact(self, path: str | Path, name: str | None = None) -> None:
        """Keep a copy of a file with the run, under ``name`` (default: the file's own name).

        Raises:
            UsageError: ``path`` is not a regular file, or its name says that it holds credentials.
        """
        _ = self.writer
        file = Path(path)
        _refuse(file)
        if self.store is None or self.discards:
            return
        kept = self.store.put(file)
        media = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        label = self._clean(key(name or file.name))
        self._append_clean(
            event.ARTIFACT, {"name": label, "sha256": kept.sha256, "size": kept.size, "media_type": media}
        )

    def set_tags(self, tags: Mapping[str, object] | None = None, /, **more: object) -> None:
        """Set tags, given as a mapping or as keywords; None removes one."""
        given = {**(tags or {}), **more}
        self._append_clean(event.TAGS, {key(name): to_json(value) for name, value in given.items()})

    def note(self, text: str) -> None:
        """Write the run's note, Markdown; it replaces the one before."""
        self._append_clean(event.NOTE, str(text))

    def warn(self, text: str) -> None:
        """Record that something could not be captured; it is shown wherever the run is."""
        self._append_clean(event.WARNING, text)

    def fail(self, error: BaseException, text: str | None = None) -> None:
        """Record the error that ended the run, with its traceback, secrets removed."""
        trace = text if text is not None else "".join(traceback.format_exception(error))
        message = _message_of(error)
        self._append_clean(
            event.ERROR, {"type": type(error).__name__, "message": message, "traceback": trace[-16_000:]}
        )

    def record(self, kind: str, value: Json) -> None:
        """Record any other event of ``model.event``, secrets removed."""
        self._append_clean(kind, value)

    def finish(self, status: Ending = "finished") -> None:
        """End the run. Ending it twice does nothing; a run in which nothing was ever begun leaves no trace."""
        if not self._ended:
            self._ended = True
            if self._writer is not None:
                self._writer.close(status, round(time.monotonic() - self.started, 6))

    def __enter__(self) -> Self:
        """Make this the active run; it begins in the store at once."""
        _ = self.writer
        active.push(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the run: failed or interrupted when an exception passes, which goes on its way."""
        active.pop(self)
        if error is not None and not self._ended:
            self.fail(error)
        self.finish(ending_of(error))

    def _append_clean(self, kind: str, value: Json) -> None:
        clean, hidden = redact_json(value)
        self.redactions += hidden
        self.writer.append(kind, clean)

    def _clean(self, text: str) -> str:
        clean, hidden = redact(text)
        self.redactions += hidden
        return clean

    def __repr__(self) -> str:
        """Say which run this is and whether it is still open."""
        return f"<OpenRun {self.id} {'ended' if self._ended else 'open'}>"


def ending_of(error: BaseException | None) -> Ending:
    """Return how a run ended by ``error`` is called. An interrupted ``await`` arrives as asyncio's CancelledError."""
    if error is None:
        return "finished"
    names = {kind.__name__ for kind in type(error).__mro__}
    return "interrupted" if names & {"KeyboardInterrupt", "CancelledError"} else "failed"


def _points(given: Mapping[str, object]) -> dict[str, object]:
    return {key(name): _number(name, value) for name, value in given.items()}


def _number(name: object, value: object) -> Json:
    found = number(value)
    if found is None:
        shown = to_json(value)
        raise UsageError(
            f"metric {str(name)[:80]!r} needs a number, not {type(value).__name__} {str(shown)[:60]}; "
            "use log_params or set_tags for other values"
        )
    return found


def _step(step: object) -> int:
    try:
        whole = int(step)  # type: ignore[call-overload]  # any number-like; the except is the check
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"step must be an integer, not {type(step).__name__} {str(step)[:40]!r}") from None
    if whole != step:
        raise UsageError(f"step must be an integer, not {step!r}")
    return int(whole)


def _refuse(file: Path) -> None:
    try:
        regular = stat.S_ISREG(file.stat().st_mode)
    except OSError as problem:
        raise UsageError(f"cannot read artifact {str(file)!r}: {problem.strerror or problem}") from None
    if not regular:
        raise UsageError(f"artifact {str(file)!r} is not a regular file; log its files one by one")
    if any(file.match(pattern) for pattern in _SECRET_FILES):
        raise UsageError(f"artifact {file.name!r} looks like a file of credentials and was not stored")


def _message_of(error: BaseException) -> str:
    """Exceptions are user code: their ``__str__`` may raise."""
    try:
        return str(error)[:2000]
    except Exception:  # noqa: BLE001 - anything may come out of a user's __str__
        return f"<{type(error).__name__} without a readable message>"
