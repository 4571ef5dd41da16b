"""Generated Python as a person would have it: formatted and sorted by ruff where there is one, plain where not."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

_RULES: Final = "E,F,I,B,UP"
_FIXED: Final = "I,UP,E7,W"
_SECONDS: Final = 30
_PLACE: Final = "\n\n\n"


def tidy(source: str, python: str) -> str:
    """Return a file formatted, its imports sorted and old forms renewed; as it is where ruff is not installed.

    Rules that the cells themselves do not keep are switched off for this file, in one line below its docstring: what a
    person wrote stays as it was.

    Args:
        source: valid Python.
        python: the version to write for, as ``3.11``.
    """
    ruff = _ruff()
    if ruff is None:
        return _plain(source)
    target = f"py{''.join(python.split('.')[:2])}"
    target = target if re.fullmatch(r"py3(?:7|8|9|1[0-9])", target) else "py311"
    common = ["--isolated", "--target-version", target, "--stdin-filename", "exported.py", "-"]
    fixed = _asked([ruff, "check", "--fix-only", "--quiet", "--select", _FIXED, *common], source)
    text = _asked([ruff, "format", "--quiet", *common], fixed or source) or _plain(source)
    codes = _asked([ruff, "check", "--select", _RULES, "--output-format", "concise", *common], text, ok=(0, 1)) or ""
    broken = sorted(set(re.findall(r"^\S+:\d+:\d+: ([A-Z]+\d+)", codes, re.MULTILINE)))
    return _quiet(text, broken) if broken else text


def _ruff() -> str | None:
    beside = Path(sys.executable).with_name("ruff.exe" if sys.platform == "win32" else "ruff")
    return str(beside) if beside.is_file() else shutil.which("ruff")


def _asked(command: list[str], source: str, ok: tuple[int, ...] = (0,)) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - ruff, with fixed arguments
            command, input=source, capture_output=True, text=True, encoding="utf-8", timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return None
    return done.stdout if done.returncode in ok else None


def _quiet(text: str, codes: list[str]) -> str:
    """Put one line below the docstring that says which rules the cells do not keep."""
    line = f"# ruff: noqa: {', '.join(codes)}\n"
    end = text.find('"""', 3)
    place = text.find("\n", end) + 1 if text.startswith('"""') and end > 0 else 0
    return f"{text[:place]}{line}{text[place:]}"


def _plain(source: str) -> str:
    """Return a text without trailing blanks, and without more than two empty lines in a row."""
    lines = "\n".join(line.rstrip() for line in source.split("\n")) if '"""' not in source[3:] else source
    while "\n\n\n\n" in lines:
        lines = lines.replace("\n\n\n\n", _PLACE)
    return lines.strip("\n") + "\n"
