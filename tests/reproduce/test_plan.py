"""What a reproduction will do is known before anything is done."""

import pytest

import nbtrack
from nbtrack.errors import ProgramMissing, UsageError
from nbtrack.reproduce.plan import Options, plan
from nbtrack.reproduce.tolerance import Tolerances


@pytest.mark.parametrize(
    "wrong", [{"environment": "other"}, {"data": "none"}, {"seeds": -1}, {"seeds": 1}, {"seeds": 101}, {"timeout": 0}]
)
def test_options_that_mean_nothing_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Options(**wrong)  # type: ignore[arg-type]


def test_the_verdict_tells_the_options_that_are_not_usual() -> None:
    assert Options().document() == {}
    asked = Options(Tolerances(0.01, {"rmse": 0.1}), environment="current", seeds=5, network=False, timeout=3.0)
    assert asked.document() == {
        "env": "current", "seeds": 5, "timeout": 3.0, "network": False, "tol": 0.01, "tol_metrics": {"rmse": 0.1},
    }  # fmt: skip


def test_a_run_of_no_cell_has_no_plan() -> None:
    store = nbtrack.MemoryStore()
    with nbtrack.start_run("by hand", store=store) as opened:
        opened.log(loss=0.5)
    with pytest.raises(ProgramMissing, match="opened by hand"):
        plan(nbtrack.run(opened.id, store=store))
