"""What a page is told first: which store it sees, what may be done there, and who refuses the rest."""

from typing import Any, Final, Literal

from nbtrack.hosts.server.desk import Rights
from nbtrack.store.local import LocalStore

SERVER: Final = "server"
STORE: Final = "store"


def welcome(store: LocalStore, allowed: Rights) -> dict[str, Any]:
    """Return the first message of a conversation.

    Its ``rights`` are what can be done: what the server allows, in a store that takes records; a reproduction writes
    its verdict there. ``because`` says of each right that is missing whether the ``server`` or the ``store`` refuses,
    so that a page need not offer what cannot be.
    """
    takes = store.can_write()
    refusals = {name: _refusal(may, takes) for name, may in allowed._asdict().items()}
    return {
        "do": "welcome",
        "store": str(store.id or ""),
        "rights": {name: refusal is None for name, refusal in refusals.items()},
        "because": {name: refusal for name, refusal in refusals.items() if refusal is not None},
    }


def _refusal(may: bool, takes: bool) -> Literal["server", "store"] | None:  # noqa: FBT001 - as they stand above
    if not may:
        return SERVER
    return None if takes else STORE
