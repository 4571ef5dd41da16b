"""Who and where: the names of people and machines that the records of some runs give away, found wherever they stand.

A name is known as one because of where it stands - after ``/home/``, before the ``@`` of an address, under a tag
``author``, in a line ``Signed-off-by:`` - and then goes from everywhere. This machine's own names are known, too.
"""

import builtins
import getpass
import keyword
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

_SHARED: Final = frozenset(
    "root admin administrator user users ubuntu debian centos fedora jovyan runner vagrant ec2-user hadoop default "
    "public shared guest nobody daemon build builder app code work home content kaggle colab jupyter notebook conda "
    "mambauser python test tests tmp data localhost localdomain git www api docs github gitlab bitbucket model train "
    "main project projects src lib bin share dataset datasets input inputs output outputs result results run runs "
    "figure figures notebooks job jobs cache env envs venv experiments experiment conda miniconda miniconda3 "
    "noreply no-reply info support contact help security sales feedback accounting office mail team dev webmaster "
    "none true false unknown anonymous all".split()
)
"""Accounts and hosts that half of the world has: they name nobody, and are words of code besides."""
_CODE: Final = frozenset(word.lower() for word in (*keyword.kwlist, *keyword.softkwlist, *dir(builtins)))
_PERSON: Final = re.compile(
    r"(?:^|[._\- ])(?:user|username|login|logname|author|authors|owner|maintainer|committer|email|e-mail|mail)$",
    re.IGNORECASE,
)
_MACHINE: Final = re.compile(r"(?:^|[._\- ])(?:host|hostname|nodename|fqdn|workstation|computername)$", re.IGNORECASE)
_HOME: Final = re.compile(
    r"(?:/(?:home|[Uu]sers|people|scratch|user)/|[A-Za-z]:(?:\\{1,2}|/)Users(?:\\{1,2}|/))"
    r"([^\\/\s\"'<>:;,|]+(?: [A-Z][^\\/\s\"'<>:;,|]*)?)(?=[\\/\"'\s]|$)"
)
_TILDE: Final = re.compile(r"(?<![\w~])~([A-Za-z][\w.-]+)(?=/)")
_MAIL: Final = re.compile(r"(?<![\w.+-])([\w.+-]++)@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}(?![\w(])")
_BEFORE_OWNER: Final = r"(?:(?<![\w.-])[\w.-]++@[\w.-]++:|(?:https?|ssh|git)://(?:[^\s/@]+@)?[^\s/]+/)"
_REMOTE: Final = re.compile(_BEFORE_OWNER + r"([\w.-]+)/[\w.-]+?\.git\b")
_REPOSITORY: Final = re.compile(_BEFORE_OWNER + r"(?:[\w.-]+/)+([\w.-]+?)\.git\b")
_DISTINCT: Final = re.compile(r"\w[-_.\d]+\w")  # a repository called "forest" is also a word of everybody's
_SIGNED: Final = re.compile(
    r"^[ \t>#+*-]*(?:Author|From|Signed-off-by|Co-authored-by|Committer|Commit|Reviewed-by|Acked-by|Tested-by|"
    r"Reported-by|:author|@author|Written by|Copyright \(c\)(?: \d{4})?)[ \t]*:?[ \t]+"
    r"([A-Z][\w.'-]+(?: [\w.'-]+){1,3})[ \t]*(?:<[^>\n]*>)?[ \t]*$",
    re.MULTILINE,
)
_FULL_NAME: Final = r"[\"']([A-Z][\w.'-]+(?: [\w.'-]+){1,3})[\"']"
_ASSIGNED: Final = re.compile(rf"(?:__(?:author|maintainer)s?__|\b(?:author|maintainer))\s*=\s*{_FULL_NAME}")
_LISTED: Final = re.compile(rf"\bname\s*=\s*{_FULL_NAME}\s*,\s*email\b")  # authors in a pyproject.toml
_TALE: Final = (_HOME, _TILDE, _MAIL, _REMOTE, _SIGNED, _ASSIGNED, _LISTED)
_SHORTEST, _LONGEST = 3, 60


@dataclass(frozen=True, slots=True)
class Identities:
    """Names of ``people`` - accounts, full names and their parts -, of ``hosts``, and of ``projects``: repositories."""

    people: frozenset[str]
    hosts: frozenset[str]
    projects: frozenset[str] = frozenset()


def identities(texts: Iterable[str], documents: Iterable[Any] = (), *, here: bool = True) -> Identities:
    r"""Return the names in ``texts``, under telling names in ``documents`` (JSON), and ``here`` those of this machine.

    >>> found = identities(["open('/home/kelpw/x.csv')\n# Author: Ada Lovelace"], [{"hostname": "node-17"}])
    >>> found.people >= {"kelpw", "Ada Lovelace", "Lovelace"}, "node-17" in found.hosts
    (True, True)
    """
    people, hosts, projects = list[str](), list[str](), list[str]()
    if here:
        people, hosts = list(_this_person()), list(_this_machine())
    for text in texts:
        projects += (match[1] for match in _REPOSITORY.finditer(text))
        people += (match[1] for pattern in _TALE for match in pattern.finditer(text))
    for name, value in _pairs(documents):
        people += [value] if _PERSON.search(name) else []
        hosts += [value] if _MACHINE.search(name) else []
        projects += [value] if name == "repository" else []
    return Identities(
        frozenset(part for name in people for part in _spellings(name) if _tells(part)),
        frozenset(part for name in hosts for part in (name, name.partition(".")[0]) if _tells(part)),
        frozenset(name for name in projects if _tells(name) and _DISTINCT.search(name)),
    )


def personal(name: str) -> bool:
    """Tell whether what stands under a name is a person or a machine.

    >>> [personal(name) for name in ("author", "mlflow.user", "hostname", "n_users", "author_count")]
    [True, True, True, False, False]
    """
    return bool(_PERSON.search(name) or _MACHINE.search(name))


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the names in JSON under which texts stand, with them."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if isinstance(item, str):
                yield str(name), item
            else:
                yield from _pairs(item)
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for item in value:
            yield from _pairs(item)


def _spellings(name: str) -> Iterator[str]:
    """Yield a name, and of a full name its parts, of an address what stands before the ``@``."""
    name = name.strip()
    yield name
    yield from re.split(r"[\s,]+", name.partition("@")[0].replace(".", " ")) if re.search(r"[\s@.]", name) else ()


def _tells(name: str) -> bool:
    """Tell whether a name names somebody: one that code is made of, or that everybody has, is none."""
    return _SHORTEST <= len(name) <= _LONGEST and name.lower() not in _SHARED | _CODE and not name.isdigit()


def _this_person() -> Iterator[str]:
    with suppress(Exception):  # no account, no name
        yield getpass.getuser()
    with suppress(Exception):  # no such module on this system
        import pwd  # noqa: PLC0415 - of POSIX systems only

        account = pwd.getpwnam(getpass.getuser())
        yield account.pw_gecos.partition(",")[0]
        yield account.pw_dir.rstrip("/").rpartition("/")[2]


def _this_machine() -> Iterator[str]:
    yield platform.node()
