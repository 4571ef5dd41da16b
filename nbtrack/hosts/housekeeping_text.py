"""What the housekeeping commands say: lines for people, plain JSON for programs (``docs/housekeeping.md``)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from nbtrack.model.age import age_text
from nbtrack.model.ids import is_run_id, short_id
from nbtrack.query.caret import shown

if TYPE_CHECKING:
    from nbtrack.store.housekeeping.gc import Collected, Plan
    from nbtrack.store.housekeeping.packing import Packed
    from nbtrack.store.housekeeping.retention import Retention
    from nbtrack.store.housekeeping.usage import Usage

_LISTED: Final = 10
_UNITS: Final = ("B", "kB", "MB", "GB", "TB")
_WHYS: Final = {"rule": "artifact", "deleted": "object", "unreferenced": "object without a run"}


def packed_json(done: "Packed", *, dry_run: bool) -> dict[str, Any]:
    """Return what packing did, or would do."""
    counts = {"runs": done.runs, "files": done.files, "bytes": done.bytes, "cleared": done.cleared}
    return {"dry_run": dry_run, "packs": [name for name in done.packs if name], **counts, "stayed": done.stayed}


def packed_text(done: "Packed", seconds: float, *, dry_run: bool) -> list[str]:
    """Say what packing did, or would do, and why runs stayed as they are."""
    verb = "would pack" if dry_run else "packed"
    lines = []
    if done.runs:
        into = many(len(done.packs), "pack")
        lines.append(
            f"{verb} {many(done.runs, 'run')} ({many(done.files, 'file')}, {size_text(done.bytes)}) into {into}"
        )
    if done.cleared:
        word = "would clear away" if dry_run else "cleared away"
        lines.append(f"{word} loose copies of {many(done.cleared, 'run')} that an interrupted pack had left")
    for why, runs in done.stayed.items():
        hint = f" (they changed less than {age_text(seconds)} ago; --older-than 0s packs them too)"
        lines.append(f"left {many(len(runs), 'run')} as they are: {shown(why)}{hint if why == 'too young' else ''}")
    if any(why.startswith("not whole") for why in done.stayed):
        lines.append("runs that are not whole stay loose until `nbtrack fsck` has looked at them")
    return lines if done.runs or done.cleared else ["nothing to pack", *lines]


def plan_json(plan: "Plan", done: "Collected | None", rules: "Retention", *, dry_run: bool) -> dict[str, Any]:
    """Return what a collection did or, without ``done``, would do."""
    return {
        "dry_run": dry_run,
        "rules": rules.sentences(),
        "batch": done.batch.name if done and done.batch else None,
        "objects": [{"path": i.path, "size": i.size, "why": i.why, "runs": list(i.runs)} for i in plan.objects],
        "deleted_runs": plan.deleted,
        "released_runs": list(plan.released),
        "bytes": done.batch.size if done and done.batch else plan.size,
        "wanted_again": len(plan.wanted),
        "purged": {"batches": [batch.name for batch in plan.due], "bytes": sum(batch.size for batch in plan.due)},
        "young": {"objects": len(plan.young), "bytes": sum(item.size for item in plan.young)},
    }


def plan_text(plan: "Plan", rules: "Retention") -> list[str]:
    """Say what a collection would do, and by which rules."""
    lines = [f"rule of {shown(rules.source)}: {shown(sentence)}" for sentence in rules.sentences()]
    for why, words in _WHYS.items():
        items = [item for item in plan.objects if item.why == why]
        if items:
            size = size_text(sum(item.size for item in items))
            runs = f" of {many(len({r for item in items for r in item.runs}), 'run')}" if why != "unreferenced" else ""
            lines.append(f"to the trash: {many(len(items), words)}{runs}, {size}")
    if plan.deleted:
        lines.append(f"to the trash: the records of {many(len(plan.deleted), 'deleted run')}{some(plan.deleted)}")
    if plan.wanted:
        lines.append(f"back from the trash: {many(len(plan.wanted), 'object')} that runs use again")
    lines += [
        f"gone for good: what went to the trash {moment_text(batch.at)}, {size_text(batch.size)}" for batch in plan.due
    ]
    if plan.young:
        size = size_text(sum(item.size for item in plan.young))
        lines.append(f"not yet: {many(len(plan.young), 'object')}, {size}, used too lately")
    return lines if plan or plan.young else [*lines, "nothing to collect"]


def done_text(plan: "Plan", done: "Collected") -> list[str]:
    """Say what a collection did."""
    lines = []
    if done.batch:
        lines.append(f"moved {many(len(done.batch.items), 'file')} ({size_text(done.batch.size)}) to the trash")
        lines.append(
            f"`nbtrack gc --undo` brings them back; from {moment_text(done.batch.at + 14 * 86_400)} on they may go"
        )
    if plan.wanted:
        lines.append(f"brought back {many(done.brought_back, 'object')} that runs use again")
    if plan.due:
        lines.append(
            f"emptied {many(len(plan.due), 'batch', 'batches')} of the trash: {size_text(done.freed)} are free"
        )
    return lines


def usage_json(found: "Usage", limit: int) -> dict[str, Any]:
    """Return what takes the room."""
    return {
        "total": found.total._asdict(),
        "kinds": {kind: size._asdict() for kind, size in found.kinds.items()},
        "runs": [{**run._asdict(), "size": run.size} for run in found.runs[:limit]],
        "artifacts": [
            {"hash": each.hash, "size": each.size, "names": list(each.names), "runs": list(each.runs)}
            for each in found.artifacts[:limit]
        ],
    }


def usage_text(found: "Usage", limit: int) -> list[str]:
    """Show what takes the room: three tables."""
    kinds = [("kind", "files", "bytes", "on disk")]
    kinds += [
        (kind, f"{s.files:,}", size_text(s.bytes), size_text(s.disk)) for kind, s in found.kinds.items() if s.bytes
    ]
    total = found.total
    kinds.append(("all", f"{total.files:,}", size_text(total.bytes), size_text(total.disk)))
    lines = _table(kinds)
    runs: list[Sequence[str]] = [("largest runs", "records", "histories", "artifacts", "its own")]
    for run in found.runs[:limit]:
        sizes = (run.records, run.histories, run.artifacts, run.own)
        runs.append((f"{short_id(run.id)}  {shown(run.name)[:40]}", *map(size_text, sizes)))
    files = [("largest artifacts", "size", "runs", "object")]
    for each in found.artifacts[:limit]:
        names = f"{shown(each.names[0])[:40]}{' …' if len(each.names) > 1 else ''}"
        files.append((names, size_text(each.size), f"{len(each.runs):,}", each.hash[-64:][:12]))
    for table in (runs, files):
        lines += ["", *_table(table)] if len(table) > 1 else []
    return lines


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay out rows: the first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]


def many(count: int, one: str, more: str = "") -> str:
    """Return a count with its noun.

    >>> many(1, "run"), many(2, "object without a run")
    ('1 run', '2 objects without a run')
    """
    first, _, rest = one.partition(" ") if " without" in one else (one, "", "")
    plural = more or (f"{first}s {rest}".strip())
    return f"{count:,} {one if count == 1 else plural}"


def some(runs: Sequence[str]) -> str:
    """Return the first of some runs, in brackets."""
    named = ", ".join(short_id(run) for run in runs[:_LISTED] if is_run_id(run))
    return f" ({named}{', …' if len(runs) > _LISTED else ''})"


def size_text(count: float) -> str:
    """Return a number of bytes for people.

    >>> size_text(999), size_text(1_500_000)
    ('999 B', '1.5 MB')
    """
    for unit in _UNITS:
        if abs(count) < 1000 or unit == _UNITS[-1]:
            break
        count /= 1000
    return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"


def moment_text(moment: float) -> str:
    """Return a time for people."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")


def moment_iso(moment: float) -> str:
    """Return a time for programs."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
