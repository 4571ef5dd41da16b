"""What the comparison costs where it is read: in the browser's time, and in the bytes of a saved notebook."""

import math
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.row import Row
from nbtrack.export.page import write_comparison
from nbtrack.model.run import History, Run
from nbtrack.view.comparison import comparison_html

LOADS = 5
WORKS = ("sort", "filter")
GOALS = {100: (300.0, 30.0), 1_000: (300.0, 30.0), 10_000: (1_000.0, 100.0)}
_FAMILIES = ("forest", "svc", "boosting", "logistic")
_SOURCE = "".join(f"step_{k} = prepare(data, {k})\n" for k in range(15))

_PLAIN = "<!doctype html><table class=nbt-grid><tbody><tr><td class=nbt-name>one</table>"

# When the table's first row has been painted, counted from the start of the page.
_SEEN = """(() => {
    const twice = (done) => requestAnimationFrame(() => requestAnimationFrame(done));
    const look = () => document.querySelector(".nbt-grid tbody .nbt-name")
        ? twice(() => { window.seen = performance.now(); }) : requestAnimationFrame(look);
    requestAnimationFrame(look);
})()"""
# How long a click or a key keeps the page busy, its layout included; after a pause, as a person makes.
_BUSY = """async (work) => {
    const pause = () => new Promise((done) => setTimeout(done, 60));
    const input = document.querySelector(".nbt-filter");
    const typed = (text) => { input.value = text; input.dispatchEvent(new Event("input")); };
    const head = (column) => document.querySelector(`th[data-column="${column}"] button`);
    const columns = ["metrics.accuracy", "params.model", "metrics.loss", "params.p0", "run.name"];
    const works = {
        sort: columns.map((column) => () => head(column).click()),
        filter: ["svc", "svc accuracy>0.5", "forest -failed", "p0<0.5", ""].map((text) => () => typed(text)),
    };
    const times = [];
    for (const step of works[work]) {
        await pause();
        const start = performance.now();
        step();
        document.body.offsetHeight;
        times.push(performance.now() - start);
    }
    return times;
}"""


def rows() -> Iterator[Row]:
    """Yield the rows; those of the browser only where Chromium and playwright are installed."""
    yield from _sizes()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return
    if chromium is None:
        return
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        plain = Path(folder) / "plain.html"
        plain.write_text(_PLAIN, encoding="utf-8")
        for count in GOALS:
            page = write_comparison(_study(count), Path(folder) / f"{count}.html")
            yield from _times(browser, count, page, plain)
        browser.close()


def _times(browser: Any, count: int, page: Path, plain: Path) -> Iterator[Row]:
    """Time our page and a plain one in turn, so that whatever else the machine does falls on both."""
    pairs = [(_load(browser, plain.as_uri(), ()), _load(browser, page.as_uri(), WORKS)) for _ in range(LOADS)]
    bare = statistics.median(first["first paint"][0] for first, _ in pairs)
    paint, work = GOALS[count]
    for name, goal in (("first paint", paint), *((each, work) for each in WORKS)):
        value = statistics.median(time for _, ours in pairs for time in ours[name])
        beside, ratio = (f"page of one word {bare:.0f} ms", value / bare) if name == "first paint" else ("", None)
        yield Row(
            f"comparison of {count:,} runs: {name}", value, "ms", beside, ratio, f"<= {goal:,.0f} ms", value <= goal
        )


def _load(browser: Any, url: str, works: Sequence[str]) -> dict[str, list[float]]:
    page = browser.new_page(viewport={"width": 1200, "height": 800}, bypass_csp=True)
    page.add_init_script(_SEEN)
    page.goto(url)
    page.wait_for_function("window.seen")
    times = {
        "first paint": [page.evaluate("window.seen")],
        **{work: page.evaluate(_BUSY, work) for work in works},
    }
    page.close()
    return times


def _sizes() -> Iterator[Row]:
    for name, curves in (("", 0), (", cell sources and 66 curves", 66), (", cell sources and 600 curves", 600)):
        size = len(comparison_html(_saved(curves)).html.encode()) / 1000
        yield Row(
            f"saved output of 100 runs{name}",
            size,
            "KB",
            "plotly widget 4,960 KB",
            size / 4960,
            "<= 150 KB",
            size <= 150,
        )


def _saved(curves: int) -> list[Run]:
    """Return 100 runs of 10 params and 6 metrics, every number with all its digits."""
    each = math.ceil(curves / 100)
    return [
        _run(
            i,
            {f"p{k}": math.sin(i + k) for k in range(10)},
            {f"m{k}": math.cos(i * k) for k in range(6 - each)},
            _SOURCE + f"fit({i})" if curves else "fit()",
            {f"loss_{k}": [math.exp(-step / (9 + i)) for step in range(200)] for k in range(each)}
            if i * each < curves
            else {},
        )
        for i in range(100)
    ]


def _study(count: int) -> list[Run]:
    """Return runs of 20 columns: words, numbers, and some that are missing."""
    return [
        _run(
            i,
            {"model": _FAMILIES[i % 4], **{f"p{k}": abs(math.sin(i * (k + 1))) for k in range(12) if (i + k) % 5}},
            {"accuracy": abs(math.sin(i)), "loss": 1 / (1 + i % 97), **{f"m{k}": math.cos(i * k) for k in range(5)}},
            f"model = {_FAMILIES[i % 4]}()",
            {},
        )
        for i in range(count)
    ]


def _run(
    number: int, params: dict[str, Any], metrics: dict[str, float], source: str, curves: dict[str, Sequence[float]]
) -> Run:
    series = {
        name: History(tuple(range(len(ys))), tuple(ys), tuple(map(float, range(len(ys)))))
        for name, ys in curves.items()
    }
    summaries = {
        name: {"last": ys[-1], "min": min(ys), "max": max(ys), "count": len(ys), "step": len(ys) - 1}
        for name, ys in curves.items()
    }
    document: Any = {
        "id": f"20261121t{100_000 + number:06d}-{number:08d}",
        "name": f"{params.get('model', 'run')} {number}",
        "experiment": "study",
        "status": "failed" if number % 17 == 11 else "finished",
        "started": 1_795_255_200_000 + number * 61_000,
        "ended": None,
        "duration": 1.5 + number % 7,
        "params": params,
        "metrics": {**metrics, **{name: ys[-1] for name, ys in curves.items()}},
        "curves": summaries,
        "tags": {},
        "note": None,
        "sources": {"params": {}, "metrics": {}},
        "cell": {"source": source, "id": None, "count": number, "hash": "", "line": "", "overrides": {}},
        **dict.fromkeys(("session", "code", "environment", "error")),
        **{name: [] for name in ("artifacts", "data", "warnings")},
        "notebook": "study.ipynb",
        "hardware": {},
        "deleted": False,
        "health": {"ok": True, "damaged": 0, "missing": 0, "unsealed": 0},
    }
    return Run.from_document(document, lambda _id, metric: series[metric])
