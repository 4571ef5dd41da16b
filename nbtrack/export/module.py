"""A program as a module: a function ``main`` with its parameters as keyword arguments, which returns the metrics."""

import ast
import builtins
from collections.abc import Collection, Iterator
from typing import Final

from nbtrack.export import pieces
from nbtrack.export.draft import Draft, plain
from nbtrack.export.header import header
from nbtrack.export.names import names_in
from nbtrack.export.parameters import annotation
from nbtrack.export.section import Section, indented
from nbtrack.export.tidy import tidy

_BUILTINS: Final = frozenset(dir(builtins))
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_USAGE: Final = (
    "Import it in the notebook's folder, or with that on sys.path, and call main(): it returns the metrics by name. "
    "As a script it prints them as JSON."
)


def module(draft: Draft) -> str:
    """Return a program as the text of a module."""
    return tidy(untidy(draft), str(draft.run.environment.get("python", "3.11")))


def untidy(draft: Draft) -> str:
    """Return the module before it is formatted."""
    draft.needs |= {"json"}
    if draft.plots:
        draft.needs.add("matplotlib")
    if draft.suppresses:
        draft.needs.add("contextlib")
    if draft.waits:
        draft.needs.add("asyncio")
    stars = list(_stars(draft))
    _reach(draft)
    seeding = pieces.seeding(draft, draft.names) if draft.seeds else ""
    helpers = pieces.helpers(draft)
    results = f"return {pieces.metric_entries(draft)}"
    block, names = pieces.imports(draft, [helpers, seeding, results])
    definitions = list(_definitions(draft, names.imported.keys()))
    begin = _begin(draft)
    body = "\n\n".join([*begin, helpers.strip("\n"), *pieces.cells(draft), results])
    backend = 'matplotlib.use("Agg")  # figures are made as they were, and no window is opened' if draft.plots else ""
    run = "asyncio.run(main())" if draft.waits else "main()"
    parts = [
        block,
        "\n".join(stars),
        backend,
        seeding,
        *definitions,
        f"{_signature(draft)}\n{indented(body)}",
        f'if __name__ == "__main__":\n    print(json.dumps({run}, indent=2, default=float))',
    ]
    doc = "\n".join(plain(line) for line in header(draft.run, names, draft.notes, _USAGE))
    return f'"""{doc}\n"""\n\n' + "\n\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"


def _signature(draft: Draft) -> str:
    given = ", ".join(f"{each.name}: {annotation(each)} = {each.literal}" for each in draft.parameters)
    star = "*, " if given else ""
    begin = "async def" if draft.waits else "def"
    doc = '"""Run the program of the notebook and return its metrics by name."""'
    return f"{begin} main({star}{given}) -> dict[str, float]:\n    {doc}"


def _begin(draft: Draft) -> list[str]:
    """Return the lines a function needs that a notebook does not: which variables are the module's own."""
    own = {each.name for each in draft.parameters}
    shared = draft.names.shared | (set(draft.names.bound) if draft.names.dynamic else set())
    lines = [f"global {', '.join(sorted(shared - own - {'_'}))}"] if shared - own - {"_"} else []
    if draft.names.dynamic and own:
        lines.append(f"globals().update({', '.join(f'{name}={name}' for name in sorted(own))})")
    if pieces.notes_metrics(draft):
        lines.append(f"{draft.called['metrics']} = {{}}")
    if draft.ours.params:
        lines.append(f"{draft.called['params']} = {{}}")
    return ["\n".join(lines)] if lines else []


def _stars(draft: Draft) -> Iterator[str]:
    """Take star imports out of the cells: a function cannot have them."""
    for section in draft.sections:
        for statement in section.kept:
            if isinstance(statement, ast.ImportFrom) and any(alias.name == "*" for alias in statement.names):
                section.drop(statement)
                yield f"from {'.' * statement.level}{statement.module or ''} import *  # noqa: F403"


def _reach(draft: Draft) -> None:
    """Let dynamic code see and set the variables it saw and set in the notebook: those of the module."""
    for section in draft.sections:
        for statement in section.kept:
            for node in ast.walk(statement):
                match node:
                    case ast.Call(func=ast.Name(id="exec" | "eval"), args=[given], keywords=[]):
                        section.wrap(given, "", ", globals()")


def _definitions(draft: Draft, known: Collection[str]) -> Iterator[str]:
    """Take the functions and classes out of the cells that need nothing of what the cells compute."""
    if draft.names.dynamic:
        return
    found = [
        (section, each)
        for section in draft.sections
        for each in section.kept
        if isinstance(each, _Definition) and _may_stand_alone(section, each, draft)
    ]
    names = {each.name for _, each in found}
    while True:
        stay = [pair for pair in found if not _free(pair[1]) <= {*known, *names, *_BUILTINS}]
        if not stay:
            break
        found = [pair for pair in found if pair not in stay]
        names = {each.name for _, each in found}
    for section, each in found:
        text = section.source(each)
        section.drop(each)
        yield text


def _may_stand_alone(section: Section, statement: _Definition, draft: Draft) -> bool:
    if statement in section.gone or draft.names.bound[statement.name] != 1:
        return False
    start, end = section.typed.span(statement)
    return statement.name not in draft.names.shared and not any(start <= edit.start < end for edit in section.edits)


def _free(definition: ast.stmt) -> set[str]:
    """Return the names a definition reads that it does not bind itself."""
    names = names_in([definition])
    return {*names.read, *names.shared} - names.inner - {getattr(definition, "name", "")} | names.shared
