"""What neural networks and their optimisers are set to: torch and keras objects within reach. Nothing is imported."""

import inspect
import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from nbtrack.record.unasked import class_name, derives, instance_dict, module_name

MOST_MODULES = 10_000
_PLAIN = (bool, int, float, str)
_NOT_SETTINGS = frozenset(
    {"params", "name", "foreach", "capturable", "differentiable", "fused", "decoupled_weight_decay"}
)


class Fact(NamedTuple):
    """A setting of a network or optimiser: ``chosen`` unless the library's default was left as it is."""

    owner: str
    name: str
    value: Any
    source: str
    chosen: bool


def facts_of(name: str, value: Any) -> Iterator[Fact]:
    """Yield what a torch optimiser or module, or a keras model, is set to; nothing for any other object."""
    kind = type(value)
    if _is_torch(kind, "torch.optim.optimizer", "Optimizer"):
        yield from _of_optimizer(value)
    elif _is_torch(kind, "torch.nn.modules.module", "Module"):
        yield from _of_module(name, value)
    elif module_name(kind).partition(".")[0] in {"keras", "tensorflow"} and class_name(kind) in {
        "Sequential",
        "Functional",
    }:
        yield from _of_keras(name, value)


def _is_torch(kind: type, home: str, name: str) -> bool:
    module = sys.modules.get(home)
    base = vars(module).get(name) if module else None
    return isinstance(base, type) and derives(kind, base)


def _of_optimizer(value: Any) -> Iterator[Fact]:
    attributes = instance_dict(value)
    groups, owner = attributes.get("param_groups"), class_name(type(value))
    yield Fact(owner, "optimizer", owner, "torch.optim", chosen=True)
    if type(groups) is not list or not groups or type(groups[0]) is not dict:
        return
    defaults = _defaults(type(value))
    for name, item in groups[0].items():
        if name in _NOT_SETTINGS or type(item) not in (*_PLAIN, tuple):
            continue
        if name.startswith("initial_"):
            continue
        first = groups[0].get(f"initial_{name}", item)  # a scheduler has moved it since
        yield Fact(owner, name, first, f"{owner}.param_groups", chosen=first != defaults.get(name, ...))


def _of_module(name: str, value: Any) -> Iterator[Fact]:
    """Count parameters and layers by torch's own methods, so that a subclass's cannot be asked by mistake."""
    base: Any = vars(sys.modules["torch.nn.modules.module"])["Module"]
    parameters = list(islice(base.parameters(value), MOST_MODULES))
    counts = [int(each.numel()) for each in parameters if class_name(type(each)) != "UninitializedParameter"]
    trainable = [int(each.numel()) for each in parameters if each.requires_grad]
    layers = sum(not instance_dict(each).get("_modules") for each in islice(base.modules(value), MOST_MODULES))
    if counts:
        source = class_name(type(value))
        yield Fact(name, f"{name}.parameters", sum(counts), source, chosen=True)
        yield Fact(name, f"{name}.layers", layers, source, chosen=True)
        if sum(trainable) != sum(counts):
            yield Fact(name, f"{name}.trainable_parameters", sum(trainable), source, chosen=True)


def _of_keras(name: str, value: Any) -> Iterator[Fact]:
    source = class_name(type(value))
    yield Fact(name, f"{name}.parameters", int(value.count_params()), source, chosen=True)
    yield Fact(name, f"{name}.layers", len(value.layers), source, chosen=True)
    optimizer = getattr(value, "optimizer", None)
    config: Any = optimizer.get_config() if optimizer is not None else {}
    for setting, item in config.items() if isinstance(config, Mapping) else ():
        if setting in {"name", "learning_rate", "momentum"} and isinstance(item, _PLAIN):
            word = "optimizer" if setting == "name" else setting
            yield Fact(class_name(type(optimizer)), word, item, "optimizer", chosen=True)


def _defaults(kind: type) -> dict[str, Any]:
    try:
        return {name: each.default for name, each in inspect.signature(kind).parameters.items()}
    except (TypeError, ValueError):
        return {}
