"""The %%track line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.capture.asked.line import TrackLine, blank, body_of, completions, find_line, parse_line
from nbtrack.errors import UsageError


def test_everything_a_line_may_ask_for() -> None:
    asked = parse_line(
        "rf-baseline lr=0.1 layers='[64, 32]' opt=adam -e forests -t team=nlp --tag v=3 "
        "--params a,b --metrics x --no-auto --seed 7 --note 'two words'"
    )
    assert asked == TrackLine(
        text=asked.text,
        name="rf-baseline",
        arguments={"lr": 0.1, "layers": [64, 32], "opt": "adam"},
        experiment="forests",
        tags={"team": "nlp", "v": 3},
        params=frozenset({"a", "b"}),
        metrics=frozenset({"x"}),
        auto=False,
        seed=7,
        note="two words",
    )


def test_an_empty_line_asks_for_nothing_special() -> None:
    assert parse_line("") == TrackLine()


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("--sead 3", "unknown option --sead"),
        ("-x", "unknown option -x"),
        ("lr=", "lr= has no value"),
        ("=3", "'=3' needs a variable's name"),
        ("2lr=3", "'2lr=3' needs a variable's name"),
        ("--seed abc", "--seed needs a whole number"),
        ("--seed -1", "--seed needs a whole number"),
        ("--seed 99999999999", "--seed needs a whole number"),
        ("-t team", "-t needs tag=value, not 'team'"),
        ("-t", "-t needs a value"),
        ("-e", "-e needs a value"),
        ("one two", "'two' is a second name"),
        ("one two three lr=1 four", 'a name with spaces needs quotes: "one two three"'),
        ("lr=1 lr=2", "lr is given twice"),
        ("--note 'open", "no closing quotation"),
    ],
)
def test_a_malformed_line_is_one_line_that_says_what_is_wrong(line: str, complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_line(line)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("line", ["--sead 3", "lr=", "-t team", "--seed x"])
def test_the_complaint_names_the_valid_options(line: str) -> None:
    with pytest.raises(UsageError, match="seed"):
        parse_line(line)


@given(st.text())
def test_any_text_is_understood_or_refused_with_a_usage_error(text: str) -> None:
    try:
        parse_line(text)
    except UsageError as refusal:
        assert str(refusal).startswith("%%track")


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("%%track\nx = 1", ""),
        ("%%track lr=1 \nx = 1", "lr=1"),
        ("\n\n  %%track a\nx", "a"),
        ("%%time\n%%track a\nx", "a"),
        ("%%capture out\n%%time\n%%track\nx", ""),
        ("# a title\n\n%%track a\nx", "a"),
        ("%%bash\n%%track a", None),
        ("x = 1\n%%track", None),
        ("%%tracker\nx", None),
        ("%%track?", None),
        ("", None),
    ],
)
def test_the_line_is_found_where_it_counts(cell: str, line: str | None) -> None:
    assert find_line(cell) == line


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["%%track a=1\n", "x = 1\n"], ["\n", "x = 1\n"]),
        (["%%track\n"], ["\n"]),
        (["%%track\n", "%%time\n", "x\n"], ["%%time\n", "x\n"]),
        (["%%track\n", "\n", "%%bash\n", "ls\n"], ["%%bash\n", "ls\n"]),
        (["%%track --bogus\n", "x\n"], ["%%track --bogus\n", "x\n"]),
        (["%%track?\n"], ["%%track?\n"]),
        (["# title\n", "%%track\n", "x\n"], ["# title\n", "\n", "x\n"]),
        (["# title\n", "%%track\n", "%%time\n", "x\n"], ["%%time\n", "x\n"]),
        (["x = 1\n", "%%track\n"], ["x = 1\n", "%%track\n"]),
        (["x = 1\n"], ["x = 1\n"]),
        ([], []),
    ],
)
def test_blanking_keeps_every_line_where_it_is(lines: list[str], expected: list[str]) -> None:
    assert blank(lines) == expected
    assert blank(blank(lines)) == expected


def test_a_cell_is_the_same_however_it_is_tracked() -> None:
    assert body_of("%%track lr=1 -t a=b\nx = 1\n") == body_of("x = 1") == "x = 1"


def test_options_complete() -> None:
    assert completions("%%track", "--") == [
        "--experiment",
        "--tag",
        "--params",
        "--metrics",
        "--no-auto",
        "--seed",
        "--note",
        "--no-system",
    ]
    assert completions("%%track", "--me") == ["--metrics"]
    assert completions("%track", "o") == ["on", "off"]
