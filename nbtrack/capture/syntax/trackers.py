"""What a cell tells another tracker: ``mlflow.log_metric("rmse", e)``, ``wandb.log({"loss": loss})``, ``add_scalar``.

Somebody has said that these numbers are metrics, and what they are called: nothing has to be guessed.
"""

import ast
import re
from collections.abc import Sequence
from typing import Final

from nbtrack.capture.syntax.syntax import last_name

_ONE: Final = frozenset({"log_metric", "add_scalar", "log_scalar"})
_MANY: Final = frozenset({"log_metrics", "add_scalars"})
_TELLING: Final = _ONE | _MANY | {"log"}
_OURS: Final = frozenset({"nbtrack", "self"})  # ``self.log`` is a module's of Lightning
_WORDS: Final = frozenset({"key", "name", "tag"})
_NUMBERS: Final = frozenset({"value", "scalar_value"})
_LONGEST: Final = 80
# Where a training is, and how fast it goes there.
_PLACE: Final = re.compile(r"(?i)(?:.*[/._ ])?(?:global_?)?(?:epochs?|steps?|iter(?:ation)?s?|lr|learning_?rate)")


def logged(node: ast.expr) -> Sequence[tuple[ast.expr, str]]:
    """Return the numbers that a call tells a tracker, each under the name that it is given.

    >>> text = 'run.log({"val/f1": f, "epoch": i}), log_metric("mae", m), logging.log(9, "loss"), add_scalar("a", b, 3)'
    >>> [(ast.unparse(v), name) for each in ast.parse(text, mode="eval").body.elts for v, name in logged(each)]
    [('f', 'val/f1'), ('m', 'mae'), ('b', 'a')]
    """
    if not isinstance(node, ast.Call) or (method := last_name(node.func)) not in _TELLING:
        return ()
    if method in _ONE:
        word, number = _argument(node, 0, _WORDS), _argument(node, 1, _NUMBERS)
        pairs = [(word, number)] if number is not None else []
    elif (written := logged_whole(node)) is not None and isinstance(written, ast.Dict):
        pairs = list(zip(written.keys, written.values, strict=True))
    else:
        return ()
    said = [(number, word.value if isinstance(word, ast.Constant) else None) for word, number in pairs]
    return [
        (n, word) for n, word in said if type(word) is str and 0 < len(word) <= _LONGEST and not _PLACE.fullmatch(word)
    ]


def logged_whole(node: ast.Call) -> ast.expr | None:
    """Return the dictionary that a call hands a tracker: written out, or by its name."""
    method = last_name(node.func)
    if method in _MANY:
        found = _argument(node, 0 if method == "log_metrics" else 1, frozenset({"metrics", "dic", "tag_scalar_dict"}))
        return None if isinstance(found, ast.Constant) else found
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=receiver), attr="log"), args=[first, *_]) if (
            receiver not in _OURS and (isinstance(first, ast.Dict) or receiver == "wandb")
        ):
            return first
    return None


def _argument(call: ast.Call, place: int, words: frozenset[str]) -> ast.expr | None:
    if place < len(call.args):
        return call.args[place]
    return next((each.value for each in call.keywords if each.arg in words), None)
