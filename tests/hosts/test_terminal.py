import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from nbtrack.hosts.terminal import console, diff_view, run_panel, runs_table
from nbtrack.model import event
from nbtrack.query.compare import diff
from nbtrack.query.runs import runs
from nbtrack.store.memory import MemoryStore

A, B, C = (f"20261121t101530-{letter * 8}" for letter in "abc")


@pytest.fixture
def store():
    store = MemoryStore()
    for run_id, name, lr, accuracy in ((A, "東京 🌲", 0.1, 0.91), (B, "x" * 500, 0.01, 0.95)):
        writer = store.begin(run_id, {"name": name})
        writer.append(event.PARAMS, {"lr": lr, "seed": 0} | {f"long_parameter_{i}": i * lr for i in range(20)})
        writer.append(event.METRICS, {"accuracy": accuracy})
        writer.close("finished", 75)
    return store


def text(build, width=120, **options):
    output = console(io.StringIO(), width)
    output.print(build)
    return output.file.getvalue()


def test_a_table_is_never_wider_than_the_terminal_and_names_what_it_left_out(store):
    found = runs("order by name", store=store)
    for width in (60, 80, 100, 137, 200):
        lines = text(runs_table(found, width), width).splitlines()
        assert max(cell_len(line.rstrip()) for line in lines) <= width
        assert len(lines) == 5
        assert "more: " in lines[-1]


def test_columns_that_differ_stand_before_those_that_do_not(store):
    header = text(runs_table(runs("", store=store), 1000), 1000).splitlines()[0].split()
    assert header[:9] == [
        "run",
        "name",
        "status",
        "started",
        "(UTC)",
        "took",
        "accuracy",
        "params.lr",
        "params.long_parameter_1",
    ]
    assert header[-2:] == ["params.seed", "params.long_parameter_0"]


def test_a_table_of_any_width_leaves_nothing_out(store):
    output = io.StringIO()
    plain = console(output)
    plain.print(runs_table(runs("", store=store), plain.width))
    assert "params.long_parameter_19" in output.getvalue()
    assert "\x1b" not in output.getvalue()


def test_a_terminal_marks_the_best_value_of_each_metric(store):
    colours = Console(file=io.StringIO(), width=120, force_terminal=True, color_system="standard")
    table = runs_table(runs("", store=store), 120)
    best = [
        segment.text
        for segment in colours.render(table)
        if segment.style and segment.style.bold and segment.style.color
    ]
    assert [part.strip() for part in best if part.strip()] == ["0.9500"]


def test_a_run_is_shown_with_its_error_curves_warnings_and_files(store):
    writer = store.begin(C, {"name": "boom", "hardware": {"gpu": "A100"}})
    writer.append(
        event.ERROR, {"type": "ValueError", "message": "no", "traceback": "Traceback\n  ValueError: \x1b[31mno"}
    )
    writer.append(event.WARNING, "environment not captured")
    writer.append(event.ARTIFACT, {"name": "m.pt", "sha256": "ab" * 32, "size": 1234567, "media_type": "x/y"})
    writer.append(event.NOTE, "look again")
    for value in (0.9, 0.5, 0.7):
        writer.point({"loss": value})
    writer.close("failed", 0.25)
    shown = [line.split() for line in text(run_panel(runs("name = 'boom'", store=store)[0])).splitlines()]
    for line in (
        "boom 20261121t101530-cccccccc failed",
        "took 250 ms",
        "note look again",
        "loss 0.7 3 points, 0.5 to 0.9",
        "gpu A100",
        "m.pt 1,234,567 bytes abababababab",
        "environment not captured",
        "ValueError: ␛[31mno",
    ):
        assert line.split() in shown


def test_a_diff_shows_changed_lines_with_a_little_around_them(store):
    before = [f"line {number}" for number in range(20)]
    after = [*before[:10], "changed", *before[11:]]
    for run_id, source in ((C, before), ("20261121t101530-dddddddd", after)):
        writer = store.begin(run_id, {"name": "s"})
        writer.append(event.CELL, {"source": "\n".join(source)})
        writer.close("finished", 1)
    newer, older = runs("name = 's' order by id desc", store=store)
    lines = [line.strip() for line in text(diff_view(diff(older, newer))).splitlines()]
    assert lines[lines.index("source") :] == [
        "source",
        "⋯",
        "line 7",
        "line 8",
        "line 9",
        "- line 10",
        "+ changed",
        "line 11",
        "line 12",
        "line 13",
        "",
        "not recorded: metrics, params, data, upstream cells, seeds, environment, commit, hardware, tags",
    ]


def header_of(found, width=120):
    return text(runs_table(found, width), width).splitlines()[0].split()


def fitted(store, run_id, params, metrics, chosen=()):
    writer = store.begin(run_id, {"name": run_id[-4:]})
    writer.append(event.PARAMS, params, {name: "SVC(...)" if name in chosen else "SVC() default" for name in params})
    writer.append(event.METRICS, metrics)
    writer.close("finished", 1)


def test_params_that_nobody_chose_are_counted_not_shown():
    store = MemoryStore()
    fitted(store, A, {"C": 1.0, "gamma": "scale", "tol": 0.1}, {"f1": 0.5}, chosen=("C",))
    fitted(store, B, {"C": 2.0, "coef0": 0.0}, {"f1": 0.6}, chosen=("C",))
    assert header_of(runs("", store=store)) == "run name status started (UTC) took f1 params.C".split()
    assert text(runs_table(runs("", store=store), 120)).splitlines()[-1].strip() == "3 params at default"


def test_defaults_are_shown_when_nothing_else_tells_the_runs_apart():
    store = MemoryStore()
    fitted(store, A, {"C": 1.0, "gamma": "scale"}, {"f1": 0.5})
    fitted(store, B, {"C": 1.0, "coef0": 0.0}, {"f1": 0.5})
    header = header_of(runs("", store=store))
    assert [word for word in header if word.startswith("params")] == ["params.coef0", "params.gamma"]
    assert text(runs_table(runs("", store=store), 120)).splitlines()[-1].strip() == "1 param at default"


def test_metrics_leave_half_of_the_room_to_params():
    store = MemoryStore()
    for number, run_id in enumerate((A, B)):
        metrics = {f"metric_{i}": i + number / 10 for i in range(30)}
        fitted(store, run_id, {f"p{i}": i * number for i in range(1, 30)}, metrics, {f"p{i}" for i in range(30)})
    header = header_of(runs("", store=store))
    assert {"metric_0", "params.p1"} <= set(header)
    assert max(map(header.index, filter(lambda word: word.startswith("metric_"), header))) < header.index("params.p1")


def test_what_most_runs_have_comes_first():
    store = MemoryStore()
    for number, run_id in enumerate((A, B, C)):
        params = {"rare": 1} if not number else {"common": number}
        fitted(store, run_id, params, {"loss": number} | ({"seldom": 1} if not number else {}), {"rare", "common"})
    header = header_of(runs("order by id", store=store))
    assert header[-4:] == ["loss", "seldom", "params.common", "params.rare"]


def test_a_narrow_table_shows_values_rather_than_times(store):
    header = header_of(runs("", store=store), 80)
    assert "accuracy" in header
    assert "took" not in header


class Counted(list):
    """Runs that count how often they are gone through."""

    times = 0

    def __iter__(self):
        self.times += 1
        return super().__iter__()


def test_a_table_goes_through_the_runs_once_however_many_columns_there_are():
    store = MemoryStore()
    for number, run_id in enumerate((A, B)):
        writer = store.begin(run_id, {"name": "wide"})
        writer.append(event.PARAMS, {f"p{i}": i * (number + 1) for i in range(10_000)})
        writer.close("finished", 1)
    found = Counted(runs("", store=store))
    shown = text(runs_table(found, 120)).splitlines()
    assert found.times == 1
    assert shown[-1].startswith("99")
    assert len(shown[-1].rstrip()) <= 120


def test_a_diff_counts_the_defaults_that_only_one_run_has():
    store = MemoryStore()
    fitted(store, A, {"C": 1.0, "gamma": "scale", "tol": 0.1}, {}, chosen=("C",))
    fitted(store, B, {"C": 2.0, "tol": 0.2}, {}, chosen=("C",))
    newer, older = runs("order by id desc", store=store)
    lines = [line.split() for line in text(diff_view(diff(older, newer))).splitlines()]
    assert lines[lines.index(["params"]) + 1 :][:3] == [
        ["C", "1", "→", "2", "+1", "(+100.00%)"],
        ["tol", "0.1", "→", "0.2", "+0.1", "(+100.00%)"],
        ["1", "that", "only", "one", "run", "has,", "at", "default"],
    ]
