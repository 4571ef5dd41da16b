"""A client of SSH as small as fsspec's SFTP needs it, with a folder in place of the server.

Its ``connect`` takes what paramiko's takes and nothing else, so that an option that is no business of a connection is
found here as it would be there.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

_CONNECTING: Final = frozenset({
    "port", "username", "password", "pkey", "key_filename", "timeout", "allow_agent", "look_for_keys", "compress",
    "sock", "gss_auth", "gss_kex", "gss_deleg_creds", "gss_host", "banner_timeout", "auth_timeout", "channel_timeout",
    "gss_trust_dns", "passphrase", "disabled_algorithms", "transport_factory", "auth_strategy",
})  # fmt: skip


class SSHException(Exception):
    """What paramiko raises."""


class MissingHostKeyPolicy:
    """What is done with a host that is not known."""


class AutoAddPolicy(MissingHostKeyPolicy):
    """It is believed."""


class RejectPolicy(MissingHostKeyPolicy):
    """It is not."""


class WarningPolicy(MissingHostKeyPolicy):
    """It is believed, with a warning."""


class Files:
    """An SFTP session: paths of the server below a folder."""

    def __init__(self, root: Path, *, is_raced: bool = False) -> None:
        self.root = root
        self.is_raced = is_raced

    def _at(self, path: str) -> Path:
        assert path.startswith("/"), path
        return self.root / path.lstrip("/")

    def stat(self, path: str) -> os.stat_result:
        return self._at(path).stat()

    def mkdir(self, path: str, mode: int = 0o777) -> None:
        self._at(path).mkdir(mode)
        if self.is_raced:
            raise OSError("Failure")  # all that SFTP says of a folder that is there already

    def remove(self, path: str) -> None:
        self._at(path).unlink()

    def posix_rename(self, old: str, new: str) -> None:
        self._at(old).replace(self._at(new))

    def open(self, path: str, mode: str, bufsize: int = -1) -> Any:
        return self._at(path).open(mode)

    def listdir_iter(self, path: str) -> Iterator[Any]:
        for each in self._at(path).iterdir():
            status = each.lstat()
            told = {name: getattr(status, name) for name in dir(status) if name.startswith("st_")}
            yield type("Attributes", (), {**told, "filename": each.name})()


class Server:
    """A host that some clients know; ``connected`` is what was asked of each connection.

    While it ``is_raced``, each folder is made by somebody else a moment before.
    """

    def __init__(self, root: Path, host: str) -> None:
        self.root = root
        self.host = host
        self.known = {host}
        self.connected: list[dict[str, Any]] = []
        self.is_raced = False

    def module(self) -> ModuleType:
        """Return what is imported as ``paramiko``."""
        server, made = self, ModuleType("paramiko")

        class SSHClient:
            def __init__(self) -> None:
                self.known: set[str] = set()
                self.policy: MissingHostKeyPolicy = RejectPolicy()

            def load_system_host_keys(self) -> None:
                self.known |= server.known

            def set_missing_host_key_policy(self, policy: MissingHostKeyPolicy) -> None:
                self.policy = policy

            def connect(self, hostname: str, **asked: Any) -> None:
                unknown = asked.keys() - _CONNECTING
                if unknown:
                    raise TypeError(f"connect() got an unexpected keyword argument {min(unknown)!r}")
                if hostname != server.host:
                    raise OSError(f"no route to {hostname}")
                if hostname not in self.known and isinstance(self.policy, RejectPolicy):
                    raise SSHException(f"Server {hostname!r} not found in known_hosts")
                server.connected.append({"host": hostname, **asked})

            def open_sftp(self) -> Files:
                return Files(server.root, is_raced=server.is_raced)

        for each in (SSHClient, SSHException, MissingHostKeyPolicy, AutoAddPolicy, RejectPolicy, WarningPolicy):
            setattr(made, each.__name__, each)
        return made
