import re
from pathlib import Path
from textwrap import dedent
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrack.errors import FilterError
from nbtrack.query.parse import MAX_DEPTH, MAX_LENGTH, parse, parse_order
from nbtrack.query.syntax import (
    ATTRIBUTES,
    RUN,
    SPACES,
    AllOf,
    Among,
    AnyOf,
    Comparison,
    Filter,
    Missing,
    Name,
    Negated,
    OrderBy,
    Resembles,
    Value,
)

LR, ACC = Name("params", "lr"), Name("metrics", "accuracy")


def test_a_filter_says_which_runs_in_which_order_and_how_many():
    assert parse("params.lr < 0.01 and metrics.accuracy > 0.9 order by metrics.f1 desc, name limit 20") == Filter(
        AllOf((Comparison(LR, "<", Value(0.01)), Comparison(ACC, ">", Value(0.9)))),
        (OrderBy(Name("metrics", "f1"), descending=True), OrderBy(Name(RUN, "name"))),
        20,
    )


def test_or_binds_weaker_than_and_which_binds_weaker_than_not():
    assert parse("not params.lr = 1 and id is null or name = 'x'").where == AnyOf(
        (
            AllOf((Negated(Comparison(LR, "=", Value(1))), Missing(Name(RUN, "id")))),
            Comparison(Name(RUN, "name"), "=", Value("x")),
        )
    )


def test_parentheses_group():
    lr, acc = Comparison(LR, "=", Value(1)), Comparison(ACC, "=", Value(2))
    assert parse("params.lr = 1 and (params.lr = 1 or metrics.accuracy = 2)").where == AllOf((lr, AnyOf((lr, acc))))


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ("params.lr in (1, '2', true)", Among(LR, (Value(1), Value("2"), Value(value=True)))),
        ("params.lr NOT IN(1)", Among(LR, (Value(1),), negated=True)),
        ("params.lr like 'a%'", Resembles(LR, "like", "a%")),
        ("params.lr not ILIKE 'a_'", Resembles(LR, "ilike", "a_", negated=True)),
        ("params.lr contains '100%'", Resembles(LR, "contains", "100%")),
        ("params.lr is null", Missing(LR)),
        ("params.lr IS NOT NULL", Missing(LR, negated=True)),
        ("params.lr == -1.5e-3", Comparison(LR, "=", Value(-0.0015))),
        ("params.lr<>.5", Comparison(LR, "!=", Value(0.5))),
        ("params.lr>=+3", Comparison(LR, ">=", Value(3))),
        ("params.lr = FALSE", Comparison(LR, "=", Value(value=False))),
        ("params.lr = 'it''s'", Comparison(LR, "=", Value("it's"))),
        ('params.lr = "say ""hi"""', Comparison(LR, "=", Value('say "hi"'))),
    ],
)
def test_each_kind_of_test_is_read(text, test):
    assert parse(text).where == test


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("param.lr", LR),
        ("parameters.lr", LR),
        ("metric.accuracy", ACC),
        ('params."my lr"', Name("params", "my lr")),
        ("params.`my lr`", Name("params", "my lr")),
        ("params.`a``b`", Name("params", "a`b")),
        ("params.model.lr", Name("params", "model.lr")),
        ('params.model."lr.x"', Name("params", "model.lr.x")),
        ("metrics.val/f1@0.5", Name("metrics", "val/f1@0.5")),
        ("metrics.größe", Name("metrics", "größe")),
        ("tags.order", Name("tags", "order")),
        ("tags.mlflow.source.type", Name("tags", "mlflow.source.type")),
        ("status", Name(RUN, "status")),
        ("attributes.run_name", Name(RUN, "name")),
        ("attribute.`Run name`", Name(RUN, "name")),
        ("attr.start_time", Name(RUN, "started")),
        ("run_id", Name(RUN, "id")),
        ("notes_of_mine", Name(RUN, "notes_of_mine")),
        ("organisation.x", Name(RUN, "organisation.x")),
    ],
)
def test_each_spelling_of_a_name_is_read(text, name):
    assert parse(f"{text} is null").where == Missing(name)


MLFLOW = [
    "metrics.rmse < 1 and params.model = 'tree'",
    "metrics.m1 > 10 AND metrics.m1 < 20",
    'params."random_state" = "8888"',
    "params.`learning rate` LIKE '0.0%'",
    "tags.`mlflow.source.name` ILIKE '%TRAIN%'",
    'tags."mlflow.parentRunId" = "ab12"',
    "attributes.status = 'FINISHED'",
    "attribute.start_time >= 1664067852747",
    "attributes.run_name = 'my-run'",
    "attributes.run_id IN ('a450a81', 'ab12')",
    "run_id NOT IN ('a450a81')",
    "status != 'RUNNING' and end_time <= 1664067852747",
    "params.x IS NULL and tags.y IS NOT NULL",
    "metric.`a b` != -1.5E+3",
    "parameters.model = \"LinearRegression\" and metrics.mse <= 0.5 and tag.model_type = 'prod'",
]


@pytest.mark.parametrize("text", MLFLOW)
def test_mlflow_filter_strings_are_a_subset(text):
    assert parse(str(parse(text))) == parse(text)


def test_an_empty_filter_asks_for_every_run():
    assert parse("  ") == Filter()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "metrics.f1 lik 'a'",
            """\
            expected `not`, `in`, `like`, `is null` or a comparison (`=`, `!=`, `<`, `<=`, `>`, `>=`) at `lik`; did you mean `like`?
              metrics.f1 lik 'a'
                         ^""",
        ),
        (
            "tags.team = nlp",
            """\
            expected a number or a text in quotes at `nlp`; text needs quotes: 'nlp'
              tags.team = nlp
                          ^""",
        ),
        (
            "metrics.f1 > 0.5 and",
            """\
            expected `not`, `(` or a name such as `metrics.accuracy` at the end
              metrics.f1 > 0.5 and
                                  ^""",
        ),
        (
            "name = '東京' ordr by name",
            """\
            expected `or`, `and`, `order by`, `limit` or the end at `ordr`; did you mean `order`?
              name = '東京' ordr by name
                            ^""",
        ),
        (
            "name = 'abc",
            """\
            the text that starts here has no closing '
              name = 'abc
                     ^""",
        ),
        (
            "limit 2.5",
            """\
            limit needs a whole number of runs, not 2.5
              limit 2.5
                    ^""",
        ),
        (
            "name =\n\x1b[2J",
            """\
            expected a number or a text in quotes at `·`
              ·[2J
              ^""",
        ),
    ],
)
def test_an_error_says_what_was_expected_and_points_at_the_place(text, message):
    with pytest.raises(FilterError) as error:
        parse(text)
    assert str(error.value) == dedent(message)


def test_the_error_of_a_long_filter_shows_only_the_place():
    with pytest.raises(FilterError) as error:
        parse("params.lr = 1 and " * 100 + "?" + " or params.lr = 1" * 100)
    _, excerpt, caret = str(error.value).splitlines()
    assert excerpt[caret.index("^")] == "?"
    assert len(excerpt) < 110


def test_a_filter_over_the_length_limit_is_refused():
    assert parse("name = '" + "x" * (MAX_LENGTH - 9) + "'").where is not None
    with pytest.raises(FilterError, match="at most 10,000 characters; this one has 10,001"):
        parse("x" * (MAX_LENGTH + 1))


def test_nesting_over_the_limit_is_refused_and_parentheses_alone_are_not_nesting():
    assert parse("(" * 4000 + "name = 'x'" + ")" * 4000) == parse("name = 'x'")
    assert parse("not " * MAX_DEPTH + "id is null")
    for deep in ("not " * 2400 + "id is null", "(id is null and (id is null or " * 150 + "id is null" + "))" * 150):
        with pytest.raises(FilterError, match="nests at most 50 levels deep"):
            parse(deep)


def test_an_order_may_be_written_with_a_minus():
    assert (
        parse_order("-metrics.f1")
        == parse_order("metrics.f1 desc")
        == (OrderBy(Name("metrics", "f1"), descending=True),)
    )
    assert parse_order("-params.`a, b`, name") == (
        OrderBy(Name("params", "a, b"), descending=True),
        OrderBy(Name(RUN, "name")),
    )


keys = st.text(min_size=1, max_size=8)
names = st.one_of(
    st.builds(Name, st.sampled_from(sorted(set(SPACES.values()) - {RUN})), keys),
    st.builds(Name, st.just(RUN), st.sampled_from(ATTRIBUTES)),
)
scalars = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8))
values = st.builds(Value, scalars)
leaves = st.one_of(
    st.builds(Comparison, names, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), values),
    st.builds(Among, names, st.lists(values, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.builds(Resembles, names, st.sampled_from(["like", "ilike", "contains"]), st.text(max_size=8), st.booleans()),
    st.builds(Missing, names, st.booleans()),
)


def joined(tests):
    parts = st.lists(tests, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(AllOf, parts), st.builds(AnyOf, parts), st.builds(Negated, tests))


filters = st.builds(
    Filter,
    st.none() | st.recursive(leaves, joined, max_leaves=6),
    st.lists(st.builds(OrderBy, names, st.booleans()), max_size=2).map(tuple),
    st.none() | st.integers(0, 10**9),
)


@given(filters)
def test_a_tree_written_as_text_parses_to_the_same_tree(tree):
    assert parse(str(tree)) == tree


words = st.sampled_from(
    "and or not in like is null order by desc limit ( ) , = < != 'a' 'b \" ` . params.x metrics.`y` 1 -2e5 true é \x00 __class__".split(
        " "
    )
)


@settings(max_examples=300)
@given(st.text(max_size=60) | st.lists(words, max_size=25).map(" ".join))
def test_any_text_either_parses_or_is_a_filter_error(text):
    try:
        parse(text)
    except FilterError as error:
        assert len(str(error).splitlines()) == 3


@pytest.mark.parametrize("piece", ["(", "not ", "'", '"', "`", "a.", "1", "a=1 and ", "a=1 or(", "%", "params.`"])
def test_hostile_repetition_is_answered_quickly(piece):
    text = (piece * MAX_LENGTH)[: MAX_LENGTH - 1]
    parse("name = 'the grammar is built'")
    start = process_time()
    with pytest.raises(FilterError):
        parse(text)
    assert process_time() - start < 1


def test_every_filter_in_the_documentation_parses():
    page = (Path(__file__).parents[2] / "docs" / "filter-language.md").read_text("utf-8")
    examples = [line for block in re.findall(r"```filter\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    assert len(examples) == 9
    for text in examples:
        assert parse(str(parse(text))) == parse(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("params.depth = None", "`is null`"),
        ("params.depth == null", "`is null`"),
        ("params.depth != None", "`is not null`"),
        ("params.a = 1 && params.b = 2", "`and`"),
        ("params.a = 1 & params.b = 2", "`and`"),
        ("params.a = 1 || params.b = 2", "`or`"),
        ("! params.a = 1", "`not`"),
    ],
)
def test_what_other_languages_write_suggests_what_is_meant(text, meant):
    with pytest.raises(FilterError, match=re.escape(f"; did you mean {meant}?")):
        parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a b", "expected `limit`, `,` or the end at `b`\n  a b\n    ^"),
        ("name, -", "expected a name to order by, such as `-metrics.accuracy`\n  name, -\n         ^"),
        ("", "expected a name to order by, such as `-metrics.accuracy`\n  \n  ^"),
    ],
)
def test_an_order_that_does_not_parse_is_shown_as_it_was_written(text, message):
    with pytest.raises(FilterError) as error:
        parse_order(text)
    assert without_listing(str(error.value)) == without_listing(message)


def without_listing(message):
    """What may stand somewhere is listed in no fixed order."""
    head, _, rest = message.partition(" at ")
    return sorted(head.replace(",", " ").split()), rest
