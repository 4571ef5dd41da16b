"""Texts that stand inside a text in base64: a drawing in a page, a table to download; cleaned as the rest is."""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable
from typing import Final

_INLINED: Final = re.compile(
    r"(data:(?:[\w.+-]{1,60}/[\w.+-]{1,60})?(?:;[\w.+-]{1,40}=[\w.+-]{1,40})*;base64,)([A-Za-z0-9+/\r\n]+={0,2})",
    re.IGNORECASE,
)


def clean_inlined(text: str, clean: Callable[[str], tuple[str, int]]) -> tuple[str, int]:
    """Return ``text`` with what its ``data:`` addresses hold cleaned, as far as it is text, and how much was found.

    Args:
        text: any text; where nothing is found in them, its addresses stay as they are.
        clean: returns a text without what must not leave, and how much that was.

    >>> clean_inlined("see data:text/csv;base64,QW5uYSwx", lambda text: (text.replace("Anna", "A"), text.count("Anna")))
    ('see data:text/csv;base64,QSwx', 1)
    """
    found = 0

    def cleaned(match: re.Match[str]) -> str:
        nonlocal found
        try:
            inside = b64decode(match[2]).decode("utf-8")
        except (NotBase64, ValueError):
            return match[0]
        told, count = clean(inside)
        found += count
        return match[1] + b64encode(told.encode("utf-8")).decode("ascii") if count else match[0]

    return (_INLINED.sub(cleaned, text), found) if ";base64," in text else (text, 0)
