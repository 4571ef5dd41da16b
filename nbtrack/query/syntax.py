"""What a filter says, as frozen data: the tree the parser builds, and the text it came from.

    Filter  where: Test | None, order: (OrderBy, ...), limit: int | None
    Test    Comparison | Among | Resembles | Missing     one name beside one or more values
            AllOf | AnyOf | Negated                      tests joined
    Name    space and key: ``params.lr`` is Name("params", "lr"), ``status`` is Name("run", "status")

``str()`` of any of them is text that parses to the same tree. Positions (``at``) serve error messages only.
"""

import math
import re
from dataclasses import dataclass, field
from typing import Final, Literal

Scalar = bool | int | float | str
Operator = Literal["=", "!=", "<", "<=", ">", ">="]
Likeness = Literal["like", "ilike", "contains"]

RUN: Final = "run"
SPACES: Final = {
    "param": "params",
    "params": "params",
    "parameter": "params",
    "parameters": "params",
    "metric": "metrics",
    "metrics": "metrics",
    "tag": "tags",
    "tags": "tags",
    "hardware": "hardware",
    "code": "code",
    "environment": "environment",
    "cell": "cell",
    "attribute": RUN,
    "attributes": RUN,
    "attr": RUN,
    "run": RUN,
}
"""The namespaces a filter may name, with their spellings (MLflow's among them)."""

ATTRIBUTES: Final = (
    "id",
    "name",
    "experiment",
    "status",
    "started",
    "ended",
    "duration",
    "note",
    "notebook",
    "session",
    "condition",
    "damaged",
    "incomplete",
    "unsealed",
    "verdict",
)
"""What every run has without a namespace."""

_PLAIN_KEY = re.compile(r"[\w/@:+\[\]-]+(?:\.[\w/@:+\[\]-]+)*")


@dataclass(frozen=True, slots=True)
class Name:
    """What a test looks at."""

    space: str
    key: str
    at: int = field(default=0, compare=False, repr=False)

    def __str__(self) -> str:
        """Return the name as a filter writes it, quoted where it must be."""
        if self.space == RUN and self.key in ATTRIBUTES:
            return self.key
        key = self.key if _PLAIN_KEY.fullmatch(self.key) else "`" + self.key.replace("`", "``") + "`"
        return f"{'attributes' if self.space == RUN else self.space}.{key}"


@dataclass(frozen=True, slots=True)
class Value:
    """A number, text, true or false written in a filter."""

    value: Scalar
    at: int = field(default=0, compare=False, repr=False)

    def __str__(self) -> str:
        """Return the value as a filter writes it."""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        if isinstance(self.value, str):
            return _quoted(self.value)
        return repr(self.value) if math.isfinite(self.value) else ("1e999" if self.value > 0 else "-1e999")


@dataclass(frozen=True, slots=True)
class Comparison:
    """``params.lr < 0.01``."""

    name: Name
    operator: Operator
    value: Value

    def __str__(self) -> str:
        """Return the test as text."""
        return f"{self.name} {self.operator} {self.value}"


@dataclass(frozen=True, slots=True)
class Among:
    """``params.kernel in ('rbf', 'linear')``."""

    name: Name
    values: tuple[Value, ...]
    negated: bool = False

    def __str__(self) -> str:
        """Return the test as text."""
        return f"{self.name} {'not in' if self.negated else 'in'} ({', '.join(map(str, self.values))})"


@dataclass(frozen=True, slots=True)
class Resembles:
    """``tags.gpu like 'A100%'``."""

    name: Name
    likeness: Likeness
    pattern: str
    negated: bool = False

    def __str__(self) -> str:
        """Return the test as text."""
        return f"{self.name} {'not ' if self.negated else ''}{self.likeness} {_quoted(self.pattern)}"


@dataclass(frozen=True, slots=True)
class Missing:
    """``metrics.auc is null``; negated, ``is not null``."""

    name: Name
    negated: bool = False

    def __str__(self) -> str:
        """Return the test as text."""
        return f"{self.name} is {'not ' if self.negated else ''}null"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Tests joined by ``and``."""

    parts: tuple["Test", ...]
    depth: int = field(default=1, compare=False, repr=False)

    def __str__(self) -> str:
        """Return the tests as text."""
        return " and ".join(_grouped(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Tests joined by ``or``."""

    parts: tuple["Test", ...]
    depth: int = field(default=1, compare=False, repr=False)

    def __str__(self) -> str:
        """Return the tests as text."""
        return " or ".join(_grouped(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Negated:
    """``not`` before a test."""

    part: "Test"
    depth: int = field(default=1, compare=False, repr=False)

    def __str__(self) -> str:
        """Return the test as text."""
        return f"not {_grouped(self.part)}"


Test = Comparison | Among | Resembles | Missing | AllOf | AnyOf | Negated


@dataclass(frozen=True, slots=True)
class OrderBy:
    """One key of ``order by``."""

    name: Name
    descending: bool = False

    def __str__(self) -> str:
        """Return the key as text."""
        return f"{self.name} desc" if self.descending else str(self.name)


@dataclass(frozen=True, slots=True)
class Filter:
    """A whole filter: which runs, in which order, how many."""

    where: Test | None = None
    order: tuple[OrderBy, ...] = ()
    limit: int | None = None

    def __str__(self) -> str:
        """Return text that parses to this filter."""
        order = f"order by {', '.join(map(str, self.order))}" if self.order else ""
        limit = "" if self.limit is None else f"limit {self.limit}"
        where = "" if self.where is None else str(self.where)
        return " ".join(part for part in (where, order, limit) if part)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _grouped(part: Test) -> str:
    return f"({part})" if isinstance(part, (AllOf, AnyOf)) else str(part)
