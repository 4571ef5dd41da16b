"""Putting the tee into a cell's tree: around metric and fit calls, printed results, and into the loops that learn."""

import ast
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from nbtrack.capture.syntax import tee
from nbtrack.capture.syntax.calls import (
    AGREEMENTS,
    Watched,
    asks_score,
    is_fit,
    is_log,
    is_ranked,
    is_trainer,
    may_be_compiled,
)
from nbtrack.capture.syntax.evidence import REPORTED, Evidence, gather
from nbtrack.capture.syntax.experiments import SAYING, targets_of
from nbtrack.capture.syntax.given_names import GivenNames
from nbtrack.capture.syntax.judging import reporters, tells_entries, trainers
from nbtrack.capture.syntax.loop_results import (
    ADDING,
    added_in_parts,
    asks_judges,
    called_in_rows,
    is_averaged,
    is_learnt,
    kept_in,
    leave_progress,
    leave_to,
    leave_to_kept,
    leave_to_mean,
    means_in,
    printed_in,
    renewed_in,
    summed,
)
from nbtrack.capture.syntax.loops import (
    Loop,
    Pace,
    added_to,
    begun_in,
    emptied_in,
    gathered,
    is_counted,
    surely_bound,
    trains_anew,
    watched_loops,
    weighed,
)
from nbtrack.capture.syntax.passing import Comprehended, Passing, Turn, is_candidate, turns
from nbtrack.capture.syntax.printed_results import PrintedResults
from nbtrack.capture.syntax.shown import core, introduced
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.tables import histories
from nbtrack.capture.syntax.tee import Kind, Site
from nbtrack.capture.syntax.trackers import logged, logged_whole
from nbtrack.capture.syntax.walking import KINDS, LEAVES, Walks, every_node, fields_of, of_kind, of_kinds, unchanging
from nbtrack.capture.syntax.whereabouts import Whereabouts, begun_lists, written_out

_LOOPS = frozenset({ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp})
_SCOPES = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda})
_WRITTEN = frozenset({ast.List, ast.Tuple, ast.Set})
_SILENT = frozenset({"step", "item", "key", "over"})  # sites of no expression of the person's own

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_TRAINERS = frozenset({"train", "test", "validate"})
# Decorators that compile a function's code, or read its syntax, instead of running it.
_COMPILERS = frozenset("jit njit vectorize guvectorize stencil cfunc script compile function pjit kernel".split())
_DESCRIBES = frozenset({"__repr__", "__str__", "__format__", "_repr_html_", "extra_repr"})


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
        at = Whereabouts(Watched(tree, namespace, patterns), namespace)
        names = GivenNames(at, dict(introduced(every_node(part))), evidence.rowed)
        sums = set(filter(None, map(summed, of_kinds(every_node(part), ADDING))))
        bound = Counter(name for each in chosen if isinstance(each, ast.Assign) for name in targets_of(each))
        replaced = {name for name, times in bound.items() if times > 1}
        printed = PrintedResults(evidence, names, at, summed=sums, replaced=replaced, nodes=every_node(part))
        watcher = _Watcher(at, names, printed, evidence, namespace, functions_only=functions_only)
        watcher.compiled, watcher.summed = may_be_compiled(tree), sums
        watcher.reporters = reporters(every_node(tree), namespace)
        if not functions_only:
            watcher.nodes = every_node(tree)
            watcher.trainers = trainers(watcher.nodes, namespace)
            at.written, watcher.begun = dict(written_out(tree)), set(begun_lists(tree.body))
            watcher.turns, watcher.last = turns(tree.body, namespace), tree.body[-1]
            said = (evidence.said - evidence.divided - evidence.tossed) | evidence.worded
            watcher.loops = watched_loops(tree, said, watcher.trainers, at.written)
    tree.body[:] = [part for each in tree.body for part in (watcher.statements(each) if each in chosen else [each])]
    return watcher.sites


def _has_scope(statement: ast.stmt) -> bool:
    return bool(of_kinds(every_node(statement), _SCOPES))


class _Watcher(ast.NodeTransformer):
    """Walks a cell and makes a site of each call, loop and printed value that may tell a result of it."""

    def __init__(
        self,
        at: Whereabouts,
        names: GivenNames,
        printed: PrintedResults,
        evidence: Evidence,
        namespace: Mapping[str, Any],
        *,
        functions_only: bool,
    ) -> None:
        self.sites: list[Site] = []
        self.loops: dict[Loop, list[str]] = {}
        self._at = at
        self._names = names
        self._printed = printed
        self._evidence = evidence
        self._namespace = namespace  # where the loops' names get their values
        self._functions_only = functions_only
        self.nodes: Sequence[ast.AST] = ()  # of the whole cell, as they were written
        self.compiled = False  # torch may read the code
        self.summed: set[str] = set()  # what the cell adds something to
        self.begun: set[str] = set()  # lists that begin with something
        self.turns: Mapping[ast.stmt, Turn] = {}  # calls of one helper, and what each is about
        self.trainers: set[str] = set()  # functions of the notebook's own that fit models
        self.last: ast.stmt | None = None
        self._lazy: dict[ast.expr, Site] = {}  # generators, and what tells that they are over
        self._terms: set[ast.AST] = set()  # calls whose values are only added to sums
        self.reporters: set[ast.ClassDef] = set()  # classes that tell a trainer how a training goes
        self._reports = False  # in one of them
        self._first = 0  # of the sites in the function around
        self._means: frozenset[str] = frozenset()  # and the sums that it divides at last
        self._outer: Loop | None = None  # the outermost loop around
        self._called: set[tuple[ast.AST | None, str]] = set()  # what is certain to have run in a loop or function
        self._filled: dict[ast.AST, str] = {}  # calls that may return a dictionary of scores in each round of a loop

    def statements(self, statement: ast.stmt) -> Sequence[ast.stmt]:
        """Visit a statement of the cell; return what takes its place."""
        visited = self.visit(statement)
        found = visited if isinstance(visited, list) else [visited]
        return found if statement not in self.turns else self._turn(statement, found)

    def _turn(self, statement: ast.stmt, visited: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
        """Tell when the call of a helper begins and ends; the last one ends with the cell, whose value it may be."""
        site = self._new_site(statement, "step", "")
        site.pace = Pace((), self._namespace)
        site.pace.attended = True
        site.own = self.turns[statement]
        tee.place(site)
        begins = [tee.step(statement, site, over=False), *visited]
        return begins if statement is self.last else [*begins, tee.step(statement, site, over=True)]

    def visit(self, node: ast.AST) -> Any:
        """Visit a node, counting the loops and functions around it; data that is written out holds no calls."""
        at, names = self._at, self._names
        kind, labelled = node.__class__, node in names.labels
        if kind in LEAVES and not labelled and node not in names.scaled:
            return node
        if kind in _WRITTEN and all(type(item) is ast.Constant for item in node.elts):  # type: ignore[attr-defined]
            return node
        if kind in SAYING:
            names.note_labels(node)  # type: ignore[arg-type]  # these are expressions
        loop, scope, conditions = kind in _LOOPS, kind in _SCOPES, at.conditions
        at.loops += loop
        at.scopes += scope
        at.conditions = 0 if loop or scope else conditions + (kind is ast.If)
        body, at.body = at.body, node if loop or scope else at.body
        site = self._shown_site(node) if labelled and node not in names.scaled else None
        if node in names.scaled and (at.scopes or not self._functions_only):
            site = self._new_site(node, "metric", "", of=names.scaled[node])
        try:
            visited: Any = _VISITORS.get(kind, _Watcher.generic_visit)(self, node)
        finally:
            at.loops -= loop
            at.scopes -= scope
            at.conditions = conditions
            at.body = body
        if site is None:
            return visited
        rounded = site.kind == "shown" and node not in names.entered
        return tee.unrounded(visited, tee.place(site)) if rounded else tee.wrapped(visited, tee.place(site))

    def generic_visit(self, node: ast.AST, seen: ast.AST | None = None) -> ast.AST:
        """Visit what is below a node; contexts and operators are not asked, which takes half of the time."""
        labels, scaled = self._names.labels, self._names.scaled
        for name in fields_of(node):
            value: Any = getattr(node, name, None)
            if value is seen or (value.__class__ in LEAVES and value not in labels and value not in scaled):
                continue  # ``visit`` returns it as it is
            if value.__class__ is list:
                visited: list[Any] = []
                for each in value:
                    if each.__class__ in LEAVES and each not in labels and each not in scaled:
                        visited += [each]
                        continue
                    found = self.visit(each) if isinstance(each, ast.AST) else each
                    visited += found if found.__class__ is list else [found]
                value[:] = visited
            elif isinstance(value, ast.AST) and (found := self.visit(value)) is not value:
                setattr(node, name, found)
        return node

    def _shown_site(self, node: Any) -> Site | None:
        """Return the site of a printed value, if it is a result that has no other."""
        if self._functions_only and not self._at.scopes:
            return None
        inner = core(node)
        if isinstance(inner, ast.Attribute) and inner.attr in REPORTED:
            site = self._new_site(node, "shown", "")
            site.logged = True
            return site
        result = self._printed.find(node)
        if result is None:
            return None
        return self._printed.mark(self._new_site(node, "shown", result.name), node, result)

    def _loop(self, node: Loop) -> ast.AST | list[ast.stmt]:
        """Look at a loop's names when an iteration begins - ``continue`` may end one - and once when it is over."""
        known, around = len(self.sites), self._at.around
        with unchanging():  # until the visit
            own = self._own(node)
            renewed = renewed_in(node, self._evidence) if own is not None else frozenset[str]()
        outer, self._outer = self._outer, self._outer or node
        if not isinstance(node, ast.While):
            self._at.loops -= 1  # what it goes over is asked for once
            node.iter = self.visit(node.iter)
            self._at.loops += 1
        with self._at.inside([] if own is None else [own], [] if isinstance(node, ast.While) else [node]):
            self.generic_visit(node, getattr(node, "iter", None))
        self._outer = outer
        with unchanging():  # until it tells of its iterations
            names = self._curves(node, self.sites[known:]) if node in self.loops else []
            trains = own is not None and own.anew and any(each.kind in {"fit", "step"} for each in self.sites[known:])
            if not names and (
                own is None or not (trains or renewed or asks_judges(node, self._evidence, self.trainers))
            ):
                return node
            sure = surely_bound(node)
        for each in self.sites[known:]:
            if each.kind == "shown" and each.rare and each.depth == self._at.loops and each.name in names:
                tee.forget(each)  # ``if epoch % 100 == 0: print("loss", loss / n)``: the loop has all of that curve
        site = self._new_site(node, "step", "")
        site.pace = Pace(names, self._namespace)
        site.pace.sure = sure.intersection(names)
        site.pace.attended = own is not None
        site.pace.called = {name: key for name, key in self._evidence.rowed.items() if name in names}
        site.own, site.only, site.renews = own, self._at.loops - 1 == len(around), renewed
        tee.place(site)
        node.body.insert(0, tee.step(node.body[0], site, over=False))
        return [node, tee.step(node, site, over=True)]

    def _curves(self, node: Loop, sites: Sequence[Site]) -> list[str]:
        """Return the names that make a loop's curves, but for those that the sites in it record themselves."""
        rows = called_in_rows(node) if is_counted(node) else frozenset[str]()
        known_names = (name for name in self.loops[node] if name not in rows)
        names = [name for name in known_names if is_learnt(node, name, self._evidence)]
        if not names:
            return names
        seen = leave_to(node, names, sites)
        seen.update(name for name, key in self._evidence.rowed.items() if key in seen)
        names = [name for name in names if name not in seen | printed_in(sites)]
        printed = [site for site in sites if site.kind == "shown"]
        texts, rare = [[each.text for each in printed if each.rare is now] for now in (False, True)]
        emptied = emptied_in(node) if rare else set[str]()
        averaged = {name for name in names if name in self.summed and is_averaged(name, node, texts)}
        averaged |= {name for name in emptied.intersection(names) if is_averaged(name, node, rare)}
        averaged |= added_to(node, averaged).intersection(names)
        names = [name for name in names if name not in added_in_parts(node, begun_in(node))] if names else names
        averaged |= gathered(node, self._outer).intersection(names) if names else set()
        self._evidence.averaged.update(averaged)
        return [name for name in names if name not in averaged]

    visit_For = visit_AsyncFor = visit_While = _loop  # noqa: N815 - as ast has it

    def _own(self, loop: Loop) -> Passing | None:
        """Return a loop of the cell that may pass over things with names, or train something else in each iteration."""
        if not isinstance(loop, ast.For) or self._at.scopes or self._functions_only:
            return None
        anew = trains_anew(loop, self.trainers)
        return Passing(loop, anew=anew) if anew or is_candidate(loop) else None

    def _comprehension(self, node: Comprehension) -> ast.AST:
        """Have a comprehension tell what it has arrived at, where it scores or trains."""
        made = node.value if isinstance(node, ast.DictComp) else node.elt
        if isinstance(made, ast.Dict):
            self._names.name_entries(made)  # a row of a table: ``{"model": name, "f1": f1_score(y, p)}``
        named = all(map(is_candidate, node.generators)) or isinstance(node, ast.DictComp)
        told = named and not self._at.scopes and not self._functions_only
        owns = [Comprehended(each) for each in node.generators if told]
        known, more = len(self.sites), len(node.generators) - 1
        self._at.loops += more
        with self._at.inside(owns, node.generators):
            self.generic_visit(node)
        self._at.loops -= more
        asks = any(each.kind in {"metric", "fit", "trainer"} for each in self.sites[known:])
        asks = asks or asks_judges(node, self._evidence, self.trainers)
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

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension  # noqa: N815 - as ast has it

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

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """Note what the value will be called."""
        if len(node.targets) == 1:
            self._names.note_assigned(node.targets[0], node.value)
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=own)) as call) if (
                self._at.loops and not self._at.scopes and not self._functions_only
            ):
                if self._evidence.judged(call) or tells_entries(own, self.nodes, self._namespace):
                    self._filled[call] = name
        return self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> ast.AST:
        """Take the root of an error as a function returns it, in place of the error."""
        if node.value is not None:
            self._names.note_returned(node.value)
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """Note what the values of a bare dictionary, or those appended to a list, are called."""
        self._names.note_bare(node.value)
        match node.value:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[value]):
                self._leave_to_list(name, value)
        return self.generic_visit(node)

    def _leave_to_list(self, name: str, value: ast.expr) -> None:
        """Leave what is added to a list that began with something to that list, which has it all.

        In a loop over things with names, its values are called after these.
        """
        body = self._at.body
        if name in self.begun and not (self._at.scopes or (body is not None and is_candidate(body))):
            self._terms.update(of_kind(every_node(value), ast.Call))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Note what the value will be called."""
        if node.value is not None:
            self._names.name_value(node.target, node.value)
            node.value = self.visit(node.value)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """Note what is only added to a sum that becomes a mean: ``total += accuracy_score(y, p)``."""
        name = node.target.id if isinstance(node.target, ast.Name) else ""
        divided = name in self._evidence.divided or name in self._means
        if isinstance(node.op, ast.Add) and divided and (self._at.loops or self._at.scopes):
            added = every_node(node.value)
            self._terms.update(of_kind(added, ast.Call))
            leave_to_mean(self.sites[self._first :] if self._at.scopes else (), added.names)
        if isinstance(node.op, ast.Add) and isinstance(node.value, ast.List):
            self._names.note_added(node.target, node.value)
            self._leave_to_list(name, node.value)
        return self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST:
        """Leave alone what a function asks for in search of the best: ``if f(x) > best: best = f(x)`` is one value."""
        body = self._at.body if self._at.scopes else None
        if isinstance(body, Loop) and not is_counted(body):
            self._terms.update(each for each in weighed(node) if isinstance(each, ast.Call))
        return self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.AST:
        """Note what the value will be called."""
        self._names.name_value(node.target, node.value)
        return self.generic_visit(node)

    def visit_Await(self, node: ast.Await) -> ast.AST:
        """Leave an awaited call alone: its value is a coroutine, not a number."""
        if isinstance(node.value, ast.Call):
            self.generic_visit(node.value)
            return node
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Leave functions alone that a compiler reads, and those that say what an object is."""
        makers = [each.func if isinstance(each, ast.Call) else each for each in node.decorator_list]
        if node.name in _DESCRIBES or not _COMPILERS.isdisjoint(map(last_name, makers)):
            return node
        returns, node.returns = node.returns, None
        known, given = self._at.written, self._at.given
        self._at.written = {**known, **dict(written_out(node))}
        self._at.given = frozenset(each.arg for each in (*node.args.args, *node.args.kwonlyargs))
        with unchanging():  # until the visit
            means, kept = means_in(node), kept_in(node)
        around, self._first, self._means = (self._first, self._means), len(self.sites), means
        self.generic_visit(node)
        leave_progress(self.sites[self._first :], self._means)
        leave_to_kept(self.sites[self._first :], kept)
        self._first, self._means = around
        self._at.written, self._at.given, node.returns = known, given, returns
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
        if is_log(node) and not logged(node):
            return self._reporting(node)
        site = self._call_site(node)
        self.generic_visit(node)
        if site is not None and site.metric is not None:
            node.func = tee.wrapped(node.func, tee.place(self._new_site(node.func, "receiver", site.key)))
        elif site is not None and self._has_unknown_receiver(node):
            receiver = tee.place(self._new_site(node.func.value, "receiver", site.key))  # type: ignore[attr-defined]  # a method
            node.func.value = tee.wrapped(node.func.value, receiver)  # type: ignore[attr-defined]  # the same
        found = self._reporting(node) if site is None else tee.wrapped(node, site)
        return self._ends_lazy(node, found) if self._lazy else found

    def _ends_lazy(self, node: ast.Call, found: ast.Call) -> ast.Call:
        """Tell when a call is over that is handed generators: so are these."""
        handed = [each.value for each in (*node.args, *node.keywords) if isinstance(each, ast.Starred | ast.keyword)]
        lazy = [self._lazy.pop(each) for each in (*node.args, *handed) if each in self._lazy]
        return tee.wrapped(found, lazy[0]) if lazy else found

    def _logging(self, node: ast.Call, whole: ast.expr) -> ast.Call:
        """Take the dictionary that is told to another tracker."""
        if self._functions_only and not self._at.scopes:
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
            and (bool(self._at.scopes) or not isinstance(function.value, ast.Name))
        )

    def _asks_trainer(self, node: ast.Call) -> bool:
        """Tell whether a call asks a trainer: one by its class or, where that is yet to be made, by its name.

        ``train``, ``test`` and ``validate`` are methods of other objects, too: ``net.train()`` switches a mode.
        """
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in _TRAINERS:
            return False
        name = last_name(node.func.value) or ""
        known = self._namespace.get(name) if isinstance(node.func.value, ast.Name) and not self._at.scopes else None
        return is_trainer(known) if known is not None else "trainer" in name.lower()

    def _call_site(self, node: ast.Call) -> Site | None:
        if (self._functions_only and not self._at.scopes) or node in self._names.scaled.values():
            return None
        scores = self._at.is_watched(node) or self._agrees(node) or self._asked_within(node)
        kind: Kind | None = "fit" if is_fit(node) else "metric" if scores else None
        kind = kind or ("trainer" if self._asks_trainer(node) else "entries" if node in self._filled else None)
        if kind is None:
            return None
        if kind == "entries":
            site = tee.place(self._new_site(node, kind, self._filled[node]))
            site.target = None  # if it is a number, the loop records it
            return site
        site = tee.place(self._new_site(node, kind, ""))
        site.metric = self._at.metric(node)
        if site.callee in AGREEMENTS:
            site.targets = self._tests(node) or site.targets
        # Of what a function asks for each of many questions, it tells the mean.
        each_of_many = bool(self._at.scopes and self._at.loops) and is_ranked(node)
        site.summed = each_of_many or node in self._terms
        site.history = tuple(sorted(histories(node))) if kind == "fit" and not self._at.scopes else ()
        return site

    def _asked_within(self, node: ast.Call) -> bool:
        """Tell whether a function asks an object for a score that it does not print: one with a name is found by it."""
        return bool(self._at.scopes) and node not in self._names.labels and asks_score(node)

    def _agrees(self, node: ast.Call) -> bool:
        if last_name(node.func) not in AGREEMENTS:
            return False
        return any(map(self._evidence.supports, node.args)) or bool(self._tests(node))

    def _tests(self, node: ast.Call) -> tuple[str, ...]:
        """Return what the coefficient and p-value of two columns are called where a cell asks, once, for both of them.

        ``r, p = pearsonr(a, b)``, and a cell that ends with the call: how likely it is by chance makes it a test.
        """
        targets = self._names.unpacked.get(node, ())
        if self._at.loops or self._at.scopes or self._functions_only:
            return ()
        if isinstance(self.last, ast.Expr) and self.last.value is node:
            name = last_name(node.func)
            return (f"{name}.statistic", f"{name}.pvalue")
        return tuple(targets) if len(targets) == 2 and "_" not in targets and "" not in targets else ()

    def _new_site(self, node: ast.AST, kind: Kind, name: str, *, of: ast.expr | None = None) -> Site:
        at, names = self._at, self._names
        call = of or node
        function = call.func if isinstance(call, ast.Call) else None
        receiver = function.value if isinstance(function, ast.Attribute) else None
        site = Site(
            key=tee.new_key(),
            callee=(last_name(function) if function else "") or "",
            text="" if kind in _SILENT else ast.unparse(node),
            words=tuple(tee.words(call)) if isinstance(call, ast.Call) else (),
            target=names.targets.get(node) if isinstance(node, ast.expr) else None,
            repeats=bool(at.loops or at.scopes),
            rare=at.conditions > 0,
            depth=at.loops,
            inside=bool(at.scopes),
            kind=kind,
            receiver=receiver.id if isinstance(receiver, ast.Name) else None,
            name=name,
            targets=names.unpacked.get(node, ()) if isinstance(node, ast.expr) else (),
            filed=names.keys.get(node, "") if isinstance(node, ast.expr) else "",
            around=() if at.scopes else at.around,
            only=not at.scopes and at.loops == len(at.around),
            inmost=at.inmost,
            compiled=self.compiled,
            averaged=node in names.means and node in names.targets,
            negated=node in names.negated,
            label=names.labels.get(node, "") if isinstance(node, ast.expr) else "",
        )
        self.sites.append(site)
        if kind == "metric":
            names.note_metric(site)
        if kind == "metric" and at.body is not None:
            site.again = (at.body, site.text) in self._called
            self._called.update([] if at.conditions else [(at.body, site.text)])
        return site


_VISITORS: Final[Mapping[type[ast.AST], Callable[[_Watcher, Any], Any]]] = {
    kind: getattr(_Watcher, f"visit_{kind.__name__}") for kind in KINDS if hasattr(_Watcher, f"visit_{kind.__name__}")
}
