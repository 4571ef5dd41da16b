"""What a report file says of the records it was made from, to be read back out of it."""

import base64
import json
import re
import zlib
from typing import Any, Final

from nbtrack.errors import UsageError
from nbtrack.report.parts import Origin

FORMAT: Final = 1
_ISLAND: Final = re.compile(r'<script type="text/plain" id="nbt-report-origin">([^<]*)</script>')
_MOST: Final = 50_000_000  # bytes that may come out of a deflated one


def origin_data(origin: Origin) -> dict[str, Any]:
    """Return what the page carries of an origin, as JSON."""
    return {
        "format": FORMAT,
        "version": origin.version,
        "made": origin.made,
        "store": origin.store,
        "digest": origin.digest,
        "records": dict(origin.records),
        "question": origin.question,
        "parts": {run: dict(parts) for run, parts in origin.parts.items()},
    }


def read_origin(html: str) -> Origin:
    """Return what a report file says of its records; the file may come from anybody.

    Raises:
        UsageError: it is no report of nbtrack, or not a whole one.
    """
    found = _ISLAND.search(html)
    if not found:
        raise UsageError("this is not a report of nbtrack, or it lost what tells of its records")
    try:
        data = json.loads(_inflated(found[1]))
        records = {str(run): str(digest) for run, digest in data["records"].items()}
        version, made, store = (str(data.get(name, "")) for name in ("version", "made", "store"))
        parts = {str(run): _texts(each) for run, each in data.get("parts", {}).items()}
        return Origin(version, made, store, str(data["digest"]), records, str(data.get("question", "")), parts)
    except (ValueError, KeyError, TypeError, AttributeError, zlib.error, RecursionError) as problem:
        raise UsageError("this report is damaged: what it says of its records cannot be read") from problem


def _texts(values: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in values.items()}


def _inflated(text: str) -> str:
    if text[:1] in ("{", "["):
        return text
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    return inflater.decompress(base64.b64decode(text, validate=True), _MOST).decode()
