"""Which loops are watched, for which names, and that watching stays a small part of the time."""

import ast

import numpy as np
import pytest

from nbtrack.capture.syntax import loops
from nbtrack.capture.syntax.loops import (
    Pace,
    added_to,
    begun_in,
    bound_again,
    gathered,
    surely_bound,
    trains_anew,
    watched_loops,
)


def watched(source: str, *said: str) -> dict[int, list[str]]:
    return {loop.lineno: names for loop, names in watched_loops(ast.parse(source), said).items()}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("for epoch in range(3):\n    loss = f()", {1: ["loss"]}),
        ("while loss > 1e-3:\n    loss = f()", {1: ["loss"]}),
        ("for epoch in range(3):\n    for x, y in loader:\n        loss = f(x)", {1: ["loss"]}),
        ("for lr in lrs:\n    for i in range(9):\n        loss = f(lr)", {2: ["loss"]}),
        ("for a in rates:\n    for b in regs:\n        acc = f(a, b)\n        kept[(a, b)] = acc, b", {2: ["acc"]}),
        ("for a in rates:\n    for b in regs:\n        m = M(b)\n        m.fit(X)\n        acc = f(m)", {2: ["acc"]}),
        ("for i in range(0, n, batch):\n    loss = f()", {1: ["loss"]}),
        ("for k in ks:\n    with x:\n        if k:\n            acc, loss = f(k)", {1: ["acc", "loss"]}),
        ("for i in range(3):\n    loss += f(i)", {1: ["loss"]}),
        ("for i in range(3):\n    count = f(i)\n    _loss = f(i)\n    loss = 0.0", {}),
        ("for i in range(3):\n    best_loss = f(i)", {1: ["best_loss"]}),
        ("for i in range(3):\n    if loss < best_loss:\n        best_loss = f(i)", {}),
        ("for i in range(3):\n    best_loss = min(best_loss, f(i))", {}),
        ("for i in range(3):\n    I = f(i)\n    if I > max_loss:\n        max_loss = I", {}),
        ("for i in range(3):\n    max_loss = np.fmax(f(i), max_loss)", {}),
        ("for i in range(3):\n    loss = f(i)\n    if loss > 9:\n        loss = g(i)", {1: ["loss"]}),
        ("for i in range(3):\n    if i % 2 == 0:\n        loss = f(i)", {1: ["loss"]}),
        ("for ep in range(episodes):\n    for i in range(9):\n        reward += f(i)", {1: ["reward"]}),
        ("for g in range(5):\n    k, cost = 0, 0.0\n    for i in range(9):\n        cost += f(i)", {1: ["cost"]}),
        ("def f():\n    for i in range(3):\n        loss = g(i)", {}),
        ("loss = f()\nlosses = [f(i) for i in range(3)]", {}),
    ],
)
def test_scores_and_costs_that_a_loop_computes_are_watched(source: str, expected: dict[int, list[str]]) -> None:
    assert watched(source) == expected


@pytest.mark.parametrize(
    ("source", "anew"),
    [
        ("for fold in range(5):\n    net = build()\n    net.fit(X)", True),
        ("for k in range(5):\n    build(k).fit(X)", True),
        ("for k in range(5):\n    xgb.train(cfg, data)", True),
        ("for k in range(5):\n    learn(k)", True),
        ("for lr in rates:\n    w = np.zeros(3)\n    for i in range(9):\n        w -= lr * g(w)", True),
        ("for lr in rates:\n    opt = SGD(lr)\n    for i in range(9):\n        opt.step()", True),
        ("for lr in rates:\n    w = np.zeros(3)\n    while bad(w):\n        w[0] = g(w)", True),
        ("for k in range(5):\n    opt = SGD(net.parameters(), lr=k)\n    step_all()", True),
        ("for k in range(5):\n    net = build(k)\n    for epoch in range(3):\n        one_epoch(net)", True),
        ("for k in range(5):\n    batch = draw(k)\n    for i in range(3):\n        one_step(batch)", False),
        ("for k in range(5):\n    net.fit(X)", False),
        ("for epoch in range(5):\n    net = build()\n    net.fit(X)", False),
        ("for k in range(5):\n    total = 0.0\n    for i in range(9):\n        total += f(i)", False),
        ("for k in range(5):\n    found = []\n    for i in range(9):\n        found.append(i)", False),
        ("for k in range(5):\n    order = f(k)\n    for i in order:\n        w -= g(i)", False),
        ("for k in range(5):\n    net = net.copy()\n    net.fit(X)", False),
    ],
)
def test_a_loop_that_makes_what_it_trains_has_a_training_in_each_iteration(source: str, *, anew: bool) -> None:
    loop = ast.parse(source).body[0]
    assert trains_anew(loop, {"learn"}) is anew  # type: ignore[arg-type]  # it is a loop


def test_what_each_iteration_begins_is_bound_at_the_top_of_the_loop() -> None:
    source = "for k in ks:\n    a, b = f(k)\n    c = []\n    if a:\n        d = 1\n    e = e + 1"
    assert begun_in(ast.parse(source).body[0]) == {"a", "b", "c"}  # type: ignore[arg-type]  # the same


def test_a_loop_over_settings_is_attended_as_long_as_each_has_a_number() -> None:
    pace = Pace(())
    pace.attended = True
    for number, attended in (("lr=0.1", True), ("lr=0.2", True), (None, True), (None, False)):
        pace.arrive(None, number, over=False)
        assert (pace.number, pace.running, pace.attended) == (number, True, attended)
    pace.arrive(None, over=True)
    assert not pace.running


def test_a_name_the_cell_prints_counts_whatever_it_means() -> None:
    assert watched("for i in range(3):\n    length = f(i)", "length") == {1: ["length"]}


class Falling(dict[str, float]):
    """A namespace in which every look finds another loss."""

    def get(self, name: str, default: object = None) -> float:  # type: ignore[override]  # of one name
        self["loss"] = self.setdefault("loss", 1.0) * 0.999
        return self["loss"]


def test_the_first_points_are_all_taken_and_the_last_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "MOST_HELD", 0)
    pace = Pace(["loss"], Falling())
    assert all(pace.due(over=False) for _ in range(loops.ALWAYS))
    for _ in range(loops.ALWAYS):
        pace.took(0.0)
    assert not pace.due(over=False)
    assert pace.due(over=True)
    assert pace.step == loops.ALWAYS + 1


def test_watching_takes_its_share_of_the_time_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop of 100,000 iterations of ten microseconds, where taking one costs as much."""
    now = [0.0]
    monkeypatch.setattr(loops.time, "perf_counter", lambda: now[0])
    pace, taken = Pace(["loss"], Falling()), 0
    monkeypatch.setattr(loops, "MOST_HELD", 0)
    for _ in range(100_000):
        now[0] += 1e-5
        if pace.due(over=False):
            began, taken = now[0], taken + 1
            now[0] += 1e-5
            pace.took(began)
    assert taken * 1e-5 <= 1.1 * loops.SHARE * now[0]
    assert taken > loops.ALWAYS


def test_a_curve_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(loops.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(loops, "MOST", 1000)
    pace, taken = Pace(["loss"], Falling()), 0
    for _ in range(50_000):
        now[0] += 1.0
        if pace.due(over=False):
            taken += 1
            pace.took(now[0])
    assert taken < 1000 + 1000 * 5  # 1000 * ln(50) and a little


def test_quick_iterations_are_held_with_their_values_and_taken_together(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1.0]
    monkeypatch.setattr(loops.time, "perf_counter", lambda: now[0])
    namespace = {"loss": 0.0}
    pace, due = Pace(["loss"], namespace), []
    for iteration in range(100):
        now[0] += loops.TOGETHER / 20
        namespace["loss"] = float(iteration)
        if pace.due(over=False):
            due.append(iteration)
            pace.took(now[0], len(pace.held) + 1)
            pace.held.clear()
    assert due == [0, *range(21, 100, 21)]
    assert list(pace.held) == [(step, [step + 1.0]) for step in range(84, 99)]


def test_no_more_are_held_than_a_few_however_quick_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops.time, "perf_counter", lambda: 0.0)
    pace = Pace(["loss"], Falling())
    assert [pace.due(over=False) for _ in range(loops.MOST_HELD + 1)] == [False] * loops.MOST_HELD + [True]


@pytest.mark.parametrize("value", [1, 0.5, np.float32(0.5), np.int64(3)])
def test_numbers_that_stay_what_they_are_are_held(value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops.time, "perf_counter", lambda: 0.0)
    pace = Pace(["loss"], {"loss": value})
    assert not pace.due(over=False)
    assert list(pace.held) == [(-1, [value])]


@pytest.mark.parametrize("value", [[0.5], True, None, np.array(0.5), np.zeros(1, "f4,f4")[0]])
def test_what_may_change_or_is_missing_is_taken_at_once(value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops.time, "perf_counter", lambda: 0.0)
    assert Pace(["loss"], {"loss": value}).due(over=False)


def test_slow_iterations_are_taken_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1.0]
    monkeypatch.setattr(loops.time, "perf_counter", lambda: now[0])
    pace = Pace(["loss"], Falling())
    for _ in range(10):
        now[0] += 2 * loops.TOGETHER
        assert pace.due(over=False)
        pace.took(now[0])
    assert not pace.held


def test_what_is_held_for_long_is_left_over(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1.0]
    monkeypatch.setattr(loops.time, "perf_counter", lambda: now[0])
    pace = Pace(["loss"], {"loss": 0.5})
    pace.took(now[0])
    assert not pace.due(over=False)
    assert not pace.is_left()
    now[0] += 1.0
    assert pace.is_left()


def test_an_iteration_that_leaves_a_name_alone_is_no_point_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops.time, "perf_counter", lambda: 0.0)
    pace = Pace(["loss"], {"loss": 0.5})
    assert not any(pace.due(over=False) for _ in range(9))
    assert list(pace.held) == [(-1, [0.5])]


def test_what_is_computed_now_and_then_is_taken_each_time_however_quick_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A loop of 100,000 iterations of a microsecond that computes a loss in every hundredth."""
    now = [0.0]
    monkeypatch.setattr(loops.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(loops, "MOST_HELD", 0)
    namespace = {"loss": 1.0}
    pace, taken = Pace(["loss"], namespace), []
    for iteration in range(100_000):
        now[0] += 1e-6
        if pace.due(over=False):
            taken.append(pace.step - 1)
            now[0] += 1e-4
            pace.took(now[0] - 1e-4)
        if iteration % 100 == 0:
            namespace["loss"] *= 0.999
    assert taken == [-1, *range(0, 100_000, 100)]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("for i in range(3):\n    wins = 0\n    for g in games:\n        wins += f(g)", {"wins"}),
        (
            "for i in range(3):\n    s = reset()\n    hits = 0\n    if f(s):\n        break\n    errors = 1",
            {"s", "hits"},
        ),
        ("for i in range(3):\n    if i % 2:\n        wins = f()", set()),
        ("for i in range(3):\n    if i % 2:\n        continue\n    wins = f()", set()),
    ],
)
def test_what_stands_before_any_way_out_of_an_iteration_is_surely_bound(source: str, names: set[str]) -> None:
    (loop,) = ast.parse(source).body
    assert isinstance(loop, ast.For)
    assert surely_bound(loop) == names


@pytest.mark.parametrize("sure", [True, False])
def test_a_whole_number_that_is_surely_bound_is_a_point_though_it_is_the_same_again(*, sure: bool) -> None:
    pace = Pace(["wins"], {"wins": 3})
    pace.sure = frozenset({"wins"} if sure else ())
    assert [pace.due(over=False) for _ in range(3)] == [True, sure, sure]


def test_a_number_in_another_form_is_not_computed_again() -> None:
    loop = ast.parse(
        "for m in ms:\n    acc = m.score(X)\n    acc = round(acc * 100, 1)\n    x = f(m)\n    x = g(x)"
    ).body[0]
    assert isinstance(loop, ast.For)
    assert bound_again(loop) == {"x"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("total += reward\n    if done:\n        rewards.append(total)\n        total = 0", {"total", "reward"}),
        ("total = 0\n    while go:\n        total += reward\n    rewards.append(total)", {"reward"}),
        ("total += reward\n    rewards.append(reward)", set()),
        ("total += loss.item()\n    losses.append(total / n)", set()),
    ],
)
def test_sums_that_go_into_a_list_and_what_is_added_to_them_are_no_curves(body: str, expected: set[str]) -> None:
    assert gathered(ast.parse(f"for step in range(9):\n    {body}").body[0]) == expected  # type: ignore[arg-type]  # it is a loop


def test_what_two_lists_have_by_turns_is_theirs() -> None:
    loop = ast.parse(
        "for epoch in range(9):\n    train.append(mean)\n    test.append(mean)\n    test.append(other)"
    ).body[0]
    assert gathered(loop) == {"mean"}  # type: ignore[arg-type]  # it is a loop


def test_a_sum_is_kept_by_the_loop_around() -> None:
    outer = ast.parse(
        "for k in range(9):\n    while not over:\n        total += reward\n    totals.append(total)"
    ).body[0]
    inner = outer.body[0]  # type: ignore[attr-defined]  # it is a loop
    assert (gathered(inner), gathered(inner, outer)) == (set(), {"reward"})  # type: ignore[arg-type]  # the same


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("total += loss.item()", {"loss"}),
        ("total += loss.item() * len(x)", {"loss"}),
        ("total += loss; print(loss)", set()),
        ("total += loss; losses.append(loss)", set()),
        ("other += loss", set()),
    ],
)
def test_what_is_added_to_a_sum_is_no_more_than_that(body: str, expected: set[str]) -> None:
    loop = ast.parse(f"for x in batches:\n    {body}").body[0]
    assert added_to(loop, {"total"}) == expected  # type: ignore[arg-type]  # it is a loop
