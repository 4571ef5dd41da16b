"""What handing a thousand runs on costs: writing the bundle, taking it in, taking it in again."""

import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.row import Row
from nbtrack.model import event
from nbtrack.model.ids import new_run_id
from nbtrack.share.bundle import bundle
from nbtrack.share.unbundling import import_bundle
from nbtrack.store.local import LocalStore
from nbtrack.store.writing.keeper import KEEPER

RUNS = 1_000
_BEGUN = 1_795_000_000


def rows() -> Iterator[Row]:
    """Yield the rows."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        store = LocalStore(place / "here")
        for number in range(RUNS):
            _record(store, number)
        file = place / "x.nbtrack.zip"
        plain = _seconds(lambda: _zip(store.path, place / "plain.zip"))
        wrote = _seconds(lambda: bundle("", file, store=store))
        content = sum(path.stat().st_size for part in ("runs", "cas") for path in store.path.glob(f"{part}/*/*/*"))
        size = file.stat().st_size
        text = f"bundle of {RUNS:,} runs with an artifact each"
        yield Row(f"{text}, searched for secrets", wrote, "s", f"zipfile alone {plain:.2f} s", wrote / plain, "", None)
        beside = f"their files {content / 1e6:.1f} MB"
        yield Row("its size", size / 1e6, "MB", beside, size / content, "", None)
        took = _seconds(lambda: import_bundle(file, store=place / "there"))
        yield Row(
            "importing it: checked, flushed, seen", took, "s", f"zipfile alone {plain:.2f} s", took / plain, "", None
        )
        again = _seconds(lambda: import_bundle(file, store=place / "there"))
        yield Row("importing it again", again, "s", f"the first time {took:.2f} s", again / took, "", None)
        store.close()
        KEEPER.stop()


def _record(store: LocalStore, number: int) -> None:
    """Record a run of twenty params and twenty metrics, ten points and an artifact."""
    writer = store.begin(new_run_id(_BEGUN + number), {"name": f"fit{number}", "experiment": "bundles"})
    writer.append(event.PARAMS, {f"p{at}": at * number * 0.1 for at in range(20)})
    writer.append(event.METRICS, {f"m{at}": at / (number + 1) for at in range(20)})
    for step in range(10):
        writer.point({"loss": 1 / (step + 1)}, step)
    ref = store.put(b"%d," % number * 300)
    writer.append(event.ARTIFACT, {"name": "predictions.csv", "media_type": "text/csv", **ref.members()})
    writer.close("finished", 1.0)


def _zip(folder: Path, file: Path) -> None:
    """Do the least that could be done: pack the files with the standard library."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
