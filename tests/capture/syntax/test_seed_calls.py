"""What a cell's source says about seeds."""

import ast

import pytest

from nbtrack.capture.syntax.seed_calls import ALL, seed_calls


@pytest.mark.parametrize(
    ("source", "seeded"),
    [
        ("random.seed(1)", {"random"}),
        ("np.random.seed(seed=SEED)", {"numpy"}),
        ("torch.manual_seed(0); torch.cuda.manual_seed_all(0)", {"torch"}),
        ("tf.random.set_seed(3)", {"tensorflow"}),
        ("keras.utils.set_random_seed(3)", {ALL}),
        ("nbtrack.seed_everything(3)", {ALL}),
        ("random.seed()", set()),
        ("x = [seed for seed in seeds]", set()),
    ],
)
def test_calls_that_seed_are_known(source: str, seeded: set[str]) -> None:
    assert seed_calls(ast.parse(source)).seeded == seeded


@pytest.mark.parametrize(
    ("source", "explicit"),
    [
        ("rng = np.random.default_rng(42)", ["default_rng(42)"]),
        ("rng = default_rng()", []),
        ("m = SVC(random_state=0).fit(X, y); n = SVC(random_state=0)", ["random_state=0"]),
        ("split(X, random_state=SEED)", ["random_state=SEED"]),
        ("split(X, random_state=None)", []),
        ("lgb.train({'seed': 3})", []),
        ("g = torch.Generator().manual_seed(5)", ["manual_seed(5)"]),
        ("key = jax.random.PRNGKey(0)", ["PRNGKey(0)"]),
    ],
)
def test_generators_with_a_seed_are_known_as_they_are_written(source: str, explicit: list[str]) -> None:
    assert list(seed_calls(ast.parse(source)).explicit) == explicit


def test_numbers_that_may_be_seeds_are_named() -> None:
    assert seed_calls(ast.parse("f(42, -1, 2**40, 1.5, True, 4294967296, '7')")).numbers == {42, 1, 2, 40}
