"""One page's conversation about one store: comparisons that are kept up to date, and questions with one answer.

What the page sends, as JSON objects (``docs/lab-protocol.md``, ``tests/golden/lab-protocol.json``):

    {"do": "open", "channel": c, "ask": a filter or ids}     follow the answer; told in whole, and then what changes;
                                                             with "detail": true also sources, curves and facts
    {"do": "hello", "channel": c, "state": n}                say what has come since state n, or that nothing has
    {"do": "edit", "channel": c, "number": k, "change": …}   change a tag or a note, archive; as ``hosts.annotating``
    {"do": "close", "channel": c}                            follow it no more
    {"do": "seen", "seen": false}                            nobody looks at the page: look for nothing until true
    {"do": "ask", "number": k, "what": …, …}                 one of ``hosts.server.answers``
    {"do": "reproduce", "number": k, "run": id}              run its program again; told how it goes, then the verdict;
                                                             "environment": "restore" (so without it) or "current"
    {"do": "stop", "number": k}                              interrupt that

What it is told carries ``channel`` and is what a kernel tells a live comparison (``view.follow``: ``news``, ``here``,
``done``), or ``{"do": "refused", "channel": c, "problem": text}``; an ask gets ``{"do": "answer", "number": k}`` with
``value`` or ``problem``, a reproduction some ``{"do": "progress", "number": k, "text": …}`` before it.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from nbtrack.errors import NbtrackError, UsageError
from nbtrack.hosts.annotating import record_change
from nbtrack.hosts.server.answers import ANSWERS, SLOW, Asked
from nbtrack.hosts.server.reproducing import Reproduction
from nbtrack.query.question import Question, question_of
from nbtrack.query.runs import Runs, run
from nbtrack.store.base import Store
from nbtrack.view.follow import Follower
from nbtrack.view.overview import overview
from nbtrack.view.payload import Budget

Message = Mapping[str, Any]
Tell = Callable[[dict[str, Any]], object]

MOST: Final = 12  # channels of a page
_NAME: Final = 100  # characters
_QUESTION: Final = 10_000
_AHEAD: Final = 300  # runs that a long list shows before all are packed
_ASIDE: Final = 8  # answers of a page that are being made at once
_WHOLE: Final = Budget(room=4_000_000, least=60_000, source=600_000, curves=600_000, text=200, digits=10)


class Rights(NamedTuple):
    """What whoever sits at the page may do beside reading."""

    write: bool = False
    execute: bool = False


class Desk:
    """A page's channels. One thread at a time may use it.

    ``tell`` takes what the page is to be told, from any thread. ``aside`` does what takes seconds, in another thread.
    """

    def __init__(
        self,
        store: Store,
        notebook: str,
        tell: Tell,
        rights: Rights,
        aside: Callable[[Callable[[], object]], object] = lambda job: job(),
    ) -> None:
        self.store, self.notebook, self.rights = store, notebook, rights
        self.seen = True
        self._tell, self._aside = tell, aside
        self._asked = 0  # questions that are being answered aside
        self._channels: dict[str, Follower] = {}
        self._detailed: set[str] = set()  # the channels that show comparisons
        self._at_work: dict[int, Reproduction] = {}

    @property
    def running(self) -> bool:
        """Whether a run that the page shows may still grow."""
        return any(follower.running for follower in self._channels.values())

    @property
    def watching(self) -> bool:
        """Whether anybody looks at anything."""
        return self.seen and bool(self._channels)

    def receive(self, message: Any) -> None:
        """Do what a page asks; whatever it sent, it gets an answer and nothing is raised."""
        match message:
            case {"do": "open", "channel": str(name), "ask": str(ask)} if len(name) <= _NAME:
                self._refusable(name, lambda: self._open(name, ask, whole=message.get("detail") is True))
            case {"do": "hello", "channel": str(name), "state": int(state)} if name in self._channels:
                self._refusable(name, lambda: self._hello(name, state))
            case {"do": "edit", "channel": str(name), "number": int(number), "change": change}:
                self._edit(name, number, change)
            case {"do": "close", "channel": str(name)}:
                self._channels.pop(name, None)
            case {"do": "seen", "seen": bool(seen)}:
                self.seen = seen
            case {"do": "ask", "number": int(number), "what": str(what)}:
                self._ask(number, what, message)
            case {"do": "reproduce", "number": int(number), "run": str(named)}:
                self._reproduce(number, named, message.get("environment", "restore"))
            case {"do": "stop", "number": int(number)} if number in self._at_work:
                self._at_work[number].stop()
            case _:
                self._tell({"do": "refused", "channel": None, "problem": "this is not a message of nbtrack's panel"})

    def step(self) -> bool:
        """Look for news, and tell; tell whether there was any."""
        if not self.watching:
            return False
        news = False
        for name in list(self._channels):
            for message in self._channels[name].look():
                self._say(name, message)
                news = True
        return news

    # --- channels

    def _open(self, name: str, ask: str, *, whole: bool) -> None:
        if len(ask) > _QUESTION:
            raise UsageError(f"a filter of {len(ask):,} characters is too long; {_QUESTION:,} fit")
        if name not in self._channels and len(self._channels) >= MOST:
            raise UsageError(f"{MOST} comparisons are open here; close one first")
        question = question_of(ask, self.store)[1] if ask.strip() else Question(self.store)
        follower = Follower(question)
        self._channels[name] = follower
        (self._detailed.add if whole else self._detailed.discard)(name)
        if not whole and len(follower.runs) > 2 * _AHEAD:
            self._say(name, _newest(follower.runs))
        self._say(name, self._whole(name))

    def _whole(self, name: str) -> dict[str, Any]:
        """Return all that a channel shows: of a comparison everything, of a list what it shows and filters by."""
        follower = self._channels[name]
        if name in self._detailed:
            return follower.whole(_WHOLE)
        payload = {**overview(follower.runs), "state": follower.state}
        return {"do": "news", "state": follower.state, "whole": True, "payload": payload, "running": follower.running}

    def _hello(self, name: str, state: int) -> None:
        follower = self._channels[name]
        if state == follower.state:
            self._say(name, {"do": "here", "running": follower.running})
        else:
            follower.look()
            self._say(name, self._whole(name))

    def _edit(self, name: str, number: int, change: Any) -> None:
        problem = attempt(lambda: self._change(name, change))
        self._say(
            name, {"do": "done", "number": number} | ({} if problem is None else {"problem": f"Not saved: {problem}"})
        )

    def _change(self, name: str, change: Any) -> None:
        follower = self._channels.get(name)
        if follower is None:
            raise UsageError("this comparison is not open any more; open it again")
        if not self.rights.write:
            raise UsageError("this server lets you read runs, not change them")
        record_change(self.store, change, frozenset(follower.runs.ids))

    # --- questions

    def _ask(self, number: int, what: str, message: Message) -> None:
        asked = Asked(self.store, self.notebook, message)
        if what not in SLOW:
            self._answer(number, what, asked)
        elif self._asked >= _ASIDE:
            self._tell({"do": "answer", "number": number, "problem": "too much is being made already; wait for it"})
        else:
            self._asked += 1
            self._aside(partial(self._answer_aside, number, what, asked))

    def _answer_aside(self, number: int, what: str, asked: Asked) -> None:
        try:
            self._answer(number, what, asked)
        finally:
            self._asked -= 1

    def _answer(self, number: int, what: str, asked: Asked) -> None:
        answer: dict[str, Any] = {"do": "answer", "number": number}
        problem = attempt(lambda: answer.update(value=_value(what, asked)))
        self._tell(answer if problem is None else {**answer, "problem": problem})

    def _reproduce(self, number: int, name: str, environment: Any) -> None:
        problem = attempt(lambda: self._start(number, name, environment))
        if problem is not None:
            self._tell({"do": "answer", "number": number, "problem": problem})

    def _start(self, number: int, name: str, environment: Any) -> None:
        if not self.rights.execute:
            raise UsageError("this server does not let you run code")
        if environment not in ("restore", "current"):
            raise UsageError(f"the environment is 'restore' or 'current', not {str(environment)[:80]!r}")
        if self._at_work:
            raise UsageError("a run is being reproduced already; wait for it, or stop it")
        path = getattr(self.store, "path", None)
        if path is None:
            raise UsageError("a store in memory has nothing to reproduce from")
        found = run(name, self.store)
        told, done = partial(self._progress, number), partial(self._reproduced, number)
        self._at_work[number] = Reproduction(found.id, path, told, done, environment)

    def _progress(self, number: int, text: str) -> None:
        self._tell({"do": "progress", "number": number, "text": text})

    def _reproduced(self, number: int, verdict: dict[str, Any] | None, problem: str) -> None:
        self._at_work.pop(number, None)
        told = {"problem": problem or "it said nothing"} if verdict is None else {"value": verdict}
        self._tell({"do": "answer", "number": number, **told})

    def close(self) -> None:
        """Stop what is at work: nobody is there to see its end."""
        for each in list(self._at_work.values()):
            each.stop()

    def _refusable(self, name: str, do: Callable[[], object]) -> None:
        problem = attempt(do)
        if problem is not None:
            self._say(name, {"do": "refused", "problem": problem})

    def _say(self, name: str, message: Mapping[str, Any]) -> None:
        self._tell({**message, "channel": name})


def attempt(do: Callable[[], object]) -> str | None:
    """Do something for a page, and return None, or in words why it could not be done.

    Whatever a message or a record holds that nobody thought of, the page hears of it and the next one is answered.
    """
    try:
        do()
    except (NbtrackError, OSError) as problem:
        return str(problem) or type(problem).__name__
    except Exception as problem:  # noqa: BLE001 - as above
        return f"nbtrack could not do it: {type(problem).__name__}: {str(problem)[:300]}"
    return None


def _newest(runs: Runs) -> dict[str, Any]:
    """Return the runs that stand first in a list, of which it says how many are to follow at once; it is no state."""
    payload = {**overview(runs.oldest_first()[-_AHEAD:]), "state": -1}
    return {"do": "news", "state": -1, "whole": True, "of": len(runs), "payload": payload, "running": False}


def _value(what: str, asked: Asked) -> Any:
    if what not in ANSWERS:
        raise UsageError(f"no answer to {what[:80]!r} here: the page is of another version of nbtrack; reload it")
    return ANSWERS[what](asked)
