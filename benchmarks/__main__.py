"""``make bench``: every budget that exists so far, beside plain baselines measured in the same run."""

import sys
from collections.abc import Iterator

from benchmarks import cells, front_end, imports, stores
from benchmarks.row import Row

HEAD = ("work", "nbtrack", "baseline", "ratio", "goal", "")


def main() -> int:
    """Print the rows as they are measured; return how many goals were missed."""
    widths = (58, 14, 34, 8, 24, 4)
    print(_line(HEAD, widths))
    print("-" * (sum(widths) + 2 * len(widths)))
    missed = 0
    for row in _rows():
        missed += row.ok is False
        print(_line(_cells(row), widths), flush=True)
    print(f"\n{missed} goals missed" if missed else "\nall goals reached")
    return missed


def _rows() -> Iterator[Row]:
    yield from imports.rows()
    yield from cells.rows()
    yield from stores.rows()
    yield from front_end.rows()


def _cells(row: Row) -> tuple[str, ...]:
    ratio = f"{row.ratio:.2f} x" if row.ratio is not None else ""
    verdict = {True: "ok", False: "MISS", None: ""}[row.ok]
    return (row.name, f"{row.value:,.4g} {row.unit}", row.baseline, ratio, row.goal, verdict)


def _line(cells: tuple[str, ...], widths: tuple[int, ...]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


if __name__ == "__main__":
    sys.exit(0 if main() >= 0 else 1)
