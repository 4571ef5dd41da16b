"""The results of a loop's iterations: which names the loop records, and which are left to the calls inside it."""

import ast
import re
from collections.abc import Collection, Mapping, Sequence

from nbtrack.capture.syntax.calls import tells_several
from nbtrack.capture.syntax.evidence import Evidence
from nbtrack.capture.syntax.experiments import targets_of
from nbtrack.capture.syntax.loops import LOOPS, Loop, begun_in, bound_again, is_counted
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.tables import appended, entries_of
from nbtrack.capture.syntax.tee import Site, forget, through
from nbtrack.capture.syntax.walking import child_nodes, every_node, nodes_outside, of_kind, of_kinds
from nbtrack.model.direction import direction

_WORDS = re.compile(r"[^\W\d]\w*")
_LOOPS = frozenset(LOOPS)
ADDING = (ast.AugAssign, ast.Assign)  # what ``summed`` may be true of


def is_learnt(loop: Loop, name: str, evidence: Evidence) -> bool:
    """Tell whether a name gets a result in each iteration: its loop counts, or it is bound to scores.

    Where nothing is a result, the words that may be about anything, as in ``distance_sum``, are no scores, but in a
    loop over epochs or episodes.
    """
    doubtful = (
        not evidence.found
        and not is_counted(loop)
        and evidence.is_doubtful(name)
        and name not in evidence.said | evidence.results
    )
    counts = not doubtful and (isinstance(loop, ast.While) or "range" in ast.unparse(loop.iter))
    made = (each for each in of_kind(every_node(loop), ast.Assign) if name in targets_of(each))
    return counts or evidence.is_score(name) or any(evidence.is_score(name, e.value) for e in made)


def leave_to(loop: Loop, names: Sequence[str], sites: Sequence[Site]) -> set[str]:
    """Leave to a loop what is computed twice in an iteration; return the names that its sites record themselves."""
    again = bound_again(loop).intersection(names)
    named: dict[str, set[str]] = {}  # a call that is written twice is one metric
    for site in sites:
        named.setdefault(site.text, set()).update({*site.targets, site.target or ""})
    for site in sites:
        if site.kind == "metric" and not tells_several(site.callee):
            site.overwritten = frozenset(again & named[site.text])
    return {name for site in sites for name in named[site.text] - site.overwritten}


def renewed_in(loop: Loop, seen: Evidence) -> frozenset[str]:
    """Return what each iteration of a loop begins anew and fills with results, or has a call return as such."""
    filled = set[str]()
    for name, values in appended(loop).items():
        container, _, entry = name.partition(".")
        if any(seen.is_score(entry or name, each) or seen.supports(each) or seen.learns(each) for each in values):
            filled.add(container)
    for statement in loop.body:
        if isinstance(statement, ast.Assign) and isinstance(through(statement.value), ast.Call | ast.ListComp):
            filled.update(name for name in targets_of(statement) if seen.is_score(name, statement.value))
    return begun_in(loop) & filled


def asks_judges(loop: ast.AST, evidence: Evidence, trainers: Collection[str]) -> bool:
    """Tell whether a loop calls functions of the notebook's own that score, or train: they are called after it."""
    known = evidence.judges or evidence.estimating or trainers
    calls = of_kind(every_node(loop), ast.Call) if known else ()
    return any(evidence.judged(each) or last_name(each.func) in trainers for each in calls)


def called_in_rows(loop: Loop) -> frozenset[str]:
    """Return what only a row of the loop's history calls a score: ``history.append({"val_loss": vl})`` has the curve.

    >>> loop = ast.parse("for epoch in range(2): log.append({'val_loss': v, 'acc': acc, 'n': n})").body[0]
    >>> sorted(called_in_rows(loop))
    ['v']
    """
    named = ((key, value.id) for key, value in entries_of(loop) if isinstance(value, ast.Name))
    return frozenset([name for key, name in named if direction(name) is None and direction(key) is not None])


def kept_by_epoch(tree: ast.AST, lists: Mapping[str, Sequence[ast.expr]]) -> frozenset[str]:
    """Return those of the lists that a loop over epochs gives a row each time: ``history.append({"val_loss": v})``."""
    kept = {name for name, values in lists.items() if any(isinstance(each, ast.Dict) for each in values)}
    loops = filter(is_counted, of_kinds(every_node(tree), LOOPS)) if kept else ()
    return frozenset(kept.intersection(name for loop in loops for name in appended(loop)))


def leave_progress(sites: Sequence[Site], means: Collection[str]) -> None:
    """Let pass by what a function prints now and then of a number that it prints again when the loop is over.

    So is ``total / seen`` of a sum that becomes one of its ``means`` then.
    """
    shown = [each for each in sites if each.kind == "shown" and each.name]
    whole = {(each.name, each.text): each.depth for each in shown if not each.rare}
    for each in shown:
        running = each.depth > 0 and each.text.partition(" / ")[0] in means
        if each.rare and (running or each.depth > whole.get((each.name, each.text), each.depth)):
            forget(each)


def leave_to_mean(sites: Sequence[Site], names: Collection[str]) -> None:
    """Leave to a mean what a function scores batch by batch and adds to a sum: ``a = acc(y, p); total += a``."""
    for each in sites:
        if each.kind == "metric" and each.target in names:
            each.summed = True


def leave_to_kept(sites: Sequence[Site], kept: Mapping[str, int]) -> None:
    """Leave what a function scores or shows batch by batch to the lists in which it keeps one of them an epoch."""
    for each in sites if kept else ():
        if each.kind == "metric" and each.depth > kept.get(each.target or "", each.depth):
            each.summed = True
        if each.kind == "shown" and any(each.depth > kept.get(word, each.depth) for word in _WORDS.findall(each.text)):
            forget(each)


def kept_in(function: ast.FunctionDef) -> dict[str, int]:
    r"""Return what a function makes and adds to lists, with the number of loops around it there.

    >>> text = "def f(g):\n    for e in range(9):\n        a = []\n        for b in data: a.append(g(b))"
    >>> kept_in(ast.parse(text + "\n        losses.append(np.mean(a))").body[0])
    {'a': 1, 'b': 2}
    """
    found: dict[str, int] = {}
    waiting: list[tuple[ast.AST, int]] = [(each, 0) for each in reversed(function.body)]
    made = {part.id for part in of_kind(every_node(function), ast.Name) if isinstance(part.ctx, ast.Store)}
    while waiting:
        node, depth = waiting.pop()
        match node:
            case ast.Call(func=ast.Attribute(attr="append"), args=[value]):
                names = every_node(value).names & made
                found.update({name: min(depth, found.get(name, depth)) for name in names})
        inner = depth + (node.__class__ in _LOOPS)
        waiting += [(each, inner) for each in child_nodes(node)]
    return dict(sorted(found.items()))


def means_in(function: ast.FunctionDef) -> frozenset[str]:
    r"""Return the sums that a function divides when its loops are over: ``total /= n``, ``return total / len(data)``.

    >>> text = "def f(batches):\n    for b in batches: t += g(b); print(s / 2)\n    t /= 9\n    return u / 9"
    >>> sorted(means_in(ast.parse(text).body[0]))
    ['t', 'u']
    """
    found = set[str]()
    for part in nodes_outside(function, _LOOPS):
        match part:
            case (
                ast.AugAssign(target=ast.Name(id=name), op=ast.Div()) | ast.BinOp(left=ast.Name(id=name), op=ast.Div())
            ):
                found.add(name)
    return frozenset(found)


def summed(node: ast.AST) -> str | None:
    """Return what a statement adds something to, or the sum that it takes: ``hits = sum(...)``."""
    match node:
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add()):
            return name
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="sum"))):
            return name
    return None


def printed_in(sites: Sequence[Site]) -> set[str]:
    """Return what a loop prints in each iteration under other names: ``loss {total / len(batches)}`` is the loss."""
    return {site.name for site in sites if site.kind == "shown" and not site.rare and not site.inside}


def is_averaged(name: str, loop: Loop, texts: Sequence[str]) -> bool:
    """Tell whether a loop makes a mean of a sum that is kept in its place: ``losses.append(total_loss / n)``."""
    if any(f"{name} / " in text for text in texts):
        return True
    for node in every_node(loop):
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target != name and direction(target):
                made = value
            case ast.Call(func=ast.Attribute(attr="append"), args=[value]):
                made = value
            case _:
                continue
        if any(_divides(part, name) for part in every_node(made)):
            return True
    return False


def added_in_parts(loop: Loop, begun: Collection[str]) -> set[str]:
    """Return the means that a loop adds up in parts, if it does not begin them itself: ``score += auc / n_folds``."""
    parts = [node for node in loop.body if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add)]
    shares = [node for node in parts if isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Div)]
    return {node.target.id for node in shares if isinstance(node.target, ast.Name)}.difference(begun)


def _divides(node: ast.AST, name: str) -> bool:
    match node:
        case ast.BinOp(left=ast.Name(id=divided), op=ast.Div()):
            return divided == name
    return False
