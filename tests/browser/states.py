"""The states of the comparison that are designed: which runs, what a person has chosen, and on which page."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbtrack.model.run import Run
from nbtrack.view.comparison import comparison_html
from nbtrack.view.escape import front_end, own
from nbtrack.view.payload import PAGE, comparison_payload

Make = Callable[..., Run]
Runs = Callable[[], Sequence[Run]]

_HTML = """<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width"><title>t</title>
<style>{css} main {{ padding-top: 16px; padding-bottom: 16px }}</style><main>{body}</main>"""
_MOUNT = """([payload, change, script]) => {
    const root = document.querySelector(".nbt-app");
    window.app = nbtrackCompare.mount(root, payload);
    const column = (key) => app.data.columns.find((c) => c.key === key)?.id ?? "";
    const named = { x: column, y: column, colour: column, by: (key) => (key === "seeds" ? key : column(key)), goal: column };
    named.baseline = (at) => app.data.runs[at].id;
    named.brush = (brush) => Object.fromEntries(Object.entries(brush).map(([key, marked]) => [column(key), marked]));
    named.sort = (sort) => sort.map(([key, down]) => ({ id: column(key), down }));
    named.filter = (filter) => (app.input.value = filter);
    app.set(Object.fromEntries(Object.entries(change).map(([name, value]) => [name, named[name]?.(value) ?? value])));
    if (script) new Function(script)();
}"""
_LIVE = """
document.querySelector(".nbt-app").id = "x-app";
const mark = app.count.cloneNode();
mark.className = "nbt-live"; mark.dataset.is = "running"; mark.textContent = "live"; mark.removeAttribute("role");
app.count.after(mark);
"""


@dataclass(frozen=True)
class State:
    """One state: ``runs`` names the study, ``change`` is what of the app's state a person has changed."""

    runs: str = "digits"
    change: Mapping[str, Any] = field(default_factory=dict)
    width: int = 1200
    options: Mapping[str, Any] = field(default_factory=dict)  # of the browser's context
    script: str = ""
    scripts: bool = True  # whether scripts run

    def open(self, browser: Any, runs: Sequence[Run], folder: Path) -> Any:
        """Show the runs in a page of their own, which the caller closes with its context."""
        viewport = {"width": self.width, "height": 700}
        context = browser.new_context(
            viewport=viewport, java_script_enabled=self.scripts, reduced_motion="reduce", **self.options
        )
        page = context.new_page()
        if not self.scripts:
            path = folder / "static.html"
            path.write_text(_HTML.format(css=own("page.css"), body=comparison_html(runs).html), encoding="utf-8")
            page.goto(path.as_uri())
            return page
        body = '<div class="nbt nbt-compare"><div class="nbt-app"></div></div>'
        page.set_content(_HTML.format(css=f"{own('page.css')} {own('compare.css')}", body=body))
        page.add_script_tag(content=str(front_end("compare")))
        payload = json.loads(json.dumps(comparison_payload(list(runs), "", PAGE)))
        page.evaluate(_MOUNT, [payload, dict(self.change), self.script])
        page.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame))")
        return page


_DARK = {"color_scheme": "dark"}
_CURVES = {"view": "curves"}
_BAND = {"view": "curves", "mean": True, "filter": "learning_rate_init in (0.003, 0.01, 0.03, 0.1)"}
_DIFF = {"view": "diff", "selected": [12, 40]}

STATES: Mapping[str, State] = {
    "table": State(),
    "table-dark": State(options=_DARK),
    "table-selected": State(change={"selected": [3, 12, 30], "sort": [["accuracy", True]]}),
    "table-grouped": State(change={"by": "seeds"}),
    "table-grouped-dark": State(change={"by": "family", "folded": ["forest"]}, options=_DARK),
    "table-baseline": State(change={"baseline": 6, "sort": [["accuracy", True]]}),
    "table-filtered": State(change={"filter": "accuracy > 0.97 and val_loss < 0.1"}),
    "table-filter-wrong": State(change={"filter": "acuracy > 0.97"}),
    "table-narrow": State(width=320),
    "table-wide": State(width=2560),
    "table-all-columns": State(change={"all": True}),
    "curves": State(change=_CURVES),
    "curves-dark": State(change=_CURVES, options=_DARK),
    "curves-band": State(change=_BAND),
    "curves-band-dark": State(change=_BAND, options=_DARK),
    "curves-smooth-log": State(change={**_CURVES, "smooth": 0.7, "log": True, "selected": [0, 9, 14]}),
    "curves-narrow": State(change=_CURVES, width=320),
    "scatter": State(change={"view": "scatter", "x": "val_loss", "y": "accuracy"}),
    "scatter-dark": State(change={"view": "scatter", "x": "val_loss", "y": "accuracy"}, options=_DARK),
    "scatter-colour": State(
        change={"view": "scatter", "x": "learning_rate_init", "y": "accuracy", "colour": "val_loss"}
    ),
    "scatter-narrow": State(change={"view": "scatter"}, width=320),
    "parallel": State(change={"view": "parallel"}),
    "parallel-brushed": State(change={"view": "parallel", "brush": {"accuracy": [0.97, 1.0]}}),
    "parallel-brushed-dark": State(change={"view": "parallel", "brush": {"accuracy": [0.97, 1.0]}}, options=_DARK),
    "parallel-narrow": State(change={"view": "parallel"}, width=320),
    "importance": State(change={"view": "importance", "goal": "accuracy"}),
    "importance-dark": State(change={"view": "importance", "goal": "accuracy"}, options=_DARK),
    "importance-narrow": State(change={"view": "importance"}, width=320),
    "a-vs-b": State(change={"view": "better", "goal": "accuracy"}),
    "a-vs-b-dark": State(change={"view": "better", "goal": "accuracy"}, options=_DARK),
    "a-vs-b-narrow": State(change={"view": "better"}, width=320),
    "diff": State(change=_DIFF),
    "diff-dark": State(change=_DIFF, options=_DARK),
    "diff-four": State(change={"view": "diff", "selected": [3, 12, 30, 40]}),
    "diff-narrow": State(change=_DIFF, width=320),
    "live": State(script=_LIVE),
    "none": State("none"),
    "none-dark": State("none", options=_DARK),
    "nothing-matches": State(change={"filter": "accuracy > 1"}),
    "one": State("one"),
    "no-metric": State("no-metric"),
    "no-metric-scatter": State("no-metric", {"view": "scatter"}),
    "no-metric-importance": State("no-metric", {"view": "importance"}),
    "failed": State("failed"),
    "failed-scatter": State("failed", {"view": "scatter"}),
    "failed-diff": State("failed", {"view": "diff"}),
    "columns-300": State("columns"),
    "columns-300-parallel": State("columns", {"view": "parallel"}),
    "columns-300-importance": State("columns", {"view": "importance"}),
    "runs-10000": State("many"),
    "runs-10000-scatter": State("many", {"view": "scatter"}),
    "runs-10000-parallel": State("many", {"view": "parallel"}),
    "contrast-more": State(options={"contrast": "more"}),
    "contrast-forced": State(options={"forced_colors": "active"}),
    "contrast-forced-curves": State(change={**_CURVES, "selected": [0, 9]}, options={"forced_colors": "active"}),
    "contrast-forced-diff": State(change=_DIFF, options={"forced_colors": "active"}),
    "static": State(scripts=False),
    "static-dark": State(options=_DARK, scripts=False),
    "static-narrow": State(width=320, scripts=False),
}


def studies(make_run: Make, study: Callable[..., list[Run]]) -> dict[str, Runs]:
    """Return the runs of every state but those of ``digits``, made without any chance in them."""
    return {
        "none": list,
        "one": lambda: study(6)[2:3],
        "failed": lambda: [study(48)[11], study(48)[28]],
        "study": lambda: study(48),
        "many": lambda: study(10_000, curves=False),
        "no-metric": lambda: [
            make_run(i, name=f"prepare {i}", params={"rows": 100 * i, "shuffle": i % 2 == 0}) for i in range(6)
        ],
        "columns": lambda: _wide(make_run),
    }


def _wide(make_run: Make) -> list[Run]:
    rng = random.Random(5)
    return [
        make_run(
            i,
            name=f"search {i}",
            params={f"layer_{k}.units": rng.choice((16, 32, 64)) for k in range(200)},
            metrics={f"class_{k}.f1": round(rng.uniform(0.8, 0.99), 4) for k in range(100)},
        )
        for i in range(40)
    ]
