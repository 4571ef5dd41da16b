"""A store of many runs, made fast and always alike, by really writing their segments."""

import random
from pathlib import Path

from nbtrack.store.disk import Disk
from nbtrack.store.keeper import KEEPER
from nbtrack.store.local import LocalStore

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
SOURCE = """model = RandomForestClassifier(n_estimators=200, max_depth=8, random_state=42)
model.fit(X_train, y_train)
accuracy_score(y_test, model.predict(X_test))
"""


def make_store(folder: Path, runs: int, seed: int = 1) -> LocalStore:
    """Write ``runs`` sealed runs of 20 params, 20 metrics and a cell each, one a minute of five past months.

    Nothing is flushed: the files are those of a real store, only a power loss could tell the difference.
    """
    draw = random.Random(seed)
    store = LocalStore(folder, disk=Disk(flush=_not))
    for number in range(runs):
        write_run(store, run_id(number, draw), number, draw)
    KEEPER.stop()
    return LocalStore(folder)


def _not(_fd: int) -> None: ...


def run_id(number: int, draw: random.Random) -> str:
    """Return an id with its time from the number: 200 a day, 28 days a month."""
    day, minute = divmod(number, 200)
    month, day = divmod(day, 28)
    stamp = f"2026{month % 12 + 1:02d}{day + 1:02d}t{minute // 60:02d}{minute % 60:02d}00"
    return f"{stamp}-{''.join(draw.choices(ALPHABET, k=8))}"


def write_run(store: LocalStore, name: str, number: int, draw: random.Random) -> None:
    """Record one run of 20 params and 20 metrics."""
    writer = store.begin(name, {"name": f"run {number}", "experiment": "forest", "notebook": "n.ipynb", "hardware": {}})
    writer.append(
        "cell", {"source": SOURCE, "id": "c1", "count": number, "hash": "0" * 64, "line": "", "overrides": {}}
    )
    params = {"learning_rate": 10 ** draw.uniform(-5, 0), **{f"p{k}": draw.random() for k in range(19)}}
    metrics = {"accuracy": draw.random(), "f1": draw.random(), **{f"m{k}": draw.random() for k in range(18)}}
    writer.append("params", params, dict.fromkeys(params, "literal"))
    writer.append("metrics", metrics, dict.fromkeys(metrics, "last expression"))
    writer.close("finished", draw.uniform(1, 100))
