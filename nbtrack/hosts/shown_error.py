"""The traceback of a cell as it is shown: without what is ours."""

import sys
from contextlib import suppress
from typing import Any

from nbtrack.capture.guard.deadline import CONTAINED
from nbtrack.capture.guard.fence import Fence
from nbtrack.capture.guard.own_line import cut
from nbtrack.hosts.tap import Method, Tap


def showing(shell: Any, fence: Fence) -> Tap:
    """Return what stands before the shell's ``showtraceback`` while nbtrack is loaded."""

    def around(original: Method, tap: Tap) -> Method:
        def showtraceback(*args: Any, **named: Any) -> Any:
            if tap.is_in:
                with suppress(*CONTAINED), fence.around("traceback"):  # it is shown, whatever is wrong with us
                    given = args[0] if args else named.get("exc_tuple")
                    error = given[1] if given else sys.exc_info()[1]
                    if error is not None:
                        cut(error)
            return original(*args, **named)

        return showtraceback

    return Tap(shell, "showtraceback", around)
