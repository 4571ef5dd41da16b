"""Objects that hold settings as plain ones: dataclasses, ``argparse.Namespace``, pydantic, OmegaConf, ``class CFG``.

They are recognised by their class and read where Python keeps their attributes; none of their methods is called.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from nbtrack.record.unasked import class_dict, class_member, class_name, derives, instance_dict, module_name, stored
from nbtrack.record.values import to_json

MOST = 100
_WORDS = (
    "config",
    "cfg",
    "conf",
    "args",
    "arguments",
    "hparams",
    "hps",
    "hyper",
    "params",
    "settings",
    "options",
    "opt",
)
_DEPTH = 4
_NUMBERING = re.compile(r"2|_to_|label|class|categor|map|ids?$|idx|index|codes?$")
_mro = type.__dict__["__mro__"].__get__


def is_config_name(name: str) -> bool:
    """Tell whether a variable is named like a collection of settings, so that its numbers are not results.

    >>> [is_config_name(name) for name in ("CFG", "train_config", "hp", "params_rf", "best_params_found", "optimum")]
    [True, True, True, True, True, False]
    """
    words = name.lower().strip("_").removeprefix("best_").split("_")
    return words[-1] in {*_WORDS, "hp", "param", "kwargs", "parameters", "configuration", "hyperparameters"} or (
        words[0] in {"config", "cfg", "hparams", "params"} and len(words) > 1
    )


def written_settings(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, ast.expr]]:
    """Yield the settings that a function writes out in a dictionary of its own: ``params = {"max_depth": 3}``."""
    for statement in function.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(keys=keys, values=values)) if is_config_name(
                name
            ):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and type(key.value) is str:
                        yield key.value, value


def numbers_words(name: str, value: Mapping[str, Any]) -> bool:
    """Tell whether a dictionary only gives words their numbers: ``label2id={"negative": 0, "positive": 1}``.

    >>> numbers_words("class_to_idx", {"cat": 0, "dog": 1}), numbers_words("options", {"maxiter": 0, "disp": 1})
    (True, False)
    """
    counted = [each for each in value.values() if type(each) is int]
    return counted == list(range(len(value))) and len(value) > 1 and _NUMBERING.search(name.lower()) is not None


def settings_of(name: str, value: Any) -> Mapping[str, Any] | None:
    """Return what an object of settings holds, nested ones under ``outer.inner``; None for any other object."""
    found = _fields(name, value)
    return None if found is None else dict(list(_flat("", found, _DEPTH).items())[:MOST])


def _fields(name: str, value: Any) -> Mapping[str, Any] | None:
    kind = type(value)
    if kind is type:
        return _of_class(name, value)
    home, word = module_name(kind), class_name(kind)
    if home.startswith("omegaconf.") and word == "DictConfig":
        return _of_omegaconf(value)
    if (home, word) != ("argparse", "Namespace") and not is_config_name(name) and not _is_config_class(word):
        return None
    if (home, word) in {("argparse", "Namespace"), ("types", "SimpleNamespace")} or _has_fields(kind):
        content = {field: item for field, item in instance_dict(value).items() if _is_public(field)}
        defaults = _defaults(kind) if _is_installed(home) else None
        return content or None if defaults is None else _set(content, defaults) or None
    return (_plain({**_members(kind), **instance_dict(value)}) or None) if home == "__main__" else None


def _has_fields(kind: type) -> bool:
    return _is_pydantic(kind) or type(class_member(kind, "__dataclass_fields__")) is dict


def _is_installed(home: str) -> bool:
    """Tell whether a class is a library's: its settings are many, and a person sets a few of them."""
    file = getattr(sys.modules.get(home), "__file__", None)
    return type(file) is str and any(folder in file for folder in ("site-packages", "dist-packages"))


def _defaults(kind: type) -> dict[str, Any] | None:
    """Return the defaults of a data class, None for any other."""
    fields = class_member(kind, "__dataclass_fields__")
    return {name: stored(each, "default") for name, each in fields.items()} if type(fields) is dict else None


def _set(content: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return those fields that somebody has set."""
    return {name: item for name, item in content.items() if name in defaults and not _is_left(item, defaults[name])}


def _is_left(value: object, default: object) -> bool:
    """Tell whether a setting was left at its default; what was not said, a library settles itself.

    None becomes False, or a dictionary that is filled from other settings: the labels of a model's classes.
    """
    if value is default or (default is None and type(value) in {bool, dict}):
        return True
    return to_json(value) == to_json(default)


def _of_class(name: str, kind: type) -> Mapping[str, Any] | None:
    """``class CFG: lr = 0.1`` is a common way to write settings down."""
    if not is_config_name(name) or module_name(kind) != "__main__":
        return None
    return _plain(_members(kind)) or None


def _members(kind: type) -> dict[str, Any]:
    """Return what a class of the notebook's own holds, and those it derives from: ``class Config: lr = 0.1``."""
    found: dict[str, Any] = {}
    for each in reversed(_mro(kind)):
        if module_name(each) == "__main__":
            found.update(class_dict(each))
    return found


def _plain(members: Mapping[str, Any]) -> dict[str, Any]:
    kinds = {bool, int, float, str, list, tuple, dict, type(None)}
    return {name: item for name, item in members.items() if type(item) in kinds and _is_public(name)}


def _is_public(name: object) -> bool:
    return type(name) is str and not name.startswith("_")


def _of_omegaconf(value: Any) -> dict[str, Any]:
    content = stored(value, "_content")
    found: dict[str, Any] = {}
    for name, node in content.items() if type(content) is dict else ():
        if class_name(type(node)) == "DictConfig":
            found[str(name)] = _of_omegaconf(node)
        elif class_name(type(node)) == "ListConfig":
            items = stored(node, "_content")
            found[str(name)] = [stored(item, "_val") for item in items] if type(items) is list else None
        else:
            found[str(name)] = stored(node, "_val")
    return found


def _flat(prefix: str, values: Mapping[str, Any], depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in list(islice(values.items(), MOST)):
        inner = value if type(value) is dict else _fields(f"{name}_config", value)
        if inner and depth and type(inner) is dict and all(type(key) is str for key in inner):
            found.update(_flat(f"{prefix}{name}.", inner, depth - 1))
        else:
            found[f"{prefix}{name}"] = value
    return found


def _is_config_class(name: str) -> bool:
    return name.lower().endswith(("config", "cfg", "args", "arguments", "params", "settings", "options"))


def _is_pydantic(kind: type) -> bool:
    pydantic = sys.modules.get("pydantic.main")
    base = vars(pydantic).get("BaseModel") if pydantic else None
    return isinstance(base, type) and derives(kind, base)
