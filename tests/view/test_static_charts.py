"""The charts that need no script, and the whole of what readers without scripts see."""

import re
from collections.abc import Callable, Sequence
from html.parser import HTMLParser

import pytest

from nbtrack.errors import StoreError
from nbtrack.model.run import Run
from nbtrack.view.comparison import CHARTS, TABLE, comparison_html
from nbtrack.view.static_charts import curve_chart, dot_chart

Make = Callable[..., Run]


class _Words(HTMLParser):
    """The words that are left when a page takes style, script and drawings away, and the elements it saw."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[str] = []
        self.skipped = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.elements.append(tag)
        self.skipped += tag in {"style", "script", "svg"}

    def handle_endtag(self, tag: str) -> None:
        self.skipped -= tag in {"style", "script", "svg"}

    def handle_data(self, data: str) -> None:
        if not self.skipped and data.strip():
            self.words.append(" ".join(data.split()))


def _scored(make_run: Make, scores: Sequence[object], metric: str = "accuracy") -> list[Run]:
    return [
        make_run(at, name=f"run {at}", metrics={} if score is None else {metric: score})
        for at, score in enumerate(scores)
    ]


def test_few_runs_have_a_line_each_with_their_name_and_the_best_is_marked(make_run: Make) -> None:
    chart = dot_chart(_scored(make_run, [0.9, None, 0.95, {"$f": "nan"}, 0.92]))
    assert chart
    assert [(dot.name, dot.text, dot.best) for dot in chart.rows] == [
        ("run 0", "0.9000", False),
        ("run 2", "0.9500", True),
        ("run 4", "0.9200", False),
    ]
    assert [dot.x for dot in chart.rows] == sorted({dot.x for dot in chart.rows}, key=lambda x: (x != 182, x != 544))
    assert chart.summary == "accuracy: 3 runs from 0.9000 to 0.9500; best 0.9500 (run 2)"


def test_lower_is_better_where_the_name_says_so(make_run: Make) -> None:
    chart = dot_chart(_scored(make_run, [0.4, 0.2, 0.3], "val_loss"))
    assert chart
    assert ([dot.name for dot in chart.rows if dot.best], chart.better) == (["run 1"], "lower is better")


def test_many_runs_are_dots_from_the_oldest_to_the_newest(make_run: Make) -> None:
    chart = dot_chart(_scored(make_run, [at / 100 for at in range(40)]))
    assert chart
    places = [tuple(map(int, place)) for place in re.findall(r"M(\d+) (\d+)h0", chart.path)]
    assert len(places) == 40
    assert places == sorted(places, key=lambda place: (place[0], -place[1]))
    assert chart.best == f"M{places[-1][0]} {places[-1][1]}h0"
    assert [tick.text for tick in chart.ticks] == ["0.000", "0.195", "0.390"]


@pytest.mark.slow
def test_thousands_of_runs_are_bars_of_several_and_the_path_stays_whole(study: Callable[..., list[Run]]) -> None:
    html = comparison_html(study(2000, curves=False)).html
    bars = re.findall(r"M(\d+) (\d+)V(\d+)", html)
    assert 60 <= len(bars) <= 75
    assert all(int(low) >= int(high) for _, low, high in bars)
    assert "…h0" not in html
    assert "A bar for some runs in succession" in html


@pytest.mark.parametrize("scores", [[], [0.9], [0.9, 0.9], [None, None], [{"$f": "inf"}, 1.0], ["high", 0.5]])
def test_where_there_is_nothing_to_compare_no_chart_is_drawn(make_run: Make, scores: list[object]) -> None:
    assert dot_chart(_scored(make_run, scores)) is None


def test_curves_of_the_best_runs_are_drawn_and_the_best_of_them_heavier(make_run: Make) -> None:
    runs = [make_run(at, {"loss": [1.0, 0.5, 0.1 * at]}, name=f"run {at}") for at in range(1, 31)]
    chart = curve_chart(runs)
    assert chart
    assert (len(chart.paths), [best for _, best in chart.paths]) == (12, [True] + [False] * 11)
    assert chart.summary == "loss by step: the best 12 of 30 runs; heavier: run 1"


def test_a_damaged_series_costs_no_chart(make_run: Make) -> None:
    whole, broken = make_run(1, {"loss": [1.0, 0.5]}), make_run(2, {"loss": [1.0, 0.4]})

    def fail(*_: object) -> None:
        raise StoreError("damaged")

    chart = curve_chart([whole, Run.from_document(broken.document, fail)])  # type: ignore[arg-type]  # never returns
    assert chart
    assert len(chart.paths) == 1
    assert curve_chart([make_run(3, {"loss": [1.0, float("nan")]})]) is None


def test_without_style_script_and_drawings_it_still_reads_as_a_text(study: Callable[..., list[Run]]) -> None:
    """As GitHub shows it: a table, and what the charts say in words."""
    words = _Words(comparison_html(study(20), "A study").html).words
    text = " ".join(words)
    assert words[:2] == ["A study", "20 runs; ★ marks the best value"]
    assert "accuracy_score: 19 runs from" in text
    assert "higher is better" in text
    assert "train_loss by step: 5 runs; heavier:" in text
    assert not re.search(r"error|enable|javascript|not found", text, re.IGNORECASE)


def test_every_drawing_says_what_it_is(study: Callable[..., list[Run]]) -> None:
    html = comparison_html(study(20)).html
    drawings = re.findall(r"(?s)<svg.*?</svg>", html)
    assert len(drawings) == 2
    for drawing in drawings:
        assert re.search(r'role="img".*<title>[^<]+</title><desc>[^<]+</desc>', drawing)
        assert not re.search(r"class=|style=", drawing)


def test_a_hundred_runs_take_what_they_may_and_say_what_is_left_out(study: Callable[..., list[Run]]) -> None:
    html = comparison_html(study(100)).html
    static = html[html.index('<div class="nbt-static"') : html.index('<script type="text/plain"')]
    assert len(static.encode()) <= (TABLE + CHARTS) * 1.1
    assert static.count("<tr>") == 101
    assert re.search(r"\d+ more columns: \w+, ", static)


def test_names_in_a_chart_are_text(make_run: Make) -> None:
    runs = [make_run(at, {"<b>loss</b>": [1.0, at]}, name="<script>alert(1)</script>") for at in range(3)]
    html = comparison_html(runs).html
    assert "<b>loss" not in html
    assert "<script>alert" not in html


def test_numbers_at_both_ends_are_drawn(make_run: Callable[..., Run]) -> None:
    ends = (-1.7e308, 1.7e308, 5e-324, -0.0)
    runs = [make_run(n, {"loss": [value, 1.0, -value]}, metrics={"f1": value}) for n, value in enumerate(ends * 4)]
    for some in (runs[:2], runs[:4], runs):
        assert (dot_chart(some), curve_chart(some)) != (None, None)


def test_the_metric_that_most_runs_have_is_drawn(make_run: Make) -> None:
    runs = [make_run(0, {"loss": [3, 2]}), make_run(1, {"loss": [3, 1]})]
    runs += [make_run(at, {"accuracy": [0.1, at / 10]}) for at in range(2, 6)]
    dots, curves = dot_chart(runs), curve_chart(runs)
    assert dots
    assert curves
    assert (dots.metric, curves.metric) == ("accuracy", "accuracy")
