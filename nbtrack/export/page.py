"""One self-contained HTML page of a comparison, readable offline and for as long as browsers read HTML."""

import base64
import hashlib
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from nbtrack.errors import UsageError
from nbtrack.export.shareable import shareable
from nbtrack.export.whole_file import replace_files
from nbtrack.model.run import Run
from nbtrack.view.comparison import comparison_fragment
from nbtrack.view.escape import own, render


def write_comparison(
    runs: Sequence[Run],
    path: Path,
    title: str = "Comparison of runs",
    say: Callable[[str], object] = warnings.warn,
) -> Path:
    """Write the comparison of ``runs`` as one page to ``path``, whole or not at all, and return the path.

    The page runs no scripts but those whose hashes its policy names, and asks nothing of any network. Whatever in it
    may be a secret is left out; ``say`` is told how much, and of which runs.
    """
    shared = shareable(runs, title)
    replace(path, _page(shared.runs, shared.title))
    if shared.notice:
        say(shared.notice)
    return path


def _page(runs: Sequence[Run], title: str) -> str:
    """Return the text of the page, with whatever ``runs`` hold."""
    fragment = comparison_fragment(runs)
    context = {
        "title": title,
        "css": own("page.css"),
        "hashes": [_source_hash(script) for script in fragment.scripts],
        "comparison": fragment.html,
    }
    return str(render("page.html", context))


def _source_hash(script: str) -> str:
    """Return the hash of a script as a content security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")


def replace(path: Path, text: str) -> None:
    """Put a text in its place, whole or not at all: neither a reader nor a full disk ever leaves half a page.

    Raises:
        UsageError: the folder is not there.
        FileNotWritten: it cannot be written.
    """
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {str(path.parent)[:200]!r}; make it first, or name a file elsewhere")
    replace_files({path: text.encode("utf-8")})
