"""The settings of functions, classes and methods that are known: what a call passes by position, and own defaults."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

from nbtrack.capture.syntax.configs import is_config_name
from nbtrack.capture.syntax.literals import literal
from nbtrack.capture.syntax.syntax import callee_name, is_manner
from nbtrack.record.unasked import class_member, derives, instance_dict, module_name

_MOST = 100
_PLAIN = (bool, int, float)
_SETTLING = (
    *("sklearn.model_selection", "lightgbm.callback", "lightgbm.engine", "xgboost.callback", "xgboost.training"),
    *("scipy.signal", "scipy.optimize", "scipy.integrate", "statsmodels.", "numpy.lib._polynomial_impl"),
    *("torch.optim", "torch.utils.data", "torch.nn.utils", "torch.nn.modules.dropout", "torch.nn.modules.loss"),
    *("keras.", "tf_keras.", "skorch.callbacks", "skorch.dataset", "torchmetrics."),
    *("lightning.pytorch.callbacks", "pytorch_lightning.callbacks"),
    *("transformers.optimization", "transformers.trainer_callback", "transformers.training_args"),
)
_ESTIMATORS = ("sklearn.", "imblearn.", "xgboost.sklearn", "lightgbm.sklearn")  # their classes, not their functions
_LEARNS = frozenset("fit train partial_fit learn run simulate solve optimize evolve search play".split())  # or act
_MOST_WRAPPERS = 5
_LONGEST_WORD = 100
_LONGEST_POINT = 20
_PLACE = re.compile(r".*(?:path|dir|file|filename|name)")  # where something is put, and what it is called there


class Setting(NamedTuple):
    """An argument of a call: ``given`` by position, or the function's default."""

    function: str
    name: str
    value: Any
    given: bool


def settings_of_calls(calls: Iterable[ast.Call], namespace: Mapping[str, Any]) -> Iterator[Setting]:
    """Yield literal positional arguments of calls to functions written in Python, and defaults of the user's own.

    A function is looked at, never called; a value a variable was given is that variable's business. So are classes of
    the notebook's own of which it has an object, ``Net(64)``, and of libraries estimators and those that settle how
    models are trained and judged: ``KNeighborsClassifier(3)``, ``KFold(5)``, ``lgb.early_stopping(10)``. Of objects,
    the methods of those libraries, and those of own classes that learn, or run an experiment: ``model.fit(x, y, 32,
    10)``, ``solver.run(5000)``.
    """
    for call in list(calls)[:_MOST]:
        name = callee_name(call)
        function = _unwrapped(_called(call.func, namespace))
        if name and type(function) is FunctionType:
            yield from _of_call(name, call, function, 0)
        elif name and (_settles(function) or _is_own(function, namespace)):
            begin = _unwrapped(class_member(function, "__init__"))  # type: ignore[arg-type]  # a class: just asked
            if type(begin) is FunctionType:
                yield from _of_call(name, call, begin, 1, words=_settles(function))
        elif name and (method := _method(call.func, namespace)) is not None:
            yield from _of_call(name, call, method, 1)


def _called(node: ast.expr, namespace: Mapping[str, Any]) -> object:
    """Return what a call calls: a name of the notebook's, or one of a module of ``_SETTLING``."""
    if isinstance(node, ast.Name):
        return namespace.get(node.id)
    if isinstance(node, ast.Subscript):  # ``Box[int](4)``; what another item is nobody is asked
        function = _called(node.value, namespace)
        return function if derives(type(function), type) else None
    function = _unwrapped(_dotted(node, namespace))
    return function if _is_of_library(function) or _settles(function) else None


def _unwrapped(value: object) -> object:
    """Return the function of a library that its decorators stand for; of the notebook's own it may be anything."""
    if module_name(type(value)) == "numpy":  # ``np.polyfit`` sends a call to the class of its arrays
        inner = instance_dict(value).get("__wrapped__")
        return inner if _is_of_library(inner) else value
    for _ in range(_MOST_WRAPPERS):
        inner = instance_dict(value).get("__wrapped__") if _is_of_library(value) else None
        if type(inner) is not FunctionType:
            break
        value = inner
    return value


def _is_of_library(value: object) -> bool:
    return type(value) is FunctionType and str(value.__module__).startswith(_SETTLING)


def _method(node: ast.expr, namespace: Mapping[str, Any]) -> FunctionType | None:
    """Return the method that is called on a variable, as its class has it: a library's, or an own one that learns."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=method) if name in namespace:
            kind = type(namespace[name])
            found = _unwrapped(class_member(kind, method))
            own = method in _LEARNS and module_name(kind) == "__main__"
            if type(found) is FunctionType and (_is_of_library(found) or (own and found.__module__ == "__main__")):
                return found
    return None


def _is_own(value: object, namespace: Mapping[str, Any]) -> bool:
    """Tell whether a value is a class of the notebook's own, and not one whose objects are a function's business."""
    if not derives(type(value), type) or module_name(value) != "__main__":  # type: ignore[arg-type]  # a class
        return False
    return any(type(each) is value for each in namespace.values())


def _dotted(node: ast.expr, namespace: Mapping[str, Any]) -> object:
    """Return what stands in a module, or a module in it: ``keras.optimizers.Adam``."""
    match node:
        case ast.Name(id=name):
            return namespace.get(name)
        case ast.Attribute(value=inner, attr=name) if type(module := _dotted(inner, namespace)) is ModuleType:
            return vars(module).get(name)
    return None


def _settles(value: object) -> bool:
    of_them = (*_SETTLING, *_ESTIMATORS)
    return derives(type(value), type) and module_name(value).startswith(of_them)  # type: ignore[arg-type]  # a class


def _of_call(
    name: str, call: ast.Call, function: FunctionType, bound: int, *, words: bool = False
) -> Iterator[Setting]:
    """Yield what a call sets; ``words`` says that texts are settings, too: ``EarlyStopping("val_loss")``."""
    code: CodeType = function.__code__
    names = code.co_varnames[bound : code.co_argcount]
    defaults = _defaults(function, names)
    if not call.args and not defaults:
        return
    solves = str(function.__module__).startswith(("scipy.optimize", "scipy.integrate"))
    # the arguments that are one of some words, as their own defaults are: ``def cv(X, model="svm")``
    options = {word for word, value in defaults.items() if type(value) is str and " " not in value}
    for word, argument in zip(names, call.args, strict=False):
        if isinstance(argument, ast.Starred):
            return
        value = ... if isinstance(argument, ast.Name) else literal(argument)  # a variable's value is its own business
        if type(value) is dict and is_config_name(word):
            yield from (Setting(name, k, v, given=True) for k, v in value.items() if type(v) in (*_PLAIN, str))
        chosen = (words or word in options) and _is_word(word, value)
        told = type(value) in _PLAIN or chosen or (solves and _is_point(value))
        if told and not is_manner(name, word, value):
            yield Setting(name, word, value, given=True)
    if not defaults or function.__module__ != "__main__" or instance_dict(function):
        return
    given = {*names[: len(call.args)], *(keyword.arg for keyword in call.keywords)}
    if None in given:  # **settings
        return
    for word, value in defaults.items():
        if word not in given and type(value) in (*_PLAIN, str):
            yield Setting(name, word, value, given=False)


def _is_point(value: Any) -> bool:
    """Tell whether a value is where a search begins, or a span: ``[1, 0]`` of ``minimize(f, [1, 0])``."""
    return type(value) in {list, tuple} and 0 < len(value) <= _LONGEST_POINT and all(type(v) in _PLAIN for v in value)


def _is_word(name: str, value: object) -> bool:
    return type(value) is str and 0 < len(value) <= _LONGEST_WORD and not _PLACE.fullmatch(name)


def _defaults(function: FunctionType, names: tuple[str, ...]) -> dict[str, Any]:
    defaults = function.__defaults__ or ()
    positional = zip(names[len(names) - len(defaults) :], defaults, strict=True)
    return {**dict(positional), **(function.__kwdefaults__ or {})}
