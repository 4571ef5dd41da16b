"""Runs as a store has them, made without a notebook: what was recorded is given, record by record."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbtrack
from nbtrack.model import event
from nbtrack.store.base import Store

Listing = dict[str, tuple[Any, ...]]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def recorded(
    store: Store, *, code: Mapping[str, Any] | None = None, data: list[Any] | None = None, notebook: object = None
) -> nbtrack.Run:
    """Return a run with these records."""
    with nbtrack.start_run("recorded", store=store) as opened:
        opened.log(loss=0.5)
    if code is not None:
        store.annotate(opened.id, event.CODE, dict(code))
    if data is not None:
        store.annotate(opened.id, event.DATA, data)
    run = nbtrack.run(opened.id, store=store)
    run.document["notebook"] = str(notebook) if notebook is not None else None
    return run


def read(path: str, content: bytes, **more: Any) -> dict[str, Any]:
    """Return what is recorded of a file that was read."""
    return {"kind": "file", "path": path, "mode": "read", "size": len(content), "sha256": sha256(content), **more}


def listing(folder: Path) -> Listing:
    """Return everything about everything below a folder that a careless tool might change; times of access excepted."""
    found: Listing = {}
    for where, folders, names in os.walk(folder):
        for name in [*folders, *names]:
            path = Path(where, name)
            status = path.lstat()
            content = sha256(path.read_bytes()) if path.is_file() and not path.is_symlink() else ""
            about = (
                status.st_mode,
                status.st_ino,
                status.st_nlink,
                status.st_size,
                status.st_mtime_ns,
                status.st_ctime_ns,
            )
            found[path.relative_to(folder).as_posix()] = (*about, content)
    return found
