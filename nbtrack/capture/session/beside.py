"""What calls read and change beside variables: random generators, plot settings, the working directory, files.

Each gets a name that no variable can have, so that it is followed from cell to cell as a variable is.
"""

import re
from dataclasses import dataclass

from nbtrack.capture.syntax.flow import Call

PLOTS = "⟂plt"
FOLDER = "⟂cwd"
VARIABLES = "⟂env"

_NONE: frozenset[str] = frozenset()
_SEEDS = {
    "numpy.random.seed": "numpy",
    "numpy.random.set_state": "numpy",
    "random.seed": "random",
    "random.setstate": "random",
    "torch.manual_seed": "torch",
    "torch.random.manual_seed": "torch",
    "torch.cuda.manual_seed": "torch",
    "torch.cuda.manual_seed_all": "torch",
    "torch.set_rng_state": "torch",
    "tensorflow.random.set_seed": "tensorflow",
    "tensorflow.set_random_seed": "tensorflow",
}
_SEED_ALL = frozenset({"seed_everything", "set_seed", "set_random_seed", "set_seeds", "seed_all"})
_OWN_GENERATORS = frozenset(
    "default_rng RandomState Generator SeedSequence PCG64 Philox MT19937 SFC64 get_state Random SystemRandom getstate "
    "initial_seed get_rng_state".split()
)
_TORCH_DRAWS = frozenset(
    "rand randn randint randperm rand_like randn_like normal bernoulli multinomial poisson".split()
)
_PLOT_SETTINGS = re.compile(r"(?:matplotlib\.(?:pyplot\.)?(?:rc|rcdefaults|use|style\.use)|seaborn\.set\w*)$")
_READERS = re.compile(r"(?:^|\.)(?:read_\w+|scan_\w+|load\w*|imread|genfromtxt|fromfile|ParquetFile|open_dataset)$")
_WRITERS = re.compile(r"(?:^|\.)(?:to_(?:csv|parquet|json|pickle|feather|excel|hdf|sql|netcdf|zarr)|write_\w+|save\w*|"
                      r"sink_\w+|dump|imsave|tofile)$")  # fmt: skip
_FILE = re.compile(r"[^\n<>|*?\"]{1,300}\.\w{1,10}(?:\.(?:gz|bz2|xz|zip|zst))?")


@dataclass(frozen=True, slots=True)
class Beside:
    """What one call does beside variables; ``barriers`` say why its cell belongs to every later run."""

    reads: frozenset[str] = _NONE
    writes: frozenset[str] = _NONE
    changes: frozenset[str] = _NONE
    barriers: tuple[str, ...] = ()


_NOTHING = Beside()


def generator(library: str) -> str:
    """Return the name under which the state of a library's random generator is followed."""
    return f"⟂rng:{library}"


def beside(dotted: str, call: Call) -> Beside:
    """Return what calling ``dotted`` (``numpy.random.seed``) does beside variables."""
    top, _, rest = dotted.partition(".")
    last = dotted.rpartition(".")[2]
    if dotted in _SEEDS or last in _SEED_ALL:
        libraries = (_SEEDS[dotted],) if dotted in _SEEDS else ("random", "numpy", "torch")
        return Beside(writes=frozenset(map(generator, libraries)), barriers=("seeds a random generator",))
    if library := _drawn_from(dotted, top, last):
        return Beside(changes=frozenset({generator(library)}))
    if top in {"os", "sys", "importlib"}:
        return _system(dotted)
    if _PLOT_SETTINGS.match(dotted):
        return Beside(changes=frozenset({PLOTS}))
    if top == "matplotlib" and rest:
        return Beside(reads=frozenset({PLOTS}))
    return _files(dotted, last, call) if call.texts else _NOTHING


def _drawn_from(dotted: str, top: str, last: str) -> str | None:
    """Return the library whose shared generator a call draws from."""
    if last in _OWN_GENERATORS:
        return None
    if dotted.startswith("numpy.random."):
        return "numpy"
    if top == "random" and dotted != "random":
        return "random"
    return "torch" if top == "torch" and last in _TORCH_DRAWS else None


def _system(dotted: str) -> Beside:
    if dotted == "os.chdir":
        return Beside(writes=frozenset({FOLDER}), barriers=("changes the working directory",))
    if dotted.startswith("os.environ.") and not dotted.endswith((".get", ".items", ".keys", ".values", ".copy")):
        return Beside(changes=frozenset({VARIABLES}), barriers=("sets an environment variable",))
    if dotted in {"os.putenv", "os.unsetenv"}:
        return Beside(changes=frozenset({VARIABLES}), barriers=("sets an environment variable",))
    if dotted.startswith("sys.path."):
        return Beside(barriers=("changes where modules are found",))
    return Beside(barriers=("reloads a module",)) if dotted == "importlib.reload" else _NOTHING


def _files(dotted: str, last: str, call: Call) -> Beside:
    names = frozenset(f"⟂file:{text}" for text in call.texts if _FILE.fullmatch(text))
    if not names:
        return _NOTHING
    if last == "open" and dotted in {"open", "io.open", "_io.open"}:
        modes = [text for text in call.texts[1:] if re.fullmatch(r"[rwaxbt+U]{1,4}", text)]
        return Beside(writes=names) if modes and set(modes[0]) & set("wax") else Beside(reads=names)
    if _WRITERS.search(dotted):
        return Beside(writes=names)
    return Beside(reads=names) if _READERS.search(dotted) else _NOTHING
