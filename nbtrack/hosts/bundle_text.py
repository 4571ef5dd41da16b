"""What ``nbtrack bundle`` and ``nbtrack import`` say to people."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from nbtrack.hosts.housekeeping_text import many, size_text, some
from nbtrack.model.ids import short_id
from nbtrack.query.caret import shown

if TYPE_CHECKING:
    from nbtrack.share.bundle import Bundled, Damaged
    from nbtrack.share.bundle_scan import Finding
    from nbtrack.share.unbundling import Imported
    from nbtrack.store.exchange.holdings import Missing

_LISTED: Final = 10
FSCK: Final = "`nbtrack fsck --data` checks every file, and says what can be put right"


def bundled_text(done: "Bundled") -> list[str]:
    """Say what a bundle holds, or would hold, and what it has not."""
    what = f"{many(len(done.runs), 'run')}, {many(done.objects, 'object')}, {size_text(done.bytes)} of content"
    if done.path is None:
        lines = [f"would bundle {what}"]
    else:
        lines = [
            f"wrote {shown(str(done.path))} ({size_text(done.size)})",
            f"it holds {what}",
            f"sha256 {done.digest}",
        ]
    if done.running:
        lines.append(f"still running, and taken as far as they are: {_ids(done.running)}")
    lines += _missing([each for each in done.missing if each.what not in {bad.what for bad in done.damaged}])
    lines += _damaged(done.damaged)
    if done.findings:
        lines += secrets_text(done.findings)
    return [*lines, "records name the machine, the folders and the repository of a run; `nbtrack show RUN` shows them"]


def secrets_text(findings: "Mapping[str, Sequence[Finding]]") -> list[str]:
    """Say what looks like a secret, by run; what it is stays unsaid."""
    count = sum(each.many for found in findings.values() for each in found)
    verb = "value looks like a secret" if count == 1 else "values look like secrets"
    lines = [f"{count:,} {verb}; the bytes of records and objects cannot be altered, their hashes name them:"]
    for run_id, found in [*findings.items()][:_LISTED]:
        lines.append(f"  {short_id(run_id) or 'changes'}: {sum(each.many for each in found):,}")
        lines += [f"    {_place(each)}" for each in found[:_LISTED]]
        lines += [f"    … and {len(found) - _LISTED:,} more places"] if len(found) > _LISTED else []
    lines += [f"  … and {len(findings) - _LISTED:,} more runs"] if len(findings) > _LISTED else []
    return lines


def _place(each: "Finding") -> str:
    line = f" line {each.line:,}" if each.line else ""
    return shown(f"{each.place}{line}: {each.many:,} ({', '.join(each.rules)})")


def imported_text(done: "Imported") -> list[str]:
    """Say what became of each run."""
    verbs = ("would be added", "would gain records") if done.dry_run else ("added", "gained records")
    lines = [f"{_runs(done.new)} {verbs[0]}{some(done.new)}"] if done.new else []
    lines += [f"{_runs(done.extended)} {verbs[1]}{some(done.extended)}"] if done.extended else []
    if done.nothing:
        lines.append(f"nothing to add: {_runs(done.known)} here already, with all of it")
    elif done.known:
        lines.append(f"{_runs(done.known)} here already")
    if done.objects or done.changes:
        counts = [many(done.objects, "object")] * bool(done.objects)
        counts += [many(done.changes, "file") + " of later changes"] * bool(done.changes)
        lines.append(f"with {' and '.join(counts)}, {size_text(done.bytes)} in all")
    if done.deleted:
        lines.append(f"deleted here, and left so: {_ids(done.deleted)}")
    if done.running:
        lines.append(f"were running when they were bundled: {_ids(done.running)}")
    if done.beside:
        lines.append(
            f"{many(len(done.beside), 'file')} differ from those here and stand beside them; see `nbtrack fsck`"
        )
    if done.busy:
        lines.append(f"{many(len(done.busy), 'file')} left out: a process is writing them here")
    damaged = {each.what for each in done.damaged}
    lines += [f"damaged in {shown(str(done.source))}, and not taken: {_files(done.damaged)}", FSCK] if damaged else []
    return [*lines, *_missing([each for each in done.missing if each.what not in damaged])]


def _files(missing: "Sequence[Missing]") -> str:
    told = [f"{each.what} of run {short_id(each.run)}" for each in missing[:_LISTED]]
    return ", ".join(told) + (f" and {len(missing) - _LISTED:,} more" if len(missing) > _LISTED else "")


def _runs(ids: Sequence[str]) -> str:
    return many(len(ids), "run")


def _ids(ids: Sequence[str]) -> str:
    return ", ".join(map(short_id, ids[:_LISTED])) + (f" and {len(ids) - _LISTED:,} more" if len(ids) > _LISTED else "")


def _damaged(damaged: "Sequence[Damaged]") -> list[str]:
    """Say what could not be read, of which run, and how to look closer."""
    if not damaged:
        return []
    told = [f"  run {short_id(run)}: {shown(name)}: {shown(why)} ({what})" for run, name, what, why in damaged]
    more = [f"  … and {len(told) - _LISTED:,} more"] if len(told) > _LISTED else []
    return ["not in the bundle, because it cannot be read here:", *told[:_LISTED], *more, FSCK]


def _missing(missing: "Sequence[Missing]") -> list[str]:
    """Say what a bundle has not, and why; the same object of many runs once."""
    whys = Counter(each.why for each in missing)
    return [
        f"not in the bundle: {many(len({each.what for each in missing if each.why == why}), 'file')} "
        f"of {many(len({each.run for each in missing if each.why == why}), 'run')}: {shown(why)}"
        for why in whys
    ]
