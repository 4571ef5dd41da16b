"""Which settings a cell writes out, and which of them a later cell depends on."""

import ast

import pytest

from nbtrack.capture.syntax import syntax
from nbtrack.capture.syntax.literals import is_literal, literal, reckoned
from nbtrack.capture.syntax.syntax import needed, read


def settings(source: str, wanted: str, changed: str = "") -> list[tuple[str, object]]:
    parts, _ = needed(read(ast.parse(source)), {wanted}, {changed})
    return [(keyword.name, keyword.value) for part in parts for keyword in part.keywords]


@pytest.mark.parametrize(
    ("source", "wanted", "expected"),
    [
        ("a = make(size=1)\nb = halve(a, share=0.2)", "b", [("size", 1), ("share", 0.2)]),
        ("a = make(size=1)\nb = halve(a, share=0.2)", "a", [("size", 1)]),
        ("a, b = make(size=1)", "b", [("size", 1)]),
        ("m = Model(depth=3)\nhistory = m.fit(X, epochs=2)", "m", [("depth", 3), ("epochs", 2)]),
        ("m = Model(depth=3)\nm = Model(depth=5)", "m", [("depth", 5)]),
        ("m = Model[int](depth=3)", "m", [("depth", 3)]),
        ("m = zoo.models['small'](depth=3)", "m", [("depth", 3)]),
        ("made()[0](depth=3)\nm = 1", "m", []),
        ("m = Model(depth=3)\nm += Model(depth=5)", "m", [("depth", 3), ("depth", 5)]),
        ("class Net:\n    inner = make(size=1)", "Net", [("size", 1)]),
        ("from x import Model\nshow_off(Model(depth=3), cv=4)", "Model", []),
        ("net = build(depth=3)\n_ = train(net, epochs=2)", "net", [("depth", 3), ("epochs", 2)]),
        ("X_train, X_test = train_test_split(X, share=0.2)", "X", []),
        ("def score(m):\n    return judge(m, cv=3)", "score", [("cv", 3)]),
        ("def score(m):\n    return judge(m, cv=3)", "other", []),
    ],
)
def test_of_an_earlier_cell_those_statements_count_that_made_what_is_wanted(
    source: str, wanted: str, expected: list[tuple[str, object]]
) -> None:
    assert settings(source, wanted) == expected


def test_a_statement_that_reads_what_the_cell_has_changed_counts() -> None:
    source = "m = Model(depth=3)\nm.build(width=4)\nshow_off(n, size=5)"
    assert settings(source, "m", changed="m") == [("depth", 3), ("width", 4)]
    assert settings(source, "m") == [("depth", 3)]


def test_a_function_that_is_only_defined_sets_nothing_in_its_own_cell() -> None:
    assert read(ast.parse("def score(m):\n    return judge(m, cv=3)")).keywords == []


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("minimize(f, options={'maxiter': 40, 'disp': False})", [("maxiter", 40), ("disp", False)]),
        ("GridSearchCV(m, param_grid={'C': [1, 2]})", [("param_grid", {"C": [1, 2]})]),
        ("Model(class_weight={0: 1, 1: 5})", [("class_weight", {0: 1, 1: 5})]),
        ("enumerate(x, start=1)", []),
        ("net(x).argmax(dim=1)", []),
        ("Net(dim=2)", [("dim", 2)]),
        ("parser.parse_args(args=['--lr', '0.1'])", []),
    ],
)
def test_a_dictionary_of_settings_in_one_argument_is_those_settings(
    call: str, expected: list[tuple[str, object]]
) -> None:
    assert [(keyword.name, keyword.value) for keyword in read(ast.parse(call)).keywords] == expected


def test_what_only_the_rounds_of_a_loop_bind_is_renewed() -> None:
    source = "n = 0\nfor x in X:\n    n = 1\n    if x:\n        seen = 0\nwhile n:\n    done = False\nwith f() as g:\n    k = 0"
    bindings = read(ast.parse(source)).bindings
    assert {name for name, binding in bindings.items() if binding.renewed} == {"x", "seen", "done"}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("plot_fit(xs, ys, 3)\ncurve.plot_survival(lw=2)\nlgb.plot_tree(m, index=4)\ndraw_field(f, scale=2)", []),
        ("clear_output(wait=True)", []),
        ("plot_learning_curve(m, X, y, cv=5)", [("cv", 5)]),
        ("replot(width=3)", [("width", 3)]),
    ],
)
def test_a_function_that_draws_by_its_name_sets_nothing(cell: str, expected: list[tuple[str, object]]) -> None:
    reading = read(ast.parse(cell))
    assert [(keyword.name, keyword.value) for keyword in reading.keywords] == expected
    assert bool(reading.calls) is bool(expected)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("df.a.apply(lambda x: codes.get(x, 0))", {"map", "[]"}),
        ("df.a.apply(lambda x: codes[x])", {"map", "[]"}),
        ("def full(x):\n    return codes.get(x, x.title())", {"[]"}),
        ("made = [codes[x] for x in words]", {"[]"}),
        ("a, b, c = codes['a'], codes.get('b'), codes[:2]", set()),
        ("codes[x] = 4", set()),
    ],
)
def test_what_is_asked_for_the_words_of_data_is_looked_up(cell: str, expected: set[str]) -> None:
    assert read(ast.parse(cell)).given.get("codes", set()) == expected


def test_a_call_that_is_given_a_plot_draws_and_sets_nothing() -> None:
    found = read(ast.parse("grid.map_dataframe(sns.histplot, x='size')\ngrid.search(svm.fit, depth=3)")).keywords
    assert [(keyword.name, keyword.value) for keyword in found] == [("depth", 3)]


@pytest.mark.parametrize(
    ("test", "ran"),
    [
        ("__name__ == '__main__'", ["fit"]),
        ("True", ["fit"]),
        ("'table' in locals()", ["locals", "fit"]),
        ("False", []),
        ("table in known", []),
        ("ready", []),
    ],
)
def test_what_a_guard_of_the_notebook_stands_around_runs(test: str, ran: list[str]) -> None:
    reading = read(ast.parse(f"if {test}:\n    fit(3)\nelse:\n    other(9)"))
    assert [ast.unparse(call.func) for call in reading.calls] == ran


def test_what_is_added_to_an_object_makes_it() -> None:
    reading = read(ast.parse("model = Sequential()\nmodel.add(Dense(8))\nprint(model)"))
    parts, _ = needed(reading, {"model"})
    assert [ast.unparse(part.node) for part in parts] == ["model = Sequential()", "model.add(Dense(8))"]


def test_a_grid_of_pictures_sets_nothing() -> None:
    reading = read(ast.parse("show(make_grid(fake, nrow=4))\nbuild(width=4)"))
    assert [word.name for word in reading.keywords] == ["width"]


def test_what_is_moved_a_thousand_times_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(syntax, "is_literal", lambda node: asked.append(node) or is_literal(node))
    moved = read(ast.parse("rate = 1\n" + "rate *= f()\n" * 1_000)).bindings["rate"].moved
    assert moved
    assert len(asked) < 10_000
    assert not read(ast.parse("rate = 1\nrate *= f()\nrate = 2\nrate *= f()")).bindings["rate"].moved
    assert read(ast.parse("rate = 1\nrate *= f()\nrate = 2")).bindings["rate"].moved
    assert read(ast.parse("rate = f()\nrate = g()\nrate += h()")).bindings["rate"].moved


@pytest.mark.parametrize(
    "text",
    [
        *(
            "1",
            "'a'",
            "None",
            "...",
            "b'x'",
            "-1",
            "-x",
            "not 1",
            "1 + 2j",
            "1 / 3",
            "(1, 2)",
            "[1, x]",
            "{}",
            "{1, 2}",
        ),
        *("{1: [2]}", "{**d}", "[*a]", "set()", "set(x)", "float('inf')", "float(x)", "int(1e6)", "f(1)", "np.int(1)"),
        *("x", "x.y", "x[0]", "f'{x}'", "lambda: 1", "1 if a else 2", "a and b", "1 < 2", "[1 for _ in x]", "(a := 1)"),
    ],
)
def test_what_can_be_no_literal_is_told_as_python_tells_it(text: str) -> None:
    node = ast.parse(text, mode="eval").body
    try:
        expected = ast.literal_eval(node)
    except ValueError:
        expected = reckoned(node)
    assert repr(literal(node)) == repr(expected)


@pytest.mark.parametrize(
    ("cell", "called"),
    [
        ("f(g(x))", {"f", "g"}),
        ("def f(): g()", set()),
        ("def f(): g()\nf()", {"f", "g"}),
        ("def f(): g()\ndef g(): h()\nmap(f, x)", {"map", "f", "g", "h"}),
        ("@deco(1)\ndef f(a=begin()): g()", {"deco", "begin"}),
        ("class A:\n    def m(self): g()\nA().m()", {"A", "m", "g"}),
        ("class A:\n    def m(self): g()\nA()", {"A"}),
        ("async def f(): g()\nawait f()", {"f", "g"}),
        ("def f():\n    def g(): h()\n    return g\nf()", {"f", "g", "h"}),
    ],
)
def test_what_a_cell_calls_when_it_runs(cell: str, called: set[str]) -> None:
    assert syntax._reached(ast.parse(cell)) == called


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("if a: f(x=1)", []),
        ("if f(x=1): g(y=2)", ["x"]),
        ("if True: f(x=1)", ["x"]),
        ("while f(x=1): g(y=2)", ["x"]),
        ("h = lambda: f(x=1)", []),
        ("h = lambda: f(x=1)\nh()", ["x"]),
        ("map(lambda: f(x=1), y)", []),
        ("a = f(x=1) if b else 2", []),
        ("try:\n    f(x=1)\nexcept E:\n    g(y=2)", ["x"]),
        ("with f(x=1): g(y=2)", ["x", "y"]),
        ("a = Net(g(y=2), x=1)", ["x", "y"]),
    ],
)
def test_settings_of_calls_that_are_certain_to_run_in_their_order(cell: str, names: list[str]) -> None:
    assert [each.name for each in read(ast.parse(cell)).keywords] == names
