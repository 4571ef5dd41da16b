"""Texts of cells and records become Python that says the same, whatever quotes and backslashes stand in them."""

import ast
import random

import pytest

from nbtrack.export.magics import expanded, quoted


@pytest.mark.parametrize("text", ['a\n"""', 'a\n""""', 'a\\\n"', '"""\nimport os\n"""', "\\'\"", "'''\n\\", 'a\n\\"""'])
def test_a_text_is_written_as_it_is(text: str) -> None:
    assert ast.literal_eval(quoted(text)) == text


def test_no_text_ends_its_own_quotes() -> None:
    chance = random.Random(1)
    for _ in range(3000):
        text = "".join(chance.choices("\"'\\\n{} a", k=chance.randrange(9)))
        assert ast.literal_eval(quoted(text)) == text


@pytest.mark.parametrize("command", ["echo ''' {x[\"a\"]}", "echo 'a' {x[\"a\"]}'", 'a "b"\n{y}', 'it\'s {x["a"]}'])
def test_a_command_with_variables_says_what_ipython_ran(command: str) -> None:
    said = eval(expanded(command, {"x", "y"}), {"x": {"a": 1}, "y": 2})
    assert said == command.replace('{x["a"]}', "1").replace("{y}", "2")
