"""The ``nbtrack`` command: parse, ask, print. ``docs/json-format.md`` documents ``--json`` and the exit codes."""

import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from nbtrack import __version__
from nbtrack.errors import NbtrackError, RunNotFound, StoreError, UsageError
from nbtrack.hosts.cli_bundle import bundle, import_runs
from nbtrack.hosts.cli_check import check
from nbtrack.hosts.cli_checkout import checkout
from nbtrack.hosts.cli_comment import comment
from nbtrack.hosts.cli_env import env
from nbtrack.hosts.cli_export import export
from nbtrack.hosts.cli_fsck import fsck
from nbtrack.hosts.cli_housekeeping import COMMANDS as HOUSEKEEPING
from nbtrack.hosts.cli_lineage import lineage
from nbtrack.hosts.cli_publish import publish
from nbtrack.hosts.cli_report import report
from nbtrack.hosts.cli_reproduce import reproduce
from nbtrack.hosts.cli_stage import stage
from nbtrack.hosts.cli_sync import COMMANDS as SYNC
from nbtrack.hosts.cli_whois import whois
from nbtrack.model import event
from nbtrack.query.caret import shown

if TYPE_CHECKING:
    from rich.console import RenderableType

    from nbtrack.model.run import Run
    from nbtrack.query.runs import Runs
    from nbtrack.store.base import Store
    from nbtrack.store.local import LocalStore

OK: Final = 0
NOT_FOUND: Final = 1
USAGE: Final = 2
STORE: Final = 3
BUG: Final = 4
INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141

_Command = TypeVar("_Command", bound=Callable[..., Any])
_NOTEBOOK_WIDTH: Final = 120
_ROWS: Final = 50


class Terminal:
    """What one command line works with: the store it asks, and the width it may use."""

    def __init__(self, store: "Store | Path | None" = None, width: int | None = None) -> None:
        self._asked = store
        self._width = width
        self._opened: Store | None = None

    def use(self, store: Path) -> None:
        """Ask the store in this folder."""
        self._asked = store

    @property
    def store(self) -> "Store":
        """The store, opened when first asked."""
        from nbtrack.query.runs import opened_store  # noqa: PLC0415 - --help answers at once

        if self._opened is None:
            self._opened = opened_store(self._asked)
            if isinstance(self._asked, Path) and getattr(self._opened, "id", "") is None:
                raise StoreError(f"there is no store in {self._asked}; `nbtrack init` creates one")
        return self._opened

    @property
    def folder(self) -> "LocalStore":
        """The store, for commands that work on its files.

        Raises:
            UsageError: it is no folder.
            StoreError: nothing was ever recorded there.
        """
        from nbtrack.store.local import LocalStore  # noqa: PLC0415 - same

        store = self.store
        if not isinstance(store, LocalStore):
            raise UsageError(f"{store!r} is not a folder; there are no files to look after")
        if store.id is None:
            raise StoreError(f"there is no store in {store.path}; `nbtrack init` creates one")
        return store

    @property
    def target(self) -> "Store":
        """The store that something is put into; it need not be there yet."""
        from nbtrack.query.runs import opened_store  # noqa: PLC0415 - same

        return opened_store(self._asked)

    def run(self, id_or_prefix: str) -> "Run":
        """Return one run."""
        from nbtrack.query.runs import run  # noqa: PLC0415 - same

        try:
            return run(id_or_prefix, self.store)
        except RunNotFound:
            if getattr(self.store, "id", "") is not None:
                raise
        place = getattr(self.store, "path", "")
        told = f"nothing was recorded in {place}; go to the notebook's folder, or say --store"
        raise RunNotFound(f"no run {id_or_prefix[:80]!r}: {told}")

    @property
    def in_notebook(self) -> bool:
        """Whether a magic asks: nothing of ours is told to type ``nbtrack`` then."""
        return self._width == _NOTEBOOK_WIDTH

    def runs(self, words: Sequence[str], order_by: str | None = None, limit: int | None = None) -> "Runs":
        """Return the runs a filter asks for; the shell may have split it into words."""
        from nbtrack.query.runs import runs  # noqa: PLC0415 - same

        return runs(" ".join(words), order_by=order_by, limit=limit, store=self.store)

    def show(self, build: "Callable[[int], RenderableType]", width: int | None = None) -> None:
        """Print what ``build`` makes for the width there is, or for ``width``."""
        from nbtrack.hosts.terminal import console  # noqa: PLC0415 - rich is imported when something is shown

        output = console(sys.stdout, width or self._width)
        with output.capture() as captured:
            output.print(build(output.width))
        plain = not output.is_terminal  # what goes to a file needs no padding
        print("\n".join(line.rstrip() if plain else line for line in captured.get().splitlines()))

    def show_json(self, value: Any) -> None:
        """Print strict JSON."""
        from nbtrack.query.json_format import json_text  # noqa: PLC0415 - same

        print(json_text(value))


def _store_option(command: _Command) -> _Command:
    def chosen(context: click.Context, _: click.Parameter, path: Path | None) -> None:
        if path is not None:
            context.find_root().obj.use(path)

    folder = click.Path(path_type=Path)
    words = "The store's folder; by default NBTRACK_STORE, or the nearest .nbtrack upwards."
    return click.option("--store", type=folder, callback=chosen, expose_value=False, is_eager=True, help=words)(command)


_wide_option = click.option("--wide", is_flag=True, help="Show every column, however long the lines become.")
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/json-format.md).")


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",
)
@click.version_option(__version__, prog_name="nbtrack")
@_store_option
@click.pass_context
def cli(context: click.Context) -> None:
    """Ask, compare and annotate the runs that nbtrack recorded.

    A RUN is named by its id or any prefix of the id, or of its last part, that no other run shares.
    Exit codes: 0 done, 1 no such run, 2 usage or filter error, 3 the store cannot be read or written.
    """
    if context.invoked_subcommand is None:  # said here, for click 8.1 calls it done and 8.2 a mistake
        click.echo(context.get_help(), err=True)
        context.exit(USAGE)


@cli.command()
@click.argument("words", metavar="[FILTER]", nargs=-1)
@click.option("--order-by", metavar="KEYS", help="'-metrics.f1' or 'metrics.f1 desc, name'; by default newest first.")
@click.option("--limit", type=click.IntRange(0), help=f"How many at most; a table shows {_ROWS}, --limit 0 shows all.")
@_wide_option
@_json_option
@_store_option
@click.pass_obj
def ls(
    terminal: Terminal, words: Sequence[str], order_by: str | None, limit: int | None, *, wide: bool, as_json: bool
) -> None:
    """List runs: nbtrack ls "params.lr < 0.01 and metrics.accuracy > 0.9 order by metrics.f1 desc"."""
    from nbtrack.query.json_format import run_summary  # noqa: PLC0415 - --help answers at once

    found = terminal.runs(words, order_by, limit or None)
    if as_json:
        terminal.show_json([run_summary(run) for run in found])
        return
    listed = found if limit is not None else found.limit(_ROWS)
    _show_runs(terminal, listed, wide=wide)
    if len(listed) < len(found):
        print(f"… and {len(found) - len(listed)} more runs (--limit 0 shows all)")


@cli.command()
@click.argument("run")
@click.option("--provenance", is_flag=True, help="Answer which data, code, params, artifacts - and is it reproducible.")
@_json_option
@_store_option
@click.pass_obj
def show(terminal: Terminal, run: str, *, provenance: bool, as_json: bool) -> None:
    """Show everything recorded of one run."""
    found = terminal.run(run)
    if provenance:
        _show_provenance(terminal, found, as_json=as_json)
        return
    if as_json:
        from nbtrack.query.json_format import run_details  # noqa: PLC0415 - --help answers at once

        terminal.show_json(run_details(found))
        return
    from nbtrack.hosts.terminal import run_panel  # noqa: PLC0415 - rich is imported when something is shown

    terminal.show(lambda _: run_panel(found))


@cli.command()
@click.argument("a")
@click.argument("b")
@click.argument("more", metavar="[C [D]]", nargs=-1)
@_json_option
@_store_option
@click.pass_obj
def diff(terminal: Terminal, a: str, b: str, more: Sequence[str], *, as_json: bool) -> None:
    """Show what differs between run A and run B; C and D are compared with A, too."""
    from nbtrack.query import compare as comparing  # noqa: PLC0415 - --help answers at once

    if len(more) > 2:
        raise UsageError(f"diff takes two to four runs, not {len(more) + 2}; compare takes any number")
    first = terminal.run(a)
    found = [comparing.diff(first, terminal.run(other), terminal.store.get) for other in (b, *more)]
    if as_json:
        from nbtrack.query.json_format import diff_json  # noqa: PLC0415 - same

        terminal.show_json([diff_json(each) for each in found] if more else diff_json(found[0]))
        return
    from nbtrack.hosts.terminal import diff_views  # noqa: PLC0415 - rich is imported when something is shown

    terminal.show(lambda _: diff_views(found))


@cli.command()
@click.argument("words", metavar="[RUN... | FILTER]", nargs=-1)
@click.option("--metric", help="The metric that decides; by default the one most runs have.")
@click.option("--baseline", metavar="RUN", help="Show how far each metric is from this run's.")
@click.option("--group-by", metavar="NAME", help="Put runs of one value together: params.kernel, tags.team.")
@click.option("--sort", metavar="KEYS", help="'-metrics.f1' or 'metrics.f1 desc, name'; by default as they are found.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Also write the comparison as one page.")
@click.option("--title", default="Comparison of runs", help="The page's title.")
@_wide_option
@_json_option
@_store_option
@click.pass_obj
def compare(
    terminal: Terminal,
    words: Sequence[str],
    metric: str | None,
    baseline: str | None,
    group_by: str | None,
    sort: str | None,
    html: Path | None,
    title: str,
    *,
    wide: bool,
    as_json: bool,
) -> None:
    """Compare the runs named by ids or a filter: a table, the best of them, and what sets it apart."""
    from nbtrack.query.choosing import choose  # noqa: PLC0415 - --help answers at once
    from nbtrack.query.compare import best  # noqa: PLC0415 - same

    chosen = choose(" ".join(words), store=terminal.store)
    chosen = chosen.order_by(sort) if sort else chosen
    found = list(chosen.order_by(group_by) if group_by else chosen)
    other = terminal.run(baseline) if baseline else None
    if html is not None and not found:
        raise RunNotFound(f"no runs to compare{_where(terminal.store)}; {html} is not written")
    winner = best(found, metric)
    if as_json:
        from nbtrack.query.json_format import best_json, run_summary  # noqa: PLC0415 - same

        against = {"baseline": other.id} if other else {}
        terminal.show_json({"runs": [run_summary(run) for run in found], "best": best_json(winner), **against})
    else:
        _show_comparison(terminal, found, other, group_by, wide=wide)
        print(f"\n{winner.sentence()}" if winner else "\nNo finished run has a metric to compare by (--metric).")
    if html is not None:
        print(f"written {shown(str(_write_page(found, html, title)))}", file=sys.stderr if as_json else sys.stdout)


@cli.command()
@click.argument("run")
@click.argument("pairs", metavar="[NAME=VALUE]...", nargs=-1)
@click.option("-d", "--delete", "removed", metavar="NAME", multiple=True, help="Remove a tag.")
@_store_option
@click.pass_obj
def tag(terminal: Terminal, run: str, pairs: Sequence[str], removed: Sequence[str]) -> None:
    """Set or remove tags of a run: nbtrack tag 7k3m9q team=nlp stage=production."""
    from nbtrack.record.clean import annotate  # noqa: PLC0415 - --help answers at once

    tags: dict[str, str | None] = dict.fromkeys(removed)
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"{pair!r} is not NAME=VALUE")
        tags[name] = value
    if not tags:
        raise UsageError("no tag given; write NAME=VALUE, or -d NAME to remove one")
    annotate(terminal.store, terminal.run(run).id, event.TAGS, tags)


@cli.command()
@click.argument("run")
@click.argument("text", nargs=-1, required=True)
@_store_option
@click.pass_obj
def note(terminal: Terminal, run: str, text: Sequence[str]) -> None:
    """Write a run's note in place of the one it has; an empty TEXT removes it."""
    from nbtrack.record.clean import annotate  # noqa: PLC0415 - --help answers at once

    annotate(terminal.store, terminal.run(run).id, event.NOTE, " ".join(text) or None)


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
def init(folder: Path) -> None:
    """Create a store in FOLDER (by default here), as FOLDER/.nbtrack."""
    from nbtrack.store.folder import Folder  # noqa: PLC0415 - --help answers at once

    path = folder if folder.name == ".nbtrack" else folder / ".nbtrack"
    there = bool(Folder(path).about())
    Folder(path).prepare()
    print(f"{'there is a store' if there else 'created a store'} in {shown(str(path.absolute()))}")


@cli.command()
@_store_option
@click.pass_obj
@click.pass_context
def doctor(context: click.Context, terminal: Terminal) -> None:
    """Say which store is used and whether its records are whole, as far as listing them shows; fsck looks closely.

    Says, too, whether JupyterLab shows runs.
    """
    from nbtrack.hosts.lab_side import lab_side  # noqa: PLC0415 - --help answers at once

    table = terminal.store.runs()
    documents = table.documents
    damaged = [documents[row] for row, is_ok in enumerate(table.column("health", "ok")) if not is_ok]
    python = ".".join(map(str, sys.version_info[:3]))
    print(f"nbtrack {__version__}, Python {python}", *lab_side(), sep="\n")
    print(f"store {shown(repr(terminal.store))}\n{len(documents)} runs")
    for document in damaged:
        counts = ", ".join(f"{count} {name}" for name, count in document["health"].items() if name != "ok" and count)
        print(f"damaged: {document['id']} {shown(document['name'])}: {counts}")
    print("all records are whole" if not damaged else f"{len(damaged)} runs have damaged or missing records")
    for line in _lacking(terminal):
        print(line)
    context.exit(NOT_FOUND if damaged else OK)


def _lacking(terminal: Terminal) -> Iterator[str]:
    """Say what a clone that git made lacks: its runs are listed, and what belongs to them may be elsewhere."""
    from nbtrack.share.staging import lacking  # noqa: PLC0415 - --help answers at once
    from nbtrack.store.git.committed import committed  # noqa: PLC0415 - same
    from nbtrack.store.local import LocalStore  # noqa: PLC0415 - same

    store = terminal.store
    if not isinstance(store, LocalStore) or not committed(store.path):
        return
    found = lacking(store)
    if found.objects:
        runs = f"{found.runs:,} run{'s' * (found.runs != 1)}"
        what = "1 object" if found.objects == 1 else f"{found.objects:,} objects"
        verb = "is" if found.objects == 1 else "are"
        yield f"{what} of {runs} {verb} not here: sources, environments or files"
        yield "to get them: nbtrack pull URL, or, in the clone that has them, nbtrack stage and git commit"


for _command in (
    bundle,
    comment,
    env,
    export,
    fsck,
    *HOUSEKEEPING,
    import_runs,
    publish,
    report,
    reproduce,
    checkout,
    check,
    lineage,
    stage,
    *SYNC,
    whois,
):
    cli.add_command(_store_option(_command))


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command line and exit with its code. Never shows a traceback."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a terminal without our letters
    sys.exit(_code(sys.argv[1:] if argv is None else argv, Terminal()))


def run_line(line: str, store: "Store | None" = None) -> int:
    """Run a line as ``%nbtrack`` does, against ``store``, and return its exit code."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"{error} in: {shown(line)}") from None
    return _code(words, Terminal(store, _NOTEBOOK_WIDTH))


def _code(words: Sequence[str], terminal: Terminal) -> int:
    """Do what the words ask, say what went wrong in one line, and return the exit code."""
    try:
        with cli.make_context("nbtrack", list(words), obj=terminal) as context:
            cli.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as asked:
        return asked.exit_code
    except click.ClickException as error:
        return _misused(error, terminal)
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - a bug of ours must not look like one of the user's
        return _failed(error)
    return OK


def _misused(error: click.ClickException, terminal: Terminal) -> int:
    """Say what is wrong with the words, and where help is: in a notebook with the magic that was typed."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None or not terminal.in_notebook:
        error.show()
        return USAGE
    command = context.command_path.removeprefix("nbtrack ")
    magic = f"%{command}" if command in {"export", "report", "reproduce"} else f"%{context.command_path}"
    asked = " ".join(context.command.collect_usage_pieces(context)[1:])
    return _said(f"{error.format_message()} Write {magic} {asked}; {magic} --help tells the rest.", USAGE)


def _failed(error: Exception) -> int:
    """Say what went wrong; the code is that of the error's branch of the tree."""
    match error:
        case BrokenPipeError():
            return _abandon_output()
        case StoreError() | OSError():  # before LookupError: an ObjectMissing is the store's fault
            return _said(str(error), STORE)
        case NbtrackError():
            return _said(str(error), NOT_FOUND if isinstance(error, LookupError) else USAGE)
    return _said(f"internal error, please report it: {type(error).__name__}: {error}", BUG)


def _said(message: str, code: int) -> int:
    print("\n".join(shown(line) for line in f"nbtrack: {message}".split("\n")), file=sys.stderr)
    return code


def _abandon_output() -> int:
    """Let the interpreter's last flush go nowhere: the reader has left."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PIPE_CLOSED


def _show_provenance(terminal: Terminal, run: "Run", *, as_json: bool) -> None:
    answers = run.provenance()
    if as_json:
        terminal.show_json(answers.as_dict())
    else:
        print("\n".join(shown(line) for line in repr(answers).split("\n")))


def _show_runs(terminal: Terminal, runs: "Sequence[Run]", *, wide: bool) -> None:
    from nbtrack.hosts.terminal import ANY_WIDTH, PIPED_WIDTH, runs_table  # noqa: PLC0415 - rich when something is shown

    def table(width: int) -> "RenderableType":
        return runs_table(runs, PIPED_WIDTH if width == ANY_WIDTH and not wide else width)

    terminal.show(table, ANY_WIDTH if wide else None)


def _show_comparison(
    terminal: Terminal, runs: "Sequence[Run]", baseline: "Run | None", group_by: str | None, *, wide: bool
) -> None:
    from nbtrack.hosts.terminal import ANY_WIDTH, PIPED_WIDTH  # noqa: PLC0415 - rich when something is shown
    from nbtrack.hosts.terminal_compare import Comparing, comparison_table, legend  # noqa: PLC0415 - same
    from nbtrack.query.parse import parse_order  # noqa: PLC0415 - same

    (key,) = parse_order(group_by)[:1] if group_by else (None,)
    if key and key.name.space not in {"params", "metrics", "tags"}:
        raise UsageError(f"runs are grouped by a param or a tag, such as params.kernel, not by {group_by}")

    def comparing(width: int) -> Comparing:
        wanted = PIPED_WIDTH if width == ANY_WIDTH and not wide else width
        return Comparing(tuple(runs), wanted, baseline, key and (key.name.space, key.name.key))  # type: ignore[arg-type]  # one of three spaces

    terminal.show(lambda width: comparison_table(comparing(width)), ANY_WIDTH if wide else None)
    if runs:
        print(legend(comparing(0)))


def _where(store: "Store") -> str:
    """Say which store has no runs, when it has none at all."""
    return "" if len(store.runs()) else f": {store!r} has none"


def _write_page(runs: "Sequence[Run]", path: Path, title: str) -> Path:
    from nbtrack.export.page import write_comparison  # noqa: PLC0415 - jinja2 when a page is written

    return write_comparison(runs, path, title, say=lambda notice: print(f"nbtrack: {notice}", file=sys.stderr))
