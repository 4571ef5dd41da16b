"""In what condition a run's records are: in a word to filter and to show by, and in a sentence to read.

    whole           every record that was written is there
    damaged         lines fail their checksum, records are missing, or two of them claim one identity
    incomplete(n)   the disk refused n records while the run was recorded; it said so itself
    unsealed        lines without a checksum (typed by hand), or a writer that ended without sealing its part

A run may be several of them: ``"damaged, incomplete(2)"``. One that is running or lost is not called unsealed too.
"""

import re
from typing import Final

from nbtrack.model.document import Health, RunDocument

WHOLE: Final = "whole"
DAMAGED: Final = "damaged"
INCOMPLETE: Final = "incomplete"
UNSEALED: Final = "unsealed"
WORDS: Final = (DAMAGED, INCOMPLETE, UNSEALED)

_REFUSED = re.compile(r"incomplete\((\d{1,9})\)")
_ENDED = frozenset({"finished", "failed", "interrupted"})


def condition(document: RunDocument, *, writing: bool = False) -> str:
    """Return the words for a run's condition, worst first; ``writing`` while a writer of it may still be at work.

    >>> from nbtrack.model.fold import fold
    >>> condition(fold("20261121t101530-7k3m9q2x", []))
    'whole'
    """
    health = document["health"]
    words: list[str] = []
    if not health["ok"] and is_damaged(health):
        words.append(DAMAGED)
    if document["warnings"] and (refused := refused_records(document)):
        words.append(f"{INCOMPLETE}({refused})")
    unsealed = document.get("sealed", True) is False and document["status"] in _ENDED and not writing
    if unsealed or (health["unsealed"] and not health["ok"]):
        words.append(UNSEALED)
    return ", ".join(words) if words else WHOLE


def is_damaged(health: Health) -> bool:
    """Tell whether records are damaged, missing or contradict each other, as opposed to typed by hand."""
    return bool(health["damaged"] or health["missing"] or health.get("divergent"))


def refused_records(document: RunDocument) -> int:
    """Return how many records of the run the disk refused, as the run itself says."""
    return sum(int(found[1]) for found in map(_REFUSED.match, document["warnings"]) if found)


def is_refusal(warning: str) -> bool:
    """Tell whether a warning of a run is the one that says how many records the disk refused."""
    return _REFUSED.match(warning) is not None


def damage(document: RunDocument) -> str:
    """Return in a sentence what is wrong with a run's records; empty for a whole one, or one accepted as it is."""
    health, said = document["health"], document.get("condition") or condition(document)
    if said == WHOLE and health["ok"]:
        return ""
    parts = [] if health["ok"] else _counted(health)
    if refused := refused_records(document):
        parts.append(f"the disk refused {_many(refused, 'record')}")
    if UNSEALED in said and (health["ok"] or not health["unsealed"]):
        parts.append("a writer ended without sealing its part: its last records may be missing")
    return "; ".join(parts)


def _counted(health: Health) -> list[str]:
    damaged, missing, divergent = health["damaged"], health["missing"], health.get("divergent", 0)
    return [
        *([f"{_many(damaged, 'damaged line')}"] if damaged else []),
        *([f"{_many(missing, 'record')} missing"] if missing else []),
        *([f"{_many(divergent, 'record')} in two versions"] if divergent else []),
        *([f"{_many(health['unsealed'], 'line')} without a checksum, typed by hand"] if health["unsealed"] else []),
    ]


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"
