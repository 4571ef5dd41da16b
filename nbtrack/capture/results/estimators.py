"""The settings of fitted estimators, asked for as scikit-learn does it: ``get_params()``. Nothing is imported."""

import inspect
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nbtrack.record.unasked import class_member, class_name, derives, instance_dict, module_name

MOST_PARAMS = 200
_SCALARS = (bool, int, float, str)
_GOING = "deprecated"  # what scikit-learn has as the default of a parameter that goes away: nothing is set


@dataclass(frozen=True, slots=True)
class Settings:
    """An estimator's parameters: those a person set, and those left at their defaults."""

    owner: str
    chosen: Mapping[str, Any]
    defaults: Mapping[str, Any]
    best: Mapping[str, Any] = field(default_factory=dict)  # what a search over parameters chose

    def without(self, names: Collection[str]) -> "Settings":
        """Return these settings but for some that were chosen."""
        chosen = {name: value for name, value in self.chosen.items() if name not in names}
        return replace(self, chosen=chosen) if names else self


_Signatures = dict[type, Mapping[str, inspect.Parameter]]  # of the classes of one estimator and its parts


def is_estimator(value: object) -> bool:
    """Tell whether a value follows scikit-learn's estimator protocol, judged by its class alone."""
    kind = type(value)
    return callable(class_member(kind, "get_params")) and callable(class_member(kind, "fit"))


def settings(estimator: Any) -> Settings:  # any estimator of any library
    """Return the parameters of an estimator; nested ones under scikit-learn's ``step__name``."""
    params = dict(list(estimator.get_params(deep=True).items())[:MOST_PARAMS])
    chosen: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    known: _Signatures = {}
    for name, value in params.items():
        if derives(type(value), type):
            value = class_name(value)  # noqa: PLW2901 - ``optimizer=torch.optim.Adam``
        elif not _plain(value):
            continue
        owner, _, own_name = name.rpartition("__")
        unchanged = _same(value, _default(params.get(owner, estimator) if owner else estimator, own_name, known))
        if unchanged and type(value) is str and value == _GOING:
            continue
        (defaults if unchanged or not _is_given(owner, params) else chosen)[name] = value
    best = instance_dict(estimator).get("best_params_")
    plain = {str(name): value for name, value in best.items() if _plain(value)} if type(best) is dict else {}
    return Settings(type(estimator).__name__, chosen, defaults, plain)


def varied(one: Any, other: Any) -> set[str]:  # estimators of one class
    """Return the parameters in which two estimators differ, as far as these are plain."""
    first, second = one.get_params(deep=True), other.get_params(deep=True)
    return {
        name
        for name, value in list(second.items())[:MOST_PARAMS]
        if isinstance(value, _SCALARS) and name in first and not _same(first[name], value)
    }


def _is_given(owner: str, params: Mapping[str, Any]) -> bool:
    """Tell whether a component was handed over: a net adds callbacks of its own to the list that it was given."""
    container, _, _ = owner.rpartition("__")
    if not container or container not in params:
        return True
    given = params[container]
    if given is None or type(given) not in {list, tuple}:
        return given is not None
    component = params.get(owner)
    return any(each is component or (type(each) is tuple and each[-1:] and each[-1] is component) for each in given)


def _plain(value: object) -> bool:
    """Scalars and short flat sequences are parameters; estimators, functions and arrays are not."""
    if value is None or isinstance(value, _SCALARS):
        return True
    if type(value).__module__ == "numpy":
        return getattr(value, "ndim", 1) == 0
    if isinstance(value, list | tuple):
        return len(value) <= 20 and all(item is None or isinstance(item, _SCALARS) for item in value)
    return isinstance(value, dict) and len(value) <= 50 and all(map(_is_word, value))


def _is_word(key: object) -> bool:
    """Tell whether a key is a text, or a number that stands for one: ``class_weight={0: w, 1: 1 - w}``."""
    kind = type(key)
    return derives(kind, str) or derives(kind, int) or module_name(kind) == "numpy"


def _default(owner: object, name: str, known: _Signatures) -> object:
    """Return a parameter's default, looked for in the class and, where it takes ``**kwargs``, in its bases.

    One that is a class is told by its name.
    """
    for kind in type.mro(type(owner)):
        if "__init__" not in vars(kind):
            continue
        try:
            if kind not in known:
                known[kind] = inspect.signature(vars(kind)["__init__"]).parameters
            parameters = known[kind]
        except (TypeError, ValueError):
            return inspect.Parameter.empty
        if name in parameters:
            found = parameters[name].default
            return class_name(found) if derives(type(found), type) and found is not inspect.Parameter.empty else found
        if not any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values()):
            break
    return inspect.Parameter.empty


def _same(value: object, default: object) -> bool:
    """Compare only plain values of one type: ``==`` of anything else may be user code, or an array."""
    if value is default or (value is None and default is inspect.Parameter.empty):
        return True
    if type(value) is float and type(default) is float and math.isnan(value) and math.isnan(default):
        return True
    return type(value) is type(default) and isinstance(value, _SCALARS) and value == default
