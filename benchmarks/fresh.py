"""A fresh Python process as people have it: its modules compiled by an earlier one, whatever the shell here says."""

import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path


def fresh(code: str, *arguments: str, folder: Path | None = None) -> str:
    """Run a program in a process of its own, here or in another folder, and return what it prints."""
    program = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(program, check=True, capture_output=True, text=True, env=_environment(), cwd=folder)
    return done.stdout


@cache
def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": _COMPILED.name}


_COMPILED = tempfile.TemporaryDirectory(prefix="nbtrack-compiled-")
