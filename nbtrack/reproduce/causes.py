"""Why a reproduction came out otherwise: what differs between two runs, the likeliest reason first, in plain sentences.

What surely changes a result comes before what may: other data, other code, random numbers without a seed, other
packages, another interpreter, then the machine, and at last what no record tells - threads, orders, clocks, networks.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from nbtrack.errors import NbtrackError
from nbtrack.model.reproduction import Cause
from nbtrack.model.run import Run
from nbtrack.model.tagged import Described, Json, untag
from nbtrack.query.changes import flat, same
from nbtrack.query.environments import Environments
from nbtrack.query.facts import bytes_text
from nbtrack.reproduce.chance import Chance, chances
from nbtrack.reproduce.judged_metrics import told

MOST: Final = 40
_NAMED: Final = 12  # packages, each in a sentence of its own
_SHORT: Final = 8  # digits of a hash that tell one state of a file from another
_RANKS: Final = (
    *("error", "data", "code", "cell", "param", "seed", "package", "python", "variable", "environment", "threads"),
    *("blas", "hardware", "os", "input", "chance"),
)
_NO_CAUSE: Final = frozenset({"SLURM_JOB_ID", "CONDA_DEFAULT_ENV", "LC_ALL"})
_DOUBTS: Final = frozenset({"dynamic-code", "unverified", "unanalysed", "reran", "out-of-order"})
_MACHINE: Final = {"cpu": "processor", "machine": "architecture", "gpu": "GPU", "gpu_driver": "GPU driver"}
_CHANCES: Final = {
    "clock": "the program reads the clock",
    "system": "the program asks the system for random bytes",
    "network": "the program reads from the network",
    "order": "the program takes files in the order in which the system lists them",
    "hash": "the program goes through a set, whose order follows Python's hash seed",
    "threads": "the program runs in parallel, which adds numbers up in any order",
    "gpu": "the program computes on a GPU, which adds numbers up in any order",
}


def causes(was: Run, now: Run | None, told_before: Sequence[Cause] = (), *, differs: bool = True) -> list[Cause]:
    """Return what differs between a recorded run and its reproduction, likeliest first. Never raises.

    Args:
        was: the recorded run.
        now: its reproduction, None where there is none.
        told_before: what restoring code, data and environment found already.
        differs: whether the results do; where they do not, what could have changed them is no cause.
    """
    found = [*told_before, *(_differences(was, now) if now is not None else ())]
    if differs:
        found += _drawn(was)
        found += _doubts(was)
        if now is not None:
            found += [*_states(was, now), *_inputs(was, now)]
    unique: dict[tuple[str, str], Cause] = {}
    for cause in found:
        unique.setdefault((str(cause.get("kind", "")), str(cause.get("name", ""))), cause)
    ordered = sorted(unique.values(), key=lambda cause: _rank(str(cause.get("kind", ""))))
    if differs and now is not None:
        ordered += _remaining(was, now, nothing=not any(_rank(str(each.get("kind"))) < _rank("os") for each in ordered))
    return ordered[:MOST]


def _rank(kind: str) -> int:
    return _RANKS.index(kind) if kind in _RANKS else _RANKS.index("environment")


def _differences(was: Run, now: Run) -> Iterator[Cause]:
    yield from _data(was, now)
    yield from _modules(was, now)
    yield from _params(was, now)
    environments = Environments()
    yield from _packages(was, environments.packages(was), environments.packages(now))
    yield from _interpreter(was, now)
    yield from _variables(environments.variables(was), environments.variables(now))
    yield from _numerics(was, now)
    yield from _machine(was, now)


def _changed(kind: str, name: str, was: Any, now: Any, text: str) -> Cause:
    return {"kind": kind, "name": name, "was": told(was), "now": told(now), "text": text}


# --- data and code


def _data(was: Run, now: Run) -> Iterator[Cause]:
    old, new = _read(was), _read(now)
    for path in old:
        if path not in new:
            continue
        a, b = old[path], new[path]
        one, other = (entry.get("sha256") or entry.get("digest") for entry in (a, b))
        if one and other and one != other:
            states = f"was {_state(a)}, now {_state(b)}"
            yield _changed("data", path, one, other, f"{path} has changed: {states}")


def _state(entry: Mapping[str, Any]) -> str:
    size = entry.get("size")
    name = str(entry.get("sha256") or entry.get("digest"))[:_SHORT]
    return f"{name}… ({bytes_text(size)})" if isinstance(size, int) and size >= 0 else f"{name}…"


def _read(run: Run) -> dict[str, Mapping[str, Any]]:
    """Return the files that were read, by path; what the program had written before is a result of it."""
    entries = [each for each in map(untag, run.document["data"]) if isinstance(each, dict)]
    written = {str(each.get("path")) for each in entries if each.get("mode") == "write"}
    files = [each for each in entries if str(each.get("kind")) in {"file", "folder"} and each.get("mode") != "write"]
    return {str(each["path"]): each for each in files if each.get("path") and str(each["path"]) not in written}


def _modules(was: Run, now: Run) -> Iterator[Cause]:
    old, new = _module_hashes(was), _module_hashes(now)
    for name in old:
        if name in new and old[name] != new[name]:
            states = f"was {old[name][:_SHORT]}…, now {new[name][:_SHORT]}…"
            yield _changed("code", name, old[name], new[name], f"the module {name} has changed: {states}")


def _module_hashes(run: Run) -> dict[str, str]:
    modules = untag(_mapping(run.document["code"]).get("modules"))
    known = [each for each in _mapping(modules).values() if isinstance(each, dict)]
    return {str(each["module"]): str(each["sha256"]) for each in known if each.get("module") and each.get("sha256")}


def _params(was: Run, now: Run) -> Iterator[Cause]:
    for name, value in was.params.items():
        other = now.params.get(name, value)
        if not (isinstance(value, Described) or isinstance(other, Described) or same(value, other)):
            text = f"the parameter {name} was {_said(value)}, is {_said(other)}: something before the run set it"
            yield _changed("param", name, value, other, text)


# --- environment and machine


def _packages(was: Run, old: Mapping[str, str] | None, new: Mapping[str, str] | None) -> Iterator[Cause]:
    if old is None or new is None:
        return
    imported = _mapping(_mapping(run_environment(was)).get("imported"))
    changed = [name for name in old if name in new and old[name] != new[name]]
    gone = [name for name in imported if name in old and name not in new]
    ordered = sorted(changed, key=lambda name: (name not in imported, -_step(old[name], new[name]), name))
    for name in ordered[:_NAMED]:
        yield _changed("package", name, old[name], new[name], f"{name} was {old[name]}, is {new[name]}")
    for name in gone[:_NAMED]:
        yield _changed("package", name, old[name], None, f"{name} was {old[name]}, is not there")
    rest = len(ordered[_NAMED:]) + len(gone[_NAMED:])
    if rest:
        yield {"kind": "package", "name": "…", "text": f"{rest} more packages differ"}


def _step(was: str, now: str) -> int:
    """Return how large a step between two versions is: 3 for a major one, 0 for what is no number."""
    for place, (one, other) in enumerate(zip(was.split("."), now.split("."), strict=False)):
        if one != other:
            return max(0, 3 - place)
    return 0


def _interpreter(was: Run, now: Run) -> Iterator[Cause]:
    old, new = run_environment(was), run_environment(now)
    for kind, key, title in (("python", "implementation", "the interpreter"), ("python", "python", "Python")):
        yield from _told_apart(kind, key, title, old, new)
    yield from _told_apart("os", "os", "the system", old, new)


def _told_apart(kind: str, key: str, title: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Cause]:
    one, other = old.get(key), new.get(key)
    if one is not None and other is not None and not same(one, other):
        yield _changed(kind, key, one, other, f"{title} was {_said(one)}, is {_said(other)}")


def _variables(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Cause]:
    for name in sorted({*old, *new} - _NO_CAUSE):
        one, other = old.get(name), new.get(name)
        if one != other:
            text = f"the variable {name} was {one or 'not set'}, is {other or 'not set'}"
            yield _changed("variable", name, one, other, text)


def _numerics(was: Run, now: Run) -> Iterator[Cause]:
    for section, kind in (("blas", "blas"), ("threads", "threads"), ("cuda", "hardware"), ("cudnn", "hardware")):
        old, new = (_flat(section, run_environment(run).get(section)) for run in (was, now))
        for name in old:
            threads = name.endswith("threads") or section == "threads"
            title = f"the number of threads of {name.split('.')[1]}" if threads and "." in name else name
            yield from _told_apart("threads" if threads else kind, name, title, old, new)
    old, new = (_flat("determinism", run_environment(run).get("determinism")) for run in (was, now))
    for name in old:
        yield from _told_apart("environment", name, name.partition(".")[2], old, new)


def _machine(was: Run, now: Run) -> Iterator[Cause]:
    old, new = (_mapping(run.document["hardware"]) for run in (was, now))
    for key, title in _MACHINE.items():
        yield from _told_apart("hardware", key, f"the {title}", old, new)
    one, other = (each.get("cores_usable", each.get("cores")) for each in (old, new))
    if one is not None and other is not None and one != other:
        yield _changed("hardware", "cores", one, other, f"ran on {_said(one)} cores, now {_said(other)}")


# --- random numbers, and what lies before the cell


def _drawn(was: Run) -> Iterator[Cause]:
    """Yield the generators that numbers were drawn from though nobody had seeded them."""
    rng = _mapping(run_environment(was).get("rng"))
    known = chances(sources(was))
    for each in known:
        if each.kind == "unseeded":
            yield {"kind": "seed", "name": each.code, "text": f"a random generator is made without a seed: {each.code}"}
    drawn = rng.get("drawn")
    moved = {str(name) for name in drawn} if isinstance(drawn, list) else set()
    for name in ("numpy", "torch", "tensorflow", "random"):
        if rng.get(name, "unseeded" if rng else None) not in ("unseeded", None):
            continue
        code = next((each.code for each in known if each.kind == "drawn" and each.name == name), "")
        if code or (name in moved and name != "random"):  # libraries draw from Python's own for names of their own
            where = f" ({name}: {code})" if code else f" ({name})"
            yield {"kind": "seed", "name": name, "text": f"random numbers are drawn without a seed{where}"}


def _states(was: Run, now: Run) -> Iterator[Cause]:
    """Yield the generators that were seeded, and began in another state all the same."""
    old, new = (_mapping(run_environment(run).get("rng_states")) for run in (was, now))
    rng = _mapping(run_environment(was).get("rng"))
    drawn = rng.get("drawn")
    for name in drawn if isinstance(drawn, list) else ():
        name = str(name)  # noqa: PLW2901 - whatever was recorded
        if str(rng.get(name)).startswith("seeded") and name in old and name in new and old[name] != new[name]:
            text = f"{name}'s random numbers began elsewhere in their sequence than recorded"
            yield _changed("seed", f"{name} state", old[name], new[name], text)


def _doubts(was: Run) -> Iterator[Cause]:
    given: Sequence[Any] = was.slice["verdicts"]
    for each in given:
        if isinstance(each, Mapping) and str(each.get("kind")) in _DOUBTS:
            yield {"kind": "cell", "name": f"{each.get('kind')} {each.get('name', '')}".strip(), "text": _words(each)}


def _words(verdict: Mapping[str, Any]) -> str:
    return f"the program may not be whole: {str(verdict.get('text', ''))[:300]}"


def _inputs(was: Run, now: Run) -> Iterator[Cause]:
    """Yield the variables that were others already when the cell began: whatever it is happened before."""
    old, new = _digests(was), _digests(now)
    for name in old:
        if name in new and old[name] != new[name]:
            text = f"`{name}` was another already when the cell began: what differs comes from the cells before"
            yield _changed("input", name, old[name][:_SHORT], new[name][:_SHORT], text)


def inputs_differ(was: Run, now: Sequence[Run]) -> bool:
    """Tell whether a variable with data that the cell read was another in some reproduction."""
    return any(True for run in now for _ in _inputs(was, run))


def _digests(run: Run) -> dict[str, str]:
    entries = [each for each in map(untag, run.document["data"]) if isinstance(each, dict)]
    variables = [each for each in entries if each.get("kind") == "variable" and each.get("mode") == "read"]
    return {str(each["name"]): str(each["digest"]) for each in variables if each.get("name") and each.get("digest")}


# --- what no record tells


def _remaining(was: Run, now: Run, *, nothing: bool) -> list[Cause]:
    """Return what may differ without leaving a trace; where nothing else does, that is said first."""
    left = [_chance(kind, known) for kind in _CHANCES if (known := _of(kind, sources(was)))]
    if any(_mapping(each).get("kind") == "url" for each in map(untag, was.document["data"])):
        left.append(
            {"kind": "chance", "name": "url", "text": "data were read from an address, which may give others now"}
        )
    threads = [value for name, value in _flat("", run_environment(now).get("blas")).items() if name.endswith("threads")]
    if any(isinstance(each, int) and each > 1 for each in threads):
        text = f"BLAS adds numbers up on {max(each for each in threads if isinstance(each, int))} threads, in any order"
        left.append({"kind": "chance", "name": "blas", "text": text})
    if not any("PYTHONHASHSEED" in Environments().variables(run) for run in (was, now)):
        text = "Python's hash seed is another in each process (PYTHONHASHSEED is not set), and so the order of sets"
        left.append({"kind": "chance", "name": "hash seed", "text": text})
    if nothing:
        head = "nothing differs in what was recorded of data, code, packages and machine; what is left is chance"
        return [{"kind": "chance", "name": "", "text": head}, *left]
    return left


def _of(kind: str, texts: Iterable[str]) -> list[Chance]:
    return [each for each in chances(texts) if each.kind == kind]


def _chance(kind: str, known: Sequence[Chance]) -> Cause:
    return {"kind": "chance", "name": kind, "text": f"{_CHANCES[kind]}: {', '.join(each.code for each in known[:3])}"}


def sources(run: Run) -> list[str]:
    """Return the sources of the cells behind a run and its own, as far as they are to be had."""
    found: list[str] = []
    executions: Sequence[Any] = run.slice["executions"]
    for each in executions[:-1][-200:]:
        name = each.get("source") if isinstance(each, Mapping) else None
        try:
            found.append(run.stored(name).decode("utf-8", "replace") if isinstance(name, str) else "")
        except (NbtrackError, ValueError, OSError):
            continue
    return [*found, run.cell.source if run.cell else ""]


def run_environment(run: Run) -> Mapping[str, Any]:
    """Return what is told of the environment in brief, as Python values; empty for what is no such record."""
    return _mapping(untag(run.document["environment"]))


def _flat(section: str, value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return flat({section: value} if section else value)
    return {} if value is None else {section: value}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _said(value: Json) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:79] + "…"
