"""Results that a cell gathers: lists that grow in a loop, and tables with a row for each model.

A table is about results when a column holds the numbers that this very cell has scored, however they were rounded.
Of a table of data a number or two may agree with a score by chance.
"""

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from nbtrack.capture.syntax.about_data import is_about_thing
from nbtrack.capture.syntax.experiments import is_ambiguous
from nbtrack.capture.syntax.spaced import Spaced, spaced, steps_of
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.walking import Nodes, every_node, nodes_outside, of_kind, of_kinds
from nbtrack.model.direction import direction
from nbtrack.model.tagged import Json
from nbtrack.record.unasked import class_name, is_genuine, module_name
from nbtrack.record.values import as_label, number

MOST_ROWS = 60
MOST_COLUMNS = 20
MOST_POINTS = 10_000
_MOST_SCORED = 10_000
_MOST_SETTINGS = 5
_MOST_WORDS = 6  # of what is a name
_FEW_ROWS = 12
_SHARE = 0.3  # of a column's numbers: a cell may score some rows itself and have the others from earlier
_SCOPES = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda})
_LOOPS = frozenset({ast.For, ast.While})
_ADDING = frozenset({ast.Assign, ast.AugAssign, ast.Call})
_GROWING = frozenset({"append", "insert"})
_STEP = re.compile(r"(?:n_?|num_?|global_?|train(?:ing)?_?)?(?:epoch|step|iter|iteration|episode|round|batch)s?")


class Scored:
    """The numbers a cell has scored so far, to recognise them where they turn up again, rounded or not."""

    def __init__(self) -> None:
        self._new: list[Json] = []
        self._seen: set[float] = set()

    def add(self, value: Json) -> None:
        """Remember a number; this stands in the path of every point of a curve."""
        if len(self._new) < _MOST_SCORED:
            self._new.append(value)

    def has(self, value: Json) -> bool:
        """Tell whether a number is one of them; 0 and 1 are everywhere and tell nothing."""
        while self._new:
            one = self._new.pop()
            if isinstance(one, int | float) and len(self._seen) < 6 * _MOST_SCORED:
                self._seen.update((one, round(one, 2), round(one, 3), round(one, 4), round(100 * one, 2), 100 * one))
        return isinstance(value, float) and value not in {0.0, 1.0} and value in self._seen


def appended(tree: ast.AST) -> dict[str, list[ast.expr]]:
    """Return what loops append to the cell's own lists: ``losses`` or, for a list in a dictionary, ``history.loss``."""
    found: dict[str, list[ast.expr]] = {}
    for node in nodes_outside(tree, _SCOPES) if _may_grow(every_node(tree)) else ():
        if node.__class__ not in _ADDING:
            continue
        match node:
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=ast.List(elts=[value])):
                found.setdefault(name, []).append(value)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[value]):
                found.setdefault(name, []).append(value)
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(entry))), attr="append"
                ),
                args=[value],
            ):
                found.setdefault(f"{name}.{entry}", []).append(value)
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(
                    func=ast.Attribute(attr="append" | "insert"), args=[ast.Name(id=grown), *_, value], keywords=[]
                ),
            ) if name == grown:  # ``errors = np.append(errors, e)``
                found.setdefault(name, []).append(value)
    return found


def _may_grow(nodes: Nodes) -> bool:
    """Tell whether something may be added to a list among some nodes."""
    return not _GROWING.isdisjoint(nodes.attributes) or bool(of_kind(nodes, ast.AugAssign))


def filled(tree: ast.AST) -> dict[str, list[ast.expr]]:
    """Return what loops put into the cell's own dictionaries, under keys they count: ``bic[k] = gmm.bic(X)``."""
    found: dict[str, list[ast.expr]] = {}
    for loop in nodes_outside(tree, _SCOPES) if of_kinds(every_node(tree), _LOOPS) else ():
        for node in nodes_outside(loop, _SCOPES) if loop.__class__ in _LOOPS else ():
            match node:
                case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=key)], value=value) if (
                    not isinstance(key, ast.Constant | ast.Slice | ast.Tuple)
                ):
                    found.setdefault(name, []).append(value)
    return found


def entries_of(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield what rows of results are made of: ``rows.append({"lr": lr, "acc": acc})``, ``rows[name] = {...}``."""
    written = (value for found in (appended(tree), filled(tree)) for values in found.values() for value in values)
    for row in written:
        for key, value in zip(row.keys, row.values, strict=True) if isinstance(row, ast.Dict) else ():
            if isinstance(key, ast.Constant) and type(key.value) is str:
                yield key.value, value


def curve_over(value: object) -> list[tuple[int | None, Json]]:
    """Return the points of the curve that a dictionary with numbers for keys holds; none for any other value.

    Keys that count are its steps.

    >>> curve_over({2: 9.5, 3: 7.0}), curve_over({0.1: 9.5, 0.01: 7.0}), curve_over({"a": 1.0, 2: 2.0})
    ([(2, 9.5), (3, 7.0)], [(None, 9.5), (None, 7.0)], [])
    """
    if type(value) is not dict or not 1 < len(value) <= MOST_POINTS:
        return []
    keys = [None if type(key) is bool else number(key) for key in value]
    found = [None if type(item) is bool else number(item) for item in value.values()]
    if not all(type(key) in {int, float} for key in keys) or any(item is None for item in found):
        return []
    counting = all(type(key) is int and key >= 0 for key in keys) and keys == sorted(keys)  # type: ignore[type-var]  # ints
    steps: list[Any] = keys if counting else [None] * len(keys)
    return list(zip(steps, found, strict=True))


def curves_over(value: object) -> dict[str, list[tuple[int | None, Json]]]:
    """Return the curves that a dictionary holds which has several scores for each number.

    >>> curves_over({1: {"p": 0.5, "r": 0.2}, 5: {"p": 0.4, "r": 0.6}})
    {'p': [(1, 0.5), (5, 0.4)], 'r': [(1, 0.2), (5, 0.6)]}
    """
    if type(value) is not dict or not 1 < len(value) <= MOST_POINTS:
        return {}
    rows = list(value.values())
    if any(type(row) is not dict or not row or not all(type(key) is str for key in row) for row in rows):
        return {}
    if any(row.keys() != rows[0].keys() for row in rows) or not all(map(_plain, value)):
        return {}
    columns = {key: curve_over({n: row[key] for n, row in value.items()}) for key in rows[0]}
    return {key: column for key, column in columns.items() if column}


def paired(value: object) -> list[tuple[int | None, Json]]:
    """Return the points of the curve that a list of pairs holds, each with the step that it counts.

    >>> paired([(0, 9.5), (10, 7.0)]), paired([(0, 9.5), (0, 7.0)]), paired([("a", 1.0), ("b", 2.0)])
    ([(0, 9.5), (10, 7.0)], [], [])
    >>> paired([[0, 9.5], [10, 7.0]])
    [(0, 9.5), (10, 7.0)]
    """
    if type(value) is not list or not 1 < len(value) <= MOST_POINTS:
        return []
    if not all(type(pair) in {tuple, list} and len(pair) == 2 and type(pair[0]) is int for pair in value):
        return []
    rising = all(one[0] < other[0] for one, other in pairwise(value))
    found = [(step, None if type(item) is bool else number(item)) for step, item in value]
    return found if rising and all(type(item) is float for _, item in found) else []


def histories(tree: ast.AST) -> set[str]:
    """Return the names of dictionaries that a training call is asked to fill."""
    found: set[str] = set()
    for call in of_kind(every_node(tree), ast.Call):
        values = [word.value for word in call.keywords if word.arg in {"evals_result", "evals", "history"}]
        values += call.args[:1] if last_name(call.func) == "record_evaluation" else []
        found.update(value.id for value in values if isinstance(value, ast.Name))
    return found


def listed(name: str, namespace: Mapping[str, Any], *, arrays: bool = False) -> list[Json] | None:
    """Return the numbers of a list that was appended to, or of an array; None when it holds anything else.

    Of a list of more than 10,000 some are left out, as ``spaced`` says.
    """
    container, _, entry = name.partition(".")
    values: Any = namespace.get(container)
    if entry:
        values = values.get(entry) if type(values) is dict else None
    if arrays and is_array(values) and values.ndim == 1 and values.dtype.kind == "f" and values.shape[0] <= MOST_POINTS:
        values = values.tolist()
    if type(values) is not list or len(values) < 2:
        return None
    found = spaced(values, MOST_POINTS, number)
    return None if any(value is None for value in found) else found


def is_array(value: Any) -> bool:
    """Tell whether a value is an array of NumPy's own."""
    kind = type(value)
    return module_name(kind) == "numpy" and class_name(kind) == "ndarray" and is_genuine(kind)


def rows(value: Any, scored: Scored, certain: Collection[str] = (), *, whole: bool = False) -> dict[str, Json]:
    """Return the scores of a table - a frame, or a list of dictionaries or of pairs - as ``{"forest.acc": 0.9}``.

    Args:
        value: what may be a table of results.
        scored: the numbers the cell has scored.
        certain: columns that are enough to tell that it is one.
        whole: of what is one, all columns are asked for, also where it has a single row.
    """
    return _scores_of(_records(value), scored, certain, whole=whole)


def _scores_of(
    table: list[dict[str, Any]], scored: Scored, certain: Collection[str], *, whole: bool = False
) -> dict[str, Json]:
    known = _scored_columns(table, scored)
    if len(table) < 2 - whole or not (known or any(name in certain for row in table for name in row)):
        return {}
    scores = known | {name for row in table for name in row if whole or direction(name) or name in certain}
    labels = _labels(table)
    if labels is None:
        return {}
    if "=" in labels[0]:
        scores -= set(_told_by(table))
    return {
        f"{label}.{name}": number(item)
        for label, row in zip(labels, table, strict=True)
        for name, item in row.items()
        if name in scored_names(scores, row) and type(item) is not bool
    }


def swept(value: Any, scored: Scored, certain: Collection[str] = ()) -> dict[str, list[Json]]:
    """Return the scores of a table whose rows are told apart by numbers alone, each as a curve over its rows.

    >>> swept([{"k": 2, "rmse": 0.5}, {"k": 4, "rmse": 0.25}], Scored(), ["rmse"])
    {'rmse': [0.5, 0.25]}
    """
    table = _records(value)
    if not _scores_of(table, scored, certain) or any(type(item) is str for row in table for item in row.values()):
        return {}
    settings = set(_told_by(table))
    names = [name for name in table[0] if all(name in row for row in table) and name not in settings]
    known = _scored_columns(table, scored)
    columns = {n: [number(row[n]) for row in table] for n in names if n in known or direction(n)}
    return {name: column for name, column in columns.items() if not any(item is None for item in column)}


def _scored_columns(table: list[dict[str, Any]], scored: Scored) -> set[str]:
    """Return the columns of which so many numbers were scored that chance is no explanation."""
    found = set()
    for name in {name for row in table for name in row}:
        numbers = [number(row.get(name)) for row in table]
        known = sum(map(scored.has, numbers))
        if known and known >= _SHARE * sum(isinstance(each, float) for each in numbers):
            found.add(name)
    return found


def averaged_table(call: ast.Call) -> str:
    """Return the table of which a call averages columns: ``df.mean()``, ``df[["acc", "f1"]].mean()``.

    >>> [averaged_table(ast.parse(text, mode="eval").body) for text in ("df[cols].mean()", "df.mean(axis=1)")]
    ['df', '']
    """
    match call:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)), attr="mean"), args=[]
        ):
            return "" if any(word.arg == "axis" for word in call.keywords) else name
    return ""


def column_means(value: Any) -> dict[str, Json]:
    """Return the means of a table's columns that are called like scores, of a table of samples."""
    if not _is_frame(value):
        return {}
    height, width = value.shape
    if not (1 < height <= MOST_POINTS and 0 < width <= MOST_COLUMNS):
        return {}
    names = [name for name in value.columns if type(name) is str and direction(name) is not None]
    columns = {name: value[name] for name in names}
    return {
        name: number(column.mean())
        for name, column in columns.items()
        if len(column.shape) == 1 and column.dtype.kind in "fiub"
    }


def score_columns(value: Any, *, mostly: bool = False) -> list[str]:
    """Return the columns of a table of results that can only be scores; none where there should be ``mostly`` such.

    Words that mean a score among results alone count where the table holds nothing but names and scores.

    >>> score_columns([{"model": "svm", "Score": 0.9}]), score_columns([{"day": "Mon", "gain": 2.5, "sold": 3.0}])
    (['Score'], [])
    """
    if _is_frame(value) and not any(map(direction, map(as_label, value.columns[:MOST_COLUMNS]))):
        return []  # before its rows are read
    table = _records(value)
    names = list(dict.fromkeys(name for row in table for name in row))
    if any(map(is_about_thing, names)):
        return []  # what was recommended
    told = [name for name in names if direction(name)]
    sure = [name for name in told if not is_ambiguous(name)]
    numbers = {name for row in table for name, item in row.items() if number(item) is not None}
    if mostly and 2 * len(numbers.intersection(told)) < len(numbers):
        return []  # data, and what was predicted for them
    return sure or (told if numbers.issubset(told) else [])


def crossed(value: Any) -> dict[str, Json]:
    """Return the numbers of a table with a column for each model, and a row for each score: ``{"svm.train": 0.9}``."""
    table = _records(value)
    named = [name for row in table for name in row if name]
    if type(value) in {list, dict} or len(table) > _FEW_ROWS or len(set(named)) < 2 or any(map(direction, named)):
        return {}
    found = {
        f"{name}.{row.get('', place)}": number(item)
        for place, row in enumerate(table)
        for name, item in row.items()
        if name
    }
    return found if all(type(item) is float for item in found.values()) else {}


def scored_names(scores: Collection[str], row: Mapping[str, Any]) -> list[str]:
    """Return the columns of a row that hold scores."""
    return [name for name in scores if number(row.get(name)) is not None]


def _records(value: Any) -> list[dict[str, Any]]:
    kind = type(value)
    if kind is list and 0 < len(value) <= MOST_ROWS:
        if all(type(row) is dict and len(row) <= MOST_COLUMNS for row in value):
            return [{as_label(name): item for name, item in row.items()} for row in value]
        pairs = all(type(row) is tuple and len(row) == 2 and type(row[0]) is str for row in value)
        if pairs and any(isinstance(number(row[1]), float) for row in value):  # places and counts are no scores
            return [{"": row[0], "score": row[1]} for row in value]
    if kind is dict and 0 < len(value) <= MOST_ROWS and all(type(row) is dict for row in value.values()):
        return [{"": as_label(name), **{as_label(k): v for k, v in row.items()}} for name, row in value.items()]
    return _of_frame(value) if _is_frame(value) else []


def _is_frame(value: object) -> bool:
    """Tell whether a value is a data frame of pandas' own."""
    kind = type(value)
    return module_name(kind).partition(".")[0] == "pandas" and class_name(kind) == "DataFrame" and is_genuine(kind)


def _of_frame(frame: Any) -> list[dict[str, Any]]:
    height, width = frame.shape
    if not (0 < height <= MOST_ROWS and 0 < width <= MOST_COLUMNS):
        return []
    names = [as_label(name) for name in frame.columns]
    index = [as_label(name) for name in frame.index]
    table = [dict(zip(names, row, strict=True)) for row in _rows_in(frame)]
    numbered = index == [str(place) for place in range(height)] or all(name.isdigit() for name in index)
    return table if numbered else [{"": name, **row} for name, row in zip(index, table, strict=True)]


def _rows_in(frame: Any) -> Iterable[Sequence[Any]]:
    """Return the rows of a small frame as pandas tells them one by one, at a fraction of what that takes."""
    if all(dtype.kind in "fiub" for dtype in frame.dtypes):
        block = frame.to_numpy()
        if block.dtype.kind in "fiub":
            return block.tolist()  # type: ignore[no-any-return]  # of lists
    return zip(*(frame.iloc[:, place].tolist() for place in range(frame.shape[1])), strict=True)


def row_curves(value: Any, *, by_epoch: bool = False) -> dict[str, list[Json]]:
    """Return the scores of a list with a row for each step of a training, a curve for each.

    The steps are those that a column counts, or its rows where they are known to be ``by_epoch``.

    >>> row_curves([{"epoch": 1, "loss": 0.5, "lr": 0.1}, {"epoch": 2, "loss": 0.25, "lr": 0.1}])
    {'loss': [0.5, 0.25]}
    """
    if type(value) is not list or len(value) < 2:
        return {}
    places = _places(len(value))
    return _row_curves([value[place] for place in places] if places else value, places, by_epoch=by_epoch)


def frame_curves(value: Any) -> dict[str, list[Json]]:
    """Return the same of a data frame: the history of a training, put into a table."""
    if not _is_frame(value):
        return {}
    height, width = value.shape
    names = [name for name in value.columns if type(name) is str] if width <= MOST_COLUMNS else []
    if height < 2 or not any(_STEP.fullmatch(name.lower()) for name in names):
        return {}
    places = _places(height)
    columns = [value.iloc[places or slice(None), at].tolist() for at in range(width)]
    names = [as_label(name) for name in value.columns]
    return _row_curves([dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)], places)


def _places(length: int) -> Sequence[int]:
    """Return the rows of a long table that are looked at; all of them where there are none."""
    return steps_of(spaced(range(length), MOST_POINTS, int))


def _row_curves(rows: list[dict[str, Any]], places: Sequence[int], *, by_epoch: bool = False) -> dict[str, list[Json]]:
    if not all(type(row) is dict and len(row) <= MOST_COLUMNS for row in rows):
        return {}
    names = [name for name in rows[0] if type(name) is str]
    if not by_epoch and not any(_counts_steps(name, rows) for name in names):
        return {}
    scores = [name for name in names if direction(name) is not None and all(name in row for row in rows)]
    found = {name: [None if type(row[name]) is bool else number(row[name]) for row in rows] for name in scores}
    whole = {name: column for name, column in found.items() if not any(item is None for item in column)}
    return {name: Spaced(column, places) for name, column in whole.items()} if places else whole


def _counts_steps(name: str, table: list[dict[str, Any]]) -> bool:
    """Tell whether a column counts the steps of a training: by its name, and because it grows from row to row."""
    numbers: list[Any] = [row.get(name) for row in table]
    return (
        _STEP.fullmatch(name.lower()) is not None
        and all(type(each) is int or (type(each) is float and each.is_integer()) for each in numbers)
        and all(one < other for one, other in pairwise(numbers))
    )


def _labels(table: list[dict[str, Any]]) -> list[str] | None:
    """Return what tells the rows apart: their first text, their first setting, or all of these.

    Rows of a history have none: what counts their steps is no setting.
    """
    if any(_counts_steps(name, table) for name in table[0]):
        return None
    for name in table[0]:
        labels = [row.get(name) for row in table]
        if all(type(label) is str for label in labels) and len(set(labels)) == len(labels):
            texts = [str(label) for label in labels]
            return None if all(map(_is_sentence, texts)) else texts
    columns = {name: [row.get(name) for row in table] for name in table[0]}
    if any(_counts(labels) for name, labels in columns.items() if _STEP.fullmatch(name.lower())):
        return None
    told = [", ".join(f"{name}={as_label(row[name])}" for name in _told_by(table)) for row in table]
    return told if all(told) else None


def telling_columns(values: Collection[object]) -> list[str]:
    """Return the columns that tell the rows of a table apart, of the first value that is one: a name and settings.

    >>> telling_columns([3, [{"model": "svm", "C": 1, "acc": 0.9}, {"model": "svm", "C": 2, "acc": 0.8}]])
    ['model', 'C']
    """
    for value in values:
        table = _records(value)
        if len(table) > 1:
            texts = [name for name, each in _settings(table).items() if all(type(item) is str for item in each)]
            told = texts[:1] if texts and len({row.get(texts[0]) for row in table}) == len(table) else _told_by(table)
            return list(dict.fromkeys([*texts[:1], *told]))
    return []


def _is_sentence(text: str) -> bool:
    """A table with a row for each question, or each text, is one of data: ``How do I log in?``."""
    return len(text.split()) > _MOST_WORDS or text.endswith("?")


def _told_by(table: list[dict[str, Any]]) -> list[str]:
    """Return the settings that tell rows apart: the first ones that do together or, if it does alone, one of these."""
    names = list(_settings(table))
    for many in range(1, len(names) + 1):
        if _are_apart(table, names[:many]):
            alone = names[many - 1 : many]  # without it, those before did not
            found = alone if _are_apart(table, alone) else names[:many]
            return found if len(found) <= _MOST_SETTINGS else []
    return []


def _are_apart(table: list[dict[str, Any]], names: Sequence[str]) -> bool:
    return len({tuple(as_label(row[name]) for name in names) for row in table}) == len(table)


def _settings(table: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return the columns that may tell rows apart: plain values, under no name of a score."""
    columns = {name: [row.get(name) for row in table] for name in table[0]}
    return {name: each for name, each in columns.items() if direction(name) is None and all(map(_plain, each))}


def _counts(labels: list[Any]) -> bool:
    """Tell whether a column counts the steps of a training: its numbers never fall, and rise."""
    found = [each for each in labels if type(each) in {int, float}]
    return len(found) == len(labels) and found == sorted(found) and found[0] < found[-1]


def _plain(value: object) -> bool:
    return type(value) in {int, float, str, bool} or (module_name(type(value)) == "numpy" and number(value) is not None)
