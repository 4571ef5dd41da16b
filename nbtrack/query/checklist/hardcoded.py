"""Settings that a cell has written out and that were not captured as params: what a table of runs cannot tell apart."""

import ast
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from nbtrack.query.checklist.sources import Sources, dotted

_SHOWING: Final = frozenset(
    "print display show scatter hist plot bar barh imshow axhline axvline figure subplots subplot legend title "
    "suptitle xlabel ylabel set_xlabel set_ylabel set_title savefig tight_layout annotate text head tail describe "
    "round format to_csv to_parquet to_json to_excel to_pickle read_csv read_parquet read_json read_excel dump "
    "open Path len range enumerate zip isinstance getattr hasattr sorted info value_counts sleep barplot lineplot "
    "histplot heatmap boxplot scatterplot set_style grid tick_params colorbar fill_between ConfusionMatrixDisplay "
    "RocCurveDisplay tqdm".split()
)
_DRIVING: Final = frozenset("fit train compile train_test_split cross_val_score cross_validate".split())
_BESIDE: Final = frozenset(
    "axis index verbose n_jobs inplace columns figsize color label alpha ax dpi cmap copy return_X_y as_frame "
    "return_train_score scoring average output_dict zero_division header sep encoding keep_default_na".split()
)


class Setting(NamedTuple):
    """A literal in the cell: what it is called, its value, and its line."""

    name: str
    value: Any
    line: int

    @property
    def text(self) -> str:
        """The setting as one would write it, with its line."""
        return f"line {self.line}: {self.name}={self.value!r}"


def hardcoded(sources: Sources, params: Mapping[str, Any]) -> list[Setting]:
    """Return the settings written out in the run's own cell that no param has.

    A setting is an argument of a call that makes or drives something - ``SVC(C=0.1)``, ``model.fit(..., epochs=3)`` -
    or a number that a name is set to. What only shows something or names a place is none.
    """
    own = next((text.tree for text in sources.texts if text.own), None)
    if own is None:
        return []
    return [each for each in _settings(own) if not _is_captured(each, params)]


def _settings(tree: ast.Module) -> Iterator[Setting]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _makes_something(dotted(node.func)):
            called = dotted(node.func).rpartition(".")[2]
            for keyword in node.keywords:
                if keyword.arg and keyword.arg not in _BESIDE and (found := _literal(keyword.value)) is not ...:
                    yield Setting(keyword.arg, found, keyword.value.lineno)
            for number, argument in enumerate(node.args, 1):
                if called[:1].isupper() and _is_number(found := _literal(argument)):
                    yield Setting(f"{called}(argument {number})", found, argument.lineno)
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name, found = node.targets[0].id, _literal(node.value)
            if _is_number(found) and found != 0 and not name.startswith("_"):  # a sum begins with zero
                yield Setting(name, found, node.lineno)


def _makes_something(called: str) -> bool:
    owner, _, last = called.rpartition(".")
    if last in _SHOWING or owner.partition(".")[0] in {"plt", "sns", "ax", "axes", "fig", "px", "go"}:
        return False
    return last[:1].isupper() or last in _DRIVING


def _literal(node: ast.expr) -> Any:
    """Return the number, word or flag that is written there; ``...`` for anything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        value: Any = node.operand.value
        return -value if _is_number(value) else ...
    if isinstance(node, ast.Constant) and type(node.value) in {int, float, str, bool} and len(str(node.value)) <= 80:
        return node.value
    return ...


def _is_number(value: Any) -> bool:
    return type(value) in {int, float}


def _is_captured(setting: Setting, params: Mapping[str, Any]) -> bool:
    for name, value in params.items():
        same = type(value) in {int, float, str, bool} and value == setting.value
        last = name.rpartition(".")[2].rpartition("__")[2]
        if setting.name in {name, last} or (same and "(" in setting.name):
            return True
    return False
