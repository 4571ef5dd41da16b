"""From a name in a filter to its values, one a run."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from nbtrack.model.condition import WORDS
from nbtrack.query.nearest import OPEN_SPACES
from nbtrack.query.syntax import ATTRIBUTES, RUN, Name

if TYPE_CHECKING:
    from nbtrack.store.index.table import RunsTable

MOMENTS: Final = ("started", "ended")

# Tags MLflow writes itself, for stores where they are not tags.
_MLFLOW_TAGS: Final = {
    "mlflow.runName": Name(RUN, "name"),
    "mlflow.note.content": Name(RUN, "note"),
    "mlflow.source.name": Name(RUN, "notebook"),
    "mlflow.source.git.commit": Name("code", "commit"),
    "mlflow.source.git.branch": Name("code", "branch"),
}


def values_of(table: "RunsTable", name: Name) -> Sequence[Any]:
    """Return the values of ``name`` in row order, None where a run has none."""
    name = _meant(table, name)
    if name.space == RUN:
        return _conditions(table, name.key) if name.key in WORDS else table.column(name.key)
    head = _holder(table, name)
    if head in {None, name.key}:
        return table.column(name.space, name.key)
    path = name.key[len(head or "") + 1 :]
    return [_inside(value, path) for value in table.column(name.space, head)]


def numbers_of(table: "RunsTable", name: Name) -> Sequence[float] | None:
    """Return the same when all are numbers, with NaN where a run has none; None when some are anything else."""
    name = _meant(table, name)
    if name.space == RUN and name.key in WORDS:
        return None
    if name.space != RUN and _holder(table, name) not in {None, name.key}:
        return None
    return table.floats(RUN, name.key) if name.space == RUN else table.floats(name.space, name.key)


def _conditions(table: "RunsTable", word: str) -> list[bool]:
    """Return whether the word is among those of each run's condition."""
    seen = {text: word in str(text) for text in dict.fromkeys(table.column("condition"))}
    return [seen[text] for text in table.column("condition")]


def is_known(table: "RunsTable", name: Name) -> bool:
    """Tell whether asking for ``name`` makes sense here.

    What people name themselves must be in some run, unless there are none. The keys of ``hardware``, ``code``,
    ``environment`` and ``cell`` depend on the machine: a store filled without a GPU may be asked for one.
    """
    name = _meant(table, name)
    if name.space == RUN:
        return name.key in ATTRIBUTES
    return name.space not in OPEN_SPACES or not table.documents or _holder(table, name) is not None


def moment_text(value: Any) -> str:
    """Return ``started`` or ``ended`` as ISO 8601 in UTC, which is what patterns see."""
    return datetime.fromtimestamp(value / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _meant(table: "RunsTable", name: Name) -> Name:
    if name.space == "tags" and name.key in _MLFLOW_TAGS and name.key not in table.names("tags"):
        return _MLFLOW_TAGS[name.key]
    return name


def _holder(table: "RunsTable", name: Name) -> str | None:
    """Return the recorded key that holds ``name``: itself, or ``model`` for the ``lr`` inside a dict ``model``."""
    names = table.names(name.space)
    head = name.key
    while head not in names:
        head, dot, _ = head.rpartition(".")
        if not dot:
            return None
    return head


def _inside(value: Any, path: str) -> Any:
    """Return what stands at a dotted path inside nested mappings, where keys may hold dots themselves."""
    if not isinstance(value, Mapping):
        return None
    if path in value:
        return value[path]
    head = path
    while "." in head:
        head = head.rpartition(".")[0]
        if head in value:
            return _inside(value[head], path[len(head) + 1 :])
    return None
