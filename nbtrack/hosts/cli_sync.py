"""``nbtrack push``, ``pull``, ``sync`` and ``remote``: runs between this store and a place that others reach."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from nbtrack.query.caret import shown

if TYPE_CHECKING:
    from nbtrack.hosts.cli import Terminal
    from nbtrack.share.address import Address
    from nbtrack.share.outgoing import Outgoing
    from nbtrack.share.transferred import Transferred
    from nbtrack.share.wishes import Progress, Step

LEFT: Final = 1
_EVERY: Final = 0.1  # seconds between two lines of progress
_WIDTH: Final = 60
_Command = TypeVar("_Command", bound=Callable[..., Any])


def _common(command: _Command) -> _Command:
    """Add what all three have."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/json-format.md)."),
        click.option("--dry-run", is_flag=True, help="Only say what would be done."),
        click.option("--jobs", type=click.IntRange(1, 256), default=8, show_default=True, help="Requests at once."),
        click.option("--no-objects", is_flag=True, help="Leave artifacts and other objects where they are."),
        click.option("--runs", metavar="FILTER", help="Only these: ids or a filter; all by default."),
        click.argument("remote", metavar="[URL|NAME]", required=False),
    ):
        command = option(command)
    return command


def _sending(command: Callable[..., None]) -> Callable[..., None]:
    """Add what all that send something have."""
    verify = click.option("--verify", is_flag=True, help="Read back what was sent, and compare.")
    yes = click.option("--yes", is_flag=True, help="Send also what looks like a secret.")
    return _common(verify(yes(click.pass_obj(click.pass_context(command)))))


@click.command()
@_sending
def push(context: click.Context, terminal: "Terminal", **asked: Any) -> None:
    """Bring the runs of this store to a folder, or an address such as s3://bucket/team: only what is new there.

    Nothing there is removed; interrupt it whenever you like, the next push goes on. Before anything that looks like a
    secret leaves for the first time, you are asked. docs/syncing.md has the rest. Exit codes: 0 done, 1 something was
    left (it says what), 2 usage error, 3 the remote or the store cannot be read or written.
    """
    from nbtrack.share.pushing import push as pushed  # noqa: PLC0415 - --help answers at once

    _send(context, terminal, lambda *remote, **wishes: [pushed(*remote, **wishes)], **asked)


@click.command()
@_common
@click.option(
    "--objects", metavar="RUN", multiple=True, help="Bring the objects of this run that is here; say it again."
)
@click.pass_obj
@click.pass_context
def pull(
    context: click.Context,
    terminal: "Terminal",
    remote: str | None,
    runs: str | None,
    jobs: int,
    objects: Sequence[str],
    *,
    no_objects: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring the runs of a folder or an address into this store: only what is new here, checked before it is seen.

    With --no-objects only records come; `nbtrack pull --objects RUN` brings a run's artifacts later. Exit codes: 0
    done, 1 something was damaged or not what it said and was left (it says what), 2 usage error, 3 the remote or the
    store cannot be read or written.
    """
    from nbtrack.share.pulling import pull as pulled  # noqa: PLC0415 - --help answers at once

    if objects and (no_objects or runs is not None):
        raise click.UsageError("--objects names runs that are here; leave --runs and --no-objects out")
    with _progress() as progress:
        done = pulled(
            remote,
            runs=runs,
            store=terminal.target,
            objects=" ".join(objects) if objects else not no_objects,
            jobs=jobs,
            dry_run=dry_run,
            progress=progress,
        )
    _tell(context, terminal, [done], as_json=as_json)


@click.command()
@_sending
def sync(context: click.Context, terminal: "Terminal", **asked: Any) -> None:
    """Pull, then push, so that both sides have the same runs.

    Deleted runs stay deleted on both. Exit codes as for push and pull.
    """
    from nbtrack.share.syncing import sync as synced  # noqa: PLC0415 - --help answers at once

    _send(context, terminal, synced, **asked)


def _send(
    context: click.Context,
    terminal: "Terminal",
    send: Callable[..., "Sequence[Transferred]"],
    remote: str | None,
    *,
    no_objects: bool,
    as_json: bool,
    yes: bool,
    **wishes: Any,
) -> None:
    """Send what was asked for, and tell what became of it."""
    with _progress() as progress:
        done = send(
            remote,
            store=terminal.folder,
            objects=not no_objects,
            agree=yes or _is_agreed,
            progress=progress,
            **wishes,
        )
    _tell(context, terminal, done, as_json=as_json)


@click.group(invoke_without_command=True)
@click.pass_context
def remote(context: click.Context) -> None:
    """Remember where this store is pushed to; without a command, list what is remembered.

    It stands in the store's config.toml. Credentials never do: they come from the environment.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_remotes, as_json=False)


@remote.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/json-format.md).")
@click.pass_obj
def list_remotes(terminal: "Terminal", *, as_json: bool) -> None:
    """List the remembered remotes."""
    from nbtrack.share.remotes import remotes  # noqa: PLC0415 - --help answers at once

    known = {name: str(address) for name, address in remotes(terminal.folder).items()}
    if as_json:
        terminal.show_json(known)
        return
    width = max(map(len, known), default=0)
    for name, address in known.items():
        click.echo(f"{name:<{width}}  {shown(address)}")
    if not known:
        click.echo("no remote is remembered; `nbtrack remote add default URL` does that")


@remote.command("add")
@click.argument("name")
@click.argument("url")
@click.pass_obj
def add_remote(terminal: "Terminal", name: str, url: str) -> None:
    """Remember URL as NAME; the one called default, or the only one, is used when none is named."""
    from nbtrack.share.pushing import local_store  # noqa: PLC0415 - --help answers at once
    from nbtrack.share.remotes import add  # noqa: PLC0415 - same

    click.echo(f"{name} is {shown(str(add(local_store(terminal.target), name, url)))}")


@remote.command("remove")
@click.argument("name")
@click.pass_obj
def remove_remote(terminal: "Terminal", name: str) -> None:
    """Forget the remote NAME; nothing there changes."""
    from nbtrack.share.remotes import remove  # noqa: PLC0415 - --help answers at once

    click.echo(f"{name} is forgotten; it was {shown(str(remove(terminal.folder, name)))}")


COMMANDS: Final = (push, pull, sync, remote)


def _tell(context: click.Context, terminal: "Terminal", done: "Sequence[Transferred]", *, as_json: bool) -> None:
    if as_json:
        told = {each.direction: each.as_dict() for each in done}
        terminal.show_json(told if len(done) > 1 else done[0].as_dict())
    else:
        for each in done:
            click.echo(shown(str(each)))
    for each in done:
        for left in each.left if not as_json else ():
            what = f"{left.of} ({left.what})" if left.of else left.what
            click.echo(f"left: {shown(what)}: {shown(left.why)}", err=True)
    context.exit(LEFT if any(each.left for each in done) else 0)


def _is_agreed(found: "Outgoing", address: "Address") -> bool:
    """Ask on a terminal; nobody elsewhere agrees."""
    click.echo(f"nbtrack: {shown(str(found))}", err=True)
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    return click.confirm(f"Send it to {shown(str(address))} all the same?", err=True)


@contextmanager
def _progress() -> "Iterator[Progress | None]":
    """Show on a terminal how far it has come, and when it is interrupted that nothing is lost."""
    if not (sys.stderr and sys.stderr.isatty()):
        yield None
        return
    line = _Line()
    try:
        yield line.show
    except KeyboardInterrupt:
        line.clear()
        click.echo("nbtrack: stopped; what arrived stays, and the next time goes on from there", err=True)
        raise
    finally:
        line.clear()


class _Line:
    """One line that is written again and again."""

    def __init__(self) -> None:
        self._last = 0.0
        self._is_shown = False

    def show(self, step: "Step") -> None:
        """Show a step, not more often than an eye can follow."""
        from nbtrack.share.transferred import size_text  # noqa: PLC0415 - --help answers at once

        now = time.monotonic()
        if now - self._last >= _EVERY:
            self._last, self._is_shown = now, True
            text = f"{step.done:,} of {step.all:,} files, {size_text(step.size)}"
            click.echo(f"\r{text:<{_WIDTH}}", err=True, nl=False)

    def clear(self) -> None:
        """Leave the line empty."""
        if self._is_shown:
            self._is_shown = False
            click.echo("\r" + " " * _WIDTH + "\r", err=True, nl=False)
