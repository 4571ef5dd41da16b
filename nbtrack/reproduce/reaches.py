"""What a program reaches beyond its own Python, as far as its words tell: commands it starts, addresses it names."""

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Final

from nbtrack.secret.address import clean_url

_SHELL_LINE: Final = re.compile(r"^\s*(?:[\w.,\[\]'\" \t]+=[ \t]*)?!{1,2}(?!=)[ \t]*(\S.*)$", re.MULTILINE)
_SHELL_MAGIC: Final = re.compile(
    r"^\s*(?:[\w.,\[\]'\" \t]+=[ \t]*)?%(sx|system|pip|conda|mamba|uv|run)\b[ \t]*(.*)$", re.MULTILINE
)
_CELL_MAGIC: Final = re.compile(
    r"\s*%%(bash|sh|script|system|sx|!|cmd|perl|ruby|R|javascript|js|writefile)(.*)\n([\s\S]*)"
)
_ITS_OWN: Final = re.compile(r"^([ \t]*)(?:[\w.,\[\]'\" \t]+=[ \t]*)?(?:!(?!=)|%).*$")  # a line that is IPython's
_ADDRESS: Final = re.compile(r"\b(?:https?|ftp|s3|gs|hf|ssh|git\+https)://[^\s'\"`<>()\[\]{}|\\^,;]+")
_STARTERS: Final = frozenset({"system", "popen", "run", "call", "check_call", "check_output", "Popen", "getoutput"})
_STARTING: Final = frozenset({"os", "subprocess"})
_INSTALLS: Final = frozenset({"pip", "conda", "mamba", "uv"})


def commands(source: str) -> list[str]:
    r"""Return the commands a cell starts: shell lines and magics, ``os.system`` and ``subprocess`` with texts.

    >>> commands("files = !ls data\nos.system('rm -r build')\nx != 1")
    ['ls data', 'rm -r build']
    """
    cell = _CELL_MAGIC.match(source)
    if cell is not None:
        kind, rest, body = cell.groups()
        if kind == "writefile":
            return []
        first = next((line.strip() for line in body.splitlines() if line.strip()), "")
        return [f"{kind}{rest.rstrip()}: {first}" + (" …" if body.strip().count("\n") else "")]
    found = [(each.start(), each[1].strip()) for each in _SHELL_LINE.finditer(source)]
    for each in _SHELL_MAGIC.finditer(source):
        words = f"{each[1]} {each[2]}" if each[1] in {*_INSTALLS, "run"} else each[2]
        found.append((each.start(), words.strip()))
    return [text for _, text in sorted(found)] + list(dict.fromkeys(_started(source)))


def addresses(source: str) -> list[str]:
    """Return the addresses that stand in a cell, each once, without passwords and parameters.

    >>> addresses("pd.read_csv('https://me:pw@example.org/iris.csv?token=1')")
    ['https://example.org/iris.csv']
    """
    return list(dict.fromkeys(clean_url(each.rstrip(".:")) for each in _ADDRESS.findall(source)))


def _started(source: str) -> Iterator[str]:
    """Yield the commands of calls such as ``subprocess.run(["git", "log"])``, whose arguments are texts."""
    python = "\n".join(_ITS_OWN.sub(r"\1pass", line) for line in source.split("\n"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the person's text, not ours
            tree = ast.parse(python)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _starts(node.func):
            yield _words(node.args[0])


def _starts(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and function.attr in _STARTERS
        and isinstance(function.value, ast.Name)
        and function.value.id in _STARTING
    )


def _words(argument: ast.expr) -> str:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value.strip()
    if isinstance(argument, ast.List | ast.Tuple):
        return " ".join(_words(each) for each in argument.elts)
    return ast.unparse(argument)
