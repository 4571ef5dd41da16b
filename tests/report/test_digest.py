"""The digest of a run's records: the same wherever and however they lie, another as soon as one of them changes."""

from hashlib import sha256
from pathlib import Path
from shutil import copytree

import nbtrack
from nbtrack.hosts.cli import run_line
from nbtrack.model import event
from nbtrack.model.run import Run
from nbtrack.query.runs import run, runs
from nbtrack.record.clean import annotate
from nbtrack.report.digest import PARTS, changed_parts, digest_of_all, run_digest
from nbtrack.store.base import Store
from nbtrack.store.memory import MemoryStore
from tests.report.recorded import BEST, SECOND, record, study


def found(store: Store, run_id: str = BEST) -> Run:
    return run(run_id, store)


def test_the_recipe_is_the_documented_one() -> None:
    store = MemoryStore()
    record(store, BEST, ("params", {"lr": 0.1}), points={"loss": [0.5]})
    digest = run_digest(found(store))
    assert digest.parts["params"] == sha256(b'{"params":{"lr":0.1}}').hexdigest()
    assert digest.parts["warnings"] == sha256(b'{"error":null,"warnings":[]}').hexdigest()
    lines = ",".join(f'"{part}":"{digest.parts[part]}"' for part in sorted(digest.parts))
    assert digest.digest == sha256(f"{{{lines}}}".encode()).hexdigest()
    assert digest_of_all({BEST: digest.digest}) == sha256(f"{BEST} {digest.digest}\n".encode()).hexdigest()


def test_every_member_of_a_document_is_in_one_part_or_derived() -> None:
    store = study(MemoryStore())
    annotate(store, BEST, event.COMMENT, {"text": "x", "by": ""})
    placed = [member for members in PARTS.values() for member in members]
    assert len(placed) == len(set(placed))
    assert "others" not in run_digest(found(store)).parts


def test_it_is_the_same_in_files_in_memory_packed_and_copied(tmp_path: Path) -> None:
    store = nbtrack.open_store(tmp_path / "a" / ".nbtrack")
    study(store)
    before = {each.id: run_digest(each) for each in runs(store=store)}
    copytree(tmp_path / "a", tmp_path / "b")
    there = tmp_path / "b" / ".nbtrack"
    assert {each.id: run_digest(each) for each in runs(store=there)} == before
    assert run_line(f"pack --older-than 0s --store '{there}'") == 0
    assert not list((there / "runs").rglob(f"*{BEST}*.jsonl"))
    assert {each.id: run_digest(each) for each in runs(store=there)} == before


def test_what_changed_is_told_by_its_part() -> None:
    store = study(MemoryStore())
    was = run_digest(found(store))
    annotate(store, BEST, event.TAGS, {"stage": "final"})
    annotate(store, BEST, event.COMMENT, {"text": "checked", "by": "Ada"})
    noted = run_digest(found(store))
    assert changed_parts(was.parts, noted.parts) == ("notes",)
    assert was.digest != noted.digest
    store.annotate(BEST, event.DATA, [{"kind": "file", "path": "late.csv", "mode": "read"}])
    assert changed_parts(was.parts, run_digest(found(store)).parts) == ("data", "notes")


def test_one_point_of_a_series_makes_another_digest() -> None:
    digests = []
    for middle in (0.5, 0.6, float("nan")):
        store = MemoryStore()
        record(store, SECOND, points={"loss": [0.9, middle, 0.1]})
        digests.append(run_digest(found(store, SECOND)).parts["series"])
    assert len(set(digests)) == 3
