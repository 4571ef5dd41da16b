"""What a run's inputs are worth: whether they came from the cells as they stand, in the order in which they stand.

    clean            nothing below is the case, as far as the notebook tells
    upstream-edited  an input was made by a cell whose source is another now
    deleted-cell     an input was made by a cell that is gone
    out-of-order     top to bottom, the cells would have made something else
    reran            an input adds up several executions of one cell
    dynamic-code     code that was made up while running may have changed anything
    unverified       an input has no known origin
    unanalysed       the executions are too many to list

Nothing is said that the front end leaves in doubt: a file saved before a cell ran says nothing about that cell.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nbtrack.capture.session.cells import alike
from nbtrack.capture.session.identities import is_fixed
from nbtrack.capture.session.notebook_file import SavedCell, SavedNotebook, essence, index, same_source
from nbtrack.capture.session.past import Past
from nbtrack.model.document import VerdictDocument

_MOST = 12


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about the notebook now: the log of the session, the saved file, and what the front end said."""

    cells: Mapping[str, Past]  # the latest execution of each cell, by its id or else its source
    writers: Mapping[str, Sequence[Past]]  # who wrote, changed or deleted each name
    saved: SavedNotebook | None = None
    deleted: frozenset[str] = frozenset()
    order: Sequence[str] = ()
    gaps: Sequence[int] = ()
    namespace: Mapping[str, Any] = field(default_factory=dict)


def verdicts(executions: Sequence[Past], known: Known) -> list[VerdictDocument]:
    """Return what is to be said of a slice, its run's own execution last; the worst first, ``clean`` if nothing is."""
    inputs = executions[:-1]
    found = list(_of_inputs(inputs, executions, known)) if inputs else []
    found += [_dynamic(past) for past in executions if past.dynamic]
    strangers = {name: past for past in executions for name in past.unknown}
    if strangers or known.gaps:
        found += _unverified(executions, known, strangers)
    return found[:_MOST] or [{"kind": "clean", "text": _clean_text(len(inputs))}]


def _of_inputs(inputs: Sequence[Past], executions: Sequence[Past], known: Known) -> Iterator[VerdictDocument]:
    """Yield what is to be said of the executions behind a run, and of their order."""
    known = _with_ids_of_the_front_end(known)
    used = _used(executions)
    there = list[Past]()
    for past in inputs:
        if past.number not in used:
            continue
        if is_deleted(past, known):
            yield _deleted(past, used[past.number])
        else:
            there.append(past)
    yield from _edited(there, used, known)
    yield from _out_of_order(executions, known)
    yield from _reran(executions, used)


def _clean_text(inputs: int) -> str:
    if not inputs:
        return "clean: depends on no other cell"
    return f"clean: depends on {inputs} other execution{'s'[: inputs > 1]}, each of a cell as it stands"


@dataclass(frozen=True, slots=True)
class Use:
    """What was read from one execution, and whether the run itself read it."""

    names: tuple[str, ...]
    own: bool

    @property
    def text(self) -> str:
        """``reads `X`, `y` ``, with three names at most."""
        shown = ", ".join(map(shown_name, self.names[:3])) + (", …" if len(self.names) > 3 else "")
        return f"{'reads' if self.own else 'depends on'} {shown}"


def _used(executions: Sequence[Past]) -> dict[int, Use]:
    """Return for each execution what was read from it: by the run itself, or else by the latest that read any."""
    found: dict[int, Use] = {}
    for each in reversed(executions):
        if not each.reads:
            continue
        read: dict[int, list[str]] = {}
        for name, number in sorted(each.reads.items(), key=lambda pair: (pair[0].startswith("⟂"), pair[0].lower())):
            read.setdefault(number, []).append(name)
        for number, names in read.items():
            found.setdefault(number, Use(tuple(names), each is executions[-1]))
    return found


def _says(kind: str, text: str, past: Past, name: str = "") -> VerdictDocument:
    return {"kind": kind, "text": text, "name": name, "n": past.number}


def _in(past: Past) -> str:
    return f"In [{past.cell.count}]" if past.cell.count is not None else f"execution {past.number}"


def shown_name(name: str) -> str:
    """Return how a text calls a name: a variable in quotes, what lies beside variables in words."""
    if not name.startswith("⟂"):
        return f"`{name}`"
    kind, _, rest = name[1:].partition(":")
    words = {"rng": f"the random state of {rest}", "plt": "plot settings", "cwd": "the working directory"}
    return words.get(kind, f"the file {rest!r}" if kind == "file" else "environment variables")


def _deleted(past: Past, use: Use) -> VerdictDocument:
    return _says("deleted-cell", f"{use.text} from a deleted cell ({_in(past)})", past, use.names[0])


def is_deleted(past: Past, known: Known) -> bool:
    """Tell whether an execution's cell is surely gone: the front end said so, or a later save is without its id."""
    identity, saved = past.cell.id, known.saved
    if identity is None:
        return False
    ids = index(saved.cells)[0] if saved is not None and saved.saved > past.started else None
    return identity not in ids if ids else identity in known.deleted


def _with_ids_of_the_front_end(known: Known) -> Known:
    """Pass over ids of the file that are not the front end's: VS Code has its own, old files get new ones each time."""
    saved = known.saved
    if saved is None or not index(saved.cells)[0].keys().isdisjoint(known.cells):
        return known
    return replace(known, saved=replace(saved, cells=tuple(SavedCell(None, cell.source) for cell in saved.cells)))


def _edited(inputs: Sequence[Past], used: Mapping[int, Use], known: Known) -> Iterator[VerdictDocument]:
    for past in inputs:
        if past.recalled:
            continue
        now = source_now(past, known)
        if now is not None and not same_source(now, past.cell.source):
            use = used[past.number]
            yield _says("upstream-edited", f"{use.text} from a cell edited since ({_in(past)})", past, use.names[0])


def source_now(past: Past, known: Known) -> str | None:
    """Return the source that an execution's cell has now, or None when nobody told: the latest news counts."""
    later = known.cells.get(past.cell.id) if past.cell.id is not None else None
    saved = known.saved
    since = max(past.started, later.started) if later is not None else past.started
    if saved is not None and saved.saved > since:
        found = _saved_source(past, saved, known)
        if found is not None:
            return found
    return later.cell.source if later is not None and later is not past else None


def _saved_source(past: Past, saved: SavedNotebook, known: Known) -> str | None:
    by_id, sources = index(saved.cells)
    if past.cell.id is not None and by_id:
        return by_id.get(past.cell.id)
    return past.cell.source if essence(past.cell.source) in sources else _at_its_place(past, saved, known)


def _at_its_place(past: Past, saved: SavedNotebook, known: Known) -> str | None:
    """Return the source that stands, unexecuted, between an execution's neighbours and resembles it."""
    near = {each.number: each for each in known.cells.values() if abs(each.number - past.number) == 1}
    before, after = near.get(past.number - 1), near.get(past.number + 1)
    ran = {essence(each.cell.source) for each in known.cells.values()}
    for place, cell in enumerate(saved.cells):
        fresh = essence(cell.source) not in ran
        above = place > 0 and before is not None and same_source(saved.cells[place - 1].source, before.cell.source)
        below = saved.cells[place + 1 : place + 2]
        under = bool(below) and after is not None and same_source(below[0].source, after.cell.source)
        if fresh and (above or under) and alike(cell.source, past.cell.source):
            return cell.source
    return None


def _out_of_order(executions: Sequence[Past], known: Known) -> Iterator[VerdictDocument]:
    """Compare each read with what it would get from top to bottom: the last writer above."""
    places = _places(known)
    if not places:
        return
    by_number = {each.number: each for each in executions}
    seen: set[tuple[str, int]] = set()
    for reader in executions:
        for name, number in reader.reads.items():
            writer = by_number.get(number)
            if writer is None or _key(writer, places) == _key(reader, places) or (name, number) in seen:
                continue
            other = _disorder(reader, name, writer, places, known)
            if other is not None:
                seen.add((name, number))
                yield other


def _disorder(reader: Past, name: str, writer: Past, places: Mapping[str, int], known: Known) -> VerdictDocument | None:
    above, below = _key(writer, places), _key(reader, places)
    if above is None or below is None:
        return None
    if places[above] > places[below]:
        text = f"executed out of order: {_in(reader)} uses {shown_name(name)} from {_in(writer)}, which stands below it"
        return _says("out-of-order", text, writer, name)
    between = _between(name, writer, (places[above], places[below]), places, known)
    if between is None:
        return None
    text = f"executed out of order: {_in(reader)} uses {shown_name(name)} without {_in(between)}, which stands between"
    return _says("out-of-order", text, between, name)


def _between(name: str, writer: Past, span: tuple[int, int], places: Mapping[str, int], known: Known) -> Past | None:
    """Return the cell between writer and reader that ran before, touched the name, and was not run again."""
    if name.startswith("⟂"):
        return None
    for past in reversed(known.writers.get(name, ())):
        place = _key(past, places)
        stands = place is not None and span[0] < places[place] < span[1]
        if stands and past.number < writer.number and past.outcome == "ok" and name not in past.refits | past.assumed:
            return past
    return None


def _places(known: Known) -> dict[str, int]:
    """Return where each cell stands, by id and, for files without ids, by source where it is the only one."""
    if known.order:
        return {identity: place for place, identity in enumerate(known.order)}
    if known.saved is None:
        return {}
    cells = known.saved.cells
    sources = [cell.source for cell in cells]
    found = {cell.id: place for place, cell in enumerate(cells) if cell.id is not None}
    alone = {cell.source: place for place, cell in enumerate(cells) if sources.count(cell.source) == 1}
    return found or alone


def _key(past: Past, places: Mapping[str, int]) -> str | None:
    for key in (past.cell.id, past.cell.source):
        if key is not None and key in places:
            return key
    return None


def _reran(executions: Sequence[Past], used: Mapping[int, Use]) -> Iterator[VerdictDocument]:
    """Find cells of which several executions add up: a later one read what an earlier one wrote, directly or not."""
    times: dict[tuple[str | None, str], list[Past]] = {}
    for past in executions:
        if past.number in used or past is executions[-1]:
            times.setdefault((past.cell.id, "" if past.cell.id else past.cell.source), []).append(past)
    for same in times.values():
        if len(same) < 2:
            continue
        names = set(same[0].touched).intersection(*(past.touched - past.assumed for past in same))
        built = sorted(name for name in names if not name.startswith("⟂") and _adds_up(name, same))
        if built:
            text = f"`{built[0]}` adds up {len(same)} executions of the same cell ({', '.join(map(_in, same[-3:]))})"
            yield _says("reran", text, same[-1], built[0])


def _adds_up(name: str, same: Sequence[Past]) -> bool:
    return all(name in past.reads for past in same[1:])


def _dynamic(past: Past) -> VerdictDocument:
    return _says("dynamic-code", f"dynamic code: what {_in(past)} reads is known only in part", past)


def _unverified(executions: Sequence[Past], known: Known, names: Mapping[str, Past]) -> Iterator[VerdictDocument]:
    """Yield what is to be said of names that were read and that no execution wrote, or of what crosses a gap."""
    why = "while tracking was off" if known.gaps else "outside any cell nbtrack saw"
    for name, past in names.items():
        if not is_fixed(known.namespace.get(name)) or known.gaps:
            yield _says("unverified", f"reads `{name}`, which was made {why}", past, name)
    if not names and known.gaps:
        yield from _across_gaps(executions, known)


def _across_gaps(executions: Sequence[Past], known: Known) -> Iterator[VerdictDocument]:
    """What crosses a gap may have been changed in it, unless it is of a kind that cannot change."""
    for past in executions:
        for name, number in past.reads.items():
            crosses = any(number < gap <= past.number for gap in known.gaps)
            if crosses and not name.startswith("⟂") and not is_fixed(known.namespace.get(name)):
                yield _says("unverified", f"`{name}` may have changed while tracking was off", past, name)
                return
