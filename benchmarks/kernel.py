"""A real kernel, asked to run cells as a front end asks, and the time each took inside it."""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Around all that ipykernel does for a cell until it replies: hooks, the display of the card, and sending what was
# printed, for which it waits; but not the way to and fro.
_TIMED = """
import json as _json, time as _time
_spent = []
def _time_cells():
    handlers = get_ipython().kernel.shell_handlers
    execute = handlers["execute_request"]
    async def timed(*args, **more):
        started = _time.perf_counter()
        try:
            return await execute(*args, **more)
        finally:
            _spent.append((_time.perf_counter() - started) * 1e3)
    handlers["execute_request"] = timed
_time_cells()
"""


class Kernel:
    """A kernel in a folder, with what ``env`` adds to the environment."""

    def __init__(self, folder: Path, env: Mapping[str, str] | None = None) -> None:
        from jupyter_client.manager import start_new_kernel

        variables = {**os.environ, "IPYTHONDIR": str(folder / ".ipython"), **(env or {})}
        self.manager, self.client = start_new_kernel(
            kernel_name="python3", cwd=str(folder), env=variables, extra_arguments=["--log-level=ERROR"]
        )
        self.run(_TIMED)

    def run(self, code: str) -> str:
        """Run a cell and return what it printed."""
        printed: list[str] = []

        def hear(message: Any) -> None:
            if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                printed.append(message["content"]["text"])

        reply = self.client.execute_interactive(code, timeout=600, output_hook=hear)
        if reply["content"]["status"] != "ok":
            raise RuntimeError("\n".join(reply["content"]["traceback"]))
        return "".join(printed)

    def milliseconds(self, code: str, times: int = 1, pause: float = 0) -> list[float]:
        """Run a cell some times in a row, after as many seconds each, and return how long the kernel took over it."""
        for _ in range(times):
            time.sleep(pause)
            self.run(code)
        took: list[float] = json.loads(self.run(f"print(_json.dumps(_spent[-{times}:]))"))
        return took

    def stop(self) -> None:
        """End it."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
