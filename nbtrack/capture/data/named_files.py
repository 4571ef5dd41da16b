"""The files and addresses that the calls of a cell name. What opens them in C++ raises no event in Python.

A call reads when its name says so (``read_parquet``, ``scan_csv``, ``load_model``, ``DMatrix``), and when it surely
runs: not under a condition, nor in a function that the cell does not call. Whatever any call names was written when it
is another file after the cell than before, whoever is called.
"""

import ast
import glob
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, Literal, NamedTuple

from nbtrack.capture.data.path_words import MOST_PATHS, Scope, paths
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.walking import child_nodes

Mode = Literal["read", "write", "maybe"]

_READERS: Final = re.compile(
    r"read\w*|scan_\w+|load\w*|imread\w*|open_\w+|from_(?:files?|parquet|csv|json|ipc|disk|path|delta\w*)"
    r"|genfromtxt|fromfile|memmap|memory_map|ParquetFile|ParquetDataset|[dD]ataset|File|connect|create_engine"
    r"|DMatrix|QuantileDMatrix|Booster|ImageFolder|VideoCapture"
)
_FETCHERS: Final = frozenset("get urlopen urlretrieve fetch download download_file stream".split())
_WRITERS: Final = re.compile(r"to_\w+|write\w*|save\w*|dump\w*|sink_\w+|export\w*|imwrite|imsave|tofile")
_QUERIES: Final = frozenset("sql query execute from_query".split())
_IN_QUERY: Final = re.compile(r"'([^'\n]{1,300}\.(?:parquet|csv|tsv|json|jsonl|ndjson|arrow|feather)(?:\.\w+)?)'")
_SHOWN: Final = frozenset("print display Markdown HTML info debug warning title exists isfile isdir".split())
_URL: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{1,30}://\S")
_DATABASE: Final = re.compile(r"(?:sqlite|duckdb)(?:\+\w+)?:///(.+)")
_PATH: Final = re.compile(r"[/\\]|\.\w{1,10}$")
_MODES: Final = re.compile(r"(?:[rwax][bt+]{0,2}|[bt][rwax]\+?)")
_PATTERN: Final = re.compile(r"[*?\[]")
_CHOOSING: Final = frozenset({ast.IfExp, ast.BoolOp})
_COMPREHENSIONS: Final = frozenset({ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp})
_DEFINITIONS: Final = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef})
_LOOPS: Final = (ast.For, ast.AsyncFor)
_PASSED_BY: Final = frozenset({*_DEFINITIONS, ast.Import, ast.ImportFrom, ast.Pass})  # in them nothing is called now
_SILENT: Final = frozenset({ast.Lambda, ast.Constant, ast.Name})  # they name no file that is used where they stand
_CONDITIONS: Final = frozenset({ast.If, ast.While, ast.ExceptHandler, ast.match_case})
_MOST_CALLS: Final = 200  # of one cell that are looked at
_MOST_MAYBE: Final = 50
_MOST_FUNCTIONS: Final = 2000


class Site(NamedTuple):
    """A call's argument that may name a file."""

    mode: Mode
    value: ast.expr
    scope: Scope
    is_first: bool = False


@dataclass(slots=True)
class Named:
    """What the calls of a cell name: now, and - where their arguments are known only then - after it ran."""

    found: list[tuple[str, Mode]] = field(default_factory=list)
    pending: list[Site] = field(default_factory=list)

    def later(self, began_ns: int) -> Iterator[tuple[str, Mode]]:
        """Yield what could be told only now that the cell has run, and files written into a folder that it names."""
        for site in self.pending:
            for path in paths(site.value, site.scope):
                if site.mode != "write" or not os.path.isdir(path):  # noqa: PTH112 - text in, text out
                    yield from _each(path, site)
                else:
                    yield from ((file, "write") for file in _written_in(path, began_ns))


class NamedFiles:
    """Reads cells. It remembers the functions they define, so that the files these name count where they are called."""

    def __init__(self) -> None:
        self._functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}

    def read(self, tree: ast.Module, namespace: Mapping[str, Any]) -> Named:
        """Return what the calls of a cell name that is about to run."""
        for statement in tree.body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                self._functions.pop(statement.name, None)
                self._functions[statement.name] = statement
        while len(self._functions) > _MOST_FUNCTIONS:
            del self._functions[next(iter(self._functions))]
        walk = _Walk(self._functions)
        walk.body(tree.body, Scope(namespace))
        return _named(walk.sites) if walk.sites else Named()


def _named(sites: list[Site]) -> Named:
    named, maybe = Named(), 0
    for site in sites:
        found = paths(site.value, site.scope)
        if not found or site.mode == "write":
            named.pending.append(site._replace(scope=site.scope.afterwards()))
        maybe += site.mode == "maybe"
        if site.mode != "maybe" or maybe <= _MOST_MAYBE:
            for path in found:
                named.found.extend(_each(path, site))
    return named


def _each(path: str, site: Site) -> Iterator[tuple[str, Mode]]:
    """Yield what one text names: itself, the files of a pattern or folder that is read, a database's file."""
    if local := _DATABASE.fullmatch(path):
        yield local[1], site.mode
    elif path.startswith("file://"):
        yield path.removeprefix("file://"), site.mode
    elif _URL.match(path):
        if site.mode != "maybe":
            yield path, site.mode
    elif site.is_first or _PATH.search(path):
        several = _inside(path) if site.mode == "read" else []
        yield from ((each, site.mode) for each in several or [path])


def _inside(path: str) -> list[str]:
    """Return the files of a folder or pattern, a thousand at most."""
    if _PATTERN.search(path) and not os.path.lexists(path):
        return sorted(islice(glob.iglob(path, recursive=True), MOST_PATHS))  # noqa: PTH207 - text in, text out
    return list(islice(_files(path), MOST_PATHS)) if os.path.isdir(path) else []  # noqa: PTH112


def _files(folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith((".", "_")))
        yield from (os.path.join(place, name) for name in sorted(names) if not name.startswith("."))  # noqa: PTH118


def _written_in(folder: str, since_ns: int) -> Iterator[str]:
    for path in islice(_files(folder), MOST_PATHS):
        if os.stat(path).st_mtime_ns >= since_ns - 10_000_000:  # noqa: PTH116 - a tick of the file system's clock
            yield path


class _Walk:
    """Goes through a cell in the order in which it runs, noting what names are bound to and what calls are given."""

    def __init__(self, functions: Mapping[str, ast.FunctionDef | ast.AsyncFunctionDef]) -> None:
        self.sites: list[Site] = []
        self._functions = functions
        self._inside: set[str] = set()

    def body(self, statements: list[ast.stmt], scope: Scope, *, certain: bool = True) -> None:
        """Read a block."""
        for statement in statements:
            self._statement(statement, scope, certain=certain)

    def _statement(self, node: Any, scope: Scope, *, certain: bool) -> None:
        if node.__class__ in _PASSED_BY:
            return
        if isinstance(node, _LOOPS):
            _bind_loop(node.target, node.iter, scope)
        inside = certain and node.__class__ not in _CONDITIONS
        for child in child_nodes(node):
            if child.__class__ in _SILENT:
                continue
            if isinstance(child, ast.expr):
                self._expression(child, scope, certain=certain)
            else:  # a statement, or what has statements or expressions in it: a handler, a case, an item of a with
                self._statement(child, scope, certain=inside)
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                scope.bind(name, value)

    def _expression(self, node: ast.AST, scope: Scope, *, certain: bool) -> None:
        waiting: list[tuple[Any, Scope, bool]] = [(node, scope, certain)]
        while waiting:
            inner, scope, certain = waiting.pop()
            kind = inner.__class__
            if kind in _CHOOSING:
                certain = False
            elif kind in _COMPREHENSIONS:
                scope = Scope(scope.namespace, dict(scope.bound), scope.is_function)
                for each in inner.generators:
                    _bind_loop(each.target, each.iter, scope)
            elif kind is ast.Call and len(self.sites) < _MOST_CALLS:
                self._call(inner, scope, certain=certain)
            waiting += [(each, scope, certain) for each in child_nodes(inner)[::-1] if each.__class__ not in _SILENT]

    def _call(self, node: ast.Call, scope: Scope, *, certain: bool) -> None:
        name = last_name(node.func) or ""
        if name in _SHOWN:
            return
        if isinstance(node.func, ast.Name) and name in self._functions and name not in self._inside:
            self._enter(self._functions[name], node, scope, certain=certain)
        mode = _mode(name, node) if certain else "maybe"
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        if name in _QUERIES:
            given = [ast.Constant(path) for text in _texts(given) for path in _IN_QUERY.findall(text)]
            mode = "read" if certain else "maybe"
        is_fetched = name in _FETCHERS
        for place, value in enumerate(given):
            if isinstance(value, ast.Constant) and not isinstance(value.value, str):
                continue
            if not is_fetched:
                self.sites.append(Site(mode, value, scope, place == 0 and mode != "maybe"))
            elif certain and any(_URL.match(text) for text in paths(value, scope)):
                self.sites.append(Site("read", value, scope))

    def _enter(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call, scope: Scope, *, certain: bool
    ) -> None:
        """Read a function of the notebook's where it is called, its parameters bound to what it is given."""
        inner = Scope(scope.namespace, is_function=True)
        names = [*function.args.posonlyargs, *function.args.args]
        inner.bound = {each.arg: [] for each in (*names, *function.args.kwonlyargs)}
        defaults = zip(reversed(names), reversed(function.args.defaults), strict=False)
        for each, default in [*defaults, *zip(function.args.kwonlyargs, function.args.kw_defaults, strict=False)]:
            if default is not None:
                inner.bind(each.arg, default, scope)
        for each, value in zip(names, call.args, strict=False):
            inner.bind(each.arg, value, scope)
        for keyword in call.keywords:
            if keyword.arg is not None:
                inner.bind(keyword.arg, keyword.value, scope)
        self._inside.add(function.name)
        self.body(function.body, inner, certain=certain)
        self._inside.discard(function.name)


def _bind_loop(target: ast.expr, values: ast.expr, scope: Scope) -> None:
    """A loop's variable stands for each of what it goes through."""
    match target, values:
        case ast.Tuple(elts=[_, ast.Name() as item]), ast.Call(func=ast.Name(id="enumerate"), args=[first, *_]):
            target, values = item, first
    if isinstance(target, ast.Name):
        scope.bind(target.id, values)


def _mode(name: str, call: ast.Call) -> Mode:
    if _WRITERS.fullmatch(name):
        return "write"
    if not _READERS.fullmatch(name):
        return "maybe"
    modes = _texts([*call.args[1:2], *(k.value for k in call.keywords if k.arg == "mode")])
    return "write" if any(_MODES.fullmatch(text) and set(text) & set("wax") for text in modes) else "read"


def _texts(nodes: list[ast.expr]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
