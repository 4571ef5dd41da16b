"""What stands in a text, and behind which words."""

import ast

import pytest

from nbtrack.capture.syntax.shown import core, ends_column, label, name_of, shown


def labels(source: str) -> list[tuple[str, str]]:
    return [(ast.unparse(node), said) for node, said in shown(ast.parse(source, mode="eval").body)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("f'Epoch {e} | val loss: {v:.3f}, acc={a}'", [("e", "epoch"), ("v", "val_loss"), ("a", "acc")]),
        ("'RMSE = %.3f (%d rows)' % (r, n)", [("r", "rmse"), ("n", "")]),
        ("'%(acc).2f' % values", [("values", "")]),
        ("'AUC: {:.3f} / {}'.format(a, b)", [("a", "auc"), ("b", "auc")]),
        ("print('MAE:', m, 'MSE:', s, n)", [("m", "mae"), ("s", "mse"), ("n", "")]),
        ("f'{m:.2f} +/- {s:.2f}'", [("m", ""), ("s", "")]),
        ("f'AUC {m:.2f} ± {s:.2f}'", [("m", "auc"), ("s", "auc_std")]),
        ("'100 %% of %s' % x", [("x", "")]),
        ("f'{x!r:>{width}}'", [("x", "")]),
        ("'Accuracy: {}/{} ({:.0f}%)'.format(c, n, p)", [("c", "accuracy"), ("n", "accuracy"), ("p", "accuracy")]),
        ("f'acc {a:.3f} ({t:.1f}s)'", [("a", "acc"), ("t", "")]),
        ("f'MAE {a} vs {b}'", [("a", "mae"), ("b", "mae")]),
        ("f'Loss after epoch {i + 1}: {v:.3f}'", [("i + 1", ""), ("v", "loss_after_epoch")]),
        ("print('Cost after', i, ':', c)", [("i", ""), ("c", "cost_after")]),
        ("f'loss: {a} = {b}'", [("a", "loss"), ("b", "loss")]),
        (
            "'Ridge score: {:.4f} ({:.4f})'.format(s.mean(), s.std())",
            [("s.mean()", "ridge_score"), ("s.std()", "ridge_score_std")],
        ),
        ("f'a = {x}'", [("x", "a")]),
        ("f'Variance (12 parts): {v:.3f}'", [("v", "variance")]),
        ("('Loss {:.2f}, ' + 'MAE {:.2f}').format(a, b)", [("a", "loss"), ("b", "mae")]),
        ("print()", []),
        ("'%d' % ()", []),
    ],
)
def test_a_value_is_known_by_the_words_before_it(source: str, expected: list[tuple[str, str]]) -> None:
    assert labels(source) == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Test set accuracy of the model: ", "accuracy_of_the_model"),
        ("R²: ", "r²"),
        ("--> loss ", "loss"),
        ("12: ", ""),
        ("Done. Test acc: ", "test_acc"),
        ("This is a ", ""),
    ],
)
def test_labels_are_short_names(text: str, name: str) -> None:
    assert label(text) == name


@pytest.mark.parametrize(
    ("source", "name", "inside"),
    [
        ("loss.item()", "loss", "loss"),
        ("100 * round(float(acc), 2)", "acc", "acc"),
        ("np.sqrt(mean_squared_error(a, b))", "sqrt_mean_squared_error", "np.sqrt(mean_squared_error(a, b))"),
        ("scores.mean()", "scores.mean", "scores.mean()"),
        ("max(accs)", "accs.max", "max(accs)"),
        ("np.mean(pred == y)", "np.mean(pred == y)", "np.mean(pred == y)"),
        ("np.mean(mags[5:])", "mean_mags", "np.mean(mags[5:])"),
        ("accepted / 400", "", "accepted / 400"),
        ("results['acc']", "", "results['acc']"),
    ],
)
def test_a_value_without_words_is_called_by_its_own(source: str, name: str, inside: str) -> None:
    node = ast.parse(source, mode="eval").body
    assert (name_of(node, ""), ast.unparse(core(node))) == (name, inside)
    assert name_of(node, "said") == "said"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("'Accuracy: ' + str(acc)", [("acc", "accuracy")]),
        ("'Accuracy: ' + str(100 * acc)[:5] + '%'", [("100 * acc", "accuracy")]),
        ("'Loss ' + repr(a) + ', F1 ' + format(b, '.2f')", [("a", "loss"), ("b", "f1")]),
        ("total + str(acc)", []),
        ("str(a) + str(b)", []),
        ("left + right", []),
    ],
)
def test_texts_put_together_with_plus_have_their_labels(source: str, expected: list[tuple[str, str]]) -> None:
    node = ast.parse(source, mode="eval").body
    assert [(ast.unparse(value), words) for value, words in shown(node)] == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" and gamma = ", "gamma"),
        ("Accuracy for ", "accuracy"),
        ("RMSE of ridge is ", "rmse_of_ridge"),
        ("in sample ", "in_sample"),
        ("a = ", "a"),
        ("and the ", ""),
    ],
)
def test_a_label_neither_begins_nor_ends_with_what_only_joins_words(text: str, name: str) -> None:
    assert label(text) == name


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("cv['test-rmse-mean'].tail(1)", "test-rmse-mean"),
        ("cv['test-rmse-mean'].tail(5)", ""),
        ("cv['rows-seen'].tail(1)", ""),
        ("df['score'].tail(1)", ""),
        ("cv['test-rmse-mean'].mean()", ""),
    ],
)
def test_the_end_of_a_column_of_scores_is_what_a_training_came_to(source: str, column: str) -> None:
    assert ends_column(ast.parse(source, mode="eval").body) == column


@pytest.mark.parametrize(
    "source", ["np.around(acc)", "np.round(acc, 2)", "acc.round(3)", "(100 * acc).round()", "round(acc)"]
)
def test_rounding_only_changes_the_form_of_a_number(source: str) -> None:
    assert ast.unparse(core(ast.parse(source, mode="eval").body)) == "acc"


@pytest.mark.parametrize(
    ("source", "labels"),
    [
        ("'Epoch {e}: loss {l:.3f}'.format(e=epoch, l=total)", {"epoch": "epoch", "total": "loss"}),
        ("'at {1}, acc {0}'.format(acc, done)", {"done": "", "acc": "acc"}),
        ("'loss {l}'.format(**row)", {}),
        ("f'{t:.1f}s: loss={x}'", {"t": "", "x": "loss"}),
        ("f'{name}_loss: {x}'", {"name": "", "x": "loss"}),
        ("f'{k}th error: {x}'", {"k": "", "x": "error"}),
    ],
)
def test_a_field_has_its_value_and_a_unit_no_word(source: str, labels: dict[str, str]) -> None:
    found = {ast.unparse(value): said for value, said in shown(ast.parse(source, mode="eval").body)}
    assert found == labels
