"""Outputs of several versions of nbtrack stand in one notebook: a style sheet applies to those it came with alone."""

import re
from collections.abc import Callable

import pytest

from nbtrack.model.run import Run
from nbtrack.view.card import run_card
from nbtrack.view.comparison import comparison_html
from nbtrack.view.escape import edition, styled
from nbtrack.view.listing import listing

_SHEETS = [
    "static.css",
    "compare.css",
    "card.css",
    "listing.css",
    "answers.css",
    "reproduction.css",
    "lineage_graph.css",
]
_RULES = re.compile(r"([^{}]*)(\{)|(\})")


def _outermost(css: str) -> list[str]:
    """Return the selectors of rules that stand in no other rule; what stands in an ``@`` rule counts as outermost."""
    found: list[str] = []
    inside: list[bool] = []
    for match in _RULES.finditer(css):
        if match[3]:
            inside.pop()
            continue
        rule = match[1].rpartition(";")[2].strip()
        if not any(inside) and not rule.startswith("@"):
            found.append(rule)
        inside.append(not rule.startswith("@"))
    return found


@pytest.mark.parametrize("file", _SHEETS)
def test_every_rule_names_the_edition_it_is_for(file: str) -> None:
    rules = _outermost(str(styled(file, "nbt-v1")))
    assert rules
    for rule in rules:
        if re.fullmatch(r"[\d.]+%|from|to", rule):  # of an animation
            continue
        assert all(".nbt-v1" in each for each in re.split(r",(?![^(]*\))", rule)), rule


def test_another_style_is_another_edition() -> None:
    assert edition("card.css") != edition("listing.css")
    assert edition("card.css") == edition("card.css")


def test_the_outermost_element_of_an_output_is_of_its_edition(make_run: Callable[..., Run]) -> None:
    run = make_run()
    for output, sheets in (
        (run_card(run), ("card.css",)),
        (listing([run]), ("listing.css",)),
        (comparison_html([run, run]), ("static.css", "compare.css")),
    ):
        assert f'class="nbt {edition(*sheets)} nbt-' in output.html
