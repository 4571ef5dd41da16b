"""Where a result comes from and what became of it: data, cells, runs and files as a graph.

Within a run, cells are joined by the variables that one wrote and another read, as the slice recorded them. Runs are
joined by content: a file that one wrote, or keeps, and another read with the same hash, wherever it lay. Who wrote
these bytes last before a run began is whom the run has them from.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Final

from nbtrack.errors import AmbiguousRun, RunNotFound
from nbtrack.model.run import Run
from nbtrack.query.file_hashes import file_hashes
from nbtrack.query.lineage_graph import Edge, Graph, Node
from nbtrack.query.plugged import html
from nbtrack.query.run_graph import EMPTY, file_node, other_run, run_graph
from nbtrack.query.runs import kept_files, opened_store
from nbtrack.query.runs import run as run_of
from nbtrack.query.traces import Knowing, Traces
from nbtrack.store.base import Store

DEPTH: Final = 1
_READERS: Final = 8  # runs that read one file, the first of them; the others are counted
_MOST_RUNS: Final = 60
_LATEST: Final = 500  # runs of one session that are looked at


@dataclass(frozen=True, slots=True, repr=False)
class Lineage:
    """The graph around a run or file: ``focus`` is the id of the node that was asked about."""

    focus: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def centre(self) -> Node:
        """The node that was asked about."""
        return next(node for node in self.nodes if node.id == self.focus)

    def sentence(self) -> str:
        """Return what is in the graph, counted."""
        counts = {
            kind: sum(node.kind == kind for node in self.nodes) for kind in ("data", "cell", "other", "file", "output")
        }
        words = {"data": "data file", "cell": "cell", "other": "other run", "file": "file", "output": "output"}
        told = ", ".join(f"{count} {words[kind]}{'s' * (count != 1)}" for kind, count in counts.items() if count)
        return f"{self.centre.label}: {told or 'nothing else is recorded'}"

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON (``docs/json-format.md``)."""
        return {
            "focus": self.focus,
            "nodes": [node.as_dict() for node in self.nodes],
            "edges": [edge.as_dict() for edge in self.edges],
        }

    def __repr__(self) -> str:
        """Return what is in it, counted."""
        return f"<Lineage {self.sentence()}>"

    def _repr_html_(self) -> str:
        return html(self)


def lineage(
    of: Run | str | PathLike[str], *, depth: int = DEPTH, store: Store | str | PathLike[str] | None = None
) -> Lineage:
    """Return where a run or file comes from, and which runs went on with it.

    Args:
        of: a run, its id or a prefix of it, or a file anywhere on the disk. A text is a run before it is a file.
        depth: over how many files to go on to other runs, each way; 0 for none.
        store: a store or its folder; None for the one of this notebook or folder.

    >>> import nbtrack, pathlib, tempfile
    >>> store, folder = nbtrack.MemoryStore(), pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "model.bin").write_bytes(b"weights")
    >>> with nbtrack.start_run("example", store=store) as opened:
    ...     opened.log_artifact(folder / "model.bin")
    >>> [(node.kind, node.label) for node in nbtrack.lineage(opened.id, store=store).nodes]
    [('run', 'example'), ('file', 'model.bin')]

    Raises:
        RunNotFound, AmbiguousRun: it is neither one run nor a file.
        UsageError: the file has no bytes to compare.
    """
    opened = opened_store(store)
    found = of if isinstance(of, Run) else _run(of, opened)
    around = _Around(opened, depth)
    return around.run(found) if found is not None else around.file(Path(fspath(of)))  # type: ignore[arg-type]  # no Run


def _run(of: str | PathLike[str], store: Store) -> Run | None:
    """Return the run that a text names; None where it names a file."""
    if not isinstance(of, str):
        return None
    try:
        return run_of(of, store)
    except (RunNotFound, AmbiguousRun):
        if Path(of).is_file():
            return None
        if "/" in of or Path(of).suffix:  # ids have neither
            raise RunNotFound(f"there is no file {of[:200]!r}, and no run is called so") from None
        raise


class _Around:
    """A graph that grows from what was asked about, file by file, to the runs before and after."""

    def __init__(self, store: Store, depth: int) -> None:
        self._store = store
        self._table = store.runs()
        self._traces = Traces(self._table, store)
        self._ids = self._table.column("id")
        self._depth = max(depth, 0)
        self._graph = Graph()
        self._told: dict[str, int] = {}  # the positions of the runs that are in the graph

    def run(self, run: Run) -> Lineage:
        self._graph = run_graph(run)
        position = self._position(run.id)
        if position is not None:
            self._told[run.id] = position
            self._name_runs_among_cells(run)
            made = {edge.target for edge in self._graph.edges}
            own = {edge.target for edge in self._graph.edges if edge.source == run.id}
            self._before({node: position for node in self._bytes() if node not in made}, self._depth)
            self._after({node: position for node in self._bytes() if node in own}, self._depth)
        return self._done(run.id)

    def _name_runs_among_cells(self, run: Run) -> None:
        """A cell behind a run may have been tracked itself: then it is a run."""
        session, sessions = run.document["session"], self._table.column("session")
        prefix = f"cell:{run.id}:"
        if not session or not any(node_id.startswith(prefix) for node_id in self._graph.nodes):
            return
        for at in [at for at, each in enumerate(sessions) if each == session][-_LATEST:]:
            document: Mapping[str, Any] = self._table.documents[at]
            executions = (document.get("slice") or {}).get("executions")
            own = executions[-1] if isinstance(executions, list) and executions else None
            cell = f"{prefix}{own.get('n')}" if isinstance(own, Mapping) else ""
            if cell in self._graph.nodes and self._ids[at] != run.id:
                known = self._graph.nodes[cell]
                node = other_run(self._ids[at], document)
                self._graph.replace(cell, replace(node, notes=known.notes, cell=known.cell, count=known.count))
                self._told[self._ids[at]] = at

    def file(self, path: Path) -> Lineage:
        hashes = file_hashes(path)
        entry = {"path": path.name, "size": hashes.size, "sha256": hashes.sha256}
        known = self._traces.known(hashes.digests if hashes.size else ())
        makers = [at for at in known.makers(hashes.digests) if self._is_maker(known, at, hashes.digests)]
        if makers:  # the newest with all its cells
            newest = self._read(makers[0])
            self._graph = run_graph(newest)
            self._told[newest.id] = makers[0]
            self._name_runs_among_cells(newest)
        focus = self._focus(entry, hashes.digests)
        for at in makers[1:_READERS]:
            self._graph.join(self._other(at), focus)
        readers = [at for at in known.positions(hashes.digests) if known.reads(at, hashes.digests)]
        for at in readers[:_READERS]:
            self._graph.join(focus, self._other(at))
        if len(readers) > _READERS:
            self._graph.note(focus, f"read by {len(readers):,} runs, of which the newest {_READERS} are shown")
        if self._depth > 1:
            self._grow_from_runs(focus)
        return self._done(focus)

    def _grow_from_runs(self, focus: str) -> None:
        """Go on from the runs around a file to the runs around these."""
        before = {each.source for each in self._graph.edges if each.target == focus}
        for run_id, at in list(self._told.items()):
            if run_id in before:
                inputs = self._inputs(run_id, at)
                self._before(inputs, self._depth - 1)
            else:
                self._after(self._outputs(run_id, at), self._depth - 1)

    def _focus(self, entry: Mapping[str, Any], digests: Collection[str]) -> str:
        """Return the node of the file: the one with its bytes, renamed to what it is called now."""
        for node in list(self._graph.nodes.values()):
            if node.digest in digests:
                self._graph.note(node.id, f"on disk as {entry['path']}")
                return node.id
        return self._graph.add(file_node(entry, "file", "disk")).id

    def _bytes(self) -> list[str]:
        return [node.id for node in self._graph.nodes.values() if node.digest]

    def _before(self, files: Mapping[str, int], depth: int) -> None:
        """Add the runs that made these files, which a run at a position read, and what they were made from."""
        while files and depth > 0 and len(self._told) < _MOST_RUNS:
            known = self._known(files)
            further: dict[str, int] = {}
            for node, reader in files.items():
                digest = self._graph.nodes[node].digest
                earlier = [at for at in known.makers([digest]) if at < reader and self._is_maker(known, at, [digest])]
                if not earlier:
                    continue
                maker = self._other(earlier[0])
                self._graph.join(maker, node)
                if len(earlier) > 1:
                    others = len(earlier) - 1
                    self._graph.note(
                        node, f"the same bytes were made by {others:,} earlier run{'s' * (others > 1)}, too"
                    )
                further |= self._inputs(maker, earlier[0]) if depth > 1 else {}
            files, depth = further, depth - 1

    def _after(self, files: Mapping[str, int], depth: int) -> None:
        """Add the runs that read these files, which a run at a position made, and what these made of them."""
        while files and depth > 0 and len(self._told) < _MOST_RUNS:
            known = self._known(files)
            further: dict[str, int] = {}
            for node, maker in files.items():
                digest = self._graph.nodes[node].digest
                makers = [at for at in known.makers([digest]) if self._is_maker(known, at, [digest])]
                until = min((at for at in makers if at > maker), default=len(self._ids))
                later = [at for at in known.positions([digest])[::-1] if maker < at <= until]
                later = [at for at in later if known.reads(at, [digest])]
                for at in later[:_READERS]:
                    reader = self._other(at)
                    self._graph.join(node, reader)
                    further |= self._outputs(reader, at) if depth > 1 else {}
                if len(later) > _READERS:
                    self._graph.note(node, f"read by {len(later):,} runs, of which {_READERS} are shown")
            files, depth = further, depth - 1

    def _inputs(self, run_id: str, at: int) -> dict[str, int]:
        """Add what another run read, as far as it is known by its bytes."""
        return dict.fromkeys(self._add_files(run_id, at, "read"), at)

    def _outputs(self, run_id: str, at: int) -> dict[str, int]:
        return dict.fromkeys(self._add_files(run_id, at, "write"), at)

    def _add_files(self, run_id: str, at: int, mode: str) -> Iterator[str]:
        entries: list[Any] = list(self._table.documents[at]["data"])
        for entry in entries:
            if not (isinstance(entry, dict) and entry.get("mode") == mode and entry.get("sha256") not in {None, EMPTY}):
                continue
            node = self._graph.add(file_node(entry, "data" if mode == "read" else "file", run_id)).id
            self._graph.join(*((node, run_id) if mode == "read" else (run_id, node)))
            yield node

    def _known(self, files: Mapping[str, int]) -> Knowing:
        return self._traces.known({self._graph.nodes[node].digest for node in files})

    def _is_maker(self, known: Knowing, at: int, digests: Collection[str]) -> bool:
        """Tell whether a run made the bytes: one that read them and keeps a copy did not."""
        relations = {trace.relation for trace in known.of(at, digests)}
        return "wrote" in relations or "read" not in relations

    def _other(self, at: int) -> str:
        run_id = str(self._ids[at])
        if run_id not in self._told:
            self._told[run_id] = at
            document: Mapping[str, Any] = self._table.documents[at]
            self._graph.add(other_run(run_id, document))
        return run_id

    def _read(self, at: int) -> Run:
        return Run.from_document(self._table.documents[at], self._store.points, kept_files(self._store))

    def _position(self, run_id: str) -> int | None:
        try:
            return self._ids.index(run_id)
        except ValueError:
            return None

    def _done(self, focus: str) -> Lineage:
        return Lineage(focus, tuple(self._graph.nodes.values()), self._graph.edges)
