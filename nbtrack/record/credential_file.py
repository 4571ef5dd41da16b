"""Files that are known by their names to hold credentials, and are never kept with a run."""

import re
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
_PATHS: Final = re.compile(
    "(?:^|/)(?:{})$".format("|".join("[^/]*".join(map(re.escape, name.split("*"))) for name in _NAMES))
)


def is_named_for_credentials(path: str) -> bool:
    """Tell the same as ``holds_credentials`` by the path alone, in a microsecond: links are not followed.

    >>> [path for path in ("a/model.bin", "a/id_ecdsa", ".aws/config", "my.key/x") if is_named_for_credentials(path)]
    ['a/id_ecdsa', '.aws/config']
    """
    return _PATHS.search(path.replace("\\", "/").lower()) is not None


def holds_credentials(path: Path) -> bool:
    """Tell whether a file, or what it is a link to, is one that credentials are kept in.

    >>> [name for name in ("model.bin", "id_ecdsa", ".aws/config") if holds_credentials(Path(name))]
    ['id_ecdsa', '.aws/config']
    """
    places = {PurePosixPath(place.as_posix().lower()) for place in (path, path.absolute(), path.resolve())}
    return any(place.match(pattern) for place in places for pattern in _NAMES)
