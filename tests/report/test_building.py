"""A report is built from the runs of a store, without what may be a secret, and without what was not wanted."""

import json
import re
import zlib
from base64 import b64decode

import pytest

from nbtrack.errors import MetricNotFound, RunNotFound
from nbtrack.query.runs import Runs, runs
from nbtrack.record.start import start_run
from nbtrack.report.building import build
from nbtrack.report.options import Options
from nbtrack.report.page import page
from nbtrack.report.parts import Fact, Markdown, Note, Report
from nbtrack.report.report_json import report_json
from nbtrack.report.run_view import leading_of
from nbtrack.store.base import ObjectRef
from nbtrack.store.memory import MemoryStore
from tests.report.recorded import BEST, FAILED, SECOND, cell, environment, kept, record, study

TOKEN = "ghp_" + "a1B2" * 9


@pytest.fixture
def found() -> Runs:
    return runs(store=study(MemoryStore()), order_by="-started")


def test_each_run_has_a_page_with_what_is_known_of_it(found: Runs) -> None:
    report = build(found, Options())
    page = next(page for page in report.pages if page.run.id == BEST)
    assert page.anchor == f"run-{BEST}"
    assert page.params == (Fact("lr", "0.01"), Fact("depth", "3"))
    assert page.metrics == (
        Fact("loss", "0.3", "lower is better · 3 points, min 0.3, max 0.9"),
        Fact("accuracy", "0.95", "higher is better"),
    )
    assert [(shown.name, shown.media_type) for shown in page.shown] == [
        ("outputs/01-figure.png", "image/png"),
        ("outputs/02-table.html", "text/html"),
    ]
    assert [text.source for text in page.cells] == [
        "import pandas as pd\ntable = pd.read_csv('data/train.csv')\n",
        "%%track\nfit(lr=0.01)",
    ]
    assert page.data[0] == Fact("data/train.csv", "2c2c2c2c · 1.2 KB", f"file · read · SHA-256 {'2c' * 32}")
    assert [comment.text for comment in page.comments] == ["the one we *keep*"]
    assert report.packages[page.environment_key][0] == Fact("numpy", "2.4.0")


def test_a_failed_run_tells_its_error(found: Runs) -> None:
    page = next(page for page in build(found, Options()).pages if page.run.id == FAILED)
    assert page.error == "ValueError: loss is NaN\n\nIn [3]\n  fit(10.0)\nValueError"


def test_the_best_run_stands_against_the_runner_up_unless_other_pairs_are_asked_for(found: Runs) -> None:
    assert [(each.old, each.new) for each in build(found, Options()).diffs] == [(SECOND, BEST)]
    asked = build(found, Options(diffs=((BEST, FAILED),)))
    assert [(each.old, each.new) for each in asked.diffs] == [(BEST, FAILED)]
    with pytest.raises(RunNotFound, match="not among the runs"):
        build(found, Options(diffs=((BEST, "20261121t101530-zzzzzzzz"),)))


def test_an_unknown_metric_is_an_error(found: Runs) -> None:
    with pytest.raises(MetricNotFound):
        build(found, Options(metric="acuracy"))


def test_no_runs_make_an_empty_report() -> None:
    report = build((), Options(title="Nothing"))
    assert (report.title, report.pages, report.diffs, report.again) == ("Nothing", (), (), ())


def test_what_looks_like_a_secret_is_left_out_everywhere_and_counted() -> None:
    store = MemoryStore()
    record(
        store,
        BEST,
        ("params", {"url": f"https://me:{TOKEN}@example.org"}),
        ("metrics", {"accuracy": 0.9}),
        ("note", f"the key is {TOKEN}"),
        ("comment", {"text": f"or {TOKEN}", "by": TOKEN}),
        ("error", {"type": "E", "message": TOKEN, "traceback": TOKEN}),
        ("artifact", {"name": f"outputs/{TOKEN}.txt", "media_type": "text/plain", **store.put(b"x").members()}),
        *cell(store, f"%%track\nfit(key='{TOKEN}')", f"k = '{TOKEN}'"),
        environment(store, variables={"KEY": TOKEN}),
        kept(store, "outputs/01-text.txt", TOKEN.encode(), "text/plain"),
        kept(store, "outputs/02-json.json", json.dumps({"a": [TOKEN]}).encode(), "application/json"),
    )
    options = Options(title=f"With {TOKEN}", notes=(Note(Markdown(f"see {TOKEN}")),), question=TOKEN)
    report = build(runs(store=store), options)
    assert TOKEN not in json.dumps(report_json(report))
    assert TOKEN not in repr([run.document for run in report.runs])
    assert report.removed["7k3m9q"] > 8
    assert {"the title", "a note of yours", "the question"} <= report.removed.keys()
    assert next(fact for fact in report.shared if fact.name == "secrets").value.endswith("left out")


def test_without_source_no_line_of_code_is_in_the_report(found: Runs) -> None:
    text = json.dumps(report_json(build(found, Options(source=False))))
    assert "fit(" not in text
    assert "read_csv" not in text
    assert "loss is NaN" in text


def test_pictures_leave_what_is_written_beside_their_pixels(found: Runs) -> None:
    page = next(page for page in build(found, Options()).pages if page.run.id == BEST)
    content = page.shown[0].content
    assert content is not None
    assert content.startswith(b"\x89PNG")
    assert b"somebody" not in content


def test_what_there_is_no_room_for_is_left_out_with_the_reason_the_losers_first(found: Runs) -> None:
    report = build(found, Options(shown_bytes=200))
    contents = {page.run.id: [shown.content is not None for shown in page.shown] for page in report.pages}
    assert contents[BEST] == [False, True]  # the picture has an author in it, and is large for it
    assert contents[SECOND] == [True]
    left_out = next(page for page in report.pages if page.run.id == BEST).shown[0]
    assert left_out.why == "left out to keep the report small: 96 B, of 200 B for all runs"


def test_of_very_many_runs_the_ones_that_matter_have_a_page() -> None:
    store = MemoryStore()
    ids = [f"20261121t1015{number:02}-7k3m9q2x" for number in range(20)]
    for number, run_id in enumerate(ids):
        status = "failed" if number == 7 else "finished"
        record(store, run_id, ("metrics", {"accuracy": number / 20}), status=status, started=number)
    report = build(runs(store=store), Options(whole_pages=10, named=(ids[4],)))
    told = {page.run.id for page in report.pages}
    assert len(report.runs) == 20
    assert told >= {ids[19], ids[18], ids[0], ids[7], ids[4]}  # best, runner-up, oldest and worst, failed, named
    assert len(told) == 10


class CountingStore(MemoryStore):
    """A store that counts how often each object and series is read."""

    def __init__(self) -> None:
        super().__init__()
        self.read_names: list[str] = []
        self.series: list[tuple[str, str]] = []

    def get(self, name: str) -> bytes:
        self.read_names.append(name)
        return super().get(name)

    def points(self, run_id: str, metric: str):  # type: ignore[no-untyped-def]  # as in the store
        self.series.append((run_id, metric))
        return super().points(run_id, metric)


def test_every_object_and_every_series_is_read_once() -> None:
    store = CountingStore()
    study(store)
    build(runs(store=store), Options())
    assert sorted(store.read_names) == sorted(set(store.read_names))
    assert sorted(store.series) == sorted(set(store.series))


def test_a_run_with_records_of_another_shape_is_told_of_all_the_same() -> None:
    store = MemoryStore()
    missing = ObjectRef("ab" * 32, 3)
    record(
        store,
        BEST,
        ("data", [{"path": 3}, {"kind": None, "mode": []}]),
        ("code", {"changed": [1], "commit": {"a": 1}, "notebook": "x"}),
        ("environment", {"rng": 3, "sha256": missing.name}),
        ("slice", {"executions": [{"n": "x"}], "verdicts": ["odd", {"kind": 3}]}),
        ("artifact", {"name": "outputs/gone.txt", "media_type": "text/plain", **missing.members()}),
        ("comment", ["no", "comment"]),
        ("comment", {"text": "said", "by": 7}),
    )
    (page,) = build(runs(store=store), Options()).pages
    assert page.shown[0].why.startswith("cannot be read")
    assert [(comment.text, comment.by) for comment in page.comments] == [("said", "")]


@pytest.mark.parametrize("later", [1, 0], ids=["a later one", "one of the same millisecond"])
def test_of_runs_that_tie_the_one_the_summary_names_is_checked_first(later: int) -> None:
    store = MemoryStore()
    first, second = "20261121t101530-bbbbbbbb", "20261121t101530-cccccccc"
    for number, run_id in enumerate((first, second)):
        scored = ("metrics", {"accuracy": 0.9})
        record(store, run_id, scored, experiment=f"try {number}", started=1795255200000 + later * number)
    report = build(runs(store=store, order_by="-started"), Options())
    named = next(sentence for sentence in report.summary if sentence.kind == "won").runs[0]
    assert next(iter(report.checklists)) == named == first
    if later:
        assert report.title == "try 1 and try 0"


def test_a_run_without_the_common_metrics_is_told_by_its_own() -> None:
    store = MemoryStore()
    for name, metrics in (("a", {"accuracy": 0.9, "f1": 0.8, "auc": 0.7}), ("b", {"zeal": 3.0})):
        with start_run(name, store=store) as opened:
            opened.log(**metrics)
    told = leading_of(list(runs(store=store, order_by="-started")))
    assert sorted(sorted(each.name for each in some) for some in told.values()) == [["accuracy", "auc", "f1"], ["zeal"]]


def test_what_lies_beside_a_notebooks_folder_is_told_from_the_top_of_its_repository() -> None:
    store = MemoryStore()
    paths = [
        "../data/x.csv",
        "./own/../y.csv",
        "../../elsewhere.csv",
        "/srv/../srv/z.csv",
        "https://example.org/a/../b",
    ]
    record(
        store,
        BEST,
        ("code", {"repository": "study", "folder": "notebooks"}),
        ("data", [{"kind": "file", "path": path, "mode": "read"} for path in paths]),
    )
    (page,) = build(runs(store=store), Options()).pages
    assert [fact.name for fact in page.data] == [
        "study/data/x.csv",
        "y.csv",
        "../../elsewhere.csv",
        "/srv/z.csv",
        "https://example.org/a/../b",
    ]


def several_sets() -> Report:
    """Two runs on one set of data and two on another, where scores are lower."""
    store = MemoryStore()
    scores = (("wine", 0.97), ("wine", 0.99), ("digits", 0.61), ("digits", 0.58))
    for number, (name, accuracy) in enumerate(scores):
        with start_run(f"{name} {number}", store=store, params={"dataset": name, "depth": number}) as opened:
            opened.log(accuracy=accuracy)
    return build(runs(store=store, order_by="started"), Options(title="Two sets"))


def test_the_best_of_each_set_of_data_is_marked_as_the_summary_tells_it() -> None:
    report = several_sets()
    assert "wine" in report.summary[2].text or any("2 sets of data" in each.text for each in report.summary)
    best = {run.name for run in report.runs if any(each.best for each in leading_of(report.runs, report.sets)[run.id])}
    assert best == {"wine 1", "digits 2"}
    html = page(report)
    assert "★ marks the best value on each set of data" in html
    assert "These runs were measured on several sets of data; ★ marks the best on each of them." in html
    assert re.findall(r"<b>★ ([\d.]+)</b>", html) == ["0.990", "0.610"]
    (packed,) = re.findall(r'id="nbt-report-data">([^<]*)</script>', html)
    told = json.loads(zlib.decompress(b64decode(packed), -15)) if not packed.startswith("{") else json.loads(packed)
    assert told["sets"] == [0, 0, 1, 1]


def test_of_one_set_of_data_there_is_one_best(found: Runs) -> None:
    report = build(found, Options())
    assert report.sets == {}
    assert "★ marks the best value</caption>" in page(report)
