"""Publishing a file to a folder or to any place that fsspec reaches, whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from nbtrack.errors import RemoteError, UsageError
from nbtrack.export.whole_file import replace_files
from nbtrack.share.address import Address, address_of
from nbtrack.share.opening import file_system
from nbtrack.share.publish.published import Published
from nbtrack.share.publish.web import opened_at
from nbtrack.share.refusing import refusal

_TYPE: Final = "text/html; charset=utf-8"
_OPTIONS: Final = {
    "s3": {"ContentType": _TYPE},
    "gs": {"content_type": _TYPE},
}
_RENAMING: Final = frozenset({"sftp", "ftp", "smb", "hdfs", "webhdfs"})  # a reader could see half a file
_PAGES: Final = (".html", ".htm")


def publish_to(content: bytes, name: str, target: str | os.PathLike[str]) -> Published:
    """Put a file where ``target`` says, and return where a person opens it.

    Args:
        content: the bytes.
        name: what the file is called where the target is a folder: one that is there, or ends with ``/``.
        target: a folder, a file's path, or an address such as ``s3://bucket/reports/``.

    Raises:
        UsageError: the target cannot be understood, or its local folder is not there.
        RemoteError: the place cannot be reached or written.
        FileNotWritten: the local file cannot be written; what was there is untouched.
    """
    text = os.fspath(target)
    address = address_of(text)
    is_folder = text.endswith(("/", "\\")) or not text.lower().endswith(_PAGES)
    if address.folder is not None:
        return _to_folder(content, address.folder / name if address.folder.is_dir() or is_folder else address.folder)
    address = Address(address.scheme, f"{address.path}/{name}") if is_folder else address
    files = file_system(address)
    try:
        _put(files, address, content)
    except Exception as error:
        raise refusal(error, address, "publishing") from error
    return Published(str(address), opened_at(address, files))


def _to_folder(content: bytes, path: Path) -> Published:
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {str(path.parent)[:200]!r}; make it first, or name another")
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise UsageError(f"{str(path)[:200]!r} is there and is no plain file; name another")
    replace_files({path: content})
    with suppress(OSError):
        path.chmod(0o644)  # it is there to be read by others
    return Published(str(path), opened_at(address_of(path)))


def _put(files: Any, address: Address, content: bytes) -> None:
    path = files._strip_protocol(str(address))  # noqa: SLF001 - its documented name
    with suppress(NotImplementedError, AttributeError):
        files.makedirs(path.rpartition("/")[0], exist_ok=True) if address.kind in {*_RENAMING, "memory"} else None
    if address.kind not in _RENAMING:
        files.pipe_file(path, content, **_OPTIONS.get(address.kind, {}))
    else:
        _renamed(files, path, content)
    if files.info(path).get("size") not in (None, len(content)):
        raise RemoteError(f"{address}: what is there now is not what was sent; publish it again")


def _renamed(files: Any, path: str, content: bytes) -> None:
    part = f"{path}.{token_hex(8)}.part"
    try:
        files.pipe_file(part, content)
        files.mv(part, path)
    except BaseException:
        with suppress(Exception):
            files.rm_file(part)
        raise
