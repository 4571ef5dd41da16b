"""What trainings leave behind in who trains: trainers of Lightning and of transformers, and nets of skorch.

Such a training returns nothing, or little: its curves are what the trainer has reported. Nothing is imported.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from weakref import ref

from nbtrack.capture.guard import audit
from nbtrack.capture.results.fact import Fact
from nbtrack.capture.results.told import MOST_POINTS, Told, numbers
from nbtrack.model.tagged import Json
from nbtrack.record.unasked import class_member, class_name, instance_dict, library_base, module_name
from nbtrack.record.values import number

MOST_BYTES: Final = 1_000_000  # of a file of curves
MOST_CURVES: Final = 60
MOST_TRAINERS: Final = 50
_LIGHTNING: Final = frozenset({"lightning", "pytorch_lightning"})
_COUNTS: Final = frozenset({"epoch", "step", "dur", "hp_metric", "total_flos", "grad_norm", "learning_rate", "batches"})
_PACE: Final = re.compile(r".*(?:_runtime|_per_second|_time|_batch_count|_best)")
_PARTS: Final = re.compile(r"(.+)_(?:step|epoch)")
_PLAIN: Final = (bool, int, float, str)


def trained(value: Any, trainer: Any, epochs: "Epochs | None" = None) -> Told:
    """Return the curves of a training and what it ends with.

    Args:
        value: what the call that trains returned.
        trainer: what it was called on; None where that is not known.
        epochs: what was seen of trainers of Lightning while they trained.
    """
    if (net := _history_of_net(value)) is not None:
        return _curves(net, "epoch")
    if class_name(type(value)) == "TrainOutput":
        return _of_transformers(value, trainer)
    return _of_lightning(trainer, epochs or Epochs()) if is_lightning(trainer) else Told()


@dataclass(slots=True)
class _Seen:
    """One trainer's epochs so far, and what it had reported when it was looked at last."""

    trainer: "ref[Any]"
    completed: int = 0
    reported: dict[Any, Any] = field(default_factory=dict)
    rows: list[dict[str, Json]] = field(default_factory=list)


class Epochs:
    """What trainers of Lightning have reported of each epoch: without a logger that keeps a table, only the last stays.

    They are looked at when a module of theirs is about to log: in the first step of an epoch, what they hold is still
    how the one before it ended. It is read from where they keep it. Asking for it would have it computed.
    """

    def __init__(self) -> None:
        self._seen: dict[int, _Seen] = {}

    def look(self, module: Any) -> None:
        """Take what the trainer of a module has reported, if an epoch has ended since it was looked at."""
        self.look_at(instance_dict(module).get("_trainer"))

    def look_at(self, trainer: Any) -> None:
        """Take what a trainer has reported, if an epoch has ended since it was looked at."""
        progress = instance_dict(instance_dict(trainer).get("fit_loop")).get("epoch_progress")
        completed = instance_dict(instance_dict(progress).get("current")).get("completed")
        if type(completed) is not int:
            return
        seen = self._of(trainer, completed)
        if seen is None or completed <= seen.completed or len(seen.rows) >= MOST_POINTS:
            return
        held = instance_dict(instance_dict(trainer).get("_logger_connector")).get("_callback_metrics")
        held = dict(held) if type(held) is dict else {}
        news = {name: item for name, item in held.items() if seen.reported.get(name) is not item}
        seen.rows.append({**_without_parts(numbers("", news)), "epoch": completed - 1})
        seen.completed, seen.reported = completed, held

    def told(self, trainer: Any) -> Told:
        """Return the curves of a trainer that has ended, and forget it."""
        self.look_at(trainer)
        seen = self._seen.pop(id(trainer), None)
        return _of_rows(seen.rows) if seen is not None and seen.trainer() is trainer else Told()

    def left(self) -> Told:
        """Return the curves of what never ended: somebody has interrupted it."""
        found, self._seen = list(self._seen.values()), {}
        return _of_rows(found[-1].rows) if found else Told()

    def _of(self, trainer: Any, completed: int) -> _Seen | None:
        seen = self._seen.get(id(trainer))
        if seen is None or seen.trainer() is not trainer:
            if not is_lightning(trainer) or _writes_table(trainer):
                return None
            if len(self._seen) >= MOST_TRAINERS:
                self._seen.pop(next(iter(self._seen)))
            seen = self._seen[id(trainer)] = _Seen(ref(trainer), completed)
        return seen


def _of_rows(rows: Sequence[Mapping[str, Json]]) -> Told:
    """Return what was reported of several epochs as curves, and of one as it is."""
    found = _curves(rows, "epoch")
    for name in [name for name, column in found.series.items() if len(column) == 1]:
        found.singles[name] = found.series.pop(name)[0]
        del found.steps[name]
    return found


def _writes_table(trainer: Any) -> bool:
    return any(
        library_base(type(each), {"CSVLogger"}, _LIGHTNING) is not None for each in _property(trainer, "loggers") or ()
    )


def told_by_test(value: Any, trainer: Any) -> Told:
    """Return what ``trainer.test`` and ``trainer.validate`` of Lightning return: a dictionary for each set of data."""
    if not is_lightning(trainer) or type(value) is not list:
        return Told()
    found = Told()
    for each in value[:MOST_CURVES]:
        if type(each) is dict:
            found.singles.update(_without_parts(numbers("", each)))
    return found


def is_lightning(value: Any) -> bool:
    """Tell whether a value is Lightning's trainer."""
    return library_base(type(value), {"Trainer"}, _LIGHTNING) is not None


def facts_of(value: Any) -> Iterator[Fact]:
    """Yield what one of Lightning's modules was made with, if it keeps that: ``save_hyperparameters()``."""
    kind = type(value)
    if library_base(kind, {"LightningModule", "LightningDataModule"}, _LIGHTNING) is None:
        return
    kept, defaults = instance_dict(value).get("_hparams"), _defaults(kind)
    settings: Mapping[str, Any] = dict(dict.items(kept)) if class_name(type(kept)) == "AttributeDict" else {}  # type: ignore[arg-type]  # a dictionary, by its class
    for name, item in settings.items():
        if type(name) is str and type(item) in _PLAIN:
            yield Fact(class_name(kind), name, item, "hparams", chosen=item != defaults.get(name, ...))


def optimizers_of(value: Any) -> Sequence[Any]:
    """Return the optimisers with which a trainer of Lightning trains, asked for by the trainer or by its module."""
    found = _strategy(value).get("_optimizers")
    return found if type(found) is list else ()


def schedules_of(value: Any) -> Sequence[Any]:
    """Return the schedules of learning rates by which it trains, asked for in the same way."""
    found = _strategy(value).get("lr_scheduler_configs")
    return [instance_dict(each).get("scheduler") for each in found] if type(found) is list else ()


def _strategy(value: Any) -> Mapping[str, Any]:
    trainer = value if is_lightning(value) else None
    if library_base(type(value), {"LightningModule"}, _LIGHTNING) is not None:
        trainer = instance_dict(value).get("_trainer")
    return instance_dict(_property(trainer, "strategy")) if is_lightning(trainer) else {}


def model_of(value: Any) -> Any:
    """Return what a trainer trains; None for any other value."""
    if is_lightning(value):
        return instance_dict(_property(value, "strategy")).get("_lightning_module")
    return instance_dict(value).get("model") if _is_of_transformers(value) else None


def _is_of_transformers(value: Any) -> bool:
    return library_base(type(value), {"Trainer"}, {"transformers"}) is not None


def _of_transformers(value: Any, trainer: Any) -> Told:
    """Return the curves in ``trainer.state.log_history``; its last row sums the training up."""
    fields = class_member(type(value), "_fields")
    told = dict(zip(fields, tuple.__iter__(value), strict=False)) if type(fields) is tuple else {}
    ended = numbers("", told.get("metrics"))
    state = instance_dict(trainer).get("state")
    rows = instance_dict(state).get("log_history")
    if not _is_of_transformers(trainer) or type(rows) is not list:
        return Told(ended)
    found = _curves([row for row in rows if type(row) is dict and "train_runtime" not in row], "step")
    found.singles.update(ended)
    return found


def _of_lightning(trainer: Any, epochs: Epochs) -> Told:
    """Return the curves that a trainer has written to a table, or was seen to report, and else the last values."""
    found = epochs.told(trainer)
    for logger in _property(trainer, "loggers") or ():
        if library_base(type(logger), {"CSVLogger"}, _LIGHTNING) is not None:
            found = _curves(
                _table(instance_dict(instance_dict(logger).get("_experiment")).get("metrics_file_path")), "step"
            )
    last = _property(trainer, "callback_metrics")
    singles = _without_parts(numbers("", dict(last))) if class_name(type(last)) in {"dict", "defaultdict"} else {}
    curves = {name for each in found.series for name in (each, each.removesuffix("_epoch"))}
    found.singles.update({name: item for name, item in singles.items() if name not in curves})
    return found


def _table(path: Any) -> list[dict[str, Json]]:
    """Return the rows of a small table of numbers on this machine; that we read it is none of the cell's business."""
    with audit.deaf(), suppress(OSError, ValueError, csv.Error):
        file = Path(str(path))
        if type(path) is str and file.stat().st_size <= MOST_BYTES:
            with file.open(newline="", encoding="utf-8") as text:
                return [
                    {name: _number(item) for name, item in row.items() if name and item} for row in csv.DictReader(text)
                ]
    return []


def _number(text: str) -> Json:
    with suppress(ValueError):
        return number(float(text))
    return None


def _history_of_net(value: Any) -> list[Any] | None:
    """Return the history of one of skorch's nets: a row for each epoch."""
    rows = instance_dict(value).get("history_")
    known = module_name(type(rows)) == "skorch.history" and class_name(type(rows)) == "History"
    return list(list.__iter__(rows)) if known else None  # type: ignore[arg-type]  # a list, by its class


def _curves(rows: Iterable[Any], counting: str) -> Told:
    """Return the columns of a report that tell how well it goes, each with its steps."""
    found = Told()
    for row in list(rows)[:MOST_POINTS]:
        counted = row.get(counting) if type(row) is dict else None
        step = int(counted) if isinstance(counted, int | float) else None
        for name, item in dict.items(row) if type(row) is dict else ():
            value = None if type(item) is bool else number(item)
            if value is None or name in _COUNTS or _PACE.fullmatch(name):
                continue
            if name in found.series or len(found.series) < MOST_CURVES:
                found.series.setdefault(name, []).append(value)
                found.steps.setdefault(name, []).append(step)
    return found


def _without_parts(found: Mapping[str, Json]) -> dict[str, Json]:
    """Leave out ``loss_step`` and ``loss_epoch`` where there is a ``loss``."""
    parts = {name: match[1] for name in found if (match := _PARTS.fullmatch(name))}
    return {name: item for name, item in found.items() if parts.get(name) not in found}


def _property(value: Any, name: str) -> Any:
    """Return a property of a library's own; a value that has another one in its place has none."""
    member = class_member(type(value), name)
    if type(member) is property and member.fget is not None and _home(member.fget) in _LIGHTNING:
        return member.fget(value)
    return None


def _home(function: Any) -> str:
    """Return the library that a function comes from."""
    return str(getattr(function, "__module__", "")).partition(".")[0]


def _defaults(kind: type) -> dict[str, Any]:
    begin = class_member(kind, "__init__")
    code, defaults = getattr(begin, "__code__", None), getattr(begin, "__defaults__", None) or ()
    names = code.co_varnames[: code.co_argcount] if code else ()
    return {
        **dict(zip(names[len(names) - len(defaults) :], defaults, strict=True)),
        **(getattr(begin, "__kwdefaults__", None) or {}),
    }
