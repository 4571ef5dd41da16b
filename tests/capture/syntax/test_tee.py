"""The tee: watched calls, their names, and code that runs as if it were not there."""

import ast
import builtins
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

from nbtrack.capture.syntax import tee
from nbtrack.capture.syntax.instrument import instrument
from nbtrack.capture.syntax.names import name_sites


def accuracy_score(*values: float, **_: Any) -> float:
    return sum(values) / len(values)


f1_score = accuracy_score


@pytest.fixture
def seen() -> Iterator[list[tuple[str, object]]]:
    values: list[tuple[str, object]] = []

    def note(site: tee.Site, value: object) -> None:
        if site.kind not in {"item", "key", "over"}:
            values.append((site.name, value))

    tee.install()
    tee.listen(note)
    yield values
    tee.silence(note)
    tee.uninstall()


def run(source: str, **names: Any) -> dict[str, Any]:
    tree = ast.parse(source)
    namespace = {"accuracy_score": accuracy_score, "f1_score": f1_score, **names}
    name_sites(instrument(tree, namespace))
    exec(compile(ast.fix_missing_locations(tree), "cell", "exec"), namespace)
    return namespace


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("accuracy_score(1, 0)", [("accuracy_score", 0.5)]),
        ("acc = accuracy_score(1, 0)", [("acc", 0.5)]),
        ("acc = round(float(accuracy_score(1, 0)), 2)", [("acc", 0.5)]),
        ("acc: float = accuracy_score(1, 0)", [("acc", 0.5)]),
        ("print('acc %.2f' % accuracy_score(1, 0))", [("accuracy_score", 0.5)]),
        ("text = f'{accuracy_score(1, 0):.2f}'", [("accuracy_score", 0.5)]),
        ("results = {'acc': accuracy_score(1, 0), 'f1': f1_score(1, 1)}", [("results.acc", 0.5), ("results.f1", 1.0)]),
        ("metrics = {'acc': accuracy_score(1, 0)}", [("acc", 0.5)]),
        ("results = {}; results['acc'] = accuracy_score(1, 0)", [("results.acc", 0.5)]),
        ("a, b = accuracy_score(1, 0), f1_score(1, 1)", [("a", 0.5), ("b", 1.0)]),
        ("print(n := accuracy_score(1, 0))", [("n", 0.5)]),
        (
            "xs = []\nfor i in range(2): xs.append(accuracy_score(i))",
            [("xs", 0.0), ("xs", 1.0)],
        ),
        ("[accuracy_score(i) for i in (1, 2)]", [("accuracy_score", 1.0), ("accuracy_score", 2.0)]),
        ("def f(): return accuracy_score(1, 0)\nf()", [("accuracy_score", 0.5)]),
        ("print((lambda: accuracy_score(1, 0))())", [("accuracy_score", 0.5)]),
    ],
)
def test_a_metric_is_seen_wherever_it_stands(source: str, expected: list[Any], seen: list[Any]) -> None:
    run(source)
    assert seen == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("scores = [accuracy_score(i) for i in (1, 2)]", ["scores", "scores"]),
        ("scores = {k: accuracy_score(k) for k in (1, 2)}", ["scores", "scores"]),
        ("s = pd.Series({k: accuracy_score(k) for k in (1, 2)})", ["s", "s"]),
        ("rows = [{'k': k, 'acc': accuracy_score(k)} for k in (1,)]", ["acc"]),
        ("for f in (accuracy_score, accuracy_score): f(1)", [""] * 2),
        ("for f in (accuracy_score,): a, b = f(1), f(2)", ["a", "b"]),
        ("for f in (accuracy_score, print): f(1)", []),
        ("for f in fs: f(1)", ["", ""]),
    ],
)
def test_what_comprehensions_and_loops_over_metrics_score_has_the_name_of_them_all(
    source: str, expected: list[str], seen: list[Any]
) -> None:
    pd = types.SimpleNamespace(Series=dict)
    run(source, pd=pd, fs=[accuracy_score, f1_score])
    assert [name for name, value in seen if type(value) is float] == expected


COMPREHENSIONS = """
one = [accuracy_score(i) for i in (1, 2) if i > 1]
two = {i: accuracy_score(i) for i in (1, 2)}
three = {accuracy_score(i) for i in (1, 2)}
four = sum(accuracy_score(i) for i in (1, 2))
five = [[accuracy_score(i, j) for j in (i, 3)] for i in (1, 2)]
six = [accuracy_score(i, j) for i in (1, 2) for j in (i, 3) if i != j]
seven = [accuracy_score(a) for a, *rest in [(1, 2), (3,)]]
eight = next(accuracy_score(i) for i in iter((1, 2)))
lazy = (accuracy_score(i) for i in (1, 2))
nine = list(lazy) + list(lazy)
ten = [accuracy_score(box[0]) for box[0] in (1, 2)]
eleven = [last := accuracy_score(i) for i in (1, 2)]
class Held:
    twelve = [accuracy_score(i) for i in (1, 2)]
thirteen = Held.twelve
fourteen = (lambda: [accuracy_score(i) for i in (1, 2)])()
fifteen = [*(accuracy_score(i) for i in (1, 2))]
"""


def test_comprehensions_give_what_they_gave_before(seen: list[Any]) -> None:
    names: dict[str, Any] = {"accuracy_score": accuracy_score, "box": [0]}
    exec(COMPREHENSIONS, plain := dict(names))
    found = run(COMPREHENSIONS, **{**names, "box": [0]})
    words = [name for name in plain if name in found and name.endswith(("e", "o", "r", "x", "t", "n"))]
    assert {name: found[name] for name in words if type(plain[name]) in {list, dict, set, float}} == {
        name: plain[name] for name in words if type(plain[name]) in {list, dict, set, float}
    }


def test_an_error_in_a_comprehension_is_that_of_the_cell(seen: list[Any]) -> None:
    with pytest.raises(ZeroDivisionError):
        run("x = [accuracy_score(1 / i) for i in (1, 0)]")


def test_what_tells_where_a_comprehension_has_arrived_is_not_written_out() -> None:
    tree = ast.parse("x = {k: accuracy_score(k) for k in (1, 2) if k}")
    instrument(tree, {"accuracy_score": accuracy_score})
    assert tee.written(tree.body[0].value) == "{k: accuracy_score(k) for k in (1, 2) if k}"  # type: ignore[attr-defined]


def test_calls_of_one_function_are_told_apart_by_what_differs(seen: list[Any]) -> None:
    run("print(accuracy_score(y_train, p), accuracy_score(y_test, p))", y_train=1, y_test=3, p=1)
    assert seen == [("accuracy_score.y_train", 1.0), ("accuracy_score.y_test", 2.0)]


def test_calls_are_told_apart_by_an_option(seen: list[Any]) -> None:
    run("print(f1_score(y, p, average='macro'), f1_score(y, p, average='micro'))", y=1, p=1)
    assert [name for name, _ in seen] == ["f1_score.macro", "f1_score.micro"]


def test_the_same_call_written_twice_is_one_metric_with_the_users_word(seen: list[Any]) -> None:
    run("print(accuracy_score(y, p))\nacc = accuracy_score(y, p)", y=1, p=1)
    assert [name for name, _ in seen] == ["acc", "acc"]


def test_names_do_not_depend_on_earlier_cells(seen: list[Any]) -> None:
    for _ in range(2):
        run("accuracy_score(y, p); f1_score(y, p)", y=1, p=1)
    assert [name for name, _ in seen] == ["accuracy_score", "f1_score"] * 2


def test_an_alias_imported_in_the_cell_is_known(seen: list[Any]) -> None:
    run("from sklearn.metrics import accuracy_score as acc\nacc([1, 1], [1, 0])")
    assert seen == [("acc", 0.5)]


def test_an_alias_imported_in_an_earlier_cell_is_known(seen: list[Any]) -> None:
    from sklearn.metrics import f1_score as f

    run("f([1, 1], [1, 1])", f=f)
    assert seen == [("f", 1.0)]


def test_explicit_logging_is_not_recorded_twice(seen: list[Any]) -> None:
    run("log(acc=accuracy_score(1, 0))", log=lambda **_: None)
    assert seen == []


def test_an_awaited_call_keeps_its_coroutine(seen: list[Any]) -> None:
    tree = ast.parse("async def f(m): return await m.score(1)")
    name_sites(instrument(tree, {}))
    assert ast.unparse(tree) == "async def f(m):\n    return await m.score(1)"


def test_a_failing_listener_changes_nothing() -> None:
    tee.install()

    def broken(site: tee.Site, value: object) -> None:
        raise OSError("disk on fire")

    tee.listen(broken)
    assert run("acc = accuracy_score(1, 0)")["acc"] == 0.5
    assert tee.failures() == 1
    tee.silence(broken)
    tee.uninstall()


def test_an_interrupt_while_listening_is_the_persons() -> None:
    tee.install()

    def interrupted(site: tee.Site, value: object) -> None:
        raise KeyboardInterrupt

    tee.listen(interrupted)
    with pytest.raises(KeyboardInterrupt):
        run("accuracy_score(1, 0)")
    tee.silence(interrupted)
    tee.uninstall()


def test_functions_compiled_with_the_tee_run_after_it_fell_silent() -> None:
    names = run("def f(): return accuracy_score(1, 0)")
    tee.uninstall()
    assert names["f"]() == 0.5


def test_line_numbers_and_columns_of_errors_are_those_of_the_source() -> None:
    source = "y = 1\nprint(accuracy_score(y,\n   boom()))"
    plain, watched = ast.parse(source), ast.parse(source)
    instrument(watched, {})
    calls = {ast.unparse(n): (n.lineno, n.col_offset) for n in ast.walk(plain) if isinstance(n, ast.Call)}
    kept = {ast.unparse(n): (n.lineno, n.col_offset) for n in ast.walk(watched) if isinstance(n, ast.Call)}
    assert calls.items() - kept.items() == {("print(accuracy_score(y, boom()))", (2, 0))}


def test_functions_travel_to_processes_that_know_no_tee() -> None:
    names = run("def judge(x):\n    return accuracy_score(x, 0)\n")
    tee.uninstall()
    assert names["judge"](1) == 0.5
    bare = types.FunctionType(names["judge"].__code__, {"accuracy_score": accuracy_score})
    assert bare(1) == 0.5


def test_a_site_of_another_kernel_is_not_mistaken_for_ours(seen: list[Any]) -> None:
    assert tee.tee("another:0", 0.5) == 0.5
    assert seen == []


def test_functions_for_a_compiler_are_left_as_they_are() -> None:
    source = "@numba.njit(parallel=True)\ndef f(y, p):\n    return mean_squared_error(y, p)"
    tree = ast.parse(source)
    assert instrument(tree, {}) == []
    assert ast.unparse(tree) == source


def test_of_a_cell_that_is_not_tracked_only_statements_with_functions_are_touched() -> None:
    source = (
        "acc = accuracy_score(y, p)\n"
        "scores = list(map(lambda p: f1_score(y, p), all_p))\n"
        "def judge(p):\n    return accuracy_score(y, p)\n"
        "best = max(scores)"
    )
    tree = ast.parse(source)
    untouched = [tree.body[0], tree.body[3]]
    sites = instrument(tree, {}, functions_only=True)
    assert [site.callee for site in sites] == ["f1_score", "accuracy_score"]
    assert [tree.body[0], tree.body[3]] == untouched
    assert [tee.NAME in ast.unparse(each) for each in tree.body] == [False, True, True, False]


def test_a_cell_without_functions_that_is_not_tracked_is_left_as_it_is() -> None:
    tree = ast.parse("acc = accuracy_score(y, p)\nprint(f'{acc:.2f}')")
    before = ast.dump(tree)
    assert instrument(tree, {}, functions_only=True) == []
    assert ast.dump(tree) == before


@pytest.mark.parametrize("names", [{}, {"getattr": max}, {"getattr": max, "__builtins__": vars(builtins)}])
def test_where_torch_may_read_it_the_tee_is_found_whatever_is_called_getattr(
    seen: list[Any], names: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", sys.modules.get("torch", types.ModuleType("torch")))
    judge = run("def judge():\n    return accuracy_score(1, 0)", **names)["judge"]
    judge()
    assert seen == [("accuracy_score", 0.5)]
    monkeypatch.delattr(builtins, tee.NAME)
    assert judge() == 0.5  # and without it nothing is missed
    sent = types.FunctionType(judge.__code__, {"accuracy_score": accuracy_score})
    assert sent() == 0.5
