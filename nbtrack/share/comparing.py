"""Bytes on their way, compared, named and cut at whole lines, a few MiB at a time."""

from collections.abc import Iterable, Iterator
from typing import Any

from nbtrack.share.holder import CHUNK, Content
from nbtrack.store.objects.hashing import Sum, algorithm_of


def name_of(data: bytes, name: str) -> str:
    """Return what bytes are called as an object, by the algorithm that made ``name``."""
    summed = Sum(algorithm_of(name))
    summed.update(data)
    return summed.name


def same(first: Any, second: Any, size: int) -> bool:
    """Tell whether two streams of chunks have the same first ``size`` bytes."""
    one, other = _Stream(first), _Stream(second)
    while size > 0:
        count = min(size, CHUNK)
        if one.take(count) != other.take(count):
            return False
        size -= count
    return True


class _Stream:
    """Chunks of any sizes, taken as many bytes at a time as one likes."""

    def __init__(self, chunks: Any) -> None:
        self._chunks = iter(chunks)
        self._rest = b""

    def take(self, count: int) -> bytes:
        parts = [self._rest]
        have = len(self._rest)
        while have < count and (chunk := next(self._chunks, None)) is not None:
            parts.append(chunk)
            have += len(chunk)
        whole = b"".join(parts)
        self._rest = whole[count:]
        return whole[:count]


def whole_lines(at: str, content: Content) -> Content:
    """Return records without the torn line that a copy made elsewhere may end with; anything else as it is."""
    if not at.endswith(".jsonl"):
        return content
    tail = b""
    for chunk in content.chunks() if content.size <= CHUNK else ():
        tail = chunk
    if content.size > CHUNK:
        return Content(content.size, lambda: _untorn(content.chunks()))
    kept = tail[: tail.rfind(b"\n") + 1]
    return content if len(kept) == content.size else Content.of(kept)


def _untorn(chunks: Iterable[bytes]) -> Iterator[bytes]:
    tail = b""
    for chunk in chunks:
        whole = tail + chunk
        end = whole.rfind(b"\n") + 1
        if end:
            yield whole[:end]
        tail = whole[end:]
