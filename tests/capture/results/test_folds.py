"""What stands behind a mean is called like the mean."""

from nbtrack.capture.results.folds import HeldFolds
from nbtrack.capture.results.told import Told
from nbtrack.capture.syntax.tee import Site


def site(*, inside: bool = True) -> Site:
    text = "cross_val_score(m, X, y)"
    return Site("k", "cross_val_score", text, (), None, repeats=True, inside=inside, kind="metric", name="scores")


def folds(*values: float) -> Told:
    mean = sum(values) / len(values)
    return Told({"scores.mean": mean, "scores.std": 0.1}, {"scores.folds": list(values)})


def test_a_mean_goes_on_and_its_folds_are_held() -> None:
    held = HeldFolds()
    assert held.hold(site(), folds(0.5, 1.0)) == Told({"scores.mean": 0.75})
    assert list(held.released({})) == [(site(), Told({"scores.std": 0.1}, {"scores.folds": [0.5, 1.0]}))]


def test_folds_take_the_names_of_their_means() -> None:
    held = HeldFolds()
    for told in (folds(0.5, 1.0), folds(0.25, 0.75)):
        held.hold(site(), told)
    released = [told for _, told in held.released({"tree": 0.5, "forest": 0.75, "other": 0.5})]
    assert released == [
        Told({"forest.std": 0.1}, {"forest.folds": [0.5, 1.0]}),
        Told({"tree.std": 0.1}, {"tree.folds": [0.25, 0.75]}),
    ]


def test_all_stay_a_series_where_one_mean_has_no_name() -> None:
    held = HeldFolds()
    for told in (folds(0.5, 1.0), folds(0.25, 0.75)):
        held.hold(site(), told)
    assert [told.series for _, told in held.released({"forest": 0.75})] == [
        {"scores.folds": [0.5, 1.0]},
        {"scores.folds": [0.25, 0.75]},
    ]


def test_what_is_no_mean_in_a_function_is_not_held() -> None:
    held = HeldFolds()
    assert held.hold(site(inside=False), folds(0.5, 1.0)) == folds(0.5, 1.0)
    assert held.hold(site(), Told({"scores": 0.5})) == Told({"scores": 0.5})
    assert list(held.released({})) == []


def test_folds_of_a_mean_that_has_a_name_of_its_own_keep_theirs() -> None:
    held = HeldFolds()
    held.hold(site(), folds(0.5, 1.0))
    (told,) = [told for _, told in held.released({"scores.mean": 0.75})]
    assert told == Told({"scores.std": 0.1}, {"scores.folds": [0.5, 1.0]})
