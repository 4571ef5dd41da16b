"""What is a result, and what is arithmetic about data."""

import ast

import pytest

from nbtrack.capture.syntax.evidence import gather


def is_score(cell: str, name: str) -> bool:
    tree = ast.parse(cell)
    (value,) = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(target := node.targets[0], ast.Name) and target.id == name
    ]
    return gather(tree).is_score(name, value)


@pytest.mark.parametrize(
    ("cell", "name", "expected"),
    [
        ("accuracy = (a == b).mean()", "accuracy", True),
        ("mean_age = df.age.mean()", "mean_age", False),
        ("mean_score = df['score'].mean()", "mean_score", False),
        ("total_loss = df.loss.sum()", "total_loss", False),
        ("corr = df.a.corr(df.b)", "corr", False),
        ("pred = m.predict(X)\ncorr = f(pred, y)", "corr", True),
        ("m.fit(X)\ngain = f(X)", "gain", True),
        ("gain = f(X)", "gain", False),
        ("n_neg = len(y) - n_pos", "n_neg", False),
        ("latencies = [f(x) for x in log]\nmean = sum(latencies)", "mean", False),
        ("r = f(x)\nprint('RMSE:', r)", "r", True),
        ("r = f(x)\nprint('Score:', r)", "r", False),
        ("total = df.loss.sum()\nprint('loss', total)", "total", False),
        ("t, p = ttest_ind(a, b)\nd = f(a, b)\nprint(f't={t} p={p} d={d}')", "d", True),
        ("z = (a - b) / se\np_value = 2 * norm.sf(abs(z))", "z", True),
        ("share = norm.sf(z)", "share", False),
        (
            "x = 2.0\nfor k in range(9):\n    step = f(x)\n    if abs(step) < tol:\n        break\nresid = f(step)\nprint(resid)",
            "resid",
            True,
        ),
        ("t = pd.DataFrame({'a': np.random.rand(9)})\nm = t.a.max()\nprint(t.a.max())", "t", False),
    ],
)
def test_a_score_is_told_from_a_figure_about_data(cell: str, name: str, expected: object) -> None:
    assert is_score(cell, name) is expected


@pytest.mark.parametrize(
    ("cell", "supported"),
    [
        ("x = total / len(pred)", True),
        ("y_pred = m.predict(X)\ndiff = y_pred - y\nx = diff.std()", True),
        ("x = df.age.quantile(0.9)", False),
        ("x = pca.explained_variance_ratio_[0]", True),
        ("x = model.coef_[0]", False),
        ("out = evaluate(model)\nx = out['something']", True),
    ],
)
def test_a_number_is_a_result_when_it_comes_from_a_model(cell: str, supported: object) -> None:
    tree = ast.parse(cell)
    assert gather(tree).supports(tree.body[-1].value) is supported


def test_a_simulation_says_its_results() -> None:
    cell = "x = np.random.rand(9)\nestimate = 4 * (x < 1).mean()\nprint(estimate)"
    assert "estimate" in gather(ast.parse(cell)).said
    assert gather(ast.parse("estimate = 4 * (x < 1).mean()\nprint(estimate)")).said == set()


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("gen.shuffle(pool)\nx = pool[:9].mean()\nprint(x)", True),
        ("x = stats.uniform(0, 1).mean()\nprint(x)", False),
        ("sol = solve_ivp(f, (0, 1), y0)\nx = abs(sol.y).max()\nprint(f'drift {x}')", True),
        (
            "ts = {k: rng.normal(size=9) for k in 'ab'}\nfor k, t in ts.items():\n    x = t.max()\n    print(k, x)",
            False,
        ),
        ("for n in (10, 100):\n    x = estimate(rng.normal(size=n))\n    print(n, x)", True),
        ("for t in range(9):\n    d = b * S * I\n    S, I = S - d, I + d\n    x = I if I > x else x\nprint(x)", True),
        ("t = pd.DataFrame({'a': gen.normal(size=9)})\nx = t.a.mean()\nprint(x)", False),
        ("w = gen.normal(size=9)\nt = pd.DataFrame({'a': w})\nx = t.a.mean()\nprint(x)", True),
        ("for t in range(9):\n    r = x * 0.1\n    x = x + r\n    total = total + r\nprint(x)", False),
    ],
)
def test_what_is_drawn_solved_or_fed_back_is_a_result_and_what_is_described_is_none(cell: str, said: object) -> None:
    assert ("x" in gather(ast.parse(cell)).said) is said


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("sc = StandardScaler()\nsc.fit(X)\nZ = sc.transform(X)", False),
        ("Z = OneHotEncoder().fit(X).transform(X)", False),
        ("m = Ridge()\nm.fit(X, y)", True),
    ],
)
def test_bringing_data_into_shape_is_no_experiment(cell: str, found: object) -> None:
    assert gather(ast.parse(cell)).found is found


def test_a_table_is_no_result_whatever_it_is_called() -> None:
    assert gather(ast.parse("acc = pd.DataFrame({'severity': [1, 2]})")).results == set()


@pytest.mark.parametrize(
    ("cell", "measured"),
    [
        ("x = np.random.binomial(n, p)\nprint(x)", False),
        ("x = 8 * (random.random() - 0.5)\nprint(x)", False),
        ("x = int(rng.normal(0, 1))\nx", False),
        ("x = rng.normal(size=9).mean()\nprint(x)", True),
        ("x = 0.0\nfor _ in range(9):\n    x = x + rng.normal()\nprint(x)", True),
        ("x = rng.normal() * price\nprint(x)", True),
    ],
)
def test_a_mere_draw_measures_nothing(cell: str, measured: object) -> None:
    assert gather(ast.parse(cell)).is_score("x") is measured


@pytest.mark.parametrize(
    ("cell", "name", "earlier"),
    [
        ("print(rmse)", "rmse", True),
        ("print(found)", "found", True),
        ("print(price)", "price", False),
        ("print(corr)", "corr", False),
        ("rmse = f(X)\nprint(rmse)", "rmse", False),
        ("for rmse in X:\n    print(rmse)", "rmse", False),
    ],
)
def test_a_score_that_the_cell_does_not_bind_is_an_earlier_cells(cell: str, name: str, earlier: object) -> None:
    assert gather(ast.parse(cell), known={"found"}).is_earlier(name) is earlier
