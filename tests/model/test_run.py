"""What a run gives beside its document."""

import pytest

import nbtrack
from nbtrack.errors import ObjectMissing, StoreError
from nbtrack.model.run import Run


def test_a_run_reads_what_its_store_keeps_under_a_name() -> None:
    store = nbtrack.MemoryStore()
    kept = store.put(b"X = load()")
    with nbtrack.start_run("example", store=store) as opened:
        pass
    run = nbtrack.run(opened.id, store=store)
    assert run.stored(kept.sha256) == b"X = load()"
    with pytest.raises(ObjectMissing):
        run.stored("0" * 64)


def test_a_run_made_without_its_store_says_so() -> None:
    store = nbtrack.MemoryStore()
    with nbtrack.start_run("example", store=store) as opened:
        pass
    run = nbtrack.run(opened.id, store=store)
    with pytest.raises(StoreError, match=r"without its store; get it with nbtrack\.run"):
        Run.from_document(run.document, store.points).stored("0" * 64)
