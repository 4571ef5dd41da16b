"""Write a store that a release leaves for all later ones: ``python tests/golden/write_store.py 0.1.0-folders``.

Run it once for each release, commit what it makes, and never change that again: ``test_golden_stores.py`` opens every
one of them. ``stores/<release>.zip`` is the store, ``stores/<release>.json`` what it said then.
"""

import hashlib
import json
import math
import os
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

from nbtrack.model.document import FOLDER
from nbtrack.store.housekeeping.gc import Collector
from nbtrack.store.housekeeping.maintenance import maintaining
from nbtrack.store.housekeeping.packing import Packer
from nbtrack.store.lines.record import decode, encode
from nbtrack.store.local import LocalStore
from nbtrack.store.objects.folders import keep_folder
from nbtrack.store.runs import live
from nbtrack.store.system.process import Process
from nbtrack.store.writing import journal, metalog
from nbtrack.store.writing.compaction import compact
from nbtrack.store.writing.keeper import KEEPER

STORES = Path(__file__).with_name("stores")
_WRITER = Process("laptop", "00000000-0000-4000-8000-000000000000", 1, 4242, 1)  # no process of any machine
_EPOCH = (2026, 11, 1, 0, 0, 0)


def run_id(number: int) -> str:
    return f"20261101t10{number:02d}00-g0{number:02d}k3m9"


def fill(path: Path) -> None:
    """Write runs of every kind."""
    store = LocalStore(path)
    for number in range(3):  # to be packed
        whole_run(store, number)
    packed(path)
    whole_run(store, 3)
    many_points(store, 4)
    compact(path / "runs/2026-11" / run_id(4), least=0)
    ends(store)
    open_and_harmed(store)
    store.annotate(run_id(0), "tags", {"best": "yes", "stage": None})
    store.annotate(run_id(0), "note", "packed, and changed later")
    store.annotate(run_id(1), "delete", value=True)
    store.annotate(run_id(3), "tags", {"é": "日本"})
    with_folder(store, 13)
    in_the_trash(store, 14)
    store.put(b"bytes that are kept")
    store.close()


def whole_run(store: LocalStore, number: int) -> None:
    start = {"name": f"whole {number}", "experiment": "trees", "notebook": "a.ipynb", "session": "s1"}
    writer = store.begin(run_id(number), start)
    writer.append("cell", {"source": "svm.fit(X, y)", "id": "c1", "count": 3, "hash": "0" * 16})
    writer.append(
        "params", {"lr": 0.1 / (number + 1), "depth": number, "kernel": "rbf", "none": None}, {"lr": "argument"}
    )
    writer.append("params", {"large": 10**30, "text": "\ud83d \u2028 é\n"})
    writer.append("metrics", {"accuracy": 0.9 + number / 100}, {"accuracy": "last expression"})
    for value in (2.0, math.nan, math.inf, 1.0):
        writer.point({"loss": value, "m": 1})
    writer.append("tags", {"stage": "draft"})
    ref = store.put(b"weights %d" % number)
    writer.append("artifact", {"name": "model.bin", **ref.members(), "media_type": "application/octet-stream"})
    writer.append("warning", "no hash of d.csv")
    writer.append("from the future", {"anything": 1})
    writer.close("finished", 1.5)


def packed(path: Path) -> None:
    with maintaining(path, "pack") as lock:
        Packer(path, older_than=0, now=time.time() + 10).pack(lock)


def many_points(store: LocalStore, number: int) -> None:
    writer = store.begin(run_id(number), {"name": "many points"})
    for step in range(600):
        writer.point({"loss": 1 / (step + 1), "step": step} if step % 3 else {"val": step * 0.25}, step)
    large = store.path.parent / "large.bin"
    large.write_bytes(bytes(9 << 20))
    writer.append(
        "artifact", {"name": large.name, **store.put(large).members(), "media_type": "application/octet-stream"}
    )
    writer.close("finished", 2.5)


def with_folder(store: LocalStore, number: int) -> None:
    folder = store.path.parent / "data"
    (folder / "deep").mkdir(parents=True)
    (folder / "train.csv").write_text("x,y\n1,2\n")
    (folder / "deep" / "é.txt").write_text("")
    (folder / "same.csv").symlink_to("train.csv")
    writer = store.begin(run_id(number), {"name": "with a folder"})
    ref, manifest = keep_folder(store, folder)
    counts = {"files": len(manifest.files), "total": manifest.total}
    writer.append("artifact", {"name": "data", **ref.members(), "media_type": FOLDER, **counts})
    writer.close("finished", 0.5)


def in_the_trash(store: LocalStore, number: int) -> None:
    """A run that was deleted and collected, and can still be had back."""
    writer = store.begin(run_id(number), {"name": "in the trash"})
    ref = store.put(b"of a deleted run")
    writer.append("artifact", {"name": "gone.bin", **ref.members(), "media_type": "application/octet-stream"})
    writer.close("finished", 0.5)
    store.annotate(run_id(number), "delete", value=True)
    store.close()
    with maintaining(store.path, "gc") as lock:
        now = time.time() + 30 * 86_400
        Collector(store.path, now=now, deleted=[run_id(number)], ignored_hosts=[_WRITER.host]).collect(lock)


def ends(store: LocalStore) -> None:
    for number, status in ((5, "failed"), (6, "interrupted")):
        writer = store.begin(run_id(number), {"name": status})
        writer.append("error", {"type": "ValueError", "message": "<b>no</b>"})
        writer.close(status, 0.25)  # type: ignore[arg-type]  # one of the statuses


def open_and_harmed(store: LocalStore) -> None:
    """A run that was lost, one with two writers, and runs whose files were damaged in each of the known ways."""
    lost = store.begin(run_id(7), {"name": "lost"})
    lost.append("params", {"a": 1})
    lost.point({"loss": 0.5})
    pid = os.fork()
    if pid == 0:
        lost.append("params", {"by": "child"})
        lost.point({"loss": 0.25})
        os._exit(0)
    os.waitpid(pid, 0)
    for number, name in ((8, "torn"), (9, "flipped"), (10, "cut out"), (11, "typed"), (12, "divergent")):
        writer = store.begin(run_id(number), {"name": name})
        writer.append("params", {"a": 1})
        writer.append("params", {"b": 2})
        if name == "torn":
            writer.sync()
        else:
            writer.close("finished", 1.0)
        (path,) = (store.path / "runs/2026-11" / run_id(number)).glob("ev-*")
        path.write_bytes(HARM[name](path.read_bytes()))


def divergent(content: bytes) -> bytes:
    (line,) = (line for line in content.split(b"\n") if b'{"a":1}' in line)
    members = {key: value for key, value in decode(line).record.items() if key != "c"}
    return content + encode({**members, "v": {"other": 1}})


HARM = {
    "torn": lambda content: content + b'{"k":"params","v":{"c":3',
    "flipped": lambda content: content.replace(b'{"a":1}', b'{"a":7}'),
    "cut out": lambda content: b"\n".join(line for line in content.split(b"\n") if b'{"a":1}' not in line),
    "typed": lambda content: content + b'{"k":"tags","v":{"mine":"yes"},"l":99}\n',
    "divergent": divergent,
}


def says(store: LocalStore) -> dict[str, Any]:
    """Return what a store answers, as JSON can hold it."""
    runs = []
    for run in sorted(store.runs().everything, key=lambda each: each["id"]):
        histories = {name: store.points(run["id"], name)[:2] for name in sorted(run["curves"])}
        runs.append({"document": run, "histories": {name: repr(points) for name, points in histories.items()}})
    return json.loads(json.dumps({"id": store.id, "runs": runs}))


def archive(path: Path, target: Path) -> None:
    """Put the store in a zip with nothing of this machine in it; what is derived or in the making stays out."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as kept:
        for each in sorted(path.rglob("*")):
            name = each.relative_to(path).as_posix()
            if each.is_file() and name.partition("/")[0] not in {"cache", "tmp", "live", "locks"}:
                kept.writestr(zipfile.ZipInfo(name, _EPOCH), each.read_bytes(), zipfile.ZIP_DEFLATED)


def hashes() -> str:
    """Return the list of all golden files, as ``sha256sum`` writes it."""
    files = sorted(path for path in STORES.iterdir() if path.name != "SHA256SUMS")
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)


def write(release: str) -> None:
    """Write the store of a release."""
    target = STORES / f"{release}.zip"
    if target.exists():
        raise SystemExit(f"{target} is there already, and is never written again")
    for module in (journal, metalog, live):
        module.this_process = lambda: _WRITER  # type: ignore[attr-defined]  # nothing of this machine goes in
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder) / "store")
        KEEPER.stop()
        archive(Path(folder) / "store", target)
        with zipfile.ZipFile(target) as kept:
            kept.extractall(Path(folder) / "copy")
        told = json.dumps(says(LocalStore(Path(folder) / "copy")), indent=1, ensure_ascii=True)
    (STORES / f"{release}.json").write_text(told + "\n", encoding="ascii")
    (STORES / "SHA256SUMS").write_text(hashes(), encoding="ascii")


if __name__ == "__main__":
    write(sys.argv[1])
