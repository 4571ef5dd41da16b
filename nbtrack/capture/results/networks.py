"""What torch's networks and optimisers are set to, and those of libraries above it. Nothing is imported."""

import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nbtrack.capture.results import keras_models, trainers
from nbtrack.capture.results.fact import Fact
from nbtrack.record.unasked import class_name, derives, instance_dict, module_name

MOST_MODULES = 10_000
_MOST_GROUPS = 10
_CONTAINERS = ("torch.nn.modules.container", "torch.fx", "torch.jit")
_LOSSES = "torch.nn.modules.loss"
_WRAPPERS = ("torch._dynamo", "torch.nn.parallel", "torch.optim.swa_utils")
_PLAIN = (bool, int, float, str)
_NOT_OF_SCHEDULES = frozenset({"last_epoch", "verbose"})  # where it stands, how much it tells
_NOT_SETTINGS = frozenset(
    {"params", "name", "foreach", "capturable", "differentiable", "fused", "decoupled_weight_decay"}
)


def facts_of(name: str, value: Any) -> Iterator[Fact]:
    """Yield what a torch optimiser or module, or one of Keras' objects, is set to; nothing for any other object."""
    kind = type(value)
    yield from keras_models.facts_of(name, value)
    if keras_models.is_layer(value):
        return  # it may be a torch module as well, which knows only its parts
    yield from trainers.facts_of(value)
    for optimizer in trainers.optimizers_of(value):
        yield from facts_of(name, optimizer)
    for schedule in trainers.schedules_of(value):
        yield from facts_of("lr_scheduler", schedule)
    if is_optimizer(value):
        yield from _of_optimizer(value)
    elif _is_torch(kind, "torch.optim.lr_scheduler", "LRScheduler"):
        yield from _of_scheduler(name, value)
    elif _is_torch(kind, "torch.nn.modules.module", "Module"):
        yield from _of_module(name, value)


def is_optimizer(value: object) -> bool:
    """Tell whether a value is an optimiser of torch's."""
    return _is_torch(type(value), "torch.optim.optimizer", "Optimizer")


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
    for name, first in _begun(attributes, groups[0]).items():
        yield Fact(owner, name, first, f"{owner}.param_groups", chosen=first != defaults.get(name, ...))
    yield from _of_further_groups(owner, attributes, groups)


def _begun(attributes: Mapping[str, Any], group: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a group of parameters began with: a scheduler moves it, and notes in the group what it needs."""
    own = attributes.get("defaults")
    given = own if type(own) is dict else {}
    cycled = {name for name in ("momentum", "betas") if "max_momentum" in group and name in given}
    return {
        name: first
        for name, item in group.items()
        if name not in _NOT_SETTINGS and (name in given or not given)
        for first in [given[name] if name in cycled else group.get(f"initial_{name}", item)]
        if type(first) in (*_PLAIN, tuple) and not name.startswith("initial_")
    }


def _of_further_groups(owner: str, attributes: Mapping[str, Any], groups: list[Any]) -> Iterator[Fact]:
    """Tell what is set otherwise for a part of the parameters: ``lr.1`` is that of the second group."""
    first = _begun(attributes, groups[0])
    for number, group in enumerate(groups[1:_MOST_GROUPS], 1):
        for name, item in _begun(attributes, group).items() if type(group) is dict else ():
            if type(first.get(name)) is not type(item) or first[name] != item:
                yield Fact(owner, f"{name}.{number}", item, f"{owner}.param_groups[{number}]", chosen=True)


def _of_module(name: str, value: Any) -> Iterator[Fact]:
    """Tell the class of a network or a loss, and a network's size; that it only holds others in a row says nothing."""
    modules, kind = _parts(value), type(_unwrapped(value))
    source = class_name(kind)
    parameters = [each for each in _parameters(modules) if class_name(type(each)) != "UninitializedParameter"]
    counts = [int(each.numel()) for each in parameters]
    trainable = [int(each.numel()) for each in parameters if each.requires_grad]
    if module_name(kind).startswith(_LOSSES) or (counts and not module_name(kind).startswith(_CONTAINERS)):
        yield Fact(name, name, source, module_name(kind), chosen=True)
    if counts:
        yield Fact(name, f"{name}.parameters", sum(counts), source, chosen=True)
        yield Fact(name, f"{name}.layers", sum(not _held(each, "_modules") for each in modules), source, chosen=True)
        if sum(trainable) != sum(counts):
            yield Fact(name, f"{name}.trainable_parameters", sum(trainable), source, chosen=True)


def _unwrapped(value: Any) -> Any:
    """Return the network in one that only runs it in another way: compiled, on several devices, averaged."""
    held = _held(value, "_modules") if module_name(type(value)).startswith(_WRAPPERS) else []
    return held[0] if held else value


def _parts(value: Any) -> list[Any]:
    """Return a module and those in it, each once, from where torch keeps them: its methods ask a subclass's."""
    found: dict[int, Any] = {}
    waiting = [value]
    while waiting and len(found) < MOST_MODULES:
        each = waiting.pop()
        if id(each) not in found and _is_torch(type(each), "torch.nn.modules.module", "Module"):
            found[id(each)] = each
            waiting += _held(each, "_modules")
    return list(found.values())


def _parameters(modules: Iterable[Any]) -> list[Any]:
    """Return the parameters of some modules; one that is shared counts once."""
    found = {id(each): each for module in modules for each in _held(module, "_parameters")}
    return list(found.values())[:MOST_MODULES]


def _held(module: Any, place: str) -> list[Any]:
    held = instance_dict(module).get(place)
    return [each for each in held.values() if each is not None] if type(held) is dict else []


def _of_scheduler(name: str, value: Any) -> Iterator[Fact]:
    """Tell the class of a schedule and what it was made with, as far as torch's own keep that under its name."""
    kind = type(value)
    owner, attributes = class_name(kind), instance_dict(value)
    yield Fact(name, name, owner, module_name(kind), chosen=True)
    if not module_name(kind).startswith("torch.optim"):
        return  # of the notebook's own, the same name may hold what has become of it
    for setting, default in _defaults(kind).items():
        item = attributes.get(setting)
        if setting not in _NOT_OF_SCHEDULES and type(item) in _PLAIN:
            yield Fact(owner, setting, item, owner, chosen=item != default)


def _defaults(kind: type) -> dict[str, Any]:
    try:
        return {name: each.default for name, each in inspect.signature(kind).parameters.items()}
    except (TypeError, ValueError):
        return {}
