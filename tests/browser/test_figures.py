"""plotly's figures as plotly's own script draws them: user text stays text, in titles, legends, ticks and tooltips."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import plotly
import pytest

from nbtrack.model.run import Run
from nbtrack.view.figures import Figures

pytestmark = pytest.mark.browser

_EVIL = '<b>x</b><a href="javascript:window.__pwned=1">l</a>%{y}$a$ &lt;'
_PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
_DRAW = """async ({data, layout}) => {
    const home = document.createElement("div");
    document.body.append(home);
    await Plotly.newPlot(home, data, layout, {displayModeBar: false, responsive: true});
    if (data[0].type !== "parcoords") Plotly.Fx.hover(home, [{curveNumber: 0, pointNumber: 0}]);
    await new Promise(requestAnimationFrame);
    return {links: home.querySelectorAll("a").length, text: [...home.querySelectorAll("text")].map((t) => t.textContent).join("\\n")};
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
