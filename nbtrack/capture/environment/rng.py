"""The state of the random generators when a run begins, and whether anybody seeded them."""

import array
import ast
import hashlib
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from nbtrack.capture.guard.deep import deep_trees
from nbtrack.capture.syntax.seed_calls import ALL, SeedCalls, names_seeds, seed_calls
from nbtrack.model.tagged import Json

_MOST_TRIED: Final = 64
_LENGTH: Final = 16  # hex digits of a digest: enough to tell two states apart
_MAGIC: Final = re.compile(r"(?m)^([ \t]*)[%!].*$")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The states of the global generators that were loaded at one moment; digests are worked out when asked for."""

    taken: Mapping[str, Any]

    def moved(self, later: "Snapshot") -> tuple[str, ...]:
        """Return the generators that were drawn from, or seeded, between this moment and a later one."""
        return tuple(name for name, state in self.taken.items() if _differs(name, state, later.taken.get(name)))

    def digests(self) -> dict[str, str]:
        """Return a digest of each state."""
        found = {}
        for name, state in self.taken.items():
            with suppress(Exception):  # replaced by something of the person's
                found[name] = _digest(_GENERATORS[name].text(state))
        return found


def states(modules: Mapping[str, Any] = sys.modules) -> Snapshot:
    """Return the states of ``random``, NumPy, torch and TensorFlow, as far as they are loaded.

    Costs some tens of microseconds. No generator is made or moved, and no GPU is asked.
    """
    found = {}
    for name, generator in _GENERATORS.items():
        loaded = modules.get(generator.module)
        if loaded is not None:
            try:
                found[name] = generator.state(loaded)
            except Exception:  # noqa: BLE001, S112 - half loaded
                continue
    return Snapshot(found)


def _differs(name: str, one: Any, other: Any) -> bool:
    if other is None or one is other:
        return False
    with suppress(Exception):  # replaced by something of the person's
        return _GENERATORS[name].text(one) != _GENERATORS[name].text(other)
    return False


class Seeds:
    """What is known of the seeds set in a session, cell by cell."""

    def __init__(self) -> None:
        self._seeded: set[str] = set()
        self._numbers: dict[int, None] = {}
        self._explicit = False

    def read(self, source: str, known: SeedCalls | None = None) -> SeedCalls:
        """Learn from a cell that was, or is, executed, and return what it says of seeds itself.

        Args:
            source: its text.
            known: what was read of it in the thread that runs the cells. Before Python 3.11.8 and 3.12.2, a text that
                is parsed in another thread can make the parsing of a cell fail (python/cpython#106905).
        """
        said = known or SeedCalls()
        if known is None and names_seeds(source):
            with suppress(SyntaxError, ValueError, MemoryError, RecursionError), deep_trees():
                said = seed_calls(ast.parse(_MAGIC.sub(r"\1pass", source)))
        self._seeded |= said.seeded
        self._explicit = self._explicit or bool(said.explicit)
        if said.seeded:
            self._numbers = dict.fromkeys([*sorted(said.numbers), *self._numbers][:_MOST_TRIED])
        return said

    def told(self, before: Mapping[str, str], cell: SeedCalls, given: Mapping[str, int]) -> dict[str, Json]:
        """Return ``rng`` of an environment: what each generator was at the start of a run, in words.

        ``seeded 42``: its state was that of a generator just seeded so. ``seeded earlier``: a cell had seeded it, and
        numbers were drawn since, or from what is not known. ``unseeded: true`` says that no seed was set anywhere.

        Args:
            before: the generators' states.
            cell: what the run's own cell says of seeds.
            given: the seeds nbtrack has given them.
        """
        words: dict[str, Json] = {name: self._word(name, digest, cell, given) for name, digest in before.items()}
        if "jax" in sys.modules:
            words["jax"] = "explicit keys"
        if cell.explicit:
            words["explicit"] = list(cell.explicit)
        if not cell.explicit and not self._explicit and all(words[name] == "unseeded" for name in before):
            words["unseeded"] = True
        return words

    def _word(self, name: str, digest: str, cell: SeedCalls, given: Mapping[str, int]) -> str:
        for number in dict.fromkeys([*given.values(), *self._numbers]):
            if fresh(name, number) == digest:
                return f"seeded {number}"
        if {name, ALL} & cell.seeded:
            return "seeded in the cell"
        if name in given:
            return f"seeded {given[name]} earlier"
        return "seeded earlier" if {name, ALL} & self._seeded else "unseeded"


def fresh(name: str, number: int, modules: Mapping[str, Any] = sys.modules) -> str | None:
    """Return the digest of a generator's state just after it was seeded with a number; None where nobody can tell."""
    with suppress(Exception):
        generator = _GENERATORS[name]
        return _digest(generator.text(generator.fresh(modules[generator.module], number)))
    return None


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:_LENGTH]


def _python_text(state: Any) -> bytes:
    _, numbers, gauss = state
    return _packed(numbers) + repr(gauss).encode()


@lru_cache(maxsize=4)
def _packed(numbers: tuple[int, ...]) -> bytes:
    """Return the words of a state as bytes; most runs begin where the one before began, because nobody drew."""
    return array.array("Q", numbers).tobytes()


def _numpy_text(state: Any) -> bytes:
    words = state["state"]
    rest = [state["bit_generator"], words.get("pos"), state.get("has_gauss"), state.get("gauss")]
    key = words["key"].tobytes() if "key" in words else repr(sorted(words.items())).encode()
    return bytes(key) + repr(rest).encode()


def _tensorflow_seed(context: Any) -> Any:
    """Return the seed of TensorFlow's context, from which its generators follow. Asking does not make the context."""
    return vars(context)["_context"]._seed  # noqa: SLF001 - its function would make one


class _Generator(NamedTuple):
    """How a library keeps its global generator: the state it has, the state a seed gives, and a state as bytes."""

    module: str
    state: Callable[[Any], Any]
    fresh: Callable[[Any, int], Any]
    text: Callable[[Any], bytes]


_GENERATORS: Final[Mapping[str, _Generator]] = {
    "random": _Generator(
        "random",
        lambda module: module.getstate(),
        lambda module, number: module.Random(number).getstate(),
        _python_text,
    ),
    "numpy": _Generator(
        "numpy.random",
        lambda module: module.get_state(legacy=False),
        lambda module, number: module.RandomState(number).get_state(legacy=False),
        _numpy_text,
    ),
    "torch": _Generator(
        "torch",
        lambda torch: torch.get_rng_state(),
        lambda torch, number: torch.Generator("cpu").manual_seed(number).get_state(),  # another may be the default
        lambda state: bytes(state.numpy().tobytes()),
    ),
    "tensorflow": _Generator(
        "tensorflow.python.eager.context",
        _tensorflow_seed,
        lambda _, number: number,
        lambda seed: repr(seed).encode(),
    ),
}
