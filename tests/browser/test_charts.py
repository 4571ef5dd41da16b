"""The charts as a person uses them: by pointer, by keys, in small windows, and saved as a picture."""

import math
import random
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from nbtrack.model.run import Run
from nbtrack.view.escape import front_end, own
from nbtrack.view.payload import comparison_payload

pytestmark = pytest.mark.browser

Make = Callable[..., Run]
Open = Callable[..., Any]
_LONG = "a metric whose name is so long that nobody would fit it into a chart"


def _learning(make_run: Make, count: int, steps: int = 40, **more: Any) -> list[Run]:
    rng = random.Random(2)
    return [
        make_run(
            i,
            {
                "loss": [0.1 + math.exp(-k / (5 + i % 7)) + rng.gauss(0, 0.01) for k in range(steps)],
                "accuracy": [0.9 - 0.5 * math.exp(-k / (5 + i % 7)) for k in range(steps)],
            },
            name=f"run {i:03d}",
            params={"lr": 10.0 ** -(i % 3), "seed": i, "kind": ("small", "large")[i % 2]},
            **more,
        )
        for i in range(count)
    ]


def _view(page: Any, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def _choose(page: Any, label: str, value: str) -> None:
    page.locator(f'label.nbt-choice:has(span:text-is("{label}")) select').select_option(value)


def _point(page: Any, x: float, y: float, chart: int = 0) -> None:
    """Move the pointer to a part of a chart's width and height."""
    box = page.locator("svg.nbt-plot").nth(chart).bounding_box()
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])


def _drag(page: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    _point(page, *start)
    page.mouse.down()
    _point(page, (start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    _point(page, *end)
    page.mouse.up()


def _ticks(page: Any, chart: int = 0) -> list[str]:
    return page.locator("svg.nbt-plot").nth(chart).locator(".nbt-tick").all_text_contents()


def _tip(page: Any) -> list[str]:
    return page.locator(".nbt-tip:visible").inner_text().splitlines()


def _selected(page: Any) -> str:
    return page.locator(".nbt-count").inner_text()


def test_metrics_stand_beside_each_other_and_a_run_is_highlighted_in_all(make_run: Make, open_comparison: Open) -> None:
    watched = open_comparison(_learning(make_run, 6))
    page = watched.page
    _view(page, "Curves")
    assert page.locator("svg.nbt-plot").count() == 2
    _point(page, 0.5, 0.5)
    assert page.locator(".nbt-line.nbt-hot").count() == 2
    assert _tip(page)[0].startswith("step ")
    assert len(page.locator(".nbt-tip:visible .nbt-read").all()) == 6
    _choose(page, "Metric", "accuracy")
    assert page.locator("svg.nbt-plot").count() == 1
    assert watched.quiet


def test_the_numbers_of_an_axis_are_whole_however_many_digits_they_have(make_run: Make, open_comparison: Open) -> None:
    close = [make_run(at, {"auc": [0.99940 + at / 1e5, 0.99945, 0.99952]}) for at in range(2)]
    page = open_comparison(close).page
    _view(page, "Curves")
    texts = page.locator(".nbt-plot .nbt-tick").all_text_contents()
    assert any(text.startswith("0.999") for text in texts)
    assert not any("…" in text for text in texts), texts


def test_arrow_keys_read_values_along_a_curve_and_change_curves(make_run: Make, open_comparison: Open) -> None:
    page = open_comparison(_learning(make_run, 4)).page
    _view(page, "Curves")
    _choose(page, "Metric", "loss")
    page.locator("svg.nbt-plot").focus()
    said = []
    for key in ("ArrowRight", "Home", "ArrowRight", "Shift+ArrowRight", "ArrowUp", "End"):
        page.keyboard.press(key)
        said.append(page.locator(".nbt-sr").inner_text().split(" at "))
    assert [where for _, where in said] == ["step 39", "step 0", "step 1", "step 11", "step 11", "step 39"]
    assert said[3][0].split(":")[0] != said[4][0].split(":")[0]
    page.keyboard.press("Space")
    assert _selected(page) == "4 runs · 1 selected"
    assert page.evaluate("document.activeElement.matches('svg.nbt-plot')")
    page.keyboard.press("Escape")
    assert page.locator(".nbt-tip:visible").count() == 0


def test_smoothing_redraws_while_the_slider_moves_and_keeps_the_raw_line(make_run: Make, open_comparison: Open) -> None:
    page = open_comparison(_learning(make_run, 3)).page
    _view(page, "Curves")
    _choose(page, "Metric", "loss")
    slider = page.locator("input[type=range]")
    before = page.locator("path.nbt-curve").first.get_attribute("d")
    slider.focus()
    for _ in range(60):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.type") == "range"
    assert page.locator(".nbt-choice output").inner_text() == "0.60"
    assert page.locator("path.nbt-raw").count() == 3
    assert page.locator("path.nbt-raw").first.get_attribute("d") == before
    _point(page, 0.5, 0.5)
    assert "(raw" in page.locator(".nbt-tip").inner_text()


def test_a_drag_zooms_and_a_button_a_key_or_a_double_click_goes_back(make_run: Make, open_comparison: Open) -> None:
    page = open_comparison(_learning(make_run, 3)).page
    _view(page, "Curves")
    _choose(page, "Metric", "loss")
    whole = _ticks(page)
    for back in ("button", "key", "double"):
        _drag(page, (0.5, 0.2), (0.5, 0.6))
        zoomed = _ticks(page)
        assert zoomed != whole
        assert [tick for tick in zoomed if tick in {"0", "20"}] == ["0", "20"], "steps stay"
        if back == "button":
            page.get_by_role("button", name="Reset zoom").click()
        elif back == "key":
            page.locator("svg.nbt-plot").focus()
            page.keyboard.press("0")
        else:
            page.locator("svg.nbt-plot").dblclick(position={"x": 300, "y": 5})
        assert _ticks(page) == whole
    assert page.locator(".nbt-count").inner_text() == "3 runs", "a drag selects nothing"


def test_x_is_steps_time_or_epochs_where_these_are_known(make_run: Make, open_comparison: Open) -> None:
    runs = [
        make_run(
            i, {"loss": [1.0 / (k + 1) for k in range(40)], "epoch": [k // 10 for k in range(40)]}, params={"a": i}
        )
        for i in range(2)
    ]
    page = open_comparison(runs).page
    _view(page, "Curves")
    heads = []
    for clock in ("step", "time", "wall", "epoch"):
        _choose(page, "x", clock)
        page.locator("svg.nbt-plot").focus()
        page.keyboard.press("End")
        heads.append(_tip(page)[0])
    assert heads[:2] == ["step 39", "19.5 s"]
    assert heads[2].count(":") == 2
    assert heads[3] == "epoch 3"


def test_the_mean_of_repeated_seeds_has_an_interval(make_run: Make, open_comparison: Open) -> None:
    watched = open_comparison(
        [
            make_run(
                i,
                {"loss": [i % 5 + 9.0 / (k + 1) for k in range(20)]},
                params={"lr": (0.1, 0.01)[i // 5], "seed": i % 5},
            )
            for i in range(10)
        ]
    )
    page = watched.page
    _view(page, "Curves")
    page.get_by_label("mean of repeated seeds").check()
    assert (page.locator("path.nbt-curve").count(), page.locator("path.nbt-band").count()) == (2, 2)
    assert page.locator(".nbt-legend .nbt-entry").all_inner_texts() == ["n=5 lr=0.1", "n=5 lr=0.01"]
    _point(page, 0.5, 0.5)
    assert "n=5" in page.locator(".nbt-tip").inner_text()
    page.mouse.down()
    page.mouse.up()
    assert _selected(page) == "10 runs · 5 selected"
    assert watched.quiet


def test_among_hundreds_the_best_are_coloured_and_the_others_grey(make_run: Make, open_comparison: Open) -> None:
    page = open_comparison(_learning(make_run, 120)).page
    _view(page, "Curves")
    assert page.locator("svg.nbt-plot").first.locator("path.nbt-line").count() < 30, "grey lines are drawn together"
    legend = page.locator(".nbt-legend").inner_text()
    assert legend.startswith("Best 8 by loss")
    assert legend.endswith("others")
    _point(page, 0.6, 0.4)
    assert page.locator("svg.nbt-plot").first.locator(".nbt-hot").count() == 1


def test_holes_infinities_and_single_points_are_seen(make_run: Make, open_comparison: Open) -> None:
    holes = [1.0, 0.9, math.nan, math.nan, 0.6, math.inf, 0.4, -math.inf, 0.2]
    runs = [make_run(0, {"loss": holes}, params={"a": 1}), make_run(1, {"loss": [0.5]}, params={"a": 2})]
    watched = open_comparison(runs)
    page = watched.page
    _view(page, "Curves")
    assert page.locator("path.nbt-odd").count() == 4
    assert "✕ nan" in page.locator(".nbt-note").inner_text()
    drawn = [path.get_attribute("d") for path in page.locator("path.nbt-curve").all()]
    assert [d.count("M") for d in drawn] == [4, 1]
    assert all("h.01" in d for d in drawn), "points without neighbours are dots"
    assert watched.quiet


def test_a_chart_keeps_place_focus_and_choices_while_its_runs_grow(make_run: Make, open_page: Open) -> None:
    grown = [_learning(make_run, 3, steps, status="running") for steps in (10, 30)]
    watched = open_page()
    watched.page.add_style_tag(content=str(own("compare.css")))
    watched.page.add_script_tag(content=str(front_end("compare")))
    said = watched.page.evaluate(
        """([before, after]) => {
            const el = document.body.appendChild(document.createElement("div"));
            el.className = "nbt nbt-compare";
            const app = nbtrackCompare.mount(el, before);
            el.querySelector("[data-view=curves]").click();
            const chart = el.querySelector("svg.nbt-plot"), slider = el.querySelector("input[type=range]");
            chart.focus();
            chart.dispatchEvent(new KeyboardEvent("keydown", { key: "Home" }));
            const state = () => [chart.isConnected, slider.isConnected, document.activeElement === chart, chart.querySelectorAll(".nbt-hot").length, JSON.stringify(chart.getBoundingClientRect())];
            const first = state(), d = chart.querySelector(".nbt-curve").getAttribute("d");
            app.renew(after);
            return [first, state(), d !== chart.querySelector(".nbt-curve").getAttribute("d"), el.querySelectorAll(".nbt-growing").length];
        }""",
        [comparison_payload(runs) for runs in grown],
    )
    before, after, redrawn, growing = said
    assert before == after
    assert before[:4] == [True, True, True, 1]
    assert (redrawn, growing) == (True, 6)
    assert watched.quiet


def test_the_front_of_two_metrics_is_drawn_listed_and_selected(make_run: Make, open_comparison: Open) -> None:
    values = [(0.9, 0.5), (0.95, 0.7), (0.8, 0.6), (0.7, 0.2), (0.6, 0.3)]
    runs = [
        make_run(i, name=f"r{i}", params={"a": i}, metrics={"accuracy": good, "loss": bad})
        for i, (good, bad) in enumerate(values)
    ]
    watched = open_comparison(runs)
    page = watched.page
    _view(page, "Scatter")
    assert page.locator(".nbt-pareto").get_attribute("d") == "", "of a param there is no better"
    _choose(page, "x", "metrics.loss")
    assert page.locator(".nbt-member").all_inner_texts() == ["r3", "r0", "r1"]
    page.get_by_role("button", name="Select the front").click()
    assert _selected(page) == "5 runs · 3 selected"
    assert page.locator("circle.nbt-ring").count() == 3
    page.get_by_role("button", name="r0", exact=True).click()
    assert _selected(page) == "5 runs · 2 selected"
    assert page.evaluate("document.activeElement.textContent") == "r0"
    assert watched.quiet


def test_a_drag_over_dots_selects_their_runs_and_shift_adds(make_run: Make, open_comparison: Open) -> None:
    runs = [make_run(i, params={"a": i}, metrics={"accuracy": 0.1 * i}) for i in range(9)]
    page = open_comparison(runs).page
    _view(page, "Scatter")
    _drag(page, (0.07, 0.6), (0.3, 0.88))
    assert _selected(page) == "9 runs · 2 selected"
    page.keyboard.down("Shift")
    _drag(page, (0.9, 0.02), (0.995, 0.2))
    page.keyboard.up("Shift")
    assert _selected(page) == "9 runs · 3 selected"


def test_arrow_keys_walk_the_dots_by_where_they_are(make_run: Make, open_comparison: Open) -> None:
    runs = [
        make_run(i, name=f"r{i}", params={"a": a}, metrics={"accuracy": y})
        for i, (a, y) in enumerate([(2, 0.1), (1, 0.9), (3, 0.5)])
    ]
    page = open_comparison(runs).page
    _view(page, "Scatter")
    page.locator("svg.nbt-plot").focus()
    walked = []
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Home"):
        page.keyboard.press(key)
        walked.append(_tip(page)[0].split()[0])
    assert walked == ["r1", "r0", "r2", "r1"]


def test_a_log_axis_leaves_out_what_has_no_logarithm_and_says_so(make_run: Make, open_comparison: Open) -> None:
    runs = [make_run(i, params={"a": 10.0**i if i else 0.0}, metrics={"accuracy": 0.1 * i}) for i in range(5)]
    page = open_comparison(runs).page
    _view(page, "Scatter")
    assert page.locator("path.nbt-dot").count() == 5
    page.get_by_label("log x").check()
    assert page.locator("path.nbt-dot").count() == 4
    assert page.locator(".nbt-note").inner_text().startswith("1 run not drawn")


def test_a_stretch_of_an_axis_keeps_the_runs_that_pass_and_becomes_a_filter(
    make_run: Make, open_comparison: Open
) -> None:
    runs = [make_run(i, params={"depth": i, "kind": "ab"[i % 2]}, metrics={"accuracy": 0.1 * i}) for i in range(10)]
    watched = open_comparison(runs)
    page = watched.page
    _view(page, "Parallel")
    axis = page.locator('[data-key="axis params.depth"] .nbt-axis').first.bounding_box()
    page.mouse.move(axis["x"], axis["y"] + 1)
    page.mouse.down()
    page.mouse.move(axis["x"], axis["y"] + axis["height"] * 0.2)
    page.mouse.move(axis["x"], axis["y"] + axis["height"] * 0.4)
    page.mouse.up()
    assert page.locator(".nbt-brushed [role=status]").inner_text() == "4 of 10 runs pass"
    assert page.locator("path.nbt-off").count() == 6
    page.locator('[data-key="axis params.kind"]').focus()
    page.keyboard.press("ArrowDown")
    assert page.locator('[data-key="axis params.kind"]').get_attribute("aria-valuetext") == "a"
    assert page.evaluate("document.activeElement.dataset.key") == "axis params.kind"
    assert page.locator(".nbt-brushed [role=status]").inner_text() == "2 of 10 runs pass"
    page.get_by_role("button", name="Use as filter").click()
    assert 'params.kind = "a"' in page.locator(".nbt-filter").input_value()
    page.wait_for_function("document.querySelector('.nbt-count').textContent.startsWith('2 of 10')")
    assert watched.quiet


def test_axes_move_and_turn_over_by_keys_and_by_pointer(make_run: Make, open_comparison: Open) -> None:
    runs = [make_run(i, params={"a": i, "b": -i}, metrics={"accuracy": 0.1 * i}) for i in range(4)]
    page = open_comparison(runs).page
    _view(page, "Parallel")
    names = lambda: page.locator(".nbt-axis-name").all_text_contents()  # noqa: E731 - read again and again
    first = page.locator('[data-key="axis params.a"]')
    first.focus()
    page.keyboard.press("ArrowRight")
    assert names() == ["b", "a", "accuracy"]
    ticks = first.locator(".nbt-tick").first.get_attribute("y")
    page.keyboard.press("f")
    assert first.locator(".nbt-tick").first.get_attribute("y") != ticks
    start, end = (
        page.locator(f'[data-key="axis {key}"] .nbt-axis-name').bounding_box()
        for key in ("metrics.accuracy", "params.b")
    )
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + 6)
    page.mouse.down()
    page.mouse.move(end["x"] + 60, end["y"] + 6)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 6)
    page.mouse.up()
    assert names() == ["accuracy", "b", "a"]
    page.get_by_role("button", name="Reset axes").click()
    assert names() == ["a", "b", "accuracy"]


@pytest.mark.parametrize("view", ["Curves", "Scatter", "Parallel"])
def test_a_chart_is_saved_as_a_picture_that_needs_nothing_else(
    make_run: Make, open_comparison: Open, view: str
) -> None:
    runs = [
        make_run(i, {"loss": [1.0, 0.5 + i]}, name="<b>&\"' \u202e", params={"a": i, "b": "xy"[i % 2]})
        for i in range(4)
    ]
    watched = open_comparison(runs, title="A <study> & more")
    page = watched.page
    _view(page, view)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as SVG").click()
    text = saved.value.path().read_text("utf-8")
    root = ET.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.find("{http://www.w3.org/2000/svg}title").text == "A <study> & more"
    for foreign in ("var(", "http://" + "127", "<script", "<b>", "url("):
        assert foreign not in text
    assert saved.value.suggested_filename.endswith(".svg")
    assert watched.quiet


@pytest.mark.parametrize("width", [320, 900])
@pytest.mark.parametrize("view", ["Curves", "Scatter", "Parallel"])
def test_long_names_touch_nothing_and_tooltips_stay_in_the_window(
    make_run: Make, open_comparison: Open, view: str, width: int
) -> None:
    runs = [
        make_run(
            i,
            {_LONG: [0.1 * i + k for k in range(9)], f"{_LONG} and another": [9.0 - k - i for k in range(9)]},
            name=f"{i} a run with a name that goes on and on and on and on and on",
            params={f"{_LONG} (param)": f"{i % 4} a level with a name of the longer kind", "a": i * 1_000_000},
        )
        for i in range(8)
    ]
    watched = open_comparison(runs, viewport={"width": width, "height": 640})
    page = watched.page
    _view(page, view)
    for x in (0.3, 0.6, 0.9):
        _point(page, x, 0.5)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for box in (tip.bounding_box() for tip in page.locator(".nbt-tip:visible").all()):
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
    assert page.evaluate(_OVERLAPS) == []
    assert watched.quiet


# Texts of one chart whose boxes share more than a pixel or two.
_OVERLAPS = """() => [...document.querySelectorAll("svg.nbt-plot")].flatMap((svg) => {
    const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent).map((text) => [text.textContent, text.getBoundingClientRect()]);
    return texts.flatMap(([one, a], i) => texts.slice(i + 1).filter(([, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3).map(([other]) => `${one} / ${other}`));
})"""


def test_a_chart_with_nothing_to_draw_says_why_and_what_to_do(make_run: Make, open_comparison: Open) -> None:
    page = open_comparison([*_learning(make_run, 2), make_run(9, name="stepless", params={"lr": 5.0})]).page
    page.locator(".nbt-filter").fill("stepless")
    page.wait_for_function("document.querySelector('.nbt-count').textContent.startsWith('1 of 3')")
    said = []
    for view in ("Curves", "Scatter"):
        _view(page, view)
        said.append(page.locator(".nbt-empty p").inner_text())
    assert said == [
        "None of the runs that are shown logged this metric in steps. Choose another metric, or widen the filter.",
        "No run that is shown has both values. Choose another x or y, or widen the filter.",
    ]
