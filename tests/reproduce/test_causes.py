"""What differs between a run and its reproduction, the likeliest cause first."""

from typing import Any

from nbtrack.model.run import Run
from nbtrack.reproduce.causes import causes
from nbtrack.reproduce.chance import chances
from tests.reproduce.judged_runs import run_of


def read(sha: str, size: int = 10) -> dict[str, Any]:
    return {"kind": "file", "path": "data.csv", "mode": "read", "sha256": sha * 8, "size": size}


def texts(was: Run, now: Run, **more: Any) -> list[str]:
    return [cause["text"] for cause in causes(was, now, **more)]


def test_changed_data_come_before_changed_packages_and_the_machine() -> None:
    was = run_of(
        data=[read("1f3a")],
        packages={"scikit-learn": "1.9.1", "idle": "1"},
        environment={"python": "3.11.7", "imported": {"scikit-learn": "1.9.1"}},
        hardware={"cores": 2},
    )
    now = run_of(
        data=[read("2b2b", 20)],
        packages={"scikit-learn": "1.8.0", "idle": "2"},
        environment={"python": "3.12.0"},
        hardware={"cores": 8},
    )
    assert texts(was, now)[:5] == [
        "data.csv has changed: was 1f3a1f3a… (10 B), now 2b2b2b2b… (20 B)",
        "scikit-learn was 1.9.1, is 1.8.0",
        "idle was 1, is 2",
        "Python was 3.11.7, is 3.12.0",
        "ran on 2 cores, now 8",
    ]


def test_what_the_program_wrote_before_it_read_is_no_cause() -> None:
    wrote = {"kind": "file", "path": "data.csv", "mode": "write", "sha256": "x"}
    assert not any(
        "data.csv" in text for text in texts(run_of(data=[read("aa"), wrote]), run_of(data=[read("bb"), wrote]))
    )


def test_numbers_drawn_without_a_seed_are_named_with_their_code() -> None:
    rng = {"numpy": "unseeded", "random": "unseeded", "drawn": ["numpy", "random"], "unseeded": True}
    was = run_of(cells=["import numpy as np", "x = np.random.normal(size=3)"], environment={"rng": rng})
    first, *_ = causes(was, was)
    assert (first["kind"], first["text"]) == (
        "seed",
        "random numbers are drawn without a seed (numpy: np.random.normal(size=3))",
    )
    assert not [cause for cause in causes(was, was, differs=False) if cause["kind"] == "seed"], (
        "no cause where nothing differs"
    )
    seeded = run_of(
        cells=["x = np.random.normal(size=3)"], environment={"rng": {"numpy": "seeded 3", "drawn": ["numpy"]}}
    )
    assert not [cause for cause in causes(seeded, seeded) if cause["kind"] == "seed"]


def test_a_generator_made_without_a_seed_is_named() -> None:
    was = run_of(cells=["%matplotlib inline\nrng = np.random.default_rng()\n!ls", "rng.normal()"])
    assert texts(was, was)[0] == "a random generator is made without a seed: np.random.default_rng()"


def test_a_sequence_that_begins_elsewhere_is_a_cause() -> None:
    rng = {"numpy": "seeded earlier", "drawn": ["numpy"]}
    one = run_of(environment={"rng": rng, "rng_states": {"numpy": "aa"}})
    other = run_of(environment={"rng": rng, "rng_states": {"numpy": "bb"}})
    assert "numpy's random numbers began elsewhere in their sequence than recorded" in texts(one, other)


def test_changed_modules_params_variables_and_inputs_are_named() -> None:
    def one(sha: str, lr: float, threads: str, digest: str) -> Run:
        return run_of(
            code={"modules": {"helper.py": {"module": "helper", "sha256": sha * 8}}},
            params={"lr": lr},
            variables={"OMP_NUM_THREADS": threads},
            data=[{"kind": "variable", "name": "df", "mode": "read", "digest": digest * 8}],
        )

    assert texts(one("aa11", 0.1, "1", "cc"), one("bb22", 0.2, "4", "dd"))[:4] == [
        "the module helper has changed: was aa11aa11…, now bb22bb22…",
        "the parameter lr was 0.1, is 0.2: something before the run set it",
        "the variable OMP_NUM_THREADS was 1, is 4",
        "`df` was another already when the cell began: what differs comes from the cells before",
    ]


def test_doubts_about_the_cells_are_causes() -> None:
    doubt = {"kind": "unverified", "name": "x", "text": "`x` has no known origin"}
    was = run_of(slice={"executions": [], "verdicts": [doubt]})
    assert texts(was, was)[0] == "the program may not be whole: `x` has no known origin"


def test_where_nothing_differs_it_is_said_what_chance_is_left() -> None:
    blas = {"blas": {"openblas": {"threads": 2}}}
    was = run_of(cells=["t = time.time()\nfor name in set(names): print(name)"], environment=blas)
    told = texts(was, was)
    assert told[0].startswith("nothing differs in what was recorded")
    assert "the program reads the clock: time.time()" in told
    assert any("2 threads" in text for text in told)
    assert any("PYTHONHASHSEED" in text for text in told)


def test_what_restoring_said_comes_once() -> None:
    said = {"kind": "package", "name": "numpy", "text": "numpy 2.0 could not be had"}
    was, now = run_of(packages={"numpy": "2.0"}), run_of(packages={"numpy": "2.1"})
    assert [cause["text"] for cause in causes(was, now, [said]) if cause["kind"] == "package"] == [said["text"]]


def test_sources_are_read_for_what_may_come_out_differently() -> None:
    source = """
%%time
files = os.listdir("d")
safe = sorted(os.listdir("d"))
page = requests.get(url)
m = RandomForestClassifier(n_jobs=-1)
ok = RandomForestClassifier(random_state=3)
key = uuid.uuid4()
"""
    assert [each.kind for each in chances([source])] == ["order", "network", "drawn", "threads", "system"]
