"""Which calls draw at random, and whether they hang on a seed."""

import pytest

from nbtrack.query.checklist.draws import draws
from nbtrack.query.checklist.sources import Sources, Text, parsed


def found(source: str, seeded: tuple[str, ...] = ()) -> list[str]:
    return [draw.status for draw in draws(Sources((Text("In [1]", parsed(source)),), ()), seeded)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("train_test_split(X, random_state=42)", ["pass"]),
        ("train_test_split(X, random_state=SEED)", ["pass"]),
        ("train_test_split(X, random_state=None)", ["fail"]),
        ("train_test_split(X)", ["fail"]),
        ("train_test_split(X, shuffle=False)", []),
        ("train_test_split(X, **options)", ["unknown"]),
        ("KFold(5)", []),
        ("KFold(5, shuffle=True)", ["fail"]),
        ("StratifiedKFold(shuffle=True, random_state=1)", ["pass"]),
        ("model_selection.ShuffleSplit(n_splits=3)", ["fail"]),
        ("df.sample(frac=0.1)", ["fail"]),
        ("df.sample(frac=0.1, random_state=1)", ["pass"]),
        ("df.sample(100)", ["fail"]),
        ("pl_df.sample(n=3, seed=0)", ["pass"]),
        ("posterior.sample(prior)", ["unknown"]),
        ("np.random.permutation(10)", ["fail"]),
        ("np.random.seed(0)\nnp.random.permutation(10)", ["pass"]),
        ("random.shuffle(rows)", ["fail"]),
        ("random.seed(1)\nrandom.shuffle(rows)", ["pass"]),
        ("random.seed(1)\nnp.random.shuffle(rows)", ["fail"]),
        ("seed_everything(3)\nnp.random.shuffle(rows)\nrandom.sample(rows, 3)", ["pass", "pass"]),
        ("rng = np.random.default_rng(7)\nrng.permutation(10)", ["pass"]),
        ("rng = np.random.default_rng()\nrng.permutation(10)", ["fail"]),
        ("rng = np.random.default_rng()\ntrain_test_split(X, random_state=rng)", ["fail"]),
        ("random_split(data, [0.8, 0.2], generator=torch.Generator().manual_seed(1))", ["pass"]),
        ("random_split(data, [0.8, 0.2])", ["fail"]),
        ("sklearn.utils.shuffle(X, y)", ["fail"]),
        ("def split(X, seed):\n    return train_test_split(X, random_state=seed)", ["pass"]),
        ("x = y + 1; print(x)", []),
    ],
)
def test_each_call_is_judged_by_its_seed(source: str, expected: list[str]) -> None:
    assert found(source) == expected


def test_a_generator_that_was_seeded_before_counts() -> None:
    assert found("train_test_split(X)", ("numpy",)) == ["pass"]
    assert found("random.shuffle(X)", ("numpy",)) == ["fail"]
