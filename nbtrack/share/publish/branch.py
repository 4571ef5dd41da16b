"""Publishing a file as a commit on a branch of the enclosing repository, such as ``gh-pages``.

The commit is made without a checkout: the person's worktree, index and hooks have no part in it. History is kept, and
what others published meanwhile stays: their commit becomes a parent, and both lists of reports one.
"""

import os
import re
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nbtrack.errors import RemoteError, UsageError
from nbtrack.secret.address import clean_url
from nbtrack.share.publish.listing import INDEX, LIST, Entry, index_page, is_ours, joined, list_text, read_list
from nbtrack.share.publish.plumbing import HEADS, Git, Rejected, repository_at
from nbtrack.share.publish.published import Published
from nbtrack.share.publish.web import pages_address

_TRIES: Final = 8
_NAME: Final = re.compile(
    r"(?!HEAD$)[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?"
)  # as git takes them, and no HEAD
_WORD: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._ -]{0,99}(?<![. ])")
_PREFIX: Final = "git:"
_PLAIN: Final = ".nojekyll"  # GitHub shows the files of a branch that has it as they are


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch, and the folder in it that reports go to; empty for its top."""

    name: str
    folder: str = ""

    @property
    def ref(self) -> str:
        """The branch's full name."""
        return HEADS + self.name

    def path(self, name: str) -> str:
        """Return the path of a file of the folder."""
        return f"{self.folder}/{name}" if self.folder else name


def branch_of(target: str) -> Branch | None:
    """Return the branch that ``git:BRANCH[/FOLDER]`` names; None for any other target.

    >>> branch_of("git:gh-pages/reports/2026"), branch_of("s3://bucket/x")
    (Branch(name='gh-pages', folder='reports/2026'), None)

    Raises:
        UsageError: it is no name of a branch, or no folder in it.
    """
    if not target.startswith(_PREFIX):
        return None
    name, *folders = target.removeprefix(_PREFIX).rstrip("/").split("/")
    for word in (name, *folders):
        if not _WORD.fullmatch(word) or ".." in word or word.lower().endswith((".lock", ".git")):
            raise UsageError(f"{target[:100]!r} names no branch and folder; write git:gh-pages or git:gh-pages/reports")
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name[:80]!r} can be no branch; write git:gh-pages or git:gh-pages/reports")
    return Branch(name, "/".join(folders))


def publish_on(
    content: bytes, name: str, title: str, branch: Branch, start: Path, *, push: bool = False, remote: str = ""
) -> Published:
    """Commit a file to a branch of the repository around ``start``, and push it when asked.

    Args:
        content: the file's bytes.
        name: what it is called in the branch's folder; one of the same name is replaced, and stays in the history.
        title: what the list of reports calls it.
        branch: where it goes; it is made when there is none.
        start: a folder in the repository.
        push: send the branch to the remote; otherwise nothing leaves this machine.
        remote: the remote's name; by default the only one, or ``origin``.

    Raises:
        UsageError: there is no repository, the branch is checked out, or git does not know who commits.
        RemoteError: git failed, or the remote refuses what is pushed.
    """
    with repository_at(start) as git:
        if branch.ref in git.checked_out():
            raise UsageError(
                f"{branch.name} is checked out in a worktree, which would not follow; switch to another branch there"
            )
        called, url = _remote(git, remote)
        if push and not url:
            raise UsageError("there is no remote to push to; add one: git remote add origin URL")
        entry = Entry(name, title or name, time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()))
        made = (
            _pushed(git, branch, content, entry, url, called)
            if push
            else _committed(git, branch, content, entry, called)
        )
    commit, note = made
    address = pages_address(url, branch.path(name)) or f"{clean_url(url) or start}#{branch.name}:{branch.path(name)}"
    command = "" if push else f"git push {called or 'REMOTE'} {branch.name}"
    place = f"{branch.name}:{branch.path(name)}"
    return Published(place, address, commit, branch.name, push, command, note)


def _remote(git: Git, asked: str) -> tuple[str, str]:
    """Return the name and address of the remote; both empty where there is none."""
    if asked and not _WORD.fullmatch(asked):
        raise UsageError(f"{asked[:80]!r} is no name of a remote")
    for name in (asked,) if asked else ("origin", "upstream"):
        url = git.setting(f"remote.{name}.pushurl") or git.setting(f"remote.{name}.url")
        if url.startswith("-"):
            raise UsageError(f"the address of the remote {name} begins with a dash, which git could take for an option")
        if url:
            return name, _absolute(url, git.repository.top)
    if asked:
        raise UsageError(f"the repository has no remote {asked}; `git remote -v` lists them")
    return "", ""


def _absolute(url: str, top: Path) -> str:
    """A path in the configuration counts from the top of the worktree, and git is run elsewhere."""
    is_path = "://" not in url and (":" not in url.partition("/")[0] or os.path.isabs(url))  # noqa: PTH117 - text
    return str(top / url) if is_path else url


def _committed(git: Git, branch: Branch, content: bytes, entry: Entry, remote: str) -> tuple[str, str]:
    """Commit to the local branch, which begins where the remote's was last seen."""
    for _ in range(_TRIES):
        tip = git.tip(branch.ref)
        base = tip or (git.tip(f"refs/remotes/{remote}/{branch.name}") if remote else "")
        commit, note = _made(git, branch, content, entry, tuple(filter(None, (base,))))
        if git.move(branch.ref, commit, tip):
            return commit, note
    raise RemoteError(f"{branch.name} changes faster than it can be committed to; try again")


def _pushed(git: Git, branch: Branch, content: bytes, entry: Entry, url: str, remote: str) -> tuple[str, str]:
    """Commit on top of what the remote has now, with what is only here, and push; again when somebody was faster."""
    for turn in range(_TRIES):
        tip, theirs = git.tip(branch.ref), git.remote_tip(url, branch.ref)
        commit, note = _made(git, branch, content, entry, _parents(git, theirs, tip))
        try:
            git.push(url, commit, branch.ref)
        except Rejected:
            time.sleep(0.05 * 2**turn)
            continue
        if not git.move(branch.ref, commit, tip):
            note = f"{note} The branch here moved meanwhile: git fetch {remote} {branch.name}".strip()
        return commit, note
    raise RemoteError(f"others push to {branch.name} all the time; try again in a moment")


def _parents(git: Git, theirs: str, ours: str) -> tuple[str, ...]:
    if not theirs or not ours or theirs == ours:
        return tuple(filter(None, (theirs or ours,)))
    if git.is_ancestor(ours, theirs):
        return (theirs,)
    return (ours,) if git.is_ancestor(theirs, ours) else (theirs, ours)


def _made(git: Git, branch: Branch, content: bytes, entry: Entry, parents: tuple[str, ...]) -> tuple[str, str]:
    """Make the commit: the first parent's files, what only others have, the report, the list and the index."""
    trees = [git.files(parent) for parent in parents]
    base = trees[0] if trees else {}
    for tree in trees:
        _make_sure_of_place(branch, entry.file, tree)
    changed = {path: blob for tree in trees[1:] for path, blob in tree.items() if path not in base}
    lists = [read_list(git.content(tree[branch.path(LIST)])) for tree in trees if branch.path(LIST) in tree]
    entries = joined([*lists, {entry.file: entry}])
    changed[branch.path(entry.file)] = git.blob(content)
    changed[branch.path(LIST)] = git.blob(list_text(entries))
    if _PLAIN not in base:
        changed[_PLAIN] = git.blob(b"")
    note, index = "", branch.path(INDEX)
    if entry.file == INDEX:
        note = "It is the page that the folder shows now, in place of a list of its reports."
    elif index in base and not is_ours(git.content(base[index])):
        note = f"{index} was there already and is not nbtrack's, so it does not list this report."
    else:
        changed[index] = git.blob(index_page(entries, "Reports"))
    message = f"Publish {entry.file}\n"
    return git.commit(parents[0] if parents else "", changed, parents, message, _who(git)), note


def _make_sure_of_place(branch: Branch, name: str, files: Collection[str]) -> None:
    """Refuse what would take another thing's place on the branch: its list, a file by a folder, a folder by a file."""
    path = branch.path(name)
    parts = path.split("/")
    above = next((each for at in range(1, len(parts)) if (each := "/".join(parts[:at])) in files), "")
    if above:
        raise UsageError(f"{above[:200]!r} is a file on {branch.name}, and nothing can be published in it")
    if name == LIST:
        raise UsageError(f"{LIST} is the list of what was published; name the file otherwise with --name")
    if any(each.startswith(f"{path}/") for each in files):
        raise UsageError(f"{path[:200]!r} is a folder on {branch.name}; name the file otherwise with --name")


def _who(git: Git) -> dict[str, str]:
    told = {}
    for what, setting in (("NAME", "user.name"), ("EMAIL", "user.email")):
        for role in ("AUTHOR", "COMMITTER"):
            name = f"GIT_{role}_{what}"
            told[name] = os.environ.get(name) or git.setting(setting)
            if not told[name]:
                raise UsageError(f'git does not know who commits; tell it: git config {setting} "…"')
    return told
