"""Which executions a run depends on, over the traps of notebooks: aliases, mutation, functions, errors, magics."""

from __future__ import annotations

import ast
import gc
import random
import sys
import weakref
from types import ModuleType
from typing import Any

import pytest

from nbtrack.capture.session import effects
from nbtrack.capture.session.cells import CellNow
from nbtrack.capture.session.session import Session

Kernel = Any  # tests/capture/conftest.py

SLICES: dict[str, tuple[list[str], list[int]]] = {
    "what was read": (["a = 1", "b = 2", "c = a", "c"], [1, 3, 4]),
    "the version that was read, not the latest": (["a = 1", "b = a", "a = 2", "b"], [1, 2, 4]),
    "nothing that is overwritten": (["a = [1]", "a.append(2)", "a = [3]", "a"], [3, 4]),
    "a method as a statement changes its receiver": (["a = [1]", "a.append(2)", "a"], [1, 2, 3]),
    "a method whose value is used may change it too": (["a = [1]", "x = a.pop()", "a"], [1, 2, 3]),
    "another name of what a call changed before its name was bound anew": (
        ["b = [2]", "a = b", "def f(p):\n    p.append(3)", "a = f(a)", "seen = b"],
        [1, 2, 3, 4, 5],
    ),
    "what a class holds": (
        ["b = [2]", "class K:\n    size = b", "b.append(3)", "b = 0", "seen = K.size"],
        [1, 2, 3, 5],
    ),
    "looking changes nothing": (["a = [1]", "a.count(1)", "a.index(1)", "a"], [1, 4]),
    "items and attributes": (["a = {}", "a['x'] = 1", "a"], [1, 2, 3]),
    "augmented assignment": (["n = 1", "n += 1", "n"], [1, 2, 3]),
    "augmented in place, in a loop": (["a = [1]", "for i in range(3):\n    a += [i]", "a"], [1, 2, 3]),
    "augmented in place, in a function": (["a = [1]", "def f(x):\n    x += [2]", "f(a)", "a"], [1, 2, 3, 4]),
    "a number given to a function that adds to it": (["n = 1", "def f(x):\n    x += 2", "f(n)", "n"], [1, 4]),
    "an iterator that was used": (
        ["it = iter([1, 2])", "first = next(it)", "second = next(it)", "second"],
        [1, 2, 3, 4],
    ),
    "a generator of random numbers": (
        ["import random", "r = random.Random(1)", "a = r.random()", "b = r.random()", "b"],
        [1, 2, 3, 4, 5],
    ),
    "another name of the same object": (["a = [1]", "b = a", "b.append(2)", "a"], [1, 2, 3, 4]),
    "an element of a container": (["a = [[1]]", "for x in a:\n    x.append(2)", "a"], [1, 2, 3]),
    "an element under a name of its own": (["a = [[1]]", "b = a[0]", "b.append(2)", "a"], [1, 2, 3, 4]),
    "names with one number are not one object": (["a = 1", "b = 1", "b += 1", "a"], [1, 4]),
    "a function's globals": (["g = 1", "def f():\n    return g", "f()"], [1, 2, 3]),
    "as they are at the call": (["g = 1", "def f():\n    return g", "g = 2", "f()"], [2, 3, 4]),
    "through other functions": (["g = 1", "def f():\n    return g", "def h():\n    return f()", "h()"], [1, 2, 3, 4]),
    "a function given away": (["g = 1", "def f(x):\n    return g", "list(map(f, [1]))"], [1, 2, 3]),
    "methods of a class": (["g = 1", "class A:\n    def m(self):\n        return g", "a = A()", "a.m()"], [1, 2, 3, 4]),
    "a function that changes a global": (["g = []", "def f():\n    g.append(1)", "f()", "g"], [1, 2, 3, 4]),
    "a function that binds a global": (["def f():\n    global g\n    g = 1", "f()", "g"], [1, 2, 3]),
    "a function that changes its argument": (["a = []", "def f(x):\n    x.append(1)", "f(a)", "a"], [1, 2, 3, 4]),
    "by keyword and through another": (
        ["a = []", "def f(x):\n    x.append(1)", "def h(q, r):\n    f(x=r)", "h(1, r=a)", "a"],
        [1, 2, 3, 4, 5],
    ),
    "a function that only reads its argument": (["a = []", "def f(x):\n    return len(x)", "f(a)", "a"], [1, 4]),
    "a condition that was not met": (["a = 1", "if False:\n    a = 2", "a"], [1, 3]),
    "a condition that was met": (["a = 1", "if True:\n    a = 2000", "a"], [2, 3]),
    "star imports": (["from math import *", "sqrt(4)"], [1, 2]),
    "code made up while running": (["exec('a' + ' = 1')", "a"], [1, 2]),
    "the table of globals": (["globals()['a'] = 1", "a"], [1, 2]),
    "deleted and made again": (["a = 1", "del a", "a = 2", "a"], [3, 4]),
    "a name that a function finds gone": (
        [
            "b = 2",
            "a = [b]",
            "del b",
            "def f():\n    try:\n        a.append(b)\n    except NameError:\n        a.append(0)",
            "f()",
            "a",
        ],
        [1, 2, 3, 4, 5, 6],
    ),
    "seeds reach everything": (["import random", "random.seed(1)", "a = 1", "a"], [1, 2, 3, 4]),
    "draws reach what draws later": (
        ["import random", "random.seed(1)", "a = random.random()", "b = random.random()", "b"],
        [1, 2, 3, 4, 5],
    ),
    "and nothing else": (["import random", "x = random.random()", "a = 1", "a"], [3, 4]),
    "a file by its name": (["open('x.txt', 'w').close()", "a = open('x.txt').read()", "a"], [1, 2, 3]),
    "environment variables": (["import os", "os.environ['NBT_X'] = '1'", "a = 1", "a"], [1, 2, 3, 4]),
    "settings of modules": (["import decimal", "decimal.MY = 1", "a = 1", "a"], [1, 2, 3, 4]),
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NBT_X", "0")


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize(("cells", "expected"), SLICES.values(), ids=SLICES.keys())
def test_a_slice_holds(kernel: Kernel, cells: list[str], expected: list[int]) -> None:
    assert kernel.slice(*cells) == expected


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("cells", [cells for cells, _ in SLICES.values()], ids=SLICES.keys())
def test_a_slice_is_a_program_that_makes_the_same(kernel: Kernel, cells: list[str]) -> None:
    last = [kernel.run(cell) for cell in cells][-1]
    again: dict[str, Any] = {"__name__": "__main__"}
    for number in kernel.session.slice_numbers(last):
        exec(compile(kernel.session.log[number].cell.source, "<again>", "exec"), again)
    names = set(last.reads) & kernel.names.keys()
    plain = {name for name in names if type(kernel.names[name]) in {int, float, str, list, dict}}
    assert {name: again[name] for name in plain} == {name: kernel.names[name] for name in plain}


def test_reads_name_the_execution_that_had_written(kernel: Kernel) -> None:
    kernel.run("a = 1")
    kernel.run("a = 2\nb = 1")
    past = kernel.run("c = a + b")
    assert (past.reads, past.writes, past.mutates, past.outcome) == ({"a": 2, "b": 2}, ("c",), (), "ok")


def test_a_failed_cell_counts_as_far_as_it_came(kernel: Kernel) -> None:
    kernel.run("later = 1")
    past = kernel.run("a = [1]\na.append(missing)\nb = later")
    assert (past.outcome, past.writes, past.reads) == ("error", ("a",), {})
    assert kernel.session.slice_numbers(kernel.run("a")) == [2, 3]


def test_a_loop_that_failed_keeps_what_it_had_done(kernel: Kernel) -> None:
    past = kernel.run("total = 0\nfor i in range(3):\n    total += i\n    x = 1 / (1 - i)")
    assert (past.outcome, past.writes) == ("error", ("i", "total", "x"))


def test_a_cell_that_python_cannot_parse_did_nothing(kernel: Kernel) -> None:
    past = kernel.run("a = = 1")
    assert (past.outcome, past.analysed, past.reads, past.writes) == ("error", False, {}, ())


def test_a_cell_inside_another_belongs_to_it(kernel: Kernel) -> None:
    outer = kernel.session.begin(CellNow("outer"), kernel.names)
    inner = kernel.run("x = 1")
    assert inner is outer
    kernel.session.end(outer, None)
    assert (len(kernel.session.log), kernel.session.slice_numbers(kernel.run("x"))) == (1, [1, 2])


def test_what_ran_before_is_recalled_from_the_inputs(kernel: Kernel) -> None:
    kernel.names |= {"In": ["", "a = [1]", "a.append(b)", "broken = = 1"], "a": [1]}
    past = kernel.run("c = a")
    assert kernel.session.slice_numbers(past) == [1, 2, 3]
    assert [(each.cell.source, each.recalled) for each in kernel.session.upstream(past)] == [
        ("a = [1]", True),
        ("a.append(b)", True),
    ]


def test_a_call_that_draws_where_its_words_do_not_tell_is_part_of_the_stream(kernel: Kernel) -> None:
    kernel.names["sample"] = lambda: random.choice([1, 2, 3])
    kernel.names["plain"] = len
    drawn = kernel.slice("import random", "random.seed(3)", "plain('')", "a = sample()", "b = sample()")
    assert drawn == [1, 2, 4, 5]


def test_a_seed_set_where_words_do_not_tell_begins_a_stream_and_unseeded_ones_hang_together_nowhere(
    kernel: Kernel,
) -> None:
    kernel.names |= {"begin": lambda: random.seed(3), "sample": lambda: random.choice([1, 2, 3])}
    random.seed()
    random.random()
    assert kernel.slice("first = sample()", "a = sample()") == [2]
    assert kernel.slice("begin()", "a = sample()") == [3, 4]


def test_what_ran_before_is_recalled_as_it_was_typed() -> None:
    code = "get_ipython().run_line_magic('pylab', 'inline')\na = [1]"
    names: dict[str, Any] = {"In": ["", code, "b = a"], "a": [1], "b": [1]}
    session = Session(lambda: ["", "%pylab inline\na = [1]"])
    past = session.begin(CellNow("c = b"), names)
    session.read(past, ast.parse("c = b"))
    session.end(past, None)
    assert [(each.cell.source, each.code) for each in session.upstream(past)] == [
        ("%pylab inline\na = [1]", code),
        ("b = a", None),
    ]


def test_names_of_no_known_origin_are_told_apart(kernel: Kernel) -> None:
    kernel.names["given"] = [1]
    past = kernel.run("x = given + [len('')]")
    assert (past.reads, past.unknown) == ({}, ("given",))


def test_a_gap_in_the_log_makes_what_changed_unknown(kernel: Kernel) -> None:
    kernel.run("a = [1]\nb = [1]")
    kernel.session.skip()
    kernel.names["a"] = [2]
    past = kernel.run("c = (a, b)")
    assert (past.reads, past.unknown, kernel.session.gaps) == ({"b": 1}, ("a",), [2])


def test_a_refitted_estimator_does_not_depend_on_its_earlier_fits(kernel: Kernel) -> None:
    kernel.run(
        "class Estimator:\n"
        "    def get_params(self): return {}\n"
        "    def fit(self, X): self.X = X\n"
        "    def partial_fit(self, X): self.X = X\n"
        "X = [1]"
    )
    kernel.run("m = Estimator()")
    kernel.run("m.fit(X)")
    assert kernel.session.slice_numbers(kernel.run("m.fit(X)")) == [1, 2, 4]
    assert kernel.session.slice_numbers(kernel.run("m.partial_fit(X)")) == [1, 2, 4, 5]


def test_fitting_a_pipeline_fits_its_steps_and_nothing_else(kernel: Kernel) -> None:
    kernel.run(
        "class Step:\n    def fit(self, X): self.seen = X\n"
        "class Pipeline:\n"
        "    def __init__(self, steps): self.steps = steps\n"
        "    def fit(self, X):\n        self.X = X\n        for _, s in self.steps: s.fit(X)"
    )
    kernel.run("X = [1]")
    kernel.run("model, other = Step(), Step()")
    kernel.run("pipe = Pipeline([('m', model)])")
    past = kernel.run("pipe.fit(X)")
    assert past.mutates == ("model", "pipe")
    kernel.run("models = {'a': model, 'b': other}")
    assert kernel.run("[m.fit(X) for m in models.values()]").mutates == ("model", "models", "other", "pipe")


def test_data_frames_change_by_few_methods(kernel: Kernel) -> None:
    kernel.run("import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})")
    looked = kernel.run("df.drop(columns='a')\ndf.plot\ndf.sort_values('a')\ndf.rename(columns={})")
    changed = kernel.run("df.sort_values('a', inplace=True)")
    assert (looked.mutates, changed.mutates) == ((), ("df",))


def test_values_are_never_asked_anything(kernel: Kernel) -> None:
    class Touchy:
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(name)

        def __eq__(self, other: object) -> bool:
            raise AssertionError

        def __hash__(self) -> int:
            raise AssertionError

        def __bool__(self) -> bool:
            raise AssertionError

    kernel.names["touchy"] = Touchy()
    kernel.run("other = touchy\nbox = [touchy]")
    past = kernel.run("third = other\nfourth = box")
    assert (past.outcome, past.reads) == ("ok", {"box": 1, "other": 1})


def test_objects_are_let_go_of_when_the_notebook_does(kernel: Kernel) -> None:
    kernel.run("class Big: ...\nbig = Big()\nalias = big")
    held = weakref.ref(kernel.names["big"])
    kernel.run("big = None\ndel alias")
    gc.collect()
    assert held() is None


def test_a_reset_namespace_forgets_its_versions(kernel: Kernel) -> None:
    kernel.run("a = 1")
    kernel.run("globals().clear()")
    past = kernel.run("a = 2\nb = a")
    assert (past.reads, kernel.session.versions) == ({}, {"a": 3, "b": 3})


def test_modules_in_the_namespace_are_known_however_they_came(kernel: Kernel) -> None:
    module = ModuleType("numpy")
    kernel.names["np"] = module
    assert kernel.run("np.random = 1").barriers == ("sets numpy",)


def test_a_network_that_is_trained_is_changed(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The optimiser holds the parameters, so nothing in the cell names the network as what changes."""
    torch, nn = ModuleType("torch"), ModuleType("torch.nn")
    nn.Module = type("Module", (), {"__call__": lambda self, x: x})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch.nn", nn)
    kernel.names |= {"Net": type("Net", (nn.Module,), {}), "X": [1]}  # type: ignore[attr-defined]
    kernel.run("class Loss:\n    def backward(self): ...\nnet = Net()")
    kernel.run("def train(model, data):\n    loss = Loss()\n    model(data)\n    loss.backward()\ntrain(net, X)")
    assert kernel.session.slice_numbers(kernel.run("net")) == [1, 2, 3]


def test_the_log_is_bounded(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbtrack.capture.session.session._MOST", 5)
    for number in range(20):
        kernel.run(f"a = {number}")
    assert (list(kernel.session.log), len(kernel.session.cells), len(kernel.session.writers["a"])) == (
        [16, 17, 18, 19, 20],
        5,
        5,
    )


def test_functions_that_all_call_each_other_are_followed_on_one_of_many_ways(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"f{each}" for each in range(12)]
    kernel.run("rows = []")
    for name in names:
        kernel.run(f"def {name}(into):\n    if not into:\n        {'; '.join(f'{each}(into)' for each in names)}")
    kernel.run("def f7(into):\n    into.append(1)")
    calls = []
    follow = effects._call
    monkeypatch.setattr(effects, "_call", lambda *args: (calls.append(1), follow(*args)))
    past = kernel.run("f0(rows)")
    assert past.mutates == ("rows",)
    assert len(calls) < 1_000


@pytest.mark.parametrize(
    ("cell", "looks"),
    [
        ("pass", False),
        ("lr, name = 0.1, 'net'", False),
        ("x = [1, (2, None)]", False),
        ("def f():\n    return random.random()", False),
        ("def f(x=random.random()):\n    return x", True),
        ("def f():\n    return random.random()\nf()", True),
        ("x = random.random()", True),
        ("import random", True),
        ("f = lambda: random.random(); f()", True),
        ("class A:\n    x = random.random()", True),
        ("get_ipython().run_line_magic('timeit', 'pass')", True),
    ],
)
def test_the_generators_are_looked_at_where_a_cell_may_draw(cell: str, *, looks: bool) -> None:
    session = Session()
    past = session.begin(CellNow(cell, None, 1), {"random": random})
    session.read(past, ast.parse(cell))
    assert (bool(past.marks), "random" in past.still) == (looks, not looks)
