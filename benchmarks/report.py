"""A report: how long it takes to write, how large it is, and how it opens in a browser."""

import runpy
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.browsing import chromium
from benchmarks.row import Row
from nbtrack.report.page import page
from nbtrack.report.parts import Report

_TESTS = Path(__file__).parents[1] / "tests"
SIZES = (100, 1000)
GOALS = {100: (0.5, 3_000_000), 1000: (3.0, 6_000_000)}  # seconds for the page alone, bytes
_PAINTED = """() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime"""
# Scroll to the end, most of a window a frame, and tell how long that took and what the slowest frame was.
_SCROLLED = """() => new Promise((done) => {
    const start = performance.now();
    let last = start, slowest = 0;
    const frame = () => {
        const now = performance.now();
        slowest = Math.max(slowest, now - last);
        last = now;
        const before = scrollY;
        scrollBy(0, innerHeight * 0.8);
        if (scrollY > before) requestAnimationFrame(frame);
        else done([now - start, slowest]);
    };
    requestAnimationFrame(frame);
})"""


def made(count: int) -> Report:
    """Return a report with everything in it, of runs that look like a day's work."""
    study = runpy.run_path(str(_TESTS / "view" / "fake_runs.py"))["study"]
    return runpy.run_path(str(_TESTS / "report" / "rich_report.py"))["rich_report"](study(count))


def written(count: int, path: Path) -> dict[str, float]:
    """Write the page of so many runs; return its bytes, and the seconds of processor of the first and best of five."""
    report = made(count)
    times = []
    for _ in range(5):
        start = time.process_time()
        html = page(report)
        times.append(time.process_time() - start)
    path.write_text(html, encoding="utf-8")
    return {"first_s": times[0], "s": min(times), "bytes": path.stat().st_size}


def opened(browser: Any, path: Path) -> dict[str, float]:
    """Open the page; return when it was painted, and how long scrolling to its end took, in ms."""
    tab = browser.new_context(viewport={"width": 1200, "height": 800}).new_page()
    tab.goto(path.as_uri(), wait_until="domcontentloaded")
    tab.wait_for_function(_PAINTED)
    painted = tab.evaluate(_PAINTED)
    tab.wait_for_selector("html[data-scripted]")
    whole, slowest = tab.evaluate(_SCROLLED)
    tab.close()
    return {"painted_ms": painted, "scrolled_ms": whole, "slowest_frame_ms": slowest}


def rows() -> Iterator[Row]:
    """Yield what is measured of the reports of each size."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for count in SIZES:
            path = Path(folder) / f"{count}.html"
            found = written(count, path)
            yield _row(f"page of a report of {count:,} runs, templates compiled", found["s"], "s", "", GOALS[count][0])
            yield _row("  the first of a process", found["first_s"], "s", "with what is loaded for it", None)
            yield _row("  the file", found["bytes"] / 1e6, "MB", "", GOALS[count][1] / 1e6)
            for name, value in opened(browser, path).items() if browser else ():
                yield _row(f"  {name.removesuffix('_ms').replace('_', ' ')} in Chromium", value, "ms", "", None)


def _row(name: str, value: float, unit: str, beside: str, goal: float | None) -> Row:
    told = f"<= {goal:g} {unit}" if goal is not None else ""
    return Row(name, value, unit, beside, None, told, None if goal is None else value <= goal)
