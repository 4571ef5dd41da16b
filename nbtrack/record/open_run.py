"""A run while it is being written: the object that ``start_run`` gives and ``nbtrack.log`` acts on."""

import mimetypes
import stat
import time
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Concatenate, Final, Literal, NamedTuple, ParamSpec, Self, get_args

from nbtrack.errors import LimitExceeded, RunClosed, StoreError, UsageError
from nbtrack.model import event
from nbtrack.model.document import FOLDER
from nbtrack.model.ids import new_run_id
from nbtrack.model.tagged import Json
from nbtrack.record import active
from nbtrack.record.clean import CleanWriter
from nbtrack.record.credential_file import holds_credentials, is_named_for_credentials
from nbtrack.record.cutting import head
from nbtrack.record.failure import failure
from nbtrack.record.notice import notice
from nbtrack.record.patient import Discard
from nbtrack.record.program_signals import let_go
from nbtrack.record.redact import redact
from nbtrack.record.spread import spread, whole
from nbtrack.record.unasked import class_name
from nbtrack.record.values import key, to_json
from nbtrack.store.base import ObjectRef, Plotted, Store, Writer

Ending = Literal["finished", "failed", "interrupted"]
_ENDINGS: Final = get_args(Ending)
_MOST_SAID: Final = 100  # different warnings about what was logged; one more tells nobody anything
_LONGEST_TEXT: Final = 200
_CREDENTIALS: Final = "by its name it is a file of credentials"
_P = ParamSpec("_P")
_NONE: Final[AbstractSet[str]] = frozenset()


def _excused(method: Callable[Concatenate["OpenRun", _P], None]) -> Callable[Concatenate["OpenRun", _P], None]:
    """Have a method people call warn of our own failures, and go on: a cell must not end for a line of bookkeeping."""

    @wraps(method)
    def excused(self: "OpenRun", /, *args: _P.args, **named: _P.kwargs) -> None:
        try:
            method(self, *args, **named)
        except (RunClosed, UsageError):
            raise
        except (Exception, SystemExit) as problem:  # noqa: BLE001 - whatever it is
            let_go(problem)
            _excuse(method.__name__, problem)

    return excused


class OpenRun:
    """One run, open for writing. Use it as a context manager, or call ``finish`` yourself.

    Every method may be called from any thread. What a returned call recorded survives the death of the process.
    A value that cannot be recorded as it was meant is described or left out, with a warning on the run and a
    ``UserWarning``; the only thing these methods raise is ``RunClosed``, when the run has ended.

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
        self.logged: set[str] = set()  # metrics and
        self.given: set[str] = set()  # params recorded by hand, which capture must not record again
        self.started = time.monotonic()
        self._begin = begin
        self._then = then
        self._writer: CleanWriter | Discard | None = None
        self._append: Callable[[str, Json, Mapping[str, str] | None], None] = self._any_append
        self._point: Callable[[Mapping[str, Json], int | None], None] = self._any_point
        self._plain: AbstractSet[str] = _NONE  # metrics whose points may take the shortest way
        self._said: set[str] = set()
        self._ended = False

    @property
    def begun(self) -> bool:
        """Whether anything of this run is in the store yet."""
        return self._writer is not None

    @property
    def ended(self) -> bool:
        """Whether ``finish`` was called."""
        return self._ended

    @property
    def discards(self) -> bool:
        """Whether this run is recorded nowhere: tracking is off, or its store cannot be written."""
        return self.store is None or type(self._writer) is Discard

    @property
    def redactions(self) -> int:
        """How many secrets were kept from the store so far."""
        return self._writer.found if isinstance(self._writer, CleanWriter) else 0

    @property
    def writer(self) -> Writer:
        """The pen, which lets no secret through; the run begins in the store when it is first needed.

        Raises:
            RunClosed: the run has ended.
        """
        if self._writer is None or self._ended:
            try:
                self.begin()
            except (StoreError, OSError) as refusal:
                self._writer = Discard()
                notice(f"nbtrack does not record run {self.id}: {refusal}. Your code goes on.", RuntimeWarning)
        return self._writer  # type: ignore[return-value]  # begin has set it

    def begin(self) -> None:
        """Begin the run in the store now, instead of with its first record.

        Raises:
            RunClosed: the run has ended.
            StoreError: the store cannot be written.
        """
        if self._ended:
            raise RunClosed(f"run {self.id} has ended; start another with nbtrack.start_run()")
        if self._writer is not None:
            return
        pen = self._begin(self.id)
        self._writer = pen if type(pen) is Discard else CleanWriter(pen, self._refused)
        if isinstance(self._writer, CleanWriter):
            self._append, self._point, self._plain = self._writer.append, pen.point, self._writer.plain
            if self._then is not None and self.store is not None:
                self._then(self)

    def forgo(self) -> None:
        """Record nothing, unless something was recorded already; everything goes on as if it were."""
        if self._writer is None:
            self._writer = Discard()

    def log(self, metrics: Mapping[str, object] | None = None, /, *, step: int | None = None, **more: object) -> None:
        """Record one point of each metric, given as a mapping or as keywords.

        A mapping inside gives a metric for each of its numbers, ``val={"acc": 0.9}`` the metric ``val.acc``. What is no
        number at all is described as a single value of the metric, and a warning says so.

        Args:
            metrics: names and numbers; NumPy and torch scalars are numbers too.
            step: position on the x axis, an integer; left out, each call continues the series by one.
            more: further metrics as keywords.

        Raises:
            RunClosed: the run has ended.
        """
        self.add(more if metrics is None else self._merged("log", metrics, more), step)

    def add(self, given: Mapping[str, object], step: int | None) -> None:
        """Do what ``log`` does, for a mapping that nobody else holds: the path of every point, kept short."""
        known = self._plain
        for name, value in given.items():
            if type(value) is not float or name not in known:
                self._add_any(given, step)
                return
        if step is not None and type(step) is not int:
            self._add_any(given, step)
            return
        try:
            self._point(given, step)  # type: ignore[arg-type]  # all values are floats
        except (Exception, SystemExit):  # noqa: BLE001 - too many metrics for one record, a step of thousands of digits, anything
            self._add_any(given, step)

    def point(self, values: Mapping[str, Json], step: int | None) -> None:
        """Record points that capture found, by the shortest way; they stay capture's own.

        Raises:
            RunClosed: the run has ended.
        """
        if values.keys() <= self._plain:
            self._point(values, step)
        else:
            self.writer.point(values, step)

    def points(self, rows: Sequence[Plotted]) -> None:
        """Record points that capture found, many at a time.

        Raises:
            RunClosed: the run has ended.
        """
        self.writer.points(rows)

    @_excused
    def _add_any(self, given: Mapping[str, object], step: object) -> None:
        """Record values of any kind: numbers as points, and the rest as what can be told of it."""
        writer = self.writer
        if self.discards:
            return
        found = spread(given)
        at = None if step is None else whole(step)
        if step is not None and at is None:
            self._say("step", f"step is no integer: {class_name(type(step))} {to_json(step)}")
        if found.numbers:
            writer.point(found.numbers, at)
            self.logged.update(found.numbers)
        if found.others:
            self.record_metrics(found.others, {})
            for name, problem in found.problems.items():
                self._say(f"metric {name}", f"metric {name!r} is no number: {problem}")
        self.logged.update(map(key, given))

    def _any_append(self, kind: str, value: Json, sources: Mapping[str, str] | None) -> None:
        self.writer.append(kind, value, sources)

    def _any_point(self, values: Mapping[str, Json], step: int | None) -> None:
        self.writer.point(values, step)

    @_excused
    def log_params(self, params: Mapping[str, object] | None = None, /, **more: object) -> None:
        """Record parameters, given as a mapping or as keywords. Any value goes; logging a name again changes it."""
        given = more if params is None else self._merged("log_params", params, more)
        self.record_params(given, "log_params")
        self.given.update(map(key, given))

    def record_params(self, params: Mapping[str, object], source: str | Mapping[str, str]) -> None:
        """Record parameters with where they came from: one text for all, or one each."""
        if not params:
            return
        values = {key(name): to_json(value) for name, value in params.items()}
        sources = {key(name): source if isinstance(source, str) else source.get(name, "") for name in params}
        self.record(event.PARAMS, values, sources)

    def record_metrics(self, metrics: Mapping[str, Json], sources: Mapping[str, str]) -> None:
        """Record single values that capture found, and where each - or a series to come - came from."""
        if metrics or sources:
            texts = {key(name): text for name, text in sources.items()}
            self.record(event.METRICS, {key(name): value for name, value in metrics.items()}, texts)

    @_excused
    def log_artifact(self, path: str | Path, name: str | None = None) -> None:
        """Keep a copy of a file or of a whole folder with the run, under ``name`` (default: its own name).

        What is no regular file, cannot be read or is by its name a file of credentials is not kept; a warning says so.
        Bytes that the store has already take no room, and an unchanged file is not read again.

        Raises:
            RunClosed: the run has ended.
        """
        _ = self.writer
        if self.store is None or self.discards:
            return
        try:
            file = Path(path)
            artifact = _kept_folder(self.store, file) if file.is_dir() else _kept_file(self.store, file)
        except Exception as problem:  # noqa: BLE001 - the path may be anything; what it is must not stop the caller
            self._say(f"artifact {key(path)}", f"artifact {key(path)!r} was not kept: {_reason(problem)}")
            return
        label = key(name or file.name or file.absolute().name)
        self.record(event.ARTIFACT, {"name": label, **artifact.members})
        if artifact.left_out:
            self._say(f"folder {label}", f"of folder {label!r} was not kept: {artifact.left_out}")

    def keep(self, name: str, content: str | bytes, media_type: str = "text/plain") -> ObjectRef | None:
        """Keep text, secrets removed, or bytes as an artifact; returns where, or None where nothing is recorded."""
        kept = self.hold(content)
        if kept is not None:
            label = key(name)
            self.record(event.ARTIFACT, {"name": label, **kept.members(), "media_type": media_type})
        return kept

    def hold(self, content: str | bytes) -> ObjectRef | None:
        """Put text, secrets removed, or bytes into the store, for a record that will name them."""
        writer = self.writer
        if self.store is None or not isinstance(writer, CleanWriter):
            return None
        if isinstance(content, str):
            content = writer.clean(content).encode("utf-8", "replace")
        return self.store.put(content)

    @_excused
    def set_tags(self, tags: Mapping[str, object] | None = None, /, **more: object) -> None:
        """Set tags, given as a mapping or as keywords; None removes one."""
        given = more if tags is None else self._merged("set_tags", tags, more)
        self.record(event.TAGS, {key(name): to_json(value) for name, value in given.items()})

    @_excused
    def note(self, text: str) -> None:
        """Write the run's note, Markdown; it replaces the one before."""
        self.record(event.NOTE, text if type(text) is str else key(text))

    def warn(self, text: str) -> None:
        """Record that something could not be captured; it is shown wherever the run is."""
        self.record(event.WARNING, text)

    def fail(self, error: BaseException, text: str | None = None) -> None:
        """Record the error that ended the run, with its traceback, secrets removed."""
        self.record(event.ERROR, failure(error, text))

    def record(self, kind: str, value: Json, sources: Mapping[str, str] | None = None) -> None:
        """Record any other event of ``model.event``, secrets removed."""
        try:
            self._append(kind, value, sources)
        except LimitExceeded as problem:
            self._refused(kind, problem)

    def gather(self) -> None:
        """Hold what this thread records from now on, until ``release`` or the end; points are never held.

        For what describes a cell when it begins and when it is over: some ten records that one call of the system takes
        as well. Another thread's records, and points, are in the store when the call returns, as ever.
        """
        if isinstance(self._writer, CleanWriter):
            self._writer.gather()

    def release(self) -> None:
        """Record what was held."""
        if isinstance(self._writer, CleanWriter):
            self._writer.release()

    def _refused(self, kind: str, problem: LimitExceeded) -> None:
        self._say(f"limit {kind}", f"{kind} was not recorded: {problem}")

    def finish(self, status: Ending = "finished") -> None:
        """End the run. Ending it twice does nothing; a run in which nothing was ever begun leaves no trace.

        A call that was interrupted may be made again.

        Raises:
            UsageError: ``status`` is none a run can end with.
        """
        if status not in _ENDINGS:
            raise UsageError(f"a run cannot end as {to_json(status)!r}; it can be {', '.join(_ENDINGS)}")
        if not self._ended:
            if self._writer is not None:
                self._writer.close(status, round(time.monotonic() - self.started, 6))
            self._ended = True
            self._append, self._point, self._plain = self._any_append, self._any_point, _NONE

    def __enter__(self) -> Self:
        """Make this the active run; it begins in the store at once."""
        self.begin()
        active.push(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the run: failed or interrupted when an exception passes, which goes on its way."""
        active.pop(self)
        try:
            if error is not None and not self._ended:
                self.fail(error)
        finally:
            self._finish_surely(ending_of(error), error)

    def _finish_surely(self, status: Ending, passing: BaseException | None) -> None:
        """End the run even when interrupted meanwhile; never in place of an exception that passes."""
        try:
            self.finish(status)
        except KeyboardInterrupt:
            self.finish(status)
            raise
        except Exception as problem:
            if passing is None:
                raise
            notice(f"nbtrack could not end run {self.id}: {problem}", RuntimeWarning)

    def nowhere(self) -> "OpenRun":
        """Return a run that takes everything and records nothing, for what goes on after this one ended."""
        return OpenRun(None, lambda _: Discard())

    def _merged(self, verb: str, given: object, more: Mapping[str, object]) -> Mapping[str, object]:
        """Return mapping and keywords as one; what is no mapping is left out."""
        try:
            return {**given, **more}  # type: ignore[dict-item]  # the except is the check
        except Exception:  # noqa: BLE001 - a mapping may be the user's own class
            self._say(verb, f"{verb} takes a mapping of names to values, not {class_name(type(given))}")
            return more

    def _say(self, about: str, text: str) -> None:
        """Say once, on the run and to the person, that something was not recorded as it was meant."""
        if about in self._said or len(self._said) >= _MOST_SAID or self.discards:
            return
        self._said.add(about)
        short = text if len(text) <= _LONGEST_TEXT else f"{head(text, _LONGEST_TEXT)}…"
        self.warn(short)
        notice(f"nbtrack: {redact(short)[0]}")

    def __repr__(self) -> str:
        """Say which run this is and whether it is still open."""
        return f"<OpenRun {self.id} {'ended' if self._ended else 'open'}>"


def ending_of(error: BaseException | None) -> Ending:
    """Return how a run ended by ``error`` is called. An interrupted ``await`` arrives as asyncio's CancelledError."""
    if error is None:
        return "finished"
    names = {class_name(kind) for kind in type.mro(type(error))}
    return "interrupted" if names & {"KeyboardInterrupt", "CancelledError"} else "failed"


def _excuse(what: str, problem: BaseException) -> None:
    notice(f"nbtrack: {what.lstrip('_')} failed and was not recorded: {type(problem).__name__}", RuntimeWarning)


class _Artifact(NamedTuple):
    """What a record says of a file or folder that was kept, and what of a folder was not."""

    members: dict[str, Json]
    left_out: str = ""


def _kept_file(store: Store, file: Path) -> _Artifact:
    if not stat.S_ISREG(file.stat().st_mode):
        raise UsageError("it is not a regular file")
    if holds_credentials(file):
        raise UsageError(_CREDENTIALS)
    media = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return _Artifact({**store.put(file).members(), "media_type": media})


def _kept_folder(store: Store, folder: Path) -> _Artifact:
    from nbtrack.store.objects.folders import OURS, keep_folder  # noqa: PLC0415 - most runs keep no folder

    ref, manifest = keep_folder(store, folder, lambda path: _CREDENTIALS if is_named_for_credentials(path) else None)
    counts: dict[str, Json] = {"files": len(manifest.files), "total": manifest.total}
    reasons = [f"{entry.path} ({entry.left_out})" for entry in manifest.left_out if entry.left_out != OURS]
    more = f" and {len(reasons) - 2} more" if len(reasons) > 2 else ""
    return _Artifact({**ref.members(), "media_type": FOLDER, **counts}, ", ".join(reasons[:2]) + more)


def _reason(problem: Exception) -> str:
    words = problem.strerror if isinstance(problem, OSError) else None
    return words or str(failure(problem)["message"])
