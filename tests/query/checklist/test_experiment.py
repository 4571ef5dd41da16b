"""The nine rows: each passes, fails, or says that it cannot be told - with the evidence, and what to do."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from nbtrack.model.run import Run
from nbtrack.query.checklist import experiment
from nbtrack.query.checklist.known import Known
from nbtrack.query.checklist.row import Finding

RunOf = Callable[..., Run]
SHA = "0a1b2c3d" * 8


def judged(rule: Callable[[Known], Finding], run: Run) -> tuple[str, str]:
    found = rule(Known.of(run))
    return found.status, "\n".join(found.evidence)


def file(**members: Any) -> dict[str, Any]:
    return {"kind": "file", "path": "data.csv", "mode": "read", "size": 4, **members}


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        ([file(sha256=SHA)], "pass", "data.csv: sha256 0a1b2c3d0a1b"),
        ([file(md5="ab" * 16, dvc="data.csv.dvc")], "pass", "md5 abababababab, tracked by data.csv.dvc"),
        ([file(sha256=SHA, dvc="d.dvc", dvc_matches=False)], "pass", "data.csv is not what d.dvc says"),
        (
            [file(sha256=SHA), file(path="b.csv", state="changed")],
            "fail",
            "b.csv had changed before it could be hashed",
        ),
        ([file(path="https://x.org/a.csv", kind="url")], "fail", "its content is not known"),
        ([file()], "unknown", "data.csv has no hash"),
        ([file(mode="write", sha256=SHA)], "unknown", "no data that was read is recorded"),
        ([], "unknown", "no data that was read is recorded"),
        (
            [{"kind": "variable", "name": "X", "mode": "read", "shape": [3, 2], "digest": SHA[:32]}],
            "pass",
            "variable X: 3 x 2, sample digest 0a1b2c3d0a1b",
        ),
        (
            [{"kind": "variable", "name": "lazy", "mode": "read", "type": "dask.DataFrame"}],
            "unknown",
            "no digest of lazy",
        ),
        (["nonsense", 3, None], "unknown", "no data"),
    ],
)
def test_data_needs_a_hash_of_each_file(data: list[Any], status: str, said: str, run_of: RunOf) -> None:
    found = judged(experiment.data, run_of("x = 1", data=data))
    assert (found[0], said in found[1]) == (status, True), found


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ({"commit": SHA[:40], "branch": "main", "dirty": False}, "pass", "nothing differed from it"),
        (
            {"commit": SHA[:40], "dirty": True, "changed": {"a.py": "M"}, "patch": SHA},
            "pass",
            "kept as a patch, sha256 0a1b2c3d0a1b",
        ),
        ({"commit": SHA[:40], "dirty": True, "changed": {"a.ipynb": "M"}, "unpatched": ["a.ipynb"]}, "pass", "a.ipynb"),
        (
            {
                "commit": SHA[:40],
                "dirty": True,
                "changed": {"a.py": "M", "b.bin": "M"},
                "patch": SHA,
                "unpatched": ["b.bin"],
            },
            "fail",
            "not kept: b.bin",
        ),
        ({"commit": SHA[:40], "dirty": True, "changed": {"a.py": "M"}}, "fail", "the changes were not kept"),
        ({"commit": SHA[:40], "dirty": None, "unknown": "git is missing"}, "unknown", "git is missing"),
        ({"commit": SHA[:40]}, "unknown", "not asked"),
        ({"modules": {}}, "fail", "in no git repository"),
        ({"branch": "main"}, "fail", "no commit: the repository of the notebook has none yet"),
        (None, "fail", "in no git repository"),
    ],
)
def test_code_needs_a_commit_and_whatever_it_lacks(code: Any, status: str, said: str, run_of: RunOf) -> None:
    found = judged(experiment.code, run_of("x = 1", code=code))
    assert (found[0], said in found[1]) == (status, True), found


@pytest.mark.parametrize(
    ("rng", "cells", "status", "said"),
    [
        ({"numpy": "seeded 42", "drawn": ["numpy"]}, ["np.random.rand()"], "pass", "numpy: seeded 42"),
        (
            {"numpy": "unseeded", "drawn": ["numpy"], "unseeded": True},
            ["np.random.rand()"],
            "fail",
            "without a seed: numpy",
        ),
        ({"numpy": "unseeded"}, ["m = SVC(random_state=7)"], "pass", "random_state=7"),
        ({"random": "unseeded", "drawn": ["random"]}, ["x = 1"], "unknown", "a library did"),
        ({"random": "unseeded", "drawn": ["random"]}, ["random.random()"], "fail", "without a seed: random"),
        ({"numpy": "unseeded"}, ["rng = np.random.default_rng()"], "fail", "default_rng() - no seed"),
        (None, ["x = 1"], "unknown", "not recorded"),
    ],
)
def test_seeds_are_needed_where_something_was_drawn(
    rng: Any, cells: list[str], status: str, said: str, run_of: RunOf
) -> None:
    found = judged(experiment.seeds, run_of(*cells, environment={"rng": rng} if rng else None))
    assert (found[0], said in found[1]) == (status, True), found


@pytest.mark.parametrize(
    ("environment", "status", "said"),
    [
        ({"container": {"kind": "docker", "image": "r/i@sha256:1", "digest": "sha256:1"}}, "pass", "digest sha256:1"),
        ({"container": {"kind": "docker", "image": "r/i:0a1b2c3"}}, "pass", "tagged with the commit"),
        ({"container": {"kind": "docker", "image": "r/i:latest"}}, "unknown", "may be moved"),
        ({"container": {"kind": "docker"}}, "unknown", "does not say its image"),
        ({"locks": {"Dockerfile": SHA}}, "pass", "Dockerfile is kept"),
        ({"python": "3.12"}, "fail", "in no container"),
        (None, "unknown", "not recorded"),
    ],
)
def test_an_image_must_be_named_so_that_it_cannot_be_moved(
    environment: Any, status: str, said: str, run_of: RunOf
) -> None:
    found = judged(experiment.image, run_of("x = 1", environment=environment, code={"commit": "0a1b2c3d"}))
    assert (found[0], said in found[1]) == (status, True), found


@pytest.mark.parametrize(
    ("hardware", "environment", "status", "said"),
    [
        ({"cpu": "EPYC", "cores": 2}, None, "pass", "no GPU; EPYC, 2 cores"),
        ({"gpu": "H200", "gpu_driver": "570"}, {"cuda": "12.8", "imported": {"torch": "2"}}, "pass", "cuda 12.8"),
        ({"gpu": "H200"}, {"imported": {"torch": "2"}}, "fail", "its CUDA version is not recorded"),
        ({"gpu": "H200", "gpu_driver": "570"}, {"imported": {"numpy": "2"}}, "pass", "no library was imported"),
        ({}, None, "unknown", "not recorded"),
    ],
)
def test_cuda_must_be_known_where_it_computed(
    hardware: Any, environment: Any, status: str, said: str, run_of: RunOf
) -> None:
    found = judged(experiment.hardware, run_of("x = 1", hardware=hardware, environment=environment))
    assert (found[0], said in found[1]) == (status, True), found


@pytest.mark.parametrize(
    ("whole", "more", "status", "said"),
    [
        ({"packages": {"numpy": "2.1", "pandas": "3"}}, {"locks": {"uv.lock": SHA}}, "pass", "pinned by uv.lock"),
        ({"packages": {"numpy": "2.1"}}, {}, "pass", "exact versions of 1 packages recorded"),
        ({"packages": {"numpy": "unknown"}}, {}, "fail", "no version of numpy"),
        (
            {"packages": {"mine": "0.1"}, "origins": {"mine": {"kind": "editable"}}},
            {"imported": {"mine": "0.1"}},
            "unknown",
            "where a version says little: mine",
        ),
        (None, {"imported": {"numpy": "2"}}, "unknown", "1 imported packages"),
    ],
)
def test_packages_must_have_exact_versions(whole: Any, more: Any, status: str, said: str, run_of: RunOf) -> None:
    objects = {SHA: json.dumps(whole)} if whole else {}
    run = run_of("x = 1", objects=objects, environment={"sha256": SHA, "python": "3.12.1", **more})
    found = judged(experiment.environment, run)
    assert (found[0], said in found[1]) == (status, True), found


def test_splits_without_a_seed_fail_and_say_where(run_of: RunOf) -> None:
    run = run_of("X = load()", "a, b = train_test_split(X, test_size=0.2)")
    assert judged(experiment.splits, run) == (
        "fail",
        "In [2] line 1: train_test_split(X, test_size=0.2) - no seed",
    )


def test_splits_are_unknown_where_a_source_cannot_be_read(run_of: RunOf) -> None:
    run = run_of("%%bash\npython split.py", "a = 1")
    assert judged(experiment.splits, run) == ("unknown", "In [1] cannot be read as Python")
    module = run_of("import lib", code={"modules": {"lib.py": {"blob": "abc"}}})
    assert judged(experiment.splits, module) == ("unknown", "the module lib.py is in the commit, not in the store")


def test_params_that_were_only_written_in_the_cell_fail(run_of: RunOf) -> None:
    cell = "%%track\nm = SVC(C=0.3, gamma=0.1).fit(X, y)"
    assert judged(experiment.params, run_of(cell, params={"C": 0.3})) == (
        "fail",
        "not captured: line 2: gamma=0.1\n1 param chosen, 0 at a default recorded",
    )
    assert judged(experiment.params, run_of(cell, params={"C": 0.3, "gamma": 0.1}))[0] == "pass"
    assert judged(experiment.params, run_of(params={"lr": 1}))[0] == "unknown"


def test_there_are_nine_rows_in_the_order_of_the_list(run_of: RunOf) -> None:
    assert [(rule.category, rule.priority) for rule in experiment.RULES] == [
        ("Data", "Critical"),
        ("Data", "Critical"),
        ("Code", "Critical"),
        ("Params", "Critical"),
        ("Environment", "Critical"),
        ("Randomness", "High"),
        ("Environment", "High"),
        ("Hardware", "Medium"),
        ("Artifacts", "Critical"),
    ]


@pytest.mark.parametrize("junk", [None, [], "x", 3, {"a": None}, [{"a": 1}], [None]])
def test_records_of_any_shape_are_judged_without_an_error(junk: Any, run_of: RunOf) -> None:
    document = {
        "code": junk
        if isinstance(junk, dict)
        else {"modules": junk, "changed": junk, "unpatched": junk, "dirty": True},
        "environment": junk
        if isinstance(junk, dict)
        else {"rng": junk, "container": junk, "locks": junk, "sha256": junk},
        "hardware": junk if isinstance(junk, dict) else {"gpu": junk},
        "data": junk if isinstance(junk, list) else [junk],
    }
    for rule in experiment.RULES:
        assert rule.judge(Known.of(run_of("x = 1", **document))).status in {"pass", "fail", "unknown"}
