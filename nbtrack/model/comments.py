"""What people said of a run: their comments, each as its author left it at last."""

from collections.abc import Iterable, Mapping
from typing import Any

from nbtrack.model.document import CommentDocument

Record = Mapping[str, Any]


def comments(records: Iterable[Record]) -> list[CommentDocument]:
    """Return the comments that these records add up to, oldest first; the records come in their order.

    A comment is called by the record that made it: its writer and number, which no clone ever gives to another one. A
    later record may be ``of`` it: its text takes the place of the first one's, and none takes the comment away. Of
    several, made in several clones, the last one counts, as with all changes. Comments of several stores come together:
    the clock of each knows nothing of the others, time does.
    """
    said: list[CommentDocument] = []
    changed: dict[str, tuple[str, int | None]] = {}
    for record in records:
        value = record.get("v")
        if not isinstance(value, dict):
            continue
        text, at = value.get("text"), _moment(record)
        if isinstance(of := value.get("of"), str):
            changed[of] = (text if isinstance(text, str) else "", at)
        elif isinstance(text, str) and text:
            by = value.get("by")
            said.append({"id": _id(record), "text": text, "by": by if isinstance(by, str) else "", "at": at})
    for each in said:
        if each["id"] in changed:
            each["text"], each["edited"] = changed[each["id"]]
    return sorted((each for each in said if each["text"]), key=lambda each: each["at"] or 0)


def _id(record: Record) -> str:
    return f"{record.get('w')}-{record.get('n')}"


def _moment(record: Record) -> int | None:
    at = record.get("t")
    return at if isinstance(at, int) else None
