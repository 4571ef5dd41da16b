"""Runs as somebody may see them who must not know whose they are: for reviewers, or the public."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

from nbtrack.errors import NbtrackError, ObjectMissing
from nbtrack.export.picture import is_picture
from nbtrack.model.document import RunDocument
from nbtrack.model.run import History, Run
from nbtrack.report.anonymizing import PERSON, Anonymizer
from nbtrack.report.identities import identities, personal
from nbtrack.report.shown import showable
from nbtrack.secret.walk import Names

_VERSIONS: Final = frozenset({"packages", "imported", "version", "python"})
_ENDLESS: Final = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_MAIN: Final = frozenset({"main", "master", "develop", "trunk"})
_LARGEST: Final = 2_000_000  # bytes of an object that is searched for names beforehand


@dataclass(frozen=True, slots=True)
class Anonymous:
    """The runs without who and where, what does the same to any other text, and how much it hid, by kind."""

    runs: Sequence[Run]
    cleaner: Anonymizer

    def text(self, text: str) -> str:
        """Return another text that leaves with the runs without who and where."""
        return self.cleaner.text(text)

    @property
    def hidden(self) -> Counter[str]:
        """How much was hidden so far, by the word that stands for it."""
        return self.cleaner.hidden


def anonymous(runs: Sequence[Run], texts: Sequence[str] = ()) -> Anonymous:
    """Return ``runs`` without users, hosts, paths, remotes and e-mail addresses, in their objects as well.

    Args:
        runs: any runs, with their store behind them.
        texts: other texts that leave with them, which may give away names.
    """
    documents = [run.document for run in runs]
    known = identities(
        [*texts, *("\n".join(_strings(each)) for each in documents), *_objects(runs)],
        [(each["tags"], each["params"], each["code"], each["hardware"], _authors(each)) for each in documents],
    )
    cleaner = Anonymizer(known)
    names, numbers = Names(cleaner.counted), _Numbers()
    return Anonymous([_anonymous(run, cleaner, names, numbers) for run in runs], cleaner)


def _strings(value: Any) -> Iterator[str]:
    """Yield every text in a document, names among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield str(name)
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


def _authors(document: RunDocument) -> list[dict[str, str]]:
    return [{"author": said["by"]} for said in document.get("comments", ())]


def _anonymous(run: Run, cleaner: Anonymizer, names: Names, numbers: "_Numbers") -> Run:
    walk = _Walk(cleaner, names)
    document = cast("dict[str, Any]", walk.json(cast("Any", run.document)))
    if isinstance(code := document.get("code"), dict):
        _hide_code(code, numbers)
    if isinstance(surroundings := document.get("environment"), dict):
        _hide_place(surroundings)
    if isinstance(notebook := document.get("notebook"), str):
        document["notebook"] = re.split(r"[\\/]", notebook)[-1]
    return Run.from_document(
        cast("Any", document), partial(_history, run, names), _AnonymousObjects(run, cleaner, names)
    )


def _hide_code(code: dict[str, Any], numbers: "_Numbers") -> None:
    """Commits can be searched for, branches and repositories are called after people and projects."""
    for name in ("remote", "repository"):
        code.pop(name, None)
    if code.get("commit"):
        code["commit"] = numbers.called(str(code["commit"]), "commit")
    if code.get("branch") and code["branch"] not in _MAIN:
        code["branch"] = numbers.called(str(code["branch"]), "branch")


def _hide_place(surroundings: dict[str, Any]) -> None:
    if isinstance(executable := surroundings.get("executable"), str):
        surroundings["executable"] = re.split(r"[\\/]", executable)[-1]
    if isinstance(container := surroundings.get("container"), dict):
        container.pop("id", None)
        if isinstance(image := container.get("image"), str):
            container["image"] = re.split(r"[\\/]", image)[-1]


def _history(run: Run, names: Names, _: str, metric: str) -> History:
    before = {called: name for name, called in names.called.items()}
    return run.history(before.get(metric, metric))


def _objects(runs: Sequence[Run]) -> Iterator[str]:
    """Yield the texts that the runs keep and a report may show, each once."""
    owners = {name: run for run in runs for name in _names(run)}
    for name, run in owners.items():
        with suppress(NbtrackError):
            content = run.stored(name)
            if not is_picture(content):
                yield content[:_LARGEST].decode("utf-8", "replace")


def _names(run: Run) -> Iterator[str]:
    """Yield the names of the objects that a report of the run may read."""
    executions: Sequence[Any] = run.slice["executions"]
    yield from (
        each["source"] for each in executions if isinstance(each, Mapping) and isinstance(each.get("source"), str)
    )
    yield from (name for name in (run.environment.get("sha256"), run.code.get("patch")) if isinstance(name, str))
    yield from (each.object for each in showable(run) if each.size <= _LARGEST)


class _Walk:
    """One JSON value on its way to being anonymous: versions stay as they are, whoever stands under a name goes."""

    def __init__(self, cleaner: Anonymizer, names: Names) -> None:
        self._cleaner = cleaner
        self._names = names

    def json(self, value: Any, name: str = "") -> Any:
        """Return the value without who and where; ``name`` is what it stands under."""
        if isinstance(value, str):
            return self._text(value, name)
        if isinstance(value, Mapping):
            return {self._names.clean(key)[0]: self._item(key, item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.json(item, name) for item in value]
        return value

    def _item(self, name: str, value: Any) -> Any:
        if name in _VERSIONS and isinstance(value, Mapping):  # a package may be called after who wrote it
            return {self._names.clean(key)[0]: self.json(version, name) for key, version in value.items()}
        return self.json(value, name)

    def _text(self, value: str, name: str) -> str:
        if name == "by" or personal(name):
            self._cleaner.hidden[PERSON] += bool(value)
            return PERSON if value else ""
        return self._cleaner.names(value) if name in _VERSIONS else self._cleaner.text(value)


class _Numbers:
    """What is told of things that must not be named: ``commit 1``, ``commit 2``, the same for the same."""

    def __init__(self) -> None:
        self._called: dict[str, dict[str, str]] = {}

    def called(self, value: str, kind: str) -> str:
        """Return what a thing is called."""
        known = self._called.setdefault(kind, {})
        return known.setdefault(value, f"{kind} {len(known) + 1}")


class _AnonymousObjects:
    """The objects a run names, without who and where; pictures as they are, which have no metadata by now."""

    def __init__(self, run: Run, cleaner: Anonymizer, names: Names) -> None:
        self._run = run
        self._cleaner = cleaner
        self._walk = _Walk(cleaner, names)

    def read(self, name: str) -> bytes:
        """Return an object's content without who and where."""
        content = self._run.stored(name)
        if is_picture(content):
            return content
        text = _ENDLESS.sub("", content.decode("utf-8", "replace"))
        try:
            told = json.loads(text)
        except (ValueError, RecursionError):
            return self._cleaner.text(text).encode("utf-8", "replace")
        safe = self._walk.json(told)
        return (text if safe == told else json.dumps(safe)).encode("utf-8", "replace")

    def paths(self, name: str) -> tuple[str, ...]:
        """Return nothing: a page carries no files."""
        raise ObjectMissing(name)

    def save(self, name: str, to: Path, *, folder: bool) -> None:  # noqa: ARG002 - the port's signature
        """Make nothing: a page carries no files."""
        raise ObjectMissing(name)
