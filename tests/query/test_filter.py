"""What a filter selects: by example, and against a plain evaluator that looks at one document at a time."""

import operator
import re
from datetime import datetime
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.errors import FilterError
from nbtrack.query.filter import compile_filter
from nbtrack.query.syntax import AllOf, Among, AnyOf, Comparison, Filter, Missing, Name, Negated, Resembles, Value
from nbtrack.store.index.column import numbers


def rows(table, text):
    """Return the rows a filter gives, oldest first unless it says otherwise."""
    return compile_filter(text).apply(table, range(len(table.documents)))


def test_the_first_seed_query_finds_good_runs_with_a_small_learning_rate_best_f1_first(table_of):
    table = table_of(
        {"params": {"learning_rate": 0.001}, "metrics": {"accuracy": 0.95, "f1": 0.90}},
        {"params": {"learning_rate": 0.1}, "metrics": {"accuracy": 0.99, "f1": 0.99}},
        {"params": {"learning_rate": 0.005}, "metrics": {"accuracy": 0.93, "f1": 0.92}},
        {"params": {"learning_rate": 0.001}, "metrics": {"accuracy": 0.80, "f1": 0.95}},
        {"params": {"learning_rate": 1e-4}, "metrics": {"accuracy": 0.91}},
        {},
    )
    query = "params.learning_rate < 0.01 and metrics.accuracy > 0.9 order by metrics.f1 desc"
    assert rows(table, query) == [2, 0, 4]


def test_the_second_seed_query_finds_production_candidates_by_tags_and_hardware(table_of):
    tags = {"team": "nlp", "dataset_version": "v3.2", "production_candidate": "true", "gpu": "A100-40GB"}
    table = table_of(
        {"tags": tags},
        {"tags": tags | {"team": "vision"}},
        {"tags": tags | {"production_candidate": True}, "hardware": {"gpu": "NVIDIA A100-SXM4-40GB"}},
        {"tags": tags | {"dataset_version": "v3.1"}},
        {"tags": tags | {"gpu": "T4"}},
    )
    wanted = "tags.team = 'nlp' and tags.dataset_version = 'v3.2' and tags.production_candidate = true"
    assert rows(table, f"{wanted} and tags.gpu like 'A100%'") == [0, 2]
    assert rows(table, f"{wanted} and hardware.gpu like '%A100%'") == [2]


def test_numbers_compare_with_text_that_looks_like_a_number_and_text_with_numbers(table_of):
    table = table_of(
        {"params": {"x": 0.01}},
        {"params": {"x": "0.010"}},
        {"params": {"x": {"$d": "0.01"}}},
        {"params": {"x": "adam"}},
        {"params": {"x": {"$i": "90071992547409930"}}},
        {"params": {"x": True}},
        {"params": {"x": {"$f": "nan"}}},
        {"params": {"x": [1, 2]}},
        {},
    )
    assert rows(table, "params.x = 0.01") == [0, 1, 2]
    assert rows(table, "params.x = '0.01'") == [0, 2]
    assert rows(table, "params.x > 0.01") == [4, 5]
    assert rows(table, "params.x != 0.01") == [3, 4, 5, 7]
    assert rows(table, "params.x = 90071992547409930") == [4]
    assert rows(table, "params.x = true") == [5]
    assert rows(table, "params.x = 'True'") == [5]
    assert rows(table, "params.x = '[1, 2]'") == [7]
    assert rows(table, "params.x in (0.01, 'adam')") == [0, 1, 2, 3]
    assert rows(table, "params.x not in (0.01, 'adam')") == [4, 5, 7]
    assert rows(table, "params.x like '0.0%'") == [0, 1, 2]


def test_a_missing_value_passes_only_null_tests_and_negations(table_of):
    table = table_of({"metrics": {"f1": 0.5}}, {})
    assert rows(table, "metrics.f1 != 0.7") == [0]
    assert rows(table, "metrics.f1 < 0.7 or metrics.f1 >= 0.7") == [0]
    assert rows(table, "metrics.f1 is null") == [1]
    assert rows(table, "metrics.f1 is not null") == [0]
    assert rows(table, "not metrics.f1 > 0.7") == [0, 1]
    assert rows(table, "metrics.f1 not in (1) or metrics.f1 not like '1%'") == [0]


def test_nan_passes_no_comparison_and_sorts_last_both_ways(table_of):
    table = table_of(
        {"metrics": {"f1": {"$f": "nan"}}}, {"metrics": {"f1": 0.1}}, {}, {"metrics": {"f1": {"$f": "-inf"}}}
    )
    assert rows(table, "metrics.f1 = 1 or metrics.f1 != 1 or metrics.f1 < 1 or metrics.f1 >= 1") == [1, 3]
    assert rows(table, "order by metrics.f1") == [3, 1, 0, 2]
    assert rows(table, "order by metrics.f1 desc") == [1, 3, 0, 2]


def test_order_takes_numbers_then_text_and_keeps_the_order_of_equals(table_of):
    table = table_of(*({"params": {"x": x}} for x in ("b", 2, "10", "a", 2, None)))
    assert rows(table, "order by params.x") == [1, 4, 2, 3, 0, 5]
    assert rows(table, "order by params.x desc") == [2, 1, 4, 0, 3, 5]


def test_a_second_key_decides_between_equals_of_the_first(table_of):
    table = table_of(*({"experiment": e, "metrics": {"f1": f1}} for e, f1 in (("b", 1), ("a", 1), ("b", 2), ("a", 2))))
    assert rows(table, "order by experiment, metrics.f1 desc limit 3") == [3, 1, 2]


def test_dates_are_utc_and_a_bare_date_equals_its_whole_day(table_of):
    days = ["2026-10-31T23:59:59", "2026-11-01T00:00:00", "2026-11-01T12:00:00", "2026-11-02T00:00:00"]
    table = table_of(*({"started": int(datetime.fromisoformat(day + "Z").timestamp() * 1000)} for day in days))
    assert rows(table, "started > '2026-11-01'") == [2, 3]
    assert rows(table, "started >= '2026-11-01' and started < '2026-11-02'") == [1, 2]
    assert rows(table, "started = '2026-11-01'") == [1, 2]
    assert rows(table, "started != '2026-11-01'") == [0, 3]
    assert rows(table, "attributes.start_time <= '2026-11-01T14:00+02:00'") == [0, 1, 2]
    assert rows(table, f"attributes.start_time = {table.documents[2]['started']}") == [2]
    assert rows(table, "started like '2026-10%'") == [0]


def test_dates_in_params_compare_with_dates(table_of):
    table = table_of({"params": {"until": {"$t": "2026-11-01"}}}, {"params": {"until": {"$t": "2026-11-03T10:00:00"}}})
    assert rows(table, "params.until < '2026-11-02'") == [0]
    assert rows(table, "params.until = '2026-11-03'") == [1]


def test_attributes_know_mlflows_words(table_of):
    table = table_of({"name": "a", "status": "finished"}, {"name": "b", "status": "interrupted", "note": "late"})
    assert rows(table, "attributes.status = 'FINISHED'") == [0]
    assert rows(table, "status in ('KILLED', 'SCHEDULED')") == [1]
    assert rows(table, "status like 'FIN%'") == [0]
    assert rows(table, "attributes.run_name = 'b'") == [1]
    assert rows(table, "tags.`mlflow.runName` = 'b' and tags.mlflow.note.content = 'late'") == [1]


def test_a_tag_that_mlflow_wrote_wins_over_what_nbtrack_has_for_it(table_of):
    table = table_of({"name": "a", "tags": {"mlflow.runName": "b"}}, {"name": "b"})
    assert rows(table, "tags.`mlflow.runName` = 'b'") == [0]


def test_an_id_equals_any_of_its_prefixes(table_of):
    table = table_of({"id": "20261121t101530-7k3m9q2x"}, {"id": "20261121t101531-8k3m9q2x"})
    assert rows(table, "id = '7k3'") == [0]
    assert rows(table, "id in ('7k3', '20261121t101531')") == [0, 1]
    assert rows(table, "id != '7k3'") == [1]
    assert rows(table, "id = ''") == []


def test_a_dotted_name_reaches_into_recorded_mappings(table_of):
    table = table_of(
        {"params": {"model": {"depth": 3, "a.b": {"c": 1}}}, "environment": {"packages": {"numpy": "2.4.1"}}},
        {"params": {"model.depth": 3, "model": 7}},
    )
    assert rows(table, "params.model.a.b.c = 1") == [0]
    assert rows(table, "params.model.depth = 3") == [1]
    assert rows(table, "environment.packages.numpy like '2.%'") == [0]


def test_cell_code_and_hardware_may_be_asked_without_any_run_having_them(table_of):
    table = table_of({"cell": {"source": "model = SVC()"}, "code": {"dirty": True}}, {})
    assert rows(table, "cell.source contains 'SVC'") == [0]
    assert rows(table, "code.dirty = true") == [0]
    assert rows(table, "hardware.gpu like '%A100%'") == []


def test_nothing_is_unknown_in_an_empty_store(table_of):
    assert rows(table_of(), "metrics.acuracy > 0.9 and tags.x = 1 order by params.y") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "metrics.acuracy > 0.9",
            """\
            no metric `acuracy`; did you mean `accuracy`?
              metrics.acuracy > 0.9
                      ^""",
        ),
        (
            "params.accuracy > 0.9",
            """\
            no param `accuracy`; did you mean `metrics.accuracy`?
              params.accuracy > 0.9
                     ^""",
        ),
        (
            "status = 'finished' order by metrics.zz",
            """\
            no metric `zz`; there are `accuracy`, `f1`
              status = 'finished' order by metrics.zz
                                                   ^""",
        ),
        (
            "accuracy > 0.9",
            """\
            runs have no `accuracy`; did you mean `metrics.accuracy`?
              accuracy > 0.9
              ^""",
        ),
        (
            "metric > 0.9",
            """\
            `metric` needs a name after it: `metrics.…`
              metric > 0.9
              ^""",
        ),
        (
            "metrisc.f1 > 0.9",
            """\
            runs have no `metrisc.f1`; did you mean `metrics.f1`?
              metrisc.f1 > 0.9
              ^""",
        ),
        (
            "stauts = 'failed'",
            """\
            runs have no `stauts`; did you mean `status`?
              stauts = 'failed'
              ^""",
        ),
        (
            "qqq = 'failed'",
            """\
            runs have no `qqq`; write `params.…`, `metrics.…` or `tags.…` before a name of your own
              qqq = 'failed'
              ^""",
        ),
        (
            "tags.team = 'nlp'",
            """\
            no tag `team`; no run has any tags
              tags.team = 'nlp'
                   ^""",
        ),
        (
            "status = 'finshed'",
            """\
            no status 'finshed'; did you mean 'finished'?
              status = 'finshed'
                       ^""",
        ),
        (
            "started > 'soon'",
            """\
            `started` needs a date such as '2026-11-01' or '2026-11-01 14:30', not 'soon'
              started > 'soon'
                        ^""",
        ),
    ],
)
def test_a_name_no_run_has_is_an_error_that_suggests_the_nearest(table_of, text, message):
    table = table_of({"params": {"lr": 1}, "metrics": {"accuracy": 0.9, "f1": 0.8}})
    with pytest.raises(FilterError) as error:
        rows(table, text)
    assert str(error.value) == dedent(message)


def test_a_filter_that_is_no_text_is_refused():
    with pytest.raises(FilterError, match=r"a filter is text such as 'metrics\.accuracy > 0\.9', not int"):
        compile_filter(3)


# A second implementation, as plain as can be, for tests of params only.

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
OPERATORS = {"=": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


def compares(found, sign, wanted):
    if found is None or found != found:  # noqa: PLR0124 - NaN
        return False
    pair = on_one_scale(found, wanted)
    return sign == "!=" if pair is None else getattr(operator, OPERATORS[sign])(*pair)


def on_one_scale(found, wanted):
    if isinstance(found, str) and isinstance(wanted, str):
        return found, wanted
    found, wanted = as_number(found, wanted), as_number(wanted, found)
    return None if found is None or wanted is None else (found, wanted)


def as_number(value, other):
    if not isinstance(value, str):
        return value
    if isinstance(other, bool) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    return float(value) if NUMBER.fullmatch(value) else None


def passes(test, params):  # noqa: PLR0911 - one a kind of test
    match test:
        case Comparison(name, sign, value):
            return compares(params.get(name.key), sign, value.value)
        case Among(name, values, negated):
            found = params.get(name.key)
            each = [compares(found, "!=" if negated else "=", value.value) for value in values]
            return all(each) if negated else any(each)
        case Resembles(name, likeness, pattern, negated):
            found = params.get(name.key)
            return found is not None and resembles(str(found), likeness, pattern) is not negated
        case Missing(name, negated):
            return (params.get(name.key) is None) is not negated
        case AllOf(parts):
            return all(passes(part, params) for part in parts)
        case AnyOf(parts):
            return any(passes(part, params) for part in parts)
        case Negated(part):
            return not passes(part, params)


def resembles(text, likeness, pattern):
    if likeness == "contains":
        return pattern in text
    if likeness == "ilike":
        text, pattern = text.casefold(), pattern.casefold()
    return re.fullmatch(pattern.replace("%", ".*").replace("_", "."), text, re.DOTALL) is not None


found = st.sampled_from(
    [True, False, 0, 1, -2, 0.5, 1.0, float("nan"), float("inf"), "", "a", "AB", "1", "0.50", "true", "1e0"]
)
wanted = st.sampled_from([True, False, 0, 1, 0.5, -2, float("inf"), "", "a", "AB", "1", "0.50", "True", "b"])
names = st.builds(Name, st.just("params"), st.sampled_from("xy"))
values = st.builds(Value, wanted)
leaves = st.one_of(
    st.builds(Comparison, names, st.sampled_from(list(OPERATORS)), values),
    st.builds(Among, names, st.lists(values, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.builds(
        Resembles, names, st.sampled_from(["like", "ilike", "contains"]), st.text("aB%_1", max_size=3), st.booleans()
    ),
    st.builds(Missing, names, st.booleans()),
)


def joined(tests):
    parts = st.lists(tests, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(AllOf, parts), st.builds(AnyOf, parts), st.builds(Negated, tests))


@given(
    st.recursive(leaves, joined, max_leaves=6),
    st.lists(st.dictionaries(st.sampled_from("xy"), found), max_size=8),
)
def test_columns_select_what_looking_at_each_run_selects(table_of_params, where, runs):
    table = table_of_params(runs)
    try:
        chosen = compile_filter(str(Filter(where))).select(table, range(len(runs)))
    except FilterError as error:
        assert "holds numbers" in str(error)
        return
    assert chosen == [row for row, params in enumerate(runs) if passes(where, params)]


@pytest.fixture(scope="session")
def table_of_params():
    """Documents with these params; one empty run more names both, and is never asked about."""

    class Params:
        def __init__(self, runs):
            self.documents = runs

        def column(self, space, key):
            return [params.get(key) for params in self.documents]

        def floats(self, space, key):
            found = numbers(self.column(space, key))
            return None if found is None else found.tolist()

        def names(self, space):
            return ["x", "y"]

    return Params


def test_nothing_of_a_filter_is_ever_run_as_code(table_of):
    table = table_of({"params": {"x": "y"}})
    for text in (
        "params.__class__ = 1",
        "params.x = '{0.__class__}'",
        "params.x.__init__ = 1",
        "tags.`__import__('os')` = 1",
    ):
        try:
            assert rows(table, text) == []
        except FilterError:
            continue


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("metrics.accuracy > 'high'", "metrics.accuracy holds numbers; 'high' is text"),
        ("metrics.accuracy = 'high'", "metrics.accuracy holds numbers; 'high' is text"),
        ("not params.C <= 'x'", "params.C holds numbers; 'x' is text"),
    ],
)
def test_text_beside_what_is_a_number_in_every_run_is_an_error(table_of, text, message):
    table = table_of({"metrics": {"accuracy": 1}, "params": {"C": 0.5}}, {"metrics": {"accuracy": 0.5}})
    with pytest.raises(FilterError, match=re.escape(message)):
        rows(table, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("metrics.accuracy > '0.7'", [0]),
        ("metrics.accuracy != 'high'", [0, 1]),
        ("params.C = 'x'", []),
        ("params.mixed > 'a'", [1]),
        ("params.flag = 'true'", [0]),
    ],
)
def test_text_that_may_match_is_compared(table_of, text, expected):
    table = table_of(
        {"metrics": {"accuracy": 1}, "params": {"C": 0.5, "mixed": 1, "flag": True}},
        {"metrics": {"accuracy": 0.5}, "params": {"mixed": "b"}},
    )
    assert rows(table, text) == expected
