"""The states of the comparison that are designed: which runs, what a person has chosen, and on which page."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbtrack.model.run import History, Run
from nbtrack.view.comparison import comparison_html
from nbtrack.view.escape import front_end, own
from nbtrack.view.payload import PAGE, comparison_payload

Make = Callable[..., Run]
Runs = Callable[[], Sequence[Run]]

_HTML = """<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width"><title>t</title>
<style>{css} main {{ padding-top: 16px; padding-bottom: 16px }}</style><main>{body}</main>"""
_MOUNT = """([payload, change]) => {
    const root = document.querySelector(".nbt-app");
    window.app = nbtrackCompare.mount(root, payload);
    const column = (key) => app.data.columns.find((c) => c.key === key)?.id ?? "";
    const named = { x: column, y: column, colour: column, by: (key) => (key === "seeds" ? key : column(key)), goal: column };
    named.baseline = (at) => app.data.runs[at].id;
    named.brush = (brush) => Object.fromEntries(Object.entries(brush).map(([key, marked]) => [column(key), marked]));
    for (const list of ["order", "off", "on", "pinned"]) named[list] = (keys) => keys.map(column);
    named.sort = (sort) => sort.map(([key, down]) => ({ id: column(key), down }));
    named.filter = (filter) => (app.input.value = filter);
    app.set(Object.fromEntries(Object.entries(change).map(([name, value]) => [name, named[name]?.(value) ?? value])));
}"""
_LIVE = """() => {
    const tell = () => document.dispatchEvent(new CustomEvent("nbtrack:down:nbt-live", { detail: { do: "here", running: true } }));
    return new Promise((done) => {
        const look = () => (document.querySelector(".nbt-tabs") ? (tell(), done()) : requestAnimationFrame(look));
        look();
    });
}"""


@dataclass(frozen=True)
class State:
    """One state: ``runs`` names the study, ``change`` is what of the app's state a person has changed."""

    runs: str = "digits"
    change: Mapping[str, Any] = field(default_factory=dict)
    width: int = 1200
    options: Mapping[str, Any] = field(default_factory=dict)  # of the browser's context
    saved: bool = False  # whether it is the page of a saved output, not one that the app was put into
    scripts: bool = True  # whether scripts run
    live: bool = False  # whether a kernel seems to stand behind it

    def open(self, browser: Any, runs: Sequence[Run], folder: Path) -> Any:
        """Show the runs in a page of their own, which the caller closes with its context."""
        viewport = {"width": self.width, "height": 700}
        context = browser.new_context(
            viewport=viewport, java_script_enabled=self.scripts, reduced_motion="reduce", **self.options
        )
        page = context.new_page()
        if self.saved:
            path = folder / "saved.html"
            html = comparison_html(runs, name="nbt-live").html
            path.write_text(_HTML.format(css=own("page.css"), body=html), encoding="utf-8")
            page.goto(path.as_uri())
            if self.live:
                page.evaluate(_LIVE)
                page.wait_for_selector(".nbt-live:visible")
            return page
        body = '<div class="nbt nbt-compare"><div class="nbt-app"></div></div>'
        page.set_content(_HTML.format(css=f"{own('page.css')} {own('compare.css')}", body=body))
        page.add_script_tag(content=str(front_end("compare")))
        payload = json.loads(json.dumps(comparison_payload(list(runs), "", PAGE)))
        page.evaluate(_MOUNT, [payload, dict(self.change)])
        page.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame))")
        return page


_DARK = {"color_scheme": "dark"}
_CURVES = {"view": "curves"}
_BAND = {"view": "curves", "mean": True, "filter": "params.seed is not null and learning_rate_init <= 0.1"}
_DIFF = {"view": "diff", "selected": [10, 41]}

STATES: Mapping[str, State] = {
    "table": State(),
    "table-dark": State(options=_DARK),
    "table-selected": State(change={"selected": [3, 12, 30], "sort": [["accuracy", True]]}),
    "table-selected-860": State(change={"selected": [3, 12, 30]}, width=860),
    "table-selected-600": State(change={"selected": [3, 12, 30]}, width=600),
    "table-grouped": State(change={"by": "seeds"}),
    "table-grouped-dark": State(change={"by": "family", "folded": ["forest"]}, options=_DARK),
    "table-baseline": State(change={"baseline": 6, "sort": [["accuracy", True]]}),
    "table-filtered": State(change={"filter": "accuracy > 0.97 and val_loss < 0.1"}),
    "table-filter-wrong": State(change={"filter": "acuracy > 0.97"}),
    "table-narrow": State(width=320),
    "table-wide": State(width=2560),
    "table-all-columns": State(change={"all": True}),
    "curves": State(change=_CURVES),
    "curves-coloured": State(change={**_CURVES, "colour": "learning_rate_init"}),
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
    "parallel-brushed": State(change={"view": "parallel", "brush": {"val_accuracy": [0.97, 1.0]}}),
    "parallel-brushed-dark": State(change={"view": "parallel", "brush": {"val_accuracy": [0.97, 1.0]}}, options=_DARK),
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
    "saved": State(saved=True),
    "live": State("live", saved=True, live=True),
    "live-dark": State("live", saved=True, live=True, options=_DARK),
    "live-narrow": State("live", saved=True, live=True, width=320),
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
    "static": State(saved=True, scripts=False),
    "static-dark": State(options=_DARK, saved=True, scripts=False),
    "static-narrow": State(width=320, saved=True, scripts=False),
}

# What the documentation shows, and how much of its page.
DOCS: Mapping[str, tuple[State, int]] = {
    "comparison": (
        State(
            change={
                "sort": [["accuracy", True]],
                "selected": [10, 41],
                "off": ["random_state", "batch_size", "f1_macro", "hidden_layer_sizes", "solver", "momentum", "epochs"],
            }
        ),
        566,
    ),
    "curves": (State(change=_BAND), 440),
    "diff": (State(change=_DIFF), 890),
    "live": (State("live", saved=True, live=True, options=_DARK), 490),
    "importance": (State(change={"view": "importance", "goal": "val_accuracy"}), 500),
    "better": (State(change={"view": "better", "goal": "val_accuracy"}), 620),
    "static": (State(saved=True, scripts=False), 846),
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


def growing(runs: Sequence[Run], points: int = 17) -> list[Run]:
    """Return the first runs, the last of them as it was while it ran, with so many points of its curves."""
    *ended, last = runs[:11]

    def early(_id: str, metric: str) -> History:
        whole = last.history(metric)
        return History(whole.steps[:points], whole.values[:points], whole.times[:points] if whole.times else None)

    curves = {name: {**curve, "count": points, "step": points - 1} for name, curve in last.curves.items()}
    metrics = {name: early("", name).values[-1] for name in curves}
    document: Any = {**last.document, "status": "running", "ended": None, "metrics": metrics, "curves": curves}
    return [*ended, Run.from_document(document, early)]


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
