"""Which variables of a session hold scores, or what a model predicted: what a later cell makes of them is a result."""

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import FunctionType
from typing import Any, Final

from nbtrack.capture.session.past import Past
from nbtrack.capture.session.readings import Readings
from nbtrack.capture.syntax.calls import Watched, mentions_score
from nbtrack.capture.syntax.codes import names_in
from nbtrack.capture.syntax.estimating import answers, estimates
from nbtrack.capture.syntax.experiments import draws
from nbtrack.capture.syntax.judging import is_judge, marked
from nbtrack.capture.syntax.syntax import Reading, last_name
from nbtrack.capture.syntax.walking import every_node, of_kind, of_kinds
from nbtrack.model.direction import direction
from nbtrack.record.unasked import class_name

_NUMBERS: Final = frozenset("float int list tuple dict ndarray Series float64 float32 int64 bool_ History".split())
_BY_NAME: Final = Watched(ast.Module([], []), {})
_HOLDING: Final = frozenset(  # a fit may return its history, which holds scores, or what it has found
    {"fit", "confusion_matrix", "curve_fit", "leastsq", "brentq", "fsolve", "quad"}
)
_CALLED: Final = re.compile(r"\b([^\W\d]\w*)\s*\(")
_ROUNDS: Final = 3  # of what is made of what is made of scores
_SUMS: Final = frozenset(
    "mean std median percentile quantile round sum list array DataFrame Series float sorted asarray".split()
)
_ASKED: Final = frozenset({"predict", "predict_proba", "predict_log_proba", "decision_function", "forecast"})
_ASKS: Final = re.compile(rf"\.(?:{'|'.join(sorted(_ASKED))})\(")
_FILLING: Final = (ast.Assign, ast.Call)
_ARRAYS: Final = frozenset({"ndarray", "Series"})  # one number that was predicted is no score
_SIMULATES: Final = re.compile(r"\b(?:random|rng|randn|randint|gauss)\b|\.sample\(")
_DRAWN: Final = frozenset("random randint randrange choice choices gauss randn rng".split())
_OUTCOMES: Final = frozenset("mean sum std var median prod cumsum cumprod min max percentile quantile".split())
_MAKES: Final = re.compile(r"(?:make|generate|gen|create|get|load|fake|random|build|sample)_")
_HOLDS: Final = re.compile(rf"\b(?:{'|'.join(sorted(_HOLDING))})\(")


def scored(
    names: Collection[str],
    versions: Mapping[str, int],
    log: Mapping[int, Past],
    namespace: Mapping[str, Any],
    readings: Readings,
) -> frozenset[str]:
    """Return those of some names that hold numbers which an earlier execution got from a call that scores or predicts.

    Args:
        names: what a cell reads.
        versions: which execution wrote each name last.
        log: the executions of the session by their numbers.
        namespace: the user's variables; of a value only the class is looked at.
        readings: what the cells' syntax tells.
    """

    def holds(name: str, past: Past | None, depth: int = _ROUNDS) -> bool:
        if past is None:
            return False
        kind = class_name(type(namespace.get(name))).rpartition(".")[2]
        if kind not in _NUMBERS:
            return kind == "DataFrame" and gathered(name, past)
        if name in past.measured or name in past.scores(lambda each: _scores(each, readings, namespace)):
            return True
        taken = _taken(name, readings.of(past)) if depth else set[str]()
        return bool(taken) and any(holds(each, log.get(past.reads.get(each, 0)), depth - 1) for each in taken)

    def gathered(name: str, past: Past | None) -> bool:
        """Tell whether a table holds a simulation's outcomes, also where later cells have added columns to it."""
        for _ in range(_ROUNDS):
            if past is None or name in _outcomes_in(past, readings):
                return past is not None
            past = log.get(past.reads.get(name, 0))
        return False

    return frozenset(name for name in names if holds(name, log.get(versions.get(name, 0))))


def _taken(name: str, reading: Reading) -> set[str]:
    """Return the variables of which a name is a part, a sum, or the same in another form: ``ends = paths[-1, :]``."""
    binding = reading.bindings.get(name)
    if binding is None or binding.counted or binding.conditional:
        return set()
    first, *others = map(_sources, binding.values)
    return first.intersection(*others) - {name}


def _scores(past: Past, readings: Readings, namespace: Mapping[str, Any]) -> frozenset[str]:
    """Return the names that an execution bound to what a call returned that scores or predicts, or put that into."""
    called = {name: namespace.get(name) for name in _CALLED.findall(past.cell.source)}
    own = frozenset(name for name, value in called.items() if _judges(value, namespace))
    fits = frozenset(name for name, value in called.items() if type(value) is FunctionType and estimates(value))
    drawing = frozenset(name for name, value in called.items() if _draws_itself(name, value))
    simulated = _SIMULATES.search(past.cell.source) is not None or bool(drawing)
    asks = _ASKS.search(past.cell.source) is not None
    marks = "append(1)" in past.cell.source
    known = own or fits or asks or simulated or marks or mentions_score(past.cell.source)
    if not known and _HOLDS.search(past.cell.source) is None:
        return frozenset()
    reading = readings.of(past)
    bound = [each for each in reading.bindings.values() if not each.counted]
    pairs = [(each.name, value) for each in bound for value in each.values]
    pairs += [pair for part in reading.parts for pair in _appended(part.node)]
    holding, fitting = _HOLDING.union(own), _HOLDING.union(fits)
    found = {n for n, value in pairs if _scores_in(value, holding) or (direction(n) and _scores_in(value, fitting))}
    if marks:
        found.update(marked(node for part in reading.parts for node in every_node(part.node)))
    taken = [(name, _sources(value)) for name, value in pairs]
    for _ in range(_ROUNDS):
        found.update([name for name, sources in taken if not sources.isdisjoint(found)])
    if simulated:
        found.update(name for part in reading.parts for name in _simulated(part.node, drawing))
    return frozenset(found).union(_predicted(pairs, namespace) if asks else ())


def _outcomes_in(past: Past, readings: Readings) -> set[str]:
    """Return what an execution that simulated has put its outcomes into, tables as well: ``pd.DataFrame(means)``."""
    if _SIMULATES.search(past.cell.source) is None:
        return set()
    reading = readings.of(past)
    found = {name for part in reading.parts for name in _simulated(part.node, ())}
    bound = [(each.name, value) for each in reading.bindings.values() for value in each.values]
    found.update([name for name, value in bound if not _sources(value).isdisjoint(found)])
    return found


def _simulated(statement: ast.stmt, drawing: Collection[str]) -> Iterator[str]:
    """Yield what holds the outcomes of a simulation: a number for each round that draws, which sums up what it drew.

    ``means.append(rng.choice(x, 9).mean())``, ``paths[:, i] = np.cumsum(steps)``, ``[play() for _ in range(n)]``.
    """
    match statement:
        case ast.For() | ast.While() if _draws_in(statement, drawing) or _resamples(statement):
            sums = {name for name, value in _bound_in(statement) if _sums_up(value, drawing)}
            for node in of_kinds(every_node(statement), _FILLING):
                match node:
                    case (
                        ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))], value=value)
                        | ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[value])
                    ) if _sums_up(value, drawing) or (isinstance(value, ast.Name) and value.id in sums):
                        yield name
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            inner = value.args[0] if isinstance(value, ast.Call) and len(value.args) == 1 else value
            if isinstance(inner, ast.ListComp) and _draws_in(inner, drawing) and _sums_up(inner.elt, drawing):
                yield name


def _draws_in(node: ast.AST, drawing: Collection[str]) -> bool:
    calls = of_kind(every_node(node), ast.Call)
    return any(draws(call) or last_name(call.func) in drawing for call in calls)


def _resamples(loop: ast.For | ast.While) -> bool:
    """Tell whether a loop draws rows of data again and again: ``df.sample(frac=1, replace=True)``."""
    calls = of_kind(every_node(loop), ast.Call)
    return any(isinstance(call.func, ast.Attribute) and call.func.attr == "sample" for call in calls)


def _bound_in(loop: ast.For | ast.While) -> Iterator[tuple[str, ast.expr]]:
    """Yield what a loop binds, each with its value: ``mean = draw.mean()``, which it keeps in a list."""
    for statement in of_kind(every_node(loop), ast.Assign):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value


def _sums_up(value: ast.expr, drawing: Collection[str]) -> bool:
    if isinstance(value, ast.Dict | ast.List | ast.Tuple):
        return False  # a row of data
    outcomes = _OUTCOMES.union(drawing)
    return any(last_name(call.func) in outcomes for call in of_kind(every_node(value), ast.Call))


def _draws_itself(name: str, value: object) -> bool:
    """Tell whether a function of the notebook's own draws at random, and is not called as one that makes up data."""
    own = type(value) is FunctionType and value.__module__ == "__main__" and not _MAKES.match(name)
    return own and not _DRAWN.isdisjoint(names_in(value.__code__))  # type: ignore[attr-defined]  # just asked


def _predicted(pairs: Sequence[tuple[str, ast.expr]], namespace: Mapping[str, Any]) -> Iterator[str]:
    """Yield the arrays that hold what models predicted, and what is made of these: ``gain = treated - control``."""
    found = {name for name, value in pairs if _asks_model(value)}
    made = [(name, set(_made_of(value))) for name, value in pairs] if found else []
    for _ in range(_ROUNDS - 1):
        found.update([name for name, parts in made if not found.isdisjoint(parts)])
    return (name for name in found if class_name(type(namespace.get(name))) in _ARRAYS)


def _asks_model(value: ast.expr) -> bool:
    functions = (call.func for call in of_kind(every_node(value), ast.Call))
    return any(isinstance(each, ast.Attribute) and each.attr in _ASKED for each in functions)


def _made_of(value: ast.expr) -> Iterator[str]:
    """Yield the names that an array is made of: parts of these, their sums, and what NumPy makes of them."""
    match value:
        case ast.Name(id=name):
            yield name
        case (
            ast.Subscript(value=inner) | ast.UnaryOp(operand=inner) | ast.Call(func=ast.Attribute(value=inner), args=[])
        ):
            yield from _made_of(inner)
        case ast.BinOp(left=left, right=right):
            yield from _made_of(left)
            yield from _made_of(right)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np" | "numpy")), args=args):
            for each in args:
                yield from _made_of(each)


def _judges(value: object, namespace: Mapping[str, Any]) -> bool:
    """Tell whether a value is a function of the notebook's own that scores, or asks a language model."""
    own = type(value) is FunctionType and value.__module__ == "__main__"
    return own and (is_judge(value) or answers(value, namespace))  # type: ignore[arg-type]  # just asked


def _appended(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Yield each list that a statement puts something into: ``scores.append(knn.score(X, y))``."""
    for call in of_kind(every_node(statement), ast.Call):
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[value]):
                yield name, value


def _scores_in(value: ast.expr, holding: Collection[str]) -> bool:
    """Tell whether an expression scores, or makes what holds scores."""
    calls = of_kind(every_node(value), ast.Call)
    return any(last_name(call.func) in holding or _BY_NAME.is_metric(call) for call in calls)


def _sources(value: ast.expr) -> set[str]:
    """Return the variables of which an expression takes what they hold, sums it up, or puts it into a row.

    >>> texts = ("table[0, 1]", "np.mean(folds)", "{'mean': mean_auc, 'n': 3}", "f(x)", "a + b")
    >>> [_sources(ast.parse(text, mode="eval").body) for text in texts]
    [{'table'}, {'folds'}, {'mean_auc'}, set(), set()]
    """
    match value:
        case ast.Name(id=name):
            return {name}
        case ast.Subscript(value=inner) | ast.Call(func=ast.Attribute(value=inner), args=[]):
            return _sources(inner)
        case ast.Call(func=function, args=[inner, *_]) if last_name(function) in _SUMS:
            return _sources(inner)
        case ast.Dict(values=items) | ast.List(elts=items) | ast.Tuple(elts=items):
            return set[str]().union(*map(_sources, items))
    return set()
