"""The ``%%track`` line: where it stands in a cell, what may stand on it, and how it is blanked."""

import ast
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import takewhile
from types import MappingProxyType
from typing import Any, Final

from nbtrack.errors import UsageError

MAGIC = "%%track"
# Python-running cell magics that people put above or below %%track; under any other the body is not Python.
_AROUND = ("%%time", "%%timeit", "%%capture", "%%prun")
_OPTIONS = {
    "-e": "experiment",
    "--experiment": "experiment",
    "-t": "tag",
    "--tag": "tag",
    "--params": "params",
    "--metrics": "metrics",
    "--no-auto": "auto",
    "--seed": "seed",
    "--note": "note",
    "--no-system": "system",
}
HELP = """%%track [name] [key=value ...] [-e EXPERIMENT] [-t tag=value ...] [--params a,b] [--metrics x,y]
        [--no-auto] [--seed N] [--note TEXT] [--no-system]

Record this execution of the cell as a run: its parameters, metrics, source, environment. The cell itself
runs exactly as it would without this line.

  name               what to call the run (default: the cell's first comment, or the model it fits)
  key=value          a parameter; it also replaces the cell's own top-level literal assignment of that
                     name for this execution, so `%%track lr=0.01` runs the cell with another lr
  -e, --experiment   the group the run belongs to (default: the notebook's name)
  -t, --tag k=v      a tag; may be given several times
  --params a,b       record only these parameters (variables of the notebook may be named too)
  --metrics x,y      record only these metrics (variables of the notebook may be named too)
  --no-auto          record only what is on this line and what nbtrack.log(...) is given
  --seed N           seed random, NumPy, torch and TensorFlow with N before the cell runs
  --note TEXT        a note on the run
  --no-system        take no samples of processor, memory and GPU while the cell runs

Values are Python literals where they read as one (0.1, True, None, [1, 2]) and text otherwise; quote spaces.
See also: %track on|off|status, %runs, %compare, %diff, nbtrack.log(...)
"""


@dataclass(frozen=True, slots=True)
class TrackLine:
    """What the person asked for on the ``%%track`` line."""

    text: str = ""
    name: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    experiment: str | None = None
    tags: Mapping[str, Any] = field(default_factory=dict)
    params: frozenset[str] | None = None
    metrics: frozenset[str] | None = None
    auto: bool = True
    system: bool = True
    seed: int | None = None
    note: str | None = None


NOTHING: Final = TrackLine(arguments=MappingProxyType({}), tags=MappingProxyType({}))


def parse_line(text: str) -> TrackLine:
    """Return what the rest of a ``%%track`` line asks for.

    >>> parse_line("rf-baseline lr=0.1 -t team=nlp --seed 7").arguments
    {'lr': 0.1}

    Raises:
        UsageError: one line that says what is wrong and which options there are.
    """
    if not text or text.isspace():  # as on most lines
        return NOTHING
    try:
        words = shlex.split(text)
    except ValueError as problem:
        raise UsageError(
            f"%%track: {str(problem).lower()} in {text.strip()!r}; quote values that hold spaces"
        ) from None
    found: dict[str, Any] = {"text": text.strip(), "arguments": {}, "tags": {}}
    rest = iter(words)
    for word in rest:
        option, equals, attached = word.partition("=")
        if word.startswith("-") and not _is_number(word):
            _take_option(found, option, attached if equals else None, rest)
        elif equals:
            if option in found["arguments"]:
                raise UsageError(f"%%track: {option} is given twice; which value should the cell run with?")
            found["arguments"][_argument_name(option, word)] = _value(option, attached)
        elif "name" in found:
            name = " ".join((found["name"], word, *takewhile(_is_of_name, rest)))
            raise UsageError(f'%%track: {word!r} is a second name; a name with spaces needs quotes: "{name}"')
        else:
            found["name"] = word
    return TrackLine(**found)


def _is_of_name(word: str) -> bool:
    return not word.startswith("-") and "=" not in word


def _take_option(found: dict[str, Any], option: str, attached: str | None, rest: Any) -> None:
    kind = _OPTIONS.get(option)
    if kind is None:
        raise UsageError(f"%%track: unknown option {option}; valid are {_valid()}")
    if kind in {"auto", "system"}:
        found[kind] = False
        return
    value = attached if attached is not None else next(rest, None)
    if not value:
        raise UsageError(f"%%track: {option} needs a value; valid options are {_valid()}")
    if kind == "tag":
        name, equals, text = value.partition("=")
        if not (name and equals):
            raise UsageError(f"%%track: {option} needs tag=value, not {value!r}; valid options are {_valid()}")
        found["tags"][name] = _literal(text)
    elif kind == "seed":
        found["seed"] = _seed(value)
    elif kind in {"params", "metrics"}:
        found[kind] = frozenset(part.strip() for part in value.split(",") if part.strip())
    else:
        found[kind] = value


def _valid() -> str:
    return (
        "-e EXPERIMENT, -t tag=value, --params a,b, --metrics x,y, --no-auto, --seed N, --note TEXT, --no-system, "
        "name, key=value"
    )


def _argument_name(name: str, word: str) -> str:
    if not name.isidentifier():
        raise UsageError(f"%%track: {word!r} needs a variable's name before '='; valid are {_valid()}")
    return name


def _value(name: str, text: str) -> Any:
    if not text:
        raise UsageError(f"%%track: {name}= has no value; write for example {name}=0.1. Valid are {_valid()}")
    return _literal(text)


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return text


def _seed(text: str) -> int:
    if not re.fullmatch(r"\d{1,10}", text) or int(text) >= 2**32:
        raise UsageError(f"%%track: --seed needs a whole number from 0 to 4294967295, not {text!r}")
    return int(text)


def _is_number(word: str) -> bool:
    return re.fullmatch(r"-[\d.]+", word) is not None


def find_line(cell: str) -> str | None:
    """Return what follows ``%%track`` in a raw cell, or None when the cell is not tracked.

    The magic is the first line that is neither blank nor a comment, or stands below magics like ``%%time`` that run
    Python.
    """
    for line in cell.splitlines() if MAGIC in cell else ():
        words = line.strip()
        if not words or words.startswith("#"):
            continue
        if is_track(words):
            return words[len(MAGIC) :].strip()
        if not line.startswith(_AROUND):
            return None
    return None


@lru_cache(maxsize=4096)
def asked_of(cell: str) -> TrackLine:
    """Return what a raw cell's ``%%track`` line asks for: nothing where there is none, or none that is understood.

    It is asked of every cell behind every run.
    """
    text = find_line(cell)
    try:
        return parse_line(text) if text else NOTHING
    except UsageError:
        return NOTHING


def is_track(line: str) -> bool:
    """Tell whether a line is a ``%%track`` line, and not ``%%tracker`` or ``%%track?``."""
    words = line.split(maxsplit=1)
    return words[:1] == [MAGIC]


def blank(lines: list[str]) -> list[str]:
    """Return the cell's lines with a well-formed ``%%track`` line blanked, so that every line keeps its number.

    Pure, because IPython transforms a cell more than once. A cell magic below moves to the top, where IPython looks for
    it. A line that cannot be understood is left alone: then the magic itself is called and says what is wrong.
    """
    place = _first(lines, 0, ("#",))
    if place is None or not is_track(lines[place]) or not well_formed(lines[place]):
        return lines
    body = _first(lines, place + 1)
    if body is not None and lines[body].startswith("%%"):
        return lines[body:]
    return [*lines[:place], "\n", *lines[place + 1 :]]


def _first(lines: list[str], start: int, passed: tuple[str, ...] = ()) -> int | None:
    """Return where the first line stands that is not blank, and does not begin with what is passed over."""
    for place in range(start, len(lines)):
        words = lines[place].lstrip()
        if words and not words.startswith(passed):
            return place
    return None


def well_formed(line: str) -> bool:
    """Tell whether a ``%%track`` line can be understood."""
    try:
        parse_line(line.strip()[len(MAGIC) :])
    except UsageError:
        return False
    return True


def body_of(cell: str) -> str:
    """Return the cell without its ``%%track`` line: what identifies it however it is tracked."""
    return "\n".join([line for line in cell.splitlines() if MAGIC not in line or not is_track(line)]).strip("\n")


def unused_arguments(line: TrackLine, overridden: Sequence[str]) -> list[str]:
    """Return the arguments that replaced no literal of the cell: they were recorded, but changed nothing."""
    return [name for name in line.arguments if name not in overridden]


def completions(command: str, symbol: str) -> list[str]:
    """Return what may follow on a ``%%track`` or ``%track`` line, for the word ``symbol`` being typed."""
    words = ("on", "off", "status") if command == "%track" else tuple(_OPTIONS)
    return [word for word in words if word.startswith(symbol)]
