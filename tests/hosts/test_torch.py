"""Cells with torch itself: what it compiles, traces, counts and draws is the same as without nbtrack."""

import gc
import warnings
import weakref
from collections import Counter
from typing import Any

import pytest

from nbtrack.capture.data.fingerprint import Fingerprint, fingerprint
from nbtrack.capture.environment import rng
from nbtrack.capture.results.networks import facts_of
from nbtrack.capture.session import drawn
from nbtrack.record.values import number

torch: Any = pytest.importorskip("torch")
pytestmark = pytest.mark.slow

SETUP = """
import torch, torch.nn as nn, torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset, TensorDataset
torch.manual_seed(0)
X = torch.randn(32, 4)
y = (X[:, 0] > 0).long()
def accuracy(out, y):
    return (out.argmax(1) == y).float().mean()
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
def step(x, t):
    out = net(x)
    loss, acc = F.cross_entropy(out, t), accuracy(out, t)
    return loss, acc
def judged(out, t):
    acc = accuracy(out, t)
    return acc
"""


@pytest.fixture
def ready(shell: Any) -> Any:
    assert shell.run(SETUP).success
    return shell


def test_a_function_that_scores_is_compiled_in_one_piece(ready: Any) -> None:
    torch._dynamo.reset()
    assert ready.run(
        "import torch._dynamo.testing\ncounter = torch._dynamo.testing.CompileCounter()\n"
        "fast = torch.compile(step, backend=counter, fullgraph=True)"
    ).success
    assert ready.run("%%track\nfor epoch in range(3):\n    loss, acc = fast(X, y)\nprint('accuracy', acc)").success
    assert ready.names["counter"].frame_count == 1
    assert len(ready.last.history("loss").values) == 3


def test_it_is_compiled_in_one_piece_when_the_extension_is_gone_too(ready: Any) -> None:
    torch._dynamo.reset()
    assert ready.run("%unload_ext nbtrack\nfast = torch.compile(step, backend='eager', fullgraph=True)").success
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ready.run("loss, acc = fast(X, y)\nassert acc == accuracy(net(X), y)").success


def test_a_global_called_as_a_builtin_changes_nothing_for_functions_before_it(ready: Any) -> None:
    torch._dynamo.reset()
    assert ready.run("def getattr(*_):\n    raise AssertionError").success
    assert ready.run(
        "%%track\nfast = torch.compile(step, backend='eager', fullgraph=True)\nloss, acc = fast(X, y)"
    ).success
    assert list(ready.last.metrics) == ["loss", "acc"]


def test_a_function_that_scores_is_traced_and_differentiated_without_a_word(ready: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", category=torch.jit.TracerWarning)
        cell = (
            "%%track\nimport warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter('ignore', DeprecationWarning)\n"
            "    traced = torch.jit.trace(judged, (X[:, :2], y), check_trace=False)\n"
            "slope = torch.func.grad(lambda x: step(x, y)[0])(X)\n"
            "each = torch.func.vmap(lambda x, t: step(x[None], t[None])[0])(X, y)"
        )
        assert ready.run(cell).success
    assert "aten::item" not in str(ready.names["traced"].graph)


def test_workers_of_a_loader_leave_the_run_alone(ready: Any) -> None:
    assert ready.run(
        "class Rows(Dataset):\n    def __len__(self):\n        return 8\n    def __getitem__(self, i):\n"
        "        acc = accuracy(X[i:i + 1], y[i:i + 1])\n        return X[i], y[i]"
    ).success
    cell = (
        "%%track\nfor epoch in range(2):\n    for xb, yb in DataLoader(Rows(), batch_size=4, num_workers=2):\n"
        "        loss = F.cross_entropy(net(xb), yb)\n        opt.zero_grad()\n        loss.backward()\n        opt.step()"
    )
    assert ready.run(cell).success
    assert list(ready.last.metrics) == ["loss"]
    assert len(ready.last.history("loss").values) == 2


def test_torch_is_asked_for_numbers_and_nothing_else(ready: Any) -> None:
    assert ready.run(
        "from torch.utils._python_dispatch import TorchDispatchMode\nclass Count(TorchDispatchMode):\n"
        "    def __init__(self):\n        super().__init__()\n        self.asked = []\n"
        "    def __torch_dispatch__(self, func, types, args=(), kwargs=None):\n        self.asked.append(str(func))\n"
        "        return func(*args, **(kwargs or {}))\nbig = torch.randn(1000, 1000, requires_grad=True)"
    ).success
    cell = (
        "with Count() as c:\n    for epoch in range(3):\n        loss = F.cross_entropy(net(X), y) + 0 * big.sum()\n"
        "        opt.zero_grad()\n        loss.backward()\n        opt.step()"
    )
    for _ in range(2):  # gradients are kept from the first on
        ready.run(cell)
    plain = Counter(ready.names["c"].asked)
    ready.run("%%track\n" + cell)
    more = Counter(ready.names["c"].asked) - plain
    assert set(more) <= {"aten._local_scalar_dense.default"}
    assert more.total() <= 3  # a point an iteration


def test_what_a_loop_computed_lives_no_longer_than_without(ready: Any) -> None:
    cell = (
        "%%track\nimport weakref\nseen, most = [], 0\nfor epoch in range(40):\n    loss = (net(X) ** 2).mean()\n"
        "    seen.append(weakref.ref(loss))\n    most = max(most, sum(each() is not None for each in seen))"
    )
    assert ready.run(cell).success
    assert ready.names["most"] == 1
    last = weakref.ref(ready.names["loss"])
    ready.run("del loss")
    gc.collect()
    assert last() is None


def test_a_seed_given_on_the_line_is_torchs(ready: Any) -> None:
    found = []
    try:
        for _ in range(2):
            assert ready.run(
                "%%track --seed 5\nloss = F.cross_entropy(nn.Linear(4, 2)(X), y).item()\ndraw = torch.rand(3)"
            ).success
            found.append((ready.last.metrics["loss"], ready.names["draw"].tolist()))
    finally:
        torch.use_deterministic_algorithms(mode=False)
    assert found[0] == found[1]


def test_looking_at_the_generator_moves_nothing_and_knows_the_seed_whatever_the_default_device() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state().clone()
    torch.set_default_device("meta")
    try:
        found = rng.states().digests()["torch"]
        drawn.marks()
        assert rng.fresh("torch", 3) == found
    finally:
        torch.set_default_device(None)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(
    "made",
    [
        lambda t: t.clone().requires_grad_(),
        lambda t: t.clone().T.contiguous().T,
        lambda t: torch.nn.Parameter(t)[:],
    ],
)
def test_the_same_numbers_are_the_same_data(made: Any) -> None:
    data = torch.arange(12.0).reshape(3, 4)
    assert fingerprint(made(data)) == fingerprint(data)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float8_e4m3fn", "complex64", "bool", "uint16"])
def test_numbers_of_every_type_are_told_apart(dtype: str) -> None:
    kind = getattr(torch, dtype)
    one, other = torch.tensor([[0.0, 1.0]]).to(kind), torch.tensor([[1.0, 1.0]]).to(kind)
    found = fingerprint(one)
    assert found is not None
    assert found[:3] == ("torch.Tensor", (1, 2), dtype)
    assert found.digest is not None
    assert found.digest != fingerprint(other).digest  # type: ignore[union-attr]  # just seen


def test_what_has_no_values_in_memory_is_told_by_shape_and_type() -> None:
    data = torch.arange(6.0).reshape(2, 3)
    told = [
        fingerprint(each)
        for each in (data.to_sparse(), (data + 1j).conj(), torch.empty(2, 3, device="meta"), torch.empty(0, 3))
    ]
    kinds = ["float32", "complex64", "float32 on meta", "float32"]
    assert told[:3] == [Fingerprint("torch.Tensor", (2, 3), kind) for kind in kinds[:3]]
    assert told[3] is not None
    assert told[3][:3] == ("torch.Tensor", (0, 3), "float32")
    assert number(torch.tensor(2.5, requires_grad=True)) == 2.5


def test_a_loader_is_told_by_its_tensors() -> None:
    from torch.utils.data import DataLoader, Subset, TensorDataset

    data = TensorDataset(torch.arange(6.0).reshape(3, 2), torch.tensor([0, 1, 1]))
    one, other = (fingerprint(DataLoader(Subset(data, rows), batch_size=2)) for rows in ([0, 1], [0, 2]))
    assert one is not None
    assert one.dtypes == {"dataset.dataset.tensors[0]": "float32 (3, 2)", "dataset.dataset.tensors[1]": "int64 (3,)"}
    assert one.digest is not None
    assert other is not None
    assert one.digest != other.digest


def test_networks_tell_their_class_and_size_in_any_wrapping() -> None:
    nn = torch.nn

    def told(value: Any) -> dict[str, Any]:
        return {fact.name: fact.value for fact in facts_of("net", value) if fact.chosen}

    assert told(nn.LazyLinear(3)) == {}  # no parameters yet
    assert told(nn.CrossEntropyLoss()) == {"net": "CrossEntropyLoss"}
    assert told(nn.Sequential(nn.Linear(2, 3), nn.ReLU())) == {"net.parameters": 9, "net.layers": 2}
    assert told(nn.DataParallel(nn.Linear(2, 3))) == {"net": "Linear", "net.parameters": 9, "net.layers": 1}
    one = nn.Linear(2, 2)
    opt = torch.optim.SGD([{"params": [one.weight], "lr": 0.1}, {"params": [one.bias]}], lr=0.5, momentum=0.9)
    assert told(opt) == {"optimizer": "SGD", "lr": 0.1, "momentum": 0.9, "lr.1": 0.5}
    cycle = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=0.2, total_steps=9)
    opt.step()
    cycle.step()
    assert told(opt)["momentum"] == 0.9
    assert told(cycle) == {"net": "OneCycleLR", "total_steps": 9}
