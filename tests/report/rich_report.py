"""A report made by hand, with all that a report can hold: runs as they look after a day, figures, notes, a dispute."""

import base64
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nbtrack.model.run import Run
from nbtrack.query.checklist.checklist import Checklist
from nbtrack.query.checklist.row import Row
from nbtrack.query.source_diff import source_diff
from nbtrack.report.parts import (
    SECTIONS,
    CellText,
    Comment,
    Fact,
    Markdown,
    Note,
    Origin,
    Report,
    RunDifference,
    RunPage,
    Sentence,
    Shown,
    Side,
)
from nbtrack.view.wording import value_text

_DIGEST = "sha256:" + "4f1a" * 16
_TABLE = (
    "<div>\n<style scoped>\n    .dataframe tbody tr th:only-of-type {{ vertical-align: middle; }}\n</style>\n"
    '<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th><th>precision</th><th>recall</th>'
    "<th>support</th></tr></thead><tbody>{}</tbody></table>\n</div>"
)
_STEPS = (
    Fact("Get the tool", "pip install 'nbtrack==0.7.0'"),
    Fact("Take the records in", "nbtrack import study.nbtrack.zip", "the bundle that came with this file"),
    Fact("Run it again", "nbtrack reproduce {}", "rebuilds code, packages and data, and compares the metrics"),
)


def png(width: int = 240, height: int = 120, seed: int = 0) -> bytes:
    """Return a picture: a bar chart of sorts."""
    rows = []
    for y in range(height):
        row = bytearray(b"\0")
        for x in range(width):
            tall = ((x // 24) * 37 + seed * 13) % 90 + 10
            row += b"\x00\x72\xb2" if x % 24 > 4 and height - y < tall else b"\xff\xff\xff"
        rows.append(bytes(row))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
        for kind, data in (
            (b"IHDR", width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"),
            (b"IDAT", zlib.compress(b"".join(rows), 9)),
            (b"IEND", b""),
        )
    )


def svg(text: str = "confusion") -> bytes:
    """Return a drawing that would like to do more than that."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="220" height="120"><script>window.__pwned=1</script>'
        f'<rect width="220" height="120" fill="#fff"/><circle cx="60" cy="60" r="40" fill="#009e73"/>'
        f'<text x="110" y="66" font-size="14">{text}</text></svg>'
    ).encode()


def plotly_figure(kind: str = "scatter", words: str = "loss", points: int = 60) -> bytes:
    """Return a figure as plotly's display has it."""
    typed = base64.b64encode(bytes(range(points))).decode()
    trace = {
        "type": kind,
        "name": words,
        "x": list(range(points)),
        "y": {"dtype": "u1", "bdata": typed},
        "text": [words],
    }
    layout = {
        "title": {"text": words},
        "xaxis": {"title": {"text": words}},
        "template": {"layout": {"font": {"size": 12}}},
    }
    return json.dumps(
        {"data": [trace], "layout": layout, "config": {"plotlyServerURL": "https://evil.example"}}
    ).encode()


def table(rows: int = 6) -> bytes:
    """Return a table as pandas displays one."""
    body = "".join(
        f"<tr><th>{at}</th><td>0.{90 + at % 9}</td><td>0.{87 + at % 9}</td><td>{30 + at}</td></tr>"
        for at in range(rows)
    )
    return _TABLE.format(body).encode()


def shown(number: int) -> tuple[Shown, ...]:
    """Return what a cell may have shown, in each form that is known."""
    few = (Shown("outputs/01-figure.png", "image/png", 900, png(seed=number)),)
    if number % 8:
        return few
    vega = json.dumps({"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "mark": "bar"}).encode()
    return (
        *few,
        Shown("outputs/02-figure.svg", "image/svg+xml", 300, svg()),
        Shown("outputs/03-table.html", "text/html", 700, table()),
        Shown(
            "outputs/04-plotly.json",
            "application/vnd.plotly.v1+json",
            700,
            plotly_figure("bar" if number % 16 else "scattergl"),
        ),
        Shown("outputs/04-plotly.html", "text/html", 700, b"<div><script>Plotly.newPlot('x', [])</script></div>"),
        Shown("outputs/05-vega.json", "application/vnd.vegalite.v5+json", 90, vega),
        Shown(
            "outputs/06-html.html",
            "text/html",
            60,
            b"<h1 style='color:teal'>A styled report</h1><p>of <b>a library</b>",
        ),
        Shown("outputs/07-text.md", "text/markdown", 40, b"**Epochs** to convergence: *12*"),
        Shown("outputs/08-text.txt", "text/plain", 40, b"Pipeline(steps=[...])"),
        Shown("outputs/09-figure.png", "image/png", 9_000_000, None, "it is larger than 5 MB"),
        Shown("outputs/10-json.json", "application/json", 20, b'{"best": 3, "of": [1, 2]}'),
        Shown("model.joblib", "application/octet-stream", 123_456, None, "it is kept with the run, not shown"),
    )


def run_page(run: Run, at: int, **more: Any) -> RunPage:
    """Return all that is told of one run."""
    facts = {
        "facts": (Fact("started", run.started.strftime("%Y-%m-%d %H:%M UTC")), Fact("took", f"{run.duration:.2f} s"), Fact("status", run.status), Fact("notebook", "study.ipynb")),
        "params": tuple(Fact(name, value_text(value), run.sources["params"].get(name, "")) for name, value in run.params.items()),
        "metrics": tuple(Fact(name, f"{value:.6g}", run.sources["metrics"].get(name, "")) for name, value in run.metrics.items()),
        "shown": shown(at),
        "cells": (
            CellText("In [2]", "X, y = load_digits(return_X_y=True)\nif len(X) < 10 & True:\n\traise ValueError('too few')", "2 cells before"),
            CellText("In [7]", run.cell.source if run.cell else "", "the tracked cell"),
        ),
        "data": (Fact("digits.csv", "1.2 MB", "sha256 4f1a…9c2e, read"), Fact("model.joblib", "120 kB", "written")),
        "code": (Fact("commit", "3d1f0c2 on main", "2 files changed, not committed"),),
        "environment": (Fact("Python", "3.11.7"), Fact("machine", "Linux x86-64, 2 cores"), Fact("seeds", "numpy 42")),
        "environment_key": f"env-{at % 2}",
        "verdict": (Fact("verdict", "identical", "reproduced 2026-11-21"), Fact("accuracy_score", "0.981 → 0.981", "difference 0")) if at % 5 == 0 else (),
        "condition": ("cells ran out of order: In [7] after In [9]",) if at % 4 == 0 else (),
        "comments": (Comment(Markdown("Looks **too good**; is the test set in the training data? See [the other](#run-x)."), 1_795_255_200_000, "reviewer"),) if at % 6 == 0 else (),
        "error": "ValueError: Input X contains NaN." if run.status == "failed" else "",
    }  # fmt: skip
    return RunPage(run=run, anchor=f"run-{run.short}-{at}", **{**facts, **more})


def difference(old: Run, new: Run) -> RunDifference:
    """Return how two runs differ."""
    rows = tuple(
        (name, value_text(value), value_text(new.params.get(name)))
        for name, value in old.params.items()
        if value != new.params.get(name)
    )
    sides = (
        Side("params", rows),
        Side("metrics", tuple((name, f"{value:.4f}", f"{new.metrics.get(name, 0):.4f}") for name, value in old.metrics.items())),
        Side("source", (), source_diff(old.cell.source if old.cell else "", new.cell.source if new.cell else "")),
        Side("data"),
        Side("environment"),
    )  # fmt: skip
    return RunDifference(old.id, new.id, f"{old.name} against {new.name}", sides)


def checklist(run: Run) -> Checklist:
    """Return a checklist with each kind of answer."""
    rows = (
        Row("data", "Is every input known by its content?", "Critical", "pass", ("digits.csv: sha256 4f1a…9c2e",)),
        Row("code", "Is the code committed?", "High", "fail", ("2 files differ from 3d1f0c2",), "git commit, and run the cell again"),
        Row("randomness", "Is every source of randomness seeded?", "Medium", "unknown", ("torch was not looked at",)),
    )  # fmt: skip
    verified = Row("verified", "Was it run again?", "Critical", "pass", ("identical on 2026-11-21",))
    paper = (
        Row("models", "A clear description of the model", "", "pass", ("the cell's source",)),
        Row("code", "A link to the code", "", "fail", (), "publish the repository"),
    )
    return Checklist(run, rows, verified, paper)


def rich_report(runs: Sequence[Run], page: Callable[..., RunPage] = run_page, **more: Any) -> Report:
    """Return a report of ``runs`` (four at least) with everything in it; ``more`` replaces members."""
    best, second, third = runs[0], runs[1], runs[3]
    packages: Mapping[str, tuple[Fact, ...]] = {
        f"env-{n}": (Fact("numpy", f"2.{n}.0"), Fact("scikit-learn", "1.5.2"), *(Fact(f"package-{at:02}", f"1.{at}") for at in range(60)))
        for n in range(2)
    }  # fmt: skip
    parts: dict[str, Any] = {
        "title": "Digits: which classifier to ship",
        "origin": Origin("0.7.0", "2026-11-21T20:15:00Z", "st-7f3a90", _DIGEST, {run.id: f"sha256:{at:064x}" for at, run in enumerate(runs)}, "experiment = 'study' order by started"),
        "summary": (
            Sentence(f"{len(runs)} runs of three model families on one data set, over 48 minutes.", "tried"),
            Sentence("Tried were n_estimators from 50 to 400, C from 0.01 to 1000, and four learning rates.", "tried"),
            Sentence(f"{best.name} did best: accuracy 0.984, 0.6 points above the next, {second.name}.", "won", (best.id, second.id)),
            Sentence("Over five seeds the mean is 0.981 ± 0.002 (95 % t interval), so the lead is larger than what chance gives.", "certainty", (best.id,)),
            Sentence("Nobody ran the winner on other data; three runs failed, and their settings are not judged.", "unknown", (third.id,)),
        ),
        "notes": (
            Note(Markdown("> Written for the review on Friday. The *question*: can the small model replace the large one?"), ""),
            Note(Markdown("The winner is [the first run](#summary). What matters:\n\n1. it is **small**,\n2. it is seeded.\n\n| model | size |\n|---|---:|\n| forest | 4 MB |\n| SVC | 0.2 MB |\n"), "summary"),
            Note(Markdown("Loss still falls at the last step: train longer."), "curves"),
        ),
        "sections": SECTIONS,
        "runs": runs,
        "pages": tuple(page(run, at) for at, run in enumerate(runs)),
        "diffs": (difference(best, second), difference(best, third)),
        "packages": packages,
        "checklists": {best.id: checklist(best), second.id: checklist(second)},
        "again": tuple(Fact(fact.name, fact.value.format(best.short), fact.note) for fact in _STEPS),
        "program": f"# made by nbtrack from {best.short}\nfrom sklearn.svm import SVC\n\n{best.cell.source if best.cell else ''}",
        "shared": (Fact("runs", str(len(runs))), Fact("figures and tables", "62, 1.4 MB"), Fact("source of cells", "yes"), Fact("secrets found and left out", "2"), Fact("names of people and machines", "left out")),
    }  # fmt: skip
    return Report(**{**parts, **more})
