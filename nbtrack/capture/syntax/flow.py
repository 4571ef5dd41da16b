"""What a cell does with names, as data: its statements in order, calls, what is set, and magic commands."""

from dataclasses import dataclass, field

LEARNING = (("backward",), ("step",))  # gradients are applied: to what, no name tells


@dataclass(frozen=True, slots=True)
class Call:
    """One call whose function starts with a name: ``np.random.seed(0)`` is root ``np``, path ``("random", "seed")``.

    ``args`` and ``keywords`` hold the root names of arguments, None for others; ``texts`` the literal strings among
    them. ``bare`` is a call that is a whole statement, ``through`` one whose root only holds what is called.
    """

    root: str
    path: tuple[str, ...]
    args: tuple[str | None, ...] = ()
    keywords: tuple[tuple[str | None, str | None], ...] = ()
    texts: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()  # keywords given as a literal True
    bare: bool = False
    through: bool = False
    direct: bool = True  # a method of what the name itself holds


@dataclass(frozen=True, slots=True)
class Store:
    """An attribute or an item is set, of what ``root`` holds - or, not ``direct``, of something within that."""

    root: str
    through: bool = False
    direct: bool = True


@dataclass(frozen=True, slots=True)
class Magic:
    """A magic or shell command: ``kind`` is ``line``, ``cell`` or ``shell``."""

    kind: str
    name: str
    text: str


@dataclass(slots=True)
class Body:
    """What one statement of a cell, or a function's body when it is called, does with names of the notebook.

    ``reads`` happen before the name is written; ``maybes`` are writes that depend on a condition; ``stores`` are names
    whose attributes or items are set. A function's ``params`` may stand as roots too.
    """

    line: int = 0
    end: int = 0
    params: tuple[str, ...] = ()
    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    maybes: set[str] = field(default_factory=set)
    deletes: set[str] = field(default_factory=set)
    stores: set[Store] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)
    magics: list[Magic] = field(default_factory=list)
    imports: dict[str, str] = field(default_factory=dict)
    dynamic: bool = False

    def take_in(self, other: "Body") -> None:
        """Do also what ``other`` does when it is called; its own params are nothing outside it."""
        self.reads |= other.reads
        self.writes |= other.writes
        self.maybes |= other.maybes
        self.stores |= {store for store in other.stores if store.root not in other.params}
        self.calls += [call for call in other.calls if call.root not in other.params]
        self.magics += other.magics
        self.dynamic |= other.dynamic


@dataclass(slots=True)
class Flow:
    """A cell's top-level statements in order, and the bodies of the functions, classes and ``.methods`` it defines."""

    steps: list[Body] = field(default_factory=list)
    functions: dict[str, Body] = field(default_factory=dict)
    derived: dict[str, set[str]] = field(default_factory=dict)  # name -> the names whose values hold its value
