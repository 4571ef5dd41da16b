"""ARCHITECTURE.md says what is there: one line a file, taken from the file itself."""

import ast
import os
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "ARCHITECTURE.md"
HEADING = "## The tree\n"


def tree() -> str:
    """Return the tree of the package with the first line of every file's docstring."""
    lines = []
    for path in sorted(
        (ROOT / "nbtrack").rglob("*.py"), key=lambda path: (path.parent, path.name != "__init__.py", path.name)
    ):
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert docstring, f"{path} has no docstring"
        name = path.relative_to(ROOT)
        shown = f"{name.parent}/" if path.name == "__init__.py" else f"  {path.name}"
        lines.append(f"    {shown:<22} {docstring.splitlines()[0]}")
    return "\n".join(lines)


def test_the_page_has_one_line_for_every_file() -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(HEADING)
    after = rest[rest.index("\n## ") :]
    expected = f"{before}{HEADING}\n{tree()}\n{after}"
    if os.environ.get("NBTRACK_GOLDENS") == "rewrite":
        PAGE.write_text(expected, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == expected, "run `make goldens`"
