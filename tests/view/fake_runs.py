"""Runs made from documents, without a store: one by hand, and a study that looks like a day's work."""

import math
import random
from collections.abc import Mapping
from typing import Any

from nbtrack.model.run import History, Run

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_STARTED = 1_795_255_200_000


def make_run(number: int = 0, points: Mapping[str, list[float]] | None = None, **members: Any) -> Run:
    """Return a run whose document has ``members`` in place of plain defaults; ``points`` are its metric series."""
    series = {
        name: History(tuple(range(len(ys))), tuple(ys), tuple(_began(number) + 0.5 * i for i in range(len(ys))))
        for name, ys in (points or {}).items()
    }
    document: dict[str, Any] = {
        "id": f"20261121t{100000 + number % 860000:06d}-{_random_half(number)}",
        "name": f"run {number}",
        "experiment": "study",
        "status": "finished",
        "started": int(_began(number) * 1000),
        "ended": None,
        "duration": 1.5,
        "params": {},
        "metrics": {name: ys[-1] for name, ys in (points or {}).items()},
        "curves": {name: _summary(ys) for name, ys in (points or {}).items()},
        "tags": {},
        "note": None,
        "sources": {"params": {}, "metrics": {}},
        "cell": None,
        "notebook": "study.ipynb",
        "session": None,
        "artifacts": [],
        "data": [],
        "code": None,
        "environment": None,
        "hardware": {},
        "warnings": [],
        "error": None,
        "deleted": False,
        "health": {"ok": True, "damaged": 0, "missing": 0, "unsealed": 0},
    }
    metrics = {**document["metrics"], **members.pop("metrics", {})}
    return Run.from_document({**document, **members, "metrics": metrics}, lambda _id, metric: series[metric])  # type: ignore[typeddict-item]  # a plain dict


def _began(number: int) -> float:
    return (_STARTED + number * 61_000) / 1000


def study(count: int = 48, *, curves: bool = True) -> list[Run]:
    """Return runs of three model families on one data set, some failed, some with learning curves."""
    rng = random.Random(7)
    return [_trained(number, rng, curves=curves) for number in range(count)]


def _trained(number: int, rng: random.Random, *, curves: bool) -> Run:
    family = ("RandomForestClassifier", "SVC", "MLPClassifier")[number % 3]
    params, quality = {"RandomForestClassifier": _forest, "SVC": _svc, "MLPClassifier": _mlp}[family](rng)
    failed, running = number % 17 == 11, False
    metrics = {} if failed else _scores(quality, rng)
    return make_run(
        number,
        _learning(quality, rng) if curves and family == "MLPClassifier" and not failed else None,
        name=f"{family[:3].lower()} {number:02d}",
        status="failed" if failed else "running" if running else "finished",
        duration=round(rng.uniform(0.05, 3.2), 3),
        params={"model": family, **params, "random_state": 42, "test_size": 0.25},
        metrics=metrics,
        tags={"stage": rng.choice(["draft", "candidate"])} if number % 2 else {},
        cell={
            "source": _source(family, params),
            "id": "a1b2",
            "count": number,
            "hash": "",
            "line": "",
            "overrides": {},
        },
        sources={
            "params": dict.fromkeys(params, f"{family}(...)"),
            "metrics": dict.fromkeys(metrics, "accuracy_score(...)"),
        },
        error={"type": "ValueError", "message": "Input X contains NaN."} if failed else None,
    )


def _forest(rng: random.Random) -> tuple[dict[str, Any], float]:
    params = {
        "n_estimators": rng.choice([50, 100, 200, 400]),
        "max_depth": rng.choice([2, 4, 8, None]),
        "criterion": rng.choice(["gini", "entropy"]),
    }
    return params, 0.93 + 0.008 * math.log2(params["n_estimators"] / 50) + (
        0.012 if params["max_depth"] in (8, None) else 0
    )


def _svc(rng: random.Random) -> tuple[dict[str, Any], float]:
    params = {
        "C": round(10 ** rng.uniform(-2, 3), 4),
        "gamma": rng.choice(["scale", 0.001, 0.01]),
        "kernel": rng.choice(["rbf", "linear"]),
    }
    return params, 0.905 + 0.018 * min(3.2, math.log10(params["C"]) + 2)


def _mlp(rng: random.Random) -> tuple[dict[str, Any], float]:
    params = {
        "learning_rate_init": round(10 ** rng.uniform(-4, -1), 6),
        "hidden_layer_sizes": rng.choice([[32], [64, 32]]),
        "alpha": 0.0001,
        "max_iter": 120,
    }
    return params, 0.978 - 0.012 * abs(math.log10(params["learning_rate_init"]) + 2.4)


def _scores(quality: float, rng: random.Random) -> dict[str, float]:
    accuracy = min(0.991, quality + rng.gauss(0, 0.005))
    return {
        "accuracy_score": round(accuracy, 6),
        "f1_score": round(accuracy + 0.004 + rng.gauss(0, 0.002), 6),
        "roc_auc_score": round(min(0.9995, accuracy + 0.02), 6),
        "log_loss": round(3.2 * (1 - accuracy) + rng.uniform(0, 0.03), 6),
        "fit_seconds": round(rng.uniform(0.02, 2.5), 4),
    }


def _learning(quality: float, rng: random.Random) -> dict[str, list[float]]:
    rate, steps = rng.uniform(0.03, 0.12), 120
    loss = [0.04 + (1 - quality) + 0.62 * math.exp(-rate * i) + rng.gauss(0, 0.006) for i in range(steps)]
    return {
        "train_loss": loss,
        "val_accuracy": [quality - 0.35 * math.exp(-rate * 1.3 * i) + rng.gauss(0, 0.004) for i in range(steps)],
    }


def _source(family: str, params: Mapping[str, Any]) -> str:
    arguments = "\n".join(f"    {name}={value!r}," for name, value in params.items())
    scaled = "make_pipeline(StandardScaler(), model)" if family != "RandomForestClassifier" else "model"
    return (
        f"model = {family}(\n{arguments}\n    random_state=42,\n)\n"
        "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=42)\n"
        f"fitted = {scaled}.fit(X_train, y_train)\n"
        "predicted = fitted.predict(X_test)\nprint(accuracy_score(y_test, predicted))\n"
    )


def _random_half(number: int) -> str:
    bits = random.Random(number).getrandbits(40)
    return "".join(_ALPHABET[bits >> shift & 31] for shift in range(0, 40, 5))


def _summary(values: list[float]) -> dict[str, Any]:
    return {"last": values[-1], "min": min(values), "max": max(values), "count": len(values), "step": len(values) - 1}
