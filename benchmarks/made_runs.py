"""Runs made from documents, without a store: by the hundred or ten thousand, of twenty columns or three hundred."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from nbtrack.model.run import History, Run

_FAMILIES = ("forest", "svc", "boosting", "logistic")
_SOURCE = "".join(f"step_{k} = prepare(data, {k})\n" for k in range(15))
Curves = Mapping[str, Sequence[float]]


def study(count: int) -> list[Run]:
    """Return runs of 20 columns: words, numbers, and some that are missing."""
    return [
        _run(
            i,
            {"model": _FAMILIES[i % 4], **{f"p{k}": abs(math.sin(i * (k + 1))) for k in range(12) if (i + k) % 5}},
            {"accuracy": abs(math.sin(i)), "loss": 1 / (1 + i % 97), **{f"m{k}": math.cos(i * k) for k in range(5)}},
            f"model = {_FAMILIES[i % 4]}()",
            {},
        )
        for i in range(count)
    ]


def wide(count: int, columns: int) -> list[Run]:
    """Return runs of so many columns, a third of them metrics."""
    return [
        _run(
            i,
            {"model": _FAMILIES[i % 4], **{f"p{k}": abs(math.sin(i * (k + 1))) for k in range(columns * 2 // 3 - 1)}},
            {"accuracy": abs(math.sin(i)), **{f"m{k}": math.cos(i * (k + 1)) for k in range(columns // 3 - 1)}},
            "fit()",
            {},
        )
        for i in range(count)
    ]


def curved(count: int, points: int) -> list[Run]:
    """Return runs with two curves of so many points each, in groups of three seeds."""
    return [
        _run(
            i,
            {"model": _FAMILIES[i % 4], "lr": 10.0 ** -(i // 12 % 5), "width": 16 << i // 60 % 5, "seed": i % 3},
            {"accuracy": abs(math.sin(i))},
            _SOURCE + f"fit({i})",
            {
                "loss": [math.exp(-step / (9 + i % 50)) + 0.02 * math.sin(i * step) for step in range(points)],
                "val_loss": [math.exp(-step / (5 + i % 50)) + 0.1 for step in range(points)],
            },
        )
        for i in range(count)
    ]


def saved(curves: int) -> list[Run]:
    """Return 100 runs of 10 params and 6 metrics, every number with all its digits, and so many curves in all."""
    each = math.ceil(curves / 100)
    return [
        _run(
            i,
            {f"p{k}": math.sin(i + k) for k in range(10)},
            {f"m{k}": math.cos(i * k) for k in range(6 - each)},
            _SOURCE + f"fit({i})" if curves else "fit()",
            {f"loss_{k}": [math.exp(-step / (9 + i)) for step in range(200)] for k in range(each)}
            if i * each < curves
            else {},
        )
        for i in range(100)
    ]


def _run(number: int, params: dict[str, Any], metrics: dict[str, float], source: str, curves: Curves) -> Run:
    series = {
        name: History(tuple(range(len(ys))), tuple(ys), tuple(map(float, range(len(ys)))))
        for name, ys in curves.items()
    }
    summaries = {
        name: {"last": ys[-1], "min": min(ys), "max": max(ys), "count": len(ys), "step": len(ys) - 1}
        for name, ys in curves.items()
    }
    document: Any = {
        "id": f"20261121t{100_000 + number:06d}-{number:08d}",
        "name": f"{params.get('model', 'run')} {number}",
        "experiment": "study",
        "status": "failed" if number % 17 == 11 else "finished",
        "started": 1_795_255_200_000 + number * 61_000,
        "ended": None,
        "duration": 1.5 + number % 7,
        "params": params,
        "metrics": {**metrics, **{name: ys[-1] for name, ys in curves.items()}},
        "curves": summaries,
        "tags": {},
        "note": None,
        "sources": {"params": {}, "metrics": {}},
        "cell": {"source": source, "id": None, "count": number, "hash": "", "line": "", "overrides": {}},
        **dict.fromkeys(("session", "code", "environment", "error")),
        **{name: [] for name in ("artifacts", "data", "warnings")},
        "notebook": "study.ipynb",
        "hardware": {},
        "deleted": False,
        "health": {"ok": True, "damaged": 0, "missing": 0, "unsealed": 0},
    }
    return Run.from_document(document, lambda _id, metric: series[metric])
