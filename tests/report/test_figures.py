"""What a cell showed, as a page draws it."""

import base64
import html
import json
import time
from typing import Any

import pytest

from nbtrack.errors import UsageError
from nbtrack.report.figures import LARGEST_FRAME, MOST_FRAMES, drawn, without_many_frames
from nbtrack.report.html_table import MOST_ROWS, table_of
from nbtrack.report.parts import Shown
from nbtrack.report.plotly_bundle import bundle_for
from nbtrack.report.plotly_figure import read_figure

_PLOTLY = "application/vnd.plotly.v1+json"


def _figure(**members: Any) -> bytes:
    return json.dumps({"data": [{"type": "scatter", "y": [1, 2.5, None]}], "layout": {}, **members}).encode()


def _kinds(*shown: Shown, plotly: bool = True) -> list[tuple[str, str]]:
    return [(each.kind, each.name) for each in drawn(shown, plotly=plotly)]


def test_each_form_is_drawn_as_what_it_is(rich: dict[str, Any]) -> None:
    assert [each.kind for each in drawn(rich["shown"](0), plotly=True)] == [
        "picture", "picture", "table", "plotly", "text", "frame", "markdown", "text", "absent", "text", "absent",
    ]  # fmt: skip


def test_what_is_not_there_is_named_with_its_size_and_the_reason() -> None:
    (found,) = drawn([Shown("outputs/09-figure.png", "image/png", 9_000_000, None, "too large")], plotly=True)
    assert (found.kind, found.name, found.size, found.why) == ("absent", "09-figure.png", "9 MB", "too large")


@pytest.mark.parametrize("plotly", [True, False])
def test_a_figure_stands_for_the_html_and_the_picture_beside_it(plotly: bool) -> None:  # noqa: FBT001 - a parameter of the test
    png = Shown("outputs/04-plotly.png", "image/png", 1, b"png")
    shown = (
        Shown("outputs/04-plotly.json", _PLOTLY, 1, _figure()),
        Shown("outputs/04-plotly.html", "text/html", 1, b"<p>"),
        png,
    )
    (found,) = drawn(shown, plotly=plotly)
    assert found.kind == ("plotly" if plotly else "picture")
    assert (found.picture or found.source).startswith("data:image/png;base64,")


def test_without_plotly_and_without_a_picture_a_figure_is_its_numbers() -> None:
    (found,) = drawn([Shown("outputs/04-plotly.json", _PLOTLY, 1, _figure())], plotly=False)
    assert found.table is not None
    assert [[cell.text for cell in row] for row in found.table.rows] == [["1"], ["2.5"], [""]]


def test_a_figure_of_vega_is_its_recorded_picture_or_its_data() -> None:
    vega = Shown("outputs/05-vega.json", "application/vnd.vegalite.v5+json", 1, b'{"mark": "bar"}')
    assert _kinds(vega, Shown("outputs/05-vega.png", "image/png", 1, b"x")) == [("picture", "05-vega.json")]
    assert _kinds(vega) == [("text", "05-vega.json")]


def test_html_that_draws_itself_or_is_too_much_is_left_out_with_the_reason() -> None:
    scripted, large = b"<div></div><script>vegaEmbed('#x')</script>", b"<p>" + b"x" * LARGEST_FRAME
    found = drawn([Shown("a", "text/html", 1, scripted), Shown("b", "text/html", 1, large)], plotly=True)
    assert [each.kind for each in found] == ["absent", "absent"]
    assert "scripts of its own" in found[0].why
    assert "larger" in found[1].why


def test_a_page_has_so_many_frames_and_names_the_others() -> None:
    one = drawn([Shown(f"{n}", "text/html", 1, b"<h1>x</h1>") for n in range(MOST_FRAMES)], plotly=True)
    first, second = without_many_frames([one, one[:2]])
    assert ({each.kind for each in first}, {each.kind for each in second}) == ({"frame"}, {"absent"})


def test_a_table_of_pandas_is_read_with_its_head_and_index(rich: dict[str, Any]) -> None:
    found = table_of(rich["table"](3).decode(), "t")
    assert found is not None
    assert found.head == (("", "precision", "recall", "support"),)
    assert [cell.text for cell in found.rows[0]] == ["0", "0.90", "0.87", "30"]
    assert [(cell.head, cell.number) for cell in found.rows[0]] == [
        (True, True),
        (False, True),
        (False, True),
        (False, True),
    ]


def test_a_long_table_is_cut_and_says_so(rich: dict[str, Any]) -> None:
    found = table_of(rich["table"](MOST_ROWS + 5).decode(), "t")
    assert found is not None
    assert (len(found.rows), found.more) == (MOST_ROWS, "5 more rows not shown")


@pytest.mark.parametrize(
    "html",
    [
        "<p>no table</p>",
        "<table><tr><td>1</td></tr></table><table><tr><td>2</td></tr></table>",
        "<table><tr><td colspan=2>1</td></tr></table>",
        "<style>#T_1 td { background-color: red }</style><table><tr><td>1</td></tr></table>",
        "<table><tr><td><img src=x></td></tr></table>",
        "<table><tr><td><a href='https://a.example'>1</a></td></tr></table>",
        "<table></table>",
        "<table>" + "<tr><td>" * 200_000,
    ],
)
def test_what_is_more_than_a_plain_table_is_not_read_as_one(html: str) -> None:
    assert table_of(html, "t") is None


def test_words_of_a_table_are_text_whatever_they_say() -> None:
    found = table_of("<table><tr><td>&lt;script&gt;alert(1)&lt;/script&gt;</td></tr></table>", "t")
    assert found is not None
    assert found.rows[0][0].text == "<script>alert(1)</script>"


def test_a_figure_has_no_links_no_pictures_of_elsewhere_and_no_numbers_that_json_has_not() -> None:
    layout = {
        "title": {"text": "<b>x</b> <a href='https://evil.example'>y</a>"},
        "images": [{"source": "https://evil.example/x.png"}, {"source": "data:image/png;base64,AA=="}],
    }
    content = (
        b'{"data": [{"y": [NaN, Infinity, 1], "name": "<A HREF=javascript:1>z"}], "layout": '
        + json.dumps(layout).encode()
        + b"}"
    )
    found = read_figure(content, "f")
    assert found.data["layout"]["title"]["text"] == "<b>x</b> y"
    assert [each["source"] for each in found.data["layout"]["images"]] == ["data:image/png;base64,AA=="]
    assert (found.data["data"][0]["y"], found.data["data"][0]["name"]) == ([None, None, 1], "z")
    json.dumps(found.data, allow_nan=False)


def test_types_that_need_the_graphics_card_become_those_that_do_not() -> None:
    found = read_figure(_figure(data=[{"type": "scattergl", "y": [1]}, {"y": [2]}]), "f")
    assert found.types == {"scatter"}


def test_typed_columns_of_plotly_are_read() -> None:
    packed = {"dtype": "f8", "bdata": base64.b64encode(b"\0\0\0\0\0\0\xf8\x3f").decode()}
    found = read_figure(_figure(data=[{"type": "bar", "name": "n", "y": packed}]), "f")
    assert found.table is not None
    assert (found.table.head, found.table.rows[0][0].text) == ((("n · y",),), "1.5")


@pytest.mark.parametrize("kind", ["scattergeo", "choropleth", "scattermapbox", "densitymap"])
def test_a_map_needs_a_network_and_is_its_numbers(kind: str) -> None:
    (found,) = drawn(
        [Shown("outputs/01-plotly.json", _PLOTLY, 1, _figure(data=[{"type": kind, "lat": [1], "lon": [2]}]))],
        plotly=True,
    )
    assert (found.kind, found.why) == (
        "table",
        f"a {kind} needs a network, which a report has not; the numbers of the figure",
    )


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b'{"data": 1}', b'{"data": "x"}', b"[" * 100_000, b"\xff"])
def test_what_is_no_figure_is_refused(content: bytes) -> None:
    with pytest.raises(UsageError, match="f cannot be read"):
        read_figure(content, "f")


def test_a_report_carries_the_smaller_plotly_that_can_draw_its_figures() -> None:
    small, large = bundle_for(frozenset({"scatter", "bar"})), bundle_for(frozenset({"scatter", "sunburst"}))
    assert bundle_for(frozenset()) is None
    assert small is not None
    assert large is not None
    assert len(small.packed) * 2 < len(large.packed)


@pytest.mark.parametrize("element", ["link", "LINK", "meta", "iframe", "object"])
@pytest.mark.parametrize("after", [" rel=preconnect", "/", ">", "\n", "\f"])
def test_a_frame_has_no_element_that_connects_behind_the_back_of_its_policy(element: str, after: str) -> None:
    page = f"<ul><li>a</ul><{element}{after} href='http://other.example'><x-link>".encode()
    (found,) = drawn([Shown("outputs/01-html.html", "text/html", 1, page)], plotly=True)
    assert found.kind == "frame"
    document = found.source.lower().partition("<li>" if "<li>" in found.source else "&lt;li")[2]
    assert f"lt;{element.lower()}" not in document
    assert "nbt-" in document


def test_a_frame_uses_shapes_of_its_own_and_none_of_another_document() -> None:
    page = (
        b"<ul><li><svg><path id=a /><use x=1 xlink:href='#a'/><use href=#a /><use id=b href='https://x.example/x.svg#a' />"
        b"<USE xlink:href=\n//x.example/x.svg#a></USE></svg>"
    )
    (found,) = drawn([Shown("outputs/01-html.html", "text/html", 1, page)], plotly=True)
    assert found.kind == "frame"
    document = html.unescape(found.source)
    assert [document.count(each) for each in ("<use ", "<USE ", "<nbt-use ", "<nbt-USE ")] == [2, 0, 1, 1]


def test_no_link_is_left_in_a_figure_where_one_stands_inside_another() -> None:
    words = "<<a>a href='http://other.example'>x</a> <<b>a href=y>"
    traces = [{"type": "scatter", "y": [1], "name": words, "text": [f"<<<a>a>a href=z>{words}"]}]
    found = str(read_figure(_figure(data=traces, layout={"title": {"text": words}, words: 1}), "x").data).lower()
    assert "<a" not in found


def test_a_text_of_tags_that_never_end_is_no_table_and_soon_known_to_be_none() -> None:
    before = time.process_time()
    assert table_of("<table><tr><td>1</td></tr></table>" + "<a " * 100_000, "x") is None
    assert time.process_time() - before < 2
