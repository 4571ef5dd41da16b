"""The parameters of a cell, from the most trusted source to the least, each with where it came from.

    1. arguments of the ``%%track`` line
    2. ``get_params()`` of estimators fitted in the cell - those set, not those left at their default
    3. literal arguments of calls in the cell
    4. what optimisers and networks within reach are set to
    5. objects and dictionaries of settings, bound or read in the cell
    6. literals assigned at the top level
    7. literals and literal arguments in earlier cells, as far as this cell depends on them
    8. defaults: of the estimators, and of the notebook's own functions that the cell calls

One fact has one name: the same name with the same value is one parameter with several sources. The same name with
another value is told apart by its owner, ``train_test_split.random_state``, and a third by how many there are of that,
``train_test_split_3.random_state``.
"""

import ast
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple, TypeGuard

from nbtrack.capture.results.estimators import Settings
from nbtrack.capture.results.fact import Fact
from nbtrack.capture.results.functions import Setting, settings_of_calls
from nbtrack.capture.results.in_reach import facts_in_reach
from nbtrack.capture.results.metrics import BUILT_IN
from nbtrack.capture.results.picked import found_by_studies, picked_settings
from nbtrack.capture.results.sizes import is_size
from nbtrack.capture.results.written_data import data_in, is_data, is_look, is_told
from nbtrack.capture.session.supplies import NOTHING, Supplies, Supply
from nbtrack.capture.syntax.calls import is_metric_name, is_metric_word
from nbtrack.capture.syntax.configs import is_config_name, settings_of
from nbtrack.capture.syntax.drawn_with import drawn_with
from nbtrack.capture.syntax.literals import is_literal, literal
from nbtrack.capture.syntax.passing import goes_through
from nbtrack.capture.syntax.rounds import epochs
from nbtrack.capture.syntax.solving import finds_out
from nbtrack.capture.syntax.syntax import Binding, Keyword, Reading
from nbtrack.capture.syntax.tables import is_array
from nbtrack.capture.syntax.tee import member
from nbtrack.capture.syntax.walking import every_node
from nbtrack.record.unasked import module_name
from nbtrack.record.values import as_label, to_json
from nbtrack.secret.name import SURE, grade

_SCHEDULED = frozenset("T_max T_0 total_steps total_iters num_training_steps decay_steps first_decay_steps".split())
DEFAULT = " default"  # how the source of a parameter ends that nobody chose
_OWN_WORDS = ("literal", "argument")  # sources whose name is a variable of the person's own
LONGEST_TEXT = 500
LONGEST_SEQUENCE = 20
SHORTEST_ALPHABET = 15
MOST_OBJECTS = 200
MOST_ENTRIES = 1_000  # of a dictionary of settings
MOST_OF_ONE_NAME = 20
# What reports show of the classes, and in how many digits.
_REPORTS = frozenset({"classification_report", "confusion_matrix", "multilabel_confusion_matrix"})
_OF_REPORTS = frozenset({"labels", "target_names", "digits"})
_NESTED = frozenset({list, tuple, dict})
_PLAIN = frozenset({bool, int, float, str, type(None)}) | _NESTED  # what may be compared: no code of users, no arrays
_PLAIN_OBJECTS = BUILT_IN - {dict, type}  # they hold no settings of their own


class Found(NamedTuple):
    """A parameter, where it came from, and what tells it from another of the same name."""

    name: str
    value: Any
    source: str
    owner: str


# An earlier cell's own drew its data.
_OWN_GENERATORS = frozenset("default_rng RandomState Random PRNGKey Generator".split())


def _is_of(item: Found, estimator: Settings) -> bool:
    """Tell whether an estimator says itself what an argument of its class has become.

    Of an argument that was written out as the default, it does not say that somebody chose it.
    """
    nested = f"{item.owner.lower()}__{item.name}"
    names = [nested, item.name] if estimator.owner == item.owner else [nested]
    if any(name in estimator.chosen for name in names):
        return True
    return any(name in estimator.defaults and not _equal(estimator.defaults[name], item.value) for name in names)


def find_params(
    reading: Reading,
    namespace: Mapping[str, Any],
    fitted: Iterable[Settings],
    arguments: Mapping[str, Any],
    upstream: Supplies = NOTHING,
    *,
    draws: bool = True,
) -> dict[str, tuple[Any, str]]:
    """Return the parameters of a cell in order of trust, as ``{name: (value, source)}``.

    Args:
        reading: the cell's syntax.
        namespace: the user's variables after the cell ran.
        fitted: the settings of the estimators it fitted.
        arguments: those of the ``%%track`` line.
        upstream: what earlier executions gave to the cell.
        draws: whether the cell may draw pictures; what it only draws with is no parameter.
    """
    estimators = list(fitted)
    drawn = drawn_with([part.node for part in reading.parts], computed=False) if draws and reading.bindings else set()
    literals = list(_literals(reading, namespace, arguments, estimators, drawn)) if reading.bindings else []
    called = [_beside(each, literals) for each in settings_of_calls(reading.calls, namespace)] if reading.calls else []
    reach = _reach(reading, namespace)
    facts = facts_in_reach(reach, reading, upstream, namespace) if reach else []
    found = [Found(name, value, "argument", "") for name, value in arguments.items()] if arguments else []
    if estimators or reading.keywords or called:
        found += _of_calls(estimators, called, reading, namespace)
    if reach:
        found += [*_of_objects(facts, chosen=True), *_configs(reach, reading, arguments)]
    found += literals
    if reading.bindings or reading.loads or reading.counted or reading.seeds:
        found += _settled(reading, namespace)
    if upstream.given or upstream.seeds:
        found += _earlier(reading, upstream, namespace, arguments, estimators)
    if estimators or called or facts:
        found += _defaults(estimators, called, facts)
    if not found:
        return {}
    passed = dict(reading.passed)
    for each in upstream.given:
        _join(passed, each.reading.passed)
    return merge(_without_aliases([_as_told(item, estimators) for item in found if not _is_key(item)], passed))


def _reach(reading: Reading, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables that a cell names, with what they hold; those that begin with an underscore are nobody's."""
    classes = (each.node.name for each in reading.parts if isinstance(each.node, ast.ClassDef))
    names = dict.fromkeys((*reading.bindings, *sorted(reading.loads), *classes))
    return {name: namespace[name] for name in names if not name.startswith("_") and name in namespace}


def _of_calls(
    estimators: Sequence[Settings], called: Iterable[Setting], reading: Reading, namespace: Mapping[str, Any]
) -> Iterator[Found]:
    """Yield what estimators were set to and what searches have found to be best, then what calls were given."""
    for each in estimators:
        for name, value in each.chosen.items():
            if not _is_swept(name, value, each.owner, reading, namespace):
                yield Found(name, value, f"{each.owner}.get_params()", each.owner)
    for each in estimators:
        for name, value in each.best.items():
            yield Found(f"best_params.{name}", value, f"{each.owner}.best_params_", each.owner)
    yield from _keywords(reading.keywords)
    for call in called:
        if call.given:
            yield Found(call.name, call.value, f"{call.function}({call.name})", call.function)


def _defaults(estimators: Iterable[Settings], called: Iterable[Setting], facts: Iterable[Fact]) -> Iterator[Found]:
    """Yield what nobody chose."""
    for each in estimators:
        for name, value in each.defaults.items():
            yield Found(name, value, f"{each.owner}{DEFAULT}", each.owner)
    for call in called:
        if not call.given:
            yield Found(call.name, call.value, f"{call.function}{DEFAULT}", call.function)
    yield from _of_objects(facts, chosen=False)


def _settled(reading: Reading, namespace: Mapping[str, Any]) -> Iterator[Found]:
    """Yield what loops, tables and studies have found to be best, how often loops over epochs run, and the seeds."""
    if reading.tried.kept:
        yield from _kept(reading, namespace)
    for name, value, source in (*picked_settings(reading, namespace), *found_by_studies(reading, namespace)):
        yield Found(name, value, source, "")
    for name, count in reading.counted.items():
        yield Found(name, count, "range", "")
    for caller, seed in reading.seeds:
        if type(seed) is int:
            yield Found("seed", seed, f"{caller}({seed})", caller)


def _is_key(item: Found) -> bool:
    """Tell whether a text opens a door, ``api_key``: it is hidden, and says nothing of what the cell does."""
    return type(item.value) is str and item.source != "argument" and grade(item.name) == SURE


def _beside(call: Setting, literals: Iterable[Found]) -> Setting:
    """Leave a name to the variable that the cell has given it: ``euler.dt`` is that of ``euler(0.001)``."""
    taken = any(each.name == call.name and not _equal(each.value, call.value) for each in literals)
    return call._replace(name=f"{call.function}.{call.name}") if taken and call.given else call


def _as_told(item: Found, estimators: Sequence[Settings]) -> Found:
    """Call an argument that was written out as the default what the estimator around it calls it: ``clf__C``.

    So it does where another value was written, and runs of both have one name for it.
    """
    if not item.owner[:1].isupper() or not item.source.endswith(f"{item.owner}({item.name}=...)"):
        return item
    held = [(name, value) for each in estimators for name, value in each.defaults.items()]
    alike = {name for name, value in held if name.endswith(f"__{item.name}") and _equal(value, item.value)}
    chosen = any(name.endswith(f"__{item.name}") for each in estimators for name in each.chosen)
    return item._replace(name=alike.pop()) if len(alike) == 1 and not chosen else item


def _is_swept(name: str, value: object, owner: str, reading: Reading, namespace: Mapping[str, Any]) -> bool:
    """Tell whether a loop went through the values of a setting: what ``KMeans(n_clusters=k)`` had last says nothing.

    Nor what was last in a dictionary of settings that a loop makes anew: ``SVC(**cfg)``.
    """
    word = name.rpartition("__")[2]
    for each in reading.tried.swept:
        if each.keyword == word or (each.keyword is None and each.callee == owner):
            through = goes_through(each, value, namespace)
            if through or (through is None and each.keyword is not None):
                return True
    for loop in reading.tried.varied:
        held = namespace.get(loop)
        if type(held) is dict:
            if reading.tried.varies(loop, word) and word in held and _is_same(held[word], value):
                return True
            continue
        handed = word in reading.passed.get(loop, ()) or owner in reading.given.get(loop, ())
        if handed and reading.tried.varies(loop) and _is_same(held, value):
            return True
    return False


def _is_same(one: object, other: object) -> bool:
    return one is other or _equal(one, other)


def _of_objects(facts: Iterable[Fact], *, chosen: bool) -> Iterator[Found]:
    for fact in facts:
        if fact.chosen is chosen:
            yield Found(fact.name, fact.value, fact.source if chosen else f"{fact.owner}{DEFAULT}", fact.owner)


def _configs(reach: Mapping[str, Any], reading: Reading, arguments: Mapping[str, Any]) -> Iterator[Found]:
    """Yield what objects of settings hold, and dictionaries of settings that an earlier cell bound."""
    for name, value in list(reach.items())[:MOST_OBJECTS]:
        kind = type(value)
        if kind in _PLAIN_OBJECTS or name in arguments or (kind is dict and name in reading.bindings):
            continue
        if kind is type and any(type(other) is value for other in reach.values()):
            continue  # of a class and its object, the object says what was used
        plain = value if kind is dict and is_config_name(name) else None
        settings = _flat(plain) if plain is not None else settings_of(name, value)
        for entry, item in (settings or {}).items():
            if type(entry) is str and _worth_keeping(item):
                yield Found(
                    member(name, entry), item, f"{name}[{entry!r}]" if plain is not None else f"{name}.{entry}", ""
                )


def _flat(values: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a dictionary of settings with one level of nesting taken apart."""
    found: dict[str, Any] = {}
    for name, value in list(islice(values.items(), 100)):
        word = as_label(name)
        if type(value) is dict and 0 < len(value) <= MOST_ENTRIES and all(type(key) is str for key in value):
            found.update({f"{word}.{key}": item for key, item in value.items()})
        else:
            found[word] = value
    return found


def _earlier(
    reading: Reading,
    upstream: Supplies,
    namespace: Mapping[str, Any],
    arguments: Mapping[str, Any],
    estimators: Sequence[Settings],
) -> Iterator[Found]:
    """Yield what earlier cells wrote out, as far as this one stands on it: arguments of calls, literals, the seed."""
    given, passed = dict(reading.given), dict(reading.passed)  # to which calls, here and in the cells between
    for each in upstream.given:
        _join(given, each.reading.given)
        _join(passed, each.reading.passed)
        for item in _keywords(keyword for part in each.parts for keyword in part.keywords):
            if not (item.owner[:1].isupper() and any(_is_of(item, estimator) for estimator in estimators)):
                yield item._replace(source=f"earlier {item.source}")
        for name, count in _epochs(each):
            yield Found(name, count, "earlier range", "")
        for call in settings_of_calls((call for part in each.parts for call in part.calls), namespace):
            if call.given:
                yield Found(call.name, call.value, f"earlier {call.function}({call.name})", call.function)
        bindings = each.reading.bindings
        wanted = {
            name: bindings[name]
            for name in bindings
            if name in each.names
            and (
                not is_size(name, namespace.get(name), given.get(name, ()), passed.get(name, ()))
                or any(finds_out(namespace.get(call), namespace) for call in given.get(name, ()))  # ``price(M)``
            )
        }
        written = Reading(bindings=wanted, passed=each.reading.passed, given=given)
        for item in _literals(written, namespace, arguments, beside=bindings):
            yield item._replace(source=f"earlier {item.source}")
    shared = ([pair for pair in seeds if pair[0] not in _OWN_GENERATORS] for seeds in upstream.seeds)
    if not reading.seeds and (seeds := next(filter(None, shared), [])):
        caller, seed = seeds[-1]
        told = seed in reading.loads or seed in reading.bindings  # under the name of the variable
        number = namespace.get(seed) if type(seed) is str else seed
        if type(number) is int and not told:
            yield Found("seed", number, f"earlier {caller}({seed})", caller)


def _epochs(supply: Supply) -> Iterator[tuple[str, int]]:
    """Yield the epochs in what an earlier cell gave; most cells have none in any statement."""
    parts = supply.parts if supply.reading.counted else ()
    return epochs(node for part in parts for node in every_node(part.node))


def _join(known: dict[str, set[str]], more: Mapping[str, set[str]]) -> None:
    """Add to what is known; the sets are those of readings, and stay as they are."""
    for name, found in more.items():
        known[name] = known[name] | found if name in known else found


def _without_aliases(found: list[Found], passed: Mapping[str, set[str]]) -> Iterator[Found]:
    """Leave out settings that were handed on: ``SEED = 42`` is the ``random_state`` of ``SVC(random_state=SEED)``.

    What a schedule of the learning rate is handed keeps its name: ``CosineAnnealingLR(optimizer, T_max=num_epochs)``.
    """
    for item in found:
        keywords = passed.get(item.name, set()) - {item.name, *_SCHEDULED} if item.owner == "" else set()
        if not keywords or not any(_is_keyword(each, keywords) and _equal(each.value, item.value) for each in found):
            yield item


def _is_keyword(other: Found, keywords: Collection[str]) -> bool:
    return other.owner != "" and other.name.rpartition("__")[2] in keywords


def merge(found: Iterable[Found]) -> dict[str, tuple[Any, str]]:
    """Give one fact one name: the first source names it, later ones are added to its sources or told apart."""
    merged: dict[str, tuple[Any, str]] = {}
    ends = set[str]()  # of names that are put together: few parameters are called as one of them
    for item in found:
        if (known := _same_fact(item, merged, ends)) is not None:
            value, sources = merged.pop(known)
            added = "" if item.source.endswith(DEFAULT) else f", {item.source}"
            merged[item.name if item.source in _OWN_WORDS else known] = (value, sources + added)
            continue
        for name in _names(item):
            if name not in merged:
                merged[name] = (item.value, item.source)
                ends.update(_ends(name))
                break
            value, sources = merged[name]
            if _equal(value, item.value) or sources == "argument":
                if item.source not in sources.split(", ") and not item.source.endswith(DEFAULT):
                    merged[name] = (value, f"{sources}, {item.source}")
                break
    return merged


def _names(item: Found) -> Iterator[str]:
    """Yield what a parameter may be called: ``depth``, of a further owner ``Tree.depth``, then ``Tree_3.depth``.

    Of what nobody chose, a third value tells nothing.
    """
    yield item.name
    if item.owner:
        yield f"{item.owner}.{item.name}"
        if not item.source.endswith(DEFAULT):
            yield from (f"{item.owner}_{place}.{item.name}" for place in range(3, MOST_OF_ONE_NAME + 1))


def _ends(name: str) -> Iterator[str]:
    """Yield how a name ends that is put together: ``clf__C`` and ``C`` of ``model.clf__C``."""
    return (name[at:] for at in range(1, len(name)) if name[at - 1] == "." or name[at - 2 : at] == "__")


def _same_fact(item: Found, merged: Mapping[str, tuple[Any, str]], ends: Collection[str]) -> str | None:
    """Return the name under which a fact stands already: ``C = 1.0`` is the ``svc__C`` of ``make_pipeline(SVC(C=C))``.

    The variable's own word is kept, so that ``%%track C=2`` and the cell's literal are one parameter.
    """
    if item.name in merged and _equal(merged[item.name][0], item.value):
        return None
    inner = item.name.rpartition(".")[2]
    if inner != item.name and inner in merged and _equal(merged[inner][0], item.value):
        return inner  # ``cfg.lr`` handed on as ``lr``
    _, nested, word = item.name.rpartition("__")
    own = word in merged and merged[word][1].partition(",")[0] in _OWN_WORDS
    held = item.name in ends
    alike = [name for name in merged if name.endswith((f"__{item.name}", f".{item.name}"))] if held else []
    known = [*([word] * own if nested else ()), *alike]
    same = [name for name in known if _equal(merged[name][0], item.value)]
    return same[0] if same and len(same) in {1, len(known)} else None


def _keywords(keywords: Iterable[Keyword]) -> Iterator[Found]:
    for keyword in keywords:
        scores = is_metric_name(keyword.callee)
        name = f"{keyword.callee}.{keyword.name}" if scores else keyword.name
        told = scores and (_are_words(keyword.value) or (keyword.callee in _REPORTS and keyword.name in _OF_REPORTS))
        if _worth_keeping(keyword.value) and not told:
            yield Found(name, keyword.value, f"{keyword.callee}({keyword.name}=...)", keyword.callee)


def _are_words(value: Any) -> bool:
    """Tell whether a value is a list of words, which a score is given to label its classes by."""
    return type(value) in {list, tuple} and all(type(item) is str for item in value)


def _literals(
    reading: Reading,
    namespace: Mapping[str, Any],
    arguments: Mapping[str, Any],
    estimators: Sequence[Settings] = (),
    drawn: Collection[str] = (),
    beside: Mapping[str, Binding] = MappingProxyType({}),
) -> Iterator[Found]:
    held = [value for each in estimators for value in each.chosen.values() if type(value) is dict]
    data = data_in(beside or reading.bindings).union(drawn)
    for binding in reading.bindings.values():
        if binding.counted or binding.name.startswith("_") or binding.name in arguments:
            continue
        value = _literal_value(binding, namespace)
        long = (type(value) is dict and len(value) > MOST_ENTRIES) or (type(value) is str and len(value) > LONGEST_TEXT)
        if value is None or long or _is_best(binding.name):
            continue  # data, of which nothing more is asked
        handed = binding.name in reading.passed or any(each is value for each in held)
        if type(value) is dict and handed and not is_config_name(binding.name) and not _weighs(value, held):
            continue  # param_grid={...}: the call's own parameter has it whole
        if binding.name in data or _begins(binding, value) or _describes(binding.name, value, reading):
            continue
        if _is_settings(value) and value:
            filled = _filled(binding) | _changed(binding, value) | _tried(binding.name, value, reading)
            filled |= _scored(binding)
            for name, entry in _flat(value).items():
                if _worth_keeping(entry) and name not in filled and not is_array(entry):
                    yield Found(member(binding.name, name), entry, f"{binding.name}[{name!r}]", "")
        elif _worth_keeping(value):
            yield Found(binding.name, value, "literal", "")


def _weighs(value: Mapping[Any, Any], held: Sequence[object]) -> bool:
    """Tell whether a dictionary gives things numbers that no estimator has: ``{"title": 3.0, "body": 0.5}``."""
    numbers = [each for each in value.values() if type(each) in {int, float}]
    return float in map(type, numbers) and len(numbers) == len(value) and not any(_equal(each, value) for each in held)


def _describes(name: str, value: Any, reading: Reading) -> bool:
    """Tell whether a literal is data, or says how something is drawn."""
    if type(value) in {dict, list, tuple}:
        return is_data(name, value, reading.given.get(name, set()))
    return type(value) is str and (is_look(name, value) or is_told(value, reading.given.get(name, set())))


def _begins(binding: Binding, value: Any) -> bool:
    """Tell whether a literal is no setting, but where something begins that is counted or put together.

    A text that is empty, one that is an alphabet, and what every round of a loop sets to nothing.
    """
    if type(value) is str:
        return not value or (len(value) > SHORTEST_ALPHABET and len(set(value)) == len(value))
    return binding.renewed and type(value) in {int, float, bool} and not value


def _tried(name: str, value: object, reading: Reading) -> set[str]:
    """Return the entries that a loop makes anew: what they hold now is what it tried last."""
    entries = _flat(value) if _is_settings(value) else {}
    return {entry for entry in entries if reading.tried.varies(name, entry)}


def _is_settings(value: object) -> TypeGuard[dict[str, Any]]:
    return type(value) is dict and all(type(entry) is str for entry in value)


def _kept(reading: Reading, namespace: Mapping[str, Any]) -> Iterator[Found]:
    """Yield the settings that a loop kept of those it tried, because they were the best: ``best_cfg``, ``best_k``."""
    for name, tried in reading.tried.kept.items():
        container, _, entry = name.partition(".")
        value = namespace.get(container)
        if entry:
            value = value.get(entry) if type(value) is dict else None
        items = {f"{name}.{key}": item for key, item in _flat(value).items()} if _is_settings(value) else {name: value}
        for word, item in items.items():
            if item is not None and _worth_keeping(item):
                yield Found(word, item, f"{container} keeps {tried}", "")


def _is_best(name: str) -> bool:
    """Tell whether a name holds the best score so far, which begins somewhere: ``best_val_acc = 0``."""
    last = name.lower().rpartition("_")[2]
    return name.lower().startswith("best_") and (is_metric_word(last) or last == "metric")


def _literal_value(binding: Binding, namespace: Mapping[str, Any]) -> Any:
    """Return what a name holds after the cell, if that is what the cell wrote out; else None.

    A literal in a branch that did not run is no parameter, nor one that a function replaced. Dictionaries of settings
    may mention other names.
    """
    value = namespace.get(binding.name)
    if type(value) is dict:
        gathers = binding.filled and binding.conditional  # a loop's ``sweep[lr] = {}``
        written = not gathers and all(map(is_literal, binding.values))
        return value if written or is_config_name(binding.name) else None
    if binding.moved and not binding.filled and is_literal(binding.values[0]):
        start = literal(binding.values[0])
        if start is ... or not start or (type(start) is int and start == 1 and _is_product(binding)):
            return None  # a sum begins with zero, a product with one
        return start  # where ``lr *= 0.9`` began
    if value is None or binding.filled or not all(map(is_literal, binding.values)):
        return None
    literals = [literal(each) for each in binding.values]
    return value if ... in literals or any(_equal(value, each) for each in literals) else None


def _is_product(binding: Binding) -> bool:
    return all(isinstance(each, ast.BinOp) and isinstance(each.op, ast.Mult) for each in binding.values[1:])


def _filled(binding: Binding) -> set[str]:
    """Return the entries that were written as empty lists: what they hold now is what the cell found out."""
    return {
        str(key.value)
        for each in binding.values
        if isinstance(each, ast.Dict)
        for key, value in zip(each.keys, each.values, strict=True)
        if isinstance(key, ast.Constant)
        and isinstance(value, ast.List | ast.Dict | ast.Set)
        and not ast.unparse(value)[1:-1]
    }


def _scored(binding: Binding) -> set[str]:
    """Return the entries that are called like a score, and computed: ``best_config = {"depth": 3, "f1": f1}``."""
    written = (each for each in binding.values if isinstance(each, ast.Dict))
    return {
        str(key.value)
        for each in written
        for key, value in zip(each.keys, each.values, strict=True)
        if isinstance(key, ast.Constant) and is_metric_word(str(key.value)) and not is_literal(value)
    }


def _changed(binding: Binding, value: Mapping[Any, Any]) -> set[str]:
    """Return the entries that are not what was written, and that the cell does not set: something has learnt them.

    Nor were those that others have put in: ``results = {}``, then ``results["small"] = ...`` in a later cell.
    """
    written = [each for each in binding.values if isinstance(each, ast.Dict)]
    if binding.filled or len(written) != 1:
        return set()
    pairs = [
        (key.value, node)
        for key, node in zip(written[0].keys, written[0].values, strict=True)
        if isinstance(key, ast.Constant)
    ]
    moved = {
        str(key)
        for key, node in pairs
        if isinstance(node, ast.Constant)
        and type(node.value) in {int, float}
        and not _equal(value.get(key), node.value)
    }
    whole = len(pairs) == len(written[0].keys) and not is_config_name(binding.name)
    return moved | ({key for key in value if type(key) is str} - {key for key, _ in pairs} if whole else set())


def _worth_keeping(value: Any) -> bool:
    """Settings are small: long texts and sequences are data."""
    kind = type(value)  # never isinstance, which asks the object
    if kind in {str, bytes}:
        return len(value) <= LONGEST_TEXT
    if kind in {list, tuple, set, dict}:
        if not 0 < len(value) <= LONGEST_SEQUENCE:
            return False  # an empty one is about to be filled
        texts = (*value, *_inner(value)) if kind in {list, tuple} else ()
        return not any(type(item) is str and " " in item for item in texts)  # texts are data
    if kind is float and not math.isfinite(value):
        return False  # ``best_loss = float("inf")`` is where something begins
    return value is None or kind in {bool, int, float, complex} or module_name(kind) == "numpy"


def _inner(value: Collection[Any]) -> Iterator[Any]:
    """Yield what stands in the pairs of a sequence: ``[("a question", "an answer"), ...]``."""
    for item in value:
        if type(item) in {list, tuple}:
            yield from item


def _equal(one: object, other: object) -> bool:
    """Compare only plain values: ``==`` of anything else may be user code, or an array."""
    kind = type(one)
    if kind is not type(other) or kind not in _PLAIN:
        return False
    if kind in _NESTED:
        return to_json(one) == to_json(other)
    return one == other or (kind is float and one != one and other != other)  # noqa: PLR0124 - NaN is one value here
