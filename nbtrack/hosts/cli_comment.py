"""``nbtrack comment RUN TEXT``: what people say of a run, kept with who said it and when."""

import getpass
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import click

from nbtrack.errors import UsageError
from nbtrack.model import event
from nbtrack.query.caret import shown

if TYPE_CHECKING:
    from nbtrack.hosts.cli import Terminal

AUTHOR: Final = "NBTRACK_AUTHOR"
_LONGEST: Final = 100_000  # characters


@click.command()
@click.argument("run")
@click.argument("text", nargs=-1)
@click.option("--by", metavar="NAME", help=f"Who says it; by default ${AUTHOR}, or the account. Empty for nobody.")
@click.option("--json", "as_json", is_flag=True, help="Print the run's comments as JSON (docs/json-format.md).")
@click.pass_obj
def comment(terminal: "Terminal", /, run: str, text: Sequence[str], by: str | None, *, as_json: bool) -> None:
    """Add a comment to a RUN, in Markdown if you like; without TEXT, print those it has.

    A run has one note, and any number of comments, each with who said it and when.

    Exit codes: 0 done, 1 no such run, 2 usage error, 3 the store cannot be read or written.
    """
    from nbtrack.record.clean import annotate  # noqa: PLC0415 - --help answers at once

    found, said = terminal.run(run), " ".join(text).strip()
    if len(said) > _LONGEST:
        raise UsageError(f"a comment of {len(said):,} characters is too long; {_LONGEST:,} fit")
    if said:
        annotate(terminal.store, found.id, event.COMMENT, {"text": said, "by": _author() if by is None else by})
    if as_json:
        from nbtrack.query.json_format import run_details  # noqa: PLC0415 - same

        terminal.show_json(run_details(terminal.run(found.id))["comments"])
    elif not said:
        for each in found.comments:
            when = f"{each.at:%Y-%m-%d %H:%M UTC}" if each.at else ""
            click.echo(shown("  ".join(filter(None, (when, each.by, each.text)))))


def _author() -> str:
    try:
        return os.environ.get(AUTHOR) or getpass.getuser()
    except (OSError, KeyError):  # an account without a name
        return ""
