"""Texts without who and where: addresses, paths, names of people and machines, each replaced by a word for its kind.

    what stood there                          what stands there then
    an address of the web, of git, an IP      [address], with the name of the file it ends in
    an e-mail address                         [e-mail]
    an absolute path, one from ``~``, UNC     …/name.csv where it ends in the name of a file, else [path]
    the name of a person or an account        [person]
    the name of a machine                     [host]
    the name of a repository                  [project]

Addresses that name formats (XML namespaces, JSON schemas) stay: pictures need them. Paths within the project stay, as
far as no name stands in them.
"""

import html
import re
from collections import Counter
from collections.abc import Callable
from typing import Final

from nbtrack.export.inlined import clean_inlined
from nbtrack.report.identities import Identities

ADDRESS, MAIL, PATH = "[address]", "[e-mail]", "[path]"
PERSON, HOST, PROJECT = "[person]", "[host]", "[project]"
_FORMATS: Final = (
    *("http://www.w3.org/", "https://www.w3.org/", "http://purl.org/dc/", "http://creativecommons.org/ns"),
    *("https://vega.github.io/schema/", "http://json-schema.org/", "https://json-schema.org/"),
)
_LONG: Final = 8  # letters of a name that is found within words as well
_FILE: Final = re.compile(r"[\w][\w. +()-]{0,80}\.[A-Za-z][A-Za-z0-9]{0,7}")
_IN_PATH: Final = r"[^\s\\/\"'<>|:;,()\[\]{}*?`=&]"
_URL: Final = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s\"'<>)\]}\\`]+")
_SCP: Final = re.compile(r"(?<![\w@.-])[\w.-]++@[\w.-]+:(?![\s\"'])[\w./~+-]+")
_MAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}(?![\w(])")
_AT_HOST: Final = re.compile(r"(?<![\w.+-])[A-Za-z][\w.+-]*@(?=[A-Za-z])[\w-]*[-\d][\w-]*(?![\w(.])")
_QUOTED: Final = re.compile(
    r"(?<=[\"'])(?:~[\w.-]*[\\/]|[A-Za-z]:[\\/]|/|\\{2,4}(?=\w))[^\"'\n\\/<>|*?]+[\\/][^\"'\n<>|*?]*(?=[\"'])"
)
_WINDOWS: Final = re.compile(
    rf"(?<![A-Za-z0-9])[A-Za-z]:(?:\\{{1,2}}|/(?!/))(?:{_IN_PATH}+(?:\\{{1,2}}|/))*{_IN_PATH}*"
)
_UNC: Final = re.compile(r"(?<![\w\\])\\{2,4}[A-Za-z0-9][\w.-]+(?:\\{1,2}[\w.$ -]+)+")
_POSIX: Final = re.compile(rf"(?<![\w.~…\-/<>)\]])/(?:{_IN_PATH}+/)+{_IN_PATH}*")
_ROOTS: Final = re.compile(
    r"(?<![\w.~…\-/<>)\]])/(?:home|Users|root|mnt|media|scratch|data|opt|srv|tmp|var|Volumes|workspace)/?(?![\w/])"
)
_HOME: Final = re.compile(rf"(?<![\w~])~[\w.-]*(?:/{_IN_PATH}+)+/?")
_UP: Final = re.compile(rf"(?<![\w./])(?:\.\./)+(?:{_IN_PATH}+/)*")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,31}\d{0,2});")
_IN_NAMES: Final = frozenset("@._-/:")
_IPV4: Final = re.compile(r"(?<![\d.=])(?:\d{1,3}\.){3}\d{1,3}(?:(?=:\d)|(?![\d.]))")
_IPV6: Final = re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){3,7}(?::?[0-9a-fA-F]{1,4}){1,4}(?![\w:])")
_INTERNAL: Final = re.compile(
    r"(?<![\w.-])[A-Za-z0-9][\w-]*(?:\.[\w-]+)*\.(?:local|internal|lan|corp|intranet|localdomain|cluster|home\.arpa)(?![\w(])"
)


class Anonymizer:
    """Takes names of people and machines, paths and addresses out of texts; ``hidden`` counts them by kind.

    >>> from nbtrack.report.identities import Identities
    >>> clean = Anonymizer(Identities(frozenset({"kelpw"}), frozenset({"node-17"}))).text
    >>> clean("kelpw@node-17 read /home/kelpw/thesis/data/train.csv, see https://kelpw.example.org/x")
    '[e-mail] read …/train.csv, see [address]'
    """

    def __init__(self, known: Identities) -> None:
        self.hidden: Counter[str] = Counter()
        self._seen: dict[str, tuple[str, int]] = {}
        self._people = _whole_words(known.people)
        self._hosts = _whole_words(known.hosts)
        self._projects = _whole_words(known.projects)

    def text(self, text: str) -> str:
        """Return ``text`` without who and where."""
        return self.counted(text)[0]

    def counted(self, text: str) -> tuple[str, int]:
        """Return ``text`` without who and where, and how much was replaced in it."""
        found = self._seen.get(text)
        if found is None:
            found = self._seen[text] = self._clean(text)
        return found

    def names(self, text: str) -> str:
        """Return ``text`` without names; all else in it stays, also what looks like an address."""
        for pattern, word in ((self._people, PERSON), (self._hosts, HOST), (self._projects, PROJECT)):
            text = self._each(pattern, lambda _, word=word: word, word, text) if pattern else text  # type: ignore[misc]  # bound now
        return text

    def _clean(self, text: str) -> tuple[str, int]:
        before = self.hidden.total()
        text = self._told(clean_inlined(text, self.counted)[0])
        if "&" in text and (spelled := _ENTITY.sub(_letter, text)) != text:
            now = self.hidden.total()
            told = self._told(spelled)
            text = told if self.hidden.total() > now else text
        return text, self.hidden.total() - before

    def _told(self, text: str) -> str:
        if "://" in text:
            text = self._each(_URL, _address, ADDRESS, text)
        if "@" in text:
            text = self._each(_SCP, lambda _: ADDRESS, ADDRESS, text)
            text = self._each(_MAIL, lambda _: MAIL, MAIL, text)
            text = self._each(_AT_HOST, lambda _: MAIL, MAIL, text)
        if "/" in text or "\\" in text:
            for pattern in (_QUOTED, _WINDOWS, _UNC, _HOME, _POSIX, _ROOTS):
                text = self._each(pattern, _path, PATH, text)
            text = self._each(_UP, lambda _: "…/", PATH, text)
        text = self._each(_IPV4, _ip, ADDRESS, text) if "." in text else text
        text = self._each(_IPV6, lambda _: ADDRESS, ADDRESS, text) if text.count(":") > 3 else text
        text = self._each(_INTERNAL, lambda _: HOST, HOST, text) if "." in text else text
        return self.names(text)

    def _each(self, pattern: re.Pattern[str], new: Callable[[str], str], kind: str, text: str) -> str:
        def replace(match: re.Match[str]) -> str:
            word = new(match[0])
            self.hidden[kind] += word != match[0]
            return word

        return pattern.sub(replace, text)


def _letter(match: re.Match[str]) -> str:
    """Return the letter that an entity of HTML stands for, as far as names and addresses are made of it."""
    letter = html.unescape(match[0])
    return letter if letter.isalnum() or letter in _IN_NAMES else match[0]


def _address(url: str) -> str:
    """Return what is left of an address: nothing, or the name of the file it ends in."""
    if url.startswith(_FORMATS):
        return url
    path = re.split(r"[?#]", url.partition("://")[2], maxsplit=1)[0].rstrip(".,;:")
    name = path.rpartition("/")[2] if "/" in path else ""
    return f"{ADDRESS}/{name}" if _FILE.fullmatch(name) and not name.endswith(".git") else ADDRESS


def _path(path: str) -> str:
    """Return what is left of a path: the name of a file at its end, where there is one."""
    name = re.split(r"[\\/]", path)[-1]
    return f"…/{name}" if _FILE.fullmatch(name) else PATH


def _ip(digits: str) -> str:
    """Return what stands for an IP address; versions of four numbers are none, as far as their form tells."""
    numbers = [int(each) for each in digits.split(".")]
    private = numbers[0] == 10 or numbers[:2] == [192, 168] or (numbers[0] == 172 and 16 <= numbers[1] <= 31)
    public = all(each <= 255 for each in numbers) and numbers[0] >= 20
    return ADDRESS if all(each <= 255 for each in numbers) and (private or public) and numbers[0] != 127 else digits


def _whole_words(names: frozenset[str]) -> re.Pattern[str] | None:
    """Return what finds any of ``names``: short ones where no letter or digit stands beside them, long ones anywhere.

    ``_`` is no letter here, as in ``by_anna``; a long name is part of no other word, but of ``kelpwrightModel``.
    """
    if not names:
        return None
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    long, short = ("|".join(map(re.escape, part)) for part in _divided(longest_first))
    whole = rf"(?<![^\W_])(?:{short})(?![^\W_])" if short else ""
    return re.compile("|".join(filter(None, (long, whole))), re.IGNORECASE)


def _divided(names: list[str]) -> tuple[list[str], list[str]]:
    return [name for name in names if len(name) >= _LONG], [name for name in names if len(name) < _LONG]
