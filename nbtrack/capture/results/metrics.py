"""The metrics of a cell that the tee did not see: its last expression, and numbers and dictionaries it bound.

Which numbers are promoted to metrics:
- floating-point numbers computed from results: from what was fitted, predicted, scored, forecast (``evidence.py``);
- floating-point numbers under a name that means a score or a cost (``loss``, ``accuracy``), unless they describe a
  column of that name; ambiguous words (``gain``, ``score``) count only in a cell that fits or evaluates something;
- whole numbers only where a word of the name means a score or a cost (``errors``, ``hits``): all others are sizes,
  counters and indices, as are loop variables and what ``len``, ``.shape`` and their like return;
- entries of flat dictionaries by the same rule, unless the dictionary is named like settings;
- a column labelled with the columns of a table, or with features, is about data; a row picked from a table counts only
  where its entries are called like scores;
- names that begin with an underscore are never promoted, nor what only clocks and literals went into, nor what is
  called a time, nor what was chosen by where a score is best (``thresholds[argmax(scores)]``, ``max(d, key=d.get)``);
- a number with a neutral name that goes nowhere but into a drawing is none;
- a sum with a neutral name is none where the cell divides it: ``running / len(batches)`` says what it is worth.
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from types import BuiltinFunctionType, FunctionType, MappingProxyType, ModuleType
from typing import Any, NamedTuple

from nbtrack.capture.results.data_labels import are_about_data
from nbtrack.capture.results.told import is_truth, without_pace
from nbtrack.capture.syntax.configs import is_config_name
from nbtrack.capture.syntax.evidence import Evidence, is_limit, is_one_predicted, is_prediction
from nbtrack.capture.syntax.experiments import is_statistic, picks_key, shortens
from nbtrack.capture.syntax.literals import is_derived, is_literal
from nbtrack.capture.syntax.shown import own_name
from nbtrack.capture.syntax.syntax import CLOCKS, Binding, Reading, last_name
from nbtrack.capture.syntax.tables import MOST_COLUMNS, is_array
from nbtrack.capture.syntax.tee import handed_through, member, target_word, through, written
from nbtrack.capture.syntax.walking import LEAVES, child_nodes, every_node, of_kind, of_kinds
from nbtrack.model.direction import direction
from nbtrack.model.tagged import Json
from nbtrack.record.redact import redact
from nbtrack.record.unasked import class_member, class_name, derives, instance_dict, is_genuine, module_name
from nbtrack.record.values import as_label, number

MOST_ENTRIES = 50
_MOST_TOGETHER = 6  # numbers that a call returns
_INDICES = frozenset("range index argmax argmin argsort idxmax idxmin randint enumerate".split())
_COUNTS = _INDICES | frozenset("len int count nunique bit_length".split())
_TIMED_INDICES = CLOCKS | _INDICES
_TIMED_COUNTS = CLOCKS | _COUNTS
_PLACES = frozenset("argmax argmin nanargmax nanargmin idxmax idxmin".split())
_PICKING = frozenset({"iloc", "loc"})
PICKERS = frozenset("max min sorted nlargest nsmallest".split())
_TIMES = frozenset("time times seconds secs sec duration durations elapsed runtime".split())
_WORD = re.compile(r"[A-Za-z][a-z]*")
_CHOSEN = frozenset({"best_params_", "best_estimator_", "best_index_"})
_BEST_SETTINGS = re.compile(r"best_(?:param(?:eter)?s?|hyper_?param(?:eter)?s?|config|cfg|settings|combo|combination)")
_POURING = (ast.Call, ast.Dict)
_SIZES = frozenset({"shape", "size", "ndim", "nbytes", "itemsize"})
# Values that hold neither a number nor a curve: of these nobody asks how they were made.
INERT = frozenset({bool, str, bytes, type(None), set, frozenset, range, type, FunctionType, BuiltinFunctionType})
INERT |= {ModuleType}
BUILT_IN = INERT | {int, float, complex, list, tuple, dict}
_NO_NUMBER = INERT | {list, tuple}
_NO_ENTRY = _NO_NUMBER | {dict}


class Known(NamedTuple):
    """What is already known of a cell's numbers: names recorded, calls watched, names that hold literals."""

    recorded: Collection[str]
    watched: Collection[str]
    literals: Collection[str]
    evidence: Evidence
    namespace: Mapping[str, Any] = MappingProxyType({})


def last_expression(reading: Reading, value: object, known: Known) -> dict[str, tuple[Json, str]]:
    """Return the metrics in the value a cell ends with: a number, a flat dictionary, or a frame of one row."""
    node = reading.last
    if node is None or value is None or is_literal(node) or _is_watched(node, known):
        return {}
    word = target_word(node) or ""
    if type(value) in {dict, tuple} or is_pandas(value):
        return _several(word, node, value, reading, known)
    if is_array(value) and _finds_several(node, known.evidence):
        return _together(node, _row(value))
    found_out, found = known.evidence.finds(node), number(value)
    if found is None or is_truth(value) or (_is_whole(value) and _counts(node)):
        return {}
    called = word or _called(node, known.namespace)
    told = found_out or known.evidence.supports(node) or known.evidence.is_score(called, node)
    told = told or (isinstance(node, ast.BinOp) and known.evidence.reduces(node)) or known.evidence.sums_up(node)
    told = told or known.evidence.follows(node)
    if not told or is_one_predicted(node) or is_prediction(word):
        return {}
    own = last_name(node.func) if isinstance(node, ast.Call) and found_out else None
    return {word or own_name(node) or own or _text(node, 80): (found, "last expression")}


def _several(word: str, node: ast.expr, value: Any, reading: Reading, known: Known) -> dict[str, tuple[Json, str]]:
    """Return the metrics in a value that holds several numbers."""
    if type(value) is dict:
        return _entries(word, value, "last expression", _as_bound(node, reading), known)
    if type(value) is tuple:
        return _together(node, value) if _finds_several(node, known.evidence) else {}
    return _labelled(word, value, "last expression", node, known)


def _finds_several(node: ast.expr, evidence: Evidence) -> bool:
    """Tell whether a call finds several numbers out: ``fmin(f, [1, 2])``, ``np.percentile(means, [2.5, 97.5])``."""
    if not isinstance(node, ast.Call):
        return False
    found = evidence.finds(node) or last_name(node.func) in evidence.solving
    return found or evidence.sums_up(node) or evidence.follows(node)


def _row(array: Any) -> tuple[object, ...]:
    """Return the first numbers of an array of one dimension, one more than are told; none of any other."""
    row = array.ndim == 1 and array.dtype.kind == "f"
    return tuple(array[: _MOST_TOGETHER + 1].tolist()) if row else ()


def _together(node: ast.expr, values: tuple[object, ...]) -> dict[str, tuple[Json, str]]:
    """Return the few numbers that a function of the notebook's own has found out: ``permuted(x, y)``."""
    word = (last_name(node.func) if isinstance(node, ast.Call) else None) or ""
    found = {f"{word}.{place}": number(each) for place, each in enumerate(values[: _MOST_TOGETHER + 1])}
    return {
        name: (each, "last expression")
        for name, each in found.items()
        if each is not None and len(found) <= _MOST_TOGETHER
    }


def _called(node: ast.expr, namespace: Mapping[str, Any]) -> str:
    """Return an expression as it is written, less an object that is called as its class in short: ``acc.balance``."""
    member = node.func if isinstance(node, ast.Call) else node
    match member:
        case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in namespace:
            kind = class_name(type(namespace[name])).rpartition(".")[2]
            return attr if shortens(name, kind) else written(node)
    return written(node)


def _as_bound(node: ast.expr, reading: Reading) -> ast.expr:
    """Return how the cell made what it ends with: a name alone says nothing of the entries of a dictionary."""
    binding = reading.bindings.get(node.id) if isinstance(node, ast.Name) else None
    return node if binding is None else ast.List([node, *binding.values], ast.Load())


def bound_numbers(
    reading: Reading, namespace: Mapping[str, Any], changed: Collection[str], known: Known, *, failed: bool = False
) -> dict[str, tuple[Json, str]]:
    """Return the numbers, and numbers in flat dictionaries, that the cell's own statements computed.

    Args:
        reading: the cell's syntax.
        namespace: the user's variables after the cell ran.
        changed: those names that hold another object than before the cell; names bound inside a condition or loop, and
            all names of a cell that failed, count only when they are among them.
        known: what must not be recorded twice.
        failed: whether the cell ended with an error, so that names may hold what an earlier execution left.
    """
    found: dict[str, tuple[Json, str]] = {}
    twice = _named_twice(reading, known) if len(reading.bindings) > 1 else ()
    for binding in reading.bindings.values():
        if binding.name.startswith("_") or ((failed or binding.conditional) and binding.name not in changed):
            continue
        value = namespace.get(binding.name)
        if type(value) in _NO_NUMBER or binding.name in twice or binding.name in reading.tried.kept:
            continue
        if binding.name in known.evidence.totalled or binding.name in known.evidence.weighing:
            continue  # of one round, where it keeps the sum, or of one step; or about features
        if not _may_tell(binding, value, known.evidence) or not _computed(binding, known):
            continue
        if type(value) is dict and not is_config_name(binding.name):
            whole = ast.List(binding.values, ast.Load())
            found.update(_entries(binding.name, value, f"{binding.name} in the cell", whole, known))
        elif fields := _fields(value):
            whole = ast.List(binding.values, ast.Load())
            found.update(_entries(binding.name, fields, f"{binding.name} in the cell", whole, known))
        elif is_pandas(value) and type(value).__name__ == "Series" and not binding.counted:
            whole = ast.List(binding.values, ast.Load())
            found.update(_labelled(binding.name, value, f"{binding.name} in the cell", whole, known))
        elif not binding.counted and binding.name not in known.recorded and _is_result(binding, value, known):
            found[binding.name] = (number(value), _text(binding.values[-1], 200))
    return {name: pair for name, pair in found.items() if name not in known.recorded}


def _may_tell(binding: Binding, value: Any, evidence: Evidence) -> bool:
    """Tell whether a value can hold a result at all: what it is made of does, or something is called like one.

    Of tables, and of objects of the notebook's own, that is asked when it is known what they hold.
    """
    kind = type(value)
    if kind is dict and (not 0 < len(value) <= MOST_ENTRIES or _NO_ENTRY.issuperset(map(type, value.values()))):
        return False
    if module_name(kind).partition(".")[0] in {"__main__", "pandas"}:
        return True
    if any(evidence.supports(each) or evidence.finds(each) for each in binding.values):
        return True
    return any(_may_score(name, evidence) for name in (binding.name, *(value if kind is dict else ())))


def _may_score(name: object, evidence: Evidence) -> bool:
    """Tell whether a name can be one of a score; only of such does ``is_score`` say that it is."""
    if type(name) is not str:
        return False
    return direction(name) is not None or name in evidence.said or name in evidence.worded or is_statistic(name)


def _named_twice(reading: Reading, known: Known) -> set[str]:
    """Return the further names that a statement gives one number: ``a`` of ``a = accuracy = 0.9``."""
    chains = [part.node for part in reading.parts if isinstance(part.node, ast.Assign) and len(part.node.targets) > 1]
    found = set[str]()
    for node in chains:
        names = [each.id for each in node.targets if isinstance(each, ast.Name)]
        found.update(sorted(names, key=lambda name: (name not in known.recorded, direction(name) is None))[1:])
    return found


def without_copies(found: Mapping[str, tuple[Json, str]], reading: Reading) -> dict[str, tuple[Json, str]]:
    """Leave out the numbers of a dictionary that the cell has put into another one: ``report.update(more)``.

    So are those that have names of their own: ``{"one": acc_one, "two": acc_two}``.
    """
    if len(found) < 2:
        return dict(found)
    same = ((entry, found.get(entry), found.get(name)) for entry, name in _renamed(reading))
    named = {entry for entry, one, other in same if one and one is not other and other and one[0] == other[0]}
    found = {name: pair for name, pair in found.items() if name not in named}
    poured = {name for part in reading.parts for name in _poured(part.node)}
    copied = {
        name
        for name, (value, _) in found.items()
        if name.partition(".")[0] in poured
        and any(_entry(o) == _entry(name) and o != name and known == value for o, (known, _) in found.items())
    }
    return {name: pair for name, pair in found.items() if name not in copied}


def _entry(name: str) -> str:
    return name.partition(".")[2]


def _renamed(reading: Reading) -> Iterator[tuple[str, str]]:
    """Yield each entry of a dictionary that the cell writes out, with the name that it puts there."""
    for name, binding in reading.bindings.items():
        for written_out in (each for each in binding.values if isinstance(each, ast.Dict) and not binding.conditional):
            for key, value in zip(written_out.keys, written_out.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and isinstance(value, ast.Name):
                    yield f"{name}.{key.value}", value.id
                    yield key.value, value.id


def _poured(statement: ast.stmt) -> Iterator[str]:
    for node in of_kinds(every_node(statement), _POURING):
        match node:
            case ast.Call(func=ast.Attribute(attr="update"), args=[ast.Name(id=name)]):
                yield name
            case ast.Dict(keys=keys, values=values):
                yield from (v.id for k, v in zip(keys, values, strict=True) if k is None and isinstance(v, ast.Name))


def is_alias(binding: Binding) -> bool:
    """Tell whether a name only takes a number from where it stands: ``res.aic``, ``test[1]`` with a neutral name."""
    neutral = direction(binding.name) is None
    taken = map(through, binding.values)
    return all(isinstance(each, ast.Attribute) or (neutral and _is_place(each)) for each in taken)


def _is_place(node: ast.expr) -> bool:
    match node:
        case ast.Subscript(value=ast.Name(), slice=ast.Constant(value=int())):
            return True
    return False


def _computed(binding: Binding, known: Known) -> bool:
    """Tell whether some expression computed this name's value from more than literals, clocks and counts."""
    return any(
        not is_literal(value) and not _is_watched(value, known) and _measures(value, binding.name, known)
        for value in binding.values
    )


def _is_watched(node: ast.expr, known: Known) -> bool:
    """Tell whether the tee has seen this value already."""
    call = through(node) if known.watched else None
    if not isinstance(call, ast.Call):
        return False
    word = last_name(call.func) or ""  # written last: it takes long
    return any(word in text for text in known.watched) and written(call) in known.watched


def _measures(node: ast.expr, name: str, known: Known) -> bool:
    """Tell whether anything but clocks, counts, chosen settings and literals went into an expression."""
    inner, called_so = through(node), direction(name) is not None
    if _is_clocked(inner) or _is_setting(node):
        return False
    telling = called_so or is_statistic(name) or (name.startswith("best") and _ends_scores(node))
    if picks_key(inner) or (not telling and (is_derived(node, known.literals) or _is_in_best(inner))):
        return False
    chosen = not called_so and name not in known.evidence.followed
    if chosen and _is_chosen(inner) and not _is_row(inner):
        return False
    # ``errors = int(...)`` says itself what it counts
    names = _measured_names(node, _TIMED_INDICES if called_so else _TIMED_COUNTS)
    if names is None:
        return True
    names.discard(name)
    return bool(names) and (telling or not names.issubset(known.literals))


def derived(reading: Reading, literals: Collection[str]) -> set[str]:
    """Return what a cell only puts into other units, in no loop: ``mass = rho * r**3``, and what it makes of that.

    Nothing in a cell that tests a hypothesis by hand: from counts that are written out, it finds its statistic.
    """
    if any(map(is_statistic, reading.bindings)):
        return set()
    known: set[str] | None = None
    for each in reading.bindings.values():
        if each.name in literals:
            continue
        if known is None:
            known = {name for name in literals if name not in reading.bindings}
            known |= {name for name, binding in reading.bindings.items() if all(map(is_literal, binding.values))}
        if not each.conditional and not each.filled and all(is_derived(value, known) for value in each.values):
            known.add(each.name)
    return set() if known is None else known.intersection(reading.bindings)


def _is_setting(node: ast.expr) -> bool:
    """Tell whether an expression takes from the best settings: ``eps, k = best_params``, ``s.best_params_["C"]``."""
    if any(part.attr in _CHOSEN for part in of_kind(every_node(node), ast.Attribute)):
        return True
    inner = node
    while isinstance(inner, ast.Subscript | ast.Attribute):
        inner = inner.value
    return isinstance(inner, ast.Name) and _BEST_SETTINGS.fullmatch(inner.id) is not None


def _is_in_best(node: ast.expr) -> bool:
    """Tell whether an expression looks up what the best row was tried with: ``float(best_row["C"])``, and no score."""
    match node:
        case ast.Subscript(value=ast.Name(id=row), slice=ast.Constant(value=str(word))):
            return row.partition("_")[0] == "best" and direction(word) is None
    return False


def _is_clocked(node: ast.expr) -> bool:
    """Tell whether an expression is what has passed since a moment, by any name: ``t_bic = time.time() - start``."""
    match node:
        case ast.BinOp(left=ast.Call(func=function, args=[]), op=ast.Sub(), right=ast.Name()):
            return last_name(function) in CLOCKS
    return False


def _ends_scores(node: ast.expr) -> bool:
    """``val_losses[-1]``, which a loop keeps while it is the best."""
    match node:
        case ast.Subscript(value=ast.Name(id=name), slice=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1))):
            return direction(name) is not None
    return False


def _is_chosen(node: ast.expr) -> bool:
    """Tell whether an expression looks up what stands where a score is best: ``thresholds[np.argmax(scores)]``."""
    calls = of_kind(every_node(node.slice), ast.Call) if isinstance(node, ast.Subscript) else ()
    return any(last_name(call.func) in _PLACES for call in calls)


def _is_row(node: ast.expr) -> bool:
    """``df.loc[df.acc.idxmax()]`` is a row with all that it says; ``df.loc[df.acc.idxmax(), "k"]`` is one setting."""
    match node:
        case ast.Subscript(value=ast.Attribute(attr=name), slice=place):
            return name in _PICKING and not isinstance(place, ast.Tuple)
    return False


def picks(node: ast.expr) -> bool:
    """Tell whether an expression picks one of many by what it says.

    ``max(results, key=...)``, the first of ``sorted(results, key=...)``, ``df.loc[df.acc.idxmax()]``.
    """
    if _is_row(node) and _is_chosen(node):
        return True
    while isinstance(node, ast.Subscript):
        node = node.value
    return (
        isinstance(node, ast.Call)
        and last_name(node.func) in PICKERS
        and any(word.arg == "key" for word in node.keywords)
    )


def _measured_names(node: ast.AST, counts: Collection[str]) -> set[str] | None:
    """Return the names in an expression that only counts, without what it counts; None where it calls anything else.

    ``total / len(x)`` measures ``total``, ``len(x) // 2`` nothing.
    """
    names, waiting = set[str](), [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.Call):
            if (watched := handed_through(part)) is not None:
                waiting.append(watched)
            elif last_name(part.func) not in counts:
                return None
        elif isinstance(part, ast.Name):
            names.add(part.id)
        elif part.__class__ not in LEAVES:
            waiting += child_nodes(part)
    return names


def _is_result(binding: Binding, value: object, known: Known) -> bool:
    if is_truth(value) or number(value) is None or is_prediction(binding.name):
        return False
    timed = is_time(binding.name) and binding.name not in known.evidence.clocked | known.evidence.said
    if timed or binding.name in known.evidence.averaged:
        return False
    neutral = direction(binding.name) is None and not is_statistic(binding.name)
    if neutral and (binding.name in known.evidence.drawn or _leads_on(binding.name, known)):
        return False
    if is_limit(binding.name) or (binding.moved and direction(binding.name) is None and _is_divided(binding, known)):
        return False
    if any(known.evidence.is_score(binding.name, each) or known.evidence.finds(each) for each in binding.values):
        told = known.evidence.said | known.evidence.missed
        return not _is_whole(value) or direction(binding.name) is not None or binding.name in told
    seen = known.evidence
    made = [each for each in binding.values if not (seen.foretells(each) or seen.moves_predicted(each))]
    return not _is_whole(value) and any(map(known.evidence.supports, made))


def _leads_on(name: str, known: Known) -> bool:
    """Tell whether a number is only a step on the way to others: ``z = gap / spread``; no time, nor what was fitted."""
    others = known.evidence.handed.get(name, ())
    told = name in known.evidence.estimated | known.evidence.followed | known.evidence.clocked
    return bool(others) and not told and all(number(known.namespace.get(other)) is not None for other in others)


def _is_divided(binding: Binding, known: Known) -> bool:
    """``running += step(batch)`` is no result where ``running / len(batches)`` is."""
    return binding.name in known.evidence.divided


def is_time(name: str) -> bool:
    """``fit_time`` and ``elapsed_seconds`` are read off a clock, whatever was computed with it."""
    *_, last = ["", *_WORD.findall(name)]
    return last.lower() in _TIMES


def _is_whole(value: object) -> bool:
    """Judged by the class alone: ``isinstance`` would ask the object, and a lazy one would load itself to answer."""
    kind = type(value)
    if module_name(kind) == "torch" and class_name(kind) == "Tensor" and is_genuine(kind):
        return not str(value.dtype).startswith(("torch.float", "torch.bfloat", "torch.complex"))  # type: ignore[attr-defined]  # a tensor's
    return derives(kind, int) or (module_name(kind) == "numpy" and class_name(kind).startswith(("int", "uint")))


def _labelled(word: str, value: Any, source: str, node: ast.AST, known: Known) -> dict[str, tuple[Json, str]]:
    """Return the numbers of a column labelled by text, or of a frame of one row, that are results."""
    asked = {part.attr for part in of_kind(every_node(node), ast.Attribute)}
    if "describe" in asked:
        return {}  # the quartiles of numbers that are recorded, or of data
    picked = not asked.isdisjoint(_PICKING)
    values = _one_row(value, kinds="fO" if picked else "f")
    if picked:
        values = {name: each for name, each in values.items() if known.evidence.is_score(name, node)}
    found = _entries(word, values, source, node, known)
    wider = MOST_COLUMNS if picked else 0  # a table of results may be the one that it was picked from
    return {} if found and are_about_data(values, node, known.namespace, wider) else found


def _entries(
    word: str, values: Mapping[Any, Any], source: str, node: ast.AST, known: Known
) -> dict[str, tuple[Json, str]]:
    """Return the numbers of a flat dictionary with text keys; a dictionary that holds containers is data."""
    if not 0 < len(values) <= MOST_ENTRIES or not all(type(name) is str for name in values):
        return {}
    made = node.elts if isinstance(node, ast.List) else [node] if isinstance(node, ast.expr) else []
    picked, written_out = any(map(picks, made)), list(_written_entries(node))  # a picked row's setting may be a list
    if not picked and any(type(value) in {dict, list, tuple, set} for value in values.values()):
        results = {name for name, value in written_out if known.evidence.supports(value)}
        values = {name: value for name, value in values.items() if name in results}
    values = without_pace(values)
    simulated = any(map(known.evidence.finds, made))  # in time of its own, which no clock has told
    supported = not picked and (  # what else the row says are its settings
        simulated or known.evidence.supports(node) or (word != "" and known.evidence.is_score(word, node))
    )
    # names for no result, in dictionaries that are written out: ``{"score": s, "alpha": alpha}``
    settings = {n for n, value in written_out if isinstance(value, ast.Name) and not known.evidence.supports(value)}
    derived_of = {name for name, value in written_out if is_derived(value, known.literals)}
    return {
        member(word, name) if word else name: (number(value), source)
        for name, value in values.items()
        if number(value) is not None
        and type(value) is not bool
        and name not in derived_of
        and (simulated or not is_time(name))
        and (known.evidence.is_score(name, node) or (supported and name not in settings and not _is_whole(value)))
    }


def scores_in(word: str, values: Mapping[Any, Any], evidence: Evidence, *, sure: bool) -> dict[str, Json]:
    """Return the scores in what a function has found out in one round of a loop, as they are told of a single call.

    Args:
        word: what the cell calls the dictionary.
        values: the dictionary.
        evidence: what the cell does.
        sure: whether the function judges: what stands there under neutral names is a result, too.
    """
    if not 0 < len(values) <= MOST_ENTRIES or not all(type(name) is str for name in values):
        return {}
    flat = not any(type(value) in {dict, list, tuple, set} for value in values.values())
    return {
        member(word, name): number(value)
        for name, value in without_pace(values).items()
        if number(value) is not None
        and not is_truth(value)
        and not is_time(name)
        and (evidence.is_score(name) or (sure and flat and not _is_whole(value)))
    }


def _written_entries(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield the entries of dictionaries that an expression writes out."""
    for part in of_kind(every_node(node), ast.Dict):
        for key, value in zip(part.keys, part.values, strict=True):
            if isinstance(key, ast.Constant) and type(key.value) is str:
                yield key.value, value


def is_pandas(value: object) -> bool:
    """Tell whether a value is a table, column or index of pandas' own."""
    return module_name(type(value)).partition(".")[0] == "pandas" and is_genuine(type(value))


def _fields(value: object) -> dict[str, Any]:
    """Return what a named tuple or dataclass of the notebook's own holds, but for one that holds settings."""
    kind = type(value)
    if module_name(kind) != "__main__" or is_config_name(class_name(kind)):
        return {}
    names = class_member(kind, "_fields")
    if derives(kind, tuple) and type(names) is tuple:
        return dict(zip(map(str, names), tuple.__iter__(value), strict=False))  # type: ignore[arg-type]  # a tuple
    return dict(instance_dict(value)) if type(class_member(kind, "__dataclass_fields__")) is dict else {}


def _one_row(frame: Any, kinds: str = "f") -> dict[str, Any]:
    """Return a frame of one row, or a column labelled by text, as a dictionary; an empty one for any other shape."""
    if type(frame).__name__ == "Series" and 0 < frame.shape[0] <= MOST_ENTRIES and frame.dtype.kind in kinds:
        names = frame.index.tolist()
        return dict(zip(names, frame.tolist(), strict=True)) if all(type(name) is str for name in names) else {}
    if type(frame).__name__ != "DataFrame" or frame.shape[0] != 1 or frame.shape[1] > MOST_ENTRIES:
        return {}
    return {as_label(name): frame.iloc[0, place] for place, name in enumerate(frame.columns)}


def _counts(node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        return direction(node.id) is None
    nodes = every_node(node)
    names = {last_name(inner.func) for inner in of_kind(nodes, ast.Call)}
    sizes = {inner.attr for inner in of_kind(nodes, ast.Attribute)}
    return bool(names & _COUNTS or sizes & _SIZES)


def _text(node: ast.expr, longest: int) -> str:
    """Return an expression as it was written, secrets removed before it is cut: half a token is one too."""
    text = redact(written(node))[0]
    return text if len(text) <= longest else text[: longest - 1] + "…"
