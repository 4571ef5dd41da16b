"""Verdicts in a terminal: a column of ``nbtrack ls``, the last attempts in ``nbtrack show``, in words without colour."""

import io

import nbtrack
from nbtrack.hosts.terminal import console, diff_view, run_panel, runs_table
from nbtrack.model import event
from nbtrack.query.compare import diff
from nbtrack.record.clean import annotate


def shown(body: object, width: int = 80) -> str:
    file = io.StringIO()
    console(file, width).print(body)
    return file.getvalue()


def store_with(*levels: str) -> nbtrack.MemoryStore:
    store = nbtrack.MemoryStore()
    for name in ("one", "two"):
        with nbtrack.start_run(name, store=store) as opened:
            opened.log(r2=0.5)
    run = nbtrack.runs("name = 'one'", store=store)[0]
    for at, level in enumerate(levels):
        document = {"level": level, "at": at, "duration": 1, "text": f"{level}: because \x1b[31m", "metrics": {}}
        annotate(store, run.id, event.REPRODUCTION, document)
    return store


def test_a_table_has_verdicts_where_there_are_some() -> None:
    lines = shown(runs_table(nbtrack.runs("order by name", store=store_with("failed", "identical")), 80)).splitlines()
    assert "verdict" in lines[0]
    assert "✓ identical" in lines[2]
    assert "identical" not in lines[3]
    assert "verdict" not in shown(runs_table(nbtrack.runs(store=store_with()), 80))


def test_one_run_tells_its_last_attempts_the_newest_first() -> None:
    store = store_with("failed", *["different"] * 5, "identical")
    text = shown(run_panel(nbtrack.runs("name = 'one'", store=store)[0]))
    told = text.partition("reproduced")[2]
    assert told.index("✓ identical") < told.index("≠ different")
    assert "… and 2 before" in told
    assert "\x1b" not in text
    assert "reproduced" not in shown(run_panel(nbtrack.runs("name = 'two'", store=store)[0]))


def test_a_difference_says_which_was_reproduced() -> None:
    one, two = nbtrack.runs("order by name", store=store_with("identical"))
    first, second = shown(diff_view(diff(one, two))).splitlines()[:2]
    assert first.endswith("✓ identical")
    assert "identical" not in second
