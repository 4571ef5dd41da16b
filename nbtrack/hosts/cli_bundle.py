"""``nbtrack bundle`` and ``nbtrack import``: runs in one file, and runs of such a file in a store."""

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from nbtrack.errors import Untrusted, UsageError

if TYPE_CHECKING:
    from nbtrack.hosts.cli import Terminal

REFUSED: Final = 1
LEFT: Final = 1
_SIZE: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,3})?)\s*([kmgt]?)(i?)b?", re.IGNORECASE)
_POWERS: Final = ("", "k", "m", "g", "t")


@click.command()
@click.argument("words", metavar="[RUN... | FILTER]", nargs=-1)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file: runs.nbtrack.zip.")
@click.option("--no-objects", is_flag=True, help="Records only: leave out artifacts, sources and kept data.")
@click.option("--max-object", metavar="SIZE", help="Leave out what is larger: 500kB, 10MB, 2GB.")
@click.option("--dry-run", is_flag=True, help="Only say what would be in it.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.option("-y", "--yes", is_flag=True, help="Write it although something in it looks like a secret.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/json-format.md).")
@click.pass_obj
@click.pass_context
def bundle(
    context: click.Context,
    terminal: "Terminal",
    words: Sequence[str],
    output: Path | None,
    max_object: str | None,
    *,
    no_objects: bool,
    dry_run: bool,
    force: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Write runs, with all that belongs to them, into one file that `nbtrack import` takes in anywhere.

    The same runs always make the same bytes. What is damaged is left out and named; the rest goes.
    Exit codes: 0 done, 1 written without what is damaged, no such run, or something looks like a secret and nobody
    agreed; 2 usage error, 3 the store cannot be read or the file not written.
    """
    from nbtrack.hosts.bundle_text import bundled_text, secrets_text  # noqa: PLC0415 - --help answers at once
    from nbtrack.share.bundle import Plan, chosen, refuse_existing  # noqa: PLC0415 - same

    if output is None and not dry_run:
        raise UsageError("say where to: -o runs.nbtrack.zip (or --dry-run)")
    if output is not None and not dry_run:
        refuse_existing(output, force=force)
    most = bytes_of(max_object) if max_object else None
    store = terminal.folder
    plan = Plan(
        chosen(" ".join(words), store), store, objects=not no_objects, max_object=most, progress=progress_shown()
    )
    if plan.findings and not dry_run and not yes:
        click.echo("\n".join(secrets_text(plan.findings)), err=True)
        if not _is_agreed():
            click.echo("nbtrack: nothing was written; --yes writes it all the same", err=True)
            context.exit(REFUSED)
    done = plan.told() if dry_run or output is None else plan.write(output, force=force)
    if as_json:
        terminal.show_json({**done.as_dict(), "dry_run": dry_run})
    else:
        click.echo("\n".join(bundled_text(done)))
    if done.damaged:
        context.exit(LEFT)


@click.command("import")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--runs", metavar="FILTER", multiple=True, help="Only these: ids or a filter; say it again for more.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/json-format.md).")
@click.pass_obj
@click.pass_context
def import_runs(
    context: click.Context, terminal: "Terminal", source: Path, runs: Sequence[str], *, dry_run: bool, as_json: bool
) -> None:
    """Take the runs of a bundle - or of another store's folder - into the store; a second time adds nothing.

    SOURCE is checked as a whole first. Exit codes: 0 done, also when there was nothing to add; 1 it is damaged or
    hostile and nothing was created, has no such run, or - of a store's folder - something damaged was left there; 2
    usage error, 3 the store cannot be written.
    """
    from nbtrack.hosts.bundle_text import imported_text  # noqa: PLC0415 - --help answers at once
    from nbtrack.share.unbundling import import_bundle  # noqa: PLC0415 - same

    try:
        done = import_bundle(source, store=terminal.target, runs=runs, dry_run=dry_run, progress=progress_shown())
    except Untrusted as refusal:
        from nbtrack.query.caret import shown  # noqa: PLC0415 - same

        click.echo(f"nbtrack: {shown(str(source))} was refused: {shown(str(refusal))}; nothing was created", err=True)
        context.exit(REFUSED)
    if as_json:
        terminal.show_json(done.as_dict())
    else:
        click.echo("\n".join(imported_text(done)))
    if done.damaged:
        context.exit(LEFT)


def bytes_of(text: str) -> int:
    """Return a size in bytes.

    >>> bytes_of("500kB"), bytes_of("1.5 MiB"), bytes_of("12")
    (500000, 1572864, 12)

    Raises:
        UsageError: it is no size.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None or (found[3] and not found[2]):
        raise UsageError(f"{text[:80]!r} is no size; write a number and kB, MB, GB or TB, like 10MB")
    return int(float(found[1]) * (1024 if found[3] else 1000) ** _POWERS.index(found[2].lower()))


def progress_shown() -> Callable[[str, int, int], None]:
    """Return what shows on a terminal how far something has come; nothing elsewhere."""
    if not sys.stderr.isatty():
        return lambda *_: None

    last = ""

    def show(what: str, done: int, total: int) -> None:
        nonlocal last
        text = f"{what}: {100 * done // max(total, 1)} %"
        if text != last:
            last = text
            click.echo(f"\r{text:<60}" + ("\r" + " " * 60 + "\r") * (done >= total), err=True, nl=False)

    return show


def _is_agreed() -> bool:
    """Ask on a terminal; nobody elsewhere agrees."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    return click.confirm("Write it all the same?", err=True)
