"""Absolute paths in a program, led to where their files are now."""

import ast
import re
from collections.abc import Mapping
from typing import Any


class Moved(ast.NodeTransformer):
    """Replaces absolute paths in a cell's texts, wherever they stand: calls, f-strings, shell lines, other magics.

    ``paths`` maps each path, or folder, to its new place. Only whole names are replaced, the longest first.

    >>> tree = ast.parse('read("/data/iris.csv", "/data/iris.csv.gz", "http://x/data/iris.csv")')
    >>> ast.unparse(Moved({"/data/iris.csv": "/w/iris.csv"}).visit(tree))
    "read('/w/iris.csv', '/data/iris.csv.gz', 'http://x/data/iris.csv')"
    """

    def __init__(self, paths: Mapping[str, str]) -> None:
        self._paths = paths
        known = sorted(map(re.escape, paths), key=len, reverse=True)
        self._known = re.compile(rf"(?<![\w/.~:-])(?:{'|'.join(known)})(?![\w.-]*\w)")

    def visit_Constant(self, node: ast.Constant) -> Any:
        """Replace the paths in one text."""
        if isinstance(node.value, str):
            node.value = self.text(node.value)
        return node

    def text(self, text: str) -> str:
        """Return a text with its paths replaced."""
        return self._known.sub(lambda found: self._paths[found[0]], text) if self._paths else text
