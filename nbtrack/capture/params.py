"""The parameters of a cell, from the most trusted source to the least, each with where it came from.

    1. arguments of the ``%%track`` line
    2. ``get_params()`` of estimators fitted in the cell - those set, not those left at their default
    3. literal keyword arguments of calls in the cell
    4. literals assigned at the top level, and dictionaries of settings
    5. the estimators' defaults

One fact has one name: the same name with the same value is one parameter with several sources. The same name with
another value is told apart by its owner, ``train_test_split.random_state``.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from nbtrack.capture.calls import is_metric_name
from nbtrack.capture.estimators import Settings
from nbtrack.capture.syntax import Binding, Reading, is_literal, literal
from nbtrack.capture.tee import member
from nbtrack.record.unasked import module_name
from nbtrack.record.values import to_json

DEFAULT = " default"  # how the source of a parameter ends that nobody chose
_OWN_WORDS = ("literal", "argument")  # sources whose name is a variable of the person's own
LONGEST_TEXT = 500
LONGEST_SEQUENCE = 20
_CONFIG = frozenset(
    {"params", "param", "config", "configuration", "cfg", "conf", "hparams", "hps", "settings", "options"}
)
_CONFIG_ENDS = ("_params", "_config", "_cfg", "_settings", "_options", "_kwargs", "parameters", "_args")


class Found(NamedTuple):
    """A parameter, where it came from, and what tells it from another of the same name."""

    name: str
    value: Any
    source: str
    owner: str


def find_params(
    reading: Reading, namespace: Mapping[str, Any], fitted: Iterable[Settings], arguments: Mapping[str, Any]
) -> dict[str, tuple[Any, str]]:
    """Return the parameters of a cell in order of trust, as ``{name: (value, source)}``."""
    estimators = list(fitted)
    found = [
        *(Found(name, value, "argument", "") for name, value in arguments.items()),
        *(Found(n, v, f"{e.owner}.get_params()", e.owner) for e in estimators for n, v in e.chosen.items()),
        *_keywords(reading),
        *_literals(reading, namespace, arguments),
        *(Found(n, v, f"{e.owner}{DEFAULT}", e.owner) for e in estimators for n, v in e.defaults.items()),
    ]
    return merge(_without_aliases(found, reading))


def _without_aliases(found: list[Found], reading: Reading) -> Iterator[Found]:
    """Leave out literals that were handed on: ``SEED = 42`` is the ``random_state`` of ``SVC(random_state=SEED)``."""
    for item in found:
        keywords = reading.passed.get(item.name, set()) - {item.name} if item.source == "literal" else set()
        if not any(_is_keyword(other, keywords) and _equal(other.value, item.value) for other in found):
            yield item


def _is_keyword(other: Found, keywords: Collection[str]) -> bool:
    return other.source != "literal" and other.name.rpartition("__")[2] in keywords


def merge(found: Iterable[Found]) -> dict[str, tuple[Any, str]]:
    """Give one fact one name: the first source names it, later ones are added to its sources or told apart."""
    merged: dict[str, tuple[Any, str]] = {}
    for item in found:
        if (known := _same_fact(item, merged)) is not None:
            value, sources = merged.pop(known)
            added = "" if item.source.endswith(DEFAULT) else f", {item.source}"
            merged[item.name if item.source in _OWN_WORDS else known] = (value, sources + added)
            continue
        for name in (item.name, f"{item.owner}.{item.name}" if item.owner else item.name):
            if name not in merged:
                merged[name] = (item.value, item.source)
                break
            value, sources = merged[name]
            if _equal(value, item.value) or sources == "argument":
                if item.source not in sources.split(", ") and not item.source.endswith(DEFAULT):
                    merged[name] = (value, f"{sources}, {item.source}")
                break
    return merged


def _same_fact(item: Found, merged: Mapping[str, tuple[Any, str]]) -> str | None:
    """Return the name under which a fact stands already: ``C = 1.0`` is the ``svc__C`` of ``make_pipeline(SVC(C=C))``.

    The variable's own word is kept, so that ``%%track C=2`` and the cell's literal are one parameter.
    """
    if item.name in merged:
        return None
    _, nested, word = item.name.rpartition("__")
    own = word in merged and merged[word][1].partition(",")[0] in _OWN_WORDS
    alike = [word] * own if nested else [name for name in merged if name.endswith(f"__{item.name}")]
    same = [name for name in alike if _equal(merged[name][0], item.value)]
    return same[0] if len(same) == 1 else None


def is_config_name(name: str) -> bool:
    """Tell whether a variable is named like a collection of settings, so that its numbers are not results."""
    lower = name.lower()
    return lower in _CONFIG or lower.endswith(_CONFIG_ENDS)


def _keywords(reading: Reading) -> Iterator[Found]:
    for keyword in reading.keywords:
        name = f"{keyword.callee}.{keyword.name}" if is_metric_name(keyword.callee) else keyword.name
        if _worth_keeping(keyword.value):
            yield Found(name, keyword.value, f"{keyword.callee}({keyword.name}=...)", keyword.callee)


def _literals(reading: Reading, namespace: Mapping[str, Any], arguments: Mapping[str, Any]) -> Iterator[Found]:
    for binding in reading.bindings.values():
        if binding.name.startswith("_") or binding.name in arguments or binding.counted:
            continue
        value = _literal_value(binding, namespace)
        if type(value) is dict and binding.name in reading.passed and not is_config_name(binding.name):
            continue  # param_grid={...}: the call's own parameter has it whole
        if type(value) is dict and value and all(isinstance(name, str) for name in value):
            for name, entry in value.items():
                if _worth_keeping(entry):
                    yield Found(member(binding.name, name), entry, f"{binding.name}[{name!r}]", "")
        elif value is not None and _worth_keeping(value):
            yield Found(binding.name, value, "literal", "")


def _literal_value(binding: Binding, namespace: Mapping[str, Any]) -> Any:
    """Return what a name holds after the cell, if that is what the cell wrote out; else None.

    A literal in a branch that did not run is no parameter, nor one that a function replaced. Dictionaries of settings
    may mention other names.
    """
    value = namespace.get(binding.name)
    written = all(map(is_literal, binding.values))
    if type(value) is dict:
        return value if written or is_config_name(binding.name) else None
    if not written or binding.filled:
        return None
    literals = [literal(each) for each in binding.values]
    return value if ... in literals or any(_equal(value, each) for each in literals) else None


def _worth_keeping(value: Any) -> bool:
    """Settings are small: long texts and sequences are data."""
    kind = type(value)  # never isinstance, which asks the object
    if kind in {str, bytes}:
        return len(value) <= LONGEST_TEXT
    if kind in {list, tuple, set, dict}:
        return 0 < len(value) <= LONGEST_SEQUENCE  # an empty one is about to be filled
    return value is None or kind in {bool, int, float, complex} or module_name(kind) == "numpy"


def _equal(one: object, other: object) -> bool:
    """Compare only plain values: ``==`` of anything else may be user code, or an array."""
    if type(one) is not type(other) or type(one) not in {bool, int, float, str, list, tuple, type(None)}:
        return False
    return to_json(one) == to_json(other)
