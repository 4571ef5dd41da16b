import json
import subprocess
import sys

import pytest

import nbtrack
from nbtrack.errors import MetricNotFound, UsageError
from nbtrack.view.figures import Figures


@pytest.fixture(scope="module")
def figures(study):
    return Figures(study(24))


def _layout(figure):
    return json.loads(figure.to_json())["layout"]


def test_plotly_is_imported_only_when_something_is_drawn():
    code = (
        "import sys, nbtrack; store = nbtrack.MemoryStore(); runs = nbtrack.runs(store=store); plot = runs.plot;"
        "before = 'plotly' in sys.modules; plot.curves('loss'); print(before, 'plotly' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "True"]


def test_runs_draw_themselves():
    store = nbtrack.MemoryStore()
    for lr in (0.1, 0.01):
        with nbtrack.start_run(f"lr {lr}", store=store, params={"lr": lr}) as opened:
            for step in range(3):
                opened.log(loss=lr / (step + 1))
    plot = nbtrack.runs(store=store).plot
    figure = plot.curves("loss")
    assert sorted(trace.name for trace in figure.data) == ["lr 0.01", "lr 0.1"]
    assert all("lr 0." in trace.meta for trace in figure.data)
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("step", "loss")


def test_curves_are_told_apart_by_colour_and_dash(study):
    lines = Figures(study(60)).curves("train_loss").data
    assert len({(line.line.color, line.line.dash) for line in lines}) == len(lines)


def test_smoothing_starts_at_the_first_value_and_leaves_gaps(make_run):
    points = {"loss": [1.0, float("nan"), 0.0, float("inf"), 0.0]}
    run = make_run(0, points)
    assert Figures([run]).curves("loss").data[0].y == (1.0, None, 0.0, None, 0.0)
    smooth = Figures([run]).curves("loss", smooth=0.5).data[0].y
    assert [None if y is None else round(y, 4) for y in smooth] == [1.0, None, 0.3333, None, 0.1429]


@pytest.mark.parametrize("smooth", [1, -0.1, float("nan")])
def test_a_weight_outside_its_range_is_refused(figures, smooth):
    with pytest.raises(UsageError, match="smooth is a weight"):
        figures.curves("train_loss", smooth=smooth)


def test_long_series_are_drawn_with_the_points_a_chart_can_show(make_run):
    trace = Figures([make_run(0, {"loss": [1 / (n + 1) for n in range(20_000)]})]).curves("loss").data[0]
    assert len(trace.x) <= 400
    assert (trace.x[0], trace.x[-1]) == (0, 19_999)


def test_a_wide_range_stands_on_a_logarithmic_axis(make_run):
    figure = Figures([make_run(0, {"loss": [1000.0, 1.0, 0.1]})]).curves("loss")
    assert figure.layout.yaxis.type == "log"


def test_marks_are_coloured_by_words_with_shapes_beside(figures):
    figure = figures.scatter("duration", "accuracy_score", colour="model")
    assert [trace.name for trace in figure.data] == ["RandomForestClassifier", "SVC", "MLPClassifier"]
    assert len({trace.marker.symbol for trace in figure.data}) == 3
    assert (figure.layout.xaxis.title.text, figure.layout.legend.title.text) == ("duration", "model")


def test_marks_are_coloured_by_numbers_and_runs_without_one_are_grey(figures):
    figure = figures.scatter("duration", "accuracy_score", colour="n_estimators")
    assert figure.data[0].marker.colorbar.title.text == "n_estimators"
    assert figure.data[1].name == "no n_estimators"


def test_values_that_are_no_numbers_are_gaps(make_run):
    values = [1, 10**400, float("nan"), float("inf")]
    runs = [make_run(n, params={"x": x}, metrics={"f1": 0.5}) for n, x in enumerate(values)]
    assert Figures(runs).scatter("x", "f1").data[0].x == (1.0,)


def test_words_on_an_axis_are_categories_also_where_they_look_like_dates(make_run):
    runs = [make_run(n, params={"split": f"2026-01-0{n + 1}"}, metrics={"f1": 0.5}) for n in range(3)]
    assert Figures(runs).scatter("split", "f1").layout.xaxis.type == "category"


def test_parallel_axes_are_the_params_that_differ_and_the_metrics_of_most_runs(make_run):
    rare = {"C": 1.0}
    runs = [
        make_run(n, params={"lr": n / 10, "fixed": 1, **(rare if n == 0 else {})}, metrics={"f1": n / 10, "epoch": n})
        for n in range(8)
    ]
    assert [axis.label for axis in Figures(runs).parallel().data[0].dimensions] == ["lr", "epoch", "f1"]


def test_parallel_lines_leave_out_runs_that_lack_a_number_and_say_so(make_run):
    runs = [make_run(n, params={"lr": 10.0**-n} if n else {}, metrics={"f1": n / 10}) for n in range(5)]
    figure = Figures(runs).parallel("lr", "f1")
    assert list(figure.data[0].dimensions[0]["values"]) == pytest.approx([-1, -2, -3, -4])
    assert figure.data[0].dimensions[0].ticktext[:2] == ("0.0001", "0.001")
    assert figure.layout.annotations[0].text == "1 of 5 runs, which lack a value, are not drawn"


def test_importance_names_its_method_and_what_chance_reaches(figures):
    figure = figures.importance("accuracy_score")
    assert "Kelley" in figure.layout.xaxis.title.text
    assert "not cause" in figure.layout.xaxis.title.text
    assert "by chance" in figure.data[1].name
    assert len(figure.data[0].y) == len(figure.data[1].y) == len(figure.data[0].error_x.array)


def test_few_runs_are_warned_of(make_run):
    runs = [make_run(n, params={"lr": n % 2}, metrics={"f1": n % 2 + n / 50}) for n in range(8)]
    assert "only 8 runs" in Figures(runs).importance("f1").layout.xaxis.title.text


@pytest.mark.parametrize(
    ("draw", "error", "message"),
    [
        (lambda f: f.curves("train_los"), MetricNotFound, "did you mean 'train_loss'"),
        (lambda f: f.importance("acuracy_score"), MetricNotFound, "did you mean 'accuracy_score'"),
        (lambda f: f.scatter("duration", "metrics.acuracy_score"), MetricNotFound, "did you mean 'accuracy_score'"),
        (lambda f: f.scatter("n_estimator", "accuracy_score"), UsageError, "did you mean 'n_estimators'"),
        (lambda f: f.parallel("zzz"), UsageError, "no run has 'zzz'; there are"),
        (lambda f: f.scatter("params.zzz", "duration"), UsageError, "no run has 'params.zzz'; there are"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(figures, draw, error, message):
    with pytest.raises(error, match=message):
        draw(figures)


@pytest.mark.parametrize(
    "draw",
    [
        lambda f: f.curves("loss"),
        lambda f: f.scatter("lr", "f1", colour="lr"),
        lambda f: f.parallel("lr", "f1"),
        lambda f: f.parallel(),
        lambda f: f.importance("f1"),
    ],
)
def test_no_runs_give_a_figure_that_says_so(draw):
    figure = draw(Figures([]))
    assert (len(figure.data), figure.layout.annotations[0].text) == (0, "No run to draw")


def test_a_metric_without_a_series_says_so(make_run):
    figure = Figures([make_run(0, metrics={"f1": 0.5})]).curves("f1")
    assert figure.layout.annotations[0].text == "No series of f1 to draw"


def test_a_hundred_runs_are_few_kilobytes_and_carry_no_template(study):
    figures = Figures(study(100))
    sizes = {
        "curves": len(figures.curves("train_loss").to_json()),
        "scatter": len(figures.scatter("duration", "accuracy_score", colour="model").to_json()),
        "parallel": len(figures.parallel().to_json()),
        "importance": len(figures.importance("accuracy_score").to_json()),
    }
    most = {"curves": 120_000, "scatter": 30_000, "parallel": 12_000, "importance": 6_000}
    assert {name: size for name, size in sizes.items() if size > most[name]} == {}
    assert len(json.dumps(_layout(figures.importance("accuracy_score"))["template"])) < 100


def test_what_is_shown_is_no_markup(make_run):
    run = make_run(0, {"a<b>": [1.0, 2.0]}, name='<a href="x">$1$</a>%{y}')
    figure = Figures([run]).curves("a<b>")
    assert figure.data[0].name == '&lt;a href="x"&gt;&#36;1&#36;&lt;/a&gt;&#37;{y}'
    assert figure.layout.yaxis.title.text == "a&lt;b&gt;"


def test_curves_that_nobody_named_are_of_the_metric_that_most_runs_have(make_run):
    runs = [
        make_run(0, {"steps": [1, 2]}),
        make_run(1, {"steps": [1, 2], "loss": [2, 1]}),
        make_run(2, {"loss": [3, 1]}),
    ]
    assert Figures(runs).curves().layout.yaxis.title.text == "loss"
    assert Figures([make_run(0)]).curves().layout.annotations[0].text == "No series to draw"
