"""Reading what DVC writes about files: ``.dvc`` files and ``dvc.lock``, the part of YAML that they are written in.

These files are made by a machine, in block style, with plain or quoted scalars. What else YAML can say is passed over,
never executed, and never an error: a pointer that cannot be read is a pointer that is not there.

>>> for out in entries('''outs:
... - md5: a304afb96060aad90176268345e10355
...   size: 12
...   hash: md5
...   path: data.xml
... '''):
...     print(out)
{'md5': 'a304afb96060aad90176268345e10355', 'size': '12', 'hash': 'md5', 'path': 'data.xml'}
"""

import json
import re
from collections.abc import Iterator
from typing import Final

_LINE: Final = re.compile(r"( *)((?:- +)*)(?:([\w.@/+-]+|'[^']*'|\"[^\"]*\") *:(?: +(.*))?|(.*))")


def entries(text: str) -> Iterator[dict[str, str]]:
    """Yield the members of each entry with a ``path``, wherever it stands: those under ``deps``, then ``outs``."""
    found = [(section, entry) for section, entry in _items(text) if "path" in entry]
    for wanted in ("deps", "outs"):
        yield from (entry for section, entry in found if section == wanted)


def working_folder(text: str) -> str:
    """Return what the paths of a ``.dvc`` file are relative to, itself relative to the file."""
    found = re.search(r"^wdir: +(.+?) *$", text, re.MULTILINE)
    return _scalar(found[1]) if found else "."


def _items(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the mappings that are items of a list, with the name of the list."""
    reader = _Reader()
    for line in text.split("\n"):
        found = _LINE.fullmatch(line.rstrip(" \r"))
        if found is not None and line.strip(" \r") and not line.lstrip(" ").startswith("#"):
            spaces, dashes, name, value, rest = found.groups()
            reader.take(len(spaces) + len(dashes), name, value or "", rest or "", is_item=bool(dashes))
    reader.finish()
    return iter(reader.found)


class _Reader:
    """Goes through the lines of a file, keeping track of which list and which item of it they belong to."""

    def __init__(self) -> None:
        self.found: list[tuple[str, dict[str, str]]] = []
        self._sections: list[tuple[int, str]] = []  # names that have something below them, with their columns
        self._item: dict[str, str] = {}
        self._column = -1  # of the names in the item; none is open below 0
        self._last = ""

    def take(self, column: int, name: str | None, value: str, rest: str, *, is_item: bool) -> None:
        """Take a line: ``name: value``, or the rest of a scalar that was too long for the line before."""
        if name is None:
            if column > self._column >= 0 and self._last:
                self._item[self._last] += f" {rest}"
            return
        self._last = ""
        if self._column >= 0 and (column < self._column or (is_item and column == self._column)):
            self.finish()
        if is_item and self._column < 0:
            self._column = column
        if self._column < 0:
            self._sections = [*(each for each in self._sections if each[0] < column), (column, _scalar(name))]
        elif column == self._column and value:
            self._last = _scalar(name)
            self._item[self._last] = value

    def finish(self) -> None:
        """Close the item that is open."""
        if self._item:
            section = self._sections[-1][1] if self._sections else ""
            self.found.append((section, {name: _scalar(value) for name, value in self._item.items()}))
        self._item, self._column, self._last = {}, -1, ""


def _scalar(text: str) -> str:
    """Return a scalar's text. Numbers stay text: which they are is known by their names."""
    text = text.strip(" ")
    if text.startswith("'") and text.endswith("'") and len(text) > 1:
        return text[1:-1].replace("''", "'")
    if text.startswith('"'):
        try:
            return str(json.loads(text))
        except ValueError:
            return text
    return text.split(" #", 1)[0].rstrip(" ")
