"""Wrapping a method of a living object for a while, and leaving no trace however others wrap it too."""

from collections.abc import Callable
from functools import lru_cache
from types import FunctionType, GetSetDescriptorType
from typing import Any, Final

from nbtrack.record.unasked import class_member, instance_dict

Method = Callable[..., Any]
_MISSING: Final = object()
_TAP: Final = "nbtrack_tap"  # the attribute by which our functions are known


class Tap:
    """One method of one object, wrapped while a cell runs. ``around`` makes the wrapper from the method and the tap.

    Who wraps it too and stays keeps a function that only passes on, as ``is_in`` tells it to; that is taken out when
    what lies over it goes.
    """

    __slots__ = ("_around", "_content", "_name", "_ours", "_owner", "_was", "is_in")

    def __init__(self, owner: Any, name: str, around: Callable[[Method, "Tap"], Method]) -> None:
        self.is_in = False
        self._owner = owner
        self._name = name
        self._around = around
        self._content: dict[Any, Any] = {}  # where the object keeps its attributes
        self._was: Any = _MISSING
        self._ours: Method | None = None

    def put_in(self) -> bool:
        """Wrap the method; False where the object has none of its class, or is not one to have attributes set."""
        content_of = _way_to_content(type(self._owner), self._name)  # type: ignore[arg-type]  # classes can be hashed
        if content_of is None:
            return False
        found = content_of(self._owner)
        self._content = found if type(found) is dict else instance_dict(self._owner)
        if self._name in self._content:
            self._clear()
        self._was = self._content.get(self._name, _MISSING)
        ours = self._ours = self._around(getattr(self._owner, self._name), self)
        ours.__dict__[_TAP] = self
        try:
            setattr(self._owner, self._name, ours)
        except AttributeError:  # no room for attributes
            return False
        self.is_in = True
        return True

    def remove(self) -> None:
        """Put back what was there before."""
        self.is_in = False
        if self._content.get(self._name) is not self._ours:
            self._clear()
        elif self._was is _MISSING:  # nearly always: nobody's is below
            delattr(self._owner, self._name)
        else:
            self.put_back()
            self._clear()
        self._ours = None

    def _clear(self) -> None:
        """Take out the taps on top that are no longer in use."""
        while type(found := self._content.get(self._name)) is FunctionType:
            tap = found.__dict__.get(_TAP)
            if type(tap) is not Tap or tap.is_in:
                return
            tap.put_back()

    def put_back(self) -> None:
        """Put back what was there before, this tap being what is there now."""
        if self._was is _MISSING:
            delattr(self._owner, self._name)
        else:
            setattr(self._owner, self._name, self._was)


@lru_cache(maxsize=64)
def _way_to_content(kind: type, name: str) -> Callable[[Any], Any] | None:
    """Return what finds where an object keeps its attributes.

    None where an attribute is not set without a word of the class's own, or is no method of it in the first place.
    """
    if class_member(kind, "__setattr__") is not object.__setattr__ or class_member(kind, name) is None:
        return None
    getter = class_member(kind, "__dict__")
    return getter.__get__ if type(getter) is GetSetDescriptorType else instance_dict
