"""How much of what a careful engineer would have logged by hand is captured, on labelled cells: precision and recall.

The cells and their labels are Markdown in ``quality/``, a file for each kind; ``quality/README.md`` says how to read and add
them. ``NBTRACK_QUALITY=report pytest tests/hosts/test_quality.py -s`` prints everything missed and everything wrongly
captured, and asserts nothing.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import math
import os
import re
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import nbtrack

HERE = Path(__file__).parent / "quality"
KNOWN = HERE / "known.txt"  # what is missed or wrong in the labelled kinds: no more than that
REPORT = os.environ.get("NBTRACK_QUALITY", "")
"""``report`` prints all details but those of the held-out kinds, ``heldout`` those too."""

ARMS = ("params", "metrics")
PRECISION, RECALL = 0.95, 0.90
ANYTHING = object()
NEITHER_HERE_NOR_THERE = re.compile(r"(^|\.)(verbose|verbosity|n_jobs)$")
"""Settings that change no result: logging them is neither expected nor wrong."""


# --- what a file says


@dataclass(frozen=True)
class Label:
    """A fact a person would have logged (or, ``optional``, might have), under any of ``names``."""

    arm: str
    names: tuple[str, ...]
    value: str
    points: int | None = None
    form: str = "one"  # or "each": several values, in one series or a metric each
    optional: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        names = "|".join(re.escape(canonical(name)).replace(r"\*", ".*") for name in self.names)
        return re.compile(rf"(?:^|\.)(?:{names})(?:\.|$)")

    def __str__(self) -> str:
        points = f" [{'*' if self.points == -1 else self.points}]" if self.points is not None else ""
        return f"{self.arm[:-1]} {', '.join(self.names)}{points} = {self.value}"


@dataclass(frozen=True)
class Case:
    """A tracked cell after the cells before it, and its labels."""

    title: str
    before: tuple[str, ...]
    cell: str
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Kind:
    """A file of cases."""

    name: str
    words: frozenset[str]
    cases: tuple[Case, ...]


LABEL = re.compile(
    r"- (?P<maybe>maybe )?(?P<what>param|metric|each) (?P<names>[^=\[]+?)(?: \[(?P<points>\d+|\*)\])?(?: = (?P<value>.+))?$"
)


def read_label(line: str) -> Label:
    found = LABEL.match(line)
    assert found, f"not a label: {line}"
    points = found["points"]
    return Label(
        arm="params" if found["what"] == "param" else "metrics",
        names=tuple(name.strip() for name in found["names"].split(",")),
        value=found["value"] or "*",
        points=None if points is None else -1 if points == "*" else int(points),
        form="each" if found["what"] == "each" else "one",
        optional=bool(found["maybe"]),
    )


def read_kind(path: Path) -> Kind:
    """A kind: its title line names words like ``slow``, ``## `` begins a case, fences are cells."""
    head, *sections = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    shared = dict(_fences(head))
    everywhere = tuple(read_label(line) for line in head.splitlines() if line.startswith("- "))
    words = re.search(r"\((.*)\)", head.splitlines()[0])
    cases = tuple(_read_case(section, shared, everywhere) for section in sections)
    return Kind(path.stem, frozenset(words[1].split(", ")) if words else frozenset(), cases)


def _read_case(section: str, shared: Mapping[str, str], everywhere: tuple[Label, ...]) -> Case:
    title, _, body = section.partition("\n")
    given = re.search(r"^Given (.*)\.$", body, flags=re.MULTILINE)
    before = [shared[name.strip()] for name in given[1].split(",")] if given else []
    cells = dict(enumerate(_fences(body)))
    before += [cell for name, cell in cells.values() if name != "track"]
    tracked = [cell for name, cell in cells.values() if name == "track"]
    assert len(tracked) == 1, f"{title}: one cell is tracked"
    outside = re.sub(r"^```.*?^```$", "", body, flags=re.MULTILINE | re.DOTALL)
    labels = tuple(read_label(line) for line in outside.splitlines() if line.startswith("- "))
    return Case(title.strip(), tuple(before), tracked[0], labels + everywhere)


def _fences(text: str) -> Iterator[tuple[str, str]]:
    for found in re.finditer(r"^```python ?(\w*)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL):
        yield found[1], found[2]


KINDS = {path.stem: read_kind(path) for path in sorted(HERE.glob("*.md")) if path.stem != "README"}


# --- what was captured, and whether it is what a label says


@dataclass(frozen=True)
class Captured:
    """A param (one value) or metric (its points) of a run."""

    name: str
    values: tuple[Any, ...]
    source: str

    def __str__(self) -> str:
        shown = self.values[0] if len(self.values) == 1 else f"{len(self.values)} points to {self.values[-1]}"
        return f"{self.name} = {str(shown)[:60]}  ({self.source})"


def captured(run: nbtrack.Run, arm: str) -> list[Captured]:
    sources = run.sources.get(arm, {})
    if arm == "params":
        return [Captured(name, (value,), sources.get(name, "")) for name, value in run.params.items()]
    return [Captured(name, run.history(name).values, sources.get(name, "")) for name in run.metrics]


def canonical(name: str) -> str:
    """Names as people compare them: ``svc__C``, ``svc.C`` and ``svc/c`` are one."""
    dotted = name.lower().replace("__", ".").replace("/", ".").replace("[", ".")
    parts = (re.sub(r"[^\w*]+", "_", part).strip("_") for part in dotted.split("."))
    return ".".join(part for part in parts if part)


def fits(label: Label, thing: Captured, expected: Any) -> bool:
    if not label.pattern.search(canonical(thing.name)):
        return False
    if label.form == "each":
        return expected is ANYTHING or all(any(same(value, each) for each in expected) for value in thing.values)
    if not _right_length(label, thing):
        return False
    if isinstance(expected, set):
        return any(same(thing.values[-1], each) for each in expected)
    if label.arm == "metrics" and _is_sequence(expected):
        return len(expected) == len(thing.values) and all(map(same, thing.values, expected))
    return same(thing.values[-1], expected)


def _right_length(label: Label, thing: Captured) -> bool:
    if label.points is None:
        return len(thing.values) == 1 or (label.optional and label.value == "*")
    return label.points in {-1, len(thing.values)}


def _is_sequence(value: Any) -> bool:
    return isinstance(value, list | tuple) or (hasattr(value, "__len__") and getattr(value, "shape", ()) != ())


def same(value: Any, expected: Any) -> bool:
    if expected is ANYTHING:
        return True
    if _is_sequence(expected):
        return _is_sequence(value) and len(value) == len(expected) and all(map(same, value, expected))
    if isinstance(expected, Mapping):
        return isinstance(value, Mapping) and dict(value) == dict(expected)
    if isinstance(expected, str) or expected is None:
        return bool(value == expected)
    if isinstance(value, str) or value is None or isinstance(value, Mapping | list):
        return False
    value, expected = float(value), float(expected)
    return math.isclose(value, expected, rel_tol=1e-6, abs_tol=1e-12) or (math.isnan(value) and math.isnan(expected))


# --- the score of a case


@dataclass
class Score:
    """How many facts were expected, found, and captured rightly and wrongly; what went wrong, in words."""

    expected: int = 0
    found: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def __add__(self, other: Score) -> Score:
        return Score(
            self.expected + other.expected,
            self.found + other.found,
            self.right + other.right,
            self.wrong + other.wrong,
            self.missed + other.missed,
        )

    @property
    def precision(self) -> float:
        return self.right / (self.right + len(self.wrong)) if self.right + len(self.wrong) else 1.0

    @property
    def recall(self) -> float:
        return self.found / self.expected if self.expected else 1.0


def judge(labels: Sequence[Label], things: Sequence[Captured], names: Mapping[str, Any]) -> Score:
    """Give each label at most one thing and each thing at most one label; what is left over is missed or wrong."""
    expected = [_evaluate(label, names) for label in labels]
    fit = {(i, j) for i, label in enumerate(labels) for j, c in enumerate(things) if fits(label, c, expected[i])}
    single = [i for i, label in enumerate(labels) if label.form == "one" and not label.optional]
    given = _pair(single, fit)
    shared = [i for i in range(len(labels)) if i not in single]
    score = Score(expected=sum(not label.optional for label in labels), found=len(given), right=len(given))
    for i in shared:
        of_it = [things[j] for j in range(len(things)) if (i, j) in fit]
        if labels[i].form == "each" and not labels[i].optional:
            score.found += _covers(of_it, expected[i])
    score.missed += [
        str(labels[i])
        for i in range(len(labels))
        if not labels[i].optional
        and (
            i not in given
            if i in single
            else not _covers([things[j] for j in range(len(things)) if (i, j) in fit], expected[i])
        )
    ]
    for j in set(range(len(things))) - set(given.values()):
        claims = [labels[i] for i in shared if (i, j) in fit]
        if any(not label.optional for label in claims):
            score.right += 1
        elif not claims and not _neutral(things[j]):
            again = any((i, j) in fit for i in single)
            score.wrong.append(f"{things[j]}{'  - again' if again else ''}")
    return score


def _evaluate(label: Label, names: Mapping[str, Any]) -> Any:
    return ANYTHING if label.value == "*" else eval(label.value, {"np": sys.modules.get("numpy"), **names})


def _covers(things: Sequence[Captured], expected: Any) -> bool:
    values = [value for thing in things for value in thing.values]
    return bool(values) and (expected is ANYTHING or all(any(same(v, each) for v in values) for each in expected))


def _neutral(thing: Captured) -> bool:
    return thing.source.endswith(" default") or bool(NEITHER_HERE_NOR_THERE.search(canonical(thing.name)))


def _pair(labels: Sequence[int], fit: set[tuple[int, int]]) -> dict[int, int]:
    """As many labels as possible get a thing of their own (augmenting paths)."""
    owner: dict[int, int] = {}

    def settle(label: int, tried: set[int]) -> bool:
        for thing in sorted(j for i, j in fit if i == label and j not in tried):
            tried.add(thing)
            if thing not in owner or settle(owner[thing], tried):
                owner[thing] = label
                return True
        return False

    for label in labels:
        settle(label, set())
    return {label: thing for thing, label in owner.items()}


# --- running a kind in one shell, each case with a fresh namespace


def score_kind(kind: Kind, shell: Any) -> dict[str, Score]:
    total = {arm: Score() for arm in ARMS}
    for case in kind.cases:
        run = _run(case, shell)
        for arm in ARMS:
            labels = [label for label in case.labels if label.arm == arm]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = judge(labels, captured(run, arm), shell.names)
            found.missed = [f"{case.title}: {text}" for text in found.missed]
            found.wrong = [f"{case.title}: {text}" for text in found.wrong]
            total[arm] += found
    return total


def _run(case: Case, shell: Any) -> nbtrack.Run:
    start_again(shell.ip)
    said = io.StringIO()
    for cell in (*case.before, "%%track\n" + case.cell):
        with warnings.catch_warnings(), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            warnings.simplefilter("ignore")
            result = shell.run(cell)
        assert result.success, f"{case.title}: the cell itself fails\n{cell}\n{said.getvalue()[-2000:]}"
    last: nbtrack.Run = shell.last
    return last


def start_again(ip: Any) -> None:
    """A namespace and a session as after a restart; ``%reset`` does it too, with a garbage collection of 0.1 s."""
    nbtrack.unload_ipython_extension(ip)
    for name in [name for name in ip.user_ns if not (name.startswith("__") and name.endswith("__"))]:
        del ip.user_ns[name]
    past = ip.history_manager
    past.reset(new_session=False)
    past.input_hist_parsed[:] = past.input_hist_raw[:] = [""]  # else the cells of the case before are recalled
    ip.init_user_ns()
    ip.execution_count = 1
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")  # or the first cell draws into what another test left open
    nbtrack.load_ipython_extension(ip)


@contextlib.contextmanager
def frameworks(kind: Kind, monkeypatch: pytest.MonkeyPatch, *, real: bool) -> Iterator[None]:
    """Fakes stand in for torch and keras, unless these are to be the real ones, and leave no module behind."""
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    fakes = set() if real else _named(kind, "fake")
    for each in fakes:
        monkeypatch.syspath_prepend(str(HERE / "fakes" / each))
    hidden = _taken_out(fakes)
    sys.modules.update({name: module for name, module in FAKED.items() if name.split(".")[0] in fakes})
    yield
    FAKED.update(_taken_out(fakes))
    sys.modules.update(hidden)


FAKED: dict[str, Any] = {}  # imported once: a class that comes twice is not what its name says


def _taken_out(packages: set[str]) -> dict[str, Any]:
    return {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] in packages}


# The kinds of the fast loop; all others are slow by their number, or by what they import.
QUICK = (*("assigned", "bare", "configs", "gradient_descent", "held2_plain", "looped", "printed"),)
SCORES: dict[str, dict[str, Score]] = {}


def _named(kind: Kind, word: str) -> set[str]:
    """The packages that a kind's title names: ``fake torch``, ``needs skorch``."""
    return {each.removeprefix(f"{word} ") for each in kind.words if each.startswith(f"{word} ")}


def _unless_installed(packages: set[str]) -> pytest.MarkDecorator:
    absent = sorted(each for each in packages if importlib.util.find_spec(each) is None)
    return pytest.mark.skipif(bool(absent), reason=f"not installed: {', '.join(absent)}")


def kind_rows() -> Iterator[Any]:
    for kind in KINDS.values():
        marks = [] if kind.name in QUICK else [pytest.mark.slow, _unless_installed(_named(kind, "needs"))]
        yield pytest.param(kind.name, marks=marks)
        if _named(kind, "fake"):
            yield pytest.param(f"{kind.name}-real", marks=[pytest.mark.slow, _unless_installed(_named(kind, "fake"))])


@pytest.mark.slow
@pytest.mark.parametrize("row", list(kind_rows()))
def test_every_cell_of_the_kind_runs_and_no_metric_is_seen_where_there_is_none(
    row: str, shell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = KINDS[row.removesuffix("-real")]
    with frameworks(kind, monkeypatch, real=row.endswith("-real")):
        SCORES[row] = score_kind(kind, shell)
    wrong = SCORES[row]["metrics"].wrong
    seen = len(wrong)  # apart, because pytest would show the list, and the held-out cells are not to be looked at
    if "no metrics" in kind.words and not REPORT:
        assert seen == 0, "" if row.startswith("heldout_") else "\n".join(wrong)


@pytest.mark.parametrize("part", ["labelled", "held out"])
def test_what_is_captured_is_what_a_careful_engineer_would_have_logged(part: str) -> None:
    heldout = part == "held out"
    scores = {name: each for name, each in SCORES.items() if name.startswith("heldout_") == heldout}
    if heldout and not scores:
        pytest.skip("every kind has been looked at; write new ones to judge by")
    total = {arm: sum((each[arm] for each in scores.values()), Score()) for arm in ARMS}
    report = f"{part}\n{table({**scores, 'all': total})}"
    if not heldout or REPORT == "heldout":
        report += details(total)
    print(f"\n{report}")
    if not REPORT:
        reached = {arm: (total[arm].precision, total[arm].recall) for arm in ARMS}
        short = [arm for arm, (precision, recall) in reached.items() if precision < PRECISION or recall < RECALL]
        assert short == [], report
        if not heldout:
            if os.environ.get("NBTRACK_GOLDENS") == "rewrite":
                KNOWN.write_text("\n".join(sorted({*KNOWN.read_text().splitlines(), *without_values(total)})) + "\n")
            known = KNOWN.read_text().splitlines()
            new = [text for text in without_values(total) if text not in known]
            assert new == [], "not missed or wrong before; see quality/README.md"


def without_values(total: Mapping[str, Score]) -> list[str]:
    """What is missed or wrong, without what was captured instead: that may differ from machine to machine."""
    texts = [("missed", text) for arm in ARMS for text in total[arm].missed]
    texts += [("wrong", text.partition(" = ")[0]) for arm in ARMS for text in total[arm].wrong]
    return [f"{word}: {text}" for word, text in texts]


def table(scores: Mapping[str, Mapping[str, Score]]) -> str:
    lines = [
        f"{'kind':28}{'cells':>6}"
        + "".join(f"   {arm:8}{'right':>6}{'wrong':>6}{'miss':>5}{'P':>6}{'R':>6}" for arm in ARMS)
    ]
    for name, each in scores.items():
        cells = sum(len(kind.cases) for kind in KINDS.values() if _counts(kind.name, name, scores))
        figures = "".join(
            f"   {each[arm].expected:8}{each[arm].right:6}{len(each[arm].wrong):6}{len(each[arm].missed):5}"
            f"{each[arm].precision:6.2f}{each[arm].recall:6.2f}"
            for arm in ARMS
        )
        lines.append(f"{name:28}{cells:6}{figures}")
    return "\n".join(lines) + "\n"


def _counts(kind: str, row: str, scores: Mapping[str, Any]) -> bool:
    return kind in {name.removesuffix("-real") for name in (scores if row == "all" else [row])}


def details(total: Mapping[str, Score]) -> str:
    parts = []
    for arm in ARMS:
        for word, texts in (("missed", total[arm].missed), ("wrongly captured", total[arm].wrong)):
            parts.append(f"\n{arm} {word} ({len(texts)})\n" + "\n".join(f"  {text}" for text in texts))
    return "\n".join(parts) + "\n"


def test_the_set_is_large_enough_to_mean_something() -> None:
    sizes: Counter[str] = Counter()
    for kind in KINDS.values():
        sizes["held out" if kind.name.startswith("heldout_") else "labelled"] += len(kind.cases)
        sizes["without a metric"] += len(kind.cases) if "no metrics" in kind.words else 0
    assert sizes["labelled"] >= 100
    assert sizes["without a metric"] >= 20


def test_a_label_takes_one_value_and_what_is_left_over_is_missed_or_wrong() -> None:
    labels = [read_label("- metric acc, accuracy_score = 0.5"), read_label("- metric loss [3] = 0.1")]
    things = [
        Captured("acc", (0.5,), "acc"),
        Captured("accuracy_score.y_test", (0.5,), "the same fact"),
        Captured("loss", (0.3, 0.1), "a point too few"),
    ]
    found = judge(labels, things, {})
    assert (found.expected, found.found, found.right) == (2, 1, 1)
    assert found.missed == ["metric loss [3] = 0.1"]
    assert found.wrong == [
        "accuracy_score.y_test = 0.5  (the same fact)  - again",
        "loss = 2 points to 0.1  (a point too few)",
    ]


def test_values_of_several_things_may_be_one_series_or_a_metric_each() -> None:
    label = read_label("- each score, rf, gb = scores")
    names = {"scores": [0.5, 0.75]}
    series = [Captured("score", (0.5, 0.75), "")]
    apart = [Captured("scores.rf", (0.5,), ""), Captured("scores.gb", (0.75,), "")]
    assert [judge([label], things, names).found for things in (series, apart, apart[:1])] == [1, 1, 0]


def test_what_may_be_captured_counts_neither_way() -> None:
    labels = [read_label("- maybe param gamma = *")]
    things = [
        Captured("svc__gamma", (0.1,), "get_params()"),
        Captured("C", (1.0,), "SVC default"),
        Captured("n_jobs", (2,), ""),
    ]
    found = judge(labels, things, {})
    assert (found.expected, found.right, found.wrong, found.missed) == (0, 0, [], [])
