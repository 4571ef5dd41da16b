"""Which names a cell reads, binds and works on, read from its syntax tree: an own visitor of scopes.

Python's ``symtable`` answers differently from version to version (PEP 709 made a comprehension's variable look like the
module's), misses the read in ``n += 1`` and calls ``del x`` a write. What a call changes is decided in ``effects.py``,
which also knows the values.
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from nbtrack.capture.syntax.flow import LEARNING, Body, Call, Flow, Store
from nbtrack.capture.syntax.roots import is_global_table, magic_of, path_of, root_of, texts_in
from nbtrack.capture.syntax.scopes import annotations_of, bound_in, declared_in, own_nodes, params_of
from nbtrack.capture.syntax.walking import KINDS, LEAVES, child_nodes, every_node, of_kind

_PATHS = frozenset({("Path",), ("pathlib", "Path")})
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def read_flow(tree: ast.Module, derived: Mapping[str, set[str]] | None = None) -> Flow:
    """Return what the statements of ``tree`` do with names; ``derived`` is what earlier cells left."""
    visitor = _Visitor()
    visitor.derived.update(derived or {})
    for statement in tree.body:
        visitor.step(statement)
    visitor.flow.derived = visitor.derived
    return visitor.flow


_SILENT = LEAVES - {ast.Name, ast.MatchStar, ast.alias}  # nothing in them reads or writes a name


class _Visitor(ast.NodeVisitor):
    """Walks one cell. ``body`` is what is being filled: the current statement, or the function being defined."""

    def __init__(self) -> None:
        self.flow = Flow()
        self.body = Body()
        self.definite: set[str] = set()  # names that this cell has surely written by now
        self.derived: dict[str, set[str]] = {}  # names whose value is part of what other names hold
        self.locals: list[set[str]] = []
        self.globals: list[set[str]] = []
        self.deferred = 0
        self.conditional = 0
        self.in_class = 0

    def step(self, statement: ast.stmt) -> None:
        decorators = getattr(statement, "decorator_list", ())
        first = min([statement.lineno, *(each.lineno for each in decorators)]) if decorators else statement.lineno
        self.body = Body(first, statement.end_lineno or statement.lineno)
        self.visit(statement)
        self.body.maybes -= self.body.writes
        self.flow.steps.append(self.body)

    def visit(self, node: ast.AST) -> None:
        kind = node.__class__
        if kind is ast.Name:
            self.visit_Name(node)  # type: ignore[arg-type]  # it is one
        elif kind not in _SILENT:
            _VISITORS.get(kind, _Visitor.generic_visit)(self, node)

    def generic_visit(self, node: ast.AST) -> None:
        for child in child_nodes(node):
            self.visit(child)

    # names

    def visit_Name(self, node: ast.Name) -> None:
        context = node.ctx.__class__
        if context is ast.Load:
            self._read(node.id)
        elif context is ast.Store:
            self._write(node.id)
        else:
            self._delete(node.id)

    def _is_local(self, name: str) -> bool:
        if not self.locals or (self.globals and name in self.globals[-1]):
            return False
        return any(name in scope for scope in self.locals)

    def _read(self, name: str) -> None:
        if self._is_local(name):
            return
        if self.deferred or name not in self.definite:
            self.body.reads.add(name)
        if not self.deferred and name in self.flow.functions:
            self._take_in(name, set())

    def _take_in(self, name: str, seen: set[str]) -> None:
        """Reading a function this cell defined may call it: then it reads what its body does."""
        if name in seen:
            return
        seen.add(name)
        inner = self.flow.functions[name]
        self.body.reads |= inner.reads - self.definite
        self.body.maybes |= inner.writes | inner.maybes
        self.body.dynamic |= inner.dynamic
        for other in inner.reads & self.flow.functions.keys():
            self._take_in(other, seen)

    def _write(self, name: str, *, imported: str | None = None) -> None:
        if self._is_local(name):
            return
        if self.in_class:
            self.locals[-1].add(name)
            return
        if self.deferred:
            if self.globals and name in self.globals[-1]:
                self.body.writes.add(name)
            return
        (self.body.maybes if self.conditional else self.body.writes).add(name)
        self.definite.add(name)
        self.derived.pop(name, None)
        self.flow.functions.pop(name, None)
        if imported:
            self.body.imports[name] = imported

    def _delete(self, name: str) -> None:
        if self._is_local(name) or self.deferred:
            return
        if name not in self.definite:
            self.body.reads.add(name)
        self.definite.discard(name)
        self.body.writes.discard(name)
        self.body.maybes.discard(name)
        self.body.deletes.add(name)

    def _store(self, node: ast.expr) -> None:
        """Note that an attribute or an item of what a name holds is set."""
        root = root_of(node)
        if root is None:
            return
        for name, through in self._holders(root):
            self.body.stores.add(Store(name, through, isinstance(getattr(node, "value", None), ast.Name)))

    def _holders(self, root: str) -> Iterator[tuple[str, bool]]:
        """Yield the notebook's names that hold, or only contain, what stands under ``root``."""
        if not self._is_local(root) or root in self.body.params:
            yield root, False
        for name in sorted(self.derived.get(root, ())):
            if name != root and (not self._is_local(name) or name in self.body.params):
                yield name, True

    # statements that bind

    def visit_Assign(self, node: ast.Assign) -> None:
        target = node.targets[0]
        if isinstance(node.value, ast.Lambda) and isinstance(target, ast.Name) and not self.deferred:
            self._write(target.id)
            self._function(target.id, node.value)
            return
        self._value(node.value, bare=isinstance(target, ast.Name) and target.id == "_")
        for each in node.targets:
            self._bind(each)
        if isinstance(target, ast.Name) and isinstance(node.value, ast.Attribute | ast.Subscript):
            self._derive(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self._bind(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._read(node.target.id)
            if not self._is_local(node.target.id) or node.target.id in self.body.params:
                self.body.stores.add(Store(node.target.id))  # an array or a list is changed in place
        self.visit(node.value)
        self._bind(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._write(node.target.id)

    def visit_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            self._bind(target)

    def _bind(self, target: ast.expr) -> None:
        if isinstance(target, ast.Attribute | ast.Subscript):
            self.visit(target.value)
            if isinstance(target, ast.Subscript):
                self.visit(target.slice)
            if is_global_table(target):
                self.body.dynamic = True
            self._store(target)
        else:
            for inner in [target] if isinstance(target, ast.Name) else child_nodes(target):
                if isinstance(inner, ast.Name):
                    self.visit_Name(inner)
                elif isinstance(inner, ast.expr):
                    self._bind(inner)

    def _derive(self, target: ast.expr, value: ast.expr) -> None:
        """Remember that ``target`` is part of what the names in ``value`` hold, so that changing it changes them."""
        names = every_node(value).names
        sources = set().union(*(self.derived.get(name, set()) | {name} for name in names))
        for node in of_kind(every_node(target), ast.Name):
            if isinstance(node.ctx, ast.Store):
                self.derived[node.id] = sources

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            top = alias.name.partition(".")[0]
            self._write(alias.asname or top, imported=alias.name if alias.asname else top)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name != "*":  # what a star brings is seen after the cell has run
                self._write(alias.asname or alias.name, imported=f"{module}.{alias.name}")

    # blocks

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        self._branches([node.body, node.orelse])

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        self._branches([[*node.body, *node.orelse], []])

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        with self._maybe():
            self._bind(node.target)
            self._derive(node.target, node.iter)
        self._branches([node.body, []])
        self._branches([node.orelse, []])

    visit_AsyncFor = visit_For  # noqa: N815 - ast's own names

    def visit_Try(self, node: ast.Try | Any) -> None:
        before = set(self.definite)
        ends = self._each([[*node.body, *node.orelse]])
        for handler in node.handlers:
            self.definite = set(before)
            if handler.type is not None:
                self.visit(handler.type)
            scope = {handler.name} if handler.name else set()
            self.locals.append(scope)  # Python deletes the name at the end of the handler
            ends += self._each([handler.body])
            self.locals.pop()
        self._settle(before, ends)
        self._statements(node.finalbody)

    visit_TryStar = visit_Try  # noqa: N815

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        before, ends = set(self.definite), []
        for case in node.cases:
            self.definite = set(before)
            with self._maybe():
                self.visit(case.pattern)
                if case.guard is not None:
                    self.visit(case.guard)
                self._statements(case.body)
            ends.append(self.definite)
        self._settle(before, [*ends, before])

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self.generic_visit(node)
        if node.name:
            self._write(node.name)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self._write(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        if node.rest:
            self._write(node.rest)

    def _branches(self, blocks: Sequence[Sequence[ast.stmt]]) -> None:
        before = set(self.definite)
        self._settle(before, self._each(blocks))

    def _each(self, blocks: Sequence[Sequence[ast.stmt]]) -> list[set[str]]:
        before, ends = self.definite, []
        with self._maybe():
            for block in blocks:
                self.definite = set(before)
                self._statements(block)
                ends.append(self.definite)
        return ends

    def _settle(self, before: set[str], ends: Sequence[set[str]]) -> None:
        """What every way through wrote is written."""
        self.definite = set.intersection(*ends)
        if not self.conditional and not self.deferred:
            self.body.writes |= (self.definite - before) & self.body.maybes

    def _statements(self, block: Iterable[ast.stmt]) -> None:
        for statement in block:
            self.visit(statement)

    @contextmanager
    def _maybe(self) -> Iterator[None]:
        self.conditional += 1
        try:
            yield
        finally:
            self.conditional -= 1

    # scopes

    def visit_FunctionDef(self, node: _Function) -> None:
        self._statements(node.decorator_list)  # type: ignore[arg-type]  # visited the same way
        self._signature(node.args)
        with self._type_params(node):
            for annotation in (*annotations_of(node.args), node.returns):
                if annotation is not None:
                    self.visit(annotation)
            if not self._is_local(node.name):
                self._write(node.name)
            self._function(node.name, node)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """A lambda inside an expression is most likely called there: what it reads is read now."""
        self._signature(node.args)
        with self._scope(set(params_of(node.args)), set()):
            self.visit(node.body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._statements(node.decorator_list)  # type: ignore[arg-type]  # visited the same way
        with self._type_params(node):
            for part in (*node.bases, *node.keywords):
                self.visit(part)
            methods = self._class_body(node.body)
        self._write(node.name)
        if not self.deferred:
            self.flow.functions[node.name] = methods
        else:
            self.body.take_in(methods)

    def _class_body(self, body: Sequence[ast.stmt]) -> Body:
        """Walk a class's statements, which run now, and return what its methods do when they are called."""
        methods = Body()
        inside, self.in_class = self.in_class, 1
        self.locals.append(set())
        for statement in body:
            if isinstance(statement, _Function):
                self.in_class = 0
                scope = self.locals.pop()  # methods do not see the names of their class
                self._statements(statement.decorator_list)  # type: ignore[arg-type]  # visited the same way
                self._signature(statement.args)
                method = self._deferred_body(statement)
                methods.take_in(method)
                if not self.deferred and not statement.decorator_list:
                    self.flow.functions[f".{statement.name}"] = method
                self.locals.append(scope | {statement.name})
                self.in_class = 1
            else:
                self.visit(statement)
        self.locals.pop()
        self.in_class = inside
        return methods

    def visit_TypeAlias(self, node: Any) -> None:
        with self._type_params(node):
            self.visit(node.value)
        self._write(node.name.id)

    def _function(self, name: str, node: _Function | ast.Lambda) -> None:
        inner = self._deferred_body(node)
        if self.deferred:
            self.body.take_in(inner)  # a function inside a function is called with it, as far as anyone can tell
        elif not self.in_class:
            self.flow.functions[name] = inner

    def _deferred_body(self, node: _Function | ast.Lambda) -> Body:
        params = tuple(params_of(node.args))
        statements = [ast.Expr(node.body)] if isinstance(node, ast.Lambda) else node.body
        nodes = list(own_nodes(statements))
        declared = declared_in(nodes)
        outer, line = self.body, min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        self.body = inner = Body(line, params=params)
        with self._scope({*params, *bound_in(nodes)} - declared, declared), self._type_params(node):
            self.deferred += 1
            in_class, self.in_class = self.in_class, 0
            self._statements(statements)
            self.in_class = in_class
            self.deferred -= 1
        self.body = outer
        return inner

    @contextmanager
    def _scope(self, names: set[str], declared: set[str]) -> Iterator[None]:
        self.locals.append(names)
        self.globals.append(declared)
        try:
            yield
        finally:
            self.locals.pop()
            self.globals.pop()

    @contextmanager
    def _type_params(self, node: ast.AST) -> Iterator[None]:
        params = getattr(node, "type_params", ())
        self.locals.append({param.name for param in params})
        try:
            for param in params:
                self.generic_visit(param)
            yield
        finally:
            self.locals.pop()

    def _signature(self, args: ast.arguments) -> None:
        for default in (*args.defaults, *args.kw_defaults):
            if default is not None:
                self.visit(default)

    def _comprehension(self, node: Any) -> None:
        first, *rest = node.generators
        self.visit(first.iter)  # the first iterable belongs to the scope around
        targets = set().union(*(every_node(each.target).names for each in node.generators))
        in_class, self.in_class = self.in_class, 0
        with self._scope(targets, self.globals[-1] if self.globals else set()), self._maybe():
            for generator in node.generators:
                self._derive(generator.target, generator.iter)
            for test in first.ifs:
                self.visit(test)
            for generator in rest:
                self.visit(generator)
            for part in (getattr(node, "key", None), getattr(node, "value", None), getattr(node, "elt", None)):
                if part is not None:
                    self._value(part, bare=False)
        self.in_class = in_class

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension  # noqa: N815

    # calls

    def visit_Expr(self, node: ast.Expr) -> None:
        self._value(node.value, bare=True)

    def _value(self, node: ast.expr, *, bare: bool) -> None:
        call = node.value if isinstance(node, ast.Await) else node
        if isinstance(call, ast.Call):
            self._call(call, bare=bare)
        else:
            self.visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        self._call(node, bare=False)

    def _call(self, node: ast.Call, *, bare: bool) -> None:
        keywords = node.keywords
        for part in (node.func, *node.args, *[keyword.value for keyword in keywords]):
            self.visit(part)
        magic = magic_of(node)
        if magic is not None:
            self.body.magics.append(magic)
        path = path_of(node.func)
        if path is None:
            self._chained(node)
            return
        call = Call(
            path[0],
            path[1:],
            tuple(map(self._given, node.args)),
            tuple([(keyword.arg, self._given(keyword.value)) for keyword in keywords]) if keywords else (),
            tuple(texts_in(node)),
            frozenset(
                [k.arg for k in keywords if k.arg and isinstance(k.value, ast.Constant) and k.value.value is True]
            ),
            bare,
            direct=isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name),
        )
        for name, through in self._holders(call.root):
            self.body.calls.append(replace(call, root=name, through=through) if through else call)
        unseen = self._is_local(call.root) and call.root not in self.body.params
        if unseen and (any(call.args) or call.path[-1:] in LEARNING):
            self.body.calls.append(replace(call, root="", path=call.path[-1:]))  # what it is given may matter

    def _chained(self, node: ast.Call) -> None:
        """Note a method of what another call returned, for the files it names: ``df.sample(9).to_csv("part.csv")``.

        What it stands on has no name, so nothing is known of what it changes.
        """
        if not isinstance(node.func, ast.Attribute):
            return
        made = node.func.value
        named = (
            texts_in(made) if isinstance(made, ast.Call) and path_of(made.func) in _PATHS else ()
        )  # ``Path("x.csv")``
        texts = (*named, *texts_in(node))
        if texts:
            self.body.calls.append(Call("", (node.func.attr,), (), (), texts, frozenset(), bare=False, direct=False))

    def _given(self, node: ast.expr) -> str | None:
        """Return the name of the notebook, or the parameter, that an argument starts with."""
        root = root_of(node)
        return root if root is not None and (not self._is_local(root) or root in self.body.params) else None

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """``Out[3]`` is IPython's ``_3``."""
        count = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if isinstance(node.value, ast.Name) and node.value.id == "Out" and isinstance(count, int):
            self._read(f"_{count}")
        self.generic_visit(node)


_VISITORS: Final[Mapping[type[ast.AST], Callable[[_Visitor, Any], None]]] = {
    kind: getattr(_Visitor, f"visit_{kind.__name__}") for kind in KINDS if hasattr(_Visitor, f"visit_{kind.__name__}")
}
