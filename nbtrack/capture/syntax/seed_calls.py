"""Which seeds a cell's source sets: calls that seed a generator, and generators that are made with a seed."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from nbtrack.capture.syntax.walking import every_node, of_kind

_SEEDS: Final = {
    "random.seed": "random",
    "np.random.seed": "numpy",
    "numpy.random.seed": "numpy",
    "torch.manual_seed": "torch",
    "torch.random.manual_seed": "torch",
    "torch.cuda.manual_seed": "torch",
    "torch.cuda.manual_seed_all": "torch",
    "tf.random.set_seed": "tensorflow",
    "tensorflow.random.set_seed": "tensorflow",
}
_SEED_ALL: Final = frozenset({"seed_everything", "set_random_seed", "set_seed", "seed_all"})
_GENERATORS: Final = frozenset({"default_rng", "RandomState", "PRNGKey", "SeedSequence", "Random", "manual_seed"})
_KEYWORDS: Final = frozenset({"random_state", "seed", "random_seed"})
ALL: Final = "*"
_WORDS: Final = re.compile(r"seed|random_state|default_rng|RandomState|PRNGKey|Random\(")


@dataclass(frozen=True, slots=True)
class SeedCalls:
    """What a source says about seeds.

    Args:
        seeded: the generators it seeds, ``*`` for all of them.
        explicit: seeds given to a generator or an estimator of its own, as written: ``random_state=42``.
        numbers: the whole numbers it names, any of which may be a seed.
    """

    seeded: frozenset[str] = frozenset()
    explicit: tuple[str, ...] = ()
    numbers: frozenset[int] = field(default=frozenset())


def names_seeds(source: str) -> bool:
    """Tell whether there is any use in reading a source for seeds."""
    return _WORDS.search(source) is not None


def seed_calls(tree: ast.AST) -> SeedCalls:
    """Return what a cell's tree says about seeds.

    >>> seed_calls(ast.parse("np.random.seed(SEED); m = SVC(random_state=7)"))
    SeedCalls(seeded=frozenset({'numpy'}), explicit=('random_state=7',), numbers=frozenset({7}))
    """
    seeded: set[str] = set()
    explicit: dict[str, None] = {}
    nodes = every_node(tree)
    for call in of_kind(nodes, ast.Call):
        called = _dotted(call.func)
        seeded.update(_seeded(called, call))
        explicit.update(dict.fromkeys(_explicit(called, call)))
    written = [node.value for node in of_kind(nodes, ast.Constant)]
    numbers = frozenset([value for value in written if type(value) is int and 0 <= value < 2**32])
    return SeedCalls(frozenset(seeded), tuple(explicit), numbers)


def _seeded(called: str, call: ast.Call) -> Iterator[str]:
    last = called.rpartition(".")[2]
    if called in _SEEDS and (call.args or call.keywords):
        yield _SEEDS[called]
    elif last in _SEED_ALL:
        yield ALL


def _explicit(called: str, call: ast.Call) -> Iterator[str]:
    """Yield the seeds a call passes on. ``None`` is no seed."""
    last = called.rpartition(".")[2]
    if last in _GENERATORS and called not in _SEEDS and call.args and _is_seed(call.args[0]):
        yield f"{last}({ast.unparse(call.args[0])})"
    for keyword in call.keywords:
        if keyword.arg in _KEYWORDS and _is_seed(keyword.value):
            yield f"{keyword.arg}={ast.unparse(keyword.value)}"


def _is_seed(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) or (isinstance(node, ast.Constant) and type(node.value) is int)


def _dotted(node: ast.expr) -> str:
    """Return ``np.random.seed`` for what is called so; an empty name for what is called otherwise."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([*([node.id] if isinstance(node, ast.Name) else ["?"]), *reversed(parts)])
