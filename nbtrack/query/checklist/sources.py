"""The sources behind a run as syntax trees: its cells in the order they ran, and the person's modules that are kept."""

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from nbtrack.errors import NbtrackError
from nbtrack.model.run import Run
from nbtrack.query.program import program

_NOT_PYTHON: Final = re.compile(
    r"\s*%%(?:bash|sh|script|html|markdown|latex|svg|javascript|js|perl|ruby|writefile|file|cython|R|sql|python2?|pypy)\b"
)
_LINE_MAGIC: Final = re.compile(r"^(?P<indent>[ \t]*)(?:[%!?].*|[^#'\"\n]*\?\??[ \t]*)$", re.MULTILINE)
_ASSIGNED_MAGIC: Final = re.compile(r"^(?P<target>[ \t]*[\w.,\[\] ]+=[ \t]*)[%!].*$", re.MULTILINE)
_LONGEST: Final = 1 << 20


class Text(NamedTuple):
    """One source that could be read as Python: ``place`` says where it stands, ``own`` whether it is the run's cell."""

    place: str
    tree: ast.Module
    own: bool = False


class Use(NamedTuple):
    """One call: the dotted name that is called, the call, and where it stands."""

    name: str
    call: ast.Call
    place: str

    @property
    def last(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]

    @property
    def where(self) -> str:
        """The place with its line."""
        return f"{self.place} line {self.call.lineno}"

    @property
    def text(self) -> str:
        """The call as Python, shortened."""
        return text_of(self.call)

    def given(self, *names: str) -> ast.expr | None:
        """Return the argument passed by one of these keywords."""
        return next((each.value for each in self.call.keywords if each.arg in names), None)

    @property
    def passes_more(self) -> bool:
        """Whether it passes keywords on that cannot be seen here."""
        return any(each.arg is None for each in self.call.keywords)


@dataclass(frozen=True, slots=True)
class Sources:
    """What could be read of the sources behind a run; ``unread`` names what could not, and why."""

    texts: tuple[Text, ...]
    unread: tuple[str, ...]
    own: str = ""

    @classmethod
    def of(cls, run: Run) -> "Sources":
        """Read them from the run's store."""
        texts: list[Text] = []
        unread: list[str] = []
        for place, source, own in _sources(run, unread):
            tree = parsed(source)
            if tree is None:
                unread.append(f"{place} cannot be read as Python")
            else:
                texts.append(Text(place, tree, own))
        return cls(tuple(texts), tuple(unread), run.cell.source if run.cell else "")

    @property
    def whole(self) -> bool:
        """Whether there are sources, and all of them could be read."""
        return bool(self.texts) and not self.unread

    @property
    def counted(self) -> str:
        """How many there are, in words."""
        return f"{len(self.texts)} recorded source{'s' * (len(self.texts) != 1)}"

    def calls(self) -> Iterator[Use]:
        """Yield every call, in the order of the texts."""
        for text in self.texts:
            for node in ast.walk(text.tree):
                if isinstance(node, ast.Call):
                    yield Use(dotted(node.func), node, text.place)

    def bound(self) -> Mapping[str, list[ast.expr]]:
        """Return what names are bound to by plain assignments, anywhere."""
        found: dict[str, list[ast.expr]] = {}
        for text in self.texts:
            for node in ast.walk(text.tree):
                if isinstance(node, ast.Assign):
                    targets, value = node.targets, node.value
                elif isinstance(node, ast.AnnAssign) and node.value is not None:
                    targets, value = [node.target], node.value
                else:
                    continue
                for target in targets:
                    if isinstance(target, ast.Name | ast.Attribute):
                        found.setdefault(dotted(target), []).append(value)
        return found


def parsed(source: str) -> ast.Module | None:
    r"""Return the tree of a cell, IPython's lines replaced by ``pass``; None where it is no Python.

    >>> ast.unparse(parsed("%matplotlib inline\nfiles = !ls\nx = 1"))
    'pass\nfiles = None\nx = 1'
    """
    if len(source) > _LONGEST or _NOT_PYTHON.match(source):
        return None
    text = _without_cell_magics(source)
    for attempt in (text, _without_line_magics(text)):
        with suppress(SyntaxError, ValueError, MemoryError, RecursionError), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the person's own escapes and comparisons
            return ast.parse(attempt)
    return None


def text_of(node: ast.expr) -> str:
    """Return an expression as Python on one line, shortened; a sum of thousands of terms is too deep to be written."""
    try:
        text = ast.unparse(node).replace("\n", " ")
    except RecursionError:
        text = f"{dotted(node.func)}(…)" if isinstance(node, ast.Call) else "…"
    return text if len(text) <= 80 else f"{text[:79]}…"


def dotted(node: ast.expr) -> str:
    """Return ``np.random.seed`` for what is called so; ``?`` stands for what has no name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id if isinstance(node, ast.Name) else "?", *reversed(parts)])


def _without_cell_magics(source: str) -> str:
    lines = source.split("\n")
    for at, line in enumerate(lines):
        if line.strip() and not line.lstrip().startswith(("%%", "#")):
            break
        lines[at] = "" if line.lstrip().startswith("%%") else line
    return "\n".join(lines)


def _without_line_magics(source: str) -> str:
    return _LINE_MAGIC.sub(r"\g<indent>pass", _ASSIGNED_MAGIC.sub(r"\g<target>None", source))


def _sources(run: Run, unread: list[str]) -> Iterable[tuple[str, str, bool]]:
    try:
        steps = program(run).steps
    except (NbtrackError, KeyError, TypeError, ValueError, AttributeError) as problem:  # a record from anywhere
        unread.append(str(problem) if isinstance(problem, NbtrackError) else "the record of its cells is damaged")
        steps = ()
    for step in steps:
        yield step.place, step.source, step is steps[-1]
    if not steps and run.cell is not None:
        yield "its cell", run.cell.source, True
    yield from _modules(run, unread)


def _modules(run: Run, unread: list[str]) -> Iterator[tuple[str, str, bool]]:
    """Yield the person's own modules that the store keeps; those the commit has are named as unread."""
    modules: Any = run.code.get("modules")
    for name, about in modules.items() if isinstance(modules, Mapping) else ():
        digest = about.get("sha256") if isinstance(about, Mapping) else None
        if not isinstance(digest, str):
            unread.append(f"the module {name} is in the commit, not in the store")
            continue
        try:
            yield str(name), run.stored(digest).decode("utf-8", "replace"), False
        except NbtrackError as problem:
            unread.append(f"the module {name} cannot be read: {problem}")
