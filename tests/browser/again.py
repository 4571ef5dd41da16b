"""A study that is run again: patients' data that somebody cuts short after the result was written down."""

import io
import runpy
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sklearn.datasets import load_diabetes

import nbtrack
from nbtrack.hosts.reproduce_text import headline, plan_sections
from nbtrack.reproduce.plan import Options, plan
from nbtrack.view.reproduction import planned

_SHELL = runpy.run_path(str(Path(__file__).parents[1] / "hosts" / "conftest.py"))["fresh_shell"]
_GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")

_FEATURES = '''"""Features of the study."""


def with_squares(table, names):
    """Return the table with the squares of these columns."""
    return table.assign(**{f"{name}_squared": table[name] ** 2 for name in names})
'''
_IMPORTS = """import joblib
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split"""
_CLEAN = """%%track clean
from features import with_squares
patients = pd.read_csv("patients.csv")
kept = with_squares(patients.query("age < 0.1"), ["bmi", "bp"])
kept.to_csv("kept.csv", index=False)
rows = len(kept)"""
_SPLIT = """table = pd.read_csv("kept.csv")
y = table.pop("target")
X_train, X_test, y_train, y_test = train_test_split(table, y, test_size=0.25, random_state=7)"""
_FIT = """%%track forest
model = RandomForestRegressor(max_depth=6, random_state=1).fit(X_train, y_train)
joblib.dump(model, "forest.joblib")
predicted = model.predict(X_test)
r2 = r2_score(y_test, predicted)
mae = mean_absolute_error(y_test, predicted)"""


class Again(NamedTuple):
    """What a notebook shows of it: the plan, the verdicts on the same data and on what was left of them, and where it comes from."""

    plan: str
    identical: str
    different: str
    lineage: str


def record(folder: Path) -> Again:
    """Run the cells in ``folder``, reproduce their last run, cut the data and reproduce it on what is left."""
    with _shell(folder) as shell, redirect_stdout(io.StringIO()):
        load_diabetes(as_frame=True).frame.to_csv("patients.csv", index=False)
        Path("features.py").write_text(_FEATURES, encoding="utf-8")
        for command in (("init", "-q"), ("add", "features.py", "patients.csv"), ("commit", "-qm", "The study")):
            subprocess.run([*_GIT, *command], check=True)
        for cell in (_IMPORTS, _CLEAN, _SPLIT, _FIT):
            result = shell.run(cell)
            assert result.success, (cell, result.error_in_exec)
        run = next(each for each in shell.runs if each.name == "forest")
        identical = nbtrack.reproduce(run, yes=True, env="current", store=shell.store)
        _cut(Path("patients.csv"))
        different = nbtrack.reproduce(run, yes=True, env="current", data="current", store=shell.store)
        found = nbtrack.lineage(run, store=shell.store)
        asked = plan(run, Options())
        return Again(
            planned(headline(asked), plan_sections(asked)).html,
            identical._repr_html_(),
            different._repr_html_(),
            found._repr_html_(),
        )


def _cut(table: Path) -> None:
    """Lose the first forty patients."""
    head, *rows = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text("".join([head, *rows[40:]]), encoding="utf-8")


@contextmanager
def _shell(folder: Path) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        made = _SHELL(folder, patch)
        try:
            yield next(made)
        finally:
            next(made, None)
