"""A fresh Python process as people have it: its modules compiled by an earlier one, whatever the shell here says."""

import os
import subprocess
import sys
import tempfile
from functools import cache


def fresh(code: str, *arguments: str) -> str:
    """Run a program in a process of its own and return what it prints."""
    program = [sys.executable, "-c", code, *arguments]
    return subprocess.run(program, check=True, capture_output=True, text=True, env=_environment()).stdout


@cache
def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": _COMPILED.name}


_COMPILED = tempfile.TemporaryDirectory(prefix="nbtrack-compiled-")
