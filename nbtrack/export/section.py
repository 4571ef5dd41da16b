"""One execution on its way into a file: its text, what of it ran, and the edits that are to be made."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nbtrack.export.edits import Edit, edited
from nbtrack.export.typed import Magic, Typed, read_typed
from nbtrack.query.program import Step


@dataclass(slots=True, eq=False)
class Section:
    """One execution: ``statements`` are those that ran to their end, ``failing`` the one that did not.

    ``failing`` is kept where it may have done something before it failed. ``edits`` are places of the typed text.
    """

    step: Step
    typed: Typed
    statements: tuple[ast.stmt, ...]
    failing: ast.stmt | None = None
    own: bool = False
    edits: list[Edit] = field(default_factory=list)
    gone: set[ast.stmt] = field(default_factory=set)

    @property
    def kept(self) -> tuple[ast.stmt, ...]:
        """The statements that belong into the file, edited or not."""
        return self.statements if self.failing is None else (*self.statements, self.failing)

    @property
    def magics(self) -> tuple[Magic, ...]:
        """The magics that ran."""
        return tuple(magic for magic in self.typed.magics if magic.start < self.end)

    @property
    def end(self) -> int:
        """Where the text ends that belongs into the file."""
        if self.typed.tree is None or self.own or self.step.outcome == "ok":
            return len(self.typed.text)
        last = [self.typed.span(each)[1] for each in self.kept[-1:]]
        return max([*last, 0])

    def is_magic(self, statement: ast.stmt) -> bool:
        """Tell whether a statement is only the mask of a magic."""
        start, end = self.typed.span(statement)
        return any(magic.start <= start and end <= magic.end and not magic.target for magic in self.magics)

    def source(self, node: ast.AST) -> str:
        """Return a node as it was typed."""
        start, end = self.typed.span(node)
        return self.typed.text[start:end]

    def replace(self, node: ast.AST, text: str) -> None:
        """Have a node's text replaced."""
        self.edits.append(Edit(*self.typed.span(node), text))

    def wrap(self, node: ast.AST, before: str, after: str) -> None:
        """Have a node's text put between two others."""
        self.edits.append(Edit(*self.typed.span(node), before=before, after=after))

    def drop(self, statement: ast.stmt) -> None:
        """Have a statement of the top level left out, with what else stands on its line and means nothing alone."""
        start, end = self.typed.span(statement)
        text = self.typed.text
        line_end = text.find("\n", end)
        rest = text[end : len(text) if line_end < 0 else line_end]
        if rest.lstrip().startswith(";"):
            end += rest.index(";") + 1
            end += len(text[end:]) - len(text[end:].lstrip(" "))
        elif not rest.strip() or rest.lstrip().startswith("#"):
            end += len(rest)
        self.edits.append(Edit(start, end, ""))
        self.gone.add(statement)

    def text(self) -> str:
        """Return the section's text, edits made."""
        source, start = self.typed.text[: self.end], self.end
        if self.failing is not None and not self.own:
            start = self.typed.span(self.failing)[0]
        body = edited(source[:start], [edit for edit in self.edits if edit.end <= start])
        if start == self.end:
            return body.strip("\n")
        inner = [_moved(edit, start) for edit in self.edits if edit.start >= start]
        failed = indented(edited(source[start:], inner))
        return f"{body}with contextlib.suppress(Exception):  # it failed here\n{failed}".strip("\n")


def _moved(edit: Edit, by: int) -> Edit:
    return Edit(edit.start - by, edit.end - by, edit.text, edit.before, edit.after)


def section_of(step: Step, *, own: bool) -> Section:
    """Return a step as a section."""
    typed = read_typed(step.source)
    body = () if typed.tree is None else tuple(typed.tree.body)
    done = typed.done(step.reached)
    if own or done is None or step.outcome == "ok":
        return Section(step, typed, body, own=own)
    whole = tuple(each for each in body if (each.end_lineno or 0) <= done)
    failing = body[len(whole)] if len(whole) < len(body) else None
    keep = failing is not None and step.outcome == "error" and _may_have_done(failing, step)
    return Section(step, typed, whole, failing if keep else None)


def _may_have_done(failing: ast.stmt, step: Step) -> bool:
    """Tell whether a statement that failed may have done something first that a later cell sees."""
    named = {node.id for node in ast.walk(failing) if isinstance(node, ast.Name)}
    touched = {*step.writes, *step.mutates}
    return bool(named & touched or step.barriers or any(name.startswith("⟂") for name in touched))


def indented(text: str, by: str = "    ") -> str:
    r"""Return code moved to the right; lines inside of texts stay as they are.

    >>> indented("x = '''a\nb'''\ny = 1")
    "    x = '''a\nb'''\n    y = 1"
    """
    inside = set(_inside_texts(text))
    lines = text.split("\n")
    return "\n".join(by + line if line.strip() and at not in inside else line for at, line in enumerate(lines, 1))


def _inside_texts(text: str) -> Iterator[int]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr | ast.Constant) and (node.end_lineno or 0) > node.lineno:
            yield from range(node.lineno + 1, (node.end_lineno or 0) + 1)


def in_file(sections: Sequence[Section]) -> Iterator[tuple[Section, ast.stmt]]:
    """Yield the statements that stay, each with its section."""
    for section in sections:
        for statement in section.kept:
            if statement not in section.gone:
                yield section, statement
