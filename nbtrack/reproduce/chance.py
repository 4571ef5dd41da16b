"""What in the sources of a program may give another result each time: draws without a seed, clocks, networks, orders.

Read from the syntax; nothing is run. It says what may be, not what is: a helper module, or a library, may do the same.
"""

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

_MAGIC: Final = re.compile(r"^([ \t]*)(?:%|!|\?|[A-Za-z_][\w.]*\?).*$", re.MULTILINE)
_ASSIGNED_MAGIC: Final = re.compile(r"^([ \t]*\w[\w, ]*=\s*)[%!].*$", re.MULTILINE)
_LONGEST: Final = 200_000  # characters of one source
_MADE: Final = frozenset({"default_rng", "RandomState", "SeedSequence", "PCG64", "Random"})
_NOT_DRAWN: Final = frozenset({*_MADE, "seed", "get_state", "set_state", "Generator", "MT19937", "BitGenerator"})
_TORCH_DRAWS: Final = frozenset("rand randn randint randperm normal bernoulli multinomial rand_like randn_like".split())
_PYTHON_DRAWS: Final = frozenset(
    "random randint uniform gauss choice choices sample shuffle randrange betavariate".split()
)
_NEEDS_SEED: Final = frozenset(  # of scikit-learn and its kin: drawn from numpy's global generator without random_state
    "train_test_split RandomForestClassifier RandomForestRegressor ExtraTreesClassifier ExtraTreesRegressor "
    "MLPClassifier MLPRegressor SGDClassifier SGDRegressor KMeans MiniBatchKMeans GaussianMixture TSNE "
    "DecisionTreeClassifier DecisionTreeRegressor GradientBoostingClassifier GradientBoostingRegressor IsolationForest "
    "ShuffleSplit StratifiedShuffleSplit BaggingClassifier BaggingRegressor AdaBoostClassifier RandomizedSearchCV NMF "
    "make_classification make_regression make_blobs make_moons make_circles permutation_importance resample shuffle "
    "HistGradientBoostingClassifier HistGradientBoostingRegressor Perceptron RepeatedKFold "
    "RepeatedStratifiedKFold".split()
)
_CLOCKS: Final = frozenset(
    "time.time time.time_ns datetime.now datetime.today datetime.utcnow date.today Timestamp.now Timestamp.today "
    "time.perf_counter time.monotonic time.localtime time.strftime".split()
)
_SYSTEM: Final = frozenset("os.urandom uuid.uuid4 uuid.uuid1 uuid4 uuid1 SystemRandom random.SystemRandom".split())
_NETWORK: Final = frozenset(
    "requests.get requests.post requests.request httpx.get httpx.post urlopen urllib.request.urlopen urlretrieve "
    "urllib.request.urlretrieve fetch_openml hf_hub_download snapshot_download load_dataset".split()
)
_LISTINGS: Final = frozenset(
    {"os.listdir", "os.scandir", "os.walk", "glob.glob", "glob.iglob", "listdir", "iterdir", "rglob"}
)


class Chance(NamedTuple):
    """One thing that may come out differently: ``kind`` (a word), the generator it draws from if any, and the code."""

    kind: str  # unseeded, drawn, clock, system, network, order, hash, threads, gpu
    name: str
    code: str


def chances(sources: Iterable[str]) -> list[Chance]:
    r"""Return what may come out differently each time, in the order of the sources, each kind and code once.

    >>> [(each.kind, each.code) for each in chances(["rng = np.random.default_rng()\nx = np.random.rand(3)"])]
    [('unseeded', 'np.random.default_rng()'), ('drawn', 'np.random.rand(3)')]
    >>> chances(["rng = np.random.default_rng(3)", "this is no Python"])
    []
    """
    found: dict[Chance, None] = {}
    for source in sources:
        tree = _tree(source)
        if tree is not None:
            found.update(dict.fromkeys(_chances(tree)))
    return list(found)


def _tree(source: str) -> ast.AST | None:
    """Return a cell's tree; magics and shell commands become nothing."""
    plain = _ASSIGNED_MAGIC.sub(r"\1None", _MAGIC.sub(r"\1pass", source[:_LONGEST]))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(plain)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _chances(tree: ast.AST) -> Iterator[Chance]:
    ordered = {id(argument) for node in ast.walk(tree) if _is_sorting(node) for argument in node.args}  # type: ignore[attr-defined]  # a call
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _called(node, ordered=id(node) in ordered)
        elif isinstance(node, ast.For | ast.comprehension) and _is_set(node.iter):
            yield Chance("hash", "", _code(node.iter))


def _is_sorting(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _dotted(node.func) in {"sorted", "len", "set", "sum", "min", "max"}


def _called(call: ast.Call, *, ordered: bool) -> Iterator[Chance]:
    name = _dotted(call.func)
    owner, _, last = name.rpartition(".")
    given = {each.arg: each.value for each in call.keywords}
    if kind := _kind(name, owner, last, call, given):
        yield Chance(*kind, _code(call))
    if ordered is False and (name in _LISTINGS or last in {"iterdir", "rglob"} or name.endswith(".glob")):
        yield Chance("order", "", _code(call))
    if last in {"list", "tuple", "enumerate", "join"} and any(map(_is_set, call.args)):
        yield Chance("hash", "", _code(call))
    jobs = given.get("n_jobs")
    if jobs is not None and not (isinstance(jobs, ast.Constant) and jobs.value in {None, 1}):
        yield Chance("threads", "", f"n_jobs={_code(jobs)}")
    if last == "cuda" or any(isinstance(each, ast.Constant) and each.value == "cuda" for each in call.args):
        yield Chance("gpu", "", _code(call))


def _kind(  # noqa: PLR0911 - one return a kind
    name: str, owner: str, last: str, call: ast.Call, given: Mapping[str | None, ast.expr]
) -> tuple[str, str] | None:
    if last in _MADE and not any(_is_given(each) for each in (*call.args, *given.values())):
        return "unseeded", "random" if last == "Random" else "numpy"
    if owner in {"np.random", "numpy.random"} and last not in _NOT_DRAWN:
        return "drawn", "numpy"
    if owner == "random" and last in _PYTHON_DRAWS:
        return "drawn", "random"
    if (owner == "torch" and last in _TORCH_DRAWS) or (last == "DataLoader" and "shuffle" in given):
        return "drawn", "torch"
    unseeded = not _is_given(given.get("random_state"))
    if unseeded and (last in _NEEDS_SEED or (last == "sample" and owner not in {"random", "rng", "?"})):
        return "drawn", "numpy"
    if name in _CLOCKS or any(name.endswith(f".{clock}") for clock in _CLOCKS):
        return "clock", ""
    if name in _SYSTEM or owner == "secrets":
        return "system", ""
    return ("network", "") if name in _NETWORK or last in {"urlopen", "fetch_openml"} else None


def _is_given(node: ast.expr | None) -> bool:
    return node is not None and not (isinstance(node, ast.Constant) and node.value is None)


def _is_set(node: ast.expr) -> bool:
    return isinstance(node, ast.Set | ast.SetComp) or (isinstance(node, ast.Call) and _dotted(node.func) == "set")


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([*([node.id] if isinstance(node, ast.Name) else ["?"]), *reversed(parts)])


def _code(node: ast.expr) -> str:
    try:
        text = ast.unparse(node)
    except RecursionError:
        return "…"
    return text if len(text) <= 60 else text[:59] + "…"
