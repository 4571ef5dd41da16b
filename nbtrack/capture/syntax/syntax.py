"""What a cell's syntax tells before it runs: literals, keyword arguments, bindings, and the last expression.

Rules of promotion (which numbers become metrics) are in ``metrics.py``; this file only reads the tree.
"""

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Any

from nbtrack.capture.syntax.asking import asks_model
from nbtrack.capture.syntax.configs import numbers_words, written_settings
from nbtrack.capture.syntax.literals import is_literal, literal
from nbtrack.capture.syntax.roots import handed_as
from nbtrack.capture.syntax.rounds import epochs
from nbtrack.capture.syntax.scopes import bound_outside_loops
from nbtrack.capture.syntax.set_within import draws_pictures, set_within
from nbtrack.capture.syntax.trials import Trials, swept, trials
from nbtrack.capture.syntax.walking import LEAVES, child_nodes, every_node, functions_among, of_kind, remembering

LOOKED_UP = "[]"
CLOCKS = frozenset(
    "time perf_counter monotonic process_time now time_ns perf_counter_ns timestamp default_timer".split()
)

# Calls whose keyword arguments describe how something looks, not how a result came to be.
_SHOWN_BY = frozenset(
    "print display plot hist scatter bar barh imshow show figure subplots subplot title xlabel ylabel legend savefig "
    "make_subplots tight_layout subplots_adjust grid axhline axvline fill_between annotate text boxplot heatmap "
    "lineplot scatterplot barplot histplot clear_output set_title set_xlabel set_ylabel set_xlim set_ylim "
    "update_layout add_trace head tail sort_values to_csv to_string open log log_dict log_params log_param log_metric "
    "log_metrics log_artifact log_artifacts log_model log_figure log_table add_scalar add_scalars add_figure "
    "add_histogram set_tag set_tags set_postfix start_run register_model save save_model tqdm trange filterwarnings "
    "join format set_table_styles set_properties set_caption background_gradient make_grid save_image iplot Image "
    "AnnotationBbox OffsetImage Line2D summary_col".split()
)
# Those of them that make a picture; the others tell, write, keep or sort something.
_PICTURED_BY = frozenset(
    "plot hist scatter bar barh imshow figure subplots subplot title xlabel ylabel legend grid axhline axvline "
    "fill_between annotate text boxplot heatmap lineplot scatterplot barplot histplot set_title set_xlabel set_ylabel "
    "set_xlim set_ylim xlim ylim update_layout add_trace set_table_styles set_properties set_caption "
    "background_gradient".split()
)
# Calls that handle data: their arguments say which columns and in which shape, not how the result was made.
_HANDLED_BY = frozenset(
    "merge join concat groupby agg aggregate pivot pivot_table melt drop dropna fillna rename astype sort_index "
    "reset_index set_index apply map assign replace query value_counts describe info nlargest nsmallest get_dummies "
    "DataFrame Series Index to_datetime date_range loadtxt genfromtxt array asarray zeros ones empty full linspace "
    "arange stack hstack vstack concatenate reshape astype explode crosstab cut drop_duplicates duplicated isin corr "
    "roll correlate convolve savetxt get_indexer reindex "
    "load load_data split strip rsplit sorted sum min max mean std var median any all round int float str dict list "
    "getLogger basicConfig set_option Path makedirs mkdir dump dumps loads where clip add_argument ArgumentParser "
    "set_printoptions pad squeeze flatten tile repeat rename_axis stack unstack field Field dataclass simplefilter "
    "DMatrix from_dict qcut Timedelta memory_usage to interpolate shift diff pct_change enumerate sort parse_args "
    "parse_known_args select_dtypes rank unique triu tril triu_indices tril_indices eye diag clamp Grouper".split()
)
_SEEDED_BY = frozenset(
    "seed manual_seed manual_seed_all set_seed set_random_seed seed_everything default_rng RandomState PRNGKey "
    "Random".split()
)
_FORMULA = re.compile(r"[\w.]+(?:\(\w+\))?\s*~\s*[\w.()+*:\s,'-]+")  # of statsmodels, as R writes it
_DRAWN_BY = frozenset(
    "normal uniform standard_t standard_normal gamma beta randn rand integers randint binomial poisson exponential "
    "choice choices permutation multivariate_normal lognormal period_range timedelta_range bdate_range meshgrid "
    "random".split()
)
_CHANGING = re.compile(r"(?:partial_)?fit|train(?!_test_split)|compile|update|append|extend|pop|set_|add(?:_|$)|load_")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)
_LOOPS = frozenset({ast.For, ast.AsyncFor, ast.While})
_PASSING = frozenset({ast.For, ast.comprehension})
_WAITING = frozenset({*_FUNCTIONS, ast.Lambda})  # what is in them runs where they are called, if they are
_UNCERTAIN = _WAITING | {ast.If, ast.While, ast.IfExp, ast.Match, ast.ExceptHandler}
_SINGLE = frozenset({ast.Assign, ast.AugAssign, ast.Expr, ast.Import, ast.ImportFrom, ast.Pass})  # around no others
# Arguments that say in which form data are handled, not what is done with them.
_MANNERS = frozenset(
    "axis keepdims inplace return_X_y as_frame copy deep ignore_index rcond dtype output_dict ascending verbose "
    "verbose_eval disp n_jobs progress show_progress show_progress_bar progress_bar desc leave sep flush encoding "
    "index header color label figsize training return_dict callbacks return_std return_cov return_counts "
    "return_index return_inverse return_distance return_indices decimals ndigits parser target_names class_names "
    "feature_names display_labels keepdim as_tuple pos_label transform target_transform".split()
)
# What a language model is told, and may answer with.
_TOLD = frozenset("messages tools tool_choice functions function_call response_format".split())
# What goes along an axis of an array, which torch calls ``dim``.
_ALONG = frozenset(
    "argmax argmin amax amin softmax log_softmax Softmax LogSoftmax logsumexp normalize norm cosine_similarity "
    "CosineSimilarity cat unsqueeze topk prod cumsum cumprod argsort chunk gather index_select unbind roll flip select "
    "narrow scatter scatter_ unflatten expand_as movedim vector_norm count_nonzero mode aminmax glu".split()
)
# Functions that draw by their name; the curve of a learning is trained before it is drawn.
_DRAWS = re.compile(r"(?:plot|draw)_(?!learning|validation|train)\w+")
_ASKING = frozenset({ast.Lambda, ast.Subscript, ast.Call})
_PLOTTERS = frozenset({"plt", "ax", "axes", "axs", "axarr", "sns", "px", "go", "fig", "alt", "pylab"})
_PLOTTERS_ONLY = _PLOTTERS - {"px"}  # plotly's module, or prices: ``px.rolling(30)``
_STEPS = frozenset({ast.Attribute, ast.Subscript})
_TRACKERS = frozenset({"wandb", "mlflow", "neptune"})
_ACCESSORS = frozenset({"str", "dt", "cat", "plot", "style"})


@dataclass(slots=True)
class Binding:
    """One name the cell binds at its top level, and the expressions it binds it to."""

    name: str
    values: list[ast.expr] = field(default_factory=list)
    conditional: bool = False
    counted: bool = False  # a loop variable, or a name that counts up: never a result
    looped: bool = False  # a loop variable
    filled: bool = False  # entries were put into it
    moved: bool = False  # bound once, and otherwise only moved from where it was: ``lr *= 0.9``
    moves: int = 0  # how many values it had been given when it was moved last
    renewed: bool = False  # bound by nothing but the rounds of a loop


@dataclass(frozen=True, slots=True)
class Keyword:
    """A literal keyword argument of a call: ``callee`` is the call's last name."""

    callee: str
    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Part:
    """One statement at the top of a cell: what it binds and reads, and the settings it writes out.

    ``plain`` statements do nothing but bind their names. Those of a function that its own cell does not call run where
    a later cell calls it.
    """

    node: ast.stmt
    binds: frozenset[str]
    loads: frozenset[str]
    changes: frozenset[str]
    plain: bool
    keywords: tuple[Keyword, ...]
    calls: tuple[ast.Call, ...]


@dataclass(slots=True)
class Reading:
    """What was read from one cell's tree.

    ``parts`` are its statements, ``passed`` says under which keywords a variable was handed to calls, ``given`` to
    which calls in any way - in ``LOOKED_UP`` that it is asked for what data hold -, ``calls`` holds the calls by name
    that are certain to run, ``loads`` every name that is read, ``counted`` how often a loop over epochs runs, ``seeds``
    the numbers that random generators are seeded with, or the variables that hold them, ``tried`` the settings that
    loops change.
    """

    parts: list[Part] = field(default_factory=list)
    passed: dict[str, set[str]] = field(default_factory=dict)
    given: dict[str, set[str]] = field(default_factory=dict)
    calls: list[ast.Call] = field(default_factory=list)
    loads: set[str] = field(default_factory=set)
    counted: dict[str, int] = field(default_factory=dict)
    seeds: list[tuple[str, int | str | None]] = field(default_factory=list)
    tried: Trials = field(default_factory=Trials)
    bindings: dict[str, Binding] = field(default_factory=dict)
    keywords: list[Keyword] = field(default_factory=list)
    last: ast.expr | None = None


@remembering
def read(tree: ast.Module) -> Reading:
    """Return what ``tree`` tells."""
    reading = Reading()
    for statement in tree.body:
        _bind(statement, reading.bindings, conditional=False)
    for binding in reading.bindings.values():
        if binding.moves:
            binding.moved = not any(map(is_literal, binding.values[1 : binding.moves]))
    walked = list(map(every_node, tree.body))
    nodes = list(chain.from_iterable(walked))
    kinds = set(map(type, nodes))
    called = set[str | None]() if kinds.isdisjoint(_WAITING) else _reached(tree)
    for statement, inner in zip(tree.body, walked, strict=True):
        part = _part(statement, inner, called, reading)
        reading.parts.append(part)
        reading.loads.update(part.loads)
    if not kinds.isdisjoint(_LOOPS):
        _read_loops(tree, nodes, reading)
    if not kinds.isdisjoint(_ASKING) or not kinds.isdisjoint(_PASSING):
        for name, call in (*_looked_up(nodes), *_gone_through(nodes)):
            reading.given.setdefault(name, set()).add(call)
        reading.tried.swept.extend(swept(nodes))
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        reading.last = tree.body[-1].value
    return reading


def _read_loops(tree: ast.Module, nodes: Iterable[ast.AST], reading: Reading) -> None:
    """Read how often loops run, what only they bind, and what they try out."""
    reading.counted.update(epochs(nodes))
    outside = set(bound_outside_loops(tree.body))
    for binding in reading.bindings.values():
        binding.renewed = binding.name not in outside
    reading.tried = trials(tree.body)


def _reached(tree: ast.Module) -> set[str | None]:
    """Return the names of what a cell calls when it runs, and of its functions that are handed to something else.

    What a function calls that nobody calls here is none of it.
    """
    functions: dict[str, list[ast.AST]] = {}
    for function in functions_among(every_node(tree)):
        functions.setdefault(function.name, []).append(function)
    if not functions:
        return {last_name(call.func) for call in of_kind(every_node(tree), ast.Call)}
    found, seen = set[str | None](), set[ast.AST]()
    waiting: list[ast.AST] = [tree]
    for node in waiting:  # it grows meanwhile
        named = ""
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() if node not in seen:
                waiting += [*node.decorator_list, *node.args.defaults]
                continue
            case ast.Call(func=function_called):
                found.add(last_name(function_called))
            case ast.Name(id=named) | ast.Attribute(attr=named):
                pass
        if named in functions and (new := [each for each in functions[named] if each not in seen]):
            found.add(named)
            seen.update(new)
            waiting += new
        if node.__class__ not in LEAVES:
            waiting += child_nodes(node)
    return found


def needed(
    reading: Reading, wanted: AbstractSet[str], changed: AbstractSet[str] = frozenset()
) -> tuple[list[Part], set[str]]:
    """Return the statements of an earlier cell that made what is ``wanted`` as it was after it, and what they read.

    Taken from the last to the first: what a statement binds anew is nothing that one before it made. A statement that
    does more than bind is needed, too, where it reads what the cell has ``changed``.

    Returns:
        The statements in their order, and all names that are wanted or that they read.
    """
    names, parts = set(wanted), list[Part]()
    alive = set(wanted)
    for part in reversed(reading.parts):
        touches = part.changes if part.plain else part.changes | (part.loads & changed)
        if (part.binds | touches) & alive:
            if part.plain:
                alive -= part.binds
            alive |= part.loads
            names |= part.loads
            parts.append(part)
    return parts[::-1], names


def _part(statement: ast.stmt, nodes: Sequence[ast.AST], called: Collection[str | None], reading: Reading) -> Part:
    """Read one statement's calls into ``reading`` - but for a function's that is not called here - and return it."""
    known, into = (len(reading.keywords), len(reading.calls)), reading
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and statement.name not in called:
        known, into, called = (0, 0), Reading(), {*called, statement.name}
    if isinstance(statement, _FUNCTIONS) and not draws_pictures(nodes):
        into.keywords.extend(Keyword(statement.name, name, value) for name, value in set_within(statement, nodes))
        written = ((name, literal(value)) for name, value in written_settings(statement))
        into.keywords.extend(Keyword(statement.name, name, value) for name, value in written if value is not ...)
    calls, binds, loads, changed = list[ast.Call](), set[str](), set[str](), set[str]()
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                loads.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                binds.add(name)
            case ast.Call():
                calls.append(node)
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):  # ``table["forecast"] = model.predict(X)``
                changed.add(name)
    if calls:
        plain = len(calls) == 1 and _UNCERTAIN.isdisjoint(map(type, nodes))
        for call in calls if plain else _certain_calls(statement, called):
            _read_call(call, into)
        changed.update(_changed(calls))
    function = statement.name if isinstance(statement, _DEFINITIONS) else None
    return Part(
        statement,
        frozenset([function] if function else binds),
        frozenset(loads),
        frozenset() if function else frozenset(changed),
        function is not None or _only_binds(statement),
        tuple(into.keywords[known[0] :]),
        tuple(into.calls[known[1] :]),
    )


def _changed(calls: Iterable[ast.Call]) -> Iterator[str]:
    """Yield what calls that fit and train may have changed: ``history = model.fit(X, y)``, ``train(model)``.

    Going down a slope, ``loss.backward()``, is for the networks that were called.
    """
    if any(last_name(call.func) == "backward" for call in calls):
        yield from (call.func.id for call in calls if isinstance(call.func, ast.Name))
    for call in calls:
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if _CHANGING.match(method):
                yield name
            case ast.Call(func=ast.Name(id=function), args=args) if _CHANGING.match(function):
                yield from (each.id for each in args if isinstance(each, ast.Name))


def _only_binds(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(targets=[ast.Name()]):  # nearly all
            return True
        case ast.Assign(targets=targets):
            parts = [p for each in targets for p in (each.elts if isinstance(each, ast.Tuple | ast.List) else [each])]
            return bool(parts) and all(isinstance(part, ast.Name) for part in parts)
    return False


def _certain_calls(node: ast.AST, called: Collection[str | None]) -> Iterator[ast.Call]:
    """Yield the calls that run when the cell does: not those under a condition, nor in functions nobody calls here."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        match part:
            case ast.Lambda():  # ``table.apply(lambda row: client.create(row.text, temperature=0))`` runs for each row
                yield from filter(asks_model, of_kind(every_node(part), ast.Call))
                continue
            case ast.IfExp() | ast.Match() | ast.ExceptHandler():
                continue
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name not in called:
                continue
            case ast.Assign(targets=targets, value=ast.Lambda(body=inner)):
                named = {each.id for each in targets if isinstance(each, ast.Name)}
                waiting += [inner] if named.intersection(called) else []
                continue
            case ast.If(test=test, body=body) | ast.While(test=test, body=body):
                waiting += body[::-1] if _is_guard(test) else []
                part = test
        if isinstance(part, ast.Call):
            yield part
        waiting += [each for each in child_nodes(part)[::-1] if each.__class__ not in LEAVES]


def _is_guard(test: ast.expr) -> bool:
    """Tell whether a condition only guards a notebook: ``__name__ == "__main__"``, ``True``, ``"df" in locals()``."""
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()]):
            return True
        case ast.Compare(left=ast.Constant(value=str()), ops=[ast.In()], comparators=[ast.Call(func=function)]):
            return last_name(function) in {"locals", "globals", "vars", "dir"}
    return False


def is_scalar(node: ast.expr) -> bool:
    """Tell whether an expression is a written-out scalar, or a clock's: a container may be filled later."""
    if isinstance(node, ast.Call):
        return last_name(node.func) in CLOCKS
    return is_literal(node) and not isinstance(node, ast.List | ast.Dict | ast.Set)


def last_name(node: ast.expr) -> str | None:
    """Return the name a call is called by: ``fit`` for ``model.fit``, ``f1_score`` for itself."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return None


def callee_name(node: ast.Call) -> str | None:
    """Return the name a call is called by; of ``Box[int](4)`` and ``models["svm"](C=3)`` that of what has the item."""
    function = node.func
    while isinstance(function, ast.Subscript):
        function = function.value
    return last_name(function)


def _read_call(node: ast.Call, reading: Reading) -> None:
    callee = callee_name(node)
    if callee is None:
        return
    _note_given(node, callee, reading)
    reading.keywords.extend(Keyword(callee, name, value) for name, value in _logged_settings(node, callee))
    if not _shows(node.func, callee) and not any(map(_plots, node.args)):
        _read_settings(node, callee, reading)


def _logged_settings(node: ast.Call, callee: str) -> Iterator[tuple[str, Any]]:
    """Yield the settings that a call tells another tracker: ``mlflow.log_param("model", "svm")``."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="nbtrack"))):
            return
        case ast.Call(args=[ast.Constant(value=str(name)), value, *_]) if callee == "log_param":
            pairs = [(name, literal(value))]
        case ast.Call(args=[ast.Dict() as written, *_]) if callee == "log_params":
            keys = [each.value if isinstance(each, ast.Constant) else None for each in written.keys]
            pairs = [(str(key), literal(each)) for key, each in zip(keys, written.values, strict=True) if key]
        case _:
            return
    yield from ((name, value) for name, value in pairs if value is not ...)


def _note_given(node: ast.Call, callee: str, reading: Reading) -> None:
    for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
        if isinstance(argument, ast.Name):
            reading.given.setdefault(argument.id, set()).add(callee)


def _looked_up(nodes: Iterable[ast.AST], call: str = LOOKED_UP) -> Iterator[tuple[str, str]]:
    """Yield the variables that are asked for what something else holds: ``codes[word]``, ``codes.get(word, "")``.

    ``lambda word: codes[word]`` maps words, as ``words.map(codes)`` does.
    """
    for node in nodes:
        if node.__class__ not in _ASKING:  # nearly all
            continue
        match node:
            case ast.Lambda(body=body) if call == LOOKED_UP:
                yield from _looked_up(every_node(body), "map")
                continue
            case ast.Subscript(value=ast.Name(id=name), slice=key, ctx=ast.Load()):
                pass
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get"), args=[key, *_]):
                pass
            case _:
                continue
        if not isinstance(key, ast.Constant | ast.Slice | ast.Tuple):
            yield name, call


def _gone_through(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    """Yield the variables that loops go through: ``for col in columns``."""
    for node in nodes:
        match node:
            case ast.For(iter=ast.Name(id=name)) | ast.comprehension(iter=ast.Name(id=name)):
                yield name, "iter"


def _shows(function: ast.expr, callee: str) -> bool:
    """Tell whether a call plots or prints, or is one of a column's accessors: it sets nothing."""
    if callee in _SHOWN_BY or _DRAWS.fullmatch(callee) is not None or callee.endswith("Display"):
        return True
    receiver = _receiver(function) or ""  # also ``RocCurveDisplay`` of ``RocCurveDisplay.from_predictions``
    return receiver.rstrip("_0123456789") in _PLOTTERS or receiver.endswith("Display") or _is_accessed(function)


def is_drawing(node: ast.Call) -> bool:
    """Tell whether a call draws, and tells nothing in words: ``plt.plot(x, y)``, ``axes[0].axvline(mu)``.

    >>> calls = ("plt.plot(x)", "axes[0].axvline(mu)", "px.scatter(table)", "px.rolling(30)", "print(x)", "tqdm(x)")
    >>> [is_drawing(ast.parse(call, mode="eval").body) for call in calls]
    [True, True, True, False, False, False]
    """
    return _draws(callee_name(node) or "", _receiver(node.func) or "")


@lru_cache(1024)
def _draws(callee: str, receiver: str) -> bool:
    pictured = callee in _PICTURED_BY or _DRAWS.fullmatch(callee) is not None
    return pictured or receiver.rstrip("_0123456789") in _PLOTTERS_ONLY


def _plots(argument: ast.expr) -> bool:
    """Tell whether an argument is a function that plots: ``grid.map_dataframe(sns.histplot, x="size")`` draws."""
    return isinstance(argument, ast.Attribute) and _receiver(argument) in _PLOTTERS


def _read_settings(node: ast.Call, callee: str, reading: Reading) -> None:
    if _receiver(node.func) is not None:
        reading.calls.append(node)
    if callee in _SEEDED_BY:
        values = [literal(each) for each in [*node.args[:1], *(k.value for k in node.keywords if k.arg == "seed")]]
        own = node.func.value if isinstance(node.func, ast.Attribute) else None
        maker = last_name(own.func) if isinstance(own, ast.Call) else None  # ``Generator().manual_seed(7)``
        given = node.args[0].id if node.args and isinstance(node.args[0], ast.Name) else None
        reading.seeds.extend((maker or callee, value if type(value) is int else given) for value in values[:1])
        return
    values = [literal(each) for each in node.args[:1]]
    if values and type(values[0]) is str and _FORMULA.fullmatch(values[0]):
        reading.keywords.append(Keyword(callee, "formula", values[0]))
    if handles_data(callee):
        return
    tracks = _receiver(node.func) in _TRACKERS
    for keyword in node.keywords:
        if tracks and keyword.arg != "config":
            continue  # which project a run belongs to, and what it is called there
        if keyword.arg is not None and (handed := handed_as(keyword.value)):
            reading.passed.setdefault(handed, set()).add(keyword.arg)
        if keyword.arg is None or (value := literal(keyword.value)) is ...:
            continue
        if not is_manner(callee, keyword.arg, value):
            reading.keywords.extend(Keyword(callee, *pair) for pair in _settings(keyword.arg, value))


def handles_data(callee: str) -> bool:
    """Tell whether a call of this name makes, reads or shapes data, or draws them: it sets nothing of an experiment."""
    return callee in _HANDLED_BY | _DRAWN_BY or callee.startswith(("read_", "to_", "is_"))


def is_manner(callee: str, name: str, value: object) -> bool:
    """Tell whether an argument only says in which form data are handled, how much is told, or what a part is called."""
    match name:
        case "ignore_index":  # of a loss, it is the label that it passes over
            return type(value) is not int
        case "dim":  # of arrays, the axis; of a network, how wide it is
            return callee in _ALONG
        case "classes":  # words for them; one word says which there are
            return type(value) is not str
        case "name":  # of a layer, of a metric
            return callee[:1].isupper()
    return name in _MANNERS or (name in _TOLD and type(value) in {dict, list})


def _settings(name: str, value: Any) -> Iterable[tuple[str, Any]]:
    """Return ``{"maxiter": 40}``, a dictionary of settings handed over in one argument, as those settings."""
    plain = (bool, int, float, str, type(None))
    if type(value) is dict and value and all(type(k) is str and type(v) in plain for k, v in value.items()):
        return () if numbers_words(name, value) else value.items()
    return [(name, value)]


def _receiver(node: ast.expr) -> str | None:
    """Return the variable that a call stands on: ``axes`` for ``axes[0, k].set_title``."""
    while node.__class__ in _STEPS:
        node = node.value  # type: ignore[attr-defined]  # they have one
    return node.id if isinstance(node, ast.Name) else None


def _is_accessed(function: ast.expr) -> bool:
    """Tell whether a method is one of a column's accessors: ``s.str.extract``, ``df.plot.box``."""
    match function:
        case ast.Attribute(value=ast.Attribute(attr=accessor)):
            return accessor in _ACCESSORS
    return False


def _bind(statement: ast.stmt, found: dict[str, Binding], *, conditional: bool) -> None:
    """Note what a statement binds, looking into blocks but not into functions and classes."""
    match statement:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                _bind_target(target, value, found, conditional=conditional)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            _bind_target(target, value, found, conditional=conditional)
        case ast.AugAssign(target=target, value=value):
            counts = isinstance(value, ast.Constant) and isinstance(statement.op, ast.Add | ast.Sub)
            _bind_target(target, ast.BinOp(target, statement.op, value), found, conditional=conditional, counted=counts)
            if isinstance(target, ast.Name):
                found[target.id].moves = len(found[target.id].values)
        case ast.For(target=target) | ast.AsyncFor(target=target):
            _bind_target(target, statement.iter, found, conditional=True, counted=True)
            _note_looped(target, found)
    if statement.__class__ not in _SINGLE:
        for block in _blocks(statement):
            for inner in block:
                _bind(inner, found, conditional=True)


def _note_looped(target: ast.expr, found: dict[str, Binding]) -> None:
    for part in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
        if isinstance(part, ast.Name):
            found[part.id].looped = True


def _bind_target(
    target: ast.expr, value: ast.expr, found: dict[str, Binding], *, conditional: bool, counted: bool = False
) -> None:
    match target:
        case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
            binding = found.setdefault(name, Binding(name))
            binding.filled = binding.filled or isinstance(target, ast.Subscript)
            binding.values.append(value)
            binding.conditional = binding.conditional or conditional
            binding.counted = binding.counted or counted
        case ast.Tuple(elts=items) | ast.List(elts=items):
            values = value.elts if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(items) else None
            for place, item in enumerate(items):
                part = values[place] if values else value
                _bind_target(item, part, found, conditional=conditional, counted=counted)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if isinstance(block, list):
            yield block
    for handler in getattr(statement, "handlers", ()):
        yield handler.body
    for case in getattr(statement, "cases", ()):
        yield case.body
