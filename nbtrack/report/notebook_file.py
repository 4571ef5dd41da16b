"""A notebook's file, read as people wrote it: its cells in order with their sources and saved outputs, nothing run.

Both layouts of the format that are in use are read: version 4, and version 3 with its worksheets. Whatever else a file
holds in the place of a text or a list counts as nothing there; what is no notebook at all is refused with a reason.
The format: https://nbformat.readthedocs.io/en/latest/format_description.html
"""

import json
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

from nbtrack.errors import LimitExceeded, UsageError
from nbtrack.query.caret import shown

LARGEST: Final = 256 * 1024 * 1024  # bytes of a file
MOST_CELLS: Final = 20_000
_VERSIONS: Final = (3, 4)
_IMAGES_OF_3: Final = MappingProxyType({"png": "image/png", "jpeg": "image/jpeg", "svg": "image/svg+xml"})
_TEXTS_OF_3: Final = MappingProxyType(
    {"html": "text/html", "latex": "text/latex", "text": "text/plain", "json": "application/json"}
)
Kind = Literal["code", "markdown", "raw", "heading"]
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SavedOutput:
    """One saved output: ``kind`` is its ``output_type``; ``data`` holds what was displayed, by media type.

    ``text`` is that of a stream, ``name`` the stream's name, or the type of an error. Of a long stream ``text`` may be
    its first lines and ``tail`` its last, with ``left_out`` lines between them.
    """

    kind: Literal["stream", "display", "error"]
    name: str = ""
    text: str = ""
    traceback: tuple[str, ...] = ()
    data: Json = field(default_factory=dict)
    metadata: Json = field(default_factory=dict)
    tail: str = ""
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class SavedCell:
    """One cell: ``place`` counts from 0, ``count`` is the number in ``In [count]``, ``level`` that of a heading of v3.

    ``attachments`` are the images that its Markdown names, by name and media type, in base64.
    """

    place: int
    kind: Kind
    source: str
    id: str | None = None
    count: int | None = None
    outputs: tuple[SavedOutput, ...] = ()
    attachments: Mapping[str, Json] = field(default_factory=dict)
    level: int = 1


@dataclass(frozen=True, slots=True)
class SavedNotebook:
    """A notebook as its file has it. ``name`` is that of the file, ``language`` what its code is written in."""

    name: str
    language: str
    cells: tuple[SavedCell, ...]


def read_notebook(path: Path) -> SavedNotebook:
    """Return what a notebook's file holds.

    Raises:
        UsageError: there is no such file, it cannot be read, or it is no notebook; the message says which.
        LimitExceeded: it is larger than 256 MB, or has more than 20,000 cells.
    """
    whole = _loaded(path)
    version = whole.get("nbformat", 4)
    if version not in _VERSIONS:
        raise UsageError(
            f"{_named(path)} is a notebook of format {shown(str(version)[:20])}; formats 3 and 4 are read. "
            "Open it in Jupyter and save it again"
        )
    cells = (
        whole.get("cells")
        if version == 4
        else [cell for sheet in _dicts(whole.get("worksheets")) for cell in _list(sheet.get("cells"))]
    )
    if not isinstance(cells, list):
        raise UsageError(f"{_named(path)} has no list of cells, so it is no notebook that can be shown")
    if len(cells) > MOST_CELLS:
        raise LimitExceeded(f"{_named(path)} has {len(cells):,} cells; {MOST_CELLS:,} are the most a report shows")
    return SavedNotebook(
        path.name, _language(whole), tuple(_cell(place, each) for place, each in enumerate(_dicts(cells)))
    )


def _named(path: Path) -> str:
    return repr(shown(path.name[:200]))


def _loaded(path: Path) -> dict[str, Any]:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{_named(path)} is not a file")
        if status.st_size > LARGEST:
            raise LimitExceeded(
                f"{_named(path)} has {status.st_size // 2**20} MB; {LARGEST // 2**20} MB are the most that is read. "
                "Clear outputs that nobody needs and save it again"
            )
        whole = json.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise UsageError(f"there is no notebook {_named(path)} here") from None
    except OSError as problem:
        raise UsageError(f"{_named(path)} cannot be read: {problem.strerror or problem}") from None
    except (ValueError, RecursionError, MemoryError) as problem:
        if isinstance(problem, UsageError | LimitExceeded):
            raise
        raise UsageError(f"{_named(path)} is no notebook: {_why(problem)}") from None
    if not isinstance(whole, dict):
        raise UsageError(f"{_named(path)} is no notebook: it holds {_article(whole)}, not an object with cells")
    return whole


def _why(problem: Exception) -> str:
    if isinstance(problem, json.JSONDecodeError):
        return f"its JSON breaks off at line {problem.lineno}, column {problem.colno} ({problem.msg})"
    if isinstance(problem, UnicodeDecodeError):
        return f"byte {problem.start} is not UTF-8"
    return "it nests too deep" if isinstance(problem, RecursionError) else "it does not fit in memory"


def _article(value: object) -> str:
    return {list: "a list", str: "a text", type(None): "nothing"}.get(type(value), "a number")


def _language(whole: Json) -> str:
    metadata = _dict(whole.get("metadata"))
    for part, name in (("language_info", "name"), ("kernelspec", "language")):
        found = _dict(metadata.get(part)).get(name)
        if isinstance(found, str) and found:
            return found.lower()[:40]
    return "python"


def _cell(place: int, cell: Json) -> SavedCell:
    kind: Any = cell.get("cell_type")
    metadata = _dict(cell.get("metadata"))
    identity = cell.get("id") or metadata.get("id")  # Colab's place
    count = cell.get("execution_count", cell.get("prompt_number"))
    level = cell.get("level")
    return SavedCell(
        place=place,
        kind=kind if kind in {"code", "markdown", "heading"} else "raw",
        source=_text(cell.get("source", cell.get("input"))),
        id=identity if isinstance(identity, str) and identity else None,
        count=count if type(count) is int else None,
        outputs=tuple(_outputs(cell)) if kind == "code" else (),
        attachments={name: _dict(each) for name, each in _dict(cell.get("attachments")).items()},
        level=level if type(level) is int and 1 <= level <= 6 else 1,
    )


def _outputs(cell: Json) -> Iterator[SavedOutput]:
    for output in _dicts(cell.get("outputs")):
        match output.get("output_type"):
            case "stream":
                name = output.get("name", output.get("stream"))
                yield SavedOutput("stream", "stderr" if name == "stderr" else "stdout", _text(output.get("text")))
            case "error" | "pyerr":
                lines = tuple(each for each in _list(output.get("traceback")) if isinstance(each, str))
                yield SavedOutput("error", _text(output.get("ename")), _text(output.get("evalue")), lines)
            case "display_data" | "execute_result" | "update_display_data" | "pyout":
                data = _dict(output.get("data")) or dict(_of_3(output))
                yield SavedOutput("display", data=_joined(data), metadata=_dict(output.get("metadata")))
            case _:
                continue


def _of_3(output: Json) -> Iterator[tuple[str, Any]]:
    for name, media in {**_IMAGES_OF_3, **_TEXTS_OF_3}.items():
        if name in output:
            yield media, output[name]


def _joined(data: Json) -> dict[str, Any]:
    """Texts are saved as lists of lines, and JSON as what it is."""
    return {media: each if _is_json(media) else _text(each) for media, each in data.items()}


def _is_json(media: str) -> bool:
    return media == "application/json" or media.endswith("+json")


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in _list(value) if isinstance(each, dict)]


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
