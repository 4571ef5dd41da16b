"""When a live comparison looks at its store again, and when it only glances at what this very process writes.

Both take a share of the time and no more: whoever trains beside them should not notice. A glance costs little, so the
page hears five times a second of what grows here, however long a look takes.
"""

from typing import Final, NamedTuple

SHARE: Final = 0.02  # of the time is what looks take; and what glances take
_SAVED: Final = 0.15  # seconds of looking that are saved up at most: the first look at a store is a long one
_OFTEN: Final = 0.2  # seconds between two looks, or glances, while something moves
_IDLY: Final = 0.5  # between two glances while nothing does
_SELDOM: Final = 1.0  # between two looks while runs are running and nothing moves
_RARELY: Final = 3.0  # while nothing runs
_COVERED: Final = 2.5  # while glances tell all that is known to happen
_LIVELY: Final = 3.0  # seconds that something counts as moving after it did
_ASLEEP: Final = 900.0  # seconds without any news, after which only a sign from a page has us look again


class Standing(NamedTuple):
    """What the next look depends on."""

    running: bool = False  # whether a run shown may still grow
    covered: bool = False  # whether glances tell how far all of these are
    behind: bool = False  # whether this process has done something that only a look tells


class Rhythm:
    """The next look and the next glance, from what the last ones found and took. All times are in seconds.

    >>> rhythm = Rhythm(now=0.0)
    >>> rhythm.looked(began=0.0, ended=0.05, spent=0.19, news=True)
    >>> rhythm.is_look(1.9, Standing(running=True)), rhythm.is_look(2.1, Standing(running=True))
    (False, True)
    >>> round(rhythm.rest(0.05, Standing(running=True)), 2)
    0.15
    """

    def __init__(self, now: float) -> None:
        self._moved = self._looked = self._glanced = now
        self._glance = 0.0  # what the last one took
        self._purse = _SAVED  # what looks may still take; a debt is waited for
        self._hurried = True

    def hurry(self, now: float) -> None:
        """Have the next one be a look, as a page asked for something."""
        self._moved, self._hurried = now, True

    def is_asleep(self, now: float) -> bool:
        """Tell whether nothing has moved for so long that nobody seems to watch."""
        return now - self._moved > _ASLEEP

    def is_look(self, now: float, standing: Standing) -> bool:
        """Tell whether it is time for a look, or else for a glance."""
        return self._hurried or now >= self._next_look(now, standing)

    def looked(self, began: float, ended: float, spent: float, *, news: bool) -> None:
        """Note a look, and the processor time it took. It told what a glance would tell, too."""
        self._purse = min(_SAVED, self._purse + (ended - self._looked) * SHARE) - spent
        self._looked, self._glanced, self._hurried = ended, began, False
        self._moved = ended if news else self._moved

    def glanced(self, began: float, ended: float, spent: float, *, news: bool) -> None:
        """Note a glance."""
        self._glanced, self._glance = began, spent
        self._moved = ended if news else self._moved

    def rest(self, now: float, standing: Standing) -> float:
        """Return how long to rest from now on."""
        pace = _OFTEN if self._is_lively(now) else _IDLY
        glance = self._glanced + max(pace, self._glance / SHARE)
        return max(0.0, min(glance, self._next_look(now, standing)) - now)

    def _next_look(self, now: float, standing: Standing) -> float:
        return self._looked + max(self._pace(now, standing), -self._purse / SHARE)

    def _pace(self, now: float, standing: Standing) -> float:
        if standing.behind:
            return _OFTEN
        if standing.covered:
            return _COVERED
        if self._is_lively(now):
            return _OFTEN
        return _SELDOM if standing.running else _RARELY

    def _is_lively(self, now: float) -> bool:
        return now - self._moved < _LIVELY
