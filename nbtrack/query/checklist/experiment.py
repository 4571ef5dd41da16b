"""The nine checks of an experiment that somebody else is to repeat, in order of what they guard, with their priority.

The rows are those that MLOps teams use before a model is shipped: data, splits, code, settings, environment, seeds,
image, hardware, preprocessing. Each is answered from records alone; nothing is run, fetched or imported.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from nbtrack.query.checklist.draws import by_status, draws, explicit_seeds, unseeded_generators
from nbtrack.query.checklist.hardcoded import hardcoded
from nbtrack.query.checklist.known import Known, mapping, some
from nbtrack.query.checklist.preprocessing import preprocessing
from nbtrack.query.checklist.row import FAIL, PASS, UNKNOWN, Finding, Priority

_DIGITS: Final = 12
_GPU_LIBRARIES: Final = ("torch", "tensorflow", "jax", "cupy", "cudf")
_LOOSE: Final = ("pyproject.toml", "environment.yml", "environment.yaml")
_STATES: Final = {
    "changed": "had changed before it could be hashed",
    "changing": "was changing while it was hashed",
    "gone": "was gone before it could be hashed",
    "unreadable": "could not be read for hashing",
}


class Rule(NamedTuple):
    """One check: what is asked, how much it weighs, and how it is answered."""

    category: str
    check: str
    priority: Priority
    judge: Callable[[Known], Finding]


def data(known: Known) -> Finding:
    """Judge whether each file that was read is known by its content."""
    read = [each for each in known.files if each.get("mode") == "read"]
    if not read:
        return _variables(known)
    hashed = [_hash(each) for each in read if each.get("sha256") or each.get("md5")]
    bare = [_unhashed(each) for each in read if not (each.get("sha256") or each.get("md5"))]
    pending = [each for each in read if each.get("kind") != "url" and "state" not in each and not _hash_of(each)]
    differs = [
        f"{each['path']} is not what {each.get('dvc')} says" for each in read if each.get("dvc_matches") is False
    ]
    evidence = (*differs, *bare, *hashed)
    if not bare:
        return Finding(PASS, evidence, "`dvc add` them again, so that DVC has what was used" if differs else "")
    if len(pending) == len(bare):
        return Finding(UNKNOWN, evidence, "the hashes were not recorded before the kernel ended; run the cell again")
    return Finding(FAIL, evidence, "read a file in place of an address, and keep it unchanged while the cell runs")


def _variables(known: Known) -> Finding:
    found = [each for each in known.data if each.get("kind") == "variable"]
    if not found:
        return Finding(UNKNOWN, ("no data that was read is recorded",), "")
    bare = [str(each.get("name")) for each in found if not each.get("digest")]
    told = tuple(f"variable {each.get('name')}: {_shape(each)}" for each in found if each.get("digest"))
    evidence = ("no file was read; the data came from packages or from the code itself", *told)
    if bare:
        why = "its values are read lazily, or there was no time to look at them"
        return Finding(UNKNOWN, (*evidence, f"no digest of {some(bare)}: {why}"), "")
    return Finding(PASS, evidence)


def _shape(entry: Mapping[str, Any]) -> str:
    shape = entry.get("shape")
    size = " x ".join(map(str, shape)) if isinstance(shape, list) else str(entry.get("type"))
    return f"{size}, sample digest {str(entry.get('digest'))[:_DIGITS]}"


def _hash_of(entry: Mapping[str, Any]) -> str:
    return str(entry.get("sha256") or entry.get("md5") or "")


def _hash(entry: Mapping[str, Any]) -> str:
    algorithm = "sha256" if entry.get("sha256") else "md5"
    dvc = f", tracked by {entry['dvc']}" if entry.get("dvc") else ""
    return f"{entry.get('path')}: {algorithm} {_hash_of(entry)[:_DIGITS]}{dvc}"


def _unhashed(entry: Mapping[str, Any]) -> str:
    if entry.get("kind") == "url":
        return f"{entry.get('path')} was read from an address; its content is not known"
    return f"{entry.get('path')} {_STATES.get(str(entry.get('state')), 'has no hash')}"


def splits(known: Known) -> Finding:
    """Judge whether everything that splits or samples data is seeded."""
    found = draws(known.sources, known.seeded)
    failed, passed, open_ = (tuple(by_status(found, status)) for status in (FAIL, PASS, UNKNOWN))
    todo = "pass random_state=… or a seeded generator to it"
    if failed:
        return Finding(FAIL, (*failed, *open_, *passed), todo)
    if open_ or not known.sources.whole:
        return Finding(UNKNOWN, (*open_, *known.sources.unread, *passed), todo if open_ else "")
    return Finding(PASS, passed or (f"nothing in {known.sources.counted} splits or samples data at random",))


def code(known: Known) -> Finding:
    """Judge whether the code can be had again: the commit, and what it lacks."""
    recorded = mapping(known.run.code)
    commit = recorded.get("commit")
    if not commit:
        kept = (f"the sources of {known.sources.counted} are kept",) if known.sources.texts else ()
        said, todo = "the notebook lies in no git repository", "git init, and commit"
        if recorded.get("branch"):
            said, todo = "the repository of the notebook has none yet", "commit"
        return Finding(FAIL, (f"no commit: {said}", *kept), todo)
    said = f"commit {str(commit)[:_DIGITS]} on {recorded.get('branch') or 'no branch'}"
    dirty = recorded.get("dirty")
    if dirty is False:
        return Finding(PASS, (said, "nothing differed from it"))
    if dirty is not True:
        return Finding(
            UNKNOWN, (said, f"whether anything differed is not known: {recorded.get('unknown') or 'not asked'}")
        )
    return _dirty(known, recorded, said)


def _dirty(known: Known, recorded: Mapping[str, Any], said: str) -> Finding:
    changed = [str(each) for each in mapping(recorded.get("changed"))]
    modules = mapping(recorded.get("modules"))
    kept = {name for name, about in modules.items() if mapping(about).get("sha256")}
    left: Any = recorded.get("unpatched")
    lost = [each for each in left if isinstance(each, str)] if isinstance(left, list) else []
    lost = [each for each in lost if not each.endswith(".ipynb") and each not in kept]
    evidence = [said, f"uncommitted changes of {some(changed) or 'files'}"]
    if patch := recorded.get("patch"):
        evidence.append(f"kept as a patch, sha256 {str(patch)[:_DIGITS]}")
    notebook = next((each for each in known.run.artifacts if each.name == "notebook.ipynb"), None)
    evidence += [f"notebook kept, sha256 {notebook.object[:_DIGITS]}"] if notebook else []
    if lost:
        return Finding(FAIL, (*evidence, f"not kept: {some(lost)}"), "commit these files, or delete them")
    only_notebooks = all(each.endswith(".ipynb") for each in changed)
    if patch or only_notebooks or set(changed) <= kept:
        return Finding(PASS, tuple(evidence))
    return Finding(FAIL, (*evidence, "the changes were not kept"), "commit them")


def params(known: Known) -> Finding:
    """Judge whether what was set in the cell was captured."""
    if not known.sources.own:
        count = len(known.run.params)
        return Finding(UNKNOWN, (f"the run is of no cell; {count} params were logged by hand",) if count else ())
    chosen = [name for name in known.run.params if not _is_default(known, name)]
    missing = hardcoded(known.sources, known.run.params)
    count = len(chosen)
    told = f"{count} param{'s' * (count != 1)} chosen, {len(known.run.params) - count} at a default recorded"
    if missing:
        lines = tuple(f"not captured: {each.text}" for each in missing[:10])
        more = (f"and {len(missing) - 10} more",) if len(missing) > 10 else ()
        return Finding(FAIL, (*lines, *more, told), "give it a name, or log it: nbtrack.log_params(name=value)")
    if not any(text.own for text in known.sources.texts):
        return Finding(UNKNOWN, ("the cell cannot be read as Python", told))
    return Finding(PASS, (told, *([f"chosen: {some(chosen, 8)}"] if chosen else [])))


def _is_default(known: Known, name: str) -> bool:
    return str(mapping(known.run.sources.get("params")).get(name, "")).endswith(" default")


def environment(known: Known) -> Finding:
    """Judge whether each package is known by its exact version."""
    locks = [name for name in mapping(known.environment.get("locks")) if name not in {*_LOOSE, "conda.json"}]
    pinned = (f"pinned by {some(locks)}",) if locks else ("no lock file lay beside the notebook",)
    if known.packages is None:
        told = f"{len(known.imported)} imported packages with versions" if known.imported else "no list of packages"
        todo = "the list of packages is missing from the store" if known.environment.get("sha256") else ""
        return Finding(UNKNOWN, (told, *pinned), todo)
    python = f"Python {known.environment.get('python', '?')}"
    vague = [name for name, version in known.packages.items() if version in {"", "unknown"}]
    local = [name for name, version in known.packages.items() if " · editable" in version or " · local" in version]
    local = [name for name in local if name in known.imported]
    evidence = (f"{python} and exact versions of {len(known.packages)} packages recorded", *pinned)
    if vague:
        return Finding(FAIL, (*evidence, f"no version of {some(vague)}"), "install them as packages with a version")
    if local:
        told = f"installed from folders, where a version says little: {some(local)}"
        kept = any(mapping(each).get("sha256") or mapping(each).get("blob") for each in _modules(known))
        return Finding(PASS if kept else UNKNOWN, (*evidence, told, *(["their sources are kept"] if kept else [])))
    return Finding(PASS, evidence)


def _modules(known: Known) -> Iterator[Any]:
    yield from mapping(mapping(known.run.code).get("modules")).values()


def seeds(known: Known) -> Finding:
    """Judge whether everything random hangs on a seed that was recorded."""
    if not known.rng:
        return Finding(UNKNOWN, ("the state of the random generators was not recorded",))
    words = {name: word for name, word in known.rng.items() if isinstance(word, str)}
    told = tuple(f"{name}: {word}" for name, word in words.items())
    own = tuple(f"{use.where}: {use.text}" for use in unseeded_generators(known.sources))
    given = [f"{use.where}: {use.text}" for use in explicit_seeds(known.sources)]
    loose = [name for name in known.drawn if not words.get(name, "").startswith(("seeded", "explicit"))]
    todo = "seed it before the cell: nbtrack.seed_everything(42), or %%track --seed 42"
    if own:
        return Finding(FAIL, (*(f"{each} - no seed" for each in own), *told), "give the generator a seed")
    if loose == ["random"] and not _mentions_random(known):
        why = "drawn from Python's own generator, unseeded, though no recorded source uses it: a library did"
        return Finding(UNKNOWN, (why, *told), todo)
    if loose:
        return Finding(FAIL, (f"drawn from without a seed: {', '.join(loose)}", *told), todo)
    drawn = f"drawn from {', '.join(known.drawn)}" if known.drawn else "nothing drawn from the shared generators"
    return Finding(PASS, (drawn, *(told if known.drawn else ()), *given[:5]))


def _mentions_random(known: Known) -> bool:
    return any(use.name.startswith("random.") for use in known.sources.calls()) or not known.sources.whole


def image(known: Known) -> Finding:
    """Judge whether the image the run ran in can be had again."""
    container = mapping(known.environment.get("container"))
    files = [name for name in mapping(known.environment.get("locks")) if "docker" in name.lower()]
    todo = f"build one from the run: nbtrack env {known.run.short} --format docker"
    if container.get("image"):
        return _named_image(known, container)
    if files:
        return Finding(PASS, (f"{some(files)} is kept with the run",))
    if container:
        said = f"it ran in a container ({container.get('kind')}) that does not say its image"
        return Finding(UNKNOWN, (said,), f"set NBTRACK_IMAGE=name@sha256:… in it, or {todo}")
    if not known.environment:
        return Finding(UNKNOWN, ("the environment was not recorded",))
    return Finding(FAIL, ("it ran in no container",), todo)


def _named_image(known: Known, container: Mapping[str, Any]) -> Finding:
    name, commit = str(container["image"]), str(mapping(known.run.code).get("commit") or "-")
    if container.get("digest"):
        return Finding(PASS, (f"image {name}", f"digest {str(container['digest'])[:26]}"))
    if commit[:7] in name:
        return Finding(PASS, (f"image {name}, tagged with the commit",))
    said = f"image {name}; its tag may be moved to another image"
    return Finding(UNKNOWN, (said,), "name it by its digest: NBTRACK_IMAGE=name@sha256:…")


def hardware(known: Known) -> Finding:
    """Judge whether graphics cards, driver and CUDA are known."""
    machine = mapping(known.run.document["hardware"])
    if not machine:
        return Finding(UNKNOWN, ("the machine was not recorded",))
    processor = f"{machine.get('cpu', 'processor')}, {machine.get('cores', '?')} cores, {machine.get('ram_gb', '?')} GB"
    versions = {name: known.environment.get(name) for name in ("cuda", "cudnn")}
    told = [f"{name} {version}" for name, version in versions.items() if version]
    if not machine.get("gpu"):
        return Finding(PASS, (f"no GPU; {processor}", *told))
    card = f"{machine.get('gpu_count', 1)} x {machine['gpu']}, driver {machine.get('gpu_driver', 'unknown')}"
    used = [name for name in _GPU_LIBRARIES if name in known.imported]
    if used and not versions["cuda"]:
        return Finding(FAIL, (card, f"{', '.join(used)} was imported, and its CUDA version is not recorded"))
    return Finding(PASS, (card, *(told or ["no library was imported that computes on it"])))


RULES: Final = (
    Rule("Data", "Every file that was read is known by a hash of its content", "Critical", data),
    Rule("Data", "Splits and samples are deterministic: whatever divides the data is seeded", "Critical", splits),
    Rule("Code", "The git commit is recorded, with whatever differed from it", "Critical", code),
    Rule("Params", "Every hyperparameter is recorded, none only written in the code", "Critical", params),
    Rule("Environment", "Exact versions of all packages are pinned", "Critical", environment),
    Rule("Randomness", "All random seeds are set and recorded", "High", seeds),
    Rule("Environment", "A container image that belongs to the commit can be had again", "High", image),
    Rule("Hardware", "GPU, driver and CUDA are recorded", "Medium", hardware),
    Rule("Artifacts", "Preprocessing is stored with the weights", "Critical", preprocessing),
)
