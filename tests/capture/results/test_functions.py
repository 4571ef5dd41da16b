"""What calls by position say about settings."""

import ast
from collections.abc import Mapping
from typing import Any

import sklearn.model_selection
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

from nbtrack.capture.results.functions import Setting, settings_of_calls


def given(call: str, namespace: Mapping[str, Any]) -> list[Setting]:
    node = ast.parse(call, mode="eval").body
    assert isinstance(node, ast.Call)
    return [setting for setting in settings_of_calls([node], namespace) if setting.given]


def test_classes_that_settle_how_models_are_judged_say_what_a_number_means() -> None:
    expected = [Setting("KFold", "n_splits", 5, given=True)]
    assert given("KFold(5, shuffle=True)", {"KFold": KFold}) == expected
    assert given("ms.KFold(5)", {"ms": sklearn.model_selection}) == expected


def test_other_classes_and_modules_are_left_alone() -> None:
    class Lazy:
        def __getattr__(self, name: str) -> object:
            raise AssertionError

    assert given("Ridge(2.0)", {"Ridge": Ridge}) == []  # get_params() has it
    assert given("ms.KFold(5)", {"ms": Lazy()}) == []
    assert given("KFold(5)", {"KFold": Lazy()}) == []


def test_a_class_of_the_notebooks_own_says_what_a_number_means_where_it_has_an_object() -> None:
    class Net:
        def __init__(self, width: int, depth: int = 2) -> None:
            self.width, self.depth = width, depth

    Net.__module__ = Net.__init__.__module__ = "__main__"
    expected = [Setting("Net", "width", 64, given=True)]
    assert given("Net(64)", {"Net": Net, "net": Net(64)}) == expected
    assert given("Net(64)", {"Net": Net}) == []  # its objects are a function's business


def test_a_decorated_function_of_a_library_says_what_a_number_means() -> None:
    def clip_grad_norm_(parameters: Any, max_norm: float) -> None: ...

    def decorated(*args: Any) -> None: ...

    vars(decorated)["__wrapped__"] = clip_grad_norm_
    decorated.__module__ = clip_grad_norm_.__module__ = "torch.nn.utils.clip_grad"
    expected = [Setting("clip_grad_norm_", "max_norm", 1.0, given=True)]
    assert given("clip_grad_norm_(ps, 1.0)", {"clip_grad_norm_": decorated}) == expected
