"""What the summary says of sets of runs of which a statistician knows what can be said."""

import sys
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import pytest

from nbtrack.errors import MetricNotFound
from nbtrack.model.run import History, Run
from nbtrack.report.parts import Sentence
from nbtrack.report.summary import summarize

START = 1795255200000
BLANK: Mapping[str, Any] = {
    "experiment": "churn", "status": "finished", "started": START, "ended": START + 500, "duration": 0.5, "params": {},
    "metrics": {}, "curves": {}, "tags": {}, "note": None, "cell": None, "notebook": None, "session": None,
    "artifacts": [], "data": [], "code": None, "environment": None, "hardware": {}, "warnings": [], "error": None,
    "deleted": False, "health": {"ok": True, "damaged": 0, "missing": 0, "unsealed": 0, "divergent": 0},
    "condition": "whole",
}  # fmt: skip
NOISE = (0.004, -0.003, 0.001, -0.005, 0.003)


@pytest.fixture
def made() -> Callable[..., Run]:
    numbers = count()

    def build(name: str, params: Mapping[str, Any], metrics: Mapping[str, Any], **more: Any) -> Run:
        number = next(numbers)
        sources = {"params": dict.fromkeys(params, "argument"), "metrics": more.pop("origins", {})}
        document = {
            **BLANK,
            "id": f"20261121t100000-{number:06d}aa",
            "name": name,
            "started": START + number * 1000,
            "params": dict(params),
            "metrics": dict(metrics),
            "sources": sources,
            **more,
        }
        return Run.from_document(document, no_points)  # type: ignore[arg-type]  # a document by hand

    return build


def no_points(run_id: str, metric: str) -> History:
    raise MetricNotFound(metric)


def said(runs: "list[Run]", kind: str) -> list[str]:
    return [sentence.text for sentence in summarize(runs) if sentence.kind == kind]


def whole(runs: "list[Run]") -> str:
    return "\n".join(sentence.text for sentence in summarize(runs))


def seeded(made: Callable[..., Run], levels: Mapping[float, float], repeats: int = 5) -> list[Run]:
    return [
        made(f"{lr}/{seed}", {"lr": lr, "seed": seed}, {"accuracy": mean + NOISE[seed]})
        for lr, mean in levels.items()
        for seed in range(repeats)
    ]


def test_of_no_runs_there_is_nothing_to_tell():
    assert summarize([]) == (Sentence("There are no runs to tell of.", "tried"),)


def test_one_run_is_no_competition(made):
    text = whole([made("tree", {"depth": 3}, {"f1": 0.9})])
    assert "One run of experiment churn was recorded on 2026-11-21 at 10:00 UTC; it finished after 500 ms." in text
    assert "tree (000000), the only run, has f1 0.9." in text
    assert "One run does not tell how far f1 would move with another seed or split." in text
    assert "highest" not in text
    assert "runner-up" not in text


def test_two_single_runs_cannot_tell_chance_from_effect(made):
    runs = [made("a", {"lr": 0.1}, {"loss": 0.5}), made("b", {"lr": 0.01}, {"loss": 0.4})]
    assert said(runs, "won") == [
        "b (000001) has the lowest loss: 0.400.",
        "That is 0.100 (20 %) below the runner-up, which was the first run, a (000000).",
        "Set otherwise than in the runner-up: lr 0.01 instead of 0.1.",
        (
            "Ranked by loss: it is the only metric whose name tells which way is better (lower); "
            "both finished runs have it."
        ),
    ]
    assert said(runs, "certainty") == [
        (
            "Every setting was run once, so these runs cannot tell a real difference from chance: how far loss moves by "
            "itself is not known. Repeating the best settings with several seeds would tell."
        )
    ]


def test_repeats_far_apart_are_told_by_welch_with_an_interval_and_an_effect(made):
    told = said(seeded(made, {0.1: 0.9, 0.01: 0.95}), "certainty")
    assert told[0] == (
        "lr=0.01 has the best mean accuracy: 0.9500 over 5 runs with 5 seeds (95 % t interval 0.9452 to 0.9548), "
        "the best of 2 settings that were repeated."
    )
    assert told[1].startswith("That is 0.0500 (95 % interval 0.0444 to 0.0556) above lr=0.1: Welch's t test, p < 0.001")
    assert "an exact rank test, which assumes no bell shape, p = 0.0079; it cannot go below 0.0079" in told[1]
    assert "Hedges' g" in told[1]
    assert told[1].endswith("Chance alone would seldom make so large a difference.")


def test_the_best_of_many_equal_settings_does_not_pass_for_better(made):
    runs = seeded(made, {0.1: 0.9, 0.2: 0.905, 0.3: 0.901, 0.4: 0.902, 0.5: 0.8985})
    told = said(runs, "certainty")[1]
    assert "with Holm's correction for 10 pairs of settings" in told
    assert "may be chance" in told
    assert "seldom" not in told


def test_the_direction_of_an_interval_follows_the_metric(made):
    runs = [
        made(f"{lr}", {"lr": lr, "seed": seed}, {"rmse": mean + NOISE[seed]})
        for lr, mean in ((1, 0.95), (2, 0.9))
        for seed in range(5)
    ]
    assert said(runs, "certainty")[1].startswith("That is 0.0500 (95 % interval 0.0444 to 0.0556) below lr=1")


def test_scores_that_are_mostly_tied_are_judged_by_ranks(made):
    runs = [
        made(m, {"model": m, "seed": seed}, {"accuracy": 0.93 if m == "b" else 0.9 + seed % 2 / 100})
        for m in "ab"
        for seed in range(4)
    ]
    assert "an exact Mann-Whitney rank test (most values are tied), p = 0.029" in said(runs, "certainty")[1]


def test_repeats_of_one_seed_say_that_a_result_is_stable_and_no_more(made):
    runs = [made("a", {"lr": 0.1, "seed": 1}, {"accuracy": 0.9}) for _ in range(3)]
    assert said(runs, "certainty") == [
        (
            "One setting was run more than once and gave the same accuracy each time; repeats without another seed show "
            "that the result is stable, not that it would hold with other data or seeds."
        )
    ]


def test_a_lucky_single_run_of_a_worse_setting_is_called_lucky(made):
    runs = seeded(made, {0.1: 0.90, 0.01: 0.95})
    lucky = made("lucky", {"lr": 0.1, "seed": 9}, {"accuracy": 0.99})
    text = "\n".join(said([*runs, lucky], "certainty"))
    assert "The best single run, lucky (000010), is of another setting, lr=0.1" in text
    assert "owes something to luck" in text


def test_runs_of_edited_cells_are_not_taken_for_repeats(made):
    def cell(source: str) -> dict[str, str]:
        return {"source": source, "hash": source}

    same = [
        made("a", {"seed": s}, {"f1": 0.9 + NOISE[s]}, cell=cell(f"%%track\nfit(SVC(), seed={s})")) for s in range(3)
    ]
    other = made("b", {"seed": 7}, {"f1": 0.99}, cell=cell("%%track\nfit(Forest(), seed=7)"))
    text = "\n".join(said([*same, other], "certainty"))
    assert "over 3 runs with 3 seeds" in text
    assert "The setting of the best single run, b (000003), was run once" in text


def test_the_number_of_test_rows_bounds_an_accuracy_only_where_it_is_proven(made):
    rows = {"data": [{"kind": "variable", "name": "y_test", "shape": [114], "mode": "read", "digest": "d"}]}
    origin = {"origins": {"accuracy": "accuracy_score(y_test, model.predict(X_test))"}}
    best = made("a", {"C": 1}, {"accuracy": 112 / 114}, **rows, **origin)
    worse = made("b", {"C": 2}, {"accuracy": 110 / 114}, **rows, **origin)
    assert said([best, worse], "certainty")[1] == (
        "The accuracy of a (000000) was counted on 114 rows (112 right), which leaves a 95 % interval of 0.938 to "
        "0.995 (Wilson's score interval); the other run's value lies within it. A paired test of the predictions, "
        "such as McNemar's, could tell more."
    )
    unproven = made("c", {"C": 3}, {"accuracy": 0.99}, **rows, **origin)  # no count of 114 gives it
    assert len(said([unproven, worse], "certainty")) == 1


def test_a_metric_of_training_data_is_not_taken_for_one_of_new_data(made):
    origin = {"origins": {"accuracy": "accuracy_score(y_train, model.predict(X_train))"}}
    runs = [made("a", {"k": k}, {"accuracy": 0.99 - k / 100}, **origin) for k in range(2)]
    assert "accuracy was computed on training data" in whole(runs)
    folds = {"origins": {"accuracy": "cross_val_score(model, X_train, y_train).mean()"}}
    assert "training data" not in whole([made("a", {"k": 1}, {"accuracy": 0.9}, **folds)])


def test_runs_are_ranked_by_a_metric_of_new_data_where_there_is_one(made):
    runs = [made("a", {"k": k}, {"train_loss": 0.1 + k, "val_loss": 0.3 - k / 10, "val_acc": 0.9}) for k in range(2)]
    assert "it is in the most runs and is the first that is not of training data" in whole(runs)


def test_a_baseline_is_known_by_its_name(made):
    runs = [made("x", {"k": 0}, {"f1": 0.5}), made("dummy baseline", {"k": 1}, {"f1": 0.4})]
    runs += [made("best", {"k": 2}, {"f1": 0.8})]
    assert "0.400 (100 %) above the baseline, dummy baseline (000001)" in whole(runs)


def test_ties_and_runs_that_were_never_improved_on_are_told(made):
    tied = [made("a", {"k": k}, {"f1": 0.5 if k < 2 else 0.4}) for k in range(3)]
    assert "Two runs share the highest f1, 0.500; a (000000) was the first." in whole(tied)
    first = [made("a", {"k": k}, {"f1": 0.9 - k / 10}) for k in range(3)]
    assert "It was the first of them: no later run improved on it." in whole(first)
    assert "All 4 runs that have f1 have the same" in whole([made("a", {"k": k}, {"f1": 0.5}) for k in range(4)])


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        ({}, "No finished run recorded a metric, so none can be called the best."),
        ({"epochs": 3}, "The metric recorded (epochs) does not tell by its name which way is better"),
        ({"loss": {"$f": "nan"}}, "loss has no finite value in any finished run, so none is the best."),
    ],
)
def test_nothing_is_called_best_where_nothing_tells(made, metrics, expected):
    runs = [made("a", {"lr": lr}, metrics) for lr in (1, 2)]
    assert any(text.startswith(expected) for text in said(runs, "won"))
    assert not said(runs, "certainty")


def test_failed_and_unfinished_runs_are_told_with_their_errors(made):
    error = {"type": "ValueError", "message": "bad shape"}
    runs = [made("a", {"lr": 1}, {"loss": 0.5}, status="failed", error=error) for _ in range(3)]
    runs += [made("b", {}, {}, status="interrupted"), made("c", {}, {}, status="running", duration=None)]
    text = whole(runs)
    assert "3 failed, 1 interrupted and 1 still running" in text
    assert "No run finished, so there is no result to compare." in text
    assert "what they would have scored is not known: ValueError: bad shape (3 times)." in text


def test_what_is_not_finite_is_left_out_and_said(made):
    values = (0.3, {"$f": "nan"}, {"$f": "-inf"}, 0.2)
    runs = [made(str(at), {"lr": at}, {"loss": value}) for at, value in enumerate(values)]
    text = whole(runs)
    assert "3 (000003) has the lowest loss" in text
    assert "Two finished runs are not ranked because loss is NaN or infinite there." in text


def test_data_code_packages_and_experiments_that_changed_are_doubts(made):
    def of(at: int) -> Run:
        return made(
            f"run {at}",
            {"k": at},
            {"f1": at / 10},
            experiment="ab"[at // 2],
            data=[{"kind": "file", "path": "d.csv", "mode": "read", "sha256": str(at // 2) * 64}],
            code={"commit": str(at // 2) * 40},
            environment={"digest": str(at // 2), "python": "3.11"},
        )

    told = said([of(at) for at in range(4)], "unknown")
    assert told[:3] == [
        "The runs compared are of 2 experiments: whether f1 means the same in all of them is not recorded.",
        (
            "A file that runs read changed between them: d.csv (2 versions). Runs from before and after are not "
            "comparable as they stand."
        ),
        "The runs come from 2 states of the code and 2 sets of packages: part of a difference may be due to that.",
    ]


def test_unseeded_draws_and_doubtful_order_are_told(made):
    rng = {"rng": {"numpy": "unseeded", "drawn": ["numpy"]}}
    order = {"executions": [], "verdicts": [{"kind": "out-of-order", "text": "In [3] ran before In [2]"}]}
    runs = [made("a", {"k": k}, {"f1": k / 10}, environment=rng, slice=order) for k in (1, 2, 3)]
    text = whole(runs)
    assert "All 3 runs drew random numbers (numpy) without a seed: running them again gives other values." in text
    assert "a (000002) is not sure to be what its notebook gives from top to bottom: In [3] ran before In [2]." in text
    assert "Two other runs depend on cells that were edited, deleted or run out of order." in text


def test_verdicts_of_reproductions_are_told_for_what_they_are(made):
    def judged(level: str) -> dict[str, Any]:
        return {
            "verdict": level,
            "reproductions": [{"level": level, "at": START, "text": "f1 is 3 % off", "metrics": {}}],
        }

    good = [made("a", {"k": 1}, {"f1": 0.9}, **judged("identical"))]
    assert "a (000000) was reproduced on 2026-11-21 10:00 UTC: identical." in said(good, "certainty")
    bad = [made("b", {"k": 1}, {"f1": 0.9}, **judged("different"))]
    assert "Reproducing b (000001) did not give the same: different (f1 is 3 % off)." in said(bad, "unknown")
    assert any(text.startswith("Nobody has reproduced") for text in said([made("c", {}, {"f1": 1})], "unknown"))


def test_a_param_that_decides_is_named_with_its_uncertainty_and_one_that_does_not_is_not(made):
    runs = [made("a", {"lr": at % 4, "depth": at % 3, "k": at}, {"rmse": at % 4 + at / 500}) for at in range(60)]
    told = next(text for text in said(runs, "won") if text.startswith("What rmse goes with"))
    assert "lr with" in told
    assert "of the variance of its ranks (90 % interval" in told
    assert "best at 0" in told
    assert "depth" not in told
    assert told.endswith("not proof of cause.")


def test_where_no_param_matters_that_is_said(made):
    runs = [made("a", {"depth": at % 3}, {"rmse": (at * 7919 % 61) / 61}) for at in range(60)]
    assert "The one param that varied does not go with rmse more than chance alone could make it, in 60 runs." in whole(
        runs
    )


def test_the_best_of_many_is_told_to_be_optimistic_by_as_much_as_repeats_show(made):
    text = whole(seeded(made, {0.1: 0.9, 0.01: 0.95}))
    assert "Repeats of one setting have a standard deviation of 0.0039" in text
    assert "of 10 equally good runs the luckiest would lie about 0.0060 above their mean" in text  # 1.547 sd, Blom 1958


def test_other_metrics_with_another_winner_are_named(made):
    runs = [made("a", {"k": 1}, {"f1": 0.9, "loss": 0.5}), made("b", {"k": 2}, {"f1": 0.8, "loss": 0.1})]
    assert "Another metric, another winner: by loss it is b (000001)." in said(runs, "won")


def test_a_metric_that_was_asked_for_ranks_and_one_nobody_has_is_refused(made):
    runs = [made("a", {"k": 1}, {"f1": 0.9, "loss": 0.5}), made("b", {"k": 2}, {"f1": 0.8, "loss": 0.1})]
    assert any("b (000001) has the lowest loss" in sentence.text for sentence in summarize(runs, "loss"))
    with pytest.raises(MetricNotFound, match="lss"):
        summarize(runs, "lss")


def test_names_from_runs_stay_on_their_line(made):
    runs = [made("two\nlines\x1b[31m", {"k\n": "v\n" * 100}, {"f1": 0.9}) for _ in range(2)]
    assert not any("\n" in sentence.text or "\x1b" in sentence.text for sentence in summarize(runs))


def test_runs_of_tables_with_nothing_in_common_are_told_each_by_itself(made):
    def of(name: str, table: str, rows: int, accuracy: float) -> Run:
        read = {"kind": "variable", "mode": "read", "name": table, "shape": [rows, 4]}
        return made(name, {"c": 1}, {"accuracy": accuracy}, data=[read])

    runs = [of("a", "wine", 178, 0.99), of("b", "wine", 178, 0.97), of("c", "cancer", 569, 0.95)]
    told = said(runs, "won")
    assert told[:2] == [
        "Best accuracy: a (000000) with 0.9900 on wine and c (000002) with 0.9500 on cancer.",
        (
            "These are 2 sets of data, wine (2 runs) and cancer (1 run): accuracy on one is no match for accuracy on "
            "another, so each is told by itself."
        ),
    ]
    assert not any("runner-up" in text and "c (000002)" in text for text in told)
    versions = [of("a", "wine", 178, 0.99), of("b", "wine", 160, 0.97), of("c", "scaled", 160, 0.95)]
    assert said(versions, "won")[0] == "a (000003) has the highest accuracy: 0.9900."


def test_a_param_that_names_the_data_parts_runs_unless_they_were_measured_on_the_same_rows(made):
    def of(dataset: str, accuracy: float, rows: str) -> Run:
        read = {"kind": "variable", "mode": "read", "name": "y", "shape": [9], "digest": rows}
        origins = {"accuracy": "accuracy_score(y, p)"}
        return made(dataset, {"dataset": dataset}, {"accuracy": accuracy}, data=[read], origins=origins)

    assert "on iris" in said([of("iris", 0.9, "1"), of("wine", 0.8, "2")], "won")[0]
    assert "highest" in said([of("small", 0.9, "1"), of("large", 0.8, "1")], "won")[0]


def test_a_param_that_nobody_chose_is_not_told_to_matter(made):
    runs = [made(f"r{n}", {"verbose": n % 2}, {"accuracy": 0.5 + 0.1 * (n % 2) + n / 1000}) for n in range(12)]
    assert "goes with: verbose" in whole(runs)
    for run in runs:
        run.sources["params"]["verbose"] = "Forest default"
    assert "verbose" not in "\n".join(said(runs, "won"))


def test_the_order_of_asking_changes_no_sentence(made):
    runs = seeded(made, {0.1: 0.9, 0.01: 0.95})
    assert summarize(runs) == summarize(runs[::-1])


def test_a_thousand_runs_take_few_steps(made):
    runs = [
        made(f"r{at}", {"lr": at % 97, "seed": at % 3, **{f"p{k}": 1 for k in range(15)}}, {"f1": at * 7919 % 997})
        for at in range(1000)
    ]
    calls = 0

    def counting(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(counting)
    try:
        summarize(runs)
    finally:
        sys.setprofile(None)
    assert calls < 750_000  # 50 ms on a machine that does nothing else
