"""Packages that are edited in place: where their source is in the restored code, and what tells Python of them."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath

from nbtrack.reproduce.environment.recorded import Edited, Recorded


def source_folders(recorded: Recorded, root: Path) -> tuple[Path, ...]:
    """Return the folders below ``root``, the restored code, that packages edited in place had put on the path."""
    folders = (root / folder for folder in dict.fromkeys(_of_edited(recorded.edited)))
    return tuple(folder for folder in folders if folder.is_dir())


def metadata_folder(recorded: Recorded, into: Path) -> tuple[Path, ...]:
    """Return a folder with what makes packages edited in place known to ``importlib.metadata``; none without such."""
    texts = metadata_files(recorded)
    if not texts:
        return ()
    digest = sha256(repr(sorted(texts.items())).encode("utf-8", "replace")).hexdigest()[:24]
    folder = into / f"metadata-{digest}"
    for name, text in texts.items():
        file = folder / name
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8", errors="replace")
    return (folder,)


def metadata_files(recorded: Recorded) -> dict[str, str]:
    """Return the files that make packages edited in place known, by their paths."""
    return {f"{_record(each)}/{name}": text for each in recorded.edited.values() for name, text in _files(each)}


def _files(edited: Edited) -> Iterator[tuple[str, str]]:
    headers = edited.metadata or f"Metadata-Version: 2.1\nName: {edited.name}\nVersion: {edited.version}"
    yield "METADATA", headers.rstrip("\n") + "\n"
    yield "INSTALLER", "nbtrack\n"
    if edited.entry_points:
        yield "entry_points.txt", edited.entry_points


def _record(edited: Edited) -> str:
    return f"{edited.name.replace('-', '_')}-{edited.version}.dist-info"


def _of_edited(edited: Mapping[str, Edited]) -> Iterator[str]:
    """Yield where the packages inside the run's repository have put themselves on the path."""
    for each in edited.values():
        if each.within is not None:
            yield from (str(PurePosixPath(each.within, path)) for path in each.paths)
