"""Where a program's metrics come from: a variable that holds one when all has run, or the expression that computed it.

Capture says of each metric what it was taken from (``sources.metrics``). Here that is found again in the cells: a
variable that still holds the value is written as it is, any other expression hands its value on to ``measured``.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from nbtrack.export.magics import quoted
from nbtrack.export.section import Section
from nbtrack.model.run import Run

_FIGURES: Final = frozenset("rsquared rsquared_adj prsquared pseudo_rsquared fvalue f_pvalue llf aic bic fun".split())
_RESULTS: Final = frozenset("statistic pvalue slope intercept rvalue stderr".split())
_WORDS: Final = ("precision", "recall", "fscore", "support")
_TUPLES: Final = frozenset({"adfuller", "kpss"})
_DICTS: Final = frozenset({"classification_report", "evaluate", "compute", "compute_metrics"})
_LOOP: Final = re.compile(r"(\w+) in the loop")
_ENTRIES: Final = re.compile(r"(\w+) in the cell")
_APPENDED: Final = re.compile(r"([\w.]+)\.append\(.*", re.DOTALL)
_RETURNED: Final = re.compile(r"(\w+) = .*", re.DOTALL)
_ROWS: Final = "rows of "  # and the data frame that holds the history of a training
_SHOWN: Final = "shown_table"  # a name for the table that a cell ends with
_CUT: Final = 199  # as many characters of a long expression are recorded


@dataclass(slots=True)
class Measured:
    """``entries`` are metrics with the expression that tells each when all has run, ``missing`` those with none.

    ``watched`` says whether an expression hands its value on, ``tables`` which variables are tables of results.
    """

    entries: dict[str, str] = field(default_factory=dict)
    watched: bool = False
    told: bool = False
    tables: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Helpers:
    """What the helpers of the file are called."""

    measured: str
    told: str


def measure(run: Run, sections: Sequence[Section], helpers: Helpers, logged: bool) -> Measured:  # noqa: FBT001 - a fact
    """Find each metric of a run in its sections, edit them where a value is to be handed on, and say what is left.

    Args:
        run: the run.
        sections: edited in place; the run's own is the last.
        helpers: what to call in the file.
        logged: whether calls of ``nbtrack.log`` are in the file.
    """
    found = Measured()
    sources = run.sources.get("metrics", {})
    groups: dict[str, list[str]] = {}
    for name in run.metrics:
        groups.setdefault(str(sources.get(name, "")), []).append(name)
    for source, names in groups.items():
        if not source:
            found.missing += [] if logged else names
            continue
        rest = [name for name in names if not _simple(name, source, sections[-1], found)]
        if rest:
            _expressions(source, rest, sections, helpers, found)
    return found


def _simple(name: str, source: str, own: Section, found: Measured) -> bool:
    """Find a metric that a variable holds when the cell has run."""
    text = None
    if match := _LOOP.fullmatch(source):
        text = match[1]
    elif source == "--metrics":
        text = _path(name)
    elif match := _ENTRIES.fullmatch(source):
        text = _entry(match[1], name, own)
    elif source == "best iteration":
        text = _booster(name, own)
    elif source.startswith("table "):
        return _table(source.removeprefix("table "), own, found)
    else:
        text = _last_of_curve(name, source)
    if text is not None:
        found.entries[name] = text
    return text is not None


def _last_of_curve(name: str, source: str) -> str | None:
    """Return code for the last point of a curve that a variable holds."""
    if source.startswith("evals_result="):
        return _keyed(source.partition("=")[2], name) + "[-1]"
    if source.startswith(_ROWS):
        return f"{_keyed(source.removeprefix(_ROWS), name)}.iloc[-1]"
    if match := _APPENDED.fullmatch(source):
        container, _, key = match[1].partition(".")
        last = f"{container}[{quoted(key)}][-1]" if key else f"{container}[-1]"
        if name.startswith(f"{match[1]}."):  # of rows: ``history.append({"epoch": n, "loss": loss})``
            last += f"[{quoted(name.removeprefix(f'{match[1]}.'))}]"
        return last
    if match := _RETURNED.fullmatch(source):
        return f"{name}[-1]" if name == match[1] else f"{_keyed(match[1], name)}[-1]"
    return None


def _table(name: str, own: Section, found: Measured) -> bool:
    if name == "last expression":
        last = own.kept[-1] if own.kept else None
        if not isinstance(last, ast.Expr):
            return False
        if isinstance(last.value, ast.Name):
            name = last.value.id
        else:
            name = _SHOWN
            own.wrap(last.value, f"{name} = ", "")
    if name not in found.tables:
        found.tables.append(name)
    return True


def _booster(name: str, own: Section) -> str | None:
    """Return what a booster says of its best round: the one that the cell trained last, and bound to a name."""
    calls = [(target, value.func) for target, value in _assignments(own) if isinstance(value, ast.Call)]
    trained = [target for target, callee in calls if getattr(callee, "attr", getattr(callee, "id", "")) == "train"]
    first, *rest = name.split(".")
    keys = "".join(f"[{quoted(key)}]" for key in ([rest[0], ".".join(rest[1:])] if len(rest) > 1 else rest))
    if trained:
        return f"{trained[-1]}.{first}{keys}"
    if fitted := _fitted(own):
        held = f"{fitted[-1]}.{first}"
        return f'({held}_ if hasattr({fitted[-1]}, "{first}_") else {held}){keys}'
    return None


def _fitted(own: Section) -> list[str]:
    """Return the variables that a cell's own statements call ``fit`` of, in order."""
    calls = (node for statement in own.kept for node in _own_nodes(statement) if isinstance(node, ast.Call))
    methods = (call.func for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "fit")
    return [method.value.id for method in methods if isinstance(method.value, ast.Name)]


def _path(name: str) -> str:
    container, _, key = name.partition(".")
    return f"{container}[{quoted(key)}]" if key else container


def _keyed(container: str, name: str) -> str:
    """Return ``history["train"]["rmse"]`` for ``history.train.rmse``: two levels at most."""
    path = name.removeprefix(f"{container}.")
    first, _, last = path.rpartition(".")
    return container + "".join(f"[{quoted(part)}]" for part in (first, last) if part)


def _entry(container: str, name: str, own: Section) -> str:
    """Return the entry of a dictionary, or the field of an object, that the cell bound."""
    key = name.removeprefix(f"{container}.")
    values = [value for target, value in _assignments(own) if target == container]
    called = [value for value in values if isinstance(value, ast.Call) and isinstance(value.func, ast.Name)]
    if called and called[-1].func.id != "dict" and not isinstance(values[-1], ast.Dict):  # type: ignore[attr-defined]  # a name, just asked
        return f"({container}[{quoted(key)}] if isinstance({container}, dict) else {container}.{key})"
    if values and isinstance(values[-1], ast.Dict):
        return f"{container}[{quoted(key)}]"
    return _looked_up(container, key)


def _assignments(section: Section) -> Iterator[tuple[str, ast.expr]]:
    """Yield the variables that a section's own statements bind, in order, with what they are bound to."""
    for statement in section.kept:
        for node in _own_nodes(statement):
            match node:
                case ast.Assign(targets=targets, value=value):
                    yield from ((each.id, value) for each in targets if isinstance(each, ast.Name))
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    yield name, value
                case ast.NamedExpr(target=ast.Name(id=name), value=value):
                    yield name, value


def _bindings(section: Section) -> Iterator[tuple[str, ast.expr | None]]:
    yield from _assignments(section)
    for statement in section.kept:
        for node in _own_nodes(statement):
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                yield node.target.id, None


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for inner in ast.iter_child_nodes(node):
        if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _own_nodes(inner)


def _expressions(
    source: str, names: Sequence[str], sections: Sequence[Section], helpers: Helpers, found: Measured
) -> None:
    """Find the expression that metrics were taken from, in the run's own cell or in a function of an earlier one."""
    places = list(_places(source, names, sections))
    if not places:
        bound = {name for name, _ in _bindings(sections[-1])}
        found.entries |= {name: name for name in names if name in bound}  # ``w -= 1`` is told as ``w - 1``
        found.missing += [name for name in names if name not in bound]
        return
    paired = len(places) == len(names) and not any("." in name for name in names)  # ``score.mean()`` printed for each
    if len(names) > 1 and len(places) >= len(names) and (_numbered(names) or paired):
        for name, place in zip(names, places, strict=False):
            _hand_on([name], place, sections[-1], helpers, found)
        return
    _hand_on(names, places[-1], sections[-1], helpers, found, source)


def _numbered(names: Sequence[str]) -> bool:
    """Tell whether names are those of one expression that was computed several times: ``acc``, ``acc_2``."""
    return all(re.fullmatch(rf"{re.escape(names[0])}_\d+", name) for name in names[1:])


def _places(source: str, names: Sequence[str], sections: Sequence[Section]) -> Iterator[tuple[Section, ast.expr]]:
    own = sections[-1]
    if source == "last expression":
        last = own.kept[-1] if own.kept else None
        if isinstance(last, ast.Expr):
            yield own, last.value
        return
    for section in reversed(sections):
        found = [(section, node) for statement in section.kept for node in _alike(source, statement)]
        if section is own and (bound := [pair for pair in found if _bound_to(pair[1], own) in names]):
            yield from bound
            return
        if found:
            yield from found
            return


def _alike(source: str, statement: ast.stmt) -> Iterator[ast.expr]:
    for node in sorted(
        (each for each in ast.walk(statement) if isinstance(each, ast.expr) and hasattr(each, "lineno")),
        key=lambda each: (each.lineno, each.col_offset),
    ):
        if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
            continue
        text = ast.unparse(node)
        cut = source.removesuffix("…")
        if text == source or (len(source) >= _CUT and text.startswith(cut)):
            yield node


def _bound_to(node: ast.expr, section: Section) -> str | None:
    """Return the variable that holds an expression's value when the section has run: one that is bound only there."""
    held = (name for name, value in _assignments(section) if value is node and _is_bound_once(name, section))
    return next(held, None)


def _is_bound_once(name: str, section: Section) -> bool:
    nodes = (each for statement in section.kept for each in _own_nodes(statement))
    stores = [each for each in nodes if isinstance(each, ast.Name) and each.id == name and not _is_read(each)]
    return len(stores) == 1


def _is_read(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _unpacked(node: ast.expr, section: Section) -> set[str]:
    """Return the variables that an expression's value is unpacked into, and that keep what they got."""
    nodes = (each for statement in section.kept for each in _own_nodes(statement))
    targets = [each.targets for each in nodes if isinstance(each, ast.Assign) and each.value is node]
    names = {part.id for each in targets for part in ast.walk(each[0]) if isinstance(part, ast.Name)}
    return {name for name in names if _is_bound_once(name, section)}


def _hand_on(
    names: Sequence[str],
    place: tuple[Section, ast.expr],
    own: Section,
    helpers: Helpers,
    found: Measured,
    source: str = "",
) -> None:
    section, node = place
    unpacked = _unpacked(node, own) if section is own else set()
    if unpacked.issuperset(names) and not isinstance(node, ast.Name):
        found.entries |= {name: name for name in names}
        return
    if source == "last expression" and (shown := _shown(names, node)):
        _note_parts(shown, section, node, helpers, found)
        return
    variable = node.id if isinstance(node, ast.Name) and section is own else None
    variable = variable or (_bound_to(node, own) if section is own else None)
    parts = _parts(names, node, variable)
    found.needs += ["statistics"] * any("statistics." in part for part in parts.values())
    if variable is not None and variable.isidentifier():
        found.entries |= {name: part.replace("{v}", variable) for name, part in parts.items()}
    else:
        _note_parts(parts, section, node, helpers, found)


def _shown(names: Sequence[str], node: ast.expr) -> dict[str, str]:
    """Return the entries of a dictionary, column or table of one row that a cell ends with; none for a number."""
    word = node.id if isinstance(node, ast.Name) else ""
    text = ast.unparse(node)
    if len(names) == 1 and (names[0] == word or text.startswith(names[0].removesuffix("…"))):
        return {}
    if isinstance(node, ast.Subscript) and len(names) == 1:
        return {}
    keys = {name: name.removeprefix(f"{word}.") if word else name for name in names}
    if isinstance(node, ast.Dict):
        return {name: f"{{v}}[{quoted(key)}]" for name, key in keys.items()}
    return {name: _looked_up("{v}", key) for name, key in keys.items()}


def _looked_up(value: str, key: str) -> str:
    """Return code for one number of a dictionary, of a column labelled by text, or of a table of one row."""
    entry = f"{value}[{quoted(key)}]"
    return f'({entry}.iloc[0] if hasattr({entry}, "iloc") else {entry})'


def _note_parts(parts: Mapping[str, str], section: Section, node: ast.expr, helpers: Helpers, found: Measured) -> None:
    names = list(parts)
    if not section.source(node):
        found.missing += names  # it stands in an f-string, nobody can tell where
    elif len(parts) == 1 and next(iter(parts.values())) == "{v}":
        section.wrap(node, _in_quotes(f"{helpers.measured}({quoted(names[0])}, ", section, node), ")")
        found.watched = True
    else:
        inside = ", ".join(f"{quoted(name)}: lambda v: {part.replace('{v}', 'v')}" for name, part in parts.items())
        section.wrap(node, f"{helpers.told}(", _in_quotes(f", {{{inside}}})", section, node))
        found.told = True


def _in_quotes(text: str, section: Section, node: ast.expr) -> str:
    """Return code as it may stand inside an f-string: with the other kind of quotes."""
    start = section.typed.span(node)[0]
    around = [each for each in ast.walk(section.typed.tree or ast.Module([], [])) if isinstance(each, ast.JoinedStr)]
    inside = [
        section.source(each) for each in around if section.typed.span(each)[0] < start < section.typed.span(each)[1]
    ]
    return text.replace('"', "'") if any('"' in each.lstrip("rRfF")[:1] for each in inside) else text


def _parts(names: Sequence[str], node: ast.expr, variable: str | None) -> Mapping[str, str]:
    """Return for each metric how it follows from the value ``{v}`` of its expression."""
    call = node.value if isinstance(node, ast.Await) else node
    callee = ""
    if isinstance(call, ast.Call):
        callee = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if len(names) == 1 and callee not in {"fit", "fit_regularized", *_DICTS, *_TUPLES, "minimize", "curve_fit"}:
        return {names[0]: _single(names[0], callee, variable)}
    return {name: _part(name, names, callee, variable) for name in names}


def _single(name: str, callee: str, variable: str | None) -> str:
    """A lone metric is its expression's value, but for a name that a test's result or a dictionary's entry has."""
    last = name.rpartition(".")[2]
    if callee in {"cross_val_score", "cross_validate"} and last in {"mean", "std", "folds"}:
        return _folds(name, callee)
    if variable is not None and name.startswith(f"{variable}.") and last not in _RESULTS:
        return f"{{v}}[{quoted(name.removeprefix(f'{variable}.'))}]"
    return "{v}"


def _part(name: str, names: Sequence[str], callee: str, variable: str | None) -> str:  # noqa: PLR0911 - a line for each
    last = name.rpartition(".")[2]
    if callee in {"cross_val_score", "cross_validate"} and last in {"mean", "std", "folds"}:
        return _folds(name, callee)
    if callee in _TUPLES:
        return f"{{v}}[{('statistic', 'pvalue').index(last) if last in {'statistic', 'pvalue'} else 0}]"
    if last == "best_score":
        return "{v}.best_score_"
    if last in _FIGURES or (last in _RESULTS and callee != "fit"):
        return f"{{v}}.{last}"
    if callee.startswith("precision_recall_fscore") and last in _WORDS:
        return f"{{v}}[{_WORDS.index(last)}]"
    if last.isdigit():
        return f"{{v}}[{last}]"
    if callee == "fit":
        return _curve(name)
    stem = _stem(names, variable)
    path = name.removeprefix(f"{stem}.") if stem else name
    if name in {stem, path}:
        return "{v}"
    if callee in {"cv", "train"}:
        return f"list({{v}}{_keyed('', path)})[-1]"
    return "{v}" + _keyed("", f".{path}")


def _curve(name: str) -> str:
    """Return the last point of a history, or of the sets that a booster was told to watch."""
    if "." not in name:
        return f"{{v}}.history[{quoted(name)}][-1]"
    curves = '({v}.evals_result_ if hasattr({v}, "evals_result_") else {v}.evals_result())'
    return f"{curves}{_keyed('', f'.{name}')}[-1]"


def _folds(name: str, callee: str) -> str:
    stem, _, last = name.rpartition(".")
    column = f"[{quoted(stem.rpartition('.')[2])}]" if callee == "cross_validate" else ""
    folds = f"{{v}}{column}.tolist()"
    how = {"mean": f"statistics.fmean({folds})", "std": f"statistics.pstdev({folds})", "folds": f"{folds}[-1]"}
    return how[last]


def _stem(names: Sequence[str], variable: str | None) -> str:
    """Return what the names of one value's parts begin with."""
    if variable is not None and all(name.startswith(f"{variable}.") for name in names):
        return variable
    common = names[0].split(".")[:-1]
    for name in names[1:]:
        parts = name.split(".")[:-1]
        common = [one for one, other in zip(common, parts, strict=False) if one == other]
    return ".".join(common[:1])
