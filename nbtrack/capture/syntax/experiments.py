"""What a cell does that experiments without a model: it draws, follows something to its end, tests, learns by hand."""

import ast
import builtins
import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import get_args

from nbtrack.capture.syntax.calls import AGREEMENTS, TESTS
from nbtrack.capture.syntax.literals import is_literal
from nbtrack.capture.syntax.shown import core, introduced, shown
from nbtrack.capture.syntax.solving import asks_itself
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.walking import every_node, nodes_outside, of_kind, of_kinds
from nbtrack.model.direction import Direction, direction, in_english

Statement = ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr | ast.For | ast.AsyncFor
STATEMENTS = frozenset(get_args(Statement))
Text = list[tuple[ast.expr, str]]
SAYING = frozenset({ast.JoinedStr, ast.BinOp, ast.Call})
_REDUCERS = frozenset("mean std min max median sum amax amin nanmean nanstd average var percentile quantile".split())
# Words that mean a score among results, and anything else among data.
_AMBIGUOUS = frozenset(
    "correlation corr corrcoef gain hit lift map distance latency score explained ap cost gap energy residual "
    "completeness gini rank return error coverage wins".split()
)
_EVOLVING = re.compile(r"(?i)generation|evolve|mutat|crossover|breed|offspring")
_COUNTED = frozenset("rate n num count counts number total share pct percent code".split())
_TABLES = frozenset({"DataFrame", "Series", "array", "asarray", "date_range", "concat", "merge", "read_csv"})
_DRAWN = frozenset(
    "normal standard_normal uniform integers randint permutation choice multivariate_normal lognormal exponential "
    "shuffle".split()
)
_DRAWING = frozenset("random rng randn rand randint gauss uniform standard_normal".split())  # imported by name
_DISTRIBUTIONS = frozenset("stats st scipy np numpy torch tf tfd dist dists df data ds dataset".split())
_SOLVERS = frozenset(
    "solve_ivp odeint solve_bvp fsolve brentq brenth bisect newton root root_scalar quad dblquad linprog milp "
    "least_squares leastsq".split()
)
_RATE = re.compile(r"lr|eta|learning_?rate|step_?size|alpha|grad(?:ient)?s?(?:_.*)?|d[WwbBZ]\d?")
_PROBABILITY = re.compile(r"p_?\d*|p_?val(?:ue)?s?(?:_.*)?")
_STATISTIC = re.compile(
    r"(?i)(?:.*_)?(?:[tzfq]|chi|chi2|test|wald)_?stat(?:istic)?(?:_\w*)?|(?:\w+_)?p_?val(?:ue)?(?:_\w*)?|[tzf]_?test"
)
_EFFECT = re.compile(  # how much two groups differ, and the rates that are compared
    r"(?i)(?:^|_)(?:(?:up)?lift|effect_?size|cohens?|hedges|eta_squared|cramers?|odds_ratio|risk_ratio|relative_risk"
    r"|(?<!learning_)rates?|ctr|diff(?:erence)?)(?:_|$)"
)
_BELOW = (ast.Lt, ast.LtE)
_CHOSEN = frozenset("critical crit cutoff threshold limit level alpha".split())
_WON = frozenset({"win", "wins", "won", "profit", "profits"})
_PRICING = frozenset("int float round min max abs print format".split())  # what a price may be brought into shape by
_SUMMING = (ast.For, ast.While, ast.ListComp, ast.GeneratorExp, ast.Pow, ast.MatMult)
_MEAN = re.compile(r"(?:.*_)?(?:mean|avg|average|mu|m|bar|center|centre|median)(?:_.*)?|[xy]bar")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# What runs many times, or may.
_REPEATED = frozenset(
    {ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef}
)
_REPEATED |= {ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp}


def draws(node: ast.AST) -> bool:
    """Tell whether a call draws random numbers: a cell that does, and prints a number, has simulated something."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="rng" | "rs" | "random" | "generator"), attr=name)):
            return name != "seed"
        case ast.Call(func=ast.Attribute(value=ast.Name(id=receiver), attr=name)) if name in _DRAWN:
            return receiver not in _DISTRIBUTIONS
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="random"), attr=name)):
            return name not in {"seed", "default_rng", "RandomState"}
        case ast.Call(func=ast.Name(id=name)):
            return name in _DRAWING or name.startswith(("simulate", "monte_carlo", "bootstrap", "boot_", "resample"))
    return False


def tosses(tree: ast.Module, calls: Sequence[ast.Call]) -> bool:
    """Tell whether a cell draws random numbers, and not only one of the things there are, to look at it."""
    drawn = [call for call in calls if draws(call)] or _resampled(calls, tree)
    if not any(map(_picks_one, drawn)):
        return bool(drawn)
    once = set(nodes_outside(tree, _REPEATED))
    return not all(_picks_one(call) and call in once for call in drawn)


def _resampled(calls: Sequence[ast.Call], tree: ast.Module) -> list[ast.Call]:
    """Return the calls that draw rows of data again and again: ``df.sample(30)`` in a loop, not to look at some."""
    drawn = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "sample"]
    once = set(nodes_outside(tree, _REPEATED)) if drawn else set()
    return [call for call in drawn if call not in once]


def _picks_one(call: ast.Call) -> bool:
    """``random.choice(names)``, and a place in data: ``rng.integers(len(X))``, ``np.random.randint(0, X.shape[0])``."""
    match call:
        case ast.Call(func=ast.Attribute(attr="choice"), args=[ast.Name() | ast.Attribute() | ast.Call()], keywords=[]):
            return True
        case ast.Call(func=ast.Attribute(attr="randint" | "randrange" | "integers"), args=args, keywords=[]):
            sizes = (part for each in args for part in every_node(each))
            return any(isinstance(part, ast.Call | ast.Attribute) and _is_size(part) for part in sizes)
    return False


def _is_size(node: ast.Call | ast.Attribute) -> bool:
    return last_name(node.func) == "len" if isinstance(node, ast.Call) else node.attr == "shape"


def tossed(statements: Sequence[Statement]) -> set[str]:
    """Return the names that hold nothing but what was drawn: ``x = 60 * random.random()`` measures nothing."""
    pairs = [(name, value) for statement in statements for name, value in _pairs(statement)]
    return {name for name, value in pairs if _is_drawn(value)} - {name for name, value in pairs if not _is_drawn(value)}


def _is_drawn(node: ast.expr) -> bool:
    """Tell whether an expression is a draw, or one in other units."""
    match node:
        case ast.BinOp(left=left, right=right):
            parts = [each for each in (left, right) if not is_literal(each)]
            return bool(parts) and all(map(_is_drawn, parts))
        case ast.Call(func=ast.Name(id="int" | "float" | "round"), args=[inner, *_]):
            return _is_drawn(inner)
        case ast.Call(func=ast.Attribute()):
            return draws(node)
    return False


def iterates(node: ast.AST) -> bool:
    """Tell whether a loop follows something to its end: until it changes little, or in steps that feed each other.

    One that counts in whole numbers is no more than a ``for``.

    >>> loops = ("while d > 1e-8: y, d = x, f(x)", "while t < 9: t += dt", "while n > 0: s += n % 10; n //= 10")
    >>> loops += ("for i in range(9): x = (x + 2 / x) / 2", "for i in range(9): s += i / p; p *= 2")
    >>> [iterates(ast.parse(text).body[0]) for text in loops]
    [True, True, False, True, False]
    """
    if isinstance(node, ast.While):
        if not any(isinstance(part, ast.Lt | ast.Gt | ast.LtE | ast.GtE) for part in ast.walk(node.test)):
            return False
        if not _is_whole(node):
            return True
    elif not isinstance(node, ast.For) or "range" not in ast.unparse(node.iter):
        return False
    if any(isinstance(part, ast.If) and _converges(part, node) for part in node.body):
        return True
    return _feeds_itself(list(statements_of(node)))


def _is_whole(loop: ast.While) -> bool:
    """Tell whether all that a loop asks about, of what it binds, moves by whole numbers: ``i += 1``, ``b = a % b``."""
    asked = every_node(loop.test).names
    bound = {name for part in statements_of(loop) for name in targets_of(part)} & asked
    moves = [(name, value) for part in statements_of(loop) for name, value in _moves(part) if name in bound]
    known = {name for name, _ in moves}
    return known == bound != set() and all(isinstance(value, ast.Name) or _is_whole_step(value) for _, value in moves)


def _moves(statement: Statement) -> Iterator[tuple[str, ast.expr]]:
    """Yield what a statement binds with all its next value is made of: ``n //= 10`` makes it of itself."""
    if isinstance(statement, ast.AugAssign):
        yield from ((name, ast.BinOp(statement.target, statement.op, value)) for name, value in _pairs(statement))
    else:
        yield from _pairs(statement)


def _is_whole_step(node: ast.expr) -> bool:
    """``n // 10``, ``mid - 1`` and ``a % b`` are; ``t + dt`` may be any number, ``b * 1.05`` is."""
    match node:
        case ast.BinOp(op=ast.FloorDiv() | ast.Mod()) | ast.Constant(value=int()):
            return True
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult(), right=ast.Constant(value=int())):
            return True
        case ast.BinOp(left=ast.Constant(value=int()), op=ast.Add() | ast.Mult()):
            return True
    return False


def _feeds_itself(statements: Sequence[Statement]) -> bool:
    """Tell whether a loop moves numbers by each other: ``x += v * dt; v -= k * x * dt``, or by what it makes of them.

    An account that grows by its own interest, beside a sum of that interest, is none. Neither is what counts or doubles
    beside a sum.
    """
    sums = [part for part in statements if isinstance(part, ast.AugAssign) and not _counts(part)]
    summed = {name for part in sums for name in targets_of(part)}
    if len(summed) > 1 and any(mentions(part.value, summed) for part in sums):
        return True
    made = [pair for part in statements for pair in _pairs(part)]
    if asks_itself(made) or any(_divides_by(value, name) for name, value in made):
        return True
    moved = {name for name, value in made if mentions(value, {name})} | summed
    reads = {name: {other for n, value in made if n == name for other in _read(value, made, moved)} for name in moved}
    return any(one != other and one in reads[other] for one in moved for other in reads[one])


def _counts(statement: Statement) -> bool:
    """``n -= 1``, ``power *= 2``."""
    return any(_is_whole_step(value) for _, value in _moves(statement))


def _pairs(statement: Statement) -> Iterator[tuple[str, ast.expr]]:
    """Yield each name a statement binds with its value: ``S, I = S - new, I + new`` binds two."""
    match statement:
        case ast.AugAssign(target=ast.Name(id=name), value=value):
            yield name, value
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, value
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)) if len(targets) == len(values):
            yield from ((t.id, value) for t, value in zip(targets, values, strict=True) if isinstance(t, ast.Name))
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=ast.BinOp())], value=value):
            yield name, value  # ``x[i + 1] = x[i] + v[i] * dt``


def _read(value: ast.expr, made: Sequence[tuple[str, ast.expr]], moved: Collection[str]) -> frozenset[str]:
    """Return the moved numbers that a value is made of, directly or by one step between."""
    names = every_node(value).names
    between = [other for name, other in made if name in names and name not in moved]
    return names.union(*(every_node(each).names for each in between)).intersection(moved)


def _divides_by(node: ast.expr, name: str) -> bool:
    """Tell whether a value is a quotient of its own name, as Newton's steps are: ``x = (x + n / x) / 2``."""
    divisors = [part.right for part in of_kind(every_node(node), ast.BinOp) if isinstance(part.op, ast.Div)]
    called = any(of_kind(every_node(each), ast.Call) for each in divisors)  # ``w / w.sum()``
    return not called and any(mentions(each, {name}) for each in divisors)


def _converges(condition: ast.If, loop: ast.For | ast.While) -> bool:
    """``if abs(step) < tolerance: break``, of what the loop computes."""
    made = {name for part in statements_of(loop) if part is not loop for name in targets_of(part)}
    small = isinstance(condition.test, ast.Compare) and isinstance(condition.test.ops[0], ast.Lt | ast.LtE)
    return small and isinstance(condition.body[-1], ast.Break) and mentions(condition.test, made)


def said(tree: ast.Module, texts: Sequence[Text]) -> Iterator[str]:
    """Yield the variables that a cell prints, or ends with."""
    for inner, _ in (value for text in texts for value in text):
        yield from first_name(inner) if isinstance(inner, ast.Name | ast.Subscript) else ()
        yield from every_node(inner).names if reduces(inner) else ()
    for statement in tree.body:
        if (
            isinstance(statement, ast.Assign)
            and isinstance(statement.value, ast.BinOp | ast.Call)
            and not is_literal(statement.value)  # ``best = float("inf")``
            and not draws(statement.value)
            and not makes_table(statement.value)
        ):
            yield from (name for name in targets_of(statement) if any(_binds(each, name) for each in statement.targets))
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not _prints(tree.body[-1].value):
        yield from every_node(tree.body[-1].value).names


def _prints(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) == "print"


def described(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """Yield what a loop says of things that were drawn before it: it passes over them, and draws nothing itself."""
    for loop in of_kind(nodes, ast.For):
        passes = "range" not in ast.unparse(loop.iter)
        if passes and not any(draws(part) or _calls_own(part) for part in every_node(loop)):
            yield from (name for statement in statements_of(loop) for name in targets_of(statement))


def looked_up(statements: Sequence[Statement]) -> set[str]:
    """Return the names that only ever hold what stands somewhere in data: ``y = observed[i]``."""
    pairs = [(name, value) for statement in statements for name, value in _pairs(statement)]
    found = {name for name, value in pairs if _looks_up(value)}
    return found - {name for name, value in pairs if not _looks_up(value)}


def counted_to(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """Yield what says how often a loop runs: ``for i in range(missing)``."""
    loops = (node.iter for node in of_kind(nodes, ast.For))
    ranges = (each for each in loops if isinstance(each, ast.Call) and last_name(each.func) == "range")
    yield from (bound.id for each in ranges for bound in each.args if isinstance(bound, ast.Name))


def _looks_up(node: ast.expr) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name)


def _calls_own(node: ast.AST) -> bool:
    """Tell whether a node calls a function of the notebook's own, which may draw."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not hasattr(builtins, node.func.id)


def solved(nodes: Sequence[ast.AST], texts: Sequence[Text]) -> Iterator[str]:
    """Yield the variables that a cell prints which solves equations, or integrates: ``root = brentq(f, 0, 1)``."""
    if texts and any(last_name(call.func) in _SOLVERS for call in of_kind(nodes, ast.Call)):
        yield from (inner.id for text in texts for inner, label in text if isinstance(inner, ast.Name) and label)


def makes_table(node: ast.expr) -> bool:
    """Tell whether a call makes a table or an array of data, whatever it is called: ``acc = pd.DataFrame(...)``."""
    return isinstance(node, ast.Call) and last_name(node.func) in _TABLES


def made_up(tree: ast.Module) -> Iterator[str]:
    """Yield the tables a cell writes out column by column: their figures are about data, drawn or not.

    Of a table that is drawn in place, so is what the cell makes of it: ``means = demo.groupby("g").y.mean()``.
    """
    drawn: set[str] = set()
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=function, args=[ast.Dict(), *_]) as table):
                if last_name(function) == "DataFrame":
                    yield name
                    drawn.update([name] if any(map(draws, every_node(table))) else ())
            case ast.Assign(value=value) if mentions(value, drawn):
                drawn.update(targets_of(node))
    yield from drawn


def _binds(target: ast.expr, name: str) -> bool:
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    filled = [part.value if isinstance(part, ast.Subscript) else part for part in parts]
    return any(isinstance(part, ast.Name) and part.id == name for part in filled)


def tested(statements: Sequence[Statement], texts: Sequence[Text]) -> Iterator[str]:
    """Yield what a test of a hypothesis found - by hand, with a distribution's tail, or by a function.

    So is what the cell says in the same breath: ``print(f"t = {t}, p = {p}, d = {cohens_d}")``. Of what it says
    elsewhere, an effect by its name is one, and the rates that were compared: ``print("Control rate:", control)``.
    """
    outcomes = {name for statement in statements for name in _outcomes(statement)}
    yield from outcomes
    if outcomes:
        yield from (name for each in statements if _is_power(each) for name in targets_of(each))
    for text in texts if outcomes else ():
        named = [(inner.id, label) for inner, label in text if isinstance(inner, ast.Name)]
        same = any(name in outcomes for name, _ in named)
        yield from (name for name, label in named if same or _EFFECT.search(name) or _EFFECT.search(label))


def _is_power(statement: Statement) -> bool:
    """Tell whether a statement says how many of some tests were significant: ``power = (p_values < 0.05).mean()``."""
    value = None if isinstance(statement, ast.For | ast.AsyncFor) else statement.value
    if value is None or not (reduces(value) or (isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div))):
        return False
    compared = (part for part in of_kind(every_node(value), ast.Compare) if isinstance(part.ops[0], _BELOW))
    return any(_PROBABILITY.fullmatch(name) for each in compared for name in every_node(each.left).names)


def _outcomes(statement: Statement) -> Iterator[str]:
    value = None if isinstance(statement, ast.For | ast.AsyncFor) else statement.value
    if isinstance(value, ast.Call) and last_name(value.func) in TESTS - AGREEMENTS:
        yield from targets_of(statement)
    names = list(targets_of(statement))
    if value is None or not any(map(_PROBABILITY.fullmatch, names)):
        return
    for call in of_kind(every_node(value), ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"cdf", "sf"}:
            yield from names
            yield from (name for each in call.args[:1] for name in every_node(each).names)


def is_statistic(name: str) -> bool:
    """Tell whether a name says that it holds what a test of a hypothesis found, by whatever formula.

    >>> [is_statistic(name) for name in ("t_statistic", "z_stat", "p_value", "pval_welch", "t_critical", "stats")]
    [True, True, True, True, False, False]
    """
    return _STATISTIC.fullmatch(name) is not None and words_of(name).isdisjoint(_CHOSEN)


def is_lost(name: str, *, beside_won: bool) -> bool:
    """Tell whether a name counts what was lost in games or business: it stands beside what was won.

    >>> is_lost("losses", beside_won=True), [is_lost(name, beside_won=False) for name in ("loss", "win_loss_ratio")]
    (True, [False, True])
    """
    return not words_of(name).isdisjoint({"loss", "losses"}) and (beside_won or is_won(name))


def is_won(name: str) -> bool:
    """Tell whether a name counts what was won: ``wins``, ``profit``."""
    return not words_of(name).isdisjoint(_WON)


def shortens(name: str, kind: str | None) -> bool:
    """Tell whether a name that might be a score only shortens the name of a class, which is none.

    >>> [shortens(*pair) for pair in (("acc", "Account"), ("acc_2", "SavingsAccount"), ("acc", "Accuracy"))]
    [True, True, False]
    """
    if not kind or direction(kind) is not None:
        return False
    return any(each.startswith(word) for word in words_of(name) if direction(word) for each in words_of(kind))


def priced(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """Yield the functions that a cell defines, called costs, that only multiply and add: those return a price."""
    for node in of_kind(nodes, ast.FunctionDef):
        if "cost" in words_of(node.name):
            parts = every_node(node)
            called = {last_name(part.func) for part in of_kind(parts, ast.Call)}
            if called <= _PRICING and not any(isinstance(part, _SUMMING) for part in parts):
                yield node.name


def worded(texts: Sequence[Text], *, among_results: bool = False, only: Direction | None = None) -> Iterator[str]:
    """Yield the variables whose value the cell calls a score where it prints it: ``print("RMSE:", r)``.

    A word that may be about anything, as in ``print("coverage:", c)``, is one ``among_results``. What is asked for may
    be ``only`` those of which less is better.
    """
    for inner, label in (value for text in texts for value in text):
        told = only in {None, direction(label)} and direction(label) is not None
        if isinstance(inner, ast.Name) and told and (among_results or not is_ambiguous(label)):
            yield inner.id


def evolves(statement: Statement) -> bool:
    """Tell whether a statement makes the next of what it is given: ``pop = next_generation(pop, rate)``."""
    value = None if isinstance(statement, ast.For | ast.AsyncFor) else statement.value
    return (
        isinstance(value, ast.Call)
        and _EVOLVING.search(last_name(value.func) or "") is not None
        and mentions(value, set(targets_of(statement)))
    )


def steps(statements: Sequence[Statement]) -> Iterator[str]:
    """Yield what a loop moves down a slope: ``w -= lr * grad``, ``w = w - lr * X.T @ error / len(X)``."""
    for node, _ in _steps(statements):
        yield from targets_of(node)


def slopes(statements: Sequence[Statement]) -> set[str]:
    """Return what others are moved by: ``dm`` of ``m -= lr * dm``."""
    return {name for _, step in _steps(statements) for name in every_node(step).names}


def _steps(statements: Sequence[Statement]) -> Iterator[tuple[ast.Assign | ast.AugAssign, ast.BinOp]]:
    for node in statements:
        match node:
            case ast.AugAssign(op=ast.Sub() | ast.Add(), value=ast.BinOp() as step):
                pass
            case ast.Assign(value=ast.BinOp(left=left, op=ast.Sub() | ast.Add(), right=ast.BinOp() as step)):
                if not _is_target(left, node):
                    continue
            case _:
                continue
        if isinstance(step.op, ast.Mult | ast.Div | ast.MatMult) and any(
            _RATE.fullmatch(word) for word in re.findall(r"[A-Za-z_]\w*", ast.unparse(step))
        ):
            yield node, step


def _is_target(node: ast.expr, statement: ast.Assign) -> bool:
    """Tell whether an expression is what a statement binds anew: ``w``, or ``Q[s][a]``."""
    if isinstance(node, ast.Name):
        return node.id in set(targets_of(statement))
    return isinstance(node, ast.Subscript) and ast.unparse(node) in map(ast.unparse, statement.targets)


def is_optimum(node: ast.expr) -> bool:
    """Tell whether an expression is what an optimum of SciPy's is worth: ``res.fun``, and ``-res.fun`` of a maximum."""
    inner = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else node
    return isinstance(inner, ast.Attribute) and inner.attr == "fun"


def is_of_episodes(label: str) -> bool:
    """Tell whether a printed number is one of what an agent, or a simulation, came to on average.

    >>> [is_of_episodes(label) for label in ("average_penalties_per_episode", "wins_per_game", "rows_per_group")]
    [True, True, False]
    """
    return label.endswith(("_per_episode", "_per_game", "_per_trial"))


def sums_differences(node: ast.AST) -> bool:
    """Tell whether an expression sums up how far numbers are from others, and not from their own mean.

    >>> texts = ("abs(a + b * x - y).sum()", "np.mean((p - y) ** 2) ** 0.5", "((x - x.mean()) ** 2).mean()", "x.sum()")
    >>> [sums_differences(ast.parse(text, mode="eval").body) for text in texts]
    [True, True, False, False]
    """
    return any(
        isinstance(part, ast.expr) and reduces(part) and any(map(_is_distance, every_node(part)))
        for part in every_node(node)
    )


def _is_distance(node: ast.AST) -> bool:
    """``abs(y - p)``, ``(y - p) ** 2``."""
    match node:
        case ast.Call(func=function, args=[ast.BinOp() as inner]) if last_name(function) in {"abs", "square"}:
            pass
        case ast.Call(func=ast.Attribute(value=ast.BinOp() as inner, attr="abs"), args=[]):
            pass
        case ast.BinOp(left=ast.BinOp() as inner, op=ast.Pow(), right=ast.Constant(value=2)):
            pass
        case _:
            return False
    parts = [part for part in of_kind(every_node(inner), ast.BinOp) if isinstance(part.op, ast.Sub)]
    sides = [side for part in parts for side in (part.left, part.right)]
    return bool(sides) and not any(reduces(side) or _MEAN.fullmatch(last_name(side) or "") for side in sides)


def reduces(node: ast.expr) -> bool:
    """Tell whether an expression makes one number of many: ``chain.mean()``, ``max(accs)``."""
    return isinstance(node, ast.Call) and last_name(node.func) in _REDUCERS and not picks_key(node)


def picks_key(node: ast.expr) -> bool:
    """Tell whether an expression picks the key under which a dictionary has its best value: a setting, and no score.

    ``max(scores, key=scores.get)``, ``max(scores, key=lambda k: scores[k])``, ``max(scores.items(), key=...)[0]``.
    """
    match node:
        case ast.Subscript(
            value=ast.Call(func=ast.Name(id="max" | "min"), args=[items, *_]), slice=ast.Constant(value=0)
        ):
            return isinstance(items, ast.Call) and last_name(items.func) == "items"
        case ast.Call(func=ast.Name(id="max" | "min"), args=[ast.Name(id=name)], keywords=[ast.keyword("key", key)]):
            parts = every_node(key.body) if isinstance(key, ast.Lambda) else [key]
            looked = (each for each in parts if isinstance(each, ast.Attribute | ast.Subscript))
            return any(name in first_name(each) for each in looked)
    return False


def mentions(node: ast.AST, names: Collection[str]) -> bool:
    """Tell whether an expression reads one of these names."""
    return bool(names) and not every_node(node).names.isdisjoint(names)


def texts_in(nodes: Sequence[ast.AST]) -> list[Text]:
    """Return the texts a cell makes, each as the values it shows and the words before them."""
    texts = [text for node in of_kinds(nodes, SAYING) if (text := shown(node))]
    found = [[(core(value), label) for value, label in text] for text in texts]
    return found + [[(core(value), label)] for value, label in introduced(nodes)]


def statements_of(tree: ast.AST) -> Sequence[Statement]:
    """Return what binds, or stands alone, in a tree."""
    return of_kinds(every_node(tree), STATEMENTS)


def targets_of(statement: Statement) -> Sequence[str]:
    """Return the names a statement binds, fills or appends to."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AugAssign(target=ast.Name(id=name)):  # nearly all
            return (name,)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=receiver, attr="append" | "extend" | "update"))):
            return first_name(receiver)
        case ast.Expr():
            return ()
        case ast.Assign(targets=targets):
            return [name for target in targets for part in _unpacked(target) for name in first_name(part)]
    return [name for part in _unpacked(statement.target) for name in first_name(part)]


def _unpacked(target: ast.expr) -> Sequence[ast.expr]:
    """Return what a target binds: ``name``, ``cfg`` and ``acc`` of ``for name, (cfg, acc) in found.items()``."""
    match target:
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return [each for part in parts for each in _unpacked(part)]
    return (target,)


def first_name(node: ast.expr) -> Sequence[str]:
    """Return the name an expression begins with; nothing where it begins with none."""
    while True:
        match node:
            case ast.Name(id=name):
                return (name,)
            case ast.Attribute(value=inner) | ast.Subscript(value=inner):
                node = inner
            case _:
                return ()


def is_ambiguous(name: str) -> bool:
    """Tell whether a name's words mean a score among results, and anything else among data."""
    words = words_of(name)
    telling = {word for word in words if direction(word) is not None}
    if {"hit", "rate"} <= words:
        return False
    if not telling and direction(name) is not None:  # ``win_rate`` may be a model's, or a team's
        return not words.isdisjoint({"win", "success", "pass"})
    if telling == {"error"} and len(words) > 1 and not words & _COUNTED:
        return False  # ``relative_error`` is one, ``error_rate`` and ``n_errors`` may be about anything
    return bool(telling) and all(_singular(word) in _AMBIGUOUS or word in _AMBIGUOUS for word in telling)


def _singular(word: str) -> str:
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


@lru_cache(maxsize=4096)
def words_of(name: str) -> frozenset[str]:
    """Return the words of a name, in lower case."""
    return frozenset([word.lower() for word in _WORD.findall(in_english(name))])
