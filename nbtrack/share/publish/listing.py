"""The list of what was published in a folder of a branch: ``reports.json``, and ``index.html`` made from it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from nbtrack.view.escape import render

LIST: Final = "reports.json"
INDEX: Final = "index.html"
_MARK: Final = b'<meta name="generator" content="nbtrack published reports">'
_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One published file: its name in the folder, its title, and when it was published (UTC, to the minute)."""

    file: str
    title: str
    published: str


def read_list(content: bytes) -> dict[str, Entry]:
    """Return the entries of a list by file; of one that cannot be read, or holds anything else, what can be."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    rows = [row for row in told if isinstance(row, Mapping)][:_MOST] if isinstance(told, list) else []
    found = (Entry(*(str(row.get(name, ""))[:300] for name in Entry.__slots__)) for row in rows)
    return {entry.file: entry for entry in found if entry.file and "/" not in entry.file}


def joined(lists: Sequence[Mapping[str, Entry]]) -> dict[str, Entry]:
    """Return the entries of several lists; of a file that is in more than one the latest."""
    found: dict[str, Entry] = {}
    for entry in sorted((each for one in lists for each in one.values()), key=lambda entry: entry.published):
        found[entry.file] = entry
    return found


def list_text(entries: Mapping[str, Entry]) -> bytes:
    """Return a list as it is kept, newest first."""
    return (json.dumps([asdict(entry) for entry in _newest(entries)], indent=1) + "\n").encode()


def index_page(entries: Mapping[str, Entry], title: str) -> bytes:
    """Return the page that lists the reports, newest first."""
    return render("published.html", {"entries": _newest(entries), "title": title}).encode("utf-8", "backslashreplace")


def is_ours(page: bytes) -> bool:
    """Tell whether an index page was made here and may be replaced."""
    return _MARK in page[:4000]


def _newest(entries: Mapping[str, Entry]) -> list[Entry]:
    return sorted(entries.values(), key=lambda entry: (entry.published, entry.file), reverse=True)
