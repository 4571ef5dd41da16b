"""Which runs the meta log has as deleted."""

from pathlib import Path
from typing import Any, Final

from nbtrack.model import event
from nbtrack.store.lines.record import decode
from nbtrack.store.runs.metascan import meta_writer, months
from nbtrack.store.system.disk import names, read

_SIGN: Final = b'"delete"'
_Order = tuple[int, str, int]


class Deletions:
    """The last word on each run, from as much of one or more meta logs as it was shown.

    >>> from nbtrack.store.lines.record import encode
    >>> run = "20261121t101530-7k3m9q2x"
    >>> found = Deletions()
    >>> found.take(encode({"k": "delete", "run": run, "v": True, "w": "9f2c1ab47d03", "n": 1, "l": 4}))
    >>> found.deleted == {run}
    True
    >>> found.take(encode({"k": "delete", "run": run, "v": False, "w": "9f2c1ab47d03", "n": 2, "l": 5}))
    >>> found.deleted == set()
    True
    """

    def __init__(self) -> None:
        self._last: dict[str, tuple[_Order, bool]] = {}

    @property
    def deleted(self) -> set[str]:
        """The ids of the runs that are deleted."""
        return {run_id for run_id, (_, is_deleted) in self._last.items() if is_deleted}

    def copy(self) -> "Deletions":
        """Return another that knows as much."""
        other = Deletions()
        other._last.update(self._last)
        return other

    def take(self, content: bytes) -> None:
        """Take in lines of a meta log."""
        for line in content.split(b"\n"):
            record = decode(line).record if _SIGN in line else {}
            if record.get("k") == event.DELETE and isinstance(record.get("run"), str):
                mark = _order(record), record.get("v") is True
                self._last[record["run"]] = max(mark, self._last.get(record["run"], mark))

    def read(self, root: Path) -> None:
        """Take in the meta log of the store in a folder."""
        for month in months(root / "meta"):
            for name in names(root / "meta" / month):
                if meta_writer(name):
                    self.take(read(root / "meta" / month / name))


def _order(record: dict[str, Any]) -> _Order:
    clock, number = record.get("l"), record.get("n")
    return (
        clock if isinstance(clock, int) else 0,
        str(record.get("w")),
        number if isinstance(number, int) else 0,
    )
