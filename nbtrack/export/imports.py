"""The imports of a program, moved to its top where that changes nothing, and those dropped that nothing needs."""

import ast
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from nbtrack.export.names import Names, origin
from nbtrack.export.section import Section

# What an import may depend on: once one of these ran, imports stay where they are.
_PATHS: Final = frozenset({"sys.path", "sys.modules", "os.environ", "os.putenv", "os.chdir", "site.addsitedir"})
_CALLS: Final = frozenset({"exec", "eval", "reload", "import_module", "setenv", "putenv"})
# Some libraries draw from `random` while they are imported: what is drawn after a seed depends on what was imported.
_SEEDING: Final = frozenset({"random.seed", "seed", "seed_everything", "set_seed", "set_random_seed"})
_MAGICS: Final = frozenset({"cd", "env", "set_env", "run", "pylab", "writefile", "file", "reset"})
# Libraries of which a name that is imported and not used does nothing.
_PLAIN: Final = frozenset(
    "numpy pandas matplotlib scipy sklearn statsmodels plotly networkx torch tensorflow keras xgboost lightgbm "
    "catboost joblib tqdm PIL requests yaml ipywidgets IPython nbtrack seaborn polars pyarrow sympy patsy".split()
)
_REGISTERING: Final = ("sklearn.experimental", "mpl_toolkits")


@dataclass(frozen=True, slots=True)
class Imported:
    """One name that is imported at the top: ``import module as name``, or ``from module import what as name``."""

    module: str
    what: str | None
    name: str | None
    kept: bool = False  # nothing in the file uses it by name

    @property
    def line(self) -> str:
        """The statement, alone."""
        renamed = f" as {self.name}" if self.name else ""
        begin = f"import {self.module}" if self.what is None else f"from {self.module} import {self.what}"
        return f"{begin}{renamed}{'  # noqa: F401' if self.kept else ''}"


@dataclass(frozen=True, slots=True)
class Top:
    """What stands at the top of a file: ``future`` features, and the imports."""

    future: tuple[str, ...]
    imports: tuple[Imported, ...]


def hoisted(sections: Sequence[Section], names: Names, used: Collection[str], local: Collection[str]) -> Top:
    """Take the imports out of the sections that may stand at the top, and drop those that nothing needs.

    Args:
        sections: the sections, edited in place.
        names: what the sections do with names.
        used: further names the file needs.
        local: the modules of the person's own, which may do anything when they are imported.
    """
    future: dict[str, None] = {}
    found: dict[Imported, None] = {}
    blocked = False
    for section in sections:
        inside = {id(each) for each in section.statements}
        for statement in section.kept:
            match statement:
                case ast.ImportFrom(module="__future__", names=aliases):
                    future.update(dict.fromkeys(alias.name for alias in aliases))
                    section.drop(statement)
                case ast.Import() | ast.ImportFrom() if id(statement) in inside:
                    _take(section, statement, names, {*used, *local}, local, found, blocked=blocked)
            blocked = blocked or _blocks(section, statement)
        blocked = blocked or any(_is_blocking(magic.kind, magic.name) for magic in section.magics)
    return Top(tuple(future), tuple(found))


def _take(
    section: Section,
    statement: ast.Import | ast.ImportFrom,
    names: Names,
    used: Collection[str],
    local: Collection[str],
    found: dict[Imported, None],
    *,
    blocked: bool,
) -> None:
    """Take what can be taken from one statement; what stays, stays as one statement in its place."""
    source = statement if isinstance(statement, ast.ImportFrom) else None
    noted = "noqa" in _rest_of_line(section, statement)
    stay: list[ast.alias] = []
    for alias in statement.names:
        name, home = origin(alias, source)
        module = f"{'.' * source.level}{source.module or ''}" if source is not None else alias.name
        if alias.name == "*":
            stay.append(alias)
            continue
        needed = name in names.read or name in used or names.dynamic
        mentioned = name in names.mentioned or noted
        if not needed and not mentioned and not _does_something(module, local):
            continue
        alone = name not in names.bound and name not in names.shared and names.imported.get(name) == {home}
        if blocked or not alone or (source is not None and source.level):
            stay.append(alias)
        else:
            what = alias.name if source is not None else None
            found[Imported(module, what, alias.asname, kept=not needed)] = None
    _leave(section, statement, stay, late=blocked)


def _leave(section: Section, statement: ast.Import | ast.ImportFrom, stay: list[ast.alias], *, late: bool) -> None:
    if not stay:
        section.drop(statement)
        return
    star = any(alias.name == "*" for alias in stay)
    quiet = [code for code, wanted in (("E402", True), ("F403", star), ("F811", not star and not late)) if wanted]
    if len(stay) < len(statement.names):
        words = ", ".join(f"{alias.name} as {alias.asname}" if alias.asname else alias.name for alias in stay)
        begin = (
            "import "
            if isinstance(statement, ast.Import)
            else f"from {'.' * statement.level}{statement.module or ''} import "
        )
        section.replace(statement, begin + words)
    if not _rest_of_line(section, statement).strip():
        section.wrap(statement, "", f"  # noqa: {', '.join(quiet)}")


def _rest_of_line(section: Section, statement: ast.stmt) -> str:
    end = section.typed.span(statement)[1]
    return section.typed.text[end:].partition("\n")[0]


def _does_something(module: str, local: Collection[str]) -> bool:
    top = module.partition(".")[0]
    if top in local or module.startswith(_REGISTERING):
        return True
    return top not in _PLAIN and top not in sys.stdlib_module_names


def _blocks(section: Section, statement: ast.stmt) -> bool:
    """Tell whether imports after a statement may mean something else than before it."""
    if isinstance(statement, ast.ImportFrom):
        return any(alias.name == "*" for alias in statement.names)
    if isinstance(statement, ast.Import | ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return False
    del section
    return any(_is_setting(node) for node in ast.walk(statement))


def _is_setting(node: ast.AST) -> bool:
    match node:
        case ast.Attribute():
            text = ast.unparse(node) if isinstance(node.value, ast.Name | ast.Attribute) else ""
            return text in _PATHS
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name) as function):
            return name in _CALLS or ast.unparse(function) in _SEEDING
    return False


def _is_blocking(kind: str, name: str) -> bool:
    return kind == "shell" or name in _MAGICS or kind == "cell"


def written(imports: Sequence[Imported]) -> str:
    """Return imports as a block: the standard library's first, then others, each sorted; one statement a line."""
    standard = [each for each in imports if each.module.partition(".")[0] in sys.stdlib_module_names]
    others = [each for each in imports if each not in standard]
    return "\n\n".join("\n".join(_lines(group)) for group in (standard, others) if group)


def _lines(imports: Sequence[Imported]) -> Iterator[str]:
    plain = sorted((each for each in imports if each.what is None or each.kept), key=lambda each: each.line)
    yield from (each.line for each in plain)
    froms: dict[str, list[Imported]] = {}
    for each in imports:
        if each.what is not None and not each.kept:
            froms.setdefault(each.module, []).append(each)
    for module in sorted(froms):
        parts = sorted(f"{each.what} as {each.name}" if each.name else str(each.what) for each in froms[module])
        yield f"from {module} import {', '.join(parts)}"
