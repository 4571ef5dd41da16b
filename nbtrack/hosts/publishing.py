"""``nbtrack.publish``: a report put where others open it, searched for secrets once more before it leaves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from os import PathLike, fspath
from pathlib import Path
from typing import Final

from nbtrack.errors import UsageError
from nbtrack.report.origin import read_origin
from nbtrack.report.rescan import Suspect, secrets_in
from nbtrack.report.seal import is_sealed
from nbtrack.report.verifying import content_of
from nbtrack.share.publish.published import Published

_TITLE: Final = re.compile(r"<title>([^<]{0,500})</title>")
_TOLD: Final = 5  # places of secrets
_NAME: Final = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a file found: its bytes, its title, what a person should agree to, and what looks secret."""

    content: bytes
    title: str
    doubts: tuple[str, ...]
    secrets: tuple[Suspect, ...]


def publish(
    report: str | PathLike[str],
    target: str | PathLike[str],
    *,
    push: bool = False,
    remote: str = "",
    name: str = "",
    yes: bool = False,
) -> Published:
    """Put a report where others open it, and return the address.

    The file is searched for secrets once more. Nothing is sent over a network unless ``target`` is an address, or
    ``push`` says so.

    Args:
        report: an HTML file, made by ``nbtrack.report``.
        target: a folder, an address that fsspec knows (``s3://bucket/reports/``), or ``git:BRANCH[/FOLDER]`` for a
            branch of the repository around the working directory, such as ``git:gh-pages``.
        push: also send the branch to the remote.
        remote: which one; by default ``origin``.
        name: what the file is called there; by default its own name.
        yes: also a file that is not nbtrack's report, or that was changed since it was written.

    >>> import nbtrack, pathlib, tempfile
    >>> folder, store = pathlib.Path(tempfile.mkdtemp()), nbtrack.MemoryStore()
    >>> with nbtrack.start_run("example", store=store) as opened:
    ...     opened.log(f1=0.9)
    >>> made = nbtrack.report(nbtrack.runs(store=store), folder / "report.html")
    >>> (folder / "public").mkdir()
    >>> nbtrack.publish(folder / "report.html", folder / "public").address.rpartition("/")[2]
    'report.html'

    Raises:
        UsageError: it holds what looks like a secret; it is no unchanged report and ``yes`` was not said; the target
            cannot be understood, or is not there.
        RemoteError: the place cannot be reached or written.
    """
    path = Path(report)
    looked = look(path)
    if looked.secrets:
        raise UsageError(secret_words(path, looked.secrets))
    if looked.doubts and not yes:
        raise UsageError(f"{'; '.join(looked.doubts)}; look at it, and say yes=True to publish it all the same")
    return send(looked, path, fspath(target), push=push, remote=remote, name=name)


def look(path: Path) -> Looked:
    """Read a file and judge it.

    Raises:
        UsageError: it cannot be read as text, or there is none.
    """
    content = content_of(path)
    try:
        page = content.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{str(path)[:200]!r} is no HTML page: it is not UTF-8 text") from None
    found = _TITLE.search(page, 0, 100_000)
    title = " ".join(unescape(found[1]).split()) if found else path.stem
    return Looked(content, title, tuple(_doubts(path, content, page)), tuple(secrets_in(page)))


def _doubts(path: Path, content: bytes, page: str) -> list[str]:
    told = str(path)[:200]
    try:
        read_origin(page)
    except UsageError:
        return [f"{told} is not a report of nbtrack"]
    return [] if is_sealed(content) else [f"{told} was changed after nbtrack wrote it"]


def secret_words(path: Path, suspects: Sequence[Suspect]) -> str:
    """Return what to say of a file that holds secrets: where they are, and by which rule each looks like one."""
    count = len(suspects)
    what = "1 value that looks like a secret" if count == 1 else f"{count:,} values that look like secrets"
    told = "; ".join(map(str, suspects[:_TOLD])) + (f"; and {count - _TOLD:,} more" if count > _TOLD else "")
    return (
        f"{str(path)[:200]} holds {what}, and was not published: {told}. Make the report again, which leaves out what "
        "its records hold; take out the rest where it comes from"
    )


def send(looked: Looked, path: Path, target: str, *, push: bool, remote: str, name: str) -> Published:
    """Put a file that was looked at where it goes.

    Raises:
        UsageError, RemoteError: as ``publish``.
    """
    from nbtrack.share.publish.branch import branch_of, publish_on  # noqa: PLC0415 - git only where a branch is named
    from nbtrack.share.publish.place import publish_to  # noqa: PLC0415 - fsspec only where an address is

    called = _NAME.sub("-", name or path.name).strip("-.") or "report.html"
    branch = branch_of(target)
    if branch is not None:
        return publish_on(looked.content, called, looked.title, branch, Path.cwd(), push=push, remote=remote)
    if push:
        raise UsageError("--push belongs to a branch (git:gh-pages); any other place is written at once")
    return publish_to(looked.content, called, target)
