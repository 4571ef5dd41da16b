"""Two to four runs side by side, in a real browser: what is said, by mouse and keyboard, and what hostile records cannot do."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from nbtrack.errors import ObjectMissing
from nbtrack.model.run import Run

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
Make = Callable[..., Run]

_LONG = [f"step_{number} = {number}" for number in range(60)]


class Shelf:
    """Objects by their names."""

    def __init__(self, **objects: str) -> None:
        self.objects = objects

    def read(self, name: str) -> bytes:
        if name not in self.objects:
            raise ObjectMissing(name)
        return self.objects[name].encode()

    def paths(self, name: str) -> tuple[str, ...]:
        raise ObjectMissing(name)

    def save(self, name: str, to: object, *, folder: bool) -> None:
        raise ObjectMissing(name)


_SHELF = Shelf(
    load="df = read('a.csv')",
    load2="df = read('a.csv').dropna()",
    split="X, y = split(df)",
    patch="diff --git a/f.py b/f.py\n@@ -1 +1 @@\n-a\n+b",
    env1=json.dumps({"packages": {"numpy": "2.3", "same": "1"}}),
    env2=json.dumps({"packages": {"numpy": "2.4", "same": "1", "fresh": "0.1"}}),
)


def _slice(*names: str) -> dict[str, Any]:
    executions = [{"n": number, "source": name} for number, name in enumerate([*names, "own"])]
    return {"executions": executions, "verdicts": [{"kind": "clean"}]}


def _cell(source: str) -> dict[str, Any]:
    return {"source": source, "id": None, "count": 1, "hash": "", "line": ""}


def _run(make_run: Make, number: int, name: str, f1: float, **members: Any) -> Run:
    plain = {
        "params": {"lr": 0.1, "depth": 3, "seed": 1},
        "cell": _cell("\n".join(_LONG)),
        "data": [{"kind": "file", "path": "a.csv", "mode": "read", "sha256": "1" * 64, "size": 10}],
        "slice": _slice("load", "split"),
        "environment": {"python": "3.13", "sha256": "env1", "digest": "d1", "rng": {"numpy": "seeded 1"}},
        "code": {"commit": "a" * 40, "dirty": False},
        "hardware": {"cpu": "EPYC"},
    }
    return replace(make_run(number, name=name, metrics={"f1": f1}, **{**plain, **members}), _kept=_SHELF)


@pytest.fixture
def old(make_run: Make) -> Run:
    return _run(make_run, 1, "old", 0.88)


@pytest.fixture
def new(make_run: Make) -> Run:
    """A run that differs from the old one in everything."""
    return _run(
        make_run,
        2,
        "new",
        0.91,
        params={"lr": 0.01, "depth": 4, "seed": 1},
        cell=_cell("\n".join([*_LONG[:30], 'name = f"step {30}"  # changed', *_LONG[31:]])),
        data=[{"kind": "file", "path": "a.csv", "mode": "read", "sha256": "2" * 64, "size": 10}],
        slice=_slice("load2", "split"),
        environment={"python": "3.14", "sha256": "env2", "digest": "d2", "rng": {"numpy": "unseeded"}},
        code={"commit": "b" * 40, "dirty": True, "patch": "patch"},
        hardware={"cpu": "Xeon"},
    )


def _diffed(opened: Any) -> Any:
    opened.page.get_by_role("tab", name="Diff").click()
    return opened.page


def test_runs_that_differ_in_everything_are_told_with_likely_causes_first(
    old: Run, new: Run, open_comparison: Open
) -> None:
    watched = open_comparison([old, new])
    page = _diffed(watched)
    assert page.locator(".nbt-sentence").inner_text() == (
        "new has f1 0.91, 0.03 higher than old (better). What differs: lr, depth, the cell's source, the data, "
        "the cells before it, the seeds, Python, 2 packages, the commit, the hardware."
    )
    labels = page.locator(".nbt-compared section").evaluate_all("found => found.map(each => each.ariaLabel)")
    assert labels == [
        *("Metrics", "Params", "Cell source", "Data", "Upstream cells", "Seeds", "Environment", "Code", "Hardware"),
    ]
    assert page.locator('section[aria-label="Params"] tbody tr').all_inner_texts()[:1] == ["lr\t0.1\t0.01\t▼ −0.09"]  # noqa: RUF001 - a minus sign
    assert page.locator('section[aria-label="Upstream cells"] mark').all_inner_texts() == [".dropna()"]
    assert "Uncommitted changes of B, none in A" in page.locator('section[aria-label="Code"]').inner_text()
    assert watched.quiet


def test_runs_that_are_the_same_say_so_of_every_dimension(old: Run, open_comparison: Open, make_run: Make) -> None:
    page = _diffed(open_comparison([old, _run(make_run, 2, "again", 0.88)]))
    assert page.locator(".nbt-compared section").count() == 0
    said = page.locator(".nbt-alike summary").all_inner_texts()
    titles = ("Metrics", "Params", "Cell source", "Data", "Upstream cells", "Seeds", "Environment", "Code", "Hardware")
    assert [text.partition(" same")[0] for text in said] == list(titles)
    page.locator(".nbt-alike summary", has_text="Cell source").click()
    assert page.locator(".nbt-alike .nbt-code tr").count() == 60


def test_what_nobody_recorded_is_not_called_the_same(open_comparison: Open, make_run: Make) -> None:
    page = _diffed(open_comparison([make_run(1, metrics={"f1": 1}), make_run(2, metrics={"f1": 0})]))
    unknown = "Not recorded: params, source, data, upstream cells, seeds, environment, commit, hardware, tags"
    assert page.locator(".nbt-note").all_inner_texts() == [unknown]


def test_equal_lines_unfold_by_keyboard_and_the_focus_is_not_lost(old: Run, new: Run, open_comparison: Open) -> None:
    page = _diffed(open_comparison([old, new]))
    source = page.locator('section[aria-label="Cell source"]')
    assert source.locator("tbody tr").count() == 2 + 3 + 2 + 3
    source.get_by_role("button", name="show 27 equal lines").focus()
    page.keyboard.press("Enter")
    assert source.locator("tbody tr").count() == 9 + 27
    assert page.evaluate("document.activeElement.getAttribute('role')") == "region"
    assert source.locator(".nbt-w-comment").all_inner_texts() == ["# changed"]


def test_runs_are_picked_swapped_added_and_taken_out(old: Run, new: Run, open_comparison: Open, make_run: Make) -> None:
    third = _run(make_run, 3, "third", 0.9)
    page = _diffed(open_comparison([old, new, third]))
    heads = page.locator('section[aria-label="Metrics"] thead th')
    assert heads.all_inner_texts() == ["Metrics", "A third", "B new", "B − A"]  # noqa: RUF001 - a minus sign
    page.get_by_role("button", name="swap").click()
    assert heads.all_inner_texts()[1:3] == ["A new", "B third"]
    assert page.evaluate("document.activeElement.textContent") == "⇄ swap"
    page.get_by_label("Add a run").select_option(old.id)
    assert heads.all_inner_texts() == ["Metrics", "A new", "B third", "C old"]
    assert page.locator(".nbt-listing .nbt-heading").all_inner_texts()[:2] == [
        "Cell source B against A −1 line, +1 line",  # noqa: RUF001 - a minus sign
        "Cell source C against A −1 line, +1 line",  # noqa: RUF001 - same
    ]
    page.get_by_label("Run C").select_option("")
    assert heads.count() == 4


def test_selected_runs_are_the_ones_that_are_compared(
    old: Run, new: Run, open_comparison: Open, make_run: Make
) -> None:
    page = open_comparison([old, new, *(_run(make_run, n, f"run {n}", 0.5) for n in (3, 4))]).page
    for box in page.locator(".nbt-grid tbody input[type=checkbox]").all()[:3]:
        box.check()
    page.get_by_role("button", name="Diff these three").click()
    assert page.locator(".nbt-compared select").count() == 4
    assert page.locator('section[aria-label="Metrics"] thead th').count() == 4


def test_a_difference_is_copied_as_markdown(old: Run, new: Run, open_comparison: Open) -> None:
    page = _diffed(open_comparison([old, new]))
    page.evaluate("() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }")
    page.get_by_role("button", name="Copy as Markdown").click()
    page.get_by_role("button", name="✓ Copied").wait_for()
    text = page.evaluate("window.copied")
    assert text.splitlines()[0] == f"**A** old `{old.short}` · **B** new `{new.short}`"
    assert "| lr | 0.1 | **0.01** |" in text
    assert '+name = f"step {30}"  # changed' in text


def test_what_was_unfolded_stays_while_other_runs_come_in(old: Run, new: Run, open_comparison: Open) -> None:
    page = _diffed(open_comparison([old, new]))
    page.get_by_role("button", name="show 27 equal lines").click()
    page.set_viewport_size({"width": 1000, "height": 700})
    page.wait_for_timeout(100)
    assert page.locator('section[aria-label="Cell source"] tbody tr').count() == 36


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_can_be_read_and_every_part_has_a_name(make_run: Make, open_comparison: Open, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    source = '@cached\nclass NAME:\n    """The words of NAME."""\n    def f(x): return f"some {x} NAME" if 1 else None  # why NAME'
    words = ("one", "two")
    runs = [_run(make_run, n, word, n, cell=_cell(source.replace("NAME", word))) for n, word in enumerate(words)]
    page = _diffed(open_comparison(runs, color_scheme=scheme))
    assert page.locator("mark span").count() > 3
    found = axe.Axe().run(page, options={"resultTypes": ["violations"]})
    assert [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found.response["violations"]] == []


@pytest.mark.parametrize("width", [320, 700, 2400])
def test_nothing_is_wider_than_the_page(old: Run, new: Run, open_comparison: Open, width: int) -> None:
    page = _diffed(open_comparison([old, new], viewport={"width": width, "height": 900}))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 320:
        cells = (
            page.locator('section[aria-label="Params"] tbody tr')
            .first.locator("td")
            .evaluate_all("found => found.map(each => getComputedStyle(each, '::before').content)")
        )
        assert cells[:2] == ['"A "', '"B "']


def test_hostile_records_stay_text(open_comparison: Open, make_run: Make) -> None:
    evil = "<img src=x onerror=alert(1)>\"'`</script><script>alert(2)</script>${alert(3)}"
    shelf = Shelf(bad=evil, env=json.dumps({"packages": {evil: evil}}), env0=json.dumps({"packages": {}}))
    runs = [
        replace(
            make_run(
                number,
                name=evil,
                params={evil: evil * number},
                metrics={evil: number},
                tags={evil: evil + str(number)},
                cell=_cell(f"{evil}\n{number}"),
                data=[{"path": evil, "sha256": evil + str(number)}],
                slice=_slice(*(["bad"] * number)),
                environment={"sha256": ["env0", "env"][number - 1], "rng": {evil: evil}, evil: evil + str(number)},
                code={"commit": evil, "patch": "bad", evil: number},
                hardware={"cpu": evil + str(number)},
            ),
            _kept=shelf,
        )
        for number in (1, 2)
    ]
    watched = open_comparison(runs)
    page = _diffed(watched)
    assert page.locator(".nbt-compared img, .nbt-compared script").count() == 0
    assert page.locator(".nbt-compared section").count() >= 6
    page.evaluate("() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }")
    page.get_by_role("button", name="Copy as Markdown").click()
    page.get_by_role("button", name="✓ Copied").wait_for()
    tables = [line for line in page.evaluate("window.copied").splitlines() if line.startswith("|")]
    assert all("<img" not in line.replace("\\<", "") for line in tables)
    assert watched.quiet
