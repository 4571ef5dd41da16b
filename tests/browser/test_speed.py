"""How long a thousand runs take in the browser: printed, and bounded loosely, since machines differ."""

from collections.abc import Callable
from typing import Any

import pytest

from nbtrack.model.run import Run

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_TIMED = """async (work) => {
    const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    await painted();
    const start = performance.now();
    work === "sort" ? document.querySelector('th[data-column="metrics.accuracy_score"] button').click() : null;
    if (work === "filter") { const i = document.querySelector(".nbt-filter"); i.value = "svc accuracy_score>0.94"; i.dispatchEvent(new Event("input")); }
    if (work === "parallel") document.querySelector("[data-view=parallel]").click();
    document.body.offsetHeight;
    return performance.now() - start;
}"""


def test_a_thousand_runs_paint_sort_and_filter_at_once(
    study: Callable[..., list[Run]], open_comparison: Callable[..., Any]
) -> None:
    page = open_comparison(study(1000, curves=False)).page
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    times = {"first paint": paint, **{work: page.evaluate(_TIMED, work) for work in ("sort", "filter", "parallel")}}
    print({name: f"{time:.0f} ms" for name, time in times.items()})
    assert times["sort"] < 500
    assert times["filter"] < 500
