"""``nbtrack lineage``: where a run or file comes from and what became of it, as a tree or as a picture."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nbtrack.query.caret import shown

if TYPE_CHECKING:
    from nbtrack.hosts.cli import Terminal

_FORMATS = ("tree", "svg", "mermaid", "json", "dot")


@click.command()
@click.argument("what", metavar="RUN|FILE")
@click.option("--depth", type=click.IntRange(0, 20), default=1, show_default=True, help="Over how many files to go on.")
@click.option("--format", "form", type=click.Choice(_FORMATS), help="By default a tree, or what -o FILE ends in.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json (docs/json-format.md).")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it to a file.")
@click.pass_obj
def lineage(
    terminal: "Terminal", what: str, depth: int, form: str | None, output: Path | None, *, as_json: bool
) -> None:
    """Draw where a run or file comes from: data, cells, run, artifacts, and the runs before and after.

    Runs are joined by files with the same content, whatever they are called. What is written to a file is searched
    for secrets once more.
    """
    from nbtrack.query.lineage import lineage as around  # noqa: PLC0415 - --help answers at once

    found = around(what, depth=depth, store=terminal.store)
    if form is None and as_json:
        form = "json"
    if output is None and form in {None, "tree"}:
        from nbtrack.hosts.lineage_tree import lineage_tree  # noqa: PLC0415 - rich is imported when something is shown

        terminal.show(lambda _: lineage_tree(found))
        return
    from nbtrack.export import lineage_file  # noqa: PLC0415 - jinja2 for a picture

    if output is None:
        click.echo(lineage_file.lineage_text(found, form or "json"), nl=False)
        return
    clean, removed = lineage_file.shareable_lineage(found)
    chosen = form if form not in {None, "tree"} else lineage_file.format_of(output)
    output.write_text(lineage_file.lineage_text(clean, chosen or ""), encoding="utf-8")
    if removed:
        click.echo(f"nbtrack: {removed} values that look like secrets were left out", err=True)
    click.echo(f"written {shown(str(output))}", file=sys.stderr if as_json else sys.stdout)
