"""Settings of every kind: objects that hold them, functions that take them, networks that have them."""

import argparse
import ast
import dataclasses
import sys
from collections.abc import Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from omegaconf import OmegaConf
from pydantic import BaseModel

from nbtrack.capture.results import estimators
from nbtrack.capture.results.functions import Setting, settings_of_calls
from nbtrack.capture.results.networks import facts_of
from nbtrack.capture.results.searched import search_table
from nbtrack.capture.syntax.configs import settings_of


@dataclasses.dataclass
class TrainConfig:
    lr: float = 0.1
    layers: tuple[int, ...] = (8, 4)


class Settings(BaseModel):
    lr: float = 0.1


@dataclasses.dataclass
class Point:
    x: float = 0.5


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("anything", argparse.Namespace(lr=0.1, _x=1), {"lr": 0.1}),
        ("cfg", SimpleNamespace(lr=0.1), {"lr": 0.1}),
        ("point", SimpleNamespace(lr=0.1), None),
        ("c", TrainConfig(lr=0.2), {"lr": 0.2, "layers": (8, 4)}),
        ("s", Settings(lr=0.2), {"lr": 0.2}),
        ("p", Point(), None),
        ("c", OmegaConf.create({"optim": {"lr": 0.1}, "ks": [1, 2]}), {"optim.lr": 0.1, "ks": [1, 2]}),
        ("cfg", argparse.Namespace(model=TrainConfig()), {"model.lr": 0.1, "model.layers": (8, 4)}),
        ("config", {"lr": 0.1}, None),  # dictionaries are read elsewhere
        ("config", 3, None),
    ],
)
def test_objects_of_settings_tell_them(name: str, value: Any, expected: Mapping[str, Any] | None) -> None:
    assert settings_of(name, value) == expected


def test_what_a_library_fills_in_itself_nobody_has_set(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclasses.dataclass
    class NetConfig:
        classes: int = 2
        names: dict[int, str] | None = None
        bias: bool | None = None

    library = ModuleType("library")
    library.__file__ = "/lib/site-packages/library.py"
    monkeypatch.setitem(sys.modules, "library", library)
    NetConfig.__module__ = "library"
    assert settings_of("config", NetConfig(3, {0: "a"}, bias=False)) == {"classes": 3}


def test_a_class_of_settings_tells_its_own_plain_members() -> None:
    kind = type("CFG", (), {"__module__": "__main__", "lr": 0.1, "step": lambda self: 1, "_x": 2, "data": object()})
    assert settings_of("CFG", kind) == {"lr": 0.1}
    assert settings_of("Model", kind) is None


def test_no_method_of_a_settings_object_is_called() -> None:
    @dataclasses.dataclass
    class TrapConfig:
        lr: float = 0.1

        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(name)

    assert settings_of("cfg", TrapConfig()) == {"lr": 0.1}


def calls(source: str) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]


def test_positional_arguments_have_the_function_s_names_and_defaults_are_known() -> None:
    def train(lr: float, epochs: int = 5, *, seed: int = 0, name: str = "x") -> None: ...

    train.__module__ = "__main__"
    found = list(settings_of_calls(calls("train(0.1, seed=3)"), {"train": train}))
    assert found == [
        Setting("train", "lr", 0.1, given=True),
        Setting("train", "epochs", 5, given=False),
        Setting("train", "name", "x", given=False),
    ]
    assert list(settings_of_calls(calls("train(*args)"), {"train": train})) == []
    assert [s.name for s in settings_of_calls(calls("train(0.1, **more)"), {"train": train})] == ["lr"]


def test_functions_of_libraries_keep_their_defaults_to_themselves() -> None:
    assert list(settings_of_calls(calls("dump(3)"), {"dump": dataclasses.asdict})) != []
    assert [s for s in settings_of_calls(calls("dump(3)"), {"dump": dataclasses.asdict}) if not s.given] == []


class _Parameter:
    def __init__(self, size: int, *, requires_grad: bool = True) -> None:
        self.size, self.requires_grad = size, requires_grad

    def numel(self) -> int:
        return self.size


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> tuple[type, type]:
    class Module:
        def __init__(self) -> None:
            self._modules: dict[str, Any] = {}
            self._parameters: dict[str, _Parameter | None] = {}

    class Optimizer:
        def __init__(self, lr: float = 0.01, momentum: float = 0.0) -> None:
            self.param_groups = [{"params": [], "lr": lr, "momentum": momentum, "foreach": None}]

    for name, kind in (("torch.nn.modules.module", Module), ("torch.optim.optimizer", Optimizer)):
        module = ModuleType(name)
        setattr(module, kind.__name__, kind)
        monkeypatch.setitem(sys.modules, name, module)
    return Module, Optimizer


def test_an_optimiser_tells_what_was_chosen_and_what_was_not(torch: tuple[type, type]) -> None:
    kind = type("SGD", (torch[1],), {})
    facts = {fact.name: (fact.value, fact.chosen) for fact in facts_of("opt", kind(lr=0.1))}
    assert facts == {"optimizer": ("SGD", True), "lr": (0.1, True), "momentum": (0.0, False)}


def test_a_scheduled_optimiser_tells_where_it_began(torch: tuple[type, type]) -> None:
    opt = torch[1](lr=0.1)
    opt.param_groups[0] |= {"initial_lr": 0.1, "lr": 0.001}
    assert {f.name: f.value for f in facts_of("opt", opt)}["lr"] == 0.1


def test_a_network_tells_its_size(torch: tuple[type, type]) -> None:
    class Net(torch[0]):  # type: ignore[misc,name-defined]  # a base made by the fixture
        def parameters(self) -> Any:
            raise AssertionError("a user's own method")

        named_parameters = modules = children = __iter__ = parameters

    net, one, two, shared = Net(), torch[0](), torch[0](), _Parameter(10)
    one._parameters, two._parameters = {"w": shared, "b": None}, {"w": shared, "v": _Parameter(5, requires_grad=False)}
    net._modules = {"a": one, "b": two, "again": one}
    facts = {fact.name: fact.value for fact in facts_of("net", net)}
    assert facts == {"net": Net.__qualname__, "net.parameters": 15, "net.layers": 2, "net.trainable_parameters": 10}


def test_an_optimiser_tells_what_it_does_otherwise_for_some_parameters(torch: tuple[type, type]) -> None:
    opt = torch[1](lr=0.1, momentum=0.9)
    opt.param_groups.append({"params": [], "lr": 0.01, "momentum": 0.9, "foreach": None})
    found = {fact.name: fact.value for fact in facts_of("opt", opt)}
    assert found == {"optimizer": opt.__class__.__qualname__, "lr": 0.1, "momentum": 0.9, "lr.1": 0.01}


def test_what_a_scheduler_moves_and_notes_is_no_setting_of_an_optimiser(torch: tuple[type, type]) -> None:
    opt = torch[1](lr=0.1, momentum=0.9)
    opt.defaults = {"lr": 0.1, "momentum": 0.9, "foreach": None}
    opt.param_groups[0] |= {"initial_lr": 0.004, "lr": 0.02, "max_lr": 0.1, "momentum": 0.86, "max_momentum": 0.95}
    found = {fact.name: fact.value for fact in facts_of("opt", opt)}
    assert (found["lr"], found["momentum"]) == (0.004, 0.9)
    assert "max_lr" not in found


def test_other_objects_tell_nothing() -> None:
    assert list(facts_of("x", object())) == list(facts_of("x", 3)) == []
    assert search_table(object()) is None


def test_a_parameter_that_goes_away_and_was_not_given_is_no_setting() -> None:
    class Model:
        def __init__(self, penalty: str = "deprecated", flavour: str = "plain") -> None:
            self.penalty, self.flavour = penalty, flavour

        def fit(self) -> None: ...

        def get_params(self, *, deep: bool) -> dict[str, str]:
            return {"penalty": self.penalty, "flavour": self.flavour}

    assert estimators.settings(Model()).defaults == {"flavour": "plain"}
    assert estimators.settings(Model("l1")).chosen == {"penalty": "l1"}
    assert estimators.settings(Model(flavour="deprecated")).chosen == {"flavour": "deprecated"}
