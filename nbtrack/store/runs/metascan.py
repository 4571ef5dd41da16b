"""Reading the meta log: the later changes of runs, whoever made them, whenever they arrived."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbtrack.model import event
from nbtrack.model.ids import month_of
from nbtrack.store.lines.scan import scan
from nbtrack.store.system.disk import names

_NAME = re.compile(r"([0-9a-f]{12})-[0-9]{1,9}\.jsonl")
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")


def meta_writer(name: str) -> str | None:
    """Return whose file this is, or None when it is no file of the meta log."""
    found = _NAME.fullmatch(name)
    return found[1] if found else None


def months(folder: Path) -> list[str]:
    """Return the month folders there are, oldest first."""
    return sorted(name for name in names(folder) if _MONTH.fullmatch(name))


def changes(path: Path, offset: int = 0, having: bytes = b"") -> tuple[list[dict[str, Any]], int]:
    """Return the changes in a file from ``offset`` on, and the offset after them. What is damaged is passed over."""
    try:
        part = scan(path, offset, having=having)
    except OSError:
        return [], offset
    return [record for record in part.records if record.get("k") != event.HEAD and "run" in record], part.end


def changes_of(root: Path, run_id: str) -> Iterator[dict[str, Any]]:
    """Return the changes of one run. None is older than the run, so earlier months are not opened."""
    for month in months(root / "meta"):
        if month >= month_of(run_id):
            for name in sorted(names(root / "meta" / month)):
                if meta_writer(name) is not None:
                    found, _ = changes(root / "meta" / month / name, having=run_id.encode())
                    yield from (record for record in found if record["run"] == run_id)
