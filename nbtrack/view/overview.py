"""What a list of very many runs shows and filters by, as columns made of columns: no run is read for it.

The form is that of ``view/payload.py``, without sources, curves and facts, and with one more way to write a column:

    {…, "f64": base64 of little-endian doubles, a NaN where a run has none}

Numbers that are all different are most of a large store; as eight bytes each they are exact, and cost a tenth of the
time that digits do.
"""

import math
import sys
from array import array
from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

from nbtrack.model.condition import WHOLE
from nbtrack.model.direction import direction
from nbtrack.query.runs import Runs
from nbtrack.view.escape import shown
from nbtrack.view.label import label
from nbtrack.view.payload import FORMAT, note_text
from nbtrack.view.wording import value_text

_TEXT: Final = 200  # characters of a text
_COLUMNS: Final = 2_000  # more names than that are nobody's to filter by
_NUMBERS: Final = 2_000_000  # in all columns, together with texts
_FEW: Final = 4  # values at least for one word
_SOME: Final = 256  # values of a column show whether it has few different ones
_TOLD: Final = 100  # runs whose records are not whole, of which is said what is wrong


def overview(runs: Runs) -> dict[str, Any]:
    """Return the payload of ``runs``, oldest first; columns that do not fit are counted in ``omitted``.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> with nbtrack.start_run("one", store=store, params={"lr": 0.1}) as opened:
    ...     opened.log(f1=0.75)
    >>> payload = overview(nbtrack.runs(store=store))
    >>> payload["runs"]["name"], [(each["space"], each["key"], each["all"]) for each in payload["columns"]]
    (['one'], [('metrics', 'f1', 0.75), ('params', 'lr', 0.1)])
    """
    runs = runs.oldest_first()
    named = [(space, key) for space in ("tags", "metrics", "params") for key in runs.names(space)]
    most = min(_COLUMNS, _NUMBERS // max(1, len(runs)) + 1)
    return {
        "format": FORMAT,
        "title": "",
        "runs": _identity(runs),
        **_flags(runs),
        **_errors(runs),
        "columns": [_column(runs, *name) for name in named[:most]],
        "lines": [],
        "sources": [],
        "cells": [],
        "curves": [],
        "omitted": {"sources": 0, "curves": 0, **({"columns": len(named) - most} if len(named) > most else {})},
    }


def _identity(runs: Runs) -> dict[str, Any]:
    text = cache(lambda value: None if value is None else shown(value, _TEXT))
    verdict = runs.column("verdict")
    return {
        "id": list(runs.column("id")),
        "name": [text(each) for each in runs.column("name")],
        "experiment": [text(each) for each in runs.column("experiment")],
        "status": list(runs.column("status")),
        "started": list(runs.column("started")),
        "duration": [None if each is None else round(each, 4) for each in runs.column("duration")],
        "note": [None if each is None else note_text(each, _TEXT) for each in runs.column("note")],
        "notebook": [text(each) for each in runs.column("notebook")],
        **({"verdict": list(verdict)} if any(verdict) else {}),
    }


def _flags(runs: Runs) -> dict[str, Any]:
    odd = [(at, said) for at, said in enumerate(runs.column("condition")) if said not in (WHOLE, None)]
    flags = {str(at): [said, runs[at].damage if told < _TOLD else ""] for told, (at, said) in enumerate(odd)}
    return {"flags": flags} if flags else {}


def _errors(runs: Runs) -> dict[str, Any]:
    """A list says that a run failed, and of what kind of error."""
    failed = ((at, error) for at, error in enumerate(runs.column("error")) if isinstance(error, dict))
    errors = {str(at): shown(str(error.get("type") or "error"), _TEXT) for at, error in failed}
    return {"errors": errors} if errors else {}


def _column(runs: Runs, space: str, key: str) -> dict[str, Any]:
    head = {"space": space, "key": label(key, _TEXT), "dir": direction(key) if space == "metrics" else None}
    numbers = runs.numbers(space, key)
    if numbers is None:
        return head | _texts(runs.column(space, key))
    total = sum(numbers)
    if total - total == 0:  # every run has a number
        return head | _numbers(numbers)
    values = runs.column(space, key)  # of which those that are missing are told from those that are none
    odd = any(value is not None and value - value != 0 for value in values)
    return head | (_texts(values) if odd else _numbers(values))


def _numbers(values: Sequence[Any]) -> dict[str, Any]:
    some = values[:: max(1, len(values) // _SOME)]
    if len(set(some)) * 2 <= len(some) or len(values) == 1:
        few = len(set(values))
        if few * _FEW <= len(values) or few == 1:
            return _worded(values, lambda value: value)
    whole = isinstance(values, array)
    doubles = array("d", values if whole else [math.nan if value is None else value for value in values])
    if sys.byteorder == "big":
        doubles.byteswap()
    return {"f64": b64encode(doubles).decode("ascii")}


def _texts(values: Sequence[Any]) -> dict[str, Any]:
    if all(type(value) is str or value is None for value in values):
        return _worded(values, lambda value: None if value is None else label(value, _TEXT))
    return {"values": [_value(value) for value in values]}


def _worded(values: Sequence[Any], write: Callable[[Any], Any]) -> dict[str, Any]:
    places = {value: at for at, value in enumerate(dict.fromkeys(values))}
    words = [write(value) for value in places]
    return {"all": words[0]} if len(words) == 1 else {"words": words, "at": list(map(places.__getitem__, values))}


def _value(value: Any) -> Any:
    match value:
        case None | bool():
            return value
        case float():
            return value if math.isfinite(value) else {"f": str(value)}
        case int() if abs(value) <= 2**53:
            return value
        case _:  # a cut one ends with its digest: two that begin alike are still two
            return label(value_text(value, sys.maxsize), _TEXT)
