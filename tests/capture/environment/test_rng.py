"""Whether the random generators were seeded is told from their states, not believed."""

# ruff: noqa: NPY002 - the legacy generator is what is looked at
import random
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nbtrack.capture.environment.rng import Seeds, fresh, states
from nbtrack.capture.syntax.seed_calls import SeedCalls


@pytest.fixture(autouse=True)
def _states() -> Any:
    python, numpy = random.getstate(), np.random.get_state()
    yield
    random.setstate(python)
    np.random.set_state(numpy)


def told(seeds: Seeds, cell: str = "", **given: int) -> dict[str, Any]:
    return seeds.told(states().digests(), seeds.read(cell), given)


def test_looking_moves_no_generator() -> None:
    random.seed(3)
    np.random.seed(3)
    before = states().digests()
    assert states().digests() == before == {"random": fresh("random", 3), "numpy": fresh("numpy", 3)}


def test_the_state_taken_is_that_of_the_moment() -> None:
    np.random.seed(3)
    random.seed(3)
    taken = states()
    np.random.rand()
    random.random()
    assert taken.digests() == {"random": fresh("random", 3), "numpy": fresh("numpy", 3)}


def test_generators_nobody_seeded_are_said_to_be_unseeded() -> None:
    random.seed()
    np.random.seed()
    assert told(Seeds()) == {"random": "unseeded", "numpy": "unseeded", "unseeded": True}


def test_a_seed_is_named_when_the_state_is_exactly_its() -> None:
    seeds = Seeds()
    seeds.read("SEED = 42\ndef start(n):\n    random.seed(n)\n    np.random.seed(n)\nstart(SEED)")
    random.seed(42)
    np.random.seed(42)
    assert told(seeds) == {"random": "seeded 42", "numpy": "seeded 42"}
    np.random.rand()
    assert told(seeds) == {"random": "seeded 42", "numpy": "seeded earlier"}


def test_what_nbtrack_seeded_is_known_by_its_number() -> None:
    random.seed(7)
    np.random.seed(7)
    np.random.rand()
    assert told(Seeds(), random=7, numpy=7) == {"random": "seeded 7", "numpy": "seeded 7 earlier"}


def test_a_seed_beside_magics_is_read() -> None:
    assert Seeds().read("%matplotlib inline\nimport random\nif True:\n    !ls\nrandom.seed(3)").seeded == {"random"}


def test_a_cell_that_seeds_itself_is_not_unseeded() -> None:
    random.seed()
    np.random.seed()
    assert told(Seeds(), "np.random.seed(0)") == {"random": "unseeded", "numpy": "seeded in the cell"}
    assert told(Seeds(), "seed_everything(0)") == {"random": "seeded in the cell", "numpy": "seeded in the cell"}


def test_seeds_of_ones_own_generators_count() -> None:
    random.seed()
    np.random.seed()
    seeds = Seeds()
    unseeded = {"random": "unseeded", "numpy": "unseeded"}
    assert told(seeds, "rng = np.random.default_rng(3)") == {**unseeded, "explicit": ["default_rng(3)"]}
    assert told(seeds, "rng.normal()") == unseeded


def test_a_cell_that_is_no_python_says_nothing() -> None:
    assert Seeds().read("seed seed seed (") == SeedCalls()


def test_torch_is_asked_only_when_it_is_loaded() -> None:
    class Tensor:
        def __init__(self, content: bytes) -> None:
            self.content = content

        def numpy(self) -> Any:
            return SimpleNamespace(tobytes=lambda: self.content)

    class Generator:
        def __init__(self, device: str) -> None:
            assert device == "cpu", "of another device, which may be the default, the state is another"

        def manual_seed(self, number: int) -> Any:
            return SimpleNamespace(get_state=lambda: Tensor(b"%d" % number))

    torch = SimpleNamespace(get_rng_state=lambda: Tensor(b"5"), Generator=Generator)
    found = states({"torch": torch}).digests()
    assert found == {"torch": fresh("torch", 5, {"torch": torch})}


def test_tensorflow_is_not_started_by_asking() -> None:
    context = SimpleNamespace(_context=None)
    modules = {"tensorflow.python.eager.context": context}
    assert states(modules).digests() == {}
    context._context = SimpleNamespace(_seed=5)
    assert states(modules).digests() == {"tensorflow": fresh("tensorflow", 5, modules)}


def test_a_replaced_generator_is_left_out() -> None:
    assert states({"random": SimpleNamespace(getstate=lambda: 1 / 0)}).digests() == {}
    assert states({"random": SimpleNamespace(getstate=lambda: "odd")}).digests() == {}


def test_jax_has_explicit_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jax", SimpleNamespace())
    assert told(Seeds())["jax"] == "explicit keys"
