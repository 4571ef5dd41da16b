"""Verdicts are a column of the index: asked for without reading runs, and the same after the index was deleted."""

import shutil
from pathlib import Path

import nbtrack
from nbtrack.model import event
from nbtrack.record.clean import annotate
from nbtrack.store.local import LocalStore

VERDICT = {"level": "identical", "at": 1, "duration": 1.0, "text": "identical: all", "metrics": {}}


def names(folder: Path, text: str) -> list[str]:
    return [run.name for run in nbtrack.runs(text, store=LocalStore(folder))]


def test_a_late_verdict_is_found_with_the_index_and_without_it(tmp_path: Path) -> None:
    folder = tmp_path / ".nbtrack"
    store = LocalStore(folder)
    ids = []
    for name in ("one", "two"):
        with nbtrack.start_run(name, store=store) as opened:
            opened.log(r2=0.5)
        ids.append(opened.id)
    assert names(folder, "verdict is null order by name") == ["one", "two"]
    annotate(store, ids[0], event.REPRODUCTION, VERDICT)
    assert names(folder, "verdict = 'identical'") == ["one"]
    annotate(LocalStore(folder), ids[0], event.REPRODUCTION, {**VERDICT, "level": "failed"})
    annotate(LocalStore(folder), ids[1], event.REPRODUCTION, VERDICT)
    asked = {text: names(folder, text) for text in ("verdict = 'failed'", "verdict = 'identical'", "order by verdict")}
    assert asked == {
        "verdict = 'failed'": ["one"],
        "verdict = 'identical'": ["two"],
        "order by verdict": ["one", "two"],
    }
    shutil.rmtree(folder / "cache")
    assert {text: names(folder, text) for text in asked} == asked
    assert nbtrack.run(ids[0], store=LocalStore(folder)).verdict == "failed"


def test_a_verdict_that_a_page_follows_arrives_with_the_next_news() -> None:
    from nbtrack.query.question import Question
    from nbtrack.view.follow import Follower

    store = nbtrack.MemoryStore()
    with nbtrack.start_run("one", store=store) as opened:
        opened.log(r2=0.5)
    follower = Follower(Question(store))
    annotate(store, opened.id, event.REPRODUCTION, VERDICT)
    (message,) = follower.look()
    assert message["payload"]["runs"]["verdict"] == ["identical"]
