"""Where no script runs: the table and the charts, and that nothing moves when a script takes their place."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbtrack.model.run import Run
from nbtrack.view.card import run_card
from nbtrack.view.comparison import comparison_html

pytestmark = pytest.mark.browser

_PAGE = "<!doctype html><html lang=en><meta charset=utf-8><title>t</title><style>html{{color-scheme:light dark}}</style><main>{}</main>"
Open = Callable[..., Any]
Study = Callable[..., list[Run]]


@pytest.fixture
def saved(tmp_path: Path, open_page: Open) -> Callable[..., Any]:
    """Write the saved output of these runs into a page and open that."""

    def opened(runs: list[Run], change: Callable[[str], str] = str, **options: Any) -> Any:
        path = tmp_path / "saved.html"
        path.write_text(_PAGE.format(change(comparison_html(runs, "A study").html)), encoding="utf-8")
        return open_page(path.as_uri(), **options)

    return opened


def _height(page: Any) -> float:
    return float(page.evaluate("document.querySelector('.nbt').getBoundingClientRect().height"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_scripts_all_rows_and_both_charts_are_there_and_readable(
    study: Study, saved: Callable[..., Any], scheme: str
) -> None:
    page = saved(study(30), java_script_enabled=False, color_scheme=scheme).page
    assert page.locator("tbody tr").count() == 30
    assert page.locator("svg").count() == 2
    colours = page.locator("svg text").first.evaluate("(text) => getComputedStyle(text).fill")
    light = sum(map(int, re.findall(r"\d+", colours)[:3])) > 384
    assert light is (scheme == "dark")
    assert page.locator(".nbt-static").evaluate("(part) => part.scrollHeight <= part.clientHeight + 1")


def test_paper_has_all_rows_and_nothing_is_cut_off(study: Study, saved: Callable[..., Any]) -> None:
    page = saved(study(30), java_script_enabled=False, viewport={"width": 1000, "height": 700}).page
    page.emulate_media(media="print")
    box = page.locator("tbody tr").last.bounding_box()
    assert page.locator(".nbt-scroll").evaluate("(part) => part.scrollHeight <= part.clientHeight + 1")
    assert box["x"] + box["width"] <= 1001


@pytest.mark.parametrize("count", [1, 5, 30])
def test_the_script_takes_the_place_of_the_table_without_a_jump(
    study: Study, saved: Callable[..., Any], count: int
) -> None:
    still = saved(study(count), lambda html: html.replace('<script type="module">', '<script type="text/plain">'))
    before = _height(still.page)
    watched = saved(study(count))
    watched.page.wait_for_selector("[role=tablist]")
    assert abs(_height(watched.page) - before) <= 3
    assert watched.quiet


def test_a_browser_that_cannot_inflate_keeps_the_table(study: Study, saved: Callable[..., Any]) -> None:
    watched = saved(study(5), lambda html: f"<script>delete window.DecompressionStream</script>{html}")
    watched.page.wait_for_timeout(300)
    assert watched.page.locator(".nbt-static tbody tr").count() == 5
    assert watched.page.locator("[role=tablist]").count() == 0


def test_data_that_is_damaged_leaves_the_table(study: Study, saved: Callable[..., Any]) -> None:
    watched = saved(study(5), lambda html: re.sub(r'(class="nbt-data">).{40}', r"\1", html))
    watched.page.wait_for_timeout(500)
    assert watched.page.locator(".nbt-static tbody tr").count() == 5


def test_the_app_has_its_style_with_it(study: Study, saved: Callable[..., Any]) -> None:
    watched = saved(study(5))
    watched.page.wait_for_selector("[role=tablist]")
    assert watched.page.locator(".nbt-grid").evaluate("(grid) => getComputedStyle(grid).tableLayout") == "fixed"
    assert watched.page.locator(".nbt-app > style").count() == 1


_LOOKS = """() => [...document.querySelectorAll(".nbt")].slice(0, 2).map((home) =>
    [home, ...home.querySelectorAll("*")].map((each) => {
        const style = getComputedStyle(each);
        return [style.color, style.font, style.display, style.padding, style.colorScheme, each.getBoundingClientRect().height].join();
    }).join("|"))"""


def test_an_output_of_another_version_changes_nothing_of_those_that_are_there(
    study: Study, open_page: Open, tmp_path: Path
) -> None:
    runs = study(6)
    outputs = run_card(runs[0]).html + comparison_html(runs).html
    other = re.sub(r"nbt-v[0-9a-f]{8}", "nbt-v00000000", outputs.replace("</style>", _OTHERS_STYLE + "</style>"))
    path = tmp_path / "notebook.html"
    path.write_text(_PAGE.format(outputs), encoding="utf-8")
    alone = open_page(path.as_uri(), java_script_enabled=False).page.evaluate(_LOOKS)
    path.write_text(_PAGE.format(outputs + other), encoding="utf-8")
    page = open_page(path.as_uri(), java_script_enabled=False).page
    assert page.evaluate(_LOOKS) == alone
    assert page.locator(".nbt").nth(2).evaluate("(home) => getComputedStyle(home).paddingTop") == "33px"


# What another version may say of the same elements, as strongly as any of ours does.
_OTHERS_STYLE = """
.nbt.nbt-v00000000.nbt.nbt-v00000000.nbt-card, .nbt.nbt-v00000000 .nbt-static { padding: 33px; color-scheme: dark;
  & * { font-size: 40px !important; color: red !important; display: block !important; } }"""
