"""The digest of a report file in the file itself, by which an accidental change of the file is told.

In the head stands ``<meta name="nbtrack-report" content="sha256:…">`` with the SHA-256 of the file's bytes as they are
with 64 zeros in the place of the digits. It is no signature: whoever changes a file on purpose can write a new digest.
"""

import re
from hashlib import sha256
from typing import Final

_CHARSET: Final = b'<meta charset="utf-8">'
_BEFORE, _AFTER = b'<meta name="nbtrack-report" content="sha256:', b'">'
_MARK: Final = re.compile(re.escape(_BEFORE) + rb"([0-9a-f]{64})" + re.escape(_AFTER))
_ZEROS: Final = b"0" * 64
_HEAD: Final = 100_000  # bytes in which the head begins


def sealed(html: str) -> str:
    """Return a page with its digest in the head.

    >>> page = sealed('<!doctype html><meta charset="utf-8"><title>x</title>')
    >>> is_sealed(page.encode()), is_sealed(page.replace("x", "y").encode()), is_sealed(b"<p>")
    (True, False, None)
    """
    content = html.encode("utf-8", "backslashreplace")  # half a letter is none that a file can have
    mark = _CHARSET + _BEFORE + _ZEROS + _AFTER
    blank = content.replace(_CHARSET, mark, 1)
    digest = sha256(blank).hexdigest().encode("ascii")
    return blank.replace(mark, _CHARSET + _BEFORE + digest + _AFTER, 1).decode("utf-8")


def is_sealed(content: bytes) -> bool | None:
    """Tell whether a file is as it was written; None where it does not say how that was."""
    found = _MARK.search(content, 0, _HEAD)
    if found is None:
        return None
    blank = content[: found.start(1)] + _ZEROS + content[found.end(1) :]
    return sha256(blank).hexdigest().encode("ascii") == found[1]
