"""The whole checklist: its outcome, its forms, and the verdict of the last reproduction."""

from collections.abc import Callable
from typing import Any

import pytest

from nbtrack.model.run import Run
from nbtrack.query.checklist.checklist import check

RunOf = Callable[..., Run]
GOOD = {"commit": "0a" * 20, "branch": "main", "dirty": False}


def reproduction(level: str, **more: Any) -> dict[str, Any]:
    return {"level": level, "at": 1, "duration": 1.0, "text": f"it is {level}", "metrics": {}, **more}


@pytest.mark.parametrize(
    ("reproductions", "status"),
    [
        ([], "unknown"),
        ([reproduction("identical")], "pass"),
        ([reproduction("different"), reproduction("within tolerance")], "pass"),
        ([reproduction("identical"), reproduction("different")], "fail"),
        ([reproduction("cannot run")], "fail"),
        (["nonsense"], "unknown"),
    ],
)
def test_the_last_reproduction_is_a_row(reproductions: list[Any], status: str, run_of: RunOf) -> None:
    found = check(run_of("x = 1", reproductions=reproductions))
    assert found.verified.status == status
    assert ("Verdict" in [row.category for row in found.blocking]) is (status == "fail")


def test_a_failed_reproduction_says_why(run_of: RunOf) -> None:
    causes = [{"kind": "data", "name": "a.csv", "text": "data.csv is not what it was"}]
    found = check(run_of("x = 1", reproductions=[reproduction("different", causes=causes)]))
    assert found.verified.evidence == ("different", "it is different", "data.csv is not what it was")
    assert found.verified.todo.startswith("nbtrack reproduce ")


def test_only_a_critical_fail_blocks(run_of: RunOf) -> None:
    fine = check(run_of("x = y", code=GOOD, environment={"python": "3.12"}))
    assert (fine.ok, [row.status for row in fine.experiment if row.priority == "High"]) == (True, ["unknown", "fail"])
    assert not check(run_of("x = y")).ok


def test_the_sentence_counts(run_of: RunOf) -> None:
    assert (
        check(run_of("x = y")).sentence()
        == "3 pass, 1 fail, 5 unknown of 9 checks; 1 critical; nobody has reproduced it yet"
    )


def test_the_json_has_every_row_with_its_evidence(run_of: RunOf) -> None:
    told = check(run_of("x = y", code=GOOD)).as_dict()
    assert list(told) == ["run", "name", "ok", "answer", "experiment", "verified", "paper"]
    assert told["experiment"][2] == {
        "category": "Code",
        "check": "The git commit is recorded, with whatever differed from it",
        "priority": "Critical",
        "status": "pass",
        "evidence": ["commit 0a0a0a0a0a0a on main", "nothing differed from it"],
        "todo": None,
    }
    assert len(told["paper"]["rows"]) == 16


def test_markdown_cannot_be_broken_by_names(run_of: RunOf) -> None:
    text = check(run_of("x = y", name="a|b\n<script>`*x*`\u202e", code={**GOOD, "branch": "x|y\n| z"})).markdown()
    assert r"# Reproducibility of a\|b \<script\>\`\*x\*\`·" in text
    rows = [line for line in text.split("\n") if line.startswith("| ")]
    assert {line.replace(r"\|", "").count("|") for line in rows} == {7}
    assert "<script>" not in text


def test_a_run_by_hand_is_judged_too(run_of: RunOf) -> None:
    found = check(run_of(params={"lr": 0.1}))
    assert {row.category: row.status for row in found.experiment}["Params"] == "unknown"
    assert "made by hand" in repr(found) or "opened by hand" in repr(found)


@pytest.mark.parametrize(
    ("members", "check_text", "status"),
    [
        ({"metrics": {"acc_std": 0.1}}, "The result comes with its variation", "pass"),
        ({"metrics": {"acc": 0.1}}, "The result comes with its variation", "fail"),
        ({"metrics": {}}, "The result comes with its variation", "unknown"),
        (
            {
                "metrics": {"a": 1.0},
                "reproductions": [reproduction("identical", metrics={"a": {"interval": [1.0, 2.0]}})],
            },
            "The result comes with its variation",
            "pass",
        ),
        (
            {"metrics": {"a": 1.0}, "sources": {"params": {}, "metrics": {"a": "f(x)"}}},
            "The measure is defined",
            "pass",
        ),
        ({"metrics": {"a": 1.0}}, "The measure is defined", "unknown"),
        (
            {"data": [{"kind": "url", "path": "https://x.org", "mode": "read"}]},
            "Somebody else can get the data",
            "pass",
        ),
        ({"params": {"best_params.C": 1}}, "Which settings were tried, and how the best were chosen", "pass"),
        ({"duration": None}, "How long it took", "unknown"),
        ({"hardware": {"cpu": "x"}}, "The computing infrastructure is described", "pass"),
    ],
)
def test_rows_of_the_paper_checklist(members: Any, check_text: str, status: str, run_of: RunOf) -> None:
    rows = {row.check: row.status for row in check(run_of("x = y", **members)).paper}
    assert rows[check_text] == status
