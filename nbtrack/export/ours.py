"""Calls of nbtrack in a program that is to run without it: what they logged goes into the file's own dictionaries."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nbtrack.export.edits import Edit
from nbtrack.export.names import Names
from nbtrack.export.section import Section

_LOGGING: Final = {"log": "metrics", "log_params": "params"}
_DROPPED: Final = frozenset({"log_artifact", "set_tags", "load_ipython_extension", "unload_ipython_extension"})


@dataclass(slots=True)
class Ours:
    """What was found: whether metrics and parameters are logged, and which calls cannot do without nbtrack."""

    metrics: bool = False
    params: bool = False
    left: bool = False
    seeds: bool = False


def take_out(sections: Sequence[Section], names: Names, called: Mapping[str, str], seeding: str) -> Ours:
    """Replace the calls of nbtrack; ``called`` says what the dictionaries and functions of the file are called.

    Args:
        sections: edited in place.
        names: what the sections do with names.
        called: the names of the dictionaries ``metrics`` and ``params`` in the file.
        seeding: the name of the file's own function that seeds.
    """
    known = {
        name: home.partition(":")[2]
        for name, homes in names.imported.items()
        for home in homes
        if home.partition(":")[0].partition(".")[0] == "nbtrack"
    }
    found = Ours()
    if not known:
        return found
    for section in sections:
        for statement in section.kept:
            _statement(section, statement, known, called, seeding, found)
    return found


def _statement(
    section: Section,
    statement: ast.stmt,
    known: Mapping[str, str],
    called: Mapping[str, str],
    seeding: str,
    found: Ours,
) -> None:
    match statement:
        case ast.Expr(value=ast.Call() as call) if (word := _word(call, known)) is not None:
            if word in _DROPPED or (word in _LOGGING and not section.own):
                section.drop(statement)
                return
    for node in ast.walk(statement):
        if isinstance(node, ast.Call) and (word := _word(node, known)) is not None:
            _call(section, node, word, called, seeding, found)


def _call(section: Section, node: ast.Call, word: str, called: Mapping[str, str], seeding: str, found: Ours) -> None:
    if word in _LOGGING:
        kind = _LOGGING[word]
        section.replace(node.func, f"{called[kind]}.update")
        for each in node.keywords:
            if each.arg == "step" and kind == "metrics":
                _drop_argument(section, node, each)
        found.metrics |= kind == "metrics"
        found.params |= kind == "params"
    elif word == "seed_everything":
        section.replace(node.func, seeding)
        found.seeds = True
    elif word in _DROPPED:
        section.replace(node, "None")
    else:
        found.left = True


def _drop_argument(section: Section, call: ast.Call, keyword: ast.keyword) -> None:
    """Leave out an argument with the comma before it, or behind it where it is the first."""
    start, end = section.typed.span(keyword)
    text = section.typed.text
    before = text.rfind(",", 0, start)
    if (call.args or call.keywords[0] is not keyword) and not text[before + 1 : start].strip():
        start = before
    else:
        rest = text[end:]
        end += len(rest) - len(rest.lstrip(" ,"))
    section.edits.append(Edit(start, end, ""))


def _word(call: ast.Call, known: Mapping[str, str]) -> str | None:
    """Return which function of nbtrack is called: ``log`` for ``nbtrack.log``, ``nb.log`` and an imported ``log``."""
    match call.func:
        case ast.Name(id=name) if known.get(name):
            return known[name]
        case ast.Attribute(value=ast.Name(id=name), attr=word) if known.get(name) == "":
            return word
    return None
