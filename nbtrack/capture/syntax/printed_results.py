"""Which of the values that a cell prints are results that nothing else records, and what these are called."""

import ast
from collections.abc import Collection, Sequence
from typing import NamedTuple

from nbtrack.capture.syntax.calls import asks_score, is_first_function
from nbtrack.capture.syntax.evidence import Evidence, is_best, is_prediction
from nbtrack.capture.syntax.experiments import is_of_episodes, is_optimum
from nbtrack.capture.syntax.given_names import GivenNames
from nbtrack.capture.syntax.literals import literal
from nbtrack.capture.syntax.shown import core, ends_column, name_of, shown
from nbtrack.capture.syntax.syntax import is_drawing, last_name
from nbtrack.capture.syntax.tee import Site, member, through
from nbtrack.capture.syntax.walking import every_node, of_kind
from nbtrack.capture.syntax.whereabouts import Whereabouts
from nbtrack.model.direction import direction

_SHORT = 40  # characters of what is a name
_SHOWABLE = (ast.Call, ast.BinOp, ast.Attribute, ast.Subscript, ast.Name, ast.UnaryOp)


class PrintedResult(NamedTuple):
    """A printed value that is a result: its name, what makes it, and whether that is a function that scores."""

    name: str
    inner: ast.expr
    judged: bool


_COMPARED = 2  # names in the arguments of one expression


class PrintedResults:
    """Tells the results among a cell's printed values from what is found by its name, or is no result."""

    def __init__(
        self,
        evidence: Evidence,
        names: GivenNames,
        at: Whereabouts,
        *,
        summed: Collection[str],
        replaced: Collection[str],
        nodes: Sequence[ast.AST] = (),
    ) -> None:
        self._evidence = evidence
        self._names = names
        self._at = at
        self._summed = summed  # what the cell adds something to
        self._replaced = replaced  # what the cell binds more than once, in no loop
        self._nodes = nodes  # of the cell
        self._drawn: set[ast.AST] | None = None  # what stands in the calls that draw

    def find(self, node: ast.expr) -> PrintedResult | None:
        """Return the result that a printed value is, if it is one that has no site of its own."""
        label = self._names.labels[node]
        name, inner = name_of(node, label), core(node)
        if self._is_mean(node):
            inner = node
        if not isinstance(inner, _SHOWABLE) or self._is_seen(inner) or self._is_no_result(inner, label):
            return None
        if not self._at.scopes and self._is_drawn(inner) and self._is_of_before(inner):
            return None  # a line at what an earlier cell has scored
        if isinstance(inner, ast.Name) and not self._at.scopes and not self._passes(inner, name):
            named = node in self._names.logged and direction(inner.id) is None
            if not label:
                return PrintedResult(inner.id, inner, judged=False) if self._is_shown_alone(inner) else None
            if not (named or self._is_late(inner)):
                return None  # a variable of the cell's own: its value is found by its name
            name = inner.id if direction(inner.id) else name  # as the execution that computed it calls it
        column = ends_column(inner) or _of_best(inner) or self._kept(inner, name)
        name = column or (name if direction(name) or not label else self._names.spoken.get(node, name))
        derived = name != last_name(getattr(inner, "func", inner)) and any(map(self._at.is_watched, every_node(node)))
        judged = label != "" and self._evidence.judged(inner)
        told = bool(column) or node in self._names.logged or self._is_told(inner, name, label)
        if not self._at.loops and not self._at.scopes:
            place = "" if label or name else self._place_of(inner)
            told = told or bool(place)
            entry = _entry_of(inner, self._evidence.bound, label) or place
            name = entry or name or (_quotient(inner) if told else "")
        if not name or not (derived or told or judged):
            return None
        return PrintedResult(name, inner, judged)

    def _is_no_result(self, node: ast.expr, label: str) -> bool:
        """Tell whether a function says what it was given, ``print(f"eta = {eta}")``, or ``f1`` is shown."""
        if isinstance(node, ast.Call):
            return not label and is_first_function(node)
        given = isinstance(node, ast.Name) and node.id in self._at.given
        return given and label == last_name(node).lower() and direction(label) is None  # type: ignore[union-attr]

    def mark(self, site: Site, node: ast.expr, result: PrintedResult) -> Site:
        """Note how a printed value is told from others that may be the same number."""
        name, inner, judged = result
        site.logged = node in self._names.logged
        site.sized = self._names.spoken.get(node) == name
        site.share = direction(name) is not None and isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.FloorDiv)
        best = name.startswith("best") and not self._at.loops and not is_best(inner)  # a search's: its fit has told it
        chosen = (_picks(inner) and not site.repeats) or (isinstance(inner, ast.Call) and asks_score(inner))
        site.picks = best or judged or chosen or site.callee in {"max", "min"} or _compares(inner)
        return site

    def _is_seen(self, node: ast.expr) -> bool:
        """Tell whether what is printed has a site of its own, is written out, or is a text that shows something."""
        inner = through(node)
        return self._at.is_watched(inner) or isinstance(inner, ast.Constant) or bool(shown(node))

    def _is_told(self, node: ast.expr, name: str, label: str) -> bool:
        """Tell whether a printed expression makes a result, by what it is called, what it is made of, or its label."""
        seen = self._evidence
        if seen.is_score(name, node) or seen.reduces(node) or is_best(node):
            return True
        if label == "":
            return False
        if isinstance(node, ast.Name) and node.id in seen.optima:
            return True
        named = not isinstance(node, ast.Name) and is_of_episodes(label) and bool(seen.found or seen.said)
        estimated = seen.estimates(node) or (not is_prediction(name) and seen.applies(node))
        made = not is_prediction(name) and seen.follows(node)
        return named or is_optimum(node) or estimated or made

    def _kept(self, node: ast.expr, said: str) -> str:
        """Return what an object keeps a score as, if no words before it tell one: ``print("end:", s.regret)``.

        So it is called where it keeps a curve, of which an end is printed: ``net.val_loss[-1]``, ``h["val_loss"][0]``.
        """
        held = node.value if isinstance(node, ast.Subscript) and literal(node.slice) in {0, -1} else node
        if isinstance(held, ast.Subscript) and held is not node:
            word = literal(held.slice)
        else:
            word = held.attr if isinstance(held, ast.Attribute) else ""
        kept = type(word) is str and word and direction(said) is None and not is_best(node)
        return str(word) if kept and self._evidence.is_score(str(word), node) else ""

    def _place_of(self, node: ast.expr) -> str:
        """Return what an entry of what was fitted is called without a word: ``popt.0`` for ``popt[0]``."""
        match node:
            case ast.Subscript(value=ast.Name() | ast.Attribute() as held, slice=ast.Constant(value=int(place))):
                return f"{ast.unparse(held)}.{place}" if self._evidence.estimates(node) else ""
        return ""

    def _is_mean(self, node: ast.AST) -> bool:
        """``running_loss / 100`` of what the cell sums up: a mean, not the same number in another unit."""
        match node:
            case ast.BinOp(left=ast.Name(id=name), op=ast.Div()):
                return name in self._summed
        return False

    def _passes(self, node: ast.Name, name: str) -> bool:
        """Tell whether a loop's own variable passes over results: ``for k, acc in enumerate(per_class)``."""
        return node.id in self._at.passing and direction(name) is not None and self._evidence.supports(node)

    def _is_shown_alone(self, node: ast.Name) -> bool:
        """Tell whether ``print(acc)`` shows what an earlier cell has scored, as a cell that ends with it would."""
        return node.id in self._evidence.results and node.id not in self._evidence.bound and self._is_late(node)

    def _is_late(self, node: ast.Name) -> bool:
        """Tell whether a printed variable is not found by its name: it is an earlier cell's, or is replaced later."""
        if self._at.loops or self._at.scopes:
            return False
        made = node.id in self._evidence.followed and node.id not in self._evidence.bound
        earlier = (made or self._evidence.is_earlier(node.id)) and not self._is_drawn(node)
        return earlier or node.id in self._replaced

    def _is_drawn(self, node: ast.expr) -> bool:
        """Tell whether a value stands in what is drawn: ``plt.title(f"RMSE {rmse}")`` finds nothing out."""
        if self._drawn is None:
            calls = filter(is_drawing, of_kind(self._nodes, ast.Call))
            self._drawn = {part for call in calls for part in every_node(call)}
        return node in self._drawn

    def _is_of_before(self, node: ast.expr) -> bool:
        """Tell whether a value is what an earlier cell has left, or its mean; two things compared are a new one."""
        parts = every_node(node)
        names = parts.names
        compared = {name for call in of_kind(parts, ast.Call) for each in call.args for name in every_node(each).names}
        return bool(names) and len(compared) < _COMPARED and names.isdisjoint(self._evidence.bound)


def _compares(node: ast.expr) -> bool:
    """Tell whether a score is computed from hits: ``(pred == y).mean()`` may be what another was, and be another."""
    return bool(of_kind(every_node(node), ast.Compare))


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
    """Return an entry of a dictionary of the cell's own by its place, where its key is what is said of it at last."""
    match node:
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key))):
            return member(name, key) if name in bound and f"_{label}".lower().endswith(f"_{key}".lower()) else ""
    return ""


def _quotient(node: ast.expr) -> str:
    """Return a short quotient as it was written, which is all that it is called: ``print(TP / (TP + FN))``."""
    text = ast.unparse(node) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) else ""
    return text if len(text) <= _SHORT else ""
