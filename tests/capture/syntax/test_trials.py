"""What loops try out, and what of it they keep."""

from __future__ import annotations

import ast

import pytest

from nbtrack.capture.syntax.passing import goes_through
from nbtrack.capture.syntax.trials import swept, trials

WHOLE = frozenset({"*"})


def read(*lines: str) -> tuple[dict[str, frozenset[str]], dict[str, str]]:
    found = trials(ast.parse("\n".join(lines)).body)
    return found.varied, found.kept


@pytest.mark.parametrize(
    ("line", "varied"),
    [
        ("cfg = {'C': rng.uniform(0, 1), 'tol': 0.1}", {"cfg": frozenset({"C"})}),
        ("cfg = dict(C=np.random.choice(sizes), tol=tol)", {"cfg": frozenset({"C"})}),
        ("cfg['C'] = i / 10", {"cfg": frozenset({"C"})}),
        ("cfg = sample_config(space)", {"cfg": WHOLE}),
        ("lr = 10 ** -i", {"lr": WHOLE}),
        ("cfg = settings()", {}),
        ("cfg = {'C': C}", {}),
        ("lr = 0.9 * lr", {}),
        ("score = fit(i)", {}),
    ],
)
def test_what_is_drawn_or_made_of_the_loop_s_own_variable_varies(line: str, varied: dict[str, frozenset[str]]) -> None:
    assert read("for i in range(9):", f"    {line}")[0] == {"i": WHOLE, **varied}


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (["best, best_C = score, C"], {"best_C": "C"}),
        (["best = {'score': score, 'C': C}"], {"best.C": "C"}),
        (["best_C = dict(C)"], {"best_C": "C"}),
        (["best_pair = (C, 1)"], {"best_pair": "C"}),
        (["best_C = copy.deepcopy(C)"], {"best_C": "C"}),
        (["best, best_i = score, i"], {}),
        (["best_model = model"], {}),
    ],
)
def test_settings_that_are_kept_under_a_condition_are_told(lines: list[str], kept: dict[str, str]) -> None:
    loop = ["for i, C in enumerate(grid):", "    model = SVC(C=C)", "    score = model.fit(X, y).score(X, y)"]
    assert read(*loop, "    if score > best:", *(f"        {line}" for line in lines))[1] == kept


def test_what_a_function_does_in_its_loops_is_its_own_business() -> None:
    lines = ["def search():", "    for C in grid:", "        SVC(C=C)", "        if C:", "            best = C"]
    assert read(*lines) == ({}, {})


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("[Ridge(alpha=a).fit(X) for a in (1, 2)]", [("Ridge", "alpha")]),
        ("{k: KMeans(k, n_init=3) for k in (1, 2)}", [("KMeans", None)]),
        ("max(score(m, C=c) for m in ms for c in cs)", [("score", "C")]),
        ("[Ridge(alpha=b).fit(a) for a in (1, 2)]", []),
        ("for a in (1, 2): Ridge(alpha=a)", []),
    ],
)
def test_what_comprehensions_hand_on_they_go_through(cell: str, expected: list[tuple[str, str | None]]) -> None:
    assert [(each.callee, each.keyword) for each in swept(ast.walk(ast.parse(cell)))] == expected


@pytest.mark.parametrize(
    ("over", "value", "through"),
    [
        ("(0.1, 0.2)", 0.2, True),
        ("(0.1, 0.2)", 0.3, False),
        ("held", 5, True),
        ("held", 6, False),
        ("range(9)", 4, True),
        ("range(9)", "a", False),
        ("np.logspace(0, 1)", 1.0, None),
    ],
)
def test_a_value_is_one_of_those_that_a_comprehension_goes_through(over: str, value: object, *, through: bool) -> None:
    (each,) = swept(ast.walk(ast.parse(f"[Ridge(alpha=a) for a in {over}]")))
    assert goes_through(each, value, {"held": [1, 5]}) is through
