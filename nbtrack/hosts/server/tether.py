"""A process that does not outlive the one that started it, however that one went: killed, too.

Between the two is a pipe, as the standard input of the one that was started. Nothing is ever written to it; its other
end is closed with the process that has it, by every system, and that is heard here.
"""

import os
import signal
import threading
import time
from contextlib import suppress
from typing import Final

_PATIENCE: Final = 5.0  # seconds to clean up in, once interrupted


def tether() -> None:
    """Have this process interrupted when whoever started it is gone, and ended when it does not go by itself.

    What it starts has no standard input, as if it had none itself.
    """
    pipe = os.dup(0)  # which nobody else is handed
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    threading.Thread(target=_hold, args=(pipe,), name="nbtrack-tether", daemon=True).start()


def _hold(pipe: int) -> None:
    with suppress(OSError):  # on a terminal that went
        while os.read(pipe, 1):
            pass
    _signal(signal.SIGINT)
    time.sleep(_PATIENCE)
    _signal(getattr(signal, "SIGKILL", signal.SIGTERM))


def _signal(number: int) -> None:
    """Tell this process; and with it all that it started, where it leads a group of its own."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, number)
    else:
        os.kill(os.getpid(), number)
