"""Putting the tee into a cell's tree: around metric and fit calls, printed results, and into the loops that learn."""

import ast
import sys
from collections import ChainMap, Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from nbtrack.capture.syntax import tee
from nbtrack.capture.syntax.calls import (
    AGREEMENTS,
    TESTS,
    Watched,
    is_fit,
    is_lightning_module,
    is_log,
    is_metric_function,
    is_trainer,
    tells_several,
)
from nbtrack.capture.syntax.evidence import REPORTED, Evidence, gather, is_best, is_prediction
from nbtrack.capture.syntax.experiments import SAYING, is_of_episodes, is_optimum, targets_of
from nbtrack.capture.syntax.judging import trainers
from nbtrack.capture.syntax.loops import (
    Loop,
    Pace,
    begun_in,
    bound_again,
    gathered,
    surely_bound,
    trains_anew,
    watched_loops,
)
from nbtrack.capture.syntax.passing import Comprehended, Passing, Turn, is_candidate, turns
from nbtrack.capture.syntax.shown import (
    core,
    ends_column,
    folds_of,
    introduced,
    mean_of,
    measured,
    name_of,
    shown,
    spoken,
    spreads,
)
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.tables import appended, histories
from nbtrack.capture.syntax.tee import Kind, Site, member, target_word, through
from nbtrack.capture.syntax.trackers import logged, logged_whole
from nbtrack.capture.syntax.walking import LEAVES, Walks, every_node, fields_of, unchanging
from nbtrack.model.direction import direction

_LOOPS = frozenset({ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp})
_SCOPES = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda})
_WRITTEN = frozenset({ast.List, ast.Tuple, ast.Set})
_SILENT = frozenset({"step", "item", "key", "over"})  # sites of no expression of the person's own
_HOLDERS = frozenset("Series DataFrame array asarray list tuple dict set sorted".split())

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_TRAINERS = frozenset({"train", "test", "validate"})
_SHORT = 40  # characters of what is a name
_SHOWABLE = (ast.Call, ast.BinOp, ast.Attribute, ast.Subscript, ast.Name, ast.UnaryOp)
_MOST_PARTS = 20  # of what a call returns
# Decorators that compile a function's code, or read its syntax, instead of running it.
_COMPILERS = frozenset("jit njit vectorize guvectorize stencil cfunc script compile function pjit kernel".split())


def instrument(
    tree: ast.Module,
    namespace: Mapping[str, Any],
    patterns: Sequence[str] = (),
    evidence: Evidence | None = None,
    *,
    functions_only: bool = False,
    walks: Walks | None = None,
) -> list[Site]:
    """Put the tee into ``tree`` in place and return its sites, the metrics among them unnamed.

    Args:
        tree: a cell's syntax tree.
        namespace: the user's variables, to see what names stand for; only looked up, never called.
        patterns: the person's own metric functions.
        evidence: what was gathered from the tree, if it was.
        functions_only: only inside function bodies, as is done for cells that are not tracked themselves.
        walks: those of the tree that were made already.
    """
    chosen = {each: None for each in tree.body if not functions_only or _has_scope(each)}
    if not chosen:
        return []
    part = ast.Module(list(chosen), []) if functions_only else tree
    with unchanging(walks):  # until the visit
        if evidence is None:
            evidence = gather(part, namespace)
        watcher = _Watcher(Watched(tree, namespace, patterns), evidence, functions_only=functions_only)
        watcher.namespace = namespace
        watcher.compiled = _may_be_compiled(tree)
        watcher.reporters = _reporters(tree, namespace)
        watcher.introduced = dict(introduced(every_node(part)))
        watcher.summed = set(filter(None, map(_summed, every_node(part))))
        bound = Counter(name for each in chosen if isinstance(each, ast.Assign) for name in targets_of(each))
        watcher.replaced = {name for name, times in bound.items() if times > 1}
        if not functions_only:
            watcher.trainers = trainers(every_node(tree), namespace)
            watcher.written = dict(_written_out(tree))
            watcher.turns, watcher.last = turns(tree.body, namespace), tree.body[-1]
            watcher.loops = watched_loops(tree, (evidence.said - evidence.divided) | evidence.worded)
    tree.body[:] = [part for each in tree.body for part in (watcher.statements(each) if each in chosen else [each])]
    return watcher.sites


def _has_scope(statement: ast.stmt) -> bool:
    return any(node.__class__ in _SCOPES for node in every_node(statement))


class _Watcher(ast.NodeTransformer):
    """Walks a cell, knowing whether it is inside a loop or function and what a value is about to be called."""

    def __init__(self, watched: Watched, evidence: Evidence, *, functions_only: bool) -> None:
        self.sites: list[Site] = []
        self.loops: dict[Loop, list[str]] = {}
        self.namespace: Mapping[str, Any] = {}  # where the loops' names get their values
        self._watched = watched
        self._evidence = evidence
        self._functions_only = functions_only
        self._loops = 0
        self._scopes = 0
        self.compiled = False  # torch may read the code
        self.summed: set[str] = set()  # what the cell adds something to
        self.turns: Mapping[ast.stmt, Turn] = {}  # calls of one helper, and what each is about
        self.trainers: set[str] = set()  # functions of the notebook's own that fit models
        self.written: Mapping[str, ast.expr] = {}  # the containers that the cell writes out
        self.last: ast.stmt | None = None
        self.replaced: set[str] = set()  # what the cell binds more than once, in no loop
        self._conditions = 0  # between a node and the loop or function around it
        self._passing: frozenset[str] = frozenset()
        self._around: tuple[Passing, ...] = ()
        self._inmost = False  # the loop right around is the last of these
        self._metrics: Mapping[str, Passing] = {}  # the loops' variables that hold functions which score
        self._lazy: dict[ast.expr, Site] = {}  # generators, and what tells that they are over
        self._targets: dict[ast.expr, str] = {}
        self._labels: dict[ast.expr, str] = {}
        self._scaled: dict[ast.AST, ast.expr] = {}
        self._spoken: dict[ast.expr, str] = {}
        self._unpacked: dict[ast.expr, tuple[str, ...]] = {}
        self._bound: dict[tuple[str, int], Site] = {}  # metric calls by the names of their values and their depth
        self._keys: dict[ast.expr, str] = {}
        self._means: set[ast.expr] = set()
        self._terms: set[ast.AST] = set()  # calls whose values are only added to sums
        self._logged: set[ast.expr] = set()  # what the cell tells another tracker
        self.introduced: Mapping[ast.expr, str] = {}  # what is printed in the line after a text that speaks of it
        self.reporters: set[ast.ClassDef] = set()  # classes that tell a trainer how a training goes
        self._reports = False  # in one of them
        self._body: ast.AST | None = None  # the loop or function right around
        self._called: set[tuple[ast.AST | None, str]] = set()  # the calls that are certain to have run in it

    def statements(self, statement: ast.stmt) -> Sequence[ast.stmt]:
        """Visit a statement of the cell; return what takes its place."""
        visited = self.visit(statement)
        found = visited if isinstance(visited, list) else [visited]
        return found if statement not in self.turns else self._turn(statement, found)

    def _turn(self, statement: ast.stmt, visited: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
        """Tell when the call of a helper begins and ends; the last one ends with the cell, whose value it may be."""
        site = self._new_site(statement, "step", "")
        site.pace = Pace((), self.namespace)
        site.pace.attended = True
        site.own = self.turns[statement]
        tee.place(site)
        begins = [_step(statement, site, over=False), *visited]
        return begins if statement is self.last else [*begins, _step(statement, site, over=True)]

    def visit(self, node: ast.AST) -> Any:
        """Visit a node, counting the loops and functions around it; data that is written out holds no calls."""
        kind, labelled = node.__class__, node in self._labels
        if kind in LEAVES and not labelled and node not in self._scaled:
            return node
        if kind in _WRITTEN and all(type(item) is ast.Constant for item in node.elts):  # type: ignore[attr-defined]
            return node
        if kind in SAYING:
            self._note_labels(node)  # type: ignore[arg-type]  # these are expressions
        loop, scope, conditions = kind in _LOOPS, kind in _SCOPES, self._conditions
        self._loops += loop
        self._scopes += scope
        self._conditions = 0 if loop or scope else conditions + (kind is ast.If)
        body, self._body = self._body, node if loop or scope else self._body
        site = self._shown_site(node) if labelled and node not in self._scaled else None
        if node in self._scaled and (self._scopes or not self._functions_only):
            site = self._new_site(node, "metric", "", of=self._scaled[node])
        try:
            visited: Any = getattr(self, f"visit_{kind.__name__}", self.generic_visit)(node)
        finally:
            self._loops -= loop
            self._scopes -= scope
            self._conditions = conditions
            self._body = body
        return visited if site is None else tee.wrapped(visited, tee.place(site))

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Visit what is below a node; contexts and operators are not asked, which takes half of the time."""
        for name in fields_of(node):
            value: Any = getattr(node, name, None)
            if value.__class__ is list:
                visited: list[Any] = []
                for each in value:
                    found = self.visit(each) if isinstance(each, ast.AST) else each
                    visited += found if found.__class__ is list else [found]
                value[:] = visited
            elif isinstance(value, ast.AST):
                setattr(node, name, self.visit(value))
        return node

    def _note_labels(self, node: ast.expr) -> None:
        """Note the label of each value in a text and, for one that tells nothing, the score the text is about."""
        labels = {value: word or self.introduced.get(value, "") for value, word in shown(node)}
        if not labels:
            return
        self._labels.update(labels)
        told = dict(logged(node))
        self._logged.update(told)
        self._targets.update({through(value): word for value, word in told.items() if self._is_watched(through(value))})
        for value, word in labels.items():
            if direction(word) or not word:
                self._name_root(value, word)
        if len(labels) == 1 or not any(map(direction, labels.values())):
            text = " ".join(
                each.value for each in every_node(node) if isinstance(each, ast.Constant) and type(each.value) is str
            )
            scores = spoken(text)
            if len(scores) == 1:
                self._spoken.update({each: f"{scores[0]}_std" if spreads(each) else scores[0] for each in labels})

    def _shown_site(self, node: Any) -> Site | None:
        """Return the site of a printed value, if it is a result that has no other."""
        if self._functions_only and not self._scopes:
            return None
        name, inner = name_of(node, self._labels[node]), core(node)
        if isinstance(inner, ast.Attribute) and inner.attr in REPORTED:
            site = self._new_site(node, "shown", "")
            site.logged = True
            return site
        if self._is_mean(node):
            inner = node
        if not isinstance(inner, _SHOWABLE) or self._is_seen(inner):
            return None
        if isinstance(inner, ast.Name) and not self._scopes and not self._passes(inner, name):
            named = node in self._logged and direction(inner.id) is None
            if not self._labels[node] or not (named or self._is_late(inner)):
                return None  # a variable of the cell's own: its value is found by its name
            name = inner.id if direction(inner.id) else name  # as the execution that computed it calls it
        column = ends_column(inner) or _of_best(inner) or self._kept(inner, name)
        name = column or (name if direction(name) or not self._labels[node] else self._spoken.get(node, name))
        derived = name != last_name(getattr(inner, "func", inner)) and any(map(self._is_watched, every_node(node)))
        judged = self._labels[node] != "" and self._evidence.judged(inner)
        told = bool(column) or node in self._logged or self._is_told(inner, name, self._labels[node])
        if not self._loops and not self._scopes:
            entry = _entry_of(inner, self._evidence.bound, self._labels[node])
            name = entry or name or (_quotient(inner) if told else "")
        if not name or not (derived or told or judged):
            return None
        return self._mark_shown(self._new_site(node, "shown", name), node, inner, judged=judged)

    def _is_seen(self, node: ast.expr) -> bool:
        """Tell whether what is printed has a site of its own, is written out, or is a text that shows something."""
        inner = through(node)
        return self._is_watched(inner) or isinstance(inner, ast.Constant) or bool(list(shown(node)))

    def _mark_shown(self, site: Site, node: ast.expr, inner: ast.expr, *, judged: bool) -> Site:
        """Note how a printed value is told from others that may be the same number."""
        name = site.name
        site.logged = node in self._logged
        site.share = direction(name) is not None and isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.FloorDiv)
        best = name.startswith("best") and not self._loops and not is_best(inner)  # what a search has, its fit has told
        chosen = _picks(inner) and not site.repeats
        site.picks = best or judged or chosen or site.callee in {"max", "min"} or _compares(inner)
        return site

    def _is_told(self, node: ast.expr, name: str, label: str) -> bool:
        """Tell whether a printed expression makes a result, by what it is called, what it is made of, or its label."""
        seen = self._evidence
        if seen.is_score(name, node) or seen.reduces(node) or is_best(node):
            return True
        if label == "":
            return False
        named = not isinstance(node, ast.Name) and is_of_episodes(label)
        estimated = seen.estimates(node) or (not is_prediction(name) and seen.applies(node))
        return named or is_optimum(node) or estimated

    def _kept(self, node: ast.expr, said: str) -> str:
        """Return what an object keeps a score as, if no words before it tell one: ``print("end:", s.regret)``."""
        kept = isinstance(node, ast.Attribute) and direction(said) is None and not is_best(node)
        return node.attr if kept and self._evidence.is_score(node.attr, node) else ""  # type: ignore[attr-defined]  # kept

    def _is_mean(self, node: ast.AST) -> bool:
        """``running_loss / 100`` of what the cell sums up: a mean, not the same number in another unit."""
        match node:
            case ast.BinOp(left=ast.Name(id=name), op=ast.Div()):
                return name in self.summed
        return False

    def _passes(self, node: ast.Name, name: str) -> bool:
        """Tell whether a loop's own variable passes over results: ``for k, acc in enumerate(per_class)``."""
        return node.id in self._passing and direction(name) is not None and self._evidence.supports(node)

    def _is_late(self, node: ast.Name) -> bool:
        """Tell whether a printed variable is not found by its name: it is an earlier cell's, or is replaced later."""
        within = self._loops or self._scopes
        return not within and (self._evidence.is_earlier(node.id) or node.id in self.replaced)

    def _is_watched(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and (self._watched.is_metric(node) or self._metric(node) is not None)

    def visit_For(self, node: ast.For) -> ast.AST | list[ast.stmt]:
        """Watch a loop that learns."""
        return self._loop(node)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST | list[ast.stmt]:
        """Watch a loop that learns."""
        return self._loop(node)

    def visit_While(self, node: ast.While) -> ast.AST | list[ast.stmt]:
        """Watch a loop that learns."""
        return self._loop(node)

    def _loop(self, node: Loop) -> ast.AST | list[ast.stmt]:
        """Look at a loop's names when an iteration begins - ``continue`` may end one - and once when it is over."""
        known, around = len(self.sites), self._around
        own = self._own(node)
        renewed = self._renewed(node) if own is not None else frozenset[str]()
        self._visit_in(node, [] if own is None else [own], [] if isinstance(node, ast.While) else [node])
        names = [name for name in self.loops.get(node, ()) if self._is_learnt(node, name)]
        seen = self._leave_to(node, names, self.sites[known:]) if names else set()
        names = [name for name in names if name not in seen | _printed(self.sites[known:])]
        texts = [site.text for site in self.sites[known:] if site.kind == "shown" and not site.rare]
        averaged = {name for name in names if name in self.summed and _is_averaged(name, node, texts)}
        averaged |= gathered(node).intersection(names) if names else set()
        self._evidence.averaged.update(averaged)
        names = [name for name in names if name not in averaged]
        trains = own is not None and own.anew and any(each.kind in {"fit", "step"} for each in self.sites[known:])
        if not names and (own is None or not (trains or renewed or self._asks_judges(node))):
            return node
        for each in self.sites[known:]:
            if each.kind == "shown" and each.rare and each.depth == self._loops and each.name in names:
                tee.forget(each)  # ``if epoch % 100 == 0: print("loss", loss / n)``: the loop has all of that curve
        site = self._new_site(node, "step", "")
        site.pace = Pace(names, self.namespace)
        site.pace.sure = surely_bound(node).intersection(names)
        site.pace.attended = own is not None
        site.own, site.only, site.renews = own, self._loops - 1 == len(around), renewed
        tee.place(site)
        node.body.insert(0, _step(node.body[0], site, over=False))
        return [node, _step(node, site, over=True)]

    def _leave_to(self, loop: Loop, names: Sequence[str], sites: Sequence[Site]) -> set[str]:
        """Leave to a loop what is computed twice in an iteration; return the names that its sites record themselves."""
        again = bound_again(loop).intersection(names)
        named: dict[str, set[str]] = {}  # a call that is written twice is one metric
        for site in sites:
            named.setdefault(site.text, set()).update({*site.targets, site.target or ""})
        for site in sites:
            if site.kind == "metric" and not tells_several(site.callee):
                site.overwritten = frozenset(again & named[site.text])
        return {name for site in sites for name in named[site.text] - site.overwritten}

    def _own(self, loop: Loop) -> Passing | None:
        """Return a loop of the cell that may pass over things with names, or train something else in each iteration."""
        if not isinstance(loop, ast.For) or self._scopes or self._functions_only:
            return None
        anew = trains_anew(loop, self.trainers)
        return Passing(loop, anew=anew) if anew or is_candidate(loop) else None

    def _visit_in(
        self, node: ast.AST, owns: Sequence[Passing], loops: Sequence[ast.For | ast.AsyncFor | ast.comprehension]
    ) -> None:
        """Visit what is inside a loop or comprehension."""
        known = self._passing, self._around, self._inmost, self._metrics
        self._around, self._inmost = (*self._around, *owns), bool(owns)
        targets = (part for each in loops for part in every_node(each.target))
        self._passing = self._passing.union(part.id for part in targets if isinstance(part, ast.Name))
        for each, own in zip(loops, owns or [Passing(each) for each in loops], strict=True):  # type: ignore[arg-type]
            if is_candidate(each):
                held = own.holds(ChainMap(self.written, self.namespace))  # type: ignore[arg-type]  # only read
                self._metrics = {**self._metrics, **{n: own for n, all_ in held.items() if self._are_metrics(all_)}}
        self.generic_visit(node)
        self._passing, self._around, self._inmost, self._metrics = known

    def _are_metrics(self, parts: Sequence[object]) -> bool:
        """Tell whether what a loop's variable goes through are functions that score: ``(accuracy_score, f1_score)``."""
        return bool(parts) and all(map(self._is_metric_function, parts))

    def _is_metric_function(self, part: object) -> bool:
        match part:
            case ast.Call(func=function, args=[inner, *_]) if last_name(function) == "partial":
                return self._is_metric_function(inner)
            case ast.Name() | ast.Attribute():
                return self._watched.is_metric(ast.Call(part, [], []))
        return is_metric_function(part)

    def _renewed(self, loop: Loop) -> frozenset[str]:
        """Return what each iteration of a loop begins anew and fills with results, or has a call return as such."""
        seen, filled = self._evidence, set[str]()
        for name, values in appended(loop).items():
            container, _, entry = name.partition(".")
            if any(seen.is_score(entry or name, each) or seen.supports(each) or seen.learns(each) for each in values):
                filled.add(container)
        for statement in loop.body:
            if isinstance(statement, ast.Assign) and isinstance(through(statement.value), ast.Call | ast.ListComp):
                filled.update(name for name in targets_of(statement) if seen.is_score(name, statement.value))
        return begun_in(loop) & filled

    def _asks_judges(self, loop: ast.AST) -> bool:
        """Tell whether a loop calls functions of the notebook's own that score, or train: they are called after it."""
        calls = (part for part in every_node(loop) if isinstance(part, ast.Call))
        return any(self._evidence.judged(each) or last_name(each.func) in self.trainers for each in calls)

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        """Watch what it passes over."""
        return self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        """Watch what it passes over."""
        return self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        """Watch what it passes over."""
        return self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        """Watch what it passes over."""
        return self._comprehension(node)

    def _comprehension(self, node: Comprehension) -> ast.AST:
        """Have a comprehension tell what it has arrived at, where it scores or trains."""
        made = node.value if isinstance(node, ast.DictComp) else node.elt
        if isinstance(made, ast.Dict):
            self._name_entries(made)  # a row of a table: ``{"model": name, "f1": f1_score(y, p)}``
        named = all(map(is_candidate, node.generators)) or isinstance(node, ast.DictComp)
        told = named and not self._scopes and not self._functions_only
        owns = [Comprehended(each) for each in node.generators if told]
        known, more = len(self.sites), len(node.generators) - 1
        self._loops += more
        self._visit_in(node, owns, node.generators)
        self._loops -= more
        asks = any(each.kind in {"metric", "fit", "trainer"} for each in self.sites[known:]) or self._asks_judges(node)
        if not asks or not owns or not all(each.variables for each in owns):
            return node
        for own, loop in zip(owns, node.generators, strict=True):
            loop.ifs.insert(0, self._telling(own, loop.target))
        if isinstance(node, ast.DictComp):
            node.key = tee.wrapped(node.key, self._beside(node.key, "key", owns))
        over = self._beside(node, "over", owns)
        if isinstance(node, ast.GeneratorExp):
            self._lazy[node] = over  # it is over when the call that it is handed to is
            return node
        return tee.wrapped(node, over)

    def _telling(self, own: Comprehended, place: ast.expr) -> ast.expr:
        """Return what tells the tee of an iteration, for a condition: a tuple with something in it is true."""
        told = ast.Tuple([ast.Name(each, ast.Load()) for each in own.variables], ast.Load())
        for part in (told, *told.elts):
            ast.copy_location(part, place)
        return tee.wrapped(told, self._beside(place, "item", [own]))

    def _beside(self, node: ast.AST, kind: Kind, owns: Sequence[Comprehended]) -> Site:
        site = tee.place(self._new_site(node, kind, ""))
        site.own, site.around = owns[-1], tuple(owns)
        return site

    def _is_learnt(self, loop: Loop, name: str) -> bool:
        counts = isinstance(loop, ast.While) or "range" in ast.unparse(loop.iter)
        made = (each for each in every_node(loop) if isinstance(each, ast.Assign) and name in targets_of(each))
        return counts or self._evidence.is_score(name) or any(self._evidence.is_score(name, e.value) for e in made)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """Note what the value will be called."""
        if len(node.targets) == 1:
            self._bound.pop((target_word(node.targets[0]) or "", self._scopes), None)
            self._name_value(node.targets[0], node.value)
            self._note_unpacked(node.targets[0], node.value)
            self._note_mean_of_folds(node.targets[0], node.value)
            if not self._scopes:
                self._note_mean(node.targets[0], node.value)
                self._note_key(node.targets[0], node.value)
        return self.generic_visit(node)

    def _note_unpacked(self, target: ast.expr, value: ast.expr) -> None:
        """Note what the values of an earlier call are called: ``loss, acc = scores``."""
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Name):
            site = self._bound.get((value.id, self._scopes))
            if site is not None:
                site.targets = _names(target)

    def _note_mean_of_folds(self, target: ast.expr, value: ast.expr) -> None:
        """Note what the mean of an earlier call's folds is called: ``acc = scores.mean()``."""
        folds, entry = folds_of(value)
        site = self._bound.get((folds, self._scopes)) if folds and isinstance(target, ast.Name) else None
        once = site is not None and not (self._loops or self._scopes or site.repeats)
        if site is not None and once and tells_several(site.callee):
            site.means.setdefault(entry, target.id)  # type: ignore[attr-defined]  # a name

    def _note_mean(self, target: ast.expr, value: ast.expr) -> None:
        """Note what the mean of folds is called: ``acc = cross_val_score(model, X, y).mean()``."""
        folds, word = mean_of(through(value)), target_word(target)
        if folds is not None and self._is_watched(folds):
            self._means.add(folds)
            if word:
                self._targets[folds] = word

    def _note_key(self, target: ast.expr, value: ast.expr) -> None:
        """Note under which key a loop puts a value into a dictionary: ``scores[name] = clf.score(X, y)``."""
        inner = mean_of(through(value)) or through(value)
        match target:
            case ast.Subscript(slice=ast.Name(id=key)) if key in self._passing and isinstance(inner, ast.Dict):
                self._name_entries(inner)  # ``results[name] = {"f1": f1_score(y, p)}``
                self._label_entries(inner)
            case ast.Subscript(value=ast.Name(id=container), slice=ast.Name(id=key)) if key in self._passing:
                self._keys[inner] = key
                self._targets[inner] = container

    def _name_each(self, target: ast.expr, made: ast.expr) -> None:
        """Give what a comprehension makes each time the name of them all: ``aucs = [roc_auc_score(y, p) ...]``."""
        if not isinstance(made, ast.Dict):  # a row of a table: its entries have names
            if not self._scopes:
                self._note_mean(target, made)
            self._name_value(target, made)

    def _name_entries(self, node: ast.Dict) -> None:
        for key, item in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                self._targets[through(item)] = key.value

    def _label_entries(self, row: ast.expr) -> None:
        """Take what a loop computes in a row of results as if it printed that: ``rows.append({"acc": hits / n})``."""
        for key, item in zip(row.keys, row.values, strict=True) if isinstance(row, ast.Dict) and self._loops else ():
            if isinstance(key, ast.Constant) and type(key.value) is str and isinstance(item, ast.Call | ast.BinOp):
                self._labels.setdefault(item, key.value)

    def visit_Return(self, node: ast.Return) -> ast.AST:
        """Take the root of an error as a function returns it, in place of the error."""
        if node.value is not None and self._is_measure_of(node.value):
            self._scaled[node.value] = measured(node.value)
        return self.generic_visit(node)

    def _is_measure_of(self, value: ast.expr) -> bool:
        """Tell whether a value is a watched call's in another form: ``100 * accuracy``, the root of an error."""
        inner = measured(value)
        return inner is not through(value) and self._is_watched(inner)

    def _name_root(self, value: ast.expr, word: str = "") -> None:
        """Take the root of an error that the cell prints, or ends with, in place of the error."""
        error = measured(value)
        if not self._scopes and error is not core(value) and self._is_measure_of(value):
            self._scaled[value] = error
            self._targets[value] = word or f"sqrt_{last_name(error.func)}"  # type: ignore[attr-defined]  # a watched call

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """Note what the values of a bare dictionary, or those appended to a list, are called."""
        self._name_root(node.value)
        match node.value:
            case ast.Dict() as written:
                self._name_entries(written)
            case ast.Call(func=ast.Attribute(value=container, attr="append"), args=[item]):
                word = target_word(container)
                if word:
                    self._name_value(container, item)
                self._label_entries(item)
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Note what the value will be called."""
        if node.value is not None:
            self._name_value(node.target, node.value)
            node.value = self.visit(node.value)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """Note what is only added to a sum that becomes a mean: ``total += accuracy_score(y, p)``."""
        name = node.target.id if isinstance(node.target, ast.Name) else ""
        if isinstance(node.op, ast.Add) and name in self._evidence.divided and (self._loops or self._scopes):
            self._terms.update(each for each in every_node(node.value) if isinstance(each, ast.Call))
        return self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.AST:
        """Note what the value will be called."""
        self._name_value(node.target, node.value)
        return self.generic_visit(node)

    def visit_Await(self, node: ast.Await) -> ast.AST:
        """Leave an awaited call alone: its value is a coroutine, not a number."""
        if isinstance(node.value, ast.Call):
            self.generic_visit(node.value)
            return node
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Leave functions alone that a compiler reads."""
        if any(_decorator(each) in _COMPILERS for each in node.decorator_list):
            return node
        returns, node.returns = node.returns, None
        known, self.written = self.written, {**self.written, **dict(_written_out(node))}
        self.generic_visit(node)
        self.written, node.returns = known, returns
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Note in a module of Lightning's what is told to its trainer."""
        around, self._reports = self._reports, node in self.reporters
        self.generic_visit(node)
        self._reports = around
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Leave annotations as they are written: they may be read as text."""
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Wrap a watched call."""
        whole = logged_whole(node)
        if whole is not None and not isinstance(whole, ast.Dict):
            return self._logging(node, whole)
        if is_log(node) and not any(True for _ in logged(node)):
            return self._reporting(node)
        site = self._call_site(node)
        self.generic_visit(node)
        if site is not None and site.metric is not None:
            node.func = tee.wrapped(node.func, tee.place(self._new_site(node.func, "receiver", site.key)))
        elif site is not None and self._has_unknown_receiver(node):
            receiver = tee.place(self._new_site(node.func.value, "receiver", site.key))  # type: ignore[attr-defined]  # a method
            node.func.value = tee.wrapped(node.func.value, receiver)  # type: ignore[attr-defined]  # the same
        found = self._reporting(node) if site is None else tee.wrapped(node, site)
        handed = [each.value for each in (*node.args, *node.keywords) if isinstance(each, ast.Starred | ast.keyword)]
        lazy = [self._lazy.pop(each) for each in (*node.args, *handed) if each in self._lazy]
        return tee.wrapped(found, lazy[0]) if lazy else found

    def _logging(self, node: ast.Call, whole: ast.expr) -> ast.Call:
        """Take the dictionary that is told to another tracker."""
        if self._functions_only and not self._scopes:
            return node
        site = tee.place(self._new_site(whole, "shown", ""))
        site.logged = True
        places = [each is whole for each in node.args], [each.value is whole for each in node.keywords]
        self.generic_visit(node)
        node.args = [tee.wrapped(a, site) if told else a for a, told in zip(node.args, places[0], strict=True)]
        for word, told in zip(node.keywords, places[1], strict=True):
            word.value = tee.wrapped(word.value, site) if told else word.value
        return node

    def _reporting(self, node: ast.Call) -> ast.Call:
        """Have the trainer looked at where a module of Lightning's reports to it; another call is left alone."""
        match node.func:
            case ast.Attribute(value=ast.Name(id="self") as module, attr="log" | "log_dict") if self._reports:
                node.func.value = tee.wrapped(module, tee.place(self._new_site(module, "logs", "")))
        return node

    def _has_unknown_receiver(self, node: ast.Call) -> bool:
        """Tell whether what trains or evaluates has no name of the cell's: ``L.Trainer().fit(net)``, in a function."""
        function = node.func
        return (
            isinstance(function, ast.Attribute)
            and function.attr in _TRAINERS | {"fit", "evaluate"}
            and (bool(self._scopes) or not isinstance(function.value, ast.Name))
        )

    def _asks_trainer(self, node: ast.Call) -> bool:
        """Tell whether a call asks a trainer: one by its class or, where that is yet to be made, by its name.

        ``train``, ``test`` and ``validate`` are methods of other objects, too: ``net.train()`` switches a mode.
        """
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in _TRAINERS:
            return False
        name = last_name(node.func.value) or ""
        known = self.namespace.get(name) if isinstance(node.func.value, ast.Name) and not self._scopes else None
        return is_trainer(known) if known is not None else "trainer" in name.lower()

    def _call_site(self, node: ast.Call) -> Site | None:
        if (self._functions_only and not self._scopes) or node in self._scaled.values():
            return None
        scores = self._is_watched(node) or self._agrees(node)
        kind: Kind | None = "fit" if is_fit(node) else "metric" if scores else None
        kind = kind or ("trainer" if self._asks_trainer(node) else None)
        if kind is None:
            return None
        site = tee.place(self._new_site(node, kind, ""))
        site.metric = self._metric(node)
        site.summed = node in self._terms
        site.history = tuple(sorted(histories(node))) if kind == "fit" and not self._scopes else ()
        return site

    def _metric(self, node: ast.Call) -> Passing | None:
        """Return the loop over metrics one of which a call asks: ``for metric in (accuracy_score, f1_score)``."""
        return self._metrics.get(node.func.id) if isinstance(node.func, ast.Name) and node.args else None

    def _agrees(self, node: ast.Call) -> bool:
        return last_name(node.func) in AGREEMENTS and any(map(self._evidence.supports, node.args))

    def _new_site(self, node: ast.AST, kind: Kind, name: str, *, of: ast.expr | None = None) -> Site:
        call = of or node
        function = call.func if isinstance(call, ast.Call) else None
        receiver = function.value if isinstance(function, ast.Attribute) else None
        site = Site(
            key=tee.new_key(),
            callee=(last_name(function) if function else "") or "",
            text="" if kind in _SILENT else ast.unparse(node),
            words=tuple(_words(call)) if isinstance(call, ast.Call) else (),
            target=self._targets.get(node) if isinstance(node, ast.expr) else None,
            repeats=bool(self._loops or self._scopes),
            rare=self._conditions > 0,
            depth=self._loops,
            inside=bool(self._scopes),
            kind=kind,
            receiver=receiver.id if isinstance(receiver, ast.Name) else None,
            name=name,
            targets=self._unpacked.get(node, ()) if isinstance(node, ast.expr) else (),
            filed=self._keys.get(node, "") if isinstance(node, ast.expr) else "",
            around=() if self._scopes else self._around,
            only=not self._scopes and self._loops == len(self._around),
            inmost=self._inmost,
            compiled=self.compiled,
            averaged=node in self._means and node in self._targets,
            label=self._labels.get(node, "") if isinstance(node, ast.expr) else "",
        )
        self.sites.append(site)
        if kind == "metric" and site.target:
            self._bound[site.target, self._scopes] = site
        if kind == "metric" and self._body is not None:
            site.again = (self._body, site.text) in self._called
            self._called.update([] if self._conditions else [(self._body, site.text)])
        return site

    def _name_value(self, target: ast.expr, value: ast.expr) -> None:
        """Give the calls in ``value`` the user's own words: the variable, or the variable's key."""
        word = target.attr if isinstance(target, ast.Attribute) else target_word(target)  # ``self.rmse = ...``
        if word is None:
            return
        made = _made_each(value)
        if made is not None:
            self._name_each(target, made)
        else:
            self._name_one(target, word, value)

    def _name_one(self, target: ast.expr, word: str, value: ast.expr) -> None:
        match value:
            case ast.Dict(keys=keys, values=values):
                for key, item in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        self._targets[through(item)] = member(word, key.value)
            case ast.Tuple(elts=values) if isinstance(target, ast.Tuple):
                for part, item in zip(target.elts, values, strict=False):
                    self._name_value(part, item)
            case ast.Call() if isinstance(target, ast.Tuple):
                self._unpacked[value] = _names(target)
            case ast.Subscript(value=ast.Call(func=function) as call, slice=ast.Constant(value=0 | 1 as place)) if (
                last_name(function) in TESTS
            ):
                self._unpacked[call] = ("", word) if place else (word, "")
            case ast.Subscript(value=ast.Call(func=function) as call, slice=ast.Constant(value=int(place))) if (
                last_name(function) == "evaluate" and 0 <= place < _MOST_PARTS
            ):
                self._unpacked[call] = (*("",) * place, word)
            case ast.BinOp() | ast.Call() if self._is_measure_of(value):  # ``100 * model.score(X, y)`` is 97, not 0.97
                self._scaled[value] = measured(value)
                self._targets[value] = word
            case _:
                self._targets[through(value)] = word


def _may_be_compiled(tree: ast.Module) -> bool:
    """Tell whether torch may read this code."""
    if "torch" in sys.modules:
        return True
    nodes = every_node(tree)
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported.update(node.module or "" for node in nodes if isinstance(node, ast.ImportFrom))
    return any(each.partition(".")[0] == "torch" for each in imported)


def _reporters(tree: ast.Module, namespace: Mapping[str, Any]) -> set[ast.ClassDef]:
    """Return the classes of a cell that are modules of Lightning's, or derive from one of the cell's."""
    found, names = set[ast.ClassDef](), set[str]()
    for node in every_node(tree):
        if isinstance(node, ast.ClassDef) and any(
            last_name(each) in names or is_lightning_module(each, namespace) for each in node.bases
        ):
            found.add(node)
            names.add(node.name)
    return found


def _written_out(tree: ast.Module | ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.List() | ast.Tuple() | ast.Dict() as value):
                yield name, value


def _made_each(node: ast.expr) -> ast.expr | None:
    """Return what a comprehension makes each time, also where its values are put into a table, a column or an array."""
    match node:
        case ast.ListComp(elt=made) | ast.SetComp(elt=made) | ast.GeneratorExp(elt=made) | ast.DictComp(value=made):
            return made
        case ast.Call(func=function, args=[inner, *_]) if last_name(function) in _HOLDERS:
            return _made_each(inner)
    return None


def _names(target: ast.Tuple) -> tuple[str, ...]:
    return tuple(part.id if isinstance(part, ast.Name) else "" for part in target.elts)


def _step(place: ast.stmt, site: Site, *, over: bool) -> ast.stmt:
    """Return a statement that tells the tee of an iteration: no expression, which IPython might display."""
    told = ast.Constant(over)
    ast.copy_location(told, place)
    statement = ast.If(tee.wrapped(told, site), [ast.Pass()], [])
    for node in (statement, statement.body[0]):
        ast.copy_location(node, place)
    return statement


def _summed(node: ast.AST) -> str | None:
    """Return what a statement adds something to, or the sum that it takes: ``hits = sum(...)``."""
    match node:
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add()):
            return name
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="sum"))):
            return name
    return None


def _is_averaged(name: str, loop: Loop, texts: Sequence[str]) -> bool:
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


def _divides(node: ast.AST, name: str) -> bool:
    match node:
        case ast.BinOp(left=ast.Name(id=divided), op=ast.Div()):
            return divided == name
    return False


def _printed(sites: Sequence[Site]) -> set[str]:
    """Return what a loop prints in each iteration under other names: ``loss {total / len(batches)}`` is the loss."""
    return {site.name for site in sites if site.kind == "shown" and not site.rare and not site.inside}


def _compares(node: ast.expr) -> bool:
    """Tell whether a score is computed from hits: ``(pred == y).mean()`` may be what another was, and be another."""
    return any(isinstance(part, ast.Compare) for part in every_node(node))


def _picks(node: ast.expr) -> bool:
    """``scores[best]``, but not ``losses[-1]``, which is what a curve ends with anyway."""
    return isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name | ast.Call)


def _of_best(node: ast.expr) -> str:
    """Return what the score of the best of many is called: ``best.rmse`` for ``best["rmse"]``."""
    match node:
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(score))) if direction(score):
            return member(name, score) if name.startswith("best") else ""
    return ""


def _entry_of(node: ast.expr, bound: Collection[str], label: str) -> str:
    """Return an entry of a dictionary of the cell's own by its place, where its key is all that is said of it."""
    match node:
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key))):
            return member(name, key) if name in bound and label.lower() == key.lower() else ""
    return ""


def _quotient(node: ast.expr) -> str:
    """Return a short quotient as it was written, which is all that it is called: ``print(TP / (TP + FN))``."""
    text = ast.unparse(node) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) else ""
    return text if len(text) <= _SHORT else ""


def _decorator(node: ast.expr) -> str | None:
    return last_name(node.func if isinstance(node, ast.Call) else node)


def _words(node: ast.Call) -> list[str]:
    """Return the names and options that tell a call from others of the same function."""
    parts = [node.func.value] if isinstance(node.func, ast.Attribute) else []
    words = [name for part in [*parts, *node.args] if (name := _first_name(part)) is not None]
    options = [k.value.value for k in node.keywords if isinstance(k.value, ast.Constant)]
    return [*words, *(option for option in options if isinstance(option, str))]


def _first_name(node: ast.expr) -> str | None:
    return next((inner.id for inner in every_node(node) if isinstance(inner, ast.Name)), None)
