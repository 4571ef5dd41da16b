"""A note, a tag or a comment on a recorded run from Python; a comment of one's own can be edited and removed."""

from pathlib import Path

import pytest

import nbtrack
from nbtrack.errors import RunNotFound, UsageError
from nbtrack.store.memory import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    for name in ("one", "two"):
        with nbtrack.start_run(name, store=store) as run:
            run.log(loss=0.5)
    return store


@pytest.fixture(autouse=True)
def _ada(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_AUTHOR", "Ada")


def test_tags_a_note_and_a_comment_are_written_at_once(store: MemoryStore) -> None:
    run = nbtrack.runs("name = 'one'", store=store)[0]
    ids = nbtrack.annotate(run, tags={"stage": "done", "n": 3}, note=" the one ", comment="good", store=store)
    again = nbtrack.run(run.id, store=store)
    assert ids == (run.id,)
    assert (again.tags, again.note) == ({"stage": "done", "n": 3}, "the one")
    assert [(each.text, each.by) for each in again.comments] == [("good", "Ada")]


def test_many_runs_are_annotated_together(store: MemoryStore) -> None:
    chosen = nbtrack.runs(store=store)
    assert len(nbtrack.annotate(chosen, tags={"keep": True}, store=store)) == 2
    assert len(nbtrack.runs("tags.keep = true", store=store)) == 2


def test_a_tag_and_a_note_can_be_removed(store: MemoryStore) -> None:
    run = nbtrack.runs(store=store)[0]
    nbtrack.annotate(run.short, tags={"a": 1, "b": 2}, note="x", store=store)
    nbtrack.annotate(run.short, tags={"a": None}, note="", store=store)
    again = nbtrack.run(run.id, store=store)
    assert (again.tags, again.note) == ({"b": 2}, None)


def test_a_comment_of_ones_own_is_edited_and_removed(store: MemoryStore) -> None:
    run = nbtrack.runs(store=store)[0]
    nbtrack.annotate(run, comment="teh best", store=store)
    nbtrack.annotate(run, comment="I doubt it", by="Grace", store=store)
    first, second = nbtrack.run(run.id, store=store).comments
    nbtrack.annotate(run, edits=first, comment="the best", store=store)
    edited = nbtrack.run(run.id, store=store).comments
    assert [(each.text, each.by, each.edited is not None) for each in edited] == [
        ("the best", "Ada", True),
        ("I doubt it", "Grace", False),
    ]
    assert edited[0].at == first.at
    with pytest.raises(UsageError, match="this comment is Grace's, and you are 'Ada'"):
        nbtrack.annotate(run, edits=second, comment="I agree", store=store)
    nbtrack.annotate(run, edits=second, by="Grace", store=store)
    assert [each.text for each in nbtrack.run(run.id, store=store).comments] == ["the best"]
    with pytest.raises(UsageError, match="no such comment any more"):
        nbtrack.annotate(run, edits=second, comment="once more", by="Grace", store=store)


def test_secrets_are_kept_out_of_edits_too(store: MemoryStore) -> None:
    run = nbtrack.runs(store=store)[0]
    nbtrack.annotate(run, comment="key", store=store)
    token = "ghp_" + "a1B2" * 9
    nbtrack.annotate(run, edits=nbtrack.run(run.id, store=store).comments[0], comment=f"key {token}", store=store)
    assert [each.text for each in nbtrack.run(run.id, store=store).comments] == ["key [redacted:github]"]


def test_what_cannot_be_meant_is_refused(store: MemoryStore) -> None:
    run = nbtrack.runs(store=store)[0]
    with pytest.raises(UsageError, match="nothing to add"):
        nbtrack.annotate(run, store=store)
    with pytest.raises(UsageError, match="too long"):
        nbtrack.annotate(run, comment="x" * 100_001, store=store)
    with pytest.raises(RunNotFound):
        nbtrack.annotate([run, "zzzzzz"], note="x", store=store)
    assert nbtrack.run(run.id, store=store).note is None


def test_sessions_that_edit_one_after_the_other_count_in_that_order(tmp_path: Path) -> None:
    """Each session has a writer of its own; whose is greater must not decide."""
    with nbtrack.start_run("fit", store=tmp_path / ".nbtrack") as run:
        run.log(loss=0.5)
    nbtrack.annotate(run.id, comment="0", store=nbtrack.open_store(tmp_path / ".nbtrack"))
    for number in range(1, 7):
        store = nbtrack.open_store(tmp_path / ".nbtrack")
        (said,) = nbtrack.run(run.id, store=store).comments
        nbtrack.annotate(run.id, edits=said, comment=str(number), store=store)
        store.close()
    assert [each.text for each in nbtrack.run(run.id, store=tmp_path / ".nbtrack").comments] == ["6"]


def test_edits_made_in_two_copies_of_a_store_come_together_without_conflict(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    with nbtrack.start_run("fit", store=ours) as run:
        run.log(loss=0.5)
    nbtrack.annotate(run.id, comment="one", store=ours)
    nbtrack.annotate(run.id, comment="two", store=ours)
    nbtrack.push(theirs, store=ours)
    one, two = nbtrack.run(run.id, store=theirs).comments
    nbtrack.annotate(run.id, edits=one, comment="ONE", store=ours)
    nbtrack.annotate(run.id, edits=two, store=theirs)
    nbtrack.annotate(run.id, comment="three", store=theirs)
    nbtrack.sync(theirs, store=ours)
    for store in (ours, theirs):
        assert [each.text for each in nbtrack.run(run.id, store=store).comments] == ["ONE", "three"]
    assert nbtrack.fsck(ours).ok
