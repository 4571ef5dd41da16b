"""What Keras models, optimisers and losses are set to, and what their ``evaluate`` returns. Nothing is imported.

A Keras model may be a torch module as well, which knows only its parts: it is asked as Keras does it. Only properties
of Keras' own are asked for, and none that a subclass has in their place.
"""

import inspect
import math
import struct
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FunctionType
from typing import Any, Final

from nbtrack.capture.results.fact import Fact
from nbtrack.record.unasked import (
    class_member,
    class_name,
    derives,
    instance_dict,
    library_base,
    module_name,
    stored,
)
from nbtrack.record.values import number

_HOMES: Final = frozenset({"keras", "tf_keras", "tensorflow"})
_MODEL: Final = frozenset({"Model"})
_LAYER: Final = frozenset({"Layer", "Model"})
_OPTIMIZER: Final = frozenset({"BaseOptimizer", "Optimizer", "OptimizerV2"})
_LOSS: Final = frozenset({"Loss"})
_PLAIN: Final = (bool, int, float, str)
_NOT_SETTINGS: Final = frozenset({"name", "use_ema", "ema_momentum", "jit_compile", "is_legacy_optimizer"})
_RATES: Final = ("learning_rate", "lr")
MOST_WEIGHTS: Final = 10_000
MOST_LOSSES: Final = 20


def is_layer(value: object) -> bool:
    """Tell whether a value is one of Keras' layers, which models are as well."""
    return _base(type(value), _LAYER) is not None


def facts_of(name: str, value: Any) -> Iterator[Fact]:
    """Yield what a Keras model, optimiser or loss called ``name`` is set to; nothing for any other object."""
    kind = type(value)
    if _base(kind, _MODEL) is not None:
        yield from _of_model(name, value)
    elif _base(kind, _OPTIMIZER) is not None:
        yield from _of_optimizer(name, "", value)
    elif _base(kind, _LOSS) is not None and (loss := _loss(value)) is not None:
        yield Fact(name, "loss", loss, class_name(kind), chosen=True)


def evaluated(model: Any, count: int) -> list[str]:
    """Return what the ``count`` numbers are called that ``evaluate`` of a model returns; none where nobody can tell.

    Its metrics are in the order of ``model.metrics``; those of several outputs come last, in the order of their names.
    """
    metrics = _asked(model, "metrics") if _is_keras(class_member(type(model), "metrics")) else None
    listed, told = list[str](), list[str]()
    for metric in metrics if type(metrics) is list else ():
        for word, key in _names_of(metric):
            listed.append(word)
            told.append(key)
    names = [word for word in listed if word in told] + sorted(key for key in told if key not in listed)
    return names if len(names) == len(set(names)) == count else []


def _names_of(metric: Any) -> Iterator[tuple[str, str]]:
    """Yield the name of a metric, and under which name its value is told: with its output's where there are several."""
    if class_name(type(metric)) != "CompileMetrics":
        yield str(stored(metric, "name")), str(stored(metric, "name"))
        return
    for each in (*_listed(stored(metric, "_flat_metrics")), *_listed(stored(metric, "_flat_weighted_metrics"))):
        output = stored(each, "output_name")
        for one in _listed(stored(each, "metrics")):
            word = str(stored(one, "name"))
            yield word, f"{output}_{word}" if output else word


def _listed(value: Any) -> list[Any]:
    """Return what a list holds, or one of Keras' that knows of changes."""
    return list(list.__iter__(value)) if derives(type(value), list) else []


def _of_model(name: str, value: Any) -> Iterator[Fact]:
    source = class_name(type(value))
    total, trainable = (_count(_asked(value, each)) for each in ("weights", "trainable_weights"))
    layers = _asked(value, "layers")
    if total:  # there are none before the shape of the data is known
        yield Fact(name, f"{name}.parameters", total, source, chosen=True)
    if layers:
        yield Fact(name, f"{name}.layers", len(layers), source, chosen=True)
    if total and trainable != total:
        yield Fact(name, f"{name}.trainable_parameters", trainable, source, chosen=True)
    loss = _loss(stored(value, "loss"))
    if loss is not None:
        yield Fact(name, "loss", loss, f"{name}.loss", chosen=True)
    rates = _rates(value)
    for attribute, item in list(instance_dict(value).items()):
        if _base(type(item), _OPTIMIZER) is not None and not (_was_fitted(value) and _is_idle(item)):
            prefix = "" if attribute == "optimizer" else f"{attribute}."
            yield from _of_optimizer(attribute, prefix, item, None if prefix else rates)


def _of_optimizer(name: str, prefix: str, value: Any, first: float | None = None) -> Iterator[Fact]:
    """Yield the settings of an optimiser; the ``first`` rate of a fit is what it was set to, if callbacks moved it."""
    if class_name(type(value)) == "LossScaleOptimizer":
        value = stored(value, "inner_optimizer")
    owner, config = class_name(type(value)).rpartition(".")[2], _config(value)
    word = name if prefix else "optimizer"
    yield Fact(name, word, owner.lower(), "optimizer", chosen=True)
    defaults = _defaults(type(value))
    for setting, item in config.items():
        if setting in _RATES and type(item) is dict:
            yield from _of_schedule(prefix, stored(value, "_learning_rate"))
        elif setting in _RATES and type(item) in {int, float}:
            rate = _short(item if first is None else first)
            yield Fact(owner, f"{prefix}{setting}", rate, f"{owner}.get_config()", chosen=True)
        elif setting in defaults and setting not in _NOT_SETTINGS and type(item) in _PLAIN:
            changed = item != defaults[setting]
            yield Fact(owner, f"{prefix}{setting}", _short(item), f"{owner}.get_config()", chosen=changed)


def _of_schedule(prefix: str, schedule: Any) -> Iterator[Fact]:
    """Yield what a schedule of the learning rate is, and its settings."""
    owner, config = class_name(type(schedule)), _config(schedule)
    if config:
        yield Fact("optimizer", f"{prefix}learning_rate", owner, owner, chosen=True)
    defaults = _defaults(type(schedule))
    for name, item in config.items():
        if name != "name" and type(item) in _PLAIN:
            yield Fact(owner, f"{prefix}{name}", item, f"{owner}.get_config()", chosen=item != defaults.get(name, ...))


def _config(value: Any) -> Mapping[str, Any]:
    """Return the settings of an object of Keras' own; a subclass of the notebook's may do anything when asked."""
    ask = class_member(type(value), "get_config")
    if type(ask) is not FunctionType or not _is_keras(ask):
        return {}
    with _quiet():
        found = ask(value)
    return found if type(found) is dict else {}


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what Keras' own code is warned of when it reads a variable."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _loss(value: Any) -> Any:
    """Return what a loss is called, as ``compile`` takes it: by its name, or by those of several."""
    if type(value) is str:
        return value
    if type(value) is FunctionType:
        return value.__name__
    if type(value) in {list, tuple} and 0 < len(value) <= MOST_LOSSES:
        found = [_loss(each) for each in value]
        return None if None in found else found
    if derives(type(value), dict) and 0 < len(value) <= MOST_LOSSES:
        named = {str(key): _loss(each) for key, each in dict.items(value)}
        return None if None in named.values() else named
    name = stored(value, "name") if _base(type(value), _LOSS) is not None else None
    return name if type(name) is str else None


def _rates(model: Any) -> float | None:
    """Return the first learning rate that a fit reports: it does so only where a callback moves it."""
    history = instance_dict(stored(model, "history")).get("history")
    for name in _RATES:
        column = history.get(name) if type(history) is dict else None
        if type(column) is list and column and type(first := number(column[0])) is float:
            return first
    return None


def _was_fitted(model: Any) -> bool:
    return "history" in instance_dict(model)


def _is_idle(optimizer: Any) -> bool:
    """Tell whether an optimiser took no step: ``compile`` makes one even where a model trains with its own."""
    with suppress(Exception), _quiet():  # another version keeps its count elsewhere
        return int(_asked(optimizer, "iterations").numpy()) == 0
    return False


def _count(weights: Any) -> int:
    return sum(math.prod(map(int, each.shape)) for each in weights[:MOST_WEIGHTS]) if type(weights) is list else 0


def _asked(value: Any, name: str) -> Any:
    """Return a property of Keras' own, whatever a subclass has put in its place; None where that makes it fail."""
    for base in type.mro(type(value)):
        if _is_keras(base) and type(found := vars(base).get(name)) is property and found.fget is not None:
            with suppress(Exception):  # it asks for others, which a subclass may have replaced
                return found.fget(value)
            return None
    return stored(value, name)


def _is_keras(value: object) -> bool:
    """Tell whether a class, a function or a property comes from Keras."""
    if type(value) is property:
        return _is_keras(value.fget)
    if type(value) is FunctionType:
        return value.__module__.partition(".")[0] in _HOMES
    return derives(type(value), type) and module_name(value).partition(".")[0] in _HOMES  # type: ignore[arg-type]  # a class


def _base(kind: type, names: frozenset[str]) -> type | None:
    """Return the class of Keras that a class derives from, by its name."""
    return library_base(kind, names, _HOMES)


def _defaults(kind: type) -> dict[str, Any]:
    try:
        return {name: each.default for name, each in inspect.signature(kind).parameters.items()}
    except (TypeError, ValueError):
        return {}


def _short(value: Any) -> Any:
    """Return a number of single precision as it was written: 0.001 for 0.0010000000474974513.

    >>> _short(0.0010000000474974513), _short(0.001), _short(0.1 + 0.2), _short(True)
    (0.001, 0.001, 0.30000000000000004, True)
    """
    if type(value) is not float or not math.isfinite(value):
        return value
    with suppress(OverflowError):
        if struct.unpack("f", struct.pack("f", value))[0] == value:
            texts = (f"{value:.{digits}g}" for digits in range(1, 10))
            return next(float(text) for text in texts if struct.unpack("f", struct.pack("f", float(text)))[0] == value)
    return value
