"""What stands at the top of an exported file: which run it is, and what has to be known to run it again."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from nbtrack.export.names import Names
from nbtrack.model.run import Run

_WIDTH: Final = 88
# Packages whose distribution has another name than what is imported.
_DISTRIBUTIONS: Final = {
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "cv2": "opencv-python",
    "PIL": "pillow",
    "yaml": "pyyaml",
    "bs4": "beautifulsoup4",
    "mpl_toolkits": "matplotlib",
    "pylab": "matplotlib",
}


def header(run: Run, names: Names, notes: Sequence[str], usage: str) -> list[str]:
    """Return the lines that describe a run: which, when, with what code and environment, and what is not the same."""
    lines = [f"{_sentence(run)}", "", *_facts(run, names)]
    if usage:
        lines += ["", *textwrap.wrap(usage, _WIDTH)]
    if notes:
        lines += ["", "What is not as it was in the notebook, or not known:"]
        lines += [each for note in notes for each in _bullet(note)]
    return lines


def _bullet(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="- ", subsequent_indent="  ", break_long_words=False)


def _sentence(run: Run) -> str:
    name = run.name if len(run.name) <= 60 else run.name[:59] + "…"
    return f"{name}: the program of run {run.short}, exported by nbtrack."


def _facts(run: Run, names: Names) -> Iterator[str]:
    yield from _fact("run", f"{run.id}, {run.status}, {run.started:%Y-%m-%d %H:%M} UTC")
    notebook = run.document.get("notebook")
    if notebook:
        yield from _fact("notebook", str(notebook))
    if commit := run.code.get("commit"):
        branch = f" on {run.code['branch']}" if run.code.get("branch") else ""
        yield from _fact("commit", f"{commit}{branch}{_dirt(run)}")
    yield from _fact("environment", ", ".join(_environment(run, names)))
    shown = [f"{name} = {value!r}" for name, value in list(run.metrics.items())[:8]]
    if shown:
        more = f", and {len(run.metrics) - 8} more" if len(run.metrics) > 8 else ""
        yield from _fact("metrics", ", ".join(shown) + more)
    yield from _fact("verdict", _verdict(run))


def _fact(name: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=f"{name + ':':<13}", subsequent_indent=" " * 13, break_long_words=False
    )


def _dirt(run: Run) -> str:
    if not run.code.get("dirty"):
        return ""
    changed = run.code.get("changed")
    files = list(changed) if isinstance(changed, dict) else []
    shown = ", ".join(map(str, files[:5])) + (", …" if len(files) > 5 else "")
    return f", with uncommitted changes{f' ({shown})' if shown else ''}"


def _environment(run: Run, names: Names) -> Iterator[str]:
    environment = run.environment
    if python := environment.get("python"):
        yield f"Python {python}"
    imported = environment.get("imported")
    versions = imported if isinstance(imported, dict) else {}
    tops = {home.partition(":")[0].partition(".")[0] for homes in names.imported.values() for home in homes}
    for top in sorted(tops, key=str.lower):
        distribution = _DISTRIBUTIONS.get(top, top).lower().replace("_", "-")
        if distribution in versions:
            yield f"{distribution} {versions[distribution]}"


def _verdict(run: Run) -> str:
    found = run.document.get("reproductions") or []
    if not found:
        return "not reproduced yet"
    level, text = str(found[-1]["level"]), str(found[-1].get("text") or "")
    return text if text.startswith(level) else f"{level}: {text}".removesuffix(": ")
