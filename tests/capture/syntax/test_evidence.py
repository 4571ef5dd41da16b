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


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("one = random.choice(names)\nage = table.age[one]\nprint(age)", False),
        ("k = np.random.randint(0, len(X))\nage = X[k]\nprint(age)", False),
        ("k = rng.integers(X.shape[0])\nage = X[k]\nprint(age)", False),
        ("coin = random.choice([0, 1])\nage = f(coin)\nprint(age)", True),
        ("ages = np.random.choice(X, 100)\nage = f(ages)\nprint(age)", True),
        ("for _ in range(9):\n    one = random.choice(names)\nage = f(one)\nprint(age)", True),
        ("one = random.choice(names)\nage = f(one) + rng.normal()\nprint(age)", True),
    ],
)
def test_one_of_the_things_there_are_is_picked_to_be_looked_at(cell: str, said: object) -> None:
    assert ("age" in gather(ast.parse(cell)).said) is said


@pytest.mark.parametrize(
    ("cell", "supported"),
    [
        ("def ate(d):\n    return M().fit(d).predict(d).mean()\nx = ate(d)", True),
        ("def size(d):\n    return M().transform(d).sum()\nx = size(d)", False),
        ("res = minimize(f, [1, 1])\nx, y = res.x", True),
    ],
)
def test_what_a_fit_inside_of_a_function_came_to_is_a_result(cell: str, supported: object) -> None:
    tree = ast.parse(cell)
    last = tree.body[-1]
    assert isinstance(last, ast.Assign)
    assert gather(tree).supports(last.value) is supported


@pytest.mark.parametrize(
    ("step", "cost", "learns"),
    [
        ("w = w - alpha * X.T @ (X @ w - y) / m", "((X @ w - y) ** 2).mean() / 2", True),
        ("w -= lr * grad", "1 / (2 * m) * np.sum((X @ w - y) ** 2)", True),
        ("w -= lr * grad", "(X @ w) / 2", False),
        ("w = w - alpha + 1", "np.sum(w)", False),
    ],
)
def test_what_goes_down_a_slope_is_measured_in_any_scale(step: str, cost: str, *, learns: bool) -> None:
    evidence = gather(ast.parse(f"for i in range(9):\n    {step}"))
    assert evidence.learns(ast.parse(cost, mode="eval").body) is learns


@pytest.mark.parametrize(
    ("value", "supported"),
    [
        ("dates[worst]", False),
        ("dates[worst + 1]", False),
        ("drawdowns[worst]", True),
        ("dates[drawdowns.argmin()]", True),
    ],
)
def test_where_to_look_is_no_result_of_what_is_found_there(value: str, *, supported: bool) -> None:
    evidence = gather(ast.parse("pred = m.predict(X)\ndrawdowns = pred / y\nworst = drawdowns.argmin()"))
    assert evidence.supports(ast.parse(value, mode="eval").body) is supported


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("res = minimize(f, [0, 0])\nbest = res.x\nprint(best[0])", True),
        ("res = fetch(f)\nbest = res.x\nprint(best[0])", False),
    ],
)
def test_where_an_optimum_is_was_estimated(cell: str, *, found: bool) -> None:
    assert gather(ast.parse(cell)).estimates(ast.parse("best[0]", mode="eval").body) is found
