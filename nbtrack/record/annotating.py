"""What a person adds to recorded runs - tags, a note, comments -, as later records: none of the old ones is lost."""

import getpass
import os
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Final

from nbtrack.errors import UsageError
from nbtrack.model import event
from nbtrack.model.document import CommentDocument
from nbtrack.model.run import Comment, Run
from nbtrack.model.tagged import Json
from nbtrack.record.clean import annotate as recorded
from nbtrack.record.values import key, to_json
from nbtrack.store.base import Store
from nbtrack.store.discovery import open_store

AUTHOR: Final = "NBTRACK_AUTHOR"
_LONGEST: Final = 100_000  # characters
_Change = tuple[str, Json]


def annotate(
    run: Run | str | Iterable[Run | str],
    *,
    tags: Mapping[str, object] | None = None,
    note: str | None = None,
    comment: str | None = None,
    edits: Comment | None = None,
    by: str | None = None,
    store: Store | str | PathLike[str] | None = None,
) -> tuple[str, ...]:
    """Add tags, a note or a comment to recorded runs, and return the runs' ids.

    They are later records: what a run had before stays in its records, and clones of a store that were annotated apart
    come together without conflicts, the later change last.

    Args:
        run: a run, its id or a prefix of it that no other run shares; or several: ``comparison.selected``.
        tags: set by name; a value of None removes a tag.
        note: takes the place of the run's note; an empty text removes it.
        comment: is added to the run's comments; with ``edits`` it takes the place of that one's text.
        edits: a comment of ``run.comments`` that you made; with an empty ``comment`` it is removed.
        by: who says it; by default ``NBTRACK_AUTHOR`` of the environment, or the account. Empty for nobody.
        store: a store or its folder; None for the one of this notebook or folder.

    Raises:
        RunNotFound: there is no such run.
        AmbiguousRun: several runs share this prefix.
        UsageError: there is nothing to add, a comment is too long, or the one to be edited is not yours.

    >>> import nbtrack
    >>> store = nbtrack.MemoryStore()
    >>> with nbtrack.start_run("a fit", store=store) as opened:
    ...     opened.log(loss=0.5)
    >>> _ = nbtrack.annotate(opened.id, tags={"stage": "done"}, note="the one", comment="good?", by="Ada", store=store)
    >>> run = nbtrack.run(opened.id, store=store)
    >>> dict(run.tags), run.note, run.comments[0].text
    ({'stage': 'done'}, 'the one', 'good?')
    >>> _ = nbtrack.annotate(run, edits=run.comments[0], comment="good!", by="Ada", store=store)
    >>> nbtrack.run(opened.id, store=store).comments[0].text
    'good!'
    """
    place = store if isinstance(store, Store) else open_store(store)
    table = place.runs()
    named = [run] if isinstance(run, Run | str) else list(run)
    documents = {found["id"]: found for each in named for found in [table.find(_prefix(each))]}
    said = author() if by is None else by
    changes = _changes(tags, note, comment, edits, said)
    for document in documents.values() if edits is not None else ():
        _see_that_it_is_there(edits, document.get("comments", ()))
    for run_id in documents:
        for kind, value in changes:
            recorded(place, run_id, kind, value)
    return tuple(documents)


def author() -> str:
    """Return who comments here: ``NBTRACK_AUTHOR`` of the environment, or the account; empty where neither is known."""
    try:
        return os.environ.get(AUTHOR) or getpass.getuser()
    except (OSError, KeyError):  # an account without a name
        return ""


def _changes(
    tags: Mapping[str, object] | None, note: str | None, comment: str | None, edits: Comment | None, by: str
) -> list[_Change]:
    changes: list[_Change] = []
    if tags:
        changes.append((event.TAGS, {key(name): to_json(value) for name, value in tags.items()}))
    if note is not None:
        changes.append((event.NOTE, note.strip() or None))
    if edits is not None or (comment is not None and comment.strip()):
        changes.append((event.COMMENT, _comment(comment, edits, by)))
    if not changes:
        raise UsageError("nothing to add; say tags=, note= or comment=")
    return changes


def _comment(comment: str | None, edits: Comment | None, by: str) -> dict[str, Json]:
    text = (comment or "").strip()
    if len(text) > _LONGEST:
        raise UsageError(f"a comment of {len(text):,} characters is too long; {_LONGEST:,} fit")
    if edits is None:
        return {"text": text, "by": by}
    if edits.by != by:
        raise UsageError(f"{_whose(edits)}, and you are {by!r}; if it is yours, say who you are: by={edits.by!r}")
    return {"text": text or None, "by": by, "of": edits.id}


def _whose(comment: Comment) -> str:
    return f"this comment is {comment.by}'s" if comment.by else "this comment is nobody's by name"


def _see_that_it_is_there(comment: Comment | None, there: Sequence[CommentDocument]) -> None:
    if comment is not None and not any(each.get("id") == comment.id for each in there):
        raise UsageError(f"this run has no such comment any more: {comment.text[:80]!r}")


def _prefix(run: Run | str) -> str:
    prefix = (run.id if isinstance(run, Run) else str(run)).strip()
    if not prefix:
        raise UsageError("a run is named by its id or a prefix of it; this is empty")
    return prefix
