"""What in a cell is a result of an experiment, and what is just arithmetic about data.

A number is a result when it comes from a model: from what was fitted, predicted, scored or minimised. ``df.age.mean()``
is none, whatever it is called; ``total / len(pred)`` is one, whatever it is called.
"""

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from nbtrack.capture.syntax.calls import evaluates, is_metric_name, is_training
from nbtrack.capture.syntax.shown import core, shown
from nbtrack.capture.syntax.syntax import is_literal, last_name
from nbtrack.model.direction import direction

_ASKED = frozenset(
    "predict predict_proba predict_log_proba decision_function score evaluate forecast get_forecast get_prediction "
    "backward score_samples fit_predict transform_and_score cross_val_score cross_validate cross_val_predict "
    "learning_curve validation_curve permutation_importance compute train cv".split()
)
_HELPERS = re.compile(
    r"(?:train(?!_test_split)|evaluate|eval|fit|score|backtest|simulate|run_experiment|experiment|objective|cross_val)"
)
_LOSSES = re.compile(r"(?:.*_)?(?:criterion|loss|loss_fn|loss_function|cost|objective|cross_entropy|mse_loss|l1_loss)")
_PREDICTED = re.compile(
    r"y_?(?:hat|scores?|true|fit)|(?:y_?)?(?:preds?|predictions?|probas?|probs|forecasts?)|.*_(?:preds?|hat|forecasts?|probas?"
    r"|probs|predictions?)(?:_.*)?|preds?_.*|pred[A-Z0-9].*|predicted(?:_.*)?|logits|resid(?:ual)?s?|fitted(?:_values)?"
)
# Words that mean a score among results, and anything else among data.
_AMBIGUOUS = frozenset(
    "correlation corr corrcoef gain hit lift map distance latency score explained ap cost gap energy residual "
    "completeness gini rank return error".split()
)
_LIMITS = frozenset("threshold limit tol tolerance cutoff budget bound target weight weights".split())  # settings
_COUNTED = frozenset("rate n num count counts number total share pct percent code".split())
_REDUCERS = frozenset("mean std min max median sum amax amin nanmean nanstd average var".split())
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(slots=True)
class Evidence:
    """Whether a cell experiments, and which of its names hold results or come from them."""

    found: bool = False
    results: set[str] = field(default_factory=set)
    said: set[str] = field(default_factory=set)  # numbers that a cell which draws at random puts into words

    def supports(self, node: ast.AST) -> bool:
        """Tell whether an expression makes a number out of results."""
        return any(_is_result(part, self.results) for part in ast.walk(node))

    def reduces(self, node: ast.expr) -> bool:
        """Tell whether an expression sums results up in one number."""
        return (_reduces(node) or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div))) and (
            self.supports(node) or any(isinstance(part, ast.Name) and part.id in self.said for part in ast.walk(node))
        )

    def is_score(self, name: str, node: ast.AST | None = None) -> bool:
        """Tell whether a number of this name, computed by ``node``, is a score or a cost, and no figure about data."""
        if direction(name) is None or _words(name) & _LIMITS:
            return name in self.said
        if node is not None and self.supports(node):
            return True
        if node is not None and _describes_column(node):
            return False
        return self.found or not _is_ambiguous(name)


def gather(tree: ast.Module) -> Evidence:
    """Return the evidence in a cell, its statements taken in order, functions included."""
    evidence = Evidence()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and is_training(node) and isinstance(node.func, ast.Attribute):
            evidence.results.update(_first(node.func.value))
    for _ in range(2):  # a loop's later statements feed its earlier ones
        for statement in _statements(tree):
            value: ast.expr | None = (
                statement.iter if isinstance(statement, ast.For | ast.AsyncFor) else statement.value
            )
            names = set(_targets(statement))
            if value is not None and evidence.supports(value):
                evidence.found = True
                evidence.results.update(names)
            elif value is not None and not is_literal(value) and not _describes_column(value):
                evidence.results.update(name for name in names if direction(name) and not _is_ambiguous(name))
    evidence.found = evidence.found or any(_is_result(node, ()) for node in ast.walk(tree))
    if any(_draws(node) or _iterates(node) for node in ast.walk(tree)):
        evidence.said.update(_said(tree))
    return evidence


def _iterates(node: ast.AST) -> bool:
    """Tell whether a loop follows something to its end: until it changes little, or in steps that feed each other."""
    if isinstance(node, ast.While):
        return any(isinstance(part, ast.Lt | ast.Gt | ast.LtE | ast.GtE) for part in ast.walk(node.test))
    if not isinstance(node, ast.For) or "range" not in ast.unparse(node.iter):
        return False
    moved = {name for part in _statements(node) if isinstance(part, ast.AugAssign) for name in _targets(part)}
    fed = [part for part in _statements(node) if isinstance(part, ast.AugAssign) and _mentions(part.value, moved)]
    return len(moved) > 1 and bool(fed)


def _mentions(node: ast.AST, names: Collection[str]) -> bool:
    return any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(node))


def _draws(node: ast.AST) -> bool:
    """Tell whether a call draws random numbers: a cell that does, and prints a number, has simulated something."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="rng" | "rs" | "random" | "generator"), attr=name)):
            return name != "seed"
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="random"), attr=name)):
            return name not in {"seed", "default_rng", "RandomState"}
        case ast.Call(func=ast.Name(id=name)):
            return name.startswith(("simulate", "monte_carlo", "bootstrap"))
    return False


def _said(tree: ast.Module) -> Iterator[str]:
    """Yield the variables that a cell prints, or ends with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr | ast.BinOp | ast.Call):
            for value, _ in shown(node):
                inner = core(value)
                yield from [inner.id] if isinstance(inner, ast.Name) else ()
                yield from (
                    (part.id for part in ast.walk(inner) if isinstance(part, ast.Name)) if _reduces(inner) else ()
                )
    for statement in tree.body:
        if (
            isinstance(statement, ast.Assign)
            and isinstance(statement.value, ast.BinOp | ast.Call)
            and not _draws(statement.value)
        ):
            yield from _targets(statement)
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        yield from (part.id for part in ast.walk(tree.body[-1].value) if isinstance(part, ast.Name))


def _reduces(node: ast.expr) -> bool:
    """Tell whether an expression makes one number of many: ``chain.mean()``, ``max(accs)``."""
    return isinstance(node, ast.Call) and last_name(node.func) in _REDUCERS


def _is_result(node: ast.AST, results: Collection[str]) -> bool:
    match node:
        case ast.Attribute(attr=name) if name.endswith("_") and not name.startswith("_"):
            return direction(name) is not None  # what scikit-learn has learnt: inertia_, explained_variance_ratio_
        case ast.Name(id=name):
            return name in results or _PREDICTED.fullmatch(name) is not None
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _ASKED or is_metric_name(name) or _LOSSES.fullmatch(name) is not None or is_training(node)
        case ast.Call(func=ast.Name(id=name)):
            return bool(
                is_metric_name(name)
                or _LOSSES.fullmatch(name)
                or name in _ASKED
                or _HELPERS.match(name)
                or evaluates(name)
            )
    return False


_Statement = ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr | ast.For | ast.AsyncFor


def _statements(tree: ast.AST) -> Iterator[_Statement]:
    return (node for node in ast.walk(tree) if isinstance(node, _Statement))


def _targets(statement: _Statement) -> Iterator[str]:
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    for target in targets:
        if target is not None:
            for part in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
                yield from _first(part)
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=receiver, attr="append" | "extend" | "update"))):
            yield from _first(receiver)


def _first(node: ast.expr) -> Iterator[str]:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


def _describes_column(node: ast.AST) -> bool:
    """``df["score"].mean()`` and ``df.loss.sum()`` are about a column that is called like a score."""
    for part in ast.walk(node):
        match part:
            case ast.Call(func=ast.Attribute(value=ast.Subscript(slice=ast.Constant(value=str(column))), attr=_)):
                if direction(column) is not None:
                    return True
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=column), attr=_)) if (
                direction(column) is not None
            ):
                return True
    return False


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(name)}


def _is_ambiguous(name: str) -> bool:
    words = _words(name)
    telling = {word for word in words if direction(word) is not None}
    if telling == {"error"} and len(words) > 1 and not words & _COUNTED:
        return False  # ``relative_error`` is one, ``error_rate`` and ``n_errors`` may be about anything
    return bool(telling) and telling <= _AMBIGUOUS | {f"{word}s" for word in _AMBIGUOUS}
