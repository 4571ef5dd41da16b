"""``nbtrack stage``: the store's records and small objects into git's index, to be committed."""

from typing import TYPE_CHECKING

import click

from nbtrack.errors import UsageError

if TYPE_CHECKING:
    from nbtrack.hosts.cli import Terminal


@click.command()
@click.option(
    "--objects",
    "size",
    default="1 MB",
    show_default=True,
    metavar="SIZE",
    help="Objects up to this size; 0 for records only.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/json-format.md).")
@click.pass_obj
def stage(terminal: "Terminal", size: str, *, as_json: bool) -> None:
    """Put the store's records and small objects into git's index, so that clones can show, export and reproduce runs.

    `git add` takes the records alone. Models and data stay out of git: `nbtrack push` takes them to another place.
    Nothing is committed. Exit codes: 0 done, 2 usage error, 3 git or the store refuses.
    """
    from dataclasses import asdict  # noqa: PLC0415 - --help answers at once

    from nbtrack.capture.asked.keep_data import bounds  # noqa: PLC0415 - same
    from nbtrack.hosts.housekeeping_text import many, size_text  # noqa: PLC0415 - same
    from nbtrack.share.staging import stage as staged  # noqa: PLC0415 - same

    try:
        limit = bounds(size).file
    except ValueError:
        raise UsageError(f'{size[:80]!r} is no size; write one like "1 MB", or 0 for records only') from None
    done = staged(terminal.folder, limit)
    if as_json:
        terminal.show_json(asdict(done))
        return
    objects = f" and {many(done.objects, 'object')} ({size_text(done.bytes)})" if done.objects else ""
    click.echo(f"staged {many(done.records, 'file')} of records{objects}; commit them with git commit")
    if done.left:
        what = f"{many(done.left, 'object')} larger than {size_text(limit)} ({size_text(done.left_bytes)})"
        click.echo(f"{what} stay out of git: nbtrack push URL takes them elsewhere")
