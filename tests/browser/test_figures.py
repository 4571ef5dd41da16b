"""plotly's figures as plotly's own script draws them: user text stays text, in titles, legends, ticks and tooltips."""

import json
import runpy
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import plotly
import pytest

from nbtrack.model.run import Run
from nbtrack.view.figures import Figures

pytestmark = pytest.mark.browser

_EVIL = '<b>x</b><a href="javascript:window.__pwned=1">l</a>%{y}$a$ &lt;'
_PAYLOADS = runpy.run_path(str(Path(__file__).with_name("payloads.py")))["PAYLOADS"]
_PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
_DRAW = """async ({data, layout}) => {
    const home = document.createElement("div");
    document.body.append(home);
    await Plotly.newPlot(home, data, layout, {displayModeBar: false, responsive: true});
    if (data[0].type !== "parcoords") Plotly.Fx.hover(home, [{curveNumber: 0, pointNumber: 0}]);
    await new Promise(requestAnimationFrame);
    const strange = [...home.querySelectorAll("script,img,iframe,object,embed,link,base,meta,form,use,image,animate,foreignObject,[onload],[onerror],[onfocus],[onclick]")].map((one) => one.outerHTML);
    home.remove();
    return {strange, links: home.querySelectorAll("a").length, text: [...home.querySelectorAll("text")].map((t) => t.textContent).join("\\n")};
}"""


@pytest.fixture
def figures(make_run: Callable[..., Run]) -> Figures:
    def params(n: int) -> dict[str, Any]:
        return {_EVIL: [_EVIL, "b"][n % 2], "k": _EVIL if n % 3 else "z", "lr": n % 3}

    return Figures(
        [
            make_run(n, {_EVIL: [0.5, 0.4, 0.1 * n]}, name=_EVIL, params=params(n), metrics={"f1": n % 3 + n / 10})
            for n in range(9)
        ]
    )


@pytest.mark.parametrize(
    ("name", "arguments", "colour"),
    [
        ("curves", [_EVIL], None),
        ("scatter", [f"params.{_EVIL}", "f1"], "k"),
        ("scatter", ["lr", f"metrics.{_EVIL}"], f"metrics.{_EVIL}"),
        ("parallel", [f"params.{_EVIL}", "k", "f1"], None),
        ("importance", ["f1"], None),
    ],
)
def test_names_that_look_like_markup_are_shown_as_they_are(
    figures: Figures, open_page: Any, name: str, arguments: list[str], colour: str | None
) -> None:
    figure = getattr(figures, name)(*arguments, **({"colour": colour} if colour else {}))
    watched = open_page()
    watched.page.add_script_tag(path=str(_PLOTLY))
    drawn = watched.page.evaluate(_DRAW, json.loads(figure.to_json()))
    assert drawn["links"] == 0
    assert '<b>x</b><a href="javascript' in drawn["text"]
    assert "&lt;b" not in drawn["text"]
    assert watched.page.evaluate("window.__pwned") is None
    assert watched.quiet


def _holding(make_run: Callable[..., Run], texts: Sequence[str]) -> Figures:
    """Return the figures of a run for each text, with it as name, as value and as tag; each run has all as names."""
    return Figures(
        [
            make_run(
                n,
                {"loss": [0.5, 0.4, 0.1 * n]},
                name=text,
                experiment=text,
                params={"text": text, "k": n % 3, **dict.fromkeys(texts, n % 4)},
                metrics={"f1": n % 3 + n / 10, **{each: n / 7 + at for at, each in enumerate(texts)}},
                tags={"tag": text},
            )
            for n, text in enumerate(texts)
        ]
    )


def _told_by_runs(plot: Figures) -> Iterator[Any]:
    """Yield figures with the texts in legends, at ticks, and in what the pointer tells."""
    yield plot.curves("loss")
    yield plot.scatter("text", "f1", colour="tag")
    yield plot.scatter("experiment", "name", colour="params.text")
    yield plot.parallel("text", "name", "f1")
    yield plot.importance("f1")


def _told_by_names(plot: Figures, x: str, y: str, z: str) -> Iterator[Any]:
    """Yield figures with the texts as titles of axes and of a scale of colours, and in what the pointer tells."""
    yield plot.scatter(f"params.{x}", f"metrics.{y}", colour=f"metrics.{z}")
    yield plot.parallel(f"params.{x}", f"metrics.{y}", colour=f"params.{z}")


def test_no_text_breaks_out_of_a_figure(make_run: Callable[..., Run], open_page: Any) -> None:
    watched = open_page()
    watched.page.add_script_tag(path=str(_PLOTLY))
    few = [_PAYLOADS[at : at + 3] for at in range(0, len(_PAYLOADS) - 2, 3)] + [_PAYLOADS[-3:]]
    named = (figure for texts in few for figure in _told_by_names(_holding(make_run, texts), *texts))
    for figure in (
        *_told_by_runs(_holding(make_run, _PAYLOADS[:40])),
        *_told_by_runs(_holding(make_run, _PAYLOADS[40:])),
        *named,
    ):
        drawn = watched.page.evaluate(_DRAW, json.loads(figure.to_json()))
        assert (drawn["links"], drawn["strange"]) == (0, [])
    watched.page.wait_for_timeout(50)  # what failed to load tells so a moment later
    assert watched.page.evaluate("window.__pwned") is None
    assert watched.quiet


_READ = """async (html) => {
    document.body.innerHTML = "";
    const frame = document.createElement("iframe");
    frame.srcdoc = html;
    document.body.append(frame);
    await new Promise((done) => { frame.onload = done; });
    await new Promise((done) => setTimeout(done, 200));
    return {pwned: frame.contentWindow.__pwned ?? null, drawn: frame.contentDocument.querySelectorAll(".plot-container").length};
}"""


def test_no_text_breaks_out_of_the_page_a_figure_is_written_into(make_run: Callable[..., Run], open_page: Any) -> None:
    """The JSON of a figure stands in a script there: what would end the script must not."""
    watched = open_page()
    text = "".join(_PAYLOADS[1:6])
    figure = _holding(make_run, [text, text]).scatter(f"params.{text}", f"metrics.{text}")
    html = figure.to_html(include_plotlyjs=True)
    assert watched.page.evaluate(_READ, html) == {"pwned": None, "drawn": 1}
    assert watched.quiet
