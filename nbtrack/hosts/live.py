"""Comparisons that are kept up to date: what is shown where, what its page asks, and the thread that looks for news."""

import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from nbtrack.errors import NbtrackError
from nbtrack.hosts.annotating import record_change
from nbtrack.hosts.front_end import kernel_of
from nbtrack.hosts.rhythm import Rhythm, Standing
from nbtrack.hosts.turns import prompt
from nbtrack.hosts.widget import ComparisonWidget, Link, publish
from nbtrack.query.runs import Runs
from nbtrack.store.system import forks
from nbtrack.store.writing.at_hand import at_hand
from nbtrack.store.writing.turn import TURN
from nbtrack.view.bundle import Bundle
from nbtrack.view.compare import MARK, Comparison
from nbtrack.view.comparison import comparison_html
from nbtrack.view.follow import Follower, oldest_first
from nbtrack.view.payload import Budget

_TELLING: Final = 0.01  # of the time is what telling the whole takes, while runs are running
_SIGN: Final = 3.0  # seconds between two signs of life while runs are running
_SETTLED: Final = 1.0  # seconds without news, after which a saved output is brought up to date
_WHOLE: Final = 10.0  # seconds between two whole payloads while runs are running, at least
_EACH: Final = 7e-4  # seconds that a run takes in one, before it was measured
_RECENT: Final = 50  # messages that are kept for pages that missed them
_MOST: Final = 20  # comparisons that are kept up to date at once
_BUDGET: Final = Budget(room=400_000, least=60_000, source=120_000, curves=200_000, text=200, digits=10)


class Shown:
    """One comparison as it is shown: its output, and the links to the pages that show it."""

    def __init__(self, comparison: Comparison, follower: Follower, cell: str | None, request: str) -> None:
        self.comparison = comparison
        self.cell, self.request = cell, request
        self.name = f"nbt-{secrets.token_hex(6)}"  # of its element in the page
        self.display_id = f"nbtrack-{secrets.token_hex(12)}"
        self._follower = follower
        self._lock = threading.RLock()
        self._links: list[Link] = []
        self._recent: deque[dict[str, Any]] = deque(maxlen=_RECENT)
        self._saved = False
        self._moved = self._said = self._told = time.monotonic()
        self._telling = 0.0
        self._cost = len(follower.runs) * _EACH

    @property
    def runs(self) -> Runs:
        """The runs as they were at the last look."""
        return self._follower.runs

    @property
    def running(self) -> bool:
        """Whether a run shown may still grow."""
        return self._follower.running

    @property
    def apart(self) -> float:
        """Seconds of work that went to what has a share of the time of its own."""
        return self._follower.reading + self._telling

    def link(self) -> None:
        """Open the way to the page's comparison, anew where it is shown again: two would say everything twice."""
        old = [link for link in self._links if not isinstance(link, ComparisonWidget)]
        self._links = [link for link in self._links if link not in old]
        _let_go(old)
        self._links.append(Link(self.name, self._receive))
        self._join(self._links[-1])

    def moved_to(self, cell: str | None, request: str) -> None:
        """Note where it is shown now."""
        self.cell, self.request = cell, request

    def widget(self) -> ComparisonWidget:
        """Return a plain widget that shows the same."""
        made = ComparisonWidget(f"nbt-{secrets.token_hex(6)}", self._receive)
        self._links.append(made)
        self._join(made)
        return made

    def _join(self, link: Link) -> None:
        link.selected = [run.id for run in self.comparison.selected]
        link.observe(lambda change: self.comparison.select(change["new"]), "selected")

    def bundle(self) -> Bundle:
        """Return the output that is saved, with the runs as they are now."""
        with self._lock:
            self._tell(self._follower.look())
            self._follower.stale = False
            self._saved = True
            return comparison_html(
                oldest_first(self.runs), self.comparison.title, name=self.name, state=self._follower.state
            )

    def show_selected(self, ids: Sequence[str]) -> None:
        """Select the same runs wherever the comparison is shown."""
        for link in self._links:
            if link.selected != list(ids):
                link.selected = list(ids)

    def close(self) -> None:
        """Let the pages go."""
        links, self._links = self._links, []
        _let_go(links)
        self.comparison.settle()

    # --- what a page asks

    def _receive(self, link: Link, content: Any) -> None:
        WATCH.wake()
        match content:
            case {"do": "hello", "state": int(state)}:
                self._greet(link, state)
            case {"do": "edit", "number": int(number), "change": change}:
                self._edit(link, number, change)

    def _greet(self, link: Link, state: int) -> None:
        """Tell a page that is not up to date everything."""
        with self._lock:
            self._tell(self._follower.look())
            missed = [message for message in self._recent if message["state"] > state]
            if state == self._follower.state:
                link.tell({"do": "here", "running": self.running})
            elif missed and 0 <= state == missed[0]["state"] - 1:
                for message in missed:
                    link.tell(message)
            else:
                stale = self._follower.stale
                link.tell(self._follower.whole(_BUDGET))
                self._follower.stale = stale

    def _edit(self, link: Link, number: int, change: Any) -> None:
        answer = {"do": "done", "number": number}
        try:
            with self._lock:
                record_change(self._follower.question.store, change, frozenset(self.runs.ids))
                self._tell(self._follower.look())
        except (NbtrackError, OSError) as problem:
            answer["problem"] = f"Not saved: {problem}"
        link.tell(answer)

    # --- news

    @property
    def standing(self) -> Standing:
        """What its next look depends on."""
        return Standing(self.running, self._follower.covered, self._follower.behind)

    def step(self, *, look: bool = True) -> bool:
        """Look for news, or only glance, and tell the pages; tell whether there was any."""
        with self._lock:
            news = self._follower.look() if look else self._follower.glance()
            self._tell(news)
            now = time.monotonic()
            if news:
                self._moved = now
            elif self.running and now - self._said >= _SIGN:
                self._tell([{"do": "here", "running": True}])
            self._settle(now)
        return bool(news)

    def _tell(self, messages: Sequence[dict[str, Any]]) -> None:
        for message in messages:
            if message["do"] == "news" and not message.get("whole"):
                self._recent.append(message)
            for link in self._links:
                link.tell(message)
            self._said = time.monotonic()

    def _settle(self, now: float) -> None:
        """What all news together did not say - which params differ now, the facts beside them - is told in one go."""
        if not self._follower.stale:
            return
        if not self.running and now - self._moved >= _SETTLED:
            self._save()
        elif self.running and now - self._told >= max(_WHOLE, self._cost / _TELLING):
            before = time.thread_time()
            self._tell([self._follower.whole(_BUDGET)])
            self._cost = time.thread_time() - before
            self._told, self._telling = now, self._telling + self._cost

    def _save(self) -> None:
        """Bring the saved output up to date; what a person has in hand moves over (``static/compare/moving.js``)."""
        kernel = kernel_of()
        if self._saved and kernel is not None:
            self._tell([{"do": "saving", "running": False}])
            content = {
                "data": self.bundle().mimebundle(),
                "metadata": MARK,
                "transient": {"display_id": self.display_id},
            }
            publish(kernel, "update_display_data", content)
        plain = [link for link in self._links if isinstance(link, ComparisonWidget)]
        if plain or not self._saved:
            whole = self._follower.whole(_BUDGET)
            for link in plain:
                link.tell(whole)


def _let_go(links: Sequence[Link]) -> None:
    for link in links:
        with suppress(Exception):  # the kernel may be shutting down
            link.close()


class Watch:
    """One background thread of a process, there while a comparison that is shown may change, gone soon after."""

    def __init__(self) -> None:
        self._generation = forks.generation()
        self._reset()

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._shown: list[Shown] = []
        self._thread: threading.Thread | None = None
        self._hurry = threading.Event()
        self._ended = False

    def add(self, shown: Shown) -> None:
        """Keep a comparison up to date; an older one of the same cell's earlier execution is let go."""
        self._after_fork()
        with self._lock:
            again = [
                each for each in self._shown if shown.cell and each.cell == shown.cell and each.request != shown.request
            ]
            others = [each for each in self._shown if each not in again and each is not shown]
            old = [*again, *others[: -_MOST + 1]]
            self._shown = [*(each for each in self._shown if each not in old and each is not shown), shown]
        for each in old:
            each.close()
        self.wake()

    def wake(self) -> None:
        """Look now."""
        self._after_fork()
        with self._lock:
            if self._thread is None and self._shown:
                self._ended = False
                self._thread = threading.Thread(target=self._work, name="nbtrack-live", daemon=True)
                self._thread.start()
        self._hurry.set()

    def stop(self) -> None:
        """Let go of everything and return when the thread has ended."""
        self._after_fork()
        with self._lock:
            shown, self._shown = self._shown, []
            thread, self._ended = self._thread, True
        self._hurry.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(5)
        for each in shown:
            each.close()

    def _after_fork(self) -> None:
        """A forked child has no thread, and shows nothing."""
        if self._generation != forks.generation():
            with forks.renewing():
                if self._generation != forks.generation():
                    self._reset()
                    self._generation = forks.generation()

    def _work(self) -> None:
        rhythm, rest = Rhythm(time.monotonic()), 0.0
        while True:
            TURN.ask(rest)
            hurried = self._hurry.wait(rest)
            TURN.had()
            self._hurry.clear()
            with self._lock:
                if hurried:
                    rhythm.hurry(time.monotonic())
                if self._ended or not self._shown or rhythm.is_asleep(time.monotonic()):
                    self._thread = None
                    return
                shown = list(self._shown)
            self._once(shown, rhythm)
            rest = rhythm.rest(time.monotonic(), _standing(shown))

    def _once(self, shown: list[Shown], rhythm: Rhythm) -> None:
        """Look, or glance, once, and have the rhythm know what it took."""
        began, before, apart = time.monotonic(), time.thread_time(), sum(each.apart for each in shown)
        look = rhythm.is_look(began, _standing(shown))
        with prompt():
            news = self._step(shown, look=look)
        spent = time.thread_time() - before - (sum(each.apart for each in shown) - apart)
        (rhythm.looked if look else rhythm.glanced)(began, time.monotonic(), spent, news=news)

    def _step(self, shown: list[Shown], *, look: bool) -> bool:
        news = False
        for each in shown:
            with suppress(Exception):  # a page that was not told now is told at the next look
                news |= each.step(look=look)
        return news


def _standing(shown: Sequence[Shown]) -> Standing:
    """Return what the next look depends on, which is one for all."""
    each = [comparison.standing for comparison in shown]
    running = [standing for standing in each if standing.running]
    covered = bool(running) and all(standing.covered for standing in running)
    return Standing(bool(running), covered, any(standing.behind for standing in each))


WATCH = Watch()


def show_live(comparison: Comparison, cell: str | None) -> Shown | None:
    """Return what keeps a comparison up to date; None where its runs are in no store that could be asked."""
    kernel = kernel_of()
    if kernel is None or comparison.question is None:
        return None
    follower = Follower(comparison.question, at_hand=at_hand)
    if set(comparison.ids) - set(follower.runs.ids):
        return None
    shown = Shown(comparison, follower, cell, _request(kernel))
    WATCH.add(shown)
    return shown


def display(shown: Shown, cell: str | None) -> None:
    """Display a comparison as an output of the running cell, and let its page and this kernel find each other."""
    shown.moved_to(cell, _request(kernel_of()))
    WATCH.add(shown)  # it may have been let go
    from IPython.display import publish_display_data  # noqa: PLC0415 - only under IPython

    publish_display_data(  # type: ignore[no-untyped-call]  # IPython is untyped here
        shown.bundle().mimebundle(), metadata=MARK, transient={"display_id": shown.display_id}
    )
    shown.link()


def _request(kernel: Any) -> str:
    request = kernel.get_parent() if hasattr(kernel, "get_parent") else None
    header = request.get("header") if isinstance(request, dict) else None
    return str((header or {}).get("msg_id", ""))
