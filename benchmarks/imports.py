"""What ``import nbtrack`` costs over a bare interpreter, in time and memory."""

import statistics
import time
from collections.abc import Iterator

from benchmarks.fresh import fresh
from benchmarks.row import Row

TIMES = 15
_MEMORY = "print(int(open('/proc/self/statm').read().split()[1]) * 4)  # KiB resident"


def rows() -> Iterator[Row]:
    """Yield the rows."""
    bare, ours = _interleaved("pass", "import nbtrack")
    cost = (ours - bare) * 1e3
    yield Row(
        "import nbtrack over bare python",
        cost,
        "ms",
        f"python -c pass {bare * 1e3:.1f} ms",
        ours / bare,
        "<= 40 ms (aim 30)",
        cost <= 40,
    )
    bare, ours = _interleaved("import IPython", "import IPython, nbtrack; from nbtrack.hosts import ipython")
    yield Row(
        "%load_ext imports over IPython",
        (ours - bare) * 1e3,
        "ms",
        f"import IPython {bare * 1e3:.1f} ms",
        ours / bare,
        "",
        None,
    )
    memory = (_kilobytes("import nbtrack; " + _MEMORY) - _kilobytes(_MEMORY)) / 1024
    yield Row("memory of import nbtrack", memory, "MB", "bare python", None, "<= 14 MB", memory <= 14)


def _interleaved(one: str, other: str) -> tuple[float, float]:
    """Time two programs in turn, so that whatever else the machine does falls on both."""
    fresh(one), fresh(other)  # compiled, from now on
    pairs = [(_seconds(one), _seconds(other)) for _ in range(TIMES)]
    first, second = zip(*pairs, strict=True)
    return statistics.median(first), statistics.median(second)


def _seconds(code: str) -> float:
    started = time.perf_counter()
    fresh(code)
    return time.perf_counter() - started


def _kilobytes(code: str) -> int:
    return int(fresh(code))
