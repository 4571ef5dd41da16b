"""What the comparison costs where it is read: in the browser's time, and in the bytes of a saved notebook.

Times are medians of one page's steps, the least of several pages: whatever else the machine does only adds to them.
Beside them stands what the page's main thread itself was busy, which other processes do not lengthen.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import following
from benchmarks.browsing import Page, Spent, chromium
from benchmarks.made_runs import curved, saved, study, wide
from benchmarks.row import Row
from nbtrack.export.page import write_comparison
from nbtrack.model.run import Run
from nbtrack.view.comparison import comparison_html

LOADS = 3
GOALS = {100: (300.0, 30.0), 1_000: (300.0, 30.0), 10_000: (1_000.0, 100.0)}  # first paint; sort or filter
_FRAME, _WORST, _TAB = 20.0, 50.0, 100.0  # a usual frame and the worst one of a fling; to open a tab
_TABS = ("curves", "scatter", "parallel", "importance", "better", "diff")
_PLAIN = "<!doctype html><table class=nbt-grid><tbody><tr><td class=nbt-name>one</table>"


def rows() -> Iterator[Row]:
    """Yield the rows; those of the browser only where Chromium and playwright are installed."""
    yield from _sizes()
    yield from _building()
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        if browser is not None:
            yield from _browsed(browser, Path(folder))
    yield from following.rows()


def _browsed(browser: Any, folder: Path) -> Iterator[Row]:
    plain = folder / "plain.html"
    plain.write_text(_PLAIN, encoding="utf-8")
    for count, (paint, work) in GOALS.items():
        page = write_comparison(study(count), folder / f"{count}.html")
        yield from _times(browser, f"{count:,} runs", page, plain, paint, work)
        if count == max(GOALS):
            yield from _tabs(browser, f"{count:,} runs", page, ("scatter", "parallel", "importance"), 1_000)
    page = write_comparison(wide(1_000, 300), folder / "wide.html")
    yield from _times(browser, "1,000 runs, 300 columns", page, plain, 1_000, 100, ("down", "aside"))
    inline = folder / "inline.html"
    inline.write_text(f"<!doctype html><meta charset=utf-8>{comparison_html(saved(66)).html}", encoding="utf-8")
    loads = [_load(browser, inline) for _ in range(LOADS)]
    yield _row("saved output of 100 runs: first paint", min(loads), 300.0)
    page = write_comparison(curved(300, 200), folder / "curved.html")
    yield from _tabs(browser, "300 runs x 2 curves x 200 points", page, _TABS, _TAB)


def _load(browser: Any, page: Path) -> Spent:
    opened = Page(browser, page.as_uri())
    opened.close()
    return Spent([opened.painted], opened.loading)


def _times(
    browser: Any, name: str, page: Path, plain: Path, paint: float, work: float, sides: Sequence[str] = ("down",)
) -> Iterator[Row]:
    """Time our page and a plain one in turn, so that whatever else the machine does falls on both."""
    loads, bare, works, flings = [], [], [], []
    for _ in range(LOADS):
        bare.append(_load(browser, plain))
        opened = Page(browser, page.as_uri())
        loads.append(Spent([opened.painted], opened.loading))
        flings.append([opened.fling(side) for side in sides])
        works.append([opened.busy(each) for each in ("sort", "filter")])
        opened.close()
    first, word = min(loads), min(bare)
    beside = f"busy {first.processor:.0f} ms; page of one word {word.median:.0f} ms"
    goal = f"<= {paint:,.0f} ms"
    yield Row(
        f"{name}: first paint", first.median, "ms", beside, first.median / word.median, goal, first.median <= paint
    )
    for each, spent in zip(("sort", "filter"), map(_least, zip(*works, strict=True)), strict=True):
        yield _row(f"{name}: {each}", spent, work)
    for side, spent in zip(sides, zip(*flings, strict=True), strict=True):
        yield _row(f"{name}: frame of a fling {side}", _least(spent), _FRAME)
        worst = min(max(each.times) for each in spent)
        yield Row(
            f"{name}: worst frame of a fling {side}", worst, "ms", "", None, f"<= {_WORST:.0f} ms", worst <= _WORST
        )


def _tabs(browser: Any, name: str, page: Path, tabs: Sequence[str], goal: float) -> Iterator[Row]:
    found: dict[str, list[Spent]] = {tab: [] for tab in tabs}
    for _ in range(LOADS):
        opened = Page(browser, page.as_uri())
        for tab in tabs:
            found[tab].append(opened.busy(tab))
        opened.close()
    for tab, spent in found.items():
        yield _row(f"{name}: open {tab}", _least(spent), goal)


def _least(spent: Sequence[Spent]) -> Spent:
    return min(spent, key=lambda each: each.median)


def _row(name: str, spent: Spent, goal: float) -> Row:
    busy = f"main thread busy {spent.processor:.1f} ms"
    return Row(name, spent.median, "ms", busy, None, f"<= {goal:,.0f} ms", spent.median <= goal)


def _sizes() -> Iterator[Row]:
    for name, curves in (("", 0), (", cell sources and 66 curves", 66), (", cell sources and 600 curves", 600)):
        size = len(comparison_html(saved(curves)).html.encode()) / 1000
        yield Row(
            f"saved output of 100 runs{name}",
            size,
            "KB",
            "plotly widget 4,960 KB",
            size / 4960,
            "<= 150 KB",
            size <= 150,
        )


def _building() -> Iterator[Row]:
    """Yield how long Python is at work on the output: its own processor time."""
    for name, runs in (
        ("100 runs, 66 curves", saved(66)),
        ("1,000 runs", study(1_000)),
        ("10,000 runs", study(10_000)),
    ):
        yield Row(f"output of {name} made in Python", _build(runs), "ms", "", None, "", None)


def _build(runs: Sequence[Run]) -> float:
    times = []
    for _ in range(3):
        before = time.process_time()
        comparison_html(runs)
        times.append(1000 * (time.process_time() - before))
    return min(times)
