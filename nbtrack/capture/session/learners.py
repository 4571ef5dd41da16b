"""Objects that are not the same after they were used: estimators, networks, random generators, iterators."""

import sys

from nbtrack.record.unasked import class_member, derives, full_name, module_name, stored

_DATA = frozenset({"pandas", "polars", "pyarrow", "numpy", "scipy", "builtins", "datetime", "pathlib"})
_GENERATORS = frozenset(
    "numpy.random._generator.Generator numpy.random.mtrand.RandomState random.Random torch._C.Generator "
    "torch.Generator".split()
)


def starts_anew(value: object) -> bool:
    """Tell whether ``fit`` starts anew: that of an estimator does, unless it is told to start warm."""
    return class_member(type(value), "get_params") is not None and stored(value, "warm_start") is not True


def learns(value: object) -> bool:
    """Tell whether an object takes something in when it is used: an estimator, a network, a class of the notebook."""
    kind = type(value)
    if module_name(kind).partition(".")[0] in _DATA or derives(kind, type):
        return False
    methods = ("fit", "train", "step", "load_state_dict", "partial_fit")
    return module_name(kind) == "__main__" or any(class_member(kind, name) is not None for name in methods)


def is_used_up(value: object) -> bool:
    """Tell whether any use changes an object: random generators and iterators."""
    kind = type(value)
    return full_name(kind) in _GENERATORS or class_member(kind, "__next__") is not None


def is_network(value: object) -> bool:
    """Tell whether an object is a torch module."""
    torch = sys.modules.get("torch.nn")
    base = vars(torch).get("Module") if torch is not None else None
    return type(base) is type and derives(type(value), base)
