"""What a card says of where a result came from: the verdicts on its inputs, and one quiet line of context."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from nbtrack.model.run import Run

_MOST_VERDICTS: Final = 2
_MOST_FILES: Final = 2
_CLEAN: Final = "clean"


class Fact(NamedTuple):
    """One item of the context line; ``more`` is shown when one points at it, ``kind`` is what it is drawn as."""

    text: str
    more: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a sentence; names of variables are set as code."""

    text: str
    code: bool


def doubts(run: Run) -> list[list[Piece]]:
    """Return what speaks against trusting the run's inputs, the worst first, as sentences in pieces."""
    texts = _doubts(run)
    rest = len(texts) - _MOST_VERDICTS
    if rest > 0:
        texts[_MOST_VERDICTS - 1] += f", and {rest} more doubt{'s'[: rest > 1]}"
    return [_pieces(text) for text in texts[:_MOST_VERDICTS]]


def context(run: Run) -> list[Fact]:
    """Return the items of the context line: inputs, commit, files, outputs, seeds, packages."""
    return [*_clean(run), *_commit(run.code), *_files(run), *_outputs(run), *_seeds(run.environment), *_packages(run)]


def lineage_text(
    run: Run, doubted: Sequence[Sequence[Piece]] | None = None, told: Sequence[Fact] | None = None
) -> list[str]:
    """Return both as lines of plain text; ``doubted`` and ``told`` are what they say, where that is known already."""
    sentences = doubts(run) if doubted is None else doubted
    lines = [f"⚠ {''.join(_quoted(piece) for piece in sentence)}" for sentence in sentences]
    facts = " · ".join([fact.text for fact in (context(run) if told is None else told)])
    return [*lines, facts] if facts else lines


def _verdicts(run: Run) -> Sequence[Any]:
    """Return the verdicts as they were recorded: a document may come from anywhere."""
    return run.slice["verdicts"]


def _doubts(run: Run) -> list[str]:
    said = (each for each in _verdicts(run) if isinstance(each, Mapping) and each.get("kind") != _CLEAN)
    return list(dict.fromkeys(str(each.get("text", "")) for each in said))


def _pieces(text: str) -> list[Piece]:
    return [Piece(part, bool(place % 2)) for place, part in enumerate(text.split("`")) if part]


def _quoted(piece: Piece) -> str:
    return f"`{piece.text}`" if piece.code else piece.text


def _clean(run: Run) -> Iterator[Fact]:
    for each in _verdicts(run)[:1]:
        if isinstance(each, Mapping) and each.get("kind") == _CLEAN:
            yield Fact("✓ clean", str(each.get("text", "")).removeprefix("clean: "), "clean")


def _commit(code: Mapping[str, Any] | None) -> Iterator[Fact]:
    if not code or not ("commit" in code or "branch" in code):
        return
    commit, branch = str(code.get("commit") or "")[:7], str(code.get("branch") or "")
    where = "@".join(filter(None, (branch, commit)))
    if where:
        changed = code.get("changed")
        dirty = code.get("dirty") is True
        count = f"{len(changed)} files changed since; " if dirty and isinstance(changed, Mapping) else ""
        yield Fact(where, f"{count}{code.get('remote') or code.get('repository') or ''}".strip("; "), "code")
        if dirty:
            yield Fact("dirty", "the working tree differs from the commit", "dirty")


def _files(run: Run) -> Iterator[Fact]:
    files = [each for each in run.data if each.get("kind") in {"file", "folder", "url"} and each.get("path")]
    read = dict.fromkeys(str(each["path"]) for each in files if "read" in str(each.get("mode")))
    written = dict.fromkeys(str(each["path"]) for each in files if "write" in str(each.get("mode")))
    told = {
        "reads": [path for path in read if path not in written],
        "writes": [path for path in written if path not in read],
        "writes and reads": [path for path in written if path in read],
    }
    for verb, paths in told.items():
        if paths:
            yield Fact(f"{verb} {_listed(paths)}", "\n".join(paths[:20]))


def _listed(paths: Sequence[str]) -> str:
    names = [os.path.basename(path.replace("\\", "/").rstrip("/")) or path for path in paths]  # noqa: PTH119 - a recorded text, no path
    rest = len(names) - _MOST_FILES
    return ", ".join(names[:_MOST_FILES]) + (f" +{rest}" if rest > 0 else "")


def _outputs(run: Run) -> Iterator[Fact]:
    kept = [artifact.name for artifact in run.artifacts if artifact.name.startswith("outputs/")]
    if kept:
        yield Fact(f"{len(kept)} output{'s'[: len(kept) > 1]} kept", _names(kept))


def _seeds(environment: Mapping[str, Any] | None) -> Iterator[Fact]:
    states = (environment or {}).get("rng")
    if not isinstance(states, Mapping):
        return
    if states.get("unseeded") is True and states.get("drawn"):
        yield Fact("unseeded", "random numbers were drawn without a seed; another run may differ", "unseeded")
        return
    said = {name: str(state) for name, state in states.items() if str(state).startswith("seeded")}
    if said:
        words = set(said.values())
        text = words.pop() if len(words) == 1 else "seeded"
        yield Fact(text, ", ".join(f"{name} {state}" for name, state in said.items()))


def _packages(run: Run) -> Iterator[Fact]:
    environment = run.environment or {}
    imported = environment.get("imported")
    if isinstance(imported, Mapping) and imported:
        more = _names([f"{name} {version}" for name, version in imported.items()])
        yield Fact(f"{len(imported)} package{'s'[: len(imported) > 1]}", more)


def _names(names: Iterable[str]) -> str:
    """Return names for pointing at; a saved notebook carries this text with every card."""
    found = list(names)
    rest = len(found) - 8
    return ", ".join(found[:8]) + (f" +{rest}" if rest > 0 else "")
