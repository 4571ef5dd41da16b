import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nbtrack.errors import ObjectMissing
from nbtrack.model.run import Run
from nbtrack.view.about import about_columns
from nbtrack.view.payload import INLINE, comparison_payload

Make = Callable[..., Run]


class Shelf:
    """Objects by name, and how often each was read."""

    def __init__(self, **objects: Any) -> None:
        self.objects = {name: json.dumps(each).encode() for name, each in objects.items()}
        self.read_times: dict[str, int] = {}

    def read(self, name: str) -> bytes:
        self.read_times[name] = self.read_times.get(name, 0) + 1
        if name not in self.objects:
            raise ObjectMissing(name)
        return self.objects[name]

    def paths(self, name: str) -> tuple[str, ...]:
        raise ObjectMissing(name)

    def save(self, name: str, to: object, *, folder: bool) -> None:
        raise ObjectMissing(name)


def _kept(run: Run, shelf: Shelf) -> Run:
    return replace(run, _kept=shelf)


def _told(runs: list[Run]) -> dict[str, tuple[Any, ...]]:
    return {about.name: about.values for about in about_columns(runs)[0]}


def test_what_is_known_beside_params_becomes_short_facts(make_run: Make) -> None:
    run = make_run(
        data=[
            {"kind": "file", "path": "train.csv", "mode": "read", "sha256": "2c26b46b" * 8, "size": 1234},
            {
                "kind": "variable",
                "name": "X",
                "mode": "read",
                "shape": [150, 4],
                "dtypes": "float64",
                "digest": "ab" * 16,
            },
            {"kind": "file", "path": "model.bin", "mode": "write", "sha256": "ff" * 32},
            {"kind": "file", "path": "late.csv", "mode": "read", "state": "unreadable", "size": 7, "mtime": 0},
        ],
        code={"commit": "aaae9c8b" * 5, "branch": "main", "dirty": True},
        environment={
            "python": "3.13.1",
            "rng": {"numpy": "seeded 3", "drawn": ["numpy"]},
            "rng_states": {"numpy": "0123456789abcdef"},
        },
        hardware={"cpu": "EPYC", "gpu": "H200"},
        slice={
            "executions": [{"n": 1, "source": "a"}, {"n": 2, "source": "b"}],
            "verdicts": [{"kind": "out-of-order"}],
        },
    )
    told = _told([run])
    digest = told.pop("slice.digest")[0]
    assert (len(digest), told) == (
        8,
        {
            "data.train.csv": ("2c26b46b · 1.2 KB",),
            "data.X": ("abababab · 150 × 4 · float64",),  # noqa: RUF001 - the sign of a shape
            "data.late.csv": ("no hash (unreadable) · 1970-01-01 00:00:00 · 7 B",),
            "slice.cells": (1,),
            "seeds.numpy": ("seeded 3",),
            "seeds.numpy.state": ("01234567",),
            "seeds.drawn": ("numpy",),
            "env.python": ("3.13.1",),
            "code.commit": ("aaae9c8b",),
            "code.branch": ("main",),
            "code.dirty": (True,),
            "hardware.cpu": ("EPYC",),
            "hardware.gpu": ("H200",),
        },
    )


def test_only_packages_that_differ_are_told_and_each_environment_is_read_once(make_run: Make) -> None:
    shelf = Shelf(
        old={"packages": {"numpy": "2.3", "same": "1", "mine": "0.1"}, "variables": {"OMP_NUM_THREADS": "2"}},
        new={"packages": {"numpy": "2.4", "same": "1", "mine": "0.1"}, "origins": {"mine": {"kind": "editable"}}},
    )
    runs = [
        _kept(make_run(n, environment={"sha256": name, "digest": name}), shelf)
        for n, name in enumerate(["old", "new"] * 50)
    ]
    told = _told(runs)
    assert {name: values[:2] for name, values in told.items()} == {
        "packages.numpy": ("2.3", "2.4"),
        "packages.mine": ("0.1", "0.1 · editable"),
        "env.OMP_NUM_THREADS": ("2", None),
        "env.packages": (3, 3),
    }
    assert shelf.read_times == {"old": 1, "new": 1}


def test_where_one_list_of_packages_cannot_be_read_the_digests_tell_that_they_differ(make_run: Make) -> None:
    shelf = Shelf(old={"packages": {"numpy": "2.3"}})
    runs = [
        _kept(make_run(n, environment={"sha256": name, "digest": f"{name}-digest"}), shelf)
        for n, name in enumerate(("old", "gone"))
    ]
    assert _told(runs) == {"env.digest": ("old-digest", "gone-digest"), "env.packages": (1, None)}


def test_records_of_any_shape_cost_no_comparison(make_run: Make) -> None:
    strange: list[dict[str, Any]] = [
        {"environment": {"rng": 5, "rng_states": [], "sha256": 7}},
        {"environment": {"rng": {"drawn": 3, "numpy": None}, "blas": {"a": {"b": [1, {}]}}}},
        {"data": [5, None, {"path": 3, "shape": ["x", None], "size": "big", "state": 1, "mtime": 10**30}]},
        {"slice": {"executions": [1, None, {"source": 5}], "verdicts": [2, {"kind": None}]}},
        {"code": {"patch": 9, "changed": {"a": {"b": 1}}}, "hardware": {"cpu": ["<b>"]}},
    ]
    runs = [make_run(n, **members) for n, members in enumerate(strange)]
    assert comparison_payload(runs)["omitted"]["sources"] == 0


def test_the_facts_of_a_hundred_ordinary_runs_take_ten_thousand_bytes_at_most(make_run: Make) -> None:
    shelf = Shelf(**{f"e{n}": {"packages": {f"p{k}": f"1.{n if k < 4 else 0}" for k in range(120)}} for n in range(3)})
    runs = [_kept(_ordinary(make_run, n), shelf) for n in range(100)]
    columns = [column for column in comparison_payload(runs)["columns"] if column["space"] == "about"]
    assert {"data.train.csv", "packages.p3", "seeds.numpy.state", "slice.digest"} <= {
        column["key"] for column in columns
    }
    assert len(json.dumps(columns, separators=(",", ":"), ensure_ascii=False).encode()) <= 10_000


def test_facts_beyond_the_budget_are_counted_those_that_differ_kept_first(make_run: Make) -> None:
    runs = [make_run(n, data=[{"path": f"f{k}", "sha256": f"{n * k:08x}" * 8} for k in range(40)]) for n in range(20)]
    payload = comparison_payload(runs, budget=replace(INLINE, about=2000))
    kept = [column for column in payload["columns"] if column["space"] == "about"]
    assert (len(kept) + payload["omitted"]["about"], len(kept) > 3) == (39, True)  # f0 is the same in all
    assert all("all" not in column for column in kept)


def _ordinary(make_run: Make, n: int) -> Run:
    return make_run(
        n,
        data=[
            {"kind": "file", "path": "train.csv", "mode": "read", "sha256": f"{n // 40:08x}" * 8, "size": 120_000},
            {
                "kind": "variable",
                "name": "X_train",
                "mode": "read",
                "shape": [426, 30],
                "dtypes": "float64",
                "digest": "ab" * 16,
            },
        ],
        code={"commit": f"{n // 10:040x}", "branch": "main", "dirty": n % 3 == 0, "patch": f"{n // 5:064x}"},
        environment={
            "python": "3.13.1",
            "os": "Linux 6.1 (Debian GNU/Linux 12)",
            "sha256": f"e{n // 40}",
            "digest": f"e{n // 40}",
            "rng": {"random": "seeded 42", "numpy": "seeded 42 earlier", "drawn": ["numpy"]},
            "rng_states": {"numpy": f"{n * 7919:016x}"},
            "blas": {"openblas": {"version": "0.3.29", "threads": 8}},
        },
        hardware={"cpu": "AMD EPYC 7B13", "cores": 8, "ram_gb": 31.3, "machine": "x86_64"},
        slice={
            "executions": [{"n": k, "source": f"{n // 3 * k:064x}"} for k in range(9)],
            "verdicts": [{"kind": "clean"}],
        },
    )
