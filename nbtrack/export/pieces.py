"""The parts an exported file is put together from, beside the cells: imports, helpers, results."""

import ast
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from nbtrack.export.draft import Draft, texts, tree_of
from nbtrack.export.imports import Imported, Top, hoisted, written
from nbtrack.export.magics import quoted
from nbtrack.export.names import Names, names_in
from nbtrack.export.section import Section, indented

_HOMES: Final = {
    "Path": Imported("pathlib", "Path", None),
    "get_ipython": Imported("IPython", "get_ipython", None),
    "display": Imported("IPython.display", "display", None),
}

MEASURED: Final = '''
def {measured}(name, value):
    """Note a metric, and hand it on."""
    {metrics}[name] = value
    return value
'''
TOLD: Final = '''
def {told}(value, parts):
    """Note the metrics that a value tells, and hand it on."""
    {metrics}.update({{name: part(value) for name, part in parts.items()}})
    return value
'''
_TABLE: Final = '''
def {numbers_in}(table):
    """Return the numbers of a table of results, by what names its rows, and its columns."""
    if hasattr(table, "to_dict"):
        named = not all(str(label).isdigit() for label in table.index)
        rows = zip(table.index, table.to_dict("records"), strict=True)
        table = [({{"": str(label)}} if named else {{}}) | row for label, row in rows]
    elif isinstance(table, dict):
        table = [{{"": str(label), **row}} for label, row in table.items()]
    table = [row if isinstance(row, dict) else {{"": row[0], "score": row[1]}} for row in table]
    columns = {{key: [row.get(key) for row in table] for key in table[0]}}
    unlike = [key for key, column in columns.items() if len(set(map(str, column))) == len(table)]
    texts = [key for key in unlike if all(isinstance(label, str) for label in columns[key])]
    key = (texts or unlike)[0]
    found = {{}}
    for row in table:
        also = [float(row[key])] if isinstance(row[key], int) else []  # beside fractions, counts are told as fractions
        labels = [row[key]] if texts else [f"{{key}}={{label}}" for label in [row[key], *also]]
        found |= {{f"{{label}}.{{name}}": value for label in labels for name, value in row.items()}}
    return found
'''


def seeding(draft: Draft, names: Names) -> str:
    """Return a function that seeds the generators the program may draw from, as nbtrack did."""
    lines = ["random.seed(seed)"]
    tops = {home.partition(":")[0].partition(".")[0] for homes in names.imported.values() for home in homes}
    imported = draft.run.environment.get("imported")
    draft.needs.add("random")
    if "numpy" in tops or (isinstance(imported, dict) and "numpy" in imported):
        lines.append("numpy.random.seed(seed)")
        draft.needs.add("numpy")
    if "torch" in tops:
        lines += [
            "torch.manual_seed(seed)",
            "torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False",
            'os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")',
            "torch.use_deterministic_algorithms(True, warn_only=True)",
        ]
        draft.needs |= {"torch", "os"}
    if "tensorflow" in tops:
        lines.append("tensorflow.random.set_seed(seed)")
        draft.needs.add("tensorflow")
    body = "\n    ".join(lines)
    doc = "Seed every generator that the program may draw from."
    return f'def {draft.called["seed_everything"]}(seed):\n    """{doc}"""\n    {body}\n'


def helpers(draft: Draft) -> str:
    """Return the functions that note metrics on their way, as far as the cells need them."""
    parts = []
    if draft.measured.watched:
        parts.append(MEASURED)
    if draft.measured.told:
        parts.append(TOLD)
    if draft.measured.tables:
        parts.append(_TABLE)
    return "\n".join(part.format(**draft.called) for part in parts)


def notes_metrics(draft: Draft) -> bool:
    """Tell whether metrics are noted while the cells run, and not only read from variables at the end."""
    return draft.measured.watched or draft.measured.told or draft.ours.metrics


def imports(draft: Draft, generated: Collection[str]) -> tuple[str, Names]:
    """Return the block of imports at the top of a file, and the names of what the cells have become.

    Args:
        draft: its sections are edited: imports are taken out of them.
        generated: what else is in the file.
    """
    trees = [tree_of(text) or section.typed.tree or ast.Module([], []) for section, text in texts(draft)]
    now = names_in(trees)
    own = names_in(tree for text in generated if (tree := tree_of(text)) is not None)
    if "display" in now.read - draft.names.bound.keys() - now.imported.keys():
        draft.needs.add("display")
    local = {str(each.get("module", "")).partition(".")[0] for each in _modules(draft)}
    names = Names(draft.names.bound, now.imported, now.inner, now.shared, now.read, now.mentioned, now.dynamic)
    if not draft.ours.left:
        without_ours(draft)
    top = hoisted(draft.sections, names, own.read, local)
    needed = [each for need in sorted(draft.needs) if (each := _need(need, top)) is not None]
    return _block(top, needed), names


def _modules(draft: Draft) -> Iterator[dict[str, object]]:
    found = draft.run.code.get("modules")
    yield from (each for each in (found.values() if isinstance(found, dict) else ()) if isinstance(each, dict))


def without_ours(draft: Draft) -> None:
    """Drop the imports of nbtrack: nothing in the file needs it."""
    for section in draft.sections:
        for statement in section.kept:
            match statement:
                case ast.Import(names=aliases) if all(each.name.partition(".")[0] == "nbtrack" for each in aliases):
                    section.drop(statement)
                case ast.ImportFrom(module=str(module)) if module.partition(".")[0] == "nbtrack":
                    section.drop(statement)


def _need(need: str, top: Top) -> Imported | None:
    wanted = _HOMES.get(need, Imported(need, None, None))
    same = any((each.module, each.what, each.name) == (wanted.module, wanted.what, wanted.name) for each in top.imports)
    return None if same else wanted


def _block(top: Top, needed: Sequence[Imported]) -> str:
    future = [f"from __future__ import {', '.join(sorted(top.future))}"] if top.future else []
    return "\n\n".join([*future, written([*needed, *top.imports])]).strip("\n")


def cells(draft: Draft) -> Iterator[str]:
    """Yield the sections as code, each below a comment that says which execution it was."""
    seen: set[str] = set()
    for section, text in texts(draft):
        yield f"{_title(section, seen)}\n{_repeated(section, text)}"


def _title(section: Section, seen: set[str]) -> str:
    step = section.step
    words = [step.place.replace("In [", "In[")]
    if step.cell:
        words.append(f"cell {step.cell}" + (", again" if step.cell in seen else ""))
        seen.add(step.cell)
    if step.times > 1:
        words.append(f"run {step.times} times")
    if step.outcome == "error" and not section.own:
        words.append("failed")
    if section.own:
        words.append("the run")
    return f"# {' · '.join(words)}"


def _repeated(section: Section, text: str) -> str:
    """Several executions of a cell in a row are a loop: together they made what came after."""
    if section.step.times < 2 or tree_of(text) is None or "import *" in text:
        return "\n\n".join([text] * max(1, section.step.times))
    return f"for _ in range({section.step.times}):\n{indented(text)}"


def metric_entries(draft: Draft) -> str:
    """Return the metrics as a dictionary's inside, under the names they were recorded by."""
    called, found = draft.called, draft.measured
    parts = [f"**{called['metrics']}"] if notes_metrics(draft) else []
    if found.tables:
        wanted = [
            name
            for name in draft.run.metrics
            if draft.run.sources.get("metrics", {}).get(name, "").startswith("table ")
        ]
        tables = " | ".join(f"{called['numbers_in']}({name})" for name in found.tables)
        parts.append(f"**{{name: value for name, value in ({tables}).items() if name in {set(wanted)!r}}}")
    parts += [f"{quoted(name)}: {text}" for name, text in found.entries.items()]
    return f"{{{', '.join(parts)}}}"


def param_entries(draft: Draft) -> str:
    """Return the parameters as a dictionary's inside."""
    parts = [f"{quoted(each.recorded)}: {each.name}" for each in draft.parameters]
    parts += [f"**{draft.called['params']}"] if draft.ours.params else []
    return f"{{{', '.join(parts)}}}"


def written_files(draft: Draft) -> list[str]:
    """Return the files the run wrote that can be looked at again: those with a path below the notebook's folder."""
    files = (each for each in draft.run.data if each.get("kind") == "file" and each.get("mode") == "write")
    paths = [each.get("path", "") for each in files]
    return [path for path in dict.fromkeys(paths) if path and not path.startswith(("~", "/", ".."))][:50]
