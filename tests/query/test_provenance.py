"""The five questions, answered for a run."""

import nbtrack
from nbtrack.store.memory import MemoryStore

SHA = "0a1b2c3d" * 8


def recorded(**records: object) -> nbtrack.Run:
    store = MemoryStore()
    writer = store.begin("20261121t101530-7k3m9q2x", {"name": "train"})
    for kind, value in records.items():
        writer.append(kind, value)
    writer.close("finished", 1.0)
    return nbtrack.run("7k3m9q", store=store)


def test_the_five_questions_are_answered() -> None:
    run = recorded(
        data=[
            {"kind": "file", "path": "a.csv", "mode": "read", "size": 1234, "sha256": SHA},
            {"kind": "file", "path": "out.csv", "mode": "write", "size": 10, "sha256": SHA},
        ],
        code={"commit": SHA[:40], "branch": "main", "dirty": False},
        params={"lr": 0.1, "tol": 1e-6},
        artifact={"name": "model.pkl", "sha256": SHA, "size": 5_600_000, "media_type": "application/octet-stream"},
    )
    found = run.provenance()
    assert [(each.question, each.answer) for each in found.answers] == [
        ("Which data was used?", "1 file: a.csv."),
        ("Which version of the code ran?", "Commit 0a1b2c3d0a1b on main; nothing differed from it."),
        ("What parameters were set?", "2 chosen."),
        ("Which artifacts were produced?", "2: 1 kept in the store, 1 written beside the notebook."),
        (
            "Can the result be reproduced?",
            "Nothing recorded speaks against it, and nobody has tried; nbtrack reproduce 7k3m9q does.",
        ),
    ]
    assert found.data.facts == (("a.csv", "0a1b2c3d · 1.2 KB"),)
    assert found.artifacts.facts == (("model.pkl", "0a1b2c3d · 5.6 MB"), ("wrote out.csv", "0a1b2c3d · 10 B"))
    assert "Which data was used? 1 file: a.csv." in repr(found)
    assert list(found.as_dict()) == ["run", "name", "data", "code", "params", "artifacts", "reproducible"]


def test_an_empty_record_is_said_to_be_empty() -> None:
    found = recorded().provenance()
    assert found.data.answer == "None that was recorded."
    assert found.artifacts.answer == "None."
    assert found.reproducible.answer.startswith("Not for certain: no commit: ")


def test_a_verdict_answers_the_last_question() -> None:
    store = MemoryStore()
    store.begin("20261121t101530-7k3m9q2x", {"name": "train"}).close("finished", 1.0)
    verdict = {"level": "identical", "at": 1, "duration": 1.0, "text": "every metric is bit-equal", "metrics": {}}
    store.annotate("20261121t101530-7k3m9q2x", "reproduction", verdict)
    assert (
        nbtrack.run("7k3m9q", store=store).provenance().reproducible.answer
        == "Yes, identical: every metric is bit-equal"
    )
    store.annotate("20261121t101530-7k3m9q2x", "reproduction", {**verdict, "level": "different", "text": "loss moved"})
    assert nbtrack.run("7k3m9q", store=store).provenance().reproducible.answer == "No: different; loss moved"
