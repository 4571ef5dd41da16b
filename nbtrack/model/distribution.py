"""What an installed distribution says of itself, read alike when a run records it and when it is compared later."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Final

NEEDED_BY_NBTRACK: Final = (  # to run a cell once more: in an environment because nbtrack asks for them
    *("blake3", "click", "gitpython", "ipython", "jinja2", "lark", "matplotlib-inline"),
    *("orjson", "psutil", "rich", "tinydb"),
)
_REQUIRES: Final = re.compile(rb"^Requires-Dist: *(.+?)\s*$", re.MULTILINE)
_REQUIREMENT: Final = re.compile(r"\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[(?P<extras>[^\]]*)\])?")
_EXTRA: Final = re.compile(r"""\bextra\s*==\s*['"]([^'"]+)['"]""")
_OF_INSTALLATION: Final = (b".dist-info/", b"__pycache__/")


def normal(name: str) -> str:
    """Return the name of a distribution as indexes compare it (PEP 503).

    >>> normal("Ruamel.YAML_clib")
    'ruamel-yaml-clib'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(metadata: bytes) -> dict[str, list[str]]:
    r"""Return which distributions a ``METADATA`` file asks for, by the extra they are asked for with; "" for always.

    Conditions other than extras are left out: what is asked for and not installed was not needed.

    >>> requirements(b'Name: a\nRequires-Dist: B.c>=1\nRequires-Dist: d[x]; extra == "more"\n\nThe text')
    {'': ['b-c'], 'more': ['d[x]']}
    """
    found: dict[str, list[str]] = {}
    for line in _REQUIRES.findall(metadata.partition(b"\n\n")[0]):
        text, _, condition = line.decode("utf-8", "replace").partition(";")
        asked = _REQUIREMENT.match(text)
        if asked:
            extras = f"[{','.join(sorted(map(normal, asked['extras'].split(','))))}]" if asked["extras"] else ""
            for extra in _EXTRA.findall(condition) or [""]:
                found.setdefault(normal(extra), []).append(normal(asked["name"]) + extras)
    return found


def closure(names: Iterable[str], requires: Mapping[str, Mapping[str, Iterable[str]]]) -> frozenset[str]:
    """Return the distributions ``names`` need, themselves included, as far as ``requires`` knows them.

    >>> sorted(closure(["a"], {"a": {"": ["b[x]"], "more": ["e"]}, "b": {"": ["c"], "x": ["d"]}, "d": {}}))
    ['a', 'b', 'd']
    """
    waiting, seen = list(names), set[str]()
    while waiting:
        asked = waiting.pop()
        if asked not in seen:
            seen.add(asked)
            name, _, extras = asked.rstrip("]").partition("[")
            groups = requires.get(name, {})
            waiting += [each for extra in ["", *filter(None, extras.split(","))] for each in groups.get(extra, ())]
    return frozenset(name for asked in seen if (name := asked.partition("[")[0]) in requires)


def files_digest(record: bytes) -> str:
    r"""Return what names the files that a ``RECORD`` lists, the same whoever installed them; empty when it lists none.

    Left out is what installing adds or writes anew: bookkeeping, compiled bytecode, and scripts, which name their
    interpreter. The digest is of the sorted lines ``path,sha256=…,size`` (the format of wheels, PEP 427).

    >>> files_digest(b"a.py,sha256=x,1\na-1.dist-info/INSTALLER,sha256=y,2\n../../../bin/a,sha256=z,3\n")
    'ec435f6221fb3c95f2096fe2b1d4eb2a'
    """
    lines = record.replace(b"\r\n", b"\n").split(b"\n")
    kept = sorted(line for line in lines if line and not _is_of_installation(line))
    return hashlib.sha256(b"\n".join(kept)).hexdigest()[:32] if kept else ""


def _is_of_installation(line: bytes) -> bool:
    return line.startswith((b"..", b'"..')) or any(part in line for part in _OF_INSTALLATION)
