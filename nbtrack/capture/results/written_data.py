"""Which dictionaries and lists that a cell writes out are data: what they map, hold or label is no setting of it."""

import ast
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from nbtrack.capture.syntax.calls import is_metric_name
from nbtrack.capture.syntax.configs import is_config_name
from nbtrack.capture.syntax.literals import is_literal
from nbtrack.capture.syntax.syntax import LOOKED_UP, Binding

# Calls that take data, or the words for them, and no settings.
_TAKES_DATA: Final = frozenset(
    "map replace rename isin join Series DataFrame Index MultiIndex Categorical array asarray from_dict from_records "
    "plot scatter bar barh pie hist boxplot set_xticks set_yticks set_xticklabels set_yticklabels xticks yticks "
    "legend xlim ylim set_xlim set_ylim axis annotate text heatmap drop groupby set_index sort_values "
    "drop_duplicates get_dummies pivot_table melt".split()
)
_PASSED_OVER: Final = frozenset({"zip", "enumerate", "iter", "reversed", "len", "print", "display"})
_LABELS: Final = re.compile(
    r"(?:.*_)?(?:labels?|colou?rs?|palette|(?:line_?)?styles?|markers?|(?:col|row)?names|titles?|legends?|ticks|headers?|emojis?)"
)
_LOOKS: Final = re.compile(r"(?:.*_)?(?:colou?r(?:map|scale)?|cmap|palette|line_?style|marker)")
_LISTS: Final = re.compile(r"[abl]\d?|arr(?:ay)?\d*|lst\d*|nums?\d*|numbers?|my_?(?:list|array)\d*|list_?\d+|elements")
_SETTING: Final = re.compile(r"[\w .,:;/%()\[\]+*-]*")  # what an entry of settings may be called
_FEWEST_WORDS: Final = 5  # that stand for others, in what is looked up
_SHORTEST_COLUMN: Final = 8
_HOLDING: Final = frozenset({ast.Dict, ast.List, ast.Tuple, ast.Set})
_NARROWEST: Final = 3  # rows and columns of a board
_COLOUR: Final = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")


def data_in(bindings: Mapping[str, Binding]) -> frozenset[str]:
    """Return what a cell writes out as data: the columns of a table, two or more lists of one length, and graphs."""
    lengths: dict[str, int] = {}
    keyed: dict[str, ast.Dict] = {}
    for name, binding in bindings.items():
        match binding.values[0]:
            case ast.List(elts=items) | ast.Tuple(elts=items) if len(items) >= _SHORTEST_COLUMN:
                lengths[name] = len(items) if all(map(is_literal, items)) else 0
            case ast.Dict(keys=[_, _, *_]) as written:
                keyed[name] = written
    if not lengths and not keyed:
        return frozenset()
    counts = Counter(lengths.values())
    graphs = {_words_of(each.keys) for each in keyed.values() if _is_graph(each)}
    about = {name for name, each in keyed.items() if graphs and _words_of(each.keys) in graphs}
    return frozenset(name for name, length in lengths.items() if length and counts[length] > 1).union(about)


def _is_graph(written: ast.Dict) -> bool:
    """Tell whether the lists of a dictionary name its own keys: ``{"a": ["b", "c"], "b": [("c", 4)], "c": []}``."""
    if not _HOLDING.issuperset(map(type, written.values)):
        return False
    held = [each.keys if isinstance(each, ast.Dict) else each.elts for each in written.values]  # type: ignore[attr-defined]
    named = [word for each in held for word in _words_of(each)]
    return 2 * len(_words_of(written.keys).intersection(named)) > len(set(named)) > 0


def _words_of(nodes: Sequence[ast.expr | None]) -> frozenset[Any]:
    """Return what is written out among some expressions, of a pair its first."""
    firsts = [each.elts[0] if isinstance(each, ast.Tuple) and each.elts else each for each in nodes]
    return frozenset([each.value for each in firsts if isinstance(each, ast.Constant)])


def is_look(name: str, text: str) -> bool:
    """Tell whether a written text says how something is drawn: a colour by its value, or a look by its name.

    >>> is_look("background", "#f6f5f7"), is_look("bar_color", "teal"), is_look("kernel", "rbf")
    (True, True, False)
    """
    return _COLOUR.fullmatch(text) is not None or _LOOKS.fullmatch(name.lower()) is not None


def is_told(text: str, calls: Collection[str]) -> bool:
    r"""Tell whether a written text of several lines is only shown: what somebody has to say, and no setting.

    >>> is_told("Findings:\n1. none", {"print"}), is_told("Summarise:\n{text}", {"print", "ask"})
    (True, False)
    """
    return bool(calls) and "\n" in text.strip() and _PASSED_OVER.issuperset(calls)


def is_data(name: str, value: Any, calls: Collection[str]) -> bool:
    """Tell whether a written dictionary or sequence is data, by its name and by the calls it was given to.

    Args:
        name: the variable.
        value: a dict, list or tuple.
        calls: the names of the calls that it was an argument of.

    >>> is_data("title_mapping", {"Mr": 1}, {"map"}), is_data("sizes", [784, 30, 10], {"Network"})
    (True, False)
    >>> is_data("rownames", ["ols", "wls"], {"SimpleTable"}), is_data("steps", ["scale", "fit"], {"Pipeline"})
    (True, False)
    >>> is_data("colors", ["red", "blue"], {"zip"}), is_data("alphas", [0.1, 1.0], {"zip"})
    (True, False)
    >>> is_data("departments", {"cardio": "Cardiology"}, {"[]"}), is_data("rates", {"adam": 0.001}, {"[]"})
    (True, False)
    >>> is_data("streets", {("a", "b"): 4}, set()), is_data("members", {"@ann": ["@bob"]}, set())
    (True, True)
    >>> is_data("asked", {"one": {"text": "who is it?"}, "two": {"text": "how many?"}}, set())
    True
    >>> is_data("nums", [4, 2, 9], set()), is_data("board", [["", "o", ""], ["x", "o", "x"], ["", "", ""]], set())
    (True, True)
    """
    if type(value) is dict and is_config_name(name):
        return False
    if _is_lookup(value) if type(value) is dict else _is_board(value) or _LISTS.fullmatch(name):
        return True
    if LOOKED_UP in calls:  # words for other words
        if type(value) is dict and all(type(item) is str for item in value.values()):
            return True
        calls = [call for call in calls if call != LOOKED_UP]
    rows = type(value) is not dict and _are_rows(value) and (_hold_sentences(value) or not _used(calls))
    if type(value) is dict:  # rows by their names: ``{"first": {"question": "what is it?", "answer": "a boat"}, ...}``
        named = list(value.values())
        rows = _are_rows(named) and len({frozenset(row) for row in named}) == 1 < len(named) and _hold_sentences(named)
    texts = type(value) is not dict and bool(value) and all(type(item) is str for item in value)
    columns = texts and name.lower() in {"x", "y"}  # of a table
    if rows or columns or ((texts or type(value) is dict) and _LABELS.fullmatch(name.lower())):
        return True
    used = _used(calls)
    if texts and calls and not used:
        return True  # words that are only gone through
    return bool(used) and all(call in _TAKES_DATA or is_metric_name(call) for call in used)


def _is_lookup(value: Mapping[Any, Any]) -> bool:
    """Tell whether a dictionary is looked things up in: by pairs, by what is no name, or many words for other words."""
    if any(type(key) is tuple or (type(key) is str and not _SETTING.fullmatch(key)) for key in value):
        return True
    return len(value) >= _FEWEST_WORDS and all(type(item) is str for pair in value.items() for item in pair)


def _is_board(value: Any) -> bool:
    """Tell whether rows of words, as long as each other, are what a game or a puzzle is about."""
    if len(value) < _NARROWEST or any(type(row) is not list or len(row) < _NARROWEST for row in value):
        return False
    return len({len(row) for row in value}) == 1 and all(type(item) is str for row in value for item in row)


def _used(calls: Collection[str]) -> set[str]:
    return {call for call in calls if call not in _PASSED_OVER and call != LOOKED_UP}


def _are_rows(value: Any) -> bool:
    return bool(value) and all(type(item) is dict for item in value)


def _hold_sentences(value: Any) -> bool:
    return any(type(item) is str and " " in item for row in value for item in row.values())
