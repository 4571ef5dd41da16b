"""``nbtrack checkout RUN DIR``: notebook, code and data of the moment a run ran, in a new folder."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from nbtrack.query.caret import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbtrack.hosts.checking_out import Checkout
    from nbtrack.hosts.cli import Terminal

INCOMPLETE: Final = 5
_LARGE: Final = 16 << 20  # bytes of one file whose copying is shown


@click.command()
@click.argument("run")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--from-store-only", is_flag=True, help="Ask nothing but the store, whatever lies beside it.")
@click.option("--fetch", is_flag=True, help="Let dvc fetch data that only one of its remotes has; this executes dvc.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/json-format.md).")
@click.pass_obj
@click.pass_context
def checkout(
    context: click.Context,
    terminal: "Terminal",
    run: str,
    folder: Path,
    *,
    from_store_only: bool,
    fetch: bool,
    as_json: bool,
) -> None:
    """Make the notebook, code and data of a run's moment in DIR, which must be new or empty.

    Nothing of yours is touched. Exit codes: 0 everything is there, 1 no such run, 2 usage error, 3 the store cannot be
    read, 5 something the run used is not there, or not as it was.
    """
    from nbtrack.hosts.checking_out import checkout as check_out  # noqa: PLC0415 - --help answers at once

    store = terminal.store
    found = check_out(run, folder, store=store, from_store_only=from_store_only, fetch=fetch, progress=_progress())
    if as_json:
        terminal.show_json(_json(found))
    else:
        click.echo("\n".join(shown(line) for line in found.lines()))
    context.exit(0 if found.is_complete else INCOMPLETE)


def _json(found: "Checkout") -> dict[str, object]:
    return {
        "run": found.run.id,
        "folder": str(found.folder),
        "working": str(found.working),
        "notebook": str(found.notebook) if found.notebook else None,
        "restored": list(found.restored),
        "missing": list(found.missing),
        "changed": list(found.changed),
    }


def _progress() -> "Callable[[str, int, int], None] | None":
    """Return what shows on a terminal how far the copying of a large file has come; nothing elsewhere."""
    if not sys.stderr.isatty():
        return None

    def show(what: str, done: int, total: int) -> None:
        if total >= _LARGE:
            end = "\r" + " " * 70 + "\r" if done >= total else ""
            click.echo(f"\r{shown(what)[:30]:30} {done:>15,} of {total:>15,} bytes{end}", err=True, nl=False)

    return show
