"""The filter box speaks the language of ``%runs``: the same filters find the same runs in Python and in the front end."""

import json
import math
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrack.errors import FilterError
from nbtrack.model.condition import condition
from nbtrack.model.run import Run
from nbtrack.query.filter import compile_filter
from nbtrack.query.moments import read_moment
from nbtrack.store.index.table import RunsTable
from nbtrack.view.payload import PAGE, comparison_payload

_HERE = Path(__file__).parent
_VECTORS = json.loads((_HERE / "filters.json").read_text("utf-8"))
_STARTED = 1_795_255_200_000
_RARELY = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


class FrontEnd:
    """One node process that answers filters."""

    def __init__(self, node: str) -> None:
        command = [node, str(_HERE / "ask_filters.mjs")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")

    def ask(self, what: Any, texts: Sequence[str]) -> list[Any]:
        """Return the answers to texts: of the filter of a payload, or of a function named."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps([what, texts]), file=self._process.stdin, flush=True)
        return list(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.communicate(timeout=10)


@pytest.fixture(scope="module")
def front_end() -> Iterator[FrontEnd]:
    node = shutil.which("node") or pytest.skip("node is not installed; the front end is not tested")
    opened = FrontEnd(node)
    yield opened
    opened.close()


def in_python(runs: Sequence[Run], text: str) -> Any:
    """Return the ids that ``%runs`` finds, newest first, or what is wrong and where."""
    table = RunsTable.of([run.document for run in runs])
    try:
        rows = compile_filter(text).apply(table, range(len(runs) - 1, -1, -1))
    except FilterError as error:
        message, _, caret = str(error).rsplit("\n", 2)
        return {"message": message, "at": len(caret) - 3}
    return [runs[row].id for row in rows]


def same(text: str, python: Any, javascript: Any) -> bool:
    """Tell whether two answers agree. Which names are listed as examples may differ, as their order does.

    What was captured is only partly in a comparison: asked for a fact that is not, the front end says so.
    """
    if isinstance(javascript, dict) and javascript.get("message", "").startswith("this comparison holds no `"):
        return True
    if isinstance(python, list) or isinstance(javascript, list):
        return bool(python == javascript)
    messages = [answer.get("message", "").partition("; there are")[0] for answer in (python, javascript)]
    plain = text.isascii() and text.isprintable() and len(text) < 60
    return messages[0] == messages[1] and (not plain or python["at"] == javascript["at"])


def disagreements(front_end: FrontEnd, runs: Sequence[Run], filters: Sequence[str]) -> list[tuple[str, Any, Any]]:
    found = front_end.ask(comparison_payload(runs, "", PAGE), filters)
    pairs = ((text, in_python(runs, text), other) for text, other in zip(filters, found, strict=True))
    return [triple for triple in pairs if not same(*triple)]


def _run(make_run: Any, number: int, members: dict[str, Any]) -> Run:
    made = make_run(number, **{"started": _STARTED + number * 61_000, **members})
    return Run.from_document(made.document | {"condition": condition(made.document)}, lambda *_: None)


@pytest.fixture(scope="module")
def vector_runs() -> list[Run]:
    import runpy

    make_run = runpy.run_path(str(_HERE / "fake_runs.py"))["make_run"]
    return [_run(make_run, number, members) for number, members in enumerate(_VECTORS["runs"])]


def test_the_filters_that_both_are_tested_with_mean_what_python_says(vector_runs: list[Run]) -> None:
    names = {run.id: run.name for run in vector_runs}
    found = {text: in_python(vector_runs, text) for text in _VECTORS["filters"]}
    answers = {
        text: answer if isinstance(answer, dict) else [names[each] for each in answer] for text, answer in found.items()
    }
    assert answers == _VECTORS["filters"]


def test_the_front_end_finds_what_python_finds(front_end: FrontEnd, vector_runs: list[Run]) -> None:
    assert disagreements(front_end, vector_runs, list(_VECTORS["filters"])) == []


def test_the_text_of_a_mapping_is_its_json_in_both(front_end: FrontEnd, make_run: Any) -> None:
    words = ["", "'", '"', "é ", "it's"]
    runs = [_run(make_run, k, {"tags": {"lr": {"deep.er": {"x": word}, "lr": k}}}) for k, word in enumerate(words)]
    filters = {
        "order by tags.lr": [0, 1, 2, 4, 3],
        "order by tags.lr.deep.er desc": [3, 4, 2, 1, 0],
        "tags.lr contains '\"lr\": 1'": [1],
        'tags.lr like \'{"deep.er": {"x": "\'\'"}, "lr": 1}\'': [1],
        "tags.lr.deep.er = '{\"x\": \"it''s\"}'": [4],
    }
    assert disagreements(front_end, runs, list(filters)) == []
    assert {
        text: [[run.id for run in runs].index(each) for each in in_python(runs, text)] for text in filters
    } == filters


_LETTERS = "abAB01_%. ßſİıΣςσéЖ中🌲\U00010400\ufb01K'-"
_words = st.one_of(
    st.text(_LETTERS, max_size=5),
    st.sampled_from("True false TRUE rbf RBF nan inf 0.01 1e-2 10 +5 -3. .5 1e400 0x10 1_000 9007199254740993".split()),
)
_days = st.integers(0, 20).map(lambda days: date(2026, 11, 10) + timedelta(days))
_moments = st.builds(
    lambda day, clock: f"{day}{clock}",
    _days,
    st.sampled_from(
        ["", " 14:30", "T14:30:59.250", "T14:30+01:00", "T00Z", "t1430-0230", "T24:00", " 14:30:00.5", "T1"]
    ),
)
_whole = st.one_of(st.integers(-3, 12), st.sampled_from([2**53, -(2**53)]))
_floats = st.one_of(
    st.sampled_from([0.1, 0.01, 1e-7, 1.5, 1e16, 1e22, 123456.789, -0.25, 0.30000000000000004, 3.0, 0.0, -0.0]),
    st.floats(width=32),
)


def _tagged(value: float) -> Any:
    return value if math.isfinite(value) else {"$f": str(value)}


# What a column holds. JSON cannot tell some values of one column from others, so these do not meet in one: None and the
# word None, a date and its text, 1 and 1.0. See view/oddities.py.
_kinds = st.sampled_from(
    [
        st.one_of(_whole, _words, st.booleans(), st.none()),
        st.one_of(_floats.map(_tagged), _words),
        st.one_of(_floats.map(_tagged), st.none()),
        _whole,
        st.one_of(_days.map(lambda day: {"$t": f"{day}T10:15:30Z"}), st.integers(0, 3)),
        st.one_of(st.fixed_dictionaries({"lr": _whole, "deep.er": st.dictionaries(st.just("x"), _words)}), _whole),
    ]
)
_KEYS = ("lr", "a.b", "my name", "Größe", "model", "tick`ed", "or")


@st.composite
def _studies(draw: st.DrawFn, make_run: Any) -> list[Run]:
    """Return up to six runs with a few columns of any kinds."""
    columns = {
        (space, key): draw(_kinds)
        for space in ("params", "tags")
        for key in draw(st.lists(st.sampled_from(_KEYS), max_size=3, unique=True))
    }
    metrics = {
        key: draw(st.sampled_from([_whole, _floats.map(_tagged)])) for key in draw(st.sets(st.sampled_from(_KEYS)))
    }
    columns |= {("metrics", key): kind for key, kind in metrics.items()}
    runs = []
    for number in range(draw(st.integers(0, 6))):
        members: dict[str, Any] = {"params": {}, "metrics": {}, "tags": {}}
        for (space, key), kind in columns.items():
            if draw(st.integers(0, 3)):
                members[space][key] = draw(kind)
        members |= {
            "name": draw(_words),
            "note": draw(st.one_of(st.none(), st.just("why"))),
            "duration": draw(st.none() | st.just(1.5)),
        }
        members |= {
            "status": draw(st.sampled_from(["finished", "failed", "lost"])),
            "ended": draw(st.none() | st.just(_STARTED + 10**7)),
            "verdict": draw(st.sampled_from([None, "identical", "cannot run"])),
        }
        runs.append(_run(make_run, number, members))
    return runs


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(space: str, key: str) -> str:
    plain = key in {"lr", "a.b", "model", "or", "Größe"}
    return f"{space}.{key}" if plain else f"{space}.`{key.replace('`', '``')}`"


_known = st.one_of(
    st.builds(
        _name,
        st.sampled_from(["params", "metrics", "tags", "Param", "parameters", "metric", "TAG"]),
        st.sampled_from(_KEYS),
    ),
    st.sampled_from(
        "id name status started ended duration note experiment notebook condition damaged verdict Verdict attributes.Start_Time run_id params.model.lr params.model.deep.er.x lr accurcy Params.LR tags.mlflow.runName cell.source".split()
    ),
)
_literals = st.one_of(
    _whole.map(str),
    _floats.filter(math.isfinite).map(repr),
    st.sampled_from(["true", "FALSE", "1e999", "9007199254740993", "007", ".5"]),
    _words.map(_quoted),
    _moments.map(_quoted),
    st.sampled_from(["'finished'", "'KILLED'", "'Identical'", "'cannot run'", "'2026'", "'17'"]),
)
_tests = st.one_of(
    st.builds(" ".join, st.tuples(_known, st.sampled_from("= == != <> < <= > >=".split()), _literals)),
    st.builds(
        lambda name, no, values: f"{name} {no}in ({', '.join(values)})",
        _known,
        st.sampled_from(["", "not "]),
        st.lists(_literals, min_size=1, max_size=3),
    ),
    st.builds(
        lambda name, how, words: f"{name} {how} {_quoted(words)}",
        _known,
        st.sampled_from(
            "like LIKE ilike contains,not like,not ilike".replace(" i", ",i")
            .replace(" c", ",c")
            .replace("like LIKE", "like,LIKE")
            .split(",")
        ),
        st.text("ab%_01ßΣé🌲 -.", max_size=6),
    ),
    st.builds(lambda name, no: f"{name} is {no}null", _known, st.sampled_from(["", "not "])),
)
_trees = st.recursive(
    _tests,
    lambda part: st.one_of(
        st.builds(lambda a, word, b: f"{a} {word} {b}", part, st.sampled_from(["and", "or", "AND"]), part),
        part.map(lambda inner: f"not {inner}"),
        part.map(lambda inner: f"({inner})"),
    ),
    max_leaves=5,
)
_orders = st.lists(
    st.builds(lambda name, way: f"{name}{way}", _known, st.sampled_from(["", " desc", " ASC"])), min_size=1, max_size=2
)
_filters = st.builds(
    lambda where, order, limit: " ".join(
        part for part in (where, order and f"order by {', '.join(order)}", limit) if part
    ),
    st.one_of(st.just(""), _trees, _trees),
    st.one_of(st.just([]), _orders),
    st.sampled_from(["", "", "limit 2", "limit 0", "LIMIT 3"]),
)


@st.composite
def _mistakes(draw: st.DrawFn) -> str:
    """Return a filter with a letter or two changed, put in or left out."""
    text = draw(_filters)
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(text)))
        put = draw(
            st.sampled_from(["", "", "'", "(", ")", ",", " ", "x", "&", "=", "§", "or", '"', "`", " and ", "1", "."])
        )
        text = text[:at] + put + text[at + draw(st.integers(0, 2)) :]
    return text


@_RARELY
@given(data=st.data())
def test_any_filter_finds_the_same_runs_in_both(front_end: FrontEnd, make_run: Any, data: st.DataObject) -> None:
    runs = data.draw(_studies(make_run))
    filters = data.draw(st.lists(_filters, min_size=5, max_size=12))
    assert disagreements(front_end, runs, filters) == []


@_RARELY
@given(data=st.data())
def test_both_say_the_same_of_a_mistake(front_end: FrontEnd, make_run: Any, data: st.DataObject) -> None:
    runs = data.draw(_studies(make_run))
    filters = data.draw(st.lists(_mistakes(), min_size=5, max_size=12))
    assert disagreements(front_end, runs, filters) == []


def test_letters_are_alike_in_both_when_their_case_is_put_aside(front_end: FrontEnd) -> None:
    """But for letters that Unicode named after one of the two was made, and Cherokee, whose small letters are folded up."""
    letters = [chr(code) for code in range(0x2FFFF) if chr(code).isprintable() and not 0xD800 <= code < 0xE000]
    folded = front_end.ask("folded", letters)
    cherokee = range(0x13A0, 0x13FE), range(0xAB70, 0xABC0)
    other = [
        letter
        for letter, one in zip(letters, folded, strict=True)
        if one != letter.casefold() and not any(ord(letter) in each for each in cherokee)
    ]
    assert len(other) < 60, other


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-01",
        "20261101",
        "2026-W45-7",
        "2026W457",
        "2026-W45",
        "2026-W457",
        "2026-W53",
        "2026-02-29",
        "2024-02-29",
        "0000-01-01",
        "9999-12-31T23:59:59.999999",
        "2026-11-01T14",
        "2026-11-01T14:30",
        "2026-11-01 1430",
        "2026-11-01x14:30:15",
        "2026-11-01T14:30:15,5",
        "2026-11-01T14:30:15.1234567",
        "2026-11-01T14:30Z",
        "2026-11-01T14:30+0130",
        "2026-11-01T14:30-01:30:30",
        "2026-11-01T14:30+24:00",
        "2026-11-01T25:00",
        "2026-11-01T",
        "2026-11",
        "2026",
        " 2026-11-01 ",
        "2026-11-01T14:30:",
        "2026-1-1",
        "2026-11-01🌲14:30",
        "2026-11-01T14:3",
        "20261101T143015",
        "2026-11-01T14:30 Z",
        "2026-11-01T14:30z",
        "2026-11-01T24:00",
    ],
)
def test_dates_are_read_alike(front_end: FrontEnd, text: str) -> None:
    assert front_end.ask("moments", [text]) == [read_moment(text)]
