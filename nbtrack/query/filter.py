"""A filter at work: it narrows rows column by column, then puts them in order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nbtrack.errors import FilterError
from nbtrack.model.event import STATUSES
from nbtrack.model.ids import matches
from nbtrack.model.reproduction import LEVELS
from nbtrack.query.caret import filter_error, shown
from nbtrack.query.columns import MOMENTS, is_known, moment_text, numbers_of, values_of
from nbtrack.query.matching import (
    COMPARE,
    Matcher,
    compared_numbers,
    matcher,
    moment_matcher,
    number_of,
    resemblance,
)
from nbtrack.query.nearest import nearest, unknown_name
from nbtrack.query.parse import parse
from nbtrack.query.sorting import sorted_numbers, sorted_rows
from nbtrack.query.syntax import (
    RUN,
    AllOf,
    Among,
    AnyOf,
    Comparison,
    Filter,
    Missing,
    Name,
    Negated,
    Operator,
    OrderBy,
    Resembles,
    Test,
    Value,
)

if TYPE_CHECKING:
    from nbtrack.store.index.table import RunsTable

_ORDERING: Final = ("<", "<=", ">", ">=")
# MLflow's word where it is not nbtrack's own in capitals; a scheduled run is one that nbtrack never has.
_MLFLOW_STATUS: Final = {"killed": "interrupted", "scheduled": "scheduled"}


@dataclass(frozen=True, slots=True)
class RunFilter:
    """A filter's tree and the text it came from, ready to be asked of any table of runs."""

    text: str
    tree: Filter

    def select(self, table: "RunsTable", rows: Sequence[int]) -> list[int]:
        """Return those of ``rows`` that pass, in the order given.

        Raises:
            FilterError: it names something no run has, or compares what cannot be.
        """
        self._check(table)
        return list(rows) if self.tree.where is None else _select(self.tree.where, table, rows)

    def apply(self, table: "RunsTable", rows: Sequence[int]) -> list[int]:
        """Return those of ``rows`` that pass, in the filter's order, no more than its limit."""
        chosen = arrange(table, self.select(table, rows), self.tree.order)
        return chosen[: self.tree.limit]

    def _check(self, table: "RunsTable") -> None:
        for name in _names(self.tree):
            if not is_known(table, name):
                raise filter_error(unknown_name(table, name), self.text, name.at)
        for name, value in _pairs(self.tree.where):
            if problem := _misfit(name, value):
                raise filter_error(problem, self.text, value.at)
        for test in _leaves(self.tree.where):
            if isinstance(test, Comparison) and _is_words_beside_numbers(table, test):
                message = f"{shown(str(test.name))} holds numbers; {shown(str(test.value))} is text"
                raise filter_error(message, self.text, test.value.at)


def compile_filter(text: str) -> RunFilter:
    """Return the filter that ``text`` asks for.

    Raises:
        FilterError: it cannot be understood; the message points at the place.
    """
    if not isinstance(text, str):
        raise FilterError(f"a filter is text such as 'metrics.accuracy > 0.9', not {type(text).__name__}")
    return RunFilter(text, parse(text))


def arrange(table: "RunsTable", rows: Sequence[int], order: Sequence[OrderBy]) -> list[int]:
    """Return ``rows`` ordered by the keys; rows equal in all of them keep their order."""
    chosen = list(rows)
    for key in reversed(order):
        numbers = numbers_of(table, key.name)
        if numbers is None:
            chosen = sorted_rows(values_of(table, key.name), chosen, descending=key.descending)
        else:
            chosen = sorted_numbers(numbers, chosen, descending=key.descending)
    return chosen


def _select(test: Test, table: "RunsTable", rows: Sequence[int]) -> list[int]:  # noqa: PLR0911 - one a kind of test
    match test:
        case AllOf(parts):
            for part in parts:
                rows = _select(part, table, rows)
            return list(rows)
        case AnyOf(parts):
            return _united(parts, table, rows)
        case Negated(part):
            passing = set(_select(part, table, rows))
            return [row for row in rows if row not in passing]
        case Missing(name, negated):
            values = values_of(table, name)
            return [row for row in rows if (values[row] is None) is not negated]
        case Comparison():
            return _compared(table, rows, test)
        case Among(name, choices, negated):
            return _passing(values_of(table, name), rows, _membership(name, choices, negated))
        case Resembles():
            return _passing(values_of(table, test.name), rows, _likeness(test))


def _united(parts: Sequence[Test], table: "RunsTable", rows: Sequence[int]) -> list[int]:
    passing: set[int] = set()
    for part in parts:
        passing.update(_select(part, table, [row for row in rows if row not in passing]))
    return [row for row in rows if row in passing]


def _compared(table: "RunsTable", rows: Sequence[int], test: Comparison) -> list[int]:
    """Compare plain numbers and plain text without a call of our own: this loop is where a query spends its time."""
    name, sign, wanted = test.name, test.operator, test.value.value
    if name.space == RUN or isinstance(wanted, bool) or sign == "!=":
        return _passing(values_of(table, name), rows, _single(name, sign, test.value))
    if not isinstance(wanted, str) and (numbers := numbers_of(table, name)) is not None:
        return compared_numbers(numbers, rows, sign, wanted)
    values, carefully, compare = values_of(table, name), _single(name, sign, test.value), COMPARE[sign]
    plain = (str, str) if isinstance(wanted, str) else (float, int)
    return [
        row
        for row in rows
        if (compare(found, wanted) if type(found := values[row]) in plain else found is not None and carefully(found))
    ]


def _passing(values: Sequence[Any], rows: Sequence[int], test: Matcher) -> list[int]:
    return [row for row in rows if (found := values[row]) is not None and test(found)]


def _single(name: Name, sign: Operator, value: Value) -> Matcher:
    """Return the test of one value, knowing what the run's own attributes mean."""
    wanted = value.value
    if name.space != RUN:
        return matcher(sign, wanted)
    if name.key in MOMENTS:
        return moment_matcher(sign, wanted) or (lambda _: False)
    if name.key == "status" and isinstance(wanted, str):
        return matcher(sign, _status(wanted))
    if name.key == "verdict" and isinstance(wanted, str):
        return matcher(sign, wanted.lower())
    if name.key == "id" and isinstance(wanted, str) and wanted and sign in {"=", "!="}:
        return lambda run_id: matches(run_id, wanted) is (sign == "=")
    return matcher(sign, wanted)


def _membership(name: Name, choices: Sequence[Value], negated: bool) -> Matcher:  # noqa: FBT001 - private
    sign: Operator = "!=" if negated else "="
    tests = [_single(name, sign, value) for value in choices]
    every: Callable[[Iterator[bool]], bool] = all if negated else any
    return lambda found: every(test(found) for test in tests)


def _likeness(test: Resembles) -> Matcher:
    name = test.name
    as_status = name == Name(RUN, "status") and test.likeness == "like"
    alike = resemblance("ilike" if as_status else test.likeness, test.pattern)
    moment = name.space == RUN and name.key in MOMENTS
    return lambda found: alike(moment_text(found) if moment else found) is not test.negated


def _status(word: str) -> str:
    return _MLFLOW_STATUS.get(word.lower(), word.lower())


def _misfit(name: Name, value: Value) -> str | None:
    """Return what is wrong with comparing an attribute of the run with ``value``, or None."""
    if name.space != RUN:
        return None
    text = shown(str(value))
    if name.key in MOMENTS and moment_matcher("=", value.value) is None:
        return f"`{name.key}` needs a date such as '2026-11-01' or '2026-11-01 14:30', not {text}"
    if name.key == "status" and isinstance(value.value, str) and _status(value.value) not in (*STATUSES, "scheduled"):
        near = nearest(value.value, STATUSES)
        return f"no status {text}; " + (f"did you mean '{near}'?" if near else f"there are {', '.join(STATUSES)}")
    if name.key == "verdict" and isinstance(value.value, str) and value.value.lower() not in LEVELS:
        near = nearest(value.value, LEVELS)
        return f"no verdict {text}; " + (f"did you mean '{near}'?" if near else f"there are {', '.join(LEVELS)}")
    return None


def _is_words_beside_numbers(table: "RunsTable", test: Comparison) -> bool:
    """Tell whether a test could never pass: text that is no number, asked of what is a number in every run.

    For params only of an order: that one is not equal to a word may be just the question.
    """
    signs = {"metrics": (*_ORDERING, "="), "params": _ORDERING}.get(test.name.space, ())
    words = test.value.value
    if test.operator not in signs or not isinstance(words, str) or number_of(words) is not None:
        return False
    held = [value for value in values_of(table, test.name) if value is not None]
    return bool(held) and all(type(value) is float or type(value) is int for value in held)


def _names(tree: Filter) -> Iterator[Name]:
    for test in _leaves(tree.where):
        yield test.name
    for key in tree.order:
        yield key.name


def _pairs(test: Test | None) -> Iterator[tuple[Name, Value]]:
    for leaf in _leaves(test):
        if isinstance(leaf, Comparison):
            yield leaf.name, leaf.value
        elif isinstance(leaf, Among):
            yield from ((leaf.name, value) for value in leaf.values)


def _leaves(test: Test | None) -> Iterator[Comparison | Among | Resembles | Missing]:
    match test:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _leaves(part)
        case Negated(part):
            yield from _leaves(part)
        case None:
            return
        case _:
            yield test
