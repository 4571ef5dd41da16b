"""What a result tells in numbers: a score itself, the folds of a cross-validation, the curves of a training's history.

Values are judged by their class alone; only those of known libraries, and plain Python containers, are looked into.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from statistics import fmean, pstdev
from typing import Any, Final

from nbtrack.capture.results import keras_models
from nbtrack.capture.syntax.calls import AGREEMENTS, TESTS
from nbtrack.capture.syntax.spaced import spaced
from nbtrack.capture.syntax.tables import is_array
from nbtrack.capture.syntax.tee import Site
from nbtrack.model.tagged import Json
from nbtrack.record.unasked import class_name, instance_dict, is_genuine, module_name
from nbtrack.record.values import as_label, number

MOST_ENTRIES = 60
MOST_POINTS = 10_000
# What a fitted statistical model is judged by, in the words of statsmodels' own result objects.
_FIGURES = ("rsquared", "rsquared_adj", "prsquared", "pseudo_rsquared", "fvalue", "f_pvalue", "llf", "aic", "bic")
_MOST_OF_ANALYSIS = 10  # columns
_TESTING = ("scipy.stats", "lifelines.statistics", "statsmodels.stats.contrast")
_LINE = ("slope", "intercept", "rvalue", "pvalue", "stderr")
_BY_LAG = ("lb_stat", "lb_pvalue", "bp_stat", "bp_pvalue")
_SIZE = re.compile(r"[nN]|[nN](?:um)?_.*|(?:.*_)?(?:count|size|samples|total|epochs?|steps?|rows)")  # beside scores
_SUMMARY = re.compile(r"^ *(accuracy|(?:micro|macro|weighted|samples) avg)((?: +\d+\.\d+)+) +\d+$", re.MULTILINE)
_PACE = re.compile(r"epoch|step|total_flos|.*_(?:runtime|per_second|time)")
_TIMES = ("fit_time", "score_time")


@dataclass(slots=True)
class Told:
    """Single numbers, and series of them, by name."""

    singles: dict[str, Json] = field(default_factory=dict)
    series: dict[str, list[Json]] = field(default_factory=dict)
    steps: dict[str, list[int | None]] = field(default_factory=dict)  # of those series whose points are not counted

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.singles or self.series)

    def under(self, prefix: str) -> "Told":
        """Return the same with every name behind ``prefix``."""
        if not prefix:
            return self
        return Told(
            {f"{prefix}.{name}": value for name, value in self.singles.items()},
            {f"{prefix}.{name}": values for name, values in self.series.items()},
            {f"{prefix}.{name}": steps for name, steps in self.steps.items()},
        )

    def ends(self) -> "Told":
        """Return the same with the last point of each series alone."""
        return Told(dict(self.singles), {name: values[-1:] for name, values in self.series.items()})


def told_by(name: str, callee: str, value: Any, receiver: object = None, targets: Sequence[str] = ()) -> Told:
    """Return what the value of a metric call tells, its numbers called after ``name``."""
    if callee in _ANSWERS:
        return _ANSWERS[callee](name, value, targets)
    if module_name(type(value)).startswith(_TESTING) or _is_tested(callee, value):
        return _test_result(name, callee, value, targets)
    if type(value) in {list, tuple}:
        if 0 < len(targets) <= len(value):  # fewer where one was picked: ``acc = model.evaluate(X, y)[1]``
            return Told(
                {word: number(item) for word, item in zip(targets, value, strict=False) if _is_score(word, item)}
            )
        return _several(name, callee, value, receiver)
    if is_array(value) and value.ndim == 1 and 1 < value.shape[0] <= MOST_ENTRIES and value.dtype.kind in "fiu":
        return Told({f"{name}.{place}": number(item) for place, item in enumerate(value)})
    return Told(_summary_rows(name, value) if type(value) is str else numbers(name, value))


def _summary_rows(name: str, report: str) -> dict[str, Json]:
    r"""Return what scikit-learn's report says of all classes, called as where it is asked for as a dictionary.

    >>> _summary_rows("report", "  accuracy           0.98  143\n macro avg 0.97 0.96 0.96 143")["report.accuracy"]
    0.98
    """
    found: dict[str, Json] = {}
    for row, told in _SUMMARY.findall(report):
        words = ("",) if row == "accuracy" else (".precision", ".recall", ".f1-score")
        found.update((f"{name}.{row}{word}", float(each)) for word, each in zip(words, told.split(), strict=False))
    return found


def numbers(name: str, value: object) -> dict[str, Json]:
    """Return the numbers in a value: itself, or those in a dictionary, one level deep."""
    if type(value) is bool:
        return {}
    found = number(value)
    if found is not None:
        return {name: found}
    if type(value) is not dict or len(value) > MOST_ENTRIES:
        return {}
    entries: dict[str, Json] = {}
    for key, item in without_pace(value).items():
        inner = item.items() if type(item) is dict and len(item) <= MOST_ENTRIES else [("", item)]
        for sub, leaf in inner:
            one = None if type(leaf) is bool else number(leaf)
            word, part = as_label(key), as_label(sub)
            if one is not None and part != "support" and not (type(one) is int and _SIZE.fullmatch(part or word)):
                entries[".".join(filter(None, (name, word, part)))] = one
    return entries


def shown_by(site: Site, value: Any) -> Iterator[tuple[Site, Json]]:
    """Yield the number of a shown value; of a dictionary that was told to another tracker, each under its own name."""
    if site.logged and not site.name:
        for name, found in numbers("", value).items():
            yield replace(site, name=name, key=f"{site.key} {name}"), found
    else:
        yield site, number_in(value)


def is_truth(value: object) -> bool:
    """Tell whether a value is true or false, of Python's or NumPy's kind: the answer to a question is no score."""
    kind = type(value)
    return kind is bool or (module_name(kind) == "numpy" and class_name(kind).startswith("bool"))


def number_in(value: Any) -> Json:
    """Return a number, or the one in a column of pandas' own that has no other."""
    kind = type(value)
    if class_name(kind) == "Series" and module_name(kind).partition(".")[0] == "pandas" and is_genuine(kind):
        return number(value.iloc[0]) if value.shape == (1,) else None
    return None if is_truth(value) else number(value)


def without_pace(values: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Leave out how fast a trainer was where it tells that beside its scores: ``eval_runtime``, and the epoch.

    >>> dict(without_pace({"eval_loss": 0.5, "eval_runtime": 2.1, "eval_steps_per_second": 9.0, "epoch": 1.0}))
    {'eval_loss': 0.5}
    """
    names = [name for name in values if type(name) is str]
    if not any(name.endswith("_runtime") for name in names):
        return values
    left_out = {name for name in names if _PACE.fullmatch(name)}
    return {name: item for name, item in values.items() if name not in left_out}


def fitted(value: Any) -> Told:
    """Return what a fitted object tells about how well it fits, by its library's own figures."""
    home = module_name(type(value)).partition(".")[0]
    attributes = instance_dict(value)
    if home == "scipy" and class_name(type(value)) == "OptimizeResult":
        return Told(numbers("fun", value.get("fun")))
    if home == "statsmodels":
        return _statistics(value)
    history = attributes.get("history")
    if type(history) is dict:  # keras and what follows it
        return Told(series=_curves(history))
    told = Told()
    if number(attributes.get("best_score_")) is not None and type(attributes.get("best_params_")) is dict:
        told.singles["best_score"] = number(attributes["best_score_"])
    for name in ("evals_result_", "_evals_result"):
        told.series.update(curves_in(attributes.get(name)))
    return told


def rounds(value: Any) -> dict[str, list[Json]]:
    """Return the curves of a cross-validation of boosting rounds: a dictionary of lists, or a table of pandas."""
    if is_pandas_table(value) and value.shape[0] <= MOST_POINTS and value.shape[1] <= MOST_ENTRIES:
        return _curves({as_label(name): value.iloc[:, at].tolist() for at, name in enumerate(value.columns)})
    return curves_in(value)


def is_pandas_table(value: object) -> bool:
    """Tell whether a value is a table of pandas' own."""
    kind = type(value)
    return module_name(kind).partition(".")[0] == "pandas" and class_name(kind) == "DataFrame" and is_genuine(kind)


def curves_in(value: object) -> dict[str, list[Json]]:
    """Return the series in ``{"loss": [...]}`` or ``{"valid": {"rmse": [...]}}``; nothing for any other shape.

    >>> curves_in({"train": {"rmse": [2.0, 1.0]}}), curves_in({"a": [1, "x"]})
    ({'train.rmse': [2.0, 1.0]}, {})
    """
    if not _is_mapping(value) or not 0 < len(value) <= MOST_ENTRIES:  # type: ignore[arg-type]  # just asked
        return {}
    mapping: Mapping[Any, Any] = value  # type: ignore[assignment]  # the same
    if all(_is_mapping(inner) for inner in mapping.values()):
        return {
            f"{as_label(key)}.{name}": series
            for key, inner in mapping.items()
            for name, series in _curves(dict(inner)).items()
        }
    return _curves(dict(mapping))


def _curves(columns: Mapping[Any, Any]) -> dict[str, list[Json]]:
    """Return the columns that hold numbers only, if every column is a list of one length."""
    lists = {as_label(name): column for name, column in columns.items() if type(column) is list and column}
    found = {name: spaced(column, MOST_POINTS, number) for name, column in lists.items()}
    return {name: series for name, series in found.items() if all(item is not None for item in series)}


def with_means(name: str, told: Told, means: Mapping[str, str]) -> Told:
    """Call the means of folds as the cell does, each under its entry: ``{"test_r2": "r2"}``."""
    known = {f"{name}.{entry}.mean" if entry else f"{name}.mean": word for entry, word in means.items()}
    return replace(told, singles={known.get(key, key): value for key, value in told.singles.items()})


def negated(told: Told) -> Told:
    """Return what was told of folds with the other sign: ``-cross_val_score(...).mean()``.

    >>> found = negated(summary("s", [-2.0, -4.0]))
    >>> found.singles, found.series
    ({'s.mean': 3.0, 's.std': 1.0}, {'s.folds': [2.0, 4.0]})
    """
    signed = {key: value if key.endswith(".std") else _negative(value) for key, value in told.singles.items()}
    return Told(signed, {key: [_negative(value) for value in values] for key, values in told.series.items()})


def _negative(value: Json) -> Json:
    return -value if type(value) in {int, float} else value  # type: ignore[operator]  # a number


def averaged(name: str, told: Told) -> Told:
    """Return what was told of folds with their mean under the name itself, as the person calls it."""
    return Told({name if key == f"{name}.mean" else key: value for key, value in told.singles.items()}, told.series)


def summary(name: str, values: Iterable[Json]) -> Told:
    """Return mean, standard deviation (of the folds themselves, as NumPy's ``std``) and the folds."""
    folds = [value for value in values if isinstance(value, int | float)]
    if not folds:
        return Told()
    spread = {f"{name}.mean": fmean(folds), f"{name}.std": pstdev(folds)}
    return Told(dict(spread), {f"{name}.folds": list(folds)})


def _folds(name: str, value: Any) -> Told:
    if is_array(value) and value.ndim == 1 and value.shape[0] <= 1000:
        return summary(name, map(number, value))
    if (one := number(value)) is not None:
        return Told({name: one})  # the root of their mean
    found = Told()
    for key, column in value.items() if type(value) is dict else ():
        if (
            type(key) is str
            and key not in _TIMES
            and is_array(column)
            and column.dtype.kind == "f"
            and column.ndim == 1
        ):
            part = summary(f"{name}.{key}", map(number, column[:1000]))
            found.singles.update(part.singles)
            found.series.update(part.series)
    return found


def _several(name: str, callee: str, values: Sequence[Any], receiver: object) -> Told:
    """Name the numbers of a tuple: keras tells the names of what ``evaluate`` returns."""
    told = [number(value) if type(value) is not bool else None for value in values[:MOST_ENTRIES]]
    if not told or len(values) > MOST_ENTRIES or all(item is None for item in told):
        return Told()
    names = _names_of(callee, receiver, len(values))
    return Told({f"{name}.{word}": item for word, item in zip(names, told, strict=True) if item is not None})


def _is_tested(callee: str, value: object) -> bool:
    """Tell whether a plain tuple is a test's answer: the statistic, how likely it is by chance, and more."""
    if callee not in TESTS or type(value) is not tuple or len(value) < 2:
        return False
    likely = number(value[1])
    return isinstance(likely, int | float) and 0 <= likely <= 1


def _mean_curves(name: str, value: object, targets: Sequence[str]) -> Told:
    """Return the means over the folds of what ``learning_curve`` and ``validation_curve`` hold.

    A row is a size of the training set, or a setting; what has one dimension - sizes, times - is no score.
    """
    parts = value if type(value) is tuple else ()
    own = {2: ("train", "test"), 3: ("", "train", "test")}.get(len(parts), ("",) * len(parts))
    words = targets if len(targets) == len(parts) else [f"{name}.{word}" if word else "" for word in own]
    return Told(
        series={
            word: part.mean(axis=1).tolist()
            for word, part in zip(words, parts, strict=True)
            if word not in {"", "_"} and is_array(part) and part.ndim == 2 and part.dtype.kind == "f"
            if 1 < part.shape[0] <= MOST_POINTS and part.size <= MOST_POINTS * MOST_ENTRIES
        }
    )


def _permuted(name: str, value: object, targets: Sequence[str]) -> Told:
    """Return the score and the p-value of ``permutation_test_score``; between them stand those of the permutations."""
    if type(value) is not tuple or len(value) != 3:
        return Told()
    return _worded(name, targets[::2], {"score": number(value[0]), "pvalue": number(value[2])})


def _test_result(name: str, callee: str, value: Any, targets: Sequence[str]) -> Told:
    """Return the statistic and p-value of a hypothesis test, which is all it is done for."""
    if type(value) is tuple:
        return _worded(name, targets, {"statistic": number(value[0]), "pvalue": number(value[1])})
    if module_name(type(value)).startswith("lifelines"):
        kept = instance_dict(value)
        found = {"statistic": number(kept.get("test_statistic")), "pvalue": number(kept.get("p_value"))}
        return _worded(name, (), found)
    if callee in AGREEMENTS and not targets:
        return Told(numbers(name, getattr(value, "statistic", None)))
    fields = _LINE if class_name(type(value)) == "LinregressResult" else ("statistic", "pvalue")
    return _worded(name, targets, {word: number(_alone(getattr(value, word, None))) for word in fields})


def _alone(value: Any) -> object:
    """Return the number that an array of one holds, as statsmodels tells of one contrast: ``[[2.1]]``."""
    return value.item() if is_array(value) and value.size == 1 else value


def _worded(name: str, targets: Sequence[str], told: Mapping[str, Json]) -> Told:
    """Name numbers by the names they are unpacked into or, where there are none, by their own."""
    words = list(targets[: len(told)]) if len(targets) >= len(told) else [f"{name}.{word}" for word in told]
    return Told(
        {
            word: item
            for word, item in zip(words, told.values(), strict=True)
            if word not in {"", "_"} and item is not None
        }
    )


def _is_score(word: str, item: object) -> bool:
    return word not in {"", "_"} and type(item) is not bool and number(item) is not None


def _names_of(callee: str, receiver: object, count: int) -> list[str]:
    if callee.startswith("precision_recall_fscore") and count == 4:
        return ["precision", "recall", "fscore", "support"]
    if callee == "evaluate" and keras_models.is_layer(receiver) and (names := keras_models.evaluated(receiver, count)):
        return names
    return [str(place) for place in range(count)]


def _statistics(value: Any) -> Told:
    found: dict[str, Json] = {}
    for name in _FIGURES:
        with suppress(Exception):  # a figure this kind of model does not have
            if (one := number(getattr(value, name, None))) is not None:
                found[name] = one
    return Told(found)


def _analysed(name: str, table: Any) -> Told:
    """Return what an analysis of variance says of each source of it: ``anova_lm.C(bed).F``, and how likely that is."""
    if not is_analysis(table) or table.shape[0] > MOST_ENTRIES:
        return Told()
    rows = list(zip(table.index, table["F"], table["PR(>F)"], strict=True))
    found: dict[str, Json] = {}
    for source, statistic, likely in rows:
        is_told = isinstance(statistic, float) and not math.isnan(statistic)  # of what is left over it is not
        if is_told and type(source) is str:
            found |= {f"{name}.{source}.F": number(statistic), f"{name}.{source}.PR(>F)": number(likely)}
    return Told(found)


def is_analysis(table: Any) -> bool:
    """Tell whether a value is the table of an analysis of variance; labels that are no texts are asked nothing."""
    if not is_pandas_table(table) or table.shape[1] > _MOST_OF_ANALYSIS:
        return False
    labels = [label for label in table.columns if type(label) is str]
    return labels.count("F") == labels.count("PR(>F)") == 1


def _pairwise(name: str, value: Any) -> Told:
    """Return the p-value of each pair of groups that were compared: ``tukey.a-b.pvalue``."""
    if module_name(type(value)).partition(".")[0] != "statsmodels":
        return Told()
    groups, likely = (getattr(value, each, ()) for each in ("groupsunique", "pvalues"))
    if len(likely) > MOST_ENTRIES or 2 * len(likely) != len(groups) * (len(groups) - 1):
        return Told()
    words = list(map(as_label, groups))
    pairs = [f"{one}-{other}" for place, one in enumerate(words) for other in words[place + 1 :]]
    return Told({f"{name}.{pair}.pvalue": number(each) for pair, each in zip(pairs, likely, strict=True)})


def _by_lag(name: str, table: Any) -> Told:
    """Return the statistic and p-value for each lag, of which a test of autocorrelation makes a row: curves over it."""
    if not is_pandas_table(table) or not 0 < table.shape[0] <= MOST_POINTS or table.shape[1] > _MOST_OF_ANALYSIS:
        return Told()
    columns = {f"{name}.{each}": table[each].tolist() for each in _BY_LAG if each in table.columns}
    if table.shape[0] == 1:
        return Told({word: number(values[0]) for word, values in columns.items()})
    lags = table.index.tolist()
    curves = _curves(columns) if all(type(lag) is int for lag in lags) else {}
    return Told(series=curves, steps=dict.fromkeys(curves, lags))


def summarised(value: Any) -> Told:
    """Return the figures of a fitted model of statsmodels, which is asked for its summary; nothing of any other."""
    figures = _statistics(value).singles if module_name(type(value)).partition(".")[0] == "statsmodels" else {}
    return Told({name: item for name, item in figures.items() if item == item})  # noqa: PLR0124 - what it has


def booster(value: Any) -> dict[str, Json]:
    """Return the best score and iteration that early stopping left behind."""
    found: dict[str, Json] = {}
    attributes = instance_dict(value)
    if class_name(type(value)) == "Booster" and is_genuine(type(value)) and module_name(type(value)) == "xgboost.core":
        attributes = {name: float(text) for name, text in value.attributes().items() if name == "best_score"}
    for name in ("best_score", "best_score_", "_best_score"):
        score = attributes.get(name)
        text = name.strip("_")
        if _is_mapping(score):
            found.update(numbers(text, {k: dict(v) if _is_mapping(v) else v for k, v in score.items()}))  # type: ignore[union-attr]  # a mapping
        elif number(score) is not None and type(score) is not bool:
            found[text] = number(score)
    return found


def is_close(one: Json, other: Json) -> bool:
    """Compare two numbers but for what rounding adds: a mean is taken in many ways."""
    if not isinstance(one, int | float) or not isinstance(other, int | float):
        return one == other
    return math.isclose(one, other, rel_tol=1e-9)


def _is_mapping(value: object) -> bool:
    kind = type(value)
    return kind is dict or (module_name(kind) == "collections" and class_name(kind) in {"OrderedDict", "defaultdict"})


def _adjusted(value: Any, targets: Sequence[str]) -> Told:
    """Return the p-values that were adjusted because many hypotheses were tested: the second thing that is told."""
    found: Any = value[1] if type(value) is tuple and len(value) > 1 else None
    if not is_array(found) or found.ndim != 1 or found.shape[0] > MOST_ENTRIES:
        return Told()
    word = targets[1] if len(targets) > 1 and targets[1] != "_" else "p_adjusted"
    return Told({f"{word}.{place}": number(each) for place, each in enumerate(found)})


_ANSWERS: Final[Mapping[str, Callable[[str, Any, Sequence[str]], Told]]] = {
    "cross_val_score": lambda name, value, _: _folds(name, value),
    "cross_validate": lambda name, value, _: _folds(name, value),
    "learning_curve": _mean_curves,
    "validation_curve": _mean_curves,
    "permutation_test_score": _permuted,
    "multipletests": lambda _, value, targets: _adjusted(value, targets),
    "fdrcorrection": lambda _, value, targets: _adjusted(value, targets),
    "anova_lm": lambda name, value, _: _analysed(name, value),
    "pairwise_tukeyhsd": lambda name, value, _: _pairwise(name, value),
    "tukeyhsd": lambda name, value, _: _pairwise(name, value),  # of statsmodels' ``MultiComparison``
    "acorr_ljungbox": lambda name, value, _: _by_lag(name, value),
}
