"""What Tab offers on our magics' lines: options, switches, the names runs have, and their ids."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nbtrack.capture.asked.line import completions

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbtrack.store.base import Store

_OURS = re.compile(r"\s*(%%track|%track|%runs|%compare|%diff|%report|%reproduce|%export|%restore)\s+(?:.*\s)?(\S*)$")
_OF_RUNS = frozenset({"%diff", "%reproduce", "%export", "%restore"})
_MOST = 200


class Completion:
    """A matcher for IPython's completer; on lines that are not ours it offers nothing and is in nobody's way."""

    matcher_identifier = "nbtrack"
    matcher_api_version = 2

    def __init__(self, store: "Callable[[], Store]") -> None:
        self._store = store
        self.__qualname__ = "nbtrack.Completion"  # IPython reads it of every matcher, also of those with an identifier

    def __call__(self, context: Any) -> dict[str, Any]:
        """Return what may stand at the cursor, as IPython's version 2 matchers do."""
        from IPython.core.completer import SimpleCompletion  # noqa: PLC0415 - only under IPython

        line = context.full_text.split("\n")[context.cursor_line][: context.cursor_position]
        found = _OURS.match(line)
        words = self._words(found.group(1), found.group(2)) if found else []
        if found is None or not words:
            return {"completions": []}
        return {
            "completions": [SimpleCompletion(text=word, type="nbtrack") for word in words],
            "matched_fragment": found.group(2),
            "suppress": True,
            "ordered": True,
        }

    def _words(self, magic: str, typed: str) -> list[str]:
        try:
            if magic in {"%%track", "%track"}:
                return completions(magic, typed) if typed.startswith("-") or magic == "%track" else []
            return [word for word in self._known(magic) if word.startswith(typed)][:_MOST]
        except Exception:  # noqa: BLE001 - a store that cannot be read has nothing to offer, and Tab must not fail
            return []

    def _known(self, magic: str) -> list[str]:
        table = self._store().runs()
        ids = [run_id.rpartition("-")[2] for run_id in reversed(table.column("id"))]
        if magic in _OF_RUNS:
            return ids
        names = [f"{space}.{name}" for space in ("metrics", "params", "tags") for name in table.names(space)]
        return [*(name for name in names if re.fullmatch(r"[\w.]+", name)), "order by", "limit", *ids]
