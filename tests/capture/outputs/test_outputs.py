"""What is kept of displayed outputs: the richest form, bounded, none twice, as the screen shows them in the end."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from nbtrack.capture.outputs import outputs
from nbtrack.capture.outputs.outputs import Displays, Kept, without_secrets

PNG = b"\x89PNG picture"
PLOTLY = "application/vnd.plotly.v1+json"


def displays(*bundles: dict[Any, Any]) -> Displays:
    found = Displays()
    for bundle in bundles:
        found.add(bundle)
    return found


def kept(*bundles: dict[Any, Any]) -> list[tuple[str, str | bytes]]:
    return [(file.name, file.content) for file in displays(*bundles).kept()]


def test_the_richest_form_of_each_output_is_kept_under_a_name_that_says_what_it_is() -> None:
    assert kept(
        {"image/png": PNG, "text/plain": "<Figure size 640x480 with 1 Axes>"},
        {"text/html": "<table class='dataframe'></table>", "text/plain": "   a\n0  1"},
        {PLOTLY: {"data": [1]}, "text/html": "<div>chart</div>", "text/plain": "Figure()"},
        {"application/vnd.vegalite.v5+json": {"mark": "bar"}, "image/png": PNG + b"2", "text/plain": "alt.Chart(...)"},
        {"image/svg+xml": "<svg/>", "image/png": PNG + b"3"},
        {"text/html": "<b>bold</b>", "text/plain": "<IPython.core.display.HTML object>"},
        {"text/markdown": "# title", "text/plain": "<Markdown>"},
        {"text/latex": "$x$", "text/plain": "x"},
        {"application/json": {"a": [1, None]}, "text/plain": "<JSON>"},
        {"text/plain": "0    1\n1    2\ndtype: int64"},
    ) == [
        ("outputs/01-figure.png", PNG),
        ("outputs/02-table.html", "<table class='dataframe'></table>"),
        ("outputs/03-plotly.json", '{"data": [1]}'),
        ("outputs/03-plotly.html", "<div>chart</div>"),
        ("outputs/04-vega.json", '{"mark": "bar"}'),
        ("outputs/04-vega.png", PNG + b"2"),
        ("outputs/05-figure.svg", "<svg/>"),
        ("outputs/05-figure.png", PNG + b"3"),
        ("outputs/06-html.html", "<b>bold</b>"),
        ("outputs/07-text.md", "# title"),
        ("outputs/08-formula.tex", "$x$"),
        ("outputs/09-json.json", '{"a": [1, null]}'),
        ("outputs/10-text.txt", "0    1\n1    2\ndtype: int64"),
    ]


def test_images_in_base64_are_kept_as_the_bytes_they_are() -> None:
    encoded = base64.encodebytes(PNG * 20).decode()
    assert list(displays({"image/png": encoded}).kept()) == [Kept("outputs/01-figure.png", PNG * 20, "image/png")]
    assert kept({"image/png": "no base64!"}) == []


@pytest.mark.parametrize(
    "bundle",
    [
        {"text/plain": "0.93"},
        {"text/plain": "[<matplotlib.lines.Line2D at 0x7f0012345678>]"},
        {"text/plain": "'done'"},
        {"text/html": " <script>load()</script>\n<style>a{}</style><!-- x -->", "text/plain": "<HTML object>"},
        {"application/javascript": "load()", "application/vnd.jupyter.widget-view+json": {"model_id": "x"}},
        {1: "x", "image/png": 7, "text/html": None, "application/json": "text"},
        {},
    ],
)
def test_what_tells_nobody_anything_is_no_output(bundle: dict[Any, Any]) -> None:
    found = displays(bundle)
    assert (list(found.kept()), str(found.left_out)) == ([], "")


def test_the_same_content_is_kept_once() -> None:
    chart = {PLOTLY: {"data": [1.5, float("nan")]}}
    again = {PLOTLY: {"data": [1.5, float("nan")]}}
    assert [name for name, _ in kept({"image/png": PNG}, chart, {"image/png": PNG}, again, {"text/html": "<b/>"})] == [
        "outputs/01-figure.png",
        "outputs/02-plotly.json",
        "outputs/03-html.html",
    ]


def test_our_own_outputs_are_not_recorded() -> None:
    found = Displays()
    found.add({"text/html": "<p>card</p>"}, {"nbtrack": {"kind": "card"}})
    assert list(found.kept()) == []


def test_an_update_replaces_what_it_updates() -> None:
    found = Displays()
    found.add({"text/html": "<i>1</i>"}, {}, "one")
    found.add({"text/html": "<b>between</b>"})
    found.add({"text/html": "<i>1</i>"}, {}, "one")
    found.add({"text/html": "<i>2</i>"}, {}, "one", update=True)
    found.add({"text/html": "<i>of an earlier cell</i>"}, {}, "other", update=True)
    contents = ["<i>2</i>", "<b>between</b>", "<i>of an earlier cell</i>"]
    assert [file.content for file in found.kept()] == contents


def test_cleared_outputs_are_forgotten_at_once_or_when_the_next_one_comes() -> None:
    found = displays({"text/html": "<i>1</i>"})
    found.clear()
    found.add({"text/html": "<i>2</i>"})
    found.clear(wait=True)
    assert [file.content for file in found.kept()] == ["<i>2</i>"]
    found.add({"text/html": "<i>3</i>"})
    found.add({"text/html": "<i>4</i>"})
    assert [file.content for file in found.kept()] == ["<i>3</i>", "<i>4</i>"]


def test_of_many_outputs_the_first_and_the_latest_are_kept_and_the_run_says_so() -> None:
    found = displays(*({"text/html": f"<i>{number}</i>"} for number in range(1000)))
    numbers = [*range(40), *range(990, 1000)]
    assert [file.content for file in found.kept()] == [f"<i>{number}</i>" for number in numbers]
    assert str(found.left_out) == "950 displayed outputs were not kept: 950 over 50 outputs or 20 MB"


def test_too_large_an_output_is_left_out_or_kept_in_a_smaller_form() -> None:
    long = "x" * (outputs.LONGEST + 1)
    large = b"x" * (outputs.LARGEST + 1)
    found = displays(
        {"text/html": long, "text/plain": "first\nlast"},
        {"image/png": large},
        {"image/png": base64.b64encode(large * 2).decode()},
        {PLOTLY: {"x": list(range(1_000_000))}, "image/png": PNG},
        {PLOTLY: {"x": 1}, "text/html": long},
    )
    assert [file.name for file in found.kept()] == [
        "outputs/01-text.txt",
        "outputs/02-plotly.png",
        "outputs/03-plotly.json",
    ]
    assert str(found.left_out) == "2 displayed outputs were not kept: 2 too large"


def test_all_outputs_together_stay_within_bounds() -> None:
    found = displays(*({"image/png": bytes([number]) * 3_000_000} for number in range(10)))
    assert len(list(found.kept())) == 6
    texts = displays(*({"text/html": f"{number}" + "x" * 900_000} for number in range(10)))
    assert len(list(texts.kept())) == 4


def test_only_json_of_pythons_own_types_is_looked_into() -> None:
    class Trap(dict[str, int]):
        def __iter__(self) -> Any:
            raise AssertionError

        __len__ = items = values = __eq__ = __iter__  # type: ignore[assignment]
        __hash__ = None  # type: ignore[assignment]

    circle: dict[str, Any] = {}
    circle["circle"] = circle
    deep: list[Any] = []
    for _ in range(20_000):
        deep = [deep]
    assert kept({PLOTLY: {"x": Trap(a=1)}}, {PLOTLY: Trap(a=1)}, {PLOTLY: {Trap: 1}}) == []
    assert kept({PLOTLY: circle}, {PLOTLY: {"deep": deep}}) == []


def test_json_stays_json_without_its_secrets() -> None:
    value = {"url": "https://me:hunter22@example.org/x", "api_key": "x8Yq0pLz9", "data": [1, 2]}
    clean, found = without_secrets(json.dumps(value), is_json=True)
    assert json.loads(clean) == {
        "url": "https://[redacted:url]@example.org/x",
        "api_key": "[redacted:name]",
        "data": [1, 2],
    }
    assert found == 2


def test_data_in_base64_is_passed_over_as_it_is() -> None:
    image = base64.b64encode(bytes(range(256)) * 40).decode()
    html = f"<img src='data:image/png;base64,{image}'> password='hunter22x' \ue001"
    assert without_secrets(html) == (html.replace("hunter22x", "[redacted:name]"), 1)
    chart = json.dumps({"y": {"dtype": "f8", "bdata": image}})
    assert without_secrets(chart, is_json=True) == (chart, 0)
    odd = f"\ue0000\ue001 data:image/png;base64,{image}"
    assert without_secrets(odd) == (odd, 0)
