"""A comparison in Chromium: how long its page is busy, on the clock and on the processor of its main thread."""

import shutil
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

# When the table's first row has been painted, counted from the start of the page. The page tells it by a message:
# whoever asks puts a script of his own into it, which takes 40 ms of the very time that is measured.
_SEEN = """(() => {
    const twice = (done) => requestAnimationFrame(() => requestAnimationFrame(done));
    const look = () => document.querySelector(".nbt-grid tbody .nbt-name")
        ? twice(() => console.debug(`seen ${performance.now()}`)) : requestAnimationFrame(look);
    requestAnimationFrame(look);
})()"""
# How long clicks and keys keep the page busy, its layout included; after a pause, as a person makes.
_BUSY = """async (work) => {
    const pause = () => new Promise((done) => setTimeout(done, 60));
    const input = document.querySelector(".nbt-filter");
    const typed = (text) => { input.value = text; input.dispatchEvent(new Event("input")); };
    const head = (column) => document.querySelector(`th[data-column="${column}"] button`);
    const columns = ["metrics.accuracy", "params.model", "metrics.loss", "params.p0", "run.name"];
    const works = {
        sort: columns.map((column) => () => (head(column) ?? document.querySelector("th[data-column] button")).click()),
        filter: ["svc", "svc accuracy>0.5", "forest -failed", "p0<0.5", ""].map((text) => () => typed(text)),
    };
    const steps = works[work] ?? [() => document.querySelector(`[data-view="${work}"]`).click()];
    const times = [];
    for (const step of steps) {
        await pause();
        const start = performance.now();
        step();
        document.body.offsetHeight;
        times.push(performance.now() - start);
    }
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return times;
}"""
# The times between frames while the table is flung, half a window a frame.
_FLING = """async (side) => {
    const box = document.querySelector(".nbt-scroll");
    const times = [];
    await new Promise((done) => {
        let last = 0;
        const frame = () => {
            const now = performance.now();
            if (last) times.push(now - last);
            last = now;
            if (times.length === 90) return done();
            if (side === "down") box.scrollTop = times.length < 60 ? box.scrollTop + 230 : box.scrollTop - 460;
            else box.scrollLeft = times.length < 60 ? box.scrollLeft + 300 : box.scrollLeft - 600;
            requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
    });
    return times;
}"""


class Spent(NamedTuple):
    """Milliseconds on the clock, each step's own, and of the main thread's processor, a step."""

    times: Sequence[float]
    processor: float

    @property
    def median(self) -> float:
        """The time of a usual step."""
        return statistics.median(self.times)


class Page:
    """One open page."""

    def __init__(self, browser: Any, url: str) -> None:
        self.context = browser.new_context(viewport={"width": 1200, "height": 800}, bypass_csp=True)
        self.page = self.context.new_page()
        self._devtools = self.context.new_cdp_session(self.page)
        self._devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.page.add_init_script(_SEEN)
        with self.page.expect_console_message(lambda message: message.text.startswith("seen ")) as seen:
            self.page.goto(url)
        self.painted = float(seen.value.text.split()[1])
        self.loading = self._processor()

    def busy(self, work: str) -> Spent:
        """Sort, filter, or open a tab."""
        return self._spent(_BUSY, work)

    def fling(self, side: str) -> Spent:
        """Scroll the table ``down`` or ``aside``, fast."""
        return self._spent(_FLING, side)

    def _spent(self, script: str, argument: str) -> Spent:
        before = self._processor()
        times = self.page.evaluate(script, argument)
        return Spent(times, (self._processor() - before) / len(times))

    def _processor(self) -> float:
        metrics = self._devtools.send("Performance.getMetrics")["metrics"]
        return 1000 * next(float(each["value"]) for each in metrics if each["name"] == "TaskDuration")

    def close(self) -> None:
        """Let go of it."""
        self.context.close()


@contextmanager
def chromium() -> Iterator[Any]:
    """Give a browser; None where Chromium or playwright is missing."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        found = None
    if found is None:
        yield None
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
