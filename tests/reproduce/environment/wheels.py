"""Tiny wheels, built by hand: what a test installs is made where it is needed, and no index is asked."""

import base64
import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

_TAG = "py3-none-any"
_YEAR = (1980, 1, 1, 0, 0, 0)


def wheel(folder: Path, name: str, version: str, *, says: str = "", needs: Sequence[str] = ()) -> Path:
    """Make the wheel of a package with one module of its name (PEP 427); the same arguments make the same bytes."""
    module = name.replace("-", "_")
    record = f"{module}-{version}.dist-info"
    files = {
        f"{module}/__init__.py": says or f"__version__ = {version!r}\n",
        f"{record}/METADATA": metadata(name, version, needs),
        f"{record}/WHEEL": f"Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: {_TAG}\n",
    }
    files[f"{record}/RECORD"] = "".join(map(_line, files.items())) + f"{record}/RECORD,,\n"
    made = folder / f"{module}-{version}-{_TAG}.whl"
    with zipfile.ZipFile(made, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path, _YEAR), text)
    return made


def metadata(name: str, version: str, needs: Sequence[str] = ()) -> str:
    """Return the text of a package's ``METADATA``."""
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" + "".join(
        f"Requires-Dist: {n}\n" for n in needs
    )


def record_of(made: Path) -> bytes:
    """Return the ``RECORD`` inside a wheel."""
    with zipfile.ZipFile(made) as archive:
        return archive.read(next(name for name in archive.namelist() if name.endswith("/RECORD")))


def sha256(made: Path) -> str:
    """Return the hash that a lock file has of a wheel."""
    return hashlib.sha256(made.read_bytes()).hexdigest()


def _line(file: tuple[str, str]) -> str:
    path, text = file
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(text)}\n"
