"""Which calls split or draw data at random, and whether each hangs on a seed - told from the sources alone."""

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from nbtrack.query.checklist.row import FAIL, PASS, UNKNOWN, Status
from nbtrack.query.checklist.sources import Sources, Use, text_of

_SEEDS: Final = ("random_state", "seed", "random_seed", "generator", "rng")
_ALWAYS: Final = frozenset(
    "ShuffleSplit StratifiedShuffleSplit GroupShuffleSplit RepeatedKFold RepeatedStratifiedKFold BootstrapOutOfBag "
    "train_test_split random_split resample".split()
)
_SHUFFLED: Final = frozenset("KFold StratifiedKFold StratifiedGroupKFold GroupKFold".split())
_NUMPY: Final = frozenset("permutation permuted shuffle choice randint integers rand random random_sample".split())
_PYTHON: Final = frozenset("shuffle sample choice choices".split())
_GENERATORS: Final = frozenset("default_rng RandomState Random SeedSequence".split())
_SEEDERS: Final = {
    "random.seed": "random",
    "np.random.seed": "numpy",
    "numpy.random.seed": "numpy",
    "torch.manual_seed": "torch",
    "torch.random.manual_seed": "torch",
}
_SEED_ALL: Final = frozenset("seed_everything set_seed set_random_seed set_seeds seed_all manual_seed".split())
_FRAME_WORDS: Final = frozenset("n frac fraction replace weights axis ignore_index with_replacement shuffle".split())


class Draw(NamedTuple):
    """One call that draws: whether it is seeded, and how that is known."""

    use: Use
    status: Status
    why: str

    @property
    def text(self) -> str:
        """The call with its place and the reason."""
        return f"{self.use.where}: {self.use.text} - {self.why}"


def draws(sources: Sources, seeded: Collection[str]) -> list[Draw]:
    """Return the calls that split data, or take a part of it, at random.

    Args:
        sources: what the run depends on.
        seeded: the libraries whose shared generator is known to have been seeded when the run began.
    """
    calls = list(sources.calls())
    generators = _generators(sources)
    known = {*seeded, *seeders(calls)}
    return [draw for use in calls if (draw := _judged(use, generators, known)) is not None]


def seeders(calls: Sequence[Use]) -> set[str]:
    """Return the libraries whose shared generator a call seeds."""
    found = {_SEEDERS[use.name] for use in calls if use.name in _SEEDERS and (use.call.args or use.call.keywords)}
    if any(use.last in _SEED_ALL and use.name not in _SEEDERS for use in calls):
        found |= {"random", "numpy", "torch"}
    return found


def unseeded_generators(sources: Sources) -> list[Use]:
    """Return the calls that make a generator of their own without a seed."""
    return [use for use in sources.calls() if use.last in _GENERATORS and not _has_seed(use)]


def explicit_seeds(sources: Sources) -> list[Use]:
    """Return the calls that are given a seed."""
    return [use for use in sources.calls() if _seed_of(use) is not None or (use.last in _GENERATORS and _has_seed(use))]


def _generators(sources: Sources) -> Mapping[str, bool]:
    """Return for each name that holds a generator whether it was made with a seed."""
    found: dict[str, bool] = {}
    for name, values in sources.bound().items():
        for value in values:
            if isinstance(value, ast.Call):
                use = Use(_called(value), value, "")
                if use.last in _GENERATORS or use.name == "torch.Generator" or ".Generator." in use.name:
                    found[name] = found.get(name, True) and (_has_seed(use) or use.name.startswith("torch"))
    return found


def _called(call: ast.Call) -> str:
    parts: list[str] = []
    node: ast.expr = call.func
    while isinstance(node, ast.Attribute | ast.Call):
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        else:
            node = node.func
    return ".".join([node.id if isinstance(node, ast.Name) else "?", *reversed(parts)])


def _judged(use: Use, generators: Mapping[str, bool], known: Collection[str]) -> Draw | None:
    library = _library(use, generators)
    if library is None:
        return None
    if library in generators:
        made = f"{library} was made"
        return Draw(use, PASS, f"{made} with a seed") if generators[library] else Draw(use, FAIL, f"{made} without one")
    if (seed := _seed_of(use)) is not None:
        text = text_of(seed)
        if not generators.get(text, True):
            return Draw(use, FAIL, f"{text} was made without a seed")
        return Draw(use, PASS, f"seeded by {text[:40]}")
    if library in known:
        return Draw(use, PASS, f"the generator of {library} was seeded")
    return _without_seed(use, library)


def _without_seed(use: Use, library: str) -> Draw:
    if use.passes_more:
        return Draw(use, UNKNOWN, "its arguments cannot be seen here")
    if library == "?":
        return Draw(use, UNKNOWN, "it may draw at random; no seed is given")
    return Draw(use, FAIL, "no seed")


def _library(use: Use, generators: Mapping[str, bool]) -> str | None:
    """Return whose generator a call draws from: a library's, the name of one of the person's own, ``?`` or None."""
    owner, last = use.name.rpartition(".")[0], use.last
    if owner in generators and last in {*_NUMPY, *_PYTHON}:
        return owner
    if last == "random_split" or use.name == "torch.randperm":
        return "torch"
    if last in _ALWAYS | _SHUFFLED:
        return "numpy" if _shuffles(use) else None
    if owner in {"np.random", "numpy.random"}:
        return "numpy" if last in _NUMPY else None
    if owner == "random":
        return "random" if last in _PYTHON else None
    return _by_its_arguments(use)


def _shuffles(use: Use) -> bool:
    """Tell whether a splitter draws: folds only when they are asked to, ``train_test_split`` unless it is asked not."""
    shuffle = use.given("shuffle")
    return not _is_false(shuffle) if use.last in _ALWAYS else shuffle is not None and not _is_false(shuffle)


def _by_its_arguments(use: Use) -> str | None:
    """Judge calls that many libraries have under one name, of which not all draw at random."""
    if use.name in {"shuffle", "sklearn.utils.shuffle"}:
        return "numpy" if use.name != "shuffle" or use.call.args[1:] or _seed_of(use) is not None else "?"
    if use.last == "sample" and "." in use.name:
        return "numpy" if _is_of_frame(use) else "?"
    return None


def _is_of_frame(use: Use) -> bool:
    return any(each.arg in _FRAME_WORDS for each in use.call.keywords) or (
        len(use.call.args) == 1 and isinstance(use.call.args[0], ast.Constant)
    )


def _seed_of(use: Use) -> ast.expr | None:
    seed = use.given(*_SEEDS)
    return None if seed is None or (isinstance(seed, ast.Constant) and seed.value is None) else seed


def _has_seed(use: Use) -> bool:
    first: ast.expr | None = use.call.args[0] if use.call.args else use.given("seed", "x", "entropy")
    return first is not None and not (isinstance(first, ast.Constant) and first.value is None)


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def by_status(found: Sequence[Draw], status: Status) -> Iterator[str]:
    """Yield the texts of the draws that were judged so."""
    yield from (draw.text for draw in found if draw.status == status)
