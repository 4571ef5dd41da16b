"""What a cell's saved outputs are on a page: printed text, errors, things shown, and nbtrack's own, which it has.

The richest form that a page can show is taken of each display. Streams that follow each other are one text, as in a
notebook. Nothing of a widget is in the file but the name of its class; nothing of a script is shown.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, Literal

from nbtrack.query.facts import bytes_text
from nbtrack.report import ansi
from nbtrack.report.notebook_file import SavedNotebook, SavedOutput
from nbtrack.report.parts import Shown

MOST: Final = 100  # outputs of one cell
LARGEST: Final = 20_000_000  # bytes of one thing shown
LONGEST: Final = 400_000  # characters of one text: HTML, JSON of a figure
Stream = Literal["stdout", "stderr"]
_PICTURES: Final = ("image/svg+xml", "image/png", "image/jpeg", "image/webp", "image/gif")
_FIGURES: Final = ("application/vnd.plotly.v1+json",)
_DRAWN: Final = "application/vnd.vega"
_WIDGET: Final = "application/vnd.jupyter.widget-view+json"
_WRITTEN: Final = ("text/html", "text/markdown", "text/latex", "application/json", "text/plain")
_OURS: Final = MappingProxyType(
    {
        "card": "The run's card is shown beside the cell, as its records stand.",
        "runs": "A table of runs stood here; the comparison of the runs is below.",
        "comparison": "A comparison stood here; the comparison of the runs is below.",
    }
)


@dataclass(frozen=True, slots=True)
class Printed:
    """Text of a stream, a result or an error, with its styles: its first lines, how many are left out, its last."""

    kind: Stream | Literal["result", "error"]
    head: ansi.Lines
    left_out: int
    tail: ansi.Lines
    title: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """Something that is not shown, and why, in a sentence; ``ours`` where the page has it elsewhere."""

    text: str
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Displayed:
    """One display in the forms that a page may draw, the best first: a chart, and the picture of it."""

    forms: tuple[Shown, ...]


CellOutput = Printed | Displayed | Told


def shortened(notebook: SavedNotebook) -> SavedNotebook:
    """Return a notebook with no more of its outputs than a page shows: what is left out need not be searched either."""
    cells = tuple(replace(cell, outputs=tuple(_shortened(cell.outputs))) for cell in notebook.cells)
    return replace(notebook, cells=cells)


def _shortened(saved: Sequence[SavedOutput]) -> Iterator[SavedOutput]:
    """Yield outputs with streams of one name that follow each other as one: a loop that prints may have saved many."""
    streams: list[SavedOutput] = []
    for output in saved:
        if streams and (output.kind != "stream" or output.name != streams[0].name):
            yield _one(streams)
            streams = []
        if output.kind == "stream":
            streams.append(output)
        else:
            yield output
    if streams:
        yield _one(streams)


def _one(streams: Sequence[SavedOutput]) -> SavedOutput:
    head, left_out, tail = ansi.shortened("".join(part.text for part in streams))
    return SavedOutput("stream", streams[0].name, head, tail=tail, left_out=left_out)


def outputs(saved: Sequence[SavedOutput], name: str = "output") -> tuple[CellOutput, ...]:
    """Return what a page shows of a cell's ``shortened`` outputs, in their order; ``name`` is what each is called.

    >>> outputs([SavedOutput("stream", "stdout", "a")])[0].head
    ((('', 'a'),),)
    """
    found = [each for output in saved[:MOST] for each in _output(output, name)]
    if len(saved) > MOST:
        found.append(Told(f"{len(saved) - MOST:,} more outputs are left out."))
    return tuple(found)


def _output(output: SavedOutput, name: str) -> Iterator[CellOutput]:
    match output.kind:
        case "stream":
            if output.text.strip("\n"):
                kind: Stream = "stderr" if output.name == "stderr" else "stdout"
                yield Printed(kind, ansi.printed(output.text), output.left_out, ansi.printed(output.tail))
        case "error":
            title = f"{output.name}: {output.text}" if output.text else output.name
            yield _printed("error", "\n".join(output.traceback), ansi.plain(title)[:500])
        case _ if _mark(output) and _ours(output) is None:  # an answer that was given then: as a console showed it
            if (text := output.data.get("text/plain")) and isinstance(text, str):
                yield _printed("result", text)
        case _:
            yield _display(output, name)


def _printed(kind: Literal["result", "error"], text: str, title: str = "") -> Printed:
    head, left_out, tail = ansi.shortened(text)
    return Printed(kind, ansi.printed(head), left_out, ansi.printed(tail), title)


def _display(output: SavedOutput, name: str) -> CellOutput:
    if (said := _ours(output)) is not None:
        return Told(said, ours=True)
    if _WIDGET in output.data:
        return Told(f"A widget stood here{_class(output.data.get('text/plain'))}; its state is not kept.")
    charts = (*_FIGURES, *_drawings(output.data))
    for media in (*charts, *_PICTURES, *_WRITTEN):
        if media in output.data and (found := _shown(media, output, name)) is not None:
            return _displayed(found, output, name) if media in charts else found
    media = ", ".join(str(each)[:60] for each in list(output.data)[:3]) or "nothing"
    return Told(f"An output that a page cannot show ({media}) is left out.")


def _displayed(chart: CellOutput, output: SavedOutput, name: str) -> CellOutput:
    """Return a chart with the picture that was saved beside it, which stands for it where it is not drawn."""
    stills = (_shown(media, output, name) for media in _PICTURES if media in output.data)
    still = next((each for each in stills if isinstance(each, Displayed)), None)
    return Displayed((*chart.forms, *still.forms)) if isinstance(chart, Displayed) and still else chart


def _ours(output: SavedOutput) -> str | None:
    """Return what to say of an output of nbtrack's own that the page has in another place, None for any other."""
    kind = _mark(output).get("kind")
    return _OURS.get(kind) if isinstance(kind, str) else None


def _mark(output: SavedOutput) -> Mapping[str, Any]:
    """Return what marks an output as nbtrack's own; anybody may have written it, so nothing of it is trusted."""
    mark = output.metadata.get("nbtrack")
    return mark if isinstance(mark, dict) else {}


def _class(text: Any) -> str:
    """Return the class of a widget, as its plain text begins: ``IntSlider(value=3)``."""
    word = text.partition("(")[0].strip() if isinstance(text, str) else ""
    return f" ({word})" if word.isidentifier() and len(word) < 60 else ""


def _drawings(data: Any) -> list[str]:
    return [media for media in data if media.startswith(_DRAWN)]


def _shown(media: str, output: SavedOutput, name: str) -> CellOutput | None:
    content = _content(media, output.data[media])
    if content is None:
        return None
    if media == "text/plain":
        return _printed("result", output.data[media])
    if len(content) > (LARGEST if media in _PICTURES else 10 * LONGEST):
        return Told(f"An output of {bytes_text(len(content))} ({media}) is left out to keep the report small.")
    return Displayed((Shown(name, media, len(content), content),))


def _content(media: str, value: Any) -> bytes | None:
    """Return the bytes of one form of a display, None where they are not what its media type says."""
    if media in _PICTURES and media != "image/svg+xml":
        try:
            return base64.b64decode("".join(value.split()), validate=True) or None
        except (binascii.Error, ValueError, AttributeError):
            return None
    if isinstance(value, str):
        return value.encode("utf-8", "replace") or None
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    except (TypeError, ValueError, RecursionError):
        return None
