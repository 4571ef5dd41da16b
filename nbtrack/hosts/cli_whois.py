"""``nbtrack whois``: which runs wrote, read or keep a file, told by its bytes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from nbtrack.view.escape import shown

if TYPE_CHECKING:
    from nbtrack.hosts.cli import Terminal
    from nbtrack.query.whois import Whois

NOBODY = 1


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Runs to tell of one by one.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/json-format.md).")
@click.pass_obj
@click.pass_context
def whois(context: click.Context, terminal: "Terminal", files: Sequence[str], limit: int, *, as_json: bool) -> None:
    """Say which runs wrote, read or keep a FILE or folder, by its content: names and places do not matter.

    Exit codes: 0 every file is known, 1 one is not, 2 usage error, 3 a file or the store cannot be read.
    """
    from nbtrack.query.whois import whois_all  # noqa: PLC0415 - --help answers at once

    found = whois_all(files, store=terminal.store, limit=limit)
    if as_json:
        terminal.show_json([each.as_dict() for each in found])
    else:
        click.echo("\n\n".join("\n".join(_lines(each)) for each in found))
    context.exit(0 if all(each.is_known for each in found) else NOBODY)


def _lines(found: "Whois") -> list[str]:
    from nbtrack.query.whois import trace_text  # noqa: PLC0415 - same

    traces = found.traces or found.similar
    lines = [shown(found.sentence(), 400), *(f"  {shown(trace_text(each), 400)}" for each in traces)]
    lines += (
        [f"  … and {found.runs - len(told)} more runs"] if found.runs > len(told := {t.run for t in traces}) else []
    )
    lines += [f"  {shown(each.path)}: {shown(each.sentence(), 300)}" for each in found.within[:50]]
    return lines
