"""Lists of the notebook that functions of its own have filled: ``train_losses.append(loss.item())`` inside ``train``.

Which lists a function has in reach is read from the names in its code, and from what it is handed. None is called, and
of a list it is only asked whether it has become longer.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from types import FunctionType
from typing import Any, Final

from nbtrack.capture.syntax.codes import names_in
from nbtrack.model.direction import direction

_DEPTH: Final = 3  # of functions inside functions
_MOST_ENTRIES: Final = 60
_FILLED: Final = frozenset({list, dict})


class FilledWithin:
    """Notes how long the lists are that the functions of a cell have in reach, before it runs."""

    def __init__(self, nodes: Iterable[ast.AST], namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace
        self._handed: dict[str, set[str]] = {}
        self._calls: dict[str, list[ast.Call]] = {}
        named: set[str] = set()
        for node in nodes:
            match node:
                case ast.Name(id=name):
                    named.add(name)
                case ast.Call(func=ast.Name(id=name), args=args, keywords=words):
                    given = (*args, *(word.value for word in words))
                    self._handed.setdefault(name, set()).update(each.id for each in given if isinstance(each, ast.Name))
                    self._calls.setdefault(name, []).append(node)
        named.update(each for name in self._calls for each in self._reached(name, set()))
        held = [(name, namespace.get(name)) for name in named]
        held = [(name, value) for name, value in held if type(value) in _FILLED]
        self._before = {key: (id(each), len(each)) for name, value in held for key, each in _lists(name, value)}

    def found(self) -> Iterator[tuple[str, list[ast.Call]]]:
        """Yield the lists that are longer than they were, each with the calls that may have filled it."""
        grown: dict[str, list[ast.Call]] = {}
        for function, calls in self._calls.items():
            for name in sorted(self._handed[function].union(self._reached(function, set()))):
                for key, each in _lists(name, self._namespace.get(name)):
                    known, length = self._before.get(key, (0, 0))
                    if len(each) > (length if known == id(each) else 0):
                        grown.setdefault(key, []).extend(calls)
        yield from grown.items()

    def _reached(self, name: str, seen: set[str]) -> Iterator[str]:
        """Yield the names that a function of the notebook's own reads from it, and those it calls."""
        function = self._namespace.get(name)
        if type(function) is not FunctionType or function.__module__ != "__main__":
            return
        for each in set(names_in(function.__code__, _DEPTH)) - seen:
            seen.add(each)
            yield each
            yield from self._reached(each, seen)


def _lists(name: str, value: object) -> Iterator[tuple[str, list[Any]]]:
    """Yield a list that is called like a score or a cost, or those in a dictionary, as ``history.loss``."""
    if type(value) is list and direction(name) is not None:
        yield name, value
    elif type(value) is dict and len(value) <= _MOST_ENTRIES:
        for key, each in value.items():
            if type(key) is str and type(each) is list and direction(key) is not None:
                yield f"{name}.{key}", each
