import json

from nbtrack.query.compare import best, diff
from nbtrack.query.json_format import best_json, diff_json, json_text, run_details, run_summary


def strict(value):
    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    return json.loads(json_text(value), parse_constant=refuse)


def test_a_summary_has_the_documented_members_in_order(runs_of):
    (run,) = runs_of({"params": {"lr": 0.1}, "metrics": {"loss": {"$f": "nan"}}, "tags": {"a": "é"}})
    assert list(strict(run_summary(run)).items()) == [
        ("id", "20261121t101530-00000000"),
        ("name", "run 0"),
        ("experiment", "notebook"),
        ("status", "finished"),
        ("condition", "whole"),
        ("verdict", None),
        ("started", "2026-11-21T10:00:00.000Z"),
        ("duration", 0.5),
        ("params", {"lr": 0.1}),
        ("metrics", {"loss": "NaN"}),
        ("tags", {"a": "é"}),
    ]


def test_every_value_becomes_strict_json(runs_of):
    odd = {
        "inf": {"$f": "-inf"},
        "big": {"$i": "90071992547409930"},
        "decimal": {"$d": "1.10"},
        "day": {"$t": "2026-11-21"},
        "object": {"$repr": "<Model>", "type": "Model"},
        "map": {"$map": [["$f", {"$f": "inf"}]]},
        "list": [1, None, True],
    }
    (run,) = runs_of({"params": odd})
    assert strict(run_summary(run))["params"] == {
        "inf": "-Infinity",
        "big": 90071992547409930,
        "decimal": "1.10",
        "day": "2026-11-21",
        "object": "<Model>",
        "map": {"$f": "Infinity"},
        "list": [1, None, True],
    }


def test_details_add_everything_else_recorded(runs_of):
    (run,) = runs_of(
        {"cell": {"source": "x", "count": 3}, "code": {"commit": "abc"}, "ended": None, "error": {"type": "E"}}
    )
    details = strict(run_details(run))
    assert list(details) == [
        *run_summary(run),
        *("note", "comments", "ended", "cell", "notebook", "session", "curves", "sources", "data", "artifacts"),
        *("code", "environment", "hardware", "warnings", "error", "health", "reproductions"),
    ]
    assert (details["cell"], details["code"], details["ended"], details["error"]) == (
        {"source": "x", "count": 3},
        {"commit": "abc"},
        None,
        {"type": "E"},
    )


def test_a_diff_lists_what_differs_in_each_section(runs_of):
    b, a = runs_of({"params": {"x": 1}, "cell": {"source": "a\nb"}}, {"params": {"x": 2}, "cell": {"source": "a\nc"}})
    change = {"name": "x", "kind": "changed", "old": 1, "new": 2, "delta": 1, "relative": 1.0, "better": None}
    sections = {"params": [change], "metrics": [], "tags": [], "data": [], "code": [], "environment": []}
    later = {"slice": [], "seeds": [], "hardware": [], "upstream": [], "patch": []}
    assert strict(diff_json(diff(a, b))) == {"a": a.id, "b": b.id, **sections, "source": ["-b", "+c"], **later}


def test_the_best_run_is_told_with_its_reason(runs_of):
    runs = runs_of({"name": "a", "metrics": {"loss": 1}}, {"name": "b", "metrics": {"loss": 0.5}})
    found = best(runs)
    assert best_json(None) is None
    assert strict(best_json(found)) == {
        "id": runs[0].id,
        "metric": "loss",
        "direction": "min",
        "value": 0.5,
        "runner_up": runs[1].id,
        "margin": 0.5,
        "why": found.sentence(),
    }


def test_the_text_is_ascii_without_control_characters(runs_of):
    (run,) = runs_of({"name": "\x1b]52;c;\x07 \u202e é \ud800", "tags": {"\x9b": "\x00"}})
    text = json_text(run_summary(run))
    assert text.isascii()
    assert all(line.isprintable() for line in text.splitlines())
