"""Whether the file system under a store does what maintenance relies on. Recording and reading rely on less."""

import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from nbtrack.errors import StoreError
from nbtrack.store.system.disk import (
    create,
    make_folder,
    make_folders,
    names,
    read,
    remove_folder,
    rename,
    unlink,
    write,
)


def probe(root: Path) -> None:
    """Try in ``tmp/`` what maintenance relies on; some network and cloud folders only pretend to do it.

    Raises:
        StoreError: one thing is not so; the message says which. Recording and reading go on all the same.
        OSError: the store cannot be written here at all.
    """
    folder = root / "tmp" / token_hex(8)
    make_folders(folder)
    try:
        failing = _failing(folder)
    finally:
        _clear(folder)
    if failing:
        raise StoreError(
            f"the file system under {root} cannot be trusted with maintenance: {failing}. Runs are recorded and read "
            "here as before; copy the store to a local disk to pack, collect or repair it"
        )


def _failing(folder: Path) -> str | None:
    one, two = folder / "one", folder / "two"
    _put(one, b"first", b"second")
    with suppress(FileExistsError):
        os.close(create(one))
        return "a name can be created twice"
    if read(one) != b"firstsecond":
        return "what was appended to a file is not what is read from it"
    rename(one, two)
    if names(folder) != ["two"] or read(two) != b"firstsecond":
        return "a renamed file is not under its new name, and only there"
    for name in ("held", "wanted"):
        make_folder(folder / name)
        _put(folder / name / "owner", name.encode())
    with suppress(OSError):
        rename(folder / "wanted", folder / "held")
        return "a folder can be put in the place of another that is not empty"
    return None


def _put(path: Path, *contents: bytes) -> None:
    fd = create(path)
    try:
        for content in contents:
            write(fd, content)
    finally:
        os.close(fd)


def _clear(folder: Path) -> None:
    """Remove what was tried; what cannot be removed lies in ``tmp/``, where it is nobody's."""
    for name in names(folder):
        path = folder / name
        with suppress(OSError):
            if path.is_dir():
                for inner in names(path):
                    unlink(path / inner)
                remove_folder(path)
            else:
                unlink(path)
    with suppress(OSError):
        remove_folder(folder)
