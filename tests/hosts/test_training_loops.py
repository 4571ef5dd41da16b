"""Loops as they are written to train networks: what is printed, summed up, kept and estimated in them, with no library."""

from typing import Any

import pytest

SETUP = """
class Loss:
    def __init__(self, value):
        self.value = value
    def item(self):
        return self.value
    def backward(self):
        pass
def criterion(k):
    return Loss(1.0 / (k + 2))
"""


def points(shell: Any, cell: str) -> dict[str, tuple[Any, ...]]:
    shell.run(SETUP)
    assert shell.run("%%track\n" + cell).success
    return {name: shell.last.history(name).values for name in shell.last.metrics}


def test_a_mean_printed_under_the_name_of_the_loss_is_the_curve_and_not_mixed_with_the_last_loss(shell: Any) -> None:
    found = points(
        shell,
        "for epoch in range(2):\n    total = 0.0\n    for i in range(8):\n        loss = criterion(i).item()\n"
        "        total += loss\n        if i % 4 == 3:\n            print(f'loss: {total / 4:.3f}')\n            total = 0.0",
    )
    means = (sum(1 / (k + 2) for k in range(4)) / 4, sum(1 / (k + 2) for k in range(4, 8)) / 4)
    assert found == {"loss": pytest.approx(means * 2)}


def test_what_a_loop_prints_now_and_then_of_its_own_loss_is_left_to_the_loop(shell: Any) -> None:
    found = points(
        shell,
        "for step in range(6):\n    loss = criterion(step).item()\n    if step % 3 == 0:\n        print('loss', loss / 7)",
    )
    assert found == {"loss": pytest.approx(tuple(1 / (k + 2) for k in range(6)))}


def test_a_sum_whose_mean_is_kept_is_none(shell: Any) -> None:
    found = points(
        shell,
        "train_losses = []\nfor epoch in range(2):\n    train_loss = 0.0\n    for i in range(3):\n"
        "        train_loss += criterion(i + epoch).item()\n    train_losses.append(train_loss / 3)",
    )
    assert found == {"train_losses": tuple(shell.names["train_losses"])}


def test_hits_that_are_summed_in_one_go_are_none_beside_their_share(shell: Any) -> None:
    found = points(
        shell,
        "for epoch in range(2):\n    hits = sum(k > epoch for k in range(4))\n    accuracy = hits / 4\n    print(accuracy)",
    )
    assert found == {"accuracy": (0.75, 0.5)}


def test_a_score_that_a_helper_prints_has_the_point_too_that_was_another_score_by_chance(shell: Any) -> None:
    found = points(
        shell,
        "def accuracy(k):\n    return (0.5, 0.5, 0.25, 1.0)[k]\n"
        "def report(result):\n    print('val_acc: {:.3f}'.format(result['val_acc']))\n"
        "def run():\n    for epoch in (0, 2):\n        report({'val_acc': (accuracy(epoch) + accuracy(epoch + 1)) / 2})\n"
        "run()",
    )
    assert found["val_acc"] == (0.5, 0.625)


def test_rows_of_a_history_are_curves_and_no_table_of_models(shell: Any) -> None:
    found = points(
        shell,
        "history = []\nfor epoch in range(3):\n    out = criterion(epoch)\n"
        "    history.append({'epoch': epoch, 'train_loss': out.item() / 2, 'lr': 0.1})",
    )
    assert found == {"history.train_loss": pytest.approx(tuple(1 / (k + 2) / 2 for k in range(3)))}


def test_the_best_that_a_function_tells_at_its_end_is_one_beside_the_curve(shell: Any) -> None:
    found = points(
        shell,
        "def train(epochs):\n    best = 9.0\n    for epoch in range(epochs):\n        val_loss = criterion(epoch).item()\n"
        "        print(f'val loss {val_loss:.3f}')\n        best = min(best, val_loss)\n    print(f'Best val loss: {best:.3f}')\n"
        "train(3)",
    )
    assert found == {"val_loss": pytest.approx((1 / 2, 1 / 3, 1 / 4)), "best_val_loss": (0.25,)}


def test_a_share_of_hits_in_whole_percents_is_a_score(shell: Any) -> None:
    assert points(shell, "hits, seen = 7, 12\nprint(f'Accuracy: {100 * hits // seen} %')") == {"accuracy": (58,)}


def test_numbers_that_agree_by_chance_are_curves_of_their_own(shell: Any) -> None:
    found = points(
        shell,
        "for epoch in range(3):\n    scores = {'acc': 0.5 + epoch / 8, 'f1': 0.5 + max(0, epoch - 1) / 16}\n"
        "    print(f\"val acc {scores['acc']:.3f}, val f1 {scores['f1']:.3f}\")",
    )
    assert found["val_acc"] == (0.5, 0.625, 0.75)
    assert found["val_f1"] == (0.5, 0.5, 0.5625)


def test_a_seed_that_a_variable_holds_takes_the_place_of_an_earlier_one(shell: Any) -> None:
    shell.run("import random\nrandom.seed(1)\nSEED = 5")
    shell.run("random.seed(SEED)\ndata = [random.random() for _ in range(4)]")
    shell.run("%%track\nloss = sum(data)\nprint('loss', loss)")
    assert shell.last.params["seed"] == 5


def test_steps_that_go_down_a_slope_are_counted(shell: Any) -> None:
    points(shell, "for t in range(4):\n    loss = criterion(t)\n    loss.backward()\nprint('loss', loss.item())")
    assert shell.last.params["steps"] == 4


def test_what_an_earlier_loop_trained_was_made_by_it(shell: Any) -> None:
    shell.run(
        "class Model:\n    def __call__(self, x):\n        return x\n    def step(self, lr=0.0):\n        pass\nmodel = Model()"
    )
    shell.run(
        SETUP
        + "rate = 0.3\nfor k in range(2):\n    out = model(k)\n    loss = criterion(out)\n    loss.backward()\n    model.step(lr=rate)"
    )
    shell.run("%%track\nval_loss = criterion(model(3)).item()")
    assert shell.last.params["rate"] == 0.3


def test_a_history_that_was_put_into_a_frame_has_a_curve_for_each_score(shell: Any) -> None:
    shell.run("import pandas as pd")
    shell.run(
        "class Net:\n    def fit(self):\n"
        "        self.history = [{'epoch': n, 'lr': 0.1, 'acc': 1 - 1 / (n + 2)} for n in range(4)]\n        return self"
    )
    shell.run("%%track\nmodel = Net().fit()\nhistory = pd.DataFrame(model.history)")
    assert shell.last.history("history.acc").values == (0.5, 1 - 1 / 3, 0.75, 0.8)
    assert list(shell.last.metrics) == ["history.acc"]


def test_all_columns_of_a_history_are_called_alike(shell: Any) -> None:
    found = points(
        shell,
        "history = []\nfor epoch in range(3):\n    total = 0.0\n    for batch in range(4):\n"
        "        total += criterion(batch + epoch).item()\n    first = 1 / (epoch + 2)\n"
        "    history.append({'epoch': epoch, 'train_loss': total / 4, 'val_loss': first})",
    )
    assert found.keys() == {"history.train_loss", "history.val_loss"}
