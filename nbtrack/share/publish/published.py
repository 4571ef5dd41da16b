"""What publishing did."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Published:
    """Where a file went.

    ``place`` is where it is kept, ``address`` what a person opens (the same, where nothing better is known), ``commit``
    and ``branch`` what was made in a repository, ``pushed`` whether it left this machine, ``command`` what is still to
    be run to publish it, and ``note`` what else is worth knowing.
    """

    place: str
    address: str
    commit: str = ""
    branch: str = ""
    pushed: bool = True
    command: str = ""
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON (``docs/json-format.md``)."""
        return {name: getattr(self, name) for name in self.__slots__}

    def __repr__(self) -> str:
        """Return the address, and what is still to be done."""
        lines = [f"published: {self.address}" if self.pushed else f"committed to {self.branch}: {self.commit[:10]}"]
        lines += [f"to push it: {self.command}"] if self.command else []
        lines += [f"then: {self.address}"] if not self.pushed and self.address != self.place else []
        return "\n".join([*lines, *([self.note] if self.note else [])])
