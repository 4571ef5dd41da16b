"""Files that are known by their names to hold credentials, and are never kept with a run."""

from pathlib import Path, PurePosixPath
from typing import Final

_NAMES: Final = (
    ".env*",
    ".netrc",
    "_netrc",
    ".pypirc",
    ".pgpass",
    ".npmrc",
    ".git-credentials",
    ".git/config",
    ".docker/config.json",
    ".kube/config",
    ".aws/*",
    ".ssh/*",
    ".gnupg/*",
    "huggingface/token",
    "id_rsa*",
    "id_dsa*",
    "id_ecdsa*",
    "id_ed25519*",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "kaggle.json",
    "credentials*",
)


def holds_credentials(path: Path) -> bool:
    """Tell whether a file, or what it is a link to, is one that credentials are kept in.

    >>> [name for name in ("model.bin", "id_ecdsa", ".aws/config") if holds_credentials(Path(name))]
    ['id_ecdsa', '.aws/config']
    """
    places = {PurePosixPath(place.as_posix().lower()) for place in (path, path.absolute(), path.resolve())}
    return any(place.match(pattern) for place in places for pattern in _NAMES)
