"""A notebook as others may see it: every text in it searched, pictures without what tells of people."""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from nbtrack.export.picture import NoPicture, without_metadata
from nbtrack.report.notebook_file import SavedCell, SavedNotebook, SavedOutput
from nbtrack.view.escape import pictures

_DEEPEST: Final = 100
_OURS: Final = "nbtrack"

Clean = Callable[[str, str], str]
"""Takes a text, and in words where it stands, and returns it without what must not leave."""


def cleaned(notebook: SavedNotebook, clean: Clean) -> SavedNotebook:
    """Return a notebook with every text passed through ``clean``.

    Nothing is read of what nbtrack itself had displayed and the page has elsewhere; it is left out.
    """
    return replace(
        notebook,
        name=clean(notebook.name, "the notebook's name"),
        cells=tuple(_cell(cell, clean) for cell in notebook.cells),
    )


def texts(notebook: SavedNotebook) -> Iterator[str]:
    """Yield the texts of a notebook, in which names may stand that have to go from everywhere."""
    for cell in notebook.cells:
        yield cell.source
        for output in cell.outputs:
            yield from (output.text, *output.traceback)
            yield from (each for each in output.data.values() if isinstance(each, str) and len(each) < 200_000)


def _cell(cell: SavedCell, clean: Clean) -> SavedCell:
    place = f"cell {cell.place + 1}"
    return replace(
        cell,
        source=clean(cell.source, place),
        outputs=tuple(_output(output, clean, f"the output of {place}") for output in cell.outputs),
        attachments={name: _forms(forms, clean, place) for name, forms in cell.attachments.items()},
    )


def _output(output: SavedOutput, clean: Clean, place: str) -> SavedOutput:
    ours = isinstance(output.metadata.get(_OURS), Mapping)
    data = {"text/plain": output.data.get("text/plain", "")} if ours else output.data
    return replace(
        output,
        name=clean(output.name, place),
        text=clean(output.text, place),
        tail=clean(output.tail, place),
        traceback=tuple(clean(line, place) for line in output.traceback),
        data=_forms(data, clean, place),
        metadata={_OURS: output.metadata[_OURS]} if ours else {},
    )


def _forms(forms: Mapping[str, Any], clean: Clean, place: str) -> dict[str, Any]:
    return {str(media): _form(str(media), value, clean, place) for media, value in forms.items()}


def _form(media: str, value: Any, clean: Clean, place: str) -> Any:
    if media in pictures() and media != "image/svg+xml":
        return _picture(value)
    return _json(value, clean, place, _DEEPEST)


def _picture(value: Any) -> str:
    """Return a picture in base64 without its metadata, nothing where it is no picture."""
    text = "".join(each for each in value if isinstance(each, str)) if isinstance(value, list) else value
    try:
        content = base64.b64decode("".join(text.split()), validate=True) if isinstance(text, str) else b""
        return base64.b64encode(without_metadata(content)).decode("ascii") if content else ""
    except (binascii.Error, ValueError, NoPicture):
        return ""


def _json(value: Any, clean: Clean, place: str, depth: int) -> Any:
    if isinstance(value, str):
        return clean(value, place)
    if depth and isinstance(value, list):
        return [_json(each, clean, place, depth - 1) if isinstance(each, str | list | dict) else each for each in value]
    if depth and isinstance(value, dict):
        return {clean(name, place): _json(each, clean, place, depth - 1) for name, each in value.items()}
    return value if isinstance(value, int | float | bool) else None
