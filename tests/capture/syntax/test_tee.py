"""The tee: watched calls, their names, and code that runs as if it were not there."""

import ast
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
