"""What a page asks to change of runs: looked at as a stranger's words, and recorded as if typed in Python."""

from collections.abc import Container, Mapping
from typing import Any, Final

from nbtrack.errors import UsageError
from nbtrack.model import event
from nbtrack.record.clean import annotate
from nbtrack.store.base import Store
from nbtrack.view.escape import shown
from nbtrack.view.payload import INLINE, note_text

ARCHIVED: Final = "archived"
_KEY: Final = 200  # characters
_TEXT: Final = 20_000


def record_change(store: Store, change: Any, there: Container[str]) -> None:
    """Record a change of a tag, of a note, or that a run is archived, without the secrets in it.

    Args:
        store: where the runs are.
        change: as the page sent it; see ``Change`` in ``static/compare/annotate.js``.
        there: the ids of the runs that may be changed from there.

    Raises:
        UsageError: it is not such a change; the message says why.
        StoreError: the store does not take it.
    """
    if not isinstance(change, Mapping):
        raise UsageError("this is not a change of a run")
    run = change.get("run")
    if not isinstance(run, str) or run not in there:
        raise UsageError("this run is not in the comparison any more")
    kind, value = _asked(change)
    _see_that_all_was_seen(store, run, kind, value)
    annotate(store, run, kind, value)


def _see_that_all_was_seen(store: Store, run: str, kind: str, value: Any) -> None:
    """Refuse to replace a text of which the page had a part only: what nobody saw nobody means to lose."""
    document = store.runs().find(run)
    note = document["note"]
    if kind == event.NOTE:
        if value and note and note_text(note, INLINE.text) != note:
            raise UsageError(f"this note is longer than what stands here; write it anew with: nbtrack note {run} TEXT")
        return
    for key, new in value.items():
        old = document["tags"].get(key)
        cut = isinstance(old, dict | list) or (isinstance(old, str) and shown(old, INLINE.text) != old)
        if cut and new is not None and key != ARCHIVED:
            raise UsageError(f"this tag holds more than what stands here; write it anew: nbtrack tag {run} TAG=VALUE")


def _asked(change: Mapping[str, Any]) -> tuple[str, Any]:
    match change:
        case {"do": "tag", "key": str(key), "value": str() | bool() | int() | float() | None as value}:
            return event.TAGS, {_key(key): _short(value)}
        case {"do": "note", "text": str(text)}:
            return event.NOTE, _short(text) or None
        case {"do": "archive", "value": bool(value)}:
            return event.TAGS, {ARCHIVED: value or None}
    raise UsageError("this is not a change of a tag or a note")


def _key(key: str) -> str:
    if not key.strip() or len(key) > _KEY:
        raise UsageError(f"a tag's name has 1 to {_KEY} characters, not {len(key.strip())}")
    return key.strip()


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _TEXT:
        raise UsageError(f"a text of {len(value):,} characters is too long here; {_TEXT:,} fit")
    if isinstance(value, float) and value - value != 0:
        raise UsageError("a tag is a number, a text, yes or no")
    return value
