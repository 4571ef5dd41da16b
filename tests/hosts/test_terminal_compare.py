"""``nbtrack compare`` in a terminal: what it shows at which width, that colour is not needed, and that nothing escapes."""

import io
import json
import math
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from nbtrack.hosts.cli import run_line
from nbtrack.hosts.sparkline import sparkline
from nbtrack.hosts.terminal import console
from nbtrack.hosts.terminal_compare import Comparing, comparison_table
from nbtrack.model import event
from nbtrack.query.runs import runs
from nbtrack.store.memory import MemoryStore

IDS = [f"20261121t1015{number:02d}-{letter * 8}" for number, letter in enumerate("abcdef")]


def record(store, run_id, name, kernel, score, losses=()):
    writer = store.begin(run_id, {"name": name})
    writer.append(
        event.PARAMS, {"kernel": kernel, "seed": int(score * 1000)}, {"kernel": "argument", "seed": "argument"}
    )
    writer.append(event.METRICS, {"accuracy": score})
    for loss in losses:
        writer.point({"loss": loss})
    writer.close("finished", 75)


@pytest.fixture
def store():
    store = MemoryStore()
    for at, kernel in enumerate(["rbf", "linear", "rbf", "linear", "rbf", "poly"]):
        losses = [math.exp(-step / (2 + at)) for step in range(20)] if at != 5 else ()
        record(store, IDS[at], f"try {at}", kernel, 0.9 + at / 100, losses)
    return store


def found(store, text="order by id"):
    return tuple(runs(text, store=store))


def printed(comparing, width=200):
    output = console(io.StringIO(), width)
    output.print(comparison_table(comparing))
    return [line.rstrip() for line in output.file.getvalue().splitlines()]


def test_a_cell_has_the_series_the_value_and_a_star_where_it_is_best(store):
    lines = printed(Comparing(found(store), 200))
    assert re.search(r"accuracy ↑ +loss ↓ +params.kernel", lines[0])
    assert "0.9500*" in lines[7]
    assert re.search(r"▇▃▁▁▁▁▁▁▁▁ 7\.49e-05\*", lines[2])
    assert [line.count("*") for line in lines[2:8]] == [1, 0, 0, 0, 0, 1]


def test_deltas_are_against_the_baseline_with_a_sign(store):
    chosen = found(store)
    lines = printed(Comparing(chosen, 200, baseline=chosen[1]))
    deltas = [re.search(r"0\.9\d{3}[* ]?( [+−]\d\.\d+)?", line)[1] for line in lines[2:8]]  # noqa: RUF001 - a minus
    assert deltas == [" −0.0100", None, " +0.0100", " +0.0200", " +0.0300", " +0.0400"]  # noqa: RUF001 - same


def test_groups_begin_with_their_mean_and_its_interval(store):
    lines = printed(Comparing(found(store, "order by params.kernel"), 200, group=("params", "kernel")))
    headings = [line.split("  ") for line in lines if "kernel =" in line]
    assert [next(part for part in parts if part).strip() for parts in headings] == [
        "kernel = linear (2)",
        "kernel = poly (1)",
        "kernel = rbf (3)",
    ]
    assert "0.9200 ±0.05" in " ".join(lines[-4].split())
    assert "±" not in next(line for line in lines if "poly (1)" in line)


@pytest.mark.parametrize("width", [80, 120, 200])
@pytest.mark.parametrize("more", [{}, {"group": ("params", "kernel")}, {"baseline": 0}])
def test_no_line_is_wider_than_the_terminal_and_all_columns_line_up(store, width, more):
    chosen = found(store, "order by params.kernel")
    more = {**more, "baseline": chosen[0]} if "baseline" in more else more
    lines = printed(Comparing(chosen, width, **more), width)
    assert max(map(cell_len, lines)) <= width
    ends = {line.index("finished") for line in lines if "finished" in line}
    assert len(ends) == 1
    marks = {
        re.search(r"0\.9\d{3}", line).end()
        for line in lines
        if re.search(r"0\.9\d{3}", line) and "kernel =" not in line
    }
    assert len(marks) == 1


def test_hostile_names_and_values_move_no_cursor(store):
    record(store, "20261121t101600-gggggggg", "\x1b[2J\x1b]0;pwned\x07evil\r\n", "\x9b31m\u202e", 0.99, [1.0, 0.5])
    chosen = found(store)
    for more in ({}, {"group": ("params", "kernel")}, {"baseline": chosen[-1]}):
        text = "\n".join(printed(Comparing(chosen, 200, **more)))
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)


@pytest.mark.parametrize(
    "text",
    ["[red]x[/red]", "[/]", "[link=x]y[/link]", "[@click=app.quit()]x[/]", "\\[b]", ":boom:", "[b"],
)
def test_names_and_values_that_look_like_markup_of_the_terminal_are_shown_as_they_are(store, text):
    record(store, "20261121t101600-gggggggg", text, text, 0.99, [1.0, 0.5])
    lines = "\n".join(printed(Comparing(found(store), 300)))
    assert lines.count(text) >= 2


def test_best_and_better_have_colours_of_their_own_and_none_without_a_terminal(store, monkeypatch):
    chosen = found(store)
    table = comparison_table(Comparing(chosen, 200, baseline=chosen[1]))
    colours = Console(file=io.StringIO(), width=200, force_terminal=True, color_system="standard", no_color=False)
    styles = {segment.text.strip(): str(segment.style) for segment in colours.render(table) if segment.style}
    assert styles["0.9500*"] == "bold green"
    assert (styles["+0.0100"], styles["−0.0100"]) == ("green", "red")  # noqa: RUF001 - a minus
    monkeypatch.setenv("NO_COLOR", "1")
    quiet = Console(file=io.StringIO(), width=200, force_terminal=True, color_system="standard")
    quiet.print(table)
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", quiet.file.getvalue())


@pytest.fixture
def command(store, capsys):
    def run(line):
        code = run_line(line, store)
        return code, *capsys.readouterr()

    return run


def test_the_command_sorts_groups_and_measures(command):
    code, out, err = command("compare --sort -metrics.accuracy --baseline bbb")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[2:8]] == [
        "ffffff",
        "eeeeee",
        "dddddd",
        "cccccc",
        "bbbbbb",
        "aaaaaa",
    ]
    assert "* best, ↑ ↓ the better direction, + − against try 1 (bbbbbb)" in out  # noqa: RUF001 - a minus
    out = command("compare --group-by params.kernel --sort -metrics.accuracy")[1]
    rows = [line.split()[0] for line in out.splitlines()[2:] if line.startswith(tuple("abcdef"))]
    assert rows == ["dddddd", "bbbbbb", "ffffff", "eeeeee", "cccccc", "aaaaaa"]


def test_json_names_the_baseline(command):
    answer = json.loads(command("compare --baseline bbb --sort -metrics.accuracy --json")[1])
    assert (answer["baseline"], answer["runs"][0]["id"]) == (IDS[1], IDS[5])


def test_what_cannot_be_asked_is_said(command):
    assert command("compare --group-by kernel")[2].splitlines()[0] == (
        "nbtrack: runs have no `kernel`; did you mean `params.kernel`?"
    )
    assert command("compare --group-by name")[::2] == (
        2,
        "nbtrack: runs are grouped by a param or a tag, such as params.kernel, not by name\n",
    )
    assert command("compare --baseline nobody")[0] == 1
    assert command("compare --sort accuracy")[0] == 2


def test_series_are_drawn_between_the_bounds_of_all(store):
    assert sparkline([0.0, 1.0], 4, 0.0, 2.0) == "▁▅"
    assert sparkline([math.nan, 1.0, math.inf], 3, 0.0, 1.0) == " █ "
    assert sparkline([], 3, 0.0, 1.0) == ""
    assert sparkline(range(1000), 5, 0, 999) == "▁▃▅▆█"
