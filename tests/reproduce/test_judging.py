"""A recorded run beside its reproductions: which verdict, by how much, and that nothing recorded breaks the judge."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrack.model.reproduction import GOOD, LEVELS
from nbtrack.model.run import Run
from nbtrack.reproduce.judging import judge
from nbtrack.reproduce.tolerance import Tolerances
from tests.reproduce.judged_runs import run_of

_NAN = {"$f": "nan"}
_INF = {"$f": "inf"}


def metrics(**values: Any) -> Run:
    return run_of(metrics=values)


def level(was: Run, *now: Run, **more: Any) -> str:
    return judge(was, now, **more)["level"]


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        (0.5, 0.5, "identical"),
        (1, 1.0, "identical"),
        (_NAN, _NAN, "identical"),
        (_INF, _INF, "identical"),
        ({"$i": str(10**400)}, {"$i": str(10**400)}, "identical"),
        ("best", "best", "identical"),
        (0.5, 0.5 + 2**-53, "identical"),
        (1e9, 1e9 + 1e-4, "identical"),
        (0.5, 0.5 + 1e-11, "within tolerance"),
        (0.5, 0.5024, "within tolerance"),
        (-0.5, -0.5024, "within tolerance"),
        (0, 0.004, "within tolerance"),
        ({"$d": "1.10"}, 1.1, "identical"),
        (1e308, 1.001e308, "within tolerance"),
        (0.5, 0.5026, "different"),
        (0.5, -0.5, "different"),
        (0, 0.006, "different"),
        (0.5, _NAN, "different"),
        (_NAN, 0.5, "different"),
        (_INF, {"$f": "-inf"}, "different"),
        (_INF, 1e308, "different"),
        (1e308, -1e308, "different"),
        (5e-324, 1.0, "different"),
        (5e-324, 1e-323, "different"),
        ({"$i": str(10**400)}, {"$i": str(10**400 + 1)}, "within tolerance"),
        (True, 1, "different"),
        ("best", "worst", "different"),
        ("0.5", 0.5, "different"),
        ([1, 2], [1, 3], "different"),
        (None, None, "identical"),
    ],
)
def test_a_number_is_judged_by_its_relative_change(was: Any, now: Any, expected: str) -> None:
    verdict = judge(metrics(f1=was), [metrics(f1=now)])
    assert verdict["level"] == verdict["metrics"]["f1"]["level"] == expected
    json.dumps(verdict, allow_nan=False)


def test_the_worst_metric_decides_and_each_is_told() -> None:
    verdict = judge(metrics(a=1.0, b=2.0, c=4.0), [metrics(a=1.0, b=2.002, c=5.0)])
    assert verdict["level"] == "different"
    assert {name: each["level"] for name, each in verdict["metrics"].items()} == {
        "a": "identical",
        "b": "within tolerance",
        "c": "different",
    }
    assert verdict["metrics"]["c"] == {"was": 4.0, "now": 5.0, "change": 0.25, "tolerance": 0.005, "level": "different"}
    assert verdict["text"] == "different: c was 4, is 5 (+25 %, allowed 0.5 %)" or verdict["text"].startswith(
        "different: c was 4, is 5 (+25 %, allowed 0.5 %); likeliest cause: "
    )


def test_a_metric_may_have_a_tolerance_of_its_own() -> None:
    was, now = metrics(rmse=1.0, r2=0.9), metrics(rmse=1.05, r2=0.9)
    assert level(was, now) == "different"
    assert level(was, now, tolerances=Tolerances.read("0.5%", ["rmse=5%"])) == "within tolerance"
    assert level(was, now, tolerances=Tolerances.read(0, ["rmse=4.9%"])) == "different"


def test_a_metric_that_is_gone_is_different_and_a_new_one_is_only_told() -> None:
    verdict = judge(metrics(a=1.0, b=2.0), [metrics(a=1.0)])
    assert (verdict["level"], verdict["metrics"]["b"]) == ("different", {"level": "missing", "was": 2.0})
    assert "b was 2, and is not there" in verdict["text"]
    verdict = judge(metrics(a=1.0), [metrics(a=1.0, b=2.0)])
    assert (verdict["level"], verdict["metrics"]["b"]) == ("identical", {"now": 2.0, "level": "new"})


def test_time_is_told_and_not_judged() -> None:
    verdict = judge(metrics(r2=0.5, fit_time=1.0), [metrics(r2=0.5, fit_time=3.0)])
    assert (verdict["level"], verdict["metrics"]["fit_time"]["level"]) == ("identical", "not judged")
    assert verdict["text"] == "identical: the only metric is the same, 1 that measures time not judged"
    was = run_of(metrics={"dt": 1.0}, sources={"params": {}, "metrics": {"dt": "time.perf_counter() - start"}})
    assert level(was, metrics(dt=2.0)) == "identical"


def test_every_point_of_a_series_is_compared() -> None:
    was = run_of(points={"loss": [3.0, 2.0, 1.0]})
    assert level(was, run_of(points={"loss": [3.0, 2.0, 1.0]})) == "identical"
    verdict = judge(was, [run_of(points={"loss": [3.0, 2.5, 1.0]})])
    assert (verdict["level"], verdict["metrics"]["loss"]["series"]) == ("within tolerance", "1 of 3 points differ")
    verdict = judge(was, [run_of(points={"loss": [3.0, 1.0]})])
    assert (verdict["level"], verdict["metrics"]["loss"]["series"]) == ("within tolerance", "3 points, now 2")
    assert level(was, run_of(points={"loss": [9.0, 2.0, 1.0]})) == "different", "its maximum is another"
    assert level(was, metrics(loss=1.0)) == "within tolerance", "the series is gone"


def test_a_series_whose_points_cannot_be_read_is_judged_by_its_summary() -> None:
    curve = {"last": 1.0, "min": 1.0, "max": 3.0, "count": 3, "step": 2}
    was = run_of(metrics={"loss": 1.0}, curves={"loss": curve})
    assert level(was, run_of(points={"loss": [3.0, 2.0, 1.0]})) == "identical"
    assert level(was, run_of(metrics={"loss": 1.0}, curves={"loss": curve | {"min": 0.999}})) == "within tolerance"


def test_several_reproductions_predict_where_one_more_lies() -> None:
    spread = [metrics(f1=value) for value in (0.90, 0.92, 0.94, 0.91, 0.93)]
    verdict = judge(metrics(f1=0.95), spread)
    assert verdict["level"] == verdict["metrics"]["f1"]["level"] == "statistically consistent"
    assert verdict["metrics"]["f1"]["now"] == [0.9, 0.91, 0.92, 0.93, 0.94]
    low, high = verdict["metrics"]["f1"]["interval"]
    assert (round(low, 4), round(high, 4)) == (0.8719, 0.9681)
    assert level(metrics(f1=0.99), *spread) == "different"
    assert level(metrics(f1=0.95), metrics(f1=0.90)) == "different", "one reproduction tells no spread"
    assert level(metrics(f1=0.95), metrics(f1=0.90), metrics(f1=0.90)) == "different", "no spread is no chance"


def test_with_few_reproductions_the_verdict_says_that_the_interval_is_wide() -> None:
    verdict = judge(metrics(f1=0.95), [metrics(f1=0.90), metrics(f1=0.92)])
    assert verdict["level"] == "statistically consistent"
    assert "(of 2 runs only: the interval is wide)" in verdict["text"]


def test_intervals_of_several_metrics_hold_together() -> None:
    several = [metrics(a=float(i), b=float(i), c=float(i)) for i in range(6)]
    alone = judge(metrics(a=100.0), [run_of(metrics={"a": run.metrics["a"]}) for run in several])
    together = judge(metrics(a=100.0, b=100.0, c=100.0), several)
    assert together["metrics"]["a"]["interval"][1] > alone["metrics"]["a"]["interval"][1]


def test_without_metrics_outputs_and_files_decide() -> None:
    def shows(text: bytes, errors: bytes = b"", written: str = "aa") -> Run:
        data = [{"kind": "file", "path": "out.csv", "mode": "write", "sha256": written, "size": 3}]
        files = {"outputs/stdout.txt": (text, "text/plain"), "outputs/stderr.txt": (errors, "text/plain")}
        return run_of(files, data=data)

    was = shows(b"r2 = 0.5\nWall time: 1 s\n")
    assert level(was, shows(b"r2 = 0.5\nWall time: 7 s\n", b"a warning")) == "identical"
    verdict = judge(was, [shows(b"r2 = 0.6\n")])
    assert (verdict["level"], verdict["outputs"]["outputs/stdout.txt"]) == ("different", "different")
    assert level(was, shows(b"r2 = 0.5\nWall time: 1 s\n", written="bb")) == "different"
    assert "outputs/stdout.txt" in verdict["text"]


def test_outputs_are_told_but_do_not_decide_where_there_are_metrics() -> None:
    was = run_of({"model.bin": (b"one", "application/octet-stream")}, metrics={"r2": 0.5})
    now = run_of({"model.bin": (b"two", "application/octet-stream")}, metrics={"r2": 0.5})
    verdict = judge(was, [now])
    assert (verdict["level"], verdict["outputs"]) == ("identical", {"model.bin": "different"})
    assert verdict["text"] == "identical: the only metric is the same; 1 of 1 outputs differs (model.bin)"


def test_files_kept_for_the_reproduction_and_the_notebook_are_not_its_outputs() -> None:
    kept = {"code/helper.py": (b"a", "text/x-python"), "notebook.ipynb": (b"{}", "application/x-ipynb+json")}
    assert judge(run_of(kept), [run_of()])["outputs"] == {}


def test_a_written_file_without_a_hash_is_not_compared() -> None:
    def wrote(**members: Any) -> Run:
        return run_of(data=[{"kind": "file", "path": "a", "mode": "write", **members}])

    assert judge(wrote(sha256="aa", size=1), [wrote(size=1, state="changing")])["outputs"] == {"a": "not compared"}
    assert judge(wrote(sha256="aa", size=1), [wrote(size=2)])["outputs"] == {"a": "different"}
    assert judge(wrote(sha256="aa", size=1), [run_of()])["outputs"] == {"a": "missing"}
    assert judge(run_of(), [wrote(sha256="aa")])["outputs"] == {"a": "new"}


def test_nothing_to_compare_is_said() -> None:
    text = "identical: it ran to its end and left nothing that could be compared, and was given the same data"
    assert judge(run_of(), [run_of()])["text"] == text


def test_where_nothing_is_left_to_compare_what_the_cell_was_given_decides() -> None:
    def given(digest: str) -> Run:
        return run_of(data=[{"kind": "variable", "name": "x", "mode": "read", "digest": digest}])

    assert level(given("aa"), given("aa")) == "identical"
    verdict = judge(given("aa"), [given("bb")])
    assert verdict["level"] == "different"
    assert "left nothing that could be compared, but it was given other data" in verdict["text"]
    assert "`x` was another already when the cell began" in " ".join(each["text"] for each in verdict["causes"])


def test_a_program_that_raises_has_failed_unless_it_did_when_it_was_recorded() -> None:
    raised = run_of(status="failed", error={"type": "ValueError", "message": "no"})
    verdict = judge(metrics(r2=1.0), [raised])
    assert (verdict["level"], verdict["error"]) == ("failed", "ValueError: no")
    assert verdict["text"] == "failed: ValueError: no"
    assert level(metrics(r2=1.0), metrics(r2=1.0), error="the last cell raised") == "failed"
    assert level(raised, raised) == "identical"
    assert judge(raised, [raised], error="ValueError: no")["text"].endswith("it failed with ValueError, as recorded")
    assert level(raised, run_of(status="failed", error={"type": "KeyError"})) == "different"
    assert level(raised, run_of()) == "different"


def test_what_did_not_start_cannot_run_and_what_started_failed() -> None:
    missing = {"kind": "data", "name": "a.csv", "text": "a.csv is nowhere to be had"}
    verdict = judge(metrics(r2=1.0), causes=[missing])
    assert (verdict["level"], verdict["text"]) == ("cannot run", "cannot run: a.csv is nowhere to be had")
    assert verdict["metrics"]["r2"] == {"level": "not judged", "was": 1.0}
    assert level(metrics(r2=1.0), error="ImportError: x", started=True) == "failed"
    assert level(metrics(r2=1.0), error="no uv", started=False) == "cannot run"


def test_a_run_that_was_interrupted_is_judged_by_what_it_had() -> None:
    verdict = judge(run_of(metrics={"r2": 1.0}, status="interrupted"), [metrics(r2=1.0)])
    assert verdict["level"] == "identical"
    assert "was interrupted, so its values are those of that moment" in verdict["text"]


def test_a_verdict_says_where_it_was_reached() -> None:
    now = run_of(environment={"python": "3.12.1", "os": "Linux"}, hardware={"cpu": "X", "cores": 2})
    verdict = judge(run_of(), [now], duration=2.5, options={"env": "restore"}, at=7)
    assert verdict["machine"] == {"python": "3.12.1", "os": "Linux", "cpu": "X", "cores": 2}
    assert (verdict["duration"], verdict["options"], verdict["at"]) == (2.5, {"env": "restore"}, 7)


def test_a_verdict_on_ten_thousand_metrics_fits_a_record_and_has_the_worst_of_them() -> None:
    many = {f"metric {'x' * 500} {i}": float(i) for i in range(10_000)}
    last = next(reversed(many))
    verdict = judge(metrics(**many), [metrics(**many | {last: 0.1})], restored=[{"text": "é" * 10_000}] * 1000)
    assert len(json.dumps(verdict)) < 1 << 20
    assert verdict["level"] == "different"
    assert any(each["level"] == "different" for each in verdict["metrics"].values())
    assert "9500 are not listed" in verdict["text"]


# --- what holds of any run

_ODD: list[Any] = [
    *(None, True, 0, -1, 10**400, 0.5, math.nan, math.inf, "", "x", "unseeded", "seeded 1", "clean", "unverified"),
    *(
        [],
        [None],
        {},
        {"": []},
        {"$i": "1"},
        {"threads": 3},
        {"openblas": {"threads": 9}},
    ),
    *({"kind": "unverified"}, {"kind": []}, {"source": 3}, {"a": {"module": [], "sha256": "x"}}, ["numpy", {}]),
]
_JUNK = st.sampled_from(_ODD)
_NAMES = st.sampled_from(["r2", "loss", "fit_time", "näme", ""])
_VALUES = st.one_of(
    st.integers(-5, 5),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([_NAN, _INF, {"$i": str(10**400)}, {"$d": "1e999999"}, "text", None, True, {"$repr": "x"}]),
)
_CURVES = st.fixed_dictionaries(
    {"last": _VALUES, "min": _VALUES, "max": _VALUES, "count": st.integers(0, 4), "step": st.integers(0, 4)}
)


@st.composite
def _documents(draw: st.DrawFn) -> Run:
    """Return a run with the members that the fold vouches for, and anything inside them."""
    where = st.dictionaries(
        st.sampled_from("kind path name mode sha256 digest size n".split()),
        _JUNK | st.sampled_from(["file", "read", "write", "variable"]),
        max_size=6,
    )
    wild = st.dictionaries(
        st.sampled_from("modules rng rng_states blas cuda imported python determinism sha256 threads".split()),
        _JUNK,
        max_size=5,
    )
    return run_of(
        metrics=draw(st.dictionaries(_NAMES, _VALUES, max_size=4)),
        curves=draw(st.dictionaries(_NAMES, _CURVES, max_size=2)),
        params=draw(st.dictionaries(_NAMES, _VALUES | _JUNK, max_size=3)),
        data=draw(st.lists(where, max_size=4)),
        code=draw(st.none() | wild),
        environment=draw(st.none() | wild),
        hardware=draw(st.dictionaries(st.sampled_from(["cpu", "cores", "gpu", "cores_usable"]), _JUNK, max_size=3)),
        status=draw(st.sampled_from(["finished", "failed", "interrupted", "lost", "running"])),
        error=draw(st.none() | st.dictionaries(st.sampled_from(["type", "message"]), _JUNK)),
        slice=draw(
            st.fixed_dictionaries({"executions": st.lists(_JUNK, max_size=3), "verdicts": st.lists(_JUNK, max_size=3)})
        ),
        files={
            name: (text.encode(), media)
            for name, text, media in draw(
                st.lists(
                    st.tuples(
                        _NAMES,
                        st.text(max_size=20),
                        st.sampled_from(
                            ["text/plain", "image/png", "text/html", "application/json", "application/pdf"]
                        ),
                    ),
                    max_size=3,
                )
            )
        },
    )


_QUICK = settings(max_examples=60, deadline=None)


@_QUICK
@given(_documents(), st.lists(_documents(), max_size=3), st.none() | st.text(max_size=20), st.none() | st.booleans())
def test_no_two_runs_break_the_judge_and_the_verdict_is_plain_json(
    was: Run, now: list[Run], error: str | None, started: object
) -> None:
    verdict = judge(was, now, error=error, started=started)  # type: ignore[arg-type]
    assert verdict["level"] in LEVELS
    assert json.loads(json.dumps(verdict)) == json.loads(json.dumps(dict(verdict)))


@_QUICK
@given(_documents().filter(lambda run: run.status != "failed"))
def test_a_run_reproduces_itself_unless_it_did_not_end(run: Run) -> None:
    assert level(run, run) == ("identical" if run.status in {"finished", "running"} else "failed")


@_QUICK
@given(_documents(), st.permutations([0, 1, 2]), st.lists(st.floats(-2, 2), min_size=3, max_size=3))
def test_the_order_of_reproductions_is_of_no_matter(was: Run, order: list[int], values: list[float]) -> None:
    now = [run_of(metrics={"r2": value, "loss": 1.0}) for value in values]
    one, other = (judge(was, [now[at] for at in each], at=0) for each in ([0, 1, 2], order))
    assert (one["level"], one["metrics"], one["outputs"]) == (other["level"], other["metrics"], other["outputs"])


@_QUICK
@given(
    st.dictionaries(_NAMES, st.floats(-3, 3), min_size=1),
    st.lists(st.dictionaries(_NAMES, st.floats(-3, 3), min_size=1), min_size=1, max_size=4),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_who_allows_more_gets_no_worse_a_verdict(
    was: dict[str, float], now: list[dict[str, float]], one: float, other: float
) -> None:
    less, more = sorted([one, other])
    verdicts = [
        judge(metrics(**was), [metrics(**{**was, **each}) for each in now], tolerances=Tolerances(tolerance))
        for tolerance in (less, more)
    ]
    worse = [LEVELS.index(verdict["level"]) for verdict in verdicts]
    assert worse[1] <= worse[0] or (verdicts[0]["level"] in GOOD) <= (verdicts[1]["level"] in GOOD)


@_QUICK
@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_a_change_is_a_finite_number_or_none(was: float, now: float) -> None:
    change = judge(metrics(x=was), [metrics(x=now)])["metrics"]["x"]["change"]
    assert change is None or math.isfinite(change)


def test_last_digits_that_another_order_of_adding_up_changes_are_the_same_number_and_said() -> None:
    verdict = judge(metrics(mae=44.57507550037965, r2=0.5), [metrics(mae=44.57507550037966, r2=0.5)])
    assert verdict["level"] == "identical"
    assert verdict["metrics"]["mae"]["rounding"] is True
    assert "rounding" not in verdict["metrics"]["r2"]
    assert "1 but for the last digits" in verdict["text"]


def test_who_allows_nothing_is_told_of_the_last_digit() -> None:
    verdict = judge(metrics(mae=0.5), [metrics(mae=0.5 + 2**-53)], tolerances=Tolerances.read("0"))
    assert verdict["level"] == "different"


@pytest.mark.parametrize(
    ("error", "kind", "name"),
    [
        ("In [4]: NameError: name 'df' is not defined", "cell", "df"),
        ("ModuleNotFoundError: No module named 'lab.weights'", "package", "lab.weights"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'a/b.csv'", "data", "a/b.csv"),
    ],
)
def test_what_an_error_says_was_not_there_is_the_first_cause(error: str, kind: str, name: str) -> None:
    verdict = judge(metrics(r2=0.5), error=error, started=True)
    assert verdict["level"] == "failed"
    assert (verdict["causes"][0]["kind"], verdict["causes"][0]["name"]) == (kind, name)


def valued(value: str | None) -> Run:
    """A run without metrics whose last expression showed this."""
    run = metrics()
    if value is not None:
        run.document["result"] = value
    return run


@pytest.mark.parametrize(
    ("was", "now", "level"),
    [
        ("0.5", "0.5", "identical"),
        ("np.float64(44.57507550037965)", "np.float64(44.57507550037966)", "identical"),
        ("0.5", "0.75", "different"),
        ("np.float64(0.5)", "0.75", "different"),
        ("'setosa'", "'setosa'", "identical"),
        ("'setosa'", "'virginica'", "different"),
        ("0.5", None, "different"),
    ],
)
def test_a_run_without_metrics_is_judged_by_the_value_of_its_cell(was: str, now: str | None, level: str) -> None:
    assert judge(valued(was), [valued(now)])["level"] == level
