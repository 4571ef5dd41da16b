import json
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

        b has accuracy 0.8, 0.1 lower than a (worse). What differs: lr, the cell's source.

        metrics     A    B
        accuracy  0.9  0.8  −0.1 worse

        params    A    B
        lr      0.1  0.2  +0.1

        source
        - fit(lr=0.1)
        + fit(lr=0.2)
          score()

        not recorded: data, upstream cells, seeds, environment, commit, hardware, tags""")  # noqa: RUF001 - a minus sign
    assert "<script" not in bundle.html


def test_what_neither_run_recorded_is_not_called_the_same(make_run: Callable[..., Run]) -> None:
    same = {"tags": {"team": "nlp"}, "code": {"commit": "abc"}}
    bundle = difference(diff(make_run(1, params={"lr": 1}, **same), make_run(2, params={"lr": 2}, **same)))
    unknown = "metrics, source, data, upstream cells, seeds, environment, hardware"
    last = ["the same: commit, tags", f"not recorded: {unknown}"]
    assert bundle.text.split("\n\n")[-2:] == last
    assert "<p>The same: commit, tags</p>" in bundle.html
    assert f"<p>Not recorded: {unknown}</p>" in bundle.html


def test_the_commit_is_not_called_code_and_many_packages_are_counted(make_run: Callable[..., Run]) -> None:
    a, b = (
        make_run(number, code={"commit": sha * 40}, environment={"sha256": sha * 64})
        for number, sha in ((1, "a"), (2, "b"))
    )
    packages = {"a" * 64: {}, "b" * 64: {f"p{number:02}": "1.0" for number in range(25)}}
    bundle = difference(diff(a, b, lambda sha256: json.dumps({"packages": packages[sha256]}).encode()))
    environment, commit = bundle.text.split("\n\n")[2:4]
    assert commit.split()[0] == "commit"
    assert environment.splitlines()[-2:] == ["packages.p19  –  1.0", "5 packages more"]  # noqa: RUF001 - an en dash
    assert "<p>5 packages more</p>" in bundle.html
    assert '<th scope="col">commit</th>' in bundle.html


def test_long_numbers_are_short_where_that_tells_them_apart_and_exact_in_their_title(
    make_run: Callable[..., Run],
) -> None:
    a, b = make_run(1, params={"lr": 0.1 / 3, "tol": 0.123456781}), make_run(2, params={"lr": 0.2, "tol": 0.123456782})
    html = difference(diff(a, b)).html
    assert '<td title="0.03333333333333333">0.033333</td>' in html
    assert '<td title="0.123456781">0.123456781</td>' in html
