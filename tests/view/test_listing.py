from collections.abc import Callable

from nbtrack.model.run import Run
from nbtrack.view.listing import listing


def test_a_listing_is_the_table_alone_without_script(study: Callable[..., list[Run]]) -> None:
    bundle = listing(study(6))
    assert "<script" not in bundle.html
    assert bundle.html.count("<tr>") == 7
    assert bundle.text.splitlines()[0].startswith("run     id      status    accuracy_score")


def test_no_runs_is_said() -> None:
    assert listing([]).text == "No runs."
