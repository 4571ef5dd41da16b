"""``nbtrack.seed_everything`` seeds what is there and says what it did."""

# ruff: noqa: NPY002 - the legacy generator is what is looked at
import os
import random
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import nbtrack
from nbtrack.capture.environment import seeds


@pytest.fixture(autouse=True)
def _restored(monkeypatch: pytest.MonkeyPatch) -> Any:
    python, numpy = random.getstate(), np.random.get_state()
    monkeypatch.setattr(seeds, "LAST", {})
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    yield
    random.setstate(python)
    np.random.set_state(numpy)


def test_python_and_numpy_draw_the_same_again() -> None:
    done = nbtrack.seed_everything(42)
    drawn = random.random(), np.random.rand()
    nbtrack.seed_everything(42)
    assert (random.random(), np.random.rand()) == drawn
    assert (done["random"], done["numpy"]) == ("seeded 42", "seeded 42")


def test_child_processes_hash_by_the_seed_and_this_one_is_said_to_need_a_restart() -> None:
    done = nbtrack.seed_everything(42)
    assert "restart" in done["PYTHONHASHSEED"]
    code = "print(hash('nbtrack'))"
    printed = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(printed) == 1
    assert os.environ["PYTHONHASHSEED"] == "42"


class Torch(SimpleNamespace):
    def __init__(self) -> None:
        super().__init__(backends=SimpleNamespace(cudnn=SimpleNamespace(deterministic=False, benchmark=True)), calls=[])

    def manual_seed(self, number: int) -> None:
        self.calls.append(("manual_seed", number))

    def use_deterministic_algorithms(self, mode: bool, *, warn_only: bool) -> None:  # noqa: FBT001 - as torch has it
        self.calls.append(("use_deterministic_algorithms", mode, warn_only))


def test_torch_is_seeded_and_told_to_be_deterministic_when_it_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = Torch()
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert nbtrack.seed_everything(3)["torch"] == "seeded 3"
    assert torch.calls == [("manual_seed", 3), ("use_deterministic_algorithms", True, True)]
    assert (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark) == (True, False)
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


def test_tensorflow_and_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(random=SimpleNamespace(set_seed=seen.append)))
    monkeypatch.setitem(sys.modules, "jax", SimpleNamespace())
    done = nbtrack.seed_everything(3)
    assert (done["tensorflow"], seen) == ("seeded 3", [3])
    assert done["jax"] == "not seeded: its keys are explicit"


@pytest.mark.parametrize("seed", [-1, 2**32, 1.0, True, "7", None])
def test_what_is_no_seed_is_refused(seed: Any) -> None:
    with pytest.raises(ValueError, match="a seed is an integer from 0 to 4294967295"):
        nbtrack.seed_everything(seed)


def test_the_seed_option_names_what_it_seeded() -> None:
    assert seeds.seed_all(5, "x = 1") == ["random", "numpy"]
