"""The comparison as a person uses it: by mouse and by keyboard, from a file on disk."""

from collections.abc import Callable
from typing import Any

import pytest

from nbtrack.model.run import Run
from nbtrack.view.comparison import comparison_html

pytestmark = pytest.mark.browser

Make = Callable[..., Run]
Study = Callable[..., list[Run]]
Open = Callable[..., Any]


@pytest.fixture
def few(make_run: Make) -> list[Run]:
    values = [("forest", 0.1, 0.91, 0.4), ("boosted", 0.01, 0.97, 0.1), ("logistic", 0.001, 0.95, 0.2)]
    return [
        make_run(
            i,
            name=name,
            params={"lr": lr, "seed": 1},
            metrics={"accuracy": score, "loss": loss},
            cell={
                "source": f"model = fit(lr={lr})\nscore()",
                "id": None,
                "count": i,
                "hash": "",
                "line": "",
                "overrides": {},
            },
        )
        for i, (name, lr, score, loss) in enumerate(values)
    ]


def _names(page: Any) -> list[str]:
    return page.locator(".nbt-grid tbody .nbt-name").all_inner_texts()


def _sort_button(page: Any, column: str) -> Any:
    return page.locator(f'th[data-column="{column}"] .nbt-sort')


def test_a_click_on_a_header_sorts_best_first_then_reversed_then_not_at_all(
    few: list[Run], open_comparison: Open
) -> None:
    watched = open_comparison(few)
    orders, told = [], []
    for _ in range(3):
        _sort_button(watched.page, "metrics.accuracy").click()
        orders.append(_names(watched.page))
        told.append(watched.page.locator('th[data-column="metrics.accuracy"]').get_attribute("aria-sort"))
    assert orders == [
        ["boosted", "logistic", "forest"],
        ["forest", "logistic", "boosted"],
        ["forest", "boosted", "logistic"],
    ]
    assert told == ["descending", "ascending", None]
    assert watched.quiet


def test_enter_and_space_on_a_header_sort_too(few: list[Run], open_comparison: Open) -> None:
    page = open_comparison(few).page
    _sort_button(page, "metrics.loss").focus()
    page.keyboard.press("Enter")
    assert _names(page) == ["boosted", "logistic", "forest"]
    page.keyboard.press("Space")
    assert _names(page) == ["forest", "logistic", "boosted"]
    assert page.evaluate("document.activeElement.closest('th').dataset.column") == "metrics.loss"


def test_shift_adds_a_second_column_to_the_sort(make_run: Make, open_comparison: Open) -> None:
    runs = [
        make_run(i, name=f"{a}{b}", params={"a": a, "b": b})
        for i, (a, b) in enumerate([(2, 1), (1, 1), (2, 2), (1, 2)])
    ]
    page = open_comparison(runs).page
    _sort_button(page, "params.a").click()
    _sort_button(page, "params.b").click(modifiers=["Shift"])
    _sort_button(page, "params.b").click(modifiers=["Shift"])
    assert _names(page) == ["12", "11", "22", "21"]


def test_slash_focuses_the_filter_and_typing_narrows_the_rows(few: list[Run], open_comparison: Open) -> None:
    watched = open_comparison(few)
    page = watched.page
    page.locator(".nbt-scroll").focus()
    page.keyboard.press("/")
    page.keyboard.type("accuracy>0.92 -logistic")
    assert _names(page) == ["boosted"]
    assert page.locator(".nbt-count").inner_text() == "1 of 3 runs"
    page.keyboard.press("Escape")
    assert _names(page) == ["forest", "boosted", "logistic"]
    assert watched.quiet


def test_a_filter_that_names_no_column_says_so(few: list[Run], open_comparison: Open) -> None:
    page = open_comparison(few).page
    page.locator(".nbt-filter").fill("acuracy>0.92")
    assert page.locator(".nbt-problem").inner_text() == "Did you mean `metrics.accuracy`? runs have no `acuracy`"
    assert len(_names(page)) == 3


def test_two_selected_runs_can_be_diffed_by_mouse(few: list[Run], open_comparison: Open) -> None:
    watched = open_comparison(few)
    page = watched.page
    page.locator(".nbt-grid tbody tr").nth(0).locator("td").first.click()
    page.get_by_label("Select boosted").check()
    page.get_by_role("button", name="Diff these two").click()
    assert page.get_by_role("tab", name="Diff").get_attribute("aria-selected") == "true"
    assert page.locator('section[aria-label="Metrics"] tbody tr').all_inner_texts() == [
        "accuracy\t0.9100\t0.9700\t▲ +0.06 better",
        "loss\t0.400\t0.100\t▼ −0.3 better",  # noqa: RUF001 - a minus sign
    ]
    assert page.locator(".nbt-code mark").all_inner_texts() == ["0.1", "0.01"]
    assert watched.quiet


def test_the_whole_way_to_a_diff_works_from_the_keyboard(few: list[Run], open_comparison: Open) -> None:
    watched = open_comparison(few)
    page = watched.page
    page.get_by_label("Select forest").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert page.locator(".nbt-count").inner_text() == "3 runs · 2 selected"
    page.get_by_role("tab", name="Table").focus()
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.textContent") == "Diff"
    assert page.locator(".nbt-code mark").count() == 2
    page.keyboard.press("ArrowLeft")
    assert page.get_by_role("tab", name="A vs B").get_attribute("aria-selected") == "true"
    assert watched.quiet


def test_there_is_a_tab_for_curves_only_where_there_are_some(
    few: list[Run], study: Study, open_comparison: Open
) -> None:
    tabs = [open_comparison(runs).page.get_by_role("tab").all_inner_texts() for runs in (few, study(6))]
    both = ["Table", "Parallel", "Scatter", "Importance", "A vs B", "Diff"]
    assert tabs == [both, [*both[:3], "Curves", *both[3:]]]


def test_columns_that_are_the_same_everywhere_come_on_demand(few: list[Run], open_comparison: Open) -> None:
    page = open_comparison(few).page
    assert page.locator('th[data-column="params.seed"]').count() == 0
    page.get_by_role("button", name="1 identical column").click()
    assert page.locator('th[data-column="params.seed"]').count() == 1


def test_params_left_at_their_defaults_come_on_demand_and_are_no_axes(make_run: Make, open_comparison: Open) -> None:
    runs = [
        make_run(
            i,
            params={"C": i, family: "auto", "tol": 1, "seed": 42},
            metrics={"accuracy": 0.9 + i / 100},
            sources={"params": {"C": "literal", family: "X default", "tol": "X default"}, "metrics": {}},
        )
        for i, family in enumerate(("gamma", "loss"))
    ]
    page = open_comparison(runs).page
    heads = page.locator(".nbt-grid thead tr:last-child th")
    shown = heads.count()
    page.get_by_role("button", name="4 identical or default columns").click()
    assert heads.count() == shown + 7, "these four, and what the runs themselves have in common"
    page.get_by_role("tab", name="Parallel").click()
    assert page.locator(".nbt-axis-name").all_text_contents() == ["C", "accuracy"]


def test_the_best_value_is_wide_enough_to_be_read(make_run: Make, open_comparison: Open) -> None:
    values = (0.99603, 0.9954, 0.5)
    page = open_comparison([make_run(i, metrics={"f1": value}) for i, value in enumerate(values)]).page
    cut_off = "() => [...document.querySelectorAll('.nbt-grid tbody td')].filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent)"
    assert page.evaluate(cut_off) == []


def test_a_scrolled_table_shows_each_run_once_and_in_order(study: Study, open_comparison: Open) -> None:
    page = open_comparison(study(200, curves=False)).page
    box = page.locator(".nbt-scroll")
    seen = []
    for top in (0, 300, 420, 9000, 2000, 1900, 0):
        box.evaluate("(box, top) => { box.scrollTop = top; box.dispatchEvent(new Event('scroll')); }", top)
        drawn = [int(name.split()[-1]) for name in _names(page)]
        first = min(max(0, int(box.evaluate("(box) => box.scrollTop")) // 28 - 5), 200 - len(drawn))
        seen.append(drawn == list(range(first, first + len(drawn))))
    assert seen == [True] * 7


def test_all_rows_are_on_paper(study: Study, open_comparison: Open) -> None:
    page = open_comparison(study(200, curves=False)).page
    counts = []
    for event in ("beforeprint", "afterprint"):
        page.evaluate("(event) => window.dispatchEvent(new Event(event))", event)
        counts.append(len(_names(page)))
    assert counts[0] == 200
    assert counts[1] < 60


def test_every_view_draws_and_arrow_keys_walk_and_select_its_runs(study: Study, open_comparison: Open) -> None:
    watched = open_comparison(study(24))
    page = watched.page
    for view, mark in (("Parallel", "path.nbt-line"), ("Scatter", "path.nbt-dot"), ("Curves", "path.nbt-curve")):
        page.get_by_role("tab", name=view).click()
        assert page.locator(mark).count() >= 7
        chart = page.locator("svg.nbt-plot").first
        chart.focus()
        page.keyboard.press("ArrowRight")
        assert chart.locator(f"{mark}.nbt-hot").count() == 1
        page.keyboard.press("Space")
        assert page.locator(".nbt-count").inner_text().endswith("1 selected")
        page.get_by_role("button", name="Clear").click()
    assert watched.quiet


def test_pointing_at_a_dot_names_its_run(few: list[Run], open_comparison: Open) -> None:
    page = open_comparison(few).page
    page.get_by_role("tab", name="Scatter").click()
    page.locator("path.nbt-dot").first.hover(force=True)
    assert page.locator(".nbt-tip").inner_text().splitlines()[0].split()[0] in {"forest", "boosted", "logistic"}


def test_a_thousand_runs_draw_only_the_rows_in_sight(study: Study, open_comparison: Open) -> None:
    watched = open_comparison(study(1000, curves=False))
    page = watched.page
    assert page.locator(".nbt-grid tbody tr:not(.nbt-spacer)").count() < 80
    page.get_by_label("Select ran 00").focus()
    page.keyboard.press("End")
    page.locator("input:focus[data-run='999']").wait_for()
    assert page.locator(".nbt-grid").get_attribute("aria-rowcount") == "1002"
    page.mouse.move(600, 400)
    page.mouse.wheel(0, -100_000)
    page.get_by_text("ran 00", exact=True).wait_for()
    assert watched.quiet


def test_the_dark_scheme_changes_the_page_and_not_the_content(few: list[Run], open_comparison: Open) -> None:
    grounds = [
        open_comparison(few, color_scheme=scheme).page.evaluate(
            "getComputedStyle(document.querySelector('.nbt-scroll')).backgroundColor"
        )
        for scheme in ("light", "dark")
    ]
    assert grounds == ["rgb(255, 255, 255)", "rgb(20, 23, 27)"]


def test_nothing_sticks_out_of_a_page_of_320_pixels(study: Study, open_comparison: Open) -> None:
    watched = open_comparison(study(12), viewport={"width": 320, "height": 640})
    for view in ("Table", "Parallel", "Scatter", "Curves", "Diff"):
        watched.page.get_by_role("tab", name=view).click()
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert watched.quiet


def test_none_one_failed_and_metricless_runs_have_states_of_their_own(make_run: Make, open_comparison: Open) -> None:
    failed = [make_run(i, status="failed", params={"lr": i}) for i in range(2)]
    said = []
    for runs in ([], [make_run(1)], failed):
        watched = open_comparison(runs)
        if runs:
            watched.page.get_by_role("tab", name="Scatter").click()
        else:
            assert watched.page.get_by_role("tab").count() == 0
        said.append(watched.page.locator(".nbt-empty strong").inner_text())
        assert watched.quiet
    assert said == ["No runs to compare", "One run so far", "No metrics yet"]


def test_without_scripts_there_is_still_the_whole_table(few: list[Run], open_page: Open, tmp_path: Any) -> None:
    path = tmp_path / "saved.html"
    path.write_text(f"<!doctype html><meta charset=utf-8>{comparison_html(few).html}", encoding="utf-8")
    watched = open_page(path.as_uri(), java_script_enabled=False)
    assert watched.page.locator("tbody th").all_inner_texts() == ["forest", "boosted", "logistic"]


def test_several_comparisons_live_in_one_page_apart(few: list[Run], open_page: Open, tmp_path: Any) -> None:
    path = tmp_path / "notebook.html"
    outputs = "".join(comparison_html(few, f"number {n}").html for n in range(3))
    path.write_text(f"<!doctype html><meta charset=utf-8>{outputs}", encoding="utf-8")
    watched = open_page(path.as_uri())
    watched.page.wait_for_function("document.querySelectorAll('[role=tablist]').length === 3")
    watched.page.locator(".nbt-filter").nth(1).fill("boosted")
    assert watched.page.locator(".nbt-count").all_inner_texts() == ["3 runs", "1 of 3 runs", "3 runs"]
    assert watched.quiet


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_runs_that_are_not_whole_say_so_in_words_and_can_be_filtered(
    open_comparison: Callable[..., Any], make_run: Callable[..., Run], scheme: str
) -> None:
    health = {"ok": False, "damaged": 1, "missing": 3, "unsealed": 2, "divergent": 0}
    runs = [make_run(0, metrics={"f1": 0.1}), make_run(1, health=health, metrics={"f1": 0.2})]
    watched = open_comparison(runs, color_scheme=scheme)
    flags = watched.page.locator(".nbt-grid .nbt-flag:visible")
    assert (flags.all_inner_texts(), flags.first.get_attribute("aria-label")) == (["⚠ damaged …"], "damaged, unsealed")
    row = watched.page.locator(".nbt-grid tbody th", has_text="run 1")
    row.hover()
    assert "1 damaged line; 3 records missing" in (row.get_attribute("title") or "")
    watched.page.locator(".nbt-filter").fill("unsealed")
    watched.page.locator(".nbt-count", has_text="1 of 2 runs").wait_for()
    assert watched.quiet


def test_a_filter_that_nothing_matches_can_be_cleared(few: list[Run], open_comparison: Open) -> None:
    page = open_comparison(few).page
    page.locator(".nbt-filter").fill("accuracy > 5")
    page.get_by_role("button", name="Clear the filter").click()
    assert (page.locator(".nbt-filter").input_value(), len(_names(page))) == ("", 3)


def test_a_failed_run_says_its_error(few: list[Run], make_run: Make, open_comparison: Open) -> None:
    failed = make_run(9, status="failed", error={"type": "ValueError", "message": "Input X contains NaN."})
    page = open_comparison([*few, failed]).page
    row = page.locator("tbody tr").last
    row.locator("th").hover()
    assert "ValueError: Input X contains NaN." in row.locator("th").get_attribute("title")
    assert "ValueError" in row.locator("td").first.inner_text()
