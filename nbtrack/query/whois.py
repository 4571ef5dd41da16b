"""Where a file comes from: the runs that wrote, read or keep these very bytes, whatever the file is called by now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Final, cast

from nbtrack.query.file_hashes import FileHashes, Naming, file_hashes
from nbtrack.query.plugged import html, kept_notebook
from nbtrack.query.runs import opened_store
from nbtrack.query.traces import MADE, Knowing, Trace, Traces
from nbtrack.store.base import Store
from nbtrack.store.objects.folders import keep_folder
from nbtrack.store.objects.hashing import name_of

LISTED: Final = 20  # runs that are told one by one
_SIMILAR: Final = 5
VERBS: Final = {
    "wrote": "wrote",
    "read": "read",
    "kept": "keeps",
    "showed": "showed",
    "ran": "ran",
    "mentions": "mentions",
}


@dataclass(frozen=True, slots=True, repr=False)
class Whois:
    """What the runs of a store know of a file.

    ``traces`` are of the newest runs that know its bytes, ``runs`` counts all of them. Where none does, ``similar`` are
    of runs that know other bytes by the same name, the nearest first, ``similar_runs`` counts those. ``within`` has the
    files of a folder that are known, ``files`` counts all of them.
    """

    path: str
    size: int
    hashes: Mapping[str, str]
    traces: tuple[Trace, ...] = ()
    runs: int = 0
    similar: tuple[Trace, ...] = ()
    similar_runs: int = 0
    within: "tuple[Whois, ...]" = ()
    files: int | None = None

    @property
    def is_known(self) -> bool:
        """Whether any run knows these bytes; of a folder, whether any knows one of its files."""
        return bool(self.traces or self.within)

    @property
    def is_empty(self) -> bool:
        """Whether there are no bytes to be known by."""
        return self.size == 0 and self.files in {None, 0}

    @property
    def made_by(self) -> tuple[Trace, ...]:
        """Of the traces, those of runs that wrote or keep it, newest first."""
        return tuple(trace for trace in self.traces if trace.relation in MADE)

    def sentence(self) -> str:
        """Return the answer in one sentence."""
        name = Path(self.path).name or self.path
        if self.is_empty:
            return _of_empty(name, self)
        if self.traces:
            return _of_known(name, self)
        if self.files is not None:
            return f"no run knows the folder {name}; {len(self.within)} of its {self.files} files are known"
        if self.similar:
            near = self.similar[0]
            verb = {"read": "read", "wrote": "written"}.get(near.relation, "kept")
            others = f" (and {_others(self.similar_runs - 1)})" if self.similar_runs > 1 else ""
            said = f"a file of this name was {verb} by run {near.short}{others} with other content"
            return f"no run knows these bytes; {said}"
        return f"no run knows {name}, neither its bytes nor its name"

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON (``docs/json-format.md``)."""
        return {
            "path": self.path,
            "size": self.size,
            "hashes": dict(self.hashes),
            "known": self.is_known,
            "empty": self.is_empty,
            "answer": self.sentence(),
            "runs": self.runs,
            "traces": [_trace_dict(trace) for trace in self.traces],
            "similar_runs": self.similar_runs,
            "similar": [_trace_dict(trace) for trace in self.similar],
            **({} if self.files is None else {"files": self.files, "within": [each.as_dict() for each in self.within]}),
        }

    def __repr__(self) -> str:
        """Return the sentence, and a line for each trace."""
        return "\n".join([self.sentence(), *(f"  {trace_text(trace)}" for trace in self.traces or self.similar)])

    def _repr_html_(self) -> str:
        return html(self)


def whois(path: str | PathLike[str], *, store: Store | str | PathLike[str] | None = None, limit: int = LISTED) -> Whois:
    """Return which runs wrote, read or keep a file or folder, told by its bytes: names and places do not matter.

    The file is hashed; the records are looked through by the hash. What ``nbtrack gc`` took away is known as well.

    Args:
        path: a file or folder anywhere on the disk.
        store: a store or its folder; None for the one of this notebook or folder.
        limit: how many runs are told one by one, the newest.

    >>> import nbtrack, pathlib, tempfile
    >>> store, folder = nbtrack.MemoryStore(), pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "model.bin").write_bytes(b"weights")
    >>> with nbtrack.start_run("example", store=store) as opened:
    ...     opened.log_artifact(folder / "model.bin")
    >>> copy = (folder / "model.bin").rename(folder / "final_v2.bin")
    >>> [trace.relation for trace in nbtrack.whois(copy, store=store).traces]
    ['kept']

    Raises:
        UsageError: there is nothing there, or it has no bytes to compare.
        OSError: it cannot be read.
    """
    return whois_all([path], store=store, limit=limit)[0]


def whois_all(
    paths: Sequence[str | PathLike[str]],
    *,
    store: Store | str | PathLike[str] | None = None,
    limit: int = LISTED,
) -> list[Whois]:
    """Return the same for several files, the records looked through once for all of them."""
    opened = opened_store(store)
    traces = Traces(opened.runs(), opened)
    found = [_Asked.at(Path(path), fspath(path)) for path in paths]
    digests = {digest for asked in found for each in asked.all() if each.size for digest in each.digests}
    known = traces.known(digests)
    return [asked.answer(traces, known, limit) for asked in found]


def trace_text(trace: Trace) -> str:
    """Return a trace as one line: the run, what it has to do with the file, under which name, when."""
    cell = "" if trace.n is None else f" (execution {trace.n})"
    return f"{trace.short}  {VERBS[trace.relation]} {trace.place}{cell}  {trace.started:%Y-%m-%d %H:%M}  {trace.name}"


def _traces_of(known: Knowing, hashes: FileHashes, limit: int) -> tuple[tuple[Trace, ...], int]:
    """Return the traces of the newest runs that know a file, and how many runs do.

    Runs that made it come first, the very first of them always among them: thousands may have read it since.
    """
    positions, makers = known.positions(hashes.digests), known.makers(hashes.digests)
    shown = [*makers[: limit - 1], *makers[-1:]] if len(makers) >= limit else makers
    shown += [at for at in positions if at not in set(makers)][: max(limit - len(shown), limit // 2)]
    return tuple(trace for at in dict.fromkeys(shown) for trace in known.of(at, hashes.digests)), len(positions)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A file, or a folder with its files, that somebody asks about."""

    shown: str
    path: Path
    hashes: FileHashes
    files: Mapping[str, FileHashes] | None = None

    @classmethod
    def at(cls, path: Path, shown: str) -> "_Asked":
        if not path.is_dir():
            return cls(shown, path, _with_notebook(path, file_hashes(path)))
        naming = Naming()
        kept = keep_folder(cast("Store", naming), path)  # it puts, and does nothing else
        size = sum(each.size for each in naming.files.values())
        names = {Path(file).relative_to(path).as_posix(): each for file, each in naming.files.items()}
        return cls(shown, path, FileHashes(size, kept.ref.sha256), names)

    def all(self) -> Iterable[FileHashes]:
        return [self.hashes, *(self.files or {}).values()]

    def answer(self, traces: Traces, known: Knowing, limit: int) -> Whois:
        files = None if self.files is None else len(self.files)
        blank = Whois(self.shown, self.hashes.size, self.hashes.as_dict(), files=files)
        if blank.is_empty:
            return self._by_name(blank, traces, limit)
        found, runs = _traces_of(known, self.hashes, limit)
        if self.files is not None:
            return replace(blank, traces=found, runs=runs, within=self._within(known, limit))
        return replace(blank, traces=found, runs=runs) if found else self._by_name(blank, traces, limit)

    def _within(self, known: Knowing, limit: int) -> tuple[Whois, ...]:
        found = []
        for path, hashes in sorted((self.files or {}).items()):
            traces, runs = _traces_of(known, hashes, limit) if hashes.size else ((), 0)
            if traces:
                found.append(Whois(path, hashes.size, hashes.as_dict(), traces, runs))
        return tuple(found)

    def _by_name(self, blank: Whois, traces: Traces, limit: int) -> Whois:
        """Add what is known by the name alone; of an empty file also who knows it as empty."""
        if self.files is not None:
            return blank
        same: dict[int, Mapping[str, Any]] = {}
        other: dict[int, Mapping[str, Any]] = {}
        parts = self.path.absolute().parts[::-1]
        near: dict[int, int] = {}
        for position, entry, recorded in traces.named(self.path.name):
            is_same = blank.size == 0 and entry.get("size") == 0
            (same if is_same else other)[position] = entry
            near[position] = _common(recorded, parts)
        nearest = sorted(other, key=lambda position: (near[position], position), reverse=True)[:_SIMILAR]
        return replace(
            blank,
            traces=tuple(traces.told(at, same[at]) for at in sorted(same, reverse=True)[:limit]),
            runs=len(same),
            similar=tuple(traces.told(at, other[at]) for at in nearest),
            similar_runs=len(other),
        )


def _with_notebook(path: Path, hashes: FileHashes) -> FileHashes:
    """Add the hash of what a run would have kept of a notebook: outputs change, and say nothing of where it is from."""
    text = kept_notebook(path) if path.suffix == ".ipynb" else None
    return hashes if text is None else replace(hashes, notebook=name_of(text))


def _common(recorded: str, parts: Sequence[str]) -> int:
    """Return how many parts a recorded path and another, given from its end, have in common at their ends."""
    count = 0
    for one, other in zip(recorded.replace("\\", "/").split("/")[::-1], parts, strict=False):
        if one != other:
            break
        count += 1
    return count


def _of_empty(name: str, found: Whois) -> str:
    if found.files is not None:
        return f"{name} is an empty folder; every empty folder is the same"
    if found.traces:
        return (
            f"{name} is empty, as every empty file is; by its name, it was empty for run {found.traces[0].short}, too"
        )
    if found.similar:
        near = found.similar[0]
        return f"{name} is empty, so its bytes tell nothing; run {near.short} knows a file of this name with content"
    return f"{name} is empty, so its bytes tell nothing, and no run knows its name"


def _of_known(name: str, found: Whois) -> str:
    made = found.made_by
    trace = made[0] if made else found.traces[0]
    how = {"wrote": "was written by", "read": "was read by", "kept": "is kept with", "showed": "was shown by"}
    verb = how.get(trace.relation, "is part of")
    same = "" if trace.path.replace("\\", "/").rpartition("/")[2] == name else f" as {trace.place}"
    first = f", first by run {made[-1].short}" if made and made[-1].run != trace.run else ""
    others = f"; {_others(found.runs - 1)} know{'s' * (found.runs == 2)} it, too" if found.runs > 1 else ""
    return f"{name} {verb} run {trace.short} ({trace.name}){same}{first}{others}"


def _others(count: int) -> str:
    return f"{count:,} other run{'s' * (count != 1)}"


def _trace_dict(trace: Trace) -> dict[str, Any]:
    return {
        "run": trace.run,
        "name": trace.name,
        "started": trace.started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "relation": trace.relation,
        "path": trace.path,
        **({"folder": trace.folder} if trace.folder else {}),
        **({} if trace.n is None else {"n": trace.n}),
        **({} if trace.size is None else {"size": trace.size}),
    }
