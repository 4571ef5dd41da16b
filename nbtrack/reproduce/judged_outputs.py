"""What a run showed, kept and wrote, beside what its reproductions did: the same, different, missing or new."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from nbtrack.errors import NbtrackError
from nbtrack.model.run import Artifact, Run
from nbtrack.model.tagged import untag
from nbtrack.reproduce.judged_metrics import LAST_DIGITS, relative_change
from nbtrack.reproduce.pictures import same_picture
from nbtrack.reproduce.volatile import steady

SAME: Final = "same"
OTHER: Final = "different"
MISSING: Final = "missing"
NEW: Final = "new"
UNKNOWN: Final = "not compared"
_WORSE: Final = (SAME, UNKNOWN, NEW, OTHER, MISSING)
_NOT_MADE: Final = ("code/", "data/", "inputs/", "environment/")  # kept for the reproduction itself
RESULT: Final = "the cell's value"
_SCALAR: Final = re.compile(r"(?:np\.\w{1,20}\()?([+-]?\d{1,400}(?:\.\d{0,400})?(?:e[+-]?\d{1,4})?)\)?")
_NOTEBOOK: Final = "notebook.ipynb"
_FILES: Final = frozenset({"file", "folder"})
_ERRORS: Final = "outputs/stderr.txt"
_LONGEST: Final = 5_000_000  # bytes of a text that is looked into
_STEADY: Final = ("text/", "image/", "application/pdf")


def judged_outputs(was: Run, now: Sequence[Run], paths: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what became of each output, artifact and written file, by its name; of several reproductions the worst.

    Bytes that differ are compared once more without what is different every time (``volatile``, ``pictures``); written
    files, of which only the hash is known, by that.

    Args:
        was: the recorded run.
        now: its reproductions, in any order.
        paths: folders of the recorded run, as its reproductions call them.
    """
    judged: dict[str, str] = {}
    for run in now:
        for name, state in _judged(was, run, paths or {}):
            judged[name] = max(judged.get(name, SAME), state, key=_WORSE.index)
    return judged


def deciding(outputs: Mapping[str, str]) -> list[str]:
    """Return the states that decide where a run has no metrics: all but what is new and the stream of errors.

    Libraries write warnings and progress there, which say nothing of a result.
    """
    return [state for name, state in outputs.items() if name != _ERRORS and state in {SAME, OTHER, MISSING}]


def _judged(was: Run, now: Run, paths: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    old, new = _kept(was), _kept(now)
    for name in dict.fromkeys((*old, *new)):
        if name in old and name in new:
            yield name, SAME if _alike(old[name], new[name], paths) else OTHER
        else:
            yield name, MISSING if name in old else NEW
    if (value := _result(was)) is not None:
        yield RESULT, _same_result(value, _result(now), paths)
    before, after = _written(was), _written(now)
    for path in dict.fromkeys((*before, *after)):
        if path in before and path in after:
            yield path, _compared(before[path], after[path])
        else:
            yield path, MISSING if path in before else NEW


def _result(run: Run) -> str | None:
    value = run.document.get("result")
    return value if isinstance(value, str) else None


def _same_result(was: str, now: str | None, paths: Mapping[str, str]) -> str:
    """Compare the value of the last expression as it was shown; of a number the last digits do not count."""
    if now is None:
        return MISSING
    names = {folder: f"<{at}>" for at, pair in enumerate(paths.items()) for folder in pair}
    if was == now or steady(was, "text/plain", names) == steady(now, "text/plain", names):
        return SAME
    one, other = _SCALAR.fullmatch(was), _SCALAR.fullmatch(now)
    if one is None or other is None:
        return OTHER
    change = relative_change(float(one[1]), float(other[1]))
    return SAME if change is not None and abs(change) <= LAST_DIGITS else OTHER


def _kept(run: Run) -> dict[str, Artifact]:
    return {each.name: each for each in run.artifacts if each.name != _NOTEBOOK and not each.name.startswith(_NOT_MADE)}


def _alike(old: Artifact, new: Artifact, paths: Mapping[str, str]) -> bool:
    if old.object == new.object:
        return True
    media = old.media_type
    if media != new.media_type or max(old.size, new.size) > _LONGEST or not (_is_steady(media)):
        return False
    try:
        one, other = old.read(), new.read()
    except (NbtrackError, OSError):
        return False
    if media.startswith("image/") and media != "image/svg+xml":
        return same_picture(one, other)
    names = {folder: f"<{at}>" for at, pair in enumerate(paths.items()) for folder in pair}
    return steady(_text(one), media, names) == steady(_text(other), media, names)


def _is_steady(media_type: str) -> bool:
    return media_type.startswith(_STEADY) or media_type.endswith("json")


def _text(content: bytes) -> str:
    """Any bytes have a text; those of a PDF are read one by one."""
    return content.decode("latin-1" if content.startswith(b"%PDF") else "utf-8", "backslashreplace")


def _written(run: Run) -> dict[str, Mapping[str, Any]]:
    """Return what the files that were written are known by. A record of another shape is passed over."""
    entries: Sequence[Any] = [untag(each) for each in run.document["data"]]
    files = [each for each in entries if isinstance(each, dict) and each.get("mode") == "write"]
    return {str(each["path"]): each for each in files if str(each.get("kind")) in _FILES and each.get("path")}


def _compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    for known in ("sha256", "digest", "md5"):
        if old.get(known) and new.get(known):
            return SAME if old[known] == new[known] else OTHER
    sizes = old.get("size"), new.get("size")
    return OTHER if None not in sizes and sizes[0] != sizes[1] else UNKNOWN
