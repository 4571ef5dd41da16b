"""Which opened files are nobody's data: parts of Python, of libraries, of the system and of tools, caches, temporaries.

Left out, wherever they lie: code and compiled code, fonts, notebooks, files of credentials (even the hash of a short
secret gives it away), what an installed package says of itself, and what is in a folder of a tool (``.git``,
``.nbtrack``, ``__pycache__``, ``site-packages``, ``.ipynb_checkpoints``, ``.dvc``, …). Left out unless the notebook
itself lies in the same place: the system's folders, Python's own, the folders for temporary files, caches
(``~/.cache``, matplotlib's), and the settings of Jupyter.
"""

import os
import re
import site
import sys
import sysconfig
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Final

from nbtrack.record.credential_file import holds_credentials

_CODE: Final = (".py", ".pyc", ".pyo", ".pyi", ".pyd", ".so", ".dll", ".dylib", ".ipynb")
_SCRIPTS: Final = (".py", ".ipynb")
_FONTS: Final = (".ttf", ".otf", ".ttc", ".afm", ".pfb", ".woff", ".woff2")
_NEVER: Final = (*_CODE, *_FONTS)
_DEVICES: Final = ("/proc/", "/sys/", "/dev/", "\\\\.\\")
_TOOLS: Final = re.compile(
    r"[/\\](?:\.git|\.hg|\.svn|\.nbtrack|\.dvc|__pycache__|site-packages|dist-packages|node_modules|\.ipynb_checkpoints"
    r"|\.ipython|\.jupyter|\.matplotlib|\.mypy_cache|\.ruff_cache|\.pytest_cache|\.virtual_documents|\.vscode|\.idea"
    r"|\.conda|\.Trash[^/\\]*|[^/\\]*\.(?:dist|egg)-info)[/\\]"
)
_SETTINGS: Final = re.compile(r"[/\\]\.keras[/\\]keras\.json$")  # beside data sets that were downloaded
_SYSTEM: Final = (
    *(
        "/etc",
        "/usr",
        "/usr/lib",
        "/usr/share",
        "/usr/local/lib",
        "/usr/local/share",
        "/bin",
        "/sbin",
        "/lib",
        "/lib64",
    ),
    *("/run/user", "/run/systemd", "/run/secrets", "/boot", "/System", "/Library"),
)
_TEMPORARY: Final = re.compile(r"[/\\]tmp[a-z0-9_]{8}(?![a-z0-9_])")  # as the tempfile module names them
_MAYBE_CREDENTIALS: Final = re.compile(
    r"env|netrc|pypirc|pgpass|npmrc|git|docker|kube|aws|ssh|gnupg|token|id_|pem|key|p12|pfx|kaggle|credential",
    re.IGNORECASE,
)


def is_never_data(path: str) -> bool:
    """Tell at once, by its name alone, that a file is no data: code, fonts, devices and Python's own files."""
    return path.endswith(_NEVER) or path.startswith(_elsewhere_always())


def may_be_script(path: str) -> bool:
    """Tell by its name that a file is code that a cell may have run without importing it: ``%run``, ``exec``."""
    return path.endswith(_SCRIPTS) and not path.startswith(_elsewhere_always()) and not _TOOLS.search(path)


class Places:
    """Where the data of a notebook can be. Made once for a run, whose cells may have opened ten thousand files."""

    def __init__(self, folder: str, store: str | None = None) -> None:
        """Both are absolute; nothing is looked up on disk.

        Args:
            folder: where the notebook lies.
            store: the folder of the store, which is never data.
        """
        self._others = _not_around(folder, store, _settings())
        self._temporary = _temporary(tempfile.gettempdir())
        self._folder = folder
        self._own = _beginning(folder)

    def have(self, path: str) -> bool:
        """Tell whether a file, told by its absolute path, can be data of the notebook."""
        if is_never_data(path) or path.startswith(self._others):
            return False
        own = path[len(self._folder) :] if path.startswith(self._own) else path  # it may lie in such a folder itself
        return not (_TOOLS.search(own) or _SETTINGS.search(path) or _is_credentials(path) or self._is_temporary(path))

    def _is_temporary(self, path: str) -> bool:
        """A notebook in the folder for temporary files may have data there as well, but not those of ``tempfile``."""
        if path.startswith(self._temporary):
            each = next(filter(path.startswith, self._temporary))
            named = _TEMPORARY.match(path, len(each) - len(os.sep))
            here = _beginning(self._folder).startswith(each)
            return not here or (named is not None and not _is_at(self._folder, path[: named.end()]))
        return False


def is_inside(path: str, folder: str) -> bool:
    """Tell whether a path is below a folder, by their names."""
    return path.startswith(_beginning(folder))


def _beginning(folder: str) -> str:
    """Return how the paths below a folder begin."""
    return folder if folder.endswith(os.sep) else folder + os.sep


def _is_at(path: str, folder: str) -> bool:
    return path == folder or is_inside(path, folder)


def _is_credentials(path: str) -> bool:
    return _MAYBE_CREDENTIALS.search(path) is not None and holds_credentials(Path(path))


@lru_cache(maxsize=1)
def _elsewhere_always() -> tuple[str, ...]:
    """Return where devices, Python and its packages are, as the beginnings of paths."""
    paths = sysconfig.get_paths()
    found = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib", "include") if name in paths}
    found |= {site.getusersitepackages(), *(getattr(site, "getsitepackages", list)())}
    found |= {os.path.realpath(each) for each in found}
    return (*_DEVICES, *(each + os.sep for each in sorted(found) if len(each) > 1))


def _settings() -> tuple[str | None, ...]:
    names = (
        "XDG_CACHE_HOME MPLCONFIGDIR IPYTHONDIR JUPYTER_CONFIG_DIR JUPYTER_DATA_DIR JUPYTER_RUNTIME_DIR CONDA_PREFIX"
    )
    return (os.path.expanduser("~"), *map(os.environ.get, names.split()))  # noqa: PTH111 - text in, text out


@lru_cache(maxsize=4)
def _elsewhere(settings: tuple[str | None, ...]) -> tuple[str, ...]:
    """Return the folders whose files are not a notebook's, unless it lies there itself."""
    home, *named = settings
    own = (".cache", ".config", ".local/share", ".local/lib", ".ipython", ".jupyter", "Library/Caches", "AppData/Local")
    found = [*_SYSTEM, sys.prefix, sys.base_prefix, *(each for each in named if each)]
    found += [os.path.join(home or "", *each.split("/")) for each in own]  # noqa: PTH118 - text in, text out
    return tuple(dict.fromkeys(os.path.normpath(each) for each in found if len(each) > 1))


@lru_cache(maxsize=8)
def _not_around(folder: str, store: str | None, settings: tuple[str | None, ...]) -> tuple[str, ...]:
    """Return how the paths begin in such a folder, where the notebook's is not in it, and in the store."""
    others = [each for each in _elsewhere(settings) if not _is_at(folder, each)]
    return tuple(map(_beginning, others if store is None else [*others, store]))


@lru_cache(maxsize=4)
def _temporary(folder: str) -> tuple[str, ...]:
    """Return how the paths of temporary files begin."""
    places = [folder, "/tmp", "/var/tmp", "/private/tmp"] if os.sep == "/" else [folder]  # noqa: S108 - not written to
    return tuple(map(_beginning, dict.fromkeys([*places, os.path.realpath(folder)])))
