"""Times that a benchmark is for, and times that are beside the point."""

import ast

import pytest

from nbtrack.capture.syntax.clocked import benchmarked
from nbtrack.capture.syntax.walking import every_node


def times(cell: str) -> set[str]:
    tree = ast.parse(cell)
    return benchmarked(tree, [node for node in every_node(tree) if isinstance(node, ast.stmt)])


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        (
            "for f in ways:\n    t0 = time.perf_counter()\n    f()\n    took = time.perf_counter() - t0\n    rows.append({'s': took})",
            {"took"},
        ),
        (
            "for n in sizes:\n    t0 = time()\n    f(n)\n    times.append(time() - t0)\nmiddle = np.mean(times)",
            {"times", "middle"},
        ),
        (
            "a = timeit.timeit(f, number=3) / 3\nb = timeit.timeit(g, number=3) / 3\nfaster = a / b",
            {"a", "b", "faster"},
        ),
        (
            "for q in qs:\n    _, t = find(q)\n    latencies.append(t * 1000)\np95 = np.percentile(latencies, 95)",
            {"latencies", "p95"},
        ),
    ],
)
def test_times_that_are_gathered_or_compared_are_what_is_measured(cell: str, names: set[str]) -> None:
    assert times(cell) == names


@pytest.mark.parametrize(
    "cell",
    [
        "t0 = time.time()\ndf = load()\nprint('took', time.time() - t0)",
        "t0 = time.time()\nmodel.fit(X)\nelapsed = time.time() - t0",
        "for row in rows:\n    times.append(row['time'])",
        "width = right - left\nshares.append(width / n)",
    ],
)
def test_one_step_is_no_benchmark(cell: str) -> None:
    assert times(cell) == set()
