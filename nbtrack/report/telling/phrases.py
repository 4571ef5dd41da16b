"""Counts, lists, numbers and moments as they stand in a sentence."""

from collections.abc import Iterable, Sequence
from math import floor, isfinite, log10
from typing import Any, Final

from nbtrack.model.run import Run
from nbtrack.query.caret import shown
from nbtrack.view.number import aligned, decimals, figure
from nbtrack.view.wording import value_text

_CUT: Final = 60
_WORDS: Final = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun in the number that fits.

    >>> counted(1, "run"), counted(1200, "run"), counted(2, "library", "libraries")
    ('1 run', '1,200 runs', '2 libraries')
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def opening(count: int, noun: str, plural: str = "") -> str:
    """Return the same for the beginning of a sentence, small numbers in words.

    >>> opening(1, "run"), opening(12, "run"), opening(13, "run")
    ('One run', 'Twelve runs', '13 runs')
    """
    if 0 < count < len(_WORDS):
        return f"{_WORDS[count].capitalize()} {noun if count == 1 else plural or noun + 's'}"
    return counted(count, noun, plural)


def agreeing(count: int, one: str, many: str) -> str:
    """Return the word that agrees with a count.

    >>> f"1 run {agreeing(1, 'is', 'are')} left", f"2 runs {agreeing(2, 'is', 'are')} left"
    ('1 run is left', '2 runs are left')
    """
    return one if count == 1 else many


def all_of(count: int, noun: str) -> str:
    """Return how a sentence begins that is about all there are.

    >>> all_of(1, "run"), all_of(2, "run"), all_of(7, "run")
    ('The one run', 'Both runs', 'All 7 runs')
    """
    return f"The one {noun}" if count == 1 else f"Both {noun}s" if count == 2 else f"All {count:,} {noun}s"


def part_of(count: int, whole: int, noun: str) -> str:
    """Return how a sentence begins that is about some of all there are.

    >>> part_of(1, 1, "run"), part_of(2, 2, "run"), part_of(2, 5, "run")
    ('The one run', 'Both runs', '2 of 5 runs')
    """
    return all_of(count, noun) if count == whole else f"{count:,} of {counted(whole, noun)}"


def listed(names: Iterable[str], most: int = 5, noun: str = "") -> str:
    """Return names as a sentence has them; beyond ``most`` they are counted.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"]), listed("abcdefg", 3, "params")
    ('a', 'a and b', 'a, b and c', 'a, b, c and 4 more params')
    """
    every = list(names)
    if len(every) > most + 1:
        rest = f"{len(every) - most:,} more{' ' + noun if noun else ''}"
        every = [*every[:most], rest]
    return every[0] if len(every) == 1 else f"{', '.join(every[:-1])} and {every[-1]}" if every else ""


def cut(text: str, limit: int = _CUT) -> str:
    r"""Return a name or value from a run on one line, at most ``limit`` characters.

    >>> cut("two\nlines"), cut("x" * 70, 10)
    ('two·lines', 'xxxxxxxxx…')
    """
    plain = shown(text[: limit + 1])
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def called(run: Run) -> str:
    """Return how a sentence names a run: ``boosting (kwqzwc)``."""
    return f"{cut(run.name)} ({run.short})" if run.name and run.name != run.short else run.short


def value(given: Any) -> str:
    """Return a param's value as its user would write it, on one line."""
    return cut(value_text(given), 40)


def precise(number: float, error: float) -> str:
    """Return a number with the digits that an error of this size leaves: those of its first two.

    >>> precise(0.951234, 0.0123), precise(1234.5, 56.0), precise(3.0, 0.0)
    ('0.951', '1234', '3')
    """
    if not (isfinite(error) and error > 0 and isfinite(number)):
        return figure(number)
    places = 1 - floor(log10(error))
    return f"{number:.{max(0, places)}f}" if places <= 12 and abs(number) < 1e12 else figure(number)


def places(numbers: Sequence[float]) -> int | None:
    """Return how many decimals tell these numbers apart, as the tables of runs show them."""
    return decimals(numbers)


def fixed(number: float, decimal_places: int | None) -> str:
    """Return a number with so many decimals; one that would be rounded to zero keeps its digits.

    >>> fixed(0.95, 3), fixed(0.00004, 3)
    ('0.950', '4e-05')
    """
    text = aligned(number, decimal_places)
    return figure(number, 3) if number and not text.strip("-0.") else text


def chance(p: float) -> str:
    """Return a p as people write it.

    >>> chance(0.0421), chance(0.00001), chance(1.0)
    ('p = 0.042', 'p < 0.001', 'p = 1')
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def share(part: float) -> str:
    """Return a share as a percentage without digits that mean nothing.

    >>> share(0.873), share(0.004), share(0.0), share(1.5)
    ('87 %', '0.4 %', '0 %', '150 %')
    """
    percent = 100 * part
    return f"{percent:.0f} %" if percent == 0 or abs(percent) >= 10 else f"{percent:.2g} %"
