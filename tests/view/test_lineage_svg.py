"""The picture of a lineage: well-formed, accessible, and never more than a picture, whatever names it holds."""

from xml.etree import ElementTree as ET

import pytest

from nbtrack.query.lineage import Lineage
from nbtrack.query.lineage_graph import Edge, Node
from nbtrack.view.answers import answer_html
from nbtrack.view.lineage_svg import lineage_svg

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</text></svg><script>alert(1)</script>\"'&\x00\x1b[31m\u202e\ud800\n]]>"


def picture(*labels: str, kind: str = "cell") -> Lineage:
    nodes = [Node("run", "run", "forest", "7k3m9q · In [4]", ("model.fit()",), "run", count=4)]
    nodes += [Node(f"c{k}", kind, label, f"In [{k}]", (label,)) for k, label in enumerate(labels)]
    return Lineage("run", tuple(nodes), tuple(Edge(f"c{k}", "run", (label,)) for k, label in enumerate(labels)))


def test_it_is_well_formed_and_says_what_it_is() -> None:
    root = ET.fromstring(lineage_svg(picture("df = read()", "x = 1"), page=True))
    titled = {each.get("id") for each in root if each.tag in {f"{SVG}title", f"{SVG}desc"}}
    assert set(root.get("aria-labelledby").split()) == titled
    assert root.find(f"{SVG}title").text == "Lineage of forest"
    assert "df = read() leads to forest" in root.find(f"{SVG}desc").text
    nodes = [each for each in root.iter(f"{SVG}g") if "lg-node" in (each.get("class") or "")]
    assert [each.get("aria-label") for each in nodes][1] == "cell df = read(), In [0]"
    assert all(each.find(f"{SVG}title") is not None for each in nodes)


@pytest.mark.parametrize("page", [True, False])
def test_names_cannot_leave_their_place(*, page: bool) -> None:
    found = picture(HOSTILE, "b" * 5000)
    text = lineage_svg(found, page=page)
    root = ET.fromstring(text)
    tags = {each.tag.removeprefix(SVG) for each in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "g", "path", "text", "tspan"}
    assert not any(name.lower().startswith(("on", "href")) for each in root.iter() for name in each.attrib)
    assert not set(text) & set("\x00\x1b\u202e\ud800")
    html = answer_html(found)
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_long_texts_are_cut_and_whole_in_the_title() -> None:
    root = ET.fromstring(lineage_svg(picture("value = " + "x" * 400)))
    texts = ["".join(each.itertext()) for each in root.iter(f"{SVG}text")]
    assert max(map(len, texts)) < 60
    assert any("x" * 400 in (each.text or "") for each in root.iter(f"{SVG}title"))


def test_many_files_of_one_kind_become_a_count() -> None:
    labels = [f"data/{k}.csv" for k in range(30)]
    root = ET.fromstring(lineage_svg(picture(*labels, kind="data")))
    texts = ["".join(each.itertext()) for each in root.iter(f"{SVG}text")]
    assert "27 more" in texts
    assert "data/29.csv" not in texts


def test_colours_hold_for_light_and_dark_and_where_neither_is_known() -> None:
    text = lineage_svg(picture("a"), page=True)
    assert "light-dark(" in text
    assert "color-scheme: light dark" in text or "color-scheme:light dark" in text
    root = ET.fromstring(text)
    assert all(each.get("fill") for each in root.iter(f"{SVG}text") if each.get("font-size"))


def test_two_pictures_in_one_page_have_ids_of_their_own() -> None:
    one, two = (ET.fromstring(lineage_svg(picture(*labels))) for labels in (("a",), ("a", "b")))
    assert one.get("id") != two.get("id")


def test_a_narrow_place_gets_the_same_as_a_list() -> None:
    html = answer_html(picture("df = read()"))
    assert (
        html.index('<ol class="nbt-steps">')
        < html.index("<code>df = read()</code>")
        < html.index("<code>forest</code>")
    )
