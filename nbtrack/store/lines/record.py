"""One record, one line: ASCII JSON whose last member is the CRC-32 of what stands before it."""

import json
from binascii import crc32
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple, NoReturn

from nbtrack.errors import LimitExceeded

LIMIT = 1 << 20  # bytes of a line; readers skip longer ones, so writers must refuse them
STEPS = 1 << 63  # steps lie below it on either side of zero; the fast parser would give others as floats
_SUFFIX = 16  # ,"c":"0123abcd"}
State = Literal["ok", "unsealed", "damaged"]


class Line(NamedTuple):
    """A line as a reader finds it. ``unsealed`` is a whole record without a checksum, written by hand."""

    state: State
    record: dict[str, Any]


DAMAGED = Line("damaged", {})


def dumps(value: Any) -> str:
    """Return ASCII JSON on one line.

    Raises:
        LimitExceeded: the value is nested too deeply to be read back.
        ValueError: the value holds a NaN or an infinity, or is not JSON.
    """
    try:
        return "".join(_encode(value, 0))
    except RecursionError:
        raise LimitExceeded("this value is nested too deeply to be recorded") from None


def _encoder() -> Callable[[Any, int], Iterable[str]]:
    """Return what makes the pieces of JSON: Python's own encoder in C, made once. ``json`` would make one each time."""
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        plain = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"))
        return lambda value, _indent: plain.iterencode(value)
    told = json.JSONEncoder(allow_nan=False)
    encode: Callable[[Any, int], Iterable[str]] = make(
        markers=None,  # what holds itself nests too deeply; it need not be looked for
        default=told.default,
        encoder=json.encoder.encode_basestring_ascii,
        indent=None,
        key_separator=":",
        item_separator=",",
        sort_keys=False,
        skipkeys=False,
        allow_nan=False,
    )
    return encode


_encode = _encoder()


def seal(body: bytes) -> tuple[bytes, bytes]:
    """Return the line for a JSON object without its closing brace, and its checksum in hex."""
    check = b"%08x" % crc32(body)
    return body + b',"c":"' + check + b'"}\n', check


def encode(members: Mapping[str, Any]) -> bytes:
    """Return the line of a record.

    Raises:
        LimitExceeded: it is longer than 1 MiB.
    """
    line, _ = seal(dumps(members)[:-1].encode("ascii"))
    return line if len(line) <= LIMIT else within_limit(line)


def within_limit(line: bytes) -> bytes:
    """Return the line when readers will accept it."""
    if len(line) > LIMIT:
        raise LimitExceeded(
            f"a record of {len(line):,} bytes is over the limit of {LIMIT:,} (1 MiB); keep it as a file"
        )
    return line


def refuse_step(step: int) -> NoReturn:
    """Say that a step is further out than readers can follow.

    Raises:
        LimitExceeded: always.
    """
    raise LimitExceeded(f"a step lies between -2^63 and 2^63, not at {step:.3e}" if abs(step) < 1 << 1000 else _FAR)


_FAR = "a step lies between -2^63 and 2^63; this one is far outside"


def exact(text: bytes) -> Any:
    """Return the Python value of JSON, integers of any size and lone surrogates included.

    Raises:
        ValueError: it is not JSON; NaN and Infinity are not.
    """
    if text[:1] == b"{" and text[1:2] != b"\0":  # in UTF-8, as we write it: what else it may be need not be found out
        return _DECODER.decode(text.decode("utf-8", "surrogatepass"))
    return json.loads(text, parse_constant=_refuse)


def decode(line: bytes, loads: Callable[[bytes], Any] = exact) -> Line:
    """Return the record on a line (without its newline) and whether it can be believed. Total."""
    if line.endswith(b"\r"):  # a tool that rewrote the line ends left the record itself whole
        line = line[:-1]
    if len(line) > LIMIT:
        return DAMAGED
    sealed = line[-_SUFFIX:-10] == b',"c":"' and line[-2:] == b'"}'
    # Hex digits are compared as bytes: as numbers, a flip between a and A would pass.
    if sealed and line[-10:-2] != b"%08x" % crc32(line[:-_SUFFIX]):
        return DAMAGED
    try:
        record = loads(line)
    except (ValueError, RecursionError):
        return DAMAGED
    if not isinstance(record, dict):
        return DAMAGED
    return Line("ok", record) if sealed else _unsealed(line, record)


def whole(texts: Iterable[str]) -> list[dict[str, Any]]:
    """Return the records of which this process has just written the texts, each up to where it was stamped."""
    found: list[dict[str, Any]] = _DECODER.raw_decode(f"[{'},'.join(texts)}}}]")[0]
    return found


def _unsealed(line: bytes, record: dict[str, Any]) -> Line:
    """Accept what a person typed; a missing identity is made from the text, so that copies still count once."""
    if "c" in record or not isinstance(record.get("k"), str):
        return DAMAGED
    return Line("unsealed", {"w": "", "n": crc32(line), **record})


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)  # made once: ``json.loads`` would make one for each line
