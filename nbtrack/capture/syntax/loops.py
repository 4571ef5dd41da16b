"""Loops become curves: which loops of a cell are watched, for which names, and how often.

A name that means a score or a cost and is computed in a loop at the top level of a cell is a series: one point an
iteration, of the loop that counts epochs where loops are nested. The first points are all taken; after that the watch
takes its share of the time and no more, so a loop of a million quick iterations has a thinner curve, not a longer run.
An iteration that leaves a name alone is no point of it, and what only every tenth iteration or fewer compute is taken
each time.

Iterations of a few milliseconds are taken some at a time: handing one over takes as long as ten when the processor has
meanwhile done something else.
"""

import ast
import sys
import time
from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from weakref import ref

from nbtrack.capture.syntax.calls import is_fit
from nbtrack.capture.syntax.literals import is_literal
from nbtrack.capture.syntax.rounds import counts_rounds
from nbtrack.capture.syntax.shown import core
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.walking import every_node, of_kind, of_kinds
from nbtrack.model.direction import direction
from nbtrack.record.unasked import derives

ALWAYS = 256  # points that are taken whatever they cost
SHARE = 0.006  # of the time since the loop began may be spent on watching it
TOGETHER = 0.1  # seconds for which the numbers of quick iterations are held, to be taken in one go
MOST_HELD = 128
SELDOM = 10  # iterations or more to a change: such a name is taken whenever it changes
MOST = 10_000  # points until which a curve grows with its iterations; after that, with their logarithm

Iteration = tuple[int, Sequence[object]]  # its number, and the value of each name when it was over
_UNSEEN = object()
_EXTREMES = frozenset("max min maximum minimum fmax fmin".split())

Loop = ast.For | ast.AsyncFor | ast.While
_BOOSTERS = frozenset("xgb xgboost lgb lightgbm catboost".split())  # their ``train`` makes a model

LOOPS = (ast.For, ast.AsyncFor, ast.While)
_SINGLE = frozenset(
    {ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Import, ast.ImportFrom}
)  # around no others
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


class Pace:
    """Says at each iteration of one loop whether the values of the one before are worth taking."""

    __slots__ = (
        *("_began", "_known", "_namespace", "_spent", "_taken", "_then"),
        *("attended", "base", "called", "held", "label", "names", "number", "running", "step", "sure", "thin"),
    )

    def __init__(self, names: Sequence[str], namespace: Mapping[str, Any] | None = None) -> None:
        self.names = names
        self.called: Mapping[str, str] = MappingProxyType({})  # names that rows of results give some of these
        self.held: deque[Iteration] = deque()  # to be taken next time
        self._namespace = {} if namespace is None else namespace
        self.step = -1  # the iteration that has just ended, over all times the loop was entered
        self.base = 0  # and the first of this time
        self.sure: frozenset[str] = frozenset()  # names that each iteration gives a value, be it the same as before
        self.attended = False  # every iteration is taken when it is over: it is called after what it passes over
        self.label: str | None = None  # what the iteration is called after that is running
        self.number: str | None = None  # and by its number, where each has a curve
        self.running = False  # an iteration has begun: what names hold before that was there before the loop
        self.thin = False  # points were left out
        self._known: list[list[Any]] = [[name, _UNSEEN, 0] for name in names]  # what it held last, how often it changed
        self._taken = 0
        self._spent = 0.0
        self._began = self._then = 0.0

    def due(self, over: object) -> bool:
        """Count an iteration; True when its values should be taken: always those of the last, when the loop is over."""
        self.step += 1
        if over or self.attended:
            return True
        step, find = self.step, self._namespace.get
        fresh, seldom = bool(self.sure), False
        for known in self._known:  # in the path of every iteration, however quick
            value = find(known[0])
            if value is not known[1]:
                if type(value) is not float:
                    if is_again(known[1], value):
                        continue
                    value = remembered(value)
                fresh = True
                known[1] = value
                known[2] += 1
                if known[2] * SELDOM <= step:
                    seldom = True
        if not fresh:
            return self.is_left()
        now = time.perf_counter()
        if self._taken + len(self.held) >= ALWAYS and not (seldom and self._taken < MOST) and not self._affords(now):
            self.thin = True
            return False
        return now - self._then > TOGETHER or len(self.held) >= MOST_HELD or not self._hold()

    def _affords(self, now: float) -> bool:
        """Tell whether one more point keeps to the share of the time, and a long curve to the logarithm."""
        if self._spent > SHARE * (now - self._began):
            return False
        return self._taken < MOST or now - self._then > (now - self._began) / MOST

    def _hold(self) -> bool:
        """Hold the numbers of the iteration that has just ended; False where one is missing, or may change later."""
        row: list[float] = []
        for name in self.names:
            value: Any = self._namespace.get(name)
            if type(value) is not float and not _is_fixed(type(value)):
                return False
            row.append(value)
        self.held.append((self.step - 1, row))
        return True

    def arrive(self, label: str | None, number: str | None = None, *, over: bool) -> None:
        """Note what the iteration is called that begins now, or that the loop is over; names may be none."""
        if over:
            self.base = self.step + 1
        elif label is self.label is number is self.number is None:
            self.attended = False
        self.label, self.number, self.running = label, number, not over

    def begin_anew(self) -> None:
        """Take all points again at first: the next time, the loop is about another thing."""
        self._taken, self._spent, self._began = 0, 0.0, 0.0

    def is_left(self) -> bool:
        """Tell whether numbers are held for longer than they should: an iteration takes its time."""
        return bool(self.held) and time.perf_counter() - self._then > TOGETHER

    def took(self, began: float, taken: int = 1) -> None:
        """Account for the time it took to take one, or some that were held."""
        self._then = time.perf_counter()
        self._began = self._began or began
        self._spent += self._then - began
        self._taken += taken


def remembered(value: object) -> object:
    """Return what a value is known by when it comes again; what a tensor was computed from does not live on for it."""
    try:
        return ref(value)
    except TypeError:  # numbers
        return value


def is_again(known: object, value: object) -> bool:
    """Tell whether a value is the one that was remembered."""
    return (known() if type(known) is ref else known) is value


def _is_fixed(kind: type) -> bool:
    """Tell whether a number stays what it is: Python's do, and NumPy's scalars; arrays and tensors may be changed."""
    if kind is int or derives(kind, float):
        return True
    number = getattr(sys.modules.get("numpy"), "number", None)
    return type(number) is type and derives(kind, number)


def watched_loops(
    tree: ast.Module, said: Collection[str] = (), trainers: Collection[str] = (), written: Collection[str] = ()
) -> dict[Loop, list[str]]:
    """Return the loops to watch, each with the names that make its curves; ``said`` names count whatever they mean.

    Args:
        tree: the cell.
        said: names that count.
        trainers: functions of the notebook's own that train.
        written: names of lists that the cell writes out.
    """
    chosen: dict[str, tuple[Loop, ...]] = {}
    for name, path, kept in _computed(tree.body, ()):
        if (
            (direction(name) is not None or name in said)
            and not name.startswith("_")
            and not kept
            and len(path) > len(chosen.get(name, ()))
        ):
            chosen[name] = path
    found: dict[Loop, list[str]] = {}
    for name, path in chosen.items():
        found.setdefault(_counting(name, path, trainers, written), []).append(name)
    return found


def _computed(
    body: Sequence[ast.stmt], path: tuple[Loop, ...], tests: tuple[ast.expr, ...] = ()
) -> Iterator[tuple[str, tuple[Loop, ...], bool]]:
    """Yield the names that statements inside loops compute, with the loops around, outermost first.

    The last part says whether a value is only kept when it is more or less than the one before, is the sum of one
    episode, or answers to one step of it; ``tests`` are the conditions around.
    """
    for statement in body:
        if isinstance(statement, _SCOPES):
            continue
        inside = (*path, statement) if isinstance(statement, LOOPS) else path
        if path:
            one = _sums_episode(statement, path) or bool(answers_of(statement))
            yield from ((name, path, one or _is_kept(name, statement, tests)) for name in _targets(statement))
        under = (*tests, statement.test) if isinstance(statement, ast.If) else tests
        for block in _blocks(statement):
            yield from _computed(block, inside, under)


def _is_kept(name: str, statement: ast.stmt, tests: Sequence[ast.expr]) -> bool:
    """Tell whether a statement keeps the most or the least so far: that is one number, and no point of a curve.

    ``if I > peak: peak = I`` and ``peak = max(peak, I)`` do by what they compare. What is called the best does under
    any condition, and wherever it goes into its own next value.
    """
    value = getattr(statement, "value", None)
    if any(_compares(test, name) for test in tests) or (value is not None and _compares(value, name)):
        return True
    return name.startswith("best") and (bool(tests) or (value is not None and _mentions(value, name)))


def weighed(node: ast.If) -> Iterator[ast.AST]:
    """Yield the parts of a statement that keeps the most or the least so far: ``if f(x) > best: best = f(x)``."""
    kept = [each for each in node.body if any(_compares(node.test, name) for name in _targets(each))]
    for part in (node.test, *kept) if kept else ():
        yield from every_node(part)


def _sums_episode(statement: ast.stmt, path: Sequence[Loop]) -> bool:
    """Tell whether a loop that goes through one episode sums up its rewards: ``while not done: total += reward``."""
    match statement:
        case ast.AugAssign(op=ast.Add(), value=ast.Name(id=name)) if len(path) == 1 and isinstance(path[0], ast.While):
            return any(name in answers_of(part) for part in every_node(path[0]))
    return False


def answers_of(node: ast.AST) -> set[str]:
    """Return what an environment answers to a step: ``state, reward, done = env.step(action)``."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=parts)], value=ast.Call(func=ast.Attribute(attr="step"))):
            return {part.id for part in parts if isinstance(part, ast.Name)}
    return set()


def _compares(node: ast.expr, name: str) -> bool:
    """Tell whether a name is weighed against its next value: ``x > peak``, ``max(peak, x)``, ``np.fmax(peak, x)``."""
    for part in every_node(node):
        match part:
            case ast.Compare(left=left, ops=[ast.Lt() | ast.Gt() | ast.LtE() | ast.GtE()], comparators=[right]):
                weighed = [left, right]
            case ast.Call(func=function, args=[_, _, *_] as weighed) if last_name(function) in _EXTREMES:
                pass
            case _:
                continue
        if any(isinstance(each, ast.Name) and each.id == name for each in weighed):
            return True
    return False


def _mentions(node: ast.expr, name: str) -> bool:
    return name in every_node(node).names


def begun_in(loop: Loop) -> frozenset[str]:
    """Return the names to which each iteration of a loop gives a value of its own, at the top of its body."""
    return frozenset(
        name
        for statement in loop.body
        if isinstance(statement, ast.Assign)
        for name in _assigned(statement)
        if not _mentions(statement.value, name)
    )


def emptied_in(loop: Loop) -> set[str]:
    """Return what a loop begins anew under a condition: ``if i % 100 == 99: print(total / 100); total = 0.0``."""
    tests = of_kind(every_node(loop), ast.If)
    inside = (each for test in tests for each in test.body if isinstance(each, ast.Assign) and is_literal(each.value))
    return {name for each in inside for name in _assigned(each)}


def trains_anew(loop: Loop, trainers: Collection[str] = ()) -> bool:
    """Tell whether each iteration of a loop trains something else: it makes anew what a training inside of it changes.

    ``for fold in folds: net = build(); net.fit(X)``, ``for _ in range(3): w = zeros(9); for i in range(99): w -= ...``.
    So it is where it calls one of the ``trainers``, functions of the notebook's own, makes an optimiser, or hands what
    it has made to what a loop over epochs inside of it calls. A loop over epochs goes on with what there is, and a sum
    that begins with zero is none of these.
    """
    if is_counted(loop):
        return False
    plain = {
        name
        for statement in loop.body
        if isinstance(statement, ast.Assign) and (is_literal(statement.value) or _is_empty(statement.value))
        for name in _assigned(statement)
    }
    begun = begun_in(loop) - plain
    inner = of_kinds(every_node(ast.Module(loop.body, [])), LOOPS)
    changed = {name for each in inner for part in each.body for name in _changed(part)}
    if any(is_counted(each) and not begun.isdisjoint(_handed(each)) for each in inner) or _optimises(loop):
        return True
    calls = of_kind(every_node(loop), ast.Call)
    return not begun.isdisjoint(changed) or any(_trains(each, begun, trainers) for each in calls)


def is_counted(loop: Loop) -> bool:
    """Tell whether a loop is one over epochs or episodes, by the words in it."""
    return any(map(counts_rounds, _names(loop)))


def _handed(loop: Loop) -> Iterator[str]:
    """Yield what a loop hands to functions: ``train_one_epoch(net, batches)``."""
    for part in of_kind(every_node(loop), ast.Call):
        match part:
            case ast.Call(func=ast.Name(), args=args, keywords=words):
                given = (*args, *(word.value for word in words))
                yield from (each.id for each in given if isinstance(each, ast.Name))


def _optimises(loop: Loop) -> bool:
    """Tell whether each iteration makes an optimiser: ``optimizer = Adam(net.parameters())``."""
    values = [each.value for each in loop.body if isinstance(each, ast.Assign) and isinstance(each.value, ast.Call)]
    given = (each for value in values for each in (*value.args, *(word.value for word in value.keywords)))
    return any(isinstance(each, ast.Call) and last_name(each.func) == "parameters" for each in given)


def _assigned(statement: ast.Assign) -> Iterator[str]:
    for target in statement.targets:
        parts = target.elts if isinstance(target, ast.Tuple) else [target]
        yield from (part.id for part in parts if isinstance(part, ast.Name))


def _is_empty(node: ast.expr) -> bool:
    parts = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", None)
    return parts == []


def _changed(statement: ast.AST) -> Iterator[str]:
    """Yield what a statement binds again, or asks to change itself: ``w -= g``, ``w[0] = g``, ``optimizer.step()``."""
    for part in every_node(statement):
        match part:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
                yield name
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name))):
                yield name


def _trains(node: ast.AST, begun: Collection[str], trainers: Collection[str]) -> bool:
    """Tell whether a call fits one of the things that were begun, or what is made for it: ``build(8).fit(X)``."""
    match node:
        case ast.Call(func=ast.Attribute(value=receiver)) if is_fit(node):
            return isinstance(receiver, ast.Call) or (
                isinstance(receiver, ast.Name) and (receiver.id in begun or receiver.id in _BOOSTERS)
            )
        case ast.Call(func=ast.Name(id=name)):
            return name in trainers
    return False


def gathered(loop: Loop, within: Loop | None = None) -> set[str]:
    """Return the sums that a loop puts into a list as they are, and what is added to them.

    ``total += reward`` and, when an episode is over, ``rewards.append(total); total = 0``: the list is the curve. A sum
    that a loop around begins anew is that as well, one point an iteration: of it, only what is added goes. The list may
    be that of the loop ``within`` which this one stands. What goes into two lists, one after the other, is theirs. What
    an environment answers to a step is a part of its sum, wherever that goes.
    """
    added: dict[str, set[str]] = {}
    answered: set[str] = set()
    lists: dict[str, set[str]] = {}
    begun: set[str] = set()
    for part in every_node(loop):
        match part:
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value):
                added.setdefault(name, set()).update(_summands(value))
            case ast.Call(func=ast.Attribute(value=into, attr="append"), args=[ast.Name(id=name)]):
                lists.setdefault(name, set()).add(ast.unparse(into))
            case ast.Assign():
                answered |= answers_of(part)
            case ast.If(body=body):
                begun.update(n for n in _kept_in(body) if any(_begins(each, n) for each in body))
    kept = {*lists, *(_kept_by(within) if within is not None and added else ())}
    sums = kept.intersection(added)
    shared = {name for name, into in lists.items() if len(into) > 1}  # by turns the one's and the other's
    parts = (added[name] & answered for name in added if direction(name))
    return (sums & begun).union(*(added[name] for name in sums), *parts) - (kept - sums) | shared


def added_to(loop: Loop, sums: Collection[str]) -> set[str]:
    """Return what a loop adds to sums whose means are kept: ``total += loss.item()``, of ``losses.append(total / n)``.

    What is appended to a list of its own, or printed, is more than that.
    """
    found: set[str] = set()
    told: set[str] = set()
    for part in every_node(loop) if sums else ():
        match part:
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value) if name in sums:
                found.update(_summands(value))
            case ast.Call(func=ast.Attribute(attr="append") | ast.Name(id="print")):
                told.update(every_node(part).names)
    return found - told


def _summands(node: ast.expr) -> set[str]:
    """Return the variable whose number is added, be it in another form or once for each of a batch."""
    match node:
        case ast.BinOp(left=left, op=ast.Mult(), right=ast.Call()):
            node = left  # ``loss.item() * len(x)``
    inner = core(node)
    return {inner.id} if isinstance(inner, ast.Name) else set()


def _kept_by(loop: Loop) -> Iterator[str]:
    for part in of_kind(every_node(loop), ast.Call):
        match part:
            case ast.Call(func=ast.Attribute(attr="append"), args=[ast.Name(id=name)]):
                yield name


def _kept_in(body: Sequence[ast.stmt]) -> Iterator[str]:
    for each in body:
        match each:
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append"), args=[ast.Name(id=name)])):
                yield name


def surely_bound(loop: Loop) -> frozenset[str]:
    """Return the names to which each iteration of a loop gives a value, unless an error ends it: ``reward = 0``."""
    found: set[str] = set()
    for statement in loop.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]):
                found.add(name)
        if any(isinstance(part, ast.Break | ast.Continue) for part in every_node(statement)):
            break
    return frozenset(found)


def bound_again(loop: Loop) -> set[str]:
    """Return the names that two statements or more compute in one iteration: its value is what the last one leaves."""
    bound = Counter(name for name, _, _ in _computed(loop.body, (loop,)))
    bound.subtract(filter(None, map(_formed, of_kind(every_node(loop), ast.Assign))))
    return {name for name, times in bound.items() if times > 1}


def _formed(statement: ast.AST) -> str | None:
    """Return a name that only gets its own number in another form: ``score = score * 100``, ``acc = round(acc, 2)``."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if not isinstance(value, ast.Name):
            inner = core(value)
            return name if isinstance(inner, ast.Name) and inner.id == name else None
    return None


def _targets(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.Assign(targets=targets, value=value) if not is_literal(value):
            for target in targets:
                parts = target.elts if isinstance(target, ast.Tuple) else [target]
                yield from (part.id for part in parts if isinstance(part, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if not is_literal(value):
            yield name
        case ast.AugAssign(target=ast.Name(id=name), value=value) if not is_literal(value):
            yield name


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    if statement.__class__ in _SINGLE:
        return
    for field in ("body", "orelse", "finalbody"):
        block = getattr(statement, field, None)
        if isinstance(block, list):
            yield block
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield part.body


def _counting(name: str, path: tuple[Loop, ...], trainers: Collection[str], written: Collection[str]) -> Loop:
    """Return the loop whose iterations a person counts.

    That is one over epochs or episodes by its words; one that begins the name anew, for what its inner loops sum up;
    one that puts it into a row of results; or the inmost over a range. Where none counts, it is the inmost that trains
    something else each time: ``for lr in rates: for reg in strengths: svm = SVM(reg); svm.train(X, lr)``, or the inmost
    where each passes over settings that are written out: ``for k in [5, 10]: for n in [1, 2]: mae = evaluate(k, n)``.
    """
    for loop in path:
        if is_counted(loop):
            return loop
    begun = [loop for loop in path[:-1] if any(_begins(statement, name) for statement in loop.body)]
    if begun:
        return begun[-1]
    gathers = [loop for loop in path if any(_puts_into_row(statement, name) for statement in loop.body)]
    if gathers:
        return gathers[-1]
    ranges = [loop for loop in path if isinstance(loop, ast.While) or _ranges(loop.iter)]
    trains = [loop for loop in path if trains_anew(loop, trainers)]
    tries = all(isinstance(loop, ast.For) and _is_written(loop.iter, written) for loop in path)
    return (ranges or trains or (path if tries else path[:1]))[-1]


def _is_written(node: ast.expr, written: Collection[str]) -> bool:
    return node.id in written if isinstance(node, ast.Name) else is_literal(node)


def _puts_into_row(statement: ast.stmt, name: str) -> bool:
    """Tell whether a statement puts a name into a row of results: ``rows.append({"lr": lr, "acc": acc})``.

    So does ``results[(lr, reg)] = acc, loss``, under a key that says what it was tried with.
    """
    match statement:
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(), slice=ast.Tuple(elts=[_, _, *_]))], value=value):
            return name in every_node(value).names
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append"), args=[ast.Dict(values=values)])):
            return any(name in every_node(each).names for each in values)
    return False


def _begins(statement: ast.stmt, name: str) -> bool:
    """Tell whether a statement sets a name to a number: ``total = 0.0``, ``state, total = 0, 0.0``."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)) if len(targets) == len(values):
            pairs = list(zip(targets, values, strict=True))
        case ast.Assign(targets=targets, value=value):
            pairs = [(target, value) for target in targets]
        case _:
            return False
    return any(isinstance(target, ast.Name) and target.id == name and is_literal(value) for target, value in pairs)


def _names(loop: Loop) -> list[str]:
    parts = [loop.test] if isinstance(loop, ast.While) else [loop.target, loop.iter]
    return [node.id for part in parts for node in of_kind(every_node(part), ast.Name)]


def _ranges(iterated: ast.expr) -> bool:
    """``range(100)``, ``tqdm(range(100))`` and ``trange(100)`` count; steps of a batch size pass over data."""
    counted = [call for call in of_kind(every_node(iterated), ast.Call) if last_name(call.func) in {"range", "trange"}]
    return any(len(call.args) < 3 for call in counted)
