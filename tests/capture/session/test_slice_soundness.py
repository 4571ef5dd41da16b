"""Whatever is run in whatever order: the slice, run alone, makes what the last cell saw."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Kernel = Any  # tests/capture/conftest.py

NAMES = st.sampled_from(["a", "b", "c", "d"])
CELLS = (
    "{x} = [1]",
    "{x} = 1000",
    "{x} = {y}",
    "{x} = list({y}) if isinstance({y}, list) else [{y}]",
    "{x} = [{y}, {z}]",
    "{x}.append({y} if isinstance({y}, int) else 7)",
    "{x} += [5] if isinstance({x}, list) else 5",
    "if isinstance({y}, list):\n    {x} = len({y})",
    "for item in ({y} if isinstance({y}, list) else [{y}]):\n    {x} = item",
    "def f(p, q=3):\n    p.append(q)\n    return {y}",
    "def g():\n    global {x}\n    {x} = {y}",
    "{x} = f({y})",
    "f({x}, q={y})",
    "g()",
    "h = lambda: {y}",
    "{x} = h()",
    "{x}[0] = {y} if isinstance({y}, int) else 8",
    "{x} = {y}[0]",
    "del {x}",
    "try:\n    {x} = {y}.missing\nexcept AttributeError:\n    {x} = [{y}, 1]",
    "class K:\n    size = {y}\n    def put(self, p): p.append({z} if isinstance({z}, int) else 9)",
    "k = K()\nk.put({x})",
    "{x} = K.size",
    "with_ = {x} = [i for i in range(3)]",
    "({x} := [2]).append({y} if isinstance({y}, int) else 1)",
    "exec('{x} = [4]')",
    "{x}, {y} = {y}, {x}",
    "missing_name",
    "{x} = [3]\nmissing_name\n{y} = 1",
)
cells = st.builds(lambda cell, x, y, z: cell.format(x=x, y=y, z=z), st.sampled_from(CELLS), NAMES, NAMES, NAMES)


def plain(value: Any, depth: int = 6) -> Any:
    """A value as it can be compared: a list may hold itself."""
    if type(value) is list:
        return [plain(item, depth - 1) for item in value] if depth else "…"
    return value if type(value) in {int, str} else type(value).__name__


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(cells, min_size=2, max_size=14), st.data())
def test_a_slice_is_a_program_that_makes_the_same(fresh_kernel: Any, notebook: list[str], data: Any) -> None:
    kernel = fresh_kernel()
    for source in ("a = [1]", "b = [2]", "c = 3", "d = [a, b]", *notebook):
        kernel.run(source)
    name = data.draw(NAMES)
    last = kernel.run(f"seen = {name}")
    if last.outcome != "ok":
        return
    again: dict[str, Any] = {"__name__": "__main__"}
    for past in kernel.session.slice(last):
        try:
            exec(compile(past.cell.source, "<again>", "exec"), again)
        except Exception as problem:  # noqa: BLE001 - cells that failed fail again
            assert past.outcome == "error", (past.cell.source, problem)
    assert plain(again["seen"]) == plain(kernel.names["seen"])


@pytest.fixture
def fresh_kernel(kernel: Kernel) -> Any:
    return type(kernel)
