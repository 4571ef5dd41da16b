"""What a run is called when the person does not say: the cell's own first comment, or the model it makes."""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from nbtrack.capture.asked.line import body_of
from nbtrack.capture.syntax.calls import is_fit, mentions_fit
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.walking import every_node

LONGEST: Final = 60
_MOST_LOOKED_AT: Final = 20  # lines of comment above the code: a licence may be longer
_LINE: Final = 200  # characters of one
_FORM: Final = re.compile(r"@title\b(.*?)(?:\{.*\})?\s*$|@\w+.*")  # Colab: ``#@title Train { display-mode: "form" }``
_NO_WORDS: Final = re.compile(
    r"[|!%]|In ?\[\d*\]|-\*-|(?:en)?coding[:=]|(?:noqa|fmt|isort|pylint|mypy|type|ruff)\b ?:|(?:TODO|FIXME|XXX)\b"
    r"|https?://\S*$"
)
_WORD: Final = re.compile(r"[^\W\d_]{2}|[^\x00-\u024f]")
_TARGET: Final = r"[\w.]+(?:\[[^=]*\])?"
_CODE: Final = re.compile(  # a statement that was switched off
    rf"{_TARGET}(?:, ?{_TARGET})* ?[-+*/|&]?=(?!=| ?[^\W\d]+ [^\W\d]+ [^\W\d])"
    r"|[\w.]+(?:\(.*\)|\[.*\])[\w.()\[\]]*;?$|[\w.]+\(.*[\[({,]$"
    r"|import [\w.]+(?:$| as |,)|from [\w.]+ import |for .+ in .*:$|(?:while|if|elif|with|def|class) .*:$"
    r"|(?:return|del|assert|raise|yield|await) [\w.()\[\]]+$|@\w"
)


def run_name(cell: str, count: int | None) -> str:
    """Return a name for a run of ``cell``: the first words in the comments above it, the class it fits, or its number.

    Code that was switched off, marks for tools and what Colab's forms say beside a title are no words.

    >>> run_name("# Baseline forest", 3), run_name("#@title Train the forest", 3), run_name("# lr = 0.1", 3)
    ('Baseline forest', 'Train the forest', 'cell 3')
    """
    return _said_by(cell) or (f"cell {count}" if count is not None else "cell")


@lru_cache(maxsize=64)
def _said_by(cell: str) -> str | None:
    """Return what the cell itself says; most are executed more than once."""
    body = body_of(cell).strip()
    words = next(_words(body), "") if body.startswith("#") else ""
    return words or _model(body)


def _words(body: str) -> Iterator[str]:
    """Yield what the comments at the beginning say."""
    for line in body.split("\n", _MOST_LOOKED_AT)[:_MOST_LOOKED_AT]:
        text = line[:_LINE].strip()
        if text and not text.startswith("#"):
            return
        said = text.lstrip("#").strip()
        form = _FORM.match(said)
        said = (form[1] or "").strip() if form else said
        if said and not _NO_WORDS.match(said) and not _CODE.match(said) and _WORD.search(said):
            yield _short(said)


def _model(body: str) -> str | None:
    """Return the class whose instance is fitted. Magics make a cell unparsable here; then its number has to do."""
    if not mentions_fit(body):
        return None
    try:
        tree = ast.parse(body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    fits = [node.func for node in every_node(tree) if isinstance(node, ast.Call) and is_fit(node)]
    made = {name: value for name, value in _assignments(tree) if isinstance(value, ast.Call)}
    receivers = [fit.value for fit in fits if isinstance(fit, ast.Attribute)]
    names = [_class(made.get(each.id) if isinstance(each, ast.Name) else each) for each in receivers]
    return next((name for name in reversed(names) if name), None)


def _assignments(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in every_node(tree):
        if isinstance(node, ast.Assign):
            yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))


def _class(node: ast.expr | None) -> str | None:
    """Return what a call makes: ``SVC`` for ``SVC(C=1)``, for ``SVC().fit(X)``, and for the last step of a pipeline."""
    if not isinstance(node, ast.Call):
        return None
    callee = last_name(node.func)
    if callee in {"make_pipeline", "Pipeline"}:
        inner = [name for name in (_class(each) for each in every_node(node) if each is not node) if name]  # type: ignore[arg-type]  # _class asks for calls itself
        return inner[-1] if inner else callee
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
        return _class(node.func.value)
    return callee if callee and callee[:1].isupper() else None


def _short(text: str) -> str:
    line = text.strip(" -=#─━*").rstrip(" :\uff1a")  # and the colon of Chinese
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"
