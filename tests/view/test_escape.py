import base64
import re
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

import nbtrack
from nbtrack.view.escape import (
    fill,
    fill_rows,
    front_end,
    island,
    own,
    packed_front_end,
    render,
    script,
    shown,
    shown_code,
    starter,
)

_PACKAGE = Path(nbtrack.__file__).parent
_JSON = st.recursive(
    st.text() | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.lists(_JSON) | st.dictionaries(st.text(), _JSON))
def test_an_island_reads_back_as_what_went_in_and_holds_nothing_html_reacts_to(
    read_island: Callable[[str], object], data: object
) -> None:
    text = island(data)
    assert read_island(text) == data
    assert not set(text) & set("<>&\u2028\u2029")


@given(st.text())
def test_shown_text_has_no_character_that_hides_or_reorders_and_can_be_encoded(text: str) -> None:
    seen = shown(text)
    assert len(seen.encode("utf-8")) >= 0
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ufeff\ud800-\udfff]", seen)


def test_ordinary_text_and_joined_emoji_are_shown_as_they_are() -> None:
    assert shown("größe 日本 👩‍🔬 café") == "größe 日本 👩‍🔬 café"


def test_code_keeps_its_lines_and_tabs() -> None:
    assert shown_code("a\n\tb\r\nc\x1b[31m\u202e") == "a\n\tb\nc␛[31m[U+202E]"


@pytest.mark.parametrize(
    "hidden", ["\u2061", "\u2064", "\u206a", "\u206f", "\ufff9", "\ufffb", "\U000e0001", "\U000e007f"]
)
def test_operators_annotations_and_tags_that_nobody_sees_are_shown(hidden: str) -> None:
    assert shown(f"a{hidden}b") == shown_code(f"a{hidden}b") == f"a[U+{ord(hidden):04X}]b"


def test_an_unknown_name_in_a_template_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("page.html", {"title": "x"})
    with pytest.raises(KeyError):
        fill("card/flag.html", {"damage": "x"})


_FORMS = (
    "card/card.html",
    "card/flag.html",
    "card/metric_row.html",
    "card/param_row.html",
    "card/error.html",
    "card/details.html",
)
_LONG = st.builds(lambda text, times: text * times, st.text(), st.integers(0, 2500))
_HOSTILE = st.text(alphabet="<>&\"'{}%\0\n\u202e\ud800 name") | st.sampled_from(
    ["{{ name }}", "{name}", "%s", "<!--", "\0"]
)


def _names(form: str) -> list[str]:
    return re.findall(r"{{ (\w+) }}", (_PACKAGE / "view" / "static" / form).read_text("utf-8"))


@pytest.mark.parametrize("form", _FORMS)
@given(st.data())
def test_a_form_is_filled_as_the_template_that_it_is_would_be_rendered(form: str, data: st.DataObject) -> None:
    context = {name: data.draw(st.text() | _HOSTILE | _LONG) for name in _names(form)}
    assert str(fill(form, context)) == str(render(form, context))


@given(st.lists(st.lists(st.text() | _HOSTILE | _LONG, min_size=4, max_size=4), max_size=5))
def test_a_form_filled_for_every_row_is_filled_as_for_each_of_them(rows: list[list[str]]) -> None:
    names = ("name", "label", "value", "source")
    one_by_one = [fill("card/metric_row.html", dict(zip(names, row, strict=True))) for row in rows]
    assert str(fill_rows("card/metric_row.html", names, rows)) == "".join(f"{line}\n" for line in one_by_one)


def test_a_row_with_a_text_too_many_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        fill_rows("card/flag.html", ("damage", "condition"), [("a", "b"), ("c", "d", "e")])


def test_only_what_this_module_made_is_not_escaped_in_a_form() -> None:
    class Pretending(str):
        __slots__ = ()

        def __html__(self) -> str:
            return "<b>"

    made = fill("card/flag.html", {"damage": "", "condition": ""})
    assert made in fill("card/flag.html", {"damage": made, "condition": "x"})
    assert "<b>" not in fill("card/flag.html", {"damage": Pretending("<b>"), "condition": "<b>"})


def test_a_script_starts_only_on_an_id_of_our_own_making() -> None:
    assert script("compare", "nbt-0a1b").endswith('boot("nbt-0a1b");\n')
    with pytest.raises(ValueError, match="not an element id"):
        script("compare", '"); alert(1); ("')


def test_no_template_marks_anything_as_safe_and_only_one_module_makes_markup() -> None:
    templates = sorted((_PACKAGE / "view" / "static").rglob("*.html"))
    marked = [
        path.name for path in templates if re.search(r"\|\s*safe|autoescape|\{%-?\s*filter", path.read_text("utf-8"))
    ]
    makers = [
        path.name
        for path in sorted(_PACKAGE.rglob("*.py"))
        if re.search(r"\bMarkup\(|\bautoescape=", path.read_text("utf-8"))
    ]
    assert (marked, makers) == ([], ["escape.py"])


def test_the_front_end_never_turns_text_into_markup_or_code() -> None:
    source = front_end("compare")
    sinks = "innerHTML outerHTML insertAdjacentHTML srcdoc document.write eval( Function("
    words = f"{sinks} fetch( XMLHttpRequest import(".split()
    assert [word for word in words if word in source] == []
    assert not re.search(r"setTimeout\(\s*[\"'`]", source)


def test_a_long_island_is_deflated_and_a_short_one_is_readable() -> None:
    assert island({"a": "<b>"}) == '{"a":"\\u003cb\\u003e"}'
    assert len(island({"a": "long " * 1000})) < 100


def test_what_starts_a_packed_front_end_runs_nothing_but_that(read_island: Callable[[str], object]) -> None:
    packed = packed_front_end("compare")
    inflated = zlib.decompress(base64.b64decode(packed), -zlib.MAX_WBITS).decode()
    assert inflated == front_end("compare")
    assert len(packed) < len(inflated) * 0.6
    assert len(packed) < len(base64.b64encode(zlib.compress(inflated.encode(), 9)))
    text = starter("compare", "nbt-1")
    assert text.endswith('("nbt-1", "nbtrackCompare", 60);\n')
    assert not re.search(r"eval|Function|innerHTML|fetch|import", text)
    with pytest.raises(ValueError, match="not an element id"):
        starter("compare", '"); alert(1); ("')


def test_an_inline_script_cannot_close_its_element() -> None:
    assert not re.search(r"</script|<!--|<script", front_end("compare"), re.IGNORECASE)
    assert "</style" not in own("compare.css")


def test_style_sheets_and_scripts_name_no_address() -> None:
    addresses = re.compile(r"https?://(?!www\.w3\.org/2000/svg)|@import|url\(")
    static = _PACKAGE / "view" / "static"
    texts = {path.name: path.read_text("utf-8") for path in static.glob("*.*") if path.suffix != ".deflate"} | {
        "compare": front_end("compare")
    }
    assert [name for name, text in texts.items() if addresses.search(text)] == []
