"""The modules of a front end joined into one script, as small as it gets without renaming anything.

The modules are written for this (a test checks it): imports name what they take from ``"./file.js"``, names at the top
of a module are unique among all modules, no string or template spans lines, and ``/*`` and ``//`` occur in comments,
as whole lines, or as a type cast within a line.
"""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

_IMPORT: Final = re.compile(r'^import \{([^}]*)\} from "\./(\w+\.js)";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?!default)", re.MULTILINE)
_COMMENT: Final = re.compile(
    r"^[ \t]*(?://.*|/\*(?:(?!\*/)[\s\S])*\*/[ \t]*)$"  # whole lines
    r"|/\*\* @type (?:(?!\*/).)*\*/ ?",  # type casts within a line
    re.MULTILINE,
)
_TEXT: Final = r'"(?:[^"\\]|\\.)*"|`(?:[^`$]|\$\{[^`{}]*\})*`'  # templates that hold no other template
_SPACES: Final = re.compile(
    rf"({_TEXT})"
    r"|(?<=[\w)\]]) ([-+]) (?=[\w(])"  # elsewhere a sign may need its space
    r"|\s*([{}()\[\],;:?=<>|&*])\s*",
)
_OPEN: Final = re.compile(r"[{(\[,=>|&?:]\Z")
_GOES_ON: Final = re.compile(r"[)\]},.?:|&]")


@cache
def bundled(folder: Path, entry: str = "index.js") -> str:
    """Return the modules of ``folder`` that ``entry`` needs as one, each after those it imports.

    Raises:
        ValueError: modules import each other in a circle.
    """
    order: dict[str, str] = {}
    _visit(folder, entry, (), order)
    return _compact("".join(order.values()))


def imports(text: str) -> dict[str, list[str]]:
    r"""Return the names a module imports, by the file they come from.

    >>> imports('import { a, b } from "./c.js";\n')
    {'c.js': ['a', 'b']}
    """
    return {file: [name.strip() for name in names.split(",") if name.strip()] for names, file in _IMPORT.findall(text)}


def without_comments(text: str) -> str:
    """Return a module or style sheet without its comments and indentation, line by line."""
    return "".join(f"{line.strip()}\n" for line in _COMMENT.sub("", text).splitlines() if line.strip())


def _visit(folder: Path, file: str, above: tuple[str, ...], order: dict[str, str]) -> None:
    if file in order:
        return
    if file in above:
        raise ValueError(f"modules import each other: {' -> '.join([*above, file])}")
    text = (folder / file).read_text(encoding="utf-8")
    for needed in imports(text):
        _visit(folder, needed, (*above, file), order)
    order[file] = _EXPORT.sub("", _IMPORT.sub("", without_comments(text)))


def _compact(text: str) -> str:
    """Take out the spaces and line ends that separate nothing."""
    lines = [_tight(line) for line in text.splitlines()]
    joined = lines[:1]
    for before, line in pairwise(lines):
        joined.append(line if _OPEN.search(before) or _GOES_ON.match(line) else f"\n{line}")
    return "".join(joined) + "\n"


def _tight(line: str) -> str:
    """Leave lines as they are that hold regular expressions, divisions, or templates within templates."""
    if "/" in line or "`" in re.sub(_TEXT, "", line):
        return line
    return _SPACES.sub(lambda found: found[1] or found[2] or found[3], line)
