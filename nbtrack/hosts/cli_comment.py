"""``nbtrack comment RUN TEXT``: what people say of a run, kept with who said it and when."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from nbtrack.errors import UsageError
from nbtrack.query.caret import shown

if TYPE_CHECKING:
    from nbtrack.hosts.cli import Terminal
    from nbtrack.model.run import Comment, Run


@click.command()
@click.argument("run")
@click.argument("text", nargs=-1)
@click.option("--edit", metavar="NUMBER", type=click.IntRange(1), help="TEXT takes the place of this comment of yours.")
@click.option("--remove", metavar="NUMBER", type=click.IntRange(1), help="Take this comment of yours away.")
@click.option("--by", metavar="NAME", help="Who says it; by default $NBTRACK_AUTHOR, or the account. Empty for nobody.")
@click.option("--json", "as_json", is_flag=True, help="Print the run's comments as JSON (docs/json-format.md).")
@click.pass_obj
def comment(
    terminal: "Terminal",
    /,
    run: str,
    text: Sequence[str],
    edit: int | None,
    remove: int | None,
    by: str | None,
    *,
    as_json: bool,
) -> None:
    """Add a comment to a RUN, in Markdown if you like; without TEXT, print those it has, with their numbers.

    A run has one note, and any number of comments, each with who said it and when. What was edited or removed stays
    in the store's records.

    Exit codes: 0 done, 1 no such run, 2 usage error, 3 the store cannot be read or written.
    """
    found, said = terminal.run(run), " ".join(text).strip()
    _refuse_contradictions(said, edit, remove)
    if said or remove:
        from nbtrack.record.annotating import annotate  # noqa: PLC0415 - --help answers at once

        which = _numbered(found, edit or remove) if edit or remove else None
        annotate(found, comment=said, edits=which, by=by, store=terminal.store)
    if as_json:
        from nbtrack.query.json_format import run_details  # noqa: PLC0415 - same

        terminal.show_json(run_details(terminal.run(found.id))["comments"])
    elif not said and not remove:
        for number, each in enumerate(found.comments, 1):
            click.echo(shown(f"{number}  {_line(each)}"))


def _refuse_contradictions(said: str, edit: int | None, remove: int | None) -> None:
    if edit and remove:
        raise UsageError("a comment is edited or removed, not both")
    if edit and not said:
        raise UsageError(f"say the comment's new text: nbtrack comment RUN --edit {edit} TEXT; --remove takes it away")
    if remove and said:
        raise UsageError("--remove takes no text; --edit gives a comment another one")


def _numbered(run: "Run", number: int | None) -> "Comment":
    comments = run.comments
    if number is None or number > len(comments):
        has = f"{len(comments)} comment{'s' * (len(comments) != 1)}" if comments else "no comments"
        raise UsageError(
            f"run {run.short} has {has}, and none has the number {number}; `nbtrack comment RUN` lists them"
        )
    return comments[number - 1]


def _line(comment: "Comment") -> str:
    when = f"{comment.at:%Y-%m-%d %H:%M UTC}" if comment.at else ""
    edited = "(edited)" if comment.edited else ""
    return "  ".join(filter(None, (when, comment.by, edited, comment.text)))
