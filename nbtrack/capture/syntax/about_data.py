"""What an expression says about data, and not about a model: columns called like scores, and what features weigh."""

import ast
import re
from collections.abc import Collection
from typing import Final

from nbtrack.capture.syntax.experiments import is_ambiguous, words_of
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.walking import every_node, of_kind
from nbtrack.model.direction import direction

_WEIGHTS: Final = frozenset("feature_importances_ importances_mean importances_std ranking_ scores_ pvalues_".split())
_WEIGHING: Final = frozenset(
    "get_fscore feature_importance get_feature_importance mutual_info_classif mutual_info_regression "
    "f_classif f_regression".split()
)
_THING: Final = re.compile(
    r"(?:.*_)?(?:user|customer|client|item|movie|film|product|book|song|track|artist|video|game|anime|article|news|document"
    r"|doc|recipe|restaurant|listing)(?:_ids?|Ids?|IDs?)"
)
_SHAPING: Final = frozenset("sorted list dict zip enumerate reversed round items argsort abs".split())


def weighs_features(node: ast.expr, known: Collection[str]) -> bool:
    """Tell whether a value says how much each feature matters: importances, and what is only made of such names.

    >>> texts = ("model.feature_importances_", "sorted(zip(names, imp))", "roc_auc_score(y, p)")
    >>> [weighs_features(ast.parse(text, mode="eval").body, {"imp"}) for text in texts]
    [True, True, False]
    """
    while True:
        match node:
            case ast.Attribute(attr=name):
                return name in _WEIGHTS
            case ast.Name(id=name):
                return name in known
            case ast.Call(func=function, keywords=words) if last_name(function) in _WEIGHING or any(
                word.arg == "importance_type"
                for word in words  # ``booster.get_score(importance_type="gain")``
            ):
                return True
            case ast.Call(func=function, args=args) if last_name(function) in _SHAPING:
                held = [function.value] if isinstance(function, ast.Attribute) and not args else args
                return any(weighs_features(each, known) for each in held)
            case ast.DictComp(generators=[each, *_]) | ast.ListComp(generators=[each, *_]):
                node = each.iter
            case ast.Subscript(value=inner):
                node = inner
            case _:
                return False


def is_about_thing(key: object) -> bool:
    """Tell whether a row is one for a thing there is, by a key or column of it: ``movieId``, ``user_id``."""
    return type(key) is str and _THING.fullmatch(key) is not None


def describes_column(node: ast.AST, name: str = "") -> bool:
    """``df["score"].mean()`` and ``df.loc[late, "loss"].sum()`` are about a column that is called like a score.

    A number with a sure ``name`` of its own is no figure about another one: ``sharpe`` of a column ``Return``.
    """
    words = () if is_ambiguous(name) else words_of(name)
    for part in of_kind(every_node(node), ast.Call):
        match part:
            case ast.Call(func=ast.Attribute(value=ast.Subscript() | ast.Attribute() as column)):
                called = _column_of(column)
                if direction(called) is not None and (not words or not words_of(called).isdisjoint(words)):
                    return True
    return False


def _column_of(node: ast.Subscript | ast.Attribute) -> str:
    match node:
        case (
            ast.Subscript(slice=ast.Constant(value=str(column)) | ast.Tuple(elts=[_, ast.Constant(value=str(column))]))
            | ast.Subscript(value=ast.Attribute(attr=column), slice=ast.Compare() | ast.BinOp())
            | ast.Attribute(attr=column)
        ):
            return column
    return ""
