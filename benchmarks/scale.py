"""What asking costs, and how that grows: 1,000, 10,000 and 100,000 runs, beside the plain ways to keep the same.

    python -m benchmarks scale              the rows for 10,000 runs
    python -m benchmarks.scale FOLDER       all three sizes, stores kept in FOLDER; writes benchmarks/growth.png

Cold is a new process after its imports, with the index on disk and the files in the system's cache.
"""

import json
import pickle
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tinydb import where

import nbtrack
from benchmarks.fresh import fresh
from benchmarks.row import Row
from benchmarks.stores import make_store
from nbtrack.model.ids import new_run_id
from nbtrack.store.local import LocalStore
from nbtrack.store.writing.keeper import KEEPER

RUNS = 10_000
SIZES = (1_000, 10_000, 100_000)
SEED_QUERY = "params.learning_rate < 0.01 and metrics.accuracy > 0.9 order by metrics.f1 desc"
PLOT = Path(__file__).parent / "growth.png"
_COLD = """
import json, sys, time
from pathlib import Path
import pandas
import nbtrack
from nbtrack.query import frame, runs
from nbtrack.query.filter import compile_filter
from nbtrack.store.index import catalogue
from nbtrack.store.local import LocalStore
compile_filter(sys.argv[2])
pandas.DataFrame({"a": ["x"]})
started = time.perf_counter()
store = LocalStore(Path(sys.argv[1]))
store.runs()
opened = time.perf_counter()
WORK
print(json.dumps([(opened - started) * 1e3, (time.perf_counter() - started) * 1e3]))
"""
_QUERY = "nbtrack.runs(sys.argv[2], store=store)"
_NEWEST = "list(nbtrack.runs(store=store)[:50])"
_FILTERED = "list(nbtrack.runs(sys.argv[2], store=store)[:50])"
_PANDAS = "nbtrack.runs(store=store).to_pandas()"


def rows() -> Iterator[Row]:
    """Yield the rows."""
    with tempfile.TemporaryDirectory() as name:
        store = make_store(Path(name) / "store", RUNS)
        first = _cold(store.path, "")[0]
        _cold(store.path, "")  # by now the folders have calmed down, and the index knows it
        yield Row(f"table of {RUNS:,} runs, without an index", first, "ms", "", None, "", None)
        yield from _cold_rows(store, first)
        yield from _warm_rows(store)
        yield from _appending(store)
        KEEPER.stop()


def _cold_rows(store: LocalStore, replay: float) -> Iterator[Row]:
    kept = _Plain(store, store.path.parent)
    opened = _often(lambda: _cold(store.path, "")[0])
    yield Row(
        "the same from the index",
        opened,
        "ms",
        f"a full replay {replay:,.0f} ms",
        opened / replay,
        "<= 15 ms",
        opened <= 15,
    )
    query = _often(lambda: _cold(store.path, _QUERY)[1])
    yield Row(
        "open + seed query, cold",
        query,
        "ms",
        f"json.loads of all {kept.json:,.0f} ms",
        query / kept.json,
        "<= 15 ms",
        query <= 15,
    )
    yield Row("", query, "ms", f"pickle.loads of all {kept.pickle:,.0f} ms", query / kept.pickle, "", None)
    yield Row("", query, "ms", f"sqlite, typed and indexed {kept.sqlite:,.1f} ms", query / kept.sqlite, "", None)
    newest = _often(lambda: _cold(store.path, _NEWEST)[1])
    yield Row("open + the newest 50 runs, cold", newest, "ms", "", None, "", None)
    pandas = _often(lambda: _cold(store.path, _PANDAS)[1])
    yield Row(
        "open + all to pandas, cold",
        pandas,
        "ms",
        f"pandas of parsed JSON {kept.frame:,.0f} ms",
        pandas / kept.frame,
        "<= 40 ms",
        pandas <= 40,
    )


def _warm_rows(store: LocalStore) -> Iterator[Row]:
    store.runs()
    again = _often(lambda: _milliseconds(store.runs), 50)
    yield Row("table again, nothing changed", again, "ms", "", None, "<= 0.5 ms", again <= 0.5)
    nbtrack.runs(SEED_QUERY, store=store)
    warm = _often(lambda: _milliseconds(lambda: nbtrack.runs(SEED_QUERY, store=store)), 30)
    documents = list(store.runs().documents)
    condition = (where("params")["learning_rate"] < 0.01) & (where("metrics")["accuracy"] > 0.9)
    tinydb = _often(lambda: _milliseconds(lambda: [run for run in documents if condition(run)]))
    yield Row(
        "seed query, warm",
        warm,
        "ms",
        f"TinyDB's test of documents {tinydb:.1f} ms",
        warm / tinydb,
        "<= 1 ms",
        warm <= 1,
    )


def _appending(store: LocalStore) -> Iterator[Row]:
    found = _often(lambda: _after_one_more(store), 20)
    yield Row("table again after one more run", found, "ms", "", None, "<= 5 ms", found <= 5)


def _after_one_more(store: LocalStore) -> float:
    store.begin(new_run_id(), {"name": "one more"}).close("finished", 0.0)
    return _milliseconds(store.runs)


class _Plain:
    """The same runs as people keep them who have no tracker: one JSON file, one pickle, a database."""

    def __init__(self, store: LocalStore, place: Path) -> None:
        documents: Sequence[Mapping[str, Any]] = list(store.runs().documents)
        text, blob = json.dumps(documents).encode(), pickle.dumps(documents)
        (place / "runs.json").write_bytes(text)
        (place / "runs.pickle").write_bytes(blob)
        self.json = _often(lambda: _milliseconds(lambda: _ask(json.loads((place / "runs.json").read_bytes()))), 3)
        self.pickle = _often(lambda: _milliseconds(lambda: _ask(pickle.loads((place / "runs.pickle").read_bytes()))), 3)
        self.frame = _often(lambda: _milliseconds(lambda: _frame(json.loads((place / "runs.json").read_bytes()))), 3)
        self.sqlite = self._sqlite(documents, place / "runs.db")

    def _sqlite(self, documents: Sequence[Mapping[str, Any]], path: Path) -> float:
        """Three columns of exactly what will be asked for, which no tracker can know."""
        database = sqlite3.connect(path)
        database.execute("create table runs (id text primary key, learning_rate real, accuracy real, f1 real)")
        values = [
            (run["id"], run["params"]["learning_rate"], run["metrics"]["accuracy"], run["metrics"]["f1"])
            for run in documents
        ]
        database.executemany("insert into runs values (?, ?, ?, ?)", values)
        database.execute("create index accuracy on runs (accuracy)")
        database.commit()
        database.close()
        return _often(lambda: _milliseconds(lambda: _ask_sqlite(path)))


def _ask(documents: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    found = [run for run in documents if run["params"]["learning_rate"] < 0.01 and run["metrics"]["accuracy"] > 0.9]
    return sorted(found, key=lambda run: run["metrics"]["f1"], reverse=True)


def _frame(documents: Sequence[Mapping[str, Any]]) -> Any:
    import pandas as pd

    spaces = ("params", "metrics", "tags")
    return pd.DataFrame([{f"{s}.{k}": v for s in spaces for k, v in run[s].items()} for run in documents])


def _ask_sqlite(path: Path) -> list[Any]:
    database = sqlite3.connect(path)
    found = database.execute(
        "select id from runs where learning_rate < 0.01 and accuracy > 0.9 order by f1 desc"
    ).fetchall()
    database.close()
    return found


def _cold(path: Path, work: str) -> tuple[float, float]:
    """Return the milliseconds until the table is open, and until the work is done, in a process of its own."""
    opened, done = json.loads(fresh(_COLD.replace("WORK", work), str(path), SEED_QUERY))
    return opened, done


def _often(measure: Callable[[], float], times: int = 5) -> float:
    measure()  # whatever is compiled or cached the first time
    return statistics.median(measure() for _ in range(times))


def _milliseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1e3


# --- how it grows


def growth(folder: Path) -> dict[str, list[float]]:
    """Return for each kind of work its milliseconds at each size, with what was measured printed on the way."""
    found: dict[str, list[float]] = {}
    for size in SIZES:
        path = folder / str(size)
        store = LocalStore(path) if path.exists() else make_store(path, size)
        _cold(path, "")
        measured = {
            "open, cold": _often(lambda path=path: _cold(path, "")[0]),
            "open + newest 50, cold": _often(lambda path=path: _cold(path, _NEWEST)[1]),
            "open + filter + 50 runs, cold": _often(lambda path=path: _cold(path, _FILTERED)[1]),
            "all to pandas, cold": _often(lambda path=path: _cold(path, _PANDAS)[1], 3),
            "look again, nothing new": _often(lambda store=store: _milliseconds(store.runs), 50),
            "look again after one run": _often(lambda store=store: _after_one_more(store), 15),
            "seed query, warm": _often(
                lambda store=store: _milliseconds(lambda: nbtrack.runs(SEED_QUERY, store=store)), 20
            ),
            "start + finish a run": _often(
                lambda store=store: _milliseconds(
                    lambda: store.begin(new_run_id(), {"name": "x"}).close("finished", 0.0)
                ),
                50,
            ),
        }
        for work, milliseconds in measured.items():
            found.setdefault(work, []).append(milliseconds)
            print(f"{size:>9,} runs  {work:<32} {milliseconds:10.2f} ms", flush=True)
    KEEPER.stop()
    return found


def plot(found: Mapping[str, Sequence[float]], path: Path) -> None:
    """Draw what each kind of work costs at each size, beside a line that grows with what is stored."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 5.2), layout="constrained")
    for work, milliseconds in found.items():
        axes.loglog(SIZES, milliseconds, marker="o", label=work)
    start = min(values[0] for values in found.values())
    axes.loglog(
        SIZES, [start * size / SIZES[0] for size in SIZES], ":", color="grey", label="grows with what is stored"
    )
    axes.set(xlabel="runs in the store", ylabel="milliseconds", title="What asking costs as a store grows")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    plot(growth(Path(sys.argv[1])), PLOT)
