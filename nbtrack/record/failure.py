"""What an exception says, asked in a way that survives the exception: its text is the code of whoever raised it."""

import traceback
from collections.abc import Callable
from typing import Final

from nbtrack.model.tagged import Json
from nbtrack.record.cutting import head, tail
from nbtrack.record.unasked import class_name

_MESSAGE: Final = 2000  # characters kept
_TRACEBACK: Final = 16_000


def failure(error: BaseException, text: str | None = None) -> dict[str, Json]:
    """Return the ``error`` event of an exception, secrets removed. ``text``: its traceback, where one is made already.

    Never raises, whatever the exception's ``__str__``, ``__notes__`` or ``__cause__`` do.
    """
    name = class_name(type(error)).rpartition(".")[2]
    message = _asked(lambda: str(error), f"<{name} without a readable message>")
    trace = text if text is not None else _asked(lambda: "".join(traceback.format_exception(error)), "")
    if not trace:
        trace = _asked(lambda: "".join(traceback.format_tb(error.__traceback__)), "") + f"{name}: {message}\n"
    return {"type": name, "message": head(message, _MESSAGE), "traceback": tail(trace, _TRACEBACK)}


def _asked(question: Callable[[], str], otherwise: str) -> str:
    try:
        answer = question()
        return answer if type(answer) is str else str.__str__(answer)
    except BaseException:  # noqa: BLE001 - anything may come out of a user's __str__, SystemExit too
        return otherwise
