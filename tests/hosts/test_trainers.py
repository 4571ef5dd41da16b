"""Trainings that return nothing, or little: what trainers of other libraries have reported is found, wherever they stand."""

from __future__ import annotations

import sys
from collections import namedtuple
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from nbtrack.capture.results.estimators import settings
from nbtrack.capture.results.told import Told
from nbtrack.capture.results.trainers import told_by_test, trained
from nbtrack.capture.syntax.configs import settings_of
from nbtrack.capture.syntax.tables import Scored, rows

LIGHTNING = """
class Holder:
    def __init__(self, **held):
        vars(self).update(held)

class CSVLogger:
    def __init__(self, path):
        self._experiment = Writer(path)

class Writer:
    def __init__(self, path):
        self.metrics_file_path = path

class LightningModule:
    def log(self, name, value):
        pass

class AttributeDict(dict):
    pass

class Trainer:
    def __init__(self, max_epochs=1, path=None, stops_at=None):
        self.max_epochs, self.stops_at, self._found = max_epochs, stops_at, {}
        self._loggers = [CSVLogger(path)] if path else []

    @property
    def loggers(self):
        return self._loggers

    @property
    def callback_metrics(self):
        return self._found

    @property
    def strategy(self):
        return None

    def fit(self, model):
        model._trainer = self
        self._found = {"val_loss": 0.25, "val_acc": 0.75, "loss": 0.5, "loss_step": 0.5, "loss_epoch": 0.625}

    def train(self, model):
        "As ``fit``, in epochs of two steps; what they report is there when they have ended."
        model._trainer = self
        self.fit_loop = Holder(epoch_progress=Holder(current=Holder(completed=0)))
        self._logger_connector, reported = Holder(_callback_metrics={}), {}
        for epoch in range(self.max_epochs):
            for step in range(2):
                model.training_step(step)
                model.validation_step(step)
            reported.update(loss=1 / (epoch + 1), loss_epoch=1 / (epoch + 1))
            if epoch % 2 == 0:
                reported["val_loss"] = 2 / (epoch + 1)
            self._found = self._logger_connector._callback_metrics = dict(reported)
            self.fit_loop.epoch_progress.current.completed += 1
            if epoch == self.stops_at:
                raise KeyboardInterrupt

    def test(self, model):
        return [{"test_acc": 0.875}]

    def validate(self, model):
        return [{"val_acc": 0.75, "val_f1": 0.5}]
"""
TRANSFORMERS = """
from collections import namedtuple
TrainOutput = namedtuple("TrainOutput", "global_step training_loss metrics")

class State:
    log_history = ()

class Trainer:
    def __init__(self):
        self.state = State()

    def train(self):
        self.state.log_history = [
            {"loss": 0.5, "grad_norm": 2.5, "learning_rate": 1e-4, "epoch": 0.5, "step": 4},
            {"eval_loss": 0.375, "eval_acc": 0.5, "eval_runtime": 0.1, "eval_steps_per_second": 9.0, "epoch": 1.0, "step": 8},
            {"loss": 0.25, "epoch": 1.0, "step": 8},
            {"train_runtime": 1.5, "train_loss": 0.3125, "total_flos": 1e6, "epoch": 1.0, "step": 8},
        ]
        return TrainOutput(8, 0.3125, {"train_runtime": 1.5, "train_loss": 0.3125, "epoch": 1.0, "total_flos": 1e6})

    def evaluate(self):
        return {"eval_loss": 0.375, "eval_acc": 0.625, "eval_runtime": 0.1, "eval_samples_per_second": 9.0, "epoch": 1.0}
"""


def _module(name: str, source: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    module = ModuleType(name)
    monkeypatch.setitem(sys.modules, name, module)
    exec(source, vars(module))
    return module


@pytest.fixture
def lightning(monkeypatch: pytest.MonkeyPatch) -> Any:
    return _module("lightning", LIGHTNING, monkeypatch)


@pytest.fixture
def transformers(monkeypatch: pytest.MonkeyPatch) -> Any:
    return _module("transformers", TRANSFORMERS, monkeypatch)


def metrics(shell: Any) -> dict[str, Any]:
    return {name: shell.last.history(name).values for name in shell.last.metrics}


FITTED = {"val_loss": (0.25,), "val_acc": (0.75,), "loss": (0.5,)}


@pytest.mark.parametrize(
    "cell",
    [
        "trainer = L.Trainer(max_epochs=3)\ntrainer.fit(net)",
        "L.Trainer(max_epochs=3).fit(net)",
        "def train(net):\n    boss = L.Trainer(max_epochs=3)\n    boss.fit(net)\ntrain(net)",
        "class Run:\n    def go(self):\n        self.boss = L.Trainer(max_epochs=3)\n        self.boss.fit(net)\nRun().go()",
    ],
    ids=["named", "without a name", "in a function", "in a class"],
)
def test_what_a_fit_ends_with_is_asked_of_its_trainer(shell: Any, lightning: Any, cell: str) -> None:
    shell.run("import lightning as L\nclass Net(L.LightningModule): pass\nnet = Net()")
    assert shell.run(f"%%track\n{cell}").success
    assert metrics(shell) == FITTED
    assert (shell.last.params["max_epochs"], shell.last.warnings) == (3, ())


def test_tests_and_validations_of_a_trainer_have_their_own_words(shell: Any, lightning: Any) -> None:
    shell.run("import lightning as L\nclass Net(L.LightningModule): pass\nnet, trainer = Net(), L.Trainer()")
    shell.run("%%track\ntrainer.fit(net)\ntrainer.test(net)\nagain = trainer.validate(net)")
    assert metrics(shell) == {**FITTED, "test_acc": (0.875,), "val_f1": (0.5,)}


def test_methods_of_that_name_of_other_objects_are_their_own_business(shell: Any) -> None:
    shell.run(
        "class Trainer:\n    def test(self): return [{'acc': 0.5}]\n"
        "    def train(self): return self\n    def validate(self): return 0.25"
    )
    shell.run("%%track\ntrainer = Trainer()\ntrainer.train().test()\nloss = trainer.validate()")
    assert metrics(shell) == {"loss": (0.25,)}


def test_what_a_trainer_wrote_to_a_table_is_a_curve(lightning: Any, tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text("epoch,step,val_loss,loss_epoch,lr\n0,9,0.5,,0.1\n0,9,,0.75,\n1,19,0.25,,0.05\n1,19,,0.625,\n")
    trainer = lightning.Trainer(path=str(path))
    trainer.fit(lightning.LightningModule())
    told = trained(None, trainer)
    assert told.series == {"val_loss": [0.5, 0.25], "loss_epoch": [0.75, 0.625], "lr": [0.1, 0.05]}
    assert told.steps == {"val_loss": [9, 19], "loss_epoch": [9, 19], "lr": [9, 19]}
    assert told.singles == {"val_acc": 0.75}


STEPS = """
import lightning as L
class Base(L.LightningModule):
    pass
class Net(Base):
    def training_step(self, step):
        self.log("loss", step)
    def validation_step(self, step):
        self.log("val_loss", step)
L.Trainer.fit = L.Trainer.train
"""


def test_without_a_table_the_curves_are_what_a_trainer_reports_of_each_epoch(shell: Any, lightning: Any) -> None:
    shell.run(STEPS)
    shell.run(
        "%%track\none, other = Net(), Net()\nL.Trainer(max_epochs=4).fit(one)\nlast = L.Trainer(max_epochs=3)\nlast.fit(other)"
    )
    assert metrics(shell)["loss"] == (1, 1 / 2, 1 / 3, 1 / 4)
    assert metrics(shell)["val_loss"] == (2, 2 / 3)  # every second epoch has one
    assert shell.last.history("val_loss").steps == (0, 2)
    assert metrics(shell)["last.loss"] == (1, 1 / 2, 1 / 3)
    shell.run("%%track\nL.Trainer(max_epochs=1).fit(one)")
    assert metrics(shell) == {"loss": (1.0,), "val_loss": (2.0,)}


def test_a_training_that_is_interrupted_keeps_the_epochs_that_have_ended(shell: Any, lightning: Any) -> None:
    shell.run(STEPS)
    shell.run("%%track\nnet = Net()\nL.Trainer(max_epochs=9, stops_at=2).fit(net)")
    assert shell.last.status == "interrupted"
    assert metrics(shell) == {"loss": (1, 1 / 2), "val_loss": (2,)}


def test_a_training_of_lightning_itself_has_the_curves_that_its_module_reported(shell: Any) -> None:
    pytest.importorskip("lightning")
    shell.run(REAL)
    cell = "%%track\nnet = Line()\nL.Trainer(max_epochs=4, check_val_every_n_epoch=2, **quiet).fit(net, rows, rows)"
    assert shell.run(cell).success
    assert metrics(shell)["val_loss"] == pytest.approx(shell.names["net"].told["val"])
    assert metrics(shell)["train_loss"] == pytest.approx(shell.names["net"].told["train"])
    assert shell.last.history("val_loss").steps == (1, 3)
    assert shell.last.params["gamma"] == 0.5


REAL = """
import logging, warnings
warnings.simplefilter("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
import lightning as L, torch
torch.manual_seed(0)
rows = torch.utils.data.DataLoader(torch.randn(12, 2), batch_size=4)
quiet = dict(logger=False, enable_progress_bar=False, enable_model_summary=False, enable_checkpointing=False)
class Line(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.inner, self.told, self.sums = torch.nn.Linear(2, 1), {"train": [], "val": []}, []
    def training_step(self, batch, number):
        loss = self.inner(batch).pow(2).mean()
        self.log("train_loss", loss, on_epoch=True)
        self.sums.append(loss.item())
        return loss
    def on_train_epoch_end(self):
        self.told["train"].append(sum(self.sums) / len(self.sums))
        self.sums = []
    def validation_step(self, batch, number):
        self.log("val_loss", self.inner(batch).pow(2).mean())
    def on_validation_epoch_end(self):
        if not self.trainer.sanity_checking:
            whole = torch.cat(list(rows))
            self.told["val"].append(self.inner(whole).pow(2).mean().item())
    def configure_optimizers(self):
        inner = torch.optim.SGD(self.parameters(), lr=0.05)
        return [inner], [torch.optim.lr_scheduler.ExponentialLR(inner, 0.5)]
"""


def test_the_table_is_read_unheard_and_only_where_there_is_one(shell: Any, lightning: Any, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("step,val_loss\n1,0.5\n2,0.25\n")
    shell.run("import lightning as L\nclass Net(L.LightningModule): pass")
    shell.run("%%track\nnet = Net()\nL.Trainer(path='m.csv').fit(net)\nL.Trainer(path='absent.csv').fit(net)")
    assert shell.last.history("val_loss").steps == (1, 2)
    assert [each["path"] for each in shell.last.data if each["kind"] == "file"] == []


def test_a_trainer_of_transformers_tells_what_it_logged_and_not_how_fast_it_was(shell: Any, transformers: Any) -> None:
    shell.run("from transformers import Trainer")
    shell.run("%%track\ntrainer = Trainer()\ntrainer.train()\nlast = trainer.evaluate()")
    assert metrics(shell) == {
        "loss": (0.5, 0.25),
        "eval_loss": (0.375,),
        "eval_acc": (0.5,),
        "train_loss": (0.3125,),
        "last.eval_loss": (0.375,),
        "last.eval_acc": (0.625,),
    }
    assert shell.last.history("loss").steps == (4, 8)


def test_the_modes_of_a_network_are_no_training() -> None:
    Output = namedtuple("Output", "metrics")  # noqa: PYI024 - as transformers makes its own
    for value in (object(), Output({"loss": 1.0}), [{"loss": 1.0}], None):
        assert trained(value, object()) == told_by_test(value, object()) == Told()


def test_a_history_of_skorch_is_a_row_for_each_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    history = _module("skorch.history", "class History(list): pass", monkeypatch).History
    epochs = [
        {"epoch": 1, "train_loss": 0.5, "valid_acc": 0.25, "valid_acc_best": True, "dur": 0.1, "batches": [{}]},
        {"epoch": 2, "train_loss": 0.25, "valid_acc": 0.5, "valid_acc_best": True, "dur": 0.1, "train_batch_count": 3},
    ]

    class Net:
        def __init__(self) -> None:
            self.history_ = history(epochs)

    assert trained(Net(), None).series == {"train_loss": [0.5, 0.25], "valid_acc": [0.25, 0.5]}


def test_what_a_net_adds_to_what_it_was_given_is_no_choice() -> None:
    class Stop:
        def __init__(self, patience: int = 5) -> None:
            self.patience = patience

    class Net:
        def __init__(self, callbacks: Any = None, optimizer: type = dict) -> None:
            self.callbacks, self.optimizer, self.own = callbacks, optimizer, Stop(1)

        def fit(self) -> None: ...

        def get_params(self, *, deep: bool) -> dict[str, Any]:
            given = {f"callbacks__{name}": each for name, each in self.callbacks or ()}
            every = {**given, "callbacks__own": self.own}
            inner = {f"{name}__patience": each.patience for name, each in every.items()}
            return {"callbacks": self.callbacks, "optimizer": self.optimizer, **every, **inner}

    chosen = settings(Net([("stop", Stop(3))], optimizer=list)).chosen
    assert chosen == {"optimizer": "list", "callbacks__stop__patience": 3}
    assert settings(Net()).chosen == {}


def test_rows_are_told_apart_by_all_their_settings_and_those_of_a_history_by_none() -> None:
    scored = Scored()
    for value in (0.5, 0.25, 0.75):
        scored.add(value)
    tried = [{"width": w, "rate": r, "acc": a} for w, r, a in ((4, 0.1, 0.5), (4, 0.2, 0.25), (8, 0.1, 0.75))]
    assert rows(tried, scored) == {
        "width=4, rate=0.1.acc": 0.5,
        "width=4, rate=0.2.acc": 0.25,
        "width=8, rate=0.1.acc": 0.75,
    }
    assert rows([{"epoch": n, "noise": 0.1 * n, "acc": a} for n, a in enumerate((0.5, 0.25, 0.75))], scored) == {}


def test_of_a_library_s_many_settings_those_are_told_that_somebody_set(monkeypatch: pytest.MonkeyPatch) -> None:
    source = """
from dataclasses import dataclass
@dataclass
class TrainingArguments:
    output: str = None
    rate: float = 5e-5
    steps: int = -1
    fp16: bool = None
    def __post_init__(self):
        self.fp16, self.device = bool(self.fp16), "cpu"
"""
    library = _module("trainlib", source, monkeypatch)
    chosen = library.TrainingArguments(output="here", steps=9)
    own = {"output": "here", "rate": 5e-5, "steps": 9, "fp16": False, "device": "cpu"}
    assert settings_of("args", chosen) == own  # of a module of the person's
    library.__file__ = "/env/lib/python3/site-packages/trainlib.py"
    assert settings_of("args", chosen) == {"output": "here", "steps": 9}
    assert settings_of("args", library.TrainingArguments()) is None
