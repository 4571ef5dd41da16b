"""``nbtrack fsck``: whether a store is whole, what is wrong where, and - when asked - putting it right."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from nbtrack.errors import UsageError
from nbtrack.query.caret import shown

if TYPE_CHECKING:
    from nbtrack.hosts.cli import Terminal
    from nbtrack.store.check.finding import Finding
    from nbtrack.store.check.fsck import Progress, Report
    from nbtrack.store.check.repair import Deed
    from nbtrack.store.local import LocalStore

FINDINGS: Final = 1
_LISTED: Final = 20  # of a kind; --json has all
_WORDS: Final = {
    "damaged": "damaged lines",
    "missing": "missing records",
    "seal": "seals that do not match",
    "divergent": "divergent copies",
    "unsealed": "lines typed by hand",
    "foreign": "segments of other runs",
    "newer": "segments of a newer format",
    "unreadable": "unreadable files",
    "object": "objects with other bytes",
    "absent": "missing objects",
    "pack": "damaged packs",
    "index": "differences of the index",
    "torn": "torn tails",
    "unfinished": "unfinished runs",
    "gap": "gaps in the meta log",
    "forgotten": "unreferenced objects",
    "collected": "objects that gc took away",
    "stray": "stray files",
    "leftover": "leftovers of dead processes",
    "accepted": "accepted runs",
}


@click.command()
@click.option("--data", is_flag=True, help="Also read the bytes of every object and pack and check their hashes.")
@click.option(
    "--repair", is_flag=True, help="Put right what is safe to; evidence goes to quarantine/, nothing is deleted."
)
@click.option("--reseal", is_flag=True, help="With --repair: seal lines typed by hand. Look at them first.")
@click.option(
    "--accept", "accepted", metavar="RUN", multiple=True, help="Accept a damaged run as it is; say it again for more."
)
@click.option("--force-unlock", is_flag=True, help="Take over the maintenance lock of a process that you know is gone.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/fsck.md).")
@click.pass_obj
@click.pass_context
def fsck(
    context: click.Context,
    terminal: "Terminal",
    accepted: Sequence[str],
    *,
    data: bool,
    repair: bool,
    reseal: bool,
    force_unlock: bool,
    as_json: bool,
) -> None:
    """Check every record, seal and object of the store, and say what is wrong where.

    Exit codes: 0 nothing is wrong, 1 something is, 2 usage error, 3 the store cannot be read or written.
    """
    if reseal and not repair:
        raise UsageError("--reseal changes lines of the store; write --repair --reseal")
    from nbtrack.store.check import fsck as checking  # noqa: PLC0415 - --help answers at once

    store = terminal.folder
    deeds = [_accept(store, terminal.run(run).id) for run in accepted]
    report = checking.fsck(store, data=data, progress=_progress())
    if repair:
        done = _repair(store, report, reseal=reseal, force=force_unlock)
        deeds += done
        if any(deed.done for deed in done):
            report = checking.fsck(store, data=data, progress=_progress())
    if as_json:
        terminal.show_json({**checking.as_json(report), "repairs": [_deed_json(deed) for deed in deeds]})
    else:
        click.echo("\n".join(_text(report, deeds)))
    context.exit(0 if report.ok else FINDINGS)


def _accept(store: "LocalStore", run_id: str) -> "Deed":
    from nbtrack.store.check.repair import accept  # noqa: PLC0415 - same

    return accept(store, run_id)


def _repair(store: "LocalStore", report: "Report", *, reseal: bool, force: bool) -> "list[Deed]":
    from nbtrack.store.check.repair import repair  # noqa: PLC0415 - same

    return repair(store, report, reseal=reseal, force=force)


def _progress() -> "Progress":
    """Return what shows on a terminal how far a check has come; nothing elsewhere."""
    if not sys.stderr.isatty():
        return lambda *_: None

    def show(what: str, done: int, total: int) -> None:
        end = done == total > 0
        text = f"{what}: {done:,} of {total:,}" if total else f"{what}: {done:,}"
        click.echo(f"\r{text:<60}" + ("\r" + " " * 60 + "\r") * end, err=True, nl=False)

    return show


def _text(report: "Report", deeds: "Sequence[Deed]") -> list[str]:
    counts = report.counts
    told = [_many(counts[name], name) for name in ("runs", "records", "changes", "packs", "objects") if counts[name]]
    lines = [f"store {shown(str(report.path))}", f"{', '.join(told) or 'no runs'}, {counts['bytes']:,} bytes"]
    lines += [f"being written: {_many(counts['writing'], 'runs')}"] if counts["writing"] else []
    lines += _deeds(deeds)
    for title, findings in (("wrong", report.wrong), ("worth knowing", report.notes)):
        lines += _listed(title, findings)
    return [*lines, "", _verdict(report)]


def _many(count: int, nouns: str) -> str:
    return f"{count:,} {nouns if count != 1 else nouns.removesuffix('s')}"


def _deeds(deeds: "Sequence[Deed]") -> list[str]:
    done, left = [deed for deed in deeds if deed.done], [deed for deed in deeds if not deed.done]
    lines = ["", "done:"] if done else []
    lines += [f"  {_line(deed)}" for deed in done[:_LISTED]] + _more(done)
    lines += ["", "not done:"] if left else []
    return lines + [f"  {_line(deed)}" for deed in left[:_LISTED]] + _more(left)


def _listed(title: str, findings: "Sequence[Finding]") -> list[str]:
    kinds: dict[str, list[Finding]] = {}
    for finding in findings:
        kinds.setdefault(finding.kind, []).append(finding)
    lines = ["", f"{title}:"] if kinds else []
    for kind, found in kinds.items():
        lines.append(f"  {_WORDS.get(kind, kind)} ({sum(finding.count for finding in found):,})")
        lines += [f"    {_line(finding)}" for finding in found[:_LISTED]]
        lines += [f"  {line}" for line in _more(found)]
    return lines


def _line(thing: "Finding | Deed") -> str:
    run = f"run {thing.run}: " if thing.run and thing.run not in str(thing) else ""
    return shown(run + str(thing))


def _more(things: Sequence[Any]) -> list[str]:
    return [f"  … and {len(things) - _LISTED:,} more (--json has all)"] if len(things) > _LISTED else []


def _verdict(report: "Report") -> str:
    if report.ok:
        return "nothing is wrong"
    runs = len({finding.run for finding in report.wrong if finding.run})
    where = f" in {_many(runs, 'runs')}" if runs else ""
    return f"{_many(len(report.wrong), 'things')} wrong{where}; docs/fsck.md says what to do"


def _deed_json(deed: "Deed") -> dict[str, Any]:
    return {"text": deed.text, "path": deed.path, "run": deed.run, "done": deed.done}
