"""Stores small enough to be bundled again and again, with something of each kind in them."""

from itertools import count
from pathlib import Path

from nbtrack.model import event
from nbtrack.model.ids import new_run_id
from nbtrack.store.local import LocalStore
from nbtrack.store.system.disk import Disk

UNFLUSHED = Disk(flush=lambda _: None, flush_folder=lambda _: None)  # for what is not about power losses
_SECONDS = count()


def a_run(store: LocalStore, name: str, *, artifact: bytes | Path = b"a,b\n1,2\n", steps: int = 3) -> str:
    """Record a run with params, a series and an artifact, and return its id."""
    run_id = new_run_id(1_795_256_130 + next(_SECONDS))  # later ones have higher ids
    writer = store.begin(run_id, {"name": name, "experiment": "x", "started": 1_795_256_130_000})
    writer.append(event.PARAMS, {"lr": 0.1, "who": name})
    for step in range(steps):
        writer.point({"loss": 1 / (step + 1)}, step)
    ref = store.put(artifact)
    writer.append(event.ARTIFACT, {"name": f"{name}.csv", "media_type": "text/csv", **ref.members()})
    writer.close("finished", 1.5)
    return run_id


def a_store(folder: Path, runs: int = 3) -> LocalStore:
    """Make a store of some runs, one with a note, each with an artifact of its own and one that all share."""
    store = LocalStore(folder)
    found = [a_run(store, f"fit{number}", artifact=b"%d," % number * 2000) for number in range(runs)]
    store.annotate(found[0], event.NOTE, "the first")
    store.annotate(found[-1], event.TAGS, {"team": "nlp"})
    a_run(store, "small")
    return store
