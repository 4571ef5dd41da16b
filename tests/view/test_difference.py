from collections.abc import Callable
from textwrap import dedent

from nbtrack.model.run import Run
from nbtrack.query.compare import diff
from nbtrack.view.difference import difference


def _cell(source: str) -> dict[str, object]:
    return {"source": source, "id": None, "count": 1, "hash": "", "line": "", "overrides": {}}


def test_a_difference_names_what_moved_and_what_did_not(make_run: Callable[..., Run]) -> None:
    a = make_run(1, name="a", params={"lr": 0.1}, metrics={"accuracy": 0.9}, cell=_cell("fit(lr=0.1)\nscore()"))
    b = make_run(2, name="b", params={"lr": 0.2}, metrics={"accuracy": 0.8}, cell=_cell("fit(lr=0.2)\nscore()"))
    bundle = difference(diff(a, b))
    assert bundle.text == dedent(f"""\
        A  a  {a.short}  finished
        B  b  {b.short}  finished

        params    A    B
        lr      0.1  0.2  +0.1

        metrics     A    B
        accuracy  0.9  0.8  −0.1 worse

        source
        - fit(lr=0.1)
        + fit(lr=0.2)

        the same: tags, data, code, environment""")  # noqa: RUF001 - a minus sign
    assert "<script" not in bundle.html
