"""One run as a graph: the files it used, the cells behind it joined by variables, the run, and what came out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from nbtrack.errors import NbtrackError
from nbtrack.model.folds import results_first
from nbtrack.model.number import as_float
from nbtrack.model.run import Run
from nbtrack.model.tagged import untag
from nbtrack.query.facts import bytes_text
from nbtrack.query.lineage_graph import Graph, Kind, Node
from nbtrack.store.objects.hashing import is_name

EMPTY: Final = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_OURS: Final = ("code/", "environment/", "notebook.ipynb")
_BESIDE: Final = {"plt": "plot settings", "cwd": "working directory", "env": "environment variables"}
_DULL: Final = ("#", "%", "!", "?", "@", '"""', "'''", ")", "]", "}", "from __future__")
_IMPORTS: Final = ("import ", "from ")
_LONGEST: Final = 120


def run_graph(run: Run) -> Graph:
    """Return the graph of a run: data, the cells of its slice, the run itself in place of its own cell, artifacts."""
    graph = Graph()
    executions = [each for each in _list(run.slice["executions"]) if isinstance(each, Mapping)]
    own = executions[-1] if executions else {}
    graph.add(_run_node(run, own))
    places = {each["n"]: f"cell:{run.id}:{each['n']}" for each in executions[:-1] if isinstance(each.get("n"), int)}
    if isinstance(own.get("n"), int):
        places[own["n"]] = run.id
    for each in executions[:-1]:
        if each.get("n") in places:
            graph.add(_cell_node(run, each, places[each["n"]]))
    for each in executions:
        _join_reads(graph, each, places)
    _join_data(graph, run, places)
    _join_artifacts(graph, run)
    _join_loose(graph, run, executions)
    return graph


def other_run(run_id: str, document: Mapping[str, Any]) -> Node:
    """Return another run as one node."""
    metrics = _metrics(document.get("metrics"))
    short = run_id.rpartition("-")[2][:6]
    detail = " · ".join(filter(None, (short, metrics)))
    return Node(run_id, "other", str(document.get("name") or short), detail, run=run_id)


def file_node(entry: Mapping[str, Any], kind: Kind, run: str = "") -> Node:
    """Return a file as a node: the same bytes are the same node, whatever they are called."""
    path = str(entry.get("path") or entry.get("name") or "?")
    digest = str(entry.get("sha256") or entry.get("blake3") or "")
    is_link = is_name(digest) and digest != EMPTY  # a record can say anything
    size = entry.get("total", entry.get("size"))
    told = (
        digest[:8],
        bytes_text(size) if type(size) is int else "",
        f"{entry['files']} files" if "files" in entry else "",
    )
    notes = (path, *([f"sha256 {entry['sha256']}"] if entry.get("sha256") else []))
    notes += (f"tracked by {entry['dvc']}",) if entry.get("dvc") else ()
    node_id = f"bytes:{digest}" if is_link else f"file:{run}:{path}:{digest}"
    return Node(node_id, kind, path, " · ".join(filter(None, told)), notes, digest=digest if is_link else "")


def meaningful_line(source: str) -> str:
    r"""Return the first line of a cell that says something: no comment, magic or import, unless there is nothing else.

    >>> meaningful_line("%%time\n# load\nimport pandas as pd\ndf = pd.read_csv('a.csv')")
    "df = pd.read_csv('a.csv')"
    >>> meaningful_line("import pandas as pd\nimport numpy as np")
    'import pandas as pd'
    """
    lines = [line.strip() for line in source.split("\n")]
    said = [line for line in lines if line and not line.startswith(_DULL)]
    chosen = next((line for line in said if not line.startswith(_IMPORTS)), None)
    line = chosen or next(iter(said), None) or next((line for line in lines if line), "")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def variable(name: str) -> str:
    """Return how a person calls what cells hand on: a variable, or one of the things beside them.

    >>> variable("df"), variable("⟂rng:numpy"), variable("⟂file:out.csv")
    ('df', 'random numbers (numpy)', 'out.csv')
    """
    if not name.startswith("⟂"):
        return name
    kind, _, rest = name[1:].partition(":")
    if kind == "rng":
        return f"random numbers ({rest})"
    return rest or _BESIDE.get(kind, kind)


def _run_node(run: Run, own: Mapping[str, Any]) -> Node:
    count = own.get("count") if isinstance(own.get("count"), int) else run.cell.count if run.cell else None
    place = f"In [{count}]" if count is not None else ""
    metrics = _metrics(run.document["metrics"])
    line = meaningful_line(run.cell.source) if run.cell else ""
    notes = tuple(filter(None, (line, f"run {run.id}", run.status, str(run.started)[:19])))
    detail = " · ".join(filter(None, (run.short, place, metrics)))
    cell = str(own.get("cell") or (run.cell.id if run.cell else "") or "")
    return Node(run.id, "run", run.name, detail, notes, run.id, cell=cell, count=count)


def _metrics(values: Any) -> str:
    known = values if isinstance(values, dict) else {}
    found = [(name, as_float(untag(known[name]))) for name in results_first(known)]
    return ", ".join(f"{name}={value:.4g}" for name, value in found[:2] if isinstance(value, int | float))


def _cell_node(run: Run, each: Mapping[str, Any], node_id: str) -> Node:
    count = each.get("count") if isinstance(each.get("count"), int) else None
    cell = str(each.get("cell") or "")
    place = f"In [{count}]" if count is not None else f"execution {each.get('n')}"
    times = f"ran {each['times']} times" if isinstance(each.get("times"), int) else ""
    outcome = str(each.get("outcome") or "")
    detail = " · ".join(filter(None, (place, cell[:8], times, outcome)))
    source = _source(run, each)
    writes = [variable(str(name)) for name in (*_list(each.get("writes")), *_list(each.get("mutates")))]
    notes = [f"makes {', '.join(dict.fromkeys(writes))}"] if writes else []
    notes += [str(why) for why in _list(each.get("barriers"))]
    notes += [source[:600]] if source else []
    label = meaningful_line(source) if source else "source not in the store"
    return Node(node_id, "cell", label, detail, tuple(notes), run.id, cell=cell, count=count)


def _source(run: Run, each: Mapping[str, Any]) -> str:
    name = each.get("source")
    try:
        return run.stored(name).decode("utf-8", "replace") if isinstance(name, str) else ""
    except NbtrackError:
        return ""


def _join_reads(graph: Graph, each: Mapping[str, Any], places: Mapping[int, str]) -> None:
    target = places.get(each.get("n", -1))
    reads = each.get("reads")
    if target is None or not isinstance(reads, Mapping):
        return
    for name, number in reads.items():
        if number in places:
            graph.join(places[number], target, [variable(str(name))])


def _join_data(graph: Graph, run: Run, places: Mapping[int, str]) -> None:
    for entry in _files(run):
        cell = places.get(entry["n"], run.id) if type(entry.get("n")) is int else run.id
        if entry.get("mode") == "write":
            graph.join(cell, graph.add(file_node(entry, "file", run.id)).id)
        else:
            node = file_node(entry, "data", run.id)
            graph.join(graph.add(node).id, cell)


def _files(run: Run) -> Iterator[Mapping[str, Any]]:
    """Yield what was written before what was read: what a cell wrote and the next read is a file, not data."""
    entries = [untag(each) for each in run.document["data"]]
    files = [each for each in entries if isinstance(each, Mapping) and each.get("kind") in {"file", "folder", "url"}]
    yield from (each for each in files if each.get("mode") == "write")
    yield from (each for each in files if each.get("mode") != "write")


def _join_artifacts(graph: Graph, run: Run) -> None:
    artifacts: Sequence[Any] = run.document["artifacts"]
    for entry in artifacts:
        name = str(entry.get("name", ""))
        if name.startswith(_OURS):
            continue
        node = graph.add(file_node(entry, "output" if name.startswith("outputs/") else "file", run.id))
        graph.note(node.id, f"kept as {name}")
        if node.kind != "data":  # what was read and is kept was not made by the run
            graph.join(run.id, node.id)


def _join_loose(graph: Graph, run: Run, executions: Sequence[Mapping[str, Any]]) -> None:
    """A cell that nothing reads from is there for a reason that no variable tells: it set something up."""
    joined = {edge.source for edge in graph.edges}
    for each in executions[:-1]:
        node_id = f"cell:{run.id}:{each.get('n')}"
        if node_id in graph.nodes and node_id not in joined:
            graph.join(node_id, run.id, [str(why) for why in _list(each.get("barriers"))][:1])


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
