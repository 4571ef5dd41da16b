"""What in a cell is a result of an experiment, and what is just arithmetic about data.

A number is a result when it comes from a model: from what was fitted, predicted, scored or minimised. ``df.age.mean()``
is none, whatever it is called; ``total / len(pred)`` is one, whatever it is called.
"""

import ast
import builtins
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from nbtrack.capture.syntax.about_data import describes_column, weighs_features
from nbtrack.capture.syntax.asking import asks_model
from nbtrack.capture.syntax.calls import asks_or_judges, helps, is_asked, is_first_function, is_training
from nbtrack.capture.syntax.clocked import benchmarked, elapsed
from nbtrack.capture.syntax.drawn_with import drawn_with, handed_on
from nbtrack.capture.syntax.estimating import estimating
from nbtrack.capture.syntax.experiments import (
    STATEMENTS,
    Statement,
    counted_to,
    described,
    evolves,
    first_name,
    is_ambiguous,
    is_lost,
    is_statistic,
    is_won,
    iterates,
    looked_up,
    made_up,
    makes_table,
    mentions,
    priced,
    reduces,
    said,
    shortens,
    slopes,
    solved,
    steps,
    sums_differences,
    targets_of,
    tested,
    texts_in,
    tossed,
    tosses,
    worded,
    words_of,
)
from nbtrack.capture.syntax.found import (
    NOTHING_SETTLED,
    ROOTS,
    Settled,
    finds,
    follows,
    is_found,
    is_least_squares,
    is_uncertainty,
    made_of,
)
from nbtrack.capture.syntax.judging import is_predicted, judges, marked
from nbtrack.capture.syntax.literals import is_literal
from nbtrack.capture.syntax.loops import LOOPS, answers_of, begun_in
from nbtrack.capture.syntax.shown import core, formed
from nbtrack.capture.syntax.solving import finders, solvers
from nbtrack.capture.syntax.strategies import of_strategies
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.tables import entries_of
from nbtrack.capture.syntax.trackers import logged
from nbtrack.capture.syntax.walking import Nodes, every_node, of_kind, of_kinds
from nbtrack.model.direction import direction

_PREDICTS = re.compile(r"(?:predict|forecast)(?:_(?!.*(?:accuracy|error|loss|score)).*)?")
_BEST = re.compile(r"best_(?:value|score|loss|fitness|cost|reward|metric|accuracy|acc)_?")  # of a study, a search
_PREPARES = re.compile(
    r"\w*(?:Scaler|Encoder|Binarizer|Imputer|Discretizer|Vectorizer|Normalizer|Tokenizer|Transformer)"
)
_RESIDUALS = frozenset({"resid", "resid_pearson", "fittedvalues"})  # of a model of statsmodels
REPORTED = frozenset({"callback_metrics", "logged_metrics"})  # what a trainer of Lightning was told last
_ASKING = frozenset({ast.Attribute, ast.Call})
_ITERATING = frozenset({ast.While, ast.For})
_SAME = frozenset("cumsum round around array asarray list sorted sort".split())  # of scores, they make scores
_LIMITS = frozenset("threshold limit tol tolerance cutoff budget bound target weight weights".split())  # settings
_WHOLE = re.compile(r"(?:n|num|total|count)(?:_\w+)?|\w+_(?:count|total)")  # of which a share was missed
_FORECAST = re.compile(
    r"y_?(?:hat|fit)|(?:.*_)?(?:pred|prediction|forecast|proba)s?(?:_.*)?|y_?pred.*|(?:.*_)?predicted(?:_.*)?|logits"
)


class _Facts(NamedTuple):
    """What an expression is made of: nodes that are results whatever their names hold, and the names it reads.

    What is called as what was ``predicted`` is a result as well.
    """

    telling: Sequence[ast.AST]
    names: frozenset[str]
    predicted: bool


@dataclass(slots=True)
class Evidence:
    """Whether a cell experiments, and which of its names hold results or come from them."""

    found: bool = False
    results: set[str] = field(default_factory=set)
    said: set[str] = field(default_factory=set)  # numbers that a cell which draws at random puts into words
    estimated: set[str] = field(default_factory=set)  # what a curve was fitted with
    tossed: set[str] = field(default_factory=set)  # mere draws
    bound: frozenset[str] = field(default=frozenset(), compare=False)  # what the cell binds, functions included
    wins: bool = field(default=False, compare=False)  # some of that counts what was won
    learnt: set[str] = field(default_factory=set)  # arrays of scores that a fitted object keeps, and their sums
    worded: set[str] = field(default_factory=set)  # printed as a score, whatever they are called
    missed: set[str] = field(default_factory=set)  # those that are printed as errors, which may be counted
    clocked: set[str] = field(default_factory=set)  # the times of a benchmark, and what is made of them
    moved: set[str] = field(default_factory=set)  # what a loop moves down a slope
    optima: set[str] = field(default_factory=set)  # where SciPy found an optimum, or a curve to fit, and how surely
    followed: set[str] = field(default_factory=set)  # what was fitted or solved, and what is made of it
    summarised: set[str] = field(default_factory=set)  # of earlier cells, what is asked for its summary
    returned: set[str] = field(default_factory=set)  # by functions of the notebook's own that score, solve or simulate
    whole: set[str] = field(default_factory=set)  # what the cell prints as it is
    divided: set[str] = field(default_factory=set)  # sums that become means
    averaged: set[str] = field(default_factory=set)  # those of them whose means a loop keeps
    drawn: set[str] = field(default_factory=set)  # what goes nowhere but into drawings
    handed: dict[str, set[str]] = field(default_factory=dict)  # what the cell only makes others of, with those
    weighing: set[str] = field(default_factory=set)  # how much each feature matters to a model
    totalled: set[str] = field(default_factory=set)  # what each round begins anew, and whose sum it keeps; of one step
    rowed: dict[str, str] = field(default_factory=dict)  # what rows of results call a score that has a neutral name
    single: set[str] = field(default_factory=set)  # what holds one prediction
    networks: set[str] = field(default_factory=set)  # what the cell calls to predict: what has parameters()
    judges: set[str] = field(default_factory=set)  # functions of the notebook's own that score
    estimating: set[str] = field(default_factory=set)  # functions of the notebook's own that fit a model, or solve
    solving: set[str] = field(default_factory=set)  # those of them that are handed a function: they step through it
    finders: set[str] = field(default_factory=set)  # those that draw many times or integrate, and what they returned
    prices: set[str] = field(default_factory=set)  # functions called costs that only multiply and add
    preparers: set[str] = field(default_factory=set)  # what brings data into shape: fitting it is no training
    facts: dict[ast.AST, _Facts] = field(default_factory=dict, repr=False, compare=False)  # of what was asked

    def supports(self, node: ast.AST) -> bool:
        """Tell whether an expression makes a number out of results."""
        facts = self.facts.get(node)
        if facts is None:
            facts = self.facts[node] = self._facts_of(every_node(node))
        if facts.predicted or not self.results.isdisjoint(facts.names):
            return True
        return bool(facts.telling) and not all(map(self._prepares, facts.telling))

    def _facts_of(self, parts: Nodes) -> _Facts:
        return _Facts(
            [part for part in parts if part.__class__ in _ASKING and (_is_result(part) or self._predicts(part))],
            parts.names - _places(parts),
            any(map(is_predicted, parts.names)),
        )

    def weighed(self) -> Sequence[int]:
        """Return how much is known of what statements are weighed by, which only ever becomes more."""
        sets = (self.results, self.weighing, self.single, self.learnt, self.estimated, self.optima, self.returned)
        return [self.found, *map(len, sets)]

    def counts(self, node: ast.AST) -> bool:
        """Tell whether a node is a result by itself, whatever its names hold."""
        return _is_result(node) and not self._prepares(node)

    def _predicts(self, node: ast.AST) -> bool:
        return _called(node) in self.networks

    def _prepares(self, node: ast.AST) -> bool:
        """``StandardScaler().fit(X)``, and ``self.calculate_cost(hours)`` of hours times a price."""
        if self.prices and isinstance(node, ast.Call) and last_name(node.func) in self.prices:
            return True
        match node:
            case ast.Call(func=ast.Attribute(value=receiver, attr="fit" | "partial_fit")):
                return _is_preparer(receiver) or (isinstance(receiver, ast.Name) and receiver.id in self.preparers)
        return False

    def reduces(self, node: ast.expr) -> bool:
        """Tell whether an expression sums results up in one number."""
        made = reduces(node) or (isinstance(node, ast.BinOp) and (isinstance(node.op, ast.Div) or self._differs(node)))
        return made and (self.supports(node) or not every_node(node).names.isdisjoint(self.said))

    def sums_up(self, node: ast.expr) -> bool:
        """Tell whether an expression makes one number of what an experiment gathered, and did not merely draw."""
        return reduces(node) and mentions(node, self.said - self.tossed - {"np", "numpy", "statistics"})

    def _differs(self, node: ast.BinOp) -> bool:
        """``before - after``, of two results."""
        names = [part.id for part in (node.left, node.right) if isinstance(part, ast.Name)]
        return isinstance(node.op, ast.Sub) and len(names) == 2 and self.results.issuperset(names)

    def judged(self, node: ast.expr) -> bool:
        """Tell whether a value is what a function of the notebook's own returns that scores, or asks what it fitted."""
        own = _called(node)
        return own in self.judges or own in self.estimating

    def finds(self, node: ast.expr) -> bool:
        """Tell whether a value is what a function of the notebook's own has found out by drawing, or by integrating."""
        return _called(node) in self.finders

    def applies(self, node: ast.expr) -> bool:
        """Tell whether a function of the notebook's own makes a number of results: ``f(x_min)``, ``mass(slope, 2)``."""
        match node:
            case ast.Call(func=ast.Name(id=name), args=args) if not is_asked(name) and not hasattr(builtins, name):
                names = (each.id for each in args if isinstance(each, ast.Name))
                return any(each in self.results or each in self.said for each in names)
        return False

    def estimates(self, node: ast.expr) -> bool:
        """Tell whether an expression is one of many numbers that a fit has found: ``popt[0]``, ``cumulated[1]``."""
        return isinstance(node, ast.Subscript) and is_literal(node.slice) and self._is_estimated(node.value)

    def follows(self, node: ast.expr) -> bool:
        """Tell whether an expression makes something of what was fitted or solved: ``np.log(2) / popt[1]``."""
        return follows(node, self.followed)

    def learns(self, node: ast.expr) -> bool:
        """Tell whether an expression measures what a loop moves down a slope."""
        parts = (node.left, node.right) if isinstance(node, ast.BinOp) else (node,)  # ``np.sum(error ** 2) / 2``
        return any(map(reduces, parts)) and mentions(node, self.moved)

    def foretells(self, node: ast.expr) -> bool:
        """Tell whether an expression is what was predicted, in whatever form: ``np.ravel(p.tolist())[0]``."""
        while (inner := formed(node)) is not None:
            node = inner
        return is_one_predicted(node) or (isinstance(node, ast.Name) and node.id in self.single)

    def moves_predicted(self, node: ast.expr) -> bool:
        """Tell whether an expression is one prediction and something more or less: the end of an interval around it."""
        parts = (node.left, node.right) if isinstance(node, ast.BinOp) else ()
        shifts = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)
        return shifts and any(isinstance(part, ast.Name) and part.id in self.single for part in parts)

    def _is_estimated(self, node: ast.expr) -> bool:
        if is_found(node) and self.supports(node):
            return True
        return (isinstance(node, ast.Name) and node.id in self.estimated) or _is_learnt(node, self.learnt)

    def is_earlier(self, name: str) -> bool:
        """Tell whether a variable holds what an earlier cell scored."""
        scored = name in self.results or (direction(name) is not None and not is_ambiguous(name))
        return scored and name not in self.bound

    def is_doubtful(self, name: str) -> bool:
        """Tell whether a name that means a score or a cost among results may mean anything else here."""
        return is_ambiguous(name) or is_lost(name, beside_won=self.wins)

    def is_score(self, name: str, node: ast.AST | None = None) -> bool:
        """Tell whether a number of this name, computed by ``node``, is a score or a cost, and no figure about data."""
        if direction(name) is None or words_of(name) & _LIMITS:
            if isinstance(node, ast.expr) and is_statistic(name) and not is_literal(node):
                return True
            said = name in self.said and name not in self.tossed
            return said or (name in self.worded and not (node is not None and describes_column(node)))
        if name not in self.weighing and node is not None and self.supports(node):
            return True
        if name in self.weighing or (node is not None and describes_column(node, name)):
            return False
        called_so = name in self.worded and not is_lost(name, beside_won=self.wins)
        if self.found or called_so or not self.is_doubtful(name):
            return True
        return node is not None and (mentions(node, self.said) or ("error" in name.lower() and sums_differences(node)))


def _called(node: ast.AST) -> str:
    """Return the name of the function that an expression calls; none of a method."""
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name
    return ""


def is_prediction(name: str) -> bool:
    """Tell whether a name holds what was predicted: made by a model, and no judgement of it.

    >>> [is_prediction(name) for name in ("y_pred", "yhat", "forecast", "residuals", "rmse")]
    [True, True, True, False, False]
    """
    return _FORECAST.fullmatch(name) is not None and direction(name) is None


def is_one_predicted(node: ast.expr) -> bool:
    """Tell whether an expression looks up one of the numbers that were predicted: no judgement of them.

    >>> [is_one_predicted(ast.parse(text, mode="eval").body) for text in ("forecast[0]", "R_hat.iloc[1]", "scores[0]")]
    [True, True, False]
    """
    inner = node
    made = node.value if isinstance(node, ast.Subscript) else node
    if isinstance(made, ast.Call) and _PREDICTS.fullmatch(last_name(made.func) or ""):
        return True  # ``model.predict(row)[0]``, ``low, high = model.predict_interval(row)``
    if not isinstance(node, ast.Subscript):
        return False
    while isinstance(inner, ast.Subscript | ast.Attribute):
        word = inner.attr if isinstance(inner, ast.Attribute) else getattr(inner.slice, "value", "")
        if direction(str(word)) is not None:
            return False
        inner = inner.value
    return isinstance(inner, ast.Name) and is_predicted(inner.id)


def is_limit(name: str) -> bool:
    """Tell whether a name holds what somebody set or chose, and no judgement: ``best_threshold``, ``tolerance``."""
    return direction(name) is None and bool(words_of(name) & _LIMITS)


def gather(
    tree: ast.Module,
    namespace: Mapping[str, Any] = MappingProxyType({}),
    known: Collection[str] = (),
    settled: Settled = NOTHING_SETTLED,
) -> Evidence:
    """Return the evidence in a cell, its statements taken in order, functions included.

    Args:
        tree: the cell.
        namespace: the user's variables, to see which functions score; only looked up, never called.
        known: variables of earlier cells that hold scores.
        settled: those in which they put where SciPy found an optimum, or what was made of such things.
    """
    evidence, every = Evidence(), every_node(tree)
    names = of_kind(every, ast.Name)
    evidence.bound = frozenset(node.id for node in names if isinstance(node.ctx, ast.Store))
    evidence.wins = any(map(is_won, evidence.bound))
    statements = of_kinds(every, STATEMENTS)
    beside = of_strategies({node.id for node in names}, statements)
    evidence.results |= beside
    evidence.said |= beside
    _note_earlier(tree, every, namespace, settled, evidence)
    texts = texts_in(every)
    printed = [inner for text in texts for inner, _ in text]
    evidence.whole |= {each.id for each in printed if isinstance(each, ast.Name)}
    for statement in statements:
        if isinstance(statement, ast.Assign) and _is_preparer(statement.value):
            evidence.preparers.update(targets_of(statement))
    calls = of_kind(every, ast.Call)
    evidence.results.update(known, marked(every) if calls else ())
    methods = (call.func for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "parameters")
    evidence.networks.update(each.value.id for each in methods if isinstance(each.value, ast.Name))
    for call in calls:
        if isinstance(call.func, ast.Attribute) and is_training(call):
            evidence.results.update(set(first_name(call.func.value)) - evidence.preparers)
    _weigh_all(statements, evidence)
    simulates = tosses(tree, calls) or any(map(iterates, of_kinds(every, _ITERATING)))
    outcomes = set(tested(statements, texts))
    told = [core(value) for call in calls for value, _ in logged(call)]
    outcomes.update(each.id for each in told if isinstance(each, ast.Name) and direction(each.id))
    evidence.found = (
        evidence.found
        or bool(outcomes or told)
        or any(map(is_predicted, {node.id for node in names}))
        or any(map(evidence.counts, of_kinds(every, _ASKING)))
        or any(map(evolves, statements))
    )
    if simulates:
        passed = (made_up(tree), described(every), looked_up(statements), elapsed(statements), counted_to(every))
        evidence.said.update(set(said(tree, texts)).difference(*passed))
        evidence.tossed.update(tossed(statements))
    if not evidence.found:
        evidence.clocked.update(benchmarked(tree, statements))
        evidence.results.update(evidence.clocked, _beside_times(tree, statements) if evidence.clocked else ())
        evidence.said.update(evidence.clocked)
    evidence.said.update(outcomes, _gathered(tree, statements, evidence))
    evidence.said.update(solved(every, texts))
    _follow(statements, texts, evidence)
    evidence.worded.update(worded(texts, among_results=evidence.found))
    missed = worded(texts, among_results=evidence.found, only="min") if texts else ()
    evidence.missed.update(name for name in missed if _WHOLE.fullmatch(name) is None)
    evidence.moved.update(steps(statements))
    if evidence.results or evidence.said:
        evidence.drawn.update(drawn_with(tree.body) - evidence.estimated, slopes(statements))
        evidence.handed.update(handed_on(tree.body))
    evidence.totalled.update(_totalled(every, calls, evidence.moved) if calls else ())
    evidence.totalled.update(name for each in statements if isinstance(each, ast.Assign) for name in answers_of(each))
    evidence.divided.update(
        node.left.id
        for node in of_kind(every, ast.BinOp)
        if isinstance(node.op, ast.Div) and isinstance(node.left, ast.Name)
    )
    return evidence


def _note_earlier(
    tree: ast.Module, nodes: Sequence[ast.AST], namespace: Mapping[str, Any], settled: Settled, evidence: Evidence
) -> None:
    """Note what the notebook's functions do, as the cell calls them, and what earlier cells have found."""
    evidence.optima.update(set(settled.optima) - evidence.bound)
    evidence.results.update(evidence.optima)
    evidence.estimated.update(evidence.optima)
    evidence.followed.update(set(settled.made) - evidence.bound)
    evidence.judges.update(judges(tree, nodes, namespace))
    evidence.solving.update(solvers(nodes, namespace))
    evidence.estimating.update(estimating(nodes, namespace), evidence.solving)
    evidence.results.update(evidence.judges, evidence.estimating)
    evidence.finders.update(finders(nodes, namespace))
    evidence.prices.update(priced(nodes))
    evidence.summarised.update(_summarised(of_kind(nodes, ast.Call)))
    evidence.summarised -= evidence.bound


def _summarised(calls: Sequence[ast.Call]) -> Iterator[str]:
    """Yield what a cell asks for its summary: ``print(model.summary())``."""
    for node in calls:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="summary")):
                yield name


def _follow(
    statements: Sequence[Statement], texts: Sequence[Sequence[tuple[ast.expr, str]]], evidence: Evidence
) -> None:
    """Note what the cell makes of what was fitted or solved: it is a result where it is printed."""
    values = [(set(targets_of(each)), _value_of(each)) for each in statements]
    pairs = [(names, value) for names, value in values if value is not None and names]
    evidence.followed.update(made_of(pairs, evidence.followed, evidence.solving | evidence.finders))
    if evidence.followed and texts:
        told = {inner.id for text in texts for inner, _ in text if isinstance(inner, ast.Name)}
        evidence.said.update(told & evidence.followed & evidence.bound)


def _value_of(statement: Statement) -> ast.expr | None:
    return statement.iter if isinstance(statement, ast.For | ast.AsyncFor) else statement.value


def _gathered(tree: ast.AST, statements: Sequence[Statement], evidence: Evidence) -> Iterator[str]:
    """Yield the results that a cell puts into rows of a table, whatever they are called; not sizes, nor predictions."""
    entries = list(entries_of(tree))
    sizes = {name for each in statements if entries and _is_size(each) for name in targets_of(each)}
    for key, value in entries:
        inner = core(value)
        if isinstance(value, ast.Name) and direction(value.id) is None and direction(key) is not None:
            evidence.rowed.setdefault(value.id, key)
        if isinstance(inner, ast.Name) and inner.id in evidence.results - sizes and not is_predicted(inner.id):
            yield inner.id


def _totalled(nodes: Sequence[ast.AST], calls: Sequence[ast.Call], moved: Collection[str]) -> set[str]:
    """Return what a loop begins anew each time: dictionaries of which only the sum is kept, and what it moves."""
    totals = {name for call in calls if (name := _total_of(call))}.union(moved)
    loops = of_kinds(nodes, LOOPS) if totals else ()
    return {name for loop in loops for name in begun_in(loop) & totals}


def _total_of(call: ast.Call) -> str:
    """Return the dictionary that a call sums up: ``sum(reward_of.values())``."""
    match call:
        case ast.Call(
            func=ast.Name(id="sum"), args=[ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="values"))]
        ):
            return name
    return ""


def _beside_times(tree: ast.AST, statements: Sequence[Statement]) -> set[str]:
    """Return what a benchmark puts into its rows beside the times: what the calls that it measures have returned."""
    calls = (each for each in statements if isinstance(each, ast.Assign) and isinstance(each.value, ast.Call))
    called = {name for each in calls for name in targets_of(each)}
    return {value.id for _, value in entries_of(tree) if isinstance(value, ast.Name) and value.id in called}


def _is_size(statement: Statement) -> bool:
    value = None if isinstance(statement, ast.For | ast.AsyncFor) else statement.value
    return isinstance(value, ast.Call) and last_name(value.func) in {"len", "int"}


def _weigh_all(statements: Sequence[Statement], evidence: Evidence) -> None:
    """Note what statements make of results, and once more where they do: a loop's later ones feed its earlier ones."""
    pairs = [(each, value) for each in statements if (value := _value_of(each)) is not None]
    for _ in range(2):
        before = evidence.weighed()
        for statement, value in pairs:
            _weigh(statement, value, evidence)
        if evidence.weighed() == before:
            return


def _weigh(statement: Statement, value: ast.expr, evidence: Evidence) -> None:
    names = targets_of(statement)
    if weighs_features(value, evidence.weighing):
        evidence.weighing.update(names)
        return
    if evidence.foretells(value):
        evidence.single.update(names)
    if _is_learnt(value, evidence.learnt):
        evidence.learnt.update(names)
    _weigh_found(value, names, evidence)
    if evidence.supports(_shaped(value)):
        evidence.found = True
        evidence.results.update(names)
        if mentions(value, evidence.estimated) or is_found(value):
            evidence.estimated.update(names)
        return
    made = last_name(value.func) if isinstance(value, ast.Call) else None
    scores = [n for n in names if direction(n) and not evidence.is_doubtful(n) and not shortens(n, made)]
    if scores and not is_literal(value) and not makes_table(value) and not describes_column(value):
        evidence.results.update(scores)


def _weigh_found(value: ast.expr, names: Sequence[str], evidence: Evidence) -> None:
    """Note what a call has fitted or solved, or what a function of the notebook's own has found out."""
    called = last_name(value.func) if isinstance(value, ast.Call) else None
    if called == "curve_fit" or called in ROOTS or is_least_squares(value):
        evidence.estimated.update(names)
        evidence.optima.update(names[:1])
    elif evidence.supports(value) and (finds(value) or is_uncertainty(value, evidence.estimated)):
        evidence.optima.update(names[:1])
    elif called == "fit":
        evidence.optima.update(names[:1])  # a distribution's: ``shape = gamma.fit(x)`` is a tuple of numbers
    if evidence.judged(value) or evidence.finds(value):
        evidence.returned.update(names)


def _places(parts: Nodes) -> set[str]:
    """Return the names that only say where to look: ``dates[best]`` is a date, whatever ``best`` was found with."""
    indices = [part.slice for part in of_kind(parts, ast.Subscript)]
    inside = {id(n) for each in indices if isinstance(each, ast.Name | ast.BinOp) for n in every_node(each)}
    if not inside:
        return set()
    names = of_kind(parts, ast.Name)
    return {n.id for n in names if id(n) in inside} - {n.id for n in names if id(n) not in inside}


def _is_learnt(node: ast.expr, known: Collection[str]) -> bool:
    """Tell whether an array is one of scores: ``pca.explained_variance_ratio_``, and that when it is summed up."""
    while (inner := _summed(node)) is not None:
        node = inner
    match node:
        case ast.Name(id=name):
            return name in known
        case ast.Attribute(attr=name):
            return name.endswith("_") and not name.startswith("_") and direction(name) is not None
    return False


def _summed(node: ast.expr) -> ast.expr | None:
    """Return what an array was made of in which each number still is a score: ``np.cumsum(x)``, ``100 * x``."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner, attr="cumsum" | "round" | "tolist"), args=[]):
            return inner
        case ast.Call(func=function, args=[inner, *_]) if last_name(function) in _SAME:
            return inner
        case ast.BinOp(left=inner, op=ast.Mult(), right=ast.Constant()):
            return inner
        case ast.BinOp(left=ast.Constant(), op=ast.Mult(), right=inner):
            return inner
    return None


def _shaped(node: ast.expr) -> ast.expr:
    """Return what a value tells by itself: what a fitted object transforms is data, if it was no result before."""
    match node:
        case ast.Call(func=ast.Attribute(attr="transform"), args=args):
            return ast.List(args, ast.Load())
    return node


def _is_preparer(node: ast.expr) -> bool:
    """Tell whether an expression makes what brings data into shape: ``StandardScaler()``, ``Encoder().fit(X)``."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "fit":
        node = node.func.value
    return isinstance(node, ast.Call) and _PREPARES.fullmatch(last_name(node.func) or "") is not None


def is_best(node: ast.AST) -> bool:
    """Tell whether an expression is what a search found: ``study.best_value``, ``search.best_score_``."""
    return isinstance(node, ast.Attribute) and _BEST.fullmatch(node.attr) is not None


def _is_result(node: ast.AST) -> bool:
    """Tell whether a node is a result by itself: by what it calls or asks for, or by what a name says."""
    if isinstance(node, ast.Name):
        return is_predicted(node.id)
    if isinstance(node, ast.Attribute):
        name = node.attr
        if name in REPORTED or name in _RESIDUALS:
            return True
        if not name.endswith("_") or name.startswith("_"):
            return _BEST.fullmatch(name) is not None
        # what scikit-learn has learnt: inertia_, explained_variance_ratio_
        return _BEST.fullmatch(name) is not None or direction(name) is not None
    match node:
        case ast.Call(func=ast.Name(id=name)):
            asks = (helps(name) and not is_first_function(node)) or asks_or_judges(name)
        case ast.Call(func=ast.Attribute(attr=name)):
            asks = asks_or_judges(name)
        case _:
            return False
    return asks or is_training(node) or asks_model(node)
