"""What has changed of the runs that a comparison shows: small payloads, at a cost that is a small part of the time.

    {"do": "news", "state": n, "payload": the changed runs as `view/payload.py` packs them, or null,
     "gone": [ids], "partial": true where the payload has only metrics and what the table says of each run,
     "points": [[run id, metric, step, value, seconds since the run began, points recorded so far], …]}

Each such message brings the page from state ``n - 1`` to ``n``. ``points`` are the last ones of series that grow, as
the runs' documents tell them; the points between two looks are read from the files when there is time for it, and
then the whole series comes with the payload.

A **look** asks the store, which costs calls of the system, each of which waits for its turn of the interpreter beside
code that never lets go of it. Between two looks a **glance** asks only the pens of this process how far the runs shown
have grown: no file, a fraction of a millisecond. It never tells anything that the next look would not tell as well.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NoReturn

from nbtrack.errors import MetricNotFound, NbtrackError
from nbtrack.model.fold import grown
from nbtrack.model.run import History, Run
from nbtrack.query.question import Question
from nbtrack.query.runs import Runs
from nbtrack.store.writing.at_hand import Growth, Hand
from nbtrack.view.label import label
from nbtrack.view.payload import Budget, comparison_payload

Message = dict[str, Any]
Series = tuple[str, str]  # the id of a run, and a metric

READING: Final = 0.007  # of the time is what reading histories takes
_PURSE: Final = 20.0  # seconds of work at most that are saved up for a long history
_PACE: Final = 1e-5  # seconds a point, before one was measured
_LEAST: Final = 3e-4  # seconds the shortest history takes
_NEWS: Final = Budget(room=None, least=0, source=60_000, curves=60_000, text=200, digits=10)
_MOVING: Final = frozenset(
    {
        "status",
        "duration",
        "ended",
        "metrics",
        "curves",
        "health",
        "condition",
        "warnings",
        "system",
        "sources",
        "sealed",
    }
)  # what changes while a run runs; everything else is worth the whole of it


class Follower:
    """Follows the answer to a question. One thread may look at a time.

    ``at_hand`` tells how far the runs have come that this process writes.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> follower = Follower(Question(store))
    >>> with nbtrack.start_run("one", store=store) as opened:
    ...     opened.log(f1=0.75)
    >>> [message["payload"]["runs"]["name"] for message in follower.look()], follower.look()
    ([['one']], [])
    """

    def __init__(
        self,
        question: Question,
        runs: Runs | None = None,
        *,
        spent: Callable[[], float] = time.thread_time,
        clock: Callable[[], float] = time.monotonic,
        at_hand: Callable[[], Hand] = Hand,
    ) -> None:
        self.question = question
        self._at_hand = at_hand
        self._hand = at_hand()
        self.behind = False  # whether something else happened in this process than a glance tells
        self._table = question.store.runs()
        self.runs = question.answer(self._table) if runs is None else runs
        self.state = 0  # of what the page has been told
        self.running = "running" in self.runs.statuses  # whether a run shown may still grow
        self.stale = False  # whether a whole payload would say more than all news did
        self._spent, self._clock = spent, clock
        self._open: dict[str, Run] = {}  # the runs that may grow, as the page has them
        self._told: dict[Series, int] = {}  # how many points a series had when it was last told of
        self._unread: dict[Series, int] = {}  # series with points that the page has not, and how many there are in all
        self._purse, self._since, self._pace = 0.05, clock(), _PACE
        self.reads = 0
        self.reading = 0.0  # seconds of work that they took
        self._remember(self.runs[at] for at, status in enumerate(self.runs.statuses) if status == "running")

    @property
    def covered(self) -> bool:
        """Whether this process writes every run shown that may grow, so that glances tell how far they are."""
        return bool(self._open) and self._open.keys() <= self._hand.runs.keys()

    def look(self) -> list[Message]:
        """Return what is new since the last look; raises nothing that a store, its disk or a filter may raise."""
        try:
            return self._look()
        except (NbtrackError, OSError):  # the filter names what no run has any more, the store is moved, the disk fails
            return []

    def glance(self) -> list[Message]:
        """Return how far runs of this process have grown, without a look at the store.

        What else there may be is for ``look``, which is due when ``behind`` says so.
        """
        hand = self._at_hand()
        self.behind |= hand.beside_points() != self._hand.beside_points()
        ours = [(run, hand.runs[run_id]) for run_id, run in self._open.items() if run_id in hand.runs]
        grew = [more for run, growth in ours if (more := _grown_to(run, growth)) is not run]
        points = [point for run in grew for point in self._grown(run)]
        return self._messages(grew, (), points, {}) if grew else []

    def whole(self, budget: Budget) -> Message:
        """Return all runs as they were at the last look, as a message that replaces whatever the page has."""
        self.stale = False
        return {
            "do": "news",
            "state": self.state,
            "whole": True,
            "payload": self.payload(budget),
            "running": self.running,
        }

    def payload(self, budget: Budget) -> dict[str, Any]:
        """Return the payload of all runs as they were at the last look, oldest first."""
        runs = [self._open.get(run.id, run) for run in oldest_first(self.runs)]
        return {**comparison_payload(runs, "", budget), "state": self.state}

    def _look(self) -> list[Message]:
        hand = self._at_hand()  # before the look: what happens meanwhile may be news for the next
        table = self.question.store.runs()
        self._hand, self.behind = hand, False
        changed: Sequence[Run] = ()
        gone: tuple[str, ...] = ()
        if table is not self._table and not _away(self.question.store):
            now = self.question.answer(table)
            changed, gone = now.since(self.runs)
            self._table, self.runs = table, now
            self._open = {run_id: run for run_id, run in self._open.items() if run_id not in gone}
            self.running = "running" in now.statuses
        points = [point for run in changed for point in self._grown(run)]
        histories = self._histories()
        again = {run_id for run_id, _ in histories} - {run.id for run in changed}
        touched = [*changed, *(run for run in self._those(again))] if again else list(changed)
        if not touched and not gone:
            return []
        return self._messages(touched, gone, points, histories)

    def _those(self, ids: set[str]) -> list[Run]:
        places = [at for at, run_id in enumerate(self.runs.ids) if run_id in ids]
        return [self.runs[at] for at in places]

    def _messages(
        self, runs: Sequence[Run], gone: Sequence[str], points: list[list[Any]], histories: Mapping[Series, History]
    ) -> list[Message]:
        """A run of which only numbers changed costs the page, and us, much less than a whole one."""
        light = [run for run in runs if self._only_moved(run)]
        ids = {run.id for run in light}
        heavy = [run for run in runs if run.id not in ids]
        self.stale |= bool(heavy or gone)
        self._remember(runs)
        messages = []
        if heavy or gone:
            messages.append(self._message(heavy, histories, {"gone": list(gone)}))
        if light:
            messages.append(self._message([_bare(run) for run in light], histories, {"partial": True}))
        messages[-1]["points"] = [point for point in points if (point[0], point[1]) not in histories]
        return messages

    def _message(self, runs: Sequence[Run], histories: Mapping[Series, History], more: Message) -> Message:
        self.state += 1
        told = [_with(run, histories) for run in oldest_first(runs)]
        payload = comparison_payload(told, "", _NEWS) if told else None
        return {"do": "news", "state": self.state, "payload": payload, "running": self.running, **more}

    def _only_moved(self, run: Run) -> bool:
        before = self._open.get(run.id)
        if before is None or run.status != "running":
            return False
        was: Mapping[str, Any] = before.document
        now: Mapping[str, Any] = run.document
        return all(now.get(key) == was.get(key) for key in now.keys() | was.keys() if key not in _MOVING)

    def _remember(self, runs: Any) -> None:
        """Keep the runs that may grow, to see later what of them did."""
        for run in runs:
            if run.status == "running":
                self._open[run.id] = run
            else:
                self._open.pop(run.id, None)
            for metric, curve in run.curves.items():
                self._told.setdefault((run.id, metric), curve["count"])

    # --- growing series

    def _grown(self, run: Run) -> list[list[Any]]:
        """Return the last point of each series that grew, and note those of which more is to be read."""
        began = run.started.timestamp()
        at = run.duration if run.duration is not None else max(0.0, time.time() - began)
        points = []
        for metric, curve in run.curves.items():
            key = run.id, metric
            told, count = self._told.get(key, 0), curve["count"]
            if count == told or count < 2:
                continue
            self._told[key] = count
            if count - told > 1 or run.status != "running":
                self._unread[key] = count
            value = _json(run.metrics.get(metric))
            points.append([run.id, label(metric, _NEWS.text), curve["step"], value, round(at, 3), count])
        return points

    def _histories(self) -> dict[Series, History]:
        """Read as many of the series that have grown as there is time for, those that lack most first."""
        now = self._clock()
        self._purse = min(_PURSE, self._purse + (now - self._since) * READING)
        self._since = now
        found: dict[Series, History] = {}
        for key, count in sorted(self._unread.items(), key=lambda item: -item[1]):
            if min(max(_LEAST, count * self._pace), _PURSE) <= self._purse:
                history = self._history(key, count)
                if history is not None:
                    found[key] = history
        return found

    def _history(self, key: Series, count: int) -> History | None:
        del self._unread[key]
        self.reads += 1
        before = self._spent()
        try:
            return self.question.store.points(*key)
        except (NbtrackError, OSError):  # it may be there at the next point
            return None
        finally:
            spent = self._spent() - before
            self._purse -= spent
            self.reading += spent
            self._pace = max(spent / max(count, 1), 1e-8) if count > 1000 else self._pace


def oldest_first(runs: Sequence[Run]) -> list[Run]:
    """Return runs in the order in which a comparison shows them."""
    return sorted(runs, key=lambda run: (run.started, run.id))


def _with(run: Run, histories: Mapping[Series, History]) -> Run:
    """Return the run with no other history than these."""

    def points(run_id: str, metric: str) -> History:
        return histories.get((run_id, metric)) or _unread(metric)

    return replace(run, _points=points)


def _unread(metric: str) -> NoReturn:
    raise MetricNotFound(metric)


def _grown_to(run: Run, growth: Growth) -> Run:
    document = grown(run.document, growth.curves)
    return run if document is run.document else Run.from_document(document, run._points, run._kept)  # noqa: SLF001 - the same run, later


def _bare(run: Run) -> Run:
    """Return the run without all that does not change while it runs."""
    document: Any = {**run.document, "data": [], "code": None, "environment": None, "hardware": {}, "artifacts": []}
    document.pop("slice", None)
    return replace(run, params={}, tags={}, cell=None, hardware={}, document=document)


def _away(store: Any) -> bool:
    """Whether a store's folder was moved, unmounted or removed, which is not to say that its runs were deleted."""
    path = getattr(store, "path", None)
    return path is not None and not path.exists()


def _json(value: Any) -> Any:
    return value if isinstance(value, int | float) and abs(value) < float("inf") else {"f": str(value)}
