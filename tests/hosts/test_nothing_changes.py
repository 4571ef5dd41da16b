"""Each labelled cell does the same when it is tracked: prints, outputs, names, values, random numbers, figures, errors."""

from __future__ import annotations

import contextlib
import hashlib
import io
import random
import re
import sys
import warnings
from typing import Any

import pytest

import nbtrack
from tests.hosts.test_quality import KINDS, Case, frameworks, kind_rows, start_again

PLAIN = (int, float, complex, str, bytes, bool, type(None))
DEPTH, MANY = 4, 300
# Addresses, times, and how many times as long something took.
PASSING = re.compile(r"0x[0-9a-f]{6,}|\d+\.\d+(?= ?(?:s|ms|sec|secs|seconds|min|minutes)\b)|(?<=\bratio )\d+\.\d+")
OURS = {"In", "Out", "exit", "quit", "open", "get_ipython"}


@pytest.mark.slow
@pytest.mark.parametrize("row", list(kind_rows()))
def test_a_cell_does_the_same_when_it_is_tracked(row: str, shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = KINDS[row.removesuffix("-real")]
    with frameworks(kind, monkeypatch, real=row.endswith("-real")):
        for case in kind.cases:
            plain = seen(case, shell, tracked=False)
            tracked = seen(case, shell, tracked=True)
            if tracked != plain:
                again = seen(case, shell, tracked=False)
                steady = {name for name in plain.keys() | again.keys() if plain.get(name) == again.get(name)}
                steady |= tracked.keys() - plain.keys() - again.keys()
                found = {name: (plain.get(name), tracked.get(name)) for name in steady}
                assert {name: pair for name, pair in found.items() if pair[0] != pair[1]} == {}, case.title


def test_what_a_cell_does_otherwise_is_seen(shell: Any) -> None:
    def told(cell: str, *, tracked: bool = False) -> dict[str, Any]:
        return seen(Case("", (), cell, ()), shell, tracked=tracked)

    base = told("import random\nx = [1, {'a': 2.5}]\nprint(x)\nx")
    assert base == told("import random\nx = [1, {'a': 2.5}]\nprint(x)\nx", tracked=True)
    assert base["said"].startswith("[1, {'a': 2.5}]\n")
    for other in (
        "import random\nx = [1, {'a': 2.25}]\nprint([1, {'a': 2.5}])\nx",
        "import random\nx = [1, {'a': 2.5}]\nx",
        "import random\nx = [1, {'a': 2.5}]\nprint(x)\nx;",
        "import random\nx = [1, {'a': 2.5}]\nprint(x)\nrandom.random()\nx",
        "import random\nx = [1, {'a': 2.5}]\nprint(x)\ny = 1\nx",
        "import random\nx = [1, {'a': 2.5}]\nprint(x)\nx[2]",
    ):
        assert told(other) != base, other


def seen(case: Case, shell: Any, *, tracked: bool) -> dict[str, Any]:
    """Run a case in a fresh session, and return all that can be seen of its last cell."""
    start_again(shell.ip)
    if not tracked:
        nbtrack.unload_ipython_extension(shell.ip)
    random.seed(0)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(0)
    if hasattr(torch := sys.modules.get("torch"), "manual_seed"):
        torch.manual_seed(0)  # type: ignore[union-attr]  # it has, then
    said, wrote = io.StringIO(), io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for cell in case.before:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                shell.run(cell)
        shell.published.clear()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(wrote):
            result = shell.run("%%track\n" + case.cell if tracked else case.cell)
    shown = [each["data"] for each in shell.published if "nbtrack" not in each["metadata"]]
    names = {f"name {name}": told(value) for name, value in shell.names.items() if name[0] != "_" and name not in OURS}
    found = {
        **names,
        "said": PASSING.sub("-", said.getvalue()),
        "wrote": PASSING.sub("-", wrote.getvalue()),
        "shown": [PASSING.sub("-", str(data)) for data in shown],
        "result": told(result.result),
        "error": repr(result.error_in_exec or result.error_before_exec),
        "random": digest(repr(random.getstate())),
        "figures": figures(),
    }
    if numpy := sys.modules.get("numpy"):
        found["numpy's random"] = digest(repr(numpy.random.get_state()))
    return found


def told(value: Any, depth: int = 0) -> Any:
    """What can be compared of a value without asking it anything it could notice."""
    kind = type(value)
    if kind in PLAIN:
        return repr(value) if len(repr(value)) < MANY else digest(repr(value))
    if kind in {list, tuple} and depth < DEPTH:
        return [kind.__name__, len(value), *(told(each, depth + 1) for each in value[:MANY])]
    if kind is dict and depth < DEPTH:
        pairs = list(value.items())[:MANY]
        return ["dict", len(value), *((told(name, depth + 1), told(each, depth + 1)) for name, each in pairs)]
    module = kind.__module__.partition(".")[0]
    if module == "numpy" and hasattr(value, "dtype") and value.dtype != object:
        return [str(value.dtype), value.shape, digest(value.tobytes())]
    if module == "pandas" and kind.__name__ in {"DataFrame", "Series"}:
        return digest(PASSING.sub("-", value.to_string()))
    return f"{kind.__module__}.{kind.__qualname__}"


def digest(text: str | bytes) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text).hexdigest()[:16]


def figures() -> int:
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return 0
    count = len(pyplot.get_fignums())
    pyplot.close("all")
    return count
