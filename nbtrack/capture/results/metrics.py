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
from types import MappingProxyType
from typing import Any, NamedTuple

from nbtrack.capture.results.data_labels import are_about_data
from nbtrack.capture.results.told import without_pace
from nbtrack.capture.syntax.configs import is_config_name
from nbtrack.capture.syntax.evidence import Evidence, is_limit, is_one_predicted, is_prediction
from nbtrack.capture.syntax.experiments import picks_key
from nbtrack.capture.syntax.shown import own_name
from nbtrack.capture.syntax.syntax import CLOCKS, Binding, Reading, is_literal, last_name
from nbtrack.capture.syntax.tables import MOST_COLUMNS
from nbtrack.capture.syntax.tee import handed_through, member, target_word, through, written
from nbtrack.capture.syntax.walking import child_nodes, every_node
from nbtrack.model.direction import direction
from nbtrack.model.tagged import Json
from nbtrack.record.redact import redact
from nbtrack.record.unasked import class_member, class_name, derives, instance_dict, is_genuine, module_name
from nbtrack.record.values import number

MOST_ENTRIES = 50
_INDICES = frozenset("range index argmax argmin argsort randint enumerate".split())
_COUNTS = _INDICES | frozenset("len int count nunique bit_length".split())
_PLACES = frozenset("argmax argmin nanargmax nanargmin idxmax idxmin".split())
_PICKING = frozenset({"iloc", "loc"})
_PICKERS = frozenset("max min sorted nlargest nsmallest".split())
_TIMES = frozenset("time times seconds secs sec duration durations elapsed runtime".split())
_WORD = re.compile(r"[A-Za-z][a-z]*")
_CHOSEN = frozenset({"best_params_", "best_estimator_", "best_index_"})
_SIZES = frozenset({"shape", "size", "ndim", "nbytes", "itemsize"})


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
    if type(value) is dict:
        return _entries(word, value, "last expression", _as_bound(node, reading), known)
    if is_pandas(value):
        return _labelled(word, value, "last expression", node, known)
    found = number(value)
    if found is None or _is_truth(value) or (_is_whole(value) and _counts(node)):
        return {}
    found_out = known.evidence.finds(node)
    told = found_out or known.evidence.supports(node) or known.evidence.is_score(word or written(node), node)
    told = told or (isinstance(node, ast.BinOp) and known.evidence.reduces(node))
    if not told or is_one_predicted(node):
        return {}
    called = last_name(node.func) if isinstance(node, ast.Call) and found_out else None
    return {word or own_name(node) or called or _text(node, 80): (found, "last expression")}


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
    for binding in reading.bindings.values():
        if binding.name.startswith("_") or ((failed or binding.conditional) and binding.name not in changed):
            continue
        if binding.name in reading.tried.kept or not _computed(binding, known):
            continue
        value = namespace.get(binding.name)
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


def without_copies(found: Mapping[str, tuple[Json, str]], reading: Reading) -> dict[str, tuple[Json, str]]:
    """Leave out the numbers of a dictionary that the cell has put into another one: ``report.update(more)``."""
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


def _poured(statement: ast.stmt) -> Iterator[str]:
    for node in every_node(statement):
        match node:
            case ast.Call(func=ast.Attribute(attr="update"), args=[ast.Name(id=name)]):
                yield name
            case ast.Dict(keys=keys, values=values):
                yield from (v.id for k, v in zip(keys, values, strict=True) if k is None and isinstance(v, ast.Name))


def is_alias(binding: Binding) -> bool:
    """Tell whether a name only takes a number from where it stands: ``res.aic``."""
    return all(isinstance(through(value), ast.Attribute) for value in binding.values)


def _computed(binding: Binding, known: Known) -> bool:
    """Tell whether some expression computed this name's value from more than literals, clocks and counts."""
    return any(
        not is_literal(value) and not _is_watched(value, known) and _measures(value, binding.name, known)
        for value in binding.values
    )


def _is_watched(node: ast.expr, known: Known) -> bool:
    """Tell whether the tee has seen this value already."""
    call = through(node)
    return bool(known.watched) and isinstance(call, ast.Call) and written(call) in known.watched


def _measures(node: ast.expr, name: str, known: Known) -> bool:
    """Tell whether anything but clocks, counts, chosen settings and literals went into an expression."""
    if any(isinstance(part, ast.Attribute) and part.attr in _CHOSEN for part in every_node(node)):
        return False
    if picks_key(through(node)):
        return False
    if direction(name) is None and _is_chosen(through(node)) and not _is_row(through(node)):
        return False
    counts = CLOCKS | (_INDICES if direction(name) else _COUNTS)  # ``errors = int(...)`` says itself what it counts
    parts = list(_measured_parts(node, counts))
    if any(isinstance(part, ast.Call) and last_name(part.func) not in counts for part in parts):
        return True
    names = {part.id for part in parts if isinstance(part, ast.Name)} - {name}
    return bool(names) and (direction(name) is not None or not names <= set(known.literals))


def _is_chosen(node: ast.expr) -> bool:
    """Tell whether an expression looks up what stands where a score is best: ``thresholds[np.argmax(scores)]``."""
    calls = every_node(node.slice) if isinstance(node, ast.Subscript) else ()
    return any(isinstance(call, ast.Call) and last_name(call.func) in _PLACES for call in calls)


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
        and last_name(node.func) in _PICKERS
        and any(word.arg == "key" for word in node.keywords)
    )


def _measured_parts(node: ast.AST, counts: Collection[str]) -> Iterator[ast.AST]:
    """Walk an expression without what stands inside a count: ``total / len(x)`` measures, ``len(x) // 2`` does not."""
    watched = handed_through(node)
    if watched is not None:
        yield from _measured_parts(watched, counts)
        return
    yield node
    if not (isinstance(node, ast.Call) and last_name(node.func) in counts):
        for inner in child_nodes(node):
            yield from _measured_parts(inner, counts)


def _is_result(binding: Binding, value: object, known: Known) -> bool:
    if _is_truth(value) or number(value) is None or is_prediction(binding.name):
        return False
    timed = is_time(binding.name) and binding.name not in known.evidence.clocked
    if timed or binding.name in known.evidence.averaged:
        return False
    if binding.name in known.evidence.drawn and direction(binding.name) is None:
        return False
    if is_limit(binding.name) or (binding.moved and direction(binding.name) is None and _is_divided(binding, known)):
        return False
    if any(known.evidence.is_score(binding.name, each) or known.evidence.finds(each) for each in binding.values):
        return not _is_whole(value) or direction(binding.name) is not None or binding.name in known.evidence.said
    made = [each for each in binding.values if not (is_one_predicted(each) or known.evidence.moves_predicted(each))]
    return not _is_whole(value) and any(map(known.evidence.supports, made))


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


def _is_truth(value: object) -> bool:
    """Tell whether a value is true or false, of Python's or NumPy's kind: the answer to a question is no score."""
    kind = type(value)
    return kind is bool or (module_name(kind) == "numpy" and class_name(kind).startswith("bool"))


def _labelled(word: str, value: Any, source: str, node: ast.AST, known: Known) -> dict[str, tuple[Json, str]]:
    """Return the numbers of a column labelled by text, or of a frame of one row, that are results."""
    picked = any(isinstance(part, ast.Attribute) and part.attr in _PICKING for part in every_node(node))
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
    if any(type(value) in {dict, list, tuple, set} for value in values.values()) and not _picked(node):
        results = {name for name, value in _written_entries(node) if known.evidence.supports(value)}
        values = {name: value for name, value in values.items() if name in results}
    values = without_pace(values)
    supported = known.evidence.supports(node) or (word and known.evidence.is_score(word, node))
    settings = _settings_in(node, known.evidence)
    if _picked(node):
        supported = False  # what else the row says are its settings
    return {
        member(word, name) if word else name: (number(value), source)
        for name, value in values.items()
        if number(value) is not None
        and type(value) is not bool
        and not is_time(name)
        and (known.evidence.is_score(name, node) or (supported and name not in settings and not _is_whole(value)))
    }


def _picked(node: ast.AST) -> bool:
    """Tell whether a value was picked from many: one row of results may hold a setting that is a list."""
    made = node.elts if isinstance(node, ast.List) else [node] if isinstance(node, ast.expr) else []
    return any(map(picks, made))


def _settings_in(node: ast.AST, evidence: Evidence) -> set[str]:
    """Return the entries of written dictionaries that are names for no result: ``{"score": s, "alpha": alpha}``."""
    pairs = _written_entries(node)
    return {name for name, value in pairs if isinstance(value, ast.Name) and not evidence.supports(value)}


def _written_entries(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield the entries of dictionaries that an expression writes out."""
    for part in every_node(node):
        for key, value in zip(part.keys, part.values, strict=True) if isinstance(part, ast.Dict) else ():
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
    return {str(name): frame.iloc[0, place] for place, name in enumerate(frame.columns)}


def _counts(node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        return direction(node.id) is None
    names = {last_name(inner.func) for inner in every_node(node) if isinstance(inner, ast.Call)}
    sizes = {inner.attr for inner in every_node(node) if isinstance(inner, ast.Attribute)}
    return bool(names & _COUNTS or sizes & _SIZES)


def _text(node: ast.expr, longest: int) -> str:
    """Return an expression as it was written, secrets removed before it is cut: half a token is one too."""
    text = redact(written(node))[0]
    return text if len(text) <= longest else text[: longest - 1] + "…"
