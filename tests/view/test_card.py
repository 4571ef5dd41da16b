import re
from collections.abc import Callable
from textwrap import dedent

from nbtrack.model.run import Run
from nbtrack.view.card import run_card

Make = Callable[..., Run]


def _words(html: str) -> str:
    """Return the text of a card as a reader without style sees it, on one line."""
    plain = re.sub(r"<[^>]+>", "", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))
    return " ".join(plain.split())


def _pair(make_run: Make) -> tuple[Run, Run]:
    cell = {"source": "fit()", "id": None, "count": 3, "hash": "", "line": "", "overrides": {"max_depth": 8}}
    before = make_run(
        1, params={"max_depth": 4, "seed": 1, "verbose": 0}, metrics={"accuracy": 0.95, "loss": 0.2, "size": 7}
    )
    now = make_run(
        2,
        name="forest",
        params={"seed": 1, "max_depth": 8, "bootstrap": True},
        metrics={"accuracy": 0.96, "loss": 0.3, "size": 9},
        cell=cell,
        sources={"params": {"seed": "RandomForestClassifier(...)"}, "metrics": {}},
    )
    return now, before


def test_a_card_says_in_plain_text_what_moved_since_the_previous_run(make_run: Make) -> None:
    now, before = _pair(make_run)
    assert run_card(now, before).text == dedent(f"""\
        ✓ forest  {now.short}  finished  1.5 s
          accuracy = 0.96 (+0.01, better)
          loss = 0.3 (+0.1, worse)
          size = 9 (+2)
          max_depth=4 → 8, bootstrap=True, seed=1""")


def test_a_card_stripped_of_style_reads_in_order(make_run: Make) -> None:
    now, before = _pair(make_run)
    words = _words(run_card(now, before).html)
    assert words.startswith(f"✓ forest {now.short} finished · 1.5 s · compared with {before.name} {before.short}")
    for part in (
        "accuracy 0.96 ▲+0.01 better",
        "loss 0.3 ▲+0.1 worse",
        "size 9 ▲+2",
        "max_depth 4 →now 8 override",
        "bootstrap True new",
        "verbose gone",
    ):
        assert part in words


def test_the_previous_run_is_told_by_its_id_alone_where_its_name_says_nothing_more(make_run: Make) -> None:
    now = make_run(2, name="cell 7")
    counted = make_run(1, name="cell 5", cell={"source": "fit()", "count": 5})
    for before in (make_run(1, name="cell 7"), counted):
        assert f"compared with {before.short}" in _words(run_card(now, before).html)


def test_a_mean_over_folds_has_their_spread_and_curve_and_they_are_one_click_away(make_run: Make) -> None:
    folds = {"svm.folds": [0.9, 1.0, 0.8, 0.7]}
    run = make_run(points=folds, metrics={"svm.mean": 0.85, "svm.std": 0.1118033, "alone.std": 0.5})
    card = run_card(run)
    assert card.text.splitlines()[1:] == ["  svm.mean = 0.85 ± 0.11", "  alone.std = 0.5"]
    front, details = card.html.split("<details>")
    assert _words(front).count("svm.") == 1
    assert front.count("<polyline") == 1
    assert "svm.folds" in details


def test_params_that_are_the_same_again_are_shown_with_what_is_new_of_each_run(make_run: Make) -> None:
    """What a card shows of params is remembered by all that it shows of them."""
    before = make_run(1, params={"C": 1, "tol": 0.1})
    runs = [
        make_run(2, params=params) for params in ({"C": 1, "tol": 0.1}, {"C": 1}, {"C": True}, {"C": 1, "tol": 0.2})
    ]
    first = [run_card(run, before).html for run in runs]
    assert [run_card(run, before).html for run in runs] == first
    assert len(set(first)) == len(runs)
    assert [_words(html).count("gone") for html in first] == [0, 1, 1, 0]
    assert "compared with" not in run_card(runs[0]).html
    assert '<b title="True">True</b>' in first[2]


def test_what_was_a_secret_is_one_click_away(make_run: Make) -> None:
    params = {"password": "[redacted:name]", "url": "https://[redacted:url]@host/x", "lr": 0.1}
    front, details = run_card(make_run(params=params)).html.split("<details>")
    assert "password" not in front
    assert "at default" not in front
    assert "host/x" in front
    assert "password" in details


def test_long_names_are_told_apart_by_their_ends(make_run: Make) -> None:
    names = [f"classification_report.weighted average.{end}" for end in ("precision", "recall")]
    words = _words(run_card(make_run(metrics=dict.fromkeys(names, 0.5))).html)
    assert "average.precision 0.5" in words
    assert "average.recall 0.5" in words


def test_a_card_without_a_previous_run_shows_no_change(make_run: Make) -> None:
    html = run_card(_pair(make_run)[0]).html
    assert "compared with" not in html
    assert "nbt-delta nbt-" not in html


def test_a_card_says_where_every_value_came_from(make_run: Make) -> None:
    assert "RandomForestClassifier(...)" in _words(run_card(_pair(make_run)[0]).html)


def test_a_failed_run_shows_its_error_and_what_could_not_be_captured(make_run: Make) -> None:
    run = make_run(
        status="failed",
        error={"type": "ValueError", "message": "Input X contains NaN."},
        warnings=["params: <x> raised"],
    )
    card = run_card(run)
    assert card.text.splitlines()[1:] == [
        "  ValueError: Input X contains NaN.",
        "  ! capture incomplete: params: <x> raised",
    ]
    assert "capture incomplete: params: &lt;x&gt; raised" in card.html


def test_damaged_records_and_redactions_are_said(make_run: Make) -> None:
    run = make_run(
        health={"ok": False, "damaged": 1, "missing": 0, "unsealed": 0},
        params={"key": "[redacted:api]"},
        note="[redacted:email]",
        redactions=2,
    )
    assert run_card(run).text.splitlines()[-2:] == [
        "  ! damaged: 1 damaged line (`nbtrack fsck` says where)",
        "  ! 2 redacted values",
    ]


def test_a_card_says_what_its_records_are_in_words_and_why_on_the_tooltip(make_run: Make) -> None:
    health = {"ok": False, "damaged": 0, "missing": 3, "unsealed": 1, "divergent": 0}
    run = make_run(health=health, warnings=["incomplete(2): the disk refused 2 records of this run"])
    card, why = run_card(run), "3 records missing; 1 line without a checksum, typed by hand; the disk refused 2 records"
    assert run.condition == "damaged, incomplete(2), unsealed"
    assert card.text.splitlines()[0].endswith("finished, damaged, incomplete(2), unsealed  1.5 s")
    assert f'title="{why}"' in card.html
    assert "</span>damaged, incomplete(2), unsealed</span>" in card.html
    assert card.text.count("disk refused") == 1


def test_a_card_of_a_whole_run_has_no_flag(make_run: Make) -> None:
    assert 'class="nbt-flag"' not in run_card(make_run()).html


def test_a_card_holds_no_script_and_stays_small(make_run: Make) -> None:
    now, before = _pair(make_run)
    html = run_card(now, before).html
    assert "<script" not in html
    assert len(html) < 9_000


def test_a_metric_with_steps_has_a_small_curve(make_run: Make) -> None:
    assert '<polyline points="1.0,1.0 ' in run_card(make_run(points={"loss": [3.0, 2.0, 1.0]})).html


def test_a_run_with_hundreds_of_values_shows_a_few_and_counts_the_rest(make_run: Make) -> None:
    run = make_run(params={f"p{i}": i for i in range(300)}, metrics={f"m{i}": i / 7 for i in range(100)})
    words = _words(run_card(run).html)
    assert "+94 more" in words
    assert "+292 more" in words


def test_a_name_of_ten_thousand_characters_is_cut(make_run: Make) -> None:
    card = run_card(make_run(name="x" * 10_000))
    assert len(card.html) < 12_000
    assert len(card.text) < 200


def test_values_that_are_not_plain_numbers_are_shown_in_words(make_run: Make) -> None:
    run = make_run(
        metrics={"loss": {"$f": "nan"}, "acc": {"$f": "inf"}}, params={"a": None, "b": {"$repr": "<obj>", "type": "T"}}
    )
    assert run_card(run, run).text.splitlines()[1:] == ["  loss = nan", "  acc = inf", "  a=None, b=<obj>"]
