"""Addresses and paths without what is private in them: user-info, parameters, the home folder."""

import os
import re
from typing import Final

from nbtrack.secret.redact import redact

_HOST: Final = re.compile(r"[\w.-]*(?::\d+)?|\[[0-9a-fA-F:.]+\](?::\d+)?")


def clean_url(url: str) -> str:
    """Return an address without user-info (``git@`` stays), query, fragment, tokens in its path and the home folder.

    What cannot be parsed keeps its scheme only.

    >>> clean_url("https://me:pw@example.org/a/b.git?x=1"), clean_url("git@example.org:a/b.git")
    ('https://example.org/a/b.git', 'git@example.org:a/b.git')
    """
    scheme, mark, rest = url.strip().partition("://")
    if mark:
        authority, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
        user, _, host = authority.rpartition("@")
        if not _HOST.fullmatch(host):
            return f"{scheme}://"  # a password with a slash or hash in it: where it ends is anyone's guess
        plain = f"{scheme}://{'git@' if user == 'git' else ''}{host}{slash}{path}"
    else:
        plain = re.sub(r"^(?!git@)[^@/\s]*@(?=[^/\s:]+:)", "", scheme)
    return redact(without_home(re.sub(r"/t/[^/]+/", "/t/[redacted:url]/", plain)))[0]


def without_home(text: str) -> str:
    """Return ``text`` with the user's home folder written ``~``."""
    home = os.path.expanduser("~")  # noqa: PTH111 - text in, text out
    if len(home) < len("/x") or home not in text:
        return text
    return re.sub(rf"{re.escape(home)}(?![\w.-])", "~", text)
