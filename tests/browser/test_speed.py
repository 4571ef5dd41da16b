"""How long many runs take in the browser: printed, and bounded against blunders only; ``make bench`` holds the budgets."""

from collections.abc import Callable
from typing import Any

import pytest

from nbtrack.model.run import Run

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_TIMED = """async (work) => {
    await new Promise((done) => setTimeout(done, 100));
    const start = performance.now();
    if (work === "sort") document.querySelector('th[data-column="metrics.accuracy_score"] button').click();
    if (work === "filter") { const i = document.querySelector(".nbt-filter"); i.value = "svc accuracy_score>0.94"; i.dispatchEvent(new Event("input")); }
    if (work === "parallel") document.querySelector("[data-view=parallel]").click();
    document.body.offsetHeight;
    return performance.now() - start;
}"""


@pytest.mark.parametrize("count", [1000, 10_000])
def test_many_runs_sort_filter_and_draw_while_one_waits(
    study: Callable[..., list[Run]], open_comparison: Callable[..., Any], count: int
) -> None:
    page = open_comparison(study(count, curves=False)).page
    times = {work: page.evaluate(_TIMED, work) for work in ("sort", "filter", "parallel")}
    print(count, {name: f"{time:.0f} ms" for name, time in times.items()})
    assert max(times.values()) < 5000
