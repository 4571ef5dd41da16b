"""A verdict is one record, so it has a size: what is too much of it is left out, the least telling first, and said."""

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from nbtrack.model.reproduction import ReproductionDocument

_METRICS: Final = 500
_OUTPUTS: Final = 500
_THINGS: Final = 200
_TEXT: Final = 2_000  # characters of the sentence and the error; of any other text fewer
_SHORT: Final = 400
_LARGEST: Final = 800_000  # bytes; a record holds 1 MiB
_NAME: Final = 300
_DEEPEST: Final = 6
_WORSE: Final = ("different", "missing", "statistically consistent", "within tolerance")


def bounded(document: ReproductionDocument) -> ReproductionDocument:
    """Return a verdict that fits a record whatever it was made of; ``text`` says how many metrics were left out."""
    metrics = document["metrics"]
    kept = sorted(metrics, key=lambda name: metrics[name].get("level") not in _WORSE)[:_METRICS]
    names = set(kept)
    outputs = dict(list(document.get("outputs", {}).items())[:_OUTPUTS])
    text = document["text"]
    if len(metrics) > len(kept):
        text += f"; of {len(metrics)} metrics {len(metrics) - len(kept)} are not listed"
    short: Any = {
        **document,
        "text": text,
        "metrics": {name: each for name, each in metrics.items() if name in names},
        "outputs": outputs,
        "causes": document.get("causes", [])[:_THINGS],
        "restored": document.get("restored", [])[:_THINGS],
    }
    small = _shortened(short, 0)
    for part in ("restored", "outputs", "causes", "metrics", "options", "machine"):
        if len(json.dumps(small)) > _LARGEST:
            small[part] = type(small[part])()
    return cast("ReproductionDocument", small)


def _shortened(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        most = _TEXT if depth < 2 else _SHORT
        return value if len(value) <= most else value[: most - 1] + "…"
    if isinstance(value, Mapping):
        items = list(value.items())[: max(_METRICS, _OUTPUTS)]
        return {str(name)[:_NAME]: _shortened(each, depth + 1) for name, each in items} if depth < _DEEPEST else {}
    if isinstance(value, list | tuple):
        return [_shortened(each, depth + 1) for each in value[:_THINGS]] if depth < _DEEPEST else []
    return value
