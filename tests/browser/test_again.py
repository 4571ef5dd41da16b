"""What is shown of running a run again, in a browser: the plan, the verdict, and verdicts beside runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import nbtrack
from nbtrack.hosts.reproduce_text import headline, plan_sections
from nbtrack.hosts.reproducing import Verdict
from nbtrack.query.program import Program, Step
from nbtrack.reproduce.inputs import Input
from nbtrack.reproduce.plan import Command, Options, Packages, Plan
from nbtrack.view.card import run_card
from nbtrack.view.listing import listing
from nbtrack.view.reproduction import going_on, planned
from nbtrack.view.wording import verdict_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nbtrack.model.reproduction import Level, ReproductionDocument
    from nbtrack.model.run import Run

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror='window.__pwned=1'>\u202e</pre></details>"
_LEVELS: tuple[Level, ...] = (
    "identical",
    "within tolerance",
    "statistically consistent",
    "different",
    "failed",
    "cannot run",
)


def a_run() -> Run:
    store = nbtrack.MemoryStore()
    with nbtrack.start_run(f"forest {EVIL}", store=store) as opened:
        opened.log(r2=0.5)
    return nbtrack.run(opened.id, store=store)


def a_plan(run: Run) -> Plan:
    steps = (
        Step(1, None, 1, f"import {EVIL}\nx = 1\n{EVIL}"),
        Step(2, None, 12, "%%track\nmodel = fit(table)\nmodel.score()", outcome="error", duration=90),
    )
    return Plan(
        run,
        Options(),
        Program(run, steps, (f"doubt {EVIL}",)),
        (Command("In [1]", f"rm {EVIL}"),),
        (f"https://example.org/{EVIL}",),
        (Input(f"data/{EVIL}.csv", sha256="0123456789", size=2_500_000),),
        Packages("3.11.7", 42, (), (EVIL,), ()),
        (EVIL,),
    )


def a_verdict(run: Run, level: Level) -> Verdict:
    document: ReproductionDocument = {
        "level": level,
        "at": 0,
        "duration": 12.5,
        "text": f"{level}: {EVIL}",
        "metrics": {
            "r2": {"was": 0.5, "now": [0.25, 0.26, 0.27, 0.3], "change": -0.5, "interval": [0.2, 0.3], "level": level},
            EVIL: {"was": 1.0, "now": EVIL, "change": None, "tolerance": 0.005, "level": "different"},
        },
        "outputs": {"out.csv": "same", f"{EVIL}.png": "different"},
        "causes": [{"kind": "package", "name": "numpy", "text": f"numpy was 1, is 2 {EVIL}"}] * 2,
        "restored": [{"kind": "code", "name": "commit", "origin": "commit", "text": EVIL}],
    }
    return Verdict(run, document, traceback=f"Traceback\n{EVIL}")


def a_page(folder: Path, *parts: str) -> str:
    path = folder / "again.html"
    head = "<title>again</title><meta charset='utf-8'><style>:root{color-scheme:light dark}body{background:Canvas;color:CanvasText}</style>"
    body = "".join(f"<section>{part}</section>" for part in parts)
    path.write_text(
        f"<!doctype html><html lang='en'><head>{head}</head><body><main><h1>again</h1>{body}</main></body></html>",
        encoding="utf-8",
    )
    return path.as_uri()


@pytest.fixture
def page(tmp_path: Path) -> str:
    """The address of a page with the plan, the progress and a verdict of every level, full of hostile names."""
    run = a_run()
    plan = a_plan(run)
    shown = planned(headline(plan), plan_sections(plan)).html
    verdicts = [a_verdict(run, level)._repr_html_() for level in _LEVELS]
    return a_page(tmp_path, shown, going_on(f"cell 1 of 2 {EVIL}", [EVIL]).html, *verdicts)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_plan_and_the_verdicts(scheme: str, page: str, open_page: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    watched = open_page(page, color_scheme=scheme)
    watched.page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    violations = axe.run(watched.page).response["violations"]
    assert [(each["id"], node["html"][:200]) for each in violations for node in each["nodes"]] == []


def test_hostile_names_do_nothing_in_the_plan_and_the_verdicts(page: str, open_page: Any) -> None:
    watched = open_page(page)
    assert watched.page.evaluate("[window.__pwned, document.images.length]") == [None, 0]
    assert "\u202e" not in watched.page.content()
    assert watched.quiet


def test_every_level_is_told_by_a_sign_and_a_word_not_by_its_colour_alone(page: str, open_page: Any) -> None:
    told = open_page(page).page.locator(".nbt-level").all_inner_texts()
    assert [text.strip()[2:] for text in told] == list(_LEVELS)
    assert len({text.strip()[0] for text in told}) == len(_LEVELS)


def test_cells_of_a_plan_unfold_to_their_sources_by_keyboard(page: str, open_page: Any) -> None:
    shown = open_page(page).page
    source = shown.get_by_role("region", name="Source of In [12]")
    assert not source.is_visible()
    shown.locator("summary", has_text="In [12]").press("Enter")
    assert source.inner_text().splitlines()[:2] == ["%%track", "model = fit(table)"]


def test_nothing_is_wider_than_a_narrow_notebook(page: str, open_page: Any) -> None:
    shown = open_page(page, viewport={"width": 320, "height": 600}).page
    assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")
    title, lines = (shown.locator(f".nbt-again dl > {part}").first.bounding_box() for part in ("dt", "dd"))
    assert lines["y"] > title["y"] + 5  # a heading stands above its lines


@pytest.fixture
def reproduced(make_run: Callable[..., Run]) -> list[Run]:
    """Runs with a verdict of every level, and one that nobody has reproduced."""
    found = [
        make_run(
            n, verdict=level, reproductions=[{"level": level, "text": EVIL, "at": 0, "metrics": {}, "duration": 1}]
        )
        for n, level in enumerate(_LEVELS)
    ]
    return [*found, make_run(len(_LEVELS))]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_cards_and_lists_show_verdicts_without_barriers(
    scheme: str, reproduced: list[Run], open_page: Any, tmp_path: Path
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    cards = [run_card(run).html for run in reproduced]
    watched = open_page(a_page(tmp_path, *cards, listing(reproduced).html), color_scheme=scheme)
    for level in _LEVELS:
        assert watched.page.get_by_text(level).count() >= 2, level  # on the card, and in the list
    violations = axe.run(watched.page).response["violations"]
    assert [(each["id"], node["html"][:200]) for each in violations for node in each["nodes"]] == []
    assert watched.page.evaluate("[window.__pwned, document.images.length]") == [None, 0]


def test_the_comparison_has_a_column_of_verdicts_that_filters_know(
    reproduced: list[Run], open_comparison: Callable[..., Any]
) -> None:
    watched = open_comparison(reproduced)
    page = watched.page
    table = page.get_by_role("grid")
    assert table.get_by_role("columnheader", name="verdict").count() == 1
    for level in _LEVELS:
        assert table.get_by_text(verdict_text(level), exact=True).count() == 1, level
    page.get_by_role("combobox", name="Filter runs by words and comparisons").fill(
        "verdict in ('identical', 'within tolerance')"
    )
    table.get_by_text("≠ different").wait_for(state="detached")
    assert [table.get_by_text(verdict_text(level)).count() for level in _LEVELS] == [1, 1, 0, 0, 0, 0]
    assert watched.quiet
