import re
from collections.abc import Callable
from html.parser import HTMLParser
from textwrap import dedent

from nbtrack.model.run import Run
from nbtrack.view.comparison import comparison_html

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
        self.cell = False

    def handle_data(self, data: str) -> None:
        if self.cell:
            self.rows[-1][-1] += data


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


def test_a_saved_comparison_of_a_hundred_runs_stays_under_150_kb(make_run: Make) -> None:
    runs = [
        make_run(
            i,
            params={f"param_{k}": (i * k) % 7 / 10 for k in range(10)},
            metrics={f"metric_{k}_score": 1 / (1 + i + k) for k in range(6)},
            cell={
                "source": f"model = fit(rate={i})\nmodel.score(X, y)",
                "id": None,
                "count": i,
                "hash": "",
                "line": "",
                "overrides": {},
            },
        )
        for i in range(100)
    ]
    assert len(comparison_html(runs, "a hundred").html.encode()) <= 150_000
