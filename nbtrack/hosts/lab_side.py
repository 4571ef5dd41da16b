"""Whether JupyterLab shows runs: which half of nbtrack's extension is installed for the Jupyter of this environment."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

PAGE: Final = "nbtrack-labextension"
SERVER: Final = "nbtrack"
_REPAIR: Final = "pip install --force-reinstall --no-deps nbtrack (in a checkout: make labextension, which needs node)"


def lab_side() -> Iterator[str]:
    """Say what there is, in lines; one of them where all is well, none where Jupyter is not installed."""
    try:
        from jupyter_core.paths import jupyter_config_path, jupyter_path  # noqa: PLC0415 - Jupyter need not be there
    except ImportError:
        return
    yield from told(map(Path, jupyter_path("labextensions")), [*map(Path, jupyter_config_path())])


def told(extensions: Iterable[Path], configs: Iterable[Path]) -> Iterator[str]:
    """Say it of the folders in which Jupyter looks, those that count first."""
    configs = list(configs)
    page = any((folder / PAGE / "package.json").is_file() for folder in extensions)
    server = _is_enabled(configs)
    if page and _is_disabled(configs):
        yield "JupyterLab: the runs panel is disabled; jupyter labextension enable nbtrack-labextension"
    elif page and server:
        yield "JupyterLab: the runs panel and its server side are installed"
    if not page:
        yield f"JupyterLab: the runs panel is not built, so runs are shown in cells only; {_REPAIR}"
    if page and not server:
        yield f"JupyterLab: the panel's server side is not enabled; jupyter server extension enable {SERVER}"


def _is_enabled(configs: Iterable[Path]) -> bool:
    """The first file that says something of it decides, as in Jupyter."""
    for folder in configs:
        files = [folder / "jupyter_server_config.json", *sorted(_in(folder / "jupyter_server_config.d"))]
        for file in files:
            said = _member(_json(file), "ServerApp", "jpserver_extensions", SERVER)
            if said is not None:
                return bool(said)
    return False


def _is_disabled(configs: Iterable[Path]) -> bool:
    for folder in (*configs, Path(sys.prefix) / "share" / "jupyter" / "lab" / "settings"):
        file = folder / "page_config.json" if folder.name == "settings" else folder / "labconfig" / "page_config.json"
        said = _member(_json(file), "disabledExtensions")
        if isinstance(said, dict) and PAGE in said:
            return bool(said[PAGE])
        if isinstance(said, list) and PAGE in said:
            return True
    return False


def _in(folder: Path) -> list[Path]:
    try:
        return list(folder.glob("*.json"))
    except OSError:
        return []


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _member(found: Any, *names: str) -> Any:
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found
