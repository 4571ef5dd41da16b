"""``nbtrack pack``, ``gc``, ``du``, ``delete`` and ``restore``: room in the store, without losing anything by mistake.

``docs/housekeeping.md`` documents them for people, their ``--json`` and exit codes for programs.
"""

import sys
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import click

from nbtrack.errors import RunNotFound, UsageError
from nbtrack.hosts.housekeeping_text import (
    done_text,
    many,
    moment_iso,
    moment_text,
    packed_json,
    packed_text,
    plan_json,
    plan_text,
    size_text,
    some,
    usage_json,
    usage_text,
)
from nbtrack.model.age import seconds_of
from nbtrack.model.ids import short_id
from nbtrack.query.caret import shown

if TYPE_CHECKING:
    from nbtrack.hosts.cli import Terminal
    from nbtrack.store.housekeeping.gc import Collected, Plan
    from nbtrack.store.housekeeping.retention import Retention
    from nbtrack.store.housekeeping.trash import Batch
    from nbtrack.store.local import LocalStore

_LISTED: Final = 10

_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/housekeeping.md).")
_force_option = click.option(
    "--force-unlock", is_flag=True, help="Take over the maintenance lock of a process that you know is gone."
)
_yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")
_committed_option = click.option(
    "--even-committed", is_flag=True, help="Also what git has; clones that both do so conflict (docs/sharing.md)."
)
_dry_option = click.option("--dry-run", is_flag=True, help="Only say what would be done.")


@click.command()
@click.option(
    "--older-than", "age", default="1d", show_default=True, metavar="AGE", help="Runs that ended so long ago."
)
@_committed_option
@_dry_option
@_force_option
@_json_option
@click.pass_obj
def pack(
    terminal: "Terminal", age: str, *, even_committed: bool, dry_run: bool, force_unlock: bool, as_json: bool
) -> None:
    """Put the files of ended runs into a few large ones, which are faster to list, copy and back up.

    Nothing is lost by it: a pack is read back and checked before a loose file goes, and packed runs are read, compared
    and annotated like any other.
    """
    from nbtrack.store.git.committed import committed  # noqa: PLC0415 - --help answers at once
    from nbtrack.store.housekeeping.maintenance import maintaining  # noqa: PLC0415 - same
    from nbtrack.store.housekeeping.packing import Packer  # noqa: PLC0415 - same
    from nbtrack.store.writing.compaction import compact  # noqa: PLC0415 - --help answers at once

    store, seconds = terminal.folder, seconds_of(age)
    packer = Packer(
        store.path,
        older_than=seconds,
        now=time.time(),
        compact=None if dry_run else compact,
        committed=() if even_committed else committed(store.path),
    )
    if dry_run:
        done = packer.preview()
    else:
        with maintaining(store.path, "pack", force=force_unlock) as lock:
            done = packer.pack(lock)
    if as_json:
        terminal.show_json(packed_json(done, dry_run=dry_run))
        return
    for line in packed_text(done, seconds, dry_run=dry_run):
        click.echo(line)


@click.command()
@click.option("--older-than", "age", metavar="AGE", help="Artifacts of runs go that began so long ago: 90d, 12h, 2w.")
@click.option("--keep", type=click.IntRange(0), metavar="N", help="The newest N runs keep their artifacts.")
@click.option("--no-rules", is_flag=True, help="Leave the rules of retention in the configuration aside.")
@click.option("--undo", is_flag=True, help="Bring back what the last collection moved to the trash.")
@click.option("--batch", metavar="NAME", help="With --undo: this one, not the last.")
@click.option("--list", "listing", is_flag=True, help="List what is in the trash.")
@click.option("--ignore-host", "hosts", metavar="HOST", multiple=True, help="This host is gone, whatever its runs say.")
@_committed_option
@_dry_option
@_yes_option
@_force_option
@_json_option
@click.pass_obj
def gc(
    terminal: "Terminal",
    age: str | None,
    keep: int | None,
    batch: str | None,
    hosts: Sequence[str],
    *,
    no_rules: bool,
    undo: bool,
    listing: bool,
    even_committed: bool,
    dry_run: bool,
    yes: bool,
    force_unlock: bool,
    as_json: bool,
) -> None:
    """Move what nobody needs to the trash: deleted runs, objects that no run names, artifacts that a rule lets go.

    The records of a run stay when its artifacts go. The trash is emptied after 14 days, by the next `nbtrack gc`; until
    then `nbtrack gc --undo` brings everything back. Nothing is ever collected unless you run this.
    """
    from nbtrack.store.git.committed import committed  # noqa: PLC0415 - --help answers at once

    store = terminal.folder
    if listing:
        _list_trash(terminal, store, as_json=as_json)
    elif undo:
        _undo(terminal, store, batch, force=force_unlock, as_json=as_json)
    else:
        rules = _rules(store, age, keep, no_rules=no_rules)
        git_has = () if even_committed else committed(store.path)
        _collect(terminal, store, rules, hosts, git_has, dry_run=dry_run, yes=yes, force=force_unlock, as_json=as_json)


def _rules(store: "LocalStore", age: str | None, keep: int | None, *, no_rules: bool) -> "Retention":
    """Return the rules to go by: those of the configuration, or the command line's in their place."""
    from nbtrack.capture.asked.preferences import nearest_table  # noqa: PLC0415 - --help answers at once
    from nbtrack.store.housekeeping.retention import Retention, Rule, retention_of  # noqa: PLC0415 - same

    table, file = ({}, "") if no_rules else nearest_table(store.path.parent)
    found = table.get("retention", {})
    if not isinstance(found, dict):
        raise UsageError(f"{file}: retention must be a table, like [tool.nbtrack.retention]")
    rules = retention_of(found, file) if found else Retention()
    if age is None and keep is None:
        return rules
    asked = Rule(keep, seconds_of(age) if age is not None else None)
    return Retention(asked, rules.keep_tagged, source="the command line")


def _collect(
    terminal: "Terminal",
    store: "LocalStore",
    rules: "Retention",
    hosts: Sequence[str],
    git_has: Collection[str],
    *,
    dry_run: bool,
    yes: bool,
    force: bool,
    as_json: bool,
) -> None:
    from nbtrack.store.housekeeping.gc import Collector  # noqa: PLC0415 - --help answers at once
    from nbtrack.store.housekeeping.maintenance import maintaining  # noqa: PLC0415 - same
    from nbtrack.store.housekeeping.retention import released  # noqa: PLC0415 - same

    now = time.time()

    def collector() -> Collector:
        documents = store.runs().everything
        gone = [document["id"] for document in documents if document["deleted"]]
        let_go = released(documents, rules, now)
        return Collector(store.path, now=now, deleted=gone, released=let_go, ignored_hosts=hosts, committed=git_has)

    plan = collector().plan()
    if dry_run or not plan:
        _show_plan(terminal, plan, None, rules, dry_run=dry_run, as_json=as_json)
        return
    if not yes:
        _explain(plan, rules)
        if not _agreed("go ahead?", "add --yes, or look first with --dry-run"):
            click.echo("nothing was done")
            return
    with maintaining(store.path, "gc", force=force) as lock:
        plan = collector().plan()  # as things stand now that nobody else moves anything
        done = collector().collect(lock, plan)
    _show_plan(terminal, plan, done, rules, dry_run=False, as_json=as_json)


def _explain(plan: "Plan", rules: "Retention") -> None:
    for line in plan_text(plan, rules):
        click.echo(line)


def _show_plan(
    terminal: "Terminal", plan: "Plan", done: "Collected | None", rules: "Retention", *, dry_run: bool, as_json: bool
) -> None:
    if as_json:
        terminal.show_json(plan_json(plan, done, rules, dry_run=dry_run))
        return
    for line in plan_text(plan, rules) if done is None else done_text(plan, done):
        click.echo(line)


def _undo(terminal: "Terminal", store: "LocalStore", name: str | None, *, force: bool, as_json: bool) -> None:
    from nbtrack.store.housekeeping.maintenance import maintaining  # noqa: PLC0415 - --help answers at once
    from nbtrack.store.housekeeping.trash import Trash  # noqa: PLC0415 - same

    with maintaining(store.path, "gc --undo", force=force) as lock:
        trash = Trash(store.path)
        batch = _chosen(trash.batches(), name)
        restored = trash.restore(batch, lock)
    size = sum(item.size for item in restored)
    if as_json:
        terminal.show_json({"batch": batch.name, "files": len(restored), "bytes": size})
        return
    click.echo(f"brought back {many(len(restored), 'file')} ({size_text(size)}) of {moment_text(batch.at)}")
    runs = sorted({run for item in restored if item.why == "deleted" for run in item.runs})
    if runs:
        click.echo(f"{many(len(runs), 'run')} among them stay deleted until `nbtrack restore RUN`{some(runs)}")


def _chosen(batches: "Sequence[Batch]", name: str | None) -> "Batch":
    if name is not None:
        found = [batch for batch in batches if batch.name == name or short_id(batch.name) == name]
        if not found:
            raise UsageError(f"there is no batch {name[:80]!r} in the trash; `nbtrack gc --list` lists them")
        return found[-1]
    there = [batch for batch in batches if not batch.purged]
    if not there:
        raise UsageError("the trash is empty, so there is nothing to bring back")
    return there[-1]


def _list_trash(terminal: "Terminal", store: "LocalStore", *, as_json: bool) -> None:
    from nbtrack.store.housekeeping.trash import GRACE, Trash  # noqa: PLC0415 - --help answers at once

    trash = Trash(store.path)
    batches = trash.batches()
    if as_json:
        terminal.show_json(
            [
                {
                    "batch": batch.name,
                    "at": moment_iso(batch.at),
                    "reason": batch.reason,
                    "files": len(trash.present(batch)),
                    "bytes": sum(item.size for item in trash.present(batch)),
                    "purged": batch.purged,
                    "until": moment_iso(batch.at + GRACE),
                }
                for batch in batches
            ]
        )
        return
    for batch in batches:
        present = trash.present(batch)
        size = size_text(sum(item.size for item in present))
        what = f"{many(len(present), 'file')}, {size}, until {moment_text(batch.at + GRACE)}"
        state = "gone for good" if batch.purged else what
        click.echo(f"{batch.name}  {state}  {shown(batch.reason)}")
    if not batches:
        click.echo("the trash is empty")


@click.command()
@click.option(
    "--limit", type=click.IntRange(0), default=_LISTED, show_default=True, help="How many runs and artifacts."
)
@_json_option
@click.pass_obj
def du(terminal: "Terminal", limit: int, *, as_json: bool) -> None:
    """Show what takes the room: by kind, the largest runs, the largest artifacts."""
    from nbtrack.store.housekeeping.usage import usage  # noqa: PLC0415 - --help answers at once

    store = terminal.folder
    found = usage(store.path, store.runs().everything)
    if as_json:
        terminal.show_json(usage_json(found, limit))
        return
    click.echo(f"store {shown(str(store.path))}\n")
    for line in usage_text(found, limit):
        click.echo(line)


@click.command()
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@_yes_option
@click.pass_obj
def delete(terminal: "Terminal", runs: Sequence[str], *, yes: bool) -> None:
    """Hide runs from every listing; `nbtrack restore RUN` shows them again.

    Their records and artifacts stay until `nbtrack gc`, and in the trash for 14 days more.
    """
    from nbtrack.record.deletion import delete_run  # noqa: PLC0415 - --help answers at once

    found = list({run.id: run for run in map(terminal.run, runs)}.values())
    if not yes:
        for run in found:
            click.echo(f"{run.id}  {shown(run.name)}  {run.status}  {run.started:%Y-%m-%d %H:%M}")
        if not _agreed(f"delete {many(len(found), 'run')}?", "add --yes"):
            click.echo("nothing was done")
            return
    for run in found:
        delete_run(run, store=terminal.store)
    ids = " ".join(run.short for run in found[:_LISTED]) + (" …" if len(found) > _LISTED else "")
    click.echo(f"deleted {many(len(found), 'run')}; `nbtrack restore {ids}` brings them back")


@click.command()
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.pass_obj
def restore(terminal: "Terminal", runs: Sequence[str]) -> None:
    """Show deleted runs again, also those that `nbtrack gc` has moved to the trash."""
    from nbtrack.record.deletion import restore_run  # noqa: PLC0415 - --help answers at once

    for run in runs:
        try:
            restored = restore_run(run, store=terminal.store)
        except RunNotFound as unknown:
            raise RunNotFound(f"{unknown}; deleted runs are found by their id, while they are in the trash") from None
        click.echo(f"restored {restored}")


def _agreed(question: str, otherwise: str) -> bool:
    """Ask, where there is somebody to answer.

    Raises:
        UsageError: there is nobody.
    """
    with suppress(AttributeError, ValueError):
        if sys.stdin.isatty():
            return click.confirm(question)
    raise UsageError(f"nobody can be asked here; {otherwise}")


COMMANDS: Final = (pack, gc, du, delete, restore)
