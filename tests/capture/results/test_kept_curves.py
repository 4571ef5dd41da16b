"""Which lists of an object are curves, read without asking the object."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from nbtrack.capture.results.kept_curves import curves_kept, curves_of_fields, states


class Episodes(NamedTuple):
    lengths: Any
    rewards: Any
    loss: Any


class Net:
    def __init__(self, **kept: Any) -> None:
        self.__dict__.update(kept)

    def fit(self) -> None: ...


class Shop:
    def __init__(self) -> None:
        self.costs = [1.0, 2.0]


@pytest.fixture(autouse=True)
def _of_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (Net, Shop):
        monkeypatch.setattr(kind, "__module__", "__main__")


def test_lists_of_numbers_named_like_scores_are_curves() -> None:
    net = Net(losses_=[1.0, 0.5], errors=[3, 1], names=["a", "b"], weights=[0.1, 0.2], loss=[0.5], val_loss=[0.5, "x"])
    assert curves_kept(net) == {"losses_": [1.0, 0.5], "errors": [3, 1]}


def test_what_cannot_learn_keeps_no_curves() -> None:
    assert curves_kept(Shop()) == {}


def test_an_object_of_a_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Net, "__module__", "library.models")
    assert curves_kept(Net(losses=[1.0, 0.5])) == {}


def test_a_long_curve_is_bounded() -> None:
    curve = curves_kept(Net(losses=[0.5] * 19_999 + [0.25]))["losses"]
    assert (5_000 < len(curve) <= 10_000, curve[-1]) == (True, 0.25)


def test_arrays_and_dictionaries_of_curves_are_kept_as_lists_are() -> None:
    net = Net(
        cost_=np.array([2.0, 1.0]),
        scores=np.array([0.1, 0.9]),  # may be one for each sample
        history={"val_loss": [3.0, 2.0], "epoch": [0, 1]},
        weights={"loss": [1.0, 2.0]},
    )
    assert curves_kept(net) == {"cost_": [2.0, 1.0], "history.val_loss": [3.0, 2.0]}


def test_what_has_not_changed_is_left_out() -> None:
    net = Net(losses=[2.0, 1.0], cost=np.array([2.0, 1.0]), errors=[3, 2])
    before = states(net)
    assert curves_kept(net, before) == {}
    net.__dict__["losses"].append(0.5)
    net.__dict__["cost"][1] = 0.25
    assert curves_kept(net, before) == {"losses": [2.0, 1.0, 0.5], "cost": [2.0, 0.25]}


def test_the_fields_of_a_named_tuple_are_curves_where_they_are_called_so() -> None:
    kept = Episodes(np.array([3.0, 4.0]), np.array([0.5, 1.0]), [0.1, 0.2])
    assert curves_of_fields(kept) == {"rewards": [0.5, 1.0], "loss": [0.1, 0.2]}
    assert curves_of_fields(([0.5, 1.0], [2.0, 3.0])) == {}
