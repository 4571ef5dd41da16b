"""Runs made of documents, with what they kept in memory: one recorded, others that reproduce it."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from nbtrack.errors import MetricNotFound, ObjectMissing
from nbtrack.model.run import History, Run

FINISHED: Mapping[str, Any] = {
    "id": "20261121t101530-7k3m9q2x",
    "name": "fit",
    "experiment": "study",
    "status": "finished",
    "started": 1_795_256_130_000,
    "ended": 1_795_256_131_000,
    "duration": 1.0,
    "params": {},
    "metrics": {},
    "curves": {},
    "tags": {},
    "note": None,
    "sources": {"params": {}, "metrics": {}},
    "cell": None,
    "notebook": None,
    "session": None,
    "artifacts": [],
    "data": [],
    "code": None,
    "environment": None,
    "hardware": {},
    "warnings": [],
    "error": None,
    "deleted": False,
    "health": {"ok": True, "damaged": 0, "missing": 0, "unsealed": 0, "divergent": 0},
}


class Shelf:
    """Keeps bytes by their hash, as a store does."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, content: bytes) -> str:
        name = sha256(content).hexdigest()
        self.kept[name] = content
        return name

    def read(self, name: str) -> bytes:
        if name not in self.kept:
            raise ObjectMissing(name)
        return self.kept[name]

    def paths(self, name: str) -> tuple[str, ...]:
        return ()

    def save(self, name: str, to: Any, *, folder: bool) -> None:
        raise NotImplementedError


def run_of(
    files: Mapping[str, tuple[bytes, str]] | None = None,
    points: Mapping[str, Sequence[float]] | None = None,
    cells: Sequence[str] = (),
    packages: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
    **members: Any,
) -> Run:
    """Return a finished run with ``members`` in its document.

    ``files`` are what it kept (content and media type by name), ``points`` the series of its metrics, ``cells`` the
    sources behind it, its own last, ``packages`` and ``variables`` what its environment holds.
    """
    shelf = Shelf()
    document: dict[str, Any] = {**FINISHED, **members}
    artifacts = [
        {"name": name, "sha256": shelf.put(content), "size": len(content), "media_type": media}
        for name, (content, media) in (files or {}).items()
    ]
    document["artifacts"] = [*document["artifacts"], *artifacts]
    series = {
        name: History(tuple(range(len(ys))), tuple(ys), tuple(map(float, range(len(ys)))))
        for name, ys in (points or {}).items()
    }
    for name, ys in (points or {}).items():
        summary = {"last": ys[-1], "min": min(ys), "max": max(ys), "count": len(ys), "step": len(ys) - 1}
        document["curves"] = {**document["curves"], name: summary}
        document["metrics"] = {name: ys[-1], **document["metrics"]}
    if cells:
        executions = [{"n": n, "source": shelf.put(text.encode())} for n, text in enumerate(cells)]
        document["slice"] = {"executions": executions, "verdicts": [], **document.get("slice", {})}
        document["cell"] = {"source": cells[-1]}
    if packages is not None or variables is not None:
        import json

        whole = json.dumps({"packages": packages or {}, "variables": variables or {}}).encode()
        document["environment"] = {**(document["environment"] or {}), "sha256": shelf.put(whole)}

    def read(_run: str, metric: str) -> History:
        if metric not in series:
            raise MetricNotFound(metric)
        return series[metric]

    return Run.from_document(document, read, shelf)  # type: ignore[arg-type]  # a plain dict
