"""The table of runs by mouse and by keyboard: columns, groups, ranges, a baseline, runs out of sight, tags and notes."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from nbtrack.model.run import Run
from nbtrack.view.escape import front_end, own
from nbtrack.view.payload import comparison_payload

pytestmark = pytest.mark.browser

Make = Callable[..., Run]
Study = Callable[..., list[Run]]
Open = Callable[..., Any]


@pytest.fixture
def forests(make_run: Make) -> list[Run]:
    """Six runs of two models and three seeds, with a learning curve and a tag."""
    models = [("svc", 0.91), ("forest", 0.95)]
    return [
        make_run(
            i,
            {"loss": [1 / (step + 1) for step in range(20 + i)]},
            name=f"{model} {i}",
            params={"model": model, "seed": i // 2, "lr": (1 / 30, 0.001)[i % 2]},
            metrics={"accuracy": score + i / 1000, "fit_ms": 10.5 + i},
            tags={"stage": "draft"} if i % 2 else {},
        )
        for i, (model, score) in enumerate(models * 3)
    ]


@pytest.fixture
def mounted(open_page: Open) -> Callable[..., Any]:
    """Show runs in an empty page where ``app`` is at hand, and where edits are written down as a kernel would hear them."""

    def shown(runs: list[Run]) -> Any:
        watched = open_page()
        watched.page.add_style_tag(content=str(own("compare.css")))
        watched.page.add_script_tag(content=str(front_end("compare")))
        watched.page.evaluate(
            """(payload) => {
                document.body.innerHTML = '<div class="nbt nbt-compare"><div class="nbt-app" id="x"></div></div>';
                window.app = nbtrackCompare.mount(document.getElementById("x"), payload);
                window.edits = [];
                app.link = { alive: true, edit: (change) => edits.push(change) };
                app.set({});
            }""",
            comparison_payload(runs),
        )
        return watched

    return shown


def _names(page: Any) -> list[str]:
    return page.locator(".nbt-grid tbody tr:not(.nbt-spacer) .nbt-name").all_inner_texts()


def _heads(page: Any) -> list[str]:
    return page.locator(".nbt-grid thead tr:last-child .nbt-label").all_inner_texts()[1:]


def _head(page: Any, column: str) -> Any:
    return page.locator(f'th[data-column="{column}"] .nbt-sort')


def _choose(page: Any, column: str, item: str) -> None:
    """Open the menu of a column by mouse, and choose from it."""
    page.locator(f'th[data-column="{column}"]').hover()
    page.locator(f'th[data-column="{column}"] .nbt-more').click()
    page.get_by_role("menu").get_by_text(item, exact=True).click()


def _focused(page: Any) -> str:
    return page.evaluate("document.activeElement.closest('th, td')?.textContent ?? document.activeElement.className")


def _cell(page: Any, run: str, column: int) -> Any:
    return page.locator(".nbt-grid tbody tr", has_text=run).locator("td").nth(column)


def test_the_heads_of_long_names_are_told_apart_by_their_ends(make_run: Any, open_comparison: Any) -> None:
    names = [f"classification_report.{kind} avg.recall" for kind in ("macro", "weighted")]
    runs = [make_run(at, metrics=dict.fromkeys(names, 0.5 + at / 10)) for at in range(2)]
    page = open_comparison(runs).page
    for name in names:
        head = page.locator(f'th[data-column="metrics.{name}"]')
        box, end = head.bounding_box(), head.locator(".nbt-label-end").bounding_box()
        assert name.endswith(head.locator(".nbt-label-end").text_content())
        assert end["width"] > 60
        assert end["x"] + end["width"] < box["x"] + box["width"]


def test_a_column_is_pinned_moved_and_hidden_by_its_menu(forests: list[Run], open_comparison: Open) -> None:
    watched = open_comparison(forests)
    page = watched.page
    before = _heads(page)
    _choose(page, "params.lr", "Pin to the left")
    assert _heads(page)[0] == "lr"
    _choose(page, "params.lr", "Unpin")
    assert _heads(page) == before
    _choose(page, "params.lr", "Hide")
    assert "lr" not in _heads(page)
    assert watched.quiet


def test_a_pinned_column_stays_where_it_is_while_the_others_scroll(make_run: Make, open_comparison: Open) -> None:
    runs = [make_run(i, params={f"p{n}": i + n for n in range(30)}, metrics={"f1": i}) for i in range(3)]
    page = open_comparison(runs).page
    _choose(page, "params.p3", "Pin to the left")
    places = []
    for left in (0, 400):
        page.locator(".nbt-scroll").evaluate("(box, left) => { box.scrollLeft = left; }", left)
        places.append([page.locator(f'th[data-column="{c}"]').bounding_box()["x"] for c in ("params.p3", "metrics.f1")])
    assert places[0][0] == places[1][0]
    assert places[0][1] - places[1][1] == 400


def test_columns_are_moved_by_alt_and_arrows_and_the_focus_goes_with_them(
    forests: list[Run], open_comparison: Open
) -> None:
    page = open_comparison(forests).page
    before = _heads(page)
    _head(page, f"metrics.{before[0]}").focus()
    page.keyboard.press("Alt+ArrowRight")
    assert _heads(page)[:2] == [before[1], before[0]]
    assert _focused(page).startswith(before[0])
    assert page.locator(".nbt-sr[role=status]").first.text_content() == f"{before[0]}, column 2 of {len(before)}"
    page.keyboard.press("Alt+ArrowLeft")
    assert _heads(page) == before


def test_a_column_is_dragged_to_another_place_without_being_sorted(forests: list[Run], open_comparison: Open) -> None:
    page = open_comparison(forests).page
    before = _heads(page)
    start, end = (_head(page, f"metrics.{name}").bounding_box() for name in before[:2])
    page.mouse.move(start["x"] + 20, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] - 8, end["y"] + 10, steps=6)
    assert page.locator(".nbt-drop").count() == 1
    page.mouse.up()
    assert _heads(page)[:2] == [before[1], before[0]]
    assert page.locator("th[aria-sort]").count() == 0


def test_a_column_is_as_wide_as_its_edge_is_dragged(forests: list[Run], open_comparison: Open) -> None:
    page = open_comparison(forests).page
    head = page.locator('th[data-column="params.model"]')
    box = head.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] + 79, box["y"] + 12, steps=4)
    page.mouse.up()
    assert head.bounding_box()["width"] == pytest.approx(box["width"] + 80, abs=1)
    _head(page, "params.model").focus()
    page.keyboard.press("Alt+Shift+ArrowLeft")
    assert head.bounding_box()["width"] == pytest.approx(box["width"] + 68, abs=1)


def test_any_column_can_be_found_and_shown_by_its_name(make_run: Make, open_comparison: Open) -> None:
    runs = [make_run(i, params={f"p{n:03}": n for n in range(300)} | {"lr": i}, metrics={"f1": i}) for i in range(3)]
    watched = open_comparison(runs)
    page = watched.page
    page.get_by_role("button", name="Choose columns").click()
    page.keyboard.type("p17")
    options = page.get_by_role("dialog").get_by_role("checkbox")
    assert options.count() == 10
    options.nth(3).check()
    assert "p173" in _heads(page)
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    assert watched.quiet


def test_of_three_hundred_columns_those_in_sight_are_in_the_page(make_run: Make, open_comparison: Open) -> None:
    draw = random.Random(1)
    runs = [make_run(i, params={f"p{n:03}": draw.random() for n in range(300)}, metrics={"f1": i}) for i in range(30)]
    watched = open_comparison(runs)
    page = watched.page
    assert page.locator(".nbt-grid tbody td").count() < 30 * 45
    page.locator(".nbt-scroll").evaluate("(box) => { box.scrollLeft = 12000; }")
    page.wait_for_timeout(100)
    empty = """() => {
            const box = document.querySelector(".nbt-scroll").getBoundingClientRect();
            const row = document.querySelectorAll(".nbt-grid tbody tr")[2];
            return [...document.querySelectorAll(".nbt-grid thead tr:last-child th:not(.nbt-first)")].filter((head) => {
                const at = head.getBoundingClientRect();
                if (at.left < box.left + 252 || at.right > box.right) return false;
                const cell = [...row.querySelectorAll("td")].find((td) => Math.abs(td.getBoundingClientRect().left - at.left) < 1);
                return !cell || cell.colSpan > 1 || !cell.textContent;
            }).map((head) => head.dataset.column);
        }"""
    page.wait_for_function(f"({empty})().length === 0")  # on a busy machine it takes longer
    assert page.evaluate(empty) == []
    page.get_by_label("Select run 3").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.getAttribute('aria-colindex')") == page.locator(
        ".nbt-grid"
    ).get_attribute("aria-colcount")
    assert watched.quiet


def test_however_it_is_flung_sideways_each_cell_and_each_head_is_its_columns(mounted: Any, make_run: Make) -> None:
    runs = [make_run(i, params={f"p{n:03}": f"{n}.{i}" for n in range(120)}, metrics={"f1": i}) for i in range(90)]
    page = mounted(runs).page
    page.evaluate("app.set({ pinned: ['params.p007'] })")
    heads = len(page.query_selector_all(".nbt-label"))
    assert heads < 60
    for left, top in ((700, 0), (900, 40), (4000, 900), (3900, 700), (200, 2000), (0, 100), (99_999, 300), (5000, 0)):
        page.locator(".nbt-scroll").evaluate("(box, to) => box.scrollTo(...to)", [left, top])
        page.wait_for_timeout(50)
        page.wait_for_function(f"({_READ})()[1] > 0")  # on a busy machine it takes longer
        wrong, seen = page.evaluate(_READ)
        assert (wrong, seen > 0) == ([], True), (left, top)


# What stands in sight and is not what its column has of its run; and how many cells are in sight.
_READ = """() => {
    const box = document.querySelector(".nbt-scroll").getBoundingClientRect();
    const heads = [...document.querySelectorAll(".nbt-grid thead tr:last-child th")];
    const wrong = [];
    let seen = 0;
    for (const row of document.querySelectorAll(".nbt-grid tbody tr:not(.nbt-spacer)"))
        for (const cell of row.querySelectorAll("td:not(.nbt-side)")) {
            const place = cell.getBoundingClientRect();
            if (place.right <= box.left || place.left >= box.right || place.bottom <= box.top + 60 || place.top >= box.bottom) continue;
            const head = heads[cell.ariaColIndex - 1];
            const column = app.data.columns.find((c) => c.id === head.dataset.column);
            const at = row.querySelector("input").dataset.run;
            seen++;
            if (!cell.textContent.endsWith(column.text(at)) || !head.querySelector(".nbt-sort")) wrong.push([column.id, at, cell.textContent]);
            if (Math.abs(head.getBoundingClientRect().left - place.left) > 1.5) wrong.push([column.id, "stands elsewhere"]);
        }
    return [wrong, seen];
}"""


def test_runs_are_grouped_with_mean_and_interval_and_groups_are_folded(
    forests: list[Run], open_comparison: Open
) -> None:
    watched = open_comparison(forests)
    page = watched.page
    _choose(page, "params.model", "Group by this")
    assert _names(page) == ["forest", "forest 1", "forest 3", "forest 5", "svc", "svc 0", "svc 2", "svc 4"]
    accuracy = _cell(page, "3 runs", _heads(page).index("accuracy")).first
    assert accuracy.inner_text() == "0.9530 ±0.0050"
    accuracy.hover()
    assert "95 % interval 0.948032 to 0.957968 (t, n = 3)" in (accuracy.get_attribute("title") or "")
    page.get_by_role("button", name="forest", exact=True).click()
    assert _names(page) == ["forest", "svc", "svc 0", "svc 2", "svc 4"]
    page.get_by_label("Select the 3 runs of svc").focus()
    page.keyboard.press("ArrowLeft")
    assert _names(page) == ["forest", "svc"]
    page.keyboard.press("Space")
    assert page.locator(".nbt-count").inner_text() == "6 runs · 3 selected"
    page.get_by_role("button", name="Grouped by model ✕").click()
    assert len(_names(page)) == 6
    assert watched.quiet


def test_repeated_seeds_are_one_group(forests: list[Run], open_comparison: Open) -> None:
    page = open_comparison(forests).page
    _choose(page, "run.name", "Group repeated seeds")
    page.get_by_role("button", name="Close all groups").click()
    assert page.locator(".nbt-group code").all_inner_texts() == ["3 runs", "3 runs"]


def test_a_range_is_selected_by_shift_with_the_mouse_and_the_arrows(forests: list[Run], open_comparison: Open) -> None:
    page = open_comparison(forests).page
    page.get_by_label("Select forest 1").click()
    page.get_by_label("Select svc 4").click(modifiers=["Shift"])
    assert page.locator(".nbt-count").inner_text() == "6 runs · 4 selected"
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Select svc 2").focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    checked = page.locator(".nbt-grid tbody tr:has(input:checked) .nbt-name").all_inner_texts()
    assert checked == ["svc 2", "forest 3", "svc 4"]
    page.keyboard.press("Control+a")
    assert page.locator(".nbt-count").inner_text() == "6 runs · 6 selected"


def test_arrows_walk_heads_and_cells_of_which_one_each_can_be_tabbed_to(
    forests: list[Run], open_comparison: Open
) -> None:
    page = open_comparison(forests).page
    assert page.locator(".nbt-grid thead [tabindex='0']").count() == 1
    assert page.locator(".nbt-grid tbody [tabindex='0']").count() == 1
    _head(page, "run.name").focus()
    page.keyboard.press("ArrowRight")
    first = _focused(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert _focused(page) == _cell(page, "forest 1", 1).text_content()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.ariaLabel").startswith("Select forest 1")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert _focused(page) == first


def test_the_focus_stays_with_its_run_when_rows_are_sorted(forests: list[Run], open_comparison: Open) -> None:
    page = open_comparison(forests).page
    page.get_by_label("Select svc 2").focus()
    page.evaluate("document.querySelector('th[data-column=\"metrics.accuracy\"] .nbt-sort').click()")
    assert page.evaluate("document.activeElement.ariaLabel").startswith("Select svc 2")


def test_all_metrics_are_measured_against_a_baseline_in_signs_and_words(
    forests: list[Run], open_comparison: Open
) -> None:
    watched = open_comparison(forests)
    page = watched.page
    page.get_by_label("Select svc 2").check()
    page.get_by_role("button", name="More for 1 selected run").click()
    page.keyboard.press("Enter")
    at = _heads(page).index("accuracy")
    deltas = page.locator(".nbt-grid tbody tr").locator(f"td:nth-of-type({at + 1}) .nbt-delta").all_inner_texts()
    assert deltas == ["−0.0020 worse", "+0.0390 better", "", "+0.0410 better", "+0.0020 better", "+0.0430 better"]  # noqa: RUF001 - a minus sign
    assert page.get_by_text("baseline", exact=True).count() == 1
    _choose(page, "metrics.accuracy", "Lower is better")
    assert page.locator(".nbt-delta.nbt-better").first.inner_text() == "−0.0020 better"  # noqa: RUF001 - a minus sign
    page.get_by_role("button", name="Baseline svc 2 ✕").click()
    assert page.locator(".nbt-delta").count() == 0
    assert watched.quiet


def test_a_person_can_say_which_way_a_metric_is_better(forests: list[Run], open_comparison: Open) -> None:
    page = open_comparison(forests).page
    head = _head(page, "metrics.fit_ms")
    _choose(page, "metrics.fit_ms", "Higher is better")
    assert head.text_content() == "fit_msms, higher is better↑"
    assert page.locator(".nbt-best").all_inner_texts()[-1].endswith("15.50")


def test_hidden_runs_leave_every_view_and_come_back(forests: list[Run], open_comparison: Open) -> None:
    watched = open_comparison(forests)
    page = watched.page
    for name in ("svc 0", "svc 2"):
        page.get_by_label(f"Select {name}").check()
    page.get_by_role("button", name="More for 2 selected runs").click()
    page.get_by_text("Hide here").click()
    assert _names(page) == ["forest 1", "forest 3", "svc 4", "forest 5"]
    page.get_by_role("button", name="Show 2 hidden").click()
    assert len(_names(page)) == 6
    page.get_by_role("button", name="Hide none").click()
    assert page.locator(".nbt-chip").count() == 0
    assert watched.quiet


def test_archived_runs_are_shown_when_asked_for_and_look_different(make_run: Make, open_comparison: Open) -> None:
    runs = [make_run(i, metrics={"f1": i}, tags={"archived": True} if i == 1 else {}) for i in range(3)]
    page = open_comparison(runs).page
    assert _names(page) == ["run 0", "run 2"]
    page.get_by_role("button", name="Show 1 archived").click()
    assert page.locator("tr.nbt-archived .nbt-flag").inner_text() == "archived"


def test_two_sort_keys_show_their_order(forests: list[Run], open_comparison: Open) -> None:
    page = open_comparison(forests).page
    _head(page, "params.model").click()
    _head(page, "metrics.accuracy").focus()
    page.keyboard.press("Shift+Enter")
    assert page.locator(".nbt-order").all_inner_texts().count("▼2") == 1
    assert _names(page) == ["forest 5", "forest 3", "forest 1", "svc 4", "svc 2", "svc 0"]
    page.get_by_role("button", name="Sorted by model ▲, then accuracy ▼ ✕").click()
    assert _names(page)[0] == "svc 0"


def test_a_metric_with_steps_has_its_curve_in_the_cell(forests: list[Run], open_comparison: Open) -> None:
    page = open_comparison(forests).page
    paths = page.locator(".nbt-spark path")
    assert paths.count() == 6
    assert (paths.first.get_attribute("d") or "").startswith("M1.0 2.0L")


def test_what_is_copied_is_the_exact_value(forests: list[Run], open_comparison: Open) -> None:
    page = open_comparison(forests).page
    at = _heads(page).index("lr")
    assert _cell(page, "svc 0", at).inner_text() == "0.033333"
    copied = """() => { const data = new DataTransfer();
        document.activeElement.dispatchEvent(new ClipboardEvent("copy", { clipboardData: data, bubbles: true, cancelable: true }));
        return data.getData("text/plain"); }"""
    page.get_by_label("Select svc 0").focus()
    for _ in range(at + 1):
        page.keyboard.press("ArrowRight")
    assert page.evaluate(copied) == "0.03333333333333333"
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    assert page.evaluate(copied).splitlines()[0].split("\t")[:2] == ["run", "id"]


def test_tags_and_notes_are_written_while_a_kernel_listens(forests: list[Run], mounted: Open) -> None:
    watched = mounted(forests)
    page = watched.page
    stage = _heads(page).index("stage")
    page.get_by_label("Select svc 0").focus()
    for _ in range(stage + 1):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("F2")
    page.keyboard.type("ready <b>")
    page.keyboard.press("Enter")
    page.wait_for_function("edits.length === 1")
    assert page.evaluate("edits[0]") == {"do": "tag", "run": forests[0].id, "key": "stage", "value": "ready <b>"}
    assert _cell(page, "svc 0", stage).inner_text() == "ready <b>"
    assert _focused(page) == "ready <b>"
    page.keyboard.press("Enter")
    page.keyboard.type("never")
    page.keyboard.press("Escape")
    page.wait_for_timeout(50)
    assert page.evaluate("edits.length") == 1
    _cell(page, "forest 1", _heads(page).index("note")).click()
    page.keyboard.type("first line")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("second")
    page.keyboard.press("Enter")
    page.wait_for_function("edits.length === 2")
    assert page.evaluate("edits[1]") == {"do": "note", "run": forests[1].id, "text": "first line\nsecond"}
    assert watched.quiet


def test_without_a_kernel_nothing_can_be_written(forests: list[Run], open_comparison: Open) -> None:
    page = open_comparison(forests).page
    _cell(page, "forest 1", _heads(page).index("stage")).click()
    page.get_by_role("button", name="More for 1 selected run").click()
    assert page.get_by_role("dialog").count() == 0
    assert page.get_by_role("menuitem", name="Archive").count() == 0


def test_selected_runs_are_archived_in_the_store(forests: list[Run], mounted: Open) -> None:
    page = mounted(forests).page
    page.get_by_label("Select svc 0").check()
    page.get_by_role("button", name="More for 1 selected run").click()
    page.get_by_role("menuitem", name="Archive").click()
    assert page.evaluate("edits") == [{"do": "archive", "run": forests[0].id, "value": True}]
    assert "svc 0" not in _names(page)


def test_newer_data_moves_nothing_a_person_looks_at(study: Study, mounted: Open) -> None:
    runs = study(300, curves=False)
    watched = mounted(runs[:299])
    page = watched.page
    _head(page, "metrics.accuracy_score").click()
    page.locator(".nbt-scroll").evaluate("(box) => { box.scrollTop = 3000; box.scrollLeft = 60; }")
    page.wait_for_timeout(100)
    look = """() => { const box = document.querySelector(".nbt-scroll"), top = box.getBoundingClientRect().top + 60;
        const row = [...document.querySelectorAll(".nbt-grid tbody tr:not(.nbt-spacer)")].find((each) => each.getBoundingClientRect().top >= top);
        return [row.querySelector(".nbt-name").textContent, row.getBoundingClientRect().top, box.scrollLeft]; }"""
    before = page.evaluate(look)
    page.get_by_label(f"Select {before[0]}").focus()
    page.evaluate("(payload) => app.renew(payload)", comparison_payload(runs))
    page.wait_for_timeout(50)
    assert page.locator(".nbt-count").inner_text() == "300 runs"
    assert page.evaluate(look) == before
    assert page.evaluate("document.activeElement.ariaLabel").startswith(f"Select {before[0]}")
    assert watched.quiet


def test_an_open_menu_and_an_unsaved_text_outlive_newer_data(forests: list[Run], mounted: Open) -> None:
    page = mounted(forests[:5]).page
    _cell(page, "forest 1", _heads(page).index("stage")).click()
    page.keyboard.type("unsaved")
    page.evaluate("(payload) => app.renew(payload)", comparison_payload(forests))
    page.wait_for_timeout(50)
    assert len(_names(page)) == 6
    assert page.evaluate("document.activeElement.value") == "unsaved"
    page.keyboard.press("Enter")
    page.wait_for_function("edits.length === 1")
    page.locator('th[data-column="params.lr"]').hover()
    page.locator('th[data-column="params.lr"] .nbt-more').click()
    page.evaluate("(payload) => app.renew(payload)", comparison_payload(forests))
    assert page.get_by_role("menu").count() == 1
    page.keyboard.press("p")
    page.keyboard.press("Enter")
    assert _heads(page)[0] == "lr"


def test_screen_readers_are_told_of_all_rows_their_places_and_the_order(study: Study, open_comparison: Open) -> None:
    page = open_comparison(study(200, curves=False)).page
    grid = page.locator(".nbt-grid")
    _head(page, "metrics.log_loss").click()
    assert (grid.get_attribute("role"), grid.get_attribute("aria-rowcount")) == ("grid", "202")
    assert page.locator(".nbt-grid tbody tr:not(.nbt-spacer)").first.get_attribute("aria-rowindex") == "3"
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "ascending"
    assert _head(page, "metrics.log_loss").text_content().startswith("log_loss, lower is better")


def test_one_run_no_metric_and_failed_runs_say_what_to_do(make_run: Make, open_comparison: Open) -> None:
    states = (
        [make_run(1)],
        [make_run(i, params={"lr": i}) for i in range(2)],
        [make_run(i, status="failed") for i in range(2)],
    )
    said = [open_comparison(runs).page.locator(".nbt-table > .nbt-note").inner_text().split(".")[0] for runs in states]
    assert said == ["One run so far", "No metrics yet", "Every run here failed before it had a metric"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_menus_choosers_and_groups_are_accessible(forests: list[Run], mounted: Open, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = mounted(forests).page
    page.emulate_media(color_scheme=scheme)
    page.add_style_tag(content="body{background:light-dark(#fff,#14171b);color-scheme:light dark}")
    page.evaluate("document.title = 't'; document.documentElement.lang = 'en'")

    def findings() -> list[str]:
        violations = axe.run(page, context=".nbt-compare").response["violations"]
        return [f"{found['id']}: {node['html'][:150]}" for found in violations for node in found["nodes"]]

    _choose(page, "params.model", "Group by this")
    page.get_by_label("Select svc 2").check()
    page.get_by_role("button", name="More for 1 selected run").click()
    assert findings() == []
    page.keyboard.press("Enter")
    assert findings() == []
    page.get_by_role("button", name="Choose columns").click()
    assert findings() == []
    page.keyboard.press("Escape")
    _cell(page, "svc 0", _heads(page).index("stage")).click()
    assert findings() == []


def test_the_table_is_where_it_was_after_a_look_at_another_view(study: Study, open_comparison: Open) -> None:
    page = open_comparison(study(200, curves=False)).page
    box = page.locator(".nbt-scroll")
    box.evaluate("(box) => box.scrollTo(50, 1400)")
    page.wait_for_timeout(50)
    page.get_by_role("tab", name="Scatter").click()
    page.get_by_role("tab", name="Table").click()
    assert box.evaluate("(box) => [box.scrollLeft, box.scrollTop]") == [50, 1400]
    assert "ran 51" in _names(page)


def test_a_wider_page_has_more_columns_in_it(make_run: Make, open_comparison: Open) -> None:
    runs = [make_run(i, params={f"p{n:03}": n * i for n in range(300)}, metrics={"f1": i}) for i in range(3)]
    page = open_comparison(runs, viewport={"width": 500, "height": 600}).page
    counts = []
    for width in (500, 2400):
        page.set_viewport_size({"width": width, "height": 600})
        page.wait_for_timeout(150)
        counts.append(page.locator(".nbt-grid tbody tr").first.locator("td:not(.nbt-side)").count())
    assert counts[1] > 2 * counts[0]


def test_hostile_names_are_text_in_menus_choosers_chips_groups_and_editors(make_run: Make, mounted: Open) -> None:
    bad = '"><img src=x onerror=window.__pwned=1><script>window.__pwned=1</script>'
    runs = [
        make_run(i, name=bad, note=bad, params={bad: f"{bad}{i % 2}"}, metrics={f"m{bad}": i}, tags={f"t{bad}": bad})
        for i in range(4)
    ]
    watched = mounted(runs)
    page = watched.page
    head = page.locator(".nbt-grid thead .nbt-more").nth(2)
    head.dispatch_event("click")
    page.get_by_text("Group by this").click()
    page.get_by_label("Select").nth(1).check()
    page.get_by_role("button", name="More for 1 selected run").click()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Choose columns").click()
    page.keyboard.type("onerror")
    for _ in ("the search", "the panel"):
        page.keyboard.press("Escape")
    page.locator("tr:not(.nbt-group) td.nbt-edit").first.click()
    page.keyboard.type(f"now {bad}")
    page.keyboard.press("Enter")
    page.wait_for_function("edits.length === 1")
    assert (page.evaluate("window.__pwned"), page.locator("img").count(), watched.quiet) == (None, 0, True)


def test_a_right_click_on_a_head_opens_one_menu_only(open_comparison: Any, study: Any) -> None:
    page = open_comparison(study(6)).page
    page.evaluate("document.addEventListener('contextmenu', () => (window.others = true))")
    page.locator("thead .nbt-sort").nth(1).click(button="right")
    assert page.locator(".nbt-menu[role=menu]").is_visible()
    assert page.evaluate("window.others") is None
