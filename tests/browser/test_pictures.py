"""The designed states look as they did: none is blank, unstyled or out of place, whatever fonts a machine has.

``NBTRACK_GOLDENS=rewrite`` stores what they look like now; look at them first: ``python tests/browser/screenshots.py OUT``.
"""

import os
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbtrack.model.run import Run

pytestmark = pytest.mark.browser

_HERE = Path(__file__).parent
_STATES = runpy.run_path(str(_HERE / "states.py"))
_PICTURES = runpy.run_path(str(_HERE / "pictures.py"))
_State = _STATES["State"]
_DIFF = {"view": "diff", "selected": [2, 5]}
_DARK = {"color_scheme": "dark"}
STATES = {
    "table": _State("study", {"selected": [1, 4]}),
    "table-dark": _State("study", options=_DARK),
    "table-narrow": _State("study", width=320),
    "grouped": _State("study", {"by": "model"}),
    "curves": _State("study", {"view": "curves"}),
    "scatter": _State("study", {"view": "scatter", "x": "log_loss", "y": "accuracy_score", "colour": "model"}),
    "parallel": _State("study", {"view": "parallel"}),
    "importance": _State("study", {"view": "importance"}),
    "diff": _State("study", _DIFF),
    "diff-dark": _State("study", _DIFF, options=_DARK),
    "columns": _State("columns"),
    "saved": _State("study", saved=True, live=True),
    "static": _State("study", saved=True, scripts=False),
}
_OTHER_FONT = "* { font-family: 'Liberation Serif', 'Times New Roman', serif !important }"
_BROKEN = {
    "blank": ".nbt-panel > * { visibility: hidden }",
    "without style": ".nbt, .nbt * { all: revert !important }",
    "in one column": ".nbt-bar, .nbt-tabs, .nbt-controls { display: block !important } .nbt-bar > *, .nbt-tabs > * { display: block }",
    "too large": ".nbt { zoom: 1.25 }",
}


_BOXES = """() => {
    const box = (name) => document.querySelector(name)?.getBoundingClientRect();
    const [tabs, bar, panel] = [".nbt-tabs", ".nbt-bar", ".nbt-panel"].map(box);
    return {
        sideways: document.documentElement.scrollWidth - innerWidth,
        tabs: tabs.height, between: [bar.top - tabs.bottom, panel.top - bar.bottom], panel: [panel.width, panel.height],
    };
}"""


@pytest.fixture(scope="module")
def open_state(
    browser: Any,
    make_run: Callable[..., Run],
    study: Callable[..., list[Run]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[Any], Any]:
    """Open a page in a state; the test closes its context."""
    studies = _STATES["studies"](make_run, study)
    folder = tmp_path_factory.mktemp("states")
    return lambda state: state.open(browser, studies[state.runs](), folder)


@pytest.fixture(scope="module")
def look(open_state: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return the patches of a state, with a style of the test's own added."""

    def looked(name: str, style: str = "") -> Any:
        page = open_state(STATES[name])
        try:
            if style:
                page.add_style_tag(content=style)
                page.evaluate("() => window.app?.resized() ?? 0")
            return _PICTURES["patches"](page.screenshot(full_page=True))
        finally:
            page.context.close()

    return looked


@pytest.mark.parametrize("name", STATES)
def test_a_state_looks_as_it_did(look: Callable[..., Any], name: str) -> None:
    path = _HERE / "pictures" / f"{name}.png"
    found = look(name)
    if os.environ.get("NBTRACK_GOLDENS") == "rewrite":
        _PICTURES["store"](path, found)
    share = _PICTURES["astray"](found, _PICTURES["stored"](path))
    assert share <= _PICTURES["ASTRAY"], f"{share:.1%} of {name} looks different"


@pytest.mark.parametrize("name", ["table", "curves", "diff"])
def test_another_font_is_no_difference(look: Callable[..., Any], name: str) -> None:
    found = look(name, _OTHER_FONT)
    assert _PICTURES["astray"](found, _PICTURES["stored"](_HERE / "pictures" / f"{name}.png")) <= _PICTURES["ASTRAY"]


@pytest.mark.parametrize("how", _BROKEN)
@pytest.mark.parametrize("name", ["table", "curves", "diff"])
def test_what_is_broken_is_noticed(look: Callable[..., Any], name: str, how: str) -> None:
    found = look(name, _BROKEN[how])
    assert _PICTURES["astray"](found, _PICTURES["stored"](_HERE / "pictures" / f"{name}.png")) > _PICTURES["ASTRAY"]


@pytest.mark.parametrize("width", [320, 1200, 3840])
@pytest.mark.parametrize("view", ["table", "parallel", "scatter", "curves", "importance", "better", "diff"])
def test_every_view_fits_its_page(open_state: Callable[[Any], Any], view: str, width: int) -> None:
    page = open_state(_State("study", {"view": view, "selected": [1, 4]}, width=width))
    boxes = page.evaluate(_BOXES)
    page.context.close()
    assert boxes["sideways"] <= 0
    assert 24 <= boxes["tabs"] <= 48, "the tabs stand in one line"
    assert all(-1 <= gap <= 24 for gap in boxes["between"]), boxes
    assert boxes["panel"][0] >= min(width, 1900) * 0.8
    assert boxes["panel"][1] >= 120
