"""SFTP as nbtrack speaks it: with fsspec's file system, and only with hosts whose keys the person's SSH knows."""

from typing import Any
from urllib.parse import urlsplit

from nbtrack.share.address import Address


def sftp(address: Address) -> Any:
    """Connect to the host of an address. User and port may stand in fsspec's configuration, the keys in an SSH agent.

    Options that fsspec gives other file systems must not come along: it hands all of them to the connection.
    """
    place = urlsplit(f"sftp://{address.path}")
    port = {"port": place.port} if place.port else {}
    return _known_hosts()(host=place.hostname or "", skip_instance_cache=True, **port)


def _known_hosts() -> Any:
    """Return fsspec's file system, which would take any key that a host shows: whoever sits between gets the runs."""
    import paramiko  # noqa: PLC0415 - of an extra; so is what fsspec imports
    from fsspec.implementations.sftp import SFTPFileSystem  # noqa: PLC0415 - same

    class KnownHosts(SFTPFileSystem):  # type: ignore[misc]  # fsspec has no types
        def _connect(self) -> None:
            self.client = paramiko.SSHClient()
            self.client.load_system_host_keys()
            self.client.set_missing_host_key_policy(paramiko.RejectPolicy())
            self.client.connect(self.host, **self.ssh_kwargs)
            self.ftp = self.client.open_sftp()

    return KnownHosts
