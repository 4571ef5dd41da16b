"""Where a remote is: a folder, or a place that an address names - never with credentials in it."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nbtrack.errors import UsageError
from nbtrack.secret.address import clean_url

_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+(?=://)")
_ALMOST: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:/(?!/)")
_HERE: Final = frozenset({"", "localhost"})
_DRIVE: Final = re.compile(r"[a-zA-Z]:[\\/]")
_FOLDERS: Final = frozenset({"file", "local"})
_CREDENTIALS: Final = {
    "s3": "credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or `aws configure`",
    "gs": "credentials come from GOOGLE_APPLICATION_CREDENTIALS, or `gcloud auth application-default login`",
    "az": "credentials come from AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, or `az login`",
    "sftp": "the user and the key come from FSSPEC_SFTP_USERNAME and your SSH agent",
}
_SAME: Final = {"s3a": "s3", "gcs": "gs", "abfs": "az", "abfss": "az", "adl": "az", "ssh": "sftp"}
_NO_BUCKET: Final = frozenset({"memory"})


@dataclass(frozen=True, slots=True)
class Address:
    """Where a remote is; ``str`` of it may be shown to anybody.

    ``folder`` is the path of a local or shared folder, None for anything else; ``scheme`` the protocol as fsspec calls
    it, ``path`` what follows it.
    """

    scheme: str
    path: str
    folder: Path | None = None

    def __str__(self) -> str:
        """Return the address as it is told: there are no secrets in it."""
        return str(self.folder) if self.folder is not None else f"{self.scheme}://{self.path}"

    @property
    def kind(self) -> str:
        """The family of the protocol: ``s3``, ``gs``, ``az``, ``sftp``, or the protocol itself."""
        return _SAME.get(self.scheme, self.scheme)

    @property
    def leaves_machine(self) -> bool:
        """Whether what is sent there may be read by whoever has the address, and not only by who has the folder."""
        return self.folder is None and self.scheme != "memory"


def address_of(text: str | os.PathLike[str]) -> Address:
    """Return where a remote is.

    Args:
        text: the path of a folder, ``file:///path``, or an address that fsspec knows: ``s3://bucket/prefix``.

    Raises:
        UsageError: it holds credentials or parameters, names no place, or leads out of itself by ``..``.

    >>> address_of("s3://bucket/team/").path, address_of("/mnt/team").folder is not None
    ('bucket/team', True)
    """
    text = os.fspath(text).strip()
    found = _SCHEME.match(text)
    if not text or "\0" in text:
        raise UsageError("a remote is a folder or an address such as s3://bucket/prefix; this is empty")
    _refuse_near_misses(text)
    if found is None:
        return _folder(text)
    scheme, path = found[0].lower(), text[found.end() + 3 :]
    if scheme in _FOLDERS:
        return _folder(path.lstrip("/") if os.name == "nt" else _path_of(path, text))
    _refuse_secrets(scheme, path, text)
    parts = [part for part in path.split("/") if part]
    if ".." in parts or "." in parts:
        raise UsageError(f"{clean_url(text)} leads elsewhere by its dots; write the address it leads to")
    if _SAME.get(scheme, scheme) == "sftp" and parts[1:2] and parts[1].startswith("~"):
        raise UsageError(f"{clean_url(text)}: SFTP knows no ~; write the whole path: sftp://{parts[0]}/home/you/folder")
    if not parts:
        raise UsageError(f"{scheme}:// names no place; write {scheme}://{_example(scheme)}")
    return Address(scheme, ("/" if scheme in _NO_BUCKET else "") + "/".join(parts))


def _path_of(path: str, text: str) -> str:
    """Return the path in an address of a file (RFC 8089), which is of this machine."""
    host, _, rest = path.partition("/")
    if host.lower() not in _HERE:
        raise UsageError(f"{clean_url(text)} names another machine; write file:///folder, or the folder itself")
    return f"/{rest.lstrip('/')}"


def _refuse_near_misses(text: str) -> None:
    """What was meant as an address would become a folder called after it, and what is secret in it the name."""
    is_near = "://" in _SCHEME.sub("", text, count=1)[3:] or (_ALMOST.match(text) and not _DRIVE.match(text))
    if is_near:
        raise UsageError(
            f"{clean_url(text)} is no address and no likely folder; write one address, s3://bucket/prefix, or ./folder"
        )


def _folder(text: str) -> Address:
    return Address("file", text, Path(text).expanduser().absolute())


def _refuse_secrets(scheme: str, path: str, text: str) -> None:
    """An address is remembered, listed and told in errors: what opens a door must not stand in it."""
    authority = path.partition("/")[0]
    told = _CREDENTIALS.get(_SAME.get(scheme, scheme), "credentials come from the environment")
    if "@" in authority:
        raise UsageError(
            f"{clean_url(text)} was given with a user or password in it, which would be kept and shown; "
            f"leave it out: {told}"
        )
    if "?" in path or "#" in path:
        raise UsageError(f"{clean_url(text)} was given with parameters, which may be secret; leave them out: {told}")


def _example(scheme: str) -> str:
    return "host/folder" if _SAME.get(scheme, scheme) == "sftp" else "bucket/prefix"
