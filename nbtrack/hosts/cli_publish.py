"""``nbtrack publish FILE TARGET``: a report put where others open it; prints the address."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nbtrack.errors import UsageError
from nbtrack.query.caret import shown

if TYPE_CHECKING:
    from nbtrack.hosts.cli import Terminal


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("target", metavar="[URL | FOLDER | git:BRANCH[/FOLDER]]", required=False)
@click.option("--gh-pages", is_flag=True, help="The same as git:gh-pages.")
@click.option("--push", is_flag=True, help="Send the branch to the remote; otherwise the command for it is said.")
@click.option("--remote", default="", help="Which remote; by default origin.")
@click.option("--name", default="", help="What the file is called there; by default its own name.")
@click.option("-y", "--yes", is_flag=True, help="Also a file that is no report, or was changed since it was written.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/json-format.md).")
@click.pass_obj
def publish(
    terminal: "Terminal",
    file: Path,
    target: str | None,
    *,
    gh_pages: bool,
    push: bool,
    remote: str,
    name: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Put a report where others open it: a folder, an address such as s3://bucket/reports/, or a branch of git.

    The file is searched for secrets once more; found ones stop it. A commit on a branch is made without touching your
    worktree, and stays here until you push it.
    Exit codes: 0 done, 2 usage error or not agreed to, 3 the place cannot be written.
    """
    from nbtrack.hosts.publishing import look, secret_words, send  # noqa: PLC0415 - --help answers at once

    if bool(target) == gh_pages:
        raise UsageError("say where to: a folder, an address such as s3://bucket/reports/, or git:gh-pages")
    looked = look(file)
    if looked.secrets:
        raise UsageError(secret_words(file, looked.secrets))
    if looked.doubts and not yes:
        _agree(looked.doubts)
    done = send(looked, file, target or "git:gh-pages", push=push, remote=remote, name=name)
    if as_json:
        terminal.show_json(done.as_dict())
        return
    for line in repr(done).splitlines():
        click.echo(shown(line))


def _agree(doubts: "tuple[str, ...]") -> None:
    told = "; ".join(map(shown, doubts))
    with suppress(AttributeError, ValueError):
        if sys.stdin.isatty() and click.confirm(f"{told}. Publish it all the same?"):
            return
    raise UsageError(f"{told}; look at it, and add --yes to publish it all the same")
