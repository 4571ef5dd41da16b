"""Whether the table of all runs, index and all, says what the records say."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nbtrack.errors import NbtrackError, RunNotFound
from nbtrack.store.check.finding import Finding
from nbtrack.store.local import LocalStore
from nbtrack.store.runs.run_files import run_place
from nbtrack.store.system.disk import names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbtrack.model.document import RunDocument

_CAREFUL: Final = 100  # differences that are looked at twice


class IndexAudit:
    """The table of all runs as an ordinary question gets it, to be held against the records.

    Without an index there is nothing to compare: the table would be made from the records.
    """

    def __init__(self, root: Path) -> None:
        self._store = LocalStore(root)
        self._careful = _CAREFUL
        self._problem = ""
        self._documents: Sequence[RunDocument] = ()
        self._rows: dict[str, int] = {}
        self._there = any(name.startswith("index-") for name in names(root / "cache"))
        if self._there:
            self._look()

    def _look(self) -> None:
        """Find the runs in the table; their documents are read one by one when their turn comes."""
        self._documents, self._rows = (), {}
        try:
            everything = self._store.runs().everything
        except (OSError, NbtrackError) as error:
            self._problem = f"the table of all runs cannot be made: {error}"
            return
        self._documents = everything
        for at in range(len(everything)):
            rows, row = everything.place(at)
            self._rows[rows.age(row)[1]] = at

    def difference(self, run_id: str, replay: "Callable[[], RunDocument | None]") -> list[Finding]:
        """Return a finding when the table says of a run what its records do not, which are then replayed."""
        if not self._there or self._known(run_id) == (replayed := replay()):
            return []
        if self._careful:  # it may have changed since the table was made: look at both again
            self._careful -= 1
            self._look()
            with suppress(RunNotFound):
                replayed = self._store.read(run_id)
            if self._known(run_id) == replayed:
                return []
        return [Finding("index", _contrast(self._known(run_id), replayed), "cache", run=run_id)]

    def _known(self, run_id: str) -> "RunDocument | None":
        row = self._rows.get(run_id)
        return None if row is None else self._documents[row]

    def others(self, ids: set[str]) -> list[Finding]:
        """Return findings for the runs that only the index has."""
        text = "a run that the index has and the store does not"
        more = self._rows.keys() - ids
        gone = [run_id for run_id in sorted(more) if not (self._store.path / run_place(run_id)).is_dir()]
        table = [Finding("index", self._problem, "cache")] if self._problem else []
        return [*table, *(Finding("index", text, "cache", run=run_id) for run_id in gone)]


def _contrast(known: "RunDocument | None", true: "RunDocument | None") -> str:
    if known is None or true is None:
        return "a run that the index has and the records do not" if known else "a run that the index does not have"
    members = [name for name in true if known.get(name) != true[name]]  # type: ignore[literal-required]  # its own keys
    return f"the index says something else than the records about {', '.join(members) or 'the run'}"
