"""What the system says when it takes no record, in our words."""

import errno
from pathlib import Path
from typing import Final

from nbtrack.errors import StoreError, StoreFull, StoreReadOnly

_FULL: Final = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT})
_GONE: Final = frozenset({errno.ENOENT, errno.ENOTDIR})
_READ_ONLY: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def refused(error: OSError, folder: Path) -> StoreError:
    """Return what to raise when the system does not take a record."""
    if error.errno in _FULL:
        return StoreFull(
            f"no room left for records in {folder} ({error.strerror}); free some and do the same again: "
            "what is there is whole"
        )
    if error.errno in _GONE and not folder.exists():
        return StoreError(f"{folder} does not take records: the folder is gone")
    if error.errno in _READ_ONLY:
        return StoreReadOnly(f"{folder} cannot be written ({error.strerror})")
    return StoreError(f"{folder} does not take records: {error.strerror}")
