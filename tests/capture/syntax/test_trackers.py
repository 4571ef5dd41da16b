"""What a cell tells another tracker, read from its calls."""

import ast

import pytest

from nbtrack.capture.syntax.trackers import logged, logged_whole


def told(text: str) -> dict[str, str]:
    return {name: ast.unparse(value) for value, name in logged(ast.parse(text, mode="eval").body)}


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("mlflow.log_metric('rmse', e)", {"rmse": "e"}),
        ("mlflow.log_metric(key='rmse', value=e, step=3)", {"rmse": "e"}),
        ("log_metric('rmse', e)", {"rmse": "e"}),
        ("mlflow.log_metrics({'rmse': e, 'mae': m})", {"rmse": "e", "mae": "m"}),
        ("wandb.log({'train/loss': loss, 'epoch': i, 'lr': rate}, step=i)", {"train/loss": "loss"}),
        ("writer.add_scalar('Loss/train', loss.item(), i)", {"Loss/train": "loss.item()"}),
        ("writer.add_scalars('loss', {'train': a, 'val': b}, i)", {"train": "a", "val": "b"}),
        ("mlflow.log_metric(f'{name}_acc', a)", {}),
        ("nbtrack.log({'loss': a})", {}),
        ("self.log({'loss': a})", {}),
        ("np.log(x)", {}),
        ("logger.log(10, 'loss')", {}),
        ("print('loss', a)", {}),
    ],
)
def test_numbers_are_called_as_the_tracker_is_told(call: str, expected: dict[str, str]) -> None:
    assert told(call) == expected


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("wandb.log(metrics)", "metrics"),
        ("mlflow.log_metrics(evaluate(m))", "evaluate(m)"),
        ("mlflow.log_metrics(metrics=scores)", "scores"),
        ("logger.log(level)", None),
        ("math.log(x)", None),
    ],
)
def test_a_dictionary_that_is_told_whole_is_found(call: str, expected: str | None) -> None:
    node = ast.parse(call, mode="eval").body
    assert isinstance(node, ast.Call)
    found = logged_whole(node)
    assert (None if found is None else ast.unparse(found)) == expected
