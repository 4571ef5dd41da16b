"""What a cell calls its values: the variable or key that each is put into, and the text that it is printed after."""

import ast
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType

from nbtrack.capture.syntax.about_data import is_about_thing
from nbtrack.capture.syntax.calls import TESTS, tells_several
from nbtrack.capture.syntax.loops import is_counted
from nbtrack.capture.syntax.shown import core, end_of, folds_of, mean_of, measured, shown, spoken, spreads
from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.tee import Site, member, target_word, through
from nbtrack.capture.syntax.trackers import logged
from nbtrack.capture.syntax.walking import child_nodes
from nbtrack.capture.syntax.whereabouts import Whereabouts
from nbtrack.model.direction import direction

_HOLDERS = frozenset("Series DataFrame array asarray list tuple dict set sorted".split())
_MOST_PARTS = 20  # of what a call returns


class GivenNames:
    """The person's own words for the values of expressions, noted before the walk arrives at these."""

    def __init__(
        self, at: Whereabouts, introduced: Mapping[ast.expr, str], rowed: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.targets: dict[ast.expr, str] = {}
        self.labels: dict[ast.expr, str] = {}
        self.entered: set[ast.AST] = set()  # those of them that become entries of rows, rounded as they are there
        self.scaled: dict[ast.AST, ast.expr] = {}  # a watched call in another form, and that call
        self.spoken: dict[ast.expr, str] = {}  # the score that the text is about which shows a value
        self.unpacked: dict[ast.expr, tuple[str, ...]] = {}
        self.keys: dict[ast.expr, str] = {}
        self.means: set[ast.expr] = set()
        self.negated: set[ast.AST] = set()  # folds whose mean has a minus sign in front
        self.logged: set[ast.expr] = set()  # what the cell tells another tracker
        self._at = at
        self._rowed = rowed  # scores with neutral names, and what rows of results call them
        self._introduced = introduced  # what is printed in the line after a text that speaks of it
        self._bound: dict[tuple[str, int], Site] = {}  # metric calls by the names of their values and their depth

    def note_labels(self, node: ast.expr) -> None:
        """Note the label of each value in a text and, for one that tells nothing, the score the text is about."""
        labels = {value: word or self._introduced.get(value, "") for value, word in shown(node)}
        if not labels:
            return
        if len(labels) > 1:
            ends = _ends(labels)
            labels = _told_apart({value: word for value, word in labels.items() if value not in ends})
        self.labels.update(labels)
        told = dict(logged(node))
        self.logged.update(told)
        watched = {through(value): word for value, word in told.items() if self._at.is_watched(through(value))}
        self.targets.update(watched)
        for value, word in labels.items():
            if direction(word) or not word:
                self._name_root(value, word)
            if direction(word) and not self._at.scopes and _form_of(value)[1] == "negated":
                self._note_mean(ast.Name(word), value)
        ahead = end_of(node).rstrip().endswith((":", "="))  # it speaks of what is printed after it
        if not ahead and (len(labels) == 1 or not any(map(direction, labels.values()))):
            scores = spoken(" ".join(_texts_around(node, labels)))
            if len(scores) == 1:
                self.spoken.update({each: f"{scores[0]}_std" if spreads(each) else scores[0] for each in labels})

    def note_assigned(self, target: ast.expr, value: ast.expr) -> None:
        """Note what the value of an assignment will be called."""
        self._bound.pop((self._called(target_word(target) or ""), self._at.scopes), None)
        self.name_value(target, value)
        self._note_unpacked(target, value)
        self._note_mean_of_folds(target, value)
        if not self._at.scopes:
            self._note_mean(target, value)
            self._note_key(target, value)

    def note_returned(self, value: ast.expr) -> None:
        """Take the root of an error as a function returns it, in place of the error."""
        if self._is_measure_of(value):
            self.scaled[value] = measured(value)
        made, form = _form_of(value)
        folds = mean_of(made)
        if folds is not None and form == "negated" and self._at.is_watched(folds):
            self.negated.add(folds)

    def note_added(self, target: ast.expr, value: ast.List) -> None:
        """Note what the values of an added list are called: ``losses += [loss(X, y)]`` appends one."""
        for item in value.elts if direction(target_word(target) or "") else ():
            self.name_value(target, item)
            if not self._at.scopes:
                self._note_mean(target, item)

    def note_bare(self, value: ast.expr) -> None:
        """Note what the values of a bare dictionary, or those appended to a list, are called."""
        self._name_root(value)
        match value:
            case ast.Dict() as written:
                self.name_entries(written)
            case ast.Call(func=ast.Attribute(value=container, attr="append"), args=[item]):
                word = target_word(container)
                if word:
                    self.name_value(container, item)
                self._label_entries(item)

    def note_metric(self, site: Site) -> None:
        """Note under which name the value of a metric call is bound, of which a later statement may take parts."""
        if site.target:
            self._bound[site.target, self._at.scopes] = site

    def name_value(self, target: ast.expr, value: ast.expr) -> None:
        """Give the calls in ``value`` the user's own words: the variable, or the variable's key."""
        if isinstance(value, ast.IfExp):  # ``f1 = f1_score(y, p) if y else 0.0``
            self.name_value(target, value.body)
            self.name_value(target, value.orelse)
            return
        word = target.attr if isinstance(target, ast.Attribute) else target_word(target)  # ``self.rmse = ...``
        if word is None:
            return
        made = _made_each(value)
        if made is not None:
            self._name_each(target, made)
        else:
            self._name_one(target, self._called(word), value)

    def name_entries(self, node: ast.Dict) -> None:
        """Give the values of a dictionary their keys as names."""
        for key, item in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                self.targets[through(item)] = key.value

    def _note_unpacked(self, target: ast.expr, value: ast.expr) -> None:
        """Note what the values of an earlier call are called: ``loss, acc = scores``."""
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Name):
            site = self._bound.get((self._called(value.id), self._at.scopes))
            if site is not None:
                site.targets = self._names(target)

    def _note_mean_of_folds(self, target: ast.expr, value: ast.expr) -> None:
        """Note what the mean of an earlier call's folds is called: ``acc = scores.mean()``."""
        folds, entry = folds_of(value)
        at = (self._called(folds), self._at.scopes)
        site = self._bound.get(at) if folds and isinstance(target, ast.Name) else None
        once = site is not None and not (self._at.loops or self._at.scopes or site.repeats)
        if site is not None and once and tells_several(site.callee):
            site.means.setdefault(entry, target.id)  # type: ignore[attr-defined]  # a name

    def _note_mean(self, target: ast.expr, value: ast.expr) -> None:
        """Note what the mean of folds is called: ``acc = cross_val_score(model, X, y).mean()``."""
        made, form = _form_of(value)
        folds, word = mean_of(made), target_word(target)
        if folds is None or not self._at.is_watched(call := measured(folds)):
            return
        if form == "rooted":
            folds = value  # the root of a mean is one number
            self.scaled[value] = call
        else:
            self.scaled.update({folds: call} if call is not folds else {})
            self.negated.update([folds] if form else [])
            self.means.add(folds)
        if word:
            self.targets[folds] = word

    def _note_key(self, target: ast.expr, value: ast.expr) -> None:
        """Note under which key a loop puts a value into a dictionary: ``scores[name] = clf.score(X, y)``."""
        made, form = _form_of(value)
        inner = (mean_of(made) if form != "rooted" else None) or through(value)
        match target:
            case ast.Subscript(slice=ast.Name(id=key)) if key in self._at.passing and isinstance(inner, ast.Dict):
                self.name_entries(inner)  # ``results[name] = {"f1": f1_score(y, p)}``
                self._label_entries(inner)
            case ast.Subscript(value=ast.Name(id=container), slice=ast.Name(id=key)) if key in self._at.passing:
                self.keys[inner] = key
                self.targets[inner] = container

    def _name_one(self, target: ast.expr, word: str, value: ast.expr) -> None:
        match value:
            case ast.Dict(keys=keys, values=values):
                for key, item in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        self.targets[through(item)] = member(word, key.value)
            case ast.Tuple(elts=values) if isinstance(target, ast.Tuple):
                for part, item in zip(target.elts, values, strict=False):
                    self.name_value(part, item)
            case ast.Call() if isinstance(target, ast.Tuple):
                self.unpacked[value] = self._names(target)
            case ast.Subscript(value=ast.Call(func=function) as call, slice=ast.Constant(value=0 | 1 as place)) if (
                last_name(function) in TESTS
            ):
                self.unpacked[call] = (word, "") if place == 0 else ("", word)
            case ast.Subscript(value=ast.Call(func=function) as call, slice=ast.Constant(value=int(place))) if (
                last_name(function) == "evaluate" and 0 <= place < _MOST_PARTS
            ):
                self.unpacked[call] = (*("",) * place, word)
            case ast.BinOp() | ast.Call() | ast.UnaryOp() if self._is_measure_of(value):
                # ``100 * model.score(X, y)`` is 97, not 0.97
                self.scaled[value] = measured(value)
                self.targets[value] = word
            case _:
                self.targets[through(value)] = word

    def _name_each(self, target: ast.expr, made: ast.expr) -> None:
        """Give what a comprehension makes each time the name of them all: ``aucs = [roc_auc_score(y, p) ...]``."""
        if not isinstance(made, ast.Dict):  # a row of a table: its entries have names
            if not self._at.scopes:
                self._note_mean(target, made)
            self.name_value(target, made)

    def _label_entries(self, row: ast.expr) -> None:
        """Take what a loop computes in a row of results as if it printed that: ``rows.append({"acc": hits / n})``.

        Rows of epochs are a history, whose columns become curves beside each other.
        """
        body = self._at.body
        if isinstance(body, ast.For | ast.AsyncFor | ast.While) and is_counted(body):
            return
        if not isinstance(row, ast.Dict) or not self._at.loops:
            return
        if any(isinstance(key, ast.Constant) and is_about_thing(key.value) for key in row.keys):
            return  # what is recommended, or predicted for each of many
        for key, item in zip(row.keys, row.values, strict=True):
            if isinstance(key, ast.Constant) and type(key.value) is str and isinstance(item, ast.Call | ast.BinOp):
                self.labels.setdefault(item, key.value)
                self.entered.add(item)

    def _is_measure_of(self, value: ast.expr) -> bool:
        """Tell whether a value is a watched call's in another form: ``100 * accuracy``, the root of an error."""
        inner = measured(value)
        return inner is not through(value) and self._at.is_watched(inner)

    def _name_root(self, value: ast.expr, word: str = "") -> None:
        """Take the root of an error that the cell prints, or ends with, in place of the error."""
        error = measured(value)
        if not self._at.scopes and error is not core(value) and self._is_measure_of(value):
            self.scaled[value] = error
            self.targets[value] = word or f"sqrt_{last_name(error.func)}"  # type: ignore[attr-defined]  # a watched call

    def _names(self, target: ast.Tuple) -> tuple[str, ...]:
        return tuple(self._called(part.id) if isinstance(part, ast.Name) else "" for part in target.elts)

    def _called(self, name: str) -> str:
        """Return what a row of results calls a variable: ``v`` of ``rows.append({"val_loss": v})`` is ``val_loss``."""
        return name if self._at.scopes else self._rowed.get(name, name)


def _texts_around(node: ast.expr, values: Collection[ast.expr]) -> Iterator[str]:
    """Yield the texts in an expression that stand outside of some values: ``len(history["loss"])`` is no loss."""
    waiting: list[ast.AST] = [node]
    for part in waiting:  # it grows meanwhile
        if isinstance(part, ast.Constant) and type(part.value) is str:
            yield part.value
        waiting += [each for each in child_nodes(part) if each not in values]


def _ends(labels: Mapping[ast.expr, str]) -> set[ast.expr]:
    """Return both ends of what one text shows the range of: ``f"logits in [{z.min()}, {z.max()}]"`` judges nothing.

    >>> parts = [ast.parse(each, mode="eval").body for each in ("z.min()", "np.max(z)", "min(losses)", "max(losses)")]
    >>> found = _ends(dict.fromkeys(parts, ""))
    >>> [ast.unparse(each) for each in parts if each in found]
    ['z.min()', 'np.max(z)']
    """
    found: dict[str, dict[str, ast.expr]] = {}
    for value, word in labels.items():
        match core(value):
            case ast.Call(func=ast.Attribute(value=ast.Name(id="np" | "torch"), attr=which), args=[ast.Name(id=name)]):
                pass
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=which), args=[]):
                pass
            case ast.Call(func=ast.Name(id=which), args=[ast.Name(id=name)]):
                pass
            case _:
                continue
        if which in {"min", "max"} and direction(name) is None and direction(word) is None:
            found.setdefault(name, {})[which] = value
    return {value for ends in found.values() if len(ends) > 1 for value in ends.values()}


def _told_apart(labels: Mapping[ast.expr, str]) -> dict[ast.expr, str]:
    """Call values that one text shows after the same word what they are: ``f"train acc {tr_acc} | val acc {va_acc}"``.

    >>> parts = [ast.parse(each, mode="eval").body for each in ("tr_acc", "100 * va_acc", "n")]
    >>> list(_told_apart(dict.fromkeys(parts, "acc")).values())
    ['tr_acc', 'va_acc', 'acc']
    """
    words = Counter(labels.values())
    own = {value: inner.id for value in labels if isinstance(inner := core(value), ast.Name)}
    return {v: own[v] if words[w] > 1 and w and v in own and direction(own[v]) else w for v, w in labels.items()}


def _form_of(node: ast.expr) -> tuple[ast.expr, str]:
    """Return what is inside a sign or a root, and which of them stands around it.

    >>> texts = ("round(-f(x).mean(), 2)", "np.sqrt(-f(x).mean())", "f(x).mean() * 100")
    >>> [_form_of(ast.parse(text, mode="eval").body)[1] for text in texts]
    ['negated', 'rooted', '']
    """
    match through(node):
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return through(inner), "negated"
        case ast.Call(func=ast.Name(id="sqrt") | ast.Attribute(attr="sqrt"), args=[inner]):
            return _form_of(inner)[0], "rooted"
        case ast.BinOp(left=inner, op=ast.Pow(), right=ast.Constant(value=0.5)):
            return _form_of(inner)[0], "rooted"
        case inner:
            return inner, ""


def _made_each(node: ast.expr) -> ast.expr | None:
    """Return what a comprehension makes each time, also where its values are put into a table, a column or an array."""
    match node:
        case ast.ListComp(elt=made) | ast.SetComp(elt=made) | ast.GeneratorExp(elt=made) | ast.DictComp(value=made):
            return made
        case ast.Call(func=function, args=[inner, *_]) if last_name(function) in _HOLDERS:
            return _made_each(inner)
    return None
