"""A program on its way into a file: its sections with all edits decided, and what else the file needs."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nbtrack.export.edits import Edit
from nbtrack.export.magics import is_ours, translated
from nbtrack.export.measuring import Helpers, Measured, measure
from nbtrack.export.names import Names, free, names_in
from nbtrack.export.ours import Ours, take_out
from nbtrack.export.parameters import Parameter, lifted, override
from nbtrack.export.section import Section, section_of
from nbtrack.export.showing import shows
from nbtrack.export.typed import Magic
from nbtrack.model.run import Run
from nbtrack.query.program import Program

_ASYNC: Final = (ast.Await, ast.AsyncFor, ast.AsyncWith)
_OWN_SCOPE: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for: which params to lift (None: all that can be), and whether to leave out what only shows."""

    params: Sequence[str] | None = None
    drop_displays: bool = False


@dataclass(slots=True)
class Draft:
    """What a file is made of. ``called`` says what the file's own names are called, where the cells have such names."""

    program: Program
    sections: list[Section]
    names: Names
    called: dict[str, str]
    parameters: list[Parameter] = field(default_factory=list)
    measured: Measured = field(default_factory=Measured)
    ours: Ours = field(default_factory=Ours)
    needs: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    plots: bool = False

    @property
    def run(self) -> Run:
        """The run that the program is of."""
        return self.program.run

    @property
    def waits(self) -> bool:
        """Whether a statement of the top level awaits something."""
        return any(_awaits(each) for section in self.sections for each in section.kept)

    @property
    def suppresses(self) -> bool:
        """Whether a statement that failed is in the file, with its error caught."""
        return any(section.failing is not None and not section.own for section in self.sections)

    @property
    def seeds(self) -> bool:
        """Whether the file seeds as nbtrack does."""
        return self.ours.seeds or any(section.step.seed is not None for section in self.sections)

    def note(self, text: str) -> None:
        """Say something of what is exported, once."""
        if text not in self.notes:
            self.notes.append(text)


def draft_of(program: Program, wish: Wish, *, notebook: bool = False) -> Draft:
    """Return a program with everything decided that a script and a notebook have in common."""
    sections = [section_of(step, own=step is program.steps[-1]) for step in program.steps]
    names = names_in(statement for section in sections for statement in section.kept)
    words = (
        "metrics",
        "params",
        "measured",
        "told",
        "seed_everything",
        "results",
        "options",
        "given",
        "numbers_in",
        "metrics_out",
    )
    taken = names.taken.union(*(section.step.writes for section in sections))
    called = {word: free(word, taken) for word in words}
    draft = Draft(program, sections, names, called, notes=list(program.doubts))
    for section in sections:
        override(section)
    draft.ours = take_out(sections, names, called, called["seed_everything"])
    draft.parameters = lifted(program.run, sections, names, wish.params)
    helpers = Helpers(called["measured"], called["told"])
    draft.measured = measure(program.run, sections, helpers, logged=draft.ours.metrics)
    draft.needs.update(draft.measured.needs)
    shows(sections, names, drop=wish.drop_displays, printing=not notebook)
    if not notebook:
        _translate(draft)
    _say(draft)
    return draft


def _translate(draft: Draft) -> None:
    """Put Python in place of the magics."""
    bound = draft.names.top.union(*(section.step.writes for section in draft.sections))
    draft.plots = _plots(draft)
    for section in draft.sections:
        for magic in section.magics:
            _translate_one(draft, section, magic, bound)
        if any(magic.kind == "around" and magic.name == "capture" for magic in section.magics):
            draft.note(f"{section.step.place} kept what it printed to itself (`%%capture`); here it is shown")


def _translate_one(draft: Draft, section: Section, magic: Magic, bound: set[str]) -> None:
    if magic.kind == "around" or magic.inline:
        end = magic.end
        section.edits.append(Edit(magic.start, end, ""))
        return
    said = translated(magic, bound)
    draft.needs.update(said.needs)
    if said.note:
        draft.note(f"{section.step.place}: {said.note}")
    indent = _indent(section, magic)
    text = said.text.replace("\n", f"\n{indent}") if indent else said.text
    if indent and (not text or text.startswith("#")):
        text = f"pass  {text}".rstrip()  # a block cannot be empty
    section.edits.append(Edit(magic.start, magic.end, text))


def _indent(section: Section, magic: Magic) -> str:
    line = section.typed.text[: magic.start].rpartition("\n")[2]
    return line if line and not line.strip() else ""


def _plots(draft: Draft) -> bool:
    """Tell whether the program draws with matplotlib and leaves it to the notebook where that is shown."""
    homes = {home.partition(":")[0].partition(".")[0] for each in draft.names.imported.values() for home in each}
    asked = any(magic.name == "matplotlib" for section in draft.sections for magic in section.magics)
    chosen = any(".use(" in section.typed.text for section in draft.sections)
    return (asked or bool(homes & {"matplotlib", "seaborn"})) and not chosen


def _say(draft: Draft) -> None:
    for name in draft.measured.missing:
        source = draft.run.sources.get("metrics", {}).get(name, "")
        where = f", which was taken from `{source}`" if source else ""
        draft.note(f"the metric {name} is not written{where}")
    if draft.ours.left:
        draft.note("calls of nbtrack that have no counterpart in plain Python are left: it has to be installed")
    for section in draft.sections:
        if section.typed.tree is None and not section.magics and section.step.outcome == "ok":
            draft.note(f"{section.step.place} is no Python that could be read; it stands as a comment")
        if section.step.outcome == "error" and not section.own:
            draft.note(f"{section.step.place} failed; what it had done by then is here")
    if draft.run.status == "failed":
        draft.note("the run failed, and so will this")


def _awaits(node: ast.AST) -> bool:
    if isinstance(node, _ASYNC) or (isinstance(node, ast.comprehension) and node.is_async):
        return True
    return any(_awaits(inner) for inner in ast.iter_child_nodes(node) if not isinstance(inner, _OWN_SCOPE))


def texts(draft: Draft) -> Iterator[tuple[Section, str]]:
    """Yield the sections with their text; those of which nothing is left are passed over."""
    for section in draft.sections:
        text = section.text()
        if section.typed.tree is None and not section.magics:
            text = "" if section.step.outcome != "ok" else "\n".join(f"# {line}".rstrip() for line in text.split("\n"))
        if section.step.seed is not None:
            text = f"{draft.called['seed_everything']}({section.step.seed})\n{text}"
        if has_code(text) or (text.strip() and section.magics and any(not is_ours(each) for each in section.magics)):
            yield section, text


def has_code(text: str) -> bool:
    """Tell whether a text is more than comments and blank lines."""
    return any(line.strip() and not line.lstrip().startswith("#") for line in text.split("\n"))


def tree_of(text: str) -> ast.Module | None:
    """Return the tree of a text; None where it is no Python."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def plain(value: Any) -> str:
    """Return a text without signs that end a docstring or begin an escape in one."""
    return str(value).replace("\\", "/").replace('"""', "'''").replace("\0", "")
