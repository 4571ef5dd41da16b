"""What networks, optimisers and trainers within reach are set to, but for what the calls that made them say themselves.

``SGD(lr=0.1)`` says what its rate was set to; what the object has now is where a schedule has moved it.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from nbtrack.capture.results import trainers
from nbtrack.capture.results.fact import Fact
from nbtrack.capture.results.functions import Setting, settings_of_calls
from nbtrack.capture.results.metrics import BUILT_IN
from nbtrack.capture.results.networks import facts_of, is_optimizer
from nbtrack.capture.session.supplies import Supplies
from nbtrack.capture.syntax.syntax import Keyword, Reading
from nbtrack.record.unasked import instance_dict, module_name
from nbtrack.record.values import to_json

MOST_OBJECTS: Final = 200
_DATA: Final = frozenset({"builtins", "numpy", "pandas"})  # of the first, ``BUILT_IN`` has the usual classes
_RATES: Final = frozenset({"lr", "learning_rate"})  # two words for one setting


def facts_in_reach(
    reach: Mapping[str, Any], reading: Reading, upstream: Supplies, namespace: Mapping[str, Any]
) -> list[Fact]:
    """Return what the objects tell that a cell names, as far as no call tells it better."""
    objects = [(name, value) for name, value in reach.items() if type(value) not in BUILT_IN]
    objects = [(name, value) for name, value in objects if _home(type(value)) not in _DATA][:MOST_OBJECTS]
    if not objects:
        return []
    trained = [model for _, value in objects if (model := trainers.model_of(value)) is not None]
    objects += [("model", model) for model in trained[:1] if not any(model is value for _, value in objects)]
    objects += [pair for _, value in objects for pair in _optimizers_held(value)][:MOST_OBJECTS]
    found = [fact for name, value in objects for fact in facts_of(name, value)]
    if not found:
        return []
    parts = [part for each in upstream.given for part in each.parts]
    keywords = chain(reading.keywords, *(part.keywords for part in parts))
    calls = chain(reading.calls, *(part.calls for part in parts))
    written = list(_arguments(keywords, settings_of_calls(calls, namespace)))
    return [fact for fact in found if not any(_tells(each, fact) for each in written)]


def _optimizers_held(value: Any) -> list[tuple[str, Any]]:
    """Return the optimisers that an object of the notebook's own class holds: ``trainer.optimizer``."""
    if module_name(type(value)) != "__main__":
        return []
    return [(n, each) for n, each in instance_dict(value).items() if type(n) is str and is_optimizer(each)]


def _home(kind: type) -> str:
    return module_name(kind).partition(".")[0]


def _arguments(keywords: Iterable[Keyword], positional: Iterable[Setting]) -> Iterable[Fact]:
    """Yield what calls write out, by the name of what is called."""
    for word in keywords:
        yield Fact(word.callee, word.name, word.value, "", chosen=True)
    for setting in positional:
        if setting.given:
            yield Fact(setting.function, setting.name, setting.value, "", chosen=True)


def _tells(item: Fact, fact: Fact) -> bool:
    """Tell whether an argument says what an object tells, and better: what it was, before anything moved it.

    An optimiser or a loss is known by its class as well as by its name, however that is spelled: ``"SGD"``, ``"sgd"``.
    """
    word = fact.name.rpartition(".")[2]
    if item.name in _RATES and word in _RATES and item.name != word:
        return _is_same(item.value, fact.value)
    if item.name != word:
        return False
    if item.owner == fact.owner:
        return fact.name != item.name or not _is_same(fact.value, item.value)
    spelled = [str(each.value).lower().replace("_", "") for each in (item, fact) if type(each.value) is str]
    return len(spelled) == 2 and spelled[0] == spelled[1] and fact.value != item.value


def _is_same(one: Any, other: Any) -> bool:
    plain: Sequence[type] = (bool, int, float, str, list, tuple)
    return type(one) is type(other) and type(one) in plain and to_json(one) == to_json(other)
