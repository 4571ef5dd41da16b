"""Names of a cell, in every place Python has for them; the same on every supported Python."""

from __future__ import annotations

import ast
import builtins
import sys

import pytest

from nbtrack.capture.syntax.flow import Flow, Magic
from nbtrack.capture.syntax.reads_writes import read_flow

NEW_SYNTAX = pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")


def flow(source: str) -> Flow:
    return read_flow(ast.parse(source))


def names(source: str) -> dict[str, str]:
    """What all statements together read, surely write, maybe write, delete and store into."""
    steps = flow(source).steps
    reads = set().union(*(step.reads for step in steps)) - set(dir(builtins))
    found = {
        "R": reads,
        "W": set().union(*(step.writes for step in steps)),
        "M": set().union(*(step.maybes for step in steps)),
        "D": set().union(*(step.deletes for step in steps)),
        "S": {store.root for step in steps for store in step.stores},
    }
    return {kind: " ".join(sorted(each)) for kind, each in found.items() if each}


CASES: dict[str, tuple[str, dict[str, str]]] = {
    "assignment": ("y = x", {"R": "x", "W": "y"}),
    "several targets": ("a = b = c", {"R": "c", "W": "a b"}),
    "unpacking": ("a, (b, *c), d[i] = x", {"R": "d i x", "W": "a b c", "S": "d"}),
    "written before it is read": ("x = 1\ny = x", {"W": "x y"}),
    "augmented": ("n += k", {"R": "k n", "W": "n", "S": "n"}),
    "augmented attribute": ("a.n += k", {"R": "a k", "S": "a"}),
    "annotation without a value": ("y: T", {"R": "T"}),
    "annotation with a value": ("y: T = x", {"R": "T x", "W": "y"}),
    "deletion reads and does not write": ("del x", {"R": "x", "D": "x"}),
    "deletion of an item": ("del d['a'], o.b", {"R": "d o", "S": "d o"}),
    "deleted what was written": ("x = 1\ndel x", {"W": "x", "D": "x"}),
    "attribute and item stores": ("a.b.c = 1\nd[k][0] = v", {"R": "a d k v", "S": "a d"}),
    "walrus": ("(y := x) + y", {"R": "x", "W": "y"}),
    "list comprehension": ("y = [x * k for x in xs]", {"R": "k xs", "W": "y"}),
    "comprehension condition": ("y = {x: z for x in xs if x > t for z in x.parts}", {"R": "t xs", "W": "y"}),
    "comprehension of its own name": ("x = [x for x in x]", {"R": "x", "W": "x"}),
    "walrus in a comprehension": ("any((hit := x) for x in xs)", {"R": "xs", "M": "hit"}),
    "generator": ("total = sum(f(x) for x in xs)", {"R": "f xs", "W": "total"}),
    "lambda in an expression": ("df.apply(lambda r, q=d: r * k + q)", {"R": "d df k"}),
    "named lambda is deferred": ("f = lambda u: u + w", {"W": "f"}),
    "named lambda when called": ("f = lambda u: u + w\nf(1)", {"R": "w", "W": "f"}),
    "function is deferred": ("def f(a, *b, c=d, **e):\n    return a + g", {"R": "d", "W": "f"}),
    "function when called": ("def f(a):\n    return a + g\ny = f(1)", {"R": "g", "W": "f y"}),
    "function given to another": ("def f(a):\n    return a + g\ny = map(f, xs)", {"R": "g xs", "W": "f y"}),
    "function calls function": ("def f():\n    return g\ndef h():\n    return f()\nh()", {"R": "g", "W": "f h"}),
    "function reading what was written": ("g = 1\ndef f():\n    return g\nf()", {"W": "f g"}),
    "decorator and annotations": ("@d(q)\ndef f(a: T) -> U: ...", {"R": "T U d q", "W": "f"}),
    "locals of a function": ("def f():\n    x = 1\n    for i in x: pass\n    return x\nf()", {"W": "f"}),
    "global in a function": ("def f():\n    global g\n    g = h\nf()", {"R": "h", "W": "f", "M": "g"}),
    "nonlocal": (
        "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = y\n    g()\nf()",
        {"R": "y", "W": "f"},
    ),
    "nested function": ("def f():\n    def g():\n        return y\n    return g()\nf()", {"R": "y", "W": "f"}),
    "import in a function": ("def f():\n    import os\n    return os.x\nf()", {"W": "f"}),
    "class body runs, methods wait": (
        "class A(B, m=K):\n    x = q\n    y = x\n    def m(self, d=e): return w",
        {"R": "B K e q", "W": "A"},
    ),
    "class reads a global before it binds the name": ("class A:\n    x = x", {"R": "x", "W": "A"}),
    "methods do not see class names": ("class A:\n    x = 1\n    def m(self): return x\nA().m()", {"R": "x", "W": "A"}),
    "class when used": ("class A:\n    def m(self): return w\nA().m()", {"R": "w", "W": "A"}),
    "imports": ("import a.b, c.d as e\nfrom f import g as h, i", {"W": "a e h i"}),
    "star import": ("from m import *", {}),
    "if without else": ("if c:\n    x = 1\ny = x", {"R": "c x", "W": "y", "M": "x"}),
    "if with both ways": ("if c:\n    x = 1\nelse:\n    x = 2\ny = x", {"R": "c", "W": "x y"}),
    "for and else": ("for i in r:\n    s = i\nelse:\n    t = 1", {"R": "r", "M": "i s t"}),
    "read inside a loop body after its write": ("for i in r:\n    s = i\n    u = s", {"R": "r", "M": "i s u"}),
    "while": ("while n:\n    n -= 1", {"R": "n", "M": "n", "S": "n"}),
    "try": (
        "try:\n    a = 1\nexcept E as e:\n    b = e\nelse:\n    c = 2\nfinally:\n    d = 3",
        {"R": "E", "W": "d", "M": "a b c"},
    ),
    "try that writes either way": ("try:\n    a = 1\nexcept E:\n    a = 2\nb = a", {"R": "E", "W": "a b"}),
    "except group": ("try:\n    a = 1\nexcept* E as e:\n    b = e", {"R": "E", "M": "a b"}),
    "with": ("with open(p) as f, q() as (g, h):\n    t = f.read()", {"R": "p q", "W": "f g h t"}),
    "match": (
        "match v:\n    case {'k': q, **rest} if t: z = q\n    case [a, *b]: pass\n    case P(x=1) as w: pass",
        {"R": "P t v", "M": "a b q rest w z"},
    ),
    "f-string": ("s = f'{a!r:>{w}} {b.c}'", {"R": "a b w", "W": "s"}),
    "async": ("async def f():\n    async for x in y: await x\nawait f()", {"R": "y", "W": "f"}),
    "async with": ("async with a as b:\n    c = await b", {"R": "a", "W": "b c"}),
    "slices and stars": ("y = f(*a, **b)[c:d]", {"R": "a b c d f", "W": "y"}),
    "global at the top says nothing": ("global x\nx = y", {"R": "y", "W": "x"}),
    "result of an earlier cell": ("y = Out[3] + _4", {"R": "Out _3 _4", "W": "y"}),
    "element of a container": (
        "for m in models.values():\n    m.scale = 2",
        {"R": "models", "M": "m", "S": "m models"},
    ),
}


@pytest.mark.parametrize(("source", "expected"), CASES.values(), ids=CASES.keys())
def test_names_are_read_as_python_binds_them(source: str, expected: dict[str, str]) -> None:
    assert names(source) == expected


@NEW_SYNTAX
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f[T: B](x: T) -> list[T]: return x + g", {"R": "B", "W": "f"}),
        ("class A[T](Base[T]):\n    x: T", {"R": "Base", "W": "A"}),
        ("type X[K] = dict[K, V]", {"R": "V", "W": "X"}),
    ],
)
def test_type_parameters_are_names_of_their_own_scope(source: str, expected: dict[str, str]) -> None:
    assert names(source) == expected


def test_each_statement_knows_its_lines() -> None:
    steps = flow("@d\ndef f():\n    return 1\n\nx = (1 +\n     2)\n").steps
    assert [(step.line, step.end) for step in steps] == [(1, 3), (5, 6)]


def test_calls_say_what_they_are_called_on_and_given() -> None:
    (call,) = flow("np.random.shuffle(order, axis=k, inplace=True)").steps[0].calls
    assert (call.root, call.path, call.args) == ("np", ("random", "shuffle"), ("order",))
    assert (call.keywords, call.flags, call.bare) == ((("axis", "k"), ("inplace", None)), {"inplace"}, True)
    (call,) = flow("y = m.fit(X)").steps[0].calls
    assert call.bare is False


def test_what_follows_a_call_belongs_to_its_result() -> None:
    assert [call.path for call in flow("df.copy().drop(x)").steps[0].calls] == [("copy",)]


def test_magics_are_recognised_in_what_ipython_makes_of_them() -> None:
    source = (
        "get_ipython().run_line_magic('cd', 'data')\n"
        "files = get_ipython().getoutput('ls *.csv')\n"
        "get_ipython().run_cell_magic('bash', '', 'echo hi')\n"
        "get_ipython().push(d)\n"
    )
    assert [step.magics for step in flow(source).steps] == [
        [Magic("line", "cd", "data")],
        [Magic("shell", "", "ls *.csv")],
        [Magic("cell", "bash", "echo hi")],
        [Magic("python", "push", "")],
    ]


def test_binding_through_the_table_of_globals_is_dynamic() -> None:
    assert [step.dynamic for step in flow("globals()['x'] = 1\nd['x'] = 1").steps] == [True, False]


def test_imports_say_what_a_name_stands_for() -> None:
    step = flow("import numpy as np, os.path\nfrom numpy.random import seed as s").steps
    assert {**step[0].imports, **step[1].imports} == {"np": "numpy", "os": "os", "s": "numpy.random.seed"}
