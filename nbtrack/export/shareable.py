"""Runs as others may see them: searched for secrets once more, by stricter rules, before they leave as a file."""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

from nbtrack.errors import ObjectMissing
from nbtrack.export.inlined import clean_inlined
from nbtrack.export.picture import NoPicture, clean_inline, is_picture, without_metadata
from nbtrack.model.document import RunDocument, Sources
from nbtrack.model.run import History, Run
from nbtrack.model.tagged import Json
from nbtrack.secret.address import without_home
from nbtrack.secret.strict import redact_strictly
from nbtrack.secret.walk import Names, Walk

_REMEMBERED: Final = (
    1_000_000  # bytes of an object: sources and environments come again with every run, pictures rarely
)


@dataclass(frozen=True, slots=True)
class Shareable:
    """What may leave: the runs without secrets, the ``title``, and in which runs how much was removed."""

    runs: Sequence[Run]
    title: str
    removed: dict[str, int]
    _cleaner: "_Cleaner"

    def text(self, text: str, place: str) -> str:
        """Return another text that leaves with the runs without secrets; ``place`` is where it stands, in words."""
        clean, found = self._cleaner.text(text)
        if found:
            self.removed[place] = self.removed.get(place, 0) + found
        return clean

    @property
    def notice(self) -> str:
        """What to tell the person, nothing when nothing was removed."""
        if not self.removed:
            return ""
        places = list(self.removed)
        named = ", ".join(places[:5]) + (f" and {len(places) - 5} more" if len(places) > 5 else "")
        count = sum(self.removed.values())
        what = "1 value that looks like a secret was" if count == 1 else f"{count} values that look like secrets were"
        return f"{what} left out of the page (in {named}); the store still has what it has"


def shareable(runs: Sequence[Run], title: str) -> Shareable:
    """Return ``runs`` as they may be handed on. If this fails, nothing is handed on."""
    cleaner = _Cleaner()
    heading, found = cleaner.text(title)
    removed = {"the title": found} if found else {}
    clean = []
    for run in runs:
        document, count = cleaner.document(run.document)
        if count:
            removed[run.short] = count
        clean.append(Run.from_document(document, partial(cleaner.history, run), _CleanObjects(run, cleaner, removed)))
    return Shareable(clean, heading, removed, cleaner)


class _Cleaner:
    """Cleans the texts of many runs, of which most are the same; names are called alike in all of them."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, int]] = {}
        self._names = Names(self.text)
        self._objects: dict[str, tuple[bytes, int]] = {}

    def text(self, text: str) -> tuple[str, int]:
        """Return a text without secrets and the home folder."""
        clean = self._seen.get(text)
        if clean is None:
            plain, inside = clean_inlined(text, self.text)
            told, found = redact_strictly(without_home(plain))
            clean = self._seen[text] = told, found + inside
        return clean

    def document(self, document: RunDocument) -> tuple[RunDocument, int]:
        """Return a run's document without secrets, and how many there were."""
        walk = Walk(self.text, self._names)
        facts: Any = {name: part for name, part in document.items() if name != "sources"}
        clean = cast("dict[str, Any]", walk.json(facts))
        clean["sources"] = _sources(document["sources"], walk)
        return cast("RunDocument", clean), walk.found

    def stored(self, run: Run, name: str) -> tuple[bytes, int]:
        """Return an object without secrets and how many there were; each is read and searched once."""
        if name in self._objects:
            return self._objects[name]
        clean = self._content(run.stored(name))
        if len(clean[0]) <= _REMEMBERED:
            self._objects[name] = clean
        return clean

    def _content(self, content: bytes) -> tuple[bytes, int]:
        """Return a picture without metadata, JSON without secrets in it, and anything else as the text it is."""
        if is_picture(content):
            with suppress(NoPicture):
                return without_metadata(content), 0
        text = clean_inline(content.decode("utf-8", "replace"))
        try:
            told: Json = json.loads(text)
        except (ValueError, RecursionError):
            clean, found = self.text(text)
        else:
            walk = Walk(self.text, self._names)
            safe, found = walk.json(told), walk.found
            clean = text if safe == told else json.dumps(safe)
        return clean.encode("utf-8", "replace"), found

    def history(self, run: Run, _: str, metric: str) -> History:
        """Return the series of a metric, by the name it has now."""
        before = {called: name for name, called in self._names.called.items()}
        return run.history(before.get(metric, metric))


class _CleanObjects:
    """The objects a run names - sources, patches, its environment - without secrets. Files stay where they are."""

    def __init__(self, run: Run, cleaner: _Cleaner, removed: dict[str, int]) -> None:
        self._run = run
        self._cleaner = cleaner
        self._removed = removed  # what is found when an object is read counts as well, once
        self._counted: set[str] = set()

    def read(self, name: str) -> bytes:
        """Return an object's text without secrets, or a picture without what is written in it beside the pixels."""
        clean, found = self._cleaner.stored(self._run, name)
        if found and name not in self._counted:
            self._counted.add(name)
            self._removed[self._run.short] = self._removed.get(self._run.short, 0) + found
        return clean

    def paths(self, name: str) -> tuple[str, ...]:
        """Return nothing: a page carries no files."""
        raise ObjectMissing(name)

    def save(self, name: str, to: Path, *, folder: bool) -> None:  # noqa: ARG002 - the port's signature
        """Make nothing: a page carries no files."""
        raise ObjectMissing(name)


def _sources(sources: Sources, walk: Walk) -> dict[str, Json]:
    """Return where values came from. Their names may be secret names; "argument" is no secret for all that."""
    parts: Iterable[tuple[str, dict[str, str]]] = cast("Any", sources).items()
    return {space: {walk.name(name): walk.text(text) for name, text in each.items()} for space, each in parts}
