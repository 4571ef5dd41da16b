"""The Markdown of notebooks: mathematics stays as it was written, pictures come from inside, nothing of it runs."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from nbtrack.view.escape import notebook_markdown, picture


def html(text: str, **env: Any) -> str:
    return str(notebook_markdown(text, env))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a $x_1 + y_2$ b", '<code class="nbt-math">x_1 + y_2</code>'),
        ("$$\na_1 *b*\n$$", '<code class="nbt-math nbt-math-alone">a_1 *b*</code>'),
        (
            r"\begin{align}a & b\end{align}",
            r'<code class="nbt-math nbt-math-alone">\begin{align}a &amp; b\end{align}</code>',
        ),
        (r"\\(a<b\\)", '<code class="nbt-math">a&lt;b</code>'),
        (r"\\[ a \\]", '<code class="nbt-math nbt-math-alone">a</code>'),
    ],
)
def test_mathematics_is_kept_as_it_was_written(text: str, expected: str) -> None:
    assert expected in html(text)


@pytest.mark.parametrize("text", ["$5 and $6", r"\$x\$", "a $ b $ c", "`$x$`", "$"])
def test_money_is_no_mathematics(text: str) -> None:
    assert "nbt-math" not in html(text)


def test_headings_get_the_anchors_that_jupyter_gives_them_and_links_lead_there() -> None:
    env: dict[str, Any] = {}
    text = str(notebook_markdown("# Two *words*\n\n## Two words\n\n[go](#Two-words) [cell](#cell-1)", env))
    assert '<h3 id="at-Two-words">' in text
    assert '<h4 id="at-Two-words-2">' in text
    assert 'href="#at-Two-words"' in text
    assert 'href="#cell-1"' in text
    assert env["headings"] == [(1, "Two words", "at-Two-words"), (2, "Two words", "at-Two-words-2")]


def test_pictures_come_from_the_cell_or_the_text_and_others_are_links_or_words() -> None:
    text = html(
        "![a](attachment:a.png) ![b](data:image/png;base64,QUJD) ![c](https://x.org/c.png) ![d](figures/d.png) "
        "![e](attachment:none.png) [![f](https://x.org/f.svg)](https://x.org)",
        pictures={"a.png": picture("image/png", b"x")},
    )
    assert re.findall(r'<img src="([^"]*)"', text) == ["data:image/png;base64,eA==", "data:image/png;base64,QUJD"]
    assert (
        '<a class="nbt-elsewhere" rel="noopener noreferrer nofollow" href="https://x.org/c.png">picture: c</a>' in text
    )
    assert "[picture: d, figures/d.png]" in text
    assert "[picture: e]" in text
    assert '<a href="https://x.org" rel="noopener noreferrer nofollow"><span class="nbt-elsewhere">[picture: f]' in text


def test_tags_for_the_look_of_a_text_leave_their_text() -> None:
    text = html('<center><b>bold</b><br>next <img src="https://x.org/y.png" alt="why"> List<int> a < b</center>')
    assert "bold<br />" in text
    assert "picture: why</a>" in text
    assert "List&lt;int&gt; a &lt; b" in text
    assert "center" not in text


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](data:image/svg+xml;base64,PHN2Zz4=)",
        '![x](data:image/png;base64,AAAA"onerror="alert(1))',
        '![x](attachment:a.png"onerror="alert(1))',
        "<a href='javascript:alert(1)'>x</a>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<style>body { display: none }</style>",
        "$<img src=x onerror=alert(1)>$",
        "# <img src=x onerror=alert(1)>",
        '[x](#a"onclick="alert(1))',
        "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "[x]: javascript:alert(1)\n\n[x]",
        "<javascript:alert(1)>",
        "```<script>\nalert(1)\n```",
    ],
)
def test_nothing_in_it_runs_or_leads_elsewhere(text: str) -> None:
    found = html(text)
    tags = re.findall(r"<(/?[a-zA-Z][\w-]*)([^<>]*)>", found)
    assert {name.lstrip("/") for name, _ in tags} <= set("p a span code pre h3 br img em strong".split())
    for _, attributes in tags:
        assert not re.search(r"\son\w+\s*=", re.sub(r'"[^"]*"', '""', attributes))
        assert not re.search(
            r'(?:href|src)="(?!https?:|mailto:|#|data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]*")', attributes
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["$a " * 20_000, "<b " * 20_000, "\\begin{a}" * 7_000, "$$" * 20_000, "<!--" * 14_000, "\\\\(" * 14_000]
)
def test_texts_made_to_take_long_do_not(text: str) -> None:
    began = time.process_time()
    html(text)
    assert time.process_time() - began < 5
