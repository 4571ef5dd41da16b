"""``nbtrack export RUN``: the program of a run as a script, a notebook or a module."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nbtrack.errors import UsageError
from nbtrack.query.caret import shown

if TYPE_CHECKING:
    from nbtrack.hosts.cli import Terminal

_KINDS = ("script", "notebook", "module")


@click.command()
@click.argument("run")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file; by default it is printed."
)
@click.option("--as", "kind", type=click.Choice(_KINDS), help="By default what the file's name says, else a script.")
@click.option(
    "--param", "params", metavar="NAME", multiple=True, help="Lift only this parameter; say it again for more."
)
@click.option("--no-display", is_flag=True, help="Leave out what only shows something.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.pass_obj
def export(
    terminal: "Terminal",
    run: str,
    output: Path | None,
    kind: str | None,
    params: Sequence[str],
    *,
    no_display: bool,
    force: bool,
) -> None:
    """Write the program of a run: the cells it needed, in the order and the versions that ran.

    It runs without nbtrack, and writes the run's metrics as JSON. What is not as it was is said on standard error.
    Exit codes: 0 done, 1 no such run or its program is not recorded, 2 usage error, 3 the store cannot be read.
    """
    from nbtrack.export.exporting import export as exported  # noqa: PLC0415 - --help answers at once

    found = terminal.run(run)
    if output is not None and output.exists() and not force:
        raise UsageError(f"{output} is there already; --force replaces it")
    told: list[str] = []
    result = exported(found, output, kind, params=params or None, drop_displays=no_display, say=told.append)  # type: ignore[arg-type]  # one of the three
    if output is None:
        click.echo(str(result), nl=False)
    else:
        click.echo(f"wrote {shown(str(output))}")
    for note in told:
        click.echo(f"note: {shown(note)}", err=True)
