"""A turn of the interpreter for a thread that waits, beside code that logs and never lets go of it for long.

Who wakes asks for the interpreter only after a whole switch interval (5 ms) in which nobody let go of it. Code that
logs does so at every write, and has it back before the one who waits has woken: a thread that slept for 0.2 s has its
turn after 0.2 to 0.4, at times 0.9. So it says beforehand when it will wake, and a pen that writes after that rests a
tenth of a millisecond.
"""

from time import sleep, time_ns
from typing import Final

_NEVER: Final = 1 << 63
_REST: Final = 1e-4  # seconds; waking a thread takes half of it
_AWAKE: Final = 500_000  # ns after it wakes: it may have its turn by itself
_AGAIN: Final = 2_000_000  # ns until the next rest, where one was too short
_TRIES: Final = 20  # rests at most: whoever asked may be gone, as in a forked child


class Turn:
    """When the next turn is due, in ns since 1970. One thread of a process may ask at a time.

    >>> turn = Turn()
    >>> turn.ask(-1.0)
    >>> for _ in range(20):
    ...     turn.give()
    >>> turn.due == _NEVER
    True
    """

    __slots__ = ("_given", "due")

    def __init__(self) -> None:
        self.due = _NEVER
        self._given = 0

    def ask(self, seconds: float) -> None:
        """Ask for a turn so many seconds from now."""
        self._given = 0
        self.due = time_ns() + int(seconds * 1e9) + _AWAKE

    def had(self) -> None:
        """Say that it is had: nobody needs to rest."""
        self.due = _NEVER

    def give(self) -> None:
        """Let whoever asked have it."""
        self._given += 1
        self.due = time_ns() + _AGAIN if self._given < _TRIES else _NEVER
        sleep(_REST)


TURN: Final = Turn()
