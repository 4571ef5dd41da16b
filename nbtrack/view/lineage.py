"""What a card says of where a result came from: the verdicts on its inputs, and one quiet line of context."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from nbtrack.model.run import Artifact, Run

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
    verdicts: Sequence[Any] = run.slice["verdicts"]  # as they were recorded: a document may come from anywhere
    said = [str(each.get("text", "")) for each in verdicts if isinstance(each, dict) and each.get("kind") != _CLEAN]
    if not said:
        return []
    texts = list(dict.fromkeys(said))
    rest = len(texts) - _MOST_VERDICTS
    if rest > 0:
        texts[_MOST_VERDICTS - 1] += f", and {rest} more doubt{'s'[: rest > 1]}"
    return [_pieces(text) for text in texts[:_MOST_VERDICTS]]


def context(run: Run) -> list[Fact]:
    """Return the items of the context line: inputs, commit, files, outputs, seeds, packages."""
    code, environment = run.code, run.environment
    facts = _clean(run.slice["verdicts"])
    if code.get("commit") or code.get("branch"):
        facts += _commit(code)
    if data := run.data:
        facts += _files(data)
    if run.artifacts:
        facts += _outputs(run.artifacts)
    if "rng" in environment:
        facts += _seeds(environment["rng"])
    if imported := environment.get("imported"):
        facts += _packages(imported)
    return facts


def lineage_text(
    run: Run, doubted: Sequence[Sequence[Piece]] | None = None, told: Sequence[Fact] | None = None
) -> list[str]:
    """Return both as lines of plain text; ``doubted`` and ``told`` are what they say, where that is known already."""
    sentences = doubts(run) if doubted is None else doubted
    lines = [f"⚠ {''.join(map(_quoted, sentence))}" for sentence in sentences] if sentences else []
    if facts := context(run) if told is None else told:
        lines.append(" · ".join([fact.text for fact in facts]))
    return lines


def _pieces(text: str) -> list[Piece]:
    return [Piece(part, bool(place % 2)) for place, part in enumerate(text.split("`")) if part]


def _quoted(piece: Piece) -> str:
    return f"`{piece.text}`" if piece.code else piece.text


def _clean(verdicts: Sequence[Any]) -> list[Fact]:
    if verdicts and isinstance(verdicts[0], dict) and verdicts[0].get("kind") == _CLEAN:
        return [Fact("✓ clean", str(verdicts[0].get("text", "")).removeprefix("clean: "), "clean")]
    return []


def _commit(code: Mapping[str, Any]) -> list[Fact]:
    commit, branch = str(code.get("commit") or "")[:7], str(code.get("branch") or "")
    where = f"{branch}@{commit}" if branch and commit else branch or commit
    changed = code.get("changed")
    dirty = code.get("dirty") is True
    count = f"{len(changed)} files changed since; " if dirty and isinstance(changed, Mapping) else ""
    told = Fact(where, f"{count}{code.get('remote') or code.get('repository') or ''}".strip("; "), "code")
    return [told, Fact("dirty", "the working tree differs from the commit", "dirty")] if dirty else [told]


def _files(data: Iterable[Mapping[str, Any]]) -> list[Fact]:
    files = [each for each in data if each.get("kind") in {"file", "folder", "url"} and each.get("path")]
    if not files:
        return []
    read = dict.fromkeys(str(each["path"]) for each in files if "read" in str(each.get("mode")))
    written = dict.fromkeys(str(each["path"]) for each in files if "write" in str(each.get("mode")))
    told = {
        "reads": [path for path in read if path not in written],
        "writes": [path for path in written if path not in read],
        "writes and reads": [path for path in written if path in read],
    }
    return [Fact(f"{verb} {_listed(paths)}", "\n".join(paths[:20])) for verb, paths in told.items() if paths]


def _listed(paths: Sequence[str]) -> str:
    names = [os.path.basename(path.replace("\\", "/").rstrip("/")) or path for path in paths]  # noqa: PTH119 - a recorded text, no path
    rest = len(names) - _MOST_FILES
    return ", ".join(names[:_MOST_FILES]) + (f" +{rest}" if rest > 0 else "")


def _outputs(artifacts: Iterable[Artifact]) -> list[Fact]:
    kept = [artifact.name for artifact in artifacts if artifact.name.startswith("outputs/")]
    return [Fact(f"{len(kept)} output{'s'[: len(kept) > 1]} kept", _names(kept))] if kept else []


def _seeds(states: Any) -> list[Fact]:
    if not isinstance(states, Mapping):
        return []
    if states.get("unseeded") is True and states.get("drawn"):
        return [Fact("unseeded", "random numbers were drawn without a seed; another run may differ", "unseeded")]
    said = {name: str(state) for name, state in states.items() if str(state).startswith("seeded")}
    if not said:
        return []
    words = set(said.values())
    text = words.pop() if len(words) == 1 else "seeded"
    return [Fact(text, ", ".join([f"{name} {state}" for name, state in said.items()]))]


def _packages(imported: Any) -> list[Fact]:
    if not isinstance(imported, Mapping):
        return []
    more = _names([f"{name} {version}" for name, version in imported.items()])
    return [Fact(f"{len(imported)} package{'s'[: len(imported) > 1]}", more)]


def _names(names: Iterable[str]) -> str:
    """Return names for pointing at; a saved notebook carries this text with every card."""
    found = list(names)
    rest = len(found) - 8
    return ", ".join(found[:8]) + (f" +{rest}" if rest > 0 else "")
