"""A report in a browser: links, folding, print, figures, many runs - and hostile text in every field of it."""

import runpy
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from nbtrack.model.run import Run
from nbtrack.query.checklist.checklist import Checklist
from nbtrack.query.source_diff import source_diff
from nbtrack.report.page import WHOLE, page
from nbtrack.report.parts import CellText, Comment, Fact, Markdown, Note, Report, RunPage, Sentence, Shown

pytestmark = pytest.mark.browser

_HERE = Path(__file__).parent
_RICH = runpy.run_path(str(_HERE.parent / "report" / "rich_report.py"))
_PAYLOADS = runpy.run_path(str(_HERE / "payloads.py"))["PAYLOADS"]
_MARKDOWN = (
    "[x](javascript:window.__pwned=1)",
    "[x](JaVaScRiPt&colon;window.__pwned=1)",
    "[x](data:text/html,<script>window.__pwned=1</script>)",
    "[x](file:///etc/passwd) [y](//evil.example/) [z](/etc/passwd)",
    "![x](https://evil.example/pixel.png) ![y](/etc/passwd) ![z](data:image/svg+xml,<svg onload=window.__pwned=1>)",
    "<javascript:window.__pwned=1> <file:///etc/passwd> <img src=x onerror=window.__pwned=1>",
    "<details open ontoggle=window.__pwned=1>\n\n<script>window.__pwned=1</script>",
    '[x]: javascript:window.__pwned=1 "t"\n\n[x] ![x]',
    '[x](https://a.example "t\\" onmouseover=window.__pwned=1")',
    '```"><script>window.__pwned=1</script>\ncode\n```',
    "> " * 500 + "deep",
    "[" * 2000 + "](x)",
)  # fmt: skip


@pytest.fixture(scope="module")
def axe() -> Any:
    return pytest.importorskip("axe_playwright_python.sync_playwright").Axe()


@pytest.fixture(scope="module")
def report(study: Callable[..., list[Run]]) -> Report:
    return _RICH["rich_report"](study(8))


@pytest.fixture
def opened(open_page: Any, tmp_path: Path) -> Callable[..., Any]:
    """Open a report, at a place of it; and wait until its scripts have run, where they do."""

    def open_report(report: Report, at: str = "", **options: Any) -> Any:
        path = tmp_path / "report.html"
        path.write_text(page(report), encoding="utf-8", errors="backslashreplace")
        watched = open_page(**options)
        watched.refused = []  # requests that the policy kept from leaving the browser
        watched.page.on("requestfailed", lambda it: it.failure in {"csp", "origin"} and watched.refused.append(it.url))
        watched.page.goto(path.as_uri() + at)
        if options.get("java_script_enabled", True):
            watched.page.wait_for_selector("html[data-scripted] #nbt-theme button")
        return watched

    return open_report


def _drawn(watched: Any) -> Any:
    """Scroll through the whole page until all that is drawn late is drawn."""
    page = watched.page
    for view in ("comparison", "curves", "parallel", "importance"):
        page.locator(f"#{view}").scroll_into_view_if_needed()
        page.wait_for_selector(f"#nbt-report-{view} .nbt-panel")
    return page


def test_the_comparison_and_its_charts_are_drawn_where_they_come_into_sight(opened: Any, report: Report) -> None:
    watched = opened(report)
    assert watched.page.locator("#nbt-report-importance .nbt-panel").count() == 0
    page = _drawn(watched)
    assert page.locator("#nbt-report-curves svg.nbt-plot").count() == 2
    assert page.locator("#nbt-report-parallel svg.nbt-plot").count() == 1
    assert page.locator("#nbt-report-curves [role=tablist]").is_hidden()
    assert watched.quiet, (watched.problems, watched.requests)


def test_a_chart_that_has_nothing_to_draw_says_so(opened: Any, make_run: Callable[..., Run], report: Report) -> None:
    one = make_run(0, name="alone", metrics={"score": 1.0})
    few = replace(
        report, runs=(one,), pages=(_RICH["run_page"](one, 1),), diffs=(), checklists={}, summary=(), notes=()
    )
    watched = opened(few, "#importance")
    watched.page.locator("#importance").get_by_text("There is nothing to draw of these runs.").wait_for()
    assert watched.quiet, watched.problems


def test_what_the_comparison_filters_its_charts_show(opened: Any, report: Report) -> None:
    page = _drawn(opened(report))
    page.locator("#nbt-report-comparison .nbt-filter").fill("mlp")
    page.wait_for_function(
        "() => document.querySelector('#nbt-report-parallel + .nbt-linked').textContent.includes('The 2 of 8 runs')"
    )


def test_selected_runs_are_linked_to_their_pages(opened: Any, report: Report) -> None:
    page = _drawn(opened(report))
    page.locator("#nbt-report-comparison .nbt-grid tbody input").nth(1).check()
    link = page.locator("#nbt-report-comparison + .nbt-linked a")
    link.click()
    anchor = (link.get_attribute("href") or "")[1:]
    page.wait_for_function("(id) => document.getElementById(id).open", arg=anchor)
    assert page.locator(f"#{anchor} .nbt-name").first.inner_text() == report.runs[1].name


def test_a_link_opens_what_it_leads_to_on_arrival_and_when_it_changes(opened: Any, report: Report) -> None:
    first, second = report.pages[4].anchor, report.pages[7].anchor
    page = opened(report, f"#{first}").page
    page.wait_for_function("(id) => document.getElementById(id).open", arg=first)
    page.evaluate("(id) => { location.hash = id; }", second)
    page.wait_for_function("(id) => document.getElementById(id).open", arg=second)
    page.wait_for_function("(id) => Math.abs(document.getElementById(id).getBoundingClientRect().top) < 60", arg=second)
    page.evaluate("location.hash = 'packages-2'")
    page.wait_for_function("() => document.getElementById('packages-2').open")


def test_runs_that_are_data_are_drawn_when_they_are_opened(opened: Any, study: Callable[..., list[Run]]) -> None:
    report = _RICH["rich_report"](study(WHOLE + 20, curves=False))
    watched = opened(report, f"#{report.pages[-1].anchor}")
    place = watched.page.locator(f"#{report.pages[-1].anchor}")
    place.locator(".nbt-columns").wait_for()
    words = place.inner_text()
    told = [fact.value for fact in (*report.pages[-1].params, *report.pages[-1].metrics)]
    assert [text for text in told if text not in words] == []
    assert report.pages[-1].cells[-1].source.splitlines()[0] in words
    assert watched.quiet, watched.problems


def test_a_run_is_found_by_its_words(opened: Any, report: Report) -> None:
    page = opened(report).page
    page.locator(".nbt-find").fill(f"{report.runs[4].short} svc")
    assert page.locator("details.nbt-runpage:visible .nbt-name").all_inner_texts() == [report.runs[4].name]
    page.locator(".nbt-find").fill("")
    assert page.locator("details.nbt-runpage:visible").count() == len(report.runs)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_person_chooses_light_or_dark(opened: Any, report: Report, theme: str) -> None:
    page = _drawn(opened(report, color_scheme="dark" if theme == "light" else "light"))
    page.get_by_role("button", name=theme.capitalize(), exact=True).click()
    colours = page.evaluate(
        "[document.body, document.querySelector('#nbt-report-curves')].map((each) => getComputedStyle(each).color)"
    )
    assert set(colours) == {"rgb(27, 31, 36)" if theme == "light" else "rgb(228, 231, 235)"}


def test_figures_of_plotly_are_drawn_under_the_policy_of_the_page(opened: Any, report: Report) -> None:
    watched = opened(report, f"#{report.pages[0].anchor}")
    figure = watched.page.locator(".nbt-plotly").first
    figure.scroll_into_view_if_needed()
    figure.locator("svg.main-svg").first.wait_for()
    assert figure.locator(".nbt-plotly-plain").count() == 0
    assert watched.quiet, (watched.problems, watched.requests)


def test_figures_that_the_bundle_of_nbtrack_cannot_draw_are_drawn_by_that_of_plotly(
    opened: Any, study: Callable[..., list[Run]]
) -> None:
    pie = (
        b'{"data": [{"type": "sunburst", "labels": ["a", "b"], "parents": ["", "a"], "values": [2, 1]}], "layout": {}}'
    )
    runs = study(4)
    made = _RICH["run_page"]
    report = _RICH["rich_report"](
        runs,
        lambda run, at: made(
            run, at, shown=(Shown("outputs/01-plotly.json", "application/vnd.plotly.v1+json", 1, pie),)
        ),
    )
    watched = opened(report, f"#{report.pages[0].anchor}")
    watched.page.locator(".nbt-plotly").first.scroll_into_view_if_needed()
    watched.page.locator(".nbt-plotly path.surface").first.wait_for()
    assert watched.quiet, (watched.problems, watched.requests)


def test_paper_gets_all_that_matters_and_the_screen_has_it_back_as_it_was(opened: Any, report: Report) -> None:
    page = opened(report).page
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details.nbt-runpage:not([open]), details.nbt-difference:not([open])").count() == 0
    assert page.locator("#nbt-report-importance .nbt-panel").count() == 1
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 31, 36)"
    assert page.locator("#nbt-theme").is_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details.nbt-runpage[open]").count() == 0


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("width", [320, 1360])
def test_no_width_makes_the_page_scroll_aside(opened: Any, report: Report, width: int, *, scripts: bool) -> None:
    watched = opened(report, viewport={"width": width, "height": 800}, java_script_enabled=scripts)
    for place in watched.page.locator("details").all() if scripts else ():
        place.evaluate("(each) => { each.open = true; }")
    if scripts:
        _drawn(watched)
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_clean_in_every_state(axe: Any, opened: Any, report: Report, scheme: str) -> None:
    page = _drawn(opened(report, color_scheme=scheme))
    for place in page.locator("main details").all():
        place.evaluate("(each) => { each.open = true; }")
    page.locator(".nbt-plotly").first.scroll_into_view_if_needed()
    page.locator(".nbt-plotly svg.main-svg").first.wait_for()
    found = axe.run(page).response["violations"]
    assert [(each["id"], node["html"][:200]) for each in found for node in each["nodes"]] == []


def test_everything_is_reached_by_keyboard(opened: Any, report: Report) -> None:
    page = opened(report).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.hash === '#report'")
    page.locator("details.nbt-runpage > summary").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('details.nbt-runpage').open")


def _spoiled(value: Any, text: str) -> Any:
    """Return a part of a report with ``text`` in place of every text of it, where it is no name that code goes by."""
    if isinstance(value, Run) or value is None or isinstance(value, (int, float, bytes, Checklist)):
        return value
    if isinstance(value, str):
        return text
    if isinstance(value, tuple):
        return tuple(_spoiled(each, text) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        kept = {
            "kind",
            "after",
            "anchor",
            "environment_key",
            "media_type",
            "old",
            "new",
            "runs",
            "sign",
            "marks",
            "records",
        }
        parts = {each.name: getattr(value, each.name) for each in fields(value) if each.init}
        return type(value)(**{name: part if name in kept else _spoiled(part, text) for name, part in parts.items()})
    return value


def _hostile_page(run: Run, at: int) -> RunPage:
    text = _PAYLOADS[at % len(_PAYLOADS)]
    raw = text.encode("utf-8", "replace")
    shown = (
        Shown(f"outputs/01-{text}", "text/html", 1, "<hr>".join(_PAYLOADS[at * 6 : at * 6 + 6]).encode("utf-8", "replace")),
        Shown("outputs/02-x", "text/html", 1, f"<table><tr><td>{text}</td></tr></table>".encode("utf-8", "replace")),
        Shown("outputs/04-x", "image/svg+xml", 1, f"<svg xmlns='http://www.w3.org/2000/svg'>{text}</svg>".encode("utf-8", "replace")),
        Shown("outputs/05-x", "application/vnd.plotly.v1+json", 1, _RICH["plotly_figure"]("scatter", text.encode("utf-8", "replace").decode(), 5)),
        Shown("outputs/06-x", "text/markdown", 1, (text + "\n\n" + _MARKDOWN[at % len(_MARKDOWN)]).encode("utf-8", "replace")),
        Shown("outputs/07-x", "application/vnd.vega.v5+json", 1, raw),
        Shown("outputs/08-x", text, 1, raw),
        Shown("outputs/09-x", "text/plain", 1, raw),
        Shown("outputs/10-x", "image/png", 1, None, text),
    )  # fmt: skip
    made = _RICH["run_page"](run, at)
    fact = Fact(text, text, text)
    return replace(
        made, shown=shown, facts=(fact,), params=(fact,), metrics=(fact,), data=(fact,), code=(fact,), environment=(fact,),
        verdict=(fact,), condition=(text,), error=text, cells=(CellText(text, text, text),) * 2,
        comments=(Comment(Markdown(_MARKDOWN[at % len(_MARKDOWN)]), 0, text), Comment(Markdown(text), None, "")),
    )  # fmt: skip


def _hostile_report(make_run: Callable[..., Run]) -> Report:
    runs = [
        make_run(at, {text: [0.1, 0.2 + at / 100]} if at % 3 == 0 else None, name=text, status="finished", params={text: text, "n": at}, metrics={"score": at / 7}, tags={text: text})
        for at, text in enumerate(_PAYLOADS)
    ]  # fmt: skip
    report = _RICH["rich_report"](runs, _hostile_page)
    first = _PAYLOADS[1]
    lines = source_diff("\n".join(_PAYLOADS), "\n".join(reversed(_PAYLOADS)))
    sides = tuple(
        replace(side, name=first, rows=((text, text, text),), lines=lines)
        for side, text in zip(report.diffs[0].sides, _PAYLOADS, strict=False)
    )
    return replace(
        report,
        title=first,
        origin=replace(_spoiled(report.origin, _PAYLOADS[2]), parts={}),
        summary=tuple(Sentence(text, each.kind, each.runs) for each, text in zip(report.summary * 20, _PAYLOADS, strict=False)),
        notes=tuple(Note(Markdown(text), "summary") for text in (*_MARKDOWN, *_PAYLOADS)),
        diffs=tuple(replace(each, title=first, sides=sides) for each in report.diffs),
        packages={key: tuple(Fact(text, text, text) for text in _PAYLOADS) for key in report.packages},
        again=tuple(Fact(text, text, text) for text in _PAYLOADS),
        program="\n".join(_PAYLOADS),
        shared=tuple(Fact(text, text, text) for text in _PAYLOADS),
    )  # fmt: skip


def _left_the_page(watched: Any) -> list[str]:
    """Return the requests that no policy refused; a request and its refusal are told one after the other."""
    for _ in range(40):
        if len(watched.requests) == len(watched.refused):
            break
        watched.page.wait_for_timeout(50)
    return sorted((Counter(watched.requests) - Counter(watched.refused)).elements())


_SINKS = "object, embed, form, base, link, [onerror], [onload], [onfocus], [onclick], [onmouseover], [ontoggle]"


@pytest.fixture(scope="module")
def hostile(make_run: Callable[..., Run]) -> Report:
    return _hostile_report(make_run)


def test_hostile_text_in_every_field_is_shown_and_does_nothing(opened: Any, hostile: Report) -> None:
    watched = opened(hostile)
    page = _drawn(watched)
    for place in page.locator("main details").all():
        place.evaluate("(each) => { each.open = true; }")
    for figure in page.locator(".nbt-plotly").all()[:10]:
        figure.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelectorAll('.nbt-plotly svg.main-svg').length > 3")
    page.locator("#nbt-report-comparison .nbt-filter").fill("<img src=x onerror=window.__pwned=1>")
    assert page.evaluate("window.__pwned") is None
    assert watched.dialogs == []
    assert _left_the_page(watched) == []
    refused = (
        "sandboxed",
        "Content Security Policy",
        "Not allowed to load",
        "Unsafe attempt to load",
    )  # what frames were kept from
    assert [each for each in watched.problems if not any(words in each for words in refused)] == []
    assert page.locator(_SINKS).count() == 0
    sources = page.eval_on_selector_all("img", "(all) => all.map((each) => each.src.slice(0, 11))")
    assert set(sources) == {"data:image/"}
    links = page.eval_on_selector_all(
        "a[href], a[*|href]",
        "(all) => all.map((each) => String(each.getAttribute('href') ?? each.getAttribute('xlink:href')))",
    )
    assert [link for link in links if not link.startswith(("#", "https://"))] == []


def test_hostile_text_of_runs_that_are_data_is_text(opened: Any, make_run: Callable[..., Run], hostile: Report) -> None:
    runs = [make_run(at, name=_PAYLOADS[at % len(_PAYLOADS)], metrics={"score": at / 7}) for at in range(WHOLE + 60)]
    watched = opened(_RICH["rich_report"](runs, _hostile_page))
    page = watched.page
    for place in page.locator("details.nbt-runpage[data-at]").all():
        place.evaluate("(each) => { each.open = true; }")
    page.wait_for_function("() => document.querySelectorAll('details[data-at] .nbt-columns').length === 60")
    assert page.evaluate("window.__pwned") is None
    assert watched.dialogs == []
    assert _left_the_page(watched) == []
    assert page.locator("details[data-at] :is(img, script, iframe, svg, style)").count() == 0


def test_the_policy_keeps_out_what_gets_in_after_all(opened: Any, report: Report) -> None:
    watched = opened(report)
    watched.page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.__pwned = 1'; document.body.append(s); }"
    )
    assert watched.page.evaluate("window.__pwned") is None
    assert "Content Security Policy" in watched.problems[0]
    assert watched.page.evaluate("fetch('https://evil.example/').then(() => 'got', () => 'refused')") == "refused"
