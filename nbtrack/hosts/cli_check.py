"""``nbtrack check``: whether a run can be reproduced, as far as its records tell - without running anything."""

from typing import TYPE_CHECKING, Final

import click

from nbtrack.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from nbtrack.hosts.cli import Terminal
    from nbtrack.query.checklist.checklist import Checklist
    from nbtrack.query.checklist.row import Row

BLOCKED: Final = 1
_STYLES: Final = {"pass": "green", "fail": "bold red", "unknown": "yellow"}
_EVIDENCE: Final = 6


@click.command()
@click.argument("run")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print tables in Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/json-format.md).")
@click.pass_obj
@click.pass_context
def check(context: click.Context, terminal: "Terminal", run: str, *, as_markdown: bool, as_json: bool) -> None:
    """Print the reproducibility checklist of a RUN with the evidence for each row; nothing is run.

    "unknown" is what the records cannot tell. Exit codes: 0 nothing critical fails, 1 something does, or there is no
    such run, 2 usage error, 3 the store cannot be read.
    """
    from nbtrack.query.checklist.checklist import check as judge  # noqa: PLC0415 - --help answers at once

    if as_json and as_markdown:
        raise UsageError("print JSON or Markdown, not both")
    found = judge(terminal.run(run))
    if as_json:
        terminal.show_json(found.as_dict())
    elif as_markdown:
        click.echo(found.markdown(), nl=False)
    else:
        terminal.show(lambda _: _table(found))
    context.exit(0 if found.ok else BLOCKED)


def _table(found: "Checklist") -> "RenderableType":
    from rich.console import Group  # noqa: PLC0415 - rich is imported when something is shown
    from rich.text import Text  # noqa: PLC0415 - same

    from nbtrack.query.checklist.checklist import SOURCE  # noqa: PLC0415 - same
    from nbtrack.view.escape import shown  # noqa: PLC0415 - same

    head = Text.assemble((shown(found.run.name), "bold"), f"  {found.run.short}  {shown(found.sentence(), 400)}")
    return Group(
        head,
        Text("\nexperiment", style="bold"),
        _rows([*found.experiment, found.verified]),
        Text("\npaper", style="bold").append(f"  after {SOURCE}", style="dim"),
        _rows(found.paper),
    )


def _rows(rows: "Sequence[Row]") -> "RenderableType":
    from rich.table import Table  # noqa: PLC0415 - same
    from rich.text import Text  # noqa: PLC0415 - same

    from nbtrack.query.checklist.checklist import MARKS  # noqa: PLC0415 - same
    from nbtrack.view.escape import shown  # noqa: PLC0415 - same

    grid = Table.grid(padding=(0, 2))
    for row in rows:
        told = Text(row.check)
        for each in row.evidence[:_EVIDENCE]:
            told.append(f"\n{shown(each, 160)}", style="dim")
        if row.todo and row.status != "pass":
            told.append(f"\n→ {shown(row.todo, 200)}", style="cyan")
        mark = Text(f"{MARKS[row.status]} {row.status}", style=_STYLES[row.status])
        grid.add_row("", mark, Text(row.priority, style="dim"), Text(row.category, style="dim"), told)
    return grid
