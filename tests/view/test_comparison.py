import math
import re
import zlib
from collections.abc import Callable
from html.parser import HTMLParser
from textwrap import dedent
from typing import Any

import pytest

from nbtrack.model.run import Run
from nbtrack.view.comparison import comparison_html
from nbtrack.view.escape import own, packed_front_end

Make = Callable[..., Run]


class _Rows(HTMLParser):
    """The table as it stands in the page before any script has run."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.cell = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
        self.cell = tag in {"td", "th", "b"}

    def handle_endtag(self, tag: str) -> None:
        self.cell = self.cell and tag == "b"

    def handle_data(self, data: str) -> None:
        if self.cell:
            self.rows[-1][-1] += data.strip()


def _three(make_run: Make) -> list[Run]:
    values = [(0.1, 0.91, 12.0), (0.01, 0.97, 80.0), (0.001, 0.95, 40.0)]
    return [
        make_run(i, name=f"try {i}", params={"lr": lr, "seed": 1}, metrics={"accuracy": score, "steps": steps})
        for i, (lr, score, steps) in enumerate(values)
    ]


def test_where_scripts_do_not_run_there_is_a_whole_table_with_the_best_marked(make_run: Make) -> None:
    runs = _three(make_run)
    html = comparison_html(runs).html
    assert _Rows(html).rows == [
        ["run", "id", "status", "duration", "accuracy", "steps", "lr"],
        ["try 0", runs[0].short, "✓ finished", "1.5 s", "0.9100", "12", "0.1"],
        ["try 1", runs[1].short, "✓ finished", "1.5 s", "★ 0.9700", "80", "0.01"],
        ["try 2", runs[2].short, "✓ finished", "1.5 s", "0.9500", "40", "0.001"],
    ]
    assert "The same in all runs: seed = 1" in html


def test_consoles_get_a_text_table(make_run: Make) -> None:
    runs = _three(make_run)
    assert comparison_html(runs).text == dedent(f"""\
        run    id      status    accuracy  steps     lr
        try 0  {runs[0].short}  finished   0.9100      12    0.1
        try 1  {runs[1].short}  finished   0.9700*     80   0.01
        try 2  {runs[2].short}  finished   0.9500      40  0.001
        * best""")


def test_two_comparisons_in_one_notebook_have_different_ids(make_run: Make) -> None:
    runs = _three(make_run)
    ids = [re.findall(r' id="([^"]+)"', comparison_html(runs).html) for _ in range(2)]
    assert len(ids[0]) == 1
    assert ids[0] != ids[1]


def test_no_runs_say_what_to_do() -> None:
    bundle = comparison_html([])
    assert bundle.text == "No runs to compare."
    assert "Run a cell that starts with <code>%%track</code>" in bundle.html


def test_params_that_every_run_left_at_their_default_are_counted_not_shown(make_run: Make) -> None:
    runs = [
        make_run(
            i,
            params={"C": i, family: "auto", "tol": 1},
            sources={"params": {"C": "literal", family: "X default", "tol": "X default"}, "metrics": {}},
        )
        for i, family in enumerate(("gamma", "loss"))
    ]
    html = comparison_html(runs).html
    assert _Rows(html).rows[0] == ["run", "id", "status", "duration", "C"]
    assert "3 params left at their defaults are not shown." in html
    assert comparison_html(runs).text.splitlines()[0].split() == ["run", "id", "status", "C"]


def test_defaults_that_differ_are_shown_where_nothing_else_does(make_run: Make) -> None:
    runs = [
        make_run(i, params={"loss": loss}, sources={"params": {"loss": f"{loss} default"}, "metrics": {}})
        for i, loss in enumerate(("hinge", "log"))
    ]
    assert _Rows(comparison_html(runs).html).rows[0] == ["run", "id", "status", "duration", "loss"]


_SOURCE = "".join(f"step_{k} = prepare(data, {k})\n" for k in range(15))


@pytest.mark.parametrize("curves", [0, 66, 600])
def test_a_saved_comparison_of_a_hundred_runs_stays_under_150_kb(
    make_run: Make, payload_of: Callable[[str], Any], curves: int
) -> None:
    """With whole sources and any number of curves: 10 params, 6 metrics, every number with all its digits."""
    each = math.ceil(curves / 100)
    runs = [
        make_run(
            i,
            {
                f"loss_{k}": [math.exp(-step / (9 + i)) for step in range(200)]
                for k in range(each if i * each < curves else 0)
            },
            params={f"param_{k}": math.sin(i + k) for k in range(10)},
            cell={
                "source": f"{_SOURCE}model = fit(rate={i})\nmodel.score(X, y)" if curves else "fit()",
                "id": None,
                "count": i,
                "hash": "",
                "line": "",
                "overrides": {},
            },
            metrics={f"metric_{k}_score": math.cos(i * k) for k in range(6 - each)},
        )
        for i in range(100)
    ]
    html = comparison_html(runs, "a hundred").html
    assert len(html.encode()) <= 150_000
    payload = payload_of(html)
    assert [len(column["values"]) for column in payload["columns"] if column["key"] == "param_3"] == [100]
    assert bool(payload["curves"]) is bool(curves)


def test_the_script_and_the_style_leave_room_in_a_saved_output_for_what_is_compared() -> None:
    style = zlib.compress(own("compare.css").encode(), 9)
    assert len(packed_front_end("compare")) + len(style) * 4 / 3 <= 108_000
