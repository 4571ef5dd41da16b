"""The other side of an exchange, whatever it is: a folder that others share, or a place behind an address."""

import os
from typing import Any

from nbtrack.errors import RemoteError, UsageError
from nbtrack.share.address import Address
from nbtrack.share.holder import Holder
from nbtrack.share.refusing import missing_extra, refusal
from nbtrack.share.remote import Remote
from nbtrack.share.retrying import Asking
from nbtrack.share.sftp import sftp
from nbtrack.share.stored import StoreHolder
from nbtrack.store.discovery import open_store
from nbtrack.store.local import LocalStore


def other_side(address: Address, local: LocalStore, asking: Asking) -> Holder:
    """Return who holds what is exchanged with ``local``; nothing is asked of it yet.

    Raises:
        UsageError: it is this very store.
        RemoteError: nobody here speaks its protocol.
    """
    if address.folder is None:
        return open_remote(address, asking)
    other = open_store(address.folder)
    if other.path.resolve() == local.path.resolve():
        raise UsageError(f"{address} is this store itself; name another folder")
    return StoreHolder(other)


def open_remote(address: Address, asking: Asking) -> Remote:
    """Return the remote at an address; nothing is asked of it yet.

    Raises:
        RemoteError: the package that speaks its protocol is missing, or no such protocol is known.
    """
    files = file_system(address)
    kind: type[Remote] = Remote
    if address.kind == "s3":
        from nbtrack.share.remote_s3 import RemoteS3  # noqa: PLC0415 - what only S3 can do

        kind = RemoteS3
        files.retries = 2  # s3fs tries on its own, botocore in each of these, and Asking around both
    return kind(address, files, asking)


def file_system(address: Address) -> Any:
    """Return the file system that speaks an address' protocol; nothing is asked of it yet.

    Raises:
        RemoteError: the package that speaks its protocol is missing, or no such protocol is known.
    """
    import fsspec  # noqa: PLC0415 - only who has a remote needs it

    try:
        if address.kind == "sftp":
            return sftp(address)
        return fsspec.filesystem(address.scheme, **_options(address))
    except ImportError as error:
        raise missing_extra(address, error) from error
    except ValueError as error:
        raise RemoteError(f"{address}: {address.scheme}:// is no protocol that fsspec knows") from error
    except Exception as error:
        raise refusal(error, address) from error


def _options(address: Address) -> dict[str, Any]:
    """Listings that were kept from before would hide what others did; a file system may remember old credentials."""
    if address.scheme == "memory":
        return {}
    own: dict[str, Any] = {}
    if address.kind == "s3":
        own = {"config_kwargs": {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 2}}}
    elif address.kind == "az" and not _says_whether_anonymous():
        own = {"anon": False}  # adlfs is nobody unless it is told otherwise, and `az login` would count for nothing
    return {"use_listings_cache": False, "skip_instance_cache": True, **own}


def _says_whether_anonymous() -> bool:
    """Tell whether the person decided, in the environment or in fsspec's configuration."""
    from fsspec.config import conf  # noqa: PLC0415 - same as fsspec

    return "AZURE_STORAGE_ANON" in os.environ or any("anon" in conf.get(name, {}) for name in ("az", "abfs", "abfss"))
