"""Arrays of numbers in base64, told from random letters: numbers of one array are near each other, random bytes not."""

import math
import re
from array import array
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from typing import Final

_WORD: Final = re.compile(r"[A-Za-z0-9+/]{4,}={0,2}")
_ENOUGH: Final = 12  # bits that the bytes must be less random than they could be: one token of 4096 would pass
_SEEN: Final = 4096  # characters of a word that are looked at: whole numbers of any size
_EXPONENTS: Final = {"d": (11, 1023), "f": (8, 127)}  # bits, and the exponent of 1.0
_NEAR: Final = 7  # bits of the exponents from 1e-19 to 1e19, where numbers that people plot lie
_SIZES: Final = {"i1": 1, "u1": 1, "u1c": 1, "i2": 2, "u2": 2, "i4": 4, "u4": 4, "f4": 4, "f8": 8}
_READABLE: Final = re.compile(rb"[\t\n\r -~]*")


def holds_numbers(text: str, at: int = 0) -> bool:
    """Tell whether the base64 word that begins at ``at`` is an array of numbers, in any type of 2, 4 or 8 bytes.

    >>> holds_numbers("AAAAAAAA8D8AAAAAAAAAQAAAAAAAAAhA"), holds_numbers("x8Yq0pLzR2m5TnW7bKc4VdJ9sHfG3aEu")
    (True, False)
    """
    word = _WORD.match(text, at)
    raw = _bytes(word[0] if len(word[0]) <= _SEEN else word[0][:_SEEN]) if word else b""
    return any(_bits(raw, code) >= _ENOUGH for code in "qdifh")


def is_typed_array(value: Mapping[str, object]) -> bool:
    """Tell whether JSON is an array as plotly writes one, ``{"dtype": "f8", "bdata": "…"}``, and no plain text."""
    kind, digits = value.get("dtype"), value.get("bdata")
    if not (isinstance(kind, str) and isinstance(digits, str) and kind in _SIZES):
        return False
    raw = _bytes(digits)
    return len(raw) > 0 and len(raw) % _SIZES[kind] == 0 and not _READABLE.fullmatch(raw)


def _bytes(digits: str) -> bytes:
    try:
        return b64decode(digits, validate=True)
    except (NotBase64, ValueError):
        return b""


def _bits(raw: bytes, code: str) -> float:
    """Return how many bits less random ``raw`` is than it could be, read as numbers of the type ``code``."""
    size = array(code).itemsize
    if not raw or len(raw) % size:
        return 0
    if code in _EXPONENTS:
        return _bits_of_floats([int.from_bytes(raw[at : at + size], "little") for at in range(0, len(raw), size)], code)
    values = [int.from_bytes(raw[at : at + size], "little", signed=True) for at in range(0, len(raw), size)]
    small = len(values) * (size * 8 - 1 - max(map(abs, values)).bit_length())
    close = len(values) * (size * 8 - (max(values) - min(values)).bit_length()) - size * 8
    return max(small, close)


def _bits_of_floats(words: Sequence[int], code: str) -> float:
    width, one = _EXPONENTS[code]
    fraction = 52 if code == "d" else 23
    unsigned = [word & (1 << width + fraction) - 1 for word in words]
    exponents = [word >> fraction for word in unsigned if word]
    if any(abs(each - one) >= 1 << _NEAR - 1 for each in exponents):
        return 0
    spread = math.log2(max(exponents) - min(exponents) + 1) if exponents else 0
    return len(words) * width - len(exponents) * spread - _NEAR
