"""What a cell prints, and under which words: ``print(f"val loss: {x.item():.3f}")`` shows ``x.item()`` as ``val_loss``.

Read from f-strings, ``"..." % values``, ``"...".format(values)`` and the arguments of ``print``; the text that stands
before a value, back to the last separator, is its label.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from nbtrack.capture.syntax.syntax import last_name
from nbtrack.capture.syntax.trackers import logged
from nbtrack.capture.syntax.walking import of_kinds
from nbtrack.model.direction import direction
from nbtrack.record.redact import redact

_PERCENT = re.compile(r"%(?:\(\w*\))?[#0\- +]*(?:\d+|\*)?(?:\.\d+)?[diouxXeEfFgGcrsa]")
_BRACES = re.compile(r"\{[^{}]*\}")
_FIELD = re.compile(r"\{(\w*)")
_BETWEEN = re.compile(r"[|,;\n\t\[\](){}，；。、（）【】「」]|\s[-–—]+\s|\s{3,}|(?<=\w{4})[.!?]\s+(?=[A-Z])")  # noqa: RUF001 - all dashes
_SPREAD = re.compile(r"^[\s%(]*(?:\+\s*/\s*-|±|\+-)[\s(]*$")
_NAMED = re.compile(r"\s*(?:[:=]|is|was)\s*")
_ENDS = (":", ": ", "=", "= ")
_COUNTING = re.compile(r"\b(?:after|at|for|in|of|over|using|with)\s*$")
_COUNTED = re.compile(r"\s*([a-z]+)\s*(?:[:=]|is|was)\s*")
_COMPARED = re.compile(r"\s*(?:vs\.?|versus|->|→)\s*")
_SHARE = re.compile(r"\s*(?:/|\(|of)\s*\(?")
_SHARED = re.compile(r"\s*%?\s*(?:[/(%)=]|$)")
_WORDS = re.compile(r"[^\W\d_]\w*")
_SMALL = frozenset("a an and are at by for from in is it of on or our that the this to was were with".split())
_JOINING = frozenset({"and", "the", "with"})
_LEADING = frozenset("at by for from in is of on was with".split())
_QUALIFIERS = frozenset(
    "average avg mean median total overall final best minimum maximum min max test train training validation valid val "
    "cv oof macro micro weighted balanced squared absolute root relative".split()
)
_SPLITS = frozenset("test train training validation valid val cv oof".split())
_ASIDE = re.compile(r"[(\[]([^()\[\]]*)[)\]]$")
_UNIT = re.compile(r"^(?:[a-zµ]{1,2}|min|sec|[KMG]i?B?)(?![\w/])")  # right behind a value
_BETA = re.compile(r"\b([Ff])(\d)\.(\d)\b")  # ``F0.5``
_STOPS = " \t:=~≈→>："  # noqa: RUF001 - those of full width, too
_UNITS = frozenset({1, 10, 100, 1000, 1e6, 1e9})  # another factor makes another number: ``accepted / 400``
_SPREADS = frozenset({"std", "nanstd", "sem", "stdev", "pstdev"})
_SPREAD_WORDS = frozenset("std stdev stddev std_dev std_deviation standard_deviation".split())
_SUMMARIES = frozenset("mean std min max median sum var".split())
_MOST_WORDS = 4
_LONGEST = 80
# What has statements in it, one after the other.
_AROUND = frozenset(
    {
        *(ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.AsyncFor, ast.While, ast.If),
        *(ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.ExceptHandler, ast.match_case, ast.Interactive),
    }
)


def shown(node: ast.expr) -> Sequence[tuple[ast.expr, str]]:
    """Return the values an expression puts into text, each with its label; "" where no text stands before it."""
    found: Iterable[tuple[ast.expr, str]] = ()
    match node:
        case ast.JoinedStr(values=parts):
            found = _in_fstring(parts)
        case ast.BinOp(left=left, op=ast.Mod(), right=right) if text := _text(left):
            values = right.elts if isinstance(right, ast.Tuple) else [right]
            found = _in_template(text.replace("%%", ""), _PERCENT, values)
        case ast.Call(func=ast.Attribute(value=template, attr="format")) if text := _text(template):
            text = text.replace("{{", "").replace("}}", "")
            found = _in_template(text, _BRACES, _fields(text, node))
        case ast.Call(func=ast.Name(id="print"), args=values):
            found = _in_print(values)
        case ast.BinOp(op=ast.Add()) if (pieces := _joined(node)) is not None:
            found = _labelled(*pieces)
        case ast.Call():
            found = logged(node)
    return list(found)


def _joined(node: ast.expr) -> tuple[list[str], list[ast.expr]] | None:
    """Return the texts and the values of ``"Accuracy: " + str(acc) + "%"``; None where nothing is made a text."""
    texts, values = [""], list[ast.expr]()
    waiting = [node]
    while waiting:
        match waiting.pop():
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                waiting += [right, left]
            case ast.Constant(value=str(text)):
                texts[-1] += text
            case ast.Call(func=ast.Name(id="str" | "repr" | "format"), args=[value, *_]):
                values.append(value)
                texts.append("")
            case ast.Subscript(value=ast.Call(func=ast.Name(id="str"), args=[value]), slice=ast.Slice()):
                values.append(value)
                texts.append("")
            case _:
                return None
    return (texts, values) if values and any(texts) else None


def _text(node: ast.expr) -> str:
    """Return a text that is written out, in one piece or several: ``"Loss {}" + "MAE {}"``."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            first, second = _text(left), _text(right)
            return first + second if first and second else ""
    return ""


@lru_cache(256)  # a text is asked for where a cell is weighed, and where it is instrumented
def label(text: str) -> str:
    """Return the words right before a value as a name.

    >>> label("Epoch 3 | Val. loss: "), label("RMSE = "), label(""), label("Accuracy (test): ")
    ('val_loss', 'rmse', '', 'accuracy_test')
    """
    before = _BETA.sub(r"\1\2\3", text.rstrip(_STOPS))
    while (aside := _ASIDE.search(before)) is not None:  # ``Variance (12 components)``, ``Accuracy (test)``
        inner = aside[1] if _WORDS.fullmatch(aside[1]) else ""
        before = f"{before[: aside.start()].rstrip(_STOPS)} {inner}".rstrip()
    piece = _BETWEEN.split(before)[-1]
    words = [word.lower() for word in _WORDS.findall(piece)[-_MOST_WORDS:]]
    while len(words) > 1 and words[0] in _JOINING:
        del words[0]  # ``beta = 0.3 and gamma = 0.1``
    while len(words) > 1 and words[-1] in _LEADING:
        del words[-1]  # ``Accuracy for svm: 0.9``, ``RMSE is 3.1``
    named = len(words) == 1 and text.rstrip().endswith("=")  # ``a = 0.31`` is no article
    return "" if _SMALL.issuperset(words) and not named else "_".join(words)


def spoken(text: str) -> list[str]:
    """Return the scores a text speaks of, each with what it is the score of.

    >>> spoken("Test Accuracy of the model on 200 images"), spoken("average reward at the end")
    (['test_accuracy'], ['average_reward'])
    >>> spoken("MASE train of the best"), spoken("RMSE on the validation set for K = 3")
    (['mase_train'], ['rmse_validation'])
    """
    words = [word.lower() for word in _WORDS.findall(text)]
    found = []
    for place, word in enumerate(words):
        if direction(word):
            begin = place
            while begin and words[begin - 1] in _QUALIFIERS:
                begin -= 1
            after = next((each for each in words[place + 1 :] if each not in _SMALL), "")
            split = [after] if begin == place and after in _SPLITS else []
            found.append("_".join(words[begin : place + 1] + split))
    return found


def _in_fstring(parts: list[ast.expr]) -> Iterator[tuple[ast.expr, str]]:
    pieces, values = [""], []
    for part in parts:
        if isinstance(part, ast.FormattedValue):
            values.append(part.value)
            pieces.append("")
        elif isinstance(part, ast.Constant):
            pieces[-1] += str(part.value)
    return _labelled(pieces, values)


def _in_template(text: str, places: re.Pattern[str], values: list[ast.expr]) -> Iterator[tuple[ast.expr, str]]:
    pieces = places.split(text)
    return _labelled(pieces, values) if len(pieces) == len(values) + 1 else iter(())


def _fields(text: str, node: ast.Call) -> list[ast.expr]:
    """Return the values of the fields of a template in their order, which may have numbers or names: ``{loss:.3f}``.

    >>> call = ast.parse("'{1} {e} {1}'.format(a, b, e=c)", mode="eval").body
    >>> [ast.unparse(value) for value in _fields("{1} {e} {1}", call)]
    ['b', 'c', 'b']
    """
    given = {str(place): value for place, value in enumerate(node.args)}
    given |= {word.arg: word.value for word in node.keywords if word.arg}
    words = [_FIELD.match(each)[1] for each in _BRACES.findall(text)]  # type: ignore[index]  # it matches any text
    found = [given.get(word or str(place)) for place, word in enumerate(words)]
    return [value for value in found if value is not None]


def _labelled(pieces: list[str], values: list[ast.expr]) -> Iterator[tuple[ast.expr, str]]:
    """Yield each value with its label; ``pieces`` is the text around them, one more than there are values."""
    last = counted = ""
    units = [pieces[0], *(_UNIT.sub("", piece) for piece in pieces[1:])]  # ``{seconds:.1f}s: loss={loss}``
    for before, value, after, behind in zip(units, values, units[1:], pieces[1:], strict=False):
        last = counted or _of_spread(value, before, last) or _label(before, last, behind)  # ``acc={acc} ({s:.1f}s)``
        counted = _counted(before, value, after)
        yield value, "" if counted or _counts(before, value, after) else last


def _counted(before: str, value: ast.expr, after: str) -> str:
    """Return the score that a text tells of some, of which the value says how many: ``Cost after {i} rounds: {cost}``.

    >>> _counted("Cost after ", ast.Name("i"), " rounds: "), _counted("Cost: ", ast.Name("c"), " error: ")
    ('cost', '')
    """
    word = _COUNTED.fullmatch(after) if _COUNTING.search(before) and isinstance(value, ast.Name | ast.BinOp) else None
    if word is None:
        return ""
    said = label(_COUNTING.sub("", before))
    return said if direction(said) and not direction(word[1]) else ""


def _counts(before: str, value: ast.expr, after: str) -> bool:
    """Tell whether a value only says of what the next one is.

    ``Loss after epoch {}: {}`` has one, ``loss: {} = {}`` has not.
    """
    named = _NAMED.fullmatch(after) is not None and not before.endswith(_ENDS)
    return named and isinstance(value, ast.Name | ast.BinOp)


def _of_spread(value: ast.expr, before: str, last: str) -> str:
    """Return the label of what is the spread by its own words, in brackets: ``"RMSE {} ({})".format(m, x.std())``."""
    return f"{last}_std" if last and spreads(value) and _SHARE.fullmatch(before) else ""


def spreads(value: ast.expr) -> bool:
    """Tell whether an expression is a spread by its own words: ``scores.std()``, ``2 * np.std(scores)``."""
    function = core(value)
    if isinstance(function, ast.BinOp) and isinstance(function.op, ast.Mult):
        return any(map(spreads, (function.left, function.right)))
    return isinstance(function, ast.Call) and last_name(function.func) in _SPREADS


def _in_print(values: list[ast.expr]) -> Iterator[tuple[ast.expr, str]]:
    before = last = counted = ""
    for place, value in enumerate(values):
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            before = value.value
        else:
            after = _text_at(values, place + 1)
            last = counted or _label(before, last, "-")
            counted = _counted(before, value, after)
            yield _untold(value), "" if counted or _counts(before, value, after) else last
            before = end_of(value)


def _untold(value: ast.expr) -> ast.expr:
    """Return the number in ``str(number)``."""
    match value:
        case ast.Call(func=ast.Name(id="str"), args=[inner], keywords=[]):
            return inner
    return value


def end_of(value: ast.expr) -> str:
    """Return the text that an f-string ends with, which speaks of what is printed after it."""
    match value:
        case ast.JoinedStr(values=[*_, ast.Constant(value=str(text))]):
            return text
    return ""


def _text_at(values: list[ast.expr], place: int) -> str:
    return _text(values[place]) if place + 1 < len(values) else ""  # the last text stands before nothing


def introduced(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.expr, str]]:
    r"""Yield each value that is printed alone, right after a line that speaks of a score, with that label.

    >>> tree = ast.parse("print('Test accuracy:')\nprint(a)\nprint('Columns')\nprint(b)")
    >>> [(ast.unparse(value), label) for value, label in introduced(ast.walk(tree))]
    [('a', 'test_accuracy')]
    """
    for node in of_kinds(nodes, _AROUND):
        for field in ("body", "orelse", "finalbody"):
            body = getattr(node, field, None)
            for one, other in pairwise(body) if type(body) is list else ():
                match one, other:
                    case (
                        ast.Expr(value=ast.Call(func=ast.Name(id="print"), args=[ast.Constant(value=str(text))])),
                        ast.Expr(value=ast.Call(func=ast.Name(id="print"), args=[value])),
                    ) if not isinstance(value, ast.Constant | ast.JoinedStr) and direction(word := label(text.strip())):
                        yield value, word


def _label(text: str, last: str, after: str) -> str:
    """Return the label of a value; behind a plus-minus stands the spread of the value before it, in brackets its share.

    ``Accuracy: {}/{} ({:.0f}%)`` says accuracy three times, and only the last of them is no whole number; so does
    ``Accuracy of class {}: {}``, of which the first is no number.
    """
    if last and _SPREAD.search(text):
        return f"{last}_std"
    if last and (_COMPARED.fullmatch(text) or (direction(last) and _NAMED.fullmatch(text))):
        return last
    if last and _SHARE.fullmatch(text) and _SHARED.match(after):
        return last
    word = label(text)
    return f"{last}_std" if word in _SPREAD_WORDS and direction(last) else word


def name_of(node: ast.expr, said: str) -> str:
    """Return what a shown value is called: by its label or, where there is none, by its own words."""
    inner = core(node)
    if said:
        return said
    if isinstance(inner, ast.Call) and last_name(inner.func) == "sqrt" and inner.args:
        return f"sqrt_{name_of(inner.args[0], '')}"
    if name := own_name(inner):
        return name
    if isinstance(inner, ast.Call):
        word = last_name(inner.func) or ""
        return redact(ast.unparse(inner))[0][:_LONGEST] if word in _SUMMARIES else word  # ``mean`` alone says nothing
    return last_name(inner) or ""


def own_name(node: ast.expr) -> str:
    """Return what a call is called by its own words, if they are few: the same wherever it stands.

    >>> [own_name(ast.parse(text, mode="eval").body) for text in ("s.mean()", "np.mean(s)", "judge(s)", "f(a + b)")]
    ['s.mean', 's.mean', 'judge_s', '']
    """
    match core(node):
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method), args=[]):
            return f"{name}.{method}"
        case ast.Call(func=function, args=[ast.Name(id=name)]) if last_name(function) in _SUMMARIES:
            return f"{name}.{last_name(function)}"
        case ast.Call(func=function, args=[ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name))]):
            return f"{last_name(function)}_{name}"
    return ""


def ends_column(node: ast.expr) -> str:
    """Return the column of a table of scores, round by round, whose end is looked at: ``cv["test-rmse-mean"].tail(1)``.

    A word that is a score among results alone, as ``score``, may be about anything here.
    """
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Subscript(slice=ast.Constant(value=str(column))), attr="tail"),
            args=[ast.Constant(value=1)],
        ) if direction(column) and not _WORDS.fullmatch(column):
            return column
    return ""


def core(node: ast.expr) -> ast.expr:
    """Return what a number is made from, without what only changes its form: ``loss`` in ``100 * loss.item()``."""
    while (inner := _inner(node)) is not None:
        node = inner
    return node


def formed(node: ast.expr) -> ast.expr | None:
    """Return what numbers are taken from that stay what they are: ``p[0]``, ``p.tolist()``, ``np.ravel(p)``."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="np"), attr="ravel" | "squeeze" | "array"), args=[inner, *_]
        ):
            return inner
        case ast.Call(func=ast.Name(id="float" | "list"), args=[inner]):
            return inner
        case (
            ast.Subscript(value=inner)
            | ast.Call(func=ast.Attribute(value=inner, attr="tolist" | "ravel" | "flatten"), args=[])
        ):
            return inner
    return None


def measured(node: ast.expr) -> ast.expr:
    """Return what a number is made from, without its form, sign or root: these are ways to tell the same score.

    >>> texts = ("round(100 * f(x), 2)", "f(x) ** 0.5", "np.sqrt(-f(x))")
    >>> [ast.unparse(measured(ast.parse(text, mode="eval").body)) for text in texts]
    ['f(x)', 'f(x)', 'f(x)']
    """
    while True:
        node = core(node)
        match node:
            case ast.Call(func=ast.Name(id="sqrt") | ast.Attribute(attr="sqrt"), args=[inner]):
                node = inner
            case ast.BinOp(left=inner, op=ast.Pow(), right=ast.Constant(value=0.5)):
                node = inner
            case ast.UnaryOp(op=ast.USub(), operand=inner) if not isinstance(inner, ast.Constant):
                node = inner
            case _:
                return node


def mean_of(node: ast.expr) -> ast.expr | None:
    """Return what is averaged of a call's values: ``f(x)`` of ``f(x).mean()``, ``-f(x)`` of ``np.mean(-f(x))``."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Call() | ast.UnaryOp() as inner, attr="mean"), args=[], keywords=[]):
            return inner
        case ast.Call(
            func=ast.Attribute(value=ast.Name(), attr="mean"), args=[ast.Call() | ast.UnaryOp() as inner], keywords=[]
        ):
            return inner
    return None


def folds_of(node: ast.expr) -> tuple[str, str]:
    """Return the variable whose values an expression averages, and under which entry it has them.

    >>> [folds_of(ast.parse(text, mode="eval").body) for text in ("np.mean(s)", "cv['test_r2'].mean()", "s.std()")]
    [('s', ''), ('cv', 'test_r2'), ('', '')]
    """
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np" | "numpy"), attr="mean"), args=[inner], keywords=[]):
            pass
        case ast.Call(func=ast.Attribute(value=inner, attr="mean"), args=[], keywords=[]):
            pass
        case _:
            return "", ""
    match inner:
        case ast.Name(id=name):
            return name, ""
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(entry))):
            return name, entry
    return "", ""


def _inner(node: ast.expr) -> ast.expr | None:
    match node:
        case ast.Call(
            func=ast.Name(id="round" | "float" | "abs")
            | ast.Attribute(value=ast.Name(id="np" | "numpy"), attr="round" | "around"),
            args=[inner, *_],
        ):
            return inner
        case ast.Call(func=ast.Attribute(value=inner, attr="round"), args=[] | [ast.Constant()]):
            return inner
        case ast.Call(func=ast.Attribute(value=inner, attr="item" | "numpy" | "cpu" | "detach"), args=[], keywords=[]):
            return inner
        case ast.BinOp(left=inner, op=ast.Mult() | ast.Div(), right=ast.Constant(value=value)) if value in _UNITS:
            return inner
        case ast.BinOp(left=ast.Constant(value=value), op=ast.Mult(), right=inner) if value in _UNITS:
            return inner
    return None
