"""What a cell's statements do to the notebook's variables and what lies beside them, decided with the values at hand.

A method called as a whole statement changes its receiver (``model.fit(X)``), unless the class is known better: pandas
objects change by few methods, text and numbers by none. What no variable holds gets a name of its own with ``⟂``: the
state of random generators, the settings of matplotlib, the working directory, files.
"""

import sys
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from nbtrack.capture.session.beside import beside
from nbtrack.capture.session.called import WITHOUT_CODE, names_behind
from nbtrack.capture.session.identities import is_fixed
from nbtrack.capture.session.learners import is_network, is_used_up, learns, starts_anew
from nbtrack.capture.session.magic_effects import magic_barrier
from nbtrack.capture.syntax.flow import LEARNING, Body, Call, Store
from nbtrack.record.unasked import module_name

Bodies = Callable[[str], Body | None]

# Methods that change their receiver wherever they stand, and those that never do, for classes nothing else is known of.
_CHANGING = frozenset(
    "fit partial_fit fit_transform fit_predict fit_resample train append extend insert add update pop popitem remove "
    "discard clear sort reverse setdefault appendleft popleft extendleft load_state_dict load_weights compile step "
    "backward zero_grad put drop_in_place set_params set_index_in_place learn train_on_batch".split()
)
_LOOKING = frozenset(
    "head tail info describe summary show display plot hist boxplot score predict predict_proba transform evaluate "
    "get_params items keys values count index copy print print_summary savefig to_csv to_parquet to_json save dump "
    "sample value_counts corr cov groupby nunique isna isnull mean sum std min max parameters state_dict __repr__ "
    "inverse_transform decision_function get join format split render view print_topics explain".split()
)
_FRAMES = frozenset({"pandas", "polars", "pyarrow", "geopandas", "modin", "cudf"})
_FRAME_CHANGES = frozenset({"insert", "pop", "update", "drop_in_place", "insert_column", "replace_column", "extend"})
_ARRAY_CHANGES = frozenset({"sort", "fill", "put", "resize", "partition", "setflags", "itemset", "byteswap"})
_FIXED = (str, int, float, complex, bool, bytes, tuple, frozenset, type(None), range, slice, FunctionType)
_STEADY = WITHOUT_CODE | {FunctionType, type}  # they are the same after they were used
_TAKING = ("train", "fit", "update", "load_", "init_", "reset", "freeze", "unfreeze", "finetune", "fine_tune")
_FIRST_ARGUMENT = frozenset(
    {"shuffle", "setattr", "delattr", "heappush", "heappop", "heapify", "insort", "fill_diagonal"}
)
_DYNAMIC = frozenset({"exec", "eval", "execfile"})
_SHELL = frozenset({"push", "ex", "ev", "run_cell", "run_code", "run_line_magic_", "safe_execfile", "set_var"})


@dataclass(slots=True)
class Effect:
    """What a statement does: names read, written for sure or maybe, changed, deleted; ``refits`` start anew."""

    line: int = 0
    end: int = 0
    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    maybes: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    refits: set[str] = field(default_factory=set)
    assumed: set[str] = field(default_factory=set)  # changed only as far as anyone can tell
    deep: set[str] = field(default_factory=set)  # changed, maybe in their parts
    deletes: set[str] = field(default_factory=set)
    barriers: list[str] = field(default_factory=list)
    imports: dict[str, str] = field(default_factory=dict)
    dynamic: bool = False
    entered: dict[tuple[object, ...], int] = field(default_factory=dict, repr=False, compare=False)  # and how deep

    def add(self, other: "Effect") -> None:
        """Take in what a later statement does."""
        self.reads |= other.reads
        self.writes = (self.writes - other.deletes) | other.writes
        self.maybes |= other.maybes
        self.assumed = (self.assumed | (other.assumed - self.changes)) - (other.changes - other.assumed)
        self.changes |= other.changes
        self.refits |= other.refits
        self.deep |= other.deep
        self.deletes = (self.deletes - other.writes) | other.deletes
        self.barriers += other.barriers
        self.imports |= other.imports
        self.dynamic |= other.dynamic

    def begin(self, other: "Effect") -> None:
        """Take in a statement that did not complete: it may have read and changed anything, what it wrote is seen."""
        self.reads |= other.reads
        self.changes |= other.changes
        self.deep |= other.deep
        self.barriers += other.barriers
        self.dynamic |= other.dynamic


@dataclass(frozen=True, slots=True)
class Known:
    """What is known where a cell starts: the variables, what names were imported as, and the functions' bodies."""

    namespace: Mapping[str, Any]
    imports: Mapping[str, str]
    bodies: Bodies
    once: Container[str] = ()  # names that were variables at some time


def effect_of(body: Body, known: Known) -> Effect:
    """Return what a statement does to the variables that exist."""
    effect = Effect(
        body.line,
        body.end,
        set(body.reads),
        set(body.writes),
        set(body.maybes),
        deletes=set(body.deletes),
        imports=dict(body.imports),
        dynamic=body.dynamic,
    )
    if effect.reads:
        effect.reads |= names_behind(effect.reads, known.namespace, known.once)
    for name in sorted(effect.reads):
        inner = known.bodies(name)
        if inner is not None and inner.params == ():
            _apply(inner, {}, effect, known, depth=4)
    _apply(body, {}, effect, known, depth=5)
    if body.imports and any(module.startswith("__future__.") for module in body.imports.values()):
        effect.barriers.append("from __future__")  # from here on every cell is compiled with it
    read = [(name, known.namespace.get(name)) for name in effect.reads]
    used_up = {name for name, value in read if type(value) not in _STEADY and is_used_up(value)}
    effect.assumed |= used_up - effect.changes
    effect.changes |= used_up
    if _teaches(body, known):
        effect.changes |= {name for name in effect.reads if is_network(known.namespace.get(name))}
    return effect


def _apply(body: Body, bound: Mapping[str, str | None], effect: Effect, known: Known, depth: int) -> None:
    """Add what a body does; ``bound`` says which notebook names stand for its parameters."""
    for store in body.stores:
        _store(_named(store.root, body, bound), store, effect, known)
    for call in body.calls:
        name = _named(call.root, body, bound)
        if name is not None:
            _call(name, call, effect, known)
            _enter(name, call, body, bound, effect, known, depth)
    for magic in body.magics:
        if reason := magic_barrier(magic):
            effect.barriers.append(reason)
        effect.dynamic |= magic.kind == "python" and magic.name in _SHELL


def _named(root: str, body: Body, bound: Mapping[str, str | None]) -> str | None:
    return bound.get(root) if root in body.params else root


def _enter(
    name: str, call: Call, around: Body, bound: Mapping[str, str | None], effect: Effect, known: Known, depth: int
) -> None:
    """Follow a call into the notebook function or method that it calls, with its arguments for the parameters."""
    inner = _called(name, call, known) if depth else None
    if inner is None:
        return
    params = inner.params[1:] if call.path else inner.params
    given: dict[str, str | None] = dict(zip(params, call.args, strict=False))
    given |= {key: root for key, root in call.keywords if key is not None}
    outer = {param: None if root is None else _named(root, around, bound) for param, root in given.items()}
    if call.path and inner.params:
        outer[inner.params[0]] = name
    effect.maybes |= inner.writes
    way = id(inner), *sorted(outer.items(), key=str)
    if effect.entered.get(way, 0) < depth:  # functions that call each other are many ways to the same
        effect.entered[way] = depth
        _apply(inner, outer, effect, known, depth - 1)


def _called(name: str, call: Call, known: Known) -> Body | None:
    """Return the body a call runs. A method is known by its name alone, unless its object's class is a library's."""
    if not call.path:
        return known.bodies(name)
    value = known.namespace.get(name)
    foreign = value is not None and module_name(type(value)) != "__main__"
    return None if foreign or name in known.imports else known.bodies(f".{call.path[-1]}")


def _store(name: str | None, store: Store, effect: Effect, known: Known) -> None:
    if name is None:
        return
    value = known.namespace.get(name)
    if type(value) is ModuleType or name in known.imports:
        effect.barriers.append(f"sets {_dotted(name, known)}")
    elif not is_fixed(value) and not (store.through and module_name(type(value)).partition(".")[0] in _FRAMES):
        effect.changes.add(name)
        if store.through or not store.direct:
            effect.deep.add(name)


def _call(name: str, call: Call, effect: Effect, known: Known) -> None:
    value = known.namespace.get(name)
    dotted = ".".join((_dotted(name, known), *call.path))
    effects = beside(dotted, call)
    effect.reads |= effects.reads
    effect.changes |= effects.changes
    effect.writes |= effects.writes
    effect.barriers += effects.barriers
    if name in _DYNAMIC and not call.path and name not in known.namespace:
        effect.dynamic = True
    method = call.path[-1] if call.path else name
    if call.path and type(value) is not ModuleType and name not in known.imports:
        _method(name, value, method, call, effect)
    if method in _FIRST_ARGUMENT and call.args[:1] != (None,):
        effect.changes |= set(filter(None, call.args[:1]))
    elif method.startswith(_TAKING) and known.bodies(name) is None:
        roots = (*call.args, *(root for _, root in call.keywords))
        effect.changes |= {root for root in roots if root and learns(known.namespace.get(root))}


def _method(name: str, value: object, method: str, call: Call, effect: Effect) -> None:
    """Decide whether a method changes the object it is called on."""
    family = module_name(type(value)).partition(".")[0]
    if type(value) in _FIXED or (call.through and family in _FRAMES | {"numpy"}):
        changes = False
    elif family in _FRAMES:
        changes = method in _FRAME_CHANGES or "inplace" in call.flags
    elif family == "numpy":
        changes = method in _ARRAY_CHANGES
    elif type(value) in (list, dict, set):
        changes = method in _CHANGING
    else:
        changes = method in _CHANGING or "inplace" in call.flags or (call.bare and method not in _LOOKING)
        if changes and method not in _CHANGING and "inplace" not in call.flags and name not in effect.changes:
            effect.assumed.add(name)
    if changes:
        effect.changes.add(name)
        if call.through or not call.direct or type(value) not in (list, dict, set):
            effect.deep.add(name)
        if method == "fit" and starts_anew(value):
            effect.refits.add(name)


def _teaches(body: Body, known: Known, depth: int = 3) -> bool:
    """Tell whether gradients are applied: the networks that a cell reads are then changed through their parameters."""
    if "torch" not in sys.modules:
        return False
    if any(call.path[-1:] in LEARNING for call in body.calls):
        return True
    inner = (known.bodies(call.root) for call in body.calls if not call.path) if depth else ()
    return any(each is not None and _teaches(each, known, depth - 1) for each in inner)


def _dotted(name: str, known: Known) -> str:
    """Return what a name stands for: ``numpy`` for ``np``, ``numpy.random.seed`` for an imported ``seed``."""
    value = known.namespace.get(name)
    if type(value) is ModuleType:
        return str(vars(value).get("__name__", name))
    if name in known.imports:
        return known.imports[name]
    if type(value) in (FunctionType, BuiltinFunctionType):
        module = getattr(value, "__module__", None)
        return f"{module}.{name}" if type(module) is str else name
    return name
