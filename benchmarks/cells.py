"""What ``%%track`` adds to a cell, timed inside a real kernel: large namespace, large repository, many packages."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.row import Row

FILES = 2_000
_SETUP = """
%load_ext nbtrack
import json, statistics, time
import numpy as np
big = np.ones(25_000_000)                      # 200 MB
globals().update({f"name_{i}": i for i in range(500)})
ip = get_ipython()

def median_ms(cell, times):
    spent = []
    for _ in range(times):
        started = time.perf_counter()
        ip.run_cell(cell)
        spent.append((time.perf_counter() - started) * 1e3)
    return statistics.median(spent)

def beside(plain, tracked, times=60):
    for cell in (plain, tracked):
        median_ms(cell, 5)
    return median_ms(plain, times), median_ms(tracked, times)
"""


def rows() -> Iterator[Row]:
    """Yield the rows."""
    with tempfile.TemporaryDirectory() as folder:
        _repository(Path(folder))
        kernel = _Kernel(Path(folder))
        try:
            kernel.run(_SETUP)
            plain, tracked = kernel.value('beside("pass", "%%track\\npass")')
            cost = tracked - plain
            name = f"%%track on a no-op cell ({FILES} files, 200 MB array, 500 names)"
            yield Row(name, cost, "ms", f"plain cell {plain:.2f} ms", None, "<= 5 ms (aim 2)", cost <= 5)
            source = "\\n".join(f"x{i} = float({i})" for i in range(10))
            plain, tracked = kernel.value(f'beside("{source}", "%%track\\n{source}")')
            yield Row(
                "%%track on a cell with 10 metrics", tracked - plain, "ms", f"plain cell {plain:.2f} ms", None, "", None
            )
            plain, tracked = kernel.value('beside("pass", "pass # untracked, extension loaded")')
            yield Row(
                "an untracked cell with the extension loaded",
                tracked,
                "ms",
                f"plain cell {plain:.2f} ms",
                None,
                "",
                None,
            )
        finally:
            kernel.stop()


def _repository(folder: Path) -> None:
    for number in range(FILES):
        (folder / f"part{number // 100}").mkdir(exist_ok=True)
        (folder / f"part{number // 100}" / f"file{number}.py").write_text(f"x = {number}\n")
    who = ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid"]
    for arguments in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "files"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)


class _Kernel:
    """A kernel in a folder, asked to run code and give back JSON."""

    def __init__(self, folder: Path) -> None:
        from jupyter_client.manager import start_new_kernel

        env = {**os.environ, "IPYTHONDIR": str(folder / ".ipython")}
        self.manager, self.client = start_new_kernel(
            kernel_name="python3", cwd=str(folder), env=env, extra_arguments=["--log-level=ERROR"]
        )

    def run(self, code: str) -> str:
        printed: list[str] = []

        def hear(message: Any) -> None:
            if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                printed.append(message["content"]["text"])

        reply = self.client.execute_interactive(code, timeout=300, output_hook=hear)
        if reply["content"]["status"] != "ok":
            raise RuntimeError("\n".join(reply["content"]["traceback"]))
        return "".join(printed)

    def value(self, expression: str) -> Any:
        return json.loads(self.run(f"print(json.dumps({expression}))").splitlines()[-1])

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
