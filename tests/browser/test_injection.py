"""Hostile text in every field a user or a file can fill: it is shown, and nothing else happens."""

import runpy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from nbtrack.errors import ObjectMissing
from nbtrack.export.page import write_comparison
from nbtrack.model.run import Run
from nbtrack.query.compare import diff
from nbtrack.view.card import run_card
from nbtrack.view.comparison import comparison_html
from nbtrack.view.difference import difference
from nbtrack.view.escape import front_end
from nbtrack.view.listing import listing
from nbtrack.view.payload import comparison_payload

pytestmark = pytest.mark.browser

_PAYLOADS = runpy.run_path(str(Path(__file__).with_name("payloads.py")))["PAYLOADS"]


def _hostile(make_run: Callable[..., Run], number: int, text: str) -> Run:
    """Return a run with ``text`` in every place that holds a string."""
    made = make_run(
        number,
        {f"loss {text}": [1.0, 0.5, 0.25 + number / 1000], text: [0.1, number / 7], "__proto__": [1.0, number / 9]},
        name=text,
        experiment=text,
        note=text,
        status=("finished", "failed")[number % 2],
        params={
            text: number,
            f"value {number % 3}": text,
            "nested": {text: [text]},
            "described": {"$repr": text, "type": text},
        },
        metrics={"words": text, "score": number % 5 / 7},
        tags={text: text, "team": text},
        sources={"params": {text: text}, "metrics": {text: text}},
        cell={
            "source": f"x = {number}\n{text}\ny",
            "id": text,
            "count": 1,
            "hash": text,
            "line": text,
            "overrides": {text: text},
        },
        artifacts=[{"name": text, "sha256": text, "size": 1, "media_type": text}],
        warnings=[text],
        error={"type": text, "message": text, "traceback": text},
        notebook=text,
        hardware={text: text, "cpu": text},
        data=[{"kind": "file", "path": text, "mode": "read", "state": text, "size": number}],
        code={"commit": text, "branch": text, "dirty": True, "patch": "patch"},
        environment={"python": text, text: text, "rng": {text: text}},
        session=text,
        slice={
            "executions": [{"n": 1, "source": "behind"}, {"n": 2, "source": "own"}],
            "verdicts": [{"kind": text}],
        },
    )
    return replace(made, _kept=_Shelf(text))


class _Shelf:
    """Every object of a store is the same text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def read(self, name: str) -> bytes:
        return f"{name}\n{self.text}\n".encode("utf-8", "replace")

    def paths(self, name: str) -> tuple[str, ...]:
        raise ObjectMissing(name)

    def save(self, name: str, to: object, *, folder: bool) -> None:
        raise ObjectMissing(name)


@pytest.fixture(scope="module")
def hostile(make_run: Callable[..., Run]) -> list[Run]:
    return [_hostile(make_run, number, text) for number, text in enumerate(_PAYLOADS)]


def _harmless(watched: Any) -> None:
    assert (watched.page.evaluate("window.__pwned"), watched.dialogs, watched.requests, watched.problems) == (
        None,
        [],
        [],
        [],
    )
    assert (
        watched.page.locator(
            "iframe, object, embed, form, base, [onerror], [onload], [onfocus], [onclick], img"
        ).count()
        == 0
    )


_VIEWS = ("Parallel", "Scatter", "Curves", "Importance", "A vs B", "Diff", "Table")


def _used(page: Any) -> None:
    """Do what a person does: open every view, point, choose, filter, select some, diff, open every menu, edit."""
    for box in page.locator(".nbt-grid tbody input").all()[:2]:
        box.check()
    for view in _VIEWS:
        page.get_by_role("tab", name=view, exact=True).click()
        _looked_at(page)
        for at in range(page.locator(".nbt-controls select").count()):
            page.locator(".nbt-controls select").nth(at).select_option(index=1)
        _looked_at(page)
    _arranged(page)
    _edited(page)
    for words in ("<img src=x onerror=window.__pwned=1> script<1", "par", "params.", "tags.team = ", "team=<"):
        page.locator(".nbt-filter").first.fill(words)
        page.keyboard.press("Control+ ")


def _looked_at(page: Any) -> None:
    """Point at every chart, walk it by keys, and unfold what is folded."""
    for plot in page.locator("svg.nbt-plot").all()[:3]:
        plot.hover(position={"x": 200, "y": 60})
        plot.focus()
        for _ in range(4):
            page.keyboard.press("ArrowRight")
    for summary in page.locator(".nbt-panel details:not([open]) > summary").all()[:12]:
        summary.click()


def _arranged(page: Any) -> None:
    """Rest on cells, open the menus of heads, of the selected runs and of columns, group, sort and measure."""
    for cell in page.locator(".nbt-grid tbody td, .nbt-grid tbody th").all()[:12]:
        cell.hover()
    for n, words in (
        (1, "Colour charts by this"),
        (1, "Then sort by this"),
        (2, "Sort, lowest first"),
        (4, "Group by this"),
    ):
        page.locator(".nbt-grid thead tr:last-child th").nth(n).locator(".nbt-more").dispatch_event("click")
        item = page.locator(".nbt-menu button", has_text=words)
        if item.count():
            item.click()
        page.keyboard.press("Escape")
    page.evaluate("document.querySelectorAll('.nbt-menu').forEach((menu) => menu.hidePopover())")
    for chip in page.locator(".nbt-chip").all()[:2]:
        chip.hover()
    page.get_by_role("button", name="Choose columns").click()
    for words, act in (("", "Show these"), ("", "Hide these"), ("tags.team", "Show these")):
        page.locator(".nbt-chooser input[type=search]").fill(words)
        page.get_by_role("button", name=act).click()
    page.keyboard.press("Escape")


def _edited(page: Any) -> None:
    """Let the page believe that a kernel answers, write tags and notes, and hear what kernels never say."""
    page.evaluate(
        """(text) => {
            const id = document.querySelector(".nbt-compare").id;
            const run = document.querySelector("[data-run]");
            window.tell = (detail) => document.dispatchEvent(new CustomEvent(`nbtrack:down:${id}`, { detail }));
            tell({ do: "here", running: true });
            for (const ids of [[text], ["__proto__"], []]) tell({ do: "select", ids });
            tell({ do: "done", number: 1, problem: text });
        }""",
        _PAYLOADS[0],
    )
    page.wait_for_selector(".nbt-live[data-is=running]")
    page.wait_for_selector(".nbt-grid tbody td.nbt-edit")
    for at in (0, 1):
        page.locator(".nbt-grid tbody td.nbt-edit").nth(at).click()
        page.locator(".nbt-editor input, .nbt-editor textarea").fill(_PAYLOADS[13])
        page.keyboard.press("Enter")
    page.wait_for_selector(".nbt-editor", state="detached")


def test_a_page_of_hostile_runs_does_nothing_but_show_them(hostile: list[Run], open_page: Any, tmp_path: Path) -> None:
    watched = open_page(write_comparison(hostile, tmp_path / "x.html", _PAYLOADS[1]).as_uri())
    watched.page.wait_for_selector("[role=tablist]")
    # Rows out of sight come when the first ones have been painted.
    watched.page.wait_for_function(
        "count => document.querySelectorAll('.nbt-grid tbody .nbt-name').length === count", arg=len(_PAYLOADS)
    )
    _used(watched.page)
    _harmless(watched)


def test_a_saved_output_without_any_policy_does_nothing_either(
    hostile: list[Run], open_page: Any, tmp_path: Path
) -> None:
    outputs = [comparison_html(hostile, _PAYLOADS[0]).html, listing(hostile).html]
    outputs += [run_card(run, hostile[number - 1]).html for number, run in enumerate(hostile)]
    outputs += [difference(diff(hostile[number - 1], run)).html for number, run in enumerate(hostile)]
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><meta charset=utf-8>{''.join(outputs)}", encoding="utf-8")
    watched = open_page(path.as_uri())
    watched.page.wait_for_selector("[role=tablist]")
    _used(watched.page)
    for details in watched.page.locator("details summary").all()[:20]:
        details.click()
    _harmless(watched)


@pytest.mark.parametrize("scripts", [True, False])
def test_hostile_text_can_be_read_as_it_was_written(
    hostile: list[Run], open_page: Any, tmp_path: Path, *, scripts: bool
) -> None:
    path = write_comparison(hostile, tmp_path / "x.html", "x")
    page = open_page(path.as_uri(), java_script_enabled=scripts).page
    names = page.locator(".nbt-grid tbody .nbt-name" if scripts else "tbody th")
    names.nth(len(_PAYLOADS) - 1).wait_for(state="attached")  # the last ones come when the first have been painted
    cells = names.all_text_contents()
    plain = {text for text in _PAYLOADS if text.isprintable() and len(text) < 60}
    assert plain <= set(cells)


def test_the_page_carries_its_policy_and_the_browser_enforces_it(
    hostile: list[Run], open_page: Any, tmp_path: Path
) -> None:
    watched = open_page(write_comparison(hostile[:2], tmp_path / "x.html", "x").as_uri())
    watched.page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.__pwned = 1'; document.body.append(s); }"
    )
    assert watched.page.evaluate("window.__pwned") is None
    assert "Content Security Policy" in watched.problems[0]


@pytest.mark.parametrize("view", ["Curves", "Scatter", "Parallel"])
def test_a_saved_picture_of_hostile_runs_is_nothing_but_a_picture(
    hostile: list[Run], open_page: Any, tmp_path: Path, view: str
) -> None:
    watched = open_page(write_comparison(hostile, tmp_path / "x.html", _PAYLOADS[1]).as_uri())
    watched.page.get_by_role("tab", name=view, exact=True).click()
    with watched.page.expect_download() as saved:
        watched.page.get_by_role("button", name="Save as SVG").click()
    picture = tmp_path / "saved.svg"
    saved.value.save_as(picture)
    parts = list(ET.fromstring(picture.read_text("utf-8")).iter())
    kinds = {part.tag.partition("}")[2] for part in parts}
    names = {name for part in parts for name in part.attrib}
    assert not kinds & {"script", "a", "use", "image", "foreignObject", "animate", "set", "iframe"}
    assert not [name for name in names if name.startswith("on") or "href" in name]
    opened = open_page(picture.as_uri())
    opened.page.wait_for_timeout(100)
    _harmless(opened)


def test_a_difference_of_hostile_runs_copied_as_markdown_renders_to_text_alone(
    hostile: list[Run], make_run: Callable[..., Run], open_page: Any
) -> None:
    markdown = [
        "[x](javascript:window.__pwned=1)",
        "![x](https://evil.example/pixel.png)",
        "<https://evil.example/>",
        "https://evil.example/",
        "| a | b |",
        "```\n# heading",
        "*b* __c__ ~~d~~ `e` &amp;",
        "[x]: https://evil.example/",
    ]
    watched = open_page()
    watched.page.add_script_tag(content=str(front_end("compare")))
    watched.page.evaluate(
        "navigator.clipboard ??= {}; navigator.clipboard.writeText = async (text) => { window.copied = text; }"
    )
    # Those without a source: in that, which is a fenced listing, anything may stand.
    pairs = [(hostile[0], made) for made in hostile[1:12]]
    pairs += [(hostile[0], _hostile(make_run, 90 + n, text)) for n, text in enumerate(markdown)]
    for pair in pairs:
        text = watched.page.evaluate(_COPY, comparison_payload(pair))
        rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
        watched.page.evaluate("(html) => { document.body.innerHTML = html; }", rendered)
        assert (
            watched.page.locator(
                "body :is(img, a, script, iframe, svg, object, embed, style, link, form, input, h1)"
            ).count()
            == 0
        ), text
    _harmless(watched)


_COPY = """async (payload) => {
    document.body.innerHTML = '<div class="nbt nbt-compare"><div class="nbt-app" id="x"></div></div>';
    const app = nbtrackCompare.mount(document.getElementById("x"), payload);
    app.set({ view: "diff", selected: [0, 1] });
    [...document.querySelectorAll("button")].find((button) => button.textContent.includes("Copy as Markdown")).click();
    for (let tries = 0; tries < 50 && !window.copied; tries++) await new Promise(requestAnimationFrame);
    const { copied } = window;
    delete window.copied;
    return copied;
}"""
