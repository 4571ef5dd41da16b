"""``nbtrack du``: what takes the room, by kind, by run and by artifact."""

import os
from collections.abc import Container, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from nbtrack.model.document import ArtifactDocument, RunDocument
from nbtrack.model.ids import is_run_id
from nbtrack.store.objects.hashing import is_name
from nbtrack.store.objects.references import kept_data
from nbtrack.store.runs.packs import Packs

RECORDS: Final = "records"
HISTORIES: Final = "histories"
ARTIFACTS: Final = "artifacts"
CACHE: Final = "cache"
TRASH: Final = "trash"
OTHER: Final = "other"
KINDS: Final = (RECORDS, HISTORIES, ARTIFACTS, CACHE, TRASH, OTHER)
_TOPS: Final = {"runs": RECORDS, "meta": RECORDS, "packs": RECORDS, "cas": ARTIFACTS, "cache": CACHE, "trash": TRASH}
_BLOCK: Final = 512  # what st_blocks counts in, whatever the file system's own blocks are


class Size(NamedTuple):
    """Some files: how many, the bytes in them, and the bytes they take on the disk."""

    files: int = 0
    bytes: int = 0
    disk: int = 0

    def plus(self, other: "Size") -> "Size":
        """Return both together."""
        return Size(*map(sum, zip(self, other, strict=True)))


class RunUsage(NamedTuple):
    """What a run takes. ``own`` are the bytes of artifacts that no other run has: they go when it goes."""

    id: str
    name: str
    records: int
    histories: int
    artifacts: int
    own: int

    @property
    def size(self) -> int:
        """All of it."""
        return self.records + self.histories + self.artifacts


class ArtifactUsage(NamedTuple):
    """An object that runs have as an artifact, or as data: the names they gave it, and which runs, the newest last."""

    hash: str
    size: int
    names: tuple[str, ...]
    runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """What a store takes, with its runs and artifacts, the largest first. ``artifacts`` counts all objects."""

    kinds: dict[str, Size]
    runs: list[RunUsage]
    artifacts: list[ArtifactUsage]

    @property
    def total(self) -> Size:
        """All of it."""
        total = Size()
        for size in self.kinds.values():
            total = total.plus(size)
        return total


def usage(root: Path, documents: Iterable[RunDocument]) -> Usage:
    """Measure a store. ``documents`` are its runs, as ``Store.runs().everything`` has them."""
    documents = list(documents)
    kinds = dict.fromkeys(KINDS, Size())
    there: set[str] = set()
    by_run: dict[str, dict[str, int]] = {}
    for place, status in _walk(root):
        size = Size(1, status.st_size, getattr(status, "st_blocks", -(-status.st_size // _BLOCK)) * _BLOCK)
        kind = _TOPS.get(place.parts[0], OTHER)
        if place.parts[0] == "runs":
            kind = _kind_of(place.name)
            _count(by_run, place.parts[2] if len(place.parts) > 3 else "", kind, status.st_size)
        if kind == ARTIFACTS:
            there.add("".join(place.parts[2:]))
        kinds[kind] = kinds[kind].plus(size)
    _share_packs(root, kinds, by_run)
    artifacts = _artifacts(documents, there)
    held = {each.hash: len(each.runs) for each in artifacts}
    runs = [_run(document, by_run.get(document["id"], {}), held) for document in documents]
    runs.sort(key=lambda each: (-each.size, each.id))
    return Usage(kinds, runs, artifacts)


def _walk(root: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            with suppress(OSError):  # gone meanwhile
                yield path.relative_to(root), path.lstat()


def _kind_of(name: str) -> str:
    """Histories are the files of points: segments and the blocks made of them."""
    return HISTORIES if name.startswith("m") else RECORDS


def _count(by_run: dict[str, dict[str, int]], run_id: str, kind: str, size: int) -> None:
    if is_run_id(run_id):
        counts = by_run.setdefault(run_id, {})
        counts[kind] = counts.get(kind, 0) + size


def _share_packs(root: Path, kinds: dict[str, Size], by_run: dict[str, dict[str, int]]) -> None:
    """Packs were counted as records; the part of them that is histories goes where it belongs."""
    packs = Packs(root)
    moved = 0
    for name in packs.names():
        for run_id, files in packs.open(name).runs.items():
            for file in files:
                kind = _kind_of(file.name)
                _count(by_run, run_id, kind, file.size)
                moved += file.size if kind == HISTORIES else 0
    kinds[RECORDS] = kinds[RECORDS].plus(Size(0, -moved, -moved))
    kinds[HISTORIES] = kinds[HISTORIES].plus(Size(0, moved, moved))


def _artifacts(documents: Iterable[RunDocument], there: Container[str]) -> list[ArtifactUsage]:
    """Return those that are in the store: others were collected, or came from a clone without their bytes."""
    sizes: dict[str, int] = {}
    names: dict[str, dict[str, None]] = {}
    runs: dict[str, dict[str, None]] = {}
    for document in documents:
        for name, digest, size in _held(document):
            if digest.rpartition(":")[2] not in there:
                continue
            sizes[digest] = size
            names.setdefault(digest, {})[name] = None
            runs.setdefault(digest, {})[document["id"]] = None
    found = [ArtifactUsage(digest, size, tuple(names[digest]), tuple(runs[digest])) for digest, size in sizes.items()]
    return sorted(found, key=lambda each: (-each.size, each.hash))


def _held(document: RunDocument) -> Iterator[tuple[str, str, int]]:
    """Yield name, hash and bytes of what a run keeps: its artifacts, and the data it was given."""
    for artifact in document["artifacts"]:
        yield artifact["name"], _hash(artifact), _bytes(artifact)
    for entry in kept_data(document["data"]):
        digest = f"blake3:{entry['blake3']}" if "blake3" in entry else entry.get("sha256")
        size = entry.get("size")
        if isinstance(digest, str) and is_name(digest):
            yield str(entry.get("path")), digest, size if isinstance(size, int) else 0


def _hash(artifact: ArtifactDocument) -> str:
    return artifact.get("sha256") or f"blake3:{artifact.get('blake3', '')}"


def _bytes(artifact: ArtifactDocument) -> int:
    """A folder takes what its files take, and its manifest."""
    return artifact["size"] + artifact.get("total", 0)


def _run(document: RunDocument, counts: dict[str, int], held: dict[str, int]) -> RunUsage:
    sizes = {digest: size for _, digest, size in _held(document) if digest in held}
    own = sum(size for digest, size in sizes.items() if held[digest] == 1)
    records, histories = counts.get(RECORDS, 0), counts.get(HISTORIES, 0)
    return RunUsage(document["id"], document["name"], records, histories, sum(sizes.values()), own)
