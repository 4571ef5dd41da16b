"""Where a store is pushed to and pulled from by default: names for addresses, in its ``config.toml``.

    [remotes]
    default = "s3://bucket/team"

Credentials are never in it. A program writes this one table and leaves the rest of the file as it is.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex
from typing import Final

from nbtrack.errors import StoreError, UsageError
from nbtrack.share.address import Address, address_of
from nbtrack.share.outgoing import ADDRESS
from nbtrack.share.seen import Seen
from nbtrack.store.folder import Folder
from nbtrack.store.local import LocalStore
from nbtrack.store.system.disk import create, flush, flush_folder, read, refuse_links, replace, unlink, write

FILE: Final = "config.toml"
DEFAULT: Final = "default"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LARGEST: Final = 1 << 20
_HEADER: Final = re.compile(r"^\s*\[\s*remotes\s*\]\s*(#.*)?$")
_TABLE: Final = re.compile(r"^\s*\[")


def remotes(store: LocalStore) -> dict[str, Address]:
    """Return the remembered remotes of a store by name.

    Raises:
        StoreError: the file cannot be read.
        UsageError: an address in it has credentials in it, or is none.
    """
    told = _load(store.path).get("remotes", {})
    if not isinstance(told, Mapping) or not all(isinstance(each, str) for each in told.values()):
        raise StoreError(f"{store.path / FILE}: [remotes] must have addresses by name")
    return {name: address_of(text) for name, text in told.items()}


def chosen(store: LocalStore, asked: str | os.PathLike[str] | None) -> Address:
    """Return the address that was asked for: a name, an address, or by default the remembered one.

    Raises:
        UsageError: none was asked for and none is remembered, or several are.
    """
    known = remotes(store)
    if asked is not None:
        return known.get(os.fspath(asked)) or address_of(asked)
    if DEFAULT in known or len(known) == 1:
        return known.get(DEFAULT) or next(iter(known.values()))
    if known:
        raise UsageError(f"there are several remotes ({', '.join(known)}); say which, or call one {DEFAULT!r}")
    raise UsageError("no remote is known; say where, or `nbtrack remote add default URL` once")


def is_remembered(store: LocalStore, asked: str | os.PathLike[str] | None) -> bool:
    """Tell whether an address was not typed, but stands in the store, which somebody else may have made."""
    return asked is None or os.fspath(asked) in remotes(store)


def add(store: LocalStore, name: str, url: str | os.PathLike[str]) -> Address:
    """Remember an address under a name, in place of one it may have had.

    Raises:
        UsageError: this is no name, or the address has credentials in it.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name[:80]!r} is no name of a remote; use letters, digits, - and _")
    address = address_of(url)
    Folder(store.path).prepare()
    known = remotes(store)
    _save(store.path, {**{key: str(each) for key, each in known.items()}, name: str(address)})
    seen = Seen(store.path, address)
    seen.accept([ADDRESS])
    seen.save()
    return address


def remove(store: LocalStore, name: str) -> Address:
    """Forget a remote; nothing that is there changes.

    Raises:
        UsageError: there is none of this name.
    """
    known = remotes(store)
    if name not in known:
        raise UsageError(f"no remote is called {name[:80]!r}; there is: {', '.join(known) or 'none'}")
    _save(store.path, {key: str(each) for key, each in known.items() if key != name})
    return known[name]


def _load(root: Path) -> dict[str, object]:
    try:
        return tomllib.loads(read(root / FILE, 0, _LARGEST).decode("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as problem:
        raise StoreError(f"{root / FILE} cannot be read: {problem}") from problem


def _save(root: Path, known: Mapping[str, str]) -> None:
    try:
        before = read(root / FILE, 0, _LARGEST).decode("utf-8")
    except FileNotFoundError:
        before = ""
    refuse_links(root, FILE)
    temporary = root / "tmp" / token_hex(8)
    fd = create(temporary)
    try:
        write(fd, _with_table(before, known).encode())
        flush(fd)
    finally:
        os.close(fd)
    try:
        replace(temporary, root / FILE)
    finally:
        unlink(temporary, missing_ok=True)
    flush_folder(root)


def _with_table(text: str, known: Mapping[str, str]) -> str:
    r"""Return a configuration with other remotes, and everything else as it was.

    >>> _with_table("a = 1\n[remotes]\nx = 'y'\n[b]\n", {"default": "s3://bucket"})
    'a = 1\n[b]\n[remotes]\ndefault = "s3://bucket"\n'
    """
    kept, is_ours = [], False
    for line in text.splitlines(keepends=True):
        if _TABLE.match(line):
            is_ours = _HEADER.match(line.rstrip("\n")) is not None
        if not is_ours:
            kept.append(line)
    rest = "".join(kept)
    if rest and not rest.endswith("\n"):
        rest += "\n"
    table = "".join(f"{name} = {json.dumps(text)}\n" for name, text in known.items())
    return f"{rest}[remotes]\n{table}" if known else rest
