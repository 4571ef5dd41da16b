"""What an environment is made with on this machine: uv or pip, the person's own index, how long to wait."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from nbtrack.errors import EnvironmentMissing
from nbtrack.reproduce.environment.index_settings import NO_INDEX, for_uv
from nbtrack.reproduce.landlock import abi
from nbtrack.secret.address import without_home
from nbtrack.secret.redact import redact

_OF_ANOTHER: Final = (  # of the environment we run in, or of the person's own project
    *(
        "VIRTUAL_ENV",
        "CONDA_PREFIX",
        "PYTHONPATH",
        "PYTHONHOME",
        "PYTHONSTARTUP",
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_USER",
    ),
    *("UV_PROJECT_ENVIRONMENT", "UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_TARGET", "UV_PREFIX", "UV_CONSTRAINT"),
    *("UV_OVERRIDE", "UV_EXCLUDE", "UV_REQUIRE_HASHES", "UV_NO_VERIFY_HASHES", "UV_RESOLUTION", "UV_PRERELEASE"),
    *(
        "UV_COMPILE_BYTECODE",
        "UV_LINK_MODE",
        "PIP_REQUIRE_VIRTUALENV",
        "PIP_NO_DEPS",
        "PIP_CONSTRAINT",
        "PIP_REQUIREMENT",
    ),
)
_URL: Final = re.compile(r"(?:https?|file|git\+\w+)://[^\s`'\"<>)]+")
_PATH: Final = re.compile(r"(?<![\w./~])[/~](?:[^\s/`'\":]+/)+([^\s/`'\":]*)")  # of a folder or file, but for its name
_MARKS: Final = re.compile(r"^(?:[^\w(\['\"`-]+|error: *|cause: *|Caused by: *|ERROR: *)+")
_KNOWN: Final = ("No solution found", "Using Python", "Resolved ", "warning: ", "WARNING: ")
_REASONS: Final = (  # what uv and pip say, and what it means
    ("not found in the cache", "it is not in uv's cache, and the network is not used"),
    ("not found in the package registry", "no index knows it"),
    ("there is no version of", "no index has this version"),
    ("No matching distribution found", "no index has this version"),
    ("has no wheels with a matching", "no index has a file of it for this machine and Python"),
    ("dns error", "the index cannot be reached"),
    ("invalid peer certificate", "the certificate of the index is not trusted; set SSL_CERT_FILE"),
)
_LONGEST: Final = 600


@dataclass(frozen=True, slots=True)
class Means:
    """What there is to make environments with.

    Args:
        uv: the program; without it ``python -m venv`` and pip do the same, forty times slower.
        offline: nothing is fetched; what is not in uv's cache or a folder named by the person cannot be had.
        seconds: how long one step may take.
        hardlinks: whether files may be shared with uv's cache. Only where a replay cannot write to them: a package that
            is edited in place would be damaged for every environment on the machine.
        compiled: whether what was installed is compiled, once this process ends and nobody waits.
        variables: the process environment; its index settings, certificates and proxies are used as they are.
    """

    uv: Path | None = None
    offline: bool = False
    seconds: float = 900.0
    hardlinks: bool = False
    compiled: bool = True
    variables: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    @classmethod
    def here(cls, *, offline: bool = False) -> "Means":
        """Return what this machine has."""
        return cls(uv=find_uv(), offline=offline, hardlinks=abi() > 0)

    @property
    def away(self) -> "Means":
        """The same without the network."""
        return replace(self, offline=True)

    def looking_in(self, folders: Sequence[str]) -> "Means":
        """The same, with more folders that wheels are looked for in."""
        now = self.environment()
        uv = ",".join(filter(None, [now.get("UV_FIND_LINKS", ""), *folders]))
        pip = " ".join(filter(None, [now.get("PIP_FIND_LINKS", ""), *folders]))
        return replace(self, variables={**now, "UV_FIND_LINKS": uv, "PIP_FIND_LINKS": pip})

    def call_uv(self, *arguments: str, text: str | None = None) -> str:
        """Return what uv prints.

        Raises:
            EnvironmentMissing: it fails or takes too long; the message is uv's own, without addresses.
        """
        assert self.uv is not None  # noqa: S101 - only asked where there is uv
        words = [str(self.uv), *arguments, "--no-progress", "--color", "never"]
        if arguments[0] == "pip" and self.environment().get(NO_INDEX, "") not in ("", "0", "false"):
            words.append("--no-index")
        return self._call([*words, *(["--offline"] if self.offline else [])], "uv", text)

    def call_python(self, python: Path, *arguments: str) -> str:
        """Return what a Python prints; raises as ``call_uv``."""
        return self._call([str(python), *arguments], arguments[1] if arguments[:1] == ("-m",) else "python", None)

    def _call(self, words: Sequence[str], what: str, text: str | None) -> str:
        options: dict[str, Any] = {"env": self.environment(), "encoding": "utf-8", "errors": "replace"}
        streams: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        try:
            with subprocess.Popen(words, **options, **streams, start_new_session=True) as process:  # noqa: S603 - fixed options; names and versions were checked when they were read
                try:
                    printed, said = process.communicate(text, timeout=self.seconds)
                except BaseException:
                    _end(process)
                    raise
        except subprocess.TimeoutExpired:
            raise EnvironmentMissing(f"{what} took longer than {self.seconds:g} s and was stopped; try again") from None
        except OSError as problem:
            raise EnvironmentMissing(f"{what} could not be started: {problem.strerror}") from None
        if process.returncode:
            raise EnvironmentMissing(plain(said or printed) or f"{what} failed ({process.returncode})")
        return str(printed)

    def environment(self) -> dict[str, str]:
        """Return the variables that tools are started with."""
        mine = {name: value for name, value in self.variables.items() if name not in _OF_ANOTHER}
        return {**mine, **for_uv(mine), "PYTHONDONTWRITEBYTECODE": "1", "UV_PYTHON_DOWNLOADS": "never"}


def _end(process: "subprocess.Popen[str]") -> None:
    """End a process with all that it has started: what builds a package may run on for long."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def find_uv() -> Path | None:
    """Return where uv is: the package's own program first, then the one on PATH."""
    try:
        from uv import find_uv_bin  # noqa: PLC0415 - optional

        return Path(find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
        return Path(found) if found else None


def plain(text: str) -> str:
    r"""Return what a tool said as a person may read it and a record may keep it: no addresses, credentials, own paths.

    >>> plain("error: No solution found\n  cause: Because a was not found at https://me:pw@index.example/simple/a/")
    'Because a was not found at the index'
    >>> plain("error: Failed to read /srv/wheels/a-1.0.whl")
    'Failed to read a-1.0.whl'
    """
    lines = [_MARKS.sub("", line.strip()) for line in text.splitlines() if not line.strip().startswith("hint")]
    said = [line for line in lines if line and not line.startswith(_KNOWN)]
    for pattern, words in _REASONS:
        if any(pattern in line for line in said):
            return words
    told = _PATH.sub(r"\1", _URL.sub("the index", "; ".join(said or lines)[:_LONGEST]))
    return redact(without_home(told))[0]
