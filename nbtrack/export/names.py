"""The names of a program: which are bound at its top level and how, and which are read anywhere."""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_SCOPES: Final = (*_FUNCTIONS, ast.ClassDef)
_WORDS: Final = re.compile(r"[A-Za-z_]\w*")
_IN_TEXT: Final = re.compile(r"@([A-Za-z_]\w*)|\b([A-Za-z_]\w*)(?=\s*[.(])")
_DYNAMIC: Final = frozenset({"exec", "eval", "globals", "locals", "vars", "get_ipython"})


@dataclass(slots=True)
class Names:
    """What trees do with names.

    ``bound`` counts how often each name is bound at the top level, other than by an import; ``imported`` says from
    where it is imported there. ``inner`` are names bound in functions and classes, ``shared`` those that functions
    declare global, ``read`` those read anywhere, ``mentioned`` those that stand in texts, as in a formula.
    """

    bound: Counter[str] = field(default_factory=Counter)
    imported: dict[str, set[str]] = field(default_factory=dict)
    inner: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    mentioned: set[str] = field(default_factory=set)
    dynamic: bool = False

    @property
    def top(self) -> set[str]:
        """Every name of the top level."""
        return {*self.bound, *self.imported, *self.shared}

    @property
    def taken(self) -> set[str]:
        """Every name that means something anywhere."""
        return self.top | self.inner | self.read


def names_in(trees: Iterable[ast.AST]) -> Names:
    r"""Return what the trees of a program do with names.

    >>> found = names_in([ast.parse("import os\nx = 1\ndef f(a):\n    global y\n    y = a + x")])
    >>> sorted(found.bound), found.imported, sorted(found.read), found.shared
    (['f', 'x'], {'os': {'os'}}, ['a', 'x'], {'y'})
    """
    names = Names()
    for tree in trees:
        for node, inside in _walked(tree):
            _note(node, names, inside=inside)
    return names


def _walked(tree: ast.AST) -> Iterator[tuple[ast.AST, bool]]:
    """Yield every node with whether it is inside a function or class; a name a comprehension binds is its own."""
    waiting = [(tree, False)]
    while waiting:
        node, inside = waiting.pop()
        yield node, inside
        deeper = inside or isinstance(node, _SCOPES)
        for inner in ast.iter_child_nodes(node):
            own = isinstance(node, ast.comprehension) and inner is node.target
            waiting.append((inner, deeper or own))


def _note(node: ast.AST, names: Names, *, inside: bool) -> None:
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            names.read.add(name)
            names.dynamic |= name in _DYNAMIC
        case ast.Name(id=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            _bind(name, names, inside=inside)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            _bind(name, names, inside=inside)
        case ast.MatchMapping(rest=str(name)):
            _bind(name, names, inside=inside)
        case ast.arg(arg=name):
            names.inner.add(name)
        case ast.Global(names=given):
            names.shared.update(given)
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            source = node if isinstance(node, ast.ImportFrom) else None
            for alias in aliases:
                _import(*origin(alias, source), names, inside=inside)
        case ast.Constant(value=str(text)) if len(text) < 10_000:
            names.mentioned.update(filter(None, (word for pair in _IN_TEXT.findall(text) for word in pair)))


def _bind(name: str, names: Names, *, inside: bool) -> None:
    if inside:
        names.inner.add(name)
    else:
        names.bound[name] += 1


def _import(name: str, module: str, names: Names, *, inside: bool) -> None:
    if inside:
        names.inner.add(name)
    else:
        names.imported.setdefault(name, set()).add(module)


def origin(alias: ast.alias, node: ast.ImportFrom | None) -> tuple[str, str]:
    """Return the name an import binds, and what it is: ``("np", "numpy")``, ``("sqrt", "math:sqrt")``."""
    if node is not None:
        return alias.asname or alias.name, f"{'.' * node.level}{node.module or ''}:{alias.name}"
    if alias.asname:
        return alias.asname, alias.name
    top = alias.name.partition(".")[0]
    return top, top


def words(text: str) -> set[str]:
    """Return the words of a text that may be names."""
    return set(_WORDS.findall(text))


def free(wanted: str, taken: Iterable[str]) -> str:
    """Return a name that is not taken: the one wanted, or that with more signs behind it."""
    known = set(taken)
    name, number = wanted, 1
    while name in known:
        number += 1
        name = f"{wanted}_{number}"
    return name
