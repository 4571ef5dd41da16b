"""Sentences with links where they speak of runs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nbtrack.model.run import Run
from nbtrack.report.mentions import said
from nbtrack.report.parts import RunPage, Sentence


def _pages(study: Callable[..., list[Run]], rich: dict[str, Any]) -> dict[str, RunPage]:
    return {run.id: replace(rich["run_page"](run, at), anchor=f"a{at}") for at, run in enumerate(study(8))}


def test_what_a_sentence_calls_its_runs_leads_to_their_pages(
    study: Callable[..., list[Run]], rich: dict[str, Any]
) -> None:
    pages = _pages(study, rich)
    first, second = (page.run for page in list(pages.values())[:2])
    text = f"{first.name} ({first.short}) is above {second.short}, as nbtrack show {second.short}x says."
    (found,) = said([Sentence(text, "won", (first.id, second.id))], pages)
    assert found.pieces == (
        (f"{first.name} ({first.short})", "a0"), (" is above ", ""), (second.short, "a1"), (f", as nbtrack show {second.short}x says.", ""),
    )  # fmt: skip
    assert found.beside == ()


def test_runs_that_no_sentence_names_are_named_beside_it_unless_they_are_many(
    study: Callable[..., list[Run]], rich: dict[str, Any]
) -> None:
    pages = _pages(study, rich)
    ids = tuple(pages)
    few, many, strange = said(
        [Sentence("Two failed.", "tried", ids[:2]), Sentence("All.", "tried", ids), Sentence("Gone.", "tried", ("x",))],
        pages,
    )
    assert [page.run.id for page in few.beside] == list(ids[:2])
    assert (many.beside, strange.beside, strange.pieces) == ((), (), (("Gone.", ""),))


def test_signs_in_a_name_are_no_pattern(study: Callable[..., list[Run]], rich: dict[str, Any]) -> None:
    pages = _pages(study, rich)
    one = next(iter(pages.values()))
    odd = replace(one, run=replace(one.run, name="a(b|.*"))
    (found,) = said([Sentence(f"a(b|.* ({odd.run.short}) won", "won", (odd.run.id,))], {odd.run.id: odd})
    assert found.pieces == ((f"a(b|.* ({odd.run.short})", "a0"), (" won", ""))


def test_what_several_sentences_are_about_is_told_once_and_numbers_stay_with_their_unit():
    told = [Sentence(f"On wine: {text}", "won", (), "On wine: ") for text in ("The mean is 3 % up.", "It won.")]
    first, second = said(told, {})
    assert (first.about, first.pieces) == ("On wine", (("The mean is 3\N{NO-BREAK SPACE}% up.", ""),))
    assert (second.about, second.pieces) == ("", (("It won.", ""),))
