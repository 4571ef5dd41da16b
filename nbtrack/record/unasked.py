"""Reading an object without asking it: what its class and its ``__dict__`` hold, with no method of the user's called.

``isinstance``, ``getattr`` and ``vars`` may run ``__class__``, ``__getattr__`` and properties, which may raise, lie or
never come back. These functions look where Python itself keeps things.
"""

import sys
from collections.abc import Collection, Mapping
from itertools import islice
from types import GetSetDescriptorType, MemberDescriptorType
from typing import Any

from nbtrack.record.cutting import head

_mro = type.__dict__["__mro__"].__get__
_members = type.__dict__["__dict__"].__get__
_module = type.__dict__["__module__"].__get__
_qualname = type.__dict__["__qualname__"].__get__
_NAME_LIMIT = 200
_MOST_COPIED = 1_000  # attributes


def derives(kind: type, base: type) -> bool:
    """Tell whether ``kind`` is ``base`` or a subclass of it, whatever its instances claim."""
    return type.__subclasscheck__(base, kind)


def library_base(kind: type, names: Collection[str], homes: Collection[str]) -> type | None:
    """Return the class that ``kind`` is, or derives from, with one of these names and from one of these libraries."""
    for base in _mro(kind):
        if class_name(base) in names and module_name(base).partition(".")[0] in homes and is_genuine(base):
            return base  # type: ignore[no-any-return]  # a class
    return None


def class_member(kind: type, name: str) -> object:
    """Return what the class or a base holds under ``name``, as it stands there; None where none does."""
    for base in _mro(kind):
        if name in (members := _members(base)):
            return members[name]
    return None


def instance_dict(value: object) -> dict[Any, Any]:
    """Return the object's ``__dict__``, or an empty one where it has none or hides it.

    One of a class of its own - ``self.__dict__ = self`` of a dictionary with attributes - is copied as far as it holds
    attributes: its methods may be anybody's.
    """
    getter = class_member(type(value), "__dict__")
    is_own = type(getter) in (GetSetDescriptorType, MemberDescriptorType)
    found: Any = getter.__get__(value) if is_own else None  # type: ignore[attr-defined]  # both have it
    if type(found) is dict:
        return found
    if found is None or not derives(type(found), dict):
        return {}
    return {name: item for name, item in list(islice(dict.items(found), _MOST_COPIED)) if type(name) is str}


def class_dict(kind: type) -> Mapping[str, Any]:
    """Return what stands in a class's own body."""
    found: Mapping[str, Any] = _members(kind)
    return found


def stored(value: object, name: str) -> object:
    """Return an attribute that is data: in the ``__dict__``, in a slot, or the class's default."""
    content = instance_dict(value)
    if name in content:
        return content[name]
    member = class_member(type(value), name)
    return member.__get__(value) if type(member) is MemberDescriptorType else member


def class_name(kind: type) -> str:
    """Return the class's own name, ``Outer.Inner``."""
    name = _qualname(kind)
    if type(name) is not str:
        return "object"
    return name if len(name) <= _NAME_LIMIT else head(name, _NAME_LIMIT)


def module_name(kind: type) -> str:
    """Return the module a class says it comes from."""
    module = _module(kind)
    if type(module) is not str:
        return "?"
    return module if len(module) <= _NAME_LIMIT else head(module, _NAME_LIMIT)


def full_name(kind: type) -> str:
    """Return ``module.Class``, or just the name of a built-in."""
    module = module_name(kind)
    return class_name(kind) if module == "builtins" else f"{module}.{class_name(kind)}"


def is_genuine(kind: type) -> bool:
    """Tell whether the module a class says it comes from is loaded and holds this very class."""
    module = sys.modules.get(module_name(kind))
    return module is not None and vars(module).get(class_name(kind)) is kind
