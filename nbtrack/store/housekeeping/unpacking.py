"""Taking runs out of packs: they are loose again before the pack goes that had them, and the others have a new one."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from secrets import token_hex

from nbtrack.errors import StoreError
from nbtrack.model.ids import month_of
from nbtrack.store.housekeeping.maintenance import Lock
from nbtrack.store.housekeeping.packing import digest_of, forget, write_pack
from nbtrack.store.runs.packs import Pack, Packs, RunFile, pack_name
from nbtrack.store.system.disk import (
    create,
    flush,
    flush_folder,
    make_folders,
    refuse_links,
    replace,
    unlink,
    write,
)


def take_out(root: Path, run_ids: Collection[str], lock: Lock) -> None:
    """Make packed runs loose, and rewrite the packs that have them without them.

    A crash anywhere leaves runs both loose and packed: readers count each record once.

    Raises:
        StoreError: a pack is damaged, or what was read back is not what was written; nothing was removed.
    """
    packs = Packs(root)
    for name in packs.names():
        pack = packs.open(name)
        going = [run_id for run_id in pack.runs if run_id in run_ids]
        if not going:
            continue
        _check(pack)
        for run_id in going:
            for file in pack.runs[run_id]:
                _loosen(root, run_id, file)
        staying = [(run_id, files) for run_id, files in pack.runs.items() if run_id not in run_ids]
        lock.check()
        if staying:
            _rewrite(root, pack, staying)
        unlink(pack.path, missing_ok=True)
        flush_folder(packs.folder)


def _check(pack: Pack) -> None:
    parts = pack_name(pack.path.name)
    if not pack.whole or parts is None or not digest_of(pack.path).startswith(parts.digest):
        raise StoreError(f"{pack.path} is damaged; nothing is taken out of it before `nbtrack fsck --repair`")


def _loosen(root: Path, run_id: str, file: RunFile) -> None:
    folder = root / "runs" / month_of(run_id) / run_id
    refuse_links(root, *folder.relative_to(root).parts)
    make_folders(folder)
    content = file.read()
    target = folder / file.name
    if target.exists():
        if target.read_bytes() == content:
            return
        raise StoreError(f"{target} and {file.path} differ; `nbtrack fsck` says more")
    temporary = root / "tmp" / f"pack-{token_hex(8)}"
    _write(temporary, content)
    replace(temporary, target)
    flush_folder(folder)
    if target.read_bytes() != content:
        raise StoreError(f"{target} was read back with other bytes than were written; is the disk failing?")


def _write(path: Path, content: bytes) -> None:
    make_folders(path.parent)
    fd = create(path)
    try:
        write(fd, content)
        flush(fd)
        forget(fd)
    finally:
        os.close(fd)


def _rewrite(root: Path, old: Pack, staying: Sequence[tuple[str, Sequence[RunFile]]]) -> None:
    parts = pack_name(old.path.name)
    month = parts.month if parts else ""
    temporary = root / "tmp" / f"pack-{token_hex(8)}"
    fd = create(temporary)
    try:
        try:
            digest = write_pack(fd, month, ((run_id, list(files)) for run_id, files in staying))
            flush(fd)
            forget(fd)
        finally:
            os.close(fd)
        new = Pack(temporary)
        same = digest_of(temporary) == digest and new.whole and [*new.runs] == [run_id for run_id, _ in staying]
        for run_id, files in staying if same else ():
            same = same and [(f.name, f.read()) for f in new.runs[run_id]] == [(f.name, f.read()) for f in files]
        if not same:
            raise StoreError(f"{old.path.name} was read back with other bytes than were written; nothing was removed")
        temporary.chmod(0o444)
        replace(temporary, old.path.with_name(f"{month}-{digest[:16]}.jsonl"))
    finally:
        unlink(temporary, missing_ok=True)
    flush_folder(old.path.parent)
