"""What calls by position say about settings."""

import ast
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Generic, TypeVar

import numpy as np
import scipy.signal
import sklearn.model_selection
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

from nbtrack.capture.results.functions import Setting, settings_of_calls

T = TypeVar("T")


def given(call: str, namespace: Mapping[str, Any]) -> list[Setting]:
    node = ast.parse(call, mode="eval").body
    assert isinstance(node, ast.Call)
    return [setting for setting in settings_of_calls([node], namespace) if setting.given]


def test_classes_that_settle_how_models_are_judged_say_what_a_number_means() -> None:
    expected = [Setting("KFold", "n_splits", 5, given=True)]
    assert given("KFold(5, shuffle=True)", {"KFold": KFold}) == expected
    assert given("ms.KFold(5)", {"ms": sklearn.model_selection}) == expected


def test_an_estimator_that_is_yet_to_be_fitted_says_what_a_number_means() -> None:
    assert given("Ridge(2.0)", {"Ridge": Ridge}) == [Setting("Ridge", "alpha", 2.0, given=True)]


def test_functions_that_filter_and_fit_curves_say_what_a_number_means() -> None:
    assert given("np.polyfit(x, y, 3)", {"np": np}) == [Setting("polyfit", "deg", 3, given=True)]
    expected = [
        Setting("savgol_filter", "window_length", 11, given=True),
        Setting("savgol_filter", "polyorder", 2, given=True),
    ]
    assert given("signal.savgol_filter(x, 11, 2)", {"signal": scipy.signal}) == expected


def test_other_classes_and_modules_are_left_alone() -> None:
    class Lazy:
        def __getattr__(self, name: str) -> object:
            raise AssertionError

    assert given("Fraction(2)", {"Fraction": Fraction}) == []
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


def _library(module: str, name: str = "Model") -> Any:
    """A class of a library, whose method is decorated."""

    def fit(self: Any, x: Any, y: Any = None, batch_size: int | None = None, epochs: int = 1, verbose: int = 1) -> None:
        raise AssertionError

    def decorated(*args: Any) -> None:
        raise AssertionError

    vars(decorated)["__wrapped__"] = fit
    decorated.__module__ = fit.__module__ = module
    return type(name, (), {"fit": decorated, "__module__": module})


def test_methods_that_train_say_what_a_number_means() -> None:
    model, other = _library("keras.src.models.model")(), _library("elsewhere")()
    expected = [Setting("fit", "batch_size", 32, given=True), Setting("fit", "epochs", 10, given=True)]
    assert given("model.fit(x, y, 32, 10, 0)", {"model": model}) == expected
    assert given("model.fit(x, y, 32, *more)", {"model": model}) == expected[:1]
    assert given("model.fit(x, y, 32, 10)", {"model": other}) == []
    assert given("model.fit(x, y, 32, 10)", {}) == []


def test_an_own_subclass_is_asked_for_its_own_method() -> None:
    class Net(_library("keras.src.models.model")):  # type: ignore[misc]  # made in the test
        def fit(self, x: Any, rounds: int) -> None: ...

        def push(self, item: int) -> None: ...

    Net.__module__ = Net.fit.__module__ = Net.push.__module__ = "__main__"
    assert given("net.fit(x, 7)", {"net": Net()}) == [Setting("fit", "rounds", 7, given=True)]
    assert given("net.push(7)", {"net": Net()}) == []  # it learns nothing


def test_words_are_settings_of_classes_of_libraries_but_for_names_of_places() -> None:
    class ModelCheckpoint:
        def __init__(self, filepath: str, monitor: str = "loss", verbose: int = 0) -> None: ...

    ModelCheckpoint.__module__ = ModelCheckpoint.__init__.__module__ = "keras.src.callbacks.model_checkpoint"
    found = given("ModelCheckpoint('best.keras', 'val_loss', 1)", {"ModelCheckpoint": ModelCheckpoint})
    assert found == [Setting("ModelCheckpoint", "monitor", "val_loss", given=True)]


def test_a_generic_class_is_called_by_its_own_name_and_an_item_of_anything_else_is_left_alone() -> None:
    class Box(Generic[T]):
        def __init__(self, width: T, depth: int = 2) -> None:
            self.width, self.depth = width, depth

    class Asked:
        def __getitem__(self, item: object) -> object:
            raise AssertionError

    Box.__module__ = Box.__init__.__module__ = "__main__"
    assert given("Box[int](4)", {"Box": Box, "box": Box(4)}) == [Setting("Box", "width", 4, given=True)]
    assert given("ms.KFold[int](5)", {"ms": sklearn.model_selection}) == [Setting("KFold", "n_splits", 5, given=True)]
    assert given("boxes['small'](4)", {"boxes": Asked()}) == []
