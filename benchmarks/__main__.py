"""``make bench``: every budget that exists so far, beside plain baselines measured in the same run.

``python -m benchmarks overhead scale`` measures only those parts.
"""

import sys
from collections.abc import Sequence
from itertools import chain

from benchmarks import (
    artifacts,
    bundles,
    counting,
    front_end,
    histories,
    imports,
    lab,
    overhead,
    recording,
    report,
    reproducing,
    scale,
)
from benchmarks.row import Row

PARTS = {
    "imports": imports.rows,
    "artifacts": artifacts.rows,
    "overhead": overhead.rows,
    "bundles": bundles.rows,
    "counting": counting.rows,
    "recording": recording.rows,
    "histories": histories.rows,
    "scale": scale.rows,
    "front_end": front_end.rows,
    "reproducing": reproducing.rows,
    "report": report.rows,
    "lab": lab.rows,
}
HEAD = ("work", "nbtrack", "baseline", "ratio", "goal", "")


def main(parts: Sequence[str]) -> int:
    """Print the rows of ``parts``, all when none is named, as they are measured; return how many goals were missed."""
    unknown = set(parts) - PARTS.keys()
    if unknown:
        sys.exit(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    widths = (58, 14, 34, 8, 24, 4)
    print(_line(HEAD, widths))
    print("-" * (sum(widths) + 2 * len(widths)))
    missed = 0
    for row in chain.from_iterable(PARTS[part]() for part in parts or PARTS):
        missed += row.ok is False
        print(_line(_cells(row), widths), flush=True)
    print(f"\n{missed} goals missed" if missed else "\nall goals reached")
    return missed


def _cells(row: Row) -> tuple[str, ...]:
    ratio = f"{row.ratio:.2f} x" if row.ratio is not None else ""
    verdict = {True: "ok", False: "MISS", None: ""}[row.ok]
    return (row.name, f"{row.value:,.4g} {row.unit}", row.baseline, ratio, row.goal, verdict)


def _line(cells: tuple[str, ...], widths: tuple[int, ...]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) >= 0 else 1)
