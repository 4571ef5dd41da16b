"""The views Importance and "A vs B": what they say, by keyboard, in every width, with hostile text."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from nbtrack.model.run import Run

pytestmark = pytest.mark.browser

_SETTINGS = ((0.1, 0.9, 0.90), (0.03, 0.9, 0.95), (0.01, 0.9, 0.915), (0.3, 0.5, 0.80))


@pytest.fixture(scope="session")
def repeated(make_run: Callable[..., Run]) -> list[Run]:
    """Four settings, five seeds each; the second is clearly best."""
    rng = random.Random(3)
    return [
        make_run(
            5 * at + seed,
            params={"lr": lr, "momentum": momentum, "hidden": 64, "seed": seed},
            metrics={"accuracy": round(quality + rng.gauss(0, 0.008), 4), "loss": round(1 - quality, 4)},
        )
        for at, (lr, momentum, quality) in enumerate(_SETTINGS)
        for seed in range(5)
    ]


def _text(page: Any, selector: str) -> str:
    return page.locator(selector).inner_text()


def _choice(page: Any, label: str) -> Any:
    return page.locator(f'.nbt-choice:has(> span:text-is("{label}")) select')


def test_params_stand_by_importance_with_interval_chance_and_method(open_comparison: Any, repeated: list[Run]) -> None:
    watched = open_comparison(repeated)
    watched.page.get_by_role("tab", name="Importance").click()
    rows = watched.page.locator(".nbt-importance tbody tr")
    assert [rows.nth(n).locator("th").inner_text() for n in range(rows.count())] == ["lr", "momentum", "seed"]
    assert "0.03" in rows.nth(0).inner_text()
    assert rows.nth(2).locator("td").nth(3).inner_text() == "within chance"
    method = _text(watched.page, ".nbt-method")
    assert all(words in method for words in ("Kelley's ε²", "jackknife", "20 runs", "not cause", "one param at a time"))
    assert watched.quiet


def test_a_param_leads_to_its_runs_by_keyboard(open_comparison: Any, repeated: list[Run]) -> None:
    page = open_comparison(repeated).page
    page.get_by_role("tab", name="Importance").press("Enter")
    page.locator(".nbt-importance button").first.focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("tab", name="Scatter").get_attribute("aria-selected") == "true"
    assert _choice(page, "x").input_value() == "params.lr"


def test_another_metric_is_asked_about_and_the_choice_keeps_the_focus(
    open_comparison: Any, repeated: list[Run]
) -> None:
    page = open_comparison(repeated).page
    page.get_by_role("tab", name="Importance").click()
    page.get_by_label("Metric").focus()
    page.get_by_label("Metric").select_option("metrics.loss")
    assert "loss's ranks" in _text(page, ".nbt-method")
    assert page.evaluate("document.activeElement.tagName") == "SELECT"


def test_the_best_group_is_set_beside_the_next_and_the_verdict_names_its_test(
    open_comparison: Any, repeated: list[Run]
) -> None:
    watched = open_comparison(repeated)
    page = watched.page
    page.get_by_role("tab", name="A vs B").click()
    assert page.locator(".nbt-verdict strong").inner_text() == "B is better than A"
    facts = _text(page, ".nbt-facts")
    assert all(
        words in facts
        for words in ("lr=0.03", "95 % interval", "Hedges' g", "Welch's t test", "Holm's correction", "5 runs")
    )
    cautions = _text(page, ".nbt-cautions")
    assert "6 pairs" in cautions
    assert "partly lucky" in cautions
    assert "significant" not in page.locator("body").inner_text()
    assert watched.quiet


def test_swapping_turns_the_verdict_around(open_comparison: Any, repeated: list[Run]) -> None:
    page = open_comparison(repeated).page
    page.get_by_role("tab", name="A vs B").click()
    page.get_by_role("button", name="⇄ swap").press("Enter")
    assert page.locator(".nbt-verdict strong").inner_text() == "B is worse than A"


def test_selected_runs_are_set_beside_the_rest_with_a_warning(open_comparison: Any, repeated: list[Run]) -> None:
    page = open_comparison(repeated).page
    for box in page.locator(".nbt-grid tbody input").all()[:3]:
        box.check()
    page.get_by_role("tab", name="A vs B").click()
    _choice(page, "A").select_option("others")
    _choice(page, "B").select_option("selected")
    assert "put together by hand" in _text(page, ".nbt-cautions")


def test_single_runs_are_not_enough_to_say(open_comparison: Any, repeated: list[Run]) -> None:
    page = open_comparison([repeated[0], repeated[5]]).page
    page.get_by_role("tab", name="A vs B").click()
    assert page.locator(".nbt-verdict strong").inner_text() == "Not enough runs to say"
    assert page.locator(".nbt-facts").get_by_text("p =").count() == 0


@pytest.mark.parametrize("view", ["Importance", "A vs B"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_at_any_width(open_comparison: Any, repeated: list[Run], view: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for width in (320, 1200):
        page = open_comparison(repeated, color_scheme=scheme, viewport={"width": width, "height": 800}).page
        page.get_by_role("tab", name=view).click()
        violations = axe.run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response[
            "violations"
        ]
        assert [(found["id"], found["nodes"][0]["html"][:120]) for found in violations] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("view", ["Importance", "A vs B"])
def test_hostile_text_is_only_text(open_comparison: Any, make_run: Callable[..., Run], view: str) -> None:
    evil = "<img src=x onerror=window.__pwned=1>"
    runs = [
        make_run(n, params={f"{evil} p": f"{evil}{n % 2}", "seed": n}, metrics={f"{evil} f1": n % 2 + n / 100})
        for n in range(8)
    ]
    watched = open_comparison(runs)
    watched.page.get_by_role("tab", name=view).click()
    assert evil in watched.page.locator(".nbt-app").inner_text()
    assert watched.page.evaluate("window.__pwned") is None
    assert watched.quiet


def test_one_run_no_metric_and_failed_runs_are_told_and_not_drawn(
    open_comparison: Any, make_run: Callable[..., Run]
) -> None:
    page = open_comparison([make_run(n, params={"lr": n}, status="failed") for n in range(3)]).page
    for view in ("Importance", "A vs B"):
        page.get_by_role("tab", name=view).click()
        assert "No metric yet" in _text(page, ".nbt-empty")
    assert open_comparison([make_run(0)]).page.get_by_role("tab", name="Importance").count() == 0


def test_the_metric_that_most_runs_have_is_asked_about_first(
    open_comparison: Any, make_run: Callable[..., Run], repeated: list[Run]
) -> None:
    others = [make_run(90 + at, params={"depth": at}, metrics={"f1_score": 0.5 + at / 10}) for at in range(2)]
    page = open_comparison([*others, *repeated]).page
    page.get_by_role("tab", name="Importance").click()
    assert _choice(page, "Metric").input_value() == "metrics.accuracy"
