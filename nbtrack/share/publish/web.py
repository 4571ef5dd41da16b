"""Which address a person opens in a browser for a place that programs write to."""

import re
from typing import Any, Final
from urllib.parse import quote, urlsplit

from nbtrack.secret.address import clean_url
from nbtrack.share.address import Address

_SCP: Final = re.compile(r"(?:[\w.-]+@)?([\w.-]+):(?!//)(.+)")


def opened_at(address: Address, files: Any = None) -> str:
    """Return what a browser opens for a file behind an address, as far as that can be known; who may is not known.

    >>> from nbtrack.share.address import address_of
    >>> opened_at(address_of("s3://team-reports/2026/lr sweep.html"))
    'https://team-reports.s3.amazonaws.com/2026/lr%20sweep.html'
    >>> opened_at(address_of("gs://team/a.html"))
    'https://storage.googleapis.com/team/a.html'
    """
    if address.folder is not None:
        return address.folder.as_uri()
    bucket, _, key = quote(address.path).partition("/")
    match address.kind:
        case "s3":
            return _s3(bucket, key, _endpoint(files).rstrip("/"))
        case "gs":
            return f"https://storage.googleapis.com/{bucket}/{key}"
        case "az" if isinstance(name := getattr(files, "account_name", None), str) and name:
            return f"https://{name}.blob.core.windows.net/{bucket}/{key}"
    return str(address)


def _s3(bucket: str, key: str, endpoint: str) -> str:
    endpoint = endpoint or "https://s3.amazonaws.com"
    is_amazon = endpoint.endswith((".amazonaws.com", ".amazonaws.com.cn"))
    if is_amazon and "." not in bucket:  # a bucket with dots matches no certificate as a host
        return f"{endpoint.replace('://', f'://{bucket}.', 1)}/{key}"
    return f"{endpoint}/{bucket}/{key}"


def _endpoint(files: Any) -> str:
    """Return the server of an S3, without credentials; the one that was connected to knows best."""
    kwargs = getattr(files, "client_kwargs", None)
    connected = getattr(getattr(getattr(files, "_s3", None), "meta", None), "endpoint_url", None)
    asked = getattr(files, "endpoint_url", None) or (kwargs.get("endpoint_url") if isinstance(kwargs, dict) else None)
    found = connected or asked
    return clean_url(found) if isinstance(found, str) else ""


def pages_address(remote: str, path: str) -> str:
    """Return where GitHub or GitLab show a file of a repository's pages; empty where the remote is neither.

    >>> pages_address("git@github.com:ada/engine.git", "runs/a.html")
    'https://ada.github.io/engine/runs/a.html'
    >>> pages_address("https://gitlab.com/lab/team/engine.git", "a.html")
    'https://lab.gitlab.io/team/engine/a.html'
    >>> pages_address("https://github.com/ada/ada.github.io", "a.html"), pages_address("/srv/x.git", "a.html")
    ('https://ada.github.io/a.html', '')
    """
    host, place = _host_and_path(remote)
    owner, _, name = place.removesuffix("/").removesuffix(".git").strip("/").partition("/")
    ending = {"github.com": "github.io", "gitlab.com": "gitlab.io"}.get(host)
    if ending is None or not owner or not name:
        return ""
    site = f"{owner.lower()}.{ending}"
    folder = "" if name.lower() == site else f"{quote(name)}/"
    return f"https://{site}/{folder}{quote(path)}"


def _host_and_path(remote: str) -> tuple[str, str]:
    if "://" in remote:
        parts = urlsplit(remote)
        return (parts.hostname or "").lower(), parts.path
    found = _SCP.fullmatch(remote)
    return (found[1].lower(), found[2]) if found else ("", "")
