"""Markdown of people: what it may say, and what it may never do."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.view.escape import framed, markdown, picture


def test_ordinary_markdown_is_rendered() -> None:
    text = "# Top\n\n**bold** ~~gone~~ `code` [site](https://a.example/x?y=1&z)\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n1. one\n"
    assert markdown(text) == (
        "<h3>Top</h3>\n<p><strong>bold</strong> <s>gone</s> <code>code</code> "
        '<a href="https://a.example/x?y=1&amp;z" rel="noopener noreferrer nofollow">site</a></p>\n'
        '<table>\n<thead>\n<tr>\n<th>a</th>\n<th style="text-align:right">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n'
        '<td style="text-align:right">2</td>\n</tr>\n</tbody>\n</table>\n<ol>\n<li>one</li>\n</ol>\n'
    )


@pytest.mark.parametrize("address", ["https://a.example", "http://a.example/x", "mailto:a@b.example", "#run-1"])
def test_links_to_sites_people_and_places_of_the_page_are_links(address: str) -> None:
    assert f'<a href="{address}"' in markdown(f"[x]({address})")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java&#10;script:alert(1)", "javascript&colon;alert(1)", "&#106;avascript:alert(1)",
        "data:text/html,x", "data:image/svg+xml,x", "file:///etc/passwd", "vbscript:x", "//evil.example", "/etc/passwd", "x.html", "blob:x",
        "\\x6aavascript:1", "%6aavascript:1", "ftp://a.example", "\u202ehttps://a.example", "about:blank", "ws://a.example",
    ],
)  # fmt: skip
def test_links_to_anything_else_are_text(address: str) -> None:
    for text in (f"[x]({address})", f"[x](<{address}>)", f"<{address}>", f"[x]\n\n[x]: {address}", f"![x]({address})"):
        assert "href" not in markdown(text)
        assert "src" not in re.sub(r"[^<]*>|(?<=>)[^<]*", "", markdown(text))


@pytest.mark.parametrize(
    "address", ["https://evil.example/pixel.png", "/etc/passwd", "data:image/png;base64,AA==", "#a"]
)
def test_pictures_are_their_words(address: str) -> None:
    assert "<img" not in markdown(f"![what it shows]({address})")
    assert "what it shows" in markdown(f"![what it shows]({address})")


@pytest.mark.parametrize(
    "tag",
    [
        "<script>x</script>",
        "<img src=x onerror=y>",
        "<div onclick=x>\n\ny\n\n</div>",
        "<!-- x -->",
        "<?x?>",
        "<a href=x>",
    ],
)
def test_tags_are_text(tag: str) -> None:
    assert re.findall(r"<(?!/?p>)", markdown(tag)) == []


def test_hidden_characters_are_seen_and_lines_stay_lines() -> None:
    assert markdown("a\u202eb\x00c\n\nd") == "<p>a[U+202E]b␀c</p>\n<p>d</p>\n"


@given(st.text(alphabet="<>&\"'`[]()!*_~#|-:\\/ \n\tajs1\x00\u202e", max_size=80))
def test_whatever_is_written_no_tag_or_attribute_of_its_own_comes_of_it(text: str) -> None:
    tags = re.findall(r"<(/?[a-z0-9]+)([^<>]*)>", markdown(text))
    assert {name.strip("/") for name, _ in tags} <= set(
        "p strong em s code pre a h3 h4 h5 h6 ul ol li blockquote hr br span table thead tbody tr th td".split()
    )
    left = {re.sub(r'(?:href|rel|title|style|class|start)="[^"]*"|/', "", each).strip() for _, each in tags}
    assert left <= {""}


@pytest.mark.parametrize(
    "text", [">" * 50_000, "[" * 50_000, "*a " * 16_000, "![" * 25_000, "[a](" * 12_000, "`a" * 25_000, "|a" * 20_000 + "\n" + "|-" * 20_000, "a\n" * 25_000]
)  # fmt: skip
@pytest.mark.slow
def test_no_text_takes_long(text: str) -> None:
    start = time.process_time()
    markdown(text)
    assert time.process_time() - start < 5


def test_a_picture_is_written_out_and_nothing_but_a_picture() -> None:
    assert picture("image/png", b"\x89PNG") == "data:image/png;base64,iVBORw=="
    with pytest.raises(ValueError, match="not a picture: 'text/html'"):
        picture("text/html", b"<script>")


def test_a_framed_document_stays_inside_its_attribute_under_a_policy_of_its_own() -> None:
    found = framed("\"><script>alert('x')</script>\x00\ud800")
    assert not set(found) & set("<>\"'")
    assert found.index("Content-Security-Policy") < found.index("script&gt;alert")
