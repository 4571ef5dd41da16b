"""Front ends that cannot be driven here, by what is documented of them: how each puts an output into its page.

VS Code puts the HTML into a webview and then runs a copy of each of its scripts, which it takes out again at once. Colab
gives each output a sandboxed frame of its own: nothing outside it can be reached, nor storage, nor another output. In
neither is there a widget manager, unless the person installs one. Previews take the scripts away, or do not run them.
"""

import html
import json
from collections.abc import Callable
from typing import Any

import pytest

from nbtrack.model.run import Run
from nbtrack.view.comparison import comparison_html

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
Study = Callable[..., list[Run]]

_ERRORS = "Error", "not found", "undefined", "Traceback"
_STRICT = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:"
_VSCODE = f"""<!doctype html><html lang=en><head><meta charset=utf-8><title>t</title>
<meta http-equiv="Content-Security-Policy" content="{_STRICT}"></head>
<body class="THEME"><script>
function show(output) {{
    const home = document.createElement("div");
    home.innerHTML = output;
    document.body.append(home);
    for (const script of [...home.querySelectorAll("script")]) {{
        const copy = document.createElement("script");
        copy.text = script.innerText;
        if (script.type) copy.setAttribute("type", script.type);
        home.append(copy);
        copy.remove();
    }}
}}
</script></body></html>"""
_FRAMES = "<!doctype html><html lang=en><meta charset=utf-8><title>t</title><body>{}</body></html>"
_FRAME = '<iframe title="output" sandbox="{}" style="width:1100px;height:600px" srcdoc="{}"></iframe>'
_FRAMED = "<!doctype html><html lang=en theme=dark><meta charset=utf-8><title>o</title><body>{}</body></html>"
_APART = "<script>try { parent.document.title = 'reached' } catch { window.apart = true }</script>"


def _output(runs: list[Run], title: str) -> str:
    return comparison_html(runs, title).html


@pytest.fixture
def in_webview(open_page: Open) -> Callable[..., Any]:
    def shown(theme: str, *outputs: str) -> Any:
        watched = open_page()
        watched.page.set_content(_VSCODE.replace("THEME", theme))
        for output in outputs:
            watched.page.evaluate("(output) => show(output)", output)
        return watched

    return shown


@pytest.fixture
def in_frames(open_page: Open) -> Callable[..., Any]:
    def shown(sandbox: str, *outputs: str) -> Any:
        watched = open_page()
        pages = [_FRAMED.format(_APART + output) for output in outputs]
        watched.page.set_content(_FRAMES.format("".join(_FRAME.format(sandbox, html.escape(each)) for each in pages)))
        return watched

    return shown


def _sorts_and_filters(place: Any) -> None:
    """Work with a comparison as a person does."""
    place.locator("[role=tablist]").first.wait_for()
    place.locator('th[data-column="metrics.accuracy_score"] .nbt-sort').first.click()
    assert place.locator('th[data-column="metrics.accuracy_score"]').first.get_attribute("aria-sort") == "descending"
    place.locator(".nbt-filter").first.fill("svc")
    place.locator(".nbt-count", has_text=" of ").first.wait_for()
    for view in ("curves", "diff", "table"):
        place.locator(f'[data-view="{view}"]').first.click()
    assert place.locator(".nbt-static").count() == 0
    assert not any(word in place.locator(".nbt-compare").first.inner_text() for word in _ERRORS)


@pytest.mark.parametrize(("theme", "scheme"), [("vscode-light", "light"), ("vscode-dark", "dark")])
def test_in_a_webview_of_vs_code_it_is_interactive_and_of_its_theme(
    study: Study, in_webview: Callable[..., Any], theme: str, scheme: str
) -> None:
    watched = in_webview(theme, _output(study(12), "one"), _output(study(5), "two"))
    page = watched.page
    page.wait_for_function("document.querySelectorAll('[role=tablist]').length === 2")
    _sorts_and_filters(page)
    assert page.locator(".nbt-compare").first.evaluate("(home) => getComputedStyle(home).colorScheme") == scheme
    assert [each.inner_text() for each in page.locator(".nbt-count").all()][1] == "5 runs"
    assert not page.locator(".nbt-live").first.is_visible()
    assert watched.quiet


def test_in_a_frame_of_colab_it_is_interactive_and_reaches_nothing_outside(
    study: Study, in_frames: Callable[..., Any]
) -> None:
    watched = in_frames("allow-scripts", _output(study(12), "one"), _output(study(5), "two"))
    frames = watched.page.frames[1:]
    for frame in frames:
        frame.wait_for_selector("[role=tablist]")
        assert frame.evaluate("window.apart === true && !('google' in window)")
    _sorts_and_filters(frames[0])
    assert frames[0].locator(".nbt-compare").evaluate("(home) => getComputedStyle(home).colorScheme") == "dark"
    assert frames[1].locator(".nbt-count").inner_text() == "5 runs"
    assert watched.page.title() == "t"
    assert watched.quiet


def test_in_a_frame_without_scripts_it_is_the_table(study: Study, in_frames: Callable[..., Any]) -> None:
    frame = in_frames("", _output(study(12), "one")).page.frames[1]
    frame.wait_for_selector(".nbt-static table")
    assert frame.locator(".nbt-static tbody tr").count() == 12
    assert not any(word in frame.locator(".nbt-compare").inner_text() for word in _ERRORS)


def test_where_the_scripts_are_taken_away_it_is_the_table(study: Study, open_page: Open) -> None:
    watched = open_page()
    watched.page.set_content(_FRAMES.format('<div id="home"></div>'))
    watched.page.evaluate(
        """(output) => {
            const parsed = new DOMParser().parseFromString(output, "text/html");
            for (const each of parsed.querySelectorAll("script, style, link")) each.remove();
            for (const each of parsed.querySelectorAll("*")) for (const name of ["style", "class", "id"]) each.removeAttribute(name);
            document.querySelector("#home").innerHTML = parsed.body.innerHTML;
        }""",
        _output(study(12), "one"),
    )
    assert watched.page.locator("table tbody tr").count() == 12
    text = watched.page.inner_text("#home")
    assert not any(word in text for word in (*_ERRORS, "{", "function", json.dumps("format")))


def test_numbers_of_the_table_stand_under_each_other(study: Study, in_frames: Callable[..., Any]) -> None:
    frame = in_frames("", _output(study(12), "one")).page.frames[1]
    aligned = frame.locator(".nbt-static").evaluate(
        """(part) => [...part.querySelectorAll("thead th")].map((head, n) => [
            head.textContent,
            getComputedStyle(head).textAlign,
            ...new Set([...part.querySelectorAll(`tbody tr > :nth-child(${n + 1})`)].map((cell) => getComputedStyle(cell).textAlign))])"""
    )
    found = {name: sides for name, *sides in aligned}
    assert found["accuracy_score"] == ["right", "right"]
    assert found["run"] == found["model"] == ["left", "left"]
